"""minibatches in other styles: all are right."""

import math

import numpy as np


def as_generator(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


def as_list(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def by_split(n, batch_size, rng):
    return np.split(rng.permutation(n), range(batch_size, n, batch_size))


def by_permuted(n, batch_size, rng):
    order = rng.permuted(np.arange(n, dtype=np.int32))
    return iter([order[i : i + batch_size] for i in range(0, n, batch_size)])


def by_choice(n, batch_size, rng):
    order = rng.choice(n, size=n, replace=False)
    count = math.ceil(n / batch_size)
    return (order[k * batch_size : (k + 1) * batch_size] for k in range(count))


def by_sorting_random_keys(n, batch_size, rng):
    order = np.argsort(rng.random(n))
    begin = 0
    while begin < n:
        yield order[begin : begin + batch_size]
        begin += batch_size


def by_drawing_from_what_is_left(n, batch_size, rng):
    left = np.arange(n)
    while len(left):
        batch = rng.choice(left, size=min(batch_size, len(left)), replace=False)
        left = np.setdiff1d(left, batch)
        yield batch


def by_fisher_yates(n, batch_size, rng):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = int(rng.integers(i + 1))
        order[i], order[j] = order[j], order[i]
    return [np.array(order[i : i + batch_size]) for i in range(0, n, batch_size)]


def sorted_within_batches(n, batch_size, rng):
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield np.sort(order[begin : begin + batch_size])


def lists_of_indices(n, batch_size, rng):
    order = rng.permutation(n).tolist()
    while order:
        batch, order = order[:batch_size], order[batch_size:]
        yield batch


def unsigned(n, batch_size, rng):
    return [batch.astype(np.uint16) for batch in as_list(n, batch_size, rng)]


class AsClass:
    """An iterable object, callable like a function because a class is."""

    def __init__(self, n, batch_size, rng):
        self.order, self.size = rng.permutation(n), batch_size

    def __iter__(self):
        return (self.order[i : i + self.size] for i in range(0, len(self.order), self.size))


def seeds_its_own_generator_from_rng(n, batch_size, rng):
    own = np.random.default_rng(rng.integers(2**32))
    return as_list(n, batch_size, own)
