"""`course return`: scores and feedback as the learning platform takes them back.

The platform's own file is filled, and nothing but its cells of grades is changed. Without one, a table of our
own is written. How the platforms read these files is known from their importers (Moodle:
mod/assign/feedback/offline/importgradeslib.php, mod/assign/feedback/file/importziplib.php; Canvas:
lib/gradebook_importer.rb, app/models/abstract_assignment.rb).
"""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from csv import writer
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import export, files, gradebook, outcomes, platforms, roster, tables, units
from course_lib.grading.course import Course
from course_lib.grading.platforms import PLATFORMS
from course_lib.grading.roster import Entry
from course_lib.grading.tables import Table

SCORES = ("total score", "score", "grade", "points")  # columns of a plain roster that hold the score
ASSIGNMENT = re.compile(r"(?P<title>.+) \((?P<number>\d+)\)")  # a column of Canvas' gradebook


@dataclass(frozen=True)
class Options:
    """What the command was asked.

    column   in which the grades are to stand; found where None
    out_of   full marks, where they are others than nbgrader's maximum
    percent  per cent of full marks in place of points
    cap      nobody gets more than full marks
    """

    unit: str
    worksheet: Path | None = None
    column: str | None = None
    out_of: float | None = None
    percent: bool = False
    cap: bool = False


@dataclass(frozen=True)
class Mark:
    """A student's grade as it goes back; value is None where there is no score yet, and why says for what."""

    value: float | None
    why: str = ""


@dataclass
class Filled:
    """What was filled in, and what there is to say of it.

    changes   (row, column) → value
    found     entries whose row was found, with it
    names     entry → the beginnings of the names of its feedback, where they are others than it came under
    lines     sentences for whoever reads the output
    is_whole  whether the platform takes a grade of everyone who has a score
    """

    changes: dict[tuple[int, int], str] = field(default_factory=dict)
    found: list[tuple[Entry, int]] = field(default_factory=list)
    names: dict[Entry, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    is_whole: bool = True


@dataclass(frozen=True)
class Columns:
    """Where in a table things stand; None where they do not.

    rows  those of students
    most  the full marks, by row
    """

    grade: int
    rows: range
    most: Callable[[int], float | None]
    heading: str


def run(course: Course, options: Options) -> int:
    """Write the files that go back; return 1 where somebody's score is missing, or finds no place."""
    unit = units.find(course, options.unit)
    entries = roster.of_unit(course, unit)
    marks, full = _marks(course, unit, options)
    if not marks:
        raise CourseError(f"Nothing of {unit} has been graded yet: 'course grade {unit}' does that first.")
    strangers = [student for student in marks if student not in {entry.student for entry in entries}]
    entries += [Entry(unit, student, "folder", "", student, "", f"{student}/") for student in strangers]
    ungraded = sorted({entry.student for entry in entries} - marks.keys())
    entries = [entry for entry in entries if entry.student in marks]
    origins = Counter(entry.platform for entry in entries if entry.student not in strangers)
    kind = origins.most_common(1)[0][0] if origins else "folder"
    folder = course.reports / unit
    if options.worksheet:
        target = folder / f"{kind}-grades.csv"
        table = _read(options.worksheet, target)
        filled = _filled(table, kind, unit, entries, marks, full, options)
        files.write_bytes(target, table.filled(filled.changes))
        print(f"Filled in: {target}")
    else:
        filled = Filled()
        target = folder / "grades.csv"
        files.write(target, _plain(kind, entries, marks, full))
        print(f"Grades: {target}")
        if kind in ("moodle", "canvas"):
            title = PLATFORMS[kind].title
            print(f"{title} takes grades in its own file only: download it, and add --worksheet FILE.")
    pages = folder / f"{kind}-feedback.zip"
    without = _feedback(course, unit, pages, entries, filled.names)
    print(f"Feedback: {pages}")
    for line in filled.lines:
        print(line)
    _list("No feedback page yet ('course grade' writes it)", without)
    blank = {student: mark.why for student, mark in marks.items() if mark.value is None}
    _list("No score yet, so the grade is blank", [f"{student}: {why}" for student, why in blank.items()])
    late = sorted({entry.student for entry in entries if entry.late and not entry.handed_in})
    if late:
        print(f"Marked late by the platform, without a time, so no penalty was taken off: {', '.join(late)}.")
    _list(f"Collected, but not graded yet ('course grade {unit}' does that)", ungraded)
    return 0 if filled.is_whole and not blank and not ungraded else 1


def _marks(course: Course, unit: str, options: Options) -> tuple[dict[str, Mark], float]:
    """Student → grade, of those who handed in, with the penalty for being late; and the full marks."""
    marks = {}
    with gradebook.opened(course, unit) as book:
        most = sum(cell.get("points", 0) for cells in book.cells().values() for cell in cells.values())
        full = options.out_of or most
        for student, scores in book.everyone():
            if not scores:
                continue
            missing = sorted(
                outcomes.named(notebook, name, scores)
                for notebook, one in scores.items()
                for name in one.missing
            )
            points = export.total(scores)
            if points is not None and options.cap:
                points = min(points, full)
            if points is not None and options.percent and full:
                points *= 100 / full
            marks[student.id] = Mark(points, ", ".join(missing))
    return marks, 100.0 if options.percent else full


def _read(worksheet: Path, target: Path) -> Table:
    if worksheet.resolve() == target.resolve():
        raise CourseError(
            f"{worksheet} is what this command writes: name the file that came from the platform."
        )
    return tables.read(worksheet)


# The platform's own file


def _filled(
    table: Table,
    kind: str,
    unit: str,
    entries: list[Entry],
    marks: dict[str, Mark],
    full: float,
    options: Options,
) -> Filled:
    """The cells to fill. Raises CourseError where it is not clear which they are."""
    filled = Filled()
    if kind == "moodle" and (participants := platforms.participants(table)) is not None:
        columns = _moodle_columns(table, options.column, filled)
        found = _moodle_rows(table, participants, entries, filled)
    elif kind == "canvas" and _is_canvas(table):
        columns = _canvas_columns(table, unit, options.column)
        found = _rows_by(table, _canvas_id(table), columns.rows, entries, lambda entry: [entry.key])
    else:
        columns = _plain_columns(table, unit, options.column)
        found = _plain_rows(table, columns.rows, entries)
    if not found:
        raise CourseError(
            f"None of those who handed in {unit} stands in {options.worksheet}: is it this assignment's, and "
            "this class's? A Moodle worksheet belongs to one assignment."
        )
    filled.found = found
    _enter(table, kind, columns, marks, full, filled)
    there = {entry for entry, _ in found}
    missing = [entry.name for entry in entries if entry not in there]
    if missing:
        filled.lines.append(f"Not in {options.worksheet}, so without a grade there: {', '.join(missing)}.")
        filled.is_whole = False
    return filled


def _enter(
    table: Table, kind: str, columns: Columns, marks: dict[str, Mark], full: float, filled: Filled
) -> None:
    """Fill the grades in, and say what deserves a look."""
    shown = [table.value(row, columns.grade) for row in range(1, len(table.rows))]
    shown += [table.value(row, cell) for row in columns.rows for cell in (columns.grade + 1,)]
    decimal = "," if any(re.fullmatch(r"\d+,\d+", value) for value in shown) else "."
    changed, above, limits = [], [], set()
    if columns.grade >= len(table.rows[0]):
        filled.changes[0, columns.grade] = columns.heading
    for entry, row in filled.found:
        value = marks[entry.student].value
        before, most = table.value(row, columns.grade), columns.most(row)
        now = tables.number(value, decimal)
        if now != before and not _is_equal(now, before):
            filled.changes[row, columns.grade] = now
            changed += [f"{entry.name} {before} → {now or 'blank'}"] if before else []
        limits |= {most} - {None}
        if value is not None and most is not None and value > most + 1e-9:
            above.append(f"{entry.name} {now}")
    filled.lines.append(
        f"{len(filled.found)} students stand in the column {columns.heading!r}; all else is as it was."
    )
    if changed:
        filled.lines.append(f"Another grade stood there before: {', '.join(changed)}.")
    others = sorted(limit for limit in limits if limit is not None and abs(limit - full) > 1e-9)
    if others:
        theirs = tables.number(others[0])
        option = "--percent" if others[0] == 100 else f"--out-of {theirs}"
        filled.lines.append(
            f"Full marks are {theirs} on the platform, and {tables.number(full)} here: use {option}, or "
            "change them there."
        )
    if above and kind == "moodle":
        filled.lines.append(
            f"Moodle leaves out, without a word, grades above its full marks: {', '.join(above)}. Raise them "
            "there, or add --cap."
        )
        filled.is_whole = False


def _is_equal(one: str, other: str) -> bool:
    first, second = tables.as_number(one), tables.as_number(other)
    return first is not None and second is not None and abs(first - second) < 0.005


def _rows_by(
    table: Table,
    column: int,
    rows: range,
    entries: Iterable[Entry],
    keys: Callable[[Entry], Iterable[str]],
) -> list[tuple[Entry, int]]:
    """Those whose key stands in a column, in one row only."""
    places = tables.unique(table.value(row, column).casefold() for row in range(rows.stop))
    found = []
    for entry in entries:
        row = next((places[key.casefold()] for key in keys(entry) if key.casefold() in places), None)
        if row is not None and row in rows:
            found.append((entry, row))
    return found


# Moodle


def _moodle_columns(table: Table, asked: str | None, filled: Filled) -> Columns:
    """The grade's column: the one before that of the maximum, which has the same number in all rows."""
    heading = table.heading
    limits = [
        column
        for column in range(1, len(heading))
        if len({*table.column(column)}) == 1
        and tables.as_number(table.value(1, column)) is not None
        and all(not value or tables.as_number(value) is not None for value in table.column(column - 1))
    ]
    grade = tables.named(heading, asked or "Grade")
    if asked and grade is None:
        raise _no_column(asked, heading)
    if grade is None and len(limits) == 1:
        grade = limits[0] - 1
        filled.lines.append(
            f"Taken for the grades, as the full marks are next to it: the column {heading[grade]!r}. If that "
            "is wrong, name the right one with --column."
        )
    if grade is None:
        raise CourseError(
            f"Which column holds the grades is not clear: add --column, with one of {', '.join(heading)}. (A "
            "grade by a scale has no points.)"
        )
    has_limit = grade + 1 in limits
    return Columns(
        grade,
        range(1, len(table.rows)),
        lambda row: tables.as_number(table.value(row, grade + 1)) if has_limit else None,
        heading[grade],
    )


def _moodle_rows(
    table: Table, known: tuple[int, dict[int, int]], entries: list[Entry], filled: Filled
) -> list[tuple[Entry, int]]:
    """By number, where the name does not speak against it; groups by their name in their members' rows.

    A group's download has the group's number, which may be a participant's as well. Who stands there by name
    under another number is not taken: the worksheet is another assignment's.
    """
    column, participants = known
    names = column + 1  # Moodle puts them there; where it hides them, something else that is no name
    found: list[tuple[Entry, int]] = []
    doubtful = []
    for entry in entries:
        row = participants.get(int(entry.key)) if entry.key.isdecimal() else None
        if row is not None and platforms.may_be(entry.name, table.value(row, names), table.rows[row]):
            found.append((entry, row))
            continue
        words = platforms.words(entry.name)
        members = {
            number: other
            for number, other in participants.items()
            if any(
                words == platforms.words(cell.value)
                for at, cell in enumerate(table.rows[other])
                if at != names
            )
        }
        found += [(entry, other) for other in members.values()]
        if row is not None or members:
            filled.names[entry] = [
                f"{table.value(other, names).replace('_', ' ')}_{number}_assignsubmission_file/"
                for number, other in members.items()
            ]
        if row is not None and not members:
            doubtful.append(f"{entry.name} ({entry.key}), who is {table.value(row, names)!r} there")
    if doubtful:
        filled.lines.append(
            "Their number is somebody else's in the worksheet, so neither grade nor feedback goes to it: "
            f"{', '.join(doubtful)}."
        )
    return found


# Canvas


def _is_canvas(table: Table) -> bool:
    heading = table.heading
    return "ID" in heading[:3] and ("Student" in heading[0] or "LastName" in heading[0])


def _canvas_id(table: Table) -> int:
    return table.heading.index("ID")


def _canvas_columns(table: Table, unit: str, asked: str | None) -> Columns:
    """The assignment's column: asked for, or called as the unit, or with its number, or the only one."""
    heading = table.heading
    known = {index: found for index, name in enumerate(heading) if (found := ASSIGNMENT.fullmatch(name))}
    titles = {index: found["title"] for index, found in known.items()}
    if asked:
        fitting = [
            index
            for index, found in known.items()
            if asked.strip() in (found[0], found["title"], found["number"])
        ]
    else:
        name = re.sub(r"^\d+_", "", unit)
        number = unit.split("_")[0]
        fitting = [
            index
            for index, title in titles.items()
            if platforms.words(title) >= platforms.words(name)
            or platforms.words(title) == platforms.words(unit)
        ]
        if not fitting and number.isdecimal():
            fitting = [
                index for index, title in titles.items() if int(number) in map(int, re.findall(r"\d+", title))
            ]
        if not fitting and len(titles) == 1:
            fitting = list(titles)
    if len(fitting) != 1:
        choice = (
            ", ".join(repr(heading[index]) for index in fitting or known) or "none (is it Canvas' export?)"
        )
        what = (
            f"--column {asked!r} names none"
            if asked and not fitting
            else "Which assignment it is, is not clear"
        )
        raise CourseError(f"{what}: add --column, with one of {choice}.")
    grade = fitting[0]
    first = next((row for row in range(1, len(table.rows)) if "Points Possible" in table.value(row, 0)), None)
    most = tables.as_number(table.value(first, grade)) if first else None
    return Columns(grade, range((first or 0) + 1, len(table.rows)), lambda _: most, heading[grade])


# Gradescope's table, and any other


def _plain_columns(table: Table, unit: str, asked: str | None) -> Columns:
    """The column asked for, or one that is called like a score's, or a new one behind the others."""
    heading = table.heading
    rows = range(1, len(table.rows))
    wanted = [asked] if asked else [unit, *SCORES]
    grade = next(
        filter(lambda found: found is not None, (tables.named(heading, name) for name in wanted)), None
    )
    if grade is None:
        return Columns(len(heading), rows, lambda _: None, tables.text(asked or unit))
    limit = tables.named(heading, "Max Points")
    return Columns(
        grade,
        rows,
        lambda row: tables.as_number(table.value(row, limit)) if limit is not None else None,
        heading[grade],
    )


def _plain_rows(table: Table, rows: range, entries: list[Entry]) -> list[tuple[Entry, int]]:
    """By the column that knows most of them: by address, key, name, or the name of the folder."""

    def keys(entry: Entry) -> list[str]:
        return [key for key in (entry.email, entry.key, entry.student, entry.name) if key]

    found = [_rows_by(table, column, rows, entries, keys) for column in range(len(table.rows[0]))]
    return max(found, key=len)


def _no_column(asked: str, heading: list[str]) -> CourseError:
    return CourseError(f"There is no one column {asked!r}: add --column, with one of {', '.join(heading)}.")


# A table of our own


def _plain(kind: str, entries: list[Entry], marks: dict[str, Mark], full: float) -> str:
    """Everybody who handed in, with what the roster knows of them."""
    out = StringIO(newline="")
    table = writer(out)
    table.writerow(
        ["Name", "Email", PLATFORMS[kind].key, "Folder", "Handed in (UTC)", "Late", "Score", "Maximum"]
    )
    for entry in sorted(entries, key=lambda entry: (entry.student, entry.name)):
        texts = (entry.name, entry.email, entry.key, entry.student, entry.handed_in)
        late = "late" if entry.late else ""
        score = tables.number(marks[entry.student].value)
        table.writerow([*map(tables.text, texts), late, score, tables.number(full)])
    return out.getvalue()


# Feedback


def _feedback(
    course: Course, unit: str, target: Path, entries: Iterable[Entry], others: dict[Entry, list[str]]
) -> list[str]:
    """Write the pages into one zip, under the names under which the work came; returns who has no page.

    others: the names of those who get theirs under others. A group of Moodle's has a number that may be a
    participant's as well: what goes back to it, goes to its members.
    """
    without: set[str] = set()
    written: set[str] = set()
    with (
        files.replacing(target) as unfinished,
        zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in entries:
            pages = sorted(course.folder("feedback", unit, entry.student).glob("*.html"))
            without |= set() if pages else {entry.student}
            for beginning in others.get(entry, [entry.came_as]):
                for page in pages:
                    if (name := beginning + page.name) not in written:
                        written.add(name)
                        archive.write(page, name)
    return sorted(without)


def _list(title: str, lines: list[str]) -> None:
    if lines:
        print(f"{title}:")
        for line in lines:
            print(f"  {line}")
