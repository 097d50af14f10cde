"""The gains of an activation: what is asked, and what is observed.

The sample is given, so what is asked is a number, but for how the slope is measured: WITHIN leaves room for a
step as large as a hundredth of the sample, and for a step across a kink.
"""

from typing import Unpack

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import is_number, pair
from course_lib.judging.cases import Case, Marks, array
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

WITHIN = 0.01  # of what is asked
COUNT = 200
DIRECTIONS = ("forward", "backward")


def sums(rng: np.random.Generator, size: float = 1.0, *shape: int) -> np.ndarray:
    """COUNT numbers of mean 0 and of this root mean square, none next to a kink at 0."""
    z = rng.normal(size=COUNT)
    z = np.where(np.abs(z) < 0.02, 0.02, z)
    z = (z - z.mean()) / z.std()
    return (size * z).reshape(shape or COUNT)


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(bend: str, z: object) -> Call:
        activation = {"function": "elementwise", "settings": {"bend": bend}}
        return {"call": "gain", "arguments": {"activation": activation, "z": z}}

    def case(name: str, *asked: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(asked), **marks)

    def alone(name: str, bend: str, size: float = 1.0, *shape: int) -> Case:
        return case(name, call(bend, encode_array(sums(rng, size, *shape))))

    large, small = sums(rng, float(rng.uniform(2.5, 3.5))), sums(rng, float(rng.uniform(0.3, 0.4)))
    large[0] = 0.0
    fresh, kept = array("z", sums(rng))
    return [
        alone("the identity", "identity"),
        alone("ReLU", "ReLU"),
        alone("leaky ReLU with a slope of 0.3", "leaky ReLU"),
        alone("tanh", "tanh"),
        alone("GELU", "GELU"),
        alone("softplus", "softplus"),
        case(
            "sums of another size, with a 0 among them, and sums that have a mean",
            call("tanh", encode_array(large)),
            call("SiLU", encode_array(small + 0.6)),
        ),
        alone("sums of a batch, in rows", "sigmoid", 1.5, 8, COUNT // 8),
        case(
            "leaves z as it was",
            call("tanh", fresh),
            call("tanh", kept),
            keeps_arguments=True,
            twice=((0, 1),),
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, event in enumerate(events):
        found = pair(event.returned)
        if found is None:
            got = described(event.returned)
            kind = "one number" if is_number(event.returned) else got
            return [Observation("What comes back", kind, say("no-pair", got=got), index)]
        seen.append(Observation("What comes back", "two numbers", event=index))
        for name, value in zip(DIRECTIONS, found, strict=True):
            what = say(f"what.{name}", bend=_bend(case.calls[index]))
            seen.append(Observation(what, value, event=index, allowed=WITHIN * abs(value)))
    return seen


def _bend(call: Call) -> str:
    bend: str = call["arguments"]["activation"]["settings"]["bend"]
    return say.all("bends")[bend]


def suggest(result: Result) -> tuple[None, str] | None:
    """Which of the two goes wrong, and for which activations."""
    wrong = {name: set() for name in DIRECTIONS}  # type: dict[str, set[str]]
    for case, expected, got in zip(result.cases, result.expected, result.got, strict=True):
        for index, (right, came) in enumerate(zip(expected, got, strict=True)):
            asked, found = pair(right.returned), pair(came.returned)
            if asked is None or found is None:
                return None
            for name, one, other in zip(DIRECTIONS, asked, found, strict=True):
                if not abs(other - one) <= WITHIN * one:
                    wrong[name].add(_bend(case.calls[index]))
    those = [name for name in DIRECTIONS if wrong[name]]
    if len(those) != 1:
        return None, say("both") if those else ""
    return None, say(f"one.{those[0]}", bends=", ".join(sorted(wrong[those[0]])))
