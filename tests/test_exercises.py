"""Each exercise's folder, and what the rest of the course knows of it."""

from course_lib.exercises.folders import exercise_names, find
from course_lib.grading import library


def test_what_plays_the_cases_can_be_had_in_the_sandbox_and_nothing_else():
    named = {case.asked.driver for name in exercise_names() for case in find(name).cases(1)} - {""}
    assert {f"{name.replace('.', '/')}.py" for name in named} == {
        f"course_lib/{path}" for path in library.DRIVERS
    }
    assert len(named) > 2
