"""The front door, ``check("adam", Adam)``: judge a student's object and show the report."""

import math
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import cast

from course_lib import progress, texts
from course_lib.exercises._repair_driver import HANDED
from course_lib.exercises.folders import about, exercises_of, find
from course_lib.judging import apart
from course_lib.judging.cases import Case
from course_lib.judging.exercise import CannotCheck, Exercise
from course_lib.judging.missing import Missing
from course_lib.judging.probe import Student, probe
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict
from course_lib.jupyter import show_me

say = texts.beside(__file__)

SECOND = 2  # the failed try from which on an exercise says what it has kept for later
SEED = 1  # the same code gets the same report; grading draws its own


class NothingPassed(AssertionError):
    """A graded check in which no case passes. The check's report says why."""

    def _render_traceback_(self) -> list[str]:
        # One line: the report has been shown, and the inside of the check is not the reader's concern.
        return [str(self)]


_failed: Counter[str] = Counter()  # how many tries of each exercise have failed in this kernel
_FORGOTTEN = object()  # None is something a student may well pass


def check(
    exercise: object = _FORGOTTEN, student: object = _FORGOTTEN, points: object = None
) -> Report | float:
    """Judge a student's object: show the report and return it.

    exercise   the exercise's name, such as "adam"
    student    the student's class or function itself, not an instance: ``check("adam", Adam)``
    points     in a graded cell: the most that the exercise can bring

    Without points the report object is returned: passed, score (0 to 1), diagnosis (an id or None), cases.
    With points, a float between 0 and points; NothingPassed is raised where it would be zero, unless it is
    known that there is nothing to be checked yet.
    Raises CannotCheck, with a sentence that says what to do, when the call itself is not right.
    """
    found = _exercise(exercise)
    theirs = _student(found, student)
    most = _points(points)
    if progress.live() and about(found.name).waits:
        print(about(found.name).waits, flush=True)
    report = _with_later(_judged(found, theirs))
    show(report, most)
    if progress.live():
        progress.checked(report.exercise, report.score)
        show_me.offer(report, theirs)
    if most is None:
        return report
    if report.score == 0 and not isinstance(theirs, Missing):
        raise NothingPassed(say("nothing-passed", headline=report.headline(most)))
    return report.points(most)


def _judged(exercise: Exercise, student: Student) -> Report:
    try:
        cases = _cases(exercise.name)
        play = apart.probe_apart if apart.possible() else probe
        report = verdict(exercise, cases, play(student, [case.asked for case in cases]))
        return replace(report, notes=(*report.notes, *_borrowed(exercise, student)))
    except apart.KernelEnded:
        raise
    except Exception as error:
        raise CannotCheck(say("failed", type=type(error).__name__, error=error)) from error


def _with_later(report: Report) -> Report:
    """The report, and what its exercise has kept for who has failed before: what comes too early spares the
    thinking."""
    _failed[report.exercise] += not report.passed and report.diagnosis != "not-written"
    later = about(report.exercise).later
    told = later and not report.passed and _failed[report.exercise] >= SECOND
    return replace(report, notes=(*report.notes, later)) if told else report


def _borrowed(exercise: Exercise, student: Student) -> list[str]:
    """A note where a student's object is the course's own, or inherits from it, and grading hides that."""
    # Asked of `type`, so that no code of a student's metaclass runs.
    own = type.mro(cast(type, student)) if issubclass(type(student), type) else [student]
    graded_together = exercises_of(about(exercise.name).unit)
    places = {place.rpartition(".") for each in graded_together for place in each.hides}
    hidden = [getattr(import_module(f"course_lib.{module}"), name) for module, _, name in places]
    found = [each for each in own if any(each is one for one in hidden)]
    return [say("borrowed", name=each.__name__) for each in found[:1]]


@cache
def _cases(name: str) -> list[Case]:
    return find(name).cases(SEED)


def show(report: Report, most: float | None = None) -> None:
    """Display the report in a notebook, print it elsewhere."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from IPython.display import display

        display(report.bundle(most), raw=True)
    else:
        print(report.text(most))


def _exercise(name: object) -> Exercise:
    if not isinstance(name, str):
        raise CannotCheck(say("no-exercise"))
    return find(name)


def _student(exercise: Exercise, student: object) -> Student:
    title = (exercise.program and exercise.program.handed) or exercise.title
    call = f'check("{exercise.name}", {title})'
    if student is _FORGOTTEN:
        raise CannotCheck(say("no-student", title=exercise.title, call=call))
    if about(exercise.name).repairs:
        if type(student) is tuple and len(student) == HANDED:
            if not callable(student[1]):
                raise CannotCheck(say("instance", call=call))
            return cast(Student, student)
        raise CannotCheck(say("no-repair", call=call))
    if callable(student):
        return student
    if exercise.method and hasattr(type(student), exercise.method):
        raise CannotCheck(say("instance", call=call))
    raise CannotCheck(say("no-class", got=type(student).__name__, title=exercise.title, call=call))


def _points(points: object) -> float | None:
    if points is None:
        return None
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 < points < math.inf:
        raise CannotCheck(say("points"))
    return float(points)
