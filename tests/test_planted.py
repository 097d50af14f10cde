"""The runs of the clinic: drawn from a seed, and each test that proves a cause shows what it is to show."""

import numpy as np
import pytest

from course_lib import datasets, planted
from course_lib.exercises.clinic.cases import PROVES


def test_each_cause_has_a_test_of_its_own_and_there_are_others():
    assert PROVES.keys() == planted.CAUSES.keys()
    assert len(set(PROVES.values())) == len(PROVES) and set(PROVES.values()) < planted.TESTS.keys()


@pytest.mark.parametrize("cause", planted.CAUSES)
def test_a_run_is_drawn_from_its_seed(cause):
    run, again, other = (planted.patient(cause, seed) for seed in (4, 4, 5))
    assert all(np.array_equal(one, two, equal_nan=True) for one, two in zip(run, again, strict=True))
    assert not np.array_equal(run.loss, other.loss)
    shapes = [each.shape for each in run]
    assert shapes == [(201,), (3, 201), (41,), (41,), (2, 30)]
    assert run.outputs[1].sum() == pytest.approx(1, abs=0.01)


def test_what_the_tests_are_to_show_is_in_the_runs():
    """Of five of them, from what is recorded; the numbers of the others are the planted lines themselves."""
    leak, healthy = (planted.patient(cause, 6) for cause in ("leak", "healthy"))
    assert np.array_equal(leak.train, leak.val) and not np.array_equal(healthy.train, healthy.val)
    assert planted.patient("ReLU at the end", 6).outputs[0].min() > 0 > healthy.outputs[0].min()
    assert not planted.patient("first layer lost", 6).gradients[0].any() and healthy.gradients[0].all()
    ordered = np.sort(datasets.digits().y_train[: planted.EXAMPLES], kind="stable")
    classes = [len(set(ordered[i : i + planted.BATCH])) for i in range(0, len(ordered), planted.BATCH)]
    assert max(classes) <= 3  # where ten classes are drawn at random, 32 examples have nine or ten of them
    apart = planted.patient("labels apart", 6)
    assert apart.loss[-20:].mean() == pytest.approx(np.log(10), abs=0.05)
