"""What a difference suggests that no mistake explains: sentences that hold for all that was seen."""

from collections import Counter
from dataclasses import dataclass, fields

import numpy as np

from course_lib.exercises._optimizer_judging import first_value, given, measure, settings_of
from course_lib.judging.compare import near, number
from course_lib.judging.exercise import Result

LARGE_EPS = 1e-6
TINY = 1e-3  # of a gradient
SAME_FACTOR = 1e-3  # how well ratios must agree to be called one factor; float32 allows no more


def suggest(result: Result) -> tuple[str | None, str] | None:
    """An id (or None) and some sentences, when no misconception explains the evidence."""
    if any("gradient" in event.changed for events in result.got for event in events):
        return None, (
            "step overwrites a gradient that it was given. An assignment such as `a = b` makes no copy: what "
            "is then done to a in place is done to b as well. Is the gradient used after that?"
        )
    if _shared(result):
        return "shared-state", (
            "The same six steps gave other numbers with a second instance stepped beside. Unless step draws "
            "random numbers, or asks for the id of an array, which Python gives again to a later one, the "
            "instances have something in common: a variable on the class, a global name, or a default "
            "argument that is a list or a dict. What step remembers belongs on self."
        )
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

    case       its name
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
                of_step = (case.name, instance, steps[call["on"]], got.ndim, elsewhere, eps)
                columns = (c.flat for c in (gradient, expected, got, wrong))
                rows += [(*of_step, *row) for row in zip(*columns, strict=True)]
    return _Entries(*map(np.array, zip(*rows, strict=True)))


def _pattern(e: _Entries) -> str:
    """What the wrong entries have in common, the more special first."""
    no_number = ~np.isfinite(e.got)
    at_zero = no_number & (e.gradient == 0)
    if at_zero.any() and (at_zero == e.wrong).all():
        return (
            "It is no number where the gradient is exactly 0, and right elsewhere: there, 0 is divided by 0."
        )
    if (no_number & ~at_zero).any():
        return (
            f"{_place(e.only(no_number & ~at_zero))} gives what is no number: a division by 0, or the root "
            "of a negative number?"
        )
    if at_zero.any():
        return _pattern(e.only(~at_zero)) + " (Besides, 0 is divided by 0 where the gradient is 0.)"
    return _of_factors(e) or _of_gradients(e) or _of_cases(e) or _of_steps(e)


def _of_factors(e: _Entries) -> str | None:
    """One factor for all, for each instance, or for each step."""
    if e.wrong[e.expected == 0].any():
        return None
    every = e.wrong[e.expected != 0].all()
    if every and _one_factor(e.ratios):
        factor = float(e.ratios[0])
        if abs(factor + 1) < SAME_FACTOR:
            return "Every update has the right size and the wrong sign: the step goes uphill."
        return (
            f"Every update is {number(factor)} times the expected one: a factor is missing or too much. "
            "Which of the constants in the formula has that value?"
        )
    instances = e.each("instance")
    if all(_one_factor(each.ratios) for each in instances):
        return (
            None
            if not every
            else (
                "All updates of an instance are off by the same factor, and instances with other settings by "
                "another: which of the settings is used twice, or not at all?"
            )
        )
    if all(_one_factor(step.ratios) for each in instances for step in each.each("step")):
        return (
            "All entries of a step are off by the same factor, which changes from step to step: look at what "
            "depends on the number of the step, or on the gradient as a whole."
        )
    return None


def _of_gradients(e: _Entries) -> str | None:
    """Where the wrong entries lie: by their gradients, ε, and the direction of θ."""
    size, wrong = np.abs(e.gradient), e.wrong
    if (size[wrong] == 0).all():
        return (
            "It is wrong only where the gradient is exactly 0: what does each term of the formula give there?"
        )
    if (size[wrong] < TINY).all():
        if not e.eps.any():
            return "It is wrong only where gradients are tiny: is something rounded, or added, there?"
        return "It is wrong only where gradients are tiny, which is where ε decides: what is it added to?"
    if (e.eps[wrong] > LARGE_EPS).all() and (e.eps <= LARGE_EPS).any():
        return "It is wrong only where ε is large: where does it stand?"
    for way in (e.expected > 0, e.expected < 0):
        if way.any() and wrong[way].mean() > 0.5 and not wrong[~way].any():
            return "It is wrong only where θ should move in one direction: where does a sign get lost?"
    right = size[~wrong & (size > 0)]  # where the gradient is 0, much comes out right by itself
    if right.size and size[wrong].min() > max(right.max(), TINY):
        least = number(float(size[wrong].min()))
        return f"It is wrong only where gradients are large, {least} or more: is something cut off there?"
    return None


def _of_cases(e: _Entries) -> str | None:
    """Where the wrong entries lie: by what is different in their cases."""
    if (e.elsewhere == e.wrong).all():
        return (
            "It is right as long as θ is what the last step returned, and wrong where it is another one: "
            "does the object keep a θ of its own, or the place where it was?"
        )
    vectors = e.dimensions == 1
    beside = np.isin(e.case, e.case[~vectors])  # where arrays of several dimensions are asked
    if vectors[e.wrong].all() and e.wrong[beside].any():
        return (
            "Vectors come out wrong, arrays with more dimensions do not: does something depend on the number "
            "of dimensions?"
        )
    if not vectors[e.wrong].any():
        return (
            "Vectors come out right, arrays with more dimensions do not: which operation takes rows or "
            "columns together?"
        )
    if len(set(e.case[e.wrong])) == 1 < len(set(e.case)):
        return "All other cases give the right values: what is different in this one?"
    return None


def _of_steps(e: _Entries) -> str:
    """When it goes wrong."""
    instances = [each for each in e.each("instance") if each.step.max() > 1]
    first, later = e.wrong[e.step == 1], e.wrong[e.step > 1]
    if not first.any() and all(each.wrong.any() for each in instances):
        return (
            "The first step of each instance is right, later ones are not: look at what is kept from one "
            "step to the next, and how it grows or decays."
        )
    if not later.any():
        return "It is wrong in first steps only: how does the state begin?"
    if all(each.wrong[each.step == 1].any() for each in instances):
        return (
            "It is wrong from the first step on: do that step by hand, for one entry, and compare each "
            "quantity."
        )
    return (
        f"{_place(e.only(e.wrong))} is the first that is wrong: do the steps up to it by hand, for one "
        "entry, and compare each quantity."
    )


def _place(e: _Entries) -> str:
    return f"Step {e.step[0]} of “{e.case[0]}”"


def _one_factor(ratios: np.ndarray) -> bool:
    return bool(ratios.size) and bool(np.allclose(ratios, ratios[0], rtol=SAME_FACTOR, atol=0))
