"""A course of one small unit, with every kind of cell that nbgrader grades, and results of grading it."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from course_lib.grading import gradebook
from course_lib.grading.course import course

UNIT = "unit"
SETTINGS = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
c.CourseDirectory.course_id = "nets"
"""


def cell(grade_id, kind, points=None, *, locked=False, source="1", markdown=False):
    """A cell as an instructor marks it: kind is grade, solution, both or task."""
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": kind in ("grade", "both"),
        "solution": kind in ("solution", "both"),
        "task": kind == "task",
        "locked": locked,
    }
    if points is not None:
        metadata["points"] = points
    make = new_markdown_cell if markdown else new_code_cell
    return make(source, metadata={"nbgrader": metadata})


CELLS = {
    "first": [
        cell("answer", "solution", source="### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
        cell("tests", "grade", 3, locked=True, source="assert x"),
        cell("more-tests", "grade", 2.5, locked=True, source="assert x + 1"),
        cell("read-only", "none", locked=True, source="print(x)"),
    ],
    "second": [
        cell("essay", "both", 4, source="Because.", markdown=True),
        cell("by-hand", "both", 5, source="### BEGIN SOLUTION\ny = 1\n### END SOLUTION"),
        cell(
            "task",
            "task",
            6,
            source="Draw.\n### BEGIN MARK SCHEME\nlines\n### END MARK SCHEME",
            markdown=True,
        ),
    ],
}
GRADED = {"first": ["tests", "more-tests"], "second": ["essay", "by-hand", "task"]}
COMMENTED = {"first": ["answer"], "second": ["essay", "by-hand", "task"]}


def notebook(cells):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=metadata)


def new_course(root, settings=""):
    """settings: further lines of nbgrader_config.py."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(SETTINGS + settings)
    for name, cells in CELLS.items():
        (root / "solutions" / UNIT).mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(cells), root / "solutions" / UNIT / f"{name}.ipynb")
    return course(root)


def course_with_deadline(root):
    """The course, with its unit in the gradebook: due on 1 February 2026, and who is late gets nothing."""
    made = new_course(root, "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    gradebook.register(made, UNIT)
    with Gradebook(made.db_url, made.course_id) as book:
        book.update_or_create_assignment(UNIT, duedate="2026-02-01")
    return made


def grades(book, student):
    """What the open gradebook holds of a student's work: notebook → scores; empty where there is none."""
    return next((scores for known, scores in book.everyone() if known.id == student), {})


def result(
    student="ada", scores=(3.0, 1.25, None, 0.0, None), comments=(None, None, "No response.", None), **more
):
    """A result as the graders hand it over; scores and comments in the order of GRADED and COMMENTED."""
    score, comment = iter(scores), iter(comments)
    return {
        "student": student,
        "timestamp": None,
        "scores": {name: {cell: {"auto": next(score)} for cell in cells} for name, cells in GRADED.items()},
        "comments": {name: {cell: next(comment) for cell in cells} for name, cells in COMMENTED.items()},
        **more,
    }
