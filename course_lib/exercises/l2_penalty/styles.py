"""The L2 penalty in other styles: all are right."""

import copy
from functools import reduce

import numpy as np


def by_sum(weights, lam):
    return lam / 2 * sum(np.sum(W**2) for W in weights), [lam * W for W in weights]


def by_loop(weights, lam):
    penalty, gradients = 0.0, []
    for W in weights:
        penalty += 0.5 * lam * np.square(W).sum()
        gradients.append(lam * W)
    return penalty, gradients


def by_norm(weights, lam):
    return 0.5 * lam * sum(np.linalg.norm(W) ** 2 for W in weights), [np.multiply(lam, W) for W in weights]


def by_dot(weights, lam):
    flat = np.concatenate([W.ravel() for W in weights])
    return float(lam * flat @ flat / 2), tuple(lam * W for W in weights)


def by_einsum(weights, lam):
    squares = [np.einsum("i,i", W.ravel(), W.ravel()) for W in weights]
    return np.array(lam / 2 * sum(squares)), list(map(lambda W: W * lam, weights))  # noqa: C417


def by_plain_python(weights, lam):
    total = 0.0
    for W in weights:
        for w in W.flat:
            total += float(w) ** 2
    return lam * total / 2, [W.copy() * lam for W in weights]


def as_a_list(weights, lam):
    return [
        reduce(lambda total, W: total + lam / 2 * np.vdot(W, W), weights, 0.0),
        [lam * W for W in weights],
    ]


def in_float32(weights, lam):
    """Right to within its rounding."""
    narrow = [W.astype(np.float32) for W in weights]
    squares = sum(float((W.astype(float) ** 2).sum()) for W in narrow)
    return np.float32(lam / 2 * squares), [np.float32(lam) * W for W in narrow]


def in_place_on_copies(weights, lam):
    gradients = copy.deepcopy(weights)
    penalty = 0.0
    for G in gradients:
        penalty += (G * G).sum()
        G *= lam
    return penalty * lam * 0.5, gradients
