"""Archives among the files that were handed in, unpacked in memory and within bounds.

A path inside of an archive continues the archive's own: "work.zip/data/points.csv". Nothing is written to
disk, no link is followed, and what is packed in another way than platforms and systems pack is left out.
"""

import io
import re
import tarfile
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from course_lib import texts
from course_lib.grading import zips
from course_lib.grading.submission import (
    DEEPEST,
    MOST_BYTES,
    MOST_ENTRIES,
    MOST_FILES,
    few,
    is_left_out,
    is_text,
    rank,
    shown,
)
from course_lib.grading.zips import Unusable

say = texts.beside(__file__)

MOST_NESTED = 4  # archives in archives
SUFFIXES = (".zip", ".tar", ".tgz", ".gz", ".ipynb")  # or none; others may follow, as in .zip.txt
ZIP = (b"PK\3\4", b"PK\5\6")
LISTED = b"PK\1\2"  # each entry of a zip's table of contents begins so
GZIP, GZIPPED = b"\x1f\x8b", 31  # how such a file begins; what zlib calls it
TAR = b"ustar"  # from byte 257 on
# How such a file begins; a notebook in it is not found.
UNOPENED = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "rar",
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
}


@dataclass(frozen=True)
class File:
    """A file that was handed in.

    came      when it came, or the archive that it lay in, as the platform has it; None where nobody knows
    time      when it was changed last, as its archive has it, in its maker's time zone; None where unknown
    archives  the paths of the archives it lay in, from the outermost
    """

    path: str
    content: bytes
    came: datetime | None = None
    time: datetime | None = None
    archives: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """A file in an archive: its cleaned path there, how large it says it is, and what reads it."""

    path: str
    size: int
    time: datetime | None
    read: Callable[[], bytes]


def unpacked(
    files: dict[str, bytes], times: dict[str, datetime] | None = None
) -> tuple[list[File], list[str]]:
    """All files, those in archives too, and notes on what was left out. Never raises.

    An archive is itself among them, before what it holds. times: when which file came, as far as it is known.
    """
    work = _Work(len(files))
    waiting = deque(File(path, content, (times or {}).get(path)) for path, content in files.items())
    found: list[File] = []
    while waiting:
        file = waiting.popleft()
        found.append(file)
        if is_archive(file):
            waiting.extend(work.unpack(file))
        elif kind := next((kind for mark, kind in UNOPENED.items() if file.content.startswith(mark)), ""):
            work.notes.append(say(f"unopened.{kind}", path=shown(file.path)))
    return found, few(work.notes)


def is_archive(file: File) -> bool:
    """By its content and its name: many other files, like those of NumPy and of Office, are zips inside."""
    name = file.path.rpartition("/")[2].lower()
    is_packed = file.content.startswith((*ZIP, GZIP)) or file.content[257:262] == TAR
    return is_packed and ("." not in name or any(suffix in name for suffix in SUFFIXES))


class _Work:
    """What has been unpacked of a submission so far. count: its files."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.room = MOST_BYTES
        self.notes: list[str] = []

    def unpack(self, file: File) -> list[File]:
        """What is in an archive, notebooks first, as far as there is room for it."""
        if len(file.archives) == MOST_NESTED:
            return self._leave_out(file.path, say("too-nested"))
        try:
            entries = sorted(self._entries(file), key=lambda entry: rank(entry.path))
        except Unusable as why:
            return self._leave_out(file.path, str(why))
        except Exception:  # zipfile and tarfile raise whatever a damaged archive leads to
            return self._leave_out(file.path, say("damaged-archive"))
        found = []
        for entry in entries:
            path = f"{file.path}/{entry.path}"
            if self.count == MOST_FILES:
                self.notes.append(say("too-many-files", most=MOST_FILES))
                break
            self.count += 1
            try:
                self._take(entry.size)
                content = entry.read()
            except Unusable as why:
                self._leave_out(path, str(why))
            except Exception:  # as above
                self._leave_out(path, say("damaged"))
            else:
                found.append(File(path, content, file.came, entry.time, (*file.archives, file.path)))
        return found

    def _leave_out(self, path: str, why: str) -> list[File]:
        self.notes.append(say("left-out", path=shown(path), why=why))
        return []

    def _take(self, size: int) -> None:
        """Room for that many bytes, spent even where they turn out to be damaged. Raises Unusable."""
        if size < 0:
            raise Unusable(say("damaged"))
        if size > self.room:
            raise Unusable(say("too-large", size=size / 2**20))
        self.room -= size

    def _entries(self, file: File) -> Iterator[_Entry]:
        """The files in an archive, but for what no student means to hand in."""
        if file.content.startswith(ZIP):
            listed = _zipped(file.content)
        elif file.content.startswith(GZIP):
            listed = self._compressed(file)
        else:
            listed = _tarred(file.content)
        for entry, why in listed:
            if is_left_out(entry.path):
                continue
            if not entry.path or not is_text(entry.path):
                why = say("no-text")
            elif entry.path.count("/") > DEEPEST:
                why = say("too-deep")
            if why:
                self._leave_out(f"{file.path}/{entry.path}", why)
            else:
                yield entry

    def _compressed(self, file: File) -> Iterator[tuple[_Entry, str]]:
        """A tar that is compressed as a whole, or another file that is."""
        content = zlib.decompressobj(wbits=GZIPPED).decompress(file.content, self.room + 1)
        if len(content) > self.room:
            self.room = 0  # it had to be unpacked to know
            raise Unusable(say("too-large-unpacked"))
        self._take(len(content))
        if content[257:262] == TAR:
            yield from _tarred(content)
        else:
            name = re.sub(r"\.gz$", "", file.path.rpartition("/")[2], flags=re.IGNORECASE)
            yield _Entry(name, len(content), None, lambda: content), ""


def _zipped(content: bytes) -> Iterator[tuple[_Entry, str]]:
    """What a zip holds, and why it is left out, if it is. Raises Unusable."""
    if content.count(LISTED) > MOST_ENTRIES:
        raise Unusable(say("too-many-entries", most=MOST_ENTRIES))
    for entry in zips.entries(zipfile.ZipFile(io.BytesIO(content))):
        read = partial(entry.read, entry.size)
        yield _Entry(_inside(entry.name), entry.size, entry.clock, read), entry.trouble


def _tarred(content: bytes) -> Iterator[tuple[_Entry, str]]:
    """As `_zipped`, for a tar."""
    archive = tarfile.TarFile(fileobj=io.BytesIO(content))
    for number, member in enumerate(archive):
        if number == MOST_ENTRIES:
            raise Unusable(say("too-many-entries", most=MOST_ENTRIES))
        if member.isdir():
            continue
        why = "" if member.isreg() and not member.issparse() else say("no-file")
        known = datetime.fromtimestamp(member.mtime, UTC) if 0 < member.mtime < 2**33 else None
        time = known and known.replace(tzinfo=None)
        yield _Entry(_inside(member.name), member.size, time, _from_tar(archive, member)), why


def _from_tar(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        file = archive.extractfile(member)
        assert file  # an ordinary file
        return file.read()

    return read


def _inside(name: str) -> str:
    """An entry's path, below the archive wherever it leads: "C:\\work\\..\\a" is "work/a"."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts[1:] if parts and re.fullmatch("[A-Za-z]:", parts[0]) else parts)
