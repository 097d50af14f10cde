"""A unit whose mean dropout shifts. Its masks are gone through here, all of them, with what comes back.

The unit is relu(w · dropout(x)). At test time it is relu(w · x); in training its mean over all masks is at
least that, as a ReLU is convex. Any x and w are right with which it is `factor` times as much.
"""

from itertools import product

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import in_detail, row
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

MOST = 10  # inputs
OFF = 1e-6  # the output at test time, relative to the products' size
NEAR = 0.01  # how far the factor may be off, relative


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def case(name: str, low: tuple[float, float], high: tuple[float, float], beside: str = "") -> Case:
        rate, factor = (round(float(each), 2) for each in rng.uniform(low, high))
        arguments = {"rate": rate, "factor": factor}
        calls: list[Call] = [{"call": "shifted_unit", "arguments": arguments}]
        observe = "kept" if beside else "shifted"
        return Case.of(name, calls, observe, beside=beside, shown=(say("call", **arguments),))

    return [
        case("half as much again", (0.25, 1.5), (0.4, 1.5)),
        case("twice as much, at a rate of 0.5", (0.5, 2.0), (0.5, 2.0)),
        case("a high rate", (0.75, 1.2), (0.9, 2.5)),
        case("a low rate, and a large factor", (0.05, 6), (0.15, 12)),
        case("a mean that is kept", (0.3, 1.0), (0.6, 1.0), beside="shifted"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    rate, factor = case.calls[0]["arguments"].values()

    def saw(value: str, key: str, **told: object) -> list[Observation]:
        return [Observation(say("what"), value, say(key, rate=rate, factor=factor, most=MOST, **told))]

    returned = events[0].returned
    pair = _pair(returned)
    if not pair:
        return saw(described(returned), "no-pair", got=in_detail(returned))
    x, w = pair
    if not np.isfinite([*x, *w]).all():
        return saw("not finite", "not-finite", x=_listed(x), w=_listed(w))
    if len(x) != len(w):
        return saw("other lengths", "lengths", x=len(x), w=len(w))
    if len(x) > MOST:
        return saw("too many", "too-many", count=len(x))
    test, size = float(x @ w), float(np.abs(x * w).sum())
    if abs(test) <= OFF * size:
        return saw("at 0", "nothing", test=test, size=size)
    if test < 0:
        return saw("below 0", "off", test=test)
    mean = _mean(x, w, rate)
    if abs(mean / test - factor) <= NEAR * factor:
        return [Observation(say("what"), "as asked")]
    return saw(f"{mean / test:.5g} times", "other", mean=mean, test=test, ratio=mean / test)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the cases that fail have in common."""
    seen = [str(observe(*each)[0].value) for each in zip(result.cases, result.got, strict=True)]
    if "not finite" in seen:
        return "not-finite", say("suggests.not-finite")
    if any(each in ("other lengths", "too many") for each in seen) or not all(
        _pair(events[0].returned) for events in result.got
    ):
        return "another-form", say("suggests.form", most=MOST)
    if "at 0" in seen or "below 0" in seen:
        return "off", say("suggests.off")
    if all(each.startswith(("1 times", "as asked")) for each in seen):
        return "mean-kept", say("suggests.kept")
    return "another-mean", say("suggests.another")


def _pair(returned: object) -> tuple[np.ndarray, np.ndarray] | None:
    """Two rows of numbers, of whatever type, finite or not."""
    if isinstance(returned, np.ndarray) and returned.ndim == 2:
        returned = list(returned)
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return None
    x, w = map(row, returned)
    return (x, w) if x is not None and w is not None else None


def _listed(numbers: np.ndarray) -> str:
    return ", ".join(number(each) for each in numbers.tolist()[:MOST])


def _mean(x: np.ndarray, w: np.ndarray, rate: float) -> float:
    """The mean of the unit's output over all masks."""
    kept = np.array(list(product([False, True], repeat=len(x))))
    chance = np.where(kept, 1 - rate, rate).prod(axis=1)
    sums = (kept * x / (1 - rate)) @ w
    return float(chance @ np.maximum(sums, 0))
