"""Steps with batches that come in parts: what is asked. All is exact."""

from typing import Unpack

import numpy as np

from course_lib.judging.cases import Case, Form, Marks, array
from course_lib.judging.encoding import encode_array
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(sizes: list[int], every: int, theta: Form | None = None) -> Call:
        """Gradients are positive, so that nothing cancels, and no mean is another one by chance."""
        arguments = {
            "theta": theta or encode_array(rng.uniform(-3, -1, 3)),
            "gradients": encode_array(rng.uniform(1, 3, (len(sizes), 3))),
            "sizes": encode_array(np.array(sizes)),
            "lr": round(float(rng.uniform(0.2, 0.4)), 3),
            "every": every,
        }
        return {"call": "accumulated", "arguments": arguments}

    def case(name: str, *asked: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(asked), **marks)

    few = int(rng.integers(2, 5))
    fresh, kept = array("theta", rng.uniform(-3, -1, 3))
    again = call([8, 8, 8, few], 2, fresh)
    return [
        case("micro-batches of one size", call([8, 8, 8, 8], 2), call([few] * 6, 3)),
        case("a last micro-batch that is smaller", call([8, 8, 8, few], 2), call([16, 16, few], 3)),
        case("micro-batches of several sizes", call([8, few, 6, 1, 7, 3], 3), call([9, 5, 2, 8], 2)),
        case("a last batch of fewer micro-batches", call([few] * 5, 2), call([8] * 7, 3)),
        case("a last batch of fewer micro-batches, of several sizes", call([8, 8, 8, 5, few], 3)),
        case("each micro-batch is a batch", call([8, few, 6], 1)),
        case("all micro-batches are one batch", call([8, few, 6, 1], 4), call([7, few], 5)),
        case(
            "leaves θ as it was",
            again,
            {**again, "arguments": {**again["arguments"], "theta": kept}},
            keeps_arguments=True,
            twice=((0, 1),),
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    return [Observation("θ", event.returned, event=index) for index, event in enumerate(events)]
