"""What comes out of the sandbox, taken in within limits. Anyone may have written it."""

import json
import math
from collections.abc import Iterator
from typing import Any

DEEPEST = 40  # levels of JSON; evidence has about ten
LARGEST = 2**64
MOST_LINES = 10_000  # a cell has one or two


def events(lines: bytes) -> Iterator[dict[str, Any]]:
    """The dicts among the first lines, cleaned. What is no such line is left out."""
    for line in lines.split(b"\n", MOST_LINES)[:MOST_LINES]:
        try:
            event = cleaned(json.loads(line, parse_constant=_refused), DEEPEST)
        except (ValueError, RecursionError):  # none that the runner wrote
            continue
        if type(event) is dict:
            yield event


def _refused(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


def cleaned(value: Any, depth: int) -> Any:
    """The value with texts that can be written as UTF-8 and numbers of ordinary size. Raises ValueError."""
    kind = type(value)
    if kind is str:
        return value.encode("utf-8", "replace").decode()
    if kind is int and abs(value) >= LARGEST:
        raise ValueError("a number beyond 64 bits")
    if kind is float and not math.isfinite(value):
        raise ValueError("a number beyond 64 bits")
    if kind not in (list, dict):
        return value
    if depth == 0:
        raise ValueError("nested too deeply")
    if kind is list:
        return [cleaned(item, depth - 1) for item in value]
    return {cleaned(key, 0): cleaned(item, depth - 1) for key, item in value.items()}
