"""Does batch normalisation help because inputs hold still? Shift is put back in behind it, in each step.

Fixed: eight hidden layers of 32 with ReLU and He's weights on the digits, SGD with 200 batches of 64.
Measured are how far the mean inputs of the fifth layer move from one batch to the next, in standard
deviations, and the training loss at the end; NaN where a run diverged. The seed draws weights, batches and
jumps.

Source: Santurkar et al. (2018), Section 2.1, who add noise to each activation.
"""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import BatchNorm, Dense, ReLU
from course_lib.network import stacked
from course_lib.optimizers import SGD

UPDATES, BATCH, SHOWN = 200, 64, 0.3  # the rate that the lecture shows
DIGITS = datasets.digits()


class Jumping:
    """Scale and shift each feature at random, in each training step differently."""

    parameters = ()

    def __init__(self, rng):
        self.rng = rng

    def forward(self, x, training):
        self.scale = self.rng.uniform(0.5, 1.5, x.shape[1]) if training else 1.0
        shift = self.rng.uniform(-0.5, 0.5, x.shape[1]) if training else 0.0
        return self.scale * x + shift

    def backward(self, grad):
        return grad * self.scale


LAYERS: dict[str, Callable[[int, np.random.Generator], list[Any]]] = {
    "plain": lambda units, rng: [ReLU()],
    "BatchNorm": lambda units, rng: [BatchNorm(units), ReLU()],
    "BatchNorm, then jumping": lambda units, rng: [BatchNorm(units), Jumping(rng), ReLU()],
}
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0)

SETTINGS = [{"layers": layers, "lr": lr} for layers, lr in product(LAYERS, RATES)]
SEEDS = range(5)
FRESH = range(5, 10)


def run(seed: int, layers: str, lr: float) -> dict[str, float]:
    """Train with these layers; return how far inputs move, and the training loss."""
    rng = np.random.default_rng(seed)
    network = stacked([64, *[32] * 8, 10], lambda units: LAYERS[layers](units, rng))
    theta, optimizer, means = network.initialize(rng), SGD(lr), []
    fifth = [layer for layer in network.layers if isinstance(layer, Dense)][4]
    with np.errstate(all="ignore"):  # to diverge is an answer here
        for _ in range(UPDATES):
            batch = rng.integers(0, len(DIGITS.x_train), BATCH)
            _, gradient = network.loss_and_gradient(theta, DIGITS.x_train[batch], DIGITS.y_train[batch])
            theta = optimizer.step(theta, gradient)
            means.append(fifth.x.mean(axis=0) / fifth.x.std())
        moves = float(np.abs(np.diff(means, axis=0)).mean())
        return {"moves": moves, "train_loss": network.loss(theta, DIGITS.x_train, DIGITS.y_train)}


def tuned(layers: str) -> dict[str, Any]:
    """The layers at the rate that has, over the stored seeds, the least training loss."""
    lr = best(stored("normalised_shift"), "train_loss", "lr", layers=layers)
    return {"layers": layers, "lr": lr}


def compared() -> list[dict[str, Any]]:
    """All at the rate that is shown, and each at its best."""
    settings = [{"layers": layers, "lr": SHOWN} for layers in LAYERS] + [tuned(each) for each in LAYERS]
    return [setting for setting in SETTINGS if setting in settings]


def holds(runs: list[Run]) -> list[str]:
    """What is said of stillness, and these runs do not bear out."""
    plain, still, jumping = LAYERS
    moves, loss = (
        {layers: picked(runs, what, layers=layers, lr=SHOWN) for layers in LAYERS}
        for what in ("moves", "train_loss")
    )
    at_best = {layers: picked(runs, "train_loss", **tuned(layers)).mean() for layers in LAYERS}
    said = {
        "Normalised inputs move least.": moves[still].max() < moves[plain].min() / 2,
        "With jumps they move more than plain ones.": moves[jumping].min() > moves[plain].max(),
        "At the rate shown the plain network has hardly begun to learn.": loss[plain].mean() > 1.5,
        "At that rate the jumping one has learned.": loss[jumping].max() < 0.4,
        "Without jumps the loss ends lower.": loss[still].mean() < loss[jumping].mean(),
        "Each at its best rate, three quarters of the benefit are there without stillness.": (
            at_best[plain] - at_best[jumping] > 0.75 * (at_best[plain] - at_best[still])
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
