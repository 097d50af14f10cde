"""Where the steps of the capstone lie: python -m course_lib.exercises.capstone.measure

Trains each kind of answer on 20 seeds, with new chance and new held-back scans each time, and writes the
held-back accuracies to measured.json with their mean and standard deviation, and for each step the chance of
missing it, taken as normal; and the same of the sign by which is seen who has trained on the validation set.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_lib import capstone
from course_lib.exercises.capstone.judging import LEARNED, STEPS, learned
from course_lib.exercises.capstone.styles import recipe, with_moved_copies
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam

Predict = Callable[[np.ndarray], np.ndarray]

SEEDS = range(2000, 2020)
FILE = Path(__file__).with_name("measured.json")


def linear(x: np.ndarray, y: np.ndarray, *_: object) -> Predict:
    """Logistic regression, to convergence: more than the budget would buy it."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, max_iter=500).fit(x, y).predict


def bare(lr: float, width: int) -> Callable[..., Predict]:
    """One hidden layer and Adam at one rate, without anything else."""

    def train_bare(
        x: np.ndarray, y: np.ndarray, _x: object, _y: object, rng: np.random.Generator, budget: int
    ) -> Predict:
        network, optimizer = Network([Dense(64, width), ReLU(), Dense(width, 10)]), Adam(lr)
        theta = network.initialize(rng)
        for _ in range(budget):
            batch = rng.integers(0, len(x), 32)
            theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
        return lambda x: network.predict(theta, x).argmax(axis=1)

    return train_bare


def chosen(
    x: np.ndarray, y: np.ndarray, x_val: np.ndarray, y_val: np.ndarray, rng: np.random.Generator, budget: int
) -> Predict:
    """A bare network, and of its states during training the one that is best on validation."""
    network, optimizer = Network([Dense(64, 128), ReLU(), Dense(128, 10)]), Adam(1e-2)
    theta, states = network.initialize(rng), []
    for update in range(budget):
        batch = rng.integers(0, len(x), 32)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
        if update % 10 == 9:
            states.append((np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val), theta))
    _, best = max(states, key=lambda state: float(state[0]))
    return lambda x: network.predict(best, x).argmax(axis=1)


def with_validation(kind: Callable[..., Predict]) -> Callable[..., Predict]:
    """What is forbidden: the validation set is trained on too."""

    def train_with_validation(
        x: np.ndarray, y: np.ndarray, x_val: np.ndarray, y_val: np.ndarray, rng: object, budget: int
    ) -> Predict:
        return kind(np.concatenate([x, x_val]), np.concatenate([y, y_val]), x_val, y_val, rng, budget)

    return train_with_validation


KINDS: dict[str, Callable[..., Predict]] = {
    "linear model": linear,
    "bare network, Adam's default rate": bare(1e-3, 64),
    "bare network, tuned rate": bare(3e-3, 128),
    "bare network, its best state on validation": chosen,
    "the recipe, tuned": recipe,
    "the recipe, with moved copies": with_moved_copies,
    "bare network, trained on validation too": with_validation(bare(3e-3, 128)),
    "the recipe, trained on validation too": with_validation(recipe),
}


def measured(kind: Callable[..., Predict], seed: int) -> tuple[float, float]:
    """The held-back accuracy, and the sign that validation labels were learned."""
    on_training, on_validation, held_back = capstone.scans(seed)
    x_val = on_validation.x / 255
    rng = np.random.default_rng(seed)
    predict = kind(on_training.x / 255, on_training.y, x_val, on_validation.y, rng, capstone.BUDGET)
    accuracy = float(np.mean(predict(held_back.x / 255) == held_back.truth))
    return accuracy, learned(predict(x_val), on_validation.y, on_validation.truth, accuracy)


def _above(threshold: float, values: np.ndarray) -> float:
    """The chance of a value above the threshold, taken as normal."""
    return math.erfc((threshold - values.mean()) / values.std(ddof=1) / math.sqrt(2)) / 2


def main() -> None:
    result = {}
    for name, kind in KINDS.items():
        runs = [measured(kind, seed) for seed in SEEDS]
        accuracies, signs = np.array(runs).T
        mean, spread = float(accuracies.mean()), float(accuracies.std(ddof=1))
        result[name] = {
            "mean": round(mean, 4),
            "standard deviation": round(spread, 4),
            "lowest": round(float(accuracies.min()), 4),
            "highest": round(float(accuracies.max()), 4),
            "chance of missing each step": [
                float(f"{math.erfc((mean - step) / spread / math.sqrt(2)) / 2:.2g}") for step in STEPS
            ],
            "sign of validation labels learned": {
                "mean": round(float(signs.mean()), 4),
                "standard deviation": round(float(signs.std(ddof=1)), 4),
                "chance of being noticed": float(f"{_above(LEARNED, signs):.2g}"),
            },
        }
        print(name, result[name])
    FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
