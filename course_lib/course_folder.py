"""Where the course is, the folder with nbgrader's settings; and which of its units somebody means."""

from collections.abc import Iterable
from pathlib import Path

from course_lib.errors import CourseError

CONFIG = "nbgrader_config.py"


def course_folder() -> Path:
    """The course that the command is called in: this folder, or the first above it with nbgrader's settings.

    Raises CourseError where there is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise CourseError(
        f"There is no course here: neither {here} nor a folder above it holds a {CONFIG}; "
        "go to the folder of the course, then run the command again."
    )


def unit_meant(asked: str, names: Iterable[str]) -> str | None:
    """The first of the units' names that `asked` is, or whose number it is, with or without leading zeros."""
    for name in names:
        number = name.split("_")[0]
        if asked == name or (asked.isdecimal() and number.isdecimal() and int(asked) == int(number)):
            return name
    return None
