"""“Show me” under a check's report: the student's own code in an explorer, beside the right one.

Which explorer, the exercise's folder says. It is loaded when the button is pressed: no check waits for it.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course_lib import texts
from course_lib.errors import CourseError
from course_lib.exercises.folders import Shown, about, find
from course_lib.judging.beside import first_seen
from course_lib.judging.probe import Student
from course_lib.judging.report import Report

if TYPE_CHECKING:
    from course_lib.explorers import Explorer
    from course_lib.explorers.controls import Control
    from course_lib.scene import Scene

say = texts.beside(__file__)


def offer(report: Report, student: Student) -> None:
    """Put the button below the report, where values are wrong and there is a picture of them."""
    if report.result is None or not report.result.wrong:
        return
    if about(report.exercise).explorer is None and not first_seen(find(report.exercise), report.result):
        return
    with contextlib.suppress(ImportError):  # without widgets, the report has said it all
        from course_lib.jupyter.show_me_button import put  # loading ipywidgets takes a while

        put(lambda: opened(report, student))


def opened(report: Report, student: Student) -> "Explorer":
    """The exercise's explorer with a student's code, under the settings with which values went wrong.

    Where it has none, or shows nothing of what is wrong, the answers to the check lie beside the right ones.
    What the check said went wrong stands first in its message.
    """
    from course_lib.explorers.side_by_side import side_by_side

    assert report.result is not None
    shown = about(report.exercise).explorer
    at_work = _at_work(report, student, shown) if shown else None
    if at_work and _is_seen(*at_work):
        return _led(report, *at_work)
    pairs = first_seen(find(report.exercise), report.result)
    if pairs or at_work is None:
        return _led(report, side_by_side(pairs))
    return _led(report, *at_work)


def _at_work(report: Report, student: Student, shown: Shown) -> "tuple[Explorer, Explorer]":
    """The explorer with a student's code in it, and with the right one."""
    from course_lib.explorers import EXPLORERS

    if shown.name not in EXPLORERS:
        raise CourseError(
            f"{report.exercise}/exercise.toml names the explorer {shown.name!r}, which there is not. "
            f"There are: {', '.join(EXPLORERS)}."
        )
    given = {shown.own: student, **shown.starts}
    settings = report.result.wrong_with if report.result else None
    fitting = _fitting(settings or {}, EXPLORERS[shown.name](**given).controls)
    theirs = EXPLORERS[shown.name](**(fitting | given))
    right = EXPLORERS[shown.name](**(fitting | given | {shown.own: about(report.exercise).program.answer()}))
    return theirs, right


def _is_seen(theirs: "Explorer", right: "Explorer") -> bool:
    """Whether an explorer shows, where it opens, that a student's code is another than the right one."""
    scene = theirs.scene()
    return bool(scene.panels) and scene.message != right.scene().message


def _led(report: Report, theirs: "Explorer", right: "Explorer | None" = None) -> "Explorer":
    """The explorer, led by what the check said; and said where it looks like that of the right code."""
    from course_lib.explorers import Explorer

    def led(**values: Any) -> "Scene":
        scene = theirs.draw(**values)
        same = right is not None and scene.message == right.draw(**values).message
        message = say("unseen" if same else "seen", said=_said(report), message=scene.message)
        return replace(scene, message=message, alt=scene.alt.replace(scene.message, message))

    return Explorer(led, theirs.controls)


def _fitting(settings: Mapping[str, object], controls: "Mapping[str, Control]") -> dict[str, object]:
    """Those settings that a control can stand at."""
    found = {}
    for name in settings.keys() & controls.keys():
        with contextlib.suppress(ValueError):
            if controls[name].received(controls[name].sent(settings[name])) == settings[name]:
                found[name] = settings[name]
    return found


def _said(report: Report) -> str:
    """What went wrong, in one paragraph: the diagnosis or else the first case that fails."""
    if report.diagnosed:
        return report.diagnosed.text.replace("\n", " ")
    return next(case.message for case in report.cases if not case.passed)
