"""The four exercises of unit 04: one class, judged in four respects, each on its own."""

from collections.abc import Callable
from dataclasses import replace

from course_lib import layers
from course_lib.exercises.batch_norm import at_test, cases, gradients, in_training, modes, running
from course_lib.exercises.batch_norm.judging import observe
from course_lib.exercises.batch_norm.suggesting import remark, suggest
from course_lib.judging.cases import Case
from course_lib.judging.catalogue import Catalogue
from course_lib.judging.exercise import Exercise


def _played(cases_of: Callable[[int], list[Case]], modes_judged: bool) -> Callable[[int], list[Case]]:
    """Which branch runs when is judged with forward in training; elsewhere, whichever runs is judged."""

    def played(case: Case) -> Case:
        settings = {"modes_judged": modes_judged, "updates": case.observe in ("read", "kept")}
        return replace(case, asked=replace(case.asked, driver=modes.__name__, settings=settings))

    def cases(seed: int) -> list[Case]:
        return [played(case) for case in cases_of(seed)]

    return cases


def _exercise(
    about: str, contract: str, method: str, cases_of: Callable[[int], list[Case]], mistakes: Catalogue
) -> Exercise:
    return Exercise(
        name=f"batchnorm_{about}",
        title="BatchNorm",
        contract=contract,
        method=method,
        defaults=cases.DEFAULTS,
        cases=_played(cases_of, modes_judged=about == "forward"),
        reference=layers.BatchNorm,
        misconceptions=mistakes.misconceptions(),
        observe=observe,
        suggest=suggest,
        remark=remark,
    )


_ALL = (
    _exercise(
        "forward",
        "Asked is forward(x, True): γ (x − mean) / √(var + ε) + β, mean and biased variance the batch's.",
        "forward",
        cases.in_training,
        in_training.MISTAKES,
    ),
    _exercise(
        "running",
        "Asked are running_mean and running_var, which each forward(x, True) updates: "
        "running ← (1 − momentum) running + momentum batch.",
        "forward",
        cases.running,
        running.MISTAKES,
    ),
    _exercise(
        "test",
        "Asked is forward(x, False): γ (x − running_mean) / √(running_var + ε) + β.",
        "forward",
        cases.at_test,
        at_test.MISTAKES,
    ),
    _exercise(
        "backward",
        "Asked is backward(grad), which returns dx, dγ and dβ of the last forward(x, True).",
        "backward",
        cases.gradients,
        gradients.MISTAKES,
    ),
)
EXERCISES = {exercise.name: exercise for exercise in _ALL}
