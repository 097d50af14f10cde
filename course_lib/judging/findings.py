"""What each case fails for: the first difference between what was expected and what came."""

from collections.abc import Iterable

import numpy as np

from course_lib import texts
from course_lib.judging import compare, observing
from course_lib.judging.cases import Case
from course_lib.judging.exercise import Exercise, Finding, Result
from course_lib.judging.missing import NotThere
from course_lib.judging.probe import Call, is_judged
from course_lib.judging.reading import ABSENT, Error, Event, Evidence, once

say = texts.beside(__file__)

MOST_FORGOTTEN = 3  # attributes that one forgets to set one by one


def find_differences(
    exercise: Exercise, cases: list[Case], expected: list[list[Event]], evidence: Evidence
) -> Result:
    """Hold the evidence against the expected events, case by case."""
    got = evidence.cases
    differences = [_difference(exercise, *each) for each in zip(cases, expected, got, strict=True)]
    findings = [
        finding or _beside(exercise, case, cases, differences)
        for case, finding in zip(cases, differences, strict=True)
    ]
    plain = [finding for case, finding in zip(cases, findings, strict=True) if not case.known.keeps_arguments]
    for index, case in enumerate(cases):
        if case.known.constructor:
            fault = _constructor(exercise, cases, evidence)
            if fault and (fault.kind == "constructor" or not findings[index]):
                findings[index] = fault
        found = findings[index]
        only_values = found is None or found.kind == "value"
        changed = _changed(exercise, cases, got) if case.known.keeps_arguments and only_values else None
        if changed:  # what a later call returns from it is wrong for this reason
            findings[index] = changed
        elif case.known.keeps_arguments and only_values and all(plain):
            findings[index] = _counts_beside(exercise, say("another-case"))
    return Result(cases, expected, got, differences, findings, evidence.raw)


def _beside(
    exercise: Exercise, case: Case, cases: list[Case], differences: list[Finding | None]
) -> Finding | None:
    """What a case lacks that would pass in code that computes nothing: one beside it that would not."""
    needed = [
        (say("case", name=other.title), difference)
        for other, difference in zip(cases, differences, strict=True)
        if other.observe in case.known.beside.split()
    ]
    missing = bool(needed) and all(difference for _, difference in needed)
    return _counts_beside(exercise, say("or").join(name for name, _ in needed)) if missing else None


def _counts_beside(exercise: Exercise, others: str) -> Finding:
    """Who computes nothing right gets nothing for what is right all the same."""
    return Finding("beside", exercise.beside(others))


def _difference(exercise: Exercise, case: Case, expected: list[Event], got: list[Event]) -> Finding | None:
    """The first difference; where an attribute had to be made up and values are wrong, that is why."""
    found = _first_difference(exercise, case, expected, got)
    withheld = _all(event.refused for event in got if event.made == "in part")
    if found and found.kind == "value" and withheld:
        return Finding("missing", say("withheld", names=_listed(withheld)), found.event)
    made_up = [n for event in got for n in event.supplied if n not in exercise.defaults]
    if found and made_up and found.kind != "error":
        return Finding("error", _never_set(exercise, made_up), found.event)
    if found and found.kind != "error":
        # Numbers that are wrong behind a call that broke off are wrong for that.
        for index, (call, event) in enumerate(zip(case.calls[: found.event], got, strict=False)):
            if event.error and "make" not in call and not is_judged(call):
                return _failed(where(case, index), event.error, found.event)
    return found


def _first_difference(
    exercise: Exercise, case: Case, expected: list[Event], got: list[Event]
) -> Finding | None:
    """The first event of a case that is not as expected, in the order type → shape → dtype → value."""
    for index, call in enumerate(case.calls):
        event, place = got[index], where(case, index)
        if "make" in call:
            if event.error and event.made is None:
                return _failed(place, event.error, index)
            continue
        if not is_judged(call):
            continue
        if not event.error and event.returned is ABSENT:
            for before, earlier in enumerate(got[:index]):
                if earlier.error and earlier.error.type == "TimeLimit":
                    return _failed(where(case, before), earlier.error, index)
            return Finding("missing", say("not-reached", place=place), index)
        asked = expected[index].error
        if asked and event.error and asked.type in event.error.kinds:
            continue
        if asked:
            did = raised(place, event.error) if event.error else _returned(place, event)
            return Finding("value", say("should-raise", did=did, type=asked.type), index)
        if event.error:
            return _raised(case, got, index, event.error)
        if exercise.observed_in(case):
            continue
        difference = compare.form(expected[index].returned, event.returned)
        if difference:
            return Finding(difference.kind, say("returns", place=place, what=difference.text), index)
        wanted, allowed = once(exercise.measure, case, expected, index)
        came, allowed_of_came = once(exercise.measure, case, got, index)
        difference = compare.value(wanted, came, np.fmax(allowed, allowed_of_came))
        if difference:
            entry = list(difference.index or ())
            key = "entry" if entry else "value"
            what, text = exercise.quantity, difference.text
            text = say(key, place=place, entry=entry, quantity=what, difference=text)
            return Finding("value", text, index, difference.index, difference.expected, difference.got)
    return _observed(exercise, case, expected, got)


def _observed(exercise: Exercise, case: Case, expected: list[Event], got: list[Event]) -> Finding | None:
    observe = exercise.observed_in(case)
    if not observe:
        return None
    sides = (once(observe, case, events) for events in (expected, got))
    found = observing.first_difference(*sides)
    return found and Finding("value", observing.told(*found), found[0].event)


def _returned(place: str, event: Event) -> str:
    return say("returns", place=place, what=compare.described(event.returned))


def _raised(case: Case, got: list[Event], index: int, error: Error) -> Finding:
    """What a call raised; where something before it had not come to its end, that is why."""
    for before, (call, event) in enumerate(zip(case.calls[:index], got, strict=False)):
        if event.error and event.made:
            return _failed("__init__", event.error, index)
        if event.error and not is_judged(call):
            return _failed(where(case, before), event.error, index)
    return _failed(where(case, index), error, index)


def _failed(place: str, error: Error, index: int) -> Finding:
    return Finding("error", raised(place, error), index, cause=f"{error.type}: {error.message} {error.line}")


def where(case: Case, index: int) -> str:
    """ "step 3", or "step 3 of the second instance" where there are several."""
    call = case.calls[index]
    if "make" in call:
        return say("constructor")
    number = [_done(c) for c in case.calls[: index + 1]].count(_done(call))
    if not call.get("on"):
        return case.known.shown[index] if case.known.shown else say("call", number=number)
    if "call" in call:
        place = f"{call['call']} {number}"
    else:
        place = say("reading", name=call["read"]) if "read" in call else say("setting", name=call["set"])
    several = len([c for c in case.calls if "make" in c]) > 1
    return say("of-instance", place=place, instance=case.called(call["on"])) if several else place


def _done(call: Call) -> list[str | None]:
    """What a call does, and on which object."""
    return [call.get("call"), call.get("read"), call.get("set"), call.get("on")]


def raised(place: str, error: Error) -> str:
    """What an error says and where in the student's code it arose, in one sentence."""
    if error.type == NotThere.__name__:
        return say("raised.not-there", place=place)
    what = "limit" if error.type == "TimeLimit" else "error-says" if error.message else "error"
    at = "" if error.line is None else "-in-line-of" if error.text else "-in-line"
    said = {"type": error.type, "message": error.message, "line": error.line, "text": error.text}
    return say(f"raised.{what}{at}", place=place, **said)


def _changed(exercise: Exercise, cases: list[Case], got: list[list[Event]]) -> Finding | None:
    for case, events in zip(cases, got, strict=True):
        for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
            if event.changed and is_judged(call):
                names, place = _listed(event.changed), where(case, index)
                text = say("changed", names=names, case=case.title, place=place)
                return Finding("changed", text, index)
    return None


def _constructor(exercise: Exercise, cases: list[Case], evidence: Evidence) -> Finding | None:
    """What is wrong with the constructor, although the methods could be judged: one message."""
    made = [
        event
        for case, events in zip(cases, evidence.cases, strict=True)
        for call, event in zip(case.calls, events, strict=True)
        if "make" in call
    ]
    asked = ", ".join(["self"] + [n if v is None else f"{n}={v:g}" for n, v in exercise.defaults.items()])
    asked = say("asked", arguments=asked)
    theirs = evidence.signature
    refused = _all(event.refused for event in made)
    needed = [n for n in _all(event.needed for event in made) if exercise.defaults.get(n, ABSENT) is not None]
    supplied = _all(event.supplied for event in made)
    error = next((event.error for event in made if event.error), None)
    passed = {
        name for case in cases for call in case.calls if "call" in call for name in call.get("arguments", {})
    }
    by_position = [name for name in refused if name in theirs]
    if needed and passed.issuperset(needed):
        text = say("is-a-method", names=_listed(needed), method=exercise.method, asked=asked)
    elif by_position:
        text = say("by-position", names=_listed(by_position), asked=asked)
    elif refused and not theirs and not needed:
        text = say("no-arguments", asked=asked)
    elif refused:
        other = [name for name in [*theirs, *needed] if name not in exercise.defaults]
        key = f"unknown.{'several' if len(refused) > 1 else 'one'}{'-of' if other else ''}"
        text = say(key, names=_listed(refused), others=_listed(other), asked=asked)
    elif needed:
        text = say("needs", names=_listed(needed), asked=asked)
    elif error:
        text = raised("__init__", error)
    elif supplied:
        text = _never_set(exercise, supplied)
    else:
        return _default(exercise, theirs, asked) or _order(exercise, evidence.positions, asked)
    return Finding("constructor", text)


def _never_set(exercise: Exercise, names: list[str]) -> str:
    used = _listed(f"self.{name}" for name in dict.fromkeys(names))
    who = "method" if exercise.method else "code"
    inherits = "-inherits" if len(set(names)) > MOST_FORGOTTEN else ""
    return say(f"never-set.{who}{inherits}", method=exercise.method, names=used)


def _default(exercise: Exercise, theirs: dict[str, object], asked: str) -> Finding | None:
    for name, default in exercise.defaults.items():
        came = theirs.get(name, default)
        if default is not None and isinstance(came, int | float) and came != default:
            return Finding("default", say("default", name=name, came=came, asked=asked))
    return None


def _order(exercise: Exercise, positions: tuple[str, ...], asked: str) -> Finding | None:
    """Arguments that would be mixed up when they are given by position."""
    contract = list(exercise.defaults)
    theirs = [name for name in positions if name in contract]
    if theirs == contract[: len(theirs)]:
        return None
    return Finding("order", say("order", names=_listed(theirs), asked=asked))


def _all(groups: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for group in groups for name in group))


def _listed(names: Iterable[str]) -> str:
    *others, last = names or ("",)
    return say("listed", others=", ".join(others), last=last) if others else last
