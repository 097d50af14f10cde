"""The edge of stability: how steep does the ground become along descent, and what is 2/η to it?

Full-batch gradient descent on the small network of lecture 01. On a quadratic it diverges once λ_max > 2/η; a
network's λ_max grows along the way, and where it comes to 2/η it hovers, while the loss goes up and down.

Source: Cohen et al. (2021), Section 3. The runs are made by `course_lib.data.make_edge_of_stability`.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.datasets import DATA
from course_lib.explorers.controls import Choice, Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, MARK
from course_lib.scene import INK, Axis, Handle, Line, Panel, Points, Scene

say = texts.beside(__file__)

HOPPING = 0.4  # the loss rises at this share of the last steps at least: it hops from side to side
FIFTH = 16  # points of λ_max in the last fifth of a run


@dataclass(frozen=True)
class Runs:
    """λ_max at every `every`-th step, shape (seeds, rates, points); in between the lowest and highest loss.

    rising (seeds, rates): at which share of the `last` steps the loss rose.
    """

    rates: list[float]
    seeds: list[int]
    every: int
    last: int
    sharpness: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    rising: np.ndarray


@cache
def runs() -> Runs:
    read = json.loads((DATA / "edge_of_stability.json").read_text(encoding="utf-8"))
    arrays = {name: np.array(read[name]) for name in ("sharpness", "lowest", "highest", "rising")}
    return Runs(**(read | arrays))


def edge_scene(rate: int, seed: int, steps: int) -> Scene:
    """λ_max and loss of the run with the rate of this number, up to `steps`."""
    stored = runs()
    row = stored.seeds.index(seed)
    limit = 2 / stored.rates[rate]
    panels = (
        _sharpness_panel(stored.sharpness[row, rate], limit),
        _loss_panel(stored.lowest[row, rate], stored.highest[row, rate]),
    )
    message = _report(row, rate, limit)
    return Scene(panels, message, say("alt", message=message), time="steps", now=steps, stacked=True)


def _length() -> int:
    """Steps of a run."""
    return runs().every * (runs().sharpness.shape[-1] - 1)


def _axis() -> Axis:
    return Axis(say("axes.step"), (0, _length()))


def _sharpness_panel(curve: np.ndarray, limit: float) -> Panel:
    at = runs().every * np.arange(len(curve))
    layers = (
        Line(_axis().ends, [limit, limit], MARK, say("lines.limit"), dashed=True),
        Line(at, curve, COLOURS["SGD"], say("lines.sharpness"), since=at),
        Points(at, curve, COLOURS["SGD"], size=9, since=at, moves=True),
    )
    handle = Handle(say("handle"), 0.93 * _length(), limit, sets_y="rate")
    y = Axis(say("axes.sharpness"), (2, 45), log=True)
    return Panel(say("panels.sharpness"), _axis(), y, layers, handles=(handle,))


def _loss_panel(lowest: np.ndarray, highest: np.ndarray) -> Panel:
    """From each point to the next the loss moves between two lines: they are one where it does not hop."""
    at = runs().every * np.arange(1, len(lowest) + 1)
    layers = (
        Line(at, highest, INK, say("lines.highest"), width=1, since=at),
        Line(at, lowest, COLOURS["SGD"], say("lines.lowest"), since=at),
    )
    bounds = [runs().lowest.min(), runs().highest.max()]
    title = say("panels.loss", steps=runs().every)
    return Panel(title, _axis(), Axis.around(say("axes.loss"), [bounds], log=True), layers)


def _report(row: int, rate: int, limit: float) -> str:
    """Where λ_max comes to: at the edge, if the loss hops; else what it did in the last fifth of the run."""
    stored = runs()
    curve, rising = stored.sharpness[row, rate], stored.rising[row, rate]
    way = {"rate": stored.rates[rate], "limit": limit, "first": curve[0], "last": curve[-1]}
    up = {"rising": rising, "steps": stored.last}
    if rising >= HOPPING:
        side = "above" if curve[-1] > limit else "below"
        return say(f"edge.{side}", away=abs(curve[-1] / limit - 1), **way, **up)
    low, high = curve[-FIFTH:].min() / limit, curve[-FIFTH:].max() / limit
    if high <= 1:
        return say("below", share=curve[-1] / limit, **way, **up)
    losses = {
        "lowest": stored.lowest[row, rate, -FIFTH:].min(),
        "highest": stored.highest[row, rate, -FIFTH:].max(),
    }
    return say("across", steps=FIFTH * stored.every, low=low, high=high, **losses, **way)


CONTROLS = Later(
    lambda: {
        "rate": Pick(
            label=say("controls.rate"),
            options={f"{rate:g}": i for i, rate in enumerate(runs().rates)},
            start=6,
            places=tuple(2 / rate for rate in runs().rates),
        ),
        "seed": Choice(label=say("controls.seed"), options=named(runs().seeds), start=runs().seeds[0]),
        "steps": Slider(
            label=say("controls.steps"), low=0, high=_length(), start=_length(), step=runs().every, plays=True
        ),
    }
)


def edge_of_stability(**starts: Any) -> Explorer:
    """Training a small network with all its data: at large rates the curvature rises to 2/η and stays there.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(edge_scene, started(CONTROLS, **starts))
