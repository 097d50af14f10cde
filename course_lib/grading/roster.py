"""The roster: who the students are, and under which names their work came from a learning platform.

It holds names and addresses: git ignores it, students never get it, and `course forget` deletes it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import files
from course_lib.grading.course import Course

FILE = "roster.json"  # in the course's folder


@dataclass(frozen=True)
class Entry:
    """One student in one unit. Members of a group have an entry each, and the folder in common.

    student   the name of the folder in submitted/, by which the gradebook knows them
    key       by which the platform finds them in its tables
    came_as   the beginning of the names under which the work came
    number    the platform's own of the upload; None where it has none
    late      whether the platform marked it so
    handed_in when, in UTC; "" where that is not known
    """

    unit: str
    student: str
    platform: str
    key: str
    name: str
    email: str
    came_as: str
    number: int | None = None
    late: bool = False
    handed_in: str = ""


def path(course: Course) -> Path:
    return course.root / FILE


def read(course: Course) -> list[Entry]:
    """All entries; none where nothing was collected. Raises CourseError where the file is damaged."""
    file = path(course)
    if not file.exists():
        return []
    try:
        return [Entry(**entry) for entry in json.loads(file.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise CourseError(
            f"{file} is damaged ({error}): move it away, and collect the platform's zips again."
        ) from None


def write(course: Course, entries: Iterable[Entry]) -> None:
    """Write the roster whole, in an order that does not change; without entries there is no file."""
    ordered = sorted(entries, key=lambda entry: (entry.unit, entry.student, entry.key))
    if not ordered:
        path(course).unlink(missing_ok=True)
        return
    lines = ",\n".join(json.dumps(asdict(entry), ensure_ascii=False) for entry in ordered)
    files.write(path(course), f"[\n{lines}\n]\n")


def of_unit(course: Course, unit: str) -> list[Entry]:
    return [entry for entry in read(course) if entry.unit == unit]


def collected(course: Course, unit: str) -> frozenset[str]:
    """The students whose work for a unit came from a platform's zip."""
    return frozenset(one.student for one in of_unit(course, unit) if one.platform != "folder")


def grouped(entries: Iterable[Entry]) -> dict[tuple[str, str], list[Entry]]:
    """(unit, student) → the entry, or those of a group's members."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.unit, entry.student), []).append(entry)
    return groups


def people(entries: Iterable[Entry]) -> dict[str, tuple[str, str, str]]:
    """Student → name, address and key; those of a group's members with commas between."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.student, []).append(entry)

    def joined(values: Iterable[str]) -> str:
        return ", ".join(dict.fromkeys(filter(None, values)))

    return {
        student: (
            joined(one.name for one in group),
            joined(one.email for one in group),
            joined(one.key for one in group),
        )
        for student, group in groups.items()
    }
