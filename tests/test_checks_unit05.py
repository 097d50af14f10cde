"""Unit 05's exercises: right answers in many styles pass, and chance fails none of them."""

import math
import time
from collections import Counter
from itertools import product
from statistics import NormalDist

import numpy as np
import pytest

from course_lib import initializers
from course_lib.checks import check
from course_lib.exercises.folders import BATCH_NORM, INITIALIZERS, find
from course_lib.exercises.initialization import fans as fans_exercise
from course_lib.exercises.initialization.recipes import ALL, HE, NORMAL
from course_lib.exercises.initialization.statistics import DRAWN, _possible
from course_lib.grading.library import MACHINERY
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


def passes(name, student, seeds=range(6)):
    for seed in seeds:
        report = judged(name, student, seed)
        assert report.passed, report.text()
    assert check(name, student, points=3) == 3.0


# fans


def by_cases(shape):
    if len(shape) == 2:
        return shape[0], shape[1]
    if len(shape) == 4:
        height, width, channels_in, channels_out = shape
        return height * width * channels_in, height * width * channels_out
    raise ValueError(f"2 or 4 dimensions, not {len(shape)}")


def by_product(shape):
    if len(shape) not in {2, 4}:
        raise ValueError("dense or convolution")
    window = np.prod(shape[:-2], dtype=int)
    return window * shape[-2], window * shape[-1]


def by_match(shape):
    match tuple(shape):
        case (fan_in, fan_out):
            return fan_in, fan_out
        case (height, width, into, out):
            return [height * width * into, height * width * out]
    raise ValueError(shape)


def by_unpacking(shape):
    if len(shape) == 2:
        return shape
    height, width, into, out = shape  # raises ValueError for other lengths
    return math.prod((height, width, into)), math.prod((height, width, out))


def by_loop(shape):
    if len(shape) not in (2, 4):
        raise ValueError
    window = 1
    for side in shape[:-2]:
        window *= side
    *_, into, out = shape
    return np.int32(into * window), float(out * window)


def by_array(shape):
    shape = np.asarray(shape)
    if shape.size != 2 and shape.size != 4:
        raise ValueError("no fans")
    return tuple(shape[-2:] * shape[:-2].prod())


def by_recursion(shape):
    if len(shape) == 2:
        fan_in, fan_out = shape
        return fan_in, fan_out
    if len(shape) == 4:
        side, *rest = shape
        other, into, out = rest
        fan_in, fan_out = by_recursion((into, out))
        return side * other * fan_in, side * other * fan_out
    raise ValueError("neither a matrix nor a kernel", shape)


def by_padding(shape):
    padded = {2: (1, 1, *shape), 4: shape}.get(len(shape))
    if padded is None:
        raise ValueError(f"{shape} has {len(shape)} dimensions")
    return np.array([math.prod(padded[:3]), math.prod(padded[:2]) * padded[3]])


def by_division(shape):
    if len(shape) in (2, 4):
        total = math.prod(shape)
        return total // shape[-1], total // shape[-2]
    raise ValueError("2 or 4 dimensions")


def by_reduce(shape):
    from functools import reduce
    from operator import mul

    if len(shape) == 3 or not 2 <= len(shape) <= 4:
        raise ValueError
    window = reduce(mul, shape[:-2], 1)
    return tuple(window * channels for channels in shape[-2:])


def by_own_error(shape):
    class WrongShape(ValueError):
        pass

    dimensions = len(list(shape))
    if dimensions == 2:
        return tuple(shape)
    if dimensions != 4:
        raise WrongShape(dimensions)
    h, w, c, k = map(int, shape)
    return h * w * c, h * w * k


def by_dummy_array(shape):
    weights = np.empty(shape)
    if weights.ndim not in (2, 4):
        raise ValueError(f"cannot tell the fans of {weights.ndim} dimensions")
    return weights[..., 0].size, weights[..., 0, :].size


class ByCall:
    __name__ = "by_call"

    def __call__(self, shape):
        if len(shape) % 2 or len(shape) > 4 or not shape:
            raise ValueError("shape")
        window = np.prod(shape[:-2])
        return window * shape[-2], window * shape[-1]


FANS = [
    by_cases, by_product, by_match, by_unpacking, by_loop, by_array,
    by_recursion, by_padding, by_division, by_reduce, by_own_error, by_dummy_array, ByCall(),
]  # fmt: skip


@pytest.mark.parametrize("student", FANS, ids=lambda s: s.__name__)
def test_every_style_of_fans_passes(student):
    passes("fans", student)


def test_fans_are_those_of_a_convolution_counted_product_by_product():
    """Each product of a convolution has an input and an output. How many are there of each?"""
    height, width, channels_in, channels_out = shape = (2, 3, 4, 5)
    of_output, of_input = Counter(), Counter()
    steps = (range(6), range(7), range(height), range(width), range(channels_in), range(channels_out))
    for row, column, i, j, into, out in product(*steps):
        of_output[row, column, out] += 1
        of_input[row + i, column + j, into] += 1
    assert fans_exercise.right(shape) == (of_output[3, 3, 0], of_input[3, 3, 0]) == (24, 30)


def test_unlisted_mistakes_in_fans_fail_with_a_reason():
    wrong = {
        "an array of shape (3,)": lambda shape: np.array([*by_cases(shape), 1]),
        "fan_in: expected 5, got 2.5": lambda shape: (by_cases(shape)[0] / 2, by_cases(shape)[1]),
        "a text": lambda shape: str(by_cases(shape)),
        "other shapes are not refused": lambda shape: (
            math.prod(shape[:-1]),
            math.prod(shape[:-2]) * shape[-1],
        ),
        "a dict of 2": lambda shape: dict(zip(("fan_in", "fan_out"), by_cases(shape), strict=True)),
        "convolution kernels are not": lambda shape: tuple(n + (len(shape) == 4) for n in by_cases(shape)),
    }
    for words, student in wrong.items():
        report = judged("fans", student)
        assert not report.passed
        assert words in report.text(), report.text()


FANS_TOLD = {
    "swapped": lambda h, w, a, b: (h * w * b, h * w * a),
    "same-fan-twice": lambda h, w, a, b: (h * w * a, h * w * a),
    "channels-forgotten": lambda h, w, a, b: (h * w, h * w),
    "bias-counted": lambda h, w, a, b: (h * w * a + 1, h * w * b),
    "pytorch-layout": lambda h, w, a, b: (w * a * b, h * a * b),
    "everything-multiplied": lambda h, w, a, b: (h * w * a * b, h * w * a * b),
}


@pytest.mark.parametrize("id", FANS_TOLD)
def test_mistakes_with_kernels_alone_are_told(id):
    report = judged("fans", lambda shape: FANS_TOLD[id](*shape) if len(shape) == 4 else by_cases(shape))
    assert report.diagnosis == id


def test_the_form_of_what_comes_back_is_told_before_its_numbers():
    for form in (list, str, lambda pair: {"fan_in": pair[0], "fan_out": pair[1]}):
        report = judged("fans", lambda shape, form=form: form(by_cases(shape)))
        assert report.passed == (form is list)
        assert "there is nothing to compute" not in report.text()


def test_a_variable_without_a_value_is_another_error():
    def fans(shape):
        if len(shape) == 2:
            pair = shape
        if len(shape) == 4:
            pair = by_cases(shape)
        return pair

    assert judged("fans", fans).diagnosis == "another-error"


def test_who_refuses_everything_gets_nothing():
    def refuses(anything):
        raise ValueError

    assert judged("fans", refuses).score == judged("choose_initializer", refuses).score == 0


# The four initialisers

RECIPES = {recipe.name: recipe for recipe in ALL}


def variance(name, fan_in, fan_out):
    return 2 / fan_in if name.startswith("he") else 2 / (fan_in + fan_out)


def styles(name):
    """Right initialisers of one name."""
    normal = name.endswith("normal")

    def size(fan_in, fan_out):
        v = variance(name, fan_in, fan_out)
        return math.sqrt(v if normal else 3 * v)

    def direct(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        return rng.normal(0, a, (fan_in, fan_out)) if normal else rng.uniform(-a, a, size=(fan_in, fan_out))

    def scaled(fan_in, fan_out, rng):
        unit = rng.standard_normal((fan_in, fan_out)) if normal else 2 * rng.random((fan_in, fan_out)) - 1
        unit *= size(fan_in, fan_out)
        return unit

    def loops(fan_in, fan_out, rng):
        a, rows = size(fan_in, fan_out), []
        for _ in range(fan_in):
            rows.append([rng.normal(0, a) if normal else rng.uniform(-a, a) for _ in range(fan_out)])
        return np.array(rows)

    def column_by_column(fan_in, fan_out, rng):
        W = np.empty((fan_in, fan_out))
        for j in range(fan_out):
            a = size(fan_in, fan_out)
            W[:, j] = rng.normal(0, a, fan_in) if normal else rng.uniform(-a, a, fan_in)
        return W

    def by_inverse(fan_in, fan_out, rng):
        u = rng.random(fan_in * fan_out)
        unit = np.array([NormalDist().inv_cdf(max(p, 1e-300)) for p in u]) if normal else 2 * u - 1
        return (unit * size(fan_in, fan_out)).reshape(fan_in, fan_out)

    def transposed_twice(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        drawn = (
            rng.normal(scale=a, size=(fan_out, fan_in)) if normal else rng.uniform(-a, a, (fan_out, fan_in))
        )
        return np.ascontiguousarray(drawn.T)

    def in_polar_coordinates(fan_in, fan_out, rng):
        if not normal:
            return (
                rng.choice([-1, 1], (fan_in, fan_out)) * rng.random((fan_in, fan_out)) * size(fan_in, fan_out)
            )
        radius = np.sqrt(-2 * np.log1p(-rng.random((fan_in, fan_out))))
        return size(fan_in, fan_out) * radius * np.cos(2 * np.pi * rng.random((fan_in, fan_out)))

    def by_a_generator_of_its_own(fan_in, fan_out, rng):
        own = np.random.default_rng(rng.integers(2**63))
        return direct(fan_in, fan_out, own)

    def entry_by_entry(fan_in, fan_out, rng):
        W = np.zeros((fan_in, fan_out))
        for i in range(fan_in):
            for j in range(fan_out):
                W[i, j] = rng.standard_normal() if normal else rng.uniform(-1, 1)
        W *= size(fan_in, fan_out)
        return W

    def from_float32(fan_in, fan_out, rng):
        shape = fan_in, fan_out
        draw = rng.standard_normal if normal else rng.random
        unit = draw(shape, dtype=np.float32).astype(np.float64)
        return (unit if normal else 2 * unit - 1) * size(fan_in, fan_out)

    def by_a_table(fan_in, fan_out, rng):
        a = size(fan_in, fan_out)
        draws = {True: lambda: rng.normal(loc=0.0, scale=a, size=(fan_in, fan_out)),
                 False: lambda: rng.uniform(low=-a, high=a, size=[fan_in, fan_out])}  # fmt: skip
        return draws[normal]()

    def from_iterator(fan_in, fan_out, rng):
        a, n = size(fan_in, fan_out), fan_in * fan_out
        draw = (lambda: rng.normal(0, a)) if normal else (lambda: rng.uniform(-a, a))
        return np.fromiter((draw() for _ in range(n)), float, n).reshape((fan_in, fan_out), order="F")

    def by_a_child(fan_in, fan_out, rng):
        return direct(fan_in, fan_out, rng.spawn(1)[0])

    def shuffled(fan_in, fan_out, rng):
        return rng.permuted(direct(fan_in, fan_out, rng))

    class Initialiser:
        """An object that is called; it keeps the size for fans that it has seen."""

        def __init__(self):
            self.sizes = {}

        def __call__(self, fan_in, fan_out, rng):
            a = self.sizes.setdefault((fan_in, fan_out), size(fan_in, fan_out))
            return np.array([direct(1, fan_out, rng)[0] * (a / size(1, fan_out)) for _ in range(fan_in)])

    def an_object(fan_in, fan_out, rng, made=Initialiser()):  # noqa: B008
        return made(fan_in, fan_out, rng)

    def with_two_generators_states(fan_in, fan_out, rng):
        return direct(fan_in, fan_out, np.random.Generator(rng.bit_generator))

    return [
        direct, scaled, loops, column_by_column, by_inverse, transposed_twice, in_polar_coordinates,
        by_a_generator_of_its_own, entry_by_entry, from_float32, by_a_table, from_iterator, by_a_child,
        shuffled, an_object, with_two_generators_states,
    ]  # fmt: skip


STYLES = [(name, student) for name in INITIALIZERS for student in styles(name)]


@pytest.mark.parametrize(("name", "student"), STYLES, ids=[f"{n}-{s.__name__}" for n, s in STYLES])
def test_every_style_of_initialiser_passes(name, student):
    passes(name, student, seeds=range(3))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_recipes_that_mistakes_are_made_of_are_right(name):
    for fans in ((3, 5), (7, 2)):
        mine = RECIPES[name].weights(*fans, np.random.default_rng(0))
        ours = getattr(initializers, name)(*fans, np.random.default_rng(0))
        np.testing.assert_allclose(mine, ours, rtol=1e-14)
        assert RECIPES[name].variance(*fans) == pytest.approx(variance(name, *fans))


@pytest.mark.parametrize("name", INITIALIZERS)
def test_chance_fails_no_right_answer(name):
    """A right answer fails with a probability below 1e-9: here on none of 60 seeds."""
    assert all(judged(name, getattr(initializers, name), seed).passed for seed in range(60))


def test_the_bounds_on_a_variance_are_far_out():
    """In standard deviations of a mean of w², which are √(2/n) for a normal, √(4/5n) for a uniform one."""
    for n in (3200, DRAWN):
        for family, deviation in (("normal", math.sqrt(2 / n)), ("uniform", math.sqrt(0.8 / n))):
            low, high = _possible(family, n)
            assert 6.4 * deviation < 1 - low < 8 * deviation
            assert 6.4 * deviation < high - 1 < 8 * deviation


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_a_variance_that_is_off_by_a_twentieth_fails_and_is_told(name, factor):
    """Four standard deviations beyond the bound at least: it passes on one seed in 30,000."""
    right = getattr(initializers, name)
    for seed in range(6):
        report = judged(name, lambda i, o, rng: math.sqrt(factor) * right(i, o, rng), seed)
        assert [case.name for case in report.cases if not case.passed] == ["the variance, more closely"]
        assert "look for a constant factor" in report.text()


NEAR_MISSES = {
    "bias-counted": lambda draw, i, o, rng, he: draw(math.sqrt(2 / (i + 1 if he else i + o + 1)), i, o, rng),
    "gain": lambda draw, i, o, rng, he: draw(5 / 3 * math.sqrt(2 / (i if he else i + o)), i, o, rng),
    "standardised": lambda draw, i, o, rng, he: (lambda w: w - w.mean())(
        draw(math.sqrt(2 / (i if he else i + o)), i, o, rng)
    ),
}


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("id", NEAR_MISSES)
def test_near_misses_are_told(name, id):
    def draw(std, fan_in, fan_out, rng):
        unit = rng.standard_normal((fan_in, fan_out))
        if name.endswith("uniform"):
            unit = math.sqrt(3) * (2 * rng.random((fan_in, fan_out)) - 1)
        return std * unit

    wrong = NEAR_MISSES[id]
    report = judged(name, lambda i, o, rng: wrong(draw, i, o, rng, name.startswith("he")))
    assert report.diagnosis == id


def test_distributions_that_are_almost_the_right_one_fail():
    def drawn(unit):
        return lambda fan_in, fan_out, rng: math.sqrt(2 / fan_in) * unit(rng, (fan_in, fan_out))

    almost_normal = {
        "logistic": lambda rng, shape: rng.logistic(0, math.sqrt(3) / math.pi, shape),
        "triangular": lambda rng, shape: math.sqrt(6) * rng.triangular(-1, 0, 1, shape),
        "cut off at 3": lambda rng, shape: np.clip(rng.standard_normal(shape), -3, 3),
        "shifted": lambda rng, shape: rng.standard_normal(shape) + 0.05,
    }
    for seed in range(5):
        for unit in almost_normal.values():
            report = judged("he_normal", drawn(unit), seed)
            assert [case.passed for case in report.cases].count(False) == 1
            assert report.diagnosis is None
    report = judged("he_normal", drawn(lambda rng, shape: np.clip(rng.standard_normal(shape), -2, 2)))
    assert report.diagnosis == "truncated"


def test_repeated_weights_are_told_however_they_are_drawn():
    def one_number(fan_in, fan_out, rng):
        return np.ones((fan_in, fan_out)) * rng.random()

    def columns(fan_in, fan_out, rng):
        return np.tile(rng.random((fan_in, 1)), (1, fan_out))

    for name in INITIALIZERS:
        assert judged(name, one_number).diagnosis == "one-number"
        assert judged(name, columns).diagnosis == "columns-equal"


def test_a_shape_of_its_own_does_not_fill_the_memory():
    """The arrays that are asked for are small, so those of (fan_in, fan_in) are, too."""
    report = judged("he_normal", lambda i, o, rng: rng.normal(0, math.sqrt(2 / i), (i, i)), seed=1)
    assert report.diagnosis is None
    assert "(5, 5)" in report.text()


def test_what_goes_wrong_with_the_generator_gets_its_own_advice():
    wrong = {
        "numpy.random.Generator": lambda i, o, rng: rng.randn(i, o),
        "pair of parentheses": lambda i, o, rng: rng.standard_normal(i, o),
        "in which order": lambda i, o, rng: rng.normal(i, o, 0.5),
        "what shifts them": lambda i, o, rng: initializers.he_normal(i, o, rng) + 0.02,
    }
    for words, student in wrong.items():
        assert words in judged("he_normal", student).diagnosed.text


def test_the_global_random_state_is_left_as_it_was():
    np.random.seed(3)
    before = [np.random.normal() for _ in range(3)]
    np.random.seed(3)
    first = np.random.normal()  # the second of a pair now waits
    judged("he_normal", lambda i, o, rng: np.random.normal(0, math.sqrt(2 / i), (i, o)))
    assert [first, np.random.normal(), np.random.normal()] == before


@pytest.mark.parametrize("name", INITIALIZERS)
def test_unlisted_mistakes_fail_with_a_reason(name):
    right = getattr(initializers, name)
    wrong = {
        "For all fans the variance is about 6.2": lambda i, o, rng: 2.5 * right(i, o, rng),
        "depends on (fan_in, fan_out)": lambda i, o, rng: right(i, o, rng) * (1 + i / 100),
        "The mean of the weights": lambda i, o, rng: right(i, o, rng) + math.sqrt(variance(name, i, o)) / 2,
        "below half": lambda i, o, rng: rng.laplace(0, math.sqrt(variance(name, i, o) / 2), (i, o)),
        "different weights among": lambda i, o, rng: np.round(right(i, o, rng), 2),
        "(5, 8, 1)": lambda i, o, rng: right(i, o, rng)[:, :, None],
        "raised ZeroDivisionError": lambda i, o, rng: 1 / (i - i),
    }
    for words, student in wrong.items():
        report = judged(name, student)
        assert not report.passed
        assert words in report.text(), report.text()


def test_a_wrong_shape_or_distribution_does_not_cost_the_variance():
    for name in INITIALIZERS:
        right = getattr(initializers, name)
        transposed = judged(name, lambda i, o, rng, right=right: right(i, o, rng).T)
        assert [case.passed for case in transposed.cases].count(False) == 1
        scheme, family = name.split("_")
        other = getattr(initializers, f"{scheme}_{'uniform' if family == 'normal' else 'normal'}")
        assert [case.name for case in judged(name, other).cases if not case.passed] == ["the distribution"]


def test_the_frequent_mistakes_are_there():
    for recipe in ALL:
        ids = {m.id for m in find(recipe.name).misconceptions}
        assert ids >= {
            "root-forgotten", "root-twice", "one-sided", "transposed", "one-number", "columns-equal",
            "rows-equal", "global-random-state", "global-seed", "own-seed", "other-distribution",
            "returns-list", "returns-none", "float32", "fans-ignored", "lecun-instead", "zeros",
        }  # fmt: skip
        his = {"xavier-instead", "fan-out-for-fan-in", "arguments-swapped"}
        assert ids >= (his if recipe in HE else {"he-instead", "constant-forgotten", "parenthesis-missing"})
        assert ids >= ({"truncated", "std-is-limit"} if recipe in NORMAL else {"limit-is-std", "half-width"})


# choose_initializer


def by_conditions(activation):
    if activation in ("relu", "leaky_relu"):
        return "he_normal"
    if activation in ("tanh", "sigmoid", "identity"):
        return "xavier_normal"
    raise ValueError(f"no rule for {activation!r}")


def by_table(activation):
    table = {"relu": "he_uniform", "leaky_relu": "he_uniform"}
    table |= dict.fromkeys(["tanh", "sigmoid", "identity"], "xavier_uniform")
    if activation not in table:
        raise ValueError(activation)
    return table[activation]


def by_matching(activation):
    match activation:
        case "relu" | "leaky_relu":
            return "he_normal"
        case "tanh":
            return "xavier_uniform"
        case "sigmoid" | "identity":
            return "xavier_normal"
        case _:
            raise ValueError("unknown activation")


def by_key_error(activation):
    try:
        return {
            "relu": "he",
            "leaky_relu": "he",
            "tanh": "xavier",
            "sigmoid": "xavier",
            "identity": "xavier",
        }[activation] + "_normal"
    except KeyError:
        raise ValueError(f"unknown: {activation}") from None  # fmt: skip


def by_index(activation):
    names = ["relu", "leaky_relu", "tanh", "sigmoid", "identity"]
    return ("he_uniform", "xavier_uniform")[names.index(activation) >= 2]  # index raises ValueError


def by_end(activation):
    known = {"relu", "leaky_relu", "tanh", "sigmoid", "identity"}
    if not {activation} <= known:
        raise ValueError("The names are " + ", ".join(sorted(known)))
    return f"{'he' if activation.endswith('relu') else 'xavier'}_normal"


def by_early_return(activation):
    if activation == "relu" or activation == "leaky_relu":
        return "he_uniform"
    elif activation == "tanh" or activation == "sigmoid" or activation == "identity":
        return "xavier_normal"
    else:
        raise ValueError("pick relu, leaky_relu, tanh, sigmoid or identity")


def by_sets(activation):
    for scheme, names in (("he", {"relu", "leaky_relu"}), ("xavier", {"tanh", "sigmoid", "identity"})):
        if activation in names:
            return "_".join([scheme, "uniform"])
    raise ValueError(activation)


def by_get(activation):
    found = dict(zip(("relu", "leaky_relu", "tanh", "sigmoid", "identity"), "hhxxx", strict=True)).get(
        activation
    )
    if found is None:
        raise ValueError("?")
    return {"h": "he_normal", "x": "xavier_uniform"}[found]


def by_enum(activation):
    from enum import Enum

    class Names(Enum):
        relu = "he_normal"
        leaky_relu = "he_uniform"
        tanh = "xavier_normal"
        sigmoid = "xavier_uniform"
        identity = "xavier_uniform "

    if activation not in Names.__members__:
        raise ValueError
    return Names[activation].value.strip()


def by_pattern(activation):
    import re

    if re.fullmatch(r"(leaky_)?relu", activation):
        return "he_normal"
    if re.fullmatch("tanh|sigmoid|identity", activation):
        return "xavier_normal"
    raise ValueError(f"{activation!r} is not known")


def by_numpy(activation):
    known = np.array(["relu", "leaky_relu", "tanh", "sigmoid", "identity"])
    (where,) = np.nonzero(known == activation)
    if len(where) == 0:
        raise ValueError(activation)
    return np.array(["he_normal", "xavier_normal"])[int(where[0] > 1)]  # a string of NumPy's


def by_assertion(activation):
    try:
        assert activation in ("relu", "leaky_relu", "tanh", "sigmoid", "identity")
    except AssertionError as error:
        raise ValueError("unknown activation") from error
    return "he_uniform" if "relu" in activation else "xavier_uniform"


CHOICES = [
    by_conditions, by_table, by_matching, by_key_error, by_index, by_end,
    by_early_return, by_sets, by_get, by_enum, by_pattern, by_numpy, by_assertion,
]  # fmt: skip


@pytest.mark.parametrize("student", CHOICES, ids=lambda s: s.__name__)
def test_every_style_of_choice_passes(student):
    passes("choose_initializer", student)


def test_unlisted_mistakes_in_the_choice_fail_with_a_reason():
    wrong = {
        "“He normal”": lambda name: by_conditions(name).replace("_", " ").capitalize(),
        "the number 1": lambda name: 1 if by_conditions(name) else 0,
        "you choose “xavier_normal”": lambda name: "xavier_normal" if name == "relu" else by_conditions(name),
        "“gelu” gets “he_normal”": lambda name: by_conditions(name) if name != "gelu" else "he_normal",
        "the contract's table": lambda name: "he_uniform" if name == "identity" else by_conditions(name),
    }
    for words, student in wrong.items():
        report = judged("choose_initializer", student)
        assert not report.passed
        assert words in report.text(), report.text()


# In the sandbox


def test_what_plays_the_cases_can_be_had_in_the_sandbox():
    for name in (*INITIALIZERS, *BATCH_NORM):
        drivers = {case.asked.driver for case in find(name).cases(1) if case.asked.driver}
        assert drivers
        for driver in drivers:
            path = driver.removeprefix("course_lib.").replace(".", "/")
            assert {f"{path}.py", f"{path.rpartition('/')[0]}/__init__.py"} <= set(MACHINERY)


# Time


@pytest.mark.parametrize("name", [*INITIALIZERS, "fans", "choose_initializer"])
def test_a_check_takes_at_most_a_fifth_of_a_second(name):
    """Right, wrong in a known way, wrong in an unknown way; best of five, as others share the machine."""
    exercise = find(name)
    for student in (
        exercise.reference,
        exercise.misconceptions[-1].variants[0](),
        lambda *arguments: exercise.reference(*arguments) * 3,
    ):
        durations = []
        for _ in range(5):
            start = time.perf_counter()
            check(name, student)
            durations.append(time.perf_counter() - start)
        assert min(durations) < 0.2
