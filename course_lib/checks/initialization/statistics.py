"""The cases of an initialiser, and what is observed of the weights that it draws.

How they are drawn is free, so no two right answers have the same numbers. What is left to chance is tested so
that a right answer fails with a probability below 1e-9 in all. Each test below says its share; every one of
them is at most 2 exp(−26) = 1e-11 for each array of weights, or 2e-10 for all of a case.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.checks.compare import described, number
from course_lib.checks.exercise import Result
from course_lib.checks.observing import Observation
from course_lib.checks.probe import Case
from course_lib.checks.reading import Event

FAR = 26.0
# fan_in, fan_out; at least 3,200 weights in each. A mistake in the fans shows in at least one of them.
FANS = {"few inputs, many outputs": (2, 1600), "many inputs, few outputs": (1600, 2), "as many": (57, 57)}
# In its logarithm, two implementations with one variance differ by more than this at most once in 1e5.
VARIANCES_ALIKE = {"normal": 0.17, "uniform": 0.1}
MEANS_ALIKE = 0.1

Variance = Callable[[int, int], float]
ONE_FACTOR = 0.2  # so far apart, in its logarithm, factors may lie by chance


def cases_for(name: str) -> Callable[[int], list[Case]]:
    """The cases of the initialiser with this name."""

    def cases(seed: int) -> list[Case]:
        rng = np.random.default_rng(seed)

        def call(fan_in: int, fan_out: int, generator: int = 0, shared: bool = False) -> dict[str, Any]:
            form = {"rng": generator or int(rng.integers(1, 2**31)), "shared": shared}
            return {"call": name, "arguments": {"fan_in": fan_in, "fan_out": fan_out, "rng": form}}

        def case(title: str, observe: str, calls: list[dict[str, Any]]) -> Case:
            return {"name": title, "observe": observe, "calls": calls}

        first, second = (int(n) for n in rng.integers(1, 2**31, 2))
        small = int(rng.integers(3, 6)), int(rng.integers(6, 9))
        return [
            case("shape and type", "form", [call(*small), call(*small[::-1]), call(1, 4), call(4, 1)]),
            *(case(f"the variance: {words}", "variance", [call(*FANS[words])]) for words in FANS),
            case("a mean of 0", "mean", [call(*fans) for fans in FANS.values()]),
            case("the distribution", "distribution", [call(*fans) for fans in FANS.values()]),
            case("each weight on its own", "alike", [call(*fans) for fans in FANS.values()]),
            case(
                "all chance comes from rng",
                "chance",
                [call(*small, first), call(*small, first), call(*small, second)]
                + [call(*small, second + 1, shared=True)] * 2,
            ),
        ]

    return cases


def observer(family: str, variance: Variance) -> Callable[[Case, list[Event]], list[Observation]]:
    """What is observed where weights of this family ("normal" or "uniform") and variance are asked."""

    def observe(case: Case, events: list[Event]) -> list[Observation]:
        returned = [event.returned for event in events]
        fans = [(call["arguments"]["fan_in"], call["arguments"]["fan_out"]) for call in case["calls"]]
        if case["observe"] == "form":
            return [_form(*each) for each in zip(fans, returned, range(len(events)), strict=True)]
        for index, weights in enumerate(returned):
            if not _are_weights(weights, *fans[index]):
                return [_form(fans[index], weights, index)]
        one = Observation("W", "an array of numbers")
        if case["observe"] == "variance":
            asked = [variance(*each) for each in fans]
            return [one, *(_variance(family, *each) for each in zip(fans, asked, returned, strict=True))]
        if case["observe"] == "mean":
            return [one, _mean(returned)]
        if case["observe"] == "distribution":
            return [one, _distribution(family, returned)]
        if case["observe"] == "alike":
            return [one, *(_alike(*each) for each in zip(fans, returned, strict=True))]
        return [one, *_chance(returned, events)]

    return observe


# Form


def _are_weights(weights: Any, fan_in: int, fan_out: int) -> bool:
    """Whether there are as many numbers as asked. In which shape and precision is judged in its own case."""
    numbers = isinstance(weights, np.ndarray) and weights.dtype.kind == "f"
    return numbers and weights.size == fan_in * fan_out and bool(np.isfinite(weights).all())


def _form(fans: tuple[int, int], weights: Any, index: int) -> Observation:
    fan_in, fan_out = fans
    name = described(weights)
    value = name
    if isinstance(weights, np.ndarray):
        name += f" and dtype {weights.dtype}"
        value = {
            (fan_in, fan_out): "(fan_in, fan_out)",
            (fan_out, fan_in): "(fan_out, fan_in)",
            (fan_in + 1, fan_out): "(fan_in + 1, fan_out)",
        }.get(weights.shape, f"{weights.ndim} dimensions")
        value = f"{value}, {weights.dtype}"
        if weights.dtype.kind in "fi" and not np.isfinite(weights).all():
            name, value = "an array with numbers that are not finite", "not finite"
    elif isinstance(weights, tuple | list):
        value = type(weights).__name__
    says = (
        f"With fan_in = {fan_in} and fan_out = {fan_out}, what comes back is {name}; asked is an array of "
        f"shape ({fan_in}, {fan_out}) and dtype float64."
    )
    return Observation("W", value, says, index)


# Variance


def _variance(family: str, fans: tuple[int, int], asked: float, weights: np.ndarray) -> Observation:
    """The mean of w², which is the variance where the mean is 0."""
    came = float(np.mean(np.square(weights, dtype=np.float64)))
    apart = math.log(came / asked) if came > 0 else -math.inf
    low, high = _possible(family, weights.size)
    possible = low <= came / asked <= high
    exact = abs(came / asked - 1) < 1e-13
    says = f"With fan_in = {fans[0]} and fan_out = {fans[1]}, "
    if exact:
        # By chance: below 1e-11, as the ratio has a standard deviation above 0.02.
        says += (
            "the weights drawn have exactly the asked variance, to the last digit: they are no free draws."
        )
        return Observation("The variance", ("exact", 0.0), says)
    says += (
        f"the variance of the {weights.size} weights is {number(came)}; asked is {number(asked)}, "
        "give or take chance."
    )
    return Observation(
        "The variance", (possible, 0.0 if possible else apart), says, allowed=VARIANCES_ALIKE[family]
    )


def _possible(family: str, n: int) -> tuple[float, float]:
    """Between which ratios to the right one the variance of n weights lies, each but for e⁻²⁶."""
    if family == "uniform":
        # Hoeffding: w²/a² is between 0 and 1, with the mean 1/3.
        off = 3 * math.sqrt(FAR / (2 * n))
        return 1 - off, 1 + off
    # The tails of χ² (Laurent & Massart 2000, Lemma 1).
    off = 2 * math.sqrt(FAR / n)
    return 1 - off, 1 + off + 2 * FAR / n


def suggester(variance: Variance) -> Callable[[Result], tuple[None, str] | None]:
    """What wrong variances have in common, where weights of this variance are asked."""

    def suggest(result: Result) -> tuple[None, str] | None:
        factors, wrong = {}, False
        for case, events, difference in zip(result.cases, result.got, result.differences, strict=True):
            fans = tuple(case["calls"][0]["arguments"][name] for name in ("fan_in", "fan_out"))
            weights = events[0].returned
            if case["observe"] == "variance" and _are_weights(weights, *fans):
                factors[fans] = float(np.mean(np.square(weights, dtype=np.float64))) / variance(*fans)
                wrong = wrong or difference is not None
        if not wrong or len(factors) < len(FANS) or min(factors.values()) <= 0:
            return None
        low, high = min(factors.values()), max(factors.values())
        if math.log(high / low) < ONE_FACTOR:
            return None, (
                f"For all fans the variance is about {low:.2g} times what it should be: look for a constant "
                "factor."
            )
        each = ", ".join(f"{number(factor)} times for {fans}" for fans, factor in factors.items())
        return None, (
            f"The variance is off by a factor that depends on (fan_in, fan_out): {each}. Which of the fans "
            "should enter, and how?"
        )

    return suggest


# Mean


def _mean(drawn: list[np.ndarray]) -> Observation:
    """The mean of all weights, each array in units of its own size √(mean of w²)."""
    units = np.concatenate([_in_units(weights) for weights in drawn])
    mean = float(units.mean())
    # Hoeffding for a uniform distribution, whose largest weight is √3 times its size: √(2·26·3/n) = 0.13;
    # for a normal one less. A size that came out too small by chance adds less than a sixth.
    possible = abs(mean) <= math.sqrt(2 * FAR * 3 / units.size) * 7 / 6
    exact = all(abs(_in_units(weights).mean()) < 1e-13 for weights in drawn)
    if exact and units.any():
        # By chance: below 1e-30 for three arrays.
        says = "The mean of the weights drawn is exactly 0, to the last digit: they are no free draws."
        return Observation("The mean", ("exact", 0.0), says)
    says = (
        f"The mean of the weights is {number(mean)} times their size √(mean of w²); asked is 0, "
        "give or take chance."
    )
    return Observation("The mean", (possible, 0.0 if possible else mean), says, allowed=MEANS_ALIKE)


def _in_units(weights: np.ndarray) -> np.ndarray:
    weights = weights.astype(np.float64)
    size = math.sqrt(np.mean(np.square(weights)))
    return weights.ravel() / size if size > 0 else weights.ravel()


# Distribution

# For arrays in units of their size: the largest weight, and the share of those below one half.
INNER = {"normal": 0.383, "uniform": 0.289}
# Hoeffding for the share: √(26/2n) = 0.04; sizes that are off by chance, by at most a tenth, add 0.04.
INNER_OFF = 0.08
# The largest of 9,600 normal weights is below 2.5 times 1.1 with a probability of 2e-25.
NORMAL_BEYOND = 2.5
# The largest uniform one is √3 = 1.73, a tenth more or less where the size is off by chance.
UNIFORM_WITHIN = (1.55, 1.93)


def _distribution(family: str, drawn: list[np.ndarray]) -> Observation:
    units = np.abs(np.concatenate([_in_units(weights) for weights in drawn]))
    largest, inner = float(units.max()), float(np.mean(units < 0.5))
    value = "another"
    if largest > NORMAL_BEYOND:
        value = "normal" if abs(inner - INNER["normal"]) < INNER_OFF else "long tails"
    elif largest > UNIFORM_WITHIN[1]:
        value = "cut off"
    elif largest > UNIFORM_WITHIN[0]:
        value = "uniform" if abs(inner - INNER["uniform"]) < INNER_OFF else "another"
    elif largest < 1.1:
        value = "one size"
    says = (
        f"The largest weight is {number(largest)} times their size √(mean of w²), and {inner:.0%} are below "
    )
    says += {
        "normal": "half of it. In a normal distribution some are beyond 2.5 times, and 38% below half.",
        "uniform": "half of it. In a uniform distribution none is beyond 1.73 times, and 29% are below half.",
    }[family]
    return Observation("The distribution", value, says)


# Each on its own


def _alike(fans: tuple[int, int], weights: np.ndarray) -> Observation:
    """Whether weights repeat. Of free draws, no two are equal."""
    different = np.unique(weights).size
    value, says = "all different", ""
    if different == 1:
        value, says = "one number", f"all weights are {number(float(weights.flat[0]))}."
    elif different <= 2:
        value, says = "two numbers", "there are only two different weights."
    elif weights.ndim == 2 and len(weights) > 1 and (weights == weights[0]).all():
        value, says = "rows", "all rows are equal: every input has the same weights."
    elif weights.ndim == 2 and weights.shape[1] > 1 and (weights == weights[:, :1]).all():
        value, says = "columns", "all columns are equal: every unit has the same weights."
    elif different < 0.9 * weights.size:
        value, says = "repeated", f"there are only {different} different weights among {weights.size}."
    return Observation(
        "The weights", value, f"With fan_in = {fans[0]} and fan_out = {fans[1]}, {says}" if says else ""
    )


# Where chance comes from


def _chance(drawn: list[np.ndarray], events: list[Event]) -> list[Observation]:
    first, again, other, one, two = (weights.tobytes() for weights in drawn)
    used = any(event.global_random for event in events)
    return [
        Observation(
            "NumPy's global random state",
            "used" if used else "left alone",
            "The code uses or sets NumPy's global random state (np.random.…). All chance should come from "
            "rng.",
        ),
        Observation(
            "The same seed",
            first == again,
            "Two generators with the same seed gave different weights: some of the chance comes from "
            "elsewhere.",
        ),
        Observation(
            "Another seed",
            first != other,
            "Generators with different seeds gave the same weights: rng has no effect.",
        ),
        Observation(
            "The next call",
            one != two,
            "Two calls with one generator gave the same weights: two layers would start alike.",
        ),
    ]
