"""Repairs of BrokenFold in other styles: all are right."""

import numpy as np

from course_lib.exercises.fold import styles as fold
from course_lib.exercises.repair_fold.broken import BrokenFold, outcome


def _proof():
    return {"gamma": 2.0, "beta": 1.0, "mean": 1.0, "var": 4.0, "x": 1.0}, 1.0


def _letter():
    return "E"


def mean_taken_into_the_biases():
    def MendedFold(W, b, gamma, beta, mean, var, eps):
        return BrokenFold(W, b - mean, gamma, beta, 0 * mean, var, eps)

    return _letter, MendedFold, _proof


def what_is_missing_added():
    def MendedFold(W, b, gamma, beta, mean, var, eps):
        W, b = BrokenFold(W, b, gamma, beta, mean, var, eps)
        return W, b + (1 - gamma) * mean / np.sqrt(var + eps)

    return "E", MendedFold, _proof


def contract():
    def MendedFold(W, b, gamma, beta, mean, var, eps):
        root = np.sqrt(var + eps)
        return gamma * W / root, gamma * (b - mean) / root + beta

    def proof():
        return {"gamma": 3, "beta": -1, "mean": 2, "var": 9, "x": 8}, 5

    return _letter, MendedFold, proof


def by_a_diagonal_matrix():
    return lambda: " e ", fold.by_a_diagonal_matrix, _proof


def by_its_own_program():
    def MendedFold(W, b, gamma, beta, mean, var, eps):
        scale = gamma / np.sqrt(var + eps)
        return W * scale, b * scale - mean * scale + beta

    def proof():
        given = {"gamma": -1.5, "beta": 0.25, "mean": 4.0, "var": 2.25, "x": -2.0}
        return given, outcome(MendedFold, **given)

    return _letter, MendedFold, proof


def by_einsum():
    return _letter, fold.by_einsum, _proof()


def unit_by_unit():
    return _letter, fold.unit_by_unit, lambda: list(_proof())


def by_trying_it_out():
    return _letter, fold.by_trying_it_out, _proof
