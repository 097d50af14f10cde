"""A warm-up and half a cosine in other styles: all are right."""

import math
from itertools import pairwise

import numpy as np


def by_math(t, lr, warm_up, steps, final=0):
    if t < warm_up:
        return lr * (t + 1) / warm_up
    if t >= steps:
        return final
    angle = math.pi * (t - warm_up) / (steps - warm_up)
    return final + 0.5 * (lr - final) * (1 + math.cos(angle))


def by_numpy(t, lr, warm_up, steps, final=0):
    """Whole arrays of t could be given."""
    t = np.asarray(t)
    done = np.clip((t - warm_up) / (steps - warm_up), 0, 1)
    cosine = final + (lr - final) / 2 * (1 + np.cos(np.pi * done))
    return np.where(t < warm_up, lr * (t + 1) / max(warm_up, 1), cosine)


def by_half_angle(t, lr, warm_up, steps, final=0):
    if t + 1 <= warm_up:
        return (t + 1) / warm_up * lr
    t = min(t, steps)
    return final + (lr - final) * math.cos(math.pi / 2 * (t - warm_up) / (steps - warm_up)) ** 2


def by_sine(t, lr, warm_up, steps, final=0):
    """From lr down by the square of a sine."""
    if t < warm_up:
        return lr - lr * (warm_up - t - 1) / warm_up
    quarter = math.pi / 2 * min(1, (t - warm_up) / (steps - warm_up))
    return lr - (lr - final) * math.sin(quarter) ** 2


def by_mixing(t, lr, warm_up, steps, final=0):
    share = (1 + math.cos(math.pi * max(0, min(t, steps) - warm_up) / (steps - warm_up))) / 2
    rate = share * lr + (1 - share) * final
    return rate * min(1.0, (t + 1) / warm_up) if warm_up else rate


def by_two_functions(t, lr, warm_up, steps, final=0):
    def grow(update):
        return lr * (update + 1) / warm_up

    def fall(update):
        left = steps - warm_up
        return final + (lr - final) * (1 + np.cos(np.pi * min(update, left) / left)) / 2

    return grow(t) if t < warm_up else fall(t - warm_up)


def by_table(t, lr, warm_up, steps, final=0):
    """All rates of the run, from which one is taken."""
    rising = [lr * (i + 1) / warm_up for i in range(warm_up)]
    falling = final + (lr - final) * (1 + np.cos(np.linspace(0, np.pi, steps - warm_up + 1))) / 2
    return [*rising, *falling][min(t, steps)]


def by_recursion(t, lr, warm_up, steps, final=0):
    if t > steps:
        return by_recursion(steps, lr, warm_up, steps, final)
    if t < warm_up:
        return lr / warm_up + (by_recursion(t - 1, lr, warm_up, steps, final) if t else 0.0)
    return final + (lr - final) * (1 + np.cos((t - warm_up) * np.pi / (steps - warm_up))) / 2


def by_interpolation(t, lr, warm_up, steps, final=0):
    """The warm-up between its ends; the angle, too."""
    knots = [warm_up, steps]
    assert all(a < b for a, b in pairwise(knots))
    angle = np.interp(t, knots, [0.0, np.pi])
    if t < warm_up:
        return np.interp(t + 1, [0, warm_up], [0.0, lr])
    return np.float64(final + (lr - final) * (np.cos(angle) + 1) / 2)
