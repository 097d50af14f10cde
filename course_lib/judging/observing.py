"""What is observed in a case, where what comes back cannot be compared as it is: properties of it.

Right answers to a random exercise differ in every number. What they share are properties: each index comes
once, the entries that are kept are scaled by 1/(1 − rate). An exercise that is judged so has a function
`observe`, which reads these properties off the events of a case. They are the same for all right answers, and
the same for all ways to make one mistake.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from course_lib import texts
from course_lib.judging import compare
from course_lib.judging.cases import Case
from course_lib.judging.compare import Difference
from course_lib.judging.reading import ABSENT, Event

say = texts.beside(__file__)


@dataclass(frozen=True)
class Observation:
    """One property of what came back.

    what    its name, with which a sentence can begin: "The penalty"
    value   what it is: a number, a word, an array; compared with that of the right answer
    says    the sentences to tell when it is not as it should be; by default what, expected and got
    event   the number of the call that it was seen at, or the last of several
    allowed how far the values may lie apart, where chance is in them or terms cancel
    """

    what: str
    value: object
    says: str = ""
    event: int = 0
    allowed: float | np.ndarray = 0.0


Observe = Callable[[Case, list[Event]], list[Observation]]


def first_difference(
    expected: Iterable[Observation], got: Iterable[Observation]
) -> tuple[Observation, Difference] | None:
    """The first observation that is not as expected. Those after a form that cannot be read are not made."""
    for right, came in zip(expected, got, strict=False):
        difference = compare.form(right.value, came.value)
        difference = difference or compare.value(right.value, came.value, right.allowed)
        if difference:
            return came, difference
    return None


def alike(first: list[Observation], second: list[Observation]) -> bool:
    """Whether two implementations are observed to do the same."""
    return len(first) == len(second) and first_difference(first, second) is None


def observed(observe: Observe) -> Observe:
    """What is observed, and whether what has to come twice does.

    Whether arguments are changed is told by the probe, and a student's code could keep it from telling. What
    is returned of a changed argument is another value.
    """

    def look(case: Case, events: list[Event]) -> list[Observation]:
        return [*observe(case, events), *(_again(events, *pair) for pair in case.known.twice)]

    return look


def _again(events: list[Event], first: int, second: int) -> Observation:
    """Where one of the two came to no end there is nothing to compare."""
    one, other = events[first].returned, events[second].returned
    missing = one is ABSENT or other is ABSENT
    same = missing or (compare.form(one, other) is None and compare.value(one, other, 0.0) is None)
    return Observation("again", same, say("second-time"), second)


def global_state(events: Iterable[Event], event: int = 0) -> Observation:
    """Whether NumPy's global random state was left alone, where a generator is handed over."""
    used = any(event.global_random for event in events)
    return Observation("global", "used" if used else "left alone", say("global"), event)


def told(observation: Observation, difference: Difference) -> str:
    """The difference in a sentence or two."""
    if observation.says:
        return observation.says
    if difference.kind != "value":
        return say("other", what=observation.what, difference=difference.text)
    entry = list(difference.index or ())
    key = "entry" if entry else "value"
    return say(key, what=observation.what, entry=entry, difference=difference.text)
