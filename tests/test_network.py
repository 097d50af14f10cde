"""A network: one function of one flat θ."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib.gradient_check import check_gradient
from course_lib.layers import BatchNorm, Dense, Dropout, LeakyReLU, ReLU, Sigmoid, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network, stacked

X = np.random.default_rng(0).normal(size=(8, 5))
LABELS = np.array([0, 1, 2, 2, 1, 0, 0, 1])


def smooth():
    return Network([Dense(5, 6), Tanh(), Dense(6, 4), Sigmoid(), Dense(4, 3)])


def normalised():
    return Network([Dense(5, 6), BatchNorm(6), Tanh(), Dense(6, 3)])


def dropped():
    return Network([Dense(5, 20), Tanh(), Dropout(0.4, np.random.default_rng(1)), Dense(20, 3)])


def kinked():
    return Network([Dense(5, 6), ReLU(), Dense(6, 4), LeakyReLU(0.2), Dense(4, 3)])


def regression():
    return Network([Dense(5, 6), Tanh(), Dense(6, 2)], mean_squared_error)


NETWORKS = [smooth, normalised, dropped, kinked, regression]


def theta_for(network, seed=2):
    """A random θ; the biases too, or zeros would hide mistakes."""
    return np.random.default_rng(seed).normal(0, 0.7, network.size)


def smallest_kink_distance(network, theta):
    """How near any input of a ReLU comes to its kink."""
    x, nearest = X, np.inf
    network.forward(theta, X, training=True)
    for layer in network.layers:
        if isinstance(layer, ReLU | LeakyReLU):
            nearest = min(nearest, np.abs(x).min())
        x = layer.forward(x, training=True)
    return nearest


@pytest.mark.parametrize("training", [True, False], ids=["training", "test"])
@pytest.mark.parametrize("make", NETWORKS)
def test_gradient(make, training):
    theta = theta_for(make())
    target = np.random.default_rng(3).normal(size=(8, 2)) if make is regression else LABELS
    if make is kinked:  # steps of 1e-5 move no input of a ReLU by this much
        assert smallest_kink_distance(make(), theta) > 1e-3

    # A fresh network each time: the same dropout mask, the same running statistics.
    def loss_and_gradient(theta):
        return make().loss_and_gradient(theta, X, target, training)

    assert check_gradient(loss_and_gradient, theta) < 1e-7


def test_size_counts_every_parameter():
    assert smooth().size == (5 * 6 + 6) + (6 * 4 + 4) + (4 * 3 + 3)
    assert normalised().size == (5 * 6 + 6) + (6 + 6) + (6 * 3 + 3)


def test_initialize_draws_weights_by_the_generator_and_starts_the_rest_neutrally():
    network = normalised()
    theta = network.initialize(np.random.default_rng(4))
    dense, norm, tanh, last = network.views(theta)
    assert theta.shape == (network.size,)
    assert theta.dtype == np.float64
    assert network.initialize(np.random.default_rng(4), np.float32).dtype == np.float32
    assert_array_equal(theta, network.initialize(np.random.default_rng(4)))
    assert_array_equal(dense["b"], 0)
    assert_array_equal(norm["gamma"], 1)
    assert_array_equal(norm["beta"], 0)
    assert tanh == {}
    assert np.unique(last["W"]).size == 18


def test_views_cover_theta_once_and_share_its_memory():
    network = normalised()
    theta = np.arange(network.size, dtype=float)
    views = [view for layer in network.views(theta) for view in layer.values()]
    assert_array_equal(np.concatenate([view.ravel() for view in views]), theta)
    assert all(np.shares_memory(view, theta) for view in views)
    network.views(theta)[0]["W"][2, 3] = -1.0
    assert theta[2 * 6 + 3] == -1.0


def test_prediction_is_the_formula():
    network = Network([Dense(5, 6), ReLU(), Dense(6, 3)])
    theta = theta_for(network)
    first, _, last = network.views(theta)
    expected = np.maximum(X @ first["W"] + first["b"], 0) @ last["W"] + last["b"]
    assert_allclose(network.predict(theta, X), expected)
    assert_allclose(network.loss(theta, X, LABELS), softmax_cross_entropy(expected, LABELS)[0])


def test_test_mode_draws_no_mask_and_moves_no_statistics():
    network = Network([Dense(5, 6), BatchNorm(6), Dropout(0.5, np.random.default_rng(5)), Dense(6, 3)])
    theta = theta_for(network)
    network.loss_and_gradient(theta, X, LABELS)
    statistics = network.layers[1].running_mean, network.layers[1].running_var
    assert_array_equal(network.predict(theta, X), network.predict(theta, X))
    assert network.loss(theta, X, LABELS) == network.loss_and_gradient(theta, X, LABELS, training=False)[0]
    assert_array_equal((network.layers[1].running_mean, network.layers[1].running_var), statistics)


def test_one_example_predicts_as_in_a_batch():
    network = normalised()
    theta = theta_for(network)
    network.loss_and_gradient(theta, X, LABELS)
    assert_allclose(network.predict(theta, X[:1]), network.predict(theta, X)[:1])


@pytest.mark.parametrize("make", [smooth, normalised, kinked])
def test_arguments_stay_as_they_were_and_float32_stays(make):
    network = make()
    theta, x = theta_for(network).astype(np.float32), X.astype(np.float32)
    theta_before, x_before, labels_before = theta.copy(), x.copy(), LABELS.copy()
    loss, gradient = network.loss_and_gradient(theta, x, LABELS)
    assert gradient.shape == theta.shape
    assert gradient.dtype == loss.dtype == network.predict(theta, x).dtype == np.float32
    assert_array_equal(theta, theta_before)
    assert_array_equal(x, x_before)
    assert_array_equal(LABELS, labels_before)


@pytest.mark.parametrize("theta", [np.zeros(5), np.zeros((1, 71)), None], ids=str)
def test_another_theta_is_told_in_a_sentence(theta):
    network = Network([Dense(5, 8), ReLU(), Dense(8, 2), ReLU(), Dense(2, 1)], mean_squared_error)
    assert network.size == 69
    with pytest.raises(ValueError, match=r"this network needs \(69,\).*initialize"):
        network.loss_and_gradient(theta, X, LABELS)


def test_a_layer_stands_in_one_place_only():
    relu = ReLU()
    with pytest.raises(ValueError, match="two places"):
        Network([Dense(5, 4), relu, Dense(4, 4), relu])


def test_a_stack_is_the_network_that_is_written_out():
    rng = np.random.default_rng
    short = stacked([5, 6, 4, 3], lambda units: [BatchNorm(units), Tanh()])
    long = Network([Dense(5, 6), BatchNorm(6), Tanh(), Dense(6, 4), BatchNorm(4), Tanh(), Dense(4, 3)])
    theta = short.initialize(rng(0))
    assert_array_equal(theta, long.initialize(rng(0)))
    assert_array_equal(short.forward(theta, X, True), long.forward(theta, X, True))
    assert [type(layer) for layer in stacked([5, 3], lambda units: [ReLU()]).layers] == [Dense]
