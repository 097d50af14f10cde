"""The bias-correction microscope: what do Adam's moments do at first, and what do the hats change?"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import GAP, LOG, Choice, Later, Slider, Switch, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import METHODS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Line, Panel, Points, Scene

say = texts.beside(__file__)

SEQUENCES = ("constant", "alternating", "one spike", "noise", "sparse")
LONGEST = 1000
# Two roles through all panels: what Adam remembers, and what it makes of it. Adam's own colour is the step.
RAW, CORRECTED, STEP = *OTHERS[1:3], METHODS["Adam"]


def gradient_sequence(kind: str, steps: int) -> np.ndarray:
    """`steps` gradients of one parameter, t = 1, 2, …

    constant: 1. alternating: 1, −1, … one spike: 0.1, but 10 at t = 10. noise: N(0, 1), the same each time.
    sparse: 1 at t = 1, 11, 21, …, else 0.
    """
    t = np.arange(1, steps + 1)
    if kind == "constant":
        return np.ones(steps)
    if kind == "alternating":
        return np.where(t % 2 == 1, 1.0, -1.0)
    if kind == "one spike":
        return np.where(t == 10, 10.0, 0.1)
    if kind == "noise":
        return np.random.default_rng(0).normal(size=steps)
    if kind == "sparse":
        return np.where(t % 10 == 1, 1.0, 0.0)
    raise ValueError(say("no-sequence", kind=kind, kinds=", ".join(SEQUENCES)))


@dataclass(frozen=True)
class Moments:
    """Adam's inside at t = 1 … T: the moments, their corrected forms, each an array (T,)."""

    m: np.ndarray
    v: np.ndarray
    m_hat: np.ndarray
    v_hat: np.ndarray


@lru_cache(maxsize=64)
def moments(kind: str, steps: int, beta1: float, beta2: float) -> Moments:
    m = v = 0.0
    kept = np.empty((steps, 2))
    for row, g in enumerate(gradient_sequence(kind, steps).tolist()):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        kept[row] = m, v
    t = np.arange(1, steps + 1)
    return Moments(kept[:, 0], kept[:, 1], kept[:, 0] / (1 - beta1**t), kept[:, 1] / (1 - beta2**t))


def microscope_scene(
    gradients: str, steps: int, beta1: float, beta2: float, eps: float, correct_m: bool, correct_v: bool
) -> Scene:
    """Gradients, moments and the step in units of η, over t on a log scale.

    The step uses m̂ or m, and v̂ or v, as the two switches say; the fully corrected step is drawn beside it.
    """
    inside = moments(gradients, LONGEST, beta1, beta2)
    g = gradient_sequence(gradients, LONGEST)
    step = _step(inside.m_hat if correct_m else inside.m, inside.v_hat if correct_v else inside.v, eps)
    proper = _step(inside.m_hat, inside.v_hat, eps)
    t = np.arange(1, LONGEST + 1)
    seen = np.unique(np.round(np.geomspace(1, LONGEST, 240)).astype(int)) - 1  # as many as there is room for
    x = Axis(say("axes.t"), (0.9, 1.1 * LONGEST), log=True)

    def panel(title: str, label: str, *lines: tuple[np.ndarray, str, str, bool]) -> Panel:
        drawn = tuple(
            Line(t[seen], y[seen], colour, name, dashed=dashed, since=t[seen])
            for y, colour, name, dashed in lines
        )
        return Panel(title, x, Axis.around(label, [line.y for line in drawn] + [np.zeros(1)]), drawn)

    dots = (
        Line([0.9, 1.1 * LONGEST], [0, 0], FAINT, width=1),
        Points(t[seen], g[seen], INK, size=4, since=t[seen]),
    )
    now = Handle(say("handles.now"), steps, 0.0, sets_x="steps")
    taken = [(step, STEP, say("lines.taken"), False)]
    if not (correct_m and correct_v):
        taken.insert(0, (proper, CORRECTED, say("lines.corrected"), True))
    panels = (
        Panel(say("panels.gradients"), x, Axis.around("g", [g, [0.0]]), dots, handles=(now,)),
        panel(say("panels.m"), "m", (inside.m_hat, CORRECTED, "m̂", False), (inside.m, RAW, "m", False)),
        panel(say("panels.v"), "v", (inside.v_hat, CORRECTED, "v̂", False), (inside.v, RAW, "v", False)),
        panel(say("panels.step"), say("axes.step"), *taken),
    )
    message = _report(step[:steps], proper[:steps], correct_m, correct_v)
    alt = say("alt", steps=steps, gradients=say(f"gradients.{gradients}"), message=message)
    return Scene(panels, message, alt, time="steps", now=steps)


def _step(m: np.ndarray, v: np.ndarray, eps: float) -> np.ndarray:
    with np.errstate(all="ignore"):
        return m / (np.sqrt(v) + eps)


def _report(step: np.ndarray, proper: np.ndarray, correct_m: bool, correct_v: bool) -> str:
    if correct_m and correct_v:
        return say("report.both", first=proper[0])
    with np.errstate(all="ignore"):
        ratio = np.abs(step / proper)
    known = np.flatnonzero(np.isfinite(ratio))
    if not known.size:
        return say("report.zero")
    first, last = known[0], known[-1]
    without = say("without.v" if correct_m else "without.m" if correct_v else "without.both")
    worst = known[np.argmax(np.abs(np.log(np.maximum(ratio[known], 1e-300))))]
    found = {"first": first + 1, "ratio": ratio[first], "last": last + 1, "end": ratio[last]}
    if worst == first:
        return say("report.off", without=without, **found)
    return say("report.furthest-later", without=without, worst=worst + 1, most=ratio[worst], **found)


CONTROLS = Later(
    lambda: {
        "gradients": Choice(
            label=say("controls.gradients"),
            options=worded(say.all("gradients")),
            start="constant",
        ),
        "steps": Slider(
            label=say("controls.steps"), low=10, high=LONGEST, start=100, scale=LOG, whole=True, plays=True
        ),
        "beta1": Slider(label=say("controls.beta1"), low=0.0, high=0.99, start=0.9, scale=GAP, usual=0.9),
        "beta2": Slider(
            label=say("controls.beta2"), low=0.0, high=0.9999, start=0.999, scale=GAP, usual=0.999
        ),
        "eps": Slider(label=say("controls.eps"), low=1e-10, high=1.0, start=1e-8, scale=LOG, usual=1e-8),
        "correct_m": Switch(label=say("controls.correct_m"), start=False),
        "correct_v": Switch(label=say("controls.correct_v"), start=False),
    }
)


def bias_correction_microscope(gradients: str = "constant", steps: int = 100) -> Explorer:
    """m, v, m̂, v̂ and the step over t for a chosen sequence of gradients."""
    return Explorer(microscope_scene, started(CONTROLS, gradients=gradients, steps=steps))
