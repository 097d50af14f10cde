"""The bug hunt: a training run with a planted bug. Which one is it?

The runs come from `course_lib.data.make_bug_hunt`, where each bug stands in code.
"""

import json
import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib.data.make_bug_hunt import (
    APART,
    BINS,
    CLASSES,
    CLIPPED,
    DECAYED,
    EVERY,
    FILE,
    HEALTHY,
    LEAK,
    LOST,
    SORTED,
    SUMMED,
    TWICE,
    UNSCALED,
    UPDATES,
    UPHILL,
    ZEROS,
)
from course_lib.explorers.controls import Choice, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Bars, Layer, Line, Panel, Scene, Text

LAYERS = dict(zip(("first layer", "middle layer", "last layer"), OTHERS, strict=False))
UNDECIDED = "(choose)"

# What gives each away.
TELL_TALES = {
    HEALTHY: "The loss starts near log 10 = 2.30 and falls; validation follows training at some distance.",
    APART: "The loss stays at log 10 and accuracy at chance, although gradients flow in all layers.",
    SORTED: "The batch loss jumps each time a new class begins, and accuracy goes up and down with it.",
    UNSCALED: "The first loss is far above log 10; then steps so long that all gradients die.",
    ZEROS: "The loss starts at log 10 exactly and stays; every weight's gradient is exactly 0: no curves.",
    TWICE: "It learns slowly, its loss can never fall below 1.46, and all outputs lie between 0 and 1.",
    UPHILL: "The loss rises from the first update on.",
    SUMMED: "A good start, then the loss climbs again: old gradients go on pushing, as without friction.",
    LOST: "It learns, only worse; the gradient of the first layer is 0 all along: its curve is missing.",
    CLIPPED: "No output is negative, and many are exactly 0: a class whose output is 0 gets no gradient.",
    DECAYED: "A good start that soon freezes: the curves go flat, yet the gradients are not small.",
    LEAK: "The validation curve lies on the training curve, up to the top. Good news that is too good.",
}
CASES = {
    letter: tuple(TELL_TALES)[i]
    for letter, i in zip("ABCDEFGHIJKL", (5, 1, 8, 0, 10, 3, 7, 2, 11, 4, 9, 6), strict=True)
}


@dataclass(frozen=True)
class Run:
    """A recorded run: at each update the batch loss and each layer's gradient; every few, the accuracies.

    output, share: the ends of a histogram of the outputs at the end, and the share of each bin.
    """

    loss: np.ndarray
    gradients: np.ndarray
    train: np.ndarray
    val: np.ndarray
    output: np.ndarray
    share: np.ndarray


@cache
def runs() -> dict[str, Run]:
    """The run of each bug; what is not finite is NaN."""
    records = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        record.pop("bug"): Run(**{name: np.array(value, dtype=float) for name, value in record.items()})
        for record in records
    }


def hunt_scene(case: str, guess: str, updates: int = UPDATES) -> Scene:
    """The curves of a case up to an update; what the guess is worth, and why."""
    result = runs()[CASES[case]]
    message = f"{_facts(result)} {_answer(CASES[case], guess)}"
    panels = (_loss_panel(result), _accuracy_panel(result), _gradient_panel(result), _output_panel(result))
    alt = f"Case {case}: loss, accuracy, size of the gradients, and a histogram of the outputs. {message}"
    return Scene(panels, message, alt, time="updates", now=updates)


def _facts(result: Run) -> str:
    first, last = result.loss[0], np.mean(result.loss[-20:])
    return (
        f"First loss {_number(first)} (log 10 = 2.30), mean of the last 20 {_number(last)}. "
        f"Accuracy at the end: training {result.train[-1]:.0%}, validation {result.val[-1]:.0%}."
    )


def _number(x: float) -> str:
    return f"{x:.3g}" if np.isfinite(x) else "not a finite number"


def _answer(bug: str, guess: str) -> str:
    if guess == UNDECIDED:
        return "What is wrong here?"
    if guess == bug:
        return f"Right: {bug}. {TELL_TALES[bug]}"
    return f"Not this one: “{guess}” looks otherwise. {TELL_TALES[guess]} Is that what you see?"


_UPDATE = Axis("Update", (0, UPDATES))


def _loss_panel(result: Run) -> Panel:
    start = Line([0, UPDATES], [math.log(CLASSES)] * 2, FAINT, "log 10", width=1.0, dashed=True)
    update = np.arange(UPDATES + 1)
    line = Line(update, result.loss, SPLITS["training"], width=1.5, since=update)
    return Panel(
        "Loss of each batch", _UPDATE, Axis("Loss in nats (log scale)", (0.05, 200), log=True), (start, line)
    )


def _accuracy_panel(result: Run) -> Panel:
    update = EVERY * np.arange(len(result.train))
    lines = (
        Line(update, result.train, SPLITS["training"], "training", since=update),
        Line(update, result.val, SPLITS["validation"], "validation", since=update),
    )
    return Panel("Accuracy", _UPDATE, Axis("Share of digits read correctly", (0, 1.02)), lines)


def _gradient_panel(result: Run) -> Panel:
    """A gradient that is exactly 0 has no place on a log axis: its curve is missing."""
    update = np.arange(UPDATES + 1)
    layers: list[Layer] = []
    for norms, (name, colour) in zip(result.gradients, LAYERS.items(), strict=True):
        seen = np.where(norms > 0, norms, np.nan)
        label = name if np.isfinite(seen).any() else ""
        layers.append(Line(update, seen, colour, label, width=1.2, since=update))
    y = Axis("‖∂L/∂W‖ (log scale)", (1e-3, 1e4), log=True)
    return Panel("Size of the gradient", _UPDATE, y, tuple(layers))


def _output_panel(result: Run) -> Panel:
    edges = np.linspace(result.output[0], result.output[1], BINS + 1)
    width = float(edges[1] - edges[0])
    layer: Layer = Bars(edges[:-1] + width / 2, result.share, INK, width)
    if not result.share.any():
        layer = Text(float(edges.mean()), 0.5, "no output is a finite number", INK, "center")
    x = Axis("Output at the end, validation digits", (float(edges[0] - width), float(edges[-1] + width)))
    return Panel("Outputs of the network", x, Axis("Share", (0, 1.02)), (layer,))


CONTROLS = {
    "case": Choice(label="Case", options=named(CASES), start="A", clears=("guess",)),
    "guess": Choice(label="What is wrong?", options=named((UNDECIDED, *TELL_TALES)), start=UNDECIDED),
    "updates": Slider(label="Updates", low=0, high=UPDATES, start=UPDATES, plays=True),
}


def bug_hunt(case: str = "A") -> Explorer:
    """A run with a planted bug, to be found from its curves; one of the cases is healthy."""
    return Explorer(hunt_scene, started(CONTROLS, case=case))
