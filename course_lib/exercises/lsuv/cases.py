"""Layer-sequential unit variance: what is asked. All is exact, as the weights are given."""

from itertools import pairwise
from typing import Unpack

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, Marks, array, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

EXAMPLES = 7


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def drawn(*widths: int, size: float = 1.0, mean: float = 0.0) -> tuple[list[np.ndarray], np.ndarray]:
        """A layer's weights for each two neighbours of widths, and a batch for the first."""
        weights = [size * rng.uniform(0.5, 2) * rng.normal(size=pair) for pair in pairwise(widths)]
        return weights, rng.normal(mean, rng.uniform(1.3, 2), (EXAMPLES, widths[0]))

    def call(bend: str, weights: list[object], x: object) -> Call:
        activation = {"function": "elementwise", "settings": {"bend": bend}}
        arguments = {"weights": {"list": weights}, "x": x, "activation": activation}
        return {"call": "lsuv", "arguments": arguments}

    def of(bend: str, *widths: int, size: float = 1.0, mean: float = 0.0) -> Call:
        weights, x = drawn(*widths, size=size, mean=mean)
        return call(bend, list(map(encode_array, weights)), encode_array(x))

    def case(name: str, *asked: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(asked), **marks)

    # Whoever changes weights in their scale alone gets the same answer of them: but of x, another one.
    square = rng.normal(size=(4, 4)) * rng.uniform(1.5, 2)
    both, other = array("x and W 1", square), array("W 2", rng.normal(size=(4, 3)))
    return [
        case("one layer", of("ReLU", 4, 5)),
        case("three layers of ReLU", of("ReLU", 4, 5, 5, 4)),
        case("three layers of tanh", of("tanh", 5, 4, 5, 3)),
        case("an activation that is new", of("softplus", 3, 5, 4), of("SiLU", 4, 3, 4)),
        case(
            "weights far too small, and far too large",
            of("tanh", 4, 4, 3, size=1e-3),
            of("GELU", 3, 5, 4, size=300.0),
        ),
        case("a batch whose mean is not 0", of("sigmoid", 4, 5, 4, mean=3.0)),
        case("ten layers", of("leaky ReLU", *[5] * 11)),
        case(
            "leaves weights and x as they were",
            *(call("tanh", [W, last], W) for W, last in zip(both, other, strict=True)),
            keeps_arguments=True,
            twice=((0, 1),),
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The weights, layer by layer, as they are; and in which form they come."""
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        shapes = [given(form).shape for form in call["arguments"]["weights"]["list"]]
        weights = _weights(event.returned, shapes)
        if weights is None:
            got = _kind(event.returned)
            return [Observation("What comes back", got, say("no-list", count=len(shapes), got=got), index)]
        seen.append(Observation("What comes back", "the weights", event=index))
        seen += [
            Observation(say("layer", number=number), W, event=index)
            for number, W in enumerate(weights, start=1)
        ]
    return seen


def _weights(returned: object, shapes: list[tuple[int, ...]]) -> list[np.ndarray] | None:
    """An array of numbers for each layer, of its shape."""
    if isinstance(returned, np.ndarray) and returned.ndim == 3:
        returned = list(returned)
    if not isinstance(returned, list | tuple) or len(returned) != len(shapes):
        return None
    same = [
        isinstance(W, np.ndarray) and W.dtype.kind == "f" and W.shape == shape
        for W, shape in zip(returned, shapes, strict=True)
    ]
    return [W.astype(float) for W in returned] if all(same) else None


def _kind(returned: object) -> str:
    if isinstance(returned, list | tuple) and returned:
        return say("list-of", got=described(returned), first=described(returned[0]))
    return described(returned)


def suggest(result: Result) -> tuple[None, str] | None:
    """In which layer it begins, and what its sums have for a variance."""
    found = result.first
    if found is None or found.kind != "value":
        return None
    number = result.findings.index(found)
    call = result.cases[number].calls[found.event]["arguments"]
    asked, came = (side[number][found.event].returned for side in (result.expected, result.got))
    weights = _weights(came, [W.shape for W in asked])
    if weights is None:
        return None
    wrong = next((k for k, W in enumerate(weights) if not np.allclose(W, asked[k], rtol=1e-4)), None)
    if wrong is None:
        return None
    before = given(call["weights"]["list"][wrong])
    ratio = weights[wrong] / before
    same = bool(np.isfinite(ratio).all() and np.allclose(ratio, ratio.flat[0], rtol=1e-6))
    key = "first" if wrong == 0 else "later"
    if not same:
        return None, say("no-one-number", layer=wrong + 1)
    factor = float(np.linalg.norm(weights[wrong]) / np.linalg.norm(asked[wrong]))
    return None, say(key, layer=wrong + 1, factor=factor)
