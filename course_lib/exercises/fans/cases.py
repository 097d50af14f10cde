"""The fans of a weight: what is asked, and what is observed."""

import re

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import is_number, pair
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode, encode
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

FEWEST_WORDS = 3  # in which an error can say what was expected and what came


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def case(name: str, *shapes: tuple[int, ...], observe: str = "answers") -> Case:
        calls: list[Call] = [{"call": "fans", "arguments": {"shape": encode(shape)}} for shape in shapes]
        shown = tuple(say("call", shape=shape) for shape in shapes)
        beside = "" if observe == "answers" else "answers"
        # Who has another mistake may say it well all the same.
        return Case.of(name, calls, observe, beside=beside, special=observe == "says", shown=shown)

    # Sizes that have no factor in common, so that a wrong product is never the right number.
    a, b, c, d = (int(n) for n in rng.permuted([5, 7, 11, 13]))
    return [
        case("a dense layer", (a, b), (c, d)),
        case("a layer of one unit, and of one input", (a, 1), (1, a)),
        case("a convolution", (3, 3, c, d)),
        case("a kernel that is no square", (2, 3, a, b), (4, 1, c, d)),
        case("a convolution of size 1", (1, 1, c, d)),
        # Who refuses everything is told from who refuses what is to be refused.
        case("one dimension", (a, b), (a,), observe="refuses"),
        case("three dimensions", (c, d), (3, c, d), observe="refuses"),
        case("five dimensions", (3, 3, c, d), (3, 3, 3, c, d), observe="refuses"),
        case("what the error says", (b, a), (3, a, b), observe="says"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        shape = decode(call["arguments"]["shape"])
        found = pair(event.returned)
        if found is None:
            got = described(event.returned)
            says = say("no-pair", shape=shape, got=got)
            return [Observation("fans", "one number" if is_number(event.returned) else got, says, index)]
        if index > 0 or case.observe == "answers":
            for name, fan in zip(("fan_in", "fan_out"), found, strict=True):
                seen.append(Observation(say("for-shape", shape=shape, name=name), fan, event=index))
    said = _said(case, events)
    if said is not None:
        says = say("says-nothing")
        seen.append(Observation("The error", "says something" if said else "says nothing", says, 1))
    return [Observation("fans", "two numbers"), *seen]


def _said(case: Case, events: list[Event]) -> str | None:
    """What the error that is asked for says, in the case that is about this."""
    error = events[-1].error
    if case.observe != "says" or not error or "ValueError" not in error.kinds:
        return None
    return error.message.strip()


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """The fans of each shape, beside the right ones."""
    pairs = [pair(event.returned) for event in events]
    if not any(pairs):
        return []
    shapes = [str(decode(call["arguments"]["shape"])) for call in case.calls]
    return [
        Seen(
            "",
            name,
            say("shape"),
            name,
            [each[axis] if each else np.nan for each in pairs],
            names_x=tuple((float(number), shape) for number, shape in enumerate(shapes, start=1)),
        )
        for axis, name in enumerate(("fan_in", "fan_out"))
    ]


def suggest(result: Result) -> tuple[str | None, str] | None:
    """Which kind of shape goes wrong."""
    seen = [observe(*each) for each in zip(result.cases, result.got, strict=True)]
    if any(each and each[0].value != "two numbers" for each in seen):
        return None  # what comes back is told by itself
    judged = zip(result.cases, result.differences, strict=True)
    values = [difference for case, difference in judged if case.observe == "answers"]
    if not any(values):
        return "other-dimensions-accepted", say("not-refused")
    if any(values[:2]):
        return None, say("dense")
    return None, say("convolution")


def remark(result: Result) -> str | None:
    """A note, where the error says too little to help the one who gets to see it."""
    said = next(filter(None, map(_said, result.cases, result.got)), "")
    few = len(re.findall(r"[^\W\d_]{2,}", said)) < FEWEST_WORDS
    return say("says-little", said=said) if said and few else None
