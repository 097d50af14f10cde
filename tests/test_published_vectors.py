"""The optimisers against figures that others published, each to the precision of its source."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, RMSprop

TEXT = (Path(__file__).parent / "goldens" / "published_vectors.json").read_text()
VECTORS = {vector["id"]: vector for vector in json.loads(TEXT)["vectors"]}


def one_step(name):
    """Inputs and expected values of a vector of CS231n as arrays, hyperparameters, tolerance."""
    vector = VECTORS[name]
    inputs = {
        key: np.linspace(*value["linspace"]).reshape(value["shape"]) if isinstance(value, dict) else value
        for key, value in vector["inputs"].items()
    }
    return inputs, vector["expected"], vector["hyperparameters"], vector["recommended_atol"]


def test_cs231n_momentum():
    inputs, expected, h, atol = one_step("cs231n_sgd_momentum")
    optimizer = Momentum(h["learning_rate"], h["momentum"])
    optimizer.v = -inputs["velocity"] / h["learning_rate"]  # theirs is the step itself, −η times ours
    assert_allclose(optimizer.step(inputs["w"], inputs["dw"]), expected["next_w"], rtol=0, atol=atol)
    assert_allclose(-h["learning_rate"] * optimizer.v, expected["velocity"], rtol=0, atol=atol)


def test_cs231n_rmsprop():
    inputs, expected, h, atol = one_step("cs231n_rmsprop")
    optimizer = RMSprop(h["learning_rate"], h["decay_rate"], h["epsilon"])
    optimizer.s = inputs["cache"]
    assert_allclose(optimizer.step(inputs["w"], inputs["dw"]), expected["next_w"], rtol=0, atol=atol)
    assert_allclose(optimizer.s, expected["cache"], rtol=0, atol=atol)


def test_cs231n_adam():
    inputs, expected, h, atol = one_step("cs231n_adam")
    optimizer = Adam(h["learning_rate"], h["beta1"], h["beta2"], h["epsilon"])
    optimizer.m, optimizer.v, optimizer.t = inputs["m"], inputs["v"], inputs["t"]
    assert_allclose(optimizer.step(inputs["w"], inputs["dw"]), expected["next_w"], rtol=0, atol=atol)
    assert_allclose(optimizer.m, expected["m"], rtol=0, atol=atol)
    assert_allclose(optimizer.v, expected["v"], rtol=0, atol=atol)


TEN_STEPS = {
    "lasagne_sgd_10steps": lambda h: SGD(h["learning_rate"]),
    "lasagne_momentum_10steps": lambda h: Momentum(h["learning_rate"], h["momentum"]),
    "lasagne_nesterov_momentum_10steps": lambda h: Nesterov(h["learning_rate"], h["momentum"]),
    "lasagne_adagrad_10steps": lambda h: AdaGrad(h["learning_rate"], h["epsilon"]),
    "lasagne_rmsprop_10steps": lambda h: RMSprop(h["learning_rate"], h["rho"], h["epsilon"]),
    "torch7_adam_10steps": lambda h: Adam(h["learning_rate"], h["beta1"], h["beta2"], h["epsilon"]),
}


@pytest.mark.parametrize("name", TEN_STEPS)
def test_ten_steps_down_a_bowl(name):
    vector = VECTORS[name]
    optimizer = TEN_STEPS[name](vector["hyperparameters"])
    w = np.array(vector["inputs"]["w0"], dtype=float)
    for _ in range(10):
        w = optimizer.step(w, 2 * np.array([0.1, 0.2, 0.3]) * w)
    assert_allclose(w, vector["expected"]["w10"], rtol=0, atol=vector["recommended_atol"])


def test_every_vector_is_used():
    assert set(VECTORS) == {"cs231n_sgd_momentum", "cs231n_rmsprop", "cs231n_adam", *TEN_STEPS}
