"""The instructors' table of points: a row for each assignment, as its first cell names them."""

import re
from pathlib import Path

from course_lib import notebooks
from course_lib.errors import CourseError
from course_lib.release import units

GUIDE = "docs/instructors.md"
HEAD = "| Unit | points | full marks |\n|---|---|---|\n"
# "**Points**: RMSprop 4, Adam 8. That makes 12, full marks. AdamW adds up to 4."
LINE = re.compile(
    r"^\*\*Points\*\*: (.+)\. That makes (\d+), full marks\.((?: .+? adds up to \d+\.)*)$", re.M
)
EXTRA = re.compile(r" (.+?) adds up to (\d+)\.")


def put_points(root: Path) -> bytes:
    """The guide with the table as the course's solutions have it.

    Raises CourseError where it has no such table, or a solution's first cell names no points.
    """
    before, head, after = (root / GUIDE).read_text(encoding="utf-8").partition(HEAD)
    if not head:
        raise CourseError(f"{GUIDE} is to have a table of points, which begins:\n{HEAD}")
    solutions = {
        unit[:2]: notebooks.read(root / "solutions" / unit / f"{unit}.ipynb") for unit in units(root)
    }
    rows = [_row(unit, solution.cells[0].source) for unit, solution in solutions.items()]
    return "".join([before, head, *rows, re.sub(r"\A(\|.*\n)*", "", after)]).encode()


def _row(unit: str, cell: str) -> str:
    told = LINE.search(cell)
    if not told:
        raise CourseError(
            f"The first cell of the solution of unit {unit} is to name its points in a line such as: "
            "**Points**: RMSprop 4, Adam 8. That makes 12, full marks. AdamW adds up to 4."
        )
    points, full, rest = told.groups()
    if extra := EXTRA.findall(rest):
        points += "; extra: " + ", ".join(f"{what} {most}" for what, most in extra)
        full += f", nbgrader's maximum {int(full) + sum(int(most) for _, most in extra)}"
    return f"| {unit} | {points} | {full} |\n"
