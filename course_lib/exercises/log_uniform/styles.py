"""Right answers in other styles."""

import math

import numpy as np


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
