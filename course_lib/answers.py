"""The right programs, written into the cells of the solutions."""

import re

from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.exercises.folders import About, exercises_of, source

BEGIN = "### BEGIN SOLUTION"


def put_answers(notebook: NotebookNode, unit: str) -> NotebookNode:
    """Write the right programs of the unit's exercises, each into its cell of the solution notebook.

    Changes the notebook in place and returns it. Raises CourseError where an exercise has no such cell, or
    more than one: a cell that defines what is asked, and says where the solution begins.
    """
    owners = [of for of in exercises_of(unit) if not of.right]
    for of in owners:
        defines = re.compile(rf"^(class|def) {of.title}\b", re.MULTILINE)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code" and defines.search(cell.source)]
        cells = [cell for cell in cells if BEGIN in cell.source]
        if len(cells) != 1:
            raise CourseError(
                f"{of.title} is to be written in one cell of the solution of unit {unit}, with the line "
                f"“{BEGIN}”; there are {len(cells)} such cells."
            )
        cells[0].source = answer(of)
    return notebook


def answer(of: About) -> str:
    """right.py without its imports: a notebook has those in a cell of its own."""
    lines = source(of.name).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(("class ", "def ", "@")))
    return "\n".join(lines[first:])
