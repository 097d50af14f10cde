"""The exercise: `train`, in cases that share one run, for the contract and for each step of accuracy, and a
case for each part as it stands in the notebook."""

from collections.abc import Mapping

import numpy as np

from course_lib import capstone
from course_lib.exercises.capstone import driver, task
from course_lib.exercises.capstone.judging import PARTS, STEPS, About, cases_of, observe, remark, suggest
from course_lib.exercises.capstone.styles import recipe
from course_lib.judging.cases import Case
from course_lib.judging.probe import Call

__all__ = ["cases", "observe", "reference", "remark", "suggest"]

reference = recipe
SECONDS = 20.0  # of its thread's time for the student's code; a right answer takes four
LONGEST = 28.0  # by the clock
PART_SECONDS = 6.0  # for all cases of a part


def cases(seed: int) -> list[Case]:
    """The contract, the steps, the parts. Only the first has what a run needs; none has a held-back label."""
    steps = [
        _of_run(f"step {step}", About(seed=seed, step=step, reach=reach), {})
        for step, reach in enumerate(STEPS, start=1)
    ]
    contract = _of_run("the contract", About(seed=seed, step=0, reach=STEPS[0]), {"run": run(seed, SECONDS)})
    return [contract, *steps, *(_of_part(part, seed) for part in PARTS)]


def run(seed: int, seconds: float) -> driver.Run:
    """What trainings within so many seconds need. No held-back label is in it."""
    on_training, on_validation, held_back = task.disguised(seed)
    return {
        "x_train": driver.packed(on_training.x),
        "y_train": on_training.y.tolist(),
        "x_val": driver.packed(on_validation.x),
        "y_val": on_validation.y.tolist(),
        "held_back": driver.packed(held_back.x),
        "seed": _derived(seed),
        "budget": capstone.BUDGET,
        "seconds": seconds,
    }


def _of_run(name: str, about: About, settings: Mapping[str, object]) -> Case:
    return Case.of(name, driver.calls(), "", driver.__name__, LONGEST, settings, about=about)


def _of_part(part: str, seed: int) -> Case:
    asked = [case.asked for case in cases_of(part, _derived(seed))]
    settings = {"part": list(vars(driver.COURSE)).index(part), "cases": [each.data() for each in asked]}
    played: list[Call] = [{"on": "it", "call": "play", "judged": False}] * sum(
        len(each.calls) for each in asked
    )
    calls: list[Call] = [{"on": "it", "call": "own"}, *played]
    about = About(seed=_derived(seed), place=list(PARTS).index(part))
    return Case.of(f"your {part}", calls, "", driver.__name__, PART_SECONDS, settings, about=about)


def _derived(seed: int) -> int:
    """The seed of the generator that `train` is given: the one that drew the signals does not show in it."""
    return int(np.random.default_rng([seed, 9]).integers(2**31))
