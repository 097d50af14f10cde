"""Play a case of an initialiser that draws many weights: more than can be handed over, so they are counted.

Like the probe, this knows no right answer. A call has "times": so often it is made, one after the other, with
one generator. Its event has {"weights": what `counted` says of all of them}, or {"other": what came} where
that is no array of as many numbers as fan_in and fan_out say.

A case with the setting "again" is about the draws of the case before it: they are not made anew.
"""

from collections.abc import Callable
from typing import TypedDict

from numpy import concatenate, diff, float64, isfinite, linspace, ndarray, searchsorted, sort
from numpy.random import Generator, default_rng

from course_lib.judging.encoding import decode
from course_lib.judging.probe import Asked, Event, MakeCall, Student

GRID = linspace(-3, 3, 25)  # in units of the weights' size √(mean of w²)
MOST_KEPT = 64

# What was drawn last by whom, by id.
_kept: dict[int, tuple[Student, list[Event]]] = {}


class Settings(TypedDict):
    again: bool


class Counted(TypedDict):
    """Of weights: how many, how many different ones, their mean and their mean square; and in units of their
    size, the largest and the shares that are below each point of GRID."""

    count: int
    different: int
    mean: float
    mean_square: float
    largest: float
    shares: ndarray


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    of, known = _kept.get(id(student), (None, []))
    settings: Settings = case.settings
    if settings["again"] and of is student:
        events.extend(known)
        return
    _kept.pop(id(student), None)
    _kept[id(student)] = student, events
    while len(_kept) > MOST_KEPT:
        del _kept[next(iter(_kept))]
    for each in case.calls:
        asked = each["arguments"]
        fans = {name: decode(asked[name]) for name in ("fan_in", "fan_out")}
        draw = _drawing(student, each["times"])
        events.append(call(draw, each, fans | {"rng": default_rng(asked["rng"]["rng"])})[0])


def _drawing(student: Student, times: int) -> Callable[..., dict[str, object]]:
    def draw(fan_in: int, fan_out: int, rng: Generator) -> dict[str, object]:
        drawn = []
        for _ in range(times):
            w = student(fan_in, fan_out, rng)
            if type(w) is not ndarray or w.dtype.kind != "f" or w.size != fan_in * fan_out:
                return {"other": w}
            drawn.append(w)
        weights = concatenate([w.ravel() for w in drawn]).astype(float64)
        return {"weights": counted(weights)} if isfinite(weights).all() else {"other": drawn[0]}

    return draw


def counted(weights: ndarray) -> Counted:
    mean_square = float((weights * weights).mean())
    in_order = sort(weights)
    size = mean_square**0.5
    largest = max(-float(in_order[0]), float(in_order[-1]))
    return {
        "count": weights.size,
        "different": 1 + int((diff(in_order) > 0).sum()),
        "mean": float(weights.mean()),
        "mean_square": mean_square,
        "largest": largest / size if size else 0.0,
        "shares": searchsorted(in_order, GRID * size) / weights.size,
    }
