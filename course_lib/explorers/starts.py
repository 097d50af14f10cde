"""A race of starts: one deep network, one optimiser, five ways to draw its weights."""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.fleet import Fleet
from course_lib.explorers.signal_depth import ACTIVATIONS, SCHEMES
from course_lib.optimizers import SGD, Adam
from course_lib.palette import INITIALISERS
from course_lib.scene import INK, Axis, Handle, Layer, Line, Panel, Scene, Text

say = texts.beside(__file__)

STARTS = {
    "normal, σ = 0.01": INITIALISERS["σ = 0.01"],
    "normal, σ = 1": INITIALISERS["σ = 1"],
    "Xavier normal": INITIALISERS["Xavier"],
    "He normal": INITIALISERS["He"],
    "zeros": INK,
}
METHODS = {"SGD": SGD, "Adam": Adam}
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
WIDTH, DEEPEST, UPDATES, EXAMPLES, DRAWS = 16, 8, 60, 32, 6
PRECISION = np.float32  # half the time of float64, and what large networks use


@cache
def examples() -> tuple[np.ndarray, np.ndarray]:
    """Two moons, as many points of each, standardised: x (EXAMPLES, 2), and the labels one-hot."""
    moons = datasets.moons(n=200, noise=0.15)
    chosen = np.concatenate([np.flatnonzero(moons.y_train == label)[: EXAMPLES // 2] for label in (0, 1)])
    x, y = moons.x_train[chosen], moons.y_train[chosen]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    return x.astype(PRECISION), np.eye(2, dtype=PRECISION)[y]


def shapes(depth: int) -> list[tuple[int, int]]:
    """The weights' shapes, layer by layer: `depth` hidden layers and the output."""
    return list(pairwise([2, *[WIDTH] * depth, 2]))


def start(scheme: str, depth: int, draw: int) -> np.ndarray:
    """θ as this scheme draws it: for each layer its weights, row by row, and its biases, all 0."""
    rng = np.random.default_rng(draw)
    drawn = [(SCHEMES[scheme](*shape, rng).ravel(), np.zeros(shape[1])) for shape in shapes(depth)]
    return np.concatenate([part for layer in drawn for part in layer])


@dataclass(frozen=True)
class Race:
    """Losses (updates + 1, starts), NaN after a blow-up, and the first gradients' sizes (layers, starts)."""

    losses: np.ndarray
    gradients: np.ndarray


@lru_cache(maxsize=512)
def race(activation: str, depth: int, method: str, rate: float, draw: int) -> Race:
    """Train all starts, full batch, UPDATES updates; remembered, so that a setting is computed once."""
    fleet, optimizer = Fleet(shapes(depth), ACTIVATIONS[activation]), METHODS[method](rate)
    theta = np.stack([start(scheme, depth, draw) for scheme in STARTS]).astype(PRECISION)
    losses = np.empty((UPDATES + 1, len(STARTS)))
    with np.errstate(all="ignore"):  # a start may overflow: that is what is to be seen
        losses[0], gradient = fleet.losses_and_gradients(theta, *examples())
        first = np.array(
            [np.sqrt(np.mean(dW.astype(float) ** 2, axis=(1, 2))) for dW, *_ in fleet.parts(gradient)]
        )
        for t in range(UPDATES):
            theta = optimizer.step(theta, gradient)
            losses[t + 1], gradient = fleet.losses_and_gradients(theta, *examples())
    losses[~np.isfinite(losses)] = np.nan
    return Race(losses, first)


def starts_scene(
    activation: str, depth: int, method: str, rate: float, draw: int, updates: int = UPDATES
) -> Scene:
    """The five losses up to an update, and the size of the first gradient in each layer."""
    result = race(activation, depth, method, rate, draw)
    message = _report(result.losses)
    layers: list[Layer] = []
    at = np.arange(UPDATES + 1)
    for (name, colour), losses in zip(STARTS.items(), result.losses.T, strict=True):
        # Dashed, zeros can be seen where they lie over the curve of another start.
        height, dashed = np.maximum(losses, 1e-2), name == "zeros"
        layers.append(Line(at, height, colour, _called(name), dashed=dashed, since=at))
    loss_panel = Panel(
        say("panels.loss"),
        Axis(say("axes.update"), (-1, UPDATES)),
        Axis(say("axes.loss"), (1e-2, 1e2), log=True),
        tuple(layers),
    )
    alt = say("alt", message=message)
    return Scene((loss_panel, _gradient_panel(result.gradients)), message, alt, time="updates", now=updates)


def _called(name: str) -> str:
    return say.all("starts")[name]


def _gradient_panel(gradients: np.ndarray) -> Panel:
    layer, smallest = np.arange(1, len(gradients) + 1), gradients[gradients > 0].min()
    x = Axis(say("axes.layer"), (0.9, DEEPEST + 1.1))
    y = Axis.around(say("axes.size"), [gradients, [smallest / 100]], log=True)
    layers: list[Layer] = []
    for (name, colour), size in zip(STARTS.items(), gradients.T, strict=True):
        if size.any():
            shown = np.where(size > 0, size, np.nan)
            layers.append(Line(layer, shown, colour, _called(name), dashed=name == "zeros"))
        else:
            layers.append(Text(1, smallest / 30, say("lines.no-gradient", name=_called(name)), colour))
    last = Handle(say("handles.last"), len(gradients) - 1, y.at(0.93), sets_x="depth")
    return Panel(say("panels.gradient"), x, y, tuple(layers), handles=(last,))


def _report(losses: np.ndarray) -> str:
    ended: dict[str, list[str]] = {"learning": [], "coin": [], "blown": []}
    for name, curve in zip(STARTS, losses.T, strict=True):
        if np.isnan(curve).any():
            end, update, loss = "blown", int(np.isnan(curve).argmax()), float(f"{curve[0]:.2g}")
        else:
            end, update, loss = "coin" if curve[-1] > 0.95 * np.log(2) else "learning", UPDATES, curve[-1]
        ended[end].append(say(f"ended.{end}", name=_called(name), update=update, loss=loss))
    return " ".join(say(f"report.{end}", names="; ".join(names)) for end, names in ended.items() if names)


CONTROLS = Later(
    lambda: {
        "activation": Choice(
            label=say("controls.activation"), options=worded(say.all("activations")), start="ReLU"
        ),
        "depth": Slider(label=say("controls.depth"), low=1, high=DEEPEST, start=8),
        "method": Choice(label=say("controls.method"), options=named(METHODS), start="SGD"),
        "rate": Pick(label=say("controls.rate"), options=named(RATES), start=0.1),
        "draw": Slider(label=say("controls.draw"), low=1, high=DRAWS, start=6),
        "updates": Slider(label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, plays=True),
    }
)


def race_of_starts(activation: str = "ReLU", depth: int = 8, **starts: Any) -> Explorer:
    """Five ways to draw the weights of one deep network, and how it learns from each.

    starts: values of the other controls at the start, see CONTROLS.
    """
    return Explorer(starts_scene, started(CONTROLS, activation=activation, depth=depth, **starts))
