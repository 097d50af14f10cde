"""assignments/ is what nbgrader makes of solutions/, and holds nothing that is not for students."""

import re
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from course_lib import notebooks, release

ROOT = Path(__file__).resolve().parents[1]
BEGIN = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
END = re.compile(r"END (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


def split(source: str) -> tuple[set[str], set[str]]:
    """A cell's lines inside and outside of BEGIN and END markers, without those that say little (`pass`)."""
    inside = False
    withheld, given = set(), set()
    for line in source.splitlines():
        inside = (inside or bool(BEGIN.search(line))) and not END.search(line)
        if len(line.strip()) > 8 and not BEGIN.search(line):
            (withheld if inside else given).add(line.strip())
    return withheld, given


def leaks(solution: list[NotebookNode], released: list[NotebookNode]) -> set[str]:
    """What students would see of the solution: withheld lines, and markers.

    What a cell to fill gives openly is no secret elsewhere: one constructor is given, the next is asked for.
    Nor are the lines of a program that is to be repaired.
    """
    secret = set().union(*(split(cell.source)[0] for cell in solution))
    scaffolds = set().union(*(split(cell.source)[1] for cell in solution if is_solution(cell)))
    broken = (
        cell.source for cell in solution if re.search(r"^(class|def) Broken", cell.source, re.MULTILINE)
    )
    scaffolds |= {line.strip() for source in broken for line in source.splitlines()}
    shown = [line.strip() for cell in released for line in cell.source.splitlines()]
    worded = {line for line in secret - scaffolds if re.search(r"\w", line)}  # a table's rule says nothing
    return {line for line in shown if line in worded or BEGIN.search(line) or END.search(line)}


def is_solution(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_there_are_assignments():
    assert release.units(ROOT)


def test_assignments_are_what_the_solutions_generate(tmp_path):
    generated = files(release.generate(ROOT, release.units(ROOT), tmp_path))
    committed = {
        name: content
        for name, content in files(ROOT / "assignments").items()
        if ".ipynb_checkpoints" not in name
    }
    assert committed.keys() == generated.keys(), "run 'make release'"
    drifted = [name for name in generated if committed[name] != generated[name]]
    assert not drifted, "run 'make release'"


def test_no_solution_leaks():
    for unit in release.units(ROOT):
        solution = notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb")
        released = notebooks.read(ROOT / "assignments" / unit / f"{unit}.ipynb")
        assert any(split(cell.source)[0] for cell in solution.cells), f"{unit} has no solution"
        assert leaks(solution.cells, released.cells) == set()


@pytest.mark.parametrize(
    "released",
    [
        "    m_hat = self.m / (1 - beta ** t)",
        "Hint: write\n```\nm_hat = self.m / (1 - beta ** t)\n```",
        "### BEGIN HIDDEN TESTS",
        "# END SOLUTION",
    ],
)
def test_a_leak_is_found(released):
    cell = new_code_cell(
        "### BEGIN SOLUTION\n    m_hat = self.m / (1 - beta ** t)\n### END SOLUTION\nprint(theta)"
    )
    assert leaks([cell], [new_markdown_cell(released)])
    assert not leaks([cell], [new_code_cell("print(theta)")])
