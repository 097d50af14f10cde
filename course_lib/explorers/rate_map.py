"""The map of learning rate and β: how wide is the region in which a method does well?

Every cell is a run of its own, yet no cell has a loop of its own: the course's optimisers take arrays as
hyperparameters, so one θ of shape (rows, columns, 2) walks the whole grid at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, start_sliders, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.race import SURFACES
from course_lib.optimizers import Adam, Momentum, Nesterov, RMSprop
from course_lib.palette import MARK
from course_lib.scene import (
    Axis,
    Handle,
    Heat,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    cells,
    contours,
    drawn,
    landmarks,
    path_lines,
)
from course_lib.strokes import stroke

say = texts.beside(__file__)

RATES = np.geomspace(1e-3, 1e1, 33)  # columns
KEPT = 1 - np.geomspace(1, 1e-4, 25)  # rows: β = 0 … 0.9999, evenly spaced in log(1 − β)
LONGEST = 200
GOOD = 0.01  # a cell is good if at most this share of the starting loss is left


@dataclass(frozen=True)
class Method:
    """An optimiser and which of its arguments the rows vary; usual: the value that is common for it."""

    make: Callable[..., Any]
    name: str
    argument: str
    symbol: str
    usual: float


METHODS = {
    f"{name}: η × {symbol}": Method(make, name, argument, symbol, usual)
    for name, make, argument, symbol, usual in (
        ("Momentum", Momentum, "mu", "μ", 0.9),
        ("Nesterov", Nesterov, "mu", "μ", 0.9),
        ("RMSprop", RMSprop, "rho", "ρ", 0.9),
        ("Adam", Adam, "beta1", "β₁", 0.9),
        ("Adam", Adam, "beta2", "β₂", 0.999),
    )
}
LANDSCAPES = ("ravine", "bowl", "Beale", "Rosenbrock", "Himmelblau")  # those with a bottom and without noise


Start = tuple[float, float]


@lru_cache(maxsize=8)
def sweep(surface: str, method: str, start: Start | None = None) -> tuple[np.ndarray, np.ndarray]:
    """All runs at once: paths (LONGEST + 1, rows, columns, 2), and the share of the loss left along them.

    start: the surface's own, where there is none. From a minimum there is no such share: it is NaN.
    """
    field, kind = SURFACES[surface](), METHODS[method]
    first = np.array(start) if start else field.start
    optimizer = kind.make(lr=RATES[None, :, None], **{kind.argument: KEPT[:, None, None]})
    paths = np.empty((LONGEST + 1, len(KEPT), len(RATES), 2))
    paths[0] = first
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        for step in range(LONGEST):
            paths[step + 1] = optimizer.step(paths[step], field.gradient(paths[step]))
        bottom = field.value(np.reshape(field.minima, (-1, 2))).min()
        left = (field.value(paths) - bottom) / (field.value(first) - bottom)
    return paths, left


def map_scene(
    surface: str,
    method: str,
    steps: int,
    rate: int,
    beta: int,
    x: float | None = None,
    y: float | None = None,
) -> Scene:
    """The map after `steps` steps, and the path of the cell in column `rate` and row `beta`.

    x, y: where all set off, if not at the surface's own start.
    """
    field, kind = SURFACES[surface](), METHODS[method]
    start = None if x is None or y is None else (x, y)
    paths, left = sweep(surface, method, start)
    final, first = left[steps], paths[0, beta, rate]
    cell = {kind.name: paths[: steps + 1, beta, rate]}
    message = _report(kind, final, rate, beta)
    curve = drawn(stroke(kind.name), np.arange(steps + 1), left[: steps + 1, beta, rate])
    share = Axis(say("axes.share"), (1e-9, 30), log=True)
    panels = (
        _map_panel(_heat(surface, method, steps, start), kind.symbol, rate, beta),
        Panel(
            say("panels.path"),
            Axis("θ₁", tuple(field.bounds[0])),
            Axis("θ₂", tuple(field.bounds[1])),
            (*path_lines(cell, {kind.name: stroke(kind.name)}), *landmarks(field, cell.values())),
            _ground(surface),
            (Handle(say("handles.start"), float(first[0]), float(first[1]), sets_x="x", sets_y="y"),),
        ),
        Panel(
            say("panels.loss"),
            Axis(say("axes.step"), (0, steps)),
            share,
            (curve,),
        ),
    )
    alt = say(
        "alt",
        surface=say(f"surfaces.{surface}"),
        steps=steps,
        method=kind.name,
        symbol=kind.symbol,
        message=message,
    )
    return Scene(panels, message, alt)


@lru_cache(maxsize=len(LANDSCAPES))
def _ground(surface: str) -> tuple[Layer, ...]:
    field = SURFACES[surface]()
    return contours(field.value, field.bounds)


@lru_cache(maxsize=16)
def _heat(surface: str, method: str, steps: int, start: Start | None) -> Heat:
    """1 (bright) is 10⁻⁹ or less, 0 (dark) the starting loss; cells that ended above it stay empty."""
    final = sweep(surface, method, start)[1][steps]
    with np.errstate(all="ignore"):
        exponent = np.log10(np.maximum(final, 1e-9))
    levels = np.where(final <= 1, -exponent / 9, np.nan)
    return Heat(levels, ("1", "10⁻⁹"), span=(1, 1e-9), log=True, empty=say("empty"))


def _map_panel(heat: Heat, symbol: str, rate: int, beta: int) -> Panel:
    ticks = tuple((gap, f"{1 - gap:.4g}") for gap in (1, 0.1, 0.01, 0.001, 0.0001))
    x, y = RATES[rate], 1 - KEPT[beta]
    x_axis = cells(say("axes.rate"), RATES, log=True)
    y_axis = cells(say("axes.kept", symbol=symbol), 1 - KEPT, log=True, ticks=ticks)
    cross = (
        Line([x, x], y_axis.ends, MARK, width=1.0),
        Line(x_axis.ends, [y, y], MARK, width=1.0),
        Points([x], [y], MARK, size=11, shape="ring"),
    )
    handle = Handle(say("handles.cell"), float(x), float(y), sets_x="rate", sets_y="beta")
    return Panel(say("panels.map"), x_axis, y_axis, (heat, *cross), handles=(handle,))


def _report(kind: Method, final: np.ndarray, rate: int, beta: int) -> str:
    """What the chosen cell comes to, the best one, and how wide the good region is."""
    here = final[beta, rate]
    if not np.isfinite(final).any():
        return say("report.at-minimum")
    name = "report.leaves" if here <= 1 else "report.above"
    sentences = [say(name, cell=_cell(kind, rate, beta), share=_percent(here))]
    known = np.where(np.isfinite(final), final, np.inf)
    row, column = (int(place) for place in np.unravel_index(np.argmin(known), known.shape))
    sentences.append(say("report.best", cell=_cell(kind, column, row), share=_percent(known[row, column])))
    good = known <= GOOD
    if good.any():
        most = int(good.sum(axis=1).max())  # cells in a row are even in log η
        factor = (RATES[1] / RATES[0]) ** (most - 1)
        sentences.append(say("report.good", share=100 * good.mean(), symbol=kind.symbol, factor=factor))
    else:
        sentences.append(say("report.none-good"))
    empty = np.mean(~(final <= 1))
    if empty:
        sentences.append(say("report.empty", share=100 * empty))
    return " ".join(sentences)


def _cell(kind: Method, rate: int, beta: int) -> str:
    return f"η = {RATES[rate]:.3g}, {kind.symbol} = {KEPT[beta]:.4g}"


def _percent(share: float) -> str:
    return say("percent.some" if share >= 1e-9 else "percent.next-to-none", share=100 * share)


def _starts(name: str) -> dict[str, Slider]:
    return start_sliders(SURFACES[name]().bounds, SURFACES[name]().start)


def _kept(method: str) -> Pick:
    """The rows of the map, from the one that is usual for this method."""
    usual = int(np.abs(KEPT - METHODS[method].usual).argmin())
    return Pick(
        label=METHODS[method].symbol,
        options={f"{value:.5g}": i for i, value in enumerate(KEPT)},
        start=usual,
        usual=usual,
        places=tuple((1 - KEPT).tolist()),
    )


CONTROLS = Later(
    lambda: {
        "surface": Choice(
            label=say("controls.surface"),
            options=worded(say.all("surfaces")),
            start="ravine",
            sets={name: _starts(name) for name in LANDSCAPES},
        ),
        "method": Choice(
            label=say("controls.method"),
            options=named(METHODS),
            start="Adam: η × β₂",
            sets={name: {"beta": _kept(name)} for name in METHODS},
        ),
        "steps": Slider(label=say("controls.steps"), low=1, high=LONGEST, start=100, plays=True),
        "rate": Pick(
            label=say("controls.rate"),
            options={f"{value:.3g}": i for i, value in enumerate(RATES)},
            start=16,
            places=tuple(RATES.tolist()),
        ),
        "beta": _kept("Adam: η × β₂"),
        **_starts("ravine"),
    }
)


def rate_beta_map(surface: str = "ravine", method: str = "Adam: η × β₂", steps: int = 100) -> Explorer:
    """The loss left after some steps over learning rate × β; a crosshair picks the path to look at."""
    return Explorer(map_scene, started(CONTROLS, surface=surface, method=method, steps=steps))
