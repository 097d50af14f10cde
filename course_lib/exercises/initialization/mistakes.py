"""The mistakes that students make in an initialiser, each as the part of the right one that is wrong.

A mistake is a function that makes, of a right recipe, a wrong initialiser; it exists for each recipe named in
`on`.
"""

# mypy: no-check-untyped-defs

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from course_lib.exercises.initialization.recipes import (
    ALL,
    HE,
    HE_NORMAL,
    HE_UNIFORM,
    NORMAL,
    UNIFORM,
    XAVIER,
    XAVIER_UNIFORM,
    Recipe,
    normal,
    uniform,
)
from course_lib.judging.exercise import Misconception

# How the texts name things, by family.
WORDS = {
    "normal": {"spread": "the standard deviation", "constant": "2", "other": "uniform"},
    "uniform": {"spread": "the limit of the interval", "constant": "6", "other": "normal"},
}


@dataclass
class _Mistake:
    id: str
    on: tuple[Recipe, ...]
    says: str
    hint: str
    convention: bool
    makers: list[tuple[Callable, tuple[Recipe, ...]]] = field(default_factory=list)

    def of(self, recipe: Recipe) -> Misconception:
        words = WORDS[recipe.family] | {"title": recipe.title}
        return Misconception(
            id=self.id,
            explanation=self.says.format(**words),
            hint=self.hint.format(**words),
            variants=tuple(partial(make, recipe) for make, on in self.makers if recipe in on),
            convention=self.convention,
        )


MISTAKES: dict[str, _Mistake] = {}


def mistake(id: str, on: tuple[Recipe, ...], says: str, hint: str, convention: bool = False):
    """Enter a maker as a mistake; another one of the same id, entered by `variant`, is told the same."""
    MISTAKES[id] = _Mistake(id, on, says, hint, convention)
    return variant(id)


def variant(id: str, on: tuple[Recipe, ...] = ALL):
    def enter(make: Callable) -> Callable:
        MISTAKES[id].makers.append((make, tuple(recipe for recipe in MISTAKES[id].on if recipe in on)))
        return make

    return enter


def misconceptions_of(recipe: Recipe) -> tuple[Misconception, ...]:
    """All mistakes that can be made in this initialiser."""
    return tuple(m.of(recipe) for m in MISTAKES.values() if recipe in m.on)


def _spread(recipe, spread):
    """The initialiser with another spread: a function of the two fans."""

    def initializer(fan_in, fan_out, rng):
        return recipe.draw(spread(fan_in, fan_out), (fan_in, fan_out), rng)

    return initializer


# Which fan


@mistake(
    "he-instead",
    XAVIER,
    "This is He's variance: it looks at fan_in alone. Xavier's is a compromise between the signal on its way "
    "forward and the gradient on its way back, and needs both fans.",
    "Which of the two arguments does your formula not use?",
)
def he_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / i))


@mistake(
    "xavier-instead",
    HE,
    "This is Xavier's variance: it has both fans in it. He's looks at one of them alone, and is made for "
    "ReLU.",
    "How many of the fans does He's formula use?",
)
def xavier_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (i + o)))


@mistake(
    "fan-out-for-fan-in",
    HE,
    "fan_out stands where fan_in should. That is a known choice, He's other one, which keeps the size of the "
    "gradients on their way back (mode='fan_out'); ours keeps that of the signal on its way forward.",
    "A unit adds up its inputs. Which of the fans counts them?",
    convention=True,
)
def fan_out_for_fan_in(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / o))


@mistake(
    "fan-out-only",
    XAVIER,
    "The variance depends on fan_out alone; fan_in has no effect.",
    "Change fan_in alone: should the size of the weights change?",
)
def fan_out_only(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / o))


@variant("fan-out-only")
def fan_out_only_half(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / o))


@mistake(
    "lecun-instead",
    ALL,
    "The variance is 1/fan_in. That is known as LeCun's (and some libraries call it Xavier's); {title}'s, "
    "in the contract, is another one.",
    "With fan_in = fan_out = 100, which variance does the contract ask for, and which has your W? And with "
    "fan_out = 1?",
    convention=True,
)
def lecun_instead(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / i))


@mistake(
    "mean-of-fans",
    ALL,
    "The variance is 2 over the mean of the two fans. The contract asks for another one.",
    "With fan_in = fan_out = 100, which variance does the contract ask for, and which has your W?",
)
def mean_of_fans(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / ((i + o) / 2)))


@mistake(
    "product-of-fans",
    ALL,
    "The fans are multiplied: the variance becomes far too small. Their product is the number of weights; "
    "what counts is how many terms a unit adds up.",
    "How many inputs does one unit add up?",
)
def product_of_fans(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (i * o)))


@variant("product-of-fans")
def product_of_fans_geometric(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / np.sqrt(i * o)))


@mistake(
    "bias-counted",
    ALL,
    "What is divided by is one too many, as if the bias were counted. fan_in counts the inputs alone.",
    "With fan_in = fan_out = 1, which variance does the contract ask for, and which has your W?",
)
def bias_counted(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / (recipe.fan(i, o) + 1)))


@mistake(
    "whole-number-division",
    XAVIER,
    "The mean of the fans is rounded down: // gives a whole number, and ½ is lost where one fan is odd and "
    "the other even.",
    "With fan_in = 1 and fan_out = 2, what is the mean of the two, and what does your code divide by?",
)
def whole_number_division(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / 2 / ((i + o) // 2)))


@mistake(
    "parenthesis-missing",
    XAVIER,
    "Only fan_in is divided by; fan_out is added to the quotient, because a parenthesis is missing.",
    "In Python, which is done first in a / b + c?",
)
def parenthesis_missing(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant / i + o))


@mistake(
    "fans-ignored",
    ALL,
    "The fans have no effect on {spread}: it is the same for a small layer and for a large one.",
    "A unit adds up fan_in terms. What becomes of the size of the sum when there are a hundred times as "
    "many?",
)
def spread_of_one(recipe):
    return _spread(recipe, lambda i, o: 1.0)


@variant("fans-ignored")
def spread_of_a_hundredth(recipe):
    return _spread(recipe, lambda i, o: 0.01)


@variant("fans-ignored")
def spread_of_a_tenth(recipe):
    return _spread(recipe, lambda i, o: 0.1)


@variant("fans-ignored")
def only_the_constant(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant))


@variant("fans-ignored")
def half_a_unit(recipe):
    return _spread(recipe, lambda i, o: 0.5)


# Root and constant


@mistake(
    "root-forgotten",
    ALL,
    "The root is missing: what the formula gives is a variance, or a square, and you draw with it as "
    "{spread}.",
    "Does the generator's method take the variance or the standard deviation, the limit or its square?",
)
def root_forgotten(recipe):
    return _spread(recipe, lambda i, o: recipe.spread(i, o) ** 2)


@mistake(
    "root-twice",
    ALL,
    "The root is taken twice.",
    "How many roots lie between the formula's fraction and what the generator's method takes?",
)
def root_twice(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.spread(i, o)))


@mistake(
    "root-over-constant-only",
    ALL,
    "The root covers the constant only, not the fans below it.",
    "Where does the parenthesis of your root end?",
)
def root_over_constant_only(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant) / recipe.fan(i, o))


@mistake(
    "upside-down",
    ALL,
    "The fraction is upside down: the more inputs a unit has, the larger are its weights.",
    "Should a unit with more inputs have larger or smaller weights?",
)
def upside_down(recipe):
    return _spread(recipe, lambda i, o: 1 / recipe.spread(i, o))


@variant("upside-down")
def multiplied_by_fan(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(recipe.constant * recipe.fan(i, o)))


@mistake(
    "constant-forgotten",
    (*XAVIER, HE_UNIFORM),
    "The constant {constant} is missing: 1 stands in its place.",
    "With fan_in = fan_out = 100, compute {spread} by hand, by the contract's formula.",
)
def constant_forgotten(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(1 / recipe.fan(i, o)))


@mistake(
    "limit-is-std",
    UNIFORM,
    "The constant is that of the normal distribution, 2: the standard deviation is taken for the limit. On "
    "an interval that ends at one standard deviation, the variance is three times too small.",
    "A uniform distribution on (−a, a) has which variance?",
)
def limit_is_std(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(2 / recipe.fan(i, o)))


@mistake(
    "constant-halved",
    (XAVIER_UNIFORM,),
    "The constant is 3 where it should be 6: the variance is half as large as it should be.",
    "A uniform distribution on (−a, a) has the variance a²/3. Which variance does yours have?",
)
def constant_halved(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(3 / recipe.fan(i, o)))


@mistake(
    "std-is-limit",
    NORMAL,
    "The constant is that of the uniform distribution, 6: the limit of an interval is taken for the standard "
    "deviation.",
    "Which of the two numbers, 2 and 6, belongs to the variance itself?",
)
def std_is_limit(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(6 / recipe.fan(i, o)))


@mistake(
    "gain",
    ALL,
    "A gain of 5/3 is multiplied in. That is known from PyTorch, whose Xavier takes a gain for the "
    "activation (5/3 for tanh); the contract's formula has none.",
    "Compute {spread} by hand, by the contract's formula, with fan_in = fan_out = 100. Which factor is left "
    "over?",
    convention=True,
)
def gain_of_tanh(recipe):
    return _spread(recipe, lambda i, o: 5 / 3 * recipe.spread(i, o))


@variant("gain", HE)
def gain_of_tanh_for_relu(recipe):
    return _spread(recipe, lambda i, o: 5 / 3 * np.sqrt(recipe.constant / 2 / i))


@mistake(
    "constant-doubled",
    (HE_NORMAL,),
    "The variance is about twice as large as it should be, as with 4 in place of 2.",
    "With fan_in = 100, which variance does the contract ask for, and which does your formula give?",
)
def constant_doubled(recipe):
    return _spread(recipe, lambda i, o: np.sqrt(4 / recipe.fan(i, o)))


# Distribution


@mistake(
    "std-as-mean",
    NORMAL,
    "The standard deviation is taken for the mean: the weights lie around it, with a standard deviation of "
    "1. The first number that the generator's method takes is the mean.",
    "In which order does rng.normal want its arguments, and what is left out in your call?",
)
def std_as_mean(recipe):
    return lambda fan_in, fan_out, rng: rng.normal(recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@mistake(
    "one-limit",
    UNIFORM,
    "The weights lie between the limit and 1: the generator's method takes two limits, and where the second "
    "is left out, it is 1.",
    "Which numbers does rng.uniform want, in which order, and what is left out in your call?",
)
def one_limit(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@variant("one-limit")
def one_negative_limit(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(-recipe.spread(fan_in, fan_out), size=(fan_in, fan_out))


@mistake(
    "other-distribution",
    ALL,
    "The weights are {other}: this exercise asks for the other distribution.",
    "Which method of the generator do you call?",
)
def other_distribution(recipe):
    draw, constant = (uniform, 6) if recipe.draw is normal else (normal, 2)

    def initializer(fan_in, fan_out, rng):
        return draw(np.sqrt(constant / recipe.fan(fan_in, fan_out)), (fan_in, fan_out), rng)

    return initializer


@variant("other-distribution")
def other_distribution_same_spread(recipe):
    draw = uniform if recipe.draw is normal else normal

    def initializer(fan_in, fan_out, rng):
        return draw(recipe.spread(fan_in, fan_out), (fan_in, fan_out), rng)

    return initializer


@mistake(
    "truncated",
    NORMAL,
    "The normal distribution is cut off, at two standard deviations or so. That is known from Keras and "
    "TensorFlow; ours is the whole one.",
    "How large is your largest weight, in standard deviations?",
    convention=True,
)
def truncated(recipe):
    def initializer(fan_in, fan_out, rng):
        w = rng.normal(size=(fan_in, fan_out))
        while (outside := np.abs(w) > 2).any():
            w[outside] = rng.normal(size=outside.sum())
        return recipe.spread(fan_in, fan_out) * w

    return initializer


@variant("truncated")
def truncated_and_corrected(recipe):
    return lambda fan_in, fan_out, rng: truncated(recipe)(fan_in, fan_out, rng) / 0.87962566


@variant("truncated")
def clipped(recipe):
    def initializer(fan_in, fan_out, rng):
        spread = recipe.spread(fan_in, fan_out)
        return np.clip(rng.normal(0, spread, (fan_in, fan_out)), -2 * spread, 2 * spread)

    return initializer


@mistake(
    "one-sided",
    ALL,
    "All weights are positive: the distribution should lie on both sides of 0. With positive inputs, all "
    "units would be large together.",
    "What is the smallest weight that your code can draw, and what should it be?",
)
def one_sided(recipe):
    return lambda fan_in, fan_out, rng: np.abs(recipe.weights(fan_in, fan_out, rng))


@variant("one-sided", UNIFORM)
def one_sided_and_wide(recipe):
    return lambda fan_in, fan_out, rng: rng.uniform(0, 2 * recipe.spread(fan_in, fan_out), (fan_in, fan_out))


@variant("one-sided")
def one_sided_other(recipe):
    return lambda fan_in, fan_out, rng: recipe.spread(fan_in, fan_out) * rng.random((fan_in, fan_out))


@mistake(
    "half-width",
    UNIFORM,
    "The interval is half as wide as it should be: from −a/2 to a/2.",
    "Draw numbers between 0 and 1 and take ½ away. Between which limits are they now?",
)
def half_width(recipe):
    return _spread(recipe, lambda i, o: recipe.spread(i, o) / 2)


@mistake(
    "two-values",
    ALL,
    "There are only two different weights, with random signs.",
    "Between which limits can a weight have any value?",
)
def two_values(recipe):
    def initializer(fan_in, fan_out, rng):
        return recipe.spread(fan_in, fan_out) * rng.choice([-1.0, 1.0], (fan_in, fan_out))

    return initializer


@mistake(
    "standardised",
    ALL,
    "The weights drawn are shifted or scaled afterwards, so that their mean or their variance is exact. The "
    "contract asks for free draws, whose mean and variance are right on average.",
    "Which lines come after the draw?",
)
def standardised(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return (w - w.mean()) / w.std() * np.sqrt(recipe.variance(fan_in, fan_out))

    return initializer


@variant("standardised")
def centred(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return w - w.mean()

    return initializer


@variant("standardised")
def scaled_to_the_variance(recipe):
    def initializer(fan_in, fan_out, rng):
        w = recipe.weights(fan_in, fan_out, rng)
        return w / w.std() * np.sqrt(recipe.variance(fan_in, fan_out))

    return initializer


# Symmetry


@mistake(
    "zeros",
    ALL,
    "All weights are 0: the units of a layer are all the same, and get no gradient that could change it.",
    "What does a unit compute whose weights are all 0?",
)
def zeros(recipe):
    return lambda fan_in, fan_out, rng: np.zeros((fan_in, fan_out))


@mistake(
    "one-number",
    ALL,
    "All weights are one and the same number: the units of a layer are all alike, get the same gradient, and "
    "stay alike.",
    "How many random numbers does your call of the generator return?",
)
def one_number(recipe):
    return lambda i, o, rng: np.full((i, o), recipe.draw(recipe.spread(i, o), None, rng))


@variant("one-number")
def one_number_no_draw(recipe):
    return lambda i, o, rng: np.full((i, o), recipe.spread(i, o))


@mistake(
    "columns-equal",
    ALL,
    "All columns of W are equal: each unit has the weights of every other, gets the same gradient, and stays "
    "like it.",
    "How many random numbers does a W of shape (3, 5) need, and how many do you draw?",
)
def columns_equal(recipe):
    return lambda i, o, rng: np.repeat(recipe.draw(recipe.spread(i, o), (i, 1), rng), o, axis=1)


@mistake(
    "rows-equal",
    ALL,
    "All rows of W are equal: a unit treats all of its inputs alike.",
    "How many random numbers does a W of shape (3, 5) need? How many do you draw?",
)
def rows_equal(recipe):
    return lambda i, o, rng: np.repeat(recipe.draw(recipe.spread(i, o), (1, o), rng), i, axis=0)


# What comes back


@mistake(
    "transposed",
    ALL,
    "W has the shape (fan_out, fan_in). That is known as PyTorch's layout; in ours it is (fan_in, fan_out), "
    "so that x W works for examples in the rows of x.",
    "x is (N, fan_in). What shape must W have for x @ W?",
    convention=True,
)
def transposed(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).T


@mistake(
    "arguments-swapped",
    HE,
    "The two fans have changed places in the def line: what comes first in a call is fan_in. W has the wrong "
    "shape, and its variance depends on fan_out.",
    "Compare the def line with the contract, and remember that arguments are passed by position.",
)
def arguments_swapped(recipe):
    return lambda fan_out, fan_in, rng: recipe.weights(fan_in, fan_out, rng)


@mistake(
    "flat",
    ALL,
    "W is one flat row of numbers. It should have the shape (fan_in, fan_out).",
    "Which argument of the generator's method says the shape?",
)
def flat(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).ravel()


@mistake(
    "bias-row",
    ALL,
    "W has one row too many, for the bias. The contract asks for the weights alone; a bias starts at 0.",
    "How many rows does the contract's W have?",
)
def bias_row(recipe):
    def initializer(fan_in, fan_out, rng):
        return np.vstack([recipe.weights(fan_in, fan_out, rng), np.zeros(fan_out)])

    return initializer


@mistake(
    "bias-too",
    ALL,
    "A tuple comes back, the weights together with something else. The contract asks for W alone.",
    "What would x @ W be with what you return?",
)
def bias_too(recipe):
    return lambda fan_in, fan_out, rng: (recipe.weights(fan_in, fan_out, rng), np.zeros(fan_out))


@mistake(
    "returns-none",
    ALL,
    "The function returns None: the weights that it draws are not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(recipe):
    def initializer(fan_in, fan_out, rng):
        recipe.weights(fan_in, fan_out, rng)

    return initializer


@mistake(
    "returns-list",
    ALL,
    "The function returns a list. Asked is an array, which can be multiplied with another.",
    "Where on its way does the result stop being an array?",
)
def returns_list(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).tolist()


@mistake(
    "returns-spread",
    ALL,
    "The function returns {spread}, a single number. Asked are the weights that are drawn with it.",
    "What is still to be done with that number?",
)
def returns_spread(recipe):
    return lambda fan_in, fan_out, rng: float(recipe.spread(fan_in, fan_out))


@mistake(
    "float32",
    ALL,
    "The weights are float32. The contract asks for float64, as the rest of the course computes with it.",
    "Search for a dtype or an astype.",
)
def float32(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).astype(np.float32)


@mistake(
    "integers",
    ALL,
    "The weights are whole numbers: what stands after the decimal point is cut off, and most are 0.",
    "Is there an int somewhere, or an array made of integers that the weights are written into?",
)
def integers(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, rng).astype(int)


# Chance


@mistake(
    "global-random-state",
    ALL,
    "The weights are drawn from NumPy's global random state, with np.random.…, not from rng: the seed that "
    "the caller chose has no effect, and nobody can repeat the run.",
    "Which name stands in front of the dot where you draw?",
)
def global_random_state(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random)


@mistake(
    "global-seed",
    ALL,
    "np.random.seed sets NumPy's global random state in every call: each layer of one shape gets the same "
    "weights, and all other code that uses it is disturbed as well.",
    "Who should choose the seed, and what is the argument rng for?",
)
def global_seed(recipe):
    def initializer(fan_in, fan_out, rng):
        np.random.seed(0)
        return recipe.weights(fan_in, fan_out, np.random)

    return initializer


@mistake(
    "own-seed",
    ALL,
    "rng has no effect: the function makes a generator of its own with a fixed seed, or keeps what it once "
    "drew. All layers of one shape start with the same weights.",
    "Call your function twice. Are the two results different?",
)
def own_seed(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random.default_rng(0))


@mistake(
    "other-generator",
    ALL,
    "The weights are drawn from another generator than rng: with the same seed they are others each time.",
    "Which object's method draws, and where does it get its seed?",
)
def other_generator(recipe):
    return lambda fan_in, fan_out, rng: recipe.weights(fan_in, fan_out, np.random.default_rng())


@variant("other-generator")
def python_random(recipe):
    generator = random.Random()

    def initializer(fan_in, fan_out, rng):
        spread = recipe.spread(fan_in, fan_out)
        pick = generator.gauss if recipe.draw is normal else generator.uniform
        ends = (0, spread) if recipe.draw is normal else (-spread, spread)
        return np.array([[pick(*ends) for _ in range(fan_out)] for _ in range(fan_in)])

    return initializer


@mistake(
    "rng-copied",
    ALL,
    "rng is copied, or set back, so that it stands where it stood before: the next layer of the same shape "
    "gets the same weights.",
    "Call your function twice with one and the same generator. Are the two results different?",
)
def rng_copied(recipe):
    def initializer(fan_in, fan_out, rng):
        state = rng.bit_generator.state
        weights = recipe.weights(fan_in, fan_out, rng)
        rng.bit_generator.state = state
        return weights

    return initializer
