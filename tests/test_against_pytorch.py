"""Exactness: our float64 results against PyTorch's, as tests/goldens/make_goldens.py wrote them."""

import json
from pathlib import Path

import numpy as np
import pytest
from goldens.inputs import STEPS, gradients, start
from numpy.testing import assert_allclose

from course_lib import layers, losses, modern, optimizers
from course_lib.network import Network
from course_lib.transformer import Transformer

GOLDENS = Path(__file__).parent / "goldens"
LAYER = 1e-10  # relative to the largest entry


def golden(name):
    return json.loads((GOLDENS / f"{name}.json").read_text())["cases"]


def assert_close(ours, theirs, tolerance=LAYER):
    theirs = np.array(theirs)
    assert np.shape(ours) == theirs.shape
    assert_allclose(ours, theirs, rtol=0, atol=tolerance * np.abs(theirs).max())


def describe(case):
    return f"{case['name']} {case['arguments']}"


@pytest.mark.parametrize("case", golden("optimizers"), ids=describe)
def test_optimisers_agree_over_1000_steps(case):
    optimizer = getattr(optimizers, case["name"])(**case["arguments"])
    theta = start(case["seed"])
    compared = 0
    for t, gradient in enumerate(gradients(case["seed"]), start=1):
        theta = optimizer.step(theta, gradient)
        if expected := case["theta_after"].get(str(t)):
            assert_allclose(theta, expected, rtol=1e-12, atol=0, err_msg=f"after step {t}")
            compared += 1
    assert t == STEPS == 1000
    assert compared == 5


@pytest.mark.parametrize("case", golden("layers")["activations"], ids=describe)
def test_activations_agree(case):
    layer = getattr(layers, case["name"])(**case["arguments"])
    assert_close(layer.forward(np.array(case["x"]), training=True), case["y"])
    assert_close(layer.backward(np.array(case["grad"])), case["dx"])


def test_dense_agrees():
    case = golden("layers")["Dense"]
    dense = layers.Dense(4, 3)
    dense.W, dense.b = np.array(case["W"]), np.array(case["b"])
    assert_close(dense.forward(np.array(case["x"]), training=True), case["y"])
    dx, dW, db = dense.backward(np.array(case["grad"]))
    assert_close(dx, case["dx"])
    assert_close(dW, case["dW"])
    assert_close(db, case["db"])


class Replay:
    """A generator whose uniform numbers drop exactly the given units."""

    def __init__(self, dropped):
        self.dropped = np.array(dropped)

    def random(self, shape):
        assert shape == self.dropped.shape
        return np.where(self.dropped, 0.0, 1 - 2**-53)


@pytest.mark.parametrize("case", golden("layers")["Dropout"], ids=lambda case: f"rate {case['rate']}")
def test_dropout_agrees_given_the_same_mask(case):
    dropout = layers.Dropout(case["rate"], Replay(case["dropped"]))
    for mode in ("training", "test"):
        one = case[mode]
        assert_close(dropout.forward(np.array(one["x"]), training=mode == "training"), one["y"])
        assert_close(dropout.backward(np.array(one["grad"])), one["dx"])


@pytest.mark.parametrize("case", golden("layers")["BatchNorm"], ids=lambda case: f"eps {case['eps']}")
def test_batch_norm_agrees_in_training_and_at_test_time(case):
    norm = layers.BatchNorm(4, case["momentum"], case["eps"])
    norm.gamma, norm.beta = np.array(case["gamma"]), np.array(case["beta"])
    for one in case["passes"]:
        assert_close(norm.forward(np.array(one["x"]), one["training"]), one["y"])
        dx, dgamma, dbeta = norm.backward(np.array(one["grad"]))
        assert_close(dx, one["dx"])
        assert_close(dgamma, one["dgamma"])
        assert_close(dbeta, one["dbeta"])
        assert_close(norm.running_mean, one["running_mean"])
        assert_close(norm.running_var, one["running_var"])


@pytest.mark.parametrize("case", golden("layers")["LayerNorm"], ids=lambda case: f"eps {case['eps']}")
def test_layer_norm_agrees(case):
    norm = layers.LayerNorm(4, case["eps"])
    norm.gamma, norm.beta = np.array(case["gamma"]), np.array(case["beta"])
    for one in case["passes"]:
        assert_close(norm.forward(np.array(one["x"]), True), one["y"])
        for gradient, asked in zip(
            norm.backward(np.array(one["grad"])), ("dx", "dgamma", "dbeta"), strict=True
        ):
            assert_close(gradient, one[asked])


@pytest.mark.parametrize("case", golden("layers")["RMSNorm"], ids=lambda case: f"eps {case['eps']}")
def test_rms_norm_agrees(case):
    norm = layers.RMSNorm(4, case["eps"])
    norm.gain = np.array(case["gain"])
    for one in case["passes"]:
        assert_close(norm.forward(np.array(one["x"]), True), one["y"])
        dx, dgain = norm.backward(np.array(one["grad"]))
        assert_close(dx, one["dx"])
        assert_close(dgain, one["dgain"])


@pytest.mark.parametrize("case", golden("losses")["softmax_cross_entropy"], ids=["small", "large logits"])
def test_cross_entropy_agrees(case):
    loss, gradient = losses.softmax_cross_entropy(np.array(case["logits"]), np.array(case["labels"]))
    assert_allclose(loss, case["loss"], rtol=1e-12)
    assert_close(gradient, case["gradient"])


@pytest.mark.parametrize("case", golden("losses")["mean_squared_error"])
def test_mean_squared_error_agrees(case):
    loss, gradient = losses.mean_squared_error(np.array(case["prediction"]), np.array(case["target"]))
    assert_allclose(loss, case["loss"], rtol=1e-12)
    assert_close(gradient, case["gradient"])


@pytest.mark.parametrize("case", golden("losses")["l2_penalty"])
def test_l2_penalty_agrees(case):
    loss, gradients = losses.l2_penalty([np.array(W) for W in case["weights"]], case["lam"])
    assert_allclose(loss, case["loss"], rtol=1e-12)
    for ours, theirs in zip(gradients, case["gradients"], strict=True):
        assert_close(ours, theirs)


def test_a_training_run_agrees():
    case = golden("network")
    x, labels, theta = np.array(case["x"]), np.array(case["labels"]), np.array(case["theta"])
    network = Network(
        [
            layers.Dense(6, 8),
            layers.Tanh(),
            layers.BatchNorm(8),
            layers.Dense(8, 5),
            layers.LeakyReLU(0.1),
            layers.Dense(5, 3),
        ]
    )
    adam = optimizers.Adam(lr=0.01)
    path = []
    for begin in range(0, 30 * 8, 8):
        batch = np.arange(begin, begin + 8) % 24
        loss, gradient = network.loss_and_gradient(theta, x[batch], labels[batch])
        theta = adam.step(theta, gradient)
        path.append(loss)
    assert_allclose(path, case["losses"], rtol=1e-10)
    assert_close(network.predict(theta, x), case["logits"])


@pytest.mark.parametrize("case", golden("muon"), ids=["tall", "wide", "square"])
def test_muon_agrees(case):
    muon, theta = modern.Muon(lr=0.02, mu=0.9, weight_decay=0.1), np.array(case["theta"])
    for gradient in case["gradients"]:
        theta = muon.step(theta, np.array(gradient))
    assert_close(theta, case["theta_after"])


@pytest.mark.parametrize("norm", ["pre", "post", "none"])
def test_the_transformer_agrees(norm):
    case = golden("transformer")
    transformer = Transformer(**case["sizes"], norm=norm)
    theta = np.empty(transformer.size)
    for name, view in transformer.arrays(theta).items():
        view[:] = case["theta"][name]
    loss, gradient = transformer.loss_and_gradient(theta, np.array(case["x"]), np.array(case["y"]))
    assert_allclose(loss, case["norms"][norm]["loss"], rtol=1e-12)
    for name, view in transformer.arrays(gradient).items():
        assert_close(view, np.broadcast_to(case["norms"][norm]["gradient"][name], view.shape))
