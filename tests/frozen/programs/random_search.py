"""Wrong random searches."""

import math

import numpy as np

from .entered import Entered

wrong = Entered()


def trials_of(objective, space, trials, rng):
    """The history, right."""
    history = []
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        history.append((params, objective(params)))
    return history


def as_infinity(trial):
    return math.inf if math.isnan(trial[1]) else trial[1]


def lowest(history):
    """The params of the lowest value, right."""
    return min(history, key=as_infinity)[0]


# What comes back


@wrong("returns-none")
def returns_none(objective, space, trials, rng):
    lowest(trials_of(objective, space, trials, rng))


@wrong("best-only")
def best_only(objective, space, trials, rng):
    return lowest(trials_of(objective, space, trials, rng))


@wrong("history-first")
def history_first(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history, lowest(history)


@wrong("best-value")
def best_value(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=as_infinity)[1], history


@wrong("best-pair")
def best_pair(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=as_infinity), history


@wrong("values-only")
def values_only(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [value for _, value in history]


@wrong("params-only")
def params_only(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [params for params, _ in history]


@wrong("pairs-turned")
def pairs_turned(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(value, params) for params, value in history]


@wrong("pairs-as-dicts")
def pairs_as_dicts(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [{"params": params, "value": value} for params, value in history]


@wrong("pairs-as-dicts")
def value_among_the_params(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [params | {"value": value} for params, value in history]


# The best


@wrong("maximises")
def maximises(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return max(history, key=lambda trial: -math.inf if math.isnan(trial[1]) else trial[1])[0], history


@wrong("last-of-equals")
def last_of_equals(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history[::-1]), history


@wrong("nan-wins")
def nan_wins(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history[int(np.argmin([value for _, value in history]))][0], history


@wrong("nan-stays")
def nan_stays(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=lambda trial: trial[1])[0], history


@wrong("nan-enters")
def nan_enters(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    best, least = history[0]
    for params, value in history[1:]:
        if not value >= least:
            best, least = params, value
    return best, history


@wrong("starts-at-zero")
def starts_at_zero(objective, space, trials, rng):
    history, best, least = trials_of(objective, space, trials, rng), {}, 0.0
    for params, value in history:
        if value < least:
            best, least = params, value
    return best, history


@wrong("starts-at-zero")
def starts_at_zero_with_none(objective, space, trials, rng):
    best, history = starts_at_zero(objective, space, trials, rng)
    return best or None, history


@wrong("never-replaced")
def starts_at_minus_infinity(objective, space, trials, rng):
    return {}, trials_of(objective, space, trials, rng)


@wrong("never-replaced")
def starts_at_minus_infinity_with_none(objective, space, trials, rng):
    return None, trials_of(objective, space, trials, rng)


@wrong("starts-too-low")
def starts_at_a_thousand(objective, space, trials, rng):
    history, best, least = trials_of(objective, space, trials, rng), {}, 1e3
    for params, value in history:
        if value < least:
            best, least = params, value
    return best, history


@wrong("starts-too-low")
def starts_at_a_thousand_with_none(objective, space, trials, rng):
    best, history = starts_at_a_thousand(objective, space, trials, rng)
    return best or None, history


@wrong("last-trial")
def last_trial(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history[-1][0], history


@wrong("best-never-lowered")
def best_never_lowered(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    best, first = history[0]
    for params, value in history[1:]:
        if value < first or math.isnan(first):
            best = params
    return best, history


# The draws


@wrong("drawn-once")
def drawn_once(objective, space, trials, rng):
    params = {name: sample(rng) for name, sample in space.items()}
    history = [(dict(params), objective(params)) for _ in range(trials)]
    return lowest(history), history


@wrong("one-dict")
def one_dict(objective, space, trials, rng):
    params, history = {}, []
    for _ in range(trials):
        for name, sample in space.items():
            params[name] = sample(rng)
        history.append((params, objective(params)))
    return lowest(history), history


@wrong("one-after-the-other")
def one_after_the_other(objective, space, trials, rng):
    drawn = {name: [sample(rng) for _ in range(trials)] for name, sample in space.items()}
    history = []
    for trial in range(trials):
        params = {name: values[trial] for name, values in drawn.items()}
        history.append((params, objective(params)))
    return lowest(history), history


@wrong("other-order")
def backwards(objective, space, trials, rng):
    return by_names(list(space)[::-1], objective, space, trials, rng)


@wrong("other-order")
def in_alphabetical_order(objective, space, trials, rng):
    return by_names(sorted(space), objective, space, trials, rng)


def by_names(names, objective, space, trials, rng):
    history = trials_of(objective, {name: space[name] for name in names}, trials, rng)
    return lowest(history), history


@wrong("one-sampler")
def one_sampler(objective, space, trials, rng):
    first = next(iter(space.values()))
    return random_search_with(lambda name, sample: first, objective, space, trials, rng)


@wrong("one-sampler")
def the_last_sampler(objective, space, trials, rng):
    last = list(space.values())[-1]
    return random_search_with(lambda name, sample: last, objective, space, trials, rng)


def random_search_with(sampler, objective, space, trials, rng):
    history = trials_of(objective, {n: sampler(n, s) for n, s in space.items()}, trials, rng)
    return lowest(history), history


@wrong("sampler-as-value")
def sampler_as_value(objective, space, trials, rng):
    history = [(dict(space), objective(dict(space))) for _ in range(trials)]
    return lowest(history), history


@wrong("without-names")
def without_names(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        history.append((params, objective(list(params.values()))))
    return lowest(history), history


@wrong("asked-twice")
def asked_twice(objective, space, trials, rng):
    history, best, least = [], {}, math.inf
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        history.append((params, objective(params)))
        value = objective(params)
        if value < least:
            best, least = params, value
    return best, history


@wrong("asked-again-at-the-end")
def asked_again_at_the_end(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    again = [(params, objective(params)) for params, _ in history]
    return lowest(again), history


@wrong("returns-in-the-loop")
def returns_in_the_loop(objective, space, trials, rng):
    history = trials_of(objective, space, 1, rng)
    return lowest(history), history


@wrong("one-trial-less")
def one_trial_less(objective, space, trials, rng):
    history = trials_of(objective, space, max(trials - 1, 1), rng)
    return lowest(history), history


@wrong("one-trial-more")
def one_trial_more(objective, space, trials, rng):
    history = trials_of(objective, space, trials + 1, rng)
    return lowest(history), history


@wrong("sorted-history")
def sorted_history(objective, space, trials, rng):
    history = sorted(trials_of(objective, space, trials, rng), key=as_infinity)
    return history[0][0], history


@wrong("history-backwards")
def history_backwards(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), history[::-1]


@wrong("only-improvements")
def only_improvements(objective, space, trials, rng):
    history, least = [], math.inf
    for params, value in trials_of(objective, space, trials, rng):
        if value < least:
            least = value
            history.append((params, value))
    return lowest(history), history


@wrong("best-so-far")
def best_so_far(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [min(history[: k + 1], key=as_infinity) for k in range(trials)]


@wrong("best-so-far")
def best_value_so_far(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(p, min(map(as_infinity, history[: k + 1]))) for k, (p, _) in enumerate(history)]


@wrong("nan-dropped")
def nan_dropped(objective, space, trials, rng):
    history = [trial for trial in trials_of(objective, space, trials, rng) if not math.isnan(trial[1])]
    return lowest(history), history


@wrong("nan-dropped")
def nan_tried_again(objective, space, trials, rng):
    history = []
    while len(history) < trials:
        (trial,) = trials_of(objective, space, 1, rng)
        history += [] if math.isnan(trial[1]) else [trial]
    return lowest(history), history


@wrong("nan-replaced")
def nan_replaced(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(params, as_infinity((params, value))) for params, value in history]


# Where chance comes from


@wrong("rng-made-anew")
def rng_made_anew(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        history += trials_of(objective, space, 1, np.random.default_rng(0))
    return lowest(history), history


@wrong("own-generator")
def own_generator(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random.default_rng())
    return lowest(history), history


@wrong("own-generator")
def own_generator_with_a_seed(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random.default_rng(0))
    return lowest(history), history


@wrong("rng-used-otherwise")
def draws_once_more(objective, space, trials, rng):
    rng.random()
    history = trials_of(objective, space, trials, rng)
    return lowest(history), history


@wrong("rng-used-otherwise")
def child_generators(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        history += trials_of(objective, space, 1, np.random.default_rng(rng.integers(2**31)))
    return lowest(history), history


@wrong("global-random")
def global_random(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random)
    return lowest(history), history
