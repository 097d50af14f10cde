"""Unit 03's exercises: right answers in many styles pass, unlisted mistakes fail with a reason."""

import copy
import math

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.dropout.cases import FAR, FORWARDS, SHAPE, _share
from course_lib.exercises.dropout.styles import Contract
from course_lib.exercises.early_stopping.styles import Watch
from course_lib.exercises.folders import find, styles
from course_lib.exercises.l2_penalty.styles import by_sum
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# l2_penalty, wrong in ways that are not listed


def test_unlisted_mistakes_in_the_penalty_fail_with_a_reason():
    wrong = {
        "1.1 times as large": lambda weights, lam: (1.1 * by_sum(weights, lam)[0], by_sum(weights, lam)[1]),
        "entry": lambda weights, lam: (by_sum(weights, lam)[0], [lam * np.maximum(W, 0) for W in weights]),
        "dtype int64": lambda weights, lam: (
            by_sum(weights, lam)[0],
            [(lam * W).astype(int) for W in weights],
        ),
        "a text": lambda weights, lam: (str(by_sum(weights, lam)[0]), by_sum(weights, lam)[1]),
        "a dict of 2": lambda weights, lam: {"penalty": 0, "gradients": []},
        "a generator": lambda weights, lam: (by_sum(weights, lam)[0], (lam * W for W in weights)),
        "a list of 1": lambda weights, lam: (by_sum(weights, lam)[0], [lam * weights[0]]),
        "a number": lambda weights, lam: (np.array([1.0, 2.0]), by_sum(weights, lam)[1]),
    }
    for words, student in wrong.items():
        report = judged("l2_penalty", student)
        assert not report.passed
        assert words in report.text()


def test_a_division_by_the_number_of_examples_is_told_as_a_convention():
    def by_rows(weights, lam):
        m = weights[0].shape[0]
        return by_sum(weights, lam)[0] / m, [lam / m * W for W in weights]

    def by_another(weights, lam):
        return by_sum(weights, lam)[0] / 400, [lam / 400 * W for W in weights]

    for student in (by_rows, by_another):
        report = judged("l2_penalty", student)
        assert report.diagnosis == "divided-by-m"
        assert "deeplearning.ai" in report.text()
    assert "400 times too small" in judged("l2_penalty", by_another).diagnosed.text
    assert judged("l2_penalty", lambda weights, lam: by_another(weights, 2 * lam)).diagnosis == "divided-by-m"
    assert not judged("l2_penalty", lambda weights, lam: by_another(weights, 1.7 * lam)).diagnosis


def test_a_division_by_the_number_of_all_weights_is_told_as_a_mean():
    def l2_penalty(weights, lam):
        m = sum(W.size for W in weights)
        return by_sum(weights, lam)[0] / m, [lam / m * W for W in weights]

    assert judged("l2_penalty", l2_penalty).diagnosis == "mean-for-sum"


def test_what_is_kept_from_one_call_to_the_next_is_found():
    kept = []

    def l2_penalty(weights, lam):
        penalty, gradients = by_sum(weights, lam)
        kept[:] = (
            gradients
            if len(kept) != len(gradients)
            else [a + b for a, b in zip(kept, gradients, strict=True)]
        )
        return penalty, list(kept)

    said = {case.name: case.message for case in judged("l2_penalty", l2_penalty).cases}
    assert "something else the second time" in said["leaves the weights as they were"]


def test_weights_that_are_replaced_in_the_list_are_seen():
    def l2_penalty(weights, lam):
        penalty, gradients = by_sum(weights, lam)
        weights[0] = weights[0] * 2
        return penalty, gradients

    report = judged("l2_penalty", l2_penalty)
    assert not report.passed
    assert "weights was changed in place" in report.text()


# Dropout: chance


def tail(n, p, far):
    """The exact probability that the share of n draws is so far from p that it is taken for no chance."""
    total = 0.0
    for k in range(n + 1):
        q = k / n
        divergence = sum(a * math.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)
        if n * divergence > far:
            log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
            total += math.exp(log + k * math.log(p) + (n - k) * math.log(1 - p))
    return total


def test_the_chance_of_failing_a_right_share_is_what_the_code_says():
    n = FORWARDS * math.prod(SHAPE)
    chances = [tail(n, rate, FAR) for rate in (0.2, 0.24, 0.78, 0.82, 0.93, 0.96)]
    assert max(chances) < 1e-11
    assert max(chances) > 1e-14  # and the test is no laxer than it has to be


def test_a_share_that_is_ten_percentage_points_off_is_found():
    rng = np.random.default_rng(0)
    shape = (FORWARDS, *SHAPE)
    for rate in (0.22, 0.8):
        (possible, _), _ = _share(rng.random(shape) < rate, rate)
        assert possible
        for off in (-0.1, 0.1):
            (possible, _), _ = _share(rng.random(shape) < rate + off, rate)
            assert not possible


# Dropout, wrong in ways that are not listed


class DropsOnlyPositive(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        self.mask = np.where(x > 0, self.mask, 1.0)
        return np.where(x > 0, y, x)


class SquaredRate(Contract):
    def forward(self, x, training):
        self.mask = (
            (self.rng.random(x.shape) >= self.rate**2) / (1 - self.rate) if training else np.ones_like(x)
        )
        return x * self.mask


class RootOfTheFactor(Contract):
    def forward(self, x, training):
        keep = self.rng.random(x.shape) >= self.rate
        self.mask = keep / np.sqrt(1 - self.rate) if training else np.ones_like(x)
        return x * self.mask


class SmallInsteadOfZero(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y + 1e-3 * x * (self.mask == 0)


class NaNForDropped(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        return np.where(self.mask == 0, np.nan, y)


class TransposedMaskInBackward(Contract):
    def backward(self, grad):
        return grad * self.mask[::-1]


class HalfTheTime(Contract):
    def forward(self, x, training):
        return super().forward(x, training and self.rng.random() < 0.5)


class CopiesTheGenerator(Contract):
    def __init__(self, rate, rng):
        super().__init__(rate, copy.deepcopy(rng))
        self.saved = copy.deepcopy(rng)

    def forward(self, x, training):
        self.rng = copy.deepcopy(self.saved)
        return super().forward(x, training)


class Float16(Contract):
    def forward(self, x, training):
        return super().forward(x, training).astype(np.float16)


class ForgetsTheMask(Contract):
    def forward(self, x, training):
        mask = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate) if training else 1.0
        return x * mask


UNLISTED = {
    DropsOnlyPositive: "two different numbers",
    SquaredRate: "were dropped; asked is about",
    RootOfTheFactor: "asked is 1/(1 − rate)",
    SmallInsteadOfZero: "two different numbers",
    NaNForDropped: "not finite",
    TransposedMaskInBackward: "forward's mask",
    HalfTheTime: "were dropped; asked is about",
    CopiesTheGenerator: "the same entries are dropped",
    Float16: "float16",
    ForgetsTheMask: "mask",
}


@pytest.mark.slow
@pytest.mark.parametrize("student", UNLISTED, ids=lambda s: s.__name__)
def test_unlisted_mistakes_in_dropout_fail_with_a_reason(student):
    for seed in range(3):
        report = judged("dropout", student, seed)
        assert not report.passed
        assert UNLISTED[student] in report.text(), report.text()


class SpoilsWhatItKept(Contract):
    """x is changed by a later call than the one that it was handed to."""

    def forward(self, x, training):
        self.x = x
        return super().forward(x, training)

    def backward(self, grad):
        self.x *= 0
        return super().backward(grad)


def test_an_argument_that_a_later_call_changes_is_found():
    report = judged("dropout", SpoilsWhatItKept)
    assert [case.name for case in report.cases if not case.passed] == ["leaves its arguments as they were"]
    assert "The argument x was changed in place" in report.text()
    assert "backward 1" in report.text()


class Identity(Contract):
    def forward(self, x, training):
        return x

    def backward(self, grad):
        return grad


def test_who_never_drops_gets_nothing():
    report = judged("dropout", Identity)
    assert report.score == 0
    said = {case.name: case.message for case in report.cases}
    assert "counts once “training” or “training at high rates” passes" in said["a rate of 0"]
    assert said["test time"] == said["the gradient at test time"] == "As in “a rate of 0”."
    assert "counts once another case passes" in said["leaves its arguments as they were"]


def layer(
    draw="rng.random(shape)", keeps="u >= rate", factor="1 / (1 - rate)", back="mask", guard="", test=1
):
    """A layer as a careful student writes it, with one line of it as given."""

    class Dropout:
        def __init__(self, rate, rng):
            self.rate, self.rng, self.names = rate, rng, {"mask": 1.0, "keep": 1.0}

        def forward(self, x, training):
            if training and not (guard and self.rate == 0):
                at_hand = {"np": np, "rng": self.rng, "rate": self.rate, "shape": x.shape, "n": x.shape[1]}
                at_hand["u"] = eval(draw, at_hand)
                keep = eval(keeps, at_hand)
                mask = keep * eval(factor, at_hand | {"keep": keep})
                self.names = {"keep": keep, "mask": mask}
                return x * mask
            if not training and test == "stale":
                return x
            self.names = {"mask": 1.0, "keep": 1.0}
            return x

        def backward(self, grad):
            return grad * eval(back, self.names)

    return Dropout


MISTAKES = {
    "rate-keeps": {"keeps": "u < rate", "factor": "1 / rate"},
    "keep-drop-swapped": {"keeps": "u < rate"},
    "no-rescale": {"factor": "1"},
    "rescale-by-rate": {"factor": "1 / rate"},
    "backward-not-scaled": {"back": "keep"},
    "one-draw-for-each-column": {"draw": "rng.random(n)"},
    "normal-draw": {"draw": "rng.normal(size=shape)", "keeps": "u < rate", "factor": "1 / rate"},
    "rate-hard-coded": {"draw": "rng.integers(0, 2, shape)", "keeps": "u == 1"},
}


@pytest.mark.parametrize("id", MISTAKES)
def test_a_guard_for_a_rate_of_0_and_an_old_mask_at_test_hide_no_mistake(id):
    assert judged("dropout", layer()).passed
    assert judged("dropout", layer(guard="rate 0")).passed
    assert judged("dropout", layer(test="stale")).diagnosis == "old-mask-at-test"
    assert judged("dropout", layer(**MISTAKES[id])).diagnosis == id
    assert judged("dropout", layer(**MISTAKES[id], guard="rate 0")).diagnosis == id
    both = judged("dropout", layer(**MISTAKES[id], guard="rate 0", test="stale"))
    assert set(both.diagnosis.split("+")) == {id, "old-mask-at-test"}


def test_an_untouched_dropout_gets_nothing():
    class Dropout:
        parameters = ()

        def __init__(self, rate, rng):
            self.rate, self.rng = rate, rng

        def forward(self, x, training):
            raise NotImplementedError

        def backward(self, grad):
            raise NotImplementedError

    report = judged("dropout", Dropout)
    assert report.score == 0
    assert report.diagnosis == "not-written"


def test_dropout_without_backward_is_judged_on_forward():
    class Dropout(Contract):
        def backward(self, grad):
            raise NotImplementedError

    report = judged("dropout", Dropout)
    passed = {case.name for case in report.cases if case.passed}
    assert {"training", "training at high rates", "test time", "all chance comes from rng"} <= passed
    assert "the gradient, and batches of several sizes" not in passed


# EarlyStopping, right


def test_every_style_of_early_stopping_gets_all_points_in_a_graded_cell():
    for student in styles("early_stopping").values():
        assert check("early_stopping", student, points=5) == 5.0


# EarlyStopping, wrong in ways that are not listed


class DoublesThePatience(Watch):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.waited >= 2 * self.patience


class HalvesTheCount(Watch):
    def update(self, val_loss, theta):
        better = val_loss < self.best_loss - self.min_delta
        before = self.waited
        super().update(val_loss, theta)
        self.waited = before // 2 if better else self.waited
        return self.waited >= self.patience


class SecondBest(Watch):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        if self.waited == 0:
            self.other = kept
        self.best_theta = theta.copy() if self.waited == 1 else self.best_theta
        return stop


class MeanOfTheta(Watch):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = (self.best_theta + theta) / 2
        return stop


class SquaredDelta(Watch):
    def update(self, val_loss, theta):
        delta, self.min_delta = self.min_delta, self.min_delta**2
        stop = super().update(val_loss, theta)
        self.min_delta = delta
        return stop


class Text(Watch):
    def update(self, val_loss, theta):
        return "stop" if super().update(val_loss, theta) else "go on"


WRONG_WATCHES = {
    DoublesThePatience: "asked is update",
    HalvesTheCount: "asked is update",
    SecondBest: "best_theta is the θ of update",
    MeanOfTheta: "none of these θ",
    SquaredDelta: "asked is update",
    Text: "a text",
}


@pytest.mark.parametrize("student", WRONG_WATCHES, ids=lambda s: s.__name__)
def test_unlisted_mistakes_in_early_stopping_fail_with_a_reason(student):
    report = judged("early_stopping", student)
    assert not report.passed
    assert WRONG_WATCHES[student] in report.text(), report.text()


def test_the_example_in_the_assignment_is_what_the_reference_does():
    """As it stands there: patience 2, min_delta 0.5."""
    watcher = find("early_stopping").reference(2, 0.5)
    losses = [5.0, 4.0, 3.7, 3.4, 3.6, 3.5]
    said = [watcher.update(loss, np.array([k])) for k, loss in enumerate(losses, start=1)]
    assert said == [False] * 5 + [True]
    assert watcher.best_theta.tolist() == [4]


def test_no_list_of_answers_fits_two_seeds_of_early_stopping():
    def said(seed):
        asked = [case.asked for case in find("early_stopping").cases(seed)]
        played = probe(find("early_stopping").reference, asked, seconds=60)["cases"]
        returned = [event.get("returned") for case in played for event in case]
        return tuple(answer for answer in returned if isinstance(answer, bool))

    assert len({said(seed) for seed in range(30)}) == 30


@pytest.mark.parametrize("answer", [False, True, None])
def test_who_computes_nothing_gets_nothing_for_early_stopping(answer):
    class EarlyStopping:
        def __init__(self, patience, min_delta=0.0):
            self.best_theta = None

        def update(self, val_loss, theta):
            return answer

    report = judged("early_stopping", EarlyStopping)
    assert report.score == 0
    assert report.diagnosis == "nothing-yet"
