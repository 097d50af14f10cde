"""What a learning platform lets one download: a zip, or the folder made of it, as a list of files.

Names and sizes in it come from students. A name leads nowhere but below the folder that it is put in, and no
file is read beyond its bound, whatever the zip says of itself.
"""

import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.grading import zips
from course_lib.grading.submission import MOST_BYTES, is_text
from course_lib.grading.zips import Unusable

MOST_FILES = 200_000  # in one download, of a whole class; of a zip, folders are counted too
TOO_MANY = f"There are more than {MOST_FILES:,} files in there: that is no class's work."
JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", ".ipynb_checkpoints"}


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
    except (OSError, *zips.DAMAGED) as error:
        raise CourseError(
            f"{path} is no zip that can be read ({error}): download it again, or name the folder that you "
            "unpacked it to."
        ) from None
    with archive:
        if len(archive.infolist()) > MOST_FILES:
            raise CourseError(TOO_MANY)
        yield _listed(_in_zip(archive))


def _listed(found: Iterator[tuple[str, Item | None, str]]) -> Download:
    items, troubles = [], {}
    for path, item, trouble in found:
        if len(items) + len(troubles) >= MOST_FILES:
            raise CourseError(TOO_MANY)
        if item:
            items.append(item)
        elif trouble:
            troubles[path] = trouble
    return Download(tuple(sorted(items, key=lambda item: item.path)), troubles)


def _in_zip(archive: zipfile.ZipFile) -> Iterator[tuple[str, Item | None, str]]:
    for entry in zips.entries(archive):
        if _is_junk(entry.name):
            continue
        path, trouble = _inside(entry.name)
        time = entry.instant or (entry.clock and entry.clock.astimezone(UTC))  # else by this machine's clock
        item = Item(path, time, partial(entry.read, MOST_BYTES))
        yield entry.name, None if trouble else item, trouble


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


def _on_disk(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return zips.bounded(opened, MOST_BYTES)
    except OSError as error:
        raise Unusable(f"cannot be read ({error.strerror})") from None


def _inside(name: str) -> tuple[str, str]:
    """A name as a path that stays in its folder, and what forbids that."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:[/\\]", name):
        return "", "has a name that leads out of the folder"
    if not parts or not is_text(name):
        return "", "has a name that is no text"
    return "/".join(parts), ""


def _is_junk(name: str) -> bool:
    """What Mac and Windows put beside the files."""
    parts = name.replace("\\", "/").split("/")
    return not JUNK.isdisjoint(parts) or parts[-1].startswith("._")
