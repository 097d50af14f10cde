"""With which versions of the course a submission was checked, and with which it is graded.

What a file says of itself is a student's word: it is told, and changes no score.
"""

from collections.abc import Iterable

from course_lib import __version__, texts
from course_lib.grading.reading import Found
from course_lib.grading.wording import some

say = texts.beside(__file__)


def others(cells: Iterable[Found]) -> set[str]:
    """The versions, other than this one, with which cells were checked last."""
    return {cell.checked_with for cell in cells} - {"", __version__}


def told(checked_with: set[str]) -> str:
    """What is said of work that is graded now, and was checked with these other versions."""
    if not checked_with:
        return say("graded", version=__version__)
    return say("checked", checked=some(sorted(checked_with)), version=__version__)
