"""Make the loss curves to diagnose: real training runs, each with one thing wrong, or nothing.

    python -m course_lib.data.make_loss_curves

writes loss_curves.json and loss_curves_held_back.json beside this file, in about a minute. A run's settings
are drawn from its seed within the ranges below; no run is left out. ``run("plateau", 1000)`` is a fresh one.
"""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.initializers import he_normal, xavier_normal
from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import SGD, Momentum
from course_lib.training import minibatches, without_overflow_warnings
from course_lib.tuning import CAUSES, log_uniform

EPOCHS = 30
SEEDS = {"loss_curves.json": range(10), "loss_curves_held_back.json": range(100, 110)}


@dataclass
class Recipe:
    """What one run is made of. n: training examples used; wrong: share of their labels that are random."""

    data: Any
    hidden: list[int]
    activation: Callable[[], Any]
    optimizer: Any
    batch_size: int
    n: int
    wrong: float = 0.0
    l2: float = 0.0
    initializer: Callable[..., Any] = he_normal
    loss: Callable[..., Any] = softmax_cross_entropy

    def settings(self) -> datasets.Settings:
        outputs = 1 if self.loss is mean_squared_error else 10
        return datasets.Settings(
            (self.data.x_train.shape[1], *self.hidden, outputs),
            self.activation.__name__,
            type(self.optimizer).__name__,
            float(f"{self.optimizer.lr:.2g}"),
            self.batch_size,
            self.n,
            round(self.wrong, 2),
            float(f"{self.l2:.2g}"),
        )


def recipe(cause: str, rng: np.random.Generator) -> Recipe:
    """Settings that bring about this cause, drawn from their ranges."""
    data = datasets.digits()
    everything = len(data.x_train)
    width = int(rng.integers(24, 65))
    batch_size = int(rng.choice([16, 32]))
    if cause == "good":
        optimizer: Any = SGD(log_uniform(0.05, 0.12, rng))
        return Recipe(data, [width], ReLU, optimizer, batch_size, everything)
    if cause == "rate too low":
        optimizer = SGD(log_uniform(0.0004, 0.0015, rng))
        return Recipe(data, [width], ReLU, optimizer, batch_size, everything)
    if cause == "rate too high":
        hidden = [width] * int(rng.integers(1, 3))
        return Recipe(data, hidden, ReLU, Momentum(log_uniform(1, 3, rng)), batch_size, everything)
    if cause == "diverged":
        return _divergent(rng, width)
    if cause == "overfitting":
        n, wide, wrong = int(rng.integers(100, 151)), int(rng.integers(64, 129)), rng.uniform(0.3, 0.4)
        return Recipe(data, [wide], ReLU, Momentum(log_uniform(0.04, 0.07, rng)), 16, n, wrong=wrong)
    if cause == "underfitting":
        if rng.random() < 0.5:  # too small a network, or one held down
            hidden = [int(rng.integers(1, 3))]
            return Recipe(data, hidden, Tanh, Momentum(log_uniform(0.015, 0.03, rng)), 32, everything)
        optimizer, l2 = SGD(log_uniform(0.05, 0.2, rng)), log_uniform(0.04, 0.1, rng)
        return Recipe(data, [width], ReLU, optimizer, 32, everything, l2=l2)
    if cause == "plateau":
        optimizer = Momentum(log_uniform(0.06, 0.15, rng))
        return Recipe(data, [width] * 3, Sigmoid, optimizer, 32, everything, initializer=xavier_normal)
    if cause == "noisy":
        width = int(rng.integers(40, 65))
        return Recipe(data, [width], Tanh, SGD(log_uniform(0.095, 0.125, rng)), 1, 800, wrong=0.12)
    raise ValueError(f"there is no cause {cause!r}; there are {', '.join(CAUSES)}")


def _divergent(rng: np.random.Generator, width: int) -> Recipe:
    """Three ways to fly off: a quadratic beyond 2/λ_max, squared errors in a network, saturated units."""
    kind = rng.random()
    if kind > 0.7:
        optimizer, batch_size = SGD(log_uniform(4, 12, rng)), int(rng.choice([64, 128]))
        data = datasets.digits()
        return Recipe(data, [width], Tanh, optimizer, batch_size, len(data.x_train))
    data = datasets.diabetes()
    n = len(data.x_train)
    if kind > 0.5:
        return Recipe(data, [width], ReLU, SGD(log_uniform(0.8, 2, rng)), 16, n, loss=mean_squared_error)
    limit = 2 / np.linalg.eigvalsh(2 * data.x_train.T @ data.x_train / n)[-1]  # 2/λ_max
    return Recipe(data, [], ReLU, SGD(rng.uniform(1.1, 1.6) * limit), n, n, loss=mean_squared_error)


@without_overflow_warnings
def train(settings: Recipe, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Train; return training and validation loss before training and after each epoch.

    From the first loss that is not finite on, both are NaN. Random labels are in the training set only.
    """
    data = settings.data
    pick = rng.permutation(len(data.x_train))[: settings.n]
    x, y = data.x_train[pick], data.y_train[pick]
    if settings.wrong:
        hit = rng.random(len(y)) < settings.wrong
        y[hit] = rng.integers(0, 10, hit.sum())
    outputs = 1 if settings.loss is mean_squared_error else 10
    sizes = [x.shape[1], *settings.hidden, outputs]
    layers: list[Any] = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [Dense(fan_in, fan_out, settings.initializer), settings.activation()]
    network = Network(layers[:-1], settings.loss)  # the outputs have no activation
    theta = network.initialize(rng)
    losses = np.full((2, EPOCHS + 1), np.nan)
    for epoch in range(EPOCHS + 1):
        for batch in minibatches(len(x), settings.batch_size, rng) if epoch else ():
            _, gradient = network.loss_and_gradient(theta, x[batch], y[batch])
            theta = settings.optimizer.step(theta, gradient + settings.l2 * theta)
        now = network.loss(theta, x, y), network.loss(theta, data.x_val, data.y_val)
        if not np.all(np.isfinite(now)):
            break
        losses[:, epoch] = now
    return losses[0], losses[1]


def run(cause: str, seed: int) -> datasets.LossCurve:
    """The run of this cause that belongs to the seed."""
    rng = np.random.default_rng([CAUSES.index(cause), seed])
    settings = recipe(cause, rng)
    return datasets.LossCurve(cause, seed, settings.settings(), *train(settings, rng))


def _short(losses: np.ndarray) -> list[float | None]:
    """Four digits; None, JSON's null, for NaN."""
    return [float(f"{loss:.4g}") if np.isfinite(loss) else None for loss in losses]


def main() -> None:
    for name, seeds in SEEDS.items():
        curves = [run(cause, seed) for cause in CAUSES for seed in seeds]
        lines = [
            json.dumps(
                {
                    "cause": curve.cause,
                    "seed": curve.seed,
                    "settings": {name: value for name, value in vars(curve.settings).items() if value},
                    "train_loss": _short(curve.train_loss),
                    "val_loss": _short(curve.val_loss),
                },
                ensure_ascii=False,
            )
            for curve in curves
        ]
        Path(__file__).with_name(name).write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
