"""Learning-rate schedules: functions from the number of updates made so far, t = 0, 1, 2, …, to the rate."""

import math


def constant(lr):
    """The same rate at every update.

    η(t) = η₀
    """
    return lambda t: lr


def step_decay(lr, every, factor=0.1):
    """The rate is multiplied by ``factor`` after each ``every`` updates.

    η(t) = η₀ · factor^⌊t / every⌋
    """
    return lambda t: lr * factor ** (t // every)


def cosine(lr, steps, final=0.0):
    """Half a cosine from ``lr`` down to ``final`` within ``steps`` updates; ``final`` from there on.

    η(t) = η_T + ½ (η₀ − η_T) (1 + cos(π t / T))

    Source: Loshchilov & Hutter (2017), Equation 5, one cycle.
    """
    return lambda t: final + (lr - final) * (1 + math.cos(math.pi * min(t / steps, 1.0))) / 2


def warm_up(schedule, steps):
    """Grow linearly to ``schedule(0)`` within ``steps`` updates, then follow ``schedule`` from its beginning.

    η(t) = η₀ (t + 1) / steps   for t < steps

    Source: Goyal et al. (2017), Section 2.2.
    """
    return lambda t: schedule(0) * (t + 1) / steps if t < steps else schedule(t - steps)
