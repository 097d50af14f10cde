"""Right answers in other styles."""

import math
from collections import namedtuple
from itertools import takewhile

import numpy as np


def by_geomspace(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta = theta - rate * gradient
    return rates[: len(losses)], np.array(losses)


def in_place_on_a_copy(loss_and_gradient, theta, low, high, steps):
    theta = theta.copy()
    rates, losses = [], []
    for rate in np.logspace(np.log10(low), np.log10(high), steps):
        loss, gradient = loss_and_gradient(theta)
        if math.isnan(loss) or math.isinf(loss):
            return np.array(rates), np.array(losses)
        rates.append(rate)
        losses.append(loss)
        theta -= rate * gradient
    return np.array(rates), np.array(losses)


def by_multiplying(loss_and_gradient, theta, low, high, steps):
    factor, rate, kept = (high / low) ** (1 / (steps - 1)), low, []
    while len(kept) < steps:
        loss, gradient = loss_and_gradient(theta)
        if not math.isfinite(loss):
            break
        kept.append((rate, loss))
        theta, rate = theta - rate * gradient, rate * factor
    return tuple(np.array(kept).T)


def by_exponents(loss_and_gradient, theta, low, high, steps):
    rates = np.exp(np.linspace(np.log(low), np.log(high), steps))
    losses = np.empty(steps)
    for i in range(steps):
        losses[i], gradient = loss_and_gradient(theta)
        if not np.isfinite(losses[i]):
            return rates[:i], losses[:i]
        theta = theta - gradient * rates[i]
    return rates, losses


def cut_at_the_end(loss_and_gradient, theta, low, high, steps):
    rates = low * (high / low) ** (np.arange(steps) / (steps - 1))
    losses = np.full(steps, np.nan)
    for i, rate in enumerate(rates):
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses[i] = loss
        theta = theta - rate * gradient
    return rates[np.isfinite(losses)], losses[np.isfinite(losses)]


def with_the_call_at_the_end(loss_and_gradient, theta, low, high, steps):
    rates, losses = np.geomspace(low, high, steps), []
    loss, gradient = loss_and_gradient(theta)
    for rate in rates:
        if not np.isfinite(loss):
            break
        losses.append(float(loss))
        theta = theta - rate * gradient
        loss, gradient = loss_and_gradient(theta)
    return [rates[: len(losses)], np.asarray(losses)]


def in_one_array(loss_and_gradient, theta, low, high, steps):
    return np.array(by_geomspace(loss_and_gradient, theta, low, high, steps))


def by_name(loss_and_gradient, theta, low, high, steps):
    result = by_geomspace(lambda at: loss_and_gradient(theta=at), theta, low, high, steps)
    return namedtuple("Result", "rates losses")(*result)


def by_generator(loss_and_gradient, theta, low, high, steps):
    def rounds(theta=theta):
        for rate in np.geomspace(low, high, steps):
            loss, gradient = loss_and_gradient(theta)
            yield rate, loss
            theta = theta - rate * gradient

    kept = list(takewhile(lambda pair: np.isfinite(pair[1]), rounds()))
    return np.array([rate for rate, _ in kept]), np.array([loss for _, loss in kept])


def step_by_entries(loss_and_gradient, theta, low, high, steps):
    rates, losses = [low * (high / low) ** (k / (steps - 1)) for k in range(steps)], []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if loss != loss or abs(loss) == math.inf:
            break
        losses.append(float(loss))
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            new[index] = theta[index] - rate * gradient[index]
        theta = new
    return np.array(rates[: len(losses)]), np.array(losses)


def in_half_the_precision(loss_and_gradient, theta, low, high, steps):
    return by_geomspace(loss_and_gradient, theta.astype(np.float32), low, high, steps)
