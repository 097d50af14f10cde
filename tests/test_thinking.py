"""Assignments 04 to 07 ask to think: what spares the thinking is told as what it is, and is not worth it."""

from collections import Counter

import numpy as np
import pytest

from course_lib import checks
from course_lib.exercises.folders import about, find
from course_lib.gradient_check import numerical_gradient
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

IGNORES_RNG = {
    "log_uniform": ["global-random", "own-generator", "unseeded-generator"],
    "random_search": ["global-random", "own-generator"],
    "deep_tanh": ["global-random-state", "own-seed", "other-generator"],
    "deep_sigmoid": ["global-random-state", "own-seed", "other-generator"],
}


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * name.startswith("deep_")) for name in IGNORES_RNG]
)
def test_to_ignore_rng_costs_half_of_the_points_or_more(name):
    mistakes = {mistake.id: mistake for mistake in find(name).misconceptions}
    for id in IGNORES_RNG[name]:
        for variant in mistakes[id].variants:
            report = judged(name, variant())
            assert report.diagnosis == id and report.score <= 0.5


def test_the_table_of_rules_is_told_from_the_second_try_on_that_fails(monkeypatch, capsys):
    monkeypatch.setattr(checks, "_failed", Counter())
    later = about("diagnose_runs").later
    assert later.count("above") > 5

    def unwritten(practice, causes, unseen):
        raise NotImplementedError

    def guess(practice, causes, unseen):
        return ["good"] * len(unseen)

    tried = unwritten, guess, unwritten, guess, find("diagnose_runs").reference
    told = []
    for student in tried:
        checks.check("diagnose_runs", student)
        told.append(later in capsys.readouterr().out)
    assert told == [False, False, False, True, False]


@pytest.mark.parametrize("name", ["batchnorm_backward", "layernorm_backward"])
@pytest.mark.parametrize("h", [1e-4, 1e-5, 1e-6])
def test_a_numerical_derivative_is_told_as_what_it_is(name, h):
    """The assignment prints it, to be compared with. Within its digits it is right in every case."""
    right = find(name).reference

    class Measured(right):
        def forward(self, x, training):
            self.x = x
            return super().forward(x, training)

        def backward(self, grad):
            _, dgamma, dbeta = super().backward(grad)
            x, y = self.x, super().forward
            return numerical_gradient(lambda at: np.sum(grad * y(at, True)), x, h), dgamma, dbeta

    report = judged(name, Measured)
    assert report.diagnosis == "numerical-derivative" and report.score <= 0.4


@pytest.mark.slow
def test_a_gradient_at_a_node_that_is_measured_is_not_derived():
    right = find("batchnorm_staged").reference

    def measured(grad, x, gamma, eps):
        def loss(x):
            c = x - x.mean(axis=0)
            return np.sum(grad * gamma * c / np.sqrt((c**2).mean(axis=0) + eps))

        return right(grad, x, gamma, eps) | {"x": numerical_gradient(loss, x)}

    [failed] = [case for case in judged("batchnorm_staged", measured).cases if not case.passed]
    assert failed.name == "the gradient at x" and "numerical derivative" in failed.message


@pytest.mark.slow
def test_an_array_of_truth_values_is_wrong_and_stops_nothing():
    assert judged("gain", lambda activation, z: z > 0).score == 0
