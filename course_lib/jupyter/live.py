"""Explorers in a notebook: the kernel computes scenes, an anywidget shows them."""

import asyncio
import contextlib
import itertools
import os
import time
from typing import Any

import anywidget
import traitlets
from IPython.display import HTML, display

from course_lib import plots, themed
from course_lib.explorers.explorer import Explorer, Session
from course_lib.explorers.page import SCRIPT, STYLE
from course_lib.scene import in_print

_numbers = itertools.count(1)

# In a notebook that is opened again without its kernel, JupyterLab shows "Error displaying widget". Above a
# figure that stands in for an explorer, an output without one is not seen.
ALONE = (
    "<style>.jp-OutputArea-child:not(:has(.course-explorer)):has(+ .jp-OutputArea-child [data-still-of])"
    "{display:none}</style>"
)
PAUSE = 0.01  # seconds without a move, after which the next one is prepared
QUICK = 0.1  # seconds; pictures that take longer are not computed unasked


class Live(anywidget.AnyWidget):
    """An explorer whose controls and hands are the browser's, and whose pictures are the kernel's.

    The browser sets `values`; the answer is a scene, at the cost of one message. A backdrop and the controls
    travel only when they are others. With the values comes what the hand will set next if it goes on: in the
    pause after a move, that picture is made ready.
    """

    _esm = SCRIPT
    _css = STYLE
    name = traitlets.Unicode().tag(sync=True)
    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    starts = traitlets.Dict().tag(sync=True)
    ahead = traitlets.Dict().tag(sync=True)
    scene = traitlets.Bytes().tag(sync=True)
    backdrop = traitlets.List().tag(sync=True)

    def __init__(self, explorer: Explorer) -> None:
        self.session = Session(explorer)
        self._pause: asyncio.TimerHandle | None = None
        super().__init__(name=f"explorer-{os.getpid()}-{next(_numbers)}", **self.session.state())
        self.observe(self._move, "values")

    def _move(self, change: Any) -> None:
        """What the browser has set; where a choice sets more than that, the browser is told."""
        if self._pause:
            self._pause.cancel()
        began = time.perf_counter()
        self.session.take(change["new"])
        with self.hold_sync():
            self.controls = self.session.described()
            if (values := self.session.sent()) != change["new"]:
                with self.hold_trait_notifications():  # what is set here is no move
                    self.unobserve(self._move, "values")
                    self.values = values
                self.observe(self._move, "values")
            # Each scene has its number, even if it looks the same: the browser always answers.
            self.scene, self.backdrop = self.session.pictured()
        if time.perf_counter() - began < QUICK:
            with contextlib.suppress(RuntimeError):  # where no loop runs, nobody waits
                self._pause = asyncio.get_running_loop().call_later(PAUSE, self._foresee)

    def _foresee(self) -> None:
        if self.ahead and self.ahead != self.values:
            self.session.foresee(self.ahead)


def show(explorer: Explorer) -> None:
    """Show the live widget, and with it the first state as a figure.

    The page hides the figure as soon as it has drawn, so the figure is seen only where no widget runs: on an
    exported page, in print, in a saved notebook without its kernel.
    """
    live = Live(explorer)
    view, about = live._repr_mimebundle_() or ({}, {})  # about: on Colab, what is to draw it
    view.pop("text/plain")  # its source code in words; the figure says more
    display(view, metadata=about, raw=True)
    scene = live.session.scene()
    if scene.panels:
        name = f'data-still-of="{live.name}"'
        alt, caption = in_print(scene.alt), in_print(scene.message)
        display(HTML(ALONE + themed.html(plots.draw(scene), alt, caption=caption, attributes=name)))
