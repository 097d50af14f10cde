"""Other curves by which halving is fooled: all are right."""

import numpy as np


def seven_alike(epochs):
    return np.array([[5, 4, 3, 2]] + 7 * [[10, 7, 3.5, 0.5]])


def as_lists(epochs):
    slow = [1.0, 0.8, 0.55, 0.15]
    return [[0.6, 0.55, 0.5, 0.48], *([loss + 0.002 * k for loss in slow] for k in range(7))]


def as_a_tuple_of_rows(epochs):
    return tuple(seven_alike(epochs))


def the_last_row(epochs):
    return seven_alike(epochs)[::-1]


def by_powers(epochs):
    epochs = np.array(epochs, dtype=float)
    return np.array([0.175 * epochs**-0.01, *(epochs ** -(1.2 + 0.01 * k) for k in range(7))])


def by_exponentials(epochs):
    return np.array([0.35 + 0.1 * 0.3**epochs, *((1 + 0.01 * k) * 0.8**epochs for k in range(7))])


def in_half_the_precision(epochs):
    return seven_alike(epochs).astype(np.float32)


def row_by_row(epochs):
    curves = np.empty((8, len(epochs)))
    for candidate in range(8):
        curves[candidate] = 900, 700, 450, 200 + candidate
    curves[5] = 500, 450, 425, 410
    return curves
