"""Schedules against their closed forms, initialisers against the moments that they promise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import initializers, schedules


def test_constant():
    assert [schedules.constant(0.3)(t) for t in (0, 7, 10**6)] == [0.3] * 3


def test_step_decay_multiplies_after_each_period():
    rate = schedules.step_decay(0.8, every=10, factor=0.5)
    assert_allclose([rate(t) for t in (0, 9, 10, 19, 20, 35)], [0.8, 0.8, 0.4, 0.4, 0.2, 0.1])


def test_cosine_goes_down_by_half_a_wave_and_stays():
    rate = schedules.cosine(1.0, steps=100, final=0.2)
    assert_allclose([rate(0), rate(50), rate(100), rate(10**4)], [1.0, 0.6, 0.2, 0.2])
    assert_allclose(rate(25), 0.2 + 0.8 * (1 + np.sqrt(0.5)) / 2)
    assert all(rate(t) > rate(t + 1) for t in range(100))


def test_warm_up_grows_evenly_then_follows_from_the_beginning():
    after = schedules.cosine(0.5, steps=10)
    rate = schedules.warm_up(after, steps=5)
    assert_allclose([rate(t) for t in range(5)], [0.1, 0.2, 0.3, 0.4, 0.5])
    assert [rate(5 + t) for t in range(12)] == [after(t) for t in range(12)]


# The variance that each scheme's paper asks for, with fan_in = 300 and fan_out = 200.
VARIANCES = {
    "xavier_normal": 2 / 500,
    "xavier_uniform": 2 / 500,
    "he_normal": 2 / 300,
    "he_uniform": 2 / 300,
    "lecun_normal": 1 / 300,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_weights_have_the_moments_of_their_scheme(name):
    """Both bounds are 5 standard errors: a false alarm in less than 1 of 10⁶ seeds."""
    W = getattr(initializers, name)(300, 200, np.random.default_rng(0))
    n, variance = W.size, VARIANCES[name]
    assert W.shape == (300, 200)
    assert abs(W.mean()) < 5 * np.sqrt(variance / n)
    kurtosis = 1.8 if name.endswith("uniform") else 3.0
    assert abs(W.var() / variance - 1) < 5 * np.sqrt((kurtosis - 1) / n)
    # It tells the normal from the uniform; its standard error is below 0.06.
    fourth = np.mean(W**4) / variance**2
    assert abs(fourth - kurtosis) < 0.3


@pytest.mark.parametrize("name", ["xavier_uniform", "he_uniform"])
def test_uniform_weights_stay_within_their_bound_and_come_near_it(name):
    """n = 60,000 draws all miss the outermost 0.1 % with probability e⁻⁶⁰."""
    W = getattr(initializers, name)(300, 200, np.random.default_rng(1))
    bound = np.sqrt(3 * VARIANCES[name])
    assert 0.999 * bound < np.abs(W).max() <= bound


def test_normal_ignores_the_fans_and_zeros_are_zero():
    """The bound is 5 standard errors: a false alarm in less than 1 of 10⁶ seeds."""
    rng = np.random.default_rng(2)
    W = initializers.normal(0.01)(300, 200, rng)
    assert abs(W.std() / 0.01 - 1) < 5 / np.sqrt(2 * W.size)
    assert np.array_equal(initializers.zeros(3, 2, rng), np.zeros((3, 2)))


@pytest.mark.parametrize("name", VARIANCES)
def test_the_generator_decides_the_draw(name):
    draw = getattr(initializers, name)
    assert np.array_equal(draw(5, 4, np.random.default_rng(3)), draw(5, 4, np.random.default_rng(3)))
    assert not np.array_equal(draw(5, 4, np.random.default_rng(3)), draw(5, 4, np.random.default_rng(4)))


@pytest.mark.parametrize(("fan_in", "fan_out"), [(20, 20), (30, 12), (12, 30)])
def test_orthogonal_weights_keep_lengths(fan_in, fan_out):
    W = initializers.orthogonal(fan_in, fan_out, np.random.default_rng(5))
    assert W.shape == (fan_in, fan_out)
    small = W.T @ W if fan_in >= fan_out else W @ W.T
    assert_allclose(small, np.eye(min(fan_in, fan_out)), atol=1e-12)


def test_orthogonal_draws_no_matrix_more_often_than_its_negative():
    """200 draws: the mean of an entry is within 5 standard errors of 0, a false alarm in 1 of 10⁶ seeds.

    Without the signs LAPACK's QR makes the first entry negative in almost every draw.
    """
    rng = np.random.default_rng(6)
    corner = [initializers.orthogonal(4, 4, rng)[0, 0] for _ in range(200)]
    assert abs(np.mean(corner)) < 5 * 0.5 / np.sqrt(200)
