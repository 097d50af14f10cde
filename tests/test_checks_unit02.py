"""Unit 02's exercises: what is said of Adam was measured, and more precision than asked for is right."""

import numpy as np
import pytest

from course_lib import optimizers
from course_lib.checks import check
from course_lib.exercises.folders import find


def test_what_was_measured_of_adam_without_its_corrections_is_what_the_words_say():
    """ "More than three times", "10 times", "about 30 times": the first step for any gradient, ε aside."""
    theta, gradient = np.array([1.0]), np.array([0.7])
    right = optimizers.Adam().step(theta, gradient) - theta
    factors = {}
    for misconception in find("adam").misconceptions:
        if misconception.id in ("no-bias-correction", "only-v-corrected", "only-m-corrected"):
            wrong = misconception.variants[0]()().step(theta, gradient) - theta
            factors[misconception.id] = (wrong / right).item()
    assert factors["no-bias-correction"] == pytest.approx(0.1 / 0.001**0.5, rel=1e-6)
    assert factors["only-v-corrected"] == pytest.approx(0.1, rel=1e-6)
    assert factors["only-m-corrected"] == pytest.approx(1 / 0.001**0.5, rel=1e-6)


def test_more_precision_than_asked_for_is_right_and_is_mentioned():
    class AdaGrad:
        def __init__(self, lr, eps=1e-8):
            self.lr, self.eps, self.s = lr, eps, None

        def step(self, theta, gradient):
            self.s = np.zeros(theta.shape) if self.s is None else self.s
            self.s = self.s + gradient**2
            return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)

    report = check("adagrad", AdaGrad)
    assert report.passed
    assert any("float64 where float32 came in" in note for note in report.notes)
