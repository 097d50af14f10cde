"""Wrong mini-batches."""

import copy
import random

import numpy as np

from .entered import Entered

wrong = Entered()


# What comes back


@wrong("returns-none")
def returns_none(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    for begin in range(0, n, batch_size):
        batches.append(order[begin : begin + batch_size])


@wrong("first-batch-only")
def first_batch_only(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        return order[begin : begin + batch_size]


@wrong("one-list")
def one_list(n, batch_size, rng):
    return rng.permutation(n)


@wrong("one-list")
def one_list_of_batches_joined(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    for begin in range(0, n, batch_size):
        batches.extend(order[begin : begin + batch_size])
    return batches


@wrong("one-list")
def yields_single_indices(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield from order[begin : begin + batch_size]


@wrong("all-in-one")
def all_in_one(n, batch_size, rng):
    order = rng.permutation(n)
    yield [order[begin : begin + batch_size] for begin in range(0, n, batch_size)]


@wrong("numbered-pairs")
def numbered_pairs(n, batch_size, rng):
    order = rng.permutation(n)
    for number, begin in enumerate(range(0, n, batch_size)):
        yield number, order[begin : begin + batch_size]


@wrong("slices")
def slices(n, batch_size, rng):
    rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield slice(begin, begin + batch_size)


@wrong("masks")
def masks(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        mask = np.zeros(n, dtype=bool)
        mask[order[begin : begin + batch_size]] = True
        yield mask


@wrong("data")
def data(n, batch_size, rng):
    x = rng.random(n)
    for begin in range(0, n, batch_size):
        yield x[begin : begin + batch_size]


@wrong("data")
def indices_as_floats(n, batch_size, rng):
    order = np.zeros(n)
    order[:] = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


# Sizes


@wrong("last-batch-lost")
def last_batch_lost(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size):
        yield order[k * batch_size : (k + 1) * batch_size]


@wrong("last-batch-lost")
def last_batch_lost_by_condition(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = order[begin : begin + batch_size]
        if len(batch) == batch_size:
            yield batch


@wrong("last-batch-always-lost")
def last_batch_always_lost(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n - batch_size, batch_size):
        yield order[begin : begin + batch_size]


@wrong("last-batch-always-lost")
def last_batch_always_lost_by_count(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(int(np.ceil(n / batch_size)) - 1):
        yield order[k * batch_size : (k + 1) * batch_size]


@wrong("last-batch-filled-up")
def last_batch_filled_from_the_start(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[np.arange(begin, begin + batch_size) % n]


@wrong("last-batch-filled-up")
def last_batch_moved_back(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[max(0, min(begin, n - batch_size)) : begin + batch_size]


@wrong("last-batch-filled-up")
def last_batch_filled_with_a_new_draw(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = order[begin : begin + batch_size]
        more = rng.choice(n, batch_size - len(batch))
        yield np.concatenate([batch, more])


@wrong("last-batch-padded")
def last_batch_padded_with_minus_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        batch = np.full(batch_size, -1)
        batch[: len(order[begin : begin + batch_size])] = order[begin : begin + batch_size]
        yield batch


@wrong("last-batch-padded")
def last_batch_padded_with_zero(n, batch_size, rng):
    order = list(rng.permutation(n))
    while len(order) % batch_size != 0:
        order.append(0)
    return np.reshape(order, (-1, batch_size))


@wrong("rest-in-the-last-batch")
def rest_in_the_last_batch(n, batch_size, rng):
    order = rng.permutation(n)
    count = max(n // batch_size, 1)
    for k in range(count):
        end = n if k == count - 1 else (k + 1) * batch_size
        yield order[k * batch_size : end]


@wrong("empty-batch")
def empty_batch(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size + 1):
        yield order[k * batch_size : (k + 1) * batch_size]


@wrong("even-sizes")
def even_sizes(n, batch_size, rng):
    return np.array_split(rng.permutation(n), int(np.ceil(n / batch_size)))


@wrong("even-sizes")
def even_sizes_rounded_down(n, batch_size, rng):
    return np.array_split(rng.permutation(n), max(n // batch_size, 1))


@wrong("size-as-count")
def size_as_count(n, batch_size, rng):
    return np.array_split(rng.permutation(n), batch_size)


@wrong("size-as-count")
def size_as_count_rounded_down(n, batch_size, rng):
    order = rng.permutation(n)
    size = max(n // batch_size, 1)
    for begin in range(0, n, size):
        yield order[begin : begin + size]


@wrong("step-of-one")
def step_of_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(n):
        yield order[begin : begin + batch_size]


@wrong("step-of-one")
def number_as_position(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(int(np.ceil(n / batch_size))):
        yield order[k : k + batch_size]


@wrong("step-of-one")
def number_as_position_full_batches(n, batch_size, rng):
    order = rng.permutation(n)
    for k in range(n // batch_size):
        yield order[k : k + batch_size]


@wrong("end-off-by-one")
def end_off_by_one(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size - 1]


@wrong("end-one-too-far")
def end_one_too_far(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size + 1]


@wrong("one-batch")
def one_batch(n, batch_size, rng):
    yield rng.permutation(n)[:batch_size]


@wrong("one-batch")
def one_batch_drawn(n, batch_size, rng):
    return [rng.choice(n, size=min(n, batch_size), replace=False)]


@wrong("everything-in-each")
def everything_in_each(n, batch_size, rng):
    yield rng.permutation(n)


@wrong("everything-in-each")
def everything_again_and_again(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.permutation(n)


@wrong("no-end")
def no_end(n, batch_size, rng):
    while True:
        order = rng.permutation(n)
        for begin in range(0, n, batch_size):
            yield order[begin : begin + batch_size]


@wrong("no-end")
def no_end_of_draws(n, batch_size, rng):
    while True:
        yield rng.integers(0, n, size=batch_size)


@wrong("same-list-again")
def same_list_again(n, batch_size, rng):
    batch = []
    for index in rng.permutation(n):
        batch.append(index)
        if len(batch) == batch_size:
            yield batch
            batch.clear()
    if batch:
        yield batch


@wrong("same-list-again")
def same_list_again_even_if_empty(n, batch_size, rng):
    batch = []
    for index in rng.permutation(n):
        batch.append(index)
        if len(batch) == batch_size:
            yield batch
            batch.clear()
    yield batch


# Each index once


@wrong("with-replacement")
def with_replacement(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.integers(0, n, size=min(batch_size, n - begin))


@wrong("with-replacement")
def with_replacement_full_batches(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.choice(n, size=batch_size)


@wrong("with-replacement")
def with_replacement_full_batches_only(n, batch_size, rng):
    for _ in range(n // batch_size):
        yield rng.choice(n, size=batch_size)


@wrong("shuffled-for-each-batch")
def shuffled_for_each_batch(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        order = rng.permutation(n)
        yield order[begin : begin + batch_size]


@wrong("shuffled-for-each-batch")
def drawn_anew_for_each_batch(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.choice(n, size=min(batch_size, n - begin), replace=False)


@wrong("shuffled-for-each-batch")
def drawn_anew_full_batches(n, batch_size, rng):
    for _ in range(n // batch_size):
        yield rng.permutation(n)[:batch_size]


@wrong("shuffled-for-each-batch")
def drawn_anew_and_never_smaller(n, batch_size, rng):
    for _ in range(0, n, batch_size):
        yield rng.permutation(n)[:batch_size]


@wrong("one-based")
def one_based(n, batch_size, rng):
    order = rng.permutation(n) + 1
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("last-example-missing")
def last_example_missing(n, batch_size, rng):
    order = rng.permutation(n - 1)
    for begin in range(0, n - 1, batch_size):
        yield order[begin : begin + batch_size]


@wrong("first-example-missing")
def first_example_missing(n, batch_size, rng):
    order = rng.permutation(np.arange(1, n))
    for begin in range(0, len(order), batch_size):
        yield order[begin : begin + batch_size]


# Random order


@wrong("not-shuffled")
def not_shuffled(n, batch_size, rng):
    order = np.arange(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("not-shuffled")
def shuffled_but_not_used(n, batch_size, rng):
    order = np.arange(n)
    rng.permutation(order)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("shuffled-within-batches")
def shuffled_within_batches(n, batch_size, rng):
    for begin in range(0, n, batch_size):
        yield rng.permutation(np.arange(begin, min(begin + batch_size, n)))


@wrong("batches-shuffled")
def batches_shuffled(n, batch_size, rng):
    begins = rng.permutation(np.arange(0, n, batch_size))
    for begin in begins:
        yield np.arange(begin, min(begin + batch_size, n))


@wrong("rotated")
def rotated(n, batch_size, rng):
    order = np.roll(np.arange(n), rng.integers(n))
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("same-order")
def own_seed(n, batch_size, rng):
    rng = np.random.default_rng(0)
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


ORDERS: dict[int, np.ndarray] = {}


@wrong("same-order")
def kept_order(n, batch_size, rng):
    if n not in ORDERS:
        ORDERS[n] = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield ORDERS[n][begin : begin + batch_size]


@wrong("same-order")
def descending(n, batch_size, rng):
    order = np.arange(n)[::-1]
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("rng-copied")
def rng_copied(n, batch_size, rng):
    order = copy.deepcopy(rng).permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("global-random-state")
def global_random_state(n, batch_size, rng):
    order = np.random.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("global-seed")
def global_seed(n, batch_size, rng):
    np.random.seed(0)
    order = np.random.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("global-seed-beside")
def global_seed_beside(n, batch_size, rng):
    np.random.seed(42)
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("other-generator")
def other_generator(n, batch_size, rng):
    order = np.random.default_rng().permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


@wrong("other-generator")
def python_random(n, batch_size, rng):
    order = list(range(n))
    random.Random().shuffle(order)
    for begin in range(0, n, batch_size):
        yield np.array(order[begin : begin + batch_size])
