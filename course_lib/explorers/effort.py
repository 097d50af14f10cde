"""Equal effort: each method searches for its learning rate among the same ones, with as many steps for each.

Methods at rates that nobody searched, or searched for one of them alone, cannot be compared: the ranking is
that of the effort (Choi et al. 2019, "On Empirical Comparisons of Optimizers for Deep Learning"; Sivaprasad
et al. 2020, "Optimizer Benchmarking Needs to Account for Hyperparameter Tuning").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_lib import texts
from course_lib.scene import Axis, Layer, Panel, Points, drawn
from course_lib.strokes import Stroke

say = texts.beside(__file__)

LOWEST, HIGHEST = 1e-3, 10.0
COUNTS = (5, 9, 17, 33)  # of rates: each has those of the one before among its own


@dataclass(frozen=True)
class Effort:
    """So many rates, each judged by its loss after so many steps."""

    count: int
    budget: int

    @property
    def rates(self) -> tuple[float, ...]:
        """Even in the logarithm."""
        return tuple(np.geomspace(LOWEST, HIGHEST, self.count).tolist())


@dataclass(frozen=True)
class Search:
    """What a method found: the loss after the budget at each rate, infinite where a trial came to no end."""

    rates: tuple[float, ...]
    final: np.ndarray

    @property
    def best(self) -> int | None:
        """Which rate it takes; None where all trials failed."""
        return int(np.argmin(self.final)) if np.isfinite(self.final).any() else None


def searched(effort: Effort, losses: Sequence[np.ndarray]) -> Search:
    """losses: of each trial, step by step; a trial that ended before the budget was spent has failed."""
    final = [each[effort.budget] if len(each) > effort.budget else np.inf for each in losses]
    final += [np.inf] * (effort.count - len(final))
    return Search(effort.rates, np.where(np.isfinite(final), final, np.inf))


def panel(
    effort: Effort,
    searches: Mapping[str, Search],
    first: float,
    bottom: float | None,
    strokes: Mapping[str, Stroke],
) -> Panel:
    """The loss over the rate, one curve for each method, its choice ringed.

    first, bottom: the loss at the start and, if there is one, at the minimum. What ended far above the start
    leaves the picture, and what ended at the minimum stands at its lower end.
    """
    log = bottom is not None
    away = abs(first - (bottom or 0.0))
    low, high = (1e-9 * away, 30 * away) if log else (-5 * max(away, 1.0), 5 * max(away, 1.0))
    layers: list[Layer] = []
    heights = {}
    for name, search in searches.items():
        known = np.isfinite(search.final)
        heights[name] = np.clip(np.where(known, search.final, np.nan) - (bottom or 0.0), low, 1e3 * high)
        rates, height, stroke = np.array(search.rates), heights[name], strokes[name]
        layers.append(drawn(stroke, rates, height, name))
        layers.append(Points(rates, height, stroke.colour, size=5))
        if (best := search.best) is not None:
            told = say("takes", method=name, rate=rates[best])
            layers.append(
                Points(rates[[best]], height[[best]], stroke.colour, size=14, shape="ring", texts=(told,))
            )
    x = Axis(say("axes.rate"), (LOWEST / 1.4, HIGHEST * 1.4), log=True)
    label = say("axes.height" if log else "axes.loss")
    y = Axis.around(label, [np.clip(each, low, high) for each in heights.values()], log)
    return Panel(say("title", steps=effort.budget), x, y, tuple(layers))


def report(effort: Effort, searches: Mapping[str, Search], first: float, bottom: float | None) -> str:
    """Which rates were taken and, where there is a bottom, how many of those tried would have done."""
    good = 0.01 * (first - bottom) + bottom if bottom is not None else None
    found = []
    for name, search in searches.items():
        if search.best is None:
            found.append(say("failed", method=name))
        elif good is None:
            found.append(say("found", method=name, rate=search.rates[search.best]))
        else:
            count = np.sum(search.final <= good)
            found.append(say("found-good", method=name, rate=search.rates[search.best], good=count))
    told = {"count": effort.count, "steps": effort.budget, "found": ", ".join(found)}
    return say("best" if good is None else "best-good", **told)
