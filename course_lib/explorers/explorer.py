"""An explorer: a plain function from its controls' values to a Scene, and the controls as data.

    Explorer(scene, {"steps": Slider(label="Steps", low=1, high=200, start=100)})

calls `scene(steps=100)`. What makes it live, in a notebook or on a page, is a host: it opens a `Session`,
shows what the session says, and tells it of each move.
"""

from collections.abc import Callable, Mapping
from typing import Any

from course_lib import texts
from course_lib.explorers.controls import Control, chosen, described, no_control
from course_lib.explorers.packing import packed
from course_lib.scene import Scene

say = texts.beside(__file__)


class Explorer:
    """A scene function with its controls.

    draw: called with the controls' values by name, returns a Scene. It may raise ValueError to say in one
    sentence why a state cannot be drawn; any other error is shown by its type and text.
    controls: name → control, in the order in which they stand.
    """

    def __init__(self, draw: Callable[..., Scene], controls: Mapping[str, Control]) -> None:
        self.draw = draw
        self.controls = dict(controls)

    def scene(self, **values: Any) -> Scene:
        """The scene of these values, the others at their start; an error becomes a scene that says so."""
        starts = {name: control.start for name, control in self.controls.items()}
        try:
            return self.draw(**(starts | values))
        except Exception as error:
            reason = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
            message = say("cannot", reason=reason)
            return Scene((), message, message)

    def _ipython_display_(self) -> None:
        """In a notebook the explorer is live."""
        from course_lib.jupyter.live import show  # its host stands above: only here, the two meet

        show(self)


class Session:
    """An explorer in use: the controls as they stand now, and their values."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self._restart()
        self.starts = self.sent()
        self.scenes = 0  # that were sent so far
        self.foreseen: tuple[dict[str, Any], tuple[bytes, list[bytes]]] | None = None

    def _restart(self) -> None:
        self.controls = self.explorer.controls
        self.values = {name: control.start for name, control in self.controls.items()}

    def scene(self) -> Scene:
        """What there is to see now."""
        return self.explorer.scene(**self.values)

    def take(self, sent: Mapping[str, Any]) -> None:
        """Give each control the value that the page sent for it; a choice may set others besides,
        and a move clear some, whatever the page still sent for them.

        All values of the start bring its controls back, too: those that a choice has replaced.
        Raises ValueError for a control that there is not, and for a value that it cannot have.
        """
        if sent == self.starts:
            return self._restart()
        before, cleared = self.sent(), set[str]()
        for name, value in sent.items():
            if name not in self.controls:
                raise no_control(name, self.controls)
            if value != before[name]:
                self._set(name, self.controls[name].received(value))
                cleared.update(self.controls[name].clears)
        self.values |= {name: self.controls[name].start for name in cleared}

    def _set(self, name: str, value: Any) -> None:
        self.values[name] = value
        before, self.controls = self.controls, chosen(self.controls, name, value)
        for other, control in self.controls.items():
            if control is not before[other]:
                self.values[other] = control.start

    def sent(self) -> dict[str, Any]:
        """The values, as a page knows them."""
        return {name: self.controls[name].sent(value) for name, value in self.values.items()}

    def described(self) -> list[dict[str, Any]]:
        """The controls, as a page knows them."""
        return described(self.controls)

    def pictured(self) -> tuple[bytes, list[bytes]]:
        """The scene, numbered as no other before it, and its backdrop, as a page gets them."""
        self.scenes += 1
        foreseen, self.foreseen = self.foreseen, None
        if foreseen and foreseen[0] == self.values:
            return foreseen[1]
        return packed(self.scene(), self.scenes)

    def foresee(self, sent: Mapping[str, Any]) -> None:
        """Have the next picture ready, in case the page sends these values next."""
        values = self.values | {
            name: self.controls[name].received(value) for name, value in sent.items() if name in self.controls
        }
        self.foreseen = values, packed(self.explorer.scene(**values), self.scenes + 1)

    def state(self) -> dict[str, Any]:
        """All that a page shows: the controls and their values as JSON, the scene and its backdrop packed."""
        scene, backdrop = self.pictured()
        told = {"controls": self.described(), "values": self.sent(), "starts": self.starts}
        return {**told, "scene": scene, "backdrop": backdrop}
