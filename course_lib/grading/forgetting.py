"""`course forget`: delete what is known of the students, or all of a class."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from glob import escape, glob
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import database, files, gradebook, roster, units
from course_lib.grading.collecting import EARLIER
from course_lib.grading.course import Course

# Reports that hold names and addresses.
NAMED = ("*-grades.csv", "grades.csv", "scores.csv", "*-feedback.zip")
WORK = ("submitted", "autograded", "feedback")


def run(course: Course, asked: str | None, everything: bool, is_sure: bool) -> int:
    """Delete the roster's entries, with `everything` also work, scores and records; say so first, and ask.

    asked: of this unit only. Returns 1 where the answer is no.
    """
    unit = units.find(course, asked) if asked else None
    kept = [entry for entry in roster.read(course) if unit and entry.unit != unit]
    paths = [path for path in _paths(course, unit, everything) if path.exists()]
    knows_book = database.is_made(course)
    whole_book = everything and not unit and knows_book
    book = database.name(course)
    gone = _listed(course, paths)
    if roster.path(course).exists():
        gone.insert(0, f"{roster.path(course)}: " + (f"the entries of {unit}" if unit else "all of it"))
    if whole_book and course.db_path:
        gone.append(f"{book}: the whole gradebook, with all scores and comments")
    elif whole_book:
        gone.append(f"{book}: all students and submissions, with scores and comments")
    elif knows_book and everything:
        gone.append(f"{book}: all submissions of {unit}, with scores and comments")
    elif knows_book and not unit:
        gone.append(f"{book}: the students' names, addresses and platform's numbers")
    if not gone:
        print("There is nothing to delete.")
        return 0
    print("To be deleted:", *gone, sep="\n  ")
    if not is_sure and not _confirmed():
        print("Nothing was deleted.")
        return 1
    for path in paths:
        with files.explained(path):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        with suppress(OSError):  # a student's folder with nothing in it; others stay
            path.parent.rmdir()
    if whole_book and course.db_path:
        with files.explained(course.db_path):
            course.db_path.unlink()
    elif whole_book:
        gradebook.forget_students(course)
    elif knows_book and everything and unit:
        gradebook.forget_submissions(course, unit)
    elif knows_book and not unit:
        gradebook.forget_names(course)
    roster.write(course, kept)
    print("Deleted.", *_what_stays(course, unit, everything), sep="\n")
    return 0


def _listed(course: Course, paths: list[Path]) -> list[str]:
    """The paths, those of students' folders by their number."""
    tops = [
        path.relative_to(course.root).parts[0] if path.is_relative_to(course.root) else "" for path in paths
    ]
    folders = Counter(top for top in tops if top in WORK)
    others = [str(path) for path, top in zip(paths, tops, strict=True) if top not in WORK]
    return others + [f"{course.root / top}: {number} folders of students" for top, number in folders.items()]


def _paths(course: Course, unit: str | None, everything: bool) -> Iterator[Path]:
    """Files and folders that go as wholes."""
    for folder in _folders(course.reports, unit):
        if everything:
            yield folder
        else:
            yield from (path for name in NAMED for path in sorted(folder.glob(name)))
    if not everything:
        return
    for step in WORK:
        yield from _of_students(course, step, unit)
    yield from _folders(course.records, unit)


def _of_students(course: Course, step: str, unit: str | None) -> list[Path]:
    """Each student's folder of a unit, or of all; what else lies in a student's folder, too."""
    pattern, root = str(course.folder(step, unit or "*", "*")), str(course.root)
    if pattern.startswith(root):
        pattern = escape(root) + pattern[len(root) :]
    return sorted(map(Path, glob(pattern, include_hidden=True)))


def _folders(parent: Path, unit: str | None) -> list[Path]:
    if unit:
        return [parent / unit]
    return sorted(path for path in parent.glob("*") if path.is_dir())


def _confirmed() -> bool:
    try:
        return input("Delete this? It cannot be undone. (yes/no) ").strip().lower() in ("y", "yes")
    except EOFError:
        raise CourseError("Nobody is there to answer: add --yes to delete without being asked.") from None


def _what_stays(course: Course, unit: str | None, everything: bool) -> Iterator[str]:
    if not everything:
        yield (
            f"What was handed in, feedback, gradebook and records ({course.records}, with the uploads that "
            f"others took the place of, in {EARLIER}/) stay, and folders are named after the students: --all "
            "deletes them too."
        )
    elif unit:
        yield "Of other units all stays, and the gradebook goes on knowing the students' names."
    elif course.db_path is None:
        yield "The gradebook's assignments stay on the server, and whoever handed in to another course there."
    yield "Copies elsewhere (zips that you downloaded, backups, the platform itself) are yours to delete."
