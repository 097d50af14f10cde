"""Right answers in other styles."""

import heapq
import math
from collections import OrderedDict, namedtuple

import numpy as np

_Trial = namedtuple("_Trial", "params value")


def _trials(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = {name: draw(rng) for name, draw in space.items()}
        history.append((params, objective(params)))
    return history


def by_loop(objective, space, trials, rng):
    best, least, history = None, math.inf, []
    for _ in range(trials):
        params = {}
        for name in space:
            params[name] = space[name](rng)
        value = objective(params)
        history.append((params, value))
        if best is None or value < least or math.isnan(least):
            best, least = params, value
    return best, history


def by_min(objective, space, trials, rng):
    drawn = [{name: draw(rng) for name, draw in space.items()} for _ in range(trials)]
    history = [(params, objective(params)) for params in drawn]
    return min(history, key=lambda pair: (np.isnan(pair[1]), pair[1]))[0], history


def by_nanargmin(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = dict(zip(space, [draw(rng) for draw in space.values()], strict=True))
        history.append([params, objective(params)])
    values = np.array([value for _, value in history])
    best = 0 if np.isnan(values).all() else int(np.nanargmin(values))
    return [history[best][0], history]


def by_sorting(objective, space, trials, rng):
    history = _trials(objective, space, trials, rng)
    return sorted(history, key=lambda pair: math.inf if pair[1] != pair[1] else pair[1])[0][0], history


def with_a_copy(objective, space, trials, rng):
    history = tuple(
        (dict(params), np.float64(value)) for params, value in _trials(objective, space, trials, rng)
    )
    numbers = [pair for pair in history if not np.isnan(pair[1])]
    return dict(min(numbers or history, key=lambda pair: pair[1])[0]), history


def by_recursion(objective, space, trials, rng):
    if trials == 0:
        return None, []
    params = {name: draw(rng) for name, draw in space.items()}
    first = (params, objective(params))
    _, rest = by_recursion(objective, space, trials - 1, rng)
    history = [first, *rest]
    return min(history, key=lambda pair: np.nan_to_num(pair[1], nan=np.inf))[0], history


def by_named_tuples(objective, space, trials, rng):
    history = [_Trial(*trial) for trial in _trials(objective, space, trials, rng)]
    return min(history, key=lambda trial: (trial.value != trial.value, trial.value)).params, history


def by_ordered_dicts(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = OrderedDict((name, draw(rng)) for name, draw in space.items())
        history.append((params, np.array(objective(params=params.copy()))))
    return history[int(np.argsort([value for _, value in history], kind="stable")[0])][0], history


def by_a_heap(objective, space, trials, rng):
    history = _trials(objective, space, trials, rng)
    heap = [(math.inf if value != value else value, number) for number, (_, value) in enumerate(history)]
    heapq.heapify(heap)
    return history[heap[0][1]][0], [[params, np.float32(value)] for params, value in history]


def with_none_until_a_number_comes(objective, space, trials, rng):
    best, least, history = {}, np.inf, []
    while len(history) < trials:
        history += [(params := {name: space[name](rng) for name in space}, value := objective(params))]
        if value < least:
            best, least = {**params}, value
    return best, history
