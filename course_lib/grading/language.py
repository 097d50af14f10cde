"""In which language an assignment is written: only Python 3 can be graded here.

The released notebook decides. What a student's file says of its kernel is ignored.
"""

import ast
import re
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from course_lib.errors import CourseError

OURS = "python3"  # the kernel that everything here is run as
_PYTHON = re.compile(r"(i?python|xpython|xeus-python|pypy|conda-|\.?venv|py)", re.IGNORECASE)


def require_python(where: str, metadata: Any, sources: list[str]) -> str:
    """Raise CourseError, with one sentence, unless a released notebook is written in Python 3.

    where: what to call the notebook. sources: those of its code cells, for a notebook that does not say it.
    Returns the name of its kernel where that is another one than Python's own, else "".
    """
    name = kernel(metadata)
    language = _language(metadata)
    if language and not re.fullmatch(r"i?python ?3?(\.\d+)*", language, re.IGNORECASE):
        raise CourseError(_refused(where, f"is written in {language}"))
    if name == "python2" or _version(metadata).startswith("2"):
        raise CourseError(_refused(where, "is written in Python 2"))
    if not language and not _PYTHON.match(name) and not all(map(_is_python, sources)):
        about = f"names the kernel {name!r}" if name else "names no language"
        raise CourseError(_refused(where, f"{about}, and not all of its code is Python"))
    return name if name != OURS else ""


def kernel(metadata: Any) -> str:
    """The name of the kernel that a notebook's metadata ask for, which may be anything; "" for none."""
    return _word(metadata, "kernelspec", "name")


def _language(metadata: Any) -> str:
    return _word(metadata, "kernelspec", "language") or _word(metadata, "language_info", "name")


def _version(metadata: Any) -> str:
    return _word(metadata, "language_info", "version")


def _word(metadata: Any, part: str, name: str) -> str:
    found = metadata.get(part) if isinstance(metadata, dict) else None
    word = found.get(name) if isinstance(found, dict) else None
    return word if isinstance(word, str) else ""


def _is_python(source: str) -> bool:
    try:
        ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError):
        return False
    return True


def _refused(where: str, why: str) -> str:
    return (
        f"{where} {why}, and 'course grade' runs Python 3 only: grade it with 'nbgrader autograde' and the "
        "kernel that it asks for."
    )
