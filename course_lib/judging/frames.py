"""Whose code a frame is: ours, a library's, or a student's."""

import sysconfig
import traceback
from pathlib import Path
from types import FrameType

COURSE = str(Path(__file__).parents[1])
OURS = tuple(str(Path(COURSE, name)) for name in ("checks.py", "exercises", "judging"))
LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))


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
    # Import's own frames, and NumPy's from Cython, have files that lie nowhere.
    return any(
        not file.startswith((COURSE, *LIBRARIES, "<frozen ")) and file[-4:] != ".pyx" for file in files
    )
