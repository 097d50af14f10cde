"""The points of an assignment, as its first cell names them: there, and in the instructors' table."""

import re
from pathlib import Path

from nbformat import NotebookNode
from traitlets.config import PyFileConfigLoader

from course_lib import notebooks
from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.release import units

GUIDE = "docs/instructors.md"
HEAD = "| Unit | points | full marks |\n|---|---|---|\n"
# "**Points**: RMSprop 4, Adam 8. That makes 12, full marks. AdamW adds up to 4."
LINE = re.compile(
    r"^\*\*Points\*\*: (.+)\. That makes (\d+), full marks\.((?: .+? adds up to \d+\.)*)$", re.M
)
NO_POINTS = " Written answers bring none."
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
    are_graded = written_are_graded(root)
    rows = [_row(unit, solution.cells, are_graded) for unit, solution in solutions.items()]
    return "".join([before, head, *rows, re.sub(r"\A(\|.*\n)*", "", after)]).encode()


def written_are_graded(root: Path) -> bool:
    """Whether the course's settings have written answers bring points. Raises CourseError where they err."""
    try:
        settings = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:  # the file is a program
        raise CourseError(
            f"The settings in {CONFIG} cannot be read ({type(error).__name__}: {error}): correct that file."
        ) from None
    return bool(settings.Release.get("written_answers", False))


def written(cell: NotebookNode) -> int:
    """The points that a written answer brings where a person grades it; 0 for any other cell."""
    return int(cell.metadata.get("course", {}).get("written", 0))


def put_written(notebook: NotebookNode) -> NotebookNode:
    """Take nbgrader's marks off an instructor's written answers, as whether they have one is a setting's to
    say. Changes the notebook in place and returns it."""
    for cell in notebook.cells:
        if written(cell):
            cell.metadata.pop("nbgrader", None)
    return notebook


def with_written(first: str, most: int) -> str:
    """The first cell of an assignment with written answers, and in its line what they bring together.

    Raises CourseError where it has no such line.
    """
    told = _told(first)
    line = f"{told[0]}{NO_POINTS}"
    if most:
        points, full, rest = told.groups()
        line = (
            f"**Points**: {points}, written answers {most}. That makes {int(full) + most}, full marks.{rest}"
        )
    return first[: told.start()] + line + first[told.end() :]


def _told(first: str) -> re.Match[str]:
    if told := LINE.search(first):
        return told
    title = first.partition("\n")[0].removeprefix("# ")
    raise CourseError(
        f"The first cell of “{title}” is to name its points in a line such as: "
        "**Points**: RMSprop 4, Adam 8. That makes 12, full marks. AdamW adds up to 4."
    )


def _row(unit: str, cells: list[NotebookNode], are_graded: bool) -> str:
    first, most = cells[0].source, sum(map(written, cells))
    points, full, rest = _told(with_written(first, most) if are_graded and most else first).groups()
    if extra := EXTRA.findall(rest):
        points += "; extra: " + ", ".join(f"{what} {most}" for what, most in extra)
        full += f", nbgrader's maximum {int(full) + sum(int(most) for _, most in extra)}"
    return f"| {unit} | {points} | {full} |\n"
