"""A student's answers beside the right ones, as numbers, and where the two part.

They are read off the events of a check, so that nothing of a student's code runs for them. By default they
are what an exercise measures or observes, as far as this is numbers; where that is no picture of the mistake,
the exercise has a function `seen` of its own.
"""

from dataclasses import dataclass, replace

import numpy as np

from course_lib import texts
from course_lib.judging import compare
from course_lib.judging.cases import Case
from course_lib.judging.exercise import Exercise, Result
from course_lib.judging.findings import where
from course_lib.judging.probe import is_judged
from course_lib.judging.reading import Event, once
from course_lib.judging.seen import Seen

say = texts.beside(__file__)


@dataclass(frozen=True, eq=False)
class Beside:
    """Numbers beside those asked for: (x, y) of both, and the first at which they part, if they do."""

    seen: Seen
    yours: np.ndarray
    asked: np.ndarray
    parts: int | None


def first_seen(exercise: Exercise, result: Result) -> list[Beside]:
    """Of the first case with wrong values in which they can be seen: its numbers beside those asked for."""
    for number in result.wrong:
        with np.errstate(all="ignore"):
            pairs = _beside(exercise, result.cases[number], result.expected[number], result.got[number])
        if any(pair.parts is not None for pair in pairs):
            return pairs
    return []


def _beside(exercise: Exercise, case: Case, expected: list[Event], got: list[Event]) -> list[Beside]:
    see = exercise.seen
    yours = see(case, got) if see else []
    if yours:
        right = see(case, expected) if see else []
    else:
        yours, right = (_numbers(exercise, case, events) for events in (got, expected))
    of_right = {(seen.place, seen.title): seen for seen in right}
    return [
        _pair(seen, of_right.get((seen.place, seen.title)))
        for seen in yours
        if seen.asked is not None or (seen.place, seen.title) in of_right
    ]


def _pair(seen: Seen, right: Seen | None) -> Beside:
    if seen.asked is not None:
        right = replace(seen, values=seen.asked)
    assert right is not None
    yours, asked = _points(seen), _points(right)
    allowed = np.broadcast_to(right.allowed, np.shape(right.values)).ravel()
    both = min(yours.shape[1], asked.shape[1])
    near = [
        compare.near(asked[axis, :both], yours[axis, :both], slack)
        for axis, slack in ((0, 0.0), (1, allowed[:both]))
    ]
    apart = np.flatnonzero(~(near[0] & near[1]))
    other_length = both if yours.shape[1] != asked.shape[1] else None
    return Beside(seen, yours, asked, int(apart[0]) if apart.size else other_length)


def _points(seen: Seen) -> np.ndarray:
    y = np.ravel(np.asarray(seen.values, dtype=float))
    x = np.arange(1.0, y.size + 1) if seen.at is None else np.ravel(np.asarray(seen.at, dtype=float))
    return np.stack([x, y])


def _numbers(exercise: Exercise, case: Case, events: list[Event]) -> list[Seen]:
    """What is observed or measured in a case, where it is numbers."""
    if observe := exercise.observed_in(case):
        found = [(o.event, o.what, o.value, o.allowed) for o in once(observe, case, events)]
    else:
        found = [
            (index, exercise.quantity.rstrip(":"), *once(exercise.measure, case, events, index))
            for index, (call, event) in enumerate(zip(case.calls, events, strict=True))
            if "make" not in call and is_judged(call) and not event.error
        ]
    return [
        Seen(
            where(case, index),
            texts.begun(what),
            say("entry") if np.size(value) > 1 else "",
            say("value"),
            value,
            allowed=allowed,
        )
        for index, what, value, allowed in found
        if isinstance(value, int | float | np.ndarray)
        and not isinstance(value, bool)
        and np.asarray(value).dtype.kind in "fiu"
    ]
