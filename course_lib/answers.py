"""The right programs, written into the cells of the solutions."""

import re

from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.exercises.folders import About, exercises_of, source

BEGIN = "### BEGIN SOLUTION"


def put_answers(notebook: NotebookNode, unit: str) -> NotebookNode:
    """Write the right programs of the unit's exercises, each into its cell of the solution notebook; so, too,
    the broken ones that are to be repaired.

    Changes the notebook in place and returns it. Raises CourseError where an exercise has no such cell, or
    more than one: a cell that defines what is asked, and says where the solution begins.
    """
    owners = [of for of in exercises_of(unit) if not of.right]
    for of in owners:
        cells = [cell for cell in _defining(notebook, re.escape(of.title)) if BEGIN in cell.source]
        if len(cells) != 1:
            raise CourseError(
                f"{of.title} is to be written in one cell of the solution of unit {unit}, with the line "
                f"“{BEGIN}”; there are {len(cells)} such cells."
            )
        cells[0].source = answer(of)
    for of in (of for of in owners if of.repairs):
        cells = _defining(notebook, r"Broken\w+")
        if len(cells) != 1:
            raise CourseError(
                f"What {of.title} repairs is to stand in one cell of the solution of unit {unit}; there are "
                f"{len(cells)} cells that define something whose name begins with Broken."
            )
        cells[0].source = answer(of, "broken.py")
    return notebook


def _defining(notebook: NotebookNode, title: str) -> list[NotebookNode]:
    """The cells that define a class or function of such a name."""
    defines = re.compile(rf"^(class|def) {title}\b", re.MULTILINE)
    return [cell for cell in notebook.cells if cell.cell_type == "code" and defines.search(cell.source)]


def answer(of: About, file: str = "right.py") -> str:
    """A program of the folder without its imports: a notebook has those in a cell of its own."""
    lines = source(of.name, file).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(("class ", "def ", "@")))
    return "\n".join(lines[first:])
