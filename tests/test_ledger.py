"""Every box “Tested here” is whole, and has its line in the ledger."""

import re
import tomllib
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib import home, ledger, notebooks
from course_lib.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
SOURCES = sorted([*FOLDER.glob("[0-9][0-9]_*.ipynb"), *FOLDER.glob("claims/[0-9][0-9]_*.ipynb")])


def quoted(path):
    """All quotations of a notebook."""
    cells = [cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown"]
    return "\n".join(line for text in cells for line in text.splitlines() if line.startswith(">"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_box_has_all_its_parts(path):
    found, text = ledger.claims(path), quoted(path)
    boxes = text.count("**Tested here.**")
    assert len(found) == boxes
    assert (
        len(re.findall(r"\*Verdict:\* \*\*", text))
        == len(re.findall(r"\*Often (?:taught|printed)", text))
        == boxes
    )
    for claim in found:
        assert claim.taught in text.replace("\n> ", " ") and f"**{claim.verdict}" in text
        assert claim.figure in text.replace("\n> ", " ")


def test_the_ledger_is_up_to_date():
    page = notebooks.to_bytes(ledger.page(ROOT))
    assert (ROOT / home.LEDGER).read_bytes() == page, "run 'make tidy'"


def test_the_ledger_has_a_line_for_each_box_which_leads_to_it():
    text = "\n".join(cell.source for cell in notebooks.read(ROOT / home.LEDGER).cells)
    links = re.findall(r"\| \[\*\*.+?\*\*\]\((\S+\.ipynb)#cell-id=(\S+?)\) \|", text)
    assert len(links) == sum(quoted(path).count("**Tested here.**") for path in SOURCES) > 50
    assert f"{len(links)} claims" in text
    for target, id in links:
        [cell] = [
            cell for cell in notebooks.read((ROOT / home.LEDGER).parent / target).cells if cell.id == id
        ]
        assert "> **Tested here.**" in cell.source


def test_where_each_claim_is_taught_is_said_and_of_no_other():
    said = tomllib.loads(ledger.TAUGHT_AT.read_text(encoding="utf-8"))
    kinds = said.pop("kinds")
    boxes = [
        (path.relative_to(FOLDER).with_suffix("").as_posix(), claim.cell)
        for path in SOURCES
        for claim in ledger.claims(path)
    ]
    assert sorted(boxes) == sorted((name, cell) for name, entries in said.items() for cell in entries)
    for entries in said.values():
        for text in filter(None, entries.values()):
            where = text.split(", ")
            assert len(where) <= 2, f"{text}: name two kinds at most"
            assert where == [kind for kind in kinds if kind in where], f"{text}: not in the order of the list"


def test_the_ledger_says_that_no_page_was_found_where_no_kind_stands():
    opening, *units = (cell.source for cell in notebooks.read(ROOT / home.LEDGER).cells)
    rows = [line for unit in units for line in unit.splitlines() if "#cell-id=" in line]
    assert any("<br><small>" in row for row in rows) and not all("<br><small>" in row for row in rows)
    assert "found none" in opening


# boxes made up

OPENING = "> **Tested here.** *Often taught (by example):* a | b holds.\n> *Experiment:* try it, *twice*."
PRINTS = 'print(f"Measured: {a}")'
VERDICT = "> *Verdict:* **false: it does not.** (An aside.) By Noether et al. (1918) it is 3.\n> More of it."


@pytest.fixture
def claims(tmp_path):
    def claims_of(*cells):
        made = [
            (new_markdown_cell if text[0] in "># \n" else new_code_cell)(text, id=f"cell-{i}")
            for i, text in enumerate(cells)
        ]
        path = tmp_path / "01_made_up.ipynb"
        path.write_bytes(notebooks.to_bytes(notebooks.tidy(new_notebook(cells=made))))
        return ledger.claims(path)

    return claims_of


WHOLE = ledger.Claim("a | b holds.", "false: it does not", "By Noether et al. (1918) it is 3.", "cell-1")


@pytest.mark.parametrize(
    "cells",
    [
        (OPENING, PRINTS, VERDICT),
        (OPENING, "a = 1", "# A heading\nText\n\n> *Experiment, continued:* more.", PRINTS, VERDICT),
        (f"{OPENING} *Measured:* 3 of 4.\n{VERDICT}",),
        (OPENING.replace("*Experiment:*", "*Experiment*, in two parts:"), PRINTS, VERDICT),
        (OPENING, PRINTS, f"{VERDICT}\n\n> A quotation that is none of it"),
    ],
)
def test_a_box_is_read_however_it_is_spread_over_cells(claims, cells):
    assert claims("# Title", *cells, "# The end") == [WHOLE]


def test_a_box_may_begin_where_another_ends(claims):
    first, second = claims(OPENING, PRINTS, f"{VERDICT}\n\n{OPENING}", PRINTS, VERDICT)
    assert (first.cell, second.cell) == ("cell-0", "cell-2")
    assert first.figure == second.figure


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        ((OPENING.replace("*Often taught (by example):*", ""), PRINTS, VERDICT), "“*Often taught:*”"),
        ((OPENING.replace("*Experiment:*", "*Trial:*"), PRINTS, VERDICT), "“*Experiment:*”"),
        ((OPENING, 'print("nothing")  # Measured', VERDICT), "“*Measured:*” and no cell that prints it"),
        ((PRINTS, OPENING, VERDICT), "“*Measured:*” and no cell that prints it"),
        ((OPENING, PRINTS, "> *Verdict:* false. It is 3."), "“*Verdict:*” with bold words"),
        ((OPENING, PRINTS, "> *Verdict:* **false.**"), "“*Verdict:*” with bold words"),
        ((OPENING, PRINTS, "# The end"), "“*Verdict:*” with bold words"),
        (
            (OPENING, OPENING, PRINTS, VERDICT),
            "no “*Measured:*” and no cell that prints it and no “*Verdict:*”",
        ),
    ],
)
def test_a_part_that_lacks_is_named_in_one_sentence(claims, cells, missing):
    with pytest.raises(CourseError) as raised:
        claims(*cells)
    [sentence] = str(raised.value).splitlines()
    assert (
        sentence.startswith("01_made_up.ipynb: the box “Tested here” of cell cell-") and missing in sentence
    )


def test_of_several_each_is_named(claims):
    with pytest.raises(CourseError) as raised:
        claims(OPENING, VERDICT, OPENING, PRINTS, VERDICT, OPENING, PRINTS)
    assert [re.findall(r"cell-\d", line) for line in str(raised.value).splitlines()] == [
        ["cell-0"],
        ["cell-5"],
    ]


# a course made up, of a claim on a path and one beside it

WHERE = """
kinds = ["course notes", "forums"]
["01_first"]
cell-1 = "course notes, forums"
["claims/01_first"]
cell-1 = ""
"""


@pytest.fixture
def ledger_with(tmp_path):
    path = tmp_path / "notebooks" / "01_first.ipynb"
    beside = tmp_path / "notebooks" / "claims" / "01_first.ipynb"
    beside.parent.mkdir(parents=True)
    for each, words in ((path, "on | the path,"), (beside, "beside it,")):
        texts = ["# 01 · First", OPENING.replace("a |", words), f"{VERDICT}\n> *Measured:* 3."]
        cells = [new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(texts)]
        each.write_bytes(notebooks.to_bytes(notebooks.tidy(new_notebook(cells=cells))))

    def made_with(where):
        data = tmp_path / "taught.toml"
        data.write_text(where, encoding="utf-8")
        return ledger.page(tmp_path, data)

    return made_with


def test_claims_beside_a_path_follow_its_own_and_a_bar_in_one_is_no_border_of_the_table(ledger_with):
    _, unit = ledger_with(WHERE).cells
    title, *_, first, second = unit.source.splitlines()
    assert title == "## 01 · First"
    assert first.startswith(
        r"| on \| the path, b holds.<br><small>course notes, forums</small> "
        "| [**false: it does not**](../01_first.ipynb#cell-id=cell-1) |"
    )
    assert second.startswith(
        "| beside it, b holds. | [**false: it does not**](01_first.ipynb#cell-id=cell-1) |"
    )


@pytest.mark.parametrize(
    ("said", "instead", "starts"),
    [
        (
            'cell-1 = ""',
            "",
            "taught.toml does not say where the claim of claims/01_first, cell cell-1, is taught: ",
        ),
        (
            'cell-1 = ""',
            'cell-1 = ""\ncell-9 = "forums"',
            'taught.toml has an entry cell-9 below ["claims/01_first"], and no box “Tested here” begins',
        ),
        (
            'cell-1 = ""',
            'cell-1 = "forums, hearsay"',
            "taught.toml says that cell-1 of claims/01_first is taught in “hearsay”, which is none of its "
            "kinds: course notes, forums.",
        ),
    ],
)
def test_where_claims_are_taught_has_an_entry_for_each_and_kinds_from_its_list(
    ledger_with, said, instead, starts
):
    with pytest.raises(CourseError) as raised:
        ledger_with(WHERE.replace(said, instead))
    [sentence] = str(raised.value).splitlines()
    assert sentence.startswith(starts)
