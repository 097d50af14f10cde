"""What the first cell of a notebook calls, which fetches this library where it is missing, as on Colab.

Where the notebook lies in the course's folder, nothing is left to do.
"""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

from course_lib import texts
from course_lib.course_folder import course_folder
from course_lib.errors import CourseError

say = texts.beside(__file__)


class Unfetched(CourseError):
    """What a notebook needs cannot be had; in a notebook the sentence is all that is shown."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def begin(place: str, *packages: str) -> None:
    """Make a notebook ready that may stand alone, and say where its links lead.

    place: the notebook in the course's folder, without its ending: "notebooks/02_adaptive_optimizers".
    packages: what it needs beside what this library does, by the names that pip knows; fetched where missing.
    Raises Unfetched where one cannot be had.
    """
    if sys.platform == "emscripten":
        return  # the page brings everything, and its links hold
    if missing := [name for name in packages if not _installed(name)]:
        _fetch(missing)
    if colab := sys.modules.get("google.colab"):
        colab.output.enable_custom_widget_manager()
    if (site := _site()) and not _in_the_course():
        print(say("page", address=f"{site}/{place}.html"))


def _installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _fetch(names: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-qq", *names], capture_output=True)
    if done.returncode:
        raise Unfetched(say("unfetched", names=" and ".join(names)))


def _site() -> str:
    """The address of the course's book, which pyproject.toml has put into what is installed; "" for none."""
    try:
        urls = metadata.metadata("course_lib").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # not installed, only found: in the sandbox
        return ""
    named = dict(url.split(", ", 1) for url in urls)
    return named.get("Documentation", "").rstrip("/")


def _in_the_course() -> bool:
    try:
        return Path.cwd().is_relative_to(course_folder())
    except CourseError:
        return False
