"""assignments/ is what nbgrader makes of solutions/, and holds nothing that is not for students."""

import re
from pathlib import Path

import pytest

from course_lib import notebooks, release

ROOT = Path(__file__).resolve().parents[1]
BEGIN = re.compile(r"BEGIN (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
END = re.compile(r"END (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


def withheld(source: str) -> set[str]:
    """The lines between BEGIN and END markers that say something (`pass` and the like do not)."""
    inside = False
    lines = set()
    for line in source.splitlines():
        inside = (inside or bool(BEGIN.search(line))) and not END.search(line)
        if inside and not BEGIN.search(line) and len(line.strip()) > 8:
            lines.add(line.strip())
    return lines


def leaks(solution: list[str], released: list[str]) -> set[str]:
    """What students would see of the solution: withheld lines, and markers."""
    secret = {line for source in solution for line in withheld(source)}
    shown = [line.strip() for source in released for line in source.splitlines()]
    return {line for line in shown if line in secret or BEGIN.search(line) or END.search(line)}


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
        sources = [cell.source for cell in solution.cells]
        assert any(withheld(source) for source in sources), f"{unit} has no solution"
        assert leaks(sources, [cell.source for cell in released.cells]) == set()


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
    solution = "### BEGIN SOLUTION\n    m_hat = self.m / (1 - beta ** t)\n### END SOLUTION\nprint(theta)"
    assert leaks([solution], [released])
    assert not leaks([solution], ["print(theta)"])
