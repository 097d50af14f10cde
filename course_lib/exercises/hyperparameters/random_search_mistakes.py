"""The mistakes that students make in `random_search`."""

# mypy: no-check-untyped-defs

import math

import numpy as np

from course_lib.judging.catalogue import Catalogue

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


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


@mistake(
    "returns-none",
    "The function returns None: what it finds is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(objective, space, trials, rng):
    lowest(trials_of(objective, space, trials, rng))


@mistake(
    "best-only",
    "Only the best params come back. The history, with which one can see how the search went, is missing.",
    "How many things does the contract ask for?",
)
def best_only(objective, space, trials, rng):
    return lowest(trials_of(objective, space, trials, rng))


@mistake(
    "history-first",
    "The history comes first and the best params second; the contract has them the other way round.",
    "Which of the two does a caller get who writes best, history = random_search(…)?",
)
def history_first(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history, lowest(history)


@mistake(
    "best-value",
    "In place of the best params comes the best value. It says how good the search was, not what to train "
    "with.",
    "What does someone need who wants to train once more with the best settings?",
)
def best_value(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=as_infinity)[1], history


@mistake(
    "best-pair",
    "In place of the best params comes a pair, params and value.",
    "What are the entries of your history, and which part of one is asked for?",
)
def best_pair(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=as_infinity), history


@mistake(
    "values-only",
    "The history has the values without the params.",
    "Can one see from your history which learning rate a value belongs to?",
)
def values_only(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [value for _, value in history]


@mistake(
    "params-only",
    "The history has the params without the values.",
    "Can one see from your history how good each trial was?",
)
def params_only(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [params for params, _ in history]


@mistake(
    "pairs-turned",
    "In each pair of the history the value comes first, then the params; the contract has (params, value).",
    "In which order does the contract name the parts of a pair?",
)
def pairs_turned(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(value, params) for params, value in history]


@mistake(
    "pairs-as-dicts",
    "Each entry of the history is a dict that has the value in it as well; the contract has pairs, (params, "
    "value).",
    "What does a caller get who writes for params, value in history?",
)
def pairs_as_dicts(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [{"params": params, "value": value} for params, value in history]


@variant("pairs-as-dicts")
def value_among_the_params(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [params | {"value": value} for params, value in history]


# The best


@mistake(
    "maximises",
    "The trial with the highest value wins. The value is a loss: lower is better.",
    "Which of two trials would you rather have, one with a loss of 0.2 or one with 0.9?",
)
def maximises(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return max(history, key=lambda trial: -math.inf if math.isnan(trial[1]) else trial[1])[0], history


@mistake(
    "last-of-equals",
    "Of equal values the last wins; asked is the first.",
    "When a new trial is exactly as good as the best so far, what does your comparison say?",
)
def last_of_equals(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history[::-1]), history


@mistake(
    "nan-wins",
    "A trial whose value is NaN wins. NaN comes from a run that diverged, the worst there is.",
    "What do NumPy's argmin and sorting do with a NaN? Try it with three numbers.",
)
def nan_wins(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history[int(np.argmin([value for _, value in history]))][0], history


@mistake(
    "nan-stays",
    "When the first trial gives NaN, it stays the best for ever: no number is less than NaN, because every "
    "comparison with NaN is false.",
    "What is the result of 0.3 < NaN? What does your code compare the second trial with?",
)
def nan_stays(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return min(history, key=lambda trial: trial[1])[0], history


@mistake(
    "nan-enters",
    "A NaN in the middle of the search is taken for better, because every comparison with NaN is false and "
    "the code asks whether it is *not* worse.",
    "Write down what your condition gives when the new value is NaN.",
)
def nan_enters(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    best, least = history[0]
    for params, value in history[1:]:
        if not value >= least:
            best, least = params, value
    return best, history


@mistake(
    "starts-at-zero",
    "The best value starts at 0, so that no loss above 0 is ever better. No params are found.",
    "With which value can the search begin so that the first trial is better in any case?",
)
def starts_at_zero(objective, space, trials, rng):
    history, best, least = trials_of(objective, space, trials, rng), {}, 0.0
    for params, value in history:
        if value < least:
            best, least = params, value
    return best, history


@variant("starts-at-zero")
def starts_at_zero_with_none(objective, space, trials, rng):
    best, history = starts_at_zero(objective, space, trials, rng)
    return best or None, history


@mistake(
    "never-replaced",
    "No params are found: what the best is at first, it is at the end. Perhaps the best value starts at −∞, "
    "which nothing is below; perhaps the lines that replace it are never reached.",
    "Write down the first comparison of your loop with its numbers. When is it true?",
)
def starts_at_minus_infinity(objective, space, trials, rng):
    return {}, trials_of(objective, space, trials, rng)


@variant("never-replaced")
def starts_at_minus_infinity_with_none(objective, space, trials, rng):
    return None, trials_of(objective, space, trials, rng)


@mistake(
    "starts-too-low",
    "The best value starts at a number that losses can exceed, so that in a hard problem nothing is found.",
    "Is there a number that is above all others? Python has one.",
)
def starts_at_a_thousand(objective, space, trials, rng):
    history, best, least = trials_of(objective, space, trials, rng), {}, 1e3
    for params, value in history:
        if value < least:
            best, least = params, value
    return best, history


@variant("starts-too-low")
def starts_at_a_thousand_with_none(objective, space, trials, rng):
    best, history = starts_at_a_thousand(objective, space, trials, rng)
    return best or None, history


@mistake(
    "last-trial",
    "The params of the last trial come back, whatever their value: nothing remembers the best, or what "
    "remembers it is a dict that later trials overwrite.",
    "Where does your code remember which trial was the best so far, and is that a dict of its own?",
)
def last_trial(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return history[-1][0], history


@mistake(
    "best-never-lowered",
    "Each trial is compared with the first, not with the best so far: the last that is better than the first "
    "wins.",
    "Besides the best params, what has to be remembered anew when a better trial comes?",
)
def best_never_lowered(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    best, first = history[0]
    for params, value in history[1:]:
        if value < first or math.isnan(first):
            best = params
    return best, history


# The draws


@mistake(
    "drawn-once",
    "The params are drawn once, before the loop: all trials try the same ones.",
    "Which lines have to be repeated for each trial?",
)
def drawn_once(objective, space, trials, rng):
    params = {name: sample(rng) for name, sample in space.items()}
    history = [(dict(params), objective(params)) for _ in range(trials)]
    return lowest(history), history


@mistake(
    "one-dict",
    "One dict is used for all trials and overwritten in each: in the history, and as the best, one finds the "
    "params of the last trial.",
    "How many dicts does your code make? Where is the line that makes one?",
)
def one_dict(objective, space, trials, rng):
    params, history = {}, []
    for _ in range(trials):
        for name, sample in space.items():
            params[name] = sample(rng)
        history.append((params, objective(params)))
    return lowest(history), history


@mistake(
    "one-after-the-other",
    "All values of one hyperparameter are drawn before those of the next. The contract goes trial after "
    "trial, so that a longer search begins with the shorter one.",
    "Which of your two loops is the outer one?",
)
def one_after_the_other(objective, space, trials, rng):
    drawn = {name: [sample(rng) for _ in range(trials)] for name, sample in space.items()}
    history = []
    for trial in range(trials):
        params = {name: values[trial] for name, values in drawn.items()}
        history.append((params, objective(params)))
    return lowest(history), history


@mistake(
    "other-order",
    "Within a trial the hyperparameters are drawn in another order than that of space. From one seed come "
    "other trials than the contract's.",
    "In which order does a loop over a dict go through its names, if nothing changes it?",
)
def backwards(objective, space, trials, rng):
    return by_names(list(space)[::-1], objective, space, trials, rng)


@variant("other-order")
def in_alphabetical_order(objective, space, trials, rng):
    return by_names(sorted(space), objective, space, trials, rng)


def by_names(names, objective, space, trials, rng):
    history = trials_of(objective, {name: space[name] for name in names}, trials, rng)
    return lowest(history), history


@mistake(
    "one-sampler",
    "All hyperparameters get a value from one and the same sampler; each has its own.",
    "Which sampler belongs to the name that you are at?",
)
def one_sampler(objective, space, trials, rng):
    first = next(iter(space.values()))
    return random_search_with(lambda name, sample: first, objective, space, trials, rng)


@variant("one-sampler")
def the_last_sampler(objective, space, trials, rng):
    last = list(space.values())[-1]
    return random_search_with(lambda name, sample: last, objective, space, trials, rng)


def random_search_with(sampler, objective, space, trials, rng):
    history = trials_of(objective, {n: sampler(n, s) for n, s in space.items()}, trials, rng)
    return lowest(history), history


@mistake(
    "sampler-as-value",
    "The objective is given the samplers themselves, not values that they draw.",
    "What are the values of the dict space, and what has to be done with them to get a number?",
)
def sampler_as_value(objective, space, trials, rng):
    history = [(dict(space), objective(dict(space))) for _ in range(trials)]
    return lowest(history), history


@mistake(
    "without-names",
    "The objective is given a list of values; without the names it cannot know which is which.",
    "What is params in the contract: which type, and with which keys?",
)
def without_names(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        history.append((params, objective(list(params.values()))))
    return lowest(history), history


@mistake(
    "asked-twice",
    "The objective is called twice in each trial. A call is a whole training run, and the second may end "
    "otherwise.",
    "In how many places does your code call the objective? Keep what it returns.",
)
def asked_twice(objective, space, trials, rng):
    history, best, least = [], {}, math.inf
    for _ in range(trials):
        params = {name: sample(rng) for name, sample in space.items()}
        history.append((params, objective(params)))
        value = objective(params)
        if value < least:
            best, least = params, value
    return best, history


@mistake(
    "asked-again-at-the-end",
    "After the search the objective is called for all trials once more. A call is a whole training run.",
    "Which values do you have already when the loop is over?",
)
def asked_again_at_the_end(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    again = [(params, objective(params)) for params, _ in history]
    return lowest(again), history


@mistake(
    "returns-in-the-loop",
    "The search ends after its first trial: return stands inside the loop.",
    "How far is your last line indented?",
)
def returns_in_the_loop(objective, space, trials, rng):
    history = trials_of(objective, space, 1, rng)
    return lowest(history), history


@mistake(
    "one-trial-less",
    "There is one trial less than asked.",
    "Which numbers does range go through, and how many are they?",
)
def one_trial_less(objective, space, trials, rng):
    history = trials_of(objective, space, max(trials - 1, 1), rng)
    return lowest(history), history


@mistake(
    "one-trial-more",
    "There is one trial more than asked, perhaps one before the loop.",
    "Count the calls of the objective for trials = 1.",
)
def one_trial_more(objective, space, trials, rng):
    history = trials_of(objective, space, trials + 1, rng)
    return lowest(history), history


@mistake(
    "sorted-history",
    "The history is sorted by value. Asked is the order of the trials, which shows how the search went on.",
    "Is there a call that changes your list after the loop?",
)
def sorted_history(objective, space, trials, rng):
    history = sorted(trials_of(objective, space, trials, rng), key=as_infinity)
    return history[0][0], history


@mistake(
    "history-backwards",
    "The history begins with the last trial. Asked is the order in which they were made.",
    "At which end of your list does a new entry go in?",
)
def history_backwards(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), history[::-1]


@mistake(
    "only-improvements",
    "The history has only the trials that were better than all before. Asked are all.",
    "Under which condition does your code append to the history?",
)
def only_improvements(objective, space, trials, rng):
    history, least = [], math.inf
    for params, value in trials_of(objective, space, trials, rng):
        if value < least:
            least = value
            history.append((params, value))
    return lowest(history), history


@mistake(
    "best-so-far",
    "Each entry of the history is the best trial so far, not the trial that was just made.",
    "Which params and which value does your code append, those of this trial?",
)
def best_so_far(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [min(history[: k + 1], key=as_infinity) for k in range(trials)]


@variant("best-so-far")
def best_value_so_far(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(p, min(map(as_infinity, history[: k + 1]))) for k, (p, _) in enumerate(history)]


@mistake(
    "nan-dropped",
    "A trial whose value is NaN is missing in the history. It belongs there: that these params diverge is "
    "worth knowing.",
    "How many entries has your history when one of ten trials gives NaN?",
)
def nan_dropped(objective, space, trials, rng):
    history = [trial for trial in trials_of(objective, space, trials, rng) if not math.isnan(trial[1])]
    return lowest(history), history


@variant("nan-dropped")
def nan_tried_again(objective, space, trials, rng):
    history = []
    while len(history) < trials:
        (trial,) = trials_of(objective, space, 1, rng)
        history += [] if math.isnan(trial[1]) else [trial]
    return lowest(history), history


@mistake(
    "nan-replaced",
    "Where the objective gave NaN, the history has another value. Replaced it may be when the best is looked "
    "for; the history tells what was found.",
    "What does the second pair of your history hold when the second value is NaN?",
)
def nan_replaced(objective, space, trials, rng):
    history = trials_of(objective, space, trials, rng)
    return lowest(history), [(params, as_infinity((params, value))) for params, value in history]


# Where chance comes from


@mistake(
    "rng-made-anew",
    "A generator with a fixed seed is made for each trial: all trials are the same one.",
    "How often is your generator made, and which numbers does a new one with the same seed begin with?",
)
def rng_made_anew(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        history += trials_of(objective, space, 1, np.random.default_rng(0))
    return lowest(history), history


@mistake(
    "own-generator",
    "A generator of your own is used in place of rng: whoever calls the function has no say in its seed.",
    "Which generator do the samplers get? One comes in as an argument.",
)
def own_generator(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random.default_rng())
    return lowest(history), history


@variant("own-generator")
def own_generator_with_a_seed(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random.default_rng(0))
    return lowest(history), history


@mistake(
    "rng-used-otherwise",
    "The draws can be repeated from the seed, but they are not the contract's: something else draws from rng "
    "too, or the samplers are given a generator that is made from it.",
    "Which object does each sampler get, and what else in your code uses that object?",
)
def draws_once_more(objective, space, trials, rng):
    rng.random()
    history = trials_of(objective, space, trials, rng)
    return lowest(history), history


@variant("rng-used-otherwise")
def child_generators(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        history += trials_of(objective, space, 1, np.random.default_rng(rng.integers(2**31)))
    return lowest(history), history


@mistake(
    "global-random",
    "The samplers are given NumPy's global random module in place of rng.",
    "What does a sampler expect as its argument? One came in.",
)
def global_random(objective, space, trials, rng):
    history = trials_of(objective, space, trials, np.random)
    return lowest(history), history
