"""Learning platforms: what their downloads look like, and who handed in what in them.

Each is a few lines of data. The names are those that the platforms' own source gives (Moodle:
mod/assign/classes/downloader.php, mod/assign/feedback/file/importziplib.php; Canvas: lib/content_zipper.rb,
app/models/abstract_assignment.rb); Gradescope's and Google Classroom's are known from downloads.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import yaml  # type: ignore[import-untyped]
from nbgrader.utils import parse_utc

from course_lib.errors import CourseError
from course_lib.grading.archives import Item
from course_lib.grading.tables import Cell, Table
from course_lib.grading.zips import Unusable

METADATA = "submission_metadata.yml"
ADDRESS = r"[^@\s]+@[^@\s]+\.\w+"


@dataclass(frozen=True)
class Platform:
    """How a platform names what it lets one download.

    names     patterns of a file's path. Groups: came_as, under which the work goes back; file, as the student
              called it; and, where there are such, name, key, late, upload
    per_unit  whether its key of a student is another one in each assignment
    key       what that key is called in its tables
    """

    title: str
    names: tuple[re.Pattern[str], ...]
    per_unit: bool = False
    key: str = "Key"


# Of a path's parts the first that fits counts, and in it the first place: students choose the rest.
PLATFORMS = {
    "moodle": Platform(
        "Moodle",
        (
            re.compile(
                r"(?:[^/]+/)*?(?P<came_as>(?P<name>[^/]+?)(?:_(?P<key>\d+))?_assignsubmission_[a-z]+(?:_?/|_))"
                r"(?P<file>.+)"
            ),
        ),
        per_unit=True,
        key="Participant",
    ),
    "canvas": Platform(
        "Canvas",
        (
            re.compile(
                r"(?:.*/)?(?P<came_as>(?:(?P<late>LATE)_)?(?P<key>anon_[^_/]+)_(?P<upload>\d+)_)(?P<file>[^/]+)"
            ),
            re.compile(
                r"(?:.*/)?(?P<came_as>(?P<name>[^/]+?)(?:_(?P<late>LATE))?_(?P<key>\d+)_(?P<upload>\d+)_)"
                r"(?P<file>[^/]+)"
            ),
            re.compile(
                r"(?:.*/)?(?P<came_as>(?P<name>[^/]+?)(?:_(?P<late>LATE))?_(?P<key>\d+)_)"
                r"(?P<file>(?:text|link)\.html)"
            ),
        ),
        key="ID",
    ),
    "gradescope": Platform(
        "Gradescope",
        (re.compile(r"(?:.*/)?(?P<came_as>submission_(?P<upload>\d+)/)(?P<file>.+)"),),
        key="SID",
    ),
    "classroom": Platform(
        "Google Classroom",
        (re.compile(r"(?:.*/)?(?P<came_as>(?P<name>[^/]*?\S) - )(?P<file>[^/]+)"),),
        key="Name",
    ),
    "folder": Platform("a folder", (re.compile(r"(?P<came_as>(?P<name>[^/]+)/)(?P<file>.+)"),), key="Name"),
}


@dataclass(frozen=True)
class Person:
    """A student as the platform knows them. key: by which it finds them in its tables, or ""."""

    key: str
    name: str
    email: str = ""


@dataclass(frozen=True)
class Upload:
    """What a student, or a group, handed in.

    people   one, or the members of the group
    came_as  the beginning of the names under which it came, and under which feedback goes back
    number   the platform's own number of the upload, which grows; None where it has none
    time     when it was handed in, where the platform says so
    files    the path below the student's folder, and the file, of each
    """

    people: tuple[Person, ...]
    came_as: str
    late: bool = False
    number: int | None = None
    time: datetime | None = None
    files: tuple[tuple[str, Item], ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(person.key or person.name for person in self.people)

    @property
    def changed(self) -> datetime | None:
        """When the last of its files was changed, as the download says."""
        return max((item.time for _, item in self.files if item.time), default=None)


@dataclass(frozen=True)
class Placed:
    """uploads: one for each student or group, the newest last; nobodys: file → why it is nobody's."""

    uploads: list[Upload]
    nobodys: dict[str, str]


def recognised(items: Iterable[Item]) -> str:
    """The platform that a download is from, by its names."""
    paths = [item.path for item in items]
    if any(path.rpartition("/")[2] == METADATA for path in paths):
        return "gradescope"
    for kind in ("moodle", "canvas", "classroom"):
        fitting = sum(any(name.fullmatch(path) for name in PLATFORMS[kind].names) for path in paths)
        if fitting * 2 > len(paths):
            return kind
    return "folder"


def placed(kind: str, items: Iterable[Item], is_released: Callable[[str], bool]) -> Placed:
    """Who handed in what.

    is_released: whether a file's name is one of the assignment's own, which says nothing of a student.
    Raises CourseError where the platform's own list of students cannot be read.
    """
    items = list(items)
    if kind == "folder":
        return _by_folder(items, is_released)
    members = _members(items) if kind == "gradescope" else {}
    uploads: dict[tuple[str, str], Upload] = {}
    nobodys = {}
    for item in items:
        if kind == "gradescope" and item.path.rpartition("/")[2] == METADATA:
            continue
        found = next(filter(None, (name.fullmatch(item.path) for name in PLATFORMS[kind].names)), None)
        if not found or (kind == "classroom" and is_released(found["name"])):
            nobodys[item.path] = (
                NAMELESS if kind == "classroom" else f"is not named as {_title(kind)} names it"
            )
            continue
        groups = found.groupdict()
        if kind == "gradescope" and groups["came_as"].rstrip("/") not in members:
            nobodys[item.path] = f"belongs to a submission that {METADATA} does not list"
            continue
        upload = members.get(groups["came_as"].rstrip("/")) or _upload(groups)
        known = uploads.setdefault(_whose(kind, upload, groups), upload)
        number = int(groups.get("upload") or 0)
        is_newer = number > (known.number or 0) or (not is_file(known.came_as) and is_file(groups["came_as"]))
        if is_newer and kind != "gradescope":
            known = replace(known, came_as=groups["came_as"], number=number or None)
        handed_in = (*known.files, (groups["file"], item))
        uploads[_whose(kind, upload, groups)] = replace(
            known, late=known.late or upload.late, files=handed_in
        )
    return Placed(sorted(uploads.values(), key=_age), nobodys)


NAMELESS = (
    "carries no student's name. Ask whose it is; next time, let Classroom make a copy for each student "
    "(“Make a copy for each student” beside the attached notebook), which puts the name in front"
)


def is_file(came_as: str) -> bool:
    """Whether a name is that of Moodle's uploaded files, not of a text typed there."""
    return "_assignsubmission_file" in came_as


def _title(kind: str) -> str:
    return PLATFORMS[kind].title


def _upload(groups: dict[str, Any]) -> Upload:
    key = groups.get("key") or ""
    name = _line(groups.get("name") or key)
    email = name if re.fullmatch(ADDRESS, name) else ""
    return Upload((Person(key, name, email),), groups["came_as"], bool(groups.get("late")))


def _line(text: str) -> str:
    """A text as one line that can be printed anywhere."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _whose(kind: str, upload: Upload, groups: dict[str, Any]) -> tuple[str, str]:
    """What tells uploads apart: on Gradescope a student may have several."""
    person = upload.people[0]
    return (
        (groups["came_as"], "") if kind == "gradescope" else (person.key, "" if person.key else person.name)
    )


def _age(upload: Upload) -> tuple[datetime, int]:
    return upload.time or datetime.min.replace(tzinfo=UTC), upload.number or 0


def _by_folder(items: list[Item], is_released: Callable[[str], bool]) -> Placed:
    """A folder for each student, or a file named after them; a folder around all is looked through."""
    tops = {item.path.split("/")[0] for item in items if "/" in item.path}
    if len(tops) == 1 and all("/" in item.path for item in items):
        inner = [item.path.split("/", 1)[1] for item in items]
        if not any("/" not in path and is_released(path) for path in inner):
            items = [replace(item, path=path) for item, path in zip(items, inner, strict=True)]
    uploads: dict[str, Upload] = {}
    nobodys = {}
    for item in items:
        top, slash, rest = item.path.partition("/")
        name = top if slash else _student_in(top, is_released)
        if not name:
            nobodys[item.path] = (
                "carries no student's name: put it into a folder that is named after the student"
            )
            continue
        known = uploads.setdefault(name, _upload({"name": name, "came_as": f"{name}/"}))
        uploads[name] = replace(known, files=(*known.files, (rest or top, item)))
    return Placed(list(uploads.values()), nobodys)


def _student_in(file: str, is_released: Callable[[str], bool]) -> str:
    """The student after whom a file is named: ada.ipynb, or ada_02_….ipynb; "" where that is nobody."""
    stem = re.sub(r"(\.(ipynb|txt|json|zip))+$", "", file, flags=re.IGNORECASE)
    if is_released(stem):
        return ""
    for place in (found.start() for found in re.finditer(r"[_\W]", stem)):
        if is_released(stem[place:].lstrip("_- .")):
            return stem[:place].strip("_- .")
    return stem


# Moodle's grading worksheet


def participants(table: Table) -> tuple[int, dict[int, int]] | None:
    """The column of participants, and number → row; None where the table has none.

    Moodle reads the digits behind the word for “Participant”, whatever language that is in.
    """
    for column in range(len(table.rows[0])):
        found = [re.fullmatch(r"(\D+?)(\d+)", value) for value in table.column(column)]
        if found and all(found) and len({one[1] for one in found if one}) == 1:
            return column, {int(one[2]): row for row, one in enumerate(found, 1) if one}
    return None


def may_be(name: str, shown: str, row: Iterable[Cell]) -> bool:
    """Whether a row can be this student's: some cell has most words of the name.

    Anonymous ones have a word only; a question mark is what a spreadsheet writes for a letter unknown to it.
    """
    own = words(name)
    if len(own) < 2 or "?" in shown:
        return True
    return any(2 * len(own & words(cell.value)) > len(own) for cell in row)


def words(name: str) -> frozenset[str]:
    """A name's words, without accents and signs: a file's name lacks some."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if letter.isalnum() or letter.isspace() or letter in "-_")
    return frozenset(re.split(r"[\s_-]+", letters)) - {""}


def informed(uploads: Iterable[Upload], table: Table) -> tuple[list[Upload], int]:
    """Uploads with the addresses and times that the worksheet has of them, and of how many it has a time.

    Its times are in its own language, and by the clock of whoever downloaded it: English ones are read.
    """
    known = participants(table)
    if known is None:
        raise CourseError("The worksheet has no column of participants: name Moodle's grading worksheet.")
    column, rows = known
    handed_in = _times(table)
    told, timed, found = [], 0, False
    for upload in uploads:
        person = upload.people[0]
        row = rows.get(int(person.key)) if person.key.isdecimal() else None
        if row is not None and may_be(person.name, table.value(row, column + 1), table.rows[row]):
            found = True
            values = [cell.value.strip() for cell in table.rows[row]]
            email = next((value for value in values if re.fullmatch(ADDRESS, value)), "")
            time = handed_in[row - 1] if handed_in else None
            timed += time is not None
            upload = replace(upload, people=(replace(person, email=email),), time=time)
        told.append(upload)
    if not found:
        raise CourseError(
            "None of those who handed in stands in the worksheet: a Moodle worksheet belongs to one "
            "assignment. Download this one's, or collect without --worksheet."
        )
    return told, timed


def _times(table: Table) -> list[datetime | None]:
    """By row, the first column that has times only, and none where there is nothing: of the submission."""
    for column in range(len(table.rows[0])):
        values = table.column(column)
        times = [_clock(value) for value in values]
        if any(times) and all(time or value in ("", "-") for time, value in zip(times, values, strict=True)):
            return times
    return []


def _clock(value: str) -> datetime | None:
    """A time by this machine's clock, with the month in words or as in ISO 8601."""
    if not re.search(r"\d{4}", value) or not re.search(r"[A-Za-z]{3}|^\d{4}-\d\d-\d\d", value):
        return None
    try:
        return parse_utc(value).astimezone(UTC)
    except Exception:  # dateutil raises whatever a text leads it to
        return None


# Gradescope's list of submissions


class _Loader(yaml.SafeLoader):
    """Reads the plain values of a file that Ruby wrote, whatever classes of Ruby it names."""


def _plain(loader: _Loader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return node.value


_Loader.add_multi_constructor("!", _plain)


def _members(items: list[Item]) -> dict[str, Upload]:
    """Submission's folder → who handed it in, and when."""
    lists = [item for item in items if item.path.rpartition("/")[2] == METADATA]
    if not lists:
        raise CourseError(
            f"There is no {METADATA} in there, which says who is who: use Gradescope's zip as it is."
        )
    try:
        known = yaml.load(lists[0].read(), _Loader)
        return {
            str(name).lstrip(":"): _submission(str(name).lstrip(":"), data) for name, data in known.items()
        }
    except (Unusable, yaml.YAMLError, AttributeError, TypeError, ValueError, KeyError) as error:
        raise CourseError(
            f"{lists[0].path} cannot be read ({type(error).__name__}): download the submissions again, or "
            "give each student a folder of their own and add --as folder."
        ) from None


def _submission(name: str, data: dict[str, Any]) -> Upload:
    people = []
    for one in data[":submitters"]:
        sid, email, full = (_line(str(one.get(field) or "")) for field in (":sid", ":email", ":name"))
        people.append(Person(sid or email, full or email or sid or name, email))
    number = re.search(r"\d+", name)
    return Upload(
        tuple(people) or (Person("", name),),
        f"{name}/",
        number=int(number[0]) if number else None,
        time=_moment(data.get(":created_at")),
    )


def _moment(value: object) -> datetime | None:
    """A time of the list, which is in UTC where it names no zone."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
