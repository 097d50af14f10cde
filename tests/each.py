"""Each exercise as a parameter of a test; slow is the one whose programs train a network."""

import pytest

from course_lib.exercises.folders import exercise_names

TRAINS = "capstone"


def soon(name):
    """The exercise as a parameter, marked slow where it trains."""
    return pytest.param(name, marks=[pytest.mark.slow] * (name == TRAINS))


EACH = [soon(name) for name in exercise_names()]
