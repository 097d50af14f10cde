"""The batch-norm lens: one feature before and behind the layer, and what the layer remembers of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from course_lib.explorers.controls import Choice, Control, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import like, of_the_course, run
from course_lib.explorers.own import named as code_name
from course_lib.layers import BatchNorm
from course_lib.palette import OTHERS, SPLITS, YOURS, YOURS_TOO
from course_lib.scene import FAINT, INK, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene, Text

SHAPES = ("bell", "skewed", "two groups")
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
BATCHES = 100
INPUT, OUTPUT = (-16.0, 16.0), (-8.0, 8.0)  # what the two histograms show
BINS = 64
TRAINING, TEST, SPREAD = SPLITS["training"], SPLITS["test"], OTHERS[3]


@cache
def _sheet(shape: str) -> np.ndarray:
    """Draws with mean 0 and variance 1, (BATCHES, the largest batch): inputs before they get a scale."""
    rng = np.random.default_rng(0)
    size = (BATCHES, SIZES[-1])
    if shape == "bell":
        return rng.standard_normal(size)
    if shape == "skewed":
        return rng.exponential(size=size) - 1
    return 0.9 * rng.choice((-1.0, 1.0), size) + np.sqrt(1 - 0.9**2) * rng.standard_normal(size)


@dataclass(frozen=True)
class Passed:
    """The last batch x and its two outputs (N,); after each batch the running statistics (updates,)."""

    x: np.ndarray
    training: np.ndarray
    test: np.ndarray
    running_mean: np.ndarray
    running_var: np.ndarray


@lru_cache(maxsize=128)
def passed(
    shape: str,
    mean: float,
    spread: float,
    gamma: float,
    beta: float,
    size: int,
    updates: int,
    made: Callable[[int], Any] = BatchNorm,
) -> Passed:
    """Send `updates` batches of one feature through a fresh layer, the last also in test mode.

    made: the layer's class. Raises ValueError where it is a student's own and does not do what is asked.
    """
    batches = mean + spread * _sheet(shape)[:updates, :size, np.newaxis]
    running, training, test = np.empty((updates, 2)), batches[-1].copy(), batches[-1].copy()

    def work() -> None:
        layer = made(1)
        layer.gamma, layer.beta = np.array([gamma]), np.array([beta])
        for k, batch in enumerate(batches):
            training[:] = like(layer.forward(batch.copy(), True), batch, "What forward returns in training")
            running[k] = np.ravel(layer.running_mean)[0], np.ravel(layer.running_var)[0]
        test[:] = like(layer.forward(batches[-1].copy(), False), test, "What forward returns at test")

    if of_the_course(made):
        work()
    elif said := run(work, code_name(made)):
        raise ValueError(said)
    return Passed(batches[-1, :, 0], training[:, 0], test[:, 0], running[:, 0], running[:, 1])


def lens_scene(
    shape: str,
    mean: float,
    spread: float,
    gamma: float,
    beta: float,
    size: int,
    updates: int,
    own: Callable[..., Any] | None = None,
) -> Scene:
    """Histograms of the last batch before and behind the layer, and the running statistics so far.

    own: a student's layer in the place of the course's, whose running statistics are drawn beside.
    """
    setting = (shape, mean, spread, gamma, beta, size, updates)
    seen = passed(*setting, own) if own else passed(*setting)
    message = _report(seen, size, updates)
    running = _running_panel(seen, mean, spread, (YOURS, YOURS_TOO) if own else (INK, SPREAD))
    if own:
        right = passed(*setting)
        running = replace(running, layers=(*running.layers, *_beside(right)))
        message = f"{_compared(own, right, seen)} {message}"
    panels = (_input_panel(seen, mean), _output_panel(seen, beta), running)
    what = "Histograms of one feature before and behind batch normalisation, and its running statistics."
    return Scene(panels, message, f"{what} {message}")


def _histogram(values: np.ndarray, ends: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    count, edges = np.histogram(values, BINS, ends)
    return edges, count / len(values)


def _input_panel(seen: Passed, mean: float) -> Panel:
    edges, share = _histogram(seen.x, INPUT)
    top = 1.3 * max(share.max(), 0.05)
    centre = seen.x.mean()
    side = "left" if centre < 0 else "right"
    layers = (
        Bars((edges[:-1] + edges[1:]) / 2, share, FAINT, width=edges[1] - edges[0]),
        Line([centre, centre], [0, 0.9 * top], INK, dashed=True),
        Text(centre, 0.95 * top, "  mean of the batch  ", INK, align=side),
    )
    handle = Handle("The mean that the inputs are drawn with", mean, 0.0, sets_x="mean")
    y = Axis("Share of the batch", (0, top))
    return Panel("Input: the last batch", Axis("x", INPUT), y, layers, handles=(handle,))


def _output_panel(seen: Passed, beta: float) -> Panel:
    edges, share = _histogram(seen.training, OUTPUT)
    _, at_test = _histogram(seen.test, OUTPUT)
    top = 1.3 * max(share.max(), at_test.max(), 0.05)
    outline = Line(np.repeat(edges, 2)[1:-1], np.repeat(at_test, 2), TEST)
    layers = (
        Bars((edges[:-1] + edges[1:]) / 2, share, TRAINING, width=edges[1] - edges[0]),
        outline,
        Text(OUTPUT[0], 0.96 * top, "  filled: training", TRAINING),
        Text(OUTPUT[0], 0.89 * top, "  outline: test", TEST),
    )
    x = Axis("y = γ x̂ + β", OUTPUT)
    y, handle = Axis("Share of the batch", (0, top)), Handle("The shift β", beta, 0.0, sets_x="beta")
    return Panel("Output: the same batch, both modes", x, y, layers, handles=(handle,))


def _running_panel(seen: Passed, mean: float, spread: float, colours: tuple[str, str]) -> Panel:
    t = np.arange(len(seen.running_mean) + 1)
    layers: list[Layer] = [
        Line([0, BATCHES], [mean, mean], INK, width=1.0, dashed=True),
        Line([0, BATCHES], [spread, spread], SPREAD, width=1.0, dashed=True),
        Line(t, np.r_[0, seen.running_mean], colours[0], "mean"),
        Line(t, np.sqrt(np.r_[1, seen.running_var]), colours[1], "√variance"),
        Points(t[-1:], seen.running_mean[-1:], colours[0], size=7),
        Points(t[-1:], np.sqrt(seen.running_var[-1:]), colours[1], size=7),
    ]
    y = Axis("Running statistics (dashed: the truth)", (-6, 6))
    return Panel("What the layer remembers", Axis("Batches seen", (0, BATCHES)), y, tuple(layers))


def _beside(right: Passed) -> tuple[Layer, ...]:
    """The course's running statistics, thin."""
    t = np.arange(len(right.running_mean) + 1)
    return (
        Line(t, np.r_[0, right.running_mean], INK, width=1.0),
        Line(t, np.sqrt(np.r_[1, right.running_var]), SPREAD, width=1.0),
    )


def _apart(right: Passed, seen: Passed) -> list[str]:
    """What of a student's layer differs from the course's."""
    parts = {
        "the output in training": (right.training, seen.training),
        "the output in test mode": (right.test, seen.test),
        "the running mean": (right.running_mean, seen.running_mean),
        "the running variance": (right.running_var, seen.running_var),
    }
    return [name for name, (a, b) in parts.items() if not np.allclose(a, b, rtol=1e-6, atol=1e-9)]


def _compared(own: Callable[..., Any], right: Passed, seen: Passed) -> str:
    apart = _apart(right, seen)
    if not apart:
        return f"Your {code_name(own)} agrees with the course's."
    return f"Your {code_name(own)} differs from the course's (thin) in {' and '.join(apart)}."


def _report(seen: Passed, size: int, updates: int) -> str:
    def told(values: np.ndarray) -> str:
        return f"mean {values.mean().round(2) + 0.0:.2f}, standard deviation {values.std():.2f}"

    remembered = f"{seen.running_mean[-1].round(2) + 0.0:.2f} and {np.sqrt(seen.running_var[-1]):.2f}"
    batches = "1 batch" if updates == 1 else f"{updates} batches"
    return (
        f"Batch of {size}: {told(seen.x)}. Behind the layer in training: {told(seen.training)}. After "
        f"{batches} it remembers {remembered}; with these, in test mode: {told(seen.test)}. "
        f"Largest |y| in training: {np.abs(seen.training).max():.2f}.{_unseen(seen)}"
    )


def _unseen(seen: Passed) -> str:
    """What share of the values lies beyond the ends of the histograms, if any does."""
    values = {
        "of the input": (seen.x, INPUT),
        "in training": (seen.training, OUTPUT),
        "in test mode": (seen.test, OUTPUT),
    }
    beyond = {name: np.mean((v < low) | (v > high)) for name, (v, (low, high)) in values.items()}
    told = ", ".join(f"{share:.0%} {name}" for name, share in beyond.items() if share)
    return f" Outside the picture: {told}." if told else ""


CONTROLS = {
    "shape": Choice(label="Shape", options=named(SHAPES), start="skewed"),
    "mean": Slider(label="Input mean", low=-5.0, high=5.0, start=4.0, step=0.25),
    "spread": Slider(label="Input spread σ", low=0.25, high=4.0, start=2.0, step=0.25),
    "gamma": Slider(label="γ (scale)", low=-2.0, high=3.0, start=1.0, step=0.25, usual=1.0),
    "beta": Slider(label="β (shift)", low=-4.0, high=4.0, start=0.0, step=0.25, usual=0.0),
    "size": Pick(label="Batch size", options=named(SIZES), start=32),
    "updates": Slider(label="Batches seen", low=1, high=BATCHES, start=10, plays=True),
}


def batch_norm_lens(layer: Callable[..., Any] | None = None, **starts: Any) -> Explorer:
    """One feature through batch normalisation: histograms before and behind, and the running statistics.

    layer: one of your own, `layer(features)` with `forward(x, training)`, γ, β and the running statistics;
    the picture opens at the batch at which it parts from the course's.
    starts: values of the controls at the start, see CONTROLS.
    """
    controls = started(CONTROLS, **starts)
    if layer is None:
        return Explorer(lens_scene, controls)
    if "updates" not in starts:
        controls = started(controls, updates=_parting(layer, controls))
    return Explorer(partial(lens_scene, own=layer), controls)


def _parting(own: Callable[..., Any], controls: Mapping[str, Control]) -> int:
    """The first batch of which a student's layer makes something else, or where the controls stand."""
    at = {name: control.start for name, control in controls.items()}
    batches = range(1, at["updates"] + 1)
    try:
        return next((k for k in batches if _apart(*_both(own, at | {"updates": k}))), at["updates"])
    except ValueError:  # which the picture will say
        return int(at["updates"])


def _both(own: Callable[..., Any], setting: Mapping[str, Any]) -> tuple[Passed, Passed]:
    return passed(*setting.values()), passed(*setting.values(), own)
