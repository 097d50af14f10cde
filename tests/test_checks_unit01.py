"""Unit 01's exercises: right answers in many styles pass, unlisted mistakes fail with a reason."""

import math
import random

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.folders import find
from course_lib.exercises.minibatches.cases import EPOCHS
from course_lib.exercises.minibatches.styles import as_list
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# minibatches: chance


def test_the_chance_of_failing_a_right_answer_is_what_the_code_says():
    """The bounds beside each test of the random order, for the sizes that a case can have."""
    for size in range(6, 10):
        for n in range(4 * size + 2, 4 * size + size - 1):
            full, rest = divmod(n, size)
            sizes = [size] * full + [rest] * (rest > 0)
            stays = n * sum((k / n) ** EPOCHS for k in sizes)
            together = n * (n - 1) / 2 * (sum(k * (k - 1) for k in sizes) / (n * (n - 1))) ** EPOCHS
            hoeffding = math.exp(-2 * EPOCHS * math.log(1e10) / (2 * EPOCHS))
            another_seed = math.exp(sum(math.lgamma(k + 1) for k in sizes) - math.lgamma(n + 1))
            assert stays + together + hoeffding + another_seed < 1e-9


# minibatches, wrong in ways that are not listed


def swaps_neighbours_only(n, batch_size, rng):
    order = np.arange(n)
    for i in range(0, n - 1, 2):
        if rng.random() < 0.5:
            order[[i, i + 1]] = order[[i + 1, i]]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def zero_stays_first(n, batch_size, rng):
    order = np.concatenate([[0], 1 + rng.permutation(n - 1)])
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def pairs_stay_together(n, batch_size, rng):
    pairs = rng.permutation((n + 1) // 2)
    order = [i for pair in pairs for i in (2 * pair, 2 * pair + 1) if i < n]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def smallest_batch_first(n, batch_size, rng):
    return as_list(n, batch_size, rng)[::-1]


def shared_generator(n, batch_size, rng, own=np.random.default_rng(3)):  # noqa: B008
    return as_list(n, batch_size, own)


def same_index_again(n, batch_size, rng):
    order = rng.permutation(n)
    order[-1] = order[0]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def strings(n, batch_size, rng):
    return [str(batch) for batch in as_list(n, batch_size, rng)]


def dictionary(n, batch_size, rng):
    return dict(enumerate(as_list(n, batch_size, rng)))


def negative_indices(n, batch_size, rng):
    return [batch - n for batch in as_list(n, batch_size, rng)]


UNLISTED = {
    swaps_neighbours_only: "same batch in every epoch",
    zero_stays_first: "Index 0 falls into the same batch",
    pairs_stay_together: "fall into the same batch in every epoch",
    smallest_batch_first: "asked is",
    shared_generator: "comes from elsewhere",
    same_index_again: "more than once",
    strings: "a text",
    dictionary: "a single number",
    negative_indices: "there are examples 0 to",
}


@pytest.mark.parametrize("student", UNLISTED, ids=lambda s: s.__name__)
def test_unlisted_mistakes_in_batches_fail_with_a_reason(student):
    report = judged("minibatches", student)
    assert not report.passed
    assert UNLISTED[student] in report.text()


def test_what_raises_is_told_with_its_line():
    def minibatches(n, batch_size, rng):
        order = rng.shuffle(np.arange(n))
        for begin in range(0, n, batch_size):
            yield order[begin : begin + batch_size]

    report = judged("minibatches", minibatches)
    assert report.score == 0
    assert report.diagnosis == "raises"
    assert "yield order[begin" in report.text()


def test_an_endless_generator_needs_no_time_limit():
    def minibatches(n, batch_size, rng):
        while True:
            yield rng.permutation(n)[:batch_size]

    report = judged("minibatches", minibatches)
    assert report.diagnosis == "no-end"


def test_the_callers_random_state_is_left_alone():
    np.random.seed(7)
    before = np.random.get_state()[1].copy(), np.random.get_state()[2]
    random.seed(7)
    python = random.getstate()
    check("minibatches", lambda n, batch_size, rng: np.random.permutation(n))
    assert (np.random.get_state()[1] == before[0]).all()
    assert np.random.get_state()[2] == before[1]
    assert random.getstate() == python


# SGD, Momentum, Nesterov, right


class SGDPlain:
    def __init__(self, lr):
        self.learning_rate = lr

    def step(self, theta, gradient):
        return theta - self.learning_rate * gradient


class SGDOnACopy:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = theta.copy()
        new -= np.multiply(self.lr, gradient)
        return new


class SGDByLoop:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            new[index] = theta[index] - self.lr * gradient[index]
        return new


class SGDKeywordOnly:
    def __init__(self, *, lr):
        self.settings = {"lr": lr}

    def step(self, params, grads):
        return np.subtract(params, self.settings["lr"] * grads)


class SGDByAdding:
    def __init__(self, lr):
        self.rate = -lr

    def step(self, theta, gradient):
        return np.add(theta, self.rate * gradient)


class SGDSubclass(SGDPlain):
    def __init__(self, lr):
        super().__init__(lr)
        self.history = []

    def step(self, theta, gradient):
        self.history.append(float(np.linalg.norm(gradient)))
        return super().step(theta, gradient)


class MomentumContract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v


class MomentumRateInside:
    """The velocity holds steps, −η g: the same numbers as long as the rate stays."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.velocity


class MomentumOppositeSign:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu = lr, mu

    def step(self, theta, gradient):
        self.v = self.mu * getattr(self, "v", 0) - gradient
        return theta + self.lr * self.v


class MomentumInPlace:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.state = lr, mu, {}

    def step(self, theta, gradient):
        v = self.state.setdefault("v", np.zeros(theta.shape))
        v *= self.mu
        v += gradient
        return (theta - self.lr * v).astype(theta.dtype)


class MomentumHeavyBall:
    """From the last move: θ − η g + μ (θ − θ_before), with the moves kept."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.move = lr, mu, 0.0

    def step(self, theta, gradient):
        self.move = self.mu * self.move - self.lr * gradient
        return theta + self.move


class MomentumHistory:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.gradients = lr, mu, []

    def step(self, theta, gradient):
        self.gradients.insert(0, np.array(gradient))
        return theta - self.lr * sum(self.mu**age * g for age, g in enumerate(self.gradients))


class MomentumAveragedAndScaledBack:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.m = lr, mu, 0.0

    def step(self, theta, gradient):
        self.m = self.mu * self.m + (1 - self.mu) * gradient
        return theta - self.lr / (1 - self.mu) * self.m


class MomentumFloat32State:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, None

    def step(self, theta, gradient):
        old = np.zeros(theta.shape, dtype=np.float32) if self.v is None else self.v
        self.v = (self.mu * old + gradient).astype(np.float32)
        return theta - self.lr * self.v


class NesterovContract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * (gradient + self.mu * self.v)


class NesterovOldAndNew:
    """−μ u_old + (1 + μ) u, with the rate in the velocity."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.u = lr, mu, 0.0

    def step(self, theta, gradient):
        old = self.u
        self.u = self.mu * self.u - self.lr * gradient
        return theta - self.mu * old + (1 + self.mu) * self.u


class NesterovRateInside:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.mu * self.velocity - self.lr * gradient


class NesterovUnrolled:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        update = (1 + self.mu) * gradient + self.mu**2 * self.v
        self.v = self.mu * self.v + gradient
        return theta - self.lr * update


class NesterovDict:
    def __init__(self, lr, mu=0.9):
        self.settings, self.state = {"lr": lr, "mu": mu}, {}

    def step(self, theta, gradient):
        lr, mu = self.settings["lr"], self.settings["mu"]
        self.state["v"] = np.add(mu * self.state.get("v", 0.0), gradient)
        return theta - lr * gradient - lr * mu * self.state["v"]


class NesterovSubclass(MomentumContract):
    def step(self, theta, gradient):
        super().step(theta, gradient)
        return theta - self.lr * (gradient + self.mu * self.v)


OPTIMIZERS = {
    "sgd": [SGDPlain, SGDOnACopy, SGDByLoop, SGDKeywordOnly, SGDByAdding, SGDSubclass],
    "momentum": [
        MomentumContract,
        MomentumRateInside,
        MomentumOppositeSign,
        MomentumInPlace,
        MomentumHeavyBall,
        MomentumHistory,
        MomentumAveragedAndScaledBack,
        MomentumFloat32State,
    ],
    "nesterov": [
        NesterovContract,
        NesterovOldAndNew,
        NesterovRateInside,
        NesterovUnrolled,
        NesterovDict,
        NesterovSubclass,
    ],
}
STYLES = [(name, student) for name, students in OPTIMIZERS.items() for student in students]


@pytest.mark.parametrize(("name", "student"), STYLES, ids=[s.__name__ for _, s in STYLES])
def test_every_style_of_optimiser_passes_on_any_seed(name, student):
    for seed in range(6):
        report = judged(name, student, seed)
        assert report.passed, report.text()
    assert check(name, student, points=5) == 5.0


# SGD, Momentum, Nesterov, wrong


def test_the_averaged_form_is_named_as_a_known_convention():
    class Averaged(MomentumContract):
        def step(self, theta, gradient):
            self.v = self.mu * self.v + (1 - self.mu) * gradient
            return theta - self.lr * self.v

    report = judged("momentum", Averaged)
    assert report.diagnosis == "averaged"
    assert "known convention" in report.diagnosed.title


def test_a_velocity_that_is_lost_is_found_however_it_is_lost():
    class Local(MomentumContract):
        def step(self, theta, gradient):
            v = np.zeros_like(theta)
            v = self.mu * v + gradient
            return theta - self.lr * v

    assert judged("momentum", Local).diagnosis == "velocity-lost"


def test_momentum_is_told_from_nesterov():
    assert judged("momentum", NesterovContract).diagnosis == "nesterov-instead"
    assert judged("nesterov", MomentumContract).diagnosis == "momentum-instead"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_unlisted_mistakes_in_optimisers_fail_with_a_reason(name):
    right = OPTIMIZERS[name][0]

    class Clipped(right):
        def step(self, theta, gradient):
            return super().step(theta, np.clip(gradient, -1, 1))

    class Noisy(right):
        def step(self, theta, gradient):
            return super().step(theta, gradient) + 1e-3 * np.random.default_rng(0).normal(size=theta.shape)

    class OnePercentOff(right):
        def step(self, theta, gradient):
            return theta + 1.01 * (super().step(theta, gradient) - theta)

    class Rounded(right):
        def step(self, theta, gradient):
            return super().step(theta, np.round(gradient, 3))

    for student in (Clipped, Noisy, OnePercentOff, Rounded):
        report = judged(name, student)
        assert not report.passed
        assert len(report.diagnosed.text) > 40
    assert "1.01 times" in judged(name, OnePercentOff).text()
