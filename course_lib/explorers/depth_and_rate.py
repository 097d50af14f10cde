"""Depth × rate: which networks train at which learning rate, with and without batch normalisation?

A cell of the map is a training run, and plays. All of them are made when the explorer opens; moving a slider
only looks them up.
"""

import math
from functools import cache

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.fleet import Fleet
from course_lib.layers import BatchNorm, Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.palette import COLOURS, MARK
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Film,
    Handle,
    Heat,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    cells,
    film,
)

say = texts.beside(__file__)

DEPTHS = (1, 2, 4, 8, 16)  # hidden layers
RATES = tuple(float(rate) for rate in 10.0 ** np.arange(-2, 1.1, 0.5))
UPDATES, LAST = 50, 10  # the loss of a run is the mean of its last batches
WIDTH, BATCH = 24, 32
GUESSING = math.log(10)  # the loss of whoever gives each of ten digits the same probability
PLAIN, NORMALISED = INK, COLOURS["BatchNorm"]


def build(depth: int, normalised: bool) -> Network:
    """ReLU layers for the digits; batch normalisation, if any, stands before each ReLU."""
    hidden = []
    for fan_in in (64, *[WIDTH] * (depth - 1)):
        hidden += [Dense(fan_in, WIDTH), *([BatchNorm(WIDTH)] if normalised else []), ReLU()]
    return Network([*hidden, Dense(WIDTH, 10)])


@cache
def runs(depth: int, normalised: bool) -> np.ndarray:
    """The loss on the batch before each update, at every rate: (RATES, UPDATES).

    All rates start from one θ and see the same batches. A run is NaN once its loss was no longer finite.
    """
    digits, rng = datasets.digits(), np.random.default_rng(0)
    one_hot = np.eye(10)[digits.y_train]
    theta = np.tile(build(depth, normalised).initialize(rng), (len(RATES), 1))
    fleet = Fleet([(64, WIDTH), *[(WIDTH, WIDTH)] * (depth - 1), (WIDTH, 10)], ReLU, normalised)
    optimizer = SGD(np.array(RATES)[:, None])
    losses = np.empty((len(RATES), UPDATES))
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        for t in range(UPDATES):
            batch = rng.integers(0, len(digits.x_train), BATCH)
            losses[:, t], gradient = fleet.losses_and_gradients(theta, digits.x_train[batch], one_hot[batch])
            theta = optimizer.step(theta, gradient)
    losses[np.logical_or.accumulate(~np.isfinite(losses), axis=1)] = np.nan
    return losses


def run(depth: int, normalised: bool, rate: float) -> np.ndarray:
    """The losses of one run: (UPDATES,)."""
    return runs(depth, normalised)[RATES.index(rate)]


def final_losses(normalised: bool, updates: int = UPDATES) -> np.ndarray:
    """The loss of every run when it ends after so many updates, (depths, rates); NaN where it diverged."""
    last = slice(max(updates - LAST, 0), max(updates, 1))  # before any update, that of the first batch
    return np.array([runs(depth, normalised)[:, last].mean(axis=1) for depth in DEPTHS])


def depth_scene(depth: int, rate: float, updates: int = UPDATES) -> Scene:
    """The two runs of this depth and rate up to an update, and where all are by then."""
    message = _report(depth, rate)
    panels = (
        _run_panel(depth, rate),
        _map_panel(say("panels.without"), False, depth, rate),
        _map_panel(say("panels.with"), True, depth, rate),
    )
    return Scene(panels, message, say("alt", message=message), time="updates", now=updates)


def _run_panel(depth: int, rate: float) -> Panel:
    layers: list[Layer] = [Line([0, UPDATES], [GUESSING, GUESSING], FAINT, dashed=True)]
    at = np.arange(UPDATES)
    for normalised, name, colour in (
        (False, say("lines.without"), PLAIN),
        (True, say("lines.with"), NORMALISED),
    ):
        losses = run(depth, normalised, rate)
        layers.append(Line(at, losses, colour, name, dashed=normalised, since=at))
    y = Axis(say("axes.loss"), (0, 4))
    return Panel(say("panels.runs"), Axis(say("axes.update"), (0, UPDATES)), y, tuple(layers))


def _map_panel(title: str, normalised: bool, depth: int, rate: float) -> Panel:
    x = cells(say("axes.rate"), RATES, log=True)
    ticks = tuple((float(d), str(d)) for d in DEPTHS)
    y = cells(say("axes.depth"), DEPTHS, log=True, ticks=ticks)
    ring = Points([rate], [depth], MARK, size=13, shape="ring")
    handle = Handle(say("handle"), rate, depth, sets_x="rate", sets_y="depth")
    return Panel(title, x, y, (ring,), (_maps(normalised),), (handle,))


@cache
def _maps(normalised: bool) -> Film:
    """After each update: bright is a loss of 0, dark is guessing or worse; runs that diverged are empty."""

    def heat(updates: int) -> tuple[Heat]:
        levels = np.clip(1 - final_losses(normalised, updates) / GUESSING, 0, 1)
        return (Heat(levels, ("2.3", "0"), span=(GUESSING, 0.0), empty=say("diverged")),)

    return film(range(UPDATES + 1), heat)


def _report(depth: int, rate: float) -> str:
    row, column = DEPTHS.index(depth), RATES.index(rate)
    told, learned = [], []
    for normalised in (False, True):
        losses = final_losses(normalised)[row]
        here = losses[column]
        told.append(say("loss", loss=here) if np.isfinite(here) else say("diverged"))
        learned.append(int(np.sum(losses < GUESSING / 2)))
    kept = {"without": told[0], "with_it": told[1], "guessing": GUESSING}
    sentences = [
        say("runs-one" if depth == 1 else "runs", depth=depth, rate=rate, updates=UPDATES, **kept),
        say("learned", rates=len(RATES), without=learned[0], with_it=learned[1]),
    ]
    if not np.isfinite([final_losses(False), final_losses(True)]).all():
        sentences.append(say("empty"))
    return " ".join(sentences)


CONTROLS = Later(
    lambda: {
        "depth": Pick(label=say("controls.depth"), options=named(DEPTHS), start=8),
        "rate": Pick(label=say("controls.rate"), options=named(RATES), start=RATES[3]),
        "updates": Slider(label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, plays=True),
    }
)


def depth_and_rate(depth: int = 8, rate: float = RATES[3]) -> Explorer:
    """The same network with and without batch normalisation, over depth and learning rate."""
    return Explorer(depth_scene, started(CONTROLS, depth=depth, rate=rate))
