"""Explorers in use, for the page: opened from a cell's code, then told of each move; all as JSON.

The book is built with it, and the browser's Python runs it.
"""

import ast
import base64
import json

from course_lib import explorers
from course_lib.explorers.explorer import Explorer, Session

_sessions: dict[str, Session] = {}


def explorer_of(code: str) -> Explorer:
    """The explorer that the last line of a cell makes."""
    *before, last = ast.parse(code).body
    names = {"explorers": explorers}
    exec(compile(ast.Module(before, []), "cell", "exec"), names)
    found = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    if not isinstance(found, Explorer):
        raise TypeError(f"The last line makes no explorer: {ast.unparse(last)}")
    return found


def opened(name: str, code: str) -> str:
    """Open the explorer of a cell under this name; its state."""
    _sessions[name] = Session(explorer_of(code))
    return _state(name)


def moved(name: str, values: str) -> str:
    """Set an explorer's controls; its state."""
    _sessions[name].take(json.loads(values))
    return _state(name)


def _state(name: str) -> str:
    return json.dumps(_sessions[name].state(), allow_nan=False, default=_as_base64)


def _as_base64(packed: bytes) -> str:
    return base64.b64encode(packed).decode()
