"""The learning-rate range test, beside a training run with the rate that you read off it."""

from functools import cache, lru_cache
from itertools import product

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import LOG, Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.palette import COLOURS, MARK
from course_lib.scene import FAINT, INK, Axis, Handle, Line, Panel, Points, Scene
from course_lib.training import without_overflow_warnings
from course_lib.tuning import learning_rate_range_test

say = texts.beside(__file__)

LOW, HIGH = 1e-4, 10.0
WIDTH = 16  # of the hidden layer: small, so that a whole training run fits into one move of a slider
BATCH_SIZES = (8, 32, 64)
STEPS = (25, 50, 100)
UPDATES = 100  # of the training run
CEILING = 5.0  # nats: losses above are not drawn


@cache
def _task() -> tuple[Network, np.ndarray]:
    """The network and where it starts; 32 bits will do for a picture."""
    network = Network([Dense(64, WIDTH), ReLU(), Dense(WIDTH, 10)])
    return network, network.initialize(np.random.default_rng(0), dtype=np.float32)


@cache
def _batches(batch_size: int, seed: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """The mini-batches of a run, drawn once: every rate meets the same ones."""
    data, rng = datasets.digits(), np.random.default_rng(seed)
    picks = rng.integers(0, len(data.x_train), (max(UPDATES, *STEPS), batch_size))
    return tuple((data.x_train[pick].astype(np.float32), data.y_train[pick]) for pick in picks)


def _on_batches(batch_size: int, seed: int):
    """A function θ → (loss, gradient) that takes the next mini-batch at each call."""
    network, batches = _task()[0], iter(_batches(batch_size, seed))
    return lambda theta: network.loss_and_gradient(theta, *next(batches))


@cache
def rate_test(batch_size: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Rates and losses of the range test."""
    return learning_rate_range_test(_on_batches(batch_size, 1), _task()[1], LOW, HIGH, steps)


@lru_cache(maxsize=512)
@without_overflow_warnings
def training_run(batch_size: int, rate: float) -> np.ndarray:
    """Loss on the batch before each of UPDATES updates with one rate; NaN from where it is not finite."""
    loss_and_gradient, optimizer = _on_batches(batch_size, 2), SGD(rate)
    theta, losses = _task()[1], np.full(UPDATES, np.nan)
    for t in range(UPDATES):
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses[t] = loss
        theta = optimizer.step(theta, gradient)
    return losses


def smoothed(losses: np.ndarray) -> np.ndarray:
    """The mean of each loss and its neighbours, a tenth of the curve wide; shorter at the ends."""
    reach = max(1, len(losses) // 20)
    return np.array([losses[max(0, i - reach) : i + reach + 1].mean() for i in range(len(losses))])


def landmarks(rates: np.ndarray, losses: np.ndarray) -> tuple[int, int, int | None]:
    """Where the smoothed loss falls fastest, where it is lowest, and where it then passes its start."""
    smooth = smoothed(losses)
    lowest = int(smooth.argmin())
    slope = np.gradient(smoothed(smooth), np.log(rates))  # a slope needs more smoothing than a level
    fastest = int(slope[: lowest + 1].argmin())
    back = np.flatnonzero(smooth[lowest:] > smooth[0])
    return fastest, lowest, int(lowest + back[0]) if back.size else None


def range_scene(batch_size: int, steps: int, rate: float, updates: int = UPDATES) -> Scene:
    """The test's curve with its landmarks, and the training run with the chosen rate, up to an update."""
    rates, losses = rate_test(batch_size, steps)
    fastest, lowest, back = landmarks(rates, losses)
    smooth = smoothed(losses)
    y = Axis(say("axes.loss"), (0, CEILING))
    at, over = np.arange(steps), [steps - 1]  # the landmarks are known once the test is over
    layers = (
        Line(rates, losses, FAINT, width=1.5, since=at),
        Line(rates, smooth, COLOURS["SGD"], say("lines.smoothed"), since=at),
        Points(rates[[fastest]], smooth[[fastest]], MARK, size=11, since=over),
        Points(rates[[lowest]], smooth[[lowest]], INK, size=13, shape="ring", since=over),
        Line([rate, rate], [0, CEILING], INK, dashed=True),
    )
    x = Axis(say("axes.rate"), (LOW, HIGH), log=True)
    handle = Handle(say("handles.rate"), rate, 0.92 * CEILING, sets_x="rate")
    test = Panel(say("panels.test"), x, y, layers, handles=(handle,))
    run, at = training_run(batch_size, rate), np.arange(UPDATES)
    trained = Panel(
        say("panels.run", rate=rate),
        Axis(say("axes.update"), (0, UPDATES)),
        y,
        (Line(at, run, COLOURS["SGD"], since=at),),
    )
    message = _report(rates, fastest, lowest, back, rate, run)
    alt = say("alt", message=message)
    return Scene((test, trained), message, alt, time="updates", now=updates)


def _report(rates, fastest, lowest, back, rate, run) -> str:
    sentences = [say("report.landmarks", fastest=rates[fastest], lowest=rates[lowest])]
    if back is not None:
        sentences.append(say("report.back", back=rates[back]))
    ended = run[-10:].mean()
    if not np.isfinite(ended):
        sentences.append(say("report.left", rate=rate))
    else:
        name = "report.ended-above" if ended > run[0] else "report.ended"
        sentences.append(say(name, rate=rate, loss=ended, updates=UPDATES))
    return " ".join(sentences)


CONTROLS = Later(
    lambda: {
        # Usual: Bengio (2012), "Practical recommendations", Section 3.1.1.
        "batch_size": Pick(label=say("controls.batch_size"), options=named(BATCH_SIZES), start=32, usual=32),
        "steps": Pick(label=say("controls.steps"), options=named(STEPS), start=100),
        "rate": Slider(label=say("controls.rate"), low=LOW, high=HIGH, start=0.01, scale=LOG),
        "updates": Slider(label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, plays=True),
    }
)


def rate_range_test(batch_size: int = 32, steps: int = 100, rate: float = 0.01) -> Explorer:
    """Raise the rate step by step until the loss explodes; then train with the rate of your choice."""
    for size, count in product(BATCH_SIZES, STEPS):
        rate_test(size, count)  # all at once, so that no later move has to wait
        _batches(size, 2)
    return Explorer(range_scene, started(CONTROLS, batch_size=batch_size, steps=steps, rate=rate))
