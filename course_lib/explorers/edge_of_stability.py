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

from course_lib.datasets import DATA
from course_lib.explorers.controls import Choice, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, MARK
from course_lib.scene import INK, Axis, Handle, Line, Panel, Points, Scene

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
    what = "Along gradient descent, a network's largest curvature and the line 2/η; beneath it the loss."
    return Scene(panels, message, f"{what} {message}", time="steps", now=steps, stacked=True)


def _length() -> int:
    """Steps of a run."""
    return runs().every * (runs().sharpness.shape[-1] - 1)


def _axis() -> Axis:
    return Axis("Step", (0, _length()))


def _sharpness_panel(curve: np.ndarray, limit: float) -> Panel:
    at = runs().every * np.arange(len(curve))
    layers = (
        Line(_axis().ends, [limit, limit], MARK, "2/η", dashed=True),
        Line(at, curve, COLOURS["SGD"], "λ_max", since=at),
        Points(at, curve, COLOURS["SGD"], size=9, since=at, moves=True),
    )
    handle = Handle("The line 2/η", 0.93 * _length(), limit, sets_y="rate")
    y = Axis("λ_max (log scale)", (2, 45), log=True)
    return Panel("Largest curvature of the loss", _axis(), y, layers, handles=(handle,))


def _loss_panel(lowest: np.ndarray, highest: np.ndarray) -> Panel:
    """From each point to the next the loss moves between two lines: they are one where it does not hop."""
    at = runs().every * np.arange(1, len(lowest) + 1)
    layers = (
        Line(at, highest, INK, "highest", width=1, since=at),
        Line(at, lowest, COLOURS["SGD"], "lowest", since=at),
    )
    bounds = [runs().lowest.min(), runs().highest.max()]
    title = f"Training loss within {runs().every} steps"
    return Panel(title, _axis(), Axis.around("Loss (log scale)", [bounds], log=True), layers)


def _report(row: int, rate: int, limit: float) -> str:
    """Where λ_max comes to: at the edge, if the loss hops; else what it did in the last fifth of the run."""
    stored = runs()
    curve, rising = stored.sharpness[row, rate], stored.rising[row, rate]
    way = f"λ_max starts at {curve[0]:.3g} and ends at {curve[-1]:.3g}"
    lead = f"η = {stored.rates[rate]:g}, 2/η = {limit:.3g}. {way}"
    up = f"the loss rose at {rising:.0%} of the last {stored.last} steps"
    if rising >= HOPPING:
        side = "above" if curve[-1] > limit else "below"
        away = f"{abs(curve[-1] / limit - 1):.1%} {side} 2/η"
        return f"{lead}, {away}: at the edge of stability. There {up}, and yet it does not diverge."
    low, high = curve[-FIFTH:].min() / limit, curve[-FIFTH:].max() / limit
    if high <= 1:
        return f"{lead}, {curve[-1] / limit:.0%} of 2/η: below the edge; {up}."
    losses = stored.lowest[row, rate, -FIFTH:].min(), stored.highest[row, rate, -FIFTH:].max()
    return (
        f"{lead}, swinging across the edge: in the last {FIFTH * stored.every} steps λ_max lay between "
        f"{low:.0%} and {high:.0%} of 2/η, and the loss between {losses[0]:.2g} and {losses[1]:.2g}; "
        "yet it does not diverge."
    )


CONTROLS = {
    "rate": Pick(
        label="Learning rate η",
        options={f"{rate:g}": i for i, rate in enumerate(runs().rates)},
        start=6,
        places=tuple(2 / rate for rate in runs().rates),
    ),
    "seed": Choice(label="Initialisation", options=named(runs().seeds), start=runs().seeds[0]),
    "steps": Slider(label="Steps", low=0, high=_length(), start=_length(), step=runs().every, plays=True),
}


def edge_of_stability(**starts: Any) -> Explorer:
    """Training a small network with all its data: at large rates the curvature rises to 2/η and stays there.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(edge_scene, started(CONTROLS, **starts))
