"""Starts that carry a signal and its gradient through 50 layers of tanh: all are right."""

import math

import numpy as np


def a_little_more_than_lecun(fan_in, fan_out, rng):
    return rng.normal(0.0, 1.15 / np.sqrt(fan_in), (fan_in, fan_out))


def uniform(fan_in, fan_out, rng):
    a = math.sqrt(3 * 1.4 / fan_in)
    return rng.uniform(-a, a, (fan_in, fan_out))


def a_little_more_than_xavier(fan_in, fan_out, rng):
    return 1.2 * rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


def by_the_fan_out(fan_in, fan_out, rng):
    return rng.standard_normal((fan_in, fan_out)) * 1.2 / np.sqrt(fan_out)


def orthogonal(fan_in, fan_out, rng):
    wide = max(fan_in, fan_out)
    q, _ = np.linalg.qr(rng.normal(size=(wide, wide)))
    return 1.15 * q[:fan_in, :fan_out] * np.sqrt(wide / fan_in)


def signs(fan_in, fan_out, rng):
    return rng.choice([-1.2, 1.2], (fan_in, fan_out)) / fan_in**0.5


def sparse(fan_in, fan_out, rng):
    W = rng.normal(size=(fan_in, fan_out)) * (rng.random((fan_in, fan_out)) < 0.5)
    return 1.2 * W * np.sqrt(2 / fan_in)


def between_two_gains(fan_in, fan_out, rng):
    return rng.normal(0.0, np.sqrt(1.0 * 1.5) / np.sqrt(fan_in), (fan_in, fan_out))


def column_by_column(fan_in, fan_out, rng):
    return np.stack([rng.normal(0, 1.2 / math.sqrt(fan_in), fan_in) for _ in range(fan_out)], axis=1)


def standardised(fan_in, fan_out, rng):
    W = rng.normal(size=(fan_in, fan_out))
    return 1.18 * W / np.sqrt(np.mean(W**2)) / np.sqrt(fan_in)
