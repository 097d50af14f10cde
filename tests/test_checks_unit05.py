"""Unit 05's exercises: chance fails no right answer, and what is wrong is told."""

import math
import time
from collections import Counter
from itertools import product

import numpy as np
import pytest

from course_lib import initializers
from course_lib.checks import check
from course_lib.exercises._initializer_statistics import DRAWN, possible
from course_lib.exercises.choose_initializer.styles import by_conditions
from course_lib.exercises.fans.styles import by_cases
from course_lib.exercises.folders import about, find, of_family
from course_lib.judging.edits import Wrong
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

INITIALIZERS = of_family("_initializer")


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# fans


def test_fans_are_those_of_a_convolution_counted_product_by_product():
    """Each product of a convolution has an input and an output. How many are there of each?"""
    height, width, channels_in, channels_out = shape = (2, 3, 4, 5)
    of_output, of_input = Counter(), Counter()
    steps = (range(6), range(7), range(height), range(width), range(channels_in), range(channels_out))
    for row, column, i, j, into, out in product(*steps):
        of_output[row, column, out] += 1
        of_input[row + i, column + j, into] += 1
    assert find("fans").reference(shape) == (of_output[3, 3, 0], of_input[3, 3, 0]) == (24, 30)


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


def test_an_error_of_ones_own_hides_no_name():
    class WrongShape(ValueError):
        pass

    def fans(shape):
        if len(shape) not in (2, 4):
            raise WrongShape
        return by_cases(shape)[::-1]

    report = judged("fans", fans)
    assert set(report.diagnosis.split("+")) == {"swapped", "error-says-nothing"}
    assert "says nothing" in report.text()


def refuses(anything):
    raise ValueError


def no_fans(shape):
    by_cases(shape)
    return 1, 1


def the_other_one(activation):
    return "he_normal" if by_conditions(activation).startswith("xavier") else "xavier_normal"


NOTHING = [
    ("fans", refuses),
    ("fans", no_fans),
    ("choose_initializer", refuses),
    ("choose_initializer", the_other_one),
    *((name, lambda i, o, rng, std=std: rng.normal(0, std, (i, o))) for name in INITIALIZERS
      for std in (0.01, 0.1, 0.5, 1, math.sqrt(2))),
    *((name, lambda i, o, rng, a=a: rng.uniform(-a, a, (i, o))) for name in INITIALIZERS
      for a in (0.01, 0.05, 0.1, 0.5, 1, math.sqrt(6))),
    *((name, lambda i, o, rng: rng.random((i, o))) for name in INITIALIZERS),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("name", "student"), NOTHING)
def test_who_computes_nothing_right_gets_nothing(name, student):
    """Whatever its form, and wherever its chance comes from."""
    report = judged(name, student)
    assert report.score == 0
    assert "counts once" in report.text() or student is refuses


def with_words(name, *words):
    """What is right, but for the words of its error."""

    def student(argument):
        try:
            return find(name).reference(argument)
        except ValueError:
            raise ValueError(*words) from None

    return judged(name, student)


SAYING = [
    ("fans", (), "error-says-nothing"),
    ("fans", ("",), "error-says-nothing"),
    ("fans", ("\n",), "error-says-nothing"),
    ("choose_initializer", (), "error-names-nothing"),
    ("choose_initializer", ("this activation is not known",), "error-names-nothing"),
    ("choose_initializer", ("softsign is not relu6",), "error-names-nothing"),
]


@pytest.mark.parametrize(("name", "words", "id"), SAYING)
def test_an_error_without_the_sentence_that_is_asked_for_costs_one_case(name, words, id):
    report = with_words(name, *words)
    assert report.diagnosis == id
    [case] = [case for case in report.cases if not case.passed]
    assert case.name == "what the error says"
    assert case.message.startswith("Your error says") and not report.notes


@pytest.mark.parametrize("words", ["Relu, tanh, …", "one of ['relu', 'leaky_relu']", "leaky ReLU?"])
def test_the_names_may_be_written_in_any_way(words):
    assert with_words("choose_initializer", words).passed


def test_an_error_that_says_too_little_is_right_and_is_mentioned():
    for words, noted in (("(5,)", "only “(5,)”"), ("2 or 4 are there, not 3", "")):
        report = with_words("fans", words)
        assert report.passed
        assert bool(report.notes) == bool(noted)
        assert noted in report.text()


# The four initialisers


def variance(name, fan_in, fan_out):
    return 2 / fan_in if name.startswith("he") else 2 / (fan_in + fan_out)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_right_program_draws_what_the_textbook_draws(name):
    for fans in ((3, 5), (7, 2)):
        ours, textbook = find(name).reference, getattr(initializers, name)
        np.testing.assert_array_equal(
            *(draw(*fans, np.random.default_rng(0)) for draw in (ours, textbook)), strict=True
        )


@pytest.mark.slow
@pytest.mark.parametrize("name", INITIALIZERS)
def test_chance_fails_no_right_answer(name):
    """A right answer fails with a probability below 1e-9: here on none of 60 seeds."""
    assert all(judged(name, getattr(initializers, name), seed).passed for seed in range(60))


def test_the_bounds_on_a_variance_are_far_out():
    """In standard deviations of a mean of w², which are √(2/n) for a normal, √(4/5n) for a uniform one."""
    for n in (3200, DRAWN):
        for family, deviation in (("normal", math.sqrt(2 / n)), ("uniform", math.sqrt(0.8 / n))):
            low, high = possible(family, n)
            assert 6.4 * deviation < 1 - low < 8 * deviation
            assert 6.4 * deviation < high - 1 < 8 * deviation


OTHERS = [pytest.param(name, marks=pytest.mark.slow) for name in INITIALIZERS[1:]]  # like the first


@pytest.mark.parametrize("name", [INITIALIZERS[0], *OTHERS])
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


@pytest.mark.slow
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


def test_the_first_difference_told_is_one_in_which_something_is_wrong():
    """Form is right in code that computes nothing, and counts only once a variance is right too."""

    def of_two_numbers(fan_in, fan_out, rng):
        return rng.choice([1.0, 7.0], (fan_in, fan_out))

    report = judged("he_normal", of_two_numbers)
    assert report.cases[0].message.startswith("Nothing is wrong here.")
    assert report.diagnosis is None
    assert report.diagnosed.text == report.cases[1].message


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


@pytest.mark.slow
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


def sorted_by(order):
    """A right initialiser's weights, in an order."""

    def told(name):
        right = getattr(initializers, name)
        return lambda i, o, rng: order(right(i, o, rng))

    return told


def with_limit(limit):
    return lambda name: lambda i, o, rng: rng.uniform(-limit(i, o), limit(i, o), (i, o))


# As public notebooks have them: an initialiser's name → a student's function.
PUBLIC = {
    ("xavier_uniform", "pytorch-default"): with_limit(lambda i, o: i**-0.5),
    ("he_normal", "gain-as-slope"): lambda name: (
        lambda i, o, rng: rng.normal(0, math.sqrt(2 / (1 + math.sqrt(2) ** 2)) / math.sqrt(i), size=(i, o))
    ),
    ("xavier_normal", "lecun-instead"): lambda name: (
        lambda i, o, rng: rng.standard_normal((i, o)) / math.sqrt(i)
    ),
    ("xavier_uniform", "positive-only"): lambda name: (
        lambda i, o, rng: rng.uniform(size=(i, o)) / math.sqrt(i)
    ),
    ("he_uniform", "one-sided"): lambda name: lambda i, o, rng: rng.uniform(0, math.sqrt(6 / i), (i, o)),
    ("he_uniform", "limit-is-std"): with_limit(lambda i, o: math.sqrt(2 / i)),
    ("xavier_normal", "root-forgotten"): lambda name: lambda i, o, rng: rng.normal(0, 2 / (i + o), (i, o)),
    ("he_normal", "mean-and-std-swapped"): lambda name: (
        lambda i, o, rng: rng.normal(math.sqrt(2 / i), 0, (i, o))
    ),
    **{
        (name, "sorted"): sorted_by(lambda W: np.sort(W, axis=None).reshape(W.shape)) for name in INITIALIZERS
    },
}


@pytest.mark.parametrize(("name", "id"), PUBLIC)
def test_what_students_have_published_is_told(name, id):
    for seed in range(3):
        assert judged(name, PUBLIC[name, id](name), seed).diagnosis == id


TWO = {
    "own-seed+root-forgotten": lambda i, o, rng: np.random.default_rng(0).normal(0, 2 / (i + o), (i, o)),
    "he-instead+transposed": lambda i, o, rng: rng.normal(0.0, np.sqrt(2 / i), (i, o)).T,
    "global-random-state+lecun-instead": lambda i, o, rng: np.random.normal(0.0, np.sqrt(1 / i), (i, o)),
}


@pytest.mark.parametrize("ids", TWO)
def test_two_mistakes_at_once_are_told(ids):
    told = judged("xavier_normal", TWO[ids])
    assert sorted(told.diagnosis.split("+")) == ids.split("+")
    assert "Two things" in told.text()


@pytest.mark.parametrize(
    "order",
    [
        np.sort,
        lambda W: np.sort(W, axis=0),
        lambda W: -np.sort(-W),
        lambda W: np.sort(W.ravel()).reshape(W.T.shape).T,
    ],
)
def test_weights_in_any_order_are_told(order):
    """Which weights are drawn is right, and so each other case passes."""
    for name in INITIALIZERS:
        report = judged(name, sorted_by(order)(name))
        assert report.diagnosis == "sorted"
        assert [case.name for case in report.cases if not case.passed] == ["each weight on its own"]


def test_float32_is_right_within_its_rounding():
    for name in INITIALIZERS:
        right = getattr(initializers, name)
        assert judged(name, lambda i, o, rng, right=right: right(i, o, rng).astype(np.float32)).passed


def test_a_wrong_shape_or_distribution_does_not_cost_the_variance():
    for name in INITIALIZERS:
        right = getattr(initializers, name)
        transposed = judged(name, lambda i, o, rng, right=right: right(i, o, rng).T)
        assert [case.passed for case in transposed.cases].count(False) == 1
        scheme, family = name.split("_")
        other = getattr(initializers, f"{scheme}_{'uniform' if family == 'normal' else 'normal'}")
        assert [case.name for case in judged(name, other).cases if not case.passed] == ["the distribution"]


def test_the_frequent_mistakes_are_there():
    for name in INITIALIZERS:
        ids = {m.id for m in find(name).misconceptions}
        assert ids >= {
            "root-forgotten", "root-twice", "one-sided", "transposed", "one-number", "columns-equal",
            "rows-equal", "global-random-state", "global-seed", "own-seed", "other-distribution",
            "returns-list", "returns-none", "fans-ignored", "lecun-instead", "zeros",
        }  # fmt: skip
        his = {"xavier-instead", "fan-out-for-fan-in", "arguments-swapped"}
        assert ids >= (
            his if name.startswith("he") else {"he-instead", "constant-forgotten", "parenthesis-missing"}
        )
        assert ids >= (
            {"truncated", "std-is-limit"} if name.endswith("normal") else {"limit-is-std", "half-width"}
        )


def sizes_in_order(w, rng):
    return np.sort(np.abs(w), axis=None).reshape(w.shape) * rng.choice([-1, 1], w.shape)


def second_half_of_the_first(w, rng):
    flat, half = w.ravel().copy(), w.size // 2
    flat[half : 2 * half] = -flat[:half] * (1 + 1e-9 * rng.random(half))
    return flat.reshape(w.shape)


def from_the_end(w, rng):
    flat, half = w.ravel().copy(), w.size // 2
    flat[-half:] = -flat[:half][::-1] * (1 + 1e-9 * rng.random(half))
    return flat.reshape(w.shape)


def rows_with_the_one_before(w, rng):
    half = len(w) // 2
    w[1 : 2 * half : 2] = (w[1 : 2 * half : 2] + w[: 2 * half : 2]) / np.sqrt(2)
    return w


@pytest.mark.slow
@pytest.mark.parametrize(
    "depend", [sizes_in_order, second_half_of_the_first, from_the_end, rows_with_the_one_before]
)
@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_that_say_something_of_each_other_are_not_drawn_each_on_its_own(name, depend):
    draw = getattr(initializers, name)
    report = judged(name, lambda i, o, rng: depend(draw(i, o, rng), rng))
    assert not {case.name: case for case in report.cases}["each weight on its own"].passed
    assert "where each is drawn on its own, in half of them" in report.text()


# choose_initializer


@pytest.mark.parametrize("kind", ["he_normal", "he_uniform", "xavier_normal", "xavier_uniform"])
def test_for_tanh_what_was_measured_as_good_is_right(kind):
    assert judged("choose_initializer", lambda name: kind if name == "tanh" else by_conditions(name)).passed


@pytest.mark.parametrize("kind", ["he_normal", "xavier_uniform", "he", ""])
def test_who_answers_the_same_to_everything_chooses_nothing(kind):
    assert judged("choose_initializer", lambda name: kind).score == 0


def test_who_does_not_know_one_name_loses_what_asks_for_it_alone():
    report = judged("choose_initializer", lambda name: by_conditions(name.replace("identity", "none")))
    assert [case.name for case in report.cases if not case.passed] == ["identity"]


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


# Time


@pytest.mark.parametrize("name", [*INITIALIZERS, "fans", "choose_initializer"])
def test_a_check_takes_at_most_a_fifth_of_a_second(name):
    """Right, or wrong in a known way; where two mistakes are looked for, three fifths. Best of five."""
    right = find(name).reference
    known = find(name).misconceptions[-1].variants[0]()
    for student, most in ((right, 0.2), (known, 0.2), (lambda *arguments: right(*arguments) * 3, 0.6)):
        durations = []
        for _ in range(5):
            start = time.process_time()
            check(name, student)
            durations.append(time.process_time() - start)
        assert min(durations) < most


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("off > 4 → min(signal, gradient) < 0.25", "Only “neither” does not come"),
        ("min(found) → found[int(signal < 0.9)]", "the choice is not always right"),
        ('("he", 2) → ("he", 3)', "Names and factors go wrong"),
    ],
)
def test_of_a_choice_it_is_told_what_of_it_goes_wrong(edit, words):
    student = about("choose_start").program.changed(Wrong(edits=(edit,))).answer()
    assert words in check("choose_start", student).diagnosed.text
