"""The exercise: `train`, in cases that share one run. One for the contract, one for each step of accuracy."""

from typing import Unpack

import numpy as np

from course_lib import capstone
from course_lib.exercises.capstone import driver
from course_lib.exercises.capstone.judging import STEPS, About, observe, remark, suggest
from course_lib.exercises.capstone.styles import recipe
from course_lib.judging.cases import Case

__all__ = ["cases", "observe", "reference", "remark", "suggest"]

reference = recipe  # it is trained for each check, in a third of the time that right.py takes
SECONDS = 20.0  # of its thread's time for the student's code; a right answer takes half a second
LONGEST = 28.0  # by the clock


def cases(seed: int) -> list[Case]:
    """The contract, then the steps. Only the first has what a run needs; none has the held-back labels."""
    on_training, on_validation, held_back = capstone.disguised(seed)
    run: driver.Run = {
        "x_train": driver.packed(on_training.x),
        "y_train": on_training.y.tolist(),
        "x_val": driver.packed(on_validation.x),
        "y_val": on_validation.y.tolist(),
        "held_back": driver.packed(held_back.x),
        "seed": _derived(seed),
        "budget": capstone.BUDGET,
        "seconds": SECONDS,
    }

    def case(name: str, reach: float, **settings: Unpack[driver.Settings]) -> Case:
        about = About(seed=seed, reach=reach)
        return Case.of(name, driver.calls(), "", driver.__name__, LONGEST, settings, about=about)

    steps = [
        case(f"step {number}: {reach:.0%} of the held-back digits", reach)
        for number, reach in enumerate(STEPS, start=1)
    ]
    return [case("the contract", STEPS[0], run=run), *steps]


def _derived(seed: int) -> int:
    """The seed of the generator that `train` is given: from it, the one that drew the scans does not show."""
    return int(np.random.default_rng([seed, 9]).integers(2**31))
