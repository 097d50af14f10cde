"""What all explorers share: a canvas that draws scenes, and controls that redraw it.

An explorer is a plain function from its controls' values to a Scene. `Explorer` puts the two together:

    Explorer(scene, {"steps": slider("Steps", 1, 200, 100)})

calls `scene(steps=100)` at once and again whenever the slider moves.
"""

import itertools
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets
from IPython.display import HTML, display

from course_lib import plots
from course_lib.scene import Scene, payload

_numbers = itertools.count(1)


class Canvas(anywidget.AnyWidget):
    """Draws the scene it is given, at the cost of one message; a backdrop travels only when it is another."""

    _esm = Path(__file__).with_name("canvas.js")
    _css = Path(__file__).with_name("canvas.css")
    name = traitlets.Unicode().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    backdrop = traitlets.List().tag(sync=True)

    def draw(self, scene: Scene) -> None:
        front, backdrop = payload(scene)
        # The number makes each scene a new one, even if it looks the same: the browser always answers.
        with self.hold_sync():
            self.backdrop = backdrop
            self.scene = {**front, "number": self.scene.get("number", 0) + 1}


class Explorer(widgets.VBox):
    """A scene function with its controls.

    scene: called with the controls' values by name, returns a Scene. It may raise ValueError to say in one
    sentence why a state cannot be drawn; any other error is shown by its type and text.
    controls: name → ipywidget with a `value`.
    arrangement: how the controls stand above the canvas; by default in rows that wrap.
    """

    def __init__(
        self,
        scene: Callable[..., Scene],
        controls: Mapping[str, Any],
        arrangement: widgets.Widget | None = None,
    ) -> None:
        self.controls = dict(controls)
        self.canvas = Canvas(name=f"explorer-{os.getpid()}-{next(_numbers)}")
        self._scene = scene
        row = arrangement or widgets.Box(list(self.controls.values()), layout={"flex_flow": "row wrap"})
        super().__init__([row, self.canvas])
        self.add_class("course-explorer")
        for control in self.controls.values():
            control.observe(self._redraw, "value")
        self._redraw()

    def scene(self) -> Scene:
        """The scene of the controls' present state; an error becomes a scene that says so."""
        try:
            return self._scene(**{name: control.value for name, control in self.controls.items()})
        except Exception as error:
            reason = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            message = f"This state cannot be drawn. {reason}"
            return Scene((), message, message)

    def _redraw(self, _change: Any = None) -> None:
        self.canvas.draw(self.scene())

    def _ipython_display_(self) -> None:
        """Show the live widget, and with it the present state as a figure.

        The canvas hides the figure as soon as it has drawn, so the figure is seen only where no widget runs:
        on an exported page, in print, in a saved notebook without its kernel.
        """
        live = self._repr_mimebundle_()
        live.pop("text/plain")  # its source code in words; the figure says more
        display(live, raw=True)
        scene = self.scene()
        if scene.panels:
            name = f'data-still-of="{self.canvas.name}"'
            figure = plots.draw(scene)
            display(HTML(plots.still(figure, scene.alt, caption=scene.message, attributes=name)))


def slider(label: str, low: float, high: float, value: float, step: float | None = None) -> Any:
    """A slider over whole numbers, or over fractions of size `step`."""
    options: dict[str, Any] = {"min": low, "max": high, "value": value, **_look(label)}
    if step is None:
        return widgets.IntSlider(**options)
    digits = max(0, -math.floor(math.log10(step)))
    return widgets.FloatSlider(step=step, readout_format=f".{digits}f", **options)


def log_slider(label: str, low: int, high: int, value: float) -> Any:
    """A slider from 10^low to 10^high, twenty places to a power of ten."""
    return widgets.FloatLogSlider(
        min=low, max=high, step=0.05, value=value, readout_format=".3g", **_look(label)
    )


def pick_slider(label: str, options: Any, value: Any) -> Any:
    """A slider over given places: options are (text, value) pairs."""
    return widgets.SelectionSlider(options=options, value=value, **_look(label))


def choice(label: str, options: Any, value: Any) -> Any:
    return widgets.Dropdown(description=label, options=options, value=value, style=_WIDE)


def tick(label: str, value: bool) -> Any:
    return widgets.Checkbox(
        description=label, value=value, indent=False, layout={"width": "auto", "margin": "2px 16px"}
    )


_WIDE = {"description_width": "initial"}


def _look(label: str) -> dict[str, Any]:
    """What all sliders share; the tooltip is also the name by which a screen reader calls the slider."""
    return {"description": label, "tooltip": label, "continuous_update": True, "style": _WIDE}
