"""A picture as plain data, before anyone draws it.

A Scene holds panels, a panel holds layers, and a layer holds numbers. Explorers compute scenes; a page
in the browser draws them live (`course_lib.explorers.page`), matplotlib draws them on paper
(`course_lib.plots`). As a scene needs neither, what an explorer shows can be tested as numbers.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import contourpy
import numpy as np
from numpy.typing import ArrayLike

from course_lib.palette import HEAT
from course_lib.strokes import Stroke

INK = "ink"  # the text colour of the theme, whichever it is
FAINT = "faint"  # the same, far weaker: contours, grid, reference lines
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

FEW_CELLS = 6  # along an axis of a heat map: so many can each be named


@dataclass(frozen=True, eq=False)
class Line:
    """A polyline through (x, y); a NaN breaks it. The label stands beside its last visible point.

    dashed: or the lengths of its strokes and gaps in turn, in pixels.
    mark: the shape of Points that stands at its last visible point, and before its label.
    since: the step of the scene's time from which on each point is seen, growing; all are, where it is None.
    """

    x: ArrayLike
    y: ArrayLike
    colour: str = INK
    label: str = ""
    width: float = 2.0
    dashed: bool | tuple[float, ...] = False
    mark: str = ""
    since: ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """Separate markers at (x, y), size is in pixels.

    shape: "disc", "square", "diamond", "up" or "down" (triangles), "star"; of each but the last the outline,
    as "open square" ("ring" is that of a disc); "plus" or "cross".

    since: as of a Line; moves: of the points that are seen, only the latest is. texts: what each tells to a
    pointer, in place of its coordinates.
    """

    x: ArrayLike
    y: ArrayLike
    colour: str = INK
    size: float = 6.0
    shape: str = "disc"
    since: ArrayLike | None = None
    moves: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars from the axis (0, or the lower end of a log axis) to y, centred on x; width in units of x."""

    x: ArrayLike
    y: ArrayLike
    colour: str = INK
    width: float = 0.8


@dataclass(frozen=True, eq=False)
class Text:
    """A few words at (x, y); align is "left", "centre" or "right" of that point's own side."""

    x: float
    y: float
    text: str
    colour: str = INK
    align: str = "left"


@dataclass(frozen=True, eq=False)
class Heat:
    """A heat map that fills its panel with cells of equal size as drawn.

    levels: (rows, columns), 0 to 1, NaN for an empty cell; row 0 lies at the start of the y axis.
    ends: what levels 0 and 1 stand for, written at the colour bar.
    span: the same as numbers, even or (log) even in the logarithm: who points at a cell is told its value,
    or, at an empty one, what it means that it is (empty).
    """

    levels: ArrayLike
    ends: tuple[str, str]
    palette: tuple[str, ...] = HEAT
    span: tuple[float, float] | None = None
    log: bool = False
    empty: str = ""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Small square pictures that turn with the scene's time, row after row in so many columns.

    On the axes, the middle of picture number i is at (i % columns, i // columns).

    pixels: of each picture, row by row from its top, a character from 0 to f each; dark is large.
    colours, words: what a picture can be; the colour is that of its frame and ground. The first stands out.
    turns: for each step of the scene's time a text with a character for each picture: which of these it is.
    signs: likewise, the character that stands beside a picture; meaning: what that is.
    asked: how many are asked, and who they are. votes: for each of the colours but the last, likewise and in
    base 36, how many of them speak for it, a bar beside the picture; the rest speaks for the last. Empty
    where nobody is asked.
    texts: what each tells first to a pointer, and to who moves through them by keys.
    """

    pixels: tuple[str, ...]
    columns: int
    colours: tuple[str, ...]
    words: tuple[str, ...]
    turns: tuple[str, ...]
    signs: tuple[str, ...]
    meaning: str
    texts: tuple[str, ...]
    asked: tuple[int, str] = (0, "")
    votes: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Film:
    """Layers in the place of each other: of its frames, one is seen at each step of the scene's time.

    turns: for each step, from 0 on, the number of the frame.
    """

    frames: "tuple[tuple[Layer, ...], ...]"
    turns: tuple[int, ...]


Bounds = tuple[tuple[float, float], tuple[float, float]]  # ((x0, x1), (y0, y1))
Layer = Line | Points | Bars | Text | Heat | Pictures | Film
State = TypeVar("State", bound=Hashable)


def film(states: Sequence[State], layers: Callable[[State], Iterable[Layer]], first: int = 0) -> Film:
    """The layers of each state, one for each step of time; steps of the same state share a frame.

    first: the step of the first state, where time does not begin at 0.
    """
    numbers = {state: number for number, state in enumerate(dict.fromkeys(states))}
    turns = [numbers[state] for state in states]
    return Film(tuple(tuple(layers(state)) for state in numbers), (*[0] * first, *turns))


@dataclass(frozen=True)
class Axis:
    """One axis: its label with unit, its two ends (the first may be the larger), its scale.

    log: even in the logarithm of a value; gap: in that of its distance to 1, for β, μ and ρ.
    ticks: ((position, text), …), where the drawn ones should not be the usual round numbers.
    """

    label: str
    ends: tuple[float, float]
    log: bool = False
    ticks: tuple[tuple[float, str], ...] = ()
    gap: bool = False

    @classmethod
    def around(cls, label: str, values: Iterable[ArrayLike], log: bool = False) -> "Axis":
        """The axis that shows all finite values with a little air; on a log axis, all positive ones."""
        parts = [np.ravel(np.asarray(part, dtype=float)) for part in values]
        known = np.concatenate(parts) if parts else np.empty(0)
        known = known[np.isfinite(known) & ((known > 0) | (not log))]
        low, high = (known.min(), known.max()) if known.size else (1.0, 10.0)
        if log:
            air = max((high / low) ** 0.05, 1.2)
            return cls(label, (float(low / air), float(high * air)), True)
        air = 0.05 * (high - low) or 0.5 * abs(high) or 1.0
        return cls(label, (float(low - air), float(high + air)))

    def at(self, share: float) -> float:
        """The value so far along the axis: 0 is its first end, 1 the other. Not of an axis with a gap."""
        first, last = self.ends
        return first * (last / first) ** share if self.log else first + share * (last - first)


@dataclass(frozen=True)
class Handle:
    """What can be dragged in a panel. It stands at (x, y), and sets controls to where it is dragged.

    label: what it is, in a word or two, for who cannot see it.
    sets_x, sets_y: names of the controls, whose values are places on the axes; "" where it stands still.
    turns: the name of a switch, which a click turns; such a handle is not dragged.
    places_x, places_y: where the options of what it sets stand in this scene, if the control does not tell.
    """

    label: str
    x: float
    y: float
    sets_x: str = ""
    sets_y: str = ""
    turns: str = ""
    places_x: tuple[float, ...] = ()
    places_y: tuple[float, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One pair of axes. The backdrop lies under the layers and is sent only when it is another one.

    What is to be seen at other steps of the scene's time can be part of it.
    """

    title: str
    x: Axis
    y: Axis
    layers: tuple[Layer, ...] = ()
    backdrop: tuple[Layer, ...] = ()
    handles: tuple[Handle, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What an explorer shows in one state: panels, what happened in words, and a text alternative.

    time, now: the control that counts its steps, and the step it stands at. The layers then hold all steps,
    of which those up to now are seen: so that it plays without being computed anew.
    stacked: the panels stand below each other, however wide the page is: they have one axis across.
    """

    panels: tuple[Panel, ...]
    message: str
    alt: str
    time: str = ""
    now: int = 0
    stacked: bool = False

    def until_now(self) -> tuple[Panel, ...]:
        """The panels as they are seen at the present step, with what moves time where it then stands."""
        return tuple(
            replace(
                panel,
                layers=_until(panel.layers, self.now),
                backdrop=_until(panel.backdrop, self.now),
                handles=tuple(
                    replace(each, x=float(self.now)) if self.time and each.sets_x == self.time else each
                    for each in panel.handles
                ),
            )
            for panel in self.panels
        )


def _until(layers: Iterable[Layer], now: int) -> tuple[Layer, ...]:
    return tuple(seen for layer in layers for seen in _seen(layer, now))


def _seen(layer: Layer, now: int) -> tuple[Layer, ...]:
    if isinstance(layer, Film):
        return _until(layer.frames[layer.turns[now]], now)
    if isinstance(layer, Pictures):
        turned = replace(
            layer,
            turns=layer.turns[now : now + 1],
            signs=layer.signs[now : now + 1],
            votes=tuple(each[now : now + 1] for each in layer.votes),
        )
        return (turned,)
    if not isinstance(layer, Line | Points) or layer.since is None:
        return (layer,)
    last = int(np.searchsorted(np.asarray(layer.since), now, side="right"))
    first = max(last - 1, 0) if isinstance(layer, Points) and layer.moves else 0
    return (replace(layer, x=np.asarray(layer.x)[first:last], y=np.asarray(layer.y)[first:last]),)


def contours(value: Any, bounds: Bounds, count: int = 14, grid: int = 101) -> tuple[Line, ...]:
    """Contour lines of value(theta), theta of shape (…, 2), within bounds ((x0, x1), (y0, y1)).

    Levels grow with the square of their number: even rings in a bowl, and a long flat valley still gets some.
    """
    x = np.linspace(*bounds[0], grid)
    y = np.linspace(*bounds[1], grid)
    height = value(np.stack(np.meshgrid(x, y), axis=-1))
    low, high = float(height.min()), float(height.max())
    if not low < high:
        return ()
    # A surface that reaches thousands in one corner would spend all its levels there.
    top = min(high, low + 4 * float(np.quantile(height - low, 0.8)))
    levels = low + (top - low) * (np.arange(1, count + 1) / count) ** 2.0
    return tuple(level_line(x, y, height, level, FAINT, width=1.0) for level in levels)


def heat_of_losses(losses: np.ndarray) -> Heat:
    """A map of what trainings came to: bright is a low loss, on a logarithmic scale."""
    logs = np.log(losses)
    high, low = float(losses.max()), float(losses.min())
    return Heat((logs.max() - logs) / np.ptp(logs), (f"{high:.1f}", f"{low:.2f}"), span=(high, low), log=True)


def level_line(
    x: np.ndarray, y: np.ndarray, height: np.ndarray, level: float, colour: str, width: float = 2.0
) -> Line:
    """The line, perhaps in several pieces, on which height (rows over y, columns over x) has this level."""
    pieces = contourpy.contour_generator(x, y, height).lines(level)
    gap = np.full((1, 2), np.nan)
    xy = np.concatenate([gap, *(part for piece in pieces for part in (np.asarray(piece), gap))])
    return Line(xy[:, 0], xy[:, 1], colour, width=width)


def outline(edges: np.ndarray, share: np.ndarray, colour: str, width: float = 2.0) -> Line:
    """A histogram's outline, from its first full bin to its last."""
    full = np.flatnonzero(share)
    first, last = (full[0], full[-1] + 1) if full.size else (0, 0)
    height = np.r_[0, np.repeat(share[first:last], 2), 0]
    return Line(np.repeat(edges[first : last + 1], 2), height, colour, width=width)


def path_lines(
    paths: Mapping[str, np.ndarray], strokes: Mapping[str, Stroke], grow: bool = False
) -> tuple[Line, ...]:
    """Each path (steps + 1, 2) as a line with its mark at its end. grow: with the scene's time."""
    return tuple(
        drawn(strokes[name], path[:, 0], path[:, 1], name, np.arange(len(path)) if grow else None)
        for name, path in paths.items()
    )


def drawn(
    stroke: Stroke, x: ArrayLike, y: ArrayLike, label: str = "", since: ArrayLike | None = None
) -> Line:
    """A line with this stroke, its mark included."""
    return Line(x, y, stroke.colour, label, dashed=stroke.dashed, mark=stroke.mark, since=since)


def landmarks(surface: Any, paths: Iterable[np.ndarray] = ()) -> tuple[Layer, ...]:
    """A star at each minimum of the surface, and a ring where paths start, or else its own start."""
    starts = np.unique([path[0] for path in paths] or [surface.start], axis=0)
    minima = np.reshape(surface.minima, (-1, 2))
    return (
        Points(starts[:, 0], starts[:, 1], INK, size=9, shape="ring"),
        Points(minima[:, 0], minima[:, 1], INK, size=13, shape="star"),
    )


def cells(
    label: str, centres: ArrayLike, log: bool = False, ticks: tuple[tuple[float, str], ...] = ()
) -> Axis:
    """The axis of a heat map with these evenly spaced cell centres: it ends half a cell beyond them.

    Where there are few, each has its tick.
    """
    at = np.asarray(centres, dtype=float)
    if len(at) <= FEW_CELLS and not (log or ticks):
        ticks = tuple((float(centre), f"{centre:g}") for centre in at)
    at = np.log10(at) if log else at
    half = (at[-1] - at[0]) / (len(at) - 1) / 2 if len(at) > 1 else 0.5
    ends = at[0] - half, at[-1] + half
    return Axis(
        label,
        (float(10 ** ends[0]), float(10 ** ends[1])) if log else (float(ends[0]), float(ends[1])),
        log,
        ticks,
    )


def in_print(text: str) -> str:
    """Signs as in a book: −3.1 for -3.1, 7·10⁻⁵ for 7e-05, 10³ for 1e+03, 16 % unbroken for 16% or 16 %."""

    def power(found: re.Match[str]) -> str:
        factor, exponent = found.groups()
        raised = str(int(exponent.replace("−", "-"))).translate(RAISED)
        return ("" if factor == "1" else f"{factor}·") + f"10{raised}"

    signed = re.sub(r"(?<!\w)-(?=[\d.])", "−", re.sub(r"(?<![\w.])([\d.]+)e([+−-]\d+)", power, text))
    return re.sub(r"(?<=[\d⁰¹²³⁴⁵⁶⁷⁸⁹]) ?%", "\N{NO-BREAK SPACE}%", signed)
