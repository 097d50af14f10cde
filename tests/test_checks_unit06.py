"""Unit 06's exercises: right answers in many styles pass, unlisted mistakes fail with a reason."""

import heapq
import json
import math
from collections import OrderedDict, namedtuple
from itertools import pairwise, takewhile

import numpy as np
import pytest

from course_lib import tuning
from course_lib.datasets import loss_curves
from course_lib.exercises.folders import find
from course_lib.exercises.hyperparameters import loss_curves as checked_curves
from course_lib.exercises.hyperparameters import loss_curves_mistakes, random_search_mistakes
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# log_uniform, right


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


NUMBERS = [
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
]


# random_search, right


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
    history = random_search_mistakes.trials_of(objective, space, trials, rng)
    return sorted(history, key=lambda pair: math.inf if pair[1] != pair[1] else pair[1])[0][0], history


def with_a_copy(objective, space, trials, rng):
    history = tuple(
        (dict(params), np.float64(value))
        for params, value in random_search_mistakes.trials_of(objective, space, trials, rng)
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
    history = [Trial(*trial) for trial in random_search_mistakes.trials_of(objective, space, trials, rng)]
    return min(history, key=lambda trial: (trial.value != trial.value, trial.value)).params, history


def by_ordered_dicts(objective, space, trials, rng):
    history = []
    for _ in range(trials):
        params = OrderedDict((name, draw(rng)) for name, draw in space.items())
        history.append((params, np.array(objective(params=params.copy()))))
    return history[int(np.argsort([value for _, value in history], kind="stable")[0])][0], history


def by_a_heap(objective, space, trials, rng):
    history = random_search_mistakes.trials_of(objective, space, trials, rng)
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


SEARCHES = [
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
]


# learning_rate_range_test, right


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


TESTS = [
    in_one_array,
    by_name,
    by_generator,
    step_by_entries,
    in_half_the_precision,
    by_geomspace,
    in_place_on_a_copy,
    by_multiplying,
    by_exponents,
    cut_at_the_end,
    with_the_call_at_the_end,
]


# diagnose, right: other rules than the course's


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
    return np.array(tuning.CAUSES)[tuning.CAUSES.index(tuning.diagnose(train_loss, val_loss))]


class Doctor:
    def __call__(self, train_loss, val_loss):
        return tuning.diagnose(list(train_loss), list(val_loss))


def in_place(train_loss, val_loss):
    first = float(train_loss[0])
    train_loss /= first
    val_loss /= first
    return tuning.diagnose(train_loss, val_loss)


RULES = [
    by_other_thresholds,
    with_standard_deviations,
    in_plain_python,
    as_numpy_text,
    Doctor(),
    in_place,
    loss_curves_mistakes.right,
    lambda train_loss, val_loss: loss_curves_mistakes.named(
        loss_curves_mistakes.facts(7 * train_loss, 7 * val_loss)
    ),
]

RIGHT = [
    *(("log_uniform", student) for student in NUMBERS),
    *(("random_search", student) for student in SEARCHES),
    *(("learning_rate_range_test", student) for student in TESTS),
    *(("diagnose", student) for student in RULES),
]


@pytest.mark.parametrize(("name", "student"), RIGHT)
def test_every_style_passes_on_any_seed(name, student):
    for seed in range(4):
        report = judged(name, student, seed)
        assert report.passed, report.text()


# wrong, and told what it is


def size_of_one(low, high, rng, size=1):
    return by_exp(low, high, rng, size)


def rounded(low, high, rng, size=None):
    return np.round(by_exp(low, high, rng, size), 3)


def bell(low, high, rng, size=None):
    return low * (high / low) ** rng.beta(2, 2, size)


KEPT: list = []


def one_list_for_ever(objective, space, trials, rng):
    best, history = by_loop(objective, space, trials, rng)
    KEPT.extend(history)
    return best, KEPT


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
    return tuning.diagnose(train_loss, val_loss).replace("underfitting", "under-fitting")


def divided_by_what_is_one_now(train_loss, val_loss):
    train_loss /= train_loss[0]
    val_loss /= train_loss[0]
    return tuning.diagnose(train_loss, val_loss) if np.isfinite(train_loss).all() else "diverged"


def wrong_gap(train_loss, val_loss):
    return tuning.diagnose(train_loss, 2 * train_loss - val_loss)


TOLD = [
    ("log_uniform", size_of_one, "array-of-one", "With no size", 5 / 6),
    ("log_uniform", rounded, None, "rounded", 0.5),
    ("log_uniform", bell, None, "The middle comes too often", 1 / 3),
    ("random_search", one_list_for_ever, None, "lives on from call to call", 7 / 8),
    ("random_search", aliased, "last-trial", "later trials overwrite", 5 / 8),
    ("learning_rate_range_test", rate_to_a_thousandth, None, "each should be the one before times", 3 / 8),
    ("learning_rate_range_test", up_to_high, None, "The last rate is missing", 1 / 4),
    ("learning_rate_range_test", until_a_million, None, "which is finite", 7 / 8),
    ("diagnose", misspelt, None, "There is no cause “under-fitting”", 8 / 9),
    ("diagnose", divided_by_what_is_one_now, "validation-not-divided", "divided by itself in place", 4 / 9),
    ("diagnose", wrong_gap, "validation-ignored", "on the other side", 8 / 9),
]


@pytest.mark.parametrize(("name", "student", "diagnosis", "words", "score"), TOLD)
def test_a_mistake_is_told_as_what_it_is_and_costs_no_more(name, student, diagnosis, words, score):
    report = judged(name, student)
    assert report.diagnosis == diagnosis, report.text()
    assert words in report.text()
    assert report.score == pytest.approx(score)


def test_a_function_that_is_called_wrongly_says_with_what():
    text = judged("random_search", lambda f, space, n, rng: f(**{k: s(rng) for k, s in space.items()})).text()
    assert "objective is to be called with one argument, params; it was given several" in text
    text = judged("random_search", lambda f, space, n, rng: [draw() for draw in space.values()]).text()
    assert "lr is to be called with one argument, rng; it was given nothing" in text


# the curves to diagnose


def test_mixtures_of_runs_keep_their_cause_and_are_new_for_each_seed():
    held_back, seen = checked_curves.curves(), set()
    for seed in range(20):
        for run, losses in zip(
            held_back, checked_curves.mixed_runs(np.random.default_rng(seed)), strict=True
        ):
            assert tuning.diagnose(*losses) == run.cause
            assert np.isnan(losses).any() == np.isnan(run.train_loss).any() and losses[0, 0] > 0
            seen.add(losses[:, :2].tobytes())
    assert len(seen) == 20 * 80


def nearest(runs):
    """The cause of the run that is most similar, in units of the first loss."""

    def picture(train_loss, val_loss):
        return np.nan_to_num(np.clip(np.array([train_loss, val_loss]) / train_loss[0], 0, 5), nan=5)

    known = np.array([picture(run.train_loss, run.val_loss) for run in runs])
    return lambda train_loss, val_loss: (
        runs[int(((known - picture(train_loss, val_loss)) ** 2).sum(axis=(1, 2)).argmin())].cause
    )


def test_to_know_the_held_back_runs_is_no_more_than_to_know_the_practice_runs():
    """A list of answers is worth a guess; the most similar run is no nearer than one to practise on."""
    practice, held_back = nearest(loss_curves()), nearest(loss_curves("held back"))
    listed = {run.train_loss[0]: run.cause for run in loss_curves("held back")}
    right = {"practice": 0, "held back": 0, "listed": 0}
    for seed in range(10):
        drawn = checked_curves.mixed_runs(np.random.default_rng(seed))
        for run, losses in zip(checked_curves.curves(), drawn, strict=True):
            right["practice"] += practice(*losses) == run.cause
            right["held back"] += held_back(*losses) == run.cause
            right["listed"] += listed.get(losses[0, 0]) == run.cause
    assert right["listed"] == 0
    assert right["practice"] > 0.97 * 800 and right["held back"] - right["practice"] < 0.02 * 800


# wrong, in ways that no misconception has


@pytest.mark.parametrize(
    ("name", "student", "words"),
    [
        ("log_uniform", lambda low, high, rng, size=None: by_exp(2 * low, high, rng, size), "missing"),
        (
            "log_uniform",
            lambda low, high, rng, size=None: by_exp(low, high, rng, size) * np.nan,
            "not finite",
        ),
        (
            "random_search",
            lambda objective, space, trials, rng: ({}, by_loop(objective, space, trials, rng)[1]),
            "an empty dict",
        ),
        (
            "random_search",
            lambda objective, space, trials, rng: (
                by_loop(objective, space, trials, rng)[0],
                by_loop(objective, space, trials, rng)[1],
            ),
            "times; asked is once per trial",
        ),
        (
            "learning_rate_range_test",
            lambda f, theta, low, high, steps: by_geomspace(f, 0.9 * theta, low, high, steps),
            "too small",
        ),
        (
            "learning_rate_range_test",
            lambda f, theta, low, high, steps: by_geomspace(f, theta, low, high, steps)[0][:, None],
            "shape",
        ),
        ("diagnose", lambda train, val: "a bad day", "a bad day"),
        ("diagnose", lambda train, val: 1.5, "the number 1.5"),
    ],
)
def test_unlisted_mistakes_fail_with_a_reason(name, student, words):
    report = judged(name, student)
    assert not report.passed
    assert words in report.text()


def test_credit_of_diagnose_is_the_share_of_causes_recognised():
    for cause in tuning.CAUSES:
        assert judged("diagnose", lambda train, val, cause=cause: cause).score == 0
    rng = np.random.default_rng(0)
    assert judged("diagnose", lambda train, val: str(rng.choice(tuning.CAUSES))).score == 0
    half = loss_curves_mistakes.renamed({"good": "noisy", "noisy": "plateau", "plateau": "good"})
    assert judged("diagnose", half).score == pytest.approx(5 / 9)  # three causes, and the mix of all


def test_the_most_frequent_confusion_is_told():
    student = loss_curves_mistakes.renamed({"good": "noisy", "noisy": "plateau", "plateau": "good"})
    text = judged("diagnose", student).text()
    assert "The most frequent confusion: 10" in text


@pytest.mark.parametrize("part", ["practice", "held back"])
def test_the_rule_that_mistakes_are_made_of_is_the_courses(part):
    for run in loss_curves(part):
        named = loss_curves_mistakes.right(run.train_loss, run.val_loss)
        assert named == tuning.diagnose(run.train_loss, run.val_loss)


@pytest.mark.parametrize("name", ["log_uniform", "random_search", "learning_rate_range_test", "diagnose"])
def test_damaged_evidence_never_crashes_the_verdict(name):
    exercise = find(name)
    cases = exercise.cases(1)
    text = json.dumps(probe(exercise.reference, [case.asked for case in cases]))
    rng = np.random.default_rng(0)

    def damaged(value):
        if rng.random() < 0.01:
            return [None, 0, -1, 1e308, "nan", [], {}, [[]], {"returned": 3}, True, {"text": "x"}][
                rng.integers(11)
            ]
        if isinstance(value, dict):
            return {key: damaged(each) for key, each in value.items()}
        return [damaged(each) for each in value] if isinstance(value, list) else value

    for _ in range(15):
        assert 0 <= verdict(exercise, cases, damaged(json.loads(text))).score <= 1
