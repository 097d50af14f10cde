"""Unit 03's task: 400 digits of which 80 have a wrong label, and networks that learn from them."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from course_lib import datasets
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.training import History, fit

EXAMPLES, WRONG, WIDTH = 400, 80, 80


class Careless(NamedTuple):
    """The training set with its labels as given and as they are right, and which of them are wrong."""

    x: np.ndarray
    given: np.ndarray
    right: np.ndarray
    wrong: np.ndarray


@cache
def careless_digits() -> Careless:
    """The first 400 digits, of which somebody was careless with 80."""
    digits, rng = datasets.digits(), np.random.default_rng(0)
    right = digits.y_train[:EXAMPLES]
    wrong = rng.choice(EXAMPLES, WRONG, replace=False)
    given = right.copy()
    given[wrong] = (right[wrong] + rng.integers(1, 10, WRONG)) % 10
    return Careless(digits.x_train[:EXAMPLES], given, right, wrong)


@cache
def _held_back() -> tuple[np.ndarray, np.ndarray]:
    digits = datasets.digits()
    return digits.x_val, digits.y_val


def plain(rng: np.random.Generator) -> list[Any]:
    """The layers of the network: two hidden ones of 80 units."""
    return with_dropout(rng, hidden=0.0)


def with_dropout(
    rng: np.random.Generator, hidden: float = 0.5, inputs: float = 0.0, output: float = 0.0
) -> list[Any]:
    """The same with dropout, at a rate for each place: behind the hidden layers, the inputs, the output."""

    def drop(rate: float) -> list[Any]:
        return [Dropout(rate, rng)] if rate else []

    layers: list[Any] = drop(inputs)
    for fan_in in (64, WIDTH):
        layers += [Dense(fan_in, WIDTH), ReLU(), *drop(hidden)]
    return [*layers, Dense(WIDTH, 10), *drop(output)]


def train(
    layers: Callable[[np.random.Generator], list[Any]],
    seed: int,
    labels: np.ndarray | None = None,
    epochs: int = 50,
    lr: float = 0.003,
    **remedies: Any,
) -> tuple[Network, np.ndarray, History]:
    """Train on the 400 digits with Adam; return the network, θ and what happened in each epoch.

    labels: those as given, unless others are named. remedies: what else ``fit`` takes.
    """
    data, rng = careless_digits(), np.random.default_rng(seed)
    network = Network(layers(rng))
    theta, history = fit(
        network,
        network.initialize(rng),
        Adam(lr=lr),
        (data.x, data.given if labels is None else labels),
        epochs=epochs,
        batch_size=32,
        rng=rng,
        validation=_held_back(),
        progress=False,
        **remedies,
    )
    return network, theta, history
