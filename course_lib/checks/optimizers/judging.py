"""How optimisers are compared: by their updates, θ_new − θ. What a difference suggests, and how it looks."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.checks import pictures
from course_lib.checks.compare import near, number
from course_lib.checks.encoding import decode
from course_lib.checks.exercise import Finding, Result
from course_lib.checks.probe import Case
from course_lib.checks.reading import Event

ROUNDINGS = 16  # of θ, that subtracting and adding updates in a student's own order may cost
SAME_FACTOR = 1e-3  # how well ratios must agree to be called one factor; float32 allows no more


def update(case: Case, events: list[Event], index: int) -> tuple[Any, Any]:
    """θ_new − θ, and what θ's own rounding hides of it. What is no array is compared as it is."""
    new = events[index].returned
    old = _theta(case, events, index)
    if not isinstance(new, np.ndarray) or not isinstance(old, np.ndarray) or new.shape != old.shape:
        return new, 0.0
    if "f" not in (new.dtype.kind, old.dtype.kind):
        return new, 0.0
    coarser = old.dtype if old.dtype.kind == "f" else new.dtype
    with np.errstate(all="ignore"):
        return new - old, ROUNDINGS * np.finfo(coarser).eps * np.fmax(np.abs(old), np.abs(new))


def _theta(case: Case, events: list[Event], index: int) -> Any:
    """The θ that went into a step."""
    theta = case["calls"][index]["arguments"]["theta"]
    return events[theta["result"]].returned if "result" in theta else decode(theta)


def path(result: Result) -> str | None:
    """The first wrong entry's way through its case: yours against the expected one."""
    found = _first_value(result)
    if found is None:
        return None
    number, finding = found
    case = result.cases[number]
    on = case["calls"][finding.event]["on"]
    steps = [i for i, call in enumerate(case["calls"]) if call.get("on") == on]
    index = finding.index or ()
    ways = []
    for events in (result.expected[number], result.got[number]):
        way = []
        for step in steps:
            new, old = events[step].returned, _theta(case, events, step)
            if not all(isinstance(a, np.ndarray) and len(index) == a.ndim for a in (new, old)):
                break
            way += [float(old[index]), float(new[index])] if not way else [float(new[index])]
        ways.append(way)
    chained = "result" in case["calls"][steps[-1]]["arguments"]["theta"]
    if not chained or not ways[1]:
        return None
    words = f"θ{list(index)} in “{case['name']}”: {_span(ways[0])} expected, {_span(ways[1])} with your code."
    return pictures.lines(*ways, x_label="step", y_label=f"θ{list(index)}", words=words)


def _span(way: list[float]) -> str:
    return f"from {way[0]:.4g} to {way[-1]:.4g}"


def _first_value(result: Result) -> tuple[int, Finding] | None:
    differences = enumerate(result.differences)
    return next(((i, d) for i, d in differences if d is not None and d.kind == "value"), None)


# What a difference suggests


def suggest(result: Result) -> tuple[str | None, str] | None:
    """An id (or None) and some sentences, when no misconception explains the evidence."""
    if _shared(result):
        return "shared-state", (
            "The same six steps gave other numbers when a second instance was stepped beside. So the instances have "
            "something in common: a variable on the class, a global name, or a default argument that is a list or a "
            "dict. All that step remembers belongs on self, and begins afresh in each instance."
        )
    found = _first_value(result)
    if found is None:
        return None
    number, finding = found
    text = finding.text[:1].upper() + finding.text[1:]
    return None, f"In “{result.cases[number]['name']}”: {text} {_pattern(_entries(result))}"


def _shared(result: Result) -> bool:
    """The first instance of the second case is given exactly what the first case gives its only one."""
    calls = result.cases[1]["calls"]
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
    gradient: np.ndarray
    expected: np.ndarray
    got: np.ndarray
    wrong: np.ndarray


def _entries(result: Result) -> _Entries:
    rows = []
    for case_number, (case, right, came) in enumerate(
        zip(result.cases, result.expected, result.got, strict=True)
    ):
        steps: Counter[str] = Counter()
        for index, call in enumerate(case["calls"]):
            if "make" in call:
                continue
            steps[call["on"]] += 1
            (expected, allowed), (got, allowed_too) = update(case, right, index), update(case, came, index)
            if isinstance(got, np.ndarray) and got.shape == expected.shape and got.dtype.kind == "f":
                wrong = ~near(expected, got, np.fmax(allowed, allowed_too))
                gradient = decode(call["arguments"]["gradient"])
                columns = (gradient, expected, got, wrong)
                rows += [
                    (case_number, steps[call["on"]], *row)
                    for row in zip(*(c.flat for c in columns), strict=True)
                ]
    columns = np.array(rows, dtype=float).T
    return _Entries(*columns[:5], columns[5] > 0)


def _pattern(all_entries: _Entries) -> str:
    """What the wrong entries have in common."""
    e = all_entries
    small = np.abs(e.gradient) < 1e-3
    with np.errstate(all="ignore"):
        ratios = (e.got / e.expected)[e.wrong & (e.expected != 0)]
    wrong_cases = set(e.case[e.wrong])
    if not np.isfinite(e.got).all():
        if not (~np.isfinite(e.got) & (e.gradient != 0)).any():
            return "It is no number only where the gradient is exactly 0: there, 0 is divided by 0."
        first = int(e.step[~np.isfinite(e.got)].min())
        return f"It is no number from step {first} on: something is divided by 0, or the root of a negative number is taken."
    if e.wrong[e.expected != 0].all() and _alike(ratios):
        if _alike(-ratios, 1.0):
            return "Every update has the right size and the wrong sign: the step goes uphill."
        return (
            f"Every update is {number(float(ratios[0]))} times the expected one: one factor is missing or too much. "
            "Which of the constants in the formula has that value?"
        )
    if (e.gradient[e.wrong] == 0).all():
        return (
            "It is wrong only where the gradient is exactly 0: what does each term of the formula give there?"
        )
    if small[e.wrong].all():
        return "It is wrong only where gradients are tiny, which is where ε decides: where does it stand, and what is added to what?"
    if not e.wrong[e.step == 1].any():
        return (
            "The first step of each instance is right, later ones are not: look at what is kept from one step to the next, "
            "and how it grows or decays."
        )
    if len(wrong_cases) == 1 and len(set(e.case)) > 1:
        return "All other cases give the right values: what is different in this one?"
    if all(
        _alike((e.got / e.expected)[(e.case == c) & (e.step == k) & (e.expected != 0)])
        for c, k in zip(e.case, e.step, strict=True)
    ):
        return "All entries of a step are off by the same factor, which changes from step to step: look at what depends on the number of the step."
    if not e.wrong[e.step > 1].any():
        return "Only the first step is wrong: how does the state begin?"
    return "It is wrong from the first step on: do that step by hand, with the numbers of the worked example, and compare each quantity."


def _alike(ratios: np.ndarray, to: float | None = None) -> bool:
    target = to if to is not None else (ratios[0] if ratios.size else 1.0)
    return bool(ratios.size) and bool(np.allclose(ratios, target, rtol=SAME_FACTOR, atol=0))
