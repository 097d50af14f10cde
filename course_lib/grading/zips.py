"""What a zip holds, as systems and platforms pack it: a download's, and a student's own.

Names, sizes and times in it come from students. Whatever it says of itself, an entry is read within a bound.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from course_lib import texts

say = texts.beside(__file__)

CHUNK = 2**20
ENCRYPTED, NAMED_IN_UTF8 = 1, 0x800  # flags of an entry
UNIX_TIME, UNICODE_PATH = 0x5455, 0x7075  # extra fields; see PKWARE's APPNOTE.TXT and Info-ZIP's list
# What zipfile raises, besides OSError, where a zip or an entry is damaged.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, ValueError, OverflowError, RuntimeError),
)


class Unusable(Exception):
    """Why a file, or an archive, cannot be used, as the end of a sentence about it."""


@dataclass(frozen=True)
class Entry:
    """A file in a zip.

    name     as it was packed: it may lead anywhere
    size     its bytes, as the zip says
    clock    when it was changed last, by its maker's clock; None where the zip does not say
    instant  the same moment exactly, where the zip has it
    trouble  why it cannot be read; "" where nothing speaks against it
    """

    name: str
    size: int
    clock: datetime | None
    instant: datetime | None
    trouble: str
    _archive: zipfile.ZipFile
    _info: zipfile.ZipInfo

    def read(self, most: int) -> bytes:
        """Its content. Raises Unusable, where it is damaged or has more than so many bytes, too."""
        if self.trouble:
            raise Unusable(self.trouble)
        try:
            with self._archive.open(self._info) as file:
                return bounded(file, most)
        except (OSError, *DAMAGED):
            raise Unusable(say("damaged")) from None


def bounded(file: IO[bytes], most: int) -> bytes:
    """All that is in a file, read in pieces. Raises Unusable where it is more than so many bytes."""
    content = bytearray()
    while piece := file.read(CHUNK):
        content += piece
        if len(content) > most:
            raise Unusable(say("too-large", most=most // 2**20))
    return bytes(content)


def entries(archive: zipfile.ZipFile) -> Iterator[Entry]:
    """The files in a zip, in its order."""
    for info in archive.infolist():
        name, kind = _name(info), stat.S_IFMT(info.external_attr >> 16)
        if not name.endswith(("/", "\\")) and kind != stat.S_IFDIR:
            yield Entry(
                name, info.file_size, _clock(info), _instant(info), _trouble(info, kind), archive, info
            )


def _trouble(info: zipfile.ZipInfo, kind: int) -> str:
    if kind == stat.S_IFLNK:
        return say("link")
    if kind not in (0, stat.S_IFREG):
        return say("no-file")
    if info.flag_bits & ENCRYPTED:
        return say("locked")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return say("packed-otherwise")
    return ""


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name: as Unicode where the zip holds it so, whether or not it says so, as on a Mac."""
    name = info.orig_filename.split("\0")[0]
    if info.flag_bits & NAMED_IN_UTF8:
        return name
    raw = name.encode("cp437", "replace")
    field = _extra(info, UNICODE_PATH)
    if len(field) > 5 and struct.unpack("<I", field[1:5])[0] == zlib.crc32(raw):
        raw = field[5:]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return name


def _clock(info: zipfile.ZipInfo) -> datetime | None:
    try:
        time = datetime(*info.date_time)
    except ValueError:
        return None
    return time if time.year > 1980 else None  # which stands where none is known


def _instant(info: zipfile.ZipInfo) -> datetime | None:
    field = _extra(info, UNIX_TIME)
    if len(field) < 5 or not field[0] & 1:
        return None
    try:
        return datetime.fromtimestamp(struct.unpack("<i", field[1:5])[0], UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _extra(info: zipfile.ZipInfo, kind: int) -> bytes:
    """One of an entry's extra fields; empty where it has none."""
    rest = info.extra
    while len(rest) >= 4:
        found, size = struct.unpack("<HH", rest[:4])
        if found == kind:
            return rest[4 : 4 + size]
        rest = rest[4 + size :]
    return b""
