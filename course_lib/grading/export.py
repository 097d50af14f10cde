"""A class's scores as files: for a spreadsheet, for Canvas, for Moodle. What they say is in the gradebook.

Names, addresses and comments come from others, and a spreadsheet takes a cell that starts with = for a
formula: such a cell gets an apostrophe in front, which makes it a text.
"""

from collections.abc import Iterable, Iterator, Mapping
from csv import writer
from io import StringIO
from pathlib import Path

from course_lib.grading import files, gradebook
from course_lib.grading.course import Course
from course_lib.grading.gradebook import Book, Participant, Scores

Row = list[str]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # East Asian forms count, too


def csv(path: Path, course: Course, unit: str, beside: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Each student's score as nbgrader counts it, and the score of each exercise.

    The columns up to max_score are those of `nbgrader export`, for the one unit. What has no score yet is
    blank, and so are the sums that it belongs to; in needs_manual_grade stand the exercises that a human is
    still to score. beside: student → outcome and notes, as `outcomes` tells them, of those graded here.
    """
    with gradebook.opened(course, unit) as book:
        most = {
            (notebook, name): cell["points"]
            for notebook, cells in book.cells().items()
            for name, cell in cells.items()
            if "points" in cell
        }
        several = len({notebook for notebook, _ in most}) > 1
        heads = [
            *("assignment", "timestamp", "student_id", "last_name", "first_name", "email"),
            *("raw_score", "late_submission_penalty", "score", "max_score", "needs_manual_grade"),
            *("outcome", "notes"),
            *(_text(f"{notebook}/{name}" if several else name) for notebook, name in most),
        ]

        def rows() -> Iterator[Row]:
            yield heads
            for student, scores in book.everyone():
                waiting = [name for one in scores.values() for name in sorted(one.waiting)]
                yield [
                    _text(unit),
                    str(student.timestamp or ""),
                    *map(_text, (student.id, student.last_name, student.first_name, student.email)),
                    *map(_number, (_raw(scores), _penalty(scores), _total(scores), sum(most.values()))),
                    *map(_text, (" ".join(waiting), *(beside or {}).get(student.id, ("", "")))),
                    *(_number(scores[nb].cells[name][0] if nb in scores else None) for nb, name in most),
                ]

        _write(path, rows())


def canvas(path: Path, course: Course, unit: str, *, title: str | None = None) -> None:
    """What Canvas imports in its Gradebook; title: the assignment's name there, else the unit's.

    Canvas finds a student by ID (its own number; lms_user_id in nbgrader), else by SIS Login ID (the name of
    the submission's folder), else by name. Who submitted nothing is left out: an empty score would clear one.
    Blank is the score of whom something is still to be scored.
    """
    with gradebook.opened(course, unit) as book:
        most = sum(cell.get("points", 0) for cells in book.cells().values() for cell in cells.values())

        def rows() -> Iterator[Row]:
            yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", _text(title or unit)]
            yield ["Points Possible", "", "", "", "", _number(most)]
            for student, scores in _submitted(book):
                yield [
                    _text(_sortable_name(student)),
                    _text(student.lms_user_id),
                    "",
                    _text(student.id),
                    "",
                    _number(_total(scores)),
                ]

        _write(path, rows())


def moodle(path: Path, course: Course, unit: str, *, title: str | None = None) -> None:
    """What Moodle imports under Grades, Import, CSV file; title: the column's name, else the unit's.

    Moodle asks which column names the student, and which are the grade and its feedback. Who submitted
    nothing is left out: an empty grade would clear one. Blank is the grade of whom something is still to be
    scored.
    """
    name = title or unit
    with gradebook.opened(course, unit) as book:

        def rows() -> Iterator[Row]:
            yield ["ID number", "Username", "Email address", _text(name), _text(f"{name} (feedback)")]
            for student, scores in _submitted(book):
                yield [
                    _text(student.id),
                    _text(student.id),
                    _text(student.email),
                    _number(_total(scores)),
                    _text(_feedback(scores)),
                ]

        _write(path, rows())


def _submitted(book: Book) -> Iterator[tuple[Participant, dict[str, Scores]]]:
    return ((student, scores) for student, scores in book.everyone() if scores)


def _raw(scores: dict[str, Scores]) -> float | None:
    """The sum of the scores; None without a submission, and as long as one of its cells has no score."""
    if not scores or any(one.missing for one in scores.values()):
        return None
    return sum(one.score for one in scores.values())


def _penalty(scores: dict[str, Scores]) -> float | None:
    return sum(one.late_penalty for one in scores.values()) if scores else None


def _total(scores: dict[str, Scores]) -> float | None:
    """The score after the penalty for being late; None where there is no sum."""
    raw, penalty = _raw(scores), _penalty(scores)
    return None if raw is None or penalty is None else max(0.0, raw - penalty)


def _feedback(scores: dict[str, Scores]) -> str:
    """The scores of the exercises, and the comments, in one line."""
    parts = [
        f"{name.removesuffix('-check')}: "
        + (f"no score yet, of {_number(most)}" if got is None else f"{_number(got)} of {_number(most)}")
        for one in scores.values()
        for name, (got, most) in one.cells.items()
    ]
    comments = [f"{name}: {text}" for one in scores.values() for name, text in one.comments.items() if text]
    return "; ".join(parts) + (". " if comments else "") + " ".join(" ".join(comments).split())


def _sortable_name(student: Participant) -> str:
    """Last name, first name: as Canvas sorts them; the id, where the gradebook has no name."""
    return ", ".join(filter(None, (student.last_name, student.first_name))) or student.id


def _text(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    value = value or ""
    return f"'{value}" if value.startswith(FORMULA) else value


def _number(value: float | None) -> str:
    """Points, to two decimals at most; nothing for None."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _write(path: Path, rows: Iterable[Row]) -> None:
    """Write the file whole, or leave the one before; raises CourseError where it cannot be written."""
    text = StringIO(newline="")
    writer(text).writerows(rows)
    files.write(path, text.getvalue())
