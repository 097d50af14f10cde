"""Tuning: the search for hyperparameters, and what loss curves tell about them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from course_lib.optimizers import SGD


def log_uniform(low, high, rng, size=None):
    """Draw numbers between low and high whose logarithm is uniform: from 0.01 to 0.1 as many as to 1.

    Returns: a float, or an array of shape ``size``.
    Raises: ValueError unless 0 < low ≤ high.
    Source: Bergstra & Bengio (2012), Section 2.4 ("drawn exponentially").
    """
    if not 0 < low <= high:
        raise ValueError(f"log_uniform: needs 0 < low <= high, got low = {low}, high = {high}")
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def random_search(
    objective: Callable[[dict[str, Any]], float],
    space: Mapping[str, Callable[[np.random.Generator], Any]],
    trials: int,
    rng: np.random.Generator,
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], float]]]:
    """Draw each hyperparameter on its own, try the lot, keep the best.

    Args:
        objective: a function params → value, lower is better; params is a dict name → value.
        space: name → sampler, a function rng → value.
        trials: how many params to draw.

    Returns: the params of the lowest value, of several the first (NaN, a run that diverged, is never better
    than a number), and the history: a list of (params, value) in the order of the trials.
    Raises: ValueError when trials < 1.
    Source: Bergstra & Bengio (2012).
    """
    if trials < 1:
        raise ValueError(f"random_search: trials counts evaluations, at least 1; got {trials}")
    drawn = ({name: sample(rng) for name, sample in space.items()} for _ in range(trials))
    return _best_of(objective, drawn)


def grid_search(
    objective: Callable[[dict[str, Any]], float], space: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], float]]]:
    """Try every combination of the given values (space: name → values). Returns as ``random_search``."""
    combinations = (dict(zip(space, values, strict=True)) for values in product(*space.values()))
    return _best_of(objective, combinations)


def _best_of(objective, candidates):
    history = []
    for params in candidates:
        history.append((params, objective(dict(params))))  # a copy: what is remembered is what was drawn
    # NaN compares as worse than all: a run that diverged must not win.
    best, _ = min(history, key=lambda trial: math.inf if math.isnan(trial[1]) else trial[1])
    return dict(best), history


def successive_halving(
    objective: Callable[[Any, int], float], candidates: Sequence[Any], budget: int, factor: int = 2
) -> Iterator[tuple[int, list[tuple[Any, float]]]]:
    """Give every candidate a small budget, keep the best 1/factor of them, give those factor times more, …

    Args:
        objective: a function (candidate, budget) → value, lower is better.
        candidates: what to choose from; budget: what each gets in the first round.

    Yields: per round the budget and the list of (candidate, value), best first, until one is left.
    Source: Jamieson & Talwalkar (2016), Section 3.
    """
    left = list(candidates)
    while left:
        values = [(candidate, objective(candidate, budget)) for candidate in left]
        ranked = sorted(values, key=lambda pair: math.inf if math.isnan(pair[1]) else pair[1])
        yield budget, ranked
        left = [candidate for candidate, _ in ranked[: len(ranked) // factor]]
        budget *= factor


@np.errstate(over="ignore", invalid="ignore")
def learning_rate_range_test(loss_and_gradient, theta, low, high, steps) -> tuple[np.ndarray, np.ndarray]:
    """Raise the learning rate from low to high while descending, and watch where the loss falls fastest.

    The rates are a geometric sequence of ``steps`` values, both ends included. For each rate: measure the
    loss at θ, then make one SGD step with it. ``loss_and_gradient`` may draw a new mini-batch at each call.

    Returns: rates and losses, both of shape (n,), n ≤ steps; losses[i] was measured before the step with
    rates[i]. Both end before the first loss that is not finite. θ stays as it was.
    Source: Smith (2017), Section 3.3; geometric rates in place of linear ones.
    """
    rates = np.geomspace(low, high, steps)
    losses = []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses.append(float(loss))
        theta = SGD(rate).step(theta, gradient)
    return rates[: len(losses)], np.array(losses)


CAUSES = (
    "good",
    "rate too low",
    "rate too high",
    "diverged",
    "overfitting",
    "underfitting",
    "plateau",
    "noisy",
)


def diagnose(train_loss, val_loss) -> str:
    """Name the cause of two loss curves, one of CAUSES.

    Both arrays, of shape (epochs + 1,), begin before the first update. Losses are measured in units of the
    first training loss, so the rules hold for any loss and any number of classes.
    """
    train, val = np.asarray(train_loss) / train_loss[0], np.asarray(val_loss) / train_loss[0]
    if not np.all(np.isfinite([train, val])) or train[-1] > 3:
        return "diverged"
    last_third = len(train) - len(train) // 3
    level = train[last_third:].mean()
    jumps = np.abs(np.diff(train[last_third:], 2)).mean()  # of a straight or gently bent curve: almost 0
    if level > 0.8:
        return "rate too high" if jumps > 0.005 else "rate too low"
    if train[4] > 0.8 and level < 0.3:
        return "plateau"
    if (val - train)[last_third:].mean() > 0.07:
        return "overfitting"
    if jumps > 0.035:
        return "noisy"
    if level < 0.12:
        return "good"
    fall_in_last_third = train[last_third] - train[-1]
    return "rate too low" if fall_in_last_third > 0.11 * (1 - train[-1]) else "underfitting"
