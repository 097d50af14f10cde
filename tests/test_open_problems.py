"""What open problems say of answers that are wrong in ways that no mistake in their folders has."""

import numpy as np
import pytest

from course_lib.exercises.adam_trap import styles as traps
from course_lib.exercises.folders import find
from course_lib.exercises.ravine_settings import styles as settings
from course_lib.exercises.shifted_unit import styles as units
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

NAN, INF = float("nan"), float("inf")


def judged(name, student):
    exercise = find(name)
    cases = exercise.cases(1)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases]))


def told(name, student):
    """What is suggested, and what is said of the first case that fails."""
    report = judged(name, student)
    assert not report.passed and report.diagnosed
    return report.diagnosed.text, report.text()


# not finite


def right_but_in_a_bowl(small, large):
    lr, mu = settings.from_the_condition_number(small, large)
    return lr, mu if large > small else NAN


@pytest.mark.parametrize(
    ("name", "student", "words"),
    [
        ("ravine_settings", lambda small, large: (NAN, 0.5), "returned lr = NaN and mu = 0.5"),
        ("ravine_settings", lambda small, large: (0.1, INF), "returned lr = 0.1 and mu = ∞"),
        ("ravine_settings", right_but_in_a_bowl, "and mu = NaN"),
        ("shifted_unit", lambda rate, factor: ([1.0, 1.0], [NAN, 2.0]), "x = (1, 1) and w = (NaN, 2)"),
        ("shifted_unit", lambda rate, factor: ([1.0, -INF], [1.0, 1.0]), "x = (1, −∞) and w = (1, 1)"),
        ("adam_trap", lambda beta1, beta2: [NAN] + [-1.0] * 300, "among those of adam_trap(0, 0.1) is NaN"),
    ],
)
def test_what_is_not_finite_is_told_to_be_so(name, student, words):
    suggested, text = told(name, student)
    assert "finite" in suggested and words in text
    assert "a tuple of 2" not in text and "a list of" not in text


def test_of_two_things_each_is_told():
    _, text = told("ravine_settings", lambda small, large: (None, 0.5))
    assert "returned a tuple of 2: None, the number 0.5" in text
    _, text = told("shifted_unit", lambda rate, factor: ([1.0], "w"))
    assert "returned a tuple of 2: a list of 1, a text" in text


# where to look


def mu_by_the_scale(small, large):
    lr, mu = settings.from_the_condition_number(small, large)
    return lr, mu if small == 1 else 0.99


def rate_by_one_ravine(small, large):
    return settings.from_the_condition_number(1.0, 100.0)[0], settings.from_the_condition_number(
        small, large
    )[1]


def rate_that_follows_one_condition(small, large):
    return 3.3 / large, settings.from_the_condition_number(small, large)[1]


@pytest.mark.parametrize(
    ("student", "words", "others"),
    [
        (mu_by_the_scale, "Your μ is another there", "rate"),
        (rate_by_one_ravine, "your rate does not follow", "μ"),
        (rate_that_follows_one_condition, "Of both your numbers", "how your μ"),
        (lambda small, large: (-0.01, 0.5), "less than 0", "too large"),
        (lambda small, large: (0.01, 1.2), "Your μ is 1.2", "too large"),
        (lambda small, large: (3.0, 0.5), "your rate is too large", "fade"),
        (lambda small, large: (0.0, 0.5), "you are late", "flies off"),
    ],
)
def test_a_ravine_points_at_the_number_that_is_at_fault(student, words, others):
    suggested, _ = told("ravine_settings", student)
    assert words in suggested and others not in suggested


def small_slopes_weigh_more(beta1, beta2):
    return [3.0] + [-1.0] * 40


def far_too_large(beta1, beta2):
    n = int(20 / (1 - beta2))
    return [1e9] + [-1.0] * n


def no_best_for_some(beta1, beta2):
    return [30.0] + [-1.0] * 30 if beta2 < 0.9 else traps.by_the_memory(beta1, beta2)


def too_long(beta1, beta2):
    return [6000.0] + [-1.0] * (2998 if beta2 > 0.95 else 700)


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (small_slopes_weigh_more, "Most of your steps lead to the end that is best"),
        (far_too_large, "many times what it takes"),
        (too_long, "more than 2000 slopes"),
        (no_best_for_some, "which sum makes one end better"),
        (lambda beta1, beta2: [20.0] + [-1.0] * 15, "how long they remember"),
    ],
)
def test_a_trap_points_at_what_lets_adam_escape(student, words):
    suggested, _ = told("adam_trap", student)
    assert words in suggested


def off_for_some(rate, factor):
    return units.lists(rate, factor) if rate < 0.5 else ([1.0, 1.0], [1.0, -2.0])


def test_a_unit_that_is_off_is_told_the_sum():
    suggested, text = told("shifted_unit", lambda rate, factor: ([1.0, 1.0], [1.0, -3.0]))
    assert "the sum at test time is -2" in text and "the sum is negative" in suggested
    _, text = told("shifted_unit", lambda rate, factor: ([1.0, 1.0, 1.0], [1.0, -1.0, 1e-8]))
    assert "the products, 2 without their signs, add up to 1e-08" in text and "the unit is at 1e" not in text
    suggested, _ = told("shifted_unit", off_for_some)
    assert "has to be above 0" in suggested


@pytest.mark.parametrize(("name", "style"), [("adam_trap", traps), ("shifted_unit", units)])
def test_right_answers_stay_right_as_arrays(name, style):
    """Whose numbers may be of any type."""
    right = find(name).reference

    def arrays(*given):
        answer = right(*given)
        return tuple(map(np.asarray, answer)) if name == "shifted_unit" else np.asarray(answer)

    assert judged(name, arrays).passed and style
