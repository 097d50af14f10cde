"""Pages of claims: each claim stands on its own, takes minutes, and is led to from its unit's path."""

import ast
import builtins
import re
import symtable
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_lib import minutes, notebooks

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
PATHS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
PAGES = sorted(FOLDER.glob("claims/[0-9][0-9]_*.ipynb"))
KNOWN = {*dir(builtins), "display", "get_ipython"}  # in every notebook
LEAST, MOST = 2, 5  # minutes for a claim
LINK = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)


def sections(cells):
    """What stands before the first claim; and each heading with its cells; not the last cell."""
    parts = [("", [])]
    for cell in cells[:-1]:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            parts.append((cell.source.partition("\n")[0].removeprefix("## "), []))
        parts[-1][1].append(cell)
    (_, before), *claims = parts
    return before, claims


def anchor(heading):
    """How a link names a heading: as it is read, with hyphens for blanks."""
    return re.sub(r"[*`]", "", heading).replace(" ", "-")


def links(path):
    """All that a notebook links to within notebooks: pairs (file, what stands behind the #)."""
    text = "\n".join(cell.source for cell in notebooks.read(path).cells if cell.cell_type == "markdown")
    found = [(target, part) for target, part in LINK.findall(text) if "://" not in target]
    return [((path.parent / target).resolve() if target else path, unquote(part)) for target, part in found]


# names


def scopes(table):
    yield table
    for inner in table.get_children():
        yield from scopes(inner)


def names(cell):
    """What a cell takes from outside of it, and what it defines, as two sets."""
    top = symtable.symtable(cell.source, cell.id, "exec")
    own = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()}
    used = {
        each.get_name()
        for scope in scopes(top)
        for each in scope.get_symbols()
        if each.is_referenced() and (scope is top or each.is_global())
    }
    own |= {
        each.get_name()
        for scope in scopes(top)
        for each in scope.get_symbols()
        if each.is_declared_global() and each.is_assigned()
    }
    return used - own, own


def generators(cell):
    """The generators that a cell keeps: who draws from one changes what all others draw."""
    kept = [node for node in ast.parse(cell.source).body if isinstance(node, ast.Assign)]
    return [ast.unparse(node.targets[0]) for node in kept if is_generator(node.value)]


def is_generator(value):
    return isinstance(value, ast.Call) and ast.unparse(value.func).endswith("default_rng")


def complaints(cells):
    """Where a page's claims do not stand on their own, in sentences."""
    before, claims = sections(cells)
    code = [cell for cell in before if cell.cell_type == "code"]
    shared = set(chain.from_iterable(names(cell)[1] for cell in code))
    told = [f"all claims draw from one {name}" for cell in code for name in generators(cell)]
    for heading, own in claims:
        known = shared | KNOWN
        for cell in own:
            if cell.cell_type == "code":
                used, defined = names(cell)
                told += [f"“{heading}” takes {name} from elsewhere" for name in sorted(used - known)]
                told += [f"“{heading}” changes {name} for the others" for name in sorted(defined & shared)]
                known |= defined
    return told


@each_page
def test_a_claim_needs_nothing_of_the_others(page):
    assert complaints(notebooks.read(page).cells) == []


def page_of(*texts):
    make = {"#": new_markdown_cell}
    return [make.get(text[:1], new_code_cell)(text) for text in texts]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (("y = np.sin(x)",), []),
        (("a = 1", "def f(b):\n    return a + b + x\nprint(f(2))"), []),
        (("print([a for a in range(3)], sum(a for a in x))",), []),
        (("import math\nmath.pi", "for i in x:\n    print(i)", "print(i)"), []),
        (("print(first)",), ["“B?” takes first from elsewhere"]),
        (("print(a)", "a = 1"), ["“B?” takes a from elsewhere"]),
        (("def f():\n    return first",), ["“B?” takes first from elsewhere"]),
        (("class A:\n    first = first_of",), ["“B?” takes first_of from elsewhere"]),
        (("f = lambda a: a + [first for b in a]",), ["“B?” takes first from elsewhere"]),
        (("print(back)",), ["“B?” takes back from elsewhere"]),
        (("x = 2",), ["“B?” changes x for the others"]),
        (("def f():\n    global x\n    x = 2",), ["“B?” changes x for the others"]),
    ],
)
def test_names_from_elsewhere_are_found(code, told):
    cells = page_of("# T", "import numpy as np\nx = [1]", "## A?", "first = 1", "## B?", *code, "# Back")
    assert complaints(cells) == told


def test_a_generator_that_all_claims_share_is_found():
    cells = page_of("# T", "rng = np.random.default_rng(0)\ndata = draw(np.random.default_rng(1))", "# Back")
    assert complaints(cells) == ["all claims draw from one rng"]


# form


@each_page
def test_a_page_begins_and_ends_as_all_do(page):
    cells = notebooks.read(page).cells
    unit = page.stem[:2]
    assert cells[0].id == "title" and re.match(rf"# {unit} · .+: claims\n", cells[0].source)
    assert f"](../{page.name})" in cells[0].source, "the title leads to the path"
    assert [cell.id for cell in cells[1:3]] == ["library", "imports"]
    assert all(cell.metadata.get("jupyter", {}).get("source_hidden") for cell in cells[1:3])
    assert cells[-1].id == "back" and f"](../{page.name})" in cells[-1].source


@each_page
def test_each_claim_is_a_question_with_one_box(page):
    _, claims = sections(notebooks.read(page).cells)
    headings = [heading for heading, _ in claims]
    assert headings and len(set(map(anchor, headings))) == len(headings)
    for heading, cells in claims:
        assert heading.endswith("?") and not re.search(r"[*`$()\[\]#]", heading), f"“{heading}” as a link"
        text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        assert (text.count("**Tested here.**"), text.count("*Verdict:*")) == (1, 1), heading


@each_page
def test_each_claim_takes_minutes(page):
    _, claims = sections(notebooks.read(page).cells)
    takes = {heading: minutes.of_lecture(cells) for heading, cells in claims}
    assert {heading: time for heading, time in takes.items() if not LEAST <= time <= MOST} == {}


# links


@each_page
def test_each_claim_is_led_to_from_its_path(page):
    _, claims = sections(notebooks.read(page).cells)
    led_to = {part for target, part in links(FOLDER / page.name) if target == page}
    ways = {heading: {anchor(heading), f"cell-id={cells[0].id}"} for heading, cells in claims}
    assert [heading for heading, ends in ways.items() if not ends & led_to] == []


@pytest.mark.parametrize(
    "path",
    [*PATHS, *sorted(FOLDER.glob("claims/*.ipynb")), *sorted(ROOT.glob("assignments/*/*.ipynb"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_a_link_into_a_notebook_leads_to_a_heading_or_a_cell(path):
    for target, part in links(path):
        assert target.is_file(), target
        cells = notebooks.read(target).cells
        headings = chain.from_iterable(HEADING.findall(c.source) for c in cells if c.cell_type == "markdown")
        there = {*map(anchor, headings), *(f"cell-id={cell.id}" for cell in cells)}
        assert part in there, f"{target.name} has no heading or cell {part}"
