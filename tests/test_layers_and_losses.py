"""Layers and losses: gradients against numerical ones, statistics of dropout, what wrong input is told."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import layers
from course_lib.gradient_check import check_gradient, numerical_gradient, relative_error
from course_lib.layers import BatchNorm, Dense, Dropout, GaussianNoise, LayerNorm, LeakyReLU, RMSNorm, Sigmoid
from course_lib.losses import l2_penalty, mean_squared_error, softmax_cross_entropy

RIGHT = 1e-7


def away_from_kinks(shape, seed):
    """Numbers whose size is at least 0.1: a step of 1e-5 crosses no kink at 0."""
    rng = np.random.default_rng(seed)
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 2.0, shape)


def dense():
    layer = Dense(4, 3)
    layer.W, layer.b = away_from_kinks((4, 3), 10), away_from_kinks((3,), 11)
    return layer


def batch_norm():
    layer = BatchNorm(4, eps=0.01)
    layer.gamma, layer.beta = away_from_kinks((4,), 12), away_from_kinks((4,), 13)
    layer.running_mean, layer.running_var = away_from_kinks((4,), 14), away_from_kinks((4,), 15) ** 2
    return layer


def layer_norm():
    layer = LayerNorm(4, eps=0.01)
    layer.gamma, layer.beta = away_from_kinks((4,), 12), away_from_kinks((4,), 13)
    return layer


def rms_norm():
    layer = RMSNorm(4, eps=0.01)
    layer.gain = away_from_kinks((4,), 12)
    return layer


LAYERS = dict(inspect.getmembers(layers, inspect.isclass)) | {
    "Dense": dense,
    "LeakyReLU": lambda: LeakyReLU(0.3),
    "Dropout": lambda: Dropout(0.3, np.random.default_rng(16)),
    "GaussianNoise": lambda: GaussianNoise(0.3, np.random.default_rng(16)),
    "BatchNorm": batch_norm,
    "LayerNorm": layer_norm,
    "RMSNorm": rms_norm,
}


@pytest.mark.parametrize("training", [True, False], ids=["training", "test"])
@pytest.mark.parametrize("name", LAYERS)
def test_backward_is_the_slope_of_forward(name, training):
    """The loss is Σ c · y, so ∂L/∂y = c. A fresh layer each time draws the same mask."""
    x = away_from_kinks((6, 4), 17)
    layer = LAYERS[name]()
    c = away_from_kinks(layer.forward(x, training).shape, 18)
    parts = layer.backward(c)
    dx, *gradients = parts if layer.parameters else (parts,)

    def loss_of_x(x):
        return np.sum(c * LAYERS[name]().forward(x, training))

    assert relative_error(dx, numerical_gradient(loss_of_x, x)) < RIGHT
    assert len(gradients) == len(layer.parameters)
    for parameter, gradient in zip(layer.parameters, gradients, strict=True):

        def loss_of_parameter(value, parameter=parameter):
            fresh = LAYERS[name]()
            setattr(fresh, parameter, value)
            return np.sum(c * fresh.forward(x, training))

        assert (
            relative_error(gradient, numerical_gradient(loss_of_parameter, getattr(layer, parameter))) < RIGHT
        )


@pytest.mark.parametrize("name", LAYERS)
def test_layers_leave_their_arguments_and_the_float_type_alone(name):
    x = away_from_kinks((6, 4), 19).astype(np.float32)
    layer = LAYERS[name]()
    for parameter in layer.parameters:
        setattr(layer, parameter, getattr(layer, parameter).astype(np.float32))
    for training in (True, False):
        before = x.copy()
        y = layer.forward(x, training)
        grad = np.ones_like(y)
        parts = layer.backward(grad)
        assert_array_equal(x, before)
        assert_array_equal(grad, 1)
        assert {part.dtype for part in (y, *(parts if layer.parameters else (parts,)))} == {
            np.dtype(np.float32)
        }


def test_layer_norm_is_batch_norm_with_examples_and_features_in_each_others_place():
    """γ = 1: those of a batch belong to its columns, which here are examples."""
    x, grad = away_from_kinks((3, 4), 20), away_from_kinks((3, 4), 21)
    layer, batch = LayerNorm(4, eps=0.01), BatchNorm(3, eps=0.01)
    assert_allclose(layer.forward(x, True), batch.forward(x.T, True).T, rtol=1e-12)
    assert_array_equal(layer.forward(x, True), layer.forward(x, False))
    assert_allclose(layer.backward(grad)[0], batch.backward(grad.T)[0].T, rtol=1e-12)
    with pytest.raises(ValueError, match=r"LayerNorm: x has shape \(4,\); this layer takes \(N, 4\)"):
        layer.forward(np.ones(4), True)


def test_sigmoid_of_huge_numbers():
    assert_array_equal(Sigmoid().forward(np.array([[-1e4, 0.0, 1e4]]), True), [[0, 0.5, 1]])


def test_dense_leaves_out_the_gradient_that_nobody_asks_for():
    layer = dense()
    layer.input_gradient = False
    y = layer.forward(np.ones((2, 4)), True)
    dx, dW, db = layer.backward(np.ones_like(y))
    assert dx is None
    assert (dW.shape, db.shape) == ((4, 3), (3,))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_dropout_drops_that_share_and_keeps_the_mean(rate):
    """n = 200,000 units; both bounds are 5 standard errors: a false alarm in less than 1 of 10⁶ seeds."""
    n = 200_000
    y = Dropout(rate, np.random.default_rng(0)).forward(np.ones((n // 100, 100)), True)
    assert abs(np.mean(y == 0) - rate) < 5 * np.sqrt(rate * (1 - rate) / n)
    assert abs(y.mean() - 1) < 5 * np.sqrt(rate / (1 - rate) / n)
    assert_allclose(np.unique(y), [0, 1 / (1 - rate)])


def test_gaussian_noise_has_mean_0_and_its_sigma_and_is_gone_at_test():
    """n = 200,000; both bounds are 5 standard errors: a false alarm in less than 1 of 10⁶ seeds."""
    n, sigma, x = 200_000, 0.3, np.full((2_000, 100), 7.0)
    layer = GaussianNoise(sigma, np.random.default_rng(0))
    noise = layer.forward(x, True) - x
    assert abs(noise.mean()) < 5 * sigma / np.sqrt(n)
    assert abs(noise.std() - sigma) < 5 * sigma / np.sqrt(2 * n)
    assert_array_equal(layer.forward(x, False), x)


def test_dropout_draws_a_new_mask_each_time_and_none_at_test_time():
    layer, x = Dropout(0.5, np.random.default_rng(0)), np.ones((20, 20))
    assert not np.array_equal(layer.forward(x, True), layer.forward(x, True))
    assert_array_equal(layer.forward(x, False), x)
    assert_array_equal(layer.backward(x), x)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 50])
def test_dropout_refuses_other_rates(rate):
    with pytest.raises(ValueError, match="probability of dropping"):
        Dropout(rate, np.random.default_rng(0))


def test_batch_norm_standardises_and_tracks():
    x = np.random.default_rng(1).normal(5, 3, (50, 2))
    layer = BatchNorm(2, momentum=0.25, eps=0.0)
    y = layer.forward(x, True)
    assert_allclose(y.mean(axis=0), 0, atol=1e-14)
    assert_allclose(y.var(axis=0), 1)
    assert_allclose(layer.running_mean, 0.25 * x.mean(axis=0))
    assert_allclose(layer.running_var, 0.75 + 0.25 * x.var(axis=0, ddof=1))
    tracked = layer.running_mean, layer.running_var
    assert_allclose(layer.forward(x, False), (x - tracked[0]) / np.sqrt(tracked[1]))
    assert_array_equal((layer.running_mean, layer.running_var), tracked)


def test_wrong_shapes_are_told_in_a_sentence():
    with pytest.raises(ValueError, match=r"Dense: x has shape \(2, 5\); this layer takes \(N, 4\)"):
        dense().forward(np.ones((2, 5)), True)
    with pytest.raises(ValueError, match=r"BatchNorm: x has shape \(4,\); this layer takes \(N, 4\)"):
        batch_norm().forward(np.ones(4), True)
    with pytest.raises(ValueError, match="at least 2 examples"):
        batch_norm().forward(np.ones((1, 4)), True)


def test_cross_entropy_gradient():
    labels = np.array([0, 2, 2, 1, 0])
    assert check_gradient(lambda z: softmax_cross_entropy(z, labels), away_from_kinks((5, 3), 20)) < RIGHT


def test_cross_entropy_of_equal_logits_is_log_c():
    loss, _ = softmax_cross_entropy(np.full((4, 10), 7.0), np.arange(4))
    assert_allclose(loss, np.log(10))


def test_cross_entropy_of_huge_logits_is_finite():
    loss, gradient = softmax_cross_entropy(np.array([[1e4, -1e4]]), np.array([1]))
    assert_allclose(loss, 2e4)
    assert_allclose(gradient, [[1, -1]])


@pytest.mark.parametrize(
    "labels", [np.zeros((4, 1), int), np.eye(4, 3, dtype=int), np.zeros(3, int), np.zeros(4)], ids=str
)
def test_cross_entropy_refuses_what_are_no_labels(labels):
    with pytest.raises(ValueError, match=r"give integers 0\.\.2 of shape \(4,\)"):
        softmax_cross_entropy(np.zeros((4, 3)), labels)


def test_mean_squared_error_gradient_and_shapes():
    target = away_from_kinks((5, 2), 21)
    assert check_gradient(lambda p: mean_squared_error(p, target), away_from_kinks((5, 2), 22)) < RIGHT
    with pytest.raises(ValueError, match="same shape"):
        mean_squared_error(np.zeros((5, 1)), np.zeros(5))


def test_l2_penalty_gradient():
    other = away_from_kinks((2,), 23)

    def penalty(W):
        value, gradients = l2_penalty([W, other], 0.7)
        return value, gradients[0]

    assert check_gradient(penalty, away_from_kinks((3, 2), 24)) < RIGHT


def test_gradient_check_finds_a_wrong_gradient():
    """Else the tests above would prove nothing."""
    theta = away_from_kinks((4,), 25)
    assert check_gradient(lambda t: (np.sum(t**3), 3 * t**2), theta) < 1e-9
    assert check_gradient(lambda t: (np.sum(t**3), 3.001 * t**2), theta) > 1e-4
    assert relative_error(np.zeros(3), np.zeros(3)) == 0.0
    assert_array_equal(theta, away_from_kinks((4,), 25))
