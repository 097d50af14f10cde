"""The task of the last assignment: a network that is given, and few signals to train it on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD

BUDGET = 1000  # gradients
BATCH = 64  # signals that one gradient may be of; one of more counts as several
POSITIONS, WIDTH, HIDDEN, CLASSES = 40, 100, 4, 10
RATE = 0.1  # of dropout
FASTER = 30  # times Adam's rate: about what plain gradient descent needs for steps of the same size


def given() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What ``train`` is given: x_train (600, 40), y_train (600,), x_val (300, 40), y_val (300,).

    The signals are those of ``datasets.signals``, as an instrument reads them that knows 256 values from 0
    to 1: they are not standardised.

    Source: ``course_lib/data/make_capstone.py``.
    """
    with np.load(Path(__file__).parent / "data" / "capstone.npz", allow_pickle=False) as data:
        return data["x_train"] / 255, data["y_train"], data["x_val"] / 255, data["y_val"]


def network(parts, rng) -> Network:
    """The network that is given, built from these parts: 40 inputs, four hidden layers of 100, 10 outputs.

    parts has BatchNorm, Dropout and he_normal. Behind each hidden layer stand batch normalisation, ReLU, and
    dropout at a rate of 0.1, which draws from rng.
    """
    layers: list[object] = []
    for fan_in in (POSITIONS, *[WIDTH] * (HIDDEN - 1)):
        layers += [Dense(fan_in, WIDTH, parts.he_normal), parts.BatchNorm(WIDTH), ReLU()]
        layers += [parts.Dropout(RATE, rng)]
    return Network([*layers, Dense(WIDTH, CLASSES, parts.he_normal)])


@dataclass(frozen=True, eq=False)
class Answer:
    """What is handed in: train, and the parts for its network. Called, it is train."""

    train: Callable[..., object]
    parts: Any

    def __call__(self, *given: object) -> object:
        return self.train(*given)


# What takes a part's place where a training is to show what the part brings


class Descent(SGD):
    """Plain gradient descent in Adam's place, at a rate of its own size."""

    def __init__(self, lr: float = 0.001, *_: object, **__: object) -> None:
        super().__init__(lr)

    def step(self, theta: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        moved: np.ndarray = theta - FASTER * self.lr * gradient
        return moved


class Nothing:
    """A layer that does nothing, in the place of any."""

    parameters = ()

    def __init__(self, *_: object) -> None:
        pass

    def forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        return x

    def backward(self, grad: np.ndarray) -> np.ndarray:
        return grad


def unscaled(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    """Weights from N(0, 1), whatever the fans."""
    return rng.standard_normal((fan_in, fan_out))


WITHOUT: dict[str, Callable[..., object]] = {
    "Adam": Descent,
    "Dropout": Nothing,
    "BatchNorm": Nothing,
    "he_normal": unscaled,
}
