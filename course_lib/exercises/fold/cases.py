"""A Dense layer and the batch normalisation behind it as one Dense layer: what is asked. All is exact."""

from typing import Unpack

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, Form, Marks, array
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

EPS = 1e-5
SLACK = 1e-9  # of the largest entry, as the terms of a bias cancel now and then


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def sizes(*shape: int) -> np.ndarray:
        """Of order 1 and either sign, none near 0 or 1."""
        return rng.uniform(1.3, 3, shape) * rng.choice([-1, 1], shape)

    def call(inputs: int, units: int, eps: float = EPS, W: Form | None = None, **given: np.ndarray) -> Call:
        layer = {name: sizes(units) for name in ("b", "gamma", "beta", "mean")}
        layer |= {"var": rng.uniform(2, 5, units)} | given
        arrays = {name: encode_array(value) for name, value in layer.items()}
        arguments = {"W": W or encode_array(sizes(inputs, units)), **arrays, "eps": eps}
        return {"call": "fold", "arguments": arguments}

    def case(name: str, *asked: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(asked), **marks)

    large = round(float(rng.uniform(0.4, 0.8)), 3)
    scales = np.array([0.003, 1.0, 400.0])
    apart = {"b": sizes(3) * scales, "mean": sizes(3) * scales, "var": rng.uniform(2, 5, 3) * scales**2}
    fresh, kept = array("W", sizes(3, 4))
    again = call(3, 4, W=fresh)
    return [
        case("one input and one unit", call(1, 1)),
        case("several inputs and units", call(3, 4), call(5, 2)),
        case("as many inputs as units", call(3, 3)),
        case("a large ε", call(3, 4, large)),
        case("biases of 0", call(3, 4, b=np.zeros(4))),
        case("a network before its training", call(4, 3, gamma=np.ones(3), beta=np.zeros(3), b=np.zeros(3))),
        case("features of very different scale", call(4, 3, **apart)),
        case(
            "leaves W as it was",
            again,
            {**again, "arguments": {**again["arguments"], "W": kept}},
            keeps_arguments=True,
            twice=((0, 1),),
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, event in enumerate(events):
        returned = event.returned
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            got = described(returned)
            return [Observation("What comes back", got, say("no-pair", got=got), index)]
        seen.append(Observation("What comes back", "weights and biases", event=index))
        for what, value in zip(("W'", "b'"), returned, strict=True):
            numbers = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
            slack = SLACK * np.abs(value).max(axis=0) if numbers else 0.0
            seen.append(Observation(what, value, event=index, allowed=slack))
    return seen
