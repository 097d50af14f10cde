"""Wrong draws, uniform in the logarithm."""

import numpy as np

from .entered import Entered

wrong = Entered()


# Mistakes


@wrong("uniform")
def uniform(low, high, rng, size=None):
    return rng.uniform(low, high, size)


@wrong("returns-logarithm")
def returns_logarithm(low, high, rng, size=None):
    return rng.uniform(np.log(low), np.log(high), size)


@wrong("returns-logarithm")
def returns_logarithm_to_ten(low, high, rng, size=None):
    return rng.uniform(np.log10(low), np.log10(high), size)


@wrong("exp-of-log10")
def exp_of_log10(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log10(low), np.log10(high), size))


@wrong("ten-to-natural-log")
def ten_to_natural_log(low, high, rng, size=None):
    return 10 ** rng.uniform(np.log(low), np.log(high), size)


@wrong("base-two")
def exp_of_log2(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log2(low), np.log2(high), size))


@wrong("base-two")
def two_to_natural_log(low, high, rng, size=None):
    return 2 ** rng.uniform(np.log(low), np.log(high), size)


@wrong("logarithm-of-one-plus")
def logarithm_of_one_plus(low, high, rng, size=None):
    return np.expm1(rng.uniform(np.log1p(low), np.log1p(high), size))


@wrong("no-logarithm-of-the-ends")
def exp_of_uniform(low, high, rng, size=None):
    with np.errstate(over="ignore"):
        return np.exp(rng.uniform(low, high, size))


@wrong("no-logarithm-of-the-ends")
def ten_to_uniform(low, high, rng, size=None):
    with np.errstate(over="ignore"):
        return 10 ** rng.uniform(low, high, size)


@wrong("log-of-uniform")
def log_of_uniform(low, high, rng, size=None):
    return np.log(rng.uniform(low, high, size))


@wrong("whole-decades")
def whole_decades(low, high, rng, size=None):
    return low * 10.0 ** rng.integers(0, round(np.log10(high / low)) + 1, size)


@wrong("whole-decades")
def rounded_exponents(low, high, rng, size=None):
    return 10.0 ** np.round(rng.uniform(np.log10(low), np.log10(high), size))


@wrong("log-normal")
def log_normal(low, high, rng, size=None):
    middle, width = np.log(low * high) / 2, np.log(high / low)
    return np.exp(rng.normal(middle, width / 4, size))


@wrong("reciprocal")
def reciprocal(low, high, rng, size=None):
    return 1 / rng.uniform(1 / high, 1 / low, size)


@wrong("squared")
def squared(low, high, rng, size=None):
    return low + (high - low) * rng.random(size) ** 2


@wrong("square-root")
def square_root(low, high, rng, size=None):
    return rng.uniform(np.sqrt(low), np.sqrt(high), size) ** 2


@wrong("begins-at-one")
def low_forgotten(low, high, rng, size=None):
    return (high / low) ** rng.random(size)


@wrong("begins-at-one")
def powers_of_high(low, high, rng, size=None):
    return high ** rng.random(size)


@wrong("difference-for-ratio")
def difference_for_ratio(low, high, rng, size=None):
    return low * (high - low) ** rng.random(size)


@wrong("size-ignored")
def size_ignored(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high)))


@wrong("same-number")
def same_number(low, high, rng, size=None):
    value = np.exp(rng.uniform(np.log(low), np.log(high)))
    return value if size is None else np.full(size, value)


@wrong("flattened")
def flattened(low, high, rng, size=None):
    count = None if size is None else int(np.prod(size))
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


@wrong("array-of-one")
def array_of_one(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high), 1 if size is None else size))


@wrong("grid")
def grid(low, high, rng, size=None):
    values = np.geomspace(low, high, int(np.prod(1 if size is None else size)))
    return values[0] if size is None else values.reshape(size)


@wrong("shuffled-grid")
def shuffled_grid(low, high, rng, size=None):
    if size is None:
        return np.exp(rng.uniform(np.log(low), np.log(high)))
    return rng.permutation(np.geomspace(low, high, int(np.prod(size)))).reshape(size)


@wrong("global-random")
def global_random(low, high, rng, size=None):
    return np.exp(np.random.uniform(np.log(low), np.log(high), size))


@wrong("own-generator")
def own_generator(low, high, rng, size=None):
    return np.exp(np.random.default_rng(0).uniform(np.log(low), np.log(high), size))


@wrong("unseeded-generator")
def unseeded_generator(low, high, rng, size=None):
    return np.exp(np.random.default_rng().uniform(np.log(low), np.log(high), size))


@wrong("returns-list")
def returns_list(low, high, rng, size=None):
    values = np.exp(rng.uniform(np.log(low), np.log(high), size))
    return values if size is None else values.tolist()


@wrong("returns-none")
def returns_none(low, high, rng, size=None):
    rng.uniform(np.log(low), np.log(high), size)
