"""Wrong programs as a right one in which some lines are others."""

from collections.abc import Mapping
from typing import Any

from .entered import Entered


def entered(title: str, right: str, others: list[tuple[str, Mapping[int, str]]]) -> Entered:
    """others: what is wrong, and by their numbers the lines that stand in place of the right ones; one that
    is "" is left out."""
    wrong = Entered()
    for id, lines in others:
        text = right.strip("\n").splitlines()
        for number, line in lines.items():
            text[number] = line
        space: dict[str, Any] = {"__name__": title}
        exec("\n".join(text), space)
        wrong(id)(space[title])
    return wrong
