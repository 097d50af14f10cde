"""Xavier's normal initialiser in other styles: all are right."""

import math
from statistics import NormalDist

import numpy as np


def by_a_call(fan_in, fan_out, rng):
    return rng.normal(loc=0.0, scale=math.sqrt(2 / (fan_in + fan_out)), size=(fan_in, fan_out))


def scaled(fan_in, fan_out, rng):
    W = rng.standard_normal((fan_in, fan_out))
    W *= (2 / (fan_in + fan_out)) ** 0.5
    return W


def in_loops(fan_in, fan_out, rng):
    std = np.sqrt(2 / (fan_in + fan_out))
    return np.array([[rng.normal(0, std) for _ in range(fan_out)] for _ in range(fan_in)])


def column_by_column(fan_in, fan_out, rng):
    W = np.empty((fan_in, fan_out))
    for j in range(fan_out):
        W[:, j] = rng.normal(0, np.sqrt(2) / np.sqrt(fan_in + fan_out), fan_in)
    return W


def entry_by_entry(fan_in, fan_out, rng):
    W = np.zeros((fan_in, fan_out))
    for index in np.ndindex(fan_in, fan_out):
        W[index] = rng.standard_normal()
    return W * np.sqrt(2.0 / (fan_in + fan_out))


def by_the_inverse(fan_in, fan_out, rng):
    normal = NormalDist(sigma=math.sqrt(2 / (fan_in + fan_out)))
    drawn = [normal.inv_cdf(max(p, 1e-300)) for p in rng.random(fan_in * fan_out)]
    return np.array(drawn).reshape(fan_in, fan_out)


def in_polar_coordinates(fan_in, fan_out, rng):
    radius = np.sqrt(-2 * np.log1p(-rng.random((fan_in, fan_out))))
    W = radius * np.cos(2 * np.pi * rng.random((fan_in, fan_out)))
    return np.sqrt(2 / (fan_in + fan_out)) * W


def transposed_twice(fan_in, fan_out, rng):
    variance = 2 / (fan_in + fan_out)
    return np.ascontiguousarray(rng.normal(scale=np.sqrt(variance), size=(fan_out, fan_in)).T)


def from_float32(fan_in, fan_out, rng):
    drawn = rng.standard_normal((fan_in, fan_out), dtype=np.float32)
    return drawn.astype(np.float64) * np.sqrt(2 / (fan_in + fan_out))


def from_an_iterator(fan_in, fan_out, rng):
    std, count = np.sqrt(2 / (fan_in + fan_out)), fan_in * fan_out
    return np.fromiter((rng.normal(0, std) for _ in range(count)), float).reshape(
        (fan_in, fan_out), order="F"
    )


def by_a_generator_of_its_own(fan_in, fan_out, rng):
    own = np.random.default_rng(rng.integers(2**63))
    return own.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def by_a_child(fan_in, fan_out, rng):
    (child,) = rng.spawn(1)
    return child.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def by_its_bit_generator(fan_in, fan_out, rng):
    return np.random.Generator(rng.bit_generator).normal(
        0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out)
    )


def by_a_table(fan_in, fan_out, rng):
    draws = {"normal": rng.normal, "uniform": rng.uniform}
    return draws["normal"](0, np.sqrt(2 / (fan_in + fan_out)), [fan_in, fan_out])


def shuffled(fan_in, fan_out, rng):
    return rng.permuted(rng.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out)))


class _KeepsSizes:
    """An object that is called; it keeps the size for fans that it has seen."""

    def __init__(self):
        self.sizes = {}

    def __call__(self, fan_in, fan_out, rng):
        std = self.sizes.setdefault((fan_in, fan_out), np.sqrt(2 / (fan_in + fan_out)))
        return np.array([rng.normal(0, std, fan_out) for _ in range(fan_in)])


an_object = _KeepsSizes()
