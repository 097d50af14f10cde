"""What the capstone's steps of credit rest on: what each kind of answer was measured to reach."""

from pathlib import Path

import numpy as np
import pytest

from course_lib.exercises.capstone import measure
from course_lib.exercises.capstone.cases import cases
from course_lib.exercises.capstone.judging import STEPS
from course_lib.exercises.folders import find
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

# How many steps each kind of answer reaches, at least and at most.
REACH = {
    "the recipe": (4, 4),
    "Adam at its default rate, signals as they are": (2, 2),
    "signals as they are": (2, 2),
    "signals moved, Adam at its default rate": (3, 4),
    "no schedule": (4, 4),
    "a schedule that falls too soon": (2, 2),
    "a schedule that rises": (2, 4),
    "signals rolled": (4, 4),
    "labels of copies in another order": (0, 0),
    "Adam without bias correction": (4, 4),
    "Adam with t stuck at 1": (4, 4),
    "BatchNorm, backward without mean and variance": (3, 4),
    "BatchNorm, running statistics that stay": (0, 0),
    "BatchNorm, momentum the other way round": (4, 4),
    "Dropout, not scaled": (4, 4),
    "Dropout at test time, too": (4, 4),
    "He, one number for all weights": (0, 4),
    "He, a standard deviation of 1": (4, 4),
    "He, the variance as deviation": (4, 4),
}
MEASURED = measure.Measured()


@pytest.mark.parametrize("name", measure.KINDS)
def test_luck_decides_no_step_but_those_between_the_two(name):
    """Three standard deviations of one check lie between what was measured and the steps on both sides."""
    checks = len(MEASURED.ways(name, MEASURED.tuned(name), measure.SEEDS))
    assert checks == 20 or (checks >= measure.FEW and MEASURED.is_settled(name))
    mean, std = MEASURED.reach(name)
    below, above = ([-1, *STEPS, 2][steps + side] for side, steps in enumerate(REACH[name]))
    assert below < mean - 3 * std and mean + 3 * std < above


@pytest.mark.parametrize("name", measure.KINDS)
def test_no_rate_beside_the_best_comes_farther(name):
    """What was measured at the best rate is no wrong end of what was tried."""
    if measure.KINDS[name].is_tuned:
        best = MEASURED.tuned(name)
        tried = [MEASURED.ways(name, rate, measure.TUNING).mean() for rate in (best / 2, best, best * 2)]
        assert np.argmax(tried) == 1


@pytest.mark.slow
def test_what_was_measured_is_measured_again(tmp_path):
    """In one run of a check: other processors round otherwise, and a run carries it on."""
    for name in ("the recipe", "signals as they are"):
        rate = MEASURED.tuned(name)
        known = MEASURED.reached[name][f"{rate:g}"][str(measure.SEEDS[0])]
        assert abs(measure.accuracy(measure.KINDS[name], rate, measure.SEEDS[0], 0) - known[0]) < 0.06


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, kind in measure.KINDS.items() if not kind.part])
def test_what_a_training_is_told(name):
    """Of one run, as of three the same is said."""
    kind, asked = measure.KINDS[name], cases(7, runs=1)
    student = kind.train(MEASURED.tuned(name))
    report = verdict(find("capstone"), asked, probe(student, [case.asked for case in asked]))
    assert (report.diagnosis or "") == kind.told


def test_the_table_in_the_docs_is_that_of_what_was_measured():
    text = (Path(__file__).parents[1] / "docs" / "grading.md").read_text(encoding="utf-8")
    assert MEASURED.table() in text
