"""A trap for Adam. The walk is made here, with the slopes that come back.

Losses are f_t(x) = slope_t · x on [−1, 1], the slopes of a period over and over: convex, and the best point
is an end. Any slopes are right with which Adam spends its time at the other end.

Source: Reddi, Kale & Kumar 2018, On the convergence of Adam and beyond, Section 3 and Theorem 2: there are
such slopes for any β₁ < √β₂.
"""

import math

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import row
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

STEPS = 6000
RATE = 0.1  # at step t, over √t
MOST = 2000  # slopes in a period
THERE = 0.9  # x on average, in the second half of the steps
FAR = 20  # times what the many weigh, a large slope is larger than it need be
NOTHING = 1e-9  # a sum of slopes, relative to the sum of their sizes


def cases(seed: int) -> list[Case]:
    """There is nothing random in them."""

    def case(name: str, beta1: float, beta2: float) -> Case:
        arguments = {"beta1": beta1, "beta2": beta2}
        calls: list[Call] = [{"call": "adam_trap", "arguments": arguments}]
        return Case.of(name, calls, "walk", shown=(say("call", **arguments),))

    return [
        case("no momentum, and a short memory of squares", 0.0, 0.1),
        case("no momentum, and one of a few steps", 0.0, 0.8),
        case("both of some steps", 0.5, 0.9),
        case("a memory of squares that is longer than that of gradients", 0.9, 0.97),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    beta1, beta2 = case.calls[0]["arguments"].values()
    told = {"beta1": beta1, "beta2": beta2, "most": MOST}

    def saw(value: str, key: str, **more: object) -> list[Observation]:
        return [Observation(say("what"), value, say(key, **told, **more))]

    slopes = row(events[0].returned)
    if slopes is None:
        got = described(events[0].returned)
        return saw(got, "no-list", got=got)
    if not np.isfinite(slopes).all():
        return saw("not finite", "not-finite", got=number(float(slopes[~np.isfinite(slopes)][0])))
    if slopes.size > MOST:
        return saw("too long", "too-long", got=slopes.size)
    total = _sum(slopes)
    if total == 0:
        return saw("no best end", "no-best", sum=float(slopes.sum()))
    best = -int(np.sign(total))
    mean = _walked(slopes.tolist(), beta1, beta2)
    if -best * mean >= THERE:
        return [Observation(say("what"), "the wrong end")]
    more = {"sum": total, "best": best, "mean": mean, "asked": -best * THERE, "steps": STEPS}
    return saw(f"{mean:.4f} with {slopes.size} slopes, {total:.4g}", "right-way", **more)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the cases that fail have in common."""
    came = [row(events[0].returned) for events in result.got]
    slopes = [each for each in came if each is not None]
    if len(slopes) < len(came):
        return "another-form", say("suggests.form")
    if not all(np.isfinite(each).all() for each in slopes):
        return "not-finite", say("suggests.not-finite")
    if any(each.size > MOST for each in slopes):
        return "too-long", say("suggests.too-long", most=MOST)
    trapped = [found is None for found in result.findings]
    escaped = [each for each, is_trapped in zip(slopes, trapped, strict=True) if not is_trapped]
    if any(_sum(each) == 0 for each in escaped):
        return "no-best", say("suggests.no-best")
    if any(_leads_right(each) for each in escaped):
        return "leads-right", say("suggests.leads-right")
    if any(_outlasts(each) for each in escaped):
        return "too-large", say("suggests.too-large")
    if any(trapped):
        return "some-escape", say("suggests.some")
    return "none-is-trapped", say("suggests.none")


def _sum(slopes: np.ndarray) -> float:
    """What the slopes of a period add up to; 0 where that is but rounding."""
    total = float(slopes.sum())
    return total if abs(total) > NOTHING * float(np.abs(slopes).sum()) else 0.0


def _leads_right(slopes: np.ndarray) -> bool:
    """Whether most steps lead to the end that is best."""
    return bool(np.sign(slopes).sum() * slopes.sum() > 0)


def _outlasts(slopes: np.ndarray) -> bool:
    """Whether the few large slopes are far larger than it takes to outweigh the many."""
    few = np.sign(slopes) == np.sign(slopes.sum())
    return bool(np.abs(slopes[few]).sum() > FAR * np.abs(slopes[~few]).sum() > 0)


def _walked(slopes: list[float], beta1: float, beta2: float) -> float:
    """Where Adam is on average in the second half of the steps, from x = 0."""
    x = m = v = total = 0.0
    left1 = left2 = 1.0
    for t in range(1, STEPS + 1):
        g = slopes[(t - 1) % len(slopes)]
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        left1 *= beta1
        left2 *= beta2
        size = math.sqrt(v / (1 - left2))
        x -= RATE / math.sqrt(t) * (m / (1 - left1) / size if size else 0.0)
        x = min(1.0, max(-1.0, x))
        total += x if 2 * t > STEPS else 0.0
    return total / (STEPS / 2)
