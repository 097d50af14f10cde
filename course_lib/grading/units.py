"""The units of a course that have an assignment."""

from course_lib.course_folder import unit_meant
from course_lib.errors import CourseError
from course_lib.grading.course import Course
from course_lib.grading.reading import Unreadable, cells_of


def known(course: Course) -> list[str]:
    """The names of the assignments that the course's source folder has, in order."""
    folder = course.folder("source", "*").parent
    return sorted(path.name for path in folder.glob("*") if any(path.glob("*.ipynb")))


def find(course: Course, asked: str) -> str:
    """The assignment that `asked` means: its name, or its number. Raises CourseError where there is none."""
    names = known(course)
    if unit := unit_meant(asked, names):
        return unit
    raise CourseError(f"There is no assignment {asked!r}; known: {', '.join(names) or 'none'}.")


def notebooks(course: Course, unit: str) -> dict[str, frozenset[str]]:
    """A unit's notebooks: name → the names of its nbgrader cells."""
    return {
        path.stem: cells(path.read_bytes()) for path in sorted(course.folder("source", unit).glob("*.ipynb"))
    }


def cells(content: bytes) -> frozenset[str]:
    """The names of a notebook's nbgrader cells; none, where it is no notebook."""
    try:
        return frozenset(cell.grade_id for cell in cells_of(content) if cell.grade_id)
    except Unreadable:
        return frozenset()
