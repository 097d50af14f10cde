"""Exercises and how they are judged: ``check("adam", Adam)``.

This module imports nothing by itself, because the probe (`probe`, `guard`, `encoding`) must also run where
the references are not to be had.
"""

from typing import Any

_FORGOTTEN = object()  # None is something a student may well pass


def check(exercise: Any = _FORGOTTEN, student: Any = _FORGOTTEN, points: Any = None) -> Any:
    """Judge a student's object: show the report and return it.

    exercise   the exercise's name, such as "adam"
    student    the student's class or function itself, not an instance: ``check("adam", Adam)``
    points     in a graded cell: the most that the exercise can bring

    Without points the report object is returned: passed, score (0 to 1), diagnosis (an id or None), cases.
    With points, a float between 0 and points; NothingPassed is raised where it would be zero.
    Raises CannotCheck, with a sentence that says what to do, when the call itself is not right.
    """
    from course_lib.checks import front

    given = {"exercise": exercise, "student": student}
    return front.run(
        points=points, **{name: value for name, value in given.items() if value is not _FORGOTTEN}
    )
