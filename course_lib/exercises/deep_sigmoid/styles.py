"""Starts that carry differences and a gradient through 50 layers of sigmoid: all are right."""

import math

import numpy as np


def centred(fan_in, fan_out, rng):
    W = rng.normal(size=(fan_in, fan_out)) * 4.8 / np.sqrt(fan_in)
    W -= W.mean(axis=0, keepdims=True)
    return W


def from_uniform_numbers(fan_in, fan_out, rng):
    W = rng.random((fan_in, fan_out))
    return 5 * math.sqrt(12 / fan_in) * (W - W.mean(axis=0))


def centred_by_a_matrix(fan_in, fan_out, rng):
    centring = np.eye(fan_in) - np.ones((fan_in, fan_in)) / fan_in
    return centring @ rng.normal(0, 5 / np.sqrt(fan_in), (fan_in, fan_out))


def each_column_by_itself(fan_in, fan_out, rng):
    columns = []
    for _ in range(fan_out):
        w = rng.standard_normal(fan_in)
        columns.append(5 * (w - np.mean(w)) / math.sqrt(fan_in))
    return np.array(columns).T


def centred_and_orthogonal(fan_in, fan_out, rng):
    wide = max(fan_in, fan_out)
    q, _ = np.linalg.qr(rng.normal(size=(wide, wide)))
    W = 4.9 * q[:fan_in, :fan_out] * np.sqrt(wide / fan_in)
    return W - W.mean(axis=0)


def in_pairs(fan_in, fan_out, rng):
    half = rng.normal(0, 5 / np.sqrt(fan_in), (fan_in // 2, fan_out))
    middle = np.zeros((fan_in % 2, fan_out))
    return np.concatenate([half, middle, -half])[rng.permutation(fan_in)]


def signs_that_cancel(fan_in, fan_out, rng):
    signs = np.resize([1.0, -1.0], fan_in)
    signs[-1] *= fan_in % 2 == 0  # of an odd number, one is left out
    return np.stack([rng.permutation(signs) for _ in range(fan_out)], axis=1) * 5 / np.sqrt(fan_in)


def a_little_smaller(fan_in, fan_out, rng):
    W = rng.normal(0, np.sqrt(22 / fan_in), (fan_in, fan_out))
    return W - np.mean(W, axis=0)


def centred_by_the_last(fan_in, fan_out, rng):
    W = rng.normal(0, 5 / np.sqrt(fan_in), (fan_in, fan_out))
    for column in W.T:
        column -= column.sum() / fan_in
    return W
