"""The exercise: `diagnose_runs`, in cases that share one answer. One for each step of credit, one for what a
run's name may not depend on.

The unseen runs are trained when they are asked for, from the check's own seed. `measured.json` says what the
steps rest on.
"""

from course_lib.exercises.diagnose_runs import driver
from course_lib.exercises.diagnose_runs.judging import (
    STEPS,
    About,
    drawn,
    observe,
    remark,
    suggest,
    table,
)
from course_lib.judging.cases import Case
from course_lib.judging.probe import Call
from course_lib.labelled_runs import labelled_runs

__all__ = ["cases", "observe", "picture", "remark", "suggest"]

picture = table
SECONDS = 10.0  # of computing; the right program takes a hundredth of one


def cases(seed: int) -> list[Case]:
    practice, causes = labelled_runs()
    runs = drawn(seed)
    run: driver.Run = {
        "practice": driver.packed(practice),
        "causes": causes,
        "unseen": [
            driver.packed(each) for each in (runs.losses, runs.in_other_units, runs.losses[runs.alone])
        ],
    }
    calls: list[Call] = [{"call": "diagnose_runs"}] * len(run["unseen"])

    def case(name: str, given: driver.Settings, reach: float | None) -> Case:
        about = About(seed=seed, reach=reach)
        return Case.of(name, calls, "", driver.__name__, SECONDS, given, about=about)

    steps = [
        case(f"step {number}: {reach:.0%} of the unseen runs", {} if number > 1 else {"run": run}, reach)
        for number, reach in enumerate(STEPS, start=1)
    ]
    return [*steps, case("each run for itself", {}, None)]
