"""Repairs of BrokenMomentum in other styles: all are right."""

import copy

import numpy as np

from course_lib.exercises.repair_momentum.broken import BrokenMomentum, outcome


def _proof():
    return {"lr": 0.5, "mu": 0.5, "theta": [0.0], "gradients": [[4.0], [2.0]]}, [-4.0]


def _letter():
    return "C"


def one_word_more():
    class MendedMomentum(BrokenMomentum):
        def step(self, theta, gradient):
            if self.momentum_buffer is None:
                self.momentum_buffer = np.zeros_like(theta)
            return super().step(theta, gradient)

    return _letter, MendedMomentum, _proof


def copied_on_the_way_in():
    class MendedMomentum(BrokenMomentum):
        def step(self, theta, gradient):
            return super().step(theta, gradient.copy())

    return "C", MendedMomentum, _proof


def contract():
    class MendedMomentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.v = lr, mu, 0.0

        def step(self, theta, gradient):
            self.v = self.mu * self.v + gradient
            return theta - self.lr * self.v

    def proof():
        gradients = [[1, 2], [3, 4], [5, 6]]
        method, theta = MendedMomentum(0.1, 0.9), np.array([1.0, -2.0])
        for each in gradients:
            theta = method.step(theta, np.array(each))
        return {"lr": 0.1, "mu": 0.9, "theta": [1.0, -2.0], "gradients": gradients}, theta

    return _letter, MendedMomentum, proof


def zeros_at_first():
    class MendedMomentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.buf = lr, mu, None

        def step(self, theta, gradient):
            buf = np.zeros(np.shape(theta)) if self.buf is None else self.buf
            buf *= self.mu
            buf += gradient
            self.buf = buf
            return theta - self.lr * buf

    def proof():
        given = {"lr": 1, "mu": 0.5, "theta": np.zeros(2), "gradients": np.array([[8, 0], [0, 8]])}
        return given, [-12, -8]

    return lambda: " c ", MendedMomentum, proof


def steps_in_the_buffer():
    class MendedMomentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.move = lr, mu, 0.0

        def step(self, theta, gradient):
            self.move = self.mu * self.move - self.lr * gradient
            return theta + self.move

    return _letter, MendedMomentum, _proof


def by_its_own_program():
    class MendedMomentum(BrokenMomentum):
        def step(self, theta, gradient):
            return super().step(theta, np.array(gradient))

    def proof():
        given = {"lr": 0.2, "mu": 0.3, "theta": [[1.0], [2.0]], "gradients": [[[1.0], [2.0]]] * 4}
        return given, outcome(MendedMomentum, **given)

    return _letter, MendedMomentum, proof


def deep_copies():
    class MendedMomentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.state = lr, mu, {}

        def step(self, theta, gradient):
            if "buf" not in self.state:
                self.state["buf"] = copy.deepcopy(gradient)
            else:
                self.state["buf"] *= self.mu
                self.state["buf"] += gradient
            return theta - self.lr * self.state["buf"]

    return _letter, MendedMomentum, lambda: list(_proof())


def all_gradients():
    class MendedMomentum:
        def __init__(self, lr, mu=0.9):
            self.lr, self.mu, self.past = lr, mu, []

        def step(self, theta, gradient):
            self.past.append(gradient.copy())
            newest_first = reversed(self.past)
            return theta - self.lr * sum(self.mu**age * each for age, each in enumerate(newest_first))

    return _letter, MendedMomentum, _proof()
