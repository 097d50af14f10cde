"""Read evidence: whatever it is made of, a case has one event for each of its calls afterwards."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.encoding import decode, shortened
from course_lib.judging.guard import MOST_PRINTED, MOST_WARNINGS
from course_lib.judging.probe import MOST_PARAMETERS

say = texts.beside(__file__)

T = TypeVar("T")
MOST_NAMES = 20
MOST_HEARD = 1_000
ABSENT = object()
Heard = tuple[str, object, object]  # a call of a function that was handed over: its name, argument, result
# What there is to read in `probe.Evidence`, in an event of it and in an error. The values may be anything.
Key = (
    Literal["cases", "signature", "positions", "printed", "printed_length", "warnings", "threads"]
    | Literal["returned", "afterwards", "changed", "heard", "error", "other_mode", "global_random"]
    | Literal["made", "refused", "needed", "supplied"]
    | Literal["type", "kinds", "message", "line", "text", "function"]
)


@dataclass(frozen=True)
class Error:
    """What a student's code raised, and where: line, text and function are its own.

    kinds  Python's own errors of which it is one: an except clause with any of them would catch it
    """

    type: str
    kinds: tuple[str, ...] = ()
    message: str = ""
    line: int | None = None
    text: str = ""
    function: str = ""


@dataclass(frozen=True)
class Event:
    """One event of the evidence, its fields those that `probe` describes."""

    returned: Any = ABSENT
    afterwards: Any = ABSENT
    error: Error | None = None
    changed: tuple[str, ...] = ()
    made: str | None = None
    refused: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    supplied: tuple[str, ...] = ()
    global_random: bool = False
    heard: tuple[Heard, ...] = ()
    other_mode: bool = False


class Events(list[Event]):
    """The events of a case, and the answers of what has been asked of them, see `once`."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__(events)
        self.answers: dict[tuple[object, tuple[int, ...]], Any] = {}


def once(ask: Callable[..., T], case: Case, events: list[Event], *which: int) -> T:
    """What is observed in a case, or measured of one event, asked once only: each misconception is held
    against it."""
    if not isinstance(events, Events):
        return ask(case, events, *which)
    if (ask, which) not in events.answers:
        events.answers[ask, which] = ask(case, events, *which)
    answer: T = events.answers[ask, which]
    return answer


@dataclass(frozen=True)
class Evidence:
    """The evidence, its fields those that `probe` describes.

    raw  the cases as they came
    """

    cases: list[list[Event]]
    raw: list[object]
    signature: dict[str, object] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    printed: str = ""
    printed_length: int = 0
    warnings: tuple[str, ...] = ()
    threads: int = 0


def read_all(raw: object, cases: list[Case]) -> Evidence:
    """The evidence of all cases."""
    said = _dict(raw)
    forms = _list(said.get("cases"))
    return Evidence(
        cases=[read(forms[i] if i < len(forms) else None, case) for i, case in enumerate(cases)],
        raw=forms,
        signature=_signature(said.get("signature")),
        positions=_names(said.get("positions")),
        printed=shortened(said.get("printed", ""), MOST_PRINTED),
        printed_length=_count(said.get("printed_length")),
        warnings=tuple(shortened(text, 120) for text in _list(said.get("warnings"))[:MOST_WARNINGS]),
        threads=_count(said.get("threads")),
    )


def read(raw: object, case: Case) -> list[Event]:
    """The events of a case; what is not there or not readable is an empty event."""
    events = [_event(_dict(form)) for form in _list(raw)[: len(case.calls)]]
    return Events(events + [Event()] * (len(case.calls) - len(events)))


def _event(form: dict[Key, object]) -> Event:
    made = form.get("made")
    return Event(
        returned=decode(form["returned"]) if "returned" in form else ABSENT,
        afterwards=decode(form["afterwards"]) if "afterwards" in form else ABSENT,
        error=_error(form.get("error")),
        changed=_names(form.get("changed")),
        made=shortened(made) if made else None,
        refused=_names(form.get("refused")),
        needed=_names(form.get("needed")),
        supplied=_names(form.get("supplied")),
        global_random=form.get("global_random") is True,
        heard=_heard(form.get("heard")),
        other_mode=form.get("other_mode") is True,
    )


def _error(form: object) -> Error | None:
    if type(form) is not dict:
        return None
    said: dict[Key, object] = form
    line, message = said.get("line"), said.get("message", "")
    return Error(
        type=shortened(said.get("type", "")),
        kinds=_names(said.get("kinds")),
        message=say("no-message") if message is None else shortened(message),
        line=line if type(line) is int else None,
        text=shortened(said.get("text", "")),
        function=shortened(said.get("function", "")),
    )


def _signature(form: object) -> dict[str, object]:
    pairs = list(form.items())[:MOST_PARAMETERS] if type(form) is dict else []
    return {shortened(name, 80): decode(default) for name, default in pairs}


def _names(form: object) -> tuple[str, ...]:
    return tuple(shortened(name, 80) for name in _list(form)[:MOST_NAMES])


def _dict(form: object) -> dict[Key, object]:
    return form if type(form) is dict else {}


def _list(form: object) -> list[object]:
    return form if type(form) is list else []


def _count(form: object) -> int:
    return form if type(form) is int else 0


def _heard(form: object) -> tuple[Heard, ...]:
    readable = [call for call in _list(form)[:MOST_HEARD] if type(call) is list and len(call) == 3]
    return tuple((shortened(name, 80), decode(a), decode(returned)) for name, a, returned in readable)
