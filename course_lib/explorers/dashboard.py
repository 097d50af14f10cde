"""The dashboard of a run: what does each of today's habits change in loss, gradients, updates and attention?

The runs are made by `course_lib.data.make_dashboard`: the adder of lecture 08 under each combination of
habits.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.data.adder import UPDATES, scheduled
from course_lib.data.make_dashboard import (
    EVERY,
    FILE,
    LAYERS,
    RATES,
    SCHEDULES,
    SELDOM,
    SYMBOLS,
    Setting,
)
from course_lib.explorers.controls import Choice, Later, Pick, Slider, Switch, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import MARK, OTHERS, SPLITS
from course_lib.scene import INK, Axis, Film, Handle, Heat, Layer, Line, Panel, Scene, film

say = texts.beside(__file__)

LEARNED = 0.95
TOKENS, DIGITS, HEADS = "12+35=74", 3, 4  # of the sum whose attention is seen
STROKES = dict(
    zip(LAYERS, zip(OTHERS[:1] + OTHERS[1:3] * 2 + OTHERS[3:], (0, 0, 0, 1, 1, 0), strict=True), strict=True)
)  # a colour for each kind of layer; dashed is that of the second block


@dataclass(frozen=True)
class Run:
    """Measured after each EVERY updates: loss, norm, ratio (points, layers); after each SELDOM: the others.

    looks: (times, blocks, digits · heads, tokens), from before the first update on.
    """

    loss: np.ndarray
    norm: np.ndarray
    ratio: np.ndarray
    accuracy: np.ndarray
    averaged: np.ndarray
    looks: np.ndarray


@cache
def _lines() -> dict[Setting, dict[str, Any]]:
    return {Setting(**line.pop("setting")): line for line in json.loads(FILE.read_text(encoding="utf-8"))}


@cache
def run(setting: Setting) -> Run:
    line = _lines()[setting]
    curves = {name: np.array(line[name]) for name in ("loss", "norm", "ratio", "accuracy", "averaged")}
    looks = np.array([[SYMBOLS.index(level) for level in words.replace(" ", "")] for words in line["looks"]])
    return Run(**curves, looks=looks.reshape(len(looks), 2, DIGITS * HEADS, len(TOKENS)) / 15)


def dashboard_scene(
    method: str, schedule: str, norm: str, clipped: bool, lr: float, block: int = 1, updates: int = UPDATES
) -> Scene:
    """What there is to see of a run, up to an update."""
    seen = run(Setting(method, schedule, norm, clipped, lr))
    panels = (
        _loss_panel(seen, updates),
        _accuracy_panel(seen),
        _rate_panel(schedule, lr),
        _norm_panel(seen, clipped),
        _ratio_panel(seen),
        _looks_panel(seen, block),
    )
    message = _report(seen)
    return Scene(panels, message, say("alt", message=message), time="updates", now=updates)


def _at(curve: np.ndarray, every: int) -> np.ndarray:
    return every * np.arange(1, len(curve) + 1)


def _axis() -> Axis:
    return Axis(say("axes.update"), (0, UPDATES))


def _loss_panel(seen: Run, updates: int) -> Panel:
    at = _at(seen.loss, EVERY)
    y = Axis(say("axes.loss"), (1e-5, 10), log=True)
    line = Line(at, seen.loss, SPLITS["training"], since=at)
    handle = Handle(say("handle"), float(updates), 3.0, sets_x="updates")
    return Panel(say("panels.loss"), _axis(), y, (line,), handles=(handle,))


def _accuracy_panel(seen: Run) -> Panel:
    at = _at(seen.accuracy, SELDOM)
    layers = (
        Line(at, seen.averaged, INK, say("lines.averaged"), dashed=True, since=at),
        Line(at, seen.accuracy, SPLITS["validation"], say("lines.accuracy"), since=at),
    )
    return Panel(say("panels.accuracy"), _axis(), Axis(say("axes.accuracy"), (0, 1.04)), layers)


def _rate_panel(schedule: str, lr: float) -> Panel:
    rate = scheduled(schedule, lr, UPDATES)
    at = np.arange(1, UPDATES + 1, 5)
    rates = [rate(t - 1) for t in at.tolist()]
    y = Axis(say("axes.rate"), (0, 1.1 * max(RATES)))
    return Panel(say("panels.rate"), _axis(), y, (Line(at, rates, INK, since=at),))


def _norm_panel(seen: Run, clipped: bool) -> Panel:
    at = _at(seen.norm, EVERY)
    limit: tuple[Layer, ...] = (
        (Line((0, UPDATES), (1, 1), MARK, say("lines.limit"), width=1.5, dashed=True),) if clipped else ()
    )
    y = Axis(say("axes.norm"), (1e-3, 100), log=True)
    return Panel(say("panels.norm"), _axis(), y, (*limit, Line(at, seen.norm, INK, width=1.5, since=at)))


def _ratio_panel(seen: Run) -> Panel:
    at = _at(seen.loss, EVERY)
    names = say.all("layers")
    layers = tuple(
        Line(at, seen.ratio[:, i], colour, names[name], width=1.5, dashed=bool(dashed), since=at)
        for i, (name, (colour, dashed)) in enumerate(STROKES.items())
    )
    return Panel(say("panels.ratio"), _axis(), Axis(say("axes.ratio"), (1e-5, 1), log=True), layers)


def _looks_panel(seen: Run, block: int) -> Panel:
    """A row for each head, those of an answered digit together. The first digit's are on top, so they are the
    last rows of the heat, which begins where its axis does.
    """
    last = len(seen.looks) - 1
    states = [min(update // SELDOM, last) for update in range(UPDATES + 1)]
    rows = DIGITS * HEADS
    cells: Film = film(
        states, lambda state: (Heat(seen.looks[state, block - 1, ::-1], ("0", "1"), span=(0.0, 1.0)),)
    )
    lines = [
        Line((-0.5, len(TOKENS) - 0.5), (row - 0.5, row - 0.5), MARK, width=1)
        for row in range(HEADS, rows, HEADS)
    ]
    digits = tuple(say.all("digits").values())
    middle = tuple((HEADS * i + (HEADS - 1) / 2, digit) for i, digit in enumerate(digits))
    x = Axis(say("axes.token"), (-0.5, len(TOKENS) - 0.5), ticks=tuple(enumerate(TOKENS)))
    y = Axis(say("axes.digit"), (rows - 0.5, -0.5), ticks=middle)
    return Panel(say("panels.looks", block=block), x, y, (cells, *lines))


def _report(seen: Run) -> str:
    """When it can add, what it ends with, and the longest gradient."""
    able = np.flatnonzero(seen.accuracy >= LEARNED)
    top = int(seen.norm.argmax())
    told = {
        "accuracy": seen.accuracy[-1],
        "averaged": seen.averaged[-1],
        "norm": seen.norm[top],
        "at": EVERY * (top + 1),
    }
    if len(seen.loss) < UPDATES // EVERY:
        return say("message.diverged", update=EVERY * len(seen.loss), **told)
    if seen.accuracy[-1] >= LEARNED:
        return say("message.learned", update=SELDOM * (int(able[0]) + 1), **told)
    if able.size:
        return say("message.lost", update=SELDOM * (int(able[0]) + 1), **told)
    return say("message.never", **told)


CONTROLS = Later(
    lambda: {
        "method": Choice(label=say("controls.method"), options=worded(say.all("methods")), start="Adam"),
        "schedule": Choice(
            label=say("controls.schedule"), options=worded(say.all("schedules")), start=SCHEDULES[0]
        ),
        "norm": Choice(label=say("controls.norm"), options=worded(say.all("norms")), start="pre"),
        "clipped": Switch(label=say("controls.clipped"), start=False),
        "lr": Pick(label=say("controls.lr"), options=named(RATES), start=RATES[0]),
        "block": Choice(label=say("controls.block"), options=named((1, 2)), start=1),
        "updates": Slider(
            label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, step=SELDOM, plays=True
        ),
    }
)


def dashboard(**starts: Any) -> Explorer:
    """A tiny transformer that learns to add, with each of today's habits as a switch.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(dashboard_scene, started(CONTROLS, **starts))
