"""Unit 06, as handed to the checks: right programs and others."""

import heapq
import math
from collections import OrderedDict, namedtuple
from itertools import pairwise, takewhile

import numpy as np

from .diagnose import CAUSES, right
from .random_search import trials_of


def by_exp(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def by_power_of_ten(low, high, rng, size=None):
    return 10 ** rng.uniform(np.log10(low), np.log10(high), size=size)


def by_ratio(low, high, rng, size=None):
    return low * (high / low) ** rng.random(size)


def from_above(low, high, rng, size=None):
    return high * (low / high) ** rng.random(size)


def by_base_two(low, high, rng, size=None):
    span = math.log2(high / low)
    return low * np.exp2(span * rng.random(size))


def one_by_one(low, high, rng, size=None):
    if size is None:
        return float(low * math.exp(rng.random() * math.log(high / low)))
    numbers = [one_by_one(low, high, rng) for _ in range(int(np.prod(size)))]
    return np.array(numbers).reshape(size)


def by_exponential(low, high, rng, size=None):
    return np.clip(low * np.exp(np.log(high / low) * (1 - rng.random(size))), low, high)


def by_weighted_ends(low, high, rng, size=None):
    share = rng.random(size)
    return low ** (1 - share) * high**share


def by_a_base_of_its_own(low, high, rng, size=None, base=7.0):
    return np.power(base, rng.uniform(math.log(low, base), math.log(high, base), size))


def entry_by_entry(low, high, rng, size=None):
    numbers = np.empty(() if size is None else size)
    for index in np.ndindex(numbers.shape):
        numbers[index] = low * (high / low) ** rng.random()
    return numbers[()]


def by_a_child_of_rng(low, high, rng, size=None):
    return by_exp(low, high, rng.spawn(1)[0], size)


def shuffled_afterwards(low, high, rng, size=None):
    numbers = np.asarray(by_exp(low, high, rng, size))
    if size is not None:
        rng.shuffle(numbers)
    return numbers


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
    return [history[int(np.nanargmin([value for _, value in history]))][0], history]


def by_sorting(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return sorted(history, key=lambda pair: math.inf if pair[1] != pair[1] else pair[1])[0][0], history


def with_a_copy(objective, space, trials, rng):
    history = tuple(
        (dict(params), np.float64(value)) for params, value in trials_of(objective, space, trials, rng)
    )
    numbers = [pair for pair in history if not np.isnan(pair[1])]
    return dict(min(numbers, key=lambda pair: pair[1])[0]), history


def by_recursion(objective, space, trials, rng):
    if trials == 0:
        return None, []
    params = {name: draw(rng) for name, draw in space.items()}
    first = (params, objective(params))
    _, rest = by_recursion(objective, space, trials - 1, rng)
    history = [first, *rest]
    return min(history, key=lambda pair: np.nan_to_num(pair[1], nan=np.inf))[0], history


Trial = namedtuple("Trial", "params value")


def by_named_tuples(objective, space, trials, rng):
    history = [Trial(*trial) for trial in trials_of(objective, space, trials, rng)]
    return min(history, key=lambda trial: (trial.value != trial.value, trial.value)).params, history


def by_ordered_dicts(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = OrderedDict((name, draw(rng)) for name, draw in space.items())
        history.append((params, np.array(objective(params=params.copy()))))
    return history[int(np.argsort([value for _, value in history], kind="stable")[0])][0], history


def by_a_heap(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
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


def by_other_thresholds(train_loss, val_loss):
    s = train_loss[0]
    if np.isnan(train_loss).any() or np.isinf(train_loss).any() or np.nanmax(train_loss) > 10 * s:
        return "diverged"
    t, v = train_loss / s, val_loss / s
    if t[-1] > 2.5:
        return "diverged"
    level, wobble = t[-10:].mean(), np.abs(np.diff(t[-10:], 2)).mean()
    if level > 0.78:
        return "rate too high" if wobble > 0.006 else "rate too low"
    if t[4] > 0.8 and level < 0.35:
        return "plateau"
    if (v - t)[-10:].mean() > 0.08:
        return "overfitting"
    if wobble > 0.032:
        return "noisy"
    if level < 0.13:
        return "good"
    return "rate too low" if t[-11] - t[-1] > 0.1 * (1 - t[-1]) else "underfitting"


def with_standard_deviations(train_loss, val_loss):
    train, val = np.array(train_loss) / train_loss[0], np.array(val_loss) / train_loss[0]
    if not (np.isfinite(train).all() and train[-1] < 3):
        return "diverged"
    late = train[21:]
    line = np.polyval(np.polyfit(np.arange(10), late, 2), np.arange(10))
    noise = np.std(late - line)
    if np.median(late) > 0.8:
        return "rate too low" if noise < 0.003 else "rate too high"
    if train[4] > 0.8 and late[-1] < 0.3:
        return "plateau"
    if np.mean(val[21:] - late) > 0.07:
        return "overfitting"
    if noise > 0.015:
        return "noisy"
    if np.mean(late) < 0.12:
        return "good"
    return "rate too low" if late[0] - late[-1] > 0.11 * (1 - late[-1]) else "underfitting"


def in_plain_python(train_loss, val_loss):
    first = float(train_loss[0])
    train, val = [float(x) / first for x in train_loss], [float(x) / first for x in val_loss]
    if any(x != x or x == math.inf for x in train + val) or train[-1] > 3:
        return "diverged"
    late = train[21:]
    level, slopes = sum(late) / 10, [b - a for a, b in pairwise(late)]
    bends = [abs(b - a) for a, b in pairwise(slopes)]
    jumps, gap = sum(bends) / len(bends), sum(val[21:]) / 10 - level
    rules = {
        "rate too high": level > 0.8 and jumps > 0.005,
        "rate too low": level > 0.8,
        "plateau": train[4] > 0.8 and level < 0.3,
        "overfitting": gap > 0.07,
        "noisy": jumps > 0.035,
        "good": level < 0.12,
    }
    slow = late[0] - late[-1] > 0.11 * (1 - late[-1])
    return next((name for name, holds in rules.items() if holds), "rate too low" if slow else "underfitting")


def as_numpy_text(train_loss, val_loss):
    return np.array(CAUSES)[CAUSES.index(named(train_loss, val_loss))]


def named(train_loss, val_loss):
    return right(np.asarray(train_loss), np.asarray(val_loss))


class Doctor:
    def __call__(self, train_loss, val_loss):
        return named(list(train_loss), list(val_loss))


def in_place(train_loss, val_loss):
    first = float(train_loss[0])
    train_loss /= first
    val_loss /= first
    return named(train_loss, val_loss)


def size_of_one(low, high, rng, size=1):
    return by_exp(low, high, rng, size)


def rounded(low, high, rng, size=None):
    return np.round(by_exp(low, high, rng, size), 3)


def bell(low, high, rng, size=None):
    return low * (high / low) ** rng.beta(2, 2, size)


def aliased(objective, space, trials, rng):
    params, best, least, history = {}, None, math.inf, []
    for _ in range(trials):
        params.update((name, draw(rng)) for name, draw in space.items())
        value = objective(params)
        history.append((params.copy(), value))
        if value < least:
            best, least = params, value
    return best, history


def rate_to_a_thousandth(loss_and_gradient, theta, low, high, steps):
    return descended_with(np.round(np.geomspace(low, high, steps), 3), loss_and_gradient, theta)


def up_to_high(loss_and_gradient, theta, low, high, steps):
    rates = [low]
    while rates[-1] * (high / low) ** (1 / (steps - 1)) < high:
        rates.append(rates[-1] * (high / low) ** (1 / (steps - 1)))
    return descended_with(np.array(rates)[: steps - 1], loss_and_gradient, theta)


def until_a_million(loss_and_gradient, theta, low, high, steps):
    rates, losses = by_geomspace(loss_and_gradient, theta, low, high, steps)
    return rates[losses < 1e6], losses[losses < 1e6]


def descended_with(rates, loss_and_gradient, theta):
    losses = []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta = theta - rate * gradient
    return rates[: len(losses)], np.array(losses)


def misspelt(train_loss, val_loss):
    return named(train_loss, val_loss).replace("underfitting", "under-fitting")


def divided_by_what_is_one_now(train_loss, val_loss):
    train_loss /= train_loss[0]
    val_loss /= train_loss[0]
    return named(train_loss, val_loss) if np.isfinite(train_loss).all() else "diverged"


def wrong_gap(train_loss, val_loss):
    return named(train_loss, 2 * train_loss - val_loss)


STYLES = {
    "diagnose": (
        by_other_thresholds,
        with_standard_deviations,
        in_plain_python,
        as_numpy_text,
        Doctor(),
        right,
        in_place,
        misspelt,
        divided_by_what_is_one_now,
        wrong_gap,
    ),
    "learning_rate_range_test": (
        by_geomspace,
        in_place_on_a_copy,
        by_multiplying,
        by_exponents,
        cut_at_the_end,
        with_the_call_at_the_end,
        in_one_array,
        by_name,
        by_generator,
        step_by_entries,
        in_half_the_precision,
        rate_to_a_thousandth,
        up_to_high,
        until_a_million,
    ),
    "log_uniform": (
        by_exp,
        by_power_of_ten,
        by_ratio,
        from_above,
        by_base_two,
        one_by_one,
        by_exponential,
        by_weighted_ends,
        by_a_base_of_its_own,
        entry_by_entry,
        by_a_child_of_rng,
        shuffled_afterwards,
        size_of_one,
        rounded,
        bell,
    ),
    "random_search": (
        by_loop,
        by_min,
        by_nanargmin,
        by_sorting,
        with_a_copy,
        by_recursion,
        by_named_tuples,
        by_ordered_dicts,
        by_a_heap,
        with_none_until_a_number_comes,
        aliased,
    ),
}
