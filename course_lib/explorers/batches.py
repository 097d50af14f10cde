"""The batch-size bench: what do 1, 10, 100 or 1000 examples per step cost, and what do they buy?"""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import LOG, Later, Pick, Slider, named, start_sliders, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours
from course_lib.training import minibatches

say = texts.beside(__file__)

EXAMPLES = 1000
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
EPOCHS = 10
START = (-1.0, 3.0)
WINDOW = ((-1.5, 3.5), (-0.5, 3.5))
REFERENCE = {1: OTHERS[1], 1000: OTHERS[3]}  # the two ends, drawn beside the chosen batch size


@dataclass(frozen=True)
class Problem:
    """A line fitted to 1000 examples (1, x) → y by least squares: a loss with two parameters."""

    inputs: np.ndarray  # (1000, 2), the first column is 1
    targets: np.ndarray  # (1000,)
    best: np.ndarray  # (2,), the least-squares solution

    def loss(self, theta: np.ndarray) -> np.ndarray:
        """Half the mean squared error above its minimum, θ of shape (..., 2)."""
        away = theta - self.best
        return np.einsum("...i,ij,...j->...", away, self.inputs.T @ self.inputs / EXAMPLES, away) / 2

    def example_gradients(self, theta: np.ndarray) -> np.ndarray:
        """The gradient of each single example at θ (2,), shape (1000, 2)."""
        return (self.inputs @ theta - self.targets)[:, None] * self.inputs


@cache
def problem() -> Problem:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 2, EXAMPLES)
    inputs = np.column_stack([np.ones(EXAMPLES), x])
    targets = 1 + x + rng.normal(size=EXAMPLES)
    best = np.linalg.lstsq(inputs, targets)[0]
    return Problem(inputs, targets, best)


Place = tuple[float, float]


@lru_cache(maxsize=256)
def noise(batch_size: int, start: Place = START) -> float:
    """Standard deviation of a batch's gradient at the start, over its expected length (both in 2-norm).

    For batches drawn without replacement from n examples: σ/√B · √((n − B)/(n − 1)).
    """
    gradients = problem().example_gradients(np.array(start))
    mean = gradients.mean(axis=0)
    sigma = np.sqrt(np.mean(np.sum((gradients - mean) ** 2, axis=1)))
    left_out = (EXAMPLES - batch_size) / (EXAMPLES - 1)
    return float(sigma / np.sqrt(batch_size) * np.sqrt(left_out) / np.linalg.norm(mean))


@lru_cache(maxsize=len(SIZES))
def _steps(batch_size: int) -> tuple[list[list[float]], list[list[float]]]:
    """For each update of EPOCHS epochs the batch's gradient as Hθ − b: rows (h₁₁, h₁₂, h₂₂) and (b₁, b₂)."""
    data, rng = problem(), np.random.default_rng(0)
    order = np.array([list(minibatches(EXAMPLES, batch_size, rng)) for _ in range(EPOCHS)])
    batches = order.reshape(-1, batch_size)
    x = data.inputs[batches, 1]
    y = data.targets[batches]
    curvature = np.stack([np.ones(len(x)), x.mean(axis=1), (x**2).mean(axis=1)], axis=1)
    pull = np.stack([y.mean(axis=1), (x * y).mean(axis=1)], axis=1)
    return curvature.tolist(), pull.tolist()


@lru_cache(maxsize=128)
def path(batch_size: int, rate: float, start: Place = START) -> np.ndarray:
    """θ at the start and after each update of EPOCHS epochs, shape (updates + 1, 2).

    In plain numbers, as 10,000 updates of two parameters would spend their time on NumPy's calls. A run that
    leaves the window by far is not followed further: the rest is NaN.
    """
    a, b = start
    walked = [(a, b)]
    curvature, pull = _steps(batch_size)
    for (h11, h12, h22), (b1, b2) in zip(curvature, pull, strict=True):
        a, b = a - rate * (h11 * a + h12 * b - b1), b - rate * (h12 * a + h22 * b - b2)
        if abs(a) + abs(b) > 1e6:
            break
        walked.append((a, b))
    kept = np.full((len(curvature) + 1, 2), np.nan)
    kept[: len(walked)] = walked
    return kept


def batch_scene(batch_size: int, rate: float, epochs: int, x: float = START[0], y: float = START[1]) -> Scene:
    """Path, loss, noise and number of updates for one batch size after so many epochs from (x, y)."""
    walked = path(batch_size, rate, (x, y))
    message = _report(batch_size, epochs, walked[: epochs * EXAMPLES // batch_size + 1])
    panels = (
        _path_panel(batch_size, walked),
        _loss_panel(batch_size, rate, (x, y)),
        *_cost_panels(batch_size, (x, y)),
    )
    alt = say("alt", examples=EXAMPLES, size=batch_size, epochs=epochs, message=message)
    return Scene(panels, message, alt, time="epochs", now=epochs)


@cache
def _ground() -> tuple[Line, ...]:
    return contours(problem().loss, WINDOW)


def _thinned(size: int, walked: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At most about so many points of a path, the epochs at which they are reached, and in which they lie."""
    stride = max(1, len(walked) // most)
    at = np.arange(0, len(walked), stride) * size / EXAMPLES
    return walked[::stride], at, np.ceil(at)


def _path_panel(size: int, walked: np.ndarray) -> Panel:
    (seen, _, since), best = _thinned(size, walked, 1000), problem().best
    layers = (
        Line(seen[:, 0], seen[:, 1], COLOURS["SGD"], width=1.5, since=since),
        Points(seen[:, 0], seen[:, 1], COLOURS["SGD"], size=9, since=since, moves=True),
        Points(best[:1], best[1:], INK, size=13, shape="star"),
    )
    intercept, slope = Axis(say("axes.intercept"), WINDOW[0]), Axis(say("axes.slope"), WINDOW[1])
    start = Handle(say("handles.start"), float(walked[0, 0]), float(walked[0, 1]), sets_x="x", sets_y="y")
    return Panel(say("panels.path"), intercept, slope, layers, _ground(), (start,))


def _loss_panel(batch_size: int, rate: float, start: Place) -> Panel:
    others = {size: colour for size, colour in REFERENCE.items() if size != batch_size}
    lines = [_loss_line(size, path(size, rate, start), colour, 1.5) for size, colour in others.items()]
    lines.append(_loss_line(batch_size, path(batch_size, rate, start), COLOURS["SGD"], 2.5))
    axis = Axis(say("axes.loss"), (1e-5, 20.0), log=True)
    return Panel(say("panels.loss"), Axis(say("axes.epoch"), (0, EPOCHS)), axis, tuple(lines))


def _loss_line(size: int, walked: np.ndarray, colour: str, width: float) -> Line:
    walked, at, since = _thinned(size, walked, 600)
    return Line(at, problem().loss(walked), colour, say("lines.size", size=size), width, since=since)


def _cost_panels(batch_size: int, start: Place) -> tuple[Panel, Panel]:
    sizes = np.array(SIZES)
    noises = np.array([noise(size, start) for size in SIZES])
    per_epoch = EXAMPLES / sizes
    x = Axis(say("axes.size"), (0.8, 1300), log=True)
    law = noises[0] / np.sqrt(sizes)

    def panel(title: str, axis: Axis, y: np.ndarray, *more: Line) -> Panel:
        here = y[SIZES.index(batch_size)]
        layers: tuple[Layer, ...] = (
            *more,
            Line(sizes, y, COLOURS["SGD"]),
            Points([batch_size], [here], COLOURS["SGD"], size=10),
        )
        handle = Handle(say("handles.size"), batch_size, float(here), sets_x="batch_size")
        return Panel(title, x, axis, layers, handles=(handle,))

    noise_axis = Axis(say("axes.noise"), (0.01, 3.0), log=True)
    return (
        panel(
            say("panels.noise"),
            noise_axis,
            noises,
            Line(sizes, law, FAINT, say("lines.law"), 1.5, dashed=True),
        ),
        panel(say("panels.updates"), Axis(say("axes.updates"), (0.8, 1300), log=True), per_epoch),
    )


def _report(batch_size: int, epochs: int, walked: np.ndarray) -> str:
    per_epoch, start = EXAMPLES // batch_size, (float(walked[0, 0]), float(walked[0, 1]))
    single = "one-update" if per_epoch == 1 else "one-example" if batch_size == 1 else "epoch"
    sentences = [
        say(single, updates=per_epoch, size=batch_size),
        say("noise", share=100 * noise(batch_size, start)),
    ]
    if np.isnan(walked[-1]).any():
        sentences.append(say("diverged"))
        return " ".join(sentences)
    first, last = problem().loss(walked[0]), problem().loss(walked[-per_epoch:]).mean()
    sentences.append(say("loss", epochs=epochs, last=last, first=first))
    return " ".join(sentences)


CONTROLS = Later(
    lambda: {
        "batch_size": Pick(label=say("controls.batch_size"), options=named(SIZES), start=10),
        "rate": Slider(label=say("controls.rate"), low=1e-3, high=1.0, start=0.1, scale=LOG),
        "epochs": Slider(label=say("controls.epochs"), low=1, high=EPOCHS, start=3, plays=True),
        **start_sliders(WINDOW, START),
    }
)


def batch_sizes(batch_size: int = 10, rate: float = 0.1, epochs: int = 3) -> Explorer:
    """Least squares on 1000 examples: batch size against noise, updates per epoch and loss."""
    return Explorer(batch_scene, started(CONTROLS, batch_size=batch_size, rate=rate, epochs=epochs))
