"""`course collect`: from a learning platform's zip to submitted/, and to the roster.

Nothing is overwritten without a word: an upload that a newer one takes the place of is moved below .grading/.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import archives, files, naming, platforms, roster, tables, units
from course_lib.grading.archives import Item
from course_lib.grading.course import Course
from course_lib.grading.platforms import PLATFORMS, Placed, Upload
from course_lib.grading.roster import Entry
from course_lib.grading.submission import MOST_BYTES, MOST_FILES, rank
from course_lib.grading.wording import some
from course_lib.grading.zips import Unusable

EARLIER = "earlier"  # below the unit's records: uploads that newer ones took the place of
SCRATCH = "collecting"  # below the records: what is not yet where it belongs
TIMESTAMP = "timestamp.txt"  # nbgrader's; who puts one into what they upload sets no time with it
OURS = {TIMESTAMP, "submission_secret.txt"}
LOOKED_AT = 60  # notebooks, to recognise the unit
SPREAD = timedelta(hours=1)  # closer together, a zip's times are of the download
NOTEBOOK = re.compile(r"\.(ipynb|json|zip)$|\.ipynb\b", re.IGNORECASE)


@dataclass
class _Report:
    """What there is to say at the end, by student."""

    new: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def run(
    course: Course,
    file: Path,
    asked: str | None,
    kind: str | None,
    worksheet: Path | None = None,
    *,
    force: bool = False,
) -> int:
    """Collect what is in a zip or folder; return 1 where something in it could not be placed.

    asked: the unit, else it is recognised by the notebooks. kind: one of PLATFORMS, else recognised.
    worksheet: Moodle's, which has addresses and times. force: whatever unit the notebooks look like.
    Raises CourseError where nothing can be collected; then nothing was written.
    """
    with archives.opened(file) as download:
        if not download.items:
            raise CourseError(f"{file} holds no file that could be somebody's work.")
        kind = kind or platforms.recognised(download.items)
        unit = _unit(course, download.items, asked, force)
        released = units.notebooks(course, unit)
        is_released = _is_released(released)
        placed = platforms.placed(kind, download.items, is_released)
        if not placed.uploads:
            path, why = next(iter(placed.nobodys.items()))
            raise CourseError(
                f"Nobody's work was recognised in {file}, taken for {_a(kind)}: {path!r} {why}. "
                f"--as {'|'.join(PLATFORMS)} says what it is."
            )
        if worksheet:
            placed = _informed(placed, kind, worksheet)
        groups = roster.grouped(roster.read(course))
        students = _students(placed.uploads, groups, unit, kind)
        timed = _timed(kind, placed.uploads)
        report = _Report(
            left_out=[f"{path!r} {why}" for path, why in {**download.troubles, **placed.nobodys}.items()]
        )
        print(f"{file.name}: {_a(kind)}, with the work of {_count(set(students), 'student')} for {unit}.")
        with files.scratch(course.records / SCRATCH) as scratch:
            for upload, student in zip(placed.uploads, students, strict=True):
                time = upload.time or (upload.changed if timed else None)
                new = _entries(upload, unit, student, kind, time)
                known = groups.get((unit, student), [])
                if _is_older(new[0], known):
                    report.older.append(student)
                    continue
                _note(report, upload, student, len(released))
                _store(course, unit, student, upload, time, scratch, report)
                if not known or known[0].platform == kind or kind != "folder":
                    is_same = report.same[-1:] == [student]
                    groups[unit, student] = _still_known(new, known, is_same)
        entries = [entry for group in groups.values() for entry in group]
        roster.write(course, entries)
    _print(course, unit, kind, report, any(one.handed_in for one in entries if one.unit == unit), timed)
    return 1 if report.left_out else 0


# What it is


def _a(kind: str) -> str:
    return "a folder of submissions" if kind == "folder" else f"a download of {PLATFORMS[kind].title}"


def _is_released(notebooks: Iterable[str]) -> Callable[[str], bool]:
    names = [_letters(name) for name in notebooks]
    return lambda name: any(_letters(name).startswith(one) for one in names)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _unit(course: Course, items: Iterable[Item], asked: str | None, force: bool) -> str:
    """The unit that was asked for, or to which the notebooks belong, by their cells' names or their own.

    Raises CourseError where they look like those of another unit, or of none, unless forced.
    """
    looked_at = [item for item in items if ".ipynb" in item.path.lower()][:LOOKED_AT]
    known = {unit: units.notebooks(course, unit) for unit in units.known(course)}
    votes: Counter[str] = Counter()
    for item in looked_at:
        name = _letters(item.path.rpartition("/")[2])
        try:
            cells = units.cells(item.read())
        except Unusable:
            cells = frozenset()
        for unit, notebooks in known.items():
            by_cells = any(own and len(cells & own) * 2 >= len(own) for own in notebooks.values())
            votes[unit] += by_cells + any(_letters(own) in name for own in notebooks)
    ranked = votes.most_common(2)
    if asked:
        unit = units.find(course, asked)
        if ranked and ranked[0][1] and not votes[unit] and not force:
            raise CourseError(
                f"The notebooks look like those of {ranked[0][0]}, not of {unit}, so nothing was collected: "
                f"name the right download, or leave --unit out. --force collects it for {unit} all the same."
            )
        return unit
    if not ranked or not ranked[0][1] or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        raise CourseError(
            f"The notebooks do not say which unit this is: add --unit, with one of {', '.join(known)}."
        )
    return ranked[0][0]


def _informed(placed: Placed, kind: str, worksheet: Path) -> Placed:
    """What was placed, with what Moodle's worksheet knows of it; a line says how much that is."""
    if kind != "moodle":
        raise CourseError(f"--worksheet takes Moodle's grading worksheet, and this is {_a(kind)}.")
    uploads, timed = platforms.informed(placed.uploads, tables.read(worksheet))
    known = sum(bool(upload.people[0].email) for upload in uploads)
    print(
        f"The worksheet has the address of {known} of {len(uploads)} students, and the time of {timed}, by "
        "this machine's clock." + ("" if timed else " Times in another language than English are not read.")
    )
    return Placed(uploads, placed.nobodys)


def _timed(kind: str, uploads: list[Upload]) -> bool:
    """Whether the files' own times can be those of handing in: a platform's zip that was made at once has
    the time of the download everywhere, and a folder made by hand any."""
    times = [upload.changed for upload in uploads if upload.changed]
    return kind != "folder" and len(times) > 1 and max(times) - min(times) > SPREAD


# Who it is


def _students(
    uploads: list[Upload], groups: dict[tuple[str, str], list[Entry]], unit: str, kind: str
) -> list[str]:
    """The folder's name for each upload: the one that the student had before, else their name, and with it
    their key where two have the same."""
    platform = PLATFORMS[kind]
    mine: dict[frozenset[str], str] = {}
    taken = {student.casefold(): student for _, student in groups}
    elsewhere: dict[str, set[str]] = {}
    for (where, student), group in groups.items():
        if group[0].platform != kind:
            continue
        if where == unit or not platform.per_unit:
            mine[frozenset(one.key or one.name for one in group)] = student
        else:
            elsewhere.setdefault(" + ".join(sorted(one.name for one in group)), set()).add(student)
    new = {upload.keys: upload for upload in uploads if upload.keys not in mine}
    present = set(mine.values())
    alike = Counter(_base(upload).casefold() for upload in new.values())
    for keys, upload in new.items():
        base = _base(upload)
        before = elsewhere.get(" + ".join(sorted(person.name for person in upload.people)), set())
        if kind == "folder" and base.casefold() in taken:
            mine[keys] = taken[base.casefold()]
            continue
        # A key that is another one in each unit leaves the name, if it is a full one, and nobody else's.
        if len(before) == 1 and " " in base and alike[base.casefold()] == 1 and not before & present:
            mine[keys] = before.pop()
            present.add(mine[keys])
            continue
        if alike[base.casefold()] > 1 or base.casefold() in taken:
            base = naming.student_name(f"{base[:60]} ({' '.join(sorted(keys))[:20]})")
        while base.casefold() in taken:
            base += "’"
        taken[base.casefold()] = mine[keys] = base
    return [mine[upload.keys] for upload in uploads]


def _base(upload: Upload) -> str:
    names = " + ".join(person.name for person in upload.people)
    return naming.student_name(names) or naming.student_name(" ".join(sorted(upload.keys))) or "nameless"


def _entries(upload: Upload, unit: str, student: str, kind: str, time: datetime | None) -> list[Entry]:
    return [
        Entry(
            unit=unit,
            student=student,
            platform=kind,
            key=person.key,
            name=person.name,
            email=person.email,
            came_as=upload.came_as,
            number=upload.number,
            late=upload.late,
            handed_in=_written(time) if time else "",
        )
        for person in upload.people
    ]


def _still_known(new: list[Entry], known: list[Entry], is_same: bool) -> list[Entry]:
    """The entries, with what is not in this download but was known: the address, and the time of the same."""
    before = {one.key: one for one in known}
    return [
        replace(
            one,
            email=one.email or before[one.key].email,
            handed_in=one.handed_in or (before[one.key].handed_in if is_same else ""),
        )
        if one.key in before
        else one
        for one in new
    ]


def _is_older(new: Entry, known: list[Entry]) -> bool:
    """Whether what is known was handed in later; what is collected later, where nobody says."""
    if not known or known[0].platform != new.platform:
        return False
    before = known[0]
    if new.number and before.number:
        return new.number < before.number
    return bool(new.handed_in and before.handed_in) and new.handed_in < before.handed_in


# On the disk


def _store(
    course: Course,
    unit: str,
    student: str,
    upload: Upload,
    time: datetime | None,
    scratch: Path,
    report: _Report,
) -> None:
    """Put the upload where it belongs, and what was there aside."""
    folder = course.folder("submitted", unit, student)
    content = _content(upload, student, report)
    if folder.is_dir() and _on_disk(folder) == {path: data for path, (data, _) in content.items()}:
        report.same.append(student)
        if time and not (folder / TIMESTAMP).exists():  # else it may have been corrected
            files.write(folder / TIMESTAMP, f"{_written(time)} UTC\n")
        return
    made = scratch / "submission"
    with files.explained(folder):
        made.mkdir()
        for path, (data, changed) in content.items():
            target = made / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            if changed:
                os.utime(target, (changed.timestamp(), changed.timestamp()))
        if time:
            files.write(made / TIMESTAMP, f"{_written(time)} UTC\n")
        if os.path.lexists(folder):
            aside = _aside(course, unit, student)
            shutil.move(folder, aside)
            report.replaced[student] = aside
        else:
            report.new.append(student)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)


def _aside(course: Course, unit: str, student: str) -> Path:
    """A new place for what a student handed in before."""
    place = course.records / unit / EARLIER / student
    place.mkdir(parents=True, exist_ok=True)
    return place / str(1 + max((int(one.name) for one in place.iterdir() if one.name.isdecimal()), default=0))


def _content(upload: Upload, student: str, report: _Report) -> dict[str, tuple[bytes, datetime | None]]:
    """The upload's files, by the paths that they get; what cannot be used is told."""
    content: dict[str, tuple[bytes, datetime | None]] = {}
    taken = dict.fromkeys(OURS, False)
    room = MOST_BYTES
    for path, item in sorted(upload.files, key=lambda one: rank(one[0])):
        try:
            if len(content) >= MOST_FILES:
                raise Unusable(f"is one of more than {MOST_FILES} files")
            data = item.read()
            room -= len(data)
            if room < 0:
                raise Unusable(f"exceeds the {MOST_BYTES // 2**20} MB of a student")
        except Unusable as why:
            report.left_out.append(f"{student}: {path!r} {why}")
            continue
        content[_free(naming.safe_path(path), taken)] = data, item.time
    return content


def _free(path: str, taken: dict[str, bool]) -> str:
    """The path, or one like it, where nothing is yet but from now on this file. taken: path → is a folder."""
    free = ""
    *folders, name = path.split("/")
    for part in folders:
        free = _numbered(free, part, lambda tried: taken.get(tried, True)) + "/"
        taken[free.rstrip("/").casefold()] = True
    free = _numbered(free, name, lambda tried: tried not in taken)
    taken[free.casefold()] = False
    return free


def _numbered(above: str, name: str, is_free: Callable[[str], bool]) -> str:
    """The name below `above`, with the first number that is free, where it is taken without."""
    stem, dot, ending = name.rpartition(".")
    tried = f"{above}{name}"
    for number in count(2):
        if is_free(tried.casefold()):
            break
        tried = f"{above}{stem} ({number}){dot}{ending}" if stem else f"{above}{name} ({number})"
    return tried


def _on_disk(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.relative_to(folder).as_posix() not in OURS
    }


def _written(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


# What is said


def _note(report: _Report, upload: Upload, student: str, wanted: int) -> None:
    names = [naming.safe_path(path) for path, _ in upload.files]
    notebooks = [name for name in names if re.search(r"\.ipynb", name, re.IGNORECASE)]
    if upload.late:
        report.late.append(student)
    if len(notebooks) > wanted:
        report.several.append(f"{student}: {', '.join(notebooks[:6])}")
    if not any(NOTEBOOK.search(name) for name in names):
        report.without.append(f"{student}: {', '.join(names[:6])}")


def _print(course: Course, unit: str, kind: str, report: _Report, known: bool, timed: bool) -> None:
    title = PLATFORMS[kind].title
    if report.new:
        print(f"New in {course.folder('submitted', unit, '…')}: {some(report.new)}.")
    if report.same:
        print(f"As before: {some(report.same)}.")
    for student, aside in report.replaced.items():
        print(f"Replaced by a newer upload: {student}. What was there before is in {aside}.")
    if report.older:
        print(f"Not taken, as there is a newer upload already: {', '.join(report.older)}.")
    if timed:
        print(
            "Times of handing in are the times of the files, by this machine's clock: look "
            f"into one {TIMESTAMP}, if the course has penalties for being late."
        )
    elif not known:
        print(
            f"Nothing in there says when they handed in, so everybody counts as in time. Where that matters, "
            f"write the time beside the notebook, into {TIMESTAMP}: 2026-11-20 10:00:00 UTC"
        )
    if report.late:
        hint = "" if known else " Without a time no penalty is taken off: see above."
        print(f"Marked late by {title}: {', '.join(report.late)}.{hint}")
    _list("Handed in several notebooks; grading takes one that is filled in, then the newest", report.several)
    _list("Handed in no notebook, it seems; ask for it", report.without)
    place = course.folder("submitted", unit, "NAME")
    _list(f"Could not be placed; ask for these again, or put them into {place} yourself", report.left_out)
    print(f"Names, addresses and times: {roster.path(course)} (private). Next: course grade {unit}")


def _list(title: str, lines: list[str]) -> None:
    if lines:
        print(f"{title}:")
        for line in lines[:50]:
            print(f"  {line}")
        if len(lines) > 50:
            print(f"  and {len(lines) - 50} more")


def _count(things: set[str], what: str) -> str:
    return f"{len(things)} {what}{'s' * (len(things) != 1)}"
