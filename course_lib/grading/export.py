"""A class's scores as a table. What it says is in the gradebook; `returning` brings it to a platform."""

from collections.abc import Iterable, Iterator, Mapping
from csv import writer
from io import StringIO
from pathlib import Path

from course_lib.grading import files, gradebook, outcomes, tables
from course_lib.grading.course import Course
from course_lib.grading.gradebook import Scores

Row = list[str]


def csv(path: Path, course: Course, unit: str, beside: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Each student's score as nbgrader counts it, and the score of each exercise.

    The columns up to max_score are those of `nbgrader export`, for the one unit. What has no score yet is
    blank, and so are the sums that it belongs to; in needs_manual_grade stand the exercises that a human is
    still to score. beside: student → outcome and notes, as `outcomes` tells them, of those graded here, and
    of what was left out.
    """
    with gradebook.opened(course, unit) as book:
        most = {
            (notebook, name): cell["points"]
            for notebook, cells in book.cells().items()
            for name, cell in cells.items()
            if "points" in cell
        }
        notebooks = {notebook for notebook, _ in most}
        heads = [
            *("assignment", "timestamp", "student_id", "last_name", "first_name", "email"),
            *("raw_score", "late_submission_penalty", "score", "max_score", "needs_manual_grade"),
            *("outcome", "notes"),
            *(tables.text(outcomes.named(*key, notebooks)) for key in most),
        ]

        def rows() -> Iterator[Row]:
            yield heads
            unknown = dict(beside or {})
            for student, scores in book.everyone():
                told = unknown.pop(student.id, ("", ""))
                waiting = [
                    outcomes.named(nb, name, notebooks)
                    for nb, name in most
                    if nb in scores and name in scores[nb].waiting
                ]
                yield [
                    tables.text(unit),
                    str(student.timestamp or ""),
                    *map(tables.text, (student.id, student.last_name, student.first_name, student.email)),
                    *map(tables.number, (_raw(scores), _penalty(scores), total(scores), sum(most.values()))),
                    *map(tables.text, (" ".join(waiting), *told)),
                    *(
                        tables.number(scores[nb].cells[name][0] if nb in scores else None)
                        for nb, name in most
                    ),
                ]
            blank = [""] * (len(heads) - 5)
            for name, told in sorted(unknown.items()):
                row = [tables.text(unit), "", tables.text(name), *blank]
                yield [*row[:11], *map(tables.text, told), *row[11:]]

        _write(path, rows())


def _raw(scores: dict[str, Scores]) -> float | None:
    """The sum of the scores; None without a submission, and as long as one of its cells has no score."""
    if not scores or any(one.missing for one in scores.values()):
        return None
    return sum(one.score for one in scores.values())


def _penalty(scores: dict[str, Scores]) -> float | None:
    return sum(one.late_penalty for one in scores.values()) if scores else None


def total(scores: dict[str, Scores]) -> float | None:
    """The score after the penalty for being late; None where there is no sum."""
    raw, penalty = _raw(scores), _penalty(scores)
    return None if raw is None or penalty is None else max(0.0, raw - penalty)


def _write(path: Path, rows: Iterable[Row]) -> None:
    """Write the file whole, or leave the one before; raises CourseError where it cannot be written."""
    text = StringIO(newline="")
    writer(text).writerows(rows)
    files.write(path, text.getvalue())
