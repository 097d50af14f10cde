"""The probe: plays a case's script of calls on a student's object and writes down what came back.

It knows no right answer. It imports no reference, so that it can run alone, with a student's code, in a place
where none is to be had. What it returns is JSON: the evidence.

What is asked in a case is a script, a list of calls, played in order:

    {"make": "a", "arguments": {"lr": 0.1}, "defaults": {"lr": 0.001, …}}
        construct the object a; defaults are all arguments of the contract, in order, null for the
        required ones
    {"on": "a", "call": "step", "arguments": {"theta": array, "gradient": {"result": 3}}}
        call a method; the names are the contract's, the values are passed by position. {"result": k} is
        what the k-th call of the script returned, the very object
    {"call": "l2_penalty", "arguments": …}
        without "on": call the student's object itself, for an exercise that is a function
    {"on": "a", "read": "running_mean"}
        read an attribute
    {"on": "a", "set": "gamma", "arguments": {"value": array}}
        set an attribute
A call with "judged": false is there for what comes after it: what it returns or raises is not judged.

An argument is an array or another value in the form of `encoding`, {"result": k}, or one of
    {"rng": seed}                       a fresh generator
    {"rng": seed, "shared": true}       one generator for the whole case
    {"array": name, "holds": array}     one array for the whole case, overwritten with what it is to hold now;
                                        with "kept": true it is as the calls before have left it
    {"function": kind, "settings": {…}} a function made by `functions`, whose calls are written down
    {"functions": {name: {…}, …}}       a dict of such functions
An argument may be a list of such forms: {"list": […]}.
A call that returns an iterator is exhausted, up to "at_most" items, where the call says so; each item is
looked at when it comes, as a loop does.

For each call the evidence has one event, an `Event`:

    {"returned": value, "changed": [names of the arguments, arrays or lists of them, that the call changed:
        its own, and those of earlier calls]}
    {…, "afterwards": […]}               what the items of an iterator are at its end, where that is another
    {"error": {"type", "kinds", "message", "line", "text", "function", "attribute"}, "changed": […]}
    {…, "heard": [[function, argument, returned], …]}   the calls of the functions handed over, in order
    {"skipped": true}                    what it needs is missing, because of an earlier error
    {…, "other_mode": true}              played with training and test changed, see `_batchnorm_driver`
    {…, "global_random": true}           on the last event: there was a generator, and the global one was used
    {"made": how, "refused": […], "needed": […], "supplied": […], "error": …}      for a construction

A case with a "driver" is played by the function `play` of the module of this name; its calls say what events
to expect.

A constructor that has a fault does not keep us from looking at the methods: arguments that it refuses are
passed by position or left out, an object half made is used as it is, and an attribute that a method misses is
supplied. All of it is written down.
"""

import builtins
import inspect
import linecache
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from inspect import Parameter
from itertools import islice
from typing import Any, TypedDict, TypeGuard

from numpy import ndarray
from numpy.random import Generator, default_rng, get_state, set_state

from course_lib.judging.encoding import MOST_ENTRIES, decode, encode, encode_items, name_of, shortened
from course_lib.judging.frames import COURSE, LIBRARIES, OURS
from course_lib.judging.functions import made_function
from course_lib.judging.guard import guarded
from course_lib.judging.limits import TimeLimit

SECONDS = 2.0  # for all of a student's code in one check
# Of computing, for its code in one case. Entry by entry, on lists, with deep copies and prints, a right
# answer takes up to 0.02 s; what asks for more says so. Packages that it loads are not counted.
CASE_SECONDS = 0.25
MOST_SUPPLIED = 8
MOST_PARAMETERS = 20
ERRORS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception
}


Student = Callable[..., Any]  # the class or function that a student hands in
Defaults = dict[str, float | None]  # of a contract's constructor, all arguments; None is no default
Watched = ndarray | list[ndarray]


class Call(TypedDict, total=False):
    """One call of a script, see above."""

    make: str
    defaults: Defaults
    on: str
    call: str
    read: str
    set: str
    arguments: dict[str, Any]
    judged: bool
    at_most: int
    times: int


class Raised(TypedDict):
    """An error that a student's code raised, and where in this code. message: null where it tells none."""

    type: str
    kinds: list[str]
    message: str | None
    line: int | None
    text: str
    function: str
    attribute: str | None


class Event(TypedDict, total=False):
    """What came of one call, see above."""

    returned: object
    changed: list[str]
    afterwards: object
    error: Raised
    heard: list[object]
    skipped: bool
    other_mode: bool
    global_random: bool
    made: str | None
    refused: list[str]
    needed: list[str]
    supplied: list[str]


class Evidence(TypedDict, total=False):
    """What came of all cases; the student's own defaults, and the names that can be given by position; what
    the code printed, warned of and left running. Where it had to be ended, there are only the cases."""

    cases: list[list[Event]]
    signature: dict[str, object]
    positions: list[str]
    printed: str
    printed_length: int
    warnings: list[str]
    in_time: bool
    threads: int


def is_judged(call: Call) -> bool:
    return "judged" not in call or call["judged"]


# How a driver has a call made: of what, which call, with which arguments; the event, and what was returned.
MakeCall = Callable[[object, Call, dict[str, object]], tuple[Event, object]]


@dataclass(frozen=True)
class Asked:
    """What is asked in a case: all that is sent to where a student's code runs. It tells of no answer.

    calls     the script
    driver    the module that plays it, by name, where calls alone do not do
    seconds   for a student's code in this case, where CASE_SECONDS, or SECONDS for the check, is not enough
    settings  what the driver needs to know, the `Settings` of its module
    """

    calls: list[Call]
    driver: str = ""
    seconds: float | None = None
    settings: Any = field(default_factory=dict)

    def data(self) -> dict[str, object]:
        """As JSON."""
        return vars(self)


def seconds_for(cases: list[Asked]) -> float:
    """For all of a student's code: SECONDS, or what a case asks for where that is more."""
    return max([SECONDS, *(case.seconds or 0.0 for case in cases)])


def probe(
    student: Student,
    cases: list[Asked],
    seconds: float | None = None,
    events: Callable[[], list[Event]] = list,
) -> Evidence:
    """The evidence of all cases, with what the student's code printed and warned of. Never raises.

    seconds: for all of it; by default `seconds_for` the cases. events: makes the list that a case's events
    are put into, one after the other.
    """
    played: list[list[Event]] = []
    signature: dict[str, object] = {}
    positions: list[str] = []

    def work() -> Iterator[float]:
        signature.update(_defaults(student))
        positions.extend(_positions(student))
        for case in cases:
            yield case.seconds or CASE_SECONDS
            played.append(events())
            play(student, case, played[-1])

    account = guarded(work, seconds or seconds_for(cases))
    if not account.in_time and played and not any("error" in event for event in played[-1][-1:]):
        played[-1].append({"error": described_limit()})
    return {
        "cases": played,
        "signature": signature,
        "positions": positions,
        "printed": account.printed,
        "printed_length": account.length,
        "warnings": account.warned,
        "in_time": account.in_time,
        "threads": account.threads,
    }


def play(student: Student, case: Asked, events: list[Event] | None = None) -> list[Event]:
    """The events of one case, appended to `events` as they happen, so that they survive a time limit."""
    events = [] if events is None else events
    supplied: list[str] = []
    outside = get_state(legacy=False) if _is_random(case) else None
    try:
        if case.driver:
            import_module(case.driver).play(student, case, events, _call)
            return events
        while len(supplied) <= MOST_SUPPLIED:
            events.clear()
            missing = _play(student, case, supplied, events)
            if missing is None or missing in supplied:
                break
            supplied.append(missing)
        if supplied and any(map(_failed, case.calls, events)):
            events.clear()  # it did not help: show the first error, as the student would see it
            _play(student, case, [], events)
    finally:
        if outside is not None and drawn(outside) != drawn(get_state(legacy=False)):
            if events:
                events[-1]["global_random"] = True
            set_state(outside)
    return events


def _failed(call: Call, event: Event) -> bool:
    return "error" in event and "made" not in event and is_judged(call)


def _is_random(case: Asked) -> bool:
    """Whether a case hands over a generator."""
    values = (a for call in case.calls for a in call.get("arguments", {}).values())
    return any(type(value) is dict and "rng" in value for value in values)


@dataclass
class _Kept:
    """What lasts in a case from call to call: what came of each, by its number; what several are given."""

    results: dict[int, object] = field(default_factory=dict)
    generators: dict[int, Generator] = field(default_factory=dict)
    arrays: dict[str, ndarray] = field(default_factory=dict)


def _play(student: Student, case: Asked, supplied: list[str], events: list[Event]) -> str | None:
    """Play the script once; return the name of an attribute that a method missed, if one did."""
    objects: dict[str, object] = {}
    kept = _Kept()
    handed: list[tuple[str, object]] = []
    for index, call in enumerate(case.calls):
        if "make" in call:
            try:
                made, event = _make(student, call, kept)
            except TimeLimit as error:
                events.append({"error": _described(error, None)})
                raise
            if made is not None:
                objects[call["make"]] = made
                event["supplied"] = [name for name in supplied if _give(made, name, call)]
            events.append(event)
            continue
        arguments = call.get("arguments", {})
        needed = {a["result"] for a in arguments.values() if _is_result(a)}
        if (call.get("on") and call["on"] not in objects) or not needed <= kept.results.keys():
            events.append({"skipped": True})
            continue
        target = objects[call["on"]] if call.get("on") else student
        heard: list[object] = []
        try:
            values = {name: _argument(a, kept, name, heard) for name, a in arguments.items()}
            event, result = _call(target, call, values, handed)
            # An attribute that was set is the object's own, and so is what it returned: these may change.
            if "call" in call:
                handed += [(name, value) for name, value in values.items() if not _is_result(arguments[name])]
            if heard:
                event["heard"] = heard
        except TimeLimit as error:
            events.append({"error": _described(error, target)})
            raise
        events.append(event)
        if "error" not in event:
            kept.results[index] = result
            continue
        # Only the constructor's faults are made good, not what an earlier call left undone.
        earlier = any("error" in event and "made" not in event for event in events[:-1])
        if event["error"]["attribute"] and is_judged(call) and not earlier:
            return event["error"]["attribute"]
    return None


def _is_result(form: object) -> bool:
    return type(form) is dict and "result" in form


def _argument(form: object, kept: _Kept, name: str, heard: list[object]) -> object:
    if type(form) is not dict:
        return decode(form)
    if "function" in form:
        return made_function(form["function"], form["settings"], name, heard)
    if "functions" in form:
        return {key: _argument(each, kept, key, heard) for key, each in form["functions"].items()}
    if "list" in form:
        return [_argument(each, kept, name, heard) for each in form["list"]]
    if _is_result(form):
        return kept.results[form["result"]]
    if "rng" in form:
        fresh = default_rng(form["rng"])
        return kept.generators.setdefault(form["rng"], fresh) if form.get("shared") else fresh
    if "array" in form:
        holds = decode(form["holds"])
        array = kept.arrays.setdefault(form["array"], holds.copy())
        if not form.get("kept"):
            array[...] = holds
        return array
    return decode(form)


def drawn(state: dict[str, Any]) -> tuple[object, ...]:
    """How far NumPy's global random state is, to be compared: it moves where it is used or set."""
    key, position = state["state"]["key"], state["state"]["pos"]
    # Of two normal numbers, the second waits for the next call.
    return position, state["has_gauss"], state["gauss"], key.tobytes()


def _call(
    target: Any, call: Call, arguments: dict[str, object], earlier: Sequence[tuple[str, object]] = ()
) -> tuple[Event, object]:
    """The event of a call, and what it returned. earlier: the arguments of calls before it, by name."""
    watched = [(name, value) for name, value in (*arguments.items(), *earlier) if _is_watched(value)]
    before = [_copied(value) for _, value in watched]
    result = None
    event: Event
    try:
        if "read" in call:
            result = getattr(target, call["read"])
        elif "set" in call:
            setattr(target, call["set"], *arguments.values())
        else:
            method = getattr(target, call["call"]) if call.get("on") else target
            result = method(*arguments.values())
        # What cannot be iterated over is an answer too: it is encoded as it is.
        if "at_most" in call and hasattr(type(result), "__iter__"):
            event, result = _exhausted(result, call["at_most"])
        else:
            event = {"returned": encode(result)}
    except TimeLimit:
        raise
    # A student's code may raise anything, SystemExit and KeyboardInterrupt too.
    except BaseException as error:
        event = {"error": _described(error, target)}
    pairs = zip(watched, before, strict=True)
    event["changed"] = list(dict.fromkeys(name for (name, now), old in pairs if not _same(now, old)))
    return event, result


def _exhausted(items: Any, most: int) -> tuple[Event, list[object]]:
    """The event of an iterator: its items as they came, and as they are at its end."""
    kept: list[object] = []

    def coming() -> Iterator[object]:
        for item in islice(items, most):
            kept.append(item)
            yield item

    came = encode_items(coming())
    now = encode_items(kept)
    event: Event = {"returned": came}
    if now != came:
        event["afterwards"] = now
    return event, kept


def _is_watched(value: object) -> TypeGuard[Watched]:
    """Whether this is an array, or a list of arrays, of no more entries than a case has."""
    if type(value) is list:
        return all(map(_is_array, value))
    return _is_array(value)


def _is_array(value: Any) -> bool:
    return type(value) is ndarray and value.size <= MOST_ENTRIES


def _copied(value: Watched) -> Watched:
    return [array.copy() for array in value] if isinstance(value, list) else value.copy()


def _same(a: Watched, b: Watched) -> bool:
    if isinstance(a, list) or isinstance(b, list):
        return len(a) == len(b) and all(type(x) is ndarray and _same(x, y) for x, y in zip(a, b, strict=True))
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()  # NaN equals itself here


# Construction


def _make(student: Student, call: Call, kept: _Kept) -> tuple[object, Event]:
    """The object, or what could be had of it, and the event. None stands for no object at all."""
    event: Event = {"made": "by keyword", "refused": [], "needed": [], "supplied": []}
    arguments = {name: _argument(value, kept, name, []) for name, value in call["arguments"].items()}
    args, kwargs = _arguments(student, call, arguments, event)
    try:
        return student(*args, **kwargs), event
    except TimeLimit:
        raise
    except BaseException as error:
        event["error"] = _described(error, None)
    event["made"] = None
    half = None
    if isinstance(student, type):
        try:
            half = student.__new__(student)  # type: ignore[call-overload]  # mypy takes it for a metaclass
            event["made"] = "in part"
            half.__init__(*args, **kwargs)
        except TimeLimit:
            raise
        except BaseException:
            pass  # told above; here we look at how far __init__ came before it raised
    return half, event


def _arguments(
    student: Student, call: Call, arguments: dict[str, object], event: Event
) -> tuple[list[object], dict[str, object]]:
    """What to construct with: keywords; where names are refused, positions; at worst, what is accepted."""
    signature = _signature(student)
    if signature is None:
        return [], arguments
    kinds = {name: p.kind for name, p in signature.parameters.items()}
    contract = {name: decode(value) for name, value in call.get("defaults", {}).items()}
    # A default of another value is told once, of the constructor; the methods are judged with the contract's.
    arguments = {n: value for n, value in contract.items() if _is_other(signature, n, value)} | arguments
    if Parameter.VAR_KEYWORD not in kinds.values():
        named = [
            n
            for n, kind in kinds.items()
            if kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
        ]
        event["refused"] = [name for name in arguments if name not in named]
    event["needed"] = [
        name
        for name, p in signature.parameters.items()
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL) and name not in arguments
    ][:MOST_PARAMETERS]
    if not event["refused"] and not event["needed"]:
        return [], arguments
    contract |= arguments
    values = list(contract.values())
    if event["refused"] and None not in values and _binds(signature, values):
        event["made"] = "by position"
        return values, {}
    event["made"] = "in part"
    accepted = {name: value for name, value in arguments.items() if name not in event["refused"]}
    return [], accepted | {n: contract[n] for n in event["needed"] if contract.get(n) is not None}


def _signature(student: Student) -> inspect.Signature | None:
    try:
        return inspect.signature(student)
    except Exception:  # none to be had: then the call itself will tell
        return None


def _is_other(signature: inspect.Signature, name: str, contract: object) -> bool:
    """Whether this argument has a number as its default that is not the contract's."""
    own = signature.parameters.get(name)
    if own is None or own.kind is own.POSITIONAL_ONLY or type(own.default) not in (int, float):
        return False
    return contract is not None and own.default != contract


def _binds(signature: inspect.Signature, values: list[object]) -> bool:
    try:
        signature.bind(*values)
    except TypeError:
        return False
    return True


def _defaults(student: Student) -> dict[str, object]:
    """The defaults of the student's own parameters."""
    signature = _signature(student)
    parameters = list(signature.parameters.values())[:MOST_PARAMETERS] if signature else []
    return {p.name: encode(p.default) for p in parameters if p.default is not p.empty}


def _positions(student: Student) -> list[str]:
    """The names of the arguments that can be given by position, in their order."""
    signature = _signature(student)
    parameters = list(signature.parameters.values())[:MOST_PARAMETERS] if signature else []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _give(made: object, name: str, call: Call) -> bool:
    """Set a missing attribute to the argument of that name, or to 0: nothing yet."""
    contract = call.get("defaults", {}) | call["arguments"]
    try:
        setattr(made, name, decode(contract.get(name)) or 0)
    except Exception:  # an object that takes no attributes keeps the error that it has
        return False
    return True


# Errors


def described_limit() -> Raised:
    """The time limit as an error of nobody knows which line."""
    return _described(TimeLimit(), None)


def _described(error: BaseException, target: object) -> Raised:
    """An error as data: what it says, and where in the student's own code it arose."""
    try:
        message = shortened(str(error))
    except Exception:
        message = None
    described: Raised = {
        "type": name_of(type(error)),
        "kinds": [name for name, kind in ERRORS.items() if issubclass(type(error), kind)],
        "message": message,
        "line": None,
        "text": "",
        "function": "",
        "attribute": None,
    }
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        called = described["line"] is not None and file.startswith(COURSE)  # the line that calls it says more
        if not called and not file.startswith((*OURS, *LIBRARIES)) and not file.endswith(".pyx"):  # NumPy
            described["line"] = line
            described["text"] = shortened(linecache.getline(file, line, frame.f_globals).strip(), 120)
            described["function"] = shortened(frame.f_code.co_name, 80)
    if type(error) is AttributeError and error.obj is target and described["line"] is not None:
        described["attribute"] = shortened(error.name, 80)
    return described
