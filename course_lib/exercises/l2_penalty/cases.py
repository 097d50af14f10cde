"""The L2 penalty and its gradients: what is asked, and what is observed."""

from itertools import chain
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from course_lib import texts
from course_lib.judging import compare
from course_lib.judging.cases import Case, Marks, array
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode, encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

Pair = tuple[ArrayLike, list[ArrayLike]]  # a penalty and its gradients


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(lam: float, *shapes: tuple[int, ...], scale: float = 1.0) -> Call:
        weights = [scale * rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape) for shape in shapes]
        form = {"list": [encode_array(W) for W in weights]}
        return {"call": "l2_penalty", "arguments": {"weights": form, "lam": lam}}

    def case(name: str, observe: str, *calls: Call, **marks: Unpack[Marks]) -> Case:
        return Case.of(name, list(calls), observe, **marks)

    lam = round(float(rng.uniform(0.3, 0.6)), 3)
    several = ((4,), (3, 2), (2, 1, 3), (2, 5))
    return [
        case("the penalty of one matrix", "penalty", call(lam, (3, 4))),
        case("the gradient of one matrix", "gradients", call(lam, (3, 4))),
        case("the penalty of several arrays", "penalty", call(lam, *several)),
        case("the gradients of several arrays", "gradients", call(lam, *several)),
        case(
            "small and large λ and weights",
            "both",
            call(round(float(rng.uniform(2, 4)), 3), (3, 2), (2,), scale=np.float64(100)),
            call(0.001, (2, 2), (3,), scale=np.float64(1e-3)),
            call(0.0, (2, 3)),
        ),
        case(
            "leaves the weights as they were",
            "form",
            *_with_the_same_arrays(call(lam, (3, 4), (4,))),
            keeps_arguments=True,
            twice=((0, 1),),
        ),
    ]


def _with_the_same_arrays(call: Call) -> list[Call]:
    """The call twice, with arrays that are as the first has left them."""
    arrays = [array(f"W{i}", decode(each)) for i, each in enumerate(call["arguments"]["weights"]["list"])]
    return [
        call | {"arguments": call["arguments"] | {"weights": {"list": list(each)}}}
        for each in zip(*arrays, strict=True)
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """Whether a pair comes back; and what in it is the case's concern."""
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        returned = event.returned
        if not isinstance(returned, tuple | list) or len(returned) != 2:
            items = returned if isinstance(returned, tuple | list) else []
            got = " ".join(map(_form, [returned, *items]))
            says = say("no-pair", got=described(returned))
            return [Observation("What comes back", got, says, index)]
        seen.append(Observation("What comes back", "a pair", event=index))
        if case.observe in ("penalty", "both"):
            seen.append(_penalty(call, returned[0], index))
        if case.observe in ("gradients", "both"):
            seen += _gradients(call, returned[1], index)
    return seen


def _penalty(call: Call, penalty: object, index: int) -> Observation:
    what = say("penalty", lam=call["arguments"]["lam"])
    if (
        isinstance(penalty, int | float | np.ndarray)
        and not isinstance(penalty, bool)
        and np.ndim(penalty) == 0
    ):
        return Observation(what, float(penalty), event=index)
    says = say("no-number", got=described(penalty))
    return Observation(what, _form(penalty), says, index)


def _gradients(call: Call, gradients: object, index: int) -> list[Observation]:
    count = len(call["arguments"]["weights"]["list"])
    if not isinstance(gradients, tuple | list) or len(gradients) != count:
        says = say("no-list", got=described(gradients), count=count)
        return [Observation("The gradients", _form(gradients), says, index)]
    lam = call["arguments"]["lam"]
    each = [say("gradient", number=k + 1, count=count, lam=lam) for k in range(count)]
    return [Observation("The gradients", "a list", event=index)] + [
        Observation(what, _wide(gradient), event=index)
        for what, gradient in zip(each, gradients, strict=True)
    ]


def _wide(gradient: object) -> object:
    """In float32 a gradient is right to within its rounding."""
    if isinstance(gradient, np.ndarray) and gradient.dtype == np.float32:
        return gradient.astype(np.float64)
    return gradient


def suggest(result: Result) -> tuple[str, str] | None:
    """λ/(2m), with a number of examples m from somewhere: everything is divided by the same integer."""
    events = zip(chain(*result.expected), chain(*result.got), strict=True)
    found = [_numbers(right.returned, came.returned) for right, came in events]
    numbers = [each for each in found if each is not None]
    if len(numbers) < len(found):
        return None
    asked, got = np.concatenate(numbers, axis=1)
    m = round(float(asked[0] / got[0])) if got[0] else 0
    if m < 2 or not compare.near(asked / m, got, 0.0).all():
        return None
    return "divided-by-m", say("divided-by-m", m=m)


def _numbers(asked: Pair, got: Pair) -> np.ndarray | None:
    """All numbers of two pairs, side by side; None where they are no such pairs."""
    if compare.form(asked, got) is not None:
        return None
    return np.array(
        [np.concatenate([np.ravel(each) for each in (pair[0], *pair[1])]) for pair in (asked, got)]
    )


def _form(value: object) -> str:
    """What it is described as; a tuple is as good as a list, and a number is one whichever it is."""
    if isinstance(value, tuple | list):
        return described(list(value))
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return described(np.array(value) if is_number else value)
