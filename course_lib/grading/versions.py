"""With which versions of the course a submission was checked, and with which it is graded.

What a file says of itself is a student's word: it is told, and changes no score.
"""

from collections.abc import Iterable

from course_lib import __version__
from course_lib.grading.reading import Found
from course_lib.grading.wording import some


def others(cells: Iterable[Found]) -> set[str]:
    """The versions, other than this one, with which cells were checked last."""
    return {cell.checked_with for cell in cells} - {"", __version__}


def told(checked_with: set[str]) -> str:
    """What is said of work that is graded now, and was checked with these other versions."""
    if not checked_with:
        return f"Graded with version {__version__} of the course."
    checked = f"Last checked with version {some(sorted(checked_with))} of the course"
    return f"{checked}, and graded with {__version__}."
