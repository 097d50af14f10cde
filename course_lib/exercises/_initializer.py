"""The four initialisers: what is asked, and what is observed."""

import math
from collections.abc import Callable
from typing import TypeGuard

import numpy as np

from course_lib import texts
from course_lib.exercises import _initializer_driver as driver
from course_lib.exercises import _initializer_statistics as statistics
from course_lib.exercises._initializer_driver import GRID, Counted
from course_lib.exercises._initializer_statistics import FANS, MANY
from course_lib.exercises.folders import About
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation, global_state
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

DRAW_SECONDS = 4.0  # of computing for MANY; number by number, in lists, a right answer takes 0.4
ONE_FACTOR = 0.12  # so far apart, in its logarithm, factors may lie by chance

Variance = Callable[[int, int], float]
VARIANCES: dict[str, Variance] = {
    "xavier": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he": lambda fan_in, fan_out: 2 / fan_in,
}


def _asked(case: Case) -> tuple[Variance, str]:
    """The variance that is asked, and which distribution, by the initialiser's name: "he_normal"."""
    scheme, family = case.calls[0]["call"].split("_")
    return VARIANCES[scheme], family


def cases(about: About, seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(fan_in: int, fan_out: int, generator: int = 0, shared: bool = False) -> Call:
        form = {"rng": generator or int(rng.integers(1, 2**31)), "shared": shared}
        return {"call": about.name, "arguments": {"fan_in": fan_in, "fan_out": fan_out, "rng": form}}

    def case(title: str, observe: str, calls: list[Call]) -> Case:
        return Case.of(title, calls, observe, beside=_beside(observe))

    def many(title: str, observe: str, again: bool = True) -> Case:
        settings, beside = driver.Settings(again=again), _beside(observe)
        return Case.of(title, drawn, observe, driver.__name__, DRAW_SECONDS, settings, beside=beside)

    first, second = (int(n) for n in rng.integers(1, 2**31, 2))
    small = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    drawn: list[Call] = [{**call(*fans), "times": times} for fans, times in MANY.items()]
    return [
        case("shape and type", "form", [call(*small), call(*small[::-1]), call(1, 4), call(4, 1)]),
        *(case(f"the variance: {words}", "variance", [call(*FANS[words])]) for words in FANS),
        case("each weight on its own", "alike", [call(*fans) for fans in FANS.values()]),
        case(
            "all chance comes from rng",
            "chance",
            [call(*small, first), call(*small, first), call(*small, second)]
            + [call(*small, second + 1, shared=True)] * 2,
        ),
        many("the variance, more closely", "closely", again=False),
        many("a mean of 0", "mean"),
        many("the distribution", "distribution"),
    ]


def _beside(observe: str) -> str:
    """The variance is what there is to compute: who has it nowhere gets nothing for drawing at all."""
    return "" if observe in ("variance", "closely") else "variance"


def observe(case: Case, events: list[Event]) -> list[Observation]:
    returned = [event.returned for event in events]
    fans = [fans_of(call) for call in case.calls]
    if case.observe == "form":
        return [form(*each) for each in zip(fans, returned, range(len(events)), strict=True)]
    variance, family = _asked(case)
    one = Observation("W", "an array of numbers")
    asked = [variance(*each) for each in fans]
    if case.asked.driver:
        found = []
        for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
            counted = _counted(call, event)
            if not counted:
                other = event.returned.get("other") if isinstance(event.returned, dict) else None
                return [form(fans[index], other, index)]
            found.append(counted)
        if case.observe == "closely":
            return [one, *statistics.closely(family, fans, asked, found)]
        if case.observe == "mean":
            return [one, *statistics.mean(found)]
        return [one, *statistics.distribution(family, found)]
    for index, weights in enumerate(returned):
        if not are_weights(weights, *fans[index]):
            return [form(fans[index], weights, index)]
    if case.observe == "variance":
        drawn = zip(fans, asked, returned, strict=True)
        return [one, *(statistics.variance(family, *each) for each in drawn)]
    if case.observe == "alike":
        return [one, *(statistics.alike(*each) for each in zip(fans, returned, strict=True))]
    return [one, *chance(returned, events)]


def _counted(call: Call, event: Event) -> Counted | None:
    """What was counted of many weights; None where there was nothing to count."""
    found = event.returned.get("weights") if isinstance(event.returned, dict) else None
    if not _is_counted(found):
        return None
    fan_in, fan_out = fans_of(call)
    complete = found["count"] == fan_in * fan_out * call["times"]
    return found if complete and (found["mean_square"] > 0 or statistics.repeats([found])) else None


def _is_counted(found: object) -> TypeGuard[Counted]:
    if not isinstance(found, dict) or not found.keys() >= Counted.__required_keys__:
        return False
    numbers = [found[name] for name in Counted.__required_keys__ - {"shares"}]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        return False
    return isinstance(found["shares"], np.ndarray) and found["shares"].shape == GRID.shape


def fans_of(call: Call) -> tuple[int, int]:
    return call["arguments"]["fan_in"], call["arguments"]["fan_out"]


# Form


def are_weights(weights: object, fan_in: int, fan_out: int) -> bool:
    """Whether there are as many numbers as asked. In which shape and precision is judged in its own case."""
    if not isinstance(weights, np.ndarray) or weights.dtype.kind != "f":
        return False
    return weights.size == fan_in * fan_out and bool(np.isfinite(weights).all())


def form(fans: tuple[int, int], weights: object, index: int) -> Observation:
    fan_in, fan_out = fans
    name = described(weights)
    value = name
    if isinstance(weights, np.ndarray):
        name = say("and-dtype", what=name, dtype=weights.dtype)
        value = {
            (fan_in, fan_out): "(fan_in, fan_out)",
            (fan_out, fan_in): "(fan_out, fan_in)",
            (fan_in + 1, fan_out): "(fan_in + 1, fan_out)",
        }.get(weights.shape, f"{weights.ndim} dimensions")
        # float32 is right within its rounding.
        value = f"{value}, {'float64' if weights.dtype == np.float32 else weights.dtype}"
        if weights.dtype.kind in "fi" and not np.isfinite(weights).all():
            name, value = say("not-finite"), "not finite"
    elif isinstance(weights, tuple | list):
        value = type(weights).__name__
    says = say("form", fan_in=fan_in, fan_out=fan_out, what=name)
    return Observation("W", value, says, index)


# Where chance comes from


def chance(drawn: list[np.ndarray], events: list[Event]) -> list[Observation]:
    first, again, other, one, two = ((weights + 0.0).tobytes() for weights in drawn)  # −0 is 0
    return [
        global_state(events),
        Observation("The same seed", first == again, say("same-seed")),
        Observation("Another seed", first != other, say("other-seed")),
        Observation("The next call", one != two, say("next-call")),
    ]


# What is suggested


def suggest(result: Result) -> tuple[None, str] | None:
    cases = zip(result.cases, result.got, result.differences, strict=True)
    judged = {case.observe: (case, events, found is not None) for case, events, found in cases}
    case, events, wrong = judged["closely"]
    pairs = zip(case.calls, events, strict=True)
    found = [counted for pair in pairs if (counted := _counted(*pair))]
    if not wrong or len(found) < len(events) or statistics.repeats(found):
        return None
    fans = [fans_of(call) for call in case.calls]
    variance, _ = _asked(case)
    asked = [variance(*pair) for pair in fans]
    factors = [counted["mean_square"] / right for counted, right in zip(found, asked, strict=True)]
    about_mean = [f - c["mean"] ** 2 / right for f, c, right in zip(factors, found, asked, strict=True)]
    if min(factors) <= 0 or all(abs(factor - 1) < 1e-13 for factor in factors):
        return None
    if judged["mean"][2] and max(abs(factor - 1) for factor in about_mean) < ONE_FACTOR:
        pair, shift = max(
            ((pair, counted["mean"]) for pair, counted in zip(fans, found, strict=True)),
            key=lambda each: each[1] ** 2 / variance(*each[0]),
        )
        return None, say("shifted", fans=pair, mean=number(shift))
    if math.log(max(factors) / min(factors)) < ONE_FACTOR:
        factor = float(np.average(factors, weights=[counted["count"] for counted in found]))
        return None, say("constant-factor", factor=factor)
    each = zip(factors, fans, strict=True)
    words = ", ".join(say("of-fans", factor=factor, fans=pair) for factor, pair in each)
    return None, say("factor-of-fans", factors=words)
