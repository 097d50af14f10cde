"""Play a case of a repair: what is handed in is (fault, the mended program, proof).

The calls of a case say of which of the three it is: one of `fault` or `proof`, else those of the exercise
that the mended program answers. The settings have that exercise's own driver, if it has one. Like the probe,
this knows no right answer, and neither which fault there is nor what the broken program does.
"""

from typing import Any, TypedDict

from numpy import array

from course_lib.judging import probe

HANDED = 3  # how many things are handed in


class Settings(TypedDict, total=False):
    driver: str
    settings: Any


def play(student: probe.Student, case: probe.Asked, events: list[probe.Event], call: probe.MakeCall) -> None:
    """Append the events of a case."""
    handed: Any = student  # a tuple, as the check's cell has it
    fault, mended, proof = handed
    settings: Settings = case.settings
    asked = case.calls[0].get("call")
    if "driver" in settings:
        inner = probe.Asked(case.calls, settings["driver"], case.seconds, settings["settings"])
        probe.play(mended, inner, events)
    else:
        handed_in = fault if asked == "fault" else proof
        events.append(call(lambda: _packed(_returned(handed_in)), case.calls[0], {})[0])


def _returned(given: object) -> object:
    """What is no function is taken for what it would return."""
    return given() if callable(given) else given


def _packed(returned: Any) -> object:
    """A proof whose lists have become arrays: they may be deeper than an answer's."""
    if type(returned) not in (tuple, list) or len(returned) != 2 or type(returned[0]) is not dict:
        return returned
    given, answer = returned
    return {name: _array(value) for name, value in given.items()}, _array(answer)


def _array(value: object) -> object:
    if type(value) is not list:
        return value
    try:
        numbers = array(value)
    except ValueError:  # rows of several lengths
        return value
    return numbers if numbers.dtype.kind in "biuf" else value
