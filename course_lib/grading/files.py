"""Files that are whole or not there."""

import os
from pathlib import Path

from course_lib.errors import CourseError


def write(path: Path, text: str) -> None:
    """Write a file so that a reader, and whoever comes after a crash, finds the old one or the new one.

    Raises CourseError where it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise CourseError(
            f"{path} cannot be written: {error.strerror}. What was graded before is kept: once that is put "
            "right, the same command goes on from there."
        ) from None
