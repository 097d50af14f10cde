"""Company in a batch: other examples among which a given one comes out at a given x̂. There are many right
answers; judged is what the contract's layer makes of the batch."""

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, given
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

EPS = 1e-5
CLOSE = 0.01  # how far x̂ may be from the target
REFUSED = "refuses"


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(targets: list[float], most: int, size: float = 3.0) -> Call:
        a = rng.uniform(0.5, 1, len(targets)) * rng.choice([-1, 1], len(targets)) * size
        arguments = {"a": encode_array(a), "target": encode_array(np.array(targets)), "most": most}
        return {"call": "company", "arguments": arguments}

    def between(low: float, high: float) -> float:
        return round(float(rng.uniform(low, high)), 3)

    def case(name: str, *calls: Call, observe: str = "answers") -> Case:
        beside = "" if observe == "answers" else "answers"
        return Case.of(name, list(calls), observe, beside=beside, special=observe == REFUSED)

    beyond = between(1.02, 1.04)
    return [
        case("a target within ±1", call([between(0.6, 0.9)], 6), call([-between(0.3, 0.5)], 5)),
        case(
            "a target beyond 1, and one below −1", call([between(1.3, 1.6)], 6), call([-between(1.7, 1.9)], 7)
        ),
        case("several features at once", call([between(0.4, 0.8), -between(1.1, 1.4), between(1.6, 1.9)], 8)),
        case("the mean", call([0.0, between(0.5, 0.9)], 4)),
        case("two others", call([between(1.1, 1.3), -between(0.2, 0.6)], 2)),
        case("nearly as far out as there is", call([-between(2.9, 2.96), between(2.8, 2.9)], 9)),
        case("as far out as there is", call([2.0], 4), call([-3.0, 3.0], 9)),
        case("a large a", call([between(0.5, 0.8), -between(1.2, 1.5)], 5, size=800.0)),
        case("far beyond", call([1.5], 7), call([between(10, 12)], 7), observe=REFUSED),
        case("farther out than there is", call([2.5], 9), call([-between(3.6, 4.5)], 9), observe=REFUSED),
        case("a little farther out", call([1.5], 4), call([2.0 * beyond], 4), observe=REFUSED),
        case("one of several too far out", call([0.5, 1.0], 5), call([0.5, 3.0], 5), observe=REFUSED),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        a, most, others = given(call["arguments"]["a"]), call["arguments"]["most"], event.returned
        if not isinstance(others, np.ndarray) or others.dtype.kind not in "fi" or others.shape[1:] != a.shape:
            says = say("no-others", got=described(others), features=len(a))
            dimensions = np.ndim(others) if isinstance(others, np.ndarray | float | int) else None
            kind = type(others).__name__ if dimensions is None else f"{dimensions} dimensions"
            return [Observation("What comes back", kind, says, index)]
        seen.append(Observation("What comes back", "others"))
        if not 1 <= len(others) <= most:
            says = say("too-many", count=len(others), most=most)
            twice = bool(np.isclose(others, a).all(axis=1).any())
            value = "a among them" if twice else "too many" if len(others) else "none"
            return [*seen, Observation("The others", value, says, index)]
        seen += [Observation("The others", "as many as may be"), _reached(a, others, index)]
    return seen


def _reached(a: np.ndarray, others: np.ndarray, index: int) -> Observation:
    """The x̂ of a among the others."""
    x = np.vstack([a, others]).astype(float)
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + EPS)
    # Rounded, as 0 comes out as 1e-16.
    return Observation(say("x-hat"), np.round(x_hat[0], 6) + 0.0, "", index, CLOSE)


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """The x̂ of a in each feature, and the target."""
    found = []
    for one in observe(case, events):
        if isinstance(one.value, np.ndarray):
            titles = say("call", number=one.event + 1), say("x-hat"), say("feature"), "x̂"
            found.append(Seen(*titles, one.value, allowed=CLOSE))
    return found
