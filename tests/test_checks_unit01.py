"""Unit 01's exercises: right answers in many styles pass, unlisted mistakes fail with a reason."""

import math
import random

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.folders import find, styles
from course_lib.exercises.minibatches.cases import EPOCHS
from course_lib.exercises.minibatches.styles import as_list
from course_lib.exercises.momentum import styles as momentum
from course_lib.exercises.nesterov import styles as nesterov
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# minibatches: chance


def test_the_chance_of_failing_a_right_answer_is_what_the_code_says():
    """The bounds beside each test of the random order, for the sizes that a case can have."""
    for size in range(6, 10):
        for n in range(4 * size + 2, 4 * size + size - 1):
            full, rest = divmod(n, size)
            sizes = [size] * full + [rest] * (rest > 0)
            stays = n * sum((k / n) ** EPOCHS for k in sizes)
            together = n * (n - 1) / 2 * (sum(k * (k - 1) for k in sizes) / (n * (n - 1))) ** EPOCHS
            hoeffding = math.exp(-2 * EPOCHS * math.log(1e10) / (2 * EPOCHS))
            another_seed = math.exp(sum(math.lgamma(k + 1) for k in sizes) - math.lgamma(n + 1))
            assert stays + together + hoeffding + another_seed < 1e-9


# minibatches: what decides is in every seed's cases


def test_the_sizes_at_which_mistakes_part_are_asked_on_every_seed():
    for seed in range(20):
        given = [call["arguments"] for case in find("minibatches").cases(seed) for call in case.calls]
        assert 0 in {a["n"] for a in given}
        sizes = {a["batch_size"] for a in given if a["n"] > a["batch_size"] > 1}
        for size in sizes:
            rests = {a["n"] % size for a in given if a["batch_size"] == size and a["n"] > size}
            under, over = max(r for r in rests if 2 * r < size), min(r for r in rests if 2 * r > size)
            assert over - under <= 2
            assert {0, 1, size - 1} <= rests


def shuffles_what_it_has_handed_out(n, batch_size, rng):
    """Each batch is a view of one array: in a loop, some examples come twice, and as many never."""
    order = np.arange(n)
    for begin in range(0, n, batch_size):
        rng.shuffle(order)
        yield order[begin : begin + batch_size]


def shuffles_a_list_that_it_has_handed_out(n, batch_size, rng):
    order = list(range(n))
    for begin in range(0, n, batch_size):
        rng.shuffle(order)
        yield order[begin : begin + batch_size]


def fills_one_array(n, batch_size, rng):
    order, batch = rng.permutation(n), np.zeros(batch_size, dtype=int)
    for begin in range(0, n, batch_size):
        part = order[begin : begin + batch_size]
        batch[: len(part)] = part
        yield batch[: len(part)]


def rounds_the_count(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[k * batch_size : (k + 1) * batch_size] for k in range(round(n / batch_size))]


def drops_a_last_batch_of_one(n, batch_size, rng):
    return [batch for batch in as_list(n, batch_size, rng) if len(batch) != 1 or batch_size == 1]


def splits_into_so_many(n, batch_size, rng):
    return np.split(rng.permutation(n), batch_size)


def appends_to_an_empty_array(n, batch_size, rng):
    batch = np.array([])
    for index in rng.permutation(n):
        batch = np.append(batch, index)
        if len(batch) == batch_size:
            yield batch
            batch = np.array([])
    if len(batch):
        yield batch


NAMED = {
    shuffles_what_it_has_handed_out: "shuffled-for-each-batch",
    shuffles_a_list_that_it_has_handed_out: "shuffled-for-each-batch",
    fills_one_array: "same-list-again",
    rounds_the_count: "count-rounded",
    drops_a_last_batch_of_one: "single-example-lost",
    splits_into_so_many: "size-as-count",
    appends_to_an_empty_array: "float-indices",
}


@pytest.mark.parametrize("student", NAMED, ids=lambda s: s.__name__)
def test_what_a_loop_would_meet_is_named_on_any_seed(student):
    for seed in range(6):
        assert judged("minibatches", student, seed).diagnosis == NAMED[student]


def test_who_makes_no_batches_gets_nothing_for_there_being_none_of_no_examples():
    report = judged("minibatches", lambda n, batch_size, rng: [])
    assert report.score == 0
    assert "code that computes nothing" in report.cases[-1].message


# minibatches, wrong in ways that are not listed


def swaps_neighbours_only(n, batch_size, rng):
    order = np.arange(n)
    for i in range(0, n - 1, 2):
        if rng.random() < 0.5:
            order[[i, i + 1]] = order[[i + 1, i]]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def zero_stays_first(n, batch_size, rng):
    order = np.concatenate([[0], 1 + rng.permutation(n - 1)])
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def pairs_stay_together(n, batch_size, rng):
    pairs = rng.permutation((n + 1) // 2)
    order = [i for pair in pairs for i in (2 * pair, 2 * pair + 1) if i < n]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def smallest_batch_first(n, batch_size, rng):
    return as_list(n, batch_size, rng)[::-1]


def shared_generator(n, batch_size, rng, own=np.random.default_rng(3)):  # noqa: B008
    return as_list(n, batch_size, own)


def same_index_again(n, batch_size, rng):
    order = rng.permutation(n)
    order[-1] = order[0]
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def strings(n, batch_size, rng):
    return [str(batch) for batch in as_list(n, batch_size, rng)]


def dictionary(n, batch_size, rng):
    return dict(enumerate(as_list(n, batch_size, rng)))


def negative_indices(n, batch_size, rng):
    return [batch - n for batch in as_list(n, batch_size, rng)]


UNLISTED = {
    swaps_neighbours_only: "same batch in every epoch",
    zero_stays_first: "Index 0 falls into the same batch",
    pairs_stay_together: "fall into the same batch in every epoch",
    smallest_batch_first: "asked is",
    shared_generator: "comes from elsewhere",
    same_index_again: "more than once",
    strings: "a text",
    dictionary: "a single number",
    negative_indices: "there are examples 0 to",
}


@pytest.mark.parametrize("student", UNLISTED, ids=lambda s: s.__name__)
def test_unlisted_mistakes_in_batches_fail_with_a_reason(student):
    report = judged("minibatches", student)
    assert not report.passed
    assert UNLISTED[student] in report.text()


def test_what_raises_is_told_with_its_line():
    def minibatches(n, batch_size, rng):
        order = rng.shuffle(np.arange(n))
        for begin in range(0, n, batch_size):
            yield order[begin : begin + batch_size]

    report = judged("minibatches", minibatches)
    assert report.score == 0
    assert report.diagnosis == "raises"
    assert "yield order[begin" in report.text()


def test_an_endless_generator_needs_no_time_limit():
    def minibatches(n, batch_size, rng):
        while True:
            yield rng.permutation(n)[:batch_size]

    report = judged("minibatches", minibatches)
    assert report.diagnosis == "no-end"


def test_the_callers_random_state_is_left_alone():
    np.random.seed(7)
    before = np.random.get_state()[1].copy(), np.random.get_state()[2]
    random.seed(7)
    python = random.getstate()
    check("minibatches", lambda n, batch_size, rng: np.random.permutation(n))
    assert (np.random.get_state()[1] == before[0]).all()
    assert np.random.get_state()[2] == before[1]
    assert random.getstate() == python


# SGD, Momentum, Nesterov, wrong


def test_the_averaged_form_is_named_as_a_known_convention():
    class Averaged(momentum.Contract):
        def step(self, theta, gradient):
            self.v = self.mu * self.v + (1 - self.mu) * gradient
            return theta - self.lr * self.v

    report = judged("momentum", Averaged)
    assert report.diagnosis == "averaged"
    assert "known convention" in report.diagnosed.title


def test_a_velocity_that_is_lost_is_found_however_it_is_lost():
    class Local(momentum.Contract):
        def step(self, theta, gradient):
            v = np.zeros_like(theta)
            v = self.mu * v + gradient
            return theta - self.lr * v

    assert judged("momentum", Local).diagnosis == "velocity-lost"


def test_momentum_is_told_from_nesterov():
    assert judged("momentum", nesterov.Contract).diagnosis == "nesterov-instead"
    assert judged("nesterov", momentum.Contract).diagnosis == "momentum-instead"


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov"])
def test_unlisted_mistakes_in_optimisers_fail_with_a_reason(name):
    right = next(iter(styles(name).values()))

    class Clipped(right):
        def step(self, theta, gradient):
            return super().step(theta, np.clip(gradient, -1, 1))

    class Noisy(right):
        def step(self, theta, gradient):
            return super().step(theta, gradient) + 1e-3 * np.random.default_rng(0).normal(size=theta.shape)

    class OnePercentOff(right):
        def step(self, theta, gradient):
            return theta + 1.01 * (super().step(theta, gradient) - theta)

    class Rounded(right):
        def step(self, theta, gradient):
            return super().step(theta, np.round(gradient, 3))

    for student in (Clipped, Noisy, OnePercentOff, Rounded):
        report = judged(name, student)
        assert not report.passed
        assert len(report.diagnosed.text) > 40
    assert "1.01 times" in judged(name, OnePercentOff).text()
