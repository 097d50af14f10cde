"""What was released of a unit, and whether it can be graded here."""

import sys

from course_lib import notebooks
from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.grading import assignment, gradebook, language, registering, submission
from course_lib.grading.assignment import Assignment
from course_lib.grading.course import Course
from course_lib.grading.wording import some


def require_python(course: Course, unit: str) -> None:
    """Raise CourseError where what was released is not for Python; a line names another kernel than usual."""
    kernels = {}
    for path in sorted(course.folder("release", unit).glob("*.ipynb")):
        released = notebooks.read(path)
        sources = [cell.source for cell in released.cells if cell.cell_type == "code"]
        if kernel := language.require_python(f"{unit}/{path.name}", released.metadata, sources):
            kernels[kernel] = path.name
    if kernels:
        print(
            f"{unit} is for the kernel {some(sorted(kernels))}: here it runs in Python "
            f"{sys.version_info.major}.{sys.version_info.minor} of the course's own environment."
        )


def load(course: Course, unit: str) -> Assignment:
    """The assignment as it was released, with what the gradebook knows of it; a line says where these differ.

    Raises CourseError where there is nothing released.
    """
    known = gradebook.source(course, unit)
    if not known:
        raise CourseError(
            f"The gradebook has no notebook of {unit}, so nothing of it can be graded: 'nbgrader "
            f"generate_assignment {unit} --force' enters them, unless GenerateAssignment.preprocessors in "
            f"{CONFIG} leaves out SaveCells."
        )
    folder = course.folder("release", unit)
    found = []
    for name, cells in known.items():
        path = folder / f"{name}.ipynb"
        if not path.exists():
            raise CourseError(
                f"{unit} has not been released: there is no {path}. "
                f"'course release', or 'nbgrader generate_assignment {unit}', writes it."
            )
        released = notebooks.read(path)
        _say_what_differs(unit, *registering.outdated(course, released, cells))
        found.append(assignment.notebook(name, released, cells))
    source = course.folder("source", unit)
    beside = submission.read(source, "").files if source.is_dir() else {}
    theirs = course.autograde.exclude_overwriting.get(unit, [])
    files = {
        path: data for path, data in beside.items() if not path.endswith(".ipynb") and path not in theirs
    }
    return Assignment(unit, tuple(found), files)


def _say_what_differs(unit: str, changed: list[str], alone: list[str]) -> None:
    """What the gradebook has is what counts, as in nbgrader; the release may have been made without it."""
    if changed:
        print(
            f"The release has another version of {some(changed)} than the gradebook, whose own counts. To "
            f"grade by the release: 'nbgrader generate_assignment {unit} --force', then this command again."
        )
    if alone:
        print(
            f"Only one of release and gradebook has {some(alone)}, and what the gradebook has counts. "
            "nbgrader adds and removes no graded cells once there are submissions: take the change back, or "
            "have the gradebook forget all scores, those by hand too, with 'nbgrader db assignment remove "
            f"{unit} --force', and then use this command again."
        )
