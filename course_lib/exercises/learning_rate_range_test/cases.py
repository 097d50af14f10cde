"""The range test of the learning rate. Its cases, and what is observed in them. All is exact.

What is descended on are quadratics, some with other curvatures at each call, as mini-batches have. As the
loss depends on θ and on the number of the call, a right loss tells that every step before it was right.
"""

from collections.abc import Iterable
from typing import Unpack

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case, Marks, array
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode, encode, encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

NAN, INF = float("nan"), float("inf")
ROUNDING = 1e-9  # a loss next to 0 may be off by the rounding of those before it


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(
        low: float,
        high: float,
        steps: int,
        shape: tuple[int, ...] = (3,),
        batches: int = 1,
        broken: dict[int, float] | None = None,
    ) -> Call:
        curvatures = rng.uniform(0.6, 1.4, (batches, *shape))
        settings = {"batches": encode_array(curvatures), "broken": encode(broken or {})}
        arguments = {
            "loss_and_gradient": {"function": "quadratic", "settings": settings},
            "theta": encode_array(rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape)),
            "low": low,
            "high": high,
            "steps": steps,
        }
        return {"call": "learning_rate_range_test", "arguments": arguments}

    def case(name: str, observe: str, *calls: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(calls), observe, **marks)

    low = round(float(rng.uniform(0.001, 0.003)), 4)
    return [
        case("the rates", "rates", call(low, 700 * low, 12), call(1e-5, 0.4, 7)),
        case("the losses on a quadratic", "losses", call(low, 200 * low, 11), call(0.02, 8, 9)),
        case("two arrays come back", "form", call(0.01, 0.7, 8), beside="losses"),
        case("another mini-batch at each call", "both", call(0.01, 0.9, 9, batches=40)),
        case("θ of any shape", "both", call(0.01, 0.5, 6, shape=(2, 3)), call(0.02, 0.3, 5, shape=(1,))),
        case("ends before a loss that is NaN", "end", call(0.01, 0.8, 9, broken={6: NAN})),
        case("ends before a loss that is infinite", "end", call(0.01, 0.8, 9, broken={5: INF})),
        case("goes on while the loss is finite", "end", call(0.01, 9000, 12), beside="losses"),
        case(
            "leaves θ as it was",
            "both",
            *(step for shape in ((3,), (2, 2)) for step in _twice(call(0.01, 0.5, 6, shape))),
            keeps_arguments=True,
            twice=((0, 1), (2, 3)),
        ),
    ]


def _twice(call: Call) -> list[Call]:
    """The call, and again with θ as the first has left it."""
    theta = array(f"θ {call['arguments']['theta']['shape']}", decode(call["arguments"]["theta"]))
    return [call | {"arguments": call["arguments"] | {"theta": each}} for each in theta]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        numbers = _numbers(event.returned)
        if numbers is None:
            kind = _kind(event.returned)
            return [Observation("What comes back", kind, say("other-form", got=kind), index)]
        seen.append(Observation("What comes back", "numbers", event=index))
        key = "array-of-call" if len(events) > 1 else "array-of"
        if case.observe == "form":
            seen.append(_form(event.returned, index))
        if case.observe == "end":
            seen.append(_end(call, *numbers, index))
        for name, values in zip(("rates", "losses"), numbers, strict=True):
            if case.observe in (name, "both"):
                what = say(f"{key}.{name}", call=index + 1)
                seen.append(Observation(what, values, "", index, ROUNDING))
    return seen


def _numbers(returned: object) -> tuple[np.ndarray, np.ndarray] | None:
    """Rates and losses, if that is what came; whether they are arrays is judged in its own case."""
    if isinstance(returned, np.ndarray) and returned.ndim == 2:
        returned = list(returned)  # an array is unpacked into its rows
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return None
    rates, losses = (_array(each) for each in returned)
    return None if rates is None or losses is None else (rates, losses)


def _array(values: object) -> np.ndarray | None:
    if isinstance(values, list | tuple) and all(map(_is_number, values)):
        values = np.array([float(value) for value in values])
    if isinstance(values, np.ndarray) and values.ndim == 1 and values.dtype.kind in "fi":
        return values.astype(float)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.ndarray) and np.ndim(value) == 0


def _kind(returned: object) -> str:
    if isinstance(returned, tuple | list) and len(returned) == 2:
        return say("and").join(map(described, returned))
    if isinstance(returned, tuple | list) and returned and all(isinstance(r, tuple | list) for r in returned):
        return say("each", got=described(returned), each=described(returned[0]))
    return described(returned)


def _form(returned: Iterable[object], index: int) -> Observation:
    kinds = [say("an-array") if isinstance(each, np.ndarray) else described(each) for each in returned]
    got = say("and").join(kinds)
    return Observation("The form", got, say("other-form", got=got), index)


def _end(call: Call, rates: np.ndarray, losses: np.ndarray, index: int) -> Observation:
    """How many of each come back, and which losses are finite."""
    arguments = call["arguments"]
    broken = decode(arguments["loss_and_gradient"]["settings"]["broken"])
    asked = min(broken, default=arguments["steps"])
    finite = np.isfinite(losses)
    says = say("end", rates=len(rates), losses=len(losses), finite=finite.sum(), asked=asked)
    return Observation("The end", [len(rates), *finite.tolist()], says, index)


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """The rates and the losses, step by step."""
    found = []
    for index, event in enumerate(events):
        numbers = _numbers(event.returned)
        place = say("seen.call", number=index + 1) if len(events) > 1 else ""
        for name, values in zip(("rate", "loss"), numbers or (), strict=False):
            log = bool((values > 0).any())
            titles = say(f"seen.{name}-at-each-step"), say("seen.step"), say(f"seen.{name}")
            found.append(Seen(place, *titles, values, allowed=ROUNDING, log=log))
    return found


# What is said of a mistake that is not known


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What a wrong length, rate or loss suggests."""
    found = result.first
    if found is None or found.kind != "value":
        return None
    number = result.findings.index(found)
    if result.cases[number].observe == "form":
        return None
    right, came = (side[number][found.event] for side in (result.expected, result.got))
    asked, numbers = _numbers(right.returned), _numbers(came.returned)
    if asked is None or numbers is None:
        return None
    (rates, losses), (their_rates, their_losses) = asked, numbers
    if their_rates.shape != rates.shape or their_losses.shape != losses.shape:
        more = _of_another_length(rates, losses, their_rates, their_losses)
    elif not np.allclose(their_rates, rates):
        more = _of_another_rate(rates, their_rates)
    else:
        more = say("losses-wrong", loss=_of_another_loss(right, came))
    return None, f"{found.text} {more}"


def _of_another_length(
    rates: np.ndarray, losses: np.ndarray, their_rates: np.ndarray, their_losses: np.ndarray
) -> str:
    if len(their_losses) < len(losses) and np.allclose(their_losses, losses[: len(their_losses)]):
        return say("length-too-soon", loss=losses[len(their_losses)])
    if len(their_rates) > len(rates):
        return say("length-too-long")
    return say("length")


def _of_another_rate(rates: np.ndarray, theirs: np.ndarray) -> str:
    if not np.isclose(theirs[0], rates[0]):
        return say("rates-first")
    if np.allclose(theirs[1:] / theirs[:-1], theirs[1] / theirs[0]):
        return say("rates-other-factor")
    return say("rates-no-factor")


def _of_another_loss(right: Event, came: Event) -> str:
    """What the calls of loss_and_gradient tell: at which θ it was asked, and how often."""
    asked, theirs = ([theta for _, theta, _ in event.heard] for event in (right, came))
    if len(theirs) > len(asked) + 1:
        return say("called-twice", count=len(theirs), asked=len(asked))
    same = [_is_at(one, other) for one, other in zip(asked, theirs, strict=False)]
    if theirs and all(same) and len(theirs) >= len(asked):
        return say("noted-other")
    if not theirs or False not in same:
        return say("called-other", count=len(theirs), asked=len(asked))
    step = same.index(False)
    if step == 0:
        return say("first-loss")
    return say("other-theta", call=step + 1, step=step)


def _is_at(one: object, other: object) -> bool:
    if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
        return False
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5))
