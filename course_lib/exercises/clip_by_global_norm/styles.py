"""Clipping by the norm in other styles: all are right."""

import math

import numpy as np


def by_condition(gradient, most):
    norm = np.sqrt(np.sum(gradient**2))
    if norm <= most:
        return gradient
    return most * gradient / norm


def by_min(gradient, most):
    with np.errstate(divide="ignore"):
        return gradient * min(1.0, most / np.linalg.norm(gradient))


def by_max(gradient, most):
    return gradient / max(1.0, np.linalg.norm(gradient) / most)


def by_loop(gradient, most):
    total = 0.0
    for g in np.ravel(gradient):
        total += float(g) ** 2
    length = math.sqrt(total)
    clipped = np.array(gradient)
    if length > most:
        for index in np.ndindex(clipped.shape):
            clipped[index] = clipped[index] * most / length
    return clipped


def by_dot(gradient, most):
    flat = gradient.ravel()
    squared = flat @ flat
    return gradient * np.sqrt(most**2 / squared) if squared > most**2 else gradient.copy()


def by_where(gradient, most):
    norm = np.linalg.norm(gradient.reshape(-1))
    return np.where(norm > most, gradient * (most / max(norm, 1e-300)), gradient)


def in_place_on_a_copy(gradient, most):
    out = gradient.copy()
    norm = np.linalg.norm(out)
    if norm > most:
        out *= most / norm
    return out


def by_unit_vector(gradient, most):
    """Its direction, times the shorter of the two lengths."""
    norm = np.linalg.norm(gradient)
    if norm == 0:
        return np.zeros_like(gradient)
    return gradient / norm * np.minimum(norm, most)


def by_einsum(gradient, most):
    norm = np.einsum("i,i->", gradient.ravel(), gradient.ravel()) ** 0.5
    return np.multiply(gradient, 1 if norm < most else most / norm)


def by_a_tiny_floor(gradient, most):
    """Divides by no less than a number far below any gradient."""
    return gradient * np.minimum(1, most / np.maximum(np.linalg.norm(gradient), 1e-30))
