"""The batch-norm lens: one feature before and behind the layer, and what the layer remembers of it."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import Choice, Control, Later, Pick, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import like, of_the_course, run
from course_lib.explorers.own import named as code_name
from course_lib.layers import BatchNorm
from course_lib.palette import OTHERS, SPLITS, YOURS, YOURS_TOO
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Bars,
    Handle,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    Text,
    film,
    outline,
)

say = texts.beside(__file__)

SHAPES = tuple(say.all("shapes"))
SIZES = (2, 4, 8, 16, 32, 64, 128, 256)
BATCHES = 60  # the memory has then forgotten its start
INPUT, OUTPUT = (-16.0, 16.0), (-8.0, 8.0)  # what the two histograms show
BINS = 32
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


@dataclass(frozen=True, eq=False)
class Passed:
    """Each batch x and its two outputs (batches, N); the running statistics after each (batches,)."""

    x: np.ndarray
    training: np.ndarray
    test: np.ndarray
    running_mean: np.ndarray
    running_var: np.ndarray

    def at(self, updates: int) -> "Passed":
        """The same when so many batches have been seen, with the last of them alone."""
        last = slice(updates - 1, updates)
        return Passed(
            self.x[last],
            self.training[last],
            self.test[last],
            self.running_mean[:updates],
            self.running_var[:updates],
        )


@lru_cache(maxsize=128)
def passed(
    shape: str,
    mean: float,
    spread: float,
    gamma: float,
    beta: float,
    size: int,
    made: Callable[[int], Any] = BatchNorm,
) -> Passed:
    """Send all batches of one feature through a fresh layer, each in test mode too once it has been seen.

    made: the layer's class. Raises ValueError where it is a student's own and does not do what is asked.
    """
    batches = mean + spread * _sheet(shape)[:, :size, np.newaxis]
    running, training, test = np.empty((BATCHES, 2)), batches.copy(), batches.copy()

    def work() -> None:
        layer = made(1)
        layer.gamma, layer.beta = np.array([gamma]), np.array([beta])
        for k, batch in enumerate(batches):
            training[k] = like(layer.forward(batch.copy(), True), batch, say("what.training"))
            running[k] = np.ravel(layer.running_mean)[0], np.ravel(layer.running_var)[0]
            # A copy is asked, so that what a layer does to itself in test mode is not in the next batch.
            said = deepcopy(layer).forward(batch.copy(), False)
            test[k] = like(said, batch, say("what.test"))

    if of_the_course(made):
        work()
    elif said := run(work, made):
        raise ValueError(said)
    return Passed(batches[..., 0], training[..., 0], test[..., 0], running[:, 0], running[:, 1])


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

    own: a student's layer in the place of the course's, which is drawn beside, thin.
    """
    setting = (shape, mean, spread, gamma, beta, size)
    whole = passed(*setting, own) if own else passed(*setting)
    seen = whole.at(updates)
    message = _report(seen, size, updates)
    running = _running_panel(whole, mean, spread, (YOURS, YOURS_TOO) if own else (INK, SPREAD))
    right = passed(*setting) if own else None
    if own and right:
        running = replace(running, layers=(*running.layers, *_beside(right)))
        message = f"{_compared(own, right.at(updates), seen)} {message}"
    panels = (_input_panel(whole, mean), _output_panel(whole, beta, right), running)
    return Scene(panels, message, say("alt", message=message), "updates", updates)


def _histograms(values: np.ndarray, ends: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """The edges of BINS bins, and what share of each row lies in each, (rows, BINS)."""
    edges = np.linspace(*ends, BINS + 1)
    inside = (values >= ends[0]) & (values <= ends[1])
    row, _ = np.nonzero(inside)
    bins = np.clip(np.searchsorted(edges, values[inside], side="right") - 1, 0, BINS - 1)
    count = np.bincount(BINS * row + bins, minlength=BINS * len(values)).reshape(len(values), BINS)
    return edges, count / values.shape[1]


def _bars(edges: np.ndarray, share: np.ndarray, colour: str) -> Bars:
    """A histogram without its empty bins."""
    full = np.flatnonzero(share)
    return Bars((edges[full] + edges[full + 1]) / 2, share[full], colour, width=edges[1] - edges[0])


@lru_cache(maxsize=32)
def _input_panel(seen: Passed, mean: float) -> Panel:
    edges, share = _histograms(seen.x, INPUT)
    top = 1.3 * max(share.max(), 0.05)
    centres = seen.x.mean(axis=1).tolist()

    def batch(k: int) -> tuple[Layer, ...]:
        centre = centres[k]
        return (
            _bars(edges, share[k], FAINT),
            Line([centre, centre], [0, 0.9 * top], INK, dashed=True),
            Text(centre, 0.95 * top, say("mean"), INK, "left" if centre < 0 else "right"),
        )

    handle = Handle(say("handles.mean"), mean, 0.0, sets_x="mean")
    y = Axis(say("axes.share"), (0, top))
    shown = (film(range(BATCHES), batch, first=1),)
    return Panel(say("panels.input"), Axis(say("axes.input"), INPUT), y, backdrop=shown, handles=(handle,))


@lru_cache(maxsize=32)
def _output_panel(seen: Passed, beta: float, right: Passed | None) -> Panel:
    """right: the course's, whose two histograms are thin outlines."""
    edges, share = _histograms(seen.training, OUTPUT)
    _, at_test = _histograms(seen.test, OUTPUT)
    beside = [_histograms(right.training, OUTPUT)[1], _histograms(right.test, OUTPUT)[1]] if right else []
    top = 1.3 * max(0.05, *(each.max() for each in (share, at_test, *beside)))

    def batch(k: int) -> tuple[Layer, ...]:
        thin = (outline(edges, each[k], INK, width=1.0) for each in beside)
        return _bars(edges, share[k], TRAINING), outline(edges, at_test[k], TEST), *thin

    shown = (film(range(BATCHES), batch, first=1),)
    layers = (
        Text(OUTPUT[0], 0.96 * top, say("filled"), TRAINING),
        Text(OUTPUT[0], 0.89 * top, say("outline"), TEST),
    )
    x = Axis(say("axes.output"), OUTPUT)
    y, handle = Axis(say("axes.share"), (0, top)), Handle(say("handles.shift"), beta, 0.0, sets_x="beta")
    title = say("panels.compared" if right else "panels.output")
    return Panel(title, x, y, layers, shown, (handle,))


def _running_panel(seen: Passed, mean: float, spread: float, colours: tuple[str, str]) -> Panel:
    layers: list[Layer] = [
        Line([0, BATCHES], [mean, mean], INK, width=1.0, dashed=True),
        Line([0, BATCHES], [spread, spread], SPREAD, width=1.0, dashed=True),
    ]
    t, average, deviation = _remembered(seen)
    for values, colour, name in (
        (average, colours[0], say("lines.mean")),
        (deviation, colours[1], say("lines.deviation")),
    ):
        layers.append(Line(t, values, colour, name, since=t))
        layers.append(Points(t, values, colour, size=7, since=t, moves=True))
    y = Axis(say("axes.running"), (-6, 6))
    return Panel(say("panels.running"), Axis(say("axes.batches"), (0, BATCHES)), y, tuple(layers))


def _remembered(seen: Passed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Batches seen, from 0 on; the running mean and standard deviation then."""
    t = np.arange(len(seen.running_mean) + 1)
    return t, np.r_[0, seen.running_mean], np.sqrt(np.r_[1, seen.running_var])


def _beside(right: Passed) -> tuple[Layer, ...]:
    """The course's running statistics, thin."""
    t, average, deviation = _remembered(right)
    return Line(t, average, INK, width=1.0, since=t), Line(t, deviation, SPREAD, width=1.0, since=t)


def _apart(right: Passed, seen: Passed) -> list[str]:
    """What of a student's layer differs from the course's."""
    parts = {
        "training": (right.training, seen.training),
        "test": (right.test, seen.test),
        "mean": (right.running_mean, seen.running_mean),
        "variance": (right.running_var, seen.running_var),
    }
    return [
        say(f"parts.{name}") for name, (a, b) in parts.items() if not np.allclose(a, b, rtol=1e-6, atol=1e-9)
    ]


def _compared(own: Callable[..., Any], right: Passed, seen: Passed) -> str:
    apart = _apart(right, seen)
    if not apart:
        return say("agrees", own=code_name(own))
    return say("differs", own=code_name(own), parts=say("and").join(apart))


def _report(seen: Passed, size: int, updates: int) -> str:
    def measured(values: np.ndarray) -> dict[str, float]:
        return {"mean": values.mean().round(2) + 0.0, "spread": values.std()}

    kept = {"running_mean": seen.running_mean[-1].round(2) + 0.0, "running": np.sqrt(seen.running_var[-1])}
    sentences = [
        say("batch", size=size, **measured(seen.x)),
        say("behind", **measured(seen.training)),
        say("after-one" if updates == 1 else "after", updates=updates, **kept, **measured(seen.test)),
        say("largest", y=np.abs(seen.training).max()),
        *_unseen(seen),
    ]
    return " ".join(sentences)


def _unseen(seen: Passed) -> list[str]:
    """What share of the values lies beyond the ends of the histograms, if any does."""
    values = {
        "input": (seen.x, INPUT),
        "training": (seen.training, OUTPUT),
        "test": (seen.test, OUTPUT),
    }
    beyond = {name: np.mean((v < low) | (v > high)) for name, (v, (low, high)) in values.items()}
    told = ", ".join(say(f"beyond.{name}", share=share) for name, share in beyond.items() if share)
    return [say("outside", told=told)] if told else []


CONTROLS = Later(
    lambda: {
        "shape": Choice(label=say("controls.shape"), options=worded(say.all("shapes")), start="skewed"),
        "mean": Slider(label=say("controls.mean"), low=-5.0, high=5.0, start=4.0, step=0.25),
        "spread": Slider(label=say("controls.spread"), low=0.25, high=4.0, start=2.0, step=0.25),
        "gamma": Slider(label=say("controls.gamma"), low=-2.0, high=3.0, start=1.0, step=0.25, usual=1.0),
        "beta": Slider(label=say("controls.beta"), low=-4.0, high=4.0, start=0.0, step=0.25, usual=0.0),
        # Usual: Bengio (2012), "Practical recommendations", Section 3.1.1.
        "size": Pick(label=say("controls.size"), options=named(SIZES), start=32, usual=32),
        "updates": Slider(label=say("controls.updates"), low=1, high=BATCHES, start=10, plays=True),
    }
)


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
    *setting, updates = (control.start for control in controls.values())
    try:
        right, seen = passed(*setting), passed(*setting, own)
    except ValueError:  # which the picture will say
        return int(updates)
    return next((k for k in range(1, updates + 1) if _apart(right.at(k), seen.at(k))), int(updates))
