"""The contract of every optimiser. That each computes the right thing: test_against_pytorch.py."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import optimizers
from course_lib.optimizers import Adam, AdamW, Momentum, Nesterov, RMSprop

FAR_FROM_DEFAULTS = {"mu": 0.8, "rho": 0.7, "beta1": 0.7, "beta2": 0.8, "eps": 1e-3, "weight_decay": 0.2}


def maker(optimizer):
    """What makes an optimiser with these of its hyperparameters."""
    known = inspect.signature(optimizer).parameters
    given = {name: value for name, value in FAR_FROM_DEFAULTS.items() if name in known}
    return lambda lr=0.1: optimizer(lr, **given)


MAKERS = {name: maker(one) for name, one in inspect.getmembers(optimizers, inspect.isclass)}
every_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def walk(optimizer, theta, gradients):
    path = []
    for gradient in gradients:
        theta = optimizer.step(theta, gradient)
        path.append(theta)
    return np.array(path)


@every_optimizer
def test_arguments_stay_as_they_were(make):
    rng = np.random.default_rng(0)
    optimizer, theta = make(), rng.normal(size=(3, 2))
    for _ in range(5):
        gradient = rng.normal(size=(3, 2))
        theta_before, gradient_before = theta.copy(), gradient.copy()
        new = optimizer.step(theta, gradient)
        assert_array_equal(theta, theta_before)
        assert_array_equal(gradient, gradient_before)
        assert not np.shares_memory(new, theta)
        theta = new


@every_optimizer
def test_earlier_results_stay_as_they_were(make):
    rng = np.random.default_rng(1)
    optimizer, theta = make(), rng.normal(size=4)
    results, copies = [], []
    for _ in range(5):
        theta = optimizer.step(theta, rng.normal(size=4))
        results.append(theta)
        copies.append(theta.copy())
    assert_array_equal(results, copies)


@every_optimizer
def test_two_instances_share_nothing(make):
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=(2, 6, 3))
    alone = walk(make(), np.ones(3), one)
    a, b = make(), make()
    theta_a = theta_b = np.ones(3)
    for step, (gradient_a, gradient_b) in enumerate(zip(one, other, strict=True)):
        theta_a = a.step(theta_a, gradient_a)
        theta_b = b.step(theta_b, gradient_b)
        assert_array_equal(theta_a, alone[step])


@every_optimizer
@pytest.mark.parametrize("shape", [(), (12,), (3, 4), (2, 3, 2)])
def test_every_shape_is_treated_entry_by_entry(make, shape):
    rng = np.random.default_rng(3)
    theta, gradients = rng.normal(size=shape), rng.normal(size=(6, *shape))
    path = walk(make(), theta, gradients)
    assert path.shape == (6, *shape)
    flat = walk(make(), np.ravel(theta), gradients.reshape(6, -1))
    assert_allclose(path.reshape(6, -1), flat, rtol=1e-14)


@every_optimizer
def test_float32_stays_float32(make):
    theta, gradient = np.ones(3, np.float32), np.full(3, 0.5, np.float32)
    optimizer = make()
    for _ in range(3):
        theta = optimizer.step(theta, gradient)
    assert theta.dtype == np.float32


@every_optimizer
def test_zero_gradients_leave_finite_numbers(make):
    path = walk(make(), np.ones(3), np.zeros((4, 3)))
    assert np.isfinite(path).all()


@every_optimizer
def test_rates_of_shape_g_1_1_run_g_descents_at_once(make):
    rng = np.random.default_rng(4)
    rates, gradients = np.array([0.01, 0.1, 0.5]), rng.normal(size=(6, 2, 2))
    together = walk(make(lr=rates[:, None, None]), np.ones((3, 2, 2)), gradients)
    for i, lr in enumerate(rates):
        assert_allclose(together[:, i], walk(make(lr=lr), np.ones((2, 2)), gradients), rtol=1e-14)


@pytest.mark.parametrize("name", ["mu", "rho", "beta1", "beta2", "eps", "weight_decay"])
def test_other_hyperparameters_broadcast_too(name):
    kinds = {"mu": Nesterov, "rho": RMSprop}
    make = kinds.get(name, AdamW)
    values, gradients = np.array([0.2, 0.6]), np.random.default_rng(5).normal(size=(6, 3))
    together = walk(make(lr=0.1, **{name: values[:, None]}), np.ones((2, 3)), gradients)
    for i, value in enumerate(values):
        alone = walk(make(lr=0.1, **{name: value}), np.ones(3), gradients)
        assert_allclose(together[:, i], alone, rtol=1e-13)


@every_optimizer
def test_the_rate_may_change_between_steps(make):
    gradients = np.random.default_rng(6).normal(size=(2, 3))
    optimizer = make(lr=0.1)
    theta = optimizer.step(np.ones(3), gradients[0])
    optimizer.lr = 0.0
    assert_array_equal(optimizer.step(theta, gradients[1]), theta)


def test_momentum_means_a_velocity_that_is_kept():
    optimizer = Momentum(lr=1.0, mu=0.5)
    path = walk(optimizer, np.zeros(1), [np.ones(1), np.zeros(1), np.zeros(1)])
    assert_allclose(path.ravel(), [-1, -1.5, -1.75])


def test_adams_first_step_is_the_rate_whatever_the_gradients_size():
    gradient = np.array([1e-3, -1.0, 1e3])
    step = Adam(lr=0.01, eps=0.0).step(np.zeros(3), gradient)
    assert_allclose(step, -0.01 * np.sign(gradient), rtol=1e-12)


def test_adamw_decays_what_has_no_gradient():
    theta = np.array([2.0])
    optimizer = AdamW(lr=0.1, weight_decay=0.5)
    for _ in range(3):
        theta = optimizer.step(theta, np.zeros(1))
    assert_allclose(theta, 2 * (1 - 0.1 * 0.5) ** 3)
