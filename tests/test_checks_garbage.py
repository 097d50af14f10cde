"""Whatever a BatchNorm or an initialiser returns, and whatever evidence says, the answer is a report."""

import itertools
import json
import random

import numpy as np
import pytest

from course_lib.exercises.folders import find, of_family
from course_lib.judging.probe import probe
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict

BATCH_NORM = of_family("_batchnorm")
INITIALIZERS = of_family("_initializer")

X = (5, 3)
GARBAGE = [
    None, True, 0, 3.5, float("nan"), float("inf"), 1e308, "text", b"x", (), [], {}, {"a": np.ones(3)}, (1,),
    (1, 2), (1, 2, 3), [np.ones(3)] * 3, (np.ones(X), np.ones(3), np.ones(3)),
    (np.full(X, 1e308), np.full(3, 1e308), np.full(3, -1e308)), (np.zeros(X), np.zeros(3), np.zeros(3)),
    (np.full(X, np.nan), None, "text"), np.ones(X), np.zeros(X), np.full(X, np.nan), np.full(X, 1e308),
    np.arange(15).reshape(X), np.ones(3), -np.ones(3), np.full(3, 1e300), np.zeros((0, 3)), np.array("x"),
    np.array([1, "a"], dtype=object), np.ones(X, np.float16), np.ones(X, complex), np.float64(2), object(),
    range(3), iter([1]), np.ma.array([1.0, 2, 3]), np.zeros((2, 1600)), np.full((2, 1600), 1e200),
    np.full((57, 57), 1e-320), np.full((1600, 2), np.inf),
]  # fmt: skip
NAMES = [*BATCH_NORM, *INITIALIZERS, "fans", "choose_initializer"]


def layer(seed):
    pick = random.Random(seed).choice

    class BatchNorm:
        def __init__(self, features, momentum=0.1, eps=1e-5):
            for name in ("gamma", "beta", "running_mean", "running_var"):
                setattr(self, name, pick([np.ones(features), np.zeros(features), pick(GARBAGE)]))

        def forward(self, x, training):
            for name in ("running_mean", "running_var"):
                setattr(self, name, pick([getattr(self, name), pick(GARBAGE)]))
            return pick([x, x * 1e200, x * 0, pick(GARBAGE)])

        def backward(self, grad):
            return pick([(grad, grad.sum(axis=0), 0 * grad.sum(axis=0)), pick(GARBAGE)])

    return BatchNorm


def shown(report):
    assert isinstance(report, Report)
    assert report.text()
    assert report.html()
    assert json.dumps(report.data(3))
    return report


@pytest.mark.parametrize(
    "some",
    [
        pytest.param(slice(0, None, 8), id="every eighth"),
        *(
            pytest.param(slice(first, None, 8), id=f"from {first}", marks=pytest.mark.slow)
            for first in range(1, 8)
        ),
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_comes_back_gets_a_report(name, some):
    exercise = find(name)
    cases = exercise.cases(1)
    students = [layer(seed) for seed in range(30)]
    if name not in BATCH_NORM:
        both = itertools.cycle(GARBAGE)
        students = [lambda *arguments: next(both)]
        students += [lambda *arguments, one=one: one for one in GARBAGE]
    for student in students[some]:
        assert not shown(
            verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))
        ).passed


def spoil(form, rng):
    """Replace some of a JSON value by something else."""
    for key in list(form) if isinstance(form, dict) else range(min(len(form), 50)):
        if rng.random() < 0.03:
            form[key] = rng.choice([None, "x", 1e308, -3, [], {}, [1, 2], float("nan"), {"dtype": "float64"}])
        elif isinstance(form[key], dict | list):
            spoil(form[key], rng)


@pytest.mark.parametrize("seeds", [range(1), pytest.param(range(1, 20), marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_evidence_says_there_is_a_report(name, seeds):
    exercise = find(name)
    cases = exercise.cases(1)
    evidence = json.dumps(probe(exercise.reference, [case.asked for case in cases], seconds=60))
    for seed in seeds:
        spoilt = json.loads(evidence)
        spoil(spoilt, random.Random(seed))
        shown(verdict(exercise, cases, spoilt))
