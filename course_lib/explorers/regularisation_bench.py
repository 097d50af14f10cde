"""The regularisation bench: what do L2, dropout, noise and patience do to an overfitted network?"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.patience import NEVER, cut
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.palette import OTHERS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, film, level_line
from course_lib.training import descend

say = texts.beside(__file__)

EXAMPLES, WRONG = 60, 8  # training examples, and how many of them carry the wrong label
SEEN = 180  # validation examples: few enough that BLAS starts no threads, which would cost more than help
UPDATES, EVERY = 150, 5  # full-batch updates; losses are measured at every fifth
WIDTH, LR = 32, 0.03
L2 = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)
RATES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)
NOISES = (0.0, 0.1, 0.2, 0.3, 0.5)
PATIENCES = (5, 10, 25, 50, NEVER)  # in updates
FIRST, SECOND = OTHERS[:2]
PRECISION = np.float32  # of what is only drawn: a third of the time of float64


@dataclass(frozen=True)
class Bench:
    """Two moons: a few training examples, some mislabelled, and a validation set with right labels."""

    x: np.ndarray
    y: np.ndarray
    wrong: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray


@cache
def bench() -> Bench:
    data = datasets.moons(noise=0.25)
    x, y = data.x_train[:EXAMPLES], data.y_train[:EXAMPLES].copy()
    wrong = np.random.default_rng(2).choice(EXAMPLES, WRONG, replace=False)
    y[wrong] = 1 - y[wrong]
    return Bench(x, y, wrong, data.x_val[:SEEN], data.y_val[:SEEN])


def build(rate: float, rng: np.random.Generator) -> tuple[Network, np.ndarray]:
    """The network, with dropout behind each hidden layer, and where it starts: the same θ at every rate."""
    layers = [
        layer for fan_in in (2, WIDTH) for layer in (Dense(fan_in, WIDTH), ReLU(), *_dropout(rate, rng))
    ]
    network = Network([*layers, Dense(WIDTH, 2)])
    return network, network.initialize(np.random.default_rng(1))


def _dropout(rate: float, rng: np.random.Generator) -> list[Dropout]:
    return [Dropout(rate, rng)] if rate else []


@dataclass(frozen=True)
class Run:
    """One training run: θ and the losses, in test mode, at updates 0, EVERY, 2 EVERY, …"""

    network: Network
    thetas: np.ndarray
    train: np.ndarray
    val: np.ndarray


@lru_cache(maxsize=1024)
def run(l2: float, rate: float, noise: float) -> Run:
    """Train from the start; remembered, so that a setting is computed once. Patience only cuts the run."""
    data, rng = bench(), np.random.default_rng(0)
    network, start = build(rate, rng)
    decay = l2 * np.concatenate(
        [np.full(part.size, part.ndim > 1) for views in network.views(start) for part in views.values()]
    )

    def downhill(theta: np.ndarray) -> tuple[float, np.ndarray]:
        x = data.x + noise * rng.standard_normal(data.x.shape) if noise else data.x
        loss, gradient = network.loss_and_gradient(theta, x, data.y)
        return loss, gradient + decay * theta

    thetas = descend(downhill, start, Adam(LR), UPDATES)[0][::EVERY]
    both = np.concatenate([data.x, data.x_val])
    losses = np.empty((len(thetas), 2))
    for row, theta in zip(losses, thetas, strict=True):
        logits = network.predict(theta, both)
        row[0] = network.loss_function(logits[:EXAMPLES], data.y)[0]
        row[1] = network.loss_function(logits[EXAMPLES:], data.y_val)[0]
    return Run(network, thetas, losses[:, 0], losses[:, 1])


def stopped(val: np.ndarray, patience: float) -> tuple[int, int]:
    """The measurement at which training ends and the one whose θ is used; patience counts updates."""
    return cut(val, patience / EVERY)


def bench_scene(l2: float, rate: float, noise: float, patience: float, updates: int = UPDATES) -> Scene:
    """Decision boundary after so many updates, and the loss curves up to there.

    After the update at which patience ends the run, the boundary is that of the θ it goes back to.
    """
    result = run(l2, rate, noise)
    end, used = stopped(result.val, patience)
    seen = [k if k <= end else used for k in range(len(result.val))]
    message = _report(result, end, used)
    alt = say("alt", message=message)
    boundary = _boundary_panel(boundaries(l2, rate, noise), seen)
    return Scene((boundary, _loss_panel(result, end, seen)), message, alt, time="updates", now=updates)


@cache
def _plane() -> tuple[Axis, Axis, np.ndarray, np.ndarray, np.ndarray]:
    points = bench().x_val
    x_axis, y_axis = Axis.around("x₁", [points[:, 0]]), Axis.around("x₂", [points[:, 1]])
    x, y = np.linspace(*x_axis.ends, 50), np.linspace(*y_axis.ends, 50)
    return x_axis, y_axis, x, y, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(PRECISION)


@cache
def _examples() -> tuple[Layer, ...]:
    data = bench()
    layers: list[Layer] = []
    for kind, colour in ((0, FIRST), (1, SECOND)):
        here = data.y_val == kind
        layers.append(Points(data.x_val[here, 0], data.x_val[here, 1], colour, size=2))
    for kind, colour, shape in ((0, FIRST, "ring"), (1, SECOND, "disc")):
        here = data.y == kind
        layers.append(Points(data.x[here, 0], data.x[here, 1], colour, size=8, shape=shape))
    wrong = data.x[data.wrong]
    layers.append(Points(wrong[:, 0], wrong[:, 1], INK, size=7, shape="cross"))
    return tuple(layers)


@lru_cache(maxsize=256)
def boundaries(l2: float, rate: float, noise: float) -> tuple[Line, ...]:
    """Where the network of this run is undecided, at each measurement."""
    result = run(l2, rate, noise)
    *_, x, y, grid = _plane()
    lines = []
    for theta in result.thetas.astype(PRECISION):
        logits = result.network.predict(theta, grid)
        lines.append(level_line(x, y, (logits[:, 1] - logits[:, 0]).reshape(len(y), len(x)), 0.0, INK))
    return tuple(lines)


def _boundary_panel(lines: tuple[Line, ...], seen: list[int]) -> Panel:
    """The lines of the measurements that are seen, in their order, each until the next one."""
    x_axis, y_axis, *_ = _plane()
    at = np.repeat(seen, EVERY)[: UPDATES + 1]
    moving = film(at.tolist(), lambda k: (lines[k],))
    return Panel(say("panels.boundary"), x_axis, y_axis, (moving,), _examples())


def _loss_panel(result: Run, end: int, seen: list[int]) -> Panel:
    update = EVERY * np.arange(len(result.val))
    layers: list[Layer] = []
    for losses, colour, name in (
        (result.train, SPLITS["training"], say("lines.training")),
        (result.val, SPLITS["validation"], say("lines.validation")),
    ):
        if end < len(losses) - 1:  # what would have come, had it gone on
            rest = update[end:]
            layers.append(Line(rest, losses[end:], FAINT, dashed=True, since=rest))
        trained = update[: end + 1]
        layers.append(Line(trained, losses[: end + 1], colour, name, since=trained))
    layers.append(Line([update[end]] * 2, [1e-3, 1e2], FAINT, width=1.0))
    layers.append(
        Points(update[seen], result.val[seen], INK, size=10, shape="ring", since=update, moves=True)
    )
    y = Axis(say("axes.loss"), (0.08, 2.5), log=True)
    handle = Handle(
        say("handles.patience"),
        float(update[end]),
        y.at(0.93),
        sets_x="patience",
        places_x=tuple(float(update[stopped(result.val, each)[0]]) for each in PATIENCES),
    )
    title, x = say("panels.loss"), Axis(say("axes.update"), (0, UPDATES))
    return Panel(title, x, y, tuple(layers), handles=(handle,))


def _report(result: Run, end: int, used: int) -> str:
    data, theta, low = bench(), result.thetas[used], int(result.val.argmin())
    right = result.network.predict(theta, data.x).argmax(axis=1) == data.y
    right_val = result.network.predict(theta, data.x_val).argmax(axis=1) == data.y_val
    learned = int(right[data.wrong].sum())
    if end < len(result.val) - 1:
        ended = say("ended.stopped", end=EVERY * end, used=EVERY * used)
    elif used < end:
        ended = say("ended.back", updates=UPDATES, used=EVERY * used)
    else:
        ended = say("ended.all", updates=UPDATES, lowest=EVERY * low)
    used_there = say(
        "report.used",
        loss=result.val[used],
        right=right.mean(),
        right_val=right_val.mean(),
        learned=learned,
        wrong=WRONG,
    )
    return f"{ended} {used_there}"


CONTROLS = Later(
    lambda: {
        "l2": Pick(label=say("controls.l2"), options=named(L2), start=0.0),
        # Usual, of a hidden layer: Srivastava et al. (2014), Appendix A.4.
        "rate": Pick(label=say("controls.rate"), options=named(RATES), start=0.0, usual=0.5),
        "noise": Pick(label=say("controls.noise"), options=named(NOISES), start=0.0),
        "patience": Pick(
            label=say("controls.patience"),
            options={say("never") if value == NEVER else str(value): value for value in PATIENCES},
            start=NEVER,
        ),
        "updates": Slider(
            label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, step=EVERY, plays=True
        ),
    }
)


def regularisation_bench(
    l2: float = 0.0, rate: float = 0.0, noise: float = 0.0, patience: float = NEVER
) -> Explorer:
    """An overfitted network, and four remedies: L2, dropout, noise on the inputs, early stopping."""
    return Explorer(bench_scene, started(CONTROLS, l2=l2, rate=rate, noise=noise, patience=patience))
