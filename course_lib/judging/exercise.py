"""What an exercise is: data."""

import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import numpy as np

from course_lib import texts
from course_lib.errors import CourseError
from course_lib.judging.cases import Case
from course_lib.judging.edits import Program, Wrong
from course_lib.judging.observing import Observe
from course_lib.judging.probe import Defaults, Student
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)


class CannotCheck(CourseError):
    """The call of check is not right; the message says in one sentence what to do."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


@dataclass(frozen=True, eq=False)
class Misconception:
    """A wrong implementation that students write, with what to tell them.

    variants     makers of implementations that show it; each call makes a fresh one
    wrongs       the same as edits of the right program, where they are such
    explanation  what went wrong, in plain words
    hint         where to look or what to try; never the solution
    convention   true for what is right elsewhere, under another convention or name
    """

    id: str
    explanation: str
    hint: str
    variants: tuple[Callable[[], Student], ...]
    convention: bool = False
    wrongs: tuple[Wrong, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The first difference in a case: in which event, of which kind, and what was expected and what came.

    kind   "missing", "error", "type", "shape", "dtype", "value", "changed";
           "constructor", "default" and "order" for a constructor with a fault;
           "beside" where the case is right and counts only once another one passes
    index  the entry of an array, where there is one
    cause  equal for findings that are one and the same mistake, such as an error in one line
    """

    kind: str
    text: str
    event: int = 0
    index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None
    cause: str = ""


@dataclass(frozen=True)
class Result:
    """What the verdict found out about each case.

    expected, got  the events
    differences    the first difference between them
    findings       what the case fails for: its difference, or what is known from the other cases
    raw            the evidence that the events were read from
    """

    cases: list[Case]
    expected: list[list[Event]]
    got: list[list[Event]]
    differences: list[Finding | None]
    findings: list[Finding | None]
    raw: list[object]

    @property
    def first(self) -> Finding | None:
        """The first finding that says what is wrong."""
        return next((finding for finding in self.findings if finding and finding.kind != "beside"), None)

    @property
    def wrong(self) -> list[int]:
        """The numbers of the cases in which values are wrong."""
        return [number for number, each in enumerate(self.findings) if each and each.kind == "value"]

    @property
    def wrong_with(self) -> Mapping[str, object] | None:
        """What the object was made with that gave the first wrong value; None where none is."""
        for number in self.wrong:
            calls, finding = self.cases[number].calls, self.findings[number]
            on = finding and calls[finding.event].get("on")
            return next((call["arguments"] for call in calls if on and call.get("make") == on), {})
        return None

    @cached_property
    def digest(self) -> str:
        """Equal where nothing in the evidence differs."""
        try:
            content = marshal.dumps(self.raw, 2)  # from version 3 on, it tells objects apart that are equal
        except ValueError:  # this is no JSON
            content = repr(self.raw).encode()
        return sha256(content).hexdigest()


Measured = tuple[object, float | np.ndarray]  # what to compare of an event, and the difference allowed


def returned(case: Case, events: list[Event], index: int) -> Measured:
    """What is compared by default: the value returned, with no allowance beyond the relative one."""
    return events[index].returned, 0.0


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise.

    name, title, contract   "adam", "Adam", and the contract in a line or two
    method                  the method that students write; "" for a function
    defaults                all constructor arguments of the contract, in order; None where there is no
                            default
    cases                   seed → cases, as `probe` describes them. A case with "keeps_arguments" is about
                            the arguments being left alone; it counts only beside a case whose values are
                            right
    reference               the right implementation
    misconceptions          told from each other by every seed's cases
    program                 the right program, which edits turn into wrong ones
    frequent                the ids of those that students make most often
    measure                 (case, events, index) → what to compare of an event, and the absolute difference
                            allowed
    quantity                the name of that, in words
    observe                 where values cannot be compared as they are: (case, events) → properties, see
                            `observing`
    observes                case → whether it is observed, where an exercise has cases of both kinds
    tells                   where what is observed tells the misconception: Result → its id, or None. Then no
                            mistake's program is played
    beside                  others → what is said of a case that is right, and counts only once others pass
    suggest                 Result → an id (or None) and what a difference that no misconception explains
                            suggests
    picture                 Result → an SVG of the first wrong value, or None
    remark                  Result → a note on how it was judged, or None
    seen                    (case, events) → what is drawn of a case beside the right one, see `seen`
    pytorch                 PyTorch's line for the same, "" where it has none
    """

    name: str
    title: str
    contract: str
    method: str
    defaults: Defaults
    cases: Callable[[int], list[Case]]
    reference: Student
    misconceptions: tuple[Misconception, ...]
    program: Program | None = None
    frequent: tuple[str, ...] = ()
    measure: Callable[[Case, list[Event], int], Measured] = returned
    quantity: str = field(default_factory=lambda: say("quantity"))
    observe: Observe | None = None
    observes: Callable[[Case], bool] = lambda case: True
    beside: Callable[[str], str] = lambda others: say("beside", others=others)
    tells: Callable[[Result], str | None] | None = None
    suggest: Callable[[Result], tuple[str | None, str] | None] = lambda result: None
    picture: Callable[[Result], str | None] = lambda result: None
    remark: Callable[[Result], str | None] = lambda result: None
    seen: Callable[[Case, list[Event]], list[Seen]] | None = None
    pytorch: str = ""

    def observed_in(self, case: Case) -> Observe | None:
        """What observes a case; None where its values are compared."""
        return self.observe if self.observe and self.observes(case) else None
