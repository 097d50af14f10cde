"""What a difference suggests that no mistake explains: sentences that hold for all that was seen."""

from collections import Counter
from dataclasses import dataclass, fields

import numpy as np

from course_lib import texts
from course_lib.exercises._optimizer_judging import first_value, given, measure, settings_of
from course_lib.judging.compare import near, number
from course_lib.judging.exercise import Result

say = texts.beside(__file__)

LARGE_EPS = 1e-6
TINY = 1e-3  # of a gradient
SAME_FACTOR = 1e-3  # how well ratios must agree to be called one factor; float32 allows no more


def suggest(result: Result) -> tuple[str | None, str] | None:
    """An id (or None) and some sentences, when no misconception explains the evidence."""
    if any("gradient" in event.changed for events in result.got for event in events):
        return None, say("overwrites-gradient")
    if _shared(result):
        return "shared-state", say("shared-state")
    return (None, _pattern(_entries(result))) if first_value(result) else None


def _shared(result: Result) -> bool:
    """The first instance of the second case is given exactly what the first case gives its only one."""
    calls = result.cases[1].calls
    name = calls[0]["make"]
    beside = [event for event, call in zip(result.got[1], calls, strict=True) if call.get("on") == name]
    pairs = [(a.returned, b.returned) for a, b in zip(result.got[0][1:], beside, strict=True)]
    return any(
        isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.tobytes() != b.tobytes()
        for a, b in pairs
    )


@dataclass(frozen=True)
class _Entries:
    """Every entry of every step that could be compared: one row each, in the order of the report.

    case       its title
    instance   a number for each optimiser that was made
    elsewhere  whether θ is another one than this optimiser's last step returned
    """

    case: np.ndarray
    instance: np.ndarray
    step: np.ndarray
    dimensions: np.ndarray
    elsewhere: np.ndarray
    eps: np.ndarray
    gradient: np.ndarray
    expected: np.ndarray
    got: np.ndarray
    wrong: np.ndarray

    def only(self, rows: np.ndarray) -> "_Entries":
        return _Entries(*(getattr(self, column.name)[rows] for column in fields(self)))

    @property
    def ratios(self) -> np.ndarray:
        """Of what came to what was expected, where that is not 0."""
        with np.errstate(all="ignore"):
            ratios: np.ndarray = (self.got / self.expected)[self.expected != 0]
        return ratios

    def each(self, *columns: str) -> "list[_Entries]":
        """The rows that have the same in these columns, together."""
        keys = list(zip(*(getattr(self, column) for column in columns), strict=True))
        return [self.only(np.array([key == one for key in keys])) for one in dict.fromkeys(keys)]


def _entries(result: Result) -> _Entries:
    cases = zip(result.cases, result.differences, strict=True)
    elsewhere_too = any(difference and not case.known.special for case, difference in cases)
    rows = []
    instances: dict[tuple[str, str], int] = {}
    for case, right, came in zip(result.cases, result.expected, result.got, strict=True):
        if case.known.special and elsewhere_too:  # what is always 0 there fits no pattern
            continue
        steps: Counter[str] = Counter()
        for index, call in enumerate(case.calls):
            if "make" in call:
                continue
            steps[call["on"]] += 1
            instance = instances.setdefault((case.name, call["on"]), len(instances))
            elsewhere = "result" not in call["arguments"]["theta"] and steps[call["on"]] > 1
            (expected, allowed), (got, allowed_too) = measure(case, right, index), measure(case, came, index)
            if not isinstance(expected, np.ndarray) or not isinstance(got, np.ndarray):
                continue
            if got.shape == expected.shape and got.dtype.kind == "f":
                wrong = ~near(expected, got, np.fmax(allowed, allowed_too))
                gradient = given(call["arguments"]["gradient"])
                eps = settings_of(case, index).get("eps", 0.0)
                of_step = (case.title, instance, steps[call["on"]], got.ndim, elsewhere, eps)
                columns = (c.flat for c in (gradient, expected, got, wrong))
                rows += [(*of_step, *row) for row in zip(*columns, strict=True)]
    return _Entries(*map(np.array, zip(*rows, strict=True)))


def _pattern(e: _Entries) -> str:
    """What the wrong entries have in common, the more special first."""
    no_number = ~np.isfinite(e.got)
    at_zero = no_number & (e.gradient == 0)
    if at_zero.any() and (at_zero == e.wrong).all():
        return say("zero-by-zero")
    if (no_number & ~at_zero).any():
        return say("no-number", place=_place(e.only(no_number & ~at_zero)))
    if at_zero.any():
        return say("zero-by-zero-besides", pattern=_pattern(e.only(~at_zero)))
    return _of_factors(e) or _of_gradients(e) or _of_cases(e) or _of_steps(e)


def _of_factors(e: _Entries) -> str | None:
    """One factor for all, for each instance, or for each step."""
    if e.wrong[e.expected == 0].any():
        return None
    every = e.wrong[e.expected != 0].all()
    if every and _one_factor(e.ratios):
        factor = float(e.ratios[0])
        if abs(factor + 1) < SAME_FACTOR:
            return say("uphill")
        return say("one-factor", factor=number(factor))
    instances = e.each("instance")
    if all(_one_factor(each.ratios) for each in instances):
        return None if not every else say("factor-of-instance")
    if all(_one_factor(step.ratios) for each in instances for step in each.each("step")):
        return say("factor-of-step")
    return None


def _of_gradients(e: _Entries) -> str | None:
    """Where the wrong entries lie: by their gradients, ε, and the direction of θ."""
    size, wrong = np.abs(e.gradient), e.wrong
    if (size[wrong] == 0).all():
        return say("gradient-0")
    if (size[wrong] < TINY).all():
        if not e.eps.any():
            return say("tiny-gradients")
        return say("tiny-gradients-eps")
    if (e.eps[wrong] > LARGE_EPS).all() and (e.eps <= LARGE_EPS).any():
        return say("large-eps")
    for way in (e.expected > 0, e.expected < 0):
        if way.any() and wrong[way].mean() > 0.5 and not wrong[~way].any():
            return say("one-direction")
    right = size[~wrong & (size > 0)]  # where the gradient is 0, much comes out right by itself
    if right.size and size[wrong].min() > max(right.max(), TINY):
        least = number(float(size[wrong].min()))
        return say("large-gradients", least=least)
    return None


def _of_cases(e: _Entries) -> str | None:
    """Where the wrong entries lie: by what is different in their cases."""
    if (e.elsewhere == e.wrong).all():
        return say("own-theta")
    vectors = e.dimensions == 1
    beside = np.isin(e.case, e.case[~vectors])  # where arrays of several dimensions are asked
    if vectors[e.wrong].all() and e.wrong[beside].any():
        return say("vectors-wrong")
    if vectors.any() and not vectors[e.wrong].any():
        return say("vectors-right")
    if len(set(e.case[e.wrong])) == 1 < len(set(e.case)):
        return say("one-case")
    return None


def _of_steps(e: _Entries) -> str:
    """When it goes wrong."""
    instances = [each for each in e.each("instance") if each.step.max() > 1]
    first, later = e.wrong[e.step == 1], e.wrong[e.step > 1]
    if not first.any() and all(each.wrong.any() for each in instances):
        return say("later-steps")
    if not later.any():
        return say("first-steps")
    if all(each.wrong[each.step == 1].any() for each in instances):
        return say("from-the-first-step")
    return say("from-a-step", place=_place(e.only(e.wrong)))


def _place(e: _Entries) -> str:
    return say("place", step=e.step[0], case=e.case[0])


def _one_factor(ratios: np.ndarray) -> bool:
    return bool(ratios.size) and bool(np.allclose(ratios, ratios[0], rtol=SAME_FACTOR, atol=0))
