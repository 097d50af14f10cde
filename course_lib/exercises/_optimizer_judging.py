"""How optimisers are compared: by their updates, θ_new − θ. What a difference suggests, and how it looks."""

from collections import Counter
from dataclasses import dataclass, fields
from itertools import takewhile
from typing import Any

import numpy as np

from course_lib.judging import pictures
from course_lib.judging.cases import Case
from course_lib.judging.compare import RELATIVE, near, number
from course_lib.judging.encoding import decode
from course_lib.judging.exercise import Finding, Result
from course_lib.judging.reading import Event

quantity = "the update θ_new − θ:"
ROUNDINGS = 16  # of θ, that subtracting and adding updates in a student's own order may cost
LARGE_EPS = 1e-6
SAME_FACTOR = 1e-3  # how well ratios must agree to be called one factor; float32 allows no more


def measure(case: Case, events: list[Event], index: int) -> tuple[Any, Any]:
    """θ_new − θ, and what θ's own rounding hides of it. What is no array is compared as it is."""
    new = events[index].returned
    old = _theta(case, events, index)
    if not isinstance(new, np.ndarray) or not isinstance(old, np.ndarray) or new.shape != old.shape:
        return new, 0.0
    if "f" not in (new.dtype.kind, old.dtype.kind):
        return new, 0.0
    coarser = old.dtype if old.dtype.kind == "f" else new.dtype
    with np.errstate(all="ignore"):
        roundings = ROUNDINGS * np.finfo(coarser).eps * np.fmax(np.abs(old), np.abs(new))
        # Where the decay cancels the rest of the update, it leaves the rounding of both.
        settings = _settings(case, index)
        decay = settings["lr"] * settings.get("weight_decay", 0) * np.abs(old)
        return new - old, roundings + RELATIVE["float64"] * decay


def _settings(case: Case, index: int) -> dict[str, float]:
    """All hyperparameters of the optimiser that makes a step."""
    made = next(call for call in case.calls if call.get("make") == case.calls[index]["on"])
    return made["defaults"] | made["arguments"]


def _theta(case: Case, events: list[Event], index: int) -> Any:
    """The θ that went into a step."""
    theta = case.calls[index]["arguments"]["theta"]
    return events[theta["result"]].returned if "result" in theta else _given(theta)


def _given(form: dict[str, Any]) -> Any:
    """The array that an argument is, or is to be."""
    return decode(form.get("holds", form))


def picture(result: Result) -> str | None:
    """The first wrong entry's way through its case: yours against the expected one."""
    found = _first_value(result)
    if found is None:
        return None
    number, finding = found
    case = result.cases[number]
    on = case.calls[finding.event]["on"]
    steps = [i for i, call in enumerate(case.calls) if call.get("on") == on]
    index = finding.index or ()
    if "result" not in case.calls[steps[-1]]["arguments"]["theta"]:
        return None  # θ was given anew at each step: there is no way to draw
    sides = (result.expected[number], result.got[number])
    expected, yours = (_way(case, events, steps, index) for events in sides)
    if not yours:
        return None
    words = f"θ{list(index)} in “{case.name}”: {_span(expected)} expected, {_span(yours)} with your code."
    return pictures.lines(expected, yours, x_label="step", y_label=f"θ{list(index)}", words=words)


def _way(case: Case, events: list[Event], steps: list[int], index: tuple[int, ...]) -> list[float]:
    """One entry of θ before the first of these steps and after each, as far as they returned arrays."""
    thetas = [_theta(case, events, steps[0])] + [events[step].returned for step in steps]
    arrays = takewhile(lambda theta: isinstance(theta, np.ndarray) and theta.ndim == len(index), thetas)
    return [float(theta[index]) for theta in arrays]


def _span(way: list[float]) -> str:
    return f"from {way[0]:.4g} to {way[-1]:.4g}"


def _first_value(result: Result) -> tuple[int, Finding] | None:
    differences = enumerate(result.differences)
    return next(((i, d) for i, d in differences if d is not None and d.kind == "value"), None)


# What a difference suggests


def suggest(result: Result) -> tuple[str | None, str] | None:
    """An id (or None) and some sentences, when no misconception explains the evidence."""
    if any("gradient" in event.changed for events in result.got for event in events):
        return None, (
            "step overwrites the gradient while it works with it. An assignment such as `a = b` makes no "
            "copy: what is then done to a in place is done to b as well. Is the gradient used after that?"
        )
    if _shared(result):
        return "shared-state", (
            "The same six steps gave other numbers with a second instance stepped beside. Unless step draws "
            "random numbers, the instances have something in common: a variable on the class, a global name, "
            "or a default argument that is a list or a dict. What step remembers belongs on self."
        )
    return (None, _pattern(_entries(result))) if _first_value(result) else None


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
    """Every entry of every step that could be compared: one row each."""

    case: np.ndarray
    step: np.ndarray
    eps: np.ndarray
    gradient: np.ndarray
    expected: np.ndarray
    got: np.ndarray
    wrong: np.ndarray

    def without(self, rows: np.ndarray) -> "_Entries":
        return _Entries(*(getattr(self, column.name)[~rows] for column in fields(self)))


def _entries(result: Result) -> _Entries:
    rows = []
    for case_number, (case, right, came) in enumerate(
        zip(result.cases, result.expected, result.got, strict=True)
    ):
        steps: Counter[str] = Counter()
        for index, call in enumerate(case.calls):
            if "make" in call:
                continue
            steps[call["on"]] += 1
            (expected, allowed), (got, allowed_too) = measure(case, right, index), measure(case, came, index)
            if isinstance(got, np.ndarray) and got.shape == expected.shape and got.dtype.kind == "f":
                wrong = ~near(expected, got, np.fmax(allowed, allowed_too))
                gradient = _given(call["arguments"]["gradient"])
                columns = (gradient, expected, got, wrong)
                of_step = (case_number, steps[call["on"]], _settings(case, index).get("eps", 0.0))
                rows += [(*of_step, *row) for row in zip(*(c.flat for c in columns), strict=True)]
    case_of, step, eps, gradient_of, expected_of, got_of, wrong_of = np.array(rows, dtype=float).T
    return _Entries(case_of, step, eps, gradient_of, expected_of, got_of, wrong_of > 0)


def _pattern(e: _Entries) -> str:
    """What the wrong entries have in common."""
    with np.errstate(all="ignore"):
        ratios = e.got / e.expected
    comparable = e.expected != 0
    no_number = ~np.isfinite(e.got)
    at_zero = no_number & (e.gradient == 0)
    if at_zero.any() and (at_zero == e.wrong).all():
        return (
            "It is no number where the gradient is exactly 0, and right elsewhere: there, 0 is divided by 0."
        )
    if (no_number & ~at_zero).any():
        first = int(e.step[no_number].min())
        return f"It is no number from step {first} on: a division by 0, or the root of a negative number?"
    if e.wrong[comparable].all() and _one_factor(ratios[comparable]):
        factor = float(ratios[comparable][0])
        if abs(factor + 1) < SAME_FACTOR:
            return "Every update has the right size and the wrong sign: the step goes uphill."
        return (
            f"Every update is {number(factor)} times the expected one: a factor is missing or too much. "
            "Which of the constants in the formula has that value?"
        )
    if at_zero.any():
        return _pattern(e.without(at_zero))
    if (e.gradient[e.wrong] == 0).all():
        return (
            "It is wrong only where the gradient is exactly 0: what does each term of the formula give there?"
        )
    if (np.abs(e.gradient[e.wrong]) < 1e-3).all():
        if not e.eps.any():
            return "It is wrong only where gradients are tiny: is something rounded, or added, there?"
        return "It is wrong only where gradients are tiny, which is where ε decides: what is it added to?"
    if (e.eps[e.wrong] > LARGE_EPS).all() and (e.eps <= LARGE_EPS).any():
        return "It is right as long as ε is tiny, and wrong where ε is large: where does it stand?"
    for way, other in ((e.expected > 0, e.expected < 0), (e.expected < 0, e.expected > 0)):
        if e.wrong[way].mean() > 0.5 and not e.wrong[other].any():
            return "It is wrong only where θ should move in one direction: where does a sign get lost?"
    if not e.wrong[e.step == 1].any():
        return (
            "The first step of each instance is right, later ones are not: look at what is kept from one "
            "step to the next, and how it grows or decays."
        )
    if len(set(e.case[e.wrong])) == 1 < len(set(e.case)):
        return "All other cases give the right values: what is different in this one?"
    steps = {(case, step) for case, step in zip(e.case, e.step, strict=True)}
    if all(_one_factor(ratios[(e.case == case) & (e.step == step) & comparable]) for case, step in steps):
        return (
            "All entries of a step are off by the same factor, which changes from step to step: look at what "
            "depends on the number of the step."
        )
    if not e.wrong[e.step > 1].any():
        return "Only the first step is wrong: how does the state begin?"
    return (
        "It is wrong from the first step on: do that step by hand, with the numbers of the worked example, "
        "and compare each quantity."
    )


def _one_factor(ratios: np.ndarray) -> bool:
    return bool(ratios.size) and bool(np.allclose(ratios, ratios[0], rtol=SAME_FACTOR, atol=0))
