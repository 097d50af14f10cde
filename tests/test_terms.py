"""A word of the glossary is introduced before a path uses it: in an earlier unit, or in an earlier cell."""

import re
from functools import cache
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from course_lib import notebooks, reference

ROOT = Path(__file__).resolve().parents[1]
PATHS = [path for path in reference.pages(ROOT) if path.parent.name != "claims"]

# What is no use of a word: a heading, what the unit builds on, a link, a title in italics, code and formulas.
PASSED_OVER = re.compile(
    r"^#[^\n]*|^[^\n]*\*\*Builds on\*\*[^\n]*|```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|`[^`\n]*`|\[[^\]]*\]\([^)]*\)"
    r"|(?<!\*)\*(?!\*)[^*\n]+\*(?!\*)",
    re.MULTILINE | re.DOTALL,
)


words = cache(reference.words)


def use(of):
    """Where one of these words stands, or its plural."""
    each = "|".join(re.escape(word.singular) for word in of)
    return re.compile(rf"(?<![\w-])(?:{each})(?:s|es)?(?![\w-])", re.IGNORECASE)


def ahead(root, path):
    """The words that a path uses before the cell that introduces them, in sentences.

    Its first cell is a title: it says what will be learned.
    """
    order = {
        page.relative_to(root / "notebooks").as_posix(): n for n, page in enumerate(reference.pages(root))
    }
    cells = notebooks.read(path).cells
    numbers = {cell.id: n for n, cell in enumerate(cells)}
    texts = [PASSED_OVER.sub(" ", cell.source) if cell.cell_type == "markdown" else "" for cell in cells]
    told = []
    for word in words(root):
        parted = order[word.place] - order[path.name]
        before = len(cells) if parted > 0 else numbers[word.cell] if parted == 0 else 0
        longer = [each for each in words(root) if word.singular in each.singular and word != each]
        for cell, text in list(zip(cells, texts, strict=True))[1:before]:
            rest = use(longer).sub(" ", text) if longer else text
            if found := use([word]).search(rest):
                told.append(f"cell {cell.id} has “{found[0]}”, which {word.place} introduces in {word.cell}")
                break
    return told


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_words_are_introduced_before_they_are_used(path):
    told = ahead(ROOT, path)
    assert told == [], "\n".join(
        ["link to where it is introduced, introduce it, or use another word:", *told]
    )


# on lectures made up


@pytest.fixture
def lectures(tmp_path):
    def lectures_of(**texts):
        (tmp_path / "notebooks" / "claims").mkdir(parents=True)
        for name, cells in texts.items():
            made = [new_markdown_cell(text, id=f"cell-{i}") for i, text in enumerate(cells)]
            path = tmp_path / "notebooks" / f"{name.replace('claims_', 'claims/')}.ipynb"
            path.write_bytes(notebooks.to_bytes(notebooks.tidy(new_notebook(cells=made))))
        return lambda unit: ahead(tmp_path, tmp_path / "notebooks" / f"{unit}.ipynb")

    return lectures_of


DEFINES = "Here a **wide valley** is one that is wider than another."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The wide valley", ["wide valley"]),
        ("Wide valleys", ["Wide valleys"]),
        ("> a quotation on the **Wide Valley**", ["Wide Valley"]),
        ("the very wide valley", ["very wide valley"]),
        ("a valley that is wide, or worldwide valley, or wide valley-like", []),
        ("# On the wide valley", []),
        ("**Builds on**: what a wide valley is.", []),
        ("[the wide valley](02_second.ipynb)", []),
        ("`wide valley` or $wide valley$ or\n```\nwide valley\n```", []),
        ("A. Author (2001), *The wide valley*, Section 2.", []),
    ],
)
def test_a_use_ahead_is_found(lectures, text, said):
    third = ["# T", "A **very wide valley** is one as it can be found on the moon."]
    found = lectures(
        **{"01_first": ["# On a wide valley", text], "02_second": ["# T", DEFINES], "03_third": third}
    )
    assert [re.findall("“(.*)”", each)[0] for each in found("01_first")] == said


def test_the_order_is_that_of_units_and_cells_and_a_path_comes_before_its_claims(lectures):
    found = lectures(
        **{
            "01_first": ["# T", "A wide valley.", DEFINES, "A wide valley, a **ridge**."],
            "claims_01_first": ["# T", "A **steep ridge** is what has two sides."],
            "02_second": ["# T", "A wide valley, a steep ridge."],
            "03_third": ["# T", "One **wide valley** more, said with bold words once again."],
        }
    )
    assert found("01_first") == ["cell cell-1 has “wide valley”, which 01_first.ipynb introduces in cell-2"]
    assert found("02_second") == found("03_third") == []
