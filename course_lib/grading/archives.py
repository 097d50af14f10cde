"""What a learning platform lets one download: a zip, or the folder made of it, as a list of files.

Names and sizes in it come from students. A name leads nowhere but below the folder that it is put in, and no
file is read beyond its bound, whatever the zip says of itself.
"""

import lzma
import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO

from course_lib.errors import CourseError

MOST_FILES = 200_000  # in one download
MOST_BYTES = 200 * 2**20  # of one file, as grading reads it
CHUNK = 2**20
JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}
LONGEST = 120  # characters of a name that is written to disk
DEEPEST = 8  # folders in one another; grading reads no deeper
UNIX_TIME, UNICODE_PATH = 0x5455, 0x7075  # a zip's extra fields; see PKWARE's APPNOTE.TXT and Info-ZIP's list
# What zipfile raises, besides OSError, where a zip or an entry is damaged or packed in some other way.
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, NotImplementedError, ValueError, OverflowError, RuntimeError),
)


@dataclass(frozen=True)
class Item:
    """A file of the download.

    path   in there, with / between its parts; none of them is empty, or leads upwards
    time   when it was changed last, as zip or disk say it; None where they do not
    read   its content; raises Unusable where it has none to give
    """

    path: str
    time: datetime | None
    read: Callable[[], bytes]


class Unusable(Exception):
    """Why a file of the download cannot be used, as the end of a sentence about it."""


@dataclass(frozen=True)
class Download:
    """items: its files, in the order of their paths; troubles: path → why it was left out."""

    items: tuple[Item, ...]
    troubles: dict[str, str]


@contextmanager
def opened(path: Path) -> Iterator[Download]:
    """The download, to be read as long as the block runs. Raises CourseError where it is none."""
    if path.is_dir():
        yield _listed(_in_folder(path))
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise CourseError(f"There is no {path}: name the zip that the platform gave you.") from None
    except (OSError, *_DAMAGED) as error:
        raise CourseError(
            f"{path} is no zip that can be read ({error}): download it again, or name the folder that you "
            "unpacked it to."
        ) from None
    with archive:
        yield _listed(_in_zip(archive))


def _listed(found: Iterator[tuple[str, Item | None, str]]) -> Download:
    items, troubles = [], {}
    for path, item, trouble in found:
        if len(items) + len(troubles) >= MOST_FILES:
            raise CourseError(f"There are more than {MOST_FILES} files in there: that is no class's work.")
        if item:
            items.append(item)
        elif trouble:
            troubles[path] = trouble
    return Download(tuple(sorted(items, key=lambda item: item.path)), troubles)


def _in_zip(archive: zipfile.ZipFile) -> Iterator[tuple[str, Item | None, str]]:
    for entry in archive.infolist():
        name, time = _name(entry), _time(entry)
        if name.endswith(("/", "\\")) or _is_junk(name):
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):
            yield name, None, "is a link, no file"
            continue
        path, trouble = _inside(name)
        item = Item(path, time, partial(_content, archive, entry))
        yield name, None if trouble else item, trouble


def _in_folder(folder: Path) -> Iterator[tuple[str, Item | None, str]]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names + [one for one in folders if os.path.islink(os.path.join(place, one))]):
            file = Path(place, name)
            shown = file.relative_to(folder).as_posix()
            if _is_junk(shown):
                continue
            if file.is_symlink() or not file.is_file():
                yield shown, None, "is a link or a device, no file"
                continue
            path, trouble = _inside(shown)
            time = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            yield shown, None if trouble else Item(path, time, partial(_on_disk, file)), trouble


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry holds, read in pieces: what a zip says of its sizes is not believed."""
    if entry.flag_bits & 1:
        raise Unusable("is locked with a password")
    try:
        with archive.open(entry) as file:
            return _bounded(file)
    except (OSError, *_DAMAGED):
        raise Unusable("is damaged, or packed in a way that cannot be read") from None


def _on_disk(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return _bounded(opened)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None


def _bounded(file: IO[bytes]) -> bytes:
    content = bytearray()
    while piece := file.read(CHUNK):
        content += piece
        if len(content) > MOST_BYTES:
            raise Unusable(f"is larger than {MOST_BYTES // 2**20} MB")
    return bytes(content)


def _inside(name: str) -> tuple[str, str]:
    """A name as a path that stays in its folder, and what forbids that."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        return "", "has a name that leads out of the folder"
    if not parts or any("\ud800" <= letter <= "\udfff" for letter in name):
        return "", "has a name that is no text"
    return "/".join(parts), ""


def _is_junk(name: str) -> bool:
    """What Mac and Windows put beside the files."""
    parts = name.replace("\\", "/").split("/")
    return not JUNK.isdisjoint(parts) or parts[-1].startswith("._")


def _name(entry: zipfile.ZipInfo) -> str:
    """An entry's name: as Unicode where the zip holds it so, whether or not it says so."""
    if entry.flag_bits & 0x800:
        return entry.orig_filename.split("\0")[0]
    raw = entry.orig_filename.split("\0")[0].encode("cp437", "replace")
    field = _extra(entry, UNICODE_PATH)
    if len(field) > 5 and struct.unpack("<I", field[1:5])[0] == zlib.crc32(raw):
        raw = field[5:]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return entry.orig_filename.split("\0")[0]


def _time(entry: zipfile.ZipInfo) -> datetime | None:
    """When the file was changed: exactly, where the zip has it so, else by this machine's clock."""
    field = _extra(entry, UNIX_TIME)
    try:
        if len(field) >= 5 and field[0] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", field[1:5])[0], UTC)
        return datetime(*entry.date_time).astimezone(UTC) if entry.date_time[0] > 1980 else None
    except (ValueError, OverflowError, OSError):
        return None


def _extra(entry: zipfile.ZipInfo, kind: int) -> bytes:
    """One of an entry's extra fields; empty where it has none."""
    rest = entry.extra
    while len(rest) >= 4:
        found, size = struct.unpack("<HH", rest[:4])
        if found == kind:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return b""


# Names on the disk

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def safe_name(name: str) -> str:
    """A file's name as every system can hold it: what it cannot hold becomes an underscore."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(letter if letter.isprintable() else "_" for letter in name)
    name = re.sub(r'[<>:"/\\|?*]', "_", name).rstrip(". ") or "_"
    if _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, ending = name.rpartition(".")
    while len(name) > LONGEST or len(name.encode()) > 2 * LONGEST:
        if not stem or len(ending) > 10:
            name = name[:-1]
        else:
            stem = stem[:-1]
            name = f"{stem}{dot}{ending}"
    return name


def safe_path(path: str) -> str:
    """A path below a student's folder, as every system can hold it, and as deep as grading reads."""
    *folders, name = map(safe_name, path.split("/"))
    return "/".join([*folders[: DEEPEST - 1], name])


def student_name(text: str) -> str:
    """A student's name as a folder's: readable, as the gradebook, a shell and a spreadsheet can hold it.

    Empty where nothing is left of it.
    """
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = "".join(letter for letter in text if letter.isprintable())
    text = text.replace("[", "(").replace("]", ")")  # nbgrader takes these for a pattern
    text = re.sub(r'[<>:"/\\|?*;#%]', " ", text)
    text = re.sub(r"^[\W_]+", "", " ".join(text.split()))  # no leading dot, dash or sign of a formula
    return safe_name(text[:80].rstrip(". ")) if text.rstrip(". ") else ""
