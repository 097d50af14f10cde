"""Unit 06's exercises: right answers in many styles pass, unlisted mistakes fail with a reason."""

import json
import math
import re

import numpy as np
import pytest

from course_lib import tuning
from course_lib.datasets import loss_curves
from course_lib.exercises.diagnose.cases import curves, mixed_runs
from course_lib.exercises.folders import find
from course_lib.exercises.learning_rate_range_test.styles import by_geomspace
from course_lib.exercises.log_uniform.styles import by_exp
from course_lib.exercises.random_search.styles import by_loop
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# told in calls


def asks_anew_after_each_trial(objective, space, trials, rng):
    """1, 2, … calls: 21 for six trials, of which the last six are right."""
    for number in range(1, trials):
        by_loop(objective, space, number, rng)
    return by_loop(objective, space, trials, rng)


def asks_the_first_again(objective, space, trials, rng):
    drawn = [{name: sample(rng) for name, sample in space.items()} for _ in range(trials)]
    return drawn[0], [(drawn[0], objective(drawn[0])) for _ in range(3 * trials)]


@pytest.mark.parametrize("student", [asks_anew_after_each_trial, asks_the_first_again])
def test_a_search_that_asks_too_often_is_told_of_calls(student):
    """More calls than trials: no sentence may count the one and name the other."""
    text = judged("random_search", student).text()
    counted = re.findall(r"In (\d+) (\w+), the objective was asked for", text)
    assert all(what == "calls" for _, what in counted) and not re.search(r"those of (its )?trial", text)
    if student is asks_the_first_again:
        assert ("18", "calls") in counted


def test_a_search_that_never_asks_is_told_there_is_nothing_to_choose_from():
    text = judged("random_search", lambda objective, space, trials, rng: ({}, [({"x": 1}, 0.0)])).text()
    assert "the objective was called no more than once" in text and "only 0 was made" not in text


def test_a_proof_without_an_answer_is_told_so():
    fault, mended, _ = find("repair_random_search").reference
    report = judged("repair_random_search", (fault, mended, lambda: ({"values": [math.nan, 0.5]}, None)))
    assert "The answer in the proof is None" in report.text() and "astray" not in report.text()


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


def nanargmin(objective, space, trials, rng):
    _, history = by_loop(objective, space, trials, rng)
    return history[int(np.nanargmin([value for _, value in history]))][0], history


def listed(low, high, rng, size=None):
    return by_exp(low, high, rng, size) if size is None else list(by_exp(low, high, rng, size))


def smoothed_much(loss_and_gradient, theta, low, high, steps):
    rates, losses = by_geomspace(loss_and_gradient, theta, low, high, steps)
    smoothed = list(losses[:1])
    for loss in losses[1:]:
        smoothed.append(0.98 * smoothed[-1] + 0.02 * loss)
    return rates, np.array(smoothed)


def lists(loss_and_gradient, theta, low, high, steps):
    return [each.tolist() for each in by_geomspace(loss_and_gradient, theta, low, high, steps)]


def twice_in_lists(loss_and_gradient, theta, low, high, steps):
    rates, losses = [], []
    for rate in np.geomspace(low, high, steps):
        loss = loss_and_gradient(theta)[0]
        if not np.isfinite(loss):
            break
        rates.append(rate)
        losses.append(loss)
        theta = theta - rate * loss_and_gradient(theta)[1]
    return rates, losses


def as_uniform(low, high, rng, size=None):
    return rng.uniform(low, high, size)


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
    ("log_uniform", size_of_one, "array-of-one", "With no size", 7 / 8),
    ("log_uniform", rounded, None, "rounded", 0.5),
    ("log_uniform", bell, None, "The middle comes too often", 0),
    ("random_search", one_list_for_ever, None, "lives on from call to call", 8 / 9),
    ("random_search", aliased, "last-trial", "later trials overwrite", 6 / 9),
    ("learning_rate_range_test", rate_to_a_thousandth, None, "each should be the one before times", 2 / 9),
    ("learning_rate_range_test", up_to_high, "last-rate-missing", "The last rate is missing", 2 / 9),
    ("learning_rate_range_test", until_a_million, None, "which is finite", 8 / 9),
    ("diagnose", misspelt, None, "There is no cause “under-fitting”", 8 / 9),
    ("diagnose", divided_by_what_is_one_now, "validation-not-divided", "divided by itself in place", 4 / 9),
    ("diagnose", wrong_gap, "validation-ignored", "on the other side", 8 / 9),
    ("log_uniform", listed, "returns-list", "returns a list", 7 / 8),
    ("log_uniform", as_uniform, "uniform", "counts once “uniform in the logarithm", 0),
    ("random_search", nanargmin, "only-nan-raises", "Where all values are NaN", 8 / 9),
    ("learning_rate_range_test", lists, "returns-lists", "a list of 8", 8 / 9),
    ("learning_rate_range_test", twice_in_lists, "called-twice+returns-lists", "Two things", 5 / 9),
    ("learning_rate_range_test", smoothed_much, None, "every step is right", 3 / 9),
]


@pytest.mark.slow
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
    held_back, seen = curves(), set()
    for seed in range(20):
        for run, losses in zip(held_back, mixed_runs(np.random.default_rng(seed)), strict=True):
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
        drawn = mixed_runs(np.random.default_rng(seed))
        for run, losses in zip(curves(), drawn, strict=True):
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


def renamed(answers):
    """The right rule with other words for some causes."""
    right = find("diagnose").reference

    def diagnose(train_loss, val_loss):
        answer = right(train_loss, val_loss)
        return answers.get(answer, answer)

    return diagnose


def test_credit_of_diagnose_is_the_share_of_causes_recognised():
    for cause in tuning.CAUSES:
        assert judged("diagnose", lambda train, val, cause=cause: cause).score == 0
    rng = np.random.default_rng(0)
    assert judged("diagnose", lambda train, val: str(rng.choice(tuning.CAUSES))).score == 0
    half = renamed({"good": "noisy", "noisy": "plateau", "plateau": "good"})
    assert judged("diagnose", half).score == pytest.approx(5 / 9)  # three causes, and the mix of all


def test_the_most_frequent_confusion_is_told():
    student = renamed({"good": "noisy", "noisy": "plateau", "plateau": "good"})
    text = judged("diagnose", student).text()
    assert "The most frequent confusion: 10" in text


@pytest.mark.parametrize("part", ["practice", "held back"])
def test_the_textbooks_rule_and_the_solutions_name_each_run_alike(part):
    right = find("diagnose").reference
    for run in loss_curves(part):
        named = right(run.train_loss, run.val_loss)
        assert named == tuning.diagnose(run.train_loss, run.val_loss)


@pytest.mark.slow
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


def test_who_looks_up_the_practice_run_that_is_most_alike_has_not_used_the_tables_numbers():
    practice = [
        (np.concatenate([run.train_loss, run.val_loss]) / run.train_loss[0], run.cause)
        for run in loss_curves()
    ]

    def nearest(train_loss, val_loss):
        asked = np.concatenate([train_loss, val_loss]) / train_loss[0]
        if not np.isfinite(asked).all():
            return "diverged"
        return min((np.abs(asked - run).sum(), cause) for run, cause in practice if np.isfinite(run).all())[1]

    for seed in (1, 2, 3):
        report = judged("diagnose", nearest, seed)
        assert report.score < 0.5
        assert "numbers in the contract's table" in report.text()
