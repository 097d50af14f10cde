"""Files that are whole or not there, a folder for a while, and whether a folder has changed."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from course_lib.errors import CourseError


def write(path: Path, text: str) -> None:
    """Write a file so that a reader, and whoever comes after a crash, finds the old one or the new one.

    One process at a time writes a file: what a killed one left unfinished, the next overwrites.
    Raises CourseError where it cannot be written.
    """
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def write_bytes(path: Path, content: bytes) -> None:
    """As `write`, with bytes."""
    with replacing(path) as unfinished:
        unfinished.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside this one, to be written in the block, that takes its place once that ends well.

    Raises CourseError where it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield unfinished
            os.replace(unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """An empty folder, for one process, that is gone afterwards; with it what a killed one left there.

    Raises CourseError where it cannot be made.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


MOST_LOOKED_INTO = 256 * 2**20  # bytes of all files; of those beyond, size and time have to do
MOST_ENTRIES = 5_000


def digest(folder: Path) -> str:
    """Changes when anything in a folder does. Of what is no ordinary file, only the name and kind count."""
    total = hashlib.sha256()
    room = MOST_LOOKED_INTO
    for inside, entry in islice(entries(os.fsencode(folder)), MOST_ENTRIES):
        try:
            about = entry.stat(follow_symlinks=False)
        except OSError:  # it has gone meanwhile
            continue
        total.update(b"%d %b %d %d " % (len(inside), inside, stat.S_IFMT(about.st_mode), about.st_size))
        if not stat.S_ISREG(about.st_mode):
            continue
        if about.st_size > room:
            total.update(b"%d" % about.st_mtime_ns)
            continue
        room -= about.st_size
        with suppress(OSError), open(entry.path, "rb") as file:
            while piece := file.read(2**20):
                total.update(piece)
    return total.hexdigest()


def entries(folder: bytes) -> Iterator[tuple[bytes, os.DirEntry[bytes]]]:
    """All that is in a folder and in those below it, however deep, in an order that does not change: the path
    in there, and the entry. What cannot be read counts as empty."""
    left = [(b"", folder)]
    while left:
        inside, path = left.pop()
        try:
            found = sorted(os.scandir(path), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            yield inside + entry.name, entry
            if entry.is_dir(follow_symlinks=False):
                left.append((inside + entry.name + b"/", entry.path))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Say in a sentence what the disk said."""
    try:
        yield
    except OSError as error:
        # Windows lets nobody replace a file that a spreadsheet, say, has open.
        close = " Close it, where another program has it open." if isinstance(error, PermissionError) else ""
        raise CourseError(
            f"{path} cannot be written or read: {error.strerror}.{close} What was graded before is kept: "
            "once that is put right, the same command goes on from there."
        ) from None
