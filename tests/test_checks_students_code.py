"""Optimisers as students write them, wrong and right: each is told what is true of it, in one message."""

import io
from functools import partial

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.adam.styles import InPlace
from course_lib.exercises.folders import find, styles
from course_lib.exercises.rmsprop import styles as rmsprop
from course_lib.judging.compare import ratio
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def optimizer(remember, update, state="s"):
    """A class whose step is written as a student writes it: two lines."""

    class Written:
        def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
            self.lr, self.rho, self.eps, self.s = lr, rho, eps, 0.0

        def step(self, theta, gradient):
            self.s = remember(self, gradient)
            return update(self, theta, gradient)

    return Written


def squares(o, g):
    return o.rho * o.s + (1 - o.rho) * g**2


def down(o, theta, g):
    return theta - o.lr * g / (np.sqrt(o.s) + o.eps)


# Errors: what the advice says is true of the line that raised


ERRORS = {
    "no such function": (lambda o, g: np.sqr(g), "module has nothing of this name"),
    "a dot too many": (lambda o, g: np.zeros.like(g), "in front of the dot is a function"),
    "another kind of object": (lambda o, g: g.squared(), "has no such attribute"),
    "caret": (lambda o, g: o.s + g ^ 2, "^ is no power"),
    "list": (lambda o, g: o.rho * [0.0], "is not an array"),
    "whole numbers": (lambda o, g: np.add(g, g, out=np.zeros(g.shape, int)), "whole numbers"),
    "own attribute": (lambda o, g: o.cache + g**2, "s, which __init__ never sets"),
    "question": (lambda o, g: input(), "nobody gives"),
    "an array as an answer": (lambda o, g: o.s if g == 0 else g**2, "many entries and not one answer"),
    "a gradient elsewhere": (lambda o, g: g(o.s), "cannot be asked at another place"),
}


@pytest.mark.parametrize(("remember", "words"), ERRORS.values(), ids=ERRORS)
def test_the_advice_on_an_error_fits_the_line(remember, words, capfd, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    report = check("rmsprop", optimizer(remember, down))
    text = report.diagnosed.text
    assert words in text.replace("cache", "s")
    assert ("before it is set" in text) == (words == "before it is set")
    assert capfd.readouterr().err == ""


def refuse(o, g):
    raise ValueError("the gradient is too large")


def test_who_refuses_what_can_be_answered_is_asked_about_the_condition():
    report = check("rmsprop", optimizer(refuse, down))
    assert "the condition in front of it" in report.diagnosed.text


# Values


@pytest.mark.parametrize(
    ("name", "remember", "update", "diagnosis"),
    [
        ("rmsprop", squares, lambda o, t, g: t - o.lr * g / np.sqrt(o.s) + o.eps, "eps-after-division"),
        ("rmsprop", squares, lambda o, t, g: t - (o.lr * g / np.sqrt(o.s) + o.eps), "eps-after-division"),
        ("rmsprop", lambda o, g: o.s + squares(o, g), down, "added-to-itself"),
        ("rmsprop", lambda o, g: squares(o, g) if np.any(o.s) else g**2, down, "starts-at-first-gradient"),
        ("rmsprop", lambda o, g: np.sqrt(squares(o, g)), lambda o, t, g: t - o.lr * g / (o.s + o.eps),
         "root-stored"),
        ("rmsprop", lambda o, g: o.rho * o.s + (1 - o.rho) * np.dot(g, g), down, "one-rate-for-all"),
    ],
)  # fmt: skip
def test_a_mistake_is_known_however_it_is_written(name, remember, update, diagnosis):
    assert check(name, optimizer(remember, update)).diagnosis == diagnosis


class OneArray(InPlace):
    def begin(self, theta):
        self.m = self.v = np.zeros_like(theta)


class OtherBeta(InPlace):
    def weight(self):
        return 1 - self.beta1


class NothingReturned(InPlace):
    def step(self, theta, gradient):
        theta -= theta - super().step(theta, gradient)


@pytest.mark.parametrize(
    ("student", "diagnosis"),
    [
        (InPlace, None),
        (OneArray, "one-array-for-both"),
        (OtherBeta, "weight-of-the-other-beta"),
        (NothingReturned, "changes-and-returns-none"),
    ],
)
def test_adam_in_place(student, diagnosis):
    report = check("adam", student)
    assert report.diagnosis == diagnosis
    assert report.passed == (diagnosis is None)


def decayed(step):
    class AdamW(InPlace):
        def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
            super().__init__(lr, beta1, beta2, eps)
            self.decay = weight_decay

        def step(self, theta, g):
            return step(self, theta, g, partial(InPlace.step, self))

    return AdamW


@pytest.mark.parametrize(
    ("step", "diagnosis"),
    [
        (lambda o, t, g, adam: adam(t, g) - o.lr * o.decay * t, None),
        (lambda o, t, g, adam: adam(t, g) - 2 * o.lr * o.decay * t, "decay-doubled"),
        (lambda o, t, g, adam: adam(t * (1 - o.lr * o.decay), g) - o.lr * o.decay * t * (1 - o.lr * o.decay),
         "decay-doubled"),
        (lambda o, t, g, adam: adam(t, g) - t + t * o.decay, "decay-leaves-nothing"),
    ],
)  # fmt: skip
def test_the_decay_of_adamw(step, diagnosis):
    assert check("adamw", decayed(step)).diagnosis == diagnosis


def test_a_gradient_that_is_overwritten_and_used_again_is_what_is_said():
    def begun_with_the_gradient_itself(o, g):
        if np.any(o.s):
            return o.s + g**2
        s = g
        s *= s
        return s

    report = check("adagrad", optimizer(begun_with_the_gradient_itself, down))
    assert not report.passed
    assert "overwrites a gradient" in report.diagnosed.text


def test_zero_divided_by_zero_is_not_blamed_for_what_is_wrong_elsewhere():
    """NaN where the gradient is 0, and something else wrong too: the something else comes first."""
    only_nan = check(
        "adagrad", optimizer(lambda o, g: o.s + g**2, lambda o, t, g: t - o.lr * g / np.sqrt(o.s))
    )
    assert only_nan.diagnosis == "eps-missing"
    strange = optimizer(lambda o, g: o.s + g**2, lambda o, t, g: t - 3 * o.lr * g / np.sqrt(o.s) ** 1.1)
    assert "exactly 0" not in check("adagrad", strange).diagnosed.text


def test_ratios_are_said_as_one_says_them():
    assert ratio(1.0, 1.0028) == ": 0.28 % too large"
    assert ratio(-1.0, 0.999987) == ": 0.0013 % too small, with the other sign"
    assert ratio(1.0, 50400.0) == ": 50,400 times as large"
    assert ratio(1.0, 0.25) == ": 4 times too small"
    assert ratio(1.0, 3.52e12) == ": 3.52e+12 times as large"


# The constructor


class OtherOrder(InPlace):
    def __init__(self, beta1=0.9, beta2=0.999, lr=1e-3, eps=1e-8):
        super().__init__(lr, beta1, beta2, eps)


class WrongDefaultEverywhere(InPlace):
    def __init__(self, lr=0.01, beta1=0.95, beta2=0.9, eps=1e-6):
        super().__init__(lr, beta1, beta2, eps)


class ByPosition(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, /):
        super().__init__(lr, beta1, beta2, eps)


class Betas(InPlace):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(lr, *betas, eps)


class NoSuper:
    m = v = t = 0

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        pass

    def step(self, theta, gradient):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


def a_function(theta, gradient, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    return theta - lr * gradient


@pytest.mark.parametrize(
    ("student", "failing", "diagnosis", "words"),
    [
        (OtherOrder, 1, "other-order", "order of the arguments is beta1, beta2, lr and eps"),
        (WrongDefaultEverywhere, 1, "other-default", "The default of lr is 0.01"),
        (ByPosition, 1, "constructor", "lr, beta1, beta2 and eps by position only"),
        (Betas, 3, "constructor", "does not know the arguments beta1 and beta2; it has betas"),
        (NoSuper, 1, "constructor", "inherits"),
        (a_function, 9, "constructor", "Hand over the class"),
    ],
)
def test_a_constructor_is_told_once(student, failing, diagnosis, words):
    report = check("adam", student)
    assert sum(not case.passed for case in report.cases) == failing
    assert report.diagnosis == diagnosis
    assert words in report.diagnosed.text
    assert not any("expected" in case.message for case in report.cases)


def test_a_wrong_step_is_told_before_the_order_of_the_arguments():
    class Both(OtherOrder):
        def weight(self):
            return 1 - self.beta1

    assert check("adam", Both).diagnosis == "weight-of-the-other-beta"


def test_damaged_positions_do_not_crash_the_verdict():
    exercise = find("adam")
    cases = exercise.cases(1)
    for positions in (None, 3, [[]], [{}], ["lr", "lr"], ["eps", None], {"lr": 1}):
        verdict(
            exercise,
            cases,
            probe(InPlace, [case.asked for case in cases], seconds=60) | {"positions": positions},
        ).html()


def test_a_callable_that_makes_a_right_optimiser_passes():
    assert check("rmsprop", partial(rmsprop.AnyArguments)).passed


# What is suggested where no mistake of the catalogue explains the evidence: it holds for all that was seen


def after(name, change):
    """A right optimiser whose update goes through `change` before it is taken."""

    class Changed(next(iter(styles(name).values()))):
        steps = 0

        def step(self, theta, gradient):
            self.steps += 1
            return theta + change(self, theta, gradient, super().step(theta, gradient) - theta)

    return Changed


class EndsItsCorrection(InPlace):
    def step(self, theta, gradient):
        right = super().step(theta, gradient) - theta
        return theta + right * (1 if self.t <= 3 else 1 - self.beta1**self.t * np.sign(gradient))


class KeepsAPlace(InPlace):
    def step(self, theta, gradient):
        moved = 0 if self.m is None else theta - self.arrived
        self.arrived = super().step(theta, gradient)
        return self.arrived + 0.1 * moved


class RemembersEight:
    """The mean of the last eight squares. Only where ε is all there is, it comes out right."""

    def __init__(self, lr=0.001, rho=0.9, eps=1e-8):
        self.lr, self.eps, self.squares = lr, eps, []

    def step(self, theta, gradient):
        self.squares = [*self.squares, gradient**2][-8:]
        return theta - self.lr * gradient / (np.sqrt(np.mean(self.squares, axis=0)) + self.eps)


@pytest.mark.parametrize(
    ("name", "student", "words"),
    [
        ("rmsprop", RemembersEight, "wrong from the first step on"),
        ("adagrad", after("adagrad", lambda o, t, g, d: d / (1 + 0.1 * o.steps)), "from step to step"),
        (
            "momentum",
            after("momentum", lambda o, t, g, d: d / (1 + 0.1 * (o.steps - 1))),
            "from step to step",
        ),
        ("rmsprop", after("rmsprop", lambda o, t, g, d: d * o.rho), "instances with other settings"),
        (
            "sgd",
            after("sgd", lambda o, t, g, d: d * np.minimum(1, 30 / np.abs(g).clip(0.1))),
            "gradients are large",
        ),
        (
            "adamw",
            after("adamw", lambda o, t, g, d: d * (1.1 if t.ndim == 1 else 1)),
            "Vectors come out wrong",
        ),
        (
            "adamw",
            after("adamw", lambda o, t, g, d: d * (1.1 if t.ndim > 1 else 1)),
            "Vectors come out right",
        ),
        ("adam", KeepsAPlace, "what the last step returned"),
        ("adam", EndsItsCorrection, "Step 4 of “six steps in a row” is the first that is wrong"),
    ],
)
def test_a_suggestion_is_true_of_all_that_was_seen(name, student, words):
    report = check(name, student)
    assert report.diagnosis is None
    assert words in report.diagnosed.text, report.diagnosed.text


@pytest.mark.parametrize("key", [lambda theta, gradient: id(theta), lambda theta, gradient: id(gradient)])
def test_state_under_the_id_of_an_array_is_told_as_that(key):
    class Momentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.state = lr, mu, {}

        def step(self, theta, gradient):
            v = self.mu * self.state.get(key(theta, gradient), 0.0) + gradient
            self.state[key(theta, gradient)] = v
            return theta - self.lr * v

    class Adam:
        def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
            self.lr, self.betas, self.eps, self.state, self.t = lr, (beta1, beta2), eps, {}, 0

        def step(self, theta, gradient):
            self.t += 1
            state = self.state.setdefault(key(theta, gradient), [np.zeros_like(theta), np.zeros_like(theta)])
            hats = []
            for i, (beta, new) in enumerate(zip(self.betas, (gradient, gradient**2), strict=True)):
                state[i] = beta * state[i] + (1 - beta) * new
                hats.append(state[i] / (1 - beta**self.t))
            return theta - self.lr * hats[0] / (np.sqrt(hats[1]) + self.eps)

    assert check("momentum", Momentum).diagnosis == "state-under-id"
    assert check("adam", Adam).diagnosis == "averages-under-id"
