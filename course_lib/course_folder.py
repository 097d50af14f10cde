"""Where the course is, the folder with nbgrader's settings; which of its units somebody means; and which
files are its own."""

import re
from collections.abc import Iterable
from pathlib import Path

from course_lib.errors import CourseError

CONFIG = "nbgrader_config.py"
# "01_unit (new version)" of `course update`, "01_unit (1)" of a browser, "01_unit-Copy1" of JupyterLab.
COPY = re.compile(r" \(.+\)$|-Copy\d+$")


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


def is_copy(path: Path) -> bool:
    """Whether a file is by its name a copy that somebody keeps beside the course's own."""
    return COPY.search(path.stem) is not None


def pages(folder: Path) -> list[Path]:
    """The course's own notebooks on its units that are in a folder, in order."""
    return sorted(path for path in folder.glob("[0-9][0-9]_*.ipynb") if not is_copy(path))
