"""Traps for Adam in other styles: all are right."""

import math

import numpy as np


def by_the_memory(beta1, beta2):
    n = math.ceil(15 / (1 - beta2))
    return [n] + [-1] * (n - 1)


def the_other_way(beta1, beta2):
    """The mirror image: the best point is +1."""
    n = round(20 / (1 - beta2))
    return [-float(n)] + [1.0] * (n - 1)


def as_array(beta1, beta2):
    slopes = -np.ones(int(25 / (1 - beta2)))
    slopes[-1] = slopes.size
    return slopes


def as_tuple(beta1, beta2):
    n = int(20 / (1 - beta2)) + 1
    return (*(-0.01,) * (n - 1), 0.01 * n)


def twice_as_large(beta1, beta2):
    n = math.ceil(20 / (1 - beta2))
    return [2.0 * n] + [-1.0] * (n - 1)


def by_what_is_left(beta1, beta2):
    """So many steps that of the large square less than a small one is left."""
    n = 5
    while n * n * beta2 ** (n / 2) > 1 or n < 10:
        n += 1
    return [n + 1] + [-1] * n


def as_long_as_allowed(beta1, beta2):
    return [2000.0] + [-1.0] * 1999


def of_several_sizes(beta1, beta2):
    n = math.ceil(22 / (1 - beta2))
    small = -np.linspace(0.9, 1.1, n)
    return [n * 1.05, *small.tolist()]
