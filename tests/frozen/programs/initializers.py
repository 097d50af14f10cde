"""Wrong initialisers, each made of a right recipe."""

import random

import numpy as np

from .entered import Entered
from .initializer_parts import (
    ALL,
    HE,
    HE_NORMAL,
    HE_UNIFORM,
    NORMAL,
    UNIFORM,
    XAVIER,
    XAVIER_UNIFORM,
    normal,
    uniform,
)

wrong = Entered()


def _spread(recipe, spread):
    """The initialiser with another spread: a function of the two fans."""

    def initializer(fan_in, fan_out, rng):
        return recipe.draw(spread(fan_in, fan_out), (fan_in, fan_out), rng)

    return initializer


# Which fan


@wrong("he-instead", XAVIER)
def he_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / i))


@wrong("xavier-instead", HE)
def xavier_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (i + o)))


@wrong("fan-out-for-fan-in", HE)
def fan_out_for_fan_in(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / o))


@wrong("fan-out-only", XAVIER)
def fan_out_only(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / o))


@wrong("fan-out-only", XAVIER)
def fan_out_only_half(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / o))


@wrong("lecun-instead", ALL)
def lecun_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / i))


@wrong("mean-of-fans", ALL)
def mean_of_fans(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / ((i + o) / 2)))


@wrong("product-of-fans", ALL)
def product_of_fans(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (i * o)))


@wrong("product-of-fans", ALL)
def product_of_fans_geometric(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / np.sqrt(i * o)))


@wrong("bias-counted", ALL)
def bias_counted(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (recipe.fan(i, o) + 1)))


@wrong("whole-number-division", XAVIER)
def whole_number_division(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / ((i + o) // 2)))


@wrong("parenthesis-missing", XAVIER)
def parenthesis_missing(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / i + o))


@wrong("fans-ignored", ALL)
def spread_of_one(recipe):
    return _spread(recipe, lambda i, o: 1.0)


@wrong("fans-ignored", ALL)
def spread_of_a_hundredth(recipe):
    return _spread(recipe, lambda i, o: 0.01)


@wrong("fans-ignored", ALL)
def spread_of_a_tenth(recipe):
    return _spread(recipe, lambda i, o: 0.1)


@wrong("fans-ignored", ALL)
def only_the_constant(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant))


@wrong("fans-ignored", ALL)
def half_a_unit(recipe):
    return _spread(recipe, lambda i, o: 0.5)


# Root and constant


@wrong("root-forgotten", ALL)
def root_forgotten(recipe):
    return _spread(recipe, lambda i, o: recipe.spread(i, o) ** 2)


@wrong("root-twice", ALL)
def root_twice(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.spread(i, o)))


@wrong("root-over-constant-only", ALL)
def root_over_constant_only(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant) / recipe.fan(i, o))


@wrong("upside-down", ALL)
def upside_down(recipe):
    return _spread(recipe, lambda i, o: 1 / recipe.spread(i, o))


@wrong("upside-down", ALL)
def multiplied_by_fan(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant * recipe.fan(i, o)))


@wrong("constant-forgotten", (*XAVIER, HE_UNIFORM))
def constant_forgotten(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(1 / recipe.fan(i, o)))


@wrong("limit-is-std", UNIFORM)
def limit_is_std(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(2 / recipe.fan(i, o)))


@wrong("constant-halved", (XAVIER_UNIFORM,))
def constant_halved(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(3 / recipe.fan(i, o)))


@wrong("std-is-limit", NORMAL)
def std_is_limit(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(6 / recipe.fan(i, o)))


@wrong("gain", ALL)
def gain_of_tanh(recipe):
    return _spread(recipe, lambda i, o: 5 / 3 * recipe.spread(i, o))


@wrong("gain", HE)
def gain_of_tanh_for_relu(recipe):
    return _spread(recipe, lambda i, o: 5 / 3 * np.sqrt(recipe.constant / 2 / i))


@wrong("constant-doubled", (HE_NORMAL,))
def constant_doubled(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(4 / recipe.fan(i, o)))


# Distribution


@wrong("std-as-mean", NORMAL)
def std_as_mean(recipe):
    return lambda fan_in, fan_out, rng: rng.normal(recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@wrong("one-limit", UNIFORM)
def one_limit(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@wrong("one-limit", UNIFORM)
def one_negative_limit(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(-recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@wrong("other-distribution", ALL)
def other_distribution(recipe):
    draw, constant = (uniform, 6) if recipe.draw is normal else (normal, 2)

    def initializer(fan_in, fan_out, rng):
        return draw(np.sqrt(constant / recipe.fan(fan_in, fan_out)), (fan_in, fan_out), rng)

    return initializer


@wrong("other-distribution", ALL)
def other_distribution_same_spread(recipe):
    draw = uniform if recipe.draw is normal else normal

    def initializer(fan_in, fan_out, rng):
        return draw(recipe.spread(fan_in, fan_out), (fan_in, fan_out), rng)

    return initializer


@wrong("truncated", NORMAL)
def truncated(recipe):
    def initializer(fan_in, fan_out, rng):
        w = rng.normal(size=(fan_in, fan_out))
        while (outside := np.abs(w) > 2).any():
            w[outside] = rng.normal(size=outside.sum())
        return recipe.spread(fan_in, fan_out) * w

    return initializer


@wrong("truncated", NORMAL)
def truncated_and_corrected(recipe):
    return lambda fan_in, fan_out, rng: truncated(recipe)(fan_in, fan_out, rng) / 0.87962566


@wrong("truncated", NORMAL)
def clipped(recipe):
    def initializer(fan_in, fan_out, rng):
        spread = recipe.spread(fan_in, fan_out)
        return np.clip(rng.normal(0, spread, (fan_in, fan_out)), -2 * spread, 2 * spread)

    return initializer


@wrong("one-sided", ALL)
def one_sided(recipe):
    return lambda fan_in, fan_out, rng: np.abs(recipe.weights(fan_in, fan_out, rng))


@wrong("one-sided", UNIFORM)
def one_sided_and_wide(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(0, 2 * recipe.spread(fan_in, fan_out), (fan_in, fan_out))


@wrong("one-sided", ALL)
def one_sided_other(recipe):
    return lambda fan_in, fan_out, rng: recipe.spread(fan_in, fan_out) * rng.random((fan_in, fan_out))


@wrong("half-width", UNIFORM)
def half_width(recipe):
    return _spread(recipe, lambda i, o: recipe.spread(i, o) / 2)


@wrong("two-values", ALL)
def two_values(recipe):
    def initializer(fan_in, fan_out, rng):
        return recipe.spread(fan_in, fan_out) * rng.choice([-1.0, 1.0], (fan_in, fan_out))

    return initializer


@wrong("standardised", ALL)
def standardised(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return (w - w.mean()) / w.std() * np.sqrt(recipe.variance(fan_in, fan_out))

    return initializer


@wrong("standardised", ALL)
def centred(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return w - w.mean()

    return initializer


@wrong("standardised", ALL)
def scaled_to_the_variance(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return w / w.std() * np.sqrt(recipe.variance(fan_in, fan_out))

    return initializer


# Symmetry


@wrong("zeros", ALL)
def zeros(recipe):
    return lambda fan_in, fan_out, rng: np.zeros((fan_in, fan_out))


@wrong("one-number", ALL)
def one_number(recipe):
    return lambda i, o, rng: np.full((i, o), recipe.draw(recipe.spread(i, o), None, rng))


@wrong("one-number", ALL)
def one_number_no_draw(recipe):
    return lambda i, o, rng: np.full((i, o), recipe.spread(i, o))


@wrong("columns-equal", ALL)
def columns_equal(recipe):
    return lambda i, o, rng: np.repeat(recipe.draw(recipe.spread(i, o), (i, 1), rng), o, axis=1)


@wrong("rows-equal", ALL)
def rows_equal(recipe):
    return lambda i, o, rng: np.repeat(recipe.draw(recipe.spread(i, o), (1, o), rng), i, axis=0)


# What comes back


@wrong("transposed", ALL)
def transposed(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).T


@wrong("arguments-swapped", HE)
def arguments_swapped(recipe):
    return lambda fan_out, fan_in, rng: recipe.weights(fan_in, fan_out, rng)


@wrong("flat", ALL)
def flat(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).ravel()


@wrong("bias-row", ALL)
def bias_row(recipe):
    def initializer(fan_in, fan_out, rng):
        return np.vstack([recipe.weights(fan_in, fan_out, rng), np.zeros(fan_out)])

    return initializer


@wrong("bias-too", ALL)
def bias_too(recipe):
    return lambda fan_in, fan_out, rng: (recipe.weights(fan_in, fan_out, rng), np.zeros(fan_out))


@wrong("returns-none", ALL)
def returns_none(recipe):
    def initializer(fan_in, fan_out, rng):
        recipe.weights(fan_in, fan_out, rng)

    return initializer


@wrong("returns-list", ALL)
def returns_list(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).tolist()


@wrong("returns-spread", ALL)
def returns_spread(recipe):
    return lambda fan_in, fan_out, rng: float(recipe.spread(fan_in, fan_out))


@wrong("float32", ALL)
def float32(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).astype(np.float32)


@wrong("integers", ALL)
def integers(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).astype(int)


# Chance


@wrong("global-random-state", ALL)
def global_random_state(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random)


@wrong("global-seed", ALL)
def global_seed(recipe):
    def initializer(fan_in, fan_out, rng):
        np.random.seed(0)
        return recipe.weights(fan_in, fan_out, np.random)

    return initializer


@wrong("own-seed", ALL)
def own_seed(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random.default_rng(0))


@wrong("other-generator", ALL)
def other_generator(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random.default_rng())


@wrong("other-generator", ALL)
def python_random(recipe):
    generator = random.Random()

    def initializer(fan_in, fan_out, rng):
        spread = recipe.spread(fan_in, fan_out)
        pick = generator.gauss if recipe.draw is normal else generator.uniform
        ends = (0, spread) if recipe.draw is normal else (-spread, spread)
        return np.array([[pick(*ends) for _ in range(fan_out)] for _ in range(fan_in)])

    return initializer


@wrong("rng-copied", ALL)
def rng_copied(recipe):
    def initializer(fan_in, fan_out, rng):
        state = rng.bit_generator.state
        weights = recipe.weights(fan_in, fan_out, rng)
        rng.bit_generator.state = state
        return weights

    return initializer
