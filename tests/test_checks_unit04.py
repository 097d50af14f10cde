"""Unit 04's exercises: right answers in many styles pass, a mistake costs the exercise that it belongs to."""

import time
from dataclasses import replace

import numpy as np
import pytest

from course_lib import layers
from course_lib.checks import check
from course_lib.exercises.batchnorm_forward.styles import Paper, Plain
from course_lib.exercises.folders import about, find, of_family
from course_lib.judging.compare import near
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

BATCH_NORM = of_family("_batchnorm")


def judged(name, student, seed=1, seconds=60):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds))


def scores(student, seed=1):
    return {name.removeprefix("batchnorm_"): judged(name, student, seed).score for name in BATCH_NORM}


# A mistake costs the exercise that it belongs to


class EpsOutside(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.std = x.std(axis=0) + self.eps
            self.x_hat = (x - x.mean(axis=0)) / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class Unbiased(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.std = np.sqrt(x.var(axis=0, ddof=1) + self.eps)
            self.x_hat = (x - x.mean(axis=0)) / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class NotCentred(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.x_hat = x / self.std
            y = self.gamma * self.x_hat + self.beta
        return y


class NoBeta(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y - self.beta if training else y


class XOverwritten(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            x -= x.mean(axis=0)
        return y


class Keeps(Plain):
    def __init__(self, features, momentum=0.1, eps=1e-5):
        super().__init__(features, 1 - momentum, eps)


class Biased(Plain):
    def forward(self, x, training):
        before = self.running_var
        y = super().forward(x, training)
        if training:
            self.running_var = (1 - self.momentum) * before + self.momentum * x.var(axis=0)
        return y


class StdStored(Plain):
    """running_var in a wrong unit, but test mode as the contract says."""

    def forward(self, x, training):
        before = self.running_var
        y = super().forward(x, training)
        if training:
            self.running_var = (1 - self.momentum) * before + self.momentum * x.std(axis=0)
        return y


class NeverUpdated(Plain):
    def forward(self, x, training):
        before = self.running_mean, self.running_var
        y = super().forward(x, training)
        self.running_mean, self.running_var = before
        return y


class TestModeWithoutRoot(Plain):
    __test__ = False

    def forward(self, x, training):
        if training:
            return super().forward(x, training)
        return self.gamma * (x - self.running_mean) / (self.running_var + self.eps) + self.beta


class TestModeNotWritten(Plain):
    __test__ = False

    def forward(self, x, training):
        if not training:
            raise NotImplementedError
        return super().forward(x, training)


class TrainingNotWritten(Plain):
    def forward(self, x, training):
        if training:
            raise NotImplementedError
        return super().forward(x, training)


class BackwardNotWritten(Plain):
    def backward(self, grad):
        raise NotImplementedError


class DbetaAveraged(Plain):
    def backward(self, grad):
        dx, dgamma, _ = super().backward(grad)
        return dx, dgamma, grad.mean(axis=0)


class MeanForgotten(Plain):
    def backward(self, grad):
        g = grad * self.gamma
        dx = (g - self.x_hat * (g * self.x_hat).mean(axis=0)) / self.std
        return dx, *super().backward(grad)[1:]


class ModesSwapped(Plain):
    def forward(self, x, training):
        return super().forward(x, not training)


class OnlyNormalisingSwapped(Plain):
    """The running statistics are updated when they should be."""

    def forward(self, x, training):
        mean, var = (self.running_mean, self.running_var) if training else (x.mean(axis=0), x.var(axis=0))
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        if training:
            batch, self.kept = Plain.forward, (self.std, self.x_hat)
            batch(self, x, True)
            self.std, self.x_hat = self.kept
        return self.gamma * self.x_hat + self.beta


class UpdateSwapped(Plain):
    """Only the running statistics are updated when they should not be."""

    def forward(self, x, training):
        if training:
            before = self.running_mean, self.running_var
            y = super().forward(x, True)
            self.running_mean, self.running_var = before
            return y
        y = super().forward(x, False)
        if len(x) > 1:
            m = self.momentum
            self.running_mean = (1 - m) * self.running_mean + m * x.mean(axis=0)
            self.running_var = (1 - m) * self.running_var + m * x.var(axis=0, ddof=1)
        return y


class TwoReturned(Plain):
    """A batch of two comes back as it is."""

    def forward(self, x, training):
        y = super().forward(x, training)
        return x if training and len(x) == 2 else y


class OfShape1D(Plain):
    """The axis that was averaged over is still there."""

    def forward(self, x, training):
        y = super().forward(x, training)
        self.running_mean, self.running_var = np.atleast_2d(self.running_mean, self.running_var)
        return y


class OfShapeND(Plain):
    """x itself is averaged: a batch of another size would not go with it."""

    def forward(self, x, training):
        if training:
            running = (1 - self.momentum) * self.running_mean + self.momentum * x
        y = super().forward(x, training)
        self.running_mean = running if training else self.running_mean
        return y


ONE_MISTAKE = {
    "forward": [
        NoBeta, XOverwritten, ModesSwapped, OnlyNormalisingSwapped, TwoReturned,
    ],
    "running": [Keeps, Biased, StdStored, NeverUpdated, UpdateSwapped, OfShape1D, OfShapeND],
    "test": [TestModeWithoutRoot, TestModeNotWritten],
    "backward": [BackwardNotWritten, DbetaAveraged, MeanForgotten],
}  # fmt: skip
PAIRS = [(about, student) for about, students in ONE_MISTAKE.items() for student in students]


@pytest.mark.slow
@pytest.mark.parametrize(("about", "student"), PAIRS, ids=[s.__name__ for _, s in PAIRS])
def test_one_mistake_costs_one_exercise(about, student):
    for seed in (1, 2, 3):
        got = scores(student, seed)
        assert got.pop(about) < 1
        assert set(got.values()) == {1.0}, got


@pytest.mark.slow
@pytest.mark.parametrize("student", [EpsOutside, Unbiased, NotCentred])
def test_the_formula_with_what_another_forward_has_left_is_no_gradient_and_costs_one_case(student):
    for seed in (1, 2, 3):
        got = scores(student, seed)
        assert got["forward"] < 1
        assert got["backward"] == pytest.approx(8 / 9)
        assert got["running"] == got["test"] == 1
        assert "mend forward" in judged("batchnorm_backward", student, seed).diagnosed.text


class EpsOutsideInBoth(EpsOutside):
    """The gradient of its own forward."""

    def backward(self, grad):
        h, deviation = grad * self.gamma, self.std - self.eps
        through_variance = self.x_hat * (h * self.x_hat).mean(axis=0) / deviation
        return (h - h.mean(axis=0)) / self.std - through_variance, *super().backward(grad)[1:]


class EpsOnlyInBackward(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.x_hat = (x - x.mean(axis=0)) / x.std(axis=0)
            y = self.gamma * self.x_hat + self.beta
        return y


def test_dx_is_the_gradient_of_the_own_forward_or_of_the_contracts():
    for seed in (1, 2, 3):
        assert judged("batchnorm_backward", EpsOutsideInBoth, seed).passed
        report = judged("batchnorm_backward", EpsOnlyInBackward, seed)
        assert report.score < 2 / 3
        assert "Compare the denominators of the two" in report.diagnosed.text


class DividedByVariance(Plain):
    """Divides by the variance, backward too, which is the gradient of that."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            self.var = x.var(axis=0) + self.eps
            self.x_hat = (x - x.mean(axis=0)) / self.var
            y = self.gamma * self.x_hat + self.beta
        return y

    def backward(self, grad):
        h = self.gamma * grad
        dx = (h - h.mean(axis=0)) / self.var - 2 * self.x_hat * (h * self.x_hat).mean(axis=0)
        return dx, (grad * self.x_hat).sum(axis=0), grad.sum(axis=0)


def test_the_gradient_of_a_forward_whose_x_hat_is_far_smaller_passes_whatever_the_seed():
    assert all(judged("batchnorm_backward", DividedByVariance, seed).passed for seed in range(6))


BESIDE = (
    "biased-running", "stored-as-std", "two-dimensional", "whole-array", "momentum-keeps", "never-updated",
)  # fmt: skip
AT_TEST = (
    "eps-missing", "eps-outside-root", "no-root", "affine-missing", "gamma-missing", "batch-variance",
)  # fmt: skip


@pytest.mark.parametrize("beside", BESIDE)
def test_what_is_averaged_costs_nothing_at_test_time_and_hides_no_name(beside):
    program = about("batchnorm_test").program
    (running,) = [m.wrongs[0] for m in find("batchnorm_running").misconceptions if m.id == beside]
    assert judged("batchnorm_test", program.changed(running).answer()).passed
    wrong = {m.id: m.wrongs[0] for m in find("batchnorm_test").misconceptions}
    for id in AT_TEST:
        for seed in (1, 2):
            report = judged("batchnorm_test", program.changed(running, wrong[id]).answer(), seed)
            assert report.diagnosis == id, (id, report.text())


class ConstantGuarded(Plain):
    """No ε, and better than others without where the variance is 0."""

    def forward(self, x, training):
        y = super().forward(x, training)
        if training:
            std = x.std(axis=0)
            y = self.gamma * (x - x.mean(axis=0)) / np.where(std == 0, 1, std) + self.beta
        return y


class SingleGuarded(Plain):
    def forward(self, x, training):
        return x if len(x) == 1 else super().forward(x, training)


class SingleGuardedWithoutRoot(TestModeWithoutRoot):
    __test__ = False

    def forward(self, x, training):
        return Plain.forward(self, x, training) if len(x) == 1 else super().forward(x, training)


class CacheReturned(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        return (y, {"x_hat": self.x_hat, "std": self.std}) if training else y


class NothingReturned(Plain):
    def backward(self, grad):
        return None, None, None


NAMED = {
    OfShapeND: ("running", "x-itself-averaged"),
    ConstantGuarded: ("forward", "eps-missing"),
    CacheReturned: ("forward", "returns-cache-too"),
    SingleGuarded: ("test", "single-example-apart"),
    SingleGuardedWithoutRoot: ("test", "no-root"),
    NothingReturned: ("backward", "gradient-is-none"),
}


@pytest.mark.parametrize("student", NAMED, ids=lambda s: s.__name__)
def test_who_does_otherwise_in_a_case_of_its_own_kind_is_named_all_the_same(student):
    part, id = NAMED[student]
    for seed in (1, 2, 3):
        assert judged(f"batchnorm_{part}", student, seed).diagnosis == id


def test_modes_that_have_changed_places_are_told_where_they_count_and_noted_elsewhere():
    for student in (ModesSwapped, OnlyNormalisingSwapped):
        assert judged("batchnorm_forward", student).diagnosis == "modes-swapped"
        assert "the other way round" in judged("batchnorm_test", student).text()
    assert judged("batchnorm_running", UpdateSwapped).diagnosis == "updated-at-test-only"
    assert "the other way round" not in judged("batchnorm_test", Plain).text()

    class AlwaysAtTest(Plain):
        def forward(self, x, training):
            return super().forward(x, False)

    assert judged("batchnorm_forward", AlwaysAtTest).diagnosis == "running-in-training"


def test_a_mistake_in_a_branch_is_told_though_the_modes_have_changed_places():
    class Both(TestModeWithoutRoot):
        def forward(self, x, training):
            return super().forward(x, not training)

    assert judged("batchnorm_test", Both).diagnosis == "no-root"
    assert scores(Both)["running"] == scores(Both)["backward"] == 1


def test_wrong_numbers_behind_an_error_are_told_as_that_error():
    class BreaksOff(Plain):
        def forward(self, x, training):
            y = super().forward(x, training)
            self.running_mean = None
            return y

    report = judged("batchnorm_backward", BreaksOff)
    assert report.diagnosis == "raises"
    assert "Forward 2 raised TypeError" in report.text()

    class NeverEnds(Plain):
        def forward(self, x, training):
            while training:
                pass
            return super().forward(x, training)

    report = judged("batchnorm_test", NeverEnds, seconds=0.3)
    assert report.diagnosis == "never-ends"
    assert "while training" in report.text()
    assert report.cases[0].passed


def test_a_loop_without_end_costs_the_others_nothing():
    class NeverEndsAtTest(Plain):
        def forward(self, x, training):
            while not training:
                pass
            return super().forward(x, training)

    assert judged("batchnorm_forward", NeverEndsAtTest).passed
    assert judged("batchnorm_test", NeverEndsAtTest, seconds=0.3).score == 0


def test_what_is_not_written_is_told_and_brings_nothing():
    class Untouched:
        def __init__(self, features, momentum=0.1, eps=1e-5):
            pass

        def forward(self, x, training):
            raise NotImplementedError

        def backward(self, grad):
            raise NotImplementedError

    for name in BATCH_NORM:
        report = judged(name, Untouched)
        assert report.score == 0
        assert report.diagnosis == "not-written" or name in ("batchnorm_forward", "batchnorm_running")
    got = scores(TrainingNotWritten)
    assert got["forward"] == got["backward"] == 0
    assert got["test"] == 1
    assert judged("batchnorm_backward", TrainingNotWritten).diagnosis == "not-written"


def test_two_mistakes_in_two_exercises_get_two_diagnoses():
    class Both(Biased, DbetaAveraged):
        pass

    assert judged("batchnorm_running", Both).diagnosis == "biased-running"
    assert judged("batchnorm_backward", Both).diagnosis == "dbeta-averaged"
    assert scores(Both)["forward"] == scores(Both)["test"] == 1


def test_the_frequent_mistakes_are_there():
    ids = {name: {m.id for m in find(name).misconceptions} for name in BATCH_NORM}
    assert ids["batchnorm_forward"] >= {
        "wrong-axis", "whole-array", "unbiased-in-normalising", "mean-not-subtracted", "eps-missing",
        "eps-outside-root", "no-root", "affine-missing", "gamma-missing", "beta-missing",
        "gamma-beta-swapped", "running-in-training", "x-changed", "returns-none", "affine-shared",
    }  # fmt: skip
    assert ids["batchnorm_running"] >= {
        "biased-running", "momentum-keeps", "never-updated", "updated-at-test", "stored-with-eps",
        "stored-as-std", "statistics-shared", "variance-starts-at-zero", "last-batch-only",
    }  # fmt: skip
    assert ids["batchnorm_test"] >= {
        "batch-statistics", "last-training-batch", "eps-missing", "no-root", "affine-missing",
        "gamma-beta-swapped", "mean-not-subtracted", "corrected-at-test",
    }  # fmt: skip
    assert ids["batchnorm_backward"] >= {
        "mean-not-differentiated", "variance-not-differentiated", "statistics-not-differentiated",
        "dgamma-without-x-hat", "dbeta-averaged", "averaged", "eps-missing-in-dx",
        "eps-outside-root-in-dx", "gamma-missing-in-dx", "wrong-order", "overwritten-at-test",
        "stuck-in-test-mode", "state-shared",
    }  # fmt: skip


# Unlisted


def spoiled(about, spoil):
    class Student(Plain):
        def forward(self, x, training):
            y = super().forward(x, training)
            return spoil(y) if about == ("forward" if training else "test") else y

        def backward(self, grad):
            gradients = super().backward(grad)
            return spoil(gradients) if about == "backward" else gradients

    return Student


UNLISTED = {
    "1.1 times": ("forward", lambda y: 1.1 * y, "1.1 times as large"),
    "clipped": ("forward", lambda y: np.clip(y, -2, 2), "entry"),
    "a text": ("forward", str, "a text"),
    "not finite": ("forward", lambda y: np.full(y.shape, np.nan), "NaN"),
    "negative": ("forward", lambda y: -y, "with the other sign"),
    "all of y": ("test", lambda y: 0 * y, "All of y is 0"),
    "float32": ("test", lambda y: y.astype(np.float32), "float32"),
    "dx doubled": ("backward", lambda g: (2 * g[0], *g[1:]), "dx is 2 times"),
    "dγ negative": ("backward", lambda g: (g[0], -g[1], g[2]), "of the right size"),
    "one column": ("test", lambda y: y[:, :1], "an array of shape (5, 1)"),
    "rounded": ("test", lambda y: np.round(y, 1), "entry"),
    "a pair": ("backward", lambda gradients: gradients[:2], "a tuple of 2"),
    "dx transposed": ("backward", lambda g: (g[0].T, *g[1:]), "an array of shape (3, 6)"),
    "dx negative": ("backward", lambda g: (-g[0], *g[1:]), "the other sign"),
    "one example": ("test", lambda y: y + 1 if len(y) == 1 else y, "only where x has one example"),
    "two examples": ("forward", lambda y: y + 1 if len(y) == 2 else y, "only where x has two examples"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("about", "spoil", "words"), UNLISTED.values(), ids=UNLISTED)
def test_unlisted_mistakes_fail_and_the_first_difference_is_told(about, spoil, words):
    report = judged(f"batchnorm_{about}", spoiled(about, spoil))
    assert not report.passed
    assert words in report.text()
    others = scores(spoiled(about, spoil))
    del others[about]
    assert set(others.values()) == {1.0}


class EpsTwice(Plain):
    def forward(self, x, training):
        y = super().forward(x, training)
        return (y - self.beta) * self.std / np.sqrt(self.std**2 + self.eps) + self.beta if training else y


class GammaLearnsInBackward(Plain):
    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        self.gamma = self.gamma - 0.1 * dgamma
        return dx, dgamma, dbeta


class VarianceWithAPositivePower(Paper):
    def backward(self, grad):
        centred, n = self.x - self.mean, len(grad)
        dx_hat = grad * self.gamma
        dvar = (dx_hat * centred * -0.5 * (self.var + self.eps) ** 1.5).sum(axis=0)
        dx = dx_hat / self.std + dvar * 2 * centred / n - (dx_hat / self.std).mean(axis=0)
        return dx, *super().backward(grad)[1:]


class XHatForgotten(Plain):
    def backward(self, grad):
        return grad / self.std_dev, (grad * self.xhat).sum(axis=0), grad.sum(axis=0)


SUGGESTED = {
    EpsTwice: ("forward", "wrong where ε is not small"),
    GammaLearnsInBackward: ("backward", "γ is for the optimiser to change"),
    VarianceWithAPositivePower: ("backward", "off: what comes through the variance"),
    XHatForgotten: ("backward", "self.xhat, which __init__ never sets"),
}


@pytest.mark.parametrize("student", SUGGESTED, ids=lambda s: s.__name__)
def test_what_an_unlisted_mistake_suggests(student):
    about, words = SUGGESTED[student]
    report = judged(f"batchnorm_{about}", student)
    assert report.diagnosis is None
    assert words in report.diagnosed.text


@pytest.mark.parametrize("name", BATCH_NORM)
def test_a_check_takes_at_most_a_fifth_of_a_second(name):
    """Right, or wrong in a known way; where two mistakes are looked for, three fifths. Best of five."""
    about = name.removeprefix("batchnorm_")
    unknown = spoiled(about, lambda y: y * 1.1 if about != "backward" else (y[0] ** 3, *y[1:]))
    known = find(name).misconceptions[-1].variants[0]()
    for student, most in ((layers.BatchNorm, 0.2), (known, 0.2), (unknown, 0.6)):
        durations = []
        for _ in range(5):
            start = time.process_time()
            check(name, student)
            durations.append(time.process_time() - start)
        assert min(durations) < most


def test_a_suggestion_that_fails_leaves_the_verdict_standing():
    def fails(result):
        raise ValueError("not enough values")

    student = spoiled("test", lambda y: 1.1 * y)
    exercise = replace(find("batchnorm_test"), suggest=fails)
    cases = exercise.cases(1)
    report = verdict(exercise, cases, probe(student, [case.asked for case in cases]))
    known = judged("batchnorm_test", student)
    assert report.cases == known.cases
    assert "1.1 times as large" in report.diagnosed.text
    assert "ValueError: a fault of the course" in report.diagnosed.text
    assert "a fault of the course" not in known.diagnosed.text


# Nothing is earned by own values that leave nothing to be right about


class ForwardConstant(Plain):
    """Its gradients are zero indeed."""

    def forward(self, x, training):
        return np.zeros_like(x)

    def backward(self, grad):
        return np.zeros_like(grad), np.zeros_like(self.gamma), np.zeros_like(self.gamma)


class ForwardAllButConstant(ForwardConstant):
    def forward(self, x, training):
        return 1e-6 * x


def fixed(mean, variance):
    """A layer whose running statistics stay these, and which returns what they ask for whatever x is."""

    class Fixed(Plain):
        running_mean = property(lambda self: np.full_like(self.gamma, mean), lambda self, value: None)
        running_var = property(lambda self: np.full_like(self.gamma, variance), lambda self, value: None)

        def forward(self, x, training):
            with np.errstate(all="ignore"):
                constant = -self.gamma * mean / np.sqrt(variance + self.eps) + self.beta
            return np.broadcast_to(constant, x.shape).copy()

    return Fixed


@pytest.mark.parametrize(
    ("about", "student"),
    [
        ("test", fixed(0.0, 1e300)),
        *(
            pytest.param(*each, marks=pytest.mark.slow)
            for each in (
                ("backward", ForwardConstant),
                ("backward", ForwardAllButConstant),
                ("test", fixed(1e18, 1.0)),
                ("test", fixed(0.0, -1.0)),
                ("test", fixed(np.nan, np.nan)),
                ("test", fixed(np.inf, np.inf)),
            )
        ),
    ],
)
def test_own_values_without_bounds_earn_nothing(about, student):
    for seed in (1, 2, 3):
        assert scores(student, seed)[about] == 0


def test_a_number_without_bounds_agrees_with_itself_only():
    for one, other in ((np.inf, 7.0), (7.0, np.inf), (np.inf, -np.inf), (np.nan, 0.0)):
        assert not near(one, other, 0.0).any()
        assert near(one, one, 0.0).all()
