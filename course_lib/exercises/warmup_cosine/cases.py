"""A warm-up and half a cosine: the rates of some updates.

lr, warm-up, length and final rate are far from each other, so that each that is missing shows.
"""

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import is_number
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

SLACK = 1e-9  # of lr: a rate of 0 is met with rounding
LONG = 200


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def case(name: str, updates: object, **about: float) -> Case:
        asked = list(np.asarray(updates).tolist())
        calls: list[Call] = [{"call": "warmup_cosine", "arguments": {"t": t, **about}} for t in asked]
        shown = tuple(say("call", t=t, **about) for t in asked)
        return Case.of(name, calls, "rates", shown=shown)

    def lr() -> float:
        return round(float(rng.uniform(0.2, 0.6)), 3)

    warm_up, steps = int(rng.integers(7, 12)), int(rng.integers(60, 90))
    final = round(float(rng.uniform(0.05, 0.1)), 4)
    run = {"lr": lr(), "warm_up": warm_up, "steps": steps}
    return [
        case("the first updates", [0, 1, 2, warm_up - 2], **run, final=0.0),
        case("where the warm-up ends", [warm_up - 1, warm_up, warm_up + 1], **run, final=0.0),
        case("half a cosine", np.linspace(warm_up + 3, steps - 5, 6).astype(int), **run, final=0.0),
        case("the last updates", [steps - 2, steps - 1, steps], **run, final=0.0),
        case(
            "down to a rate that is not 0",
            [*np.linspace(warm_up, steps - 1, 5).astype(int), steps],
            **run | {"lr": lr()},
            final=final,
        ),
        case(
            "a warm-up beside a last rate", [0, warm_up // 2, warm_up - 1], **run | {"lr": lr()}, final=final
        ),
        case("no warm-up", [0, 1, steps // 2, steps - 1], **run | {"lr": lr(), "warm_up": 0}, final=0.0),
        case("behind the last update", [steps + 1, steps + steps // 3, 2 * steps], **run, final=final),
        case(
            "another length, and a warm-up of one update",
            [0, 1, 2, LONG // 2, LONG - 1],
            **{"lr": 10 * lr(), "warm_up": 1, "steps": LONG, "final": final},
        ),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        rate = event.returned
        if not is_number(rate):
            got = described(rate)
            return [Observation("What comes back", got, say("no-number", got=got), index)]
        what = say("rate", t=call["arguments"]["t"])
        seen.append(Observation(what, float(rate), event=index, allowed=SLACK * call["arguments"]["lr"]))
    return [Observation("What comes back", "numbers"), *seen]


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """The rates over the updates that were asked."""
    rates = [float(event.returned) if is_number(event.returned) else np.nan for event in events]
    asked = [call["arguments"]["t"] for call in case.calls]
    return [Seen("", say("rates"), say("update"), "η", rates, at=asked)]
