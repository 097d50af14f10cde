"""A submission as files: read from a folder whose content may be anything, within bounds."""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from nbgrader.utils import parse_utc

from course_lib import texts

say = texts.beside(__file__)

MOST_BYTES = 200 * 2**20  # of all files together, outputs that were saved in notebooks among them
MOST_FILES = 500
MOST_ENTRIES = 50_000  # files and folders that are looked at, and as many of each archive
MOST_TOLD = 20  # of what was left out
DEEPEST = 8  # folders in one another, in an archive too
LEFT_OUT = {
    ".ipynb_checkpoints",
    "__pycache__",
    ".git",
    ".venv",
    "node_modules",
    "__MACOSX",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
}
TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Submission:
    """What a student handed in.

    files      path inside the folder → content; regular files only
    left_out   what was left out, and why, in sentences
    timestamp  when it was handed in (UTC), as the collector wrote it; None where that is not known
    doubted    why what was written there is not believed; "" where it is, or where nothing is
    times      path → when that file came, as the platform has it; empty where nobody knows
    """

    student: str
    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()
    timestamp: datetime | None = None
    doubted: str = ""
    times: dict[str, datetime] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """All there is to say of it."""
        when = f"{TIMESTAMP} {self.doubted}, so the time of submission is not known."
        return (*self.left_out, when) if self.doubted else self.left_out


def read(folder: Path, student: str, collected: bool = False) -> Submission:
    """Read a submission. Never raises: what cannot be read is left out, and a note says so.

    collected: whether `course collect` wrote it, which gives files the times that the platform's zip has;
    from anywhere else, a file's time says nothing.
    """
    files: dict[str, bytes] = {}
    times: dict[str, datetime] = {}
    notes: list[str] = []
    tools: list[str] = []
    room = MOST_BYTES
    named = {
        os.fsdecode(inside): path
        for inside, path in islice(_entries(os.fsencode(folder), b"", notes, tools), MOST_ENTRIES)
    }
    order = sorted(named, key=lambda path: (path != TIMESTAMP, rank(path), path))
    for number, path in enumerate(order, start=-(TIMESTAMP in named)):
        if number == MOST_FILES:
            notes.append(say("too-many-files", most=MOST_FILES))
            break
        if not is_text(path):
            notes.append(say("no-text", path=shown(path)))
            continue
        content, why = read_file(named[path], room)
        if content is None:
            notes.append(say("left-out", path=shown(path), why=why))
        else:
            files[path] = content
            room -= len(content)
            if collected:
                times[path] = datetime.fromtimestamp(os.stat(named[path]).st_mtime, UTC)
    stamp = files.pop(TIMESTAMP, None)
    when, why = time_of(stamp) if stamp is not None else (None, "")
    if not files and tools:
        notes.append(say("only-tools", names=", ".join(few(tools))))
    return Submission(student, dict(sorted(files.items())), tuple(few(notes)), when, why, times)


def _entries(
    folder: bytes, inside: bytes, notes: list[str], tools: list[str]
) -> Iterator[tuple[bytes, bytes]]:
    """All that is in a folder and in those below it, but for folders: its path in there, and from here.

    notes: what could not be looked at. tools: what was passed over, as nobody means to hand it in.
    """
    name = shown(os.fsdecode(inside))
    if inside.count(b"/") >= DEEPEST:
        notes.append(say("too-deep", folder=name))
        return
    try:
        if stat.S_ISLNK(os.lstat(folder).st_mode):
            notes.append(say("link"))
            return
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        notes.append(say("folder-unreadable" if name else "unreadable", folder=name, reason=error.strerror))
        return
    for entry in entries:
        if is_left_out(os.fsdecode(entry.name)):
            tools.append(shown(os.fsdecode(inside + entry.name)))
            continue
        if entry.is_dir(follow_symlinks=False) and is_text(os.fsdecode(entry.name)):
            yield from _entries(entry.path, inside + entry.name + b"/", notes, tools)
        else:
            yield inside + entry.name, entry.path


def is_left_out(path: str) -> bool:
    """Whether it is what systems and tools make, and no student means to hand in: a Mac's "._x", for one."""
    return any(part in LEFT_OUT or part.startswith("._") for part in path.split("/"))


def rank(path: str) -> int:
    """What is read first, where not all is: what may be the notebook, or hold it, before what lies beside."""
    name = path.rpartition("/")[2].lower()
    if ".ipynb" in name:
        return 0
    return 1 if "." not in name or name.endswith((".zip", ".tar", ".tgz", ".gz", ".json")) else 2


def few(notes: list[str]) -> list[str]:
    """The first of the notes, each once, and how many more there are."""
    notes = list(dict.fromkeys(notes))
    more = len(notes) - MOST_TOLD
    return notes if more <= 0 else [*notes[:MOST_TOLD], say("more", count=more)]


def is_text(name: str) -> bool:
    """Whether a name is UTF-8; other bytes of it Python shows as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def read_file(path: bytes, room: int) -> tuple[bytes | None, str]:
    """The content of a regular file, or None and why not."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    )
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):  # opening a device can have an effect already
            return None, say("no-file")
        descriptor = os.open(path, flags)
        with open(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            if size > room:
                return None, say("too-large", size=size / 2**20, most=MOST_BYTES // 2**20)
            return file.read(room), ""
    except OSError as error:
        return None, say("file-unreadable", reason=error.strerror)


def time_of(content: bytes) -> tuple[datetime | None, str]:
    """When it was handed in, or None and why that is not believed."""
    text = content[:200].decode("utf-8", "replace").strip()
    if not text:
        return None, "is empty"
    try:
        when = parse_utc(text)
    except Exception:  # dateutil raises whatever a text leads it to
        return None, "holds no date"
    if not isinstance(when, datetime) or when.tzinfo is not None:
        return None, "holds no date"
    now = datetime.now(UTC).replace(tzinfo=None)
    if when > now + timedelta(days=1):
        return None, "lies in the future"
    if when.year < 2000:
        return None, "lies before this century"
    return when, ""


def shown(path: str) -> str:
    """A path that can be printed, whatever its characters."""
    return re.sub(r"[^\w./ ()+,'’&@-]", "\N{REPLACEMENT CHARACTER}", path)[:100]
