"""Whose code a frame is: ours, a library's, or a student's."""

import sysconfig
import traceback
from pathlib import Path
from types import FrameType

COURSE = str(Path(__file__).parents[1])
OURS = tuple(str(Path(COURSE, name)) for name in ("checks.py", "exercises", "judging"))
# How the names of their files begin. What is frozen into Python lies in no folder; in a browser the standard
# library is a zip, which sysconfig does not name, and its paths begin with two slashes.
LIBRARIES = (
    *(sysconfig.get_path(name).replace("//", "/") for name in ("stdlib", "purelib", "platlib")),
    str(Path(traceback.__file__).parent),
    "<frozen ",
)


def in_theirs(frame: FrameType | None) -> bool:
    """Whether a frame is a student's, or in a library that a student's code has called."""
    while frame is not None and not frame.f_code.co_filename.startswith(OURS):
        if not frame.f_code.co_filename.startswith(LIBRARIES):
            return True
        frame = frame.f_back
    return False


def came_through_theirs(error: BaseException) -> bool:
    """Whether a student's code raised an error, or called what raised it."""
    files = (frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__))
    # NumPy's frames from Cython have files that lie nowhere.
    return any(not file.startswith((COURSE, *LIBRARIES)) and file[-4:] != ".pyx" for file in files)
