"""What trains the adder: schedules, groups, skipped updates; and gradients of 16 bits, bit by bit."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import datasets
from course_lib.data.adder import DIAL, measured, optimized, scheduled, started, training
from course_lib.modern import as_bfloat16, as_float16
from course_lib.optimizers import AdamW
from course_lib.transformer import Transformer

UPDATES = 100


def rates(schedule):
    return np.array([scheduled(schedule, 2.0, UPDATES)(t) for t in range(UPDATES)])


def test_each_schedule_does_what_its_name_says():
    assert_allclose(rates("constant"), 2.0)
    assert rates("cosine")[0] == 2.0 and np.all(np.diff(rates("cosine")) < 0)
    for warmed in ("warm-up and cosine", "stable"):
        assert_allclose(rates(warmed)[:6], [0.4, 0.8, 1.2, 1.6, 2.0, 2.0])
    stable = rates("stable")
    assert_allclose(stable[5:81], 2.0)  # four fifths of the 95 that are left
    assert np.all(np.diff(stable[81:]) < 0) and 0 < stable[-1] < 0.11


def test_the_decay_leaves_the_gains_alone_unless_it_is_said_and_is_the_same_for_each_method_that_has_one():
    """With a gradient of 0 the decay alone moves θ: by η λ θ, on the dial of each method."""
    transformer = Transformer(12, 8, 3)
    theta = np.ones(transformer.size, np.float32)
    for method in ("AdamW", "Muon", "Lion"):
        optimizer = optimized(method, transformer, 0.5, 0.95, 0.1)
        assert optimizer.lr == pytest.approx(0.5 * DIAL[method])
        moved = transformer.arrays(optimizer.step(theta, np.zeros_like(theta)))
        for name, array in moved.items():
            assert_allclose(array, 1.0 if array.ndim == 1 else 0.95, rtol=1e-6, err_msg=f"{method}, {name}")
    every = optimized("AdamW", transformer, 0.5, 0.95, 0.1, gains=True)
    assert_allclose(every.step(theta, np.zeros_like(theta)), 0.95, rtol=1e-6)
    plain = optimized("SGD", transformer, 0.5, 0.95, 0.1)
    assert plain.lr == pytest.approx(0.5 * DIAL["SGD"])
    assert_allclose(plain.step(theta, np.zeros_like(theta)), 1.0)


def test_a_run_is_the_loop_that_it_says():
    """AdamW without decay or clipping at a constant rate, written out."""
    transformer, theta, data, rng = started(3)
    seen = list(
        training(
            transformer, theta, data, rng, 0.01, schedule="constant", decay=0.0, clip=math.inf, updates=3
        )
    )
    rng, optimizer = np.random.default_rng(3), AdamW(0.01, 0.9, 0.95, weight_decay=0.0)
    transformer = Transformer(12, 8, 3)
    mine, data = transformer.initialize(rng, np.float32), datasets.sums(3)
    for update in seen:
        batch = rng.integers(0, len(data.x_train), 64)
        assert_allclose(update.before, mine)
        loss, gradient = transformer.loss_and_gradient(mine, data.x_train[batch], data.y_train[batch])
        mine = optimizer.step(mine, gradient)
        assert update.loss == pytest.approx(loss)
        assert update.norm == pytest.approx(np.linalg.norm(gradient), rel=1e-5)
        assert_allclose(update.theta, mine, atol=1e-7)
    assert [update.number for update in seen] == [1, 2, 3]


def test_an_update_whose_gradient_overflowed_is_skipped_and_the_run_goes_on():
    transformer, theta, data, rng = started(0)
    limits = iter((np.inf, 1.0, np.nan, 1.0))
    seen = list(training(transformer, theta, data, rng, 0.01, updates=4, through=lambda g: g * next(limits)))
    assert [np.array_equal(update.before, update.theta) for update in seen] == [True, False, True, False]
    assert np.isfinite(seen[-1].theta).all()


def test_a_run_without_a_finite_loss_ends():
    transformer, theta, data, rng = started(0, norm="none", gain=1e20)
    assert list(training(transformer, theta, data, rng, 0.01, updates=5)) == []


def test_right_is_a_sum_all_of_whose_digits_are():
    class Guesses:
        """Reads the first two digits right, and says 0 for the third, which is often right."""

        def predict(self, theta, x):
            logits = np.zeros((len(x), 3, 12))
            rows = np.arange(len(x))
            logits[rows, 0, x[:, 6]] = logits[rows, 1, x[:, 7]] = logits[:, 2, 0] = 50.0
            return logits

    data = datasets.sums(0)
    loss, accuracy = measured(Guesses(), None, data)
    below = (data.y_val[::2, 2] == 0).mean()
    assert accuracy == pytest.approx(below) and 0.3 < below < 0.7
    assert loss == pytest.approx((1 - below) * 50 / 3, rel=1e-3)


# 16 bits


def test_float16_ends_where_ieee_754_says():
    kept = np.float32([65504, -(2.0**-24), 1 + 2**-10, 0.0])
    assert np.array_equal(as_float16(kept), kept) and as_float16(kept).dtype == np.float32
    assert as_float16(np.float32([65520, -70000])).tolist() == [math.inf, -math.inf]
    assert as_float16(np.float32([2.0**-25, 1.01 * 2.0**-25])).tolist() == [0.0, 2.0**-24]


def test_bfloat16_rounds_the_fraction_to_seven_bits_and_keeps_all_powers_of_two():
    x = np.random.default_rng(0).standard_normal(1000).astype(np.float32) * np.float32(10) ** np.arange(
        -30, 20
    ).repeat(20)
    mantissa, exponent = np.frexp(x.astype(np.float64))  # np.rint: to the nearest, ties to even
    assert_allclose(as_bfloat16(x), np.ldexp(np.rint(mantissa * 2**8), exponent - 8), rtol=0, atol=0)
    ties = np.float32([1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8])
    assert as_bfloat16(ties).tolist() == [1.0, 1 + 2**-6, -1.0]
    assert as_bfloat16(np.float32([2.0**-126, 2.0**127, 0.0])).tolist() == [2.0**-126, 2.0**127, 0.0]
