"""The bug hunt: a training run with a planted bug. Which one is it?

The runs come from `course_lib.planted`, where each bug stands in code.
"""

import json
import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib import texts
from course_lib.data.make_bug_hunt import FILE
from course_lib.explorers.controls import Choice, Later, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS, SPLITS
from course_lib.planted import BINS, BUGS, CLASSES, EVERY, UPDATES
from course_lib.scene import FAINT, INK, Axis, Bars, Layer, Line, Panel, Scene, Text

say = texts.beside(__file__)

LAYERS = dict(zip(("first", "middle", "last"), OTHERS, strict=False))
UNDECIDED = "(choose)"

# What gives each away, by what is wrong.
TELL_TALES = say.all("tales")
CASES = {
    letter: BUGS[i] for letter, i in zip("ABCDEFGHIJKL", (5, 1, 8, 0, 10, 3, 7, 2, 11, 4, 9, 6), strict=True)
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
    message = " ".join([*_facts(result), _answer(CASES[case], guess)])
    panels = (_loss_panel(result), _accuracy_panel(result), _gradient_panel(result), _output_panel(result))
    return Scene(panels, message, say("alt", case=case, message=message), time="updates", now=updates)


def _facts(result: Run) -> list[str]:
    first, last = result.loss[0], np.mean(result.loss[-20:])
    return [
        say("loss", first=_number(first), last=_number(last)),
        say("accuracy", train=result.train[-1], val=result.val[-1]),
    ]


def _number(x: float) -> str:
    return f"{x:.3g}" if np.isfinite(x) else say("no-number")


def _answer(bug: str, guess: str) -> str:
    if guess == UNDECIDED:
        return say("asked")
    if guess == bug:
        return say("right", bug=say(f"bugs.{bug}"), tale=TELL_TALES[bug])
    return say("wrong", guess=say(f"bugs.{guess}"), tale=TELL_TALES[guess])


def _update() -> Axis:
    return Axis(say("axes.update"), (0, UPDATES))


def _loss_panel(result: Run) -> Panel:
    start = Line([0, UPDATES], [math.log(CLASSES)] * 2, FAINT, say("lines.chance"), width=1.0, dashed=True)
    update = np.arange(UPDATES + 1)
    line = Line(update, result.loss, SPLITS["training"], width=1.5, since=update)
    return Panel(say("panels.loss"), _update(), Axis(say("axes.loss"), (0.05, 200), log=True), (start, line))


def _accuracy_panel(result: Run) -> Panel:
    update = EVERY * np.arange(len(result.train))
    lines = (
        Line(update, result.train, SPLITS["training"], say("lines.training"), since=update),
        Line(update, result.val, SPLITS["validation"], say("lines.validation"), since=update),
    )
    return Panel(say("panels.accuracy"), _update(), Axis(say("axes.accuracy"), (0, 1.02)), lines)


def _gradient_panel(result: Run) -> Panel:
    """A gradient that is exactly 0 has no place on a log axis: its curve is missing."""
    update = np.arange(UPDATES + 1)
    layers: list[Layer] = []
    for norms, (name, colour) in zip(result.gradients, LAYERS.items(), strict=True):
        seen = np.where(norms > 0, norms, np.nan)
        label = say(f"lines.{name}") if np.isfinite(seen).any() else ""
        layers.append(Line(update, seen, colour, label, width=1.2, since=update))
    y = Axis(say("axes.gradient"), (1e-3, 1e4), log=True)
    return Panel(say("panels.gradient"), _update(), y, tuple(layers))


def _output_panel(result: Run) -> Panel:
    edges = np.linspace(result.output[0], result.output[1], BINS + 1)
    width = float(edges[1] - edges[0])
    layer: Layer = Bars(edges[:-1] + width / 2, result.share, INK, width)
    if not result.share.any():
        layer = Text(float(edges.mean()), 0.5, say("no-output"), INK, "center")
    x = Axis(say("axes.output"), (float(edges[0] - width), float(edges[-1] + width)))
    return Panel(say("panels.output"), x, Axis(say("axes.share"), (0, 1.02)), (layer,))


CONTROLS = Later(
    lambda: {
        "case": Choice(label=say("controls.case"), options=named(CASES), start="A", clears=("guess",)),
        "guess": Choice(label=say("controls.guess"), options=worded(say.all("bugs")), start=UNDECIDED),
        "updates": Slider(label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, plays=True),
    }
)


def bug_hunt(case: str = "A") -> Explorer:
    """A run with a planted bug, to be found from its curves; one of the cases is healthy."""
    return Explorer(hunt_scene, started(CONTROLS, case=case))
