"""Who has handed in a unit: whom to grade, and who is left out, and why."""

import re
from fnmatch import fnmatchcase
from glob import escape, glob
from pathlib import Path

from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.grading import gradebook, submission, units, unpacking
from course_lib.grading.course import Course
from course_lib.grading.wording import some


def chosen(course: Course, unit: str, patterns: tuple[str, ...]) -> list[str]:
    """The students who handed in this unit and whom the settings let be graded, those whom the patterns name.

    A line says of each of the others why it is left out. Raises CourseError where nobody handed in, where all
    are left out, or where a pattern names nobody.
    """
    passed_over = left_out(course, unit)
    for why in dict.fromkeys(passed_over.values()):
        print(f"{some([repr(name) for name, said in passed_over.items() if said == why])}: {why}")
    handed_in = students(course, unit)
    everybody = [name for name in handed_in if name not in passed_over]
    if not handed_in:
        folder = course.folder("submitted", unit, "*")
        raise CourseError(f"Nobody has handed in {unit}: there is no folder like {folder}.")
    if not everybody:
        raise CourseError(f"Of the {len(handed_in)} who handed in {unit}, all are left out.")
    named = {
        pattern: [pattern]
        if pattern in everybody
        else [name for name in everybody if fnmatchcase(name, pattern)]
        for pattern in patterns
    }
    idle = [pattern for pattern, names in named.items() if not names]
    if idle:
        raise CourseError(
            f"{', '.join(idle)} handed in nothing for {unit}. There are {len(everybody)} submissions: "
            f"{some(everybody)}."
        )
    return [name for name in everybody if not patterns or any(name in names for names in named.values())]


def left_out(course: Course, unit: str) -> dict[str, str]:
    """What lies among the submissions and is not graded: the name → why."""
    handed_in = students(course, unit)
    found = {}
    for name in students(course, "*", hidden=True):
        if name.startswith(".") and not submission.is_left_out(name):
            found[name] = "left out for the dot it begins with, as by nbgrader: rename it if it is theirs."
    for name in _astray(course, unit):
        found[name] = f"no folder {unit} is there, but something else: rename it if it is theirs."
    for name in _beside_folders(course, unit):
        found[name] = (
            "left out, as it lies in submitted/ itself, which is nobody's place: move it to its student's "
            f"folder, as in submitted/ada/{unit}/."
        )
    known = None
    if not course.autograde.create_student:
        with gradebook.opened(course, unit) as book:
            known = {student.id for student in book.students()}
    for name in handed_in:
        if not name.isprintable():
            found[name] = "left out, as it is no name of a student: rename the folder."
        elif len(name) > gradebook.LONGEST_NAME:
            found[name] = (
                f"left out, as it is longer than the {gradebook.LONGEST_NAME} characters that the gradebook "
                "has for a name: rename the folder."
            )
        elif name in course.excluded:
            found[name] = f"left out, as {CONFIG} says (student_id_exclude)."
        elif known is not None and name not in known:
            found[name] = (
                f"left out, as the gradebook does not know them, and {CONFIG} lets nobody be added "
                "(create_student): 'nbgrader db student add NAME' enters one."
            )
    return found


def students(course: Course, unit: str, *, hidden: bool = False) -> list[str]:
    """The names of those who have a folder for this unit; "*": for any, or something in its place.

    hidden: also those that begin with a dot.
    """
    path = _pattern(course, unit)
    name = r"[^/\\]*" if unit == "*" else re.escape(unit)
    place = course.directory().format_path("submitted", "(?P<student>.*)", name, escape=True)
    places = [re.fullmatch(place, path, re.DOTALL) for path in glob(path, include_hidden=hidden)]
    return sorted({found["student"] for found in places if found})


def _pattern(course: Course, unit: str) -> str:
    """What finds everybody's folder for this unit, whatever characters the course's own path has."""
    path = str(course.folder("submitted", unit, "*"))
    root = str(course.root)
    return escape(root) + path[len(root) :] if path.startswith(root) else path


def _beside_folders(course: Course, unit: str) -> list[str]:
    """The names of notebooks and archives that lie where students' folders are to lie."""
    places = map(Path, glob(str(Path(_pattern(course, unit)).parent)))
    return sorted(
        place.name for place in places if place.suffix in (".ipynb", *unpacking.SUFFIXES) and place.is_file()
    )


def _astray(course: Course, unit: str) -> list[str]:
    """Those who handed in something, but neither this unit nor, by its name, another one."""
    others = set[str]().union(*(students(course, known) for known in units.known(course)))
    return [name for name in students(course, "*") if name not in others]
