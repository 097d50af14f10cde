"""The map of learning rate and β: how wide is the region in which a method does well?

Every cell is a run of its own, yet no cell has a loop of its own: the course's optimisers take arrays as
hyperparameters, so one θ of shape (rows, columns, 2) walks the whole grid at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from course_lib.explorers.controls import Choice, Pick, Slider, named, start_sliders, started
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
    share = Axis("Share of the loss left (log scale)", (1e-9, 30), log=True)
    panels = (
        _map_panel(_heat(surface, method, steps, start), kind.symbol, rate, beta),
        Panel(
            "Path of the chosen cell",
            Axis("θ₁", tuple(field.bounds[0])),
            Axis("θ₂", tuple(field.bounds[1])),
            (*path_lines(cell, {kind.name: stroke(kind.name)}), *landmarks(field, cell.values())),
            _ground(surface),
            (Handle("The start", float(first[0]), float(first[1]), sets_x="x", sets_y="y"),),
        ),
        Panel(
            "Its loss",
            Axis("Step", (0, steps)),
            share,
            (curve,),
        ),
    )
    what = f"Heat map of the loss left on the {surface} after {steps} steps of {kind.name}"
    return Scene(panels, message, f"{what}, over η and {kind.symbol}. {message}")


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
    return Heat(levels, ("1", "10⁻⁹"), span=(1, 1e-9), log=True, empty="more than at the start")


def _map_panel(heat: Heat, symbol: str, rate: int, beta: int) -> Panel:
    ticks = tuple((gap, f"{1 - gap:.4g}") for gap in (1, 0.1, 0.01, 0.001, 0.0001))
    x, y = RATES[rate], 1 - KEPT[beta]
    x_axis = cells("Learning rate η (log scale)", RATES, log=True)
    y_axis = cells(f"{symbol} (log scale of 1 − {symbol})", 1 - KEPT, log=True, ticks=ticks)
    cross = (
        Line([x, x], y_axis.ends, MARK, width=1.0),
        Line(x_axis.ends, [y, y], MARK, width=1.0),
        Points([x], [y], MARK, size=11, shape="ring"),
    )
    handle = Handle("The cell whose path is drawn", float(x), float(y), sets_x="rate", sets_y="beta")
    return Panel("Share of the loss left", x_axis, y_axis, (heat, *cross), handles=(handle,))


def _report(kind: Method, final: np.ndarray, rate: int, beta: int) -> str:
    """What the chosen cell comes to, the best one, and how wide the good region is."""
    here = final[beta, rate]
    if not np.isfinite(final).any():
        return "The start is a minimum: there is nothing to lose. Drag it away."
    ended = f"leaves {_percent(here)} of the loss" if here <= 1 else "ends above where it started"
    sentences = [f"η = {RATES[rate]:.3g}, {kind.symbol} = {KEPT[beta]:.4g} {ended}."]
    known = np.where(np.isfinite(final), final, np.inf)
    row, column = np.unravel_index(np.argmin(known), known.shape)
    cell = f"η = {RATES[column]:.3g}, {kind.symbol} = {KEPT[row]:.4g}"
    sentences.append(f"Best cell: {cell} ({_percent(known[row, column])} left).")
    good = known <= GOOD
    if good.any():
        most = int(good.sum(axis=1).max())  # cells in a row are even in log η
        factor = (RATES[1] / RATES[0]) ** (most - 1)
        sentences.append(f"{100 * good.mean():.0f} % of the cells are good (at most 1 % left);")
        sentences.append(f"at the most tolerant {kind.symbol} the good rates fill a factor of {factor:.3g}.")
    else:
        sentences.append("No cell is good: none leaves at most 1 %.")
    empty = np.mean(~(final <= 1))
    if empty:
        sentences.append(f"Empty: the {100 * empty:.0f} % of the cells that ended above the start.")
    return " ".join(sentences)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share >= 1e-9 else "less than 10⁻⁷ %"


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


CONTROLS = {
    "surface": Choice(
        label="Landscape",
        options=named(LANDSCAPES),
        start="ravine",
        sets={name: _starts(name) for name in LANDSCAPES},
    ),
    "method": Choice(
        label="Method",
        options=named(METHODS),
        start="Adam: η × β₂",
        sets={name: {"beta": _kept(name)} for name in METHODS},
    ),
    "steps": Slider(label="Steps", low=1, high=LONGEST, start=100, plays=True),
    "rate": Pick(
        label="Learning rate η",
        options={f"{value:.3g}": i for i, value in enumerate(RATES)},
        start=16,
        places=tuple(RATES.tolist()),
    ),
    "beta": _kept("Adam: η × β₂"),
    **_starts("ravine"),
}


def rate_beta_map(surface: str = "ravine", method: str = "Adam: η × β₂", steps: int = 100) -> Explorer:
    """The loss left after some steps over learning rate × β; a crosshair picks the path to look at."""
    return Explorer(map_scene, started(CONTROLS, surface=surface, method=method, steps=steps))
