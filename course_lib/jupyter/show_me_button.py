"""The button “Show me”.

It belongs to a widget that is never shown: its script puts the button into an empty place below the report,
so that what is saved with the notebook is the report and that place, and no widget.
"""

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import traitlets
from IPython.display import display

from course_lib import texts

if TYPE_CHECKING:
    from course_lib.explorers import Explorer

say = texts.beside(__file__)

_numbers = itertools.count(1)


class Button(anywidget.AnyWidget):
    """`pressed` counts; the answer is the widget of an explorer, whose id is `opened`."""

    _esm = Path(__file__).with_name("show_me.js")
    name = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    pressed = traitlets.Int().tag(sync=True)
    opened = traitlets.Unicode().tag(sync=True)

    def __init__(self, explorer: "Callable[[], Explorer]") -> None:
        name = f"show-me-{os.getpid()}-{next(_numbers)}"
        super().__init__(name=name, label=say("label"), title=say("title"))
        self._live: anywidget.AnyWidget | None = None
        self.observe(lambda _: self._open(explorer()), "pressed")

    def _open(self, explorer: "Explorer") -> None:
        from course_lib.jupyter.live import Live  # which loads all explorers

        if self._live:
            self._live.close()
        self._live = Live(explorer)
        self.opened = self._live.model_id


def put(explorer: "Callable[[], Explorer]") -> None:
    """Display the place of a button, which opens the explorer that is then made."""
    button = Button(explorer)
    display({"text/html": f'<div data-show-me="{button.name}"></div>'}, raw=True)
