"""Xavier's uniform initialiser in other styles: all are right."""

import math

import numpy as np


def by_a_call(fan_in, fan_out, rng):
    limit = math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(low=-limit, high=limit, size=(fan_in, fan_out))


def scaled(fan_in, fan_out, rng):
    W = 2 * rng.random((fan_in, fan_out)) - 1
    W *= (6 / (fan_in + fan_out)) ** 0.5
    return W


def in_loops(fan_in, fan_out, rng):
    a = np.sqrt(6 / (fan_in + fan_out))
    return np.array([[rng.uniform(-a, a) for _ in range(fan_out)] for _ in range(fan_in)])


def column_by_column(fan_in, fan_out, rng):
    W = np.empty((fan_in, fan_out))
    for j in range(fan_out):
        a = np.sqrt(6) / np.sqrt(fan_in + fan_out)
        W[:, j] = rng.uniform(-a, a, fan_in)
    return W


def entry_by_entry(fan_in, fan_out, rng):
    W = np.zeros((fan_in, fan_out))
    for index in np.ndindex(fan_in, fan_out):
        W[index] = rng.uniform(-1, 1)
    return W * np.sqrt(6.0 / (fan_in + fan_out))


def by_the_inverse(fan_in, fan_out, rng):
    u = rng.random(fan_in * fan_out)
    return ((2 * u - 1) * math.sqrt(6 / (fan_in + fan_out))).reshape(fan_in, fan_out)


def with_signs(fan_in, fan_out, rng):
    return (
        rng.choice([-1, 1], (fan_in, fan_out))
        * rng.random((fan_in, fan_out))
        * np.sqrt(6 / (fan_in + fan_out))
    )


def from_the_variance(fan_in, fan_out, rng):
    variance = 2 / (fan_in + fan_out)
    a = np.sqrt(3 * variance)
    return rng.uniform(-a, a, (fan_in, fan_out))


def transposed_twice(fan_in, fan_out, rng):
    a = np.sqrt(6 / (fan_in + fan_out))
    return np.ascontiguousarray(rng.uniform(-a, a, (fan_out, fan_in)).T)


def from_float32(fan_in, fan_out, rng):
    drawn = rng.random((fan_in, fan_out), dtype=np.float32)
    return (2 * drawn.astype(np.float64) - 1) * np.sqrt(6 / (fan_in + fan_out))


def from_an_iterator(fan_in, fan_out, rng):
    a, count = np.sqrt(6 / (fan_in + fan_out)), fan_in * fan_out
    return np.fromiter((rng.uniform(-a, a) for _ in range(count)), float).reshape(
        (fan_in, fan_out), order="F"
    )


def by_a_generator_of_its_own(fan_in, fan_out, rng):
    own = np.random.default_rng(rng.integers(2**63))
    a = np.sqrt(6 / (fan_in + fan_out))
    return own.uniform(-a, a, (fan_in, fan_out))


def by_a_child(fan_in, fan_out, rng):
    (child,) = rng.spawn(1)
    a = np.sqrt(6 / (fan_in + fan_out))
    return child.uniform(-a, a, (fan_in, fan_out))


def by_its_bit_generator(fan_in, fan_out, rng):
    a = np.sqrt(6 / (fan_in + fan_out))
    return np.random.Generator(rng.bit_generator).uniform(-a, a, (fan_in, fan_out))


def by_a_table(fan_in, fan_out, rng):
    draws = {"normal": rng.normal, "uniform": rng.uniform}
    a = np.sqrt(6 / (fan_in + fan_out))
    return draws["uniform"](low=-a, high=a, size=[fan_in, fan_out])


def shuffled(fan_in, fan_out, rng):
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.permuted(rng.uniform(-a, a, (fan_in, fan_out)))


class _KeepsSizes:
    """An object that is called; it keeps the size for fans that it has seen."""

    def __init__(self):
        self.sizes = {}

    def __call__(self, fan_in, fan_out, rng):
        a = self.sizes.setdefault((fan_in, fan_out), np.sqrt(6 / (fan_in + fan_out)))
        return np.array([rng.uniform(-a, a, fan_out) for _ in range(fan_in)])


an_object = _KeepsSizes()
