"""The batch-norm lens: one feature before and behind the layer, and what the layer remembers of it."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_lib.explorers.controls import Choice, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.layers import BatchNorm
from course_lib.palette import COLOURS
from course_lib.scene import FAINT, INK, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene, Text

SHAPES = ("bell", "skewed", "two groups")
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
BATCHES = 100
INPUT, OUTPUT = (-16.0, 16.0), (-8.0, 8.0)  # what the two histograms show
BINS = 64
TRAINING, TEST, SPREAD = COLOURS["BatchNorm"], "#662cfa", "#16ac77"


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
    shape: str, mean: float, spread: float, gamma: float, beta: float, size: int, updates: int
) -> Passed:
    """Send `updates` batches of one feature through a fresh layer, the last also in test mode."""
    layer = BatchNorm(1)
    layer.gamma, layer.beta = np.array([gamma]), np.array([beta])
    batches = mean + spread * _sheet(shape)[:updates, :size, np.newaxis]
    running = np.empty((updates, 2))
    for k, batch in enumerate(batches):
        training = layer.forward(batch, training=True)
        running[k] = layer.running_mean[0], layer.running_var[0]
    test = layer.forward(batches[-1], training=False)
    return Passed(batches[-1, :, 0], training[:, 0], test[:, 0], running[:, 0], running[:, 1])


def lens_scene(
    shape: str, mean: float, spread: float, gamma: float, beta: float, size: int, updates: int
) -> Scene:
    """Histograms of the last batch before and behind the layer, and the running statistics so far."""
    seen = passed(shape, mean, spread, gamma, beta, size, updates)
    message = _report(seen, size, updates)
    panels = (_input_panel(seen, mean), _output_panel(seen, beta), _running_panel(seen, mean, spread))
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


def _running_panel(seen: Passed, mean: float, spread: float) -> Panel:
    t = np.arange(len(seen.running_mean) + 1)
    layers: list[Layer] = [
        Line([0, BATCHES], [mean, mean], INK, width=1.0, dashed=True),
        Line([0, BATCHES], [spread, spread], SPREAD, width=1.0, dashed=True),
        Line(t, np.r_[0, seen.running_mean], INK, "mean"),
        Line(t, np.sqrt(np.r_[1, seen.running_var]), SPREAD, "√variance"),
        Points(t[-1:], seen.running_mean[-1:], INK, size=7),
        Points(t[-1:], np.sqrt(seen.running_var[-1:]), SPREAD, size=7),
    ]
    y = Axis("Running statistics (dashed: the truth)", (-6, 6))
    return Panel("What the layer remembers", Axis("Batches seen", (0, BATCHES)), y, tuple(layers))


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


def batch_norm_lens(**starts: Any) -> Explorer:
    """One feature through batch normalisation: histograms before and behind, and the running statistics.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(lens_scene, started(CONTROLS, **starts))
