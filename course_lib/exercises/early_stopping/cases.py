"""Early stopping. Its cases, and what is observed in them.

A case is a row of validation losses, each with its θ. What is observed is which update is the first to say
stop, and whose θ is kept; what happens after the first stop is not judged, as nobody asks then.
"""

from typing import Unpack

import numpy as np

from course_lib import texts, training
from course_lib.judging.cases import Case, Form, Marks, array, given
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import encode_array
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call, Defaults
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

DEFAULTS: Defaults = {"patience": None, "min_delta": 0.0}
LEAD = 3  # improvements that a run may begin with
STOPS = 4  # the update that is to say stop first, where θ is to be left alone then


# Cases


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    unit = round(float(rng.uniform(0.8, 1.4)), 2)

    def theta(shape: tuple[int, ...] = (4,)) -> np.ndarray:
        return rng.normal(size=shape).round(4)

    def run(
        on: str,
        patience: int,
        losses: list[float],
        min_delta: float | None = None,
        read: tuple[int, ...] = (),
        shape: tuple[int, ...] = (4,),
        in_place: bool = False,
        before: int | None = None,
        unit: float = unit,
    ) -> list[Call]:
        """A construction, an update for each loss, and best_theta read after some of the updates.

        before: how many improvements lead to the first of the losses. It is drawn, so that no list of
        answers fits; the last loss comes again, so that the number of updates tells nothing of it.
        """
        before = int(rng.integers(LEAD + 1)) if before is None else before
        lead = [losses[0] + step / 2 for step in range(before, 0, -1)]
        losses = [*lead, *losses, *[losses[-1]] * (LEAD - before)]
        arguments = {"patience": patience} | ({} if min_delta is None else {"min_delta": min_delta * unit})
        calls: list[Call] = [{"make": on, "arguments": arguments, "defaults": DEFAULTS}]
        calls += [{"on": on, "read": "best_theta"}] * (0 in read)
        for update, loss in enumerate(losses, start=1):
            form: dict[str, object] = encode_array(theta(shape))
            if in_place:
                form = {"array": on, "holds": form}
            calls.append({"on": on, "call": "update", "arguments": {"val_loss": loss * unit, "theta": form}})
            if update in read:
                calls.append({"on": on, "read": "best_theta"})
        return calls

    def case(name: str, observe: str, calls: list[Call], **marks: Unpack[Marks]) -> Case:
        return Case.of(name, calls, observe, **marks)

    stop, second = "first watcher", "second watcher"
    p, q = (int(n) for n in rng.permutation([3, 4]))
    above, below, after = [2.2, 2.1, 2.3], [1.8, 1.9, 1.85], [1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.2]
    up_and_down = [2.0, 1.5, 1.8, 1.2, 1.6, 1.7]
    before = int(rng.integers(LEAD + 1))
    first = run(stop, 2, [2.0, 1.5, 1.6, 1.4, 1.7, 1.8, 1.9, 2.0], before=before)
    other = run(second, 4, [3.0, 3.5, 3.6, 2.5, 2.6, 2.7, 2.8, 2.9], before=before)
    return [
        case(
            "patience",
            "stops",
            run(stop, p, [2.0, 1.6, 1.3, 1.5, 1.4, 1.6, 1.7, 1.8, 1.9])
            + run(second, 1, [2.0, 1.7, 1.9, 1.8, 2.1]),
            constructor=True,
        ),
        case(
            "updates in a row",
            "stops",
            run(
                stop,
                q,
                [2.0, *above[: q - 1], 1.7, *below[: q - 1], 1.4, *after[: 14 - 2 * q]],
                before=0,
            ),
        ),
        case("compared with the best", "stops", run(stop, 3, [2.0, 1.0, 1.9, 1.7, 1.5, 1.4, 1.3, 1.2, 1.1])),
        case("a plateau", "stops", run(stop, 2, [1.5, 1.5, 1.5, 1.5, 1.5, 1.5])),
        case(
            "min_delta",
            "both",
            # Improvements that are too small; then some that are large enough in sum; small ones between
            # losses that are worse; and one by exactly min_delta.
            run(stop, 3, [4.0, 3.9, 3.85, 3.8, 3.9, 3.85, 3.95, 3.9], 0.25)
            + run(second, 3, [4.0, 3.9, 3.7, 3.65, 3.6, 3.55, 3.9, 4.0, 4.1], 0.25, read=(3, 6), before=0)
            + run("third watcher", 3, [0.8, 0.5, 0.35, 0.3, 0.28, 0.27, 0.26], 0.25)
            + run("fourth watcher", 3, [4.0, 4.1, 4.2, 3.9, 4.3, 4.2, 4.4, 4.3], 0.25)
            + run("fifth watcher", 2, [4.0, 3.5, 3.5, 3.5, 3.5], 0.5, unit=1.0),
        ),
        case(
            "losses of any size",
            "stops",
            run(stop, 2, [350.0, 340.0, 345.0, 342.0, 360.0, 370.0])
            + run(second, 2, [-1.0, -2.0, -1.5, -1.2, -1.1, -1.0], before=0)
            + run("third watcher", 2, [1.0, 0.0, 0.5, 0.6, 0.7, 0.8]),
        ),
        # The last read is behind the stop, when best_theta is gone back to.
        case(
            "the best θ", "best", run(stop, 5, up_and_down, read=(0, 1, 3, 4, 6, 9), shape=(2, 3), before=0)
        ),
        case(
            "a θ that is changed in place later",
            "best",
            run(stop, 5, up_and_down, read=(1, 3, 4, 6), in_place=True, before=0),
        ),
        case("two instances side by side", "stops", _alternating(first, other)),
        case("answers True or False", "answers", run(stop, 2, [2.0, 1.5, 1.6, 1.7, 1.8, 1.9])),
        _leaves_theta(run(stop, 2, [2.0, 1.5, 1.6, 1.7, 1.8], before=0), theta()),
    ]


def _leaves_theta(stopping: list[Call], theta: np.ndarray) -> Case:
    """From the update on that is to say stop, θ is one array. At last, new watchers tell what it holds."""
    fresh, kept = array("θ", theta)
    updates = [kept] * len(stopping)
    updates[STOPS] = fresh
    calls = [*stopping[:STOPS], *map(_with_theta, stopping[STOPS:], updates[STOPS:])]
    reads = []
    for on, form in (("second watcher", kept), ("third watcher", encode_array(theta))):
        calls += [stopping[0] | {"make": on}, _with_theta(stopping[1], form) | {"on": on}]
        reads.append(len(calls))
        calls.append({"on": on, "read": "best_theta", "judged": False})
    name = "leaves θ as it was"
    return Case.of(name, calls, "form", keeps_arguments=True, twice=((reads[0], reads[1]),))


def _with_theta(update: Call, form: Form) -> Call:
    return {**update, "arguments": update["arguments"] | {"theta": form}}


def _alternating(first: list[Call], second: list[Call]) -> list[Call]:
    return [call for pair in zip(first, second, strict=True) for call in pair]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """When each instance says stop, and whose θ it keeps, as far as the case asks for it."""
    updates = [i for i, call in enumerate(case.calls) if call.get("call") == "update"]
    forms = [_form(events[i].returned, i) for i in updates]
    unreadable = next((form for form in forms if form.value != "readable"), None)
    if unreadable:
        return [unreadable]
    seen = [forms[0]]
    if case.observe == "answers":
        seen += [_answer(events[i].returned, i) for i in updates]
        seen.append(_answers([bool(events[i].returned) for i in updates], updates[-1]))
    for make in case.calls:
        if "make" in make and case.observe in ("stops", "both"):
            seen.append(_stop(case, events, make))
    if case.observe in ("best", "both"):
        seen += [_best(case, events, i) for i, call in enumerate(case.calls) if "read" in call]
    return seen


def _form(returned: object, index: int) -> Observation:
    """Whether an answer can be taken for yes or no; None is taken for no."""
    if returned is None or (isinstance(returned, bool | int | float | np.ndarray) and np.ndim(returned) == 0):
        return Observation("The answer", "readable", event=index)
    got = described(returned)
    return Observation("The answer", got, say("no-answer", got=got), index)


def _answer(returned: object, index: int) -> Observation:
    is_bool = isinstance(returned, bool) or (isinstance(returned, np.ndarray) and returned.dtype == bool)
    got = say("bool") if is_bool else described(returned)
    says = say("says-stop" if returned else "says-go-on", got=got, asked=bool(returned))
    return Observation("The answer", got, says, index)


def _answers(came: list[bool], index: int) -> Observation:
    """Whether there is a yes and a no among them: who never computes anything is right in every other."""
    says = say("always-stop" if came[0] else "always-go-on", count=len(came))
    return Observation("The answers", sorted(set(came)), says, index)


def _stop(case: Case, events: list[Event], make: Call) -> Observation:
    of = [i for i, call in enumerate(case.calls) if call.get("on") == make["make"] and "call" in call]
    came = next((k for k, i in enumerate(of, start=1) if events[i].returned), None)
    losses = [case.calls[i]["arguments"]["val_loss"] for i in of]
    watcher = training.EarlyStopping(**make["arguments"])
    asked = next((k for k, loss in enumerate(losses, start=1) if watcher.update(loss, np.zeros(1))), None)
    until = max(k or len(of) for k in (came, asked))
    told = {"settings": _settings(make), "losses": _listed(losses[:until]), "came": came, "asked": asked}
    says = say("first-stop" if came else "no-stop", **told)
    turns = next((k for k, i in enumerate(of, start=1) if not events[i].returned), None)
    value = f"1, until {turns}" if came == 1 else str(came)  # True from the start: for ever, or for a while?
    return Observation("The first stop", value, says, of[(came or len(of)) - 1])


def _settings(make: Call) -> str:
    return say("and").join(f"{name} = {number(value)}" for name, value in make["arguments"].items())


def _listed(losses: list[float]) -> str:
    return ", ".join(f"{loss:.3g}".replace("-", "−") for loss in losses)


def _best(case: Case, events: list[Event], index: int) -> Observation:
    """Of which update the θ is that best_theta holds."""
    on = case.calls[index]["on"]
    make = next(call for call in case.calls if call.get("make") == on)
    updates = [call["arguments"] for call in case.calls[:index] if call.get("on") == on and "call" in call]
    thetas = _given(case, on, index)
    losses = [call["val_loss"] for call in updates]
    came = _whose(events[index].returned, thetas)
    watcher = training.EarlyStopping(**make["arguments"])
    for loss, theta in zip(losses, thetas, strict=True):
        watcher.update(loss, theta)
    told = {"settings": _settings(make), "came": came, "asked": _whose(watcher.best_theta, thetas)}
    says = say("best-after" if losses else "best-before", losses=_listed(losses), **told)
    return Observation("The best θ", came, says, index)


def _whose(theta: object, thetas: list[np.ndarray]) -> str:
    if not isinstance(theta, np.ndarray):
        return described(theta)
    found = _number_of(theta, thetas)
    return say("theta-of", update=found) if found else say("theta-of-none")


def _number_of(theta: object, thetas: list[np.ndarray]) -> int | None:
    if not isinstance(theta, np.ndarray):
        return None
    return next((k for k, given in enumerate(thetas, start=1) if np.array_equal(given, theta)), None)


def _given(case: Case, on: str, index: int) -> list[np.ndarray]:
    """Each θ that an instance was given before a call."""
    calls = [call for call in case.calls[:index] if call.get("on") == on and "call" in call]
    return [given(call["arguments"]["theta"]) for call in calls]


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """For each instance: its losses, with the update that stops it, and whose θ is kept."""
    updates = [i for i, call in enumerate(case.calls) if call.get("call") == "update"]
    if any(_form(events[i].returned, i).value != "readable" for i in updates):
        return []
    found = []
    for make in case.calls:
        if "make" not in make:
            continue
        place, settings = case.called(make["make"]), _settings(make)
        of = [i for i in updates if case.calls[i]["on"] == make["make"]]
        losses = np.array([case.calls[i]["arguments"]["val_loss"] for i in of])
        numbers = np.arange(1, len(of) + 1)
        stops = np.flatnonzero([bool(events[i].returned) for i in of])[:1]
        if case.observe in ("stops", "both"):
            found.append(
                Seen(
                    place,
                    say("seen.stop", settings=settings),
                    say("seen.update"),
                    say("seen.loss"),
                    losses[stops],
                    at=numbers[stops],
                    given=(("", numbers, losses),),
                )
            )
        reads = [i for i, call in enumerate(case.calls) if call.get("on") == make["make"] and "read" in call]
        if case.observe in ("best", "both") and reads:
            after = [sum(i < read for i in of) for read in reads]
            given = [_given(case, make["make"], read) for read in reads]
            kept = [_number_of(events[i].returned, thetas) for i, thetas in zip(reads, given, strict=True)]
            whose = [np.nan if number is None else number for number in kept]
            found.append(
                Seen(
                    place,
                    say("seen.best", settings=settings),
                    say("seen.update"),
                    say("seen.whose"),
                    whose,
                    at=after,
                )
            )
    return found
