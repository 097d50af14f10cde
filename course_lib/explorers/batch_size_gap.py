"""The train/test gap: how far apart are batch statistics and running statistics, and what does that cost?

One network is trained for each batch size when the explorer opens; moving the slider only looks them up.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.layers import BatchNorm, Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.palette import SPLITS
from course_lib.scene import FAINT, INK, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene, Text

say = texts.beside(__file__)

SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
UPDATES, EVERY, RATE, WIDTH = 150, 10, 0.1, 32
EXAMPLES = 768  # three of the largest batches, taken from the training set
COMPANIES = 200  # random batches in which one digit is looked at
TRAINING, TEST = SPLITS["training"], SPLITS["test"]


@dataclass(frozen=True)
class Trained:
    """What one batch size comes to.

    update, batch_loss, test_loss: along the run; the loss in training mode (the mean over the last batches)
    and, of the same training examples, in test mode.
    training, test: both losses of the final θ on the same examples.
    in_company (COMPANIES,), alone: x̂ of one unit for one digit, within random batches and in test mode.
    """

    update: np.ndarray
    batch_loss: np.ndarray
    test_loss: np.ndarray
    training: float
    test: float
    in_company: np.ndarray
    alone: float


def build() -> Network:
    """Two hidden layers for the digits, each with batch normalisation before its ReLU."""
    first, second = [[Dense(fan_in, WIDTH), BatchNorm(WIDTH), ReLU()] for fan_in in (64, WIDTH)]
    return Network([*first, *second, Dense(WIDTH, 10)])


@cache
def trained(size: int) -> Trained:
    """Train with batches of this size, and measure the same θ in both modes."""
    digits, rng = datasets.digits(), np.random.default_rng(0)
    x, y = digits.x_train[:EXAMPLES], digits.y_train[:EXAMPLES]
    network, optimizer = build(), SGD(RATE)
    theta = network.initialize(rng)
    batch_losses, test_losses = [], []
    for t in range(1, UPDATES + 1):
        batch = rng.integers(0, EXAMPLES, size)
        loss, gradient = network.loss_and_gradient(theta, x[batch], y[batch])
        theta = optimizer.step(theta, gradient)
        batch_losses.append(loss)
        if t % EVERY == 0:
            test_losses.append(network.loss(theta, x, y))
    # The running statistics are read first: a pass in training mode moves them.
    in_company, alone = _one_unit(network, x, size, rng)
    training = np.mean(
        [
            network.loss_function(network.forward(theta, x[k : k + size], training=True), y[k : k + size])[0]
            for k in range(0, EXAMPLES, size)
        ]
    )
    return Trained(
        EVERY * np.arange(1, UPDATES // EVERY + 1),
        np.reshape(batch_losses, (-1, EVERY)).mean(axis=1),
        np.array(test_losses),
        float(training),
        test_losses[-1],
        in_company,
        alone,
    )


def _one_unit(
    network: Network, x: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, float]:
    """x̂ of one unit for example 0, in random batches and in test mode: the unit nearest to 1."""
    dense, norm = network.layers[:2]
    z = dense.forward(x, training=False)
    x_hat = (z[0] - norm.running_mean) / np.sqrt(norm.running_var + norm.eps)
    unit = int(np.argmin(np.abs(x_hat - 1)))
    others = z[rng.integers(1, len(x), (COMPANIES, size - 1)), unit]
    batches = np.column_stack([np.full(COMPANIES, z[0, unit]), others])
    deviation = batches[:, 0] - batches.mean(axis=1)
    return deviation / np.sqrt(batches.var(axis=1) + norm.eps), float(x_hat[unit])


def gap_scene(size: int, updates: int = UPDATES) -> Scene:
    """A run up to an update, the gap over all batch sizes, and one unit's answer to one digit."""
    chosen = trained(size)
    message = _report(size, chosen)
    panels = (_run_panel(size, chosen), _gap_panel(size), _unit_panel(chosen))
    return Scene(panels, message, say("alt", message=message), time="updates", now=updates)


def _run_panel(size: int, chosen: Trained) -> Panel:
    at = chosen.update
    layers = (
        Line(at, chosen.batch_loss, TRAINING, say("lines.training"), since=at),
        Line(at, chosen.test_loss, TEST, say("lines.test"), since=at),
    )
    y = Axis(say("axes.run"), (0, 3))
    return Panel(say("panels.run", size=size), Axis(say("axes.update"), (0, UPDATES)), y, layers)


@cache
def _curves() -> tuple[Layer, ...]:
    runs = [trained(size) for size in SIZES]
    return (
        Line(SIZES, [run.training for run in runs], TRAINING, say("lines.training")),
        Line(SIZES, [run.test for run in runs], TEST, say("lines.test")),
    )


def _gap_panel(size: int) -> Panel:
    chosen = trained(size)
    marks = (
        Line([size, size], [chosen.test, chosen.training], INK, width=1.0),
        Points([size], [chosen.training], TRAINING, size=10, shape="ring"),
        Points([size], [chosen.test], TEST, size=10, shape="ring"),
    )
    ticks = tuple((float(n), str(n)) for n in SIZES[::2])  # all of them would touch on a narrow page
    x = Axis(say("axes.size"), (1.7, 300), log=True, ticks=ticks)
    y = Axis(say("axes.gap"), (0, 2.5))
    handle = Handle(say("handle"), size, chosen.test, sets_x="size")
    return Panel(say("panels.gap"), x, y, marks, _curves(), (handle,))


def _unit_panel(chosen: Trained) -> Panel:
    ends = (-1.5, 3.5)
    count, edges = np.histogram(chosen.in_company, 50, ends)
    share = count / COMPANIES
    top = 1.3 * share.max()
    layers = (
        Bars((edges[:-1] + edges[1:]) / 2, share, FAINT, width=edges[1] - edges[0]),
        Line([chosen.alone, chosen.alone], [0, 0.9 * top], TEST),
        Text(chosen.alone, 0.95 * top, say("test"), TEST),
    )
    x = Axis(say("axes.unit"), ends)
    title = say("panels.unit", batches=COMPANIES)
    return Panel(title, x, Axis(say("axes.share"), (0, top)), layers)


def _report(size: int, chosen: Trained) -> str:
    return say(
        "report",
        size=size,
        training=chosen.training,
        test=chosen.test,
        gap=chosen.training - chosen.test,
        spread=chosen.in_company.std(),
    )


CONTROLS = Later(
    lambda: {
        # Usual: Bengio (2012), "Practical recommendations", Section 3.1.1.
        "size": Pick(label=say("controls.size"), options=named(SIZES), start=8, usual=32),
        "updates": Slider(
            label=say("controls.updates"), low=EVERY, high=UPDATES, start=UPDATES, step=EVERY, plays=True
        ),
    }
)


def batch_size_gap(size: int = 8) -> Explorer:
    """How batch statistics differ from running ones, and what that costs, against the batch size."""
    for each in SIZES:
        trained(each)  # all at once, so that no later move has to wait
    return Explorer(gap_scene, started(CONTROLS, size=size))
