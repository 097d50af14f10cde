"""Units whose mean dropout shifts in other styles: all are right."""

import numpy as np


def lists(rate, factor):
    b = (factor - 1) / rate
    return [1, 1], [1 + b, -b]


def negative_input(rate, factor):
    b = (factor - 1) / rate
    return np.array([1 + b, -b]), np.ones(2)


def scaled(rate, factor):
    """All is multiplied by 3, which changes no ratio."""
    b = (factor - 1) / rate
    return [np.array([3.0, 1.0]), np.array([1 + b, -3 * b])]


def with_an_idle_input(rate, factor):
    b = (factor - 1) / rate
    return np.array([1.0, 0.0, 1.0]), np.array([1 + b, 5.0, -b])


def by_halving(rate, factor):
    """The negative weight is looked for, by the mean over the four masks."""
    keep = 1 - rate

    def ratio(b):
        both, first = max(1 / keep, 0.0), (1 + b) / keep
        return keep * keep * both + keep * rate * first

    low, high = 0.0, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) < factor else (low, middle)
    return np.ones(2), np.array([1 + low, -low])


def sum_of_two(rate, factor):
    b = (factor - 1) / rate
    return np.array([0.5, 2.0]), np.array([2 * (1 + b), -b / 2])


def the_other_order(rate, factor):
    b = (factor - 1) / rate
    return np.ones(2), np.array([-b, 1 + b])


def integers_where_they_do(rate, factor):
    if factor == 1:
        return np.array([1, 2, 3]), np.array([1, 1, 0])
    return np.ones(2, dtype=int), np.array([1 + (factor - 1) / rate, (1 - factor) / rate])


def small_numbers(rate, factor):
    b = (factor - 1) / rate
    return 1e-3 * np.ones(2), 1e-3 * np.array([1 + b, -b])
