"""An exponential moving average of θ: what is asked. No θ is like the one before it."""

from typing import Unpack

import numpy as np

from course_lib.judging.cases import Case, Form, Marks, array
from course_lib.judging.encoding import encode_array
from course_lib.judging.probe import Call, Defaults

DEFAULTS: Defaults = {"decay": None}
UPDATES, LONG = 6, 40
Run = tuple[str, float, list[Form]]  # an instance's name, its decay, the θ that it is given


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def thetas(count: int = UPDATES, shape: tuple[int, ...] = (4,)) -> list[np.ndarray]:
        """Of one sign for each entry: in the average nothing cancels."""
        return list(rng.uniform(0.5, 3, (count, *shape)) * rng.choice([-1, 1], shape))

    def forms(values: list[np.ndarray]) -> list[Form]:
        return [encode_array(value) for value in values]

    def decay(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    def case(name: str, *runs: Run, **marks: Unpack[Marks]) -> Case:
        """The updates of several instances alternate."""
        calls: list[Call] = [
            {"make": on, "arguments": {"decay": of}, "defaults": DEFAULTS} for on, of, _ in runs
        ]
        for number in range(max(len(given) for _, _, given in runs)):
            for on, _, given in runs:
                if number < len(given):
                    calls.append({"on": on, "call": "update", "arguments": {"theta": given[number]}})
        return Case.of(name, calls, **marks)

    chain = forms(thetas())
    usual, other = decay(0.6, 0.75), decay(0.2, 0.35)
    several = {"vector": (5,), "matrix": (2, 3), "3-D array": (2, 1, 3)}
    # One array holds each θ in turn, as where an optimiser works in place; then as the call before left it.
    buffered = [array("theta", value) for value in thetas(4)]
    kept = thetas(1)[0]
    fresh, again = array("theta", kept)
    pair = [fresh, again, encode_array(kept)]
    return [
        case("six updates in a row", ("average", usual, chain)),
        case(
            "two instances side by side",
            ("first instance", usual, chain),
            ("second instance", other, forms(thetas())),
        ),
        case("your decay", ("average", other, forms(thetas())), constructor=True),
        case(
            "a decay of 0, and one of 1", ("first", 0.0, forms(thetas(3))), ("second", 1.0, forms(thetas(3)))
        ),
        case(
            "arrays of 1, 2 and 3 dimensions",
            *((on, usual, forms(thetas(3, shape))) for on, shape in several.items()),
        ),
        case("float32", ("average", usual, [encode_array(t.astype("float32")) for t in thetas()])),
        case("40 updates in a row", ("average", decay(0.93, 0.96), forms(thetas(LONG, (3,))))),
        case("a θ that is changed in place later", ("average", usual, [form for form, _ in buffered])),
        case("leaves θ as it was", ("average", usual, pair), keeps_arguments=True),
    ]
