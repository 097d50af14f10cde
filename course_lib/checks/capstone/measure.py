"""Where the steps of the capstone lie: python -m course_lib.checks.capstone.measure

Trains each kind of answer on 20 seeds, with new chance and new held-back scans each time, and writes the
held-back accuracies to measured.json with their mean and standard deviation, and for each step the chance of
missing it, taken as normal.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from course_lib import capstone
from course_lib.checks.capstone.judging import STEPS
from course_lib.checks.capstone.recipe import Predict, train
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam

SEEDS = range(2000, 2020)
FILE = Path(__file__).with_name("measured.json")


def linear(x: np.ndarray, y: np.ndarray, *_: Any) -> Predict:
    """Logistic regression, to convergence: more than the budget would buy it."""
    return LogisticRegression(C=0.1, max_iter=500).fit(x, y).predict


def bare(lr: float, width: int) -> Callable[..., Predict]:
    """One hidden layer and Adam at one rate, without anything else."""

    def train_bare(
        x: np.ndarray, y: np.ndarray, _x: Any, _y: Any, rng: np.random.Generator, budget: int
    ) -> Predict:
        network, optimizer = Network([Dense(64, width), ReLU(), Dense(width, 10)]), Adam(lr)
        theta = network.initialize(rng)
        for _ in range(budget):
            batch = rng.integers(0, len(x), 32)
            theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
        return lambda x: network.predict(theta, x).argmax(axis=1)

    return train_bare


KINDS: dict[str, Callable[..., Predict]] = {
    "linear model": linear,
    "bare network, Adam's default rate": bare(1e-3, 64),
    "bare network, tuned rate": bare(3e-3, 128),
    "the recipe, tuned": train,
}


def measured(kind: Callable[..., Predict], seed: int) -> tuple[float, int]:
    """The held-back accuracy, and how many wrong validation labels are given back."""
    on_training, on_validation, held_back = capstone.scans(seed)
    x_val = on_validation.x / 255
    rng = np.random.default_rng(seed)
    predict = kind(on_training.x / 255, on_training.y, x_val, on_validation.y, rng, capstone.BUDGET)
    wrong = on_validation.y != on_validation.truth
    given_back = predict(x_val[wrong]) == on_validation.y[wrong]
    return float(np.mean(predict(held_back.x / 255) == held_back.truth)), int(given_back.sum())


def main() -> None:
    result = {}
    for name, kind in KINDS.items():
        runs = [measured(kind, seed) for seed in SEEDS]
        accuracies = np.array([accuracy for accuracy, _ in runs])
        mean, spread = float(accuracies.mean()), float(accuracies.std(ddof=1))
        result[name] = {
            "mean": round(mean, 4),
            "standard deviation": round(spread, 4),
            "lowest": round(float(accuracies.min()), 4),
            "highest": round(float(accuracies.max()), 4),
            "chance of missing each step": [
                float(f"{math.erfc((mean - step) / spread / math.sqrt(2)) / 2:.2g}") for step in STEPS
            ],
            "most wrong validation labels given back": max(given_back for _, given_back in runs),
        }
        print(name, result[name])
    FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
