"""The controls of an explorer as plain data, and what a page needs to know of them.

A control has a label, a value at the start, perhaps a usual value that is marked, and perhaps a condition:
`when={"method": ("Momentum", "Nesterov")}` shows it only while another control has one of these values.

What travels between the page and Python is text and finite numbers: of a control with options, the number of
the option, so that a value may be anything.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from course_lib import texts
from course_lib.strokes import Stroke

say = texts.beside(__file__)

LINEAR, LOG, GAP = (
    "linear",
    "log",
    "gap",
)  # even in the value; in its logarithm; in the logarithm of 1 − value


@dataclass(frozen=True, kw_only=True)
class Control(ABC):
    """What all controls have.

    start   the value at the start
    usual   the value that is commonly used, marked on the track
    stroke  what stands before the label: that of the method that is set
    when    control → the values of it that let this one show; hidden, it keeps its value
    clears  the controls that a move of this one puts back to their start: a question, its answer
    """

    label: str
    start: Any
    usual: Any = None
    stroke: Stroke | None = None
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    clears: tuple[str, ...] = ()

    @abstractmethod
    def sent(self, value: Any) -> Any:
        """A value, as a page is told of it."""

    @abstractmethod
    def received(self, sent: Any) -> Any:
        """The value that a page sent. Raises ValueError for what it cannot have sent."""


@dataclass(frozen=True, kw_only=True)
class Slider(Control):
    """A number between two ends, dragged or typed.

    step    the smallest move of a linear slider; whole numbers have 1
    scale   LINEAR, LOG for rates, or GAP for β, μ and ρ, of which the distance to 1 matters; a track of GAP
            that ends at 1 has it one notch beyond 0.999
    whole   of a logarithmic track: its values are whole numbers
    plays   it counts steps: it has Play, pause and single steps
    """

    low: float
    high: float
    step: float = 1
    scale: str = LINEAR
    whole: bool = False
    plays: bool = False

    def sent(self, value: float) -> float:
        return value

    def received(self, sent: Any) -> float:
        """The number that a page sent, between the ends. Raises ValueError for what is none."""
        if isinstance(sent, bool) or not isinstance(sent, int | float) or not math.isfinite(sent):
            raise ValueError(say("no-number", label=self.label, low=self.low, high=self.high, sent=sent))
        kept = min(max(sent, self.low), self.high)
        if self.whole:
            return round(kept)
        return int(kept) if isinstance(self.start, int) and kept == int(kept) else kept


@dataclass(frozen=True, kw_only=True)
class Options(Control):
    """One of several values.

    options  text → value, in order
    """

    options: Mapping[str, Any]

    def sent(self, value: Any) -> int:
        values = list(self.options.values())
        if value not in values:
            there = ", ".join(self.options)
            raise ValueError(say("no-option", label=self.label, value=value, there=there))
        return values.index(value)

    def received(self, sent: Any) -> Any:
        """The value whose number a page sent. Raises ValueError for what is none."""
        if isinstance(sent, bool) or not isinstance(sent, int) or not 0 <= sent < len(self.options):
            raise ValueError(say("no-place", label=self.label, count=len(self.options), sent=sent))
        return list(self.options.values())[sent]


@dataclass(frozen=True, kw_only=True)
class Pick(Options):
    """A slider over given places.

    places: where the options stand on an axis, for handles; by default the values themselves.
    """

    places: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Choice(Options):
    """A list to choose from.

    sets  value → controls that this choice puts in the place of others, each at its start: another surface
          has another window and another rate
    """

    sets: Mapping[Any, Mapping[str, Control]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Switch(Control):
    """On or off."""

    def sent(self, value: bool) -> bool:
        return value

    def received(self, sent: Any) -> bool:
        """What a page sent. Raises ValueError for what is neither."""
        if not isinstance(sent, bool):
            raise ValueError(say("no-switch", label=self.label, sent=sent))
        return sent


class Later(Mapping[str, Control]):
    """Controls that are made, and their words read, when the first one is asked for."""

    def __init__(self, make: Callable[[], Mapping[str, Control]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Mapping[str, Control]:
        return self._make()

    def __getitem__(self, name: str) -> Control:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def named(values: Any) -> dict[str, Any]:
    """Options whose text is the value itself: numbers, letters, or the names of methods."""
    return {value if isinstance(value, str) else f"{value:.4g}": value for value in values}


def worded(words: Mapping[str, str]) -> dict[str, str]:
    """Options that have words: a table of texts, value → text, as `say.all("surfaces")` has it.

    Raises ValueError where two have the same words, as one of them could not be chosen.
    """
    options = {text: value for value, text in words.items()}
    if len(options) < len(words):
        raise ValueError(say("same-words", words=", ".join(words.values())))
    return options


def no_control(name: str, controls: Iterable[str]) -> ValueError:
    return ValueError(say("no-control", name=name, there=", ".join(controls)))


def start_sliders(
    bounds: Sequence[tuple[float, float]],
    start: Iterable[float],
    when: Mapping[str, tuple[Any, ...]] | None = None,
) -> dict[str, Slider]:
    """The place at which a run sets off, within a window of one or two parameters: x and, if any, y."""
    labels = (say("starts.first"), say("starts.second")) if len(bounds) > 1 else (say("starts.only"),)
    return {
        axis: Slider(
            label=label, low=float(low), high=float(high), start=float(at), step=0.05, when=when or {}
        )
        for axis, label, (low, high), at in zip("xy", labels, bounds, start, strict=False)
    }


def started(controls: Mapping[str, Control], **starts: Any) -> dict[str, Control]:
    """The controls with other values at the start; what a choice sets, is set.

    Raises ValueError for a control that there is not, and for a value that it cannot have.
    """
    if unknown := [name for name in starts if name not in controls]:
        raise no_control(unknown[0], controls)
    made = dict(controls)
    for name in controls:  # choices come first: what is asked for stands above what they set
        if name in starts and isinstance(made[name], Choice):
            made = chosen(made, name, starts[name])
    for name, start in starts.items():
        control = made[name]
        if control.received(control.sent(start)) != start:  # beyond the ends of a slider
            raise ValueError(say("beyond", label=control.label, start=start))
        made[name] = replace(control, start=start)
    return made


def chosen(controls: Mapping[str, Control], name: str, value: Any) -> dict[str, Control]:
    """The controls after a choice: those that it sets have taken the place of what stood there."""
    control = controls[name]
    return {**controls, **(control.sets.get(value, {}) if isinstance(control, Choice) else {})}


def described(controls: Mapping[str, Control]) -> list[dict[str, Any]]:
    """What a page needs to build the controls, as JSON."""
    return [_described(controls, name, control) for name, control in controls.items()]


def _described(controls: Mapping[str, Control], name: str, control: Control) -> dict[str, Any]:
    data = {each.name: getattr(control, each.name) for each in fields(control)} | {
        "name": name,
        "kind": type(control).__name__.lower(),
        "start": control.sent(control.start),
        "stroke": control.stroke and asdict(control.stroke),
        "usual": None if control.usual is None else control.sent(control.usual),
        "when": {
            other: [controls[other].sent(value) for value in values] for other, values in control.when.items()
        },
    }
    if isinstance(control, Options):
        data["options"] = list(control.options)
        data.pop("sets", None)
    if isinstance(control, Pick):
        places = list(control.places) or list(control.options.values())
        data["places"] = [float(place) if math.isfinite(place) else None for place in places]
    return data
