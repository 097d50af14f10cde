"""How optimisers are compared: by their updates, θ_new − θ. And how a difference looks."""

import numpy as np

from course_lib import texts
from course_lib.judging import pictures
from course_lib.judging.cases import Case, given
from course_lib.judging.compare import RELATIVE
from course_lib.judging.exercise import Finding, Measured, Result
from course_lib.judging.reading import Event

say = texts.beside(__file__)

quantity = say("quantity")
ROUNDINGS = 16  # of θ, that subtracting and adding updates in a student's own order may cost


def measure(case: Case, events: list[Event], index: int) -> Measured:
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
        settings = settings_of(case, index)
        decay = settings["lr"] * settings.get("weight_decay", 0) * np.abs(old)
        return np.asarray(new - old), roundings + RELATIVE["float64"] * decay


def settings_of(case: Case, index: int) -> dict[str, float]:
    """All hyperparameters of the optimiser that makes a step."""
    made = next(call for call in case.calls if call.get("make") == case.calls[index]["on"])
    every = made["defaults"] | made["arguments"]
    return {name: value for name, value in every.items() if value is not None}


def _theta(case: Case, events: list[Event], index: int) -> object:
    """The θ that went into a step."""
    theta = case.calls[index]["arguments"]["theta"]
    return events[theta["result"]].returned if "result" in theta else given(theta)


def picture(result: Result) -> str | None:
    """The first wrong entry's way through its case: yours against the expected one."""
    found = first_value(result)
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
    words = say("way", entry=list(index), case=case.title, expected=_span(expected), yours=_span(yours))
    return pictures.lines(expected, yours, x_label=say("step"), y_label=f"θ{list(index)}", words=words)


def _way(case: Case, events: list[Event], steps: list[int], index: tuple[int, ...]) -> list[float]:
    """One entry of θ before the first of these steps and after each, as far as they returned arrays."""
    thetas = [_theta(case, events, steps[0])] + [events[step].returned for step in steps]
    way: list[float] = []
    for theta in thetas:
        if not isinstance(theta, np.ndarray) or theta.ndim != len(index):
            break
        way.append(float(theta[index]))
    return way


def _span(way: list[float]) -> str:
    return say("span", start=way[0], end=way[-1])


def first_value(result: Result) -> tuple[int, Finding] | None:
    differences = enumerate(result.differences)
    return next(((i, d) for i, d in differences if d is not None and d.kind == "value"), None)
