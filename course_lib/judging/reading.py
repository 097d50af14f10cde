"""Read evidence: whatever it is made of, a case has one event for each of its calls afterwards."""

from dataclasses import dataclass
from typing import Any

from course_lib.judging.cases import Case
from course_lib.judging.encoding import decode, shortened

MOST_NAMES = 20
MOST_HEARD = 1_000
ABSENT = object()


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
    heard: tuple[tuple[str, object, object], ...] = ()
    other_mode: bool = False


class Events(list[Event]):
    """The events of a case, and what has been observed in them, once it has."""

    observed: list[Any] | None = None


def read(raw: object, case: Case) -> list[Event]:
    """The events of a case; what is not there or not readable is an empty event."""
    forms = raw[: len(case.calls)] if type(raw) is list else []
    events = [_event(form if type(form) is dict else {}) for form in forms]
    return Events(events + [Event()] * (len(case.calls) - len(events)))


def _event(form: dict[str, object]) -> Event:
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
    texts = {name: shortened(form.get(name, "")) for name in ("type", "message", "text", "function")}
    line = form.get("line")
    kinds = _names(form.get("kinds"))
    return Error(line=line if type(line) is int else None, kinds=kinds, **texts)


def _names(form: object) -> tuple[str, ...]:
    return tuple(shortened(name, 80) for name in form[:MOST_NAMES]) if type(form) is list else ()


def _heard(form: object) -> tuple[tuple[str, object, object], ...]:
    """The calls of functions that were handed over: (name, argument, returned) of each."""
    calls = form[:MOST_HEARD] if type(form) is list else []
    readable = [call for call in calls if type(call) is list and len(call) == 3]
    return tuple((shortened(name, 80), decode(a), decode(returned)) for name, a, returned in readable)
