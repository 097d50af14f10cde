"""Play a case of a repair: what is handed in is (fault, the mended program, proof).

The calls of a case say of which of the three it is: one of `fault` or `proof`, else those of the exercise
that the mended program answers. The settings have that exercise's own driver, if it has one. Like the probe,
this knows no right answer, and neither which fault there is nor what the broken program does.
"""

from typing import TypedDict, cast

from numpy import array

from course_lib.judging import probe

HANDED = 3  # how many things are handed in


class Settings(TypedDict, total=False):
    driver: str
    settings: object


def play(student: probe.Student, case: probe.Asked, events: list[probe.Event], call: probe.MakeCall) -> None:
    """Append the events of a case."""
    # The check's cell has the three in one pair of parentheses.
    fault, mended, proof = cast(tuple[object, probe.Student, object], student)
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


def _packed(returned: object) -> object:
    """A proof whose lists have become arrays: they may be deeper than an answer's."""
    if not isinstance(returned, tuple | list) or len(returned) != 2 or not isinstance(returned[0], dict):
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
