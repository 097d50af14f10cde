"""“Show me” under a check's report: the student's own code in an explorer, beside the right one.

Which explorer, the exercise's folder says. It is loaded when the button is pressed: no check waits for it.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from course_lib.errors import CourseError
from course_lib.exercises.folders import about
from course_lib.judging.probe import Student
from course_lib.judging.report import Report

if TYPE_CHECKING:
    from course_lib.explorers import Explorer
    from course_lib.explorers.controls import Control
    from course_lib.scene import Scene


def offer(report: Report, student: Student) -> None:
    """Put the button below the report, where values are wrong and there is an explorer for them."""
    if report.wrong_with is None or about(report.exercise).explorer is None:
        return
    with contextlib.suppress(ImportError):  # without widgets, the report has said it all
        from course_lib.jupyter.show_me_button import put  # loading ipywidgets takes a while

        put(lambda: opened(report, student))


def opened(report: Report, student: Student) -> "Explorer":
    """The exercise's explorer with a student's code, under the settings with which values went wrong.

    What the check said went wrong stands first in its message.
    """
    from course_lib.explorers import EXPLORERS, Explorer

    shown = about(report.exercise).explorer
    assert shown is not None
    if shown.name not in EXPLORERS:
        raise CourseError(
            f"{report.exercise}/exercise.toml names the explorer {shown.name!r}, which there is not. "
            f"There are: {', '.join(EXPLORERS)}."
        )
    given = {shown.own: student, **shown.starts}
    fitting = _fitting(report.wrong_with or {}, EXPLORERS[shown.name](**given).controls)
    theirs = EXPLORERS[shown.name](**(fitting | given))
    right = EXPLORERS[shown.name](**(fitting | given | {shown.own: about(report.exercise).program.answer()}))

    def led(**values: Any) -> "Scene":
        scene = theirs.draw(**values)
        unseen = " Nothing of it is seen here." if scene.message == right.draw(**values).message else ""
        message = f"{_said(report)}{unseen} {scene.message}"
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
