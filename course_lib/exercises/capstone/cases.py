"""The exercise: `train`, in cases that share their runs, for the contract and for each step of accuracy, and
a case for each part as it stands in the notebook."""

from collections.abc import Mapping

from course_lib.exercises.capstone import driver, task
from course_lib.exercises.capstone.judging import (
    PARTS,
    RUNS,
    STEPS,
    About,
    cases_of,
    observe,
    reference,
    remark,
    suggest,
    tells,
)
from course_lib.judging.cases import Case
from course_lib.judging.probe import Call

__all__ = ["cases", "observe", "reference", "remark", "suggest", "tells"]

LONGEST = 28.0  # by the clock
PART_SECONDS = 6.0  # for all cases of a part


def cases(seed: int, runs: int = RUNS) -> list[Case]:
    """The contract, the steps, the parts. Only the first has what runs need; none has a held-back label."""
    about = About(seed=seed, step=0, reach=STEPS[0])
    contract = _of_runs("the contract", runs, about, task.asked(seed, runs))
    steps = [
        _of_runs(f"step {step}", runs, About(seed=seed, step=step, reach=reach), {})
        for step, reach in enumerate(STEPS, start=1)
    ]
    return [contract, *steps, *(_of_part(part, seed) for part in PARTS)]


def _of_runs(name: str, runs: int, about: About, settings: Mapping[str, object]) -> Case:
    return Case.of(name, driver.calls(runs), "", driver.__name__, LONGEST, settings, about=about)


def _of_part(part: str, seed: int) -> Case:
    asked = [case.asked for case in cases_of(part, task.derived(seed))]
    settings = {"part": list(vars(driver.COURSE)).index(part), "cases": [each.data() for each in asked]}
    played: list[Call] = [{"on": "it", "call": "play", "judged": False}] * sum(
        len(each.calls) for each in asked
    )
    calls: list[Call] = [{"on": "it", "call": "own"}, *played]
    about = About(seed=task.derived(seed), place=list(PARTS).index(part))
    return Case.of(f"your {part}", calls, "", driver.__name__, PART_SECONDS, settings, about=about)
