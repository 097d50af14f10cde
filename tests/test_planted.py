"""The runs of the clinic: drawn from a seed, and each test that proves a cause shows what it is to show."""

import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, notebooks, planted
from course_lib.exercises.clinic import cases
from course_lib.judging.reading import Event

LOOKS = list(cases.looks())


def test_each_cause_has_a_test_of_its_own_and_there_are_others():
    assert cases.PROVES.keys() == planted.CAUSES.keys()
    first = [tests[0] for tests in cases.PROVES.values()]
    assert len(set(first)) == len(first) and set(first) < set(LOOKS)
    assert {test for tests in cases.PROVES.values() for test in tests} <= set(LOOKS)


def test_the_order_of_the_tests_tells_nothing_of_the_causes():
    """Neither row by row nor some rows further down, and not by who stands above whom."""
    places = [LOOKS.index(cases.PROVES[cause][0]) for cause in planted.CAUSES]
    further = [place - row for row, place in enumerate(places)]
    assert 0 not in further and max(map(further.count, further)) <= 2
    assert abs(np.corrcoef(places, range(len(places)))[0, 1]) < 0.1
    for cause, row in zip(planted.CAUSES, LOOKS, strict=False):
        assert row not in cases.PROVES[cause]


def test_the_assignment_has_the_causes_and_the_tests_in_this_order():
    unit = "07_training_recipe"
    path = Path(__file__).parents[1] / "solutions" / unit / f"{unit}.ipynb"
    [told] = [cell.source for cell in notebooks.read(path).cells if cell.id == "a07-clinic-text"]
    for rows in (planted.CAUSES, cases.looks()):
        assert "|---|---|\n" + "\n".join(f'| `"{name}"` | {says} |' for name, says in rows.items()) in told


def told(answer):
    """What is said in the case of each cause."""
    asked = cases.cases(4)

    def of(case):
        events = [Event(returned=answer(true)) for true in case.about["truth"]]
        return cases.observe(case, events)

    return {case.about["cause"]: of(case) for case in asked}


def values(found):
    return [observation.value for observation in found]


def test_a_printed_batch_proves_that_labels_are_apart_and_that_nothing_was_shuffled():
    """32 pictures of one digit or two, in a row, are seen in a batch as they are counted in all."""
    found = told(lambda true: (true, "print a batch"))
    proved = {cause for cause, seen in found.items() if values(seen)[-1] == "proves it"}
    assert proved == {"labels apart", "not shuffled"}
    assert all(values(seen)[1] == "recognised" for seen in found.values())


def test_what_is_said_of_a_test_is_a_sentence_and_of_health_another_one():
    found = told(lambda true: (true, "one batch"))
    for cause, seen in found.items():
        says = seen[-1].says
        assert f"For “{cause}” you choose “one batch” (500 updates" in says and says.endswith("?")
        assert not re.search(r"[?.][.:]", says)
        assert ("healthy run?" in says) == (cause != "healthy") and ("lucky" in says) == (cause == "healthy")


@pytest.mark.parametrize("answer", [([1], [2]), ({}, {}), (np.ones(2), "x"), ("healthy", ["overlap"])])
def test_two_things_that_are_no_names_are_told_so(answer):
    """A list cannot be looked up among names: the check itself broke on it."""
    for seen in told(lambda true: answer).values():
        assert len(seen) == 1 and "asked are two names" in seen[0].says


def test_false_alarms_are_counted():
    found = told(lambda true: ("leak", "overlap"))
    assert "Of 4 runs with another cause you name 4 so, too: “" in found["leak"][1].says


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
    # As is seen in one batch: where ten classes are drawn at random, 32 examples have nine or ten of them.
    assert max(classes) <= 3
    apart = planted.patient("labels apart", 6)
    assert apart.loss[-20:].mean() == pytest.approx(np.log(10), abs=0.05)
