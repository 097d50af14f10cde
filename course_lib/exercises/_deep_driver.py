"""Play a case of an initialiser for a deep stack: draw all weights, send a signal up and a gradient back.

Like the probe, this knows no right answer. A call has fan_in, fan_out and a generator as arguments, those of
the first layer; the setting "widths" has those of all layers, drawn one after the other with one generator.
Its event has {"sizes": what `passed` says}, or {"other": what came} where that is no array of fan_in times
fan_out numbers.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NotRequired, TypedDict

from numpy import abs as size_of
from numpy import array, array_equal, float64, isfinite, ndarray, sqrt
from numpy.random import Generator, default_rng

from course_lib.judging.encoding import decode
from course_lib.judging.functions import BENDS
from course_lib.judging.probe import Asked, Event, MakeCall, Student

EXAMPLES = 16
SEED = 1  # of the signal and of the gradient that are sent through

# An activation's slope, from what came out.
SLOPES: dict[str, Callable[[ndarray], ndarray]] = {
    "tanh": lambda y: 1 - y * y,
    "sigmoid": lambda y: y * (1 - y),
}


class Settings(TypedDict):
    bend: str
    widths: list[int]


class Passed(TypedDict):
    """Sizes (root mean squares) behind 0, 1, … layers: of the signal, of the part of it in which examples
    differ, and of the gradient, in the order of the layers. Of the weights, in units of 1/√fan_in, their size
    and their mean; the share of the directions that the first layer uses: 1 if it is orthogonal, about a half
    if all is drawn by itself; and the size of the sums of columns and of rows, 1 if all is drawn by itself, 0
    if they are centred. Whether the first layer's come again from a generator with the same seed."""

    signal: ndarray
    apart: ndarray
    gradient: ndarray
    size: float
    mean: float
    directions: float
    columns: float
    rows: float
    again: NotRequired[bool]


def play(student: Student, case: Asked, events: list[Event], call: MakeCall) -> None:
    """Append the events of a case; `call` is how the probe calls, and writes down what happens."""
    settings: Settings = case.settings
    for each in case.calls:
        asked = each["arguments"]
        given = {name: decode(asked[name]) for name in ("fan_in", "fan_out")}
        rng, same = (default_rng(asked["rng"]["rng"]) for _ in range(2))
        events.append(call(_sending(student, settings, same), each, given | {"rng": rng})[0])


def _sending(student: Student, settings: Settings, same: Generator) -> Callable[..., dict[str, object]]:
    def send(fan_in: int, fan_out: int, rng: Generator) -> dict[str, object]:
        weights = []
        for shape in pairwise(settings["widths"]):
            W = student(*shape, rng)
            if type(W) is not ndarray or W.dtype.kind != "f" or W.shape != shape or not isfinite(W).all():
                return {"other": W}
            weights.append(W.astype(float64))
        again = array_equal(weights[0], student(fan_in, fan_out, same))
        return {"sizes": passed(weights, settings["bend"]) | {"again": again}}

    return send


def passed(weights: list[ndarray], bend: str) -> Passed:
    """A signal and a gradient of size 1 through these layers."""
    forward, slope = BENDS[bend], SLOPES[bend]
    rng = default_rng(SEED)
    signal = [rng.normal(size=(EXAMPLES, len(weights[0])))]
    for W in weights:
        signal.append(forward(signal[-1] @ W))
    gradient = [rng.normal(size=signal[-1].shape)]
    for W, y in zip(weights[::-1], signal[:0:-1], strict=True):
        gradient.append((gradient[-1] * slope(y)) @ W.T)
    scaled = [(W * len(W) ** 0.5, W.size) for W in weights]
    count = sum(n for _, n in scaled)
    square = weights[0].T @ weights[0]
    spread = float((square * square).sum())
    return {
        "signal": _sizes(signal),
        "apart": _sizes([h - h.mean(axis=0) for h in signal]),
        "gradient": _sizes(gradient[::-1]),
        "size": float(sum((W * W).sum() for W, _ in scaled) / count) ** 0.5,
        "mean": float(sum(W.sum() for W, _ in scaled) / count),
        "columns": _of_sums(weights, 0),
        "rows": _of_sums(weights, 1),
        "directions": float(square.trace()) ** 2 / spread / min(weights[0].shape) if spread else 0.0,
    }


def _of_sums(weights: list[ndarray], axis: int) -> float:
    """The size of the sums along this axis, beside what chance makes of independent weights."""
    came = sum(float((W.sum(axis=axis) ** 2).sum()) for W in weights)
    chance = sum(float((W * W).sum()) for W in weights)
    return (came / chance) ** 0.5 if chance else 0.0


def _sizes(layers: list[ndarray]) -> ndarray:
    """Root mean squares; of numbers that are too large to be squared, too."""
    largest = [size_of(h).max() or 1.0 for h in layers]
    return array([float(top * sqrt(((h / top) ** 2).mean())) for h, top in zip(layers, largest, strict=True)])
