"""Play a case of a `BatchNorm` whose training and test modes may have changed places.

Then all calls of `forward` get the other mode: the branches are judged. Which of them runs when is judged in
one exercise only, that of forward in training, with the setting "modes_judged": there, it is only marked. The
setting "updates" says that the running statistics, too, tell the modes apart.

Like the probe, this knows no right answer. Modes are told apart by what only one of them can do: in training,
what comes out for an example depends on the others in its batch.
"""

from dataclasses import replace
from typing import TypedDict

from numpy import array, array_equal, ndarray

from course_lib.judging import probe

BATCH = array([[1.0, 2.0], [3.0, -1.0], [5.0, 4.0], [2.0, 7.0]])
OTHERS = array([[1.0, 2.0], [3.0, -1.0], [-4.0, 6.0], [9.0, 0.0]])  # the first two examples are the same
SAME = 2
STATE = ("running_mean", "running_var")


class Settings(TypedDict):
    modes_judged: bool
    updates: bool


def play(student: probe.Student, case: probe.Asked, events: list[probe.Event], call: probe.MakeCall) -> None:
    """Append the events of a case; where the modes have changed places, each has a mark "other_mode"."""
    plain, settings = replace(case, driver=""), settings_of(case)
    probe.play(student, plain, events)
    trains = any(c.get("arguments", {}).get("training") for c in plain.calls)
    if not _changed_places(student, trains, updates=settings["updates"]):
        return
    if not settings["modes_judged"]:
        probe.play(student, replace(plain, calls=list(map(_other_mode, plain.calls))), events)
    for event in events:
        event["other_mode"] = True


def settings_of(case: probe.Asked) -> Settings:
    settings: Settings = case.settings
    return settings


def _other_mode(call: probe.Call) -> probe.Call:
    arguments = call.get("arguments", {})
    if "training" not in arguments:
        return call
    return {**call, "arguments": {**arguments, "training": not arguments["training"]}}


def _changed_places(student: probe.Student, trains: bool, updates: bool) -> bool:
    """Whether examples depend on each other at test time and not in training.

    trains: whether training is looked at first, as the case has played it; what is wrong in a mode that it
    leaves alone, a loop without end, say, is none of its business.
    updates: whether the running statistics, too, have to change at test time and not in training.
    """
    try:
        if any(_depends(student, mode) == mode for mode in (trains, not trains)):
            return False
        return not updates or (_updated(student, False) and not _updated(student, True))
    except probe.TimeLimit:
        raise
    except BaseException:  # what a class raises was written down when it was played
        return False


def _depends(student: probe.Student, training: bool) -> bool:
    """Whether what comes out for the same examples depends on the others in the batch."""
    one, other = (student(2).forward(x.copy(), training) for x in (BATCH, OTHERS))
    if not type(one) is type(other) is ndarray:
        return False
    return not array_equal(one[:SAME], other[:SAME])


def _updated(student: probe.Student, training: bool) -> bool:
    layer = student(2)
    before = [array(getattr(layer, name)) for name in STATE]
    layer.forward(BATCH.copy(), training)
    after = [array(getattr(layer, name)) for name in STATE]
    return not all(array_equal(*each) for each in zip(before, after, strict=True))
