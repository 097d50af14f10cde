"""What hears, in a live notebook, which answer of a quiz is chosen.

A widget that is never shown: its script listens to the page, so that what is displayed, and saved with the
notebook, is the plain quiz alone.
"""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets


class Ear(anywidget.AnyWidget):
    """`heard` is the question, the number of the option, and how many were chosen before."""

    _esm = Path(__file__).with_name("quiz_ear.js")
    name = traitlets.Unicode().tag(sync=True)
    heard = traitlets.List().tag(sync=True)


_ears: dict[str, Ear] = {}


def listen(name: str, note: Callable[[str, int], None]) -> None:
    """Call `note` with the question and the option's number whenever one is chosen in the quiz of this name.

    A cell may run many times: the last call is the one that counts.
    """
    if name in _ears:
        _ears.pop(name).close()
    ear = _ears[name] = Ear(name=name)
    ear.observe(lambda change: note(*change.new[:2]), "heard")
