"""The gains of an activation, in other styles: all are right."""

import math
from statistics import fmean

import numpy as np


def by_central_differences(activation, z):
    step = 1e-5
    slope = (activation(z + step) - activation(z - step)) / (2 * step)
    share = (activation(z) ** 2).mean() / (z**2).mean()
    return share**-0.5, (slope**2).mean() ** -0.5


def by_one_sided_differences(activation, z):
    h = 1e-6
    out = activation(z)
    slope = (activation(z + h) - out) / h
    c = np.mean(out**2) / np.mean(z**2)
    return np.sqrt(1 / c), np.sqrt(1 / np.mean(slope**2))


def by_root_mean_squares(activation, z):
    def size(values):
        return np.sqrt(np.mean(np.square(values)))

    h = 1e-3
    return size(z) / size(activation(z)), 1 / size((activation(z + h / 2) - activation(z - h / 2)) / h)


def by_norms(activation, z):
    z = z.ravel()
    slope = (activation(z + 1e-4) - activation(z - 1e-4)) / 2e-4
    forward = np.linalg.norm(z) / np.linalg.norm(activation(z))
    return float(forward), float(np.sqrt(z.size) / np.linalg.norm(slope))


def number_by_number(activation, z):
    numbers, h = z.ravel().tolist(), 1e-5
    out = [float(activation(x)) for x in numbers]
    slopes = [float(activation(x + h) - activation(x - h)) / (2 * h) for x in numbers]
    c = fmean(y * y for y in out) / fmean(x * x for x in numbers)
    return 1 / math.sqrt(c), 1 / math.sqrt(fmean(s * s for s in slopes))


def as_a_list(activation, z):
    step = 1e-4
    slope = (activation(z + step) - activation(z - step)) / (2 * step)
    return [np.sqrt(np.sum(z**2) / np.sum(activation(z) ** 2)), np.sqrt(z.size / np.sum(slope**2))]


def as_an_array(activation, z):
    nudged = np.stack([z - 1e-4, z, z + 1e-4])
    below, out, above = activation(nudged)
    slope = (above - below) / 2e-4
    return np.array([np.mean(out**2) / np.mean(z**2), np.mean(slope**2)]) ** -0.5


def by_five_points(activation, z):
    h = 1e-3
    slope = (8 * (activation(z + h) - activation(z - h)) - activation(z + 2 * h) + activation(z - 2 * h)) / (
        12 * h
    )
    size = np.sqrt(np.mean(z**2))
    return size / np.sqrt(np.mean(activation(z) ** 2)), 1 / np.sqrt(np.mean(slope**2))


def by_a_helper(activation, z):
    def share(values, whole):
        return np.dot(values.ravel(), values.ravel()) / np.dot(whole.ravel(), whole.ravel())

    slope = (activation(z + 1e-5) - activation(z)) / 1e-5
    c, c_back = share(activation(z), z), share(slope, np.ones_like(z))
    return 1 / c**0.5, 1 / c_back**0.5


def with_a_relative_step(activation, z):
    h = 1e-4 * np.maximum(np.abs(z), 1)
    slope = (activation(z + h) - activation(z - h)) / (2 * h)
    return np.power(np.mean(activation(z) ** 2) / np.mean(z**2), -0.5), np.power(np.mean(slope**2), -0.5)
