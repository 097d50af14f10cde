"""Does the ranking of methods on signals hold on an easier task? Seven methods on digits, one grid of rates.

Fixed: the digits, 64 → 64 → 10 with ReLU and He's weights, 300 updates with batches of 32 drawn anew, a
constant rate, and all else of a method at the course's defaults. Each method takes the rate with which it
reads most validation digits right over the TUNING seeds, and is judged on the others. The seed draws weights
and batches.

Source: as for `methods_on_signals`, Choi et al. (2019).
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, best, picked, stored
from course_lib.experiments.methods_on_signals import METHODS
from course_lib.layers import Dense, ReLU
from course_lib.network import Network

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0)
UPDATES, BATCH_SIZE = 300, 32
SHARED = 0.01  # a rate for all, as in an unfair race

SETTINGS = [{"method": method, "lr": lr} for method in METHODS for lr in RATES]
SEEDS = range(20)
TUNING = range(10)  # by these the rates are chosen, by the others methods are judged
FRESH = range(20, 30)


def run(seed: int, method: str, lr: float) -> dict[str, float]:
    """Train a network with this method and rate; return its training loss and its validation accuracy."""
    digits, rng = datasets.digits(), np.random.default_rng(seed)
    network, optimizer = Network([Dense(64, 64), ReLU(), Dense(64, 10)]), METHODS[method](lr)
    theta = network.initialize(rng)
    with np.errstate(all="ignore"):  # to diverge is a result here
        for _ in range(UPDATES):
            batch = rng.integers(0, len(digits.x_train), BATCH_SIZE)
            _, gradient = network.loss_and_gradient(theta, digits.x_train[batch], digits.y_train[batch])
            theta = optimizer.step(theta, gradient)
        right = network.predict(theta, digits.x_val).argmax(axis=1) == digits.y_val
        return {
            "train_loss": network.loss(theta, digits.x_train, digits.y_train),
            "val_accuracy": right.mean(),
        }


@cache
def tuned(method: str) -> dict[str, Any]:
    """A method at the rate with which, over the stored TUNING seeds, it reads most digits right."""
    runs = [run for run in stored("methods_on_digits") if run["seed"] in TUNING]
    return {"method": method, "lr": best(runs, "val_accuracy", "lr", largest=True, method=method)}


def reads(runs: Iterable[Run], setting: dict[str, Any]) -> np.ndarray:
    """Validation accuracies of a setting, on seeds by which no rate was chosen."""
    return picked([run for run in runs if run["seed"] not in TUNING], "val_accuracy", **setting)


def compared() -> list[dict[str, Any]]:
    """Each method at its best, and two at the shared rate."""
    settings = [tuned(method) for method in METHODS]
    settings += [{"method": method, "lr": SHARED} for method in ("SGD", "Adam")]
    return [setting for setting in SETTINGS if setting in settings]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the methods, and these runs do not bear out."""
    at_best = {method: reads(runs, tuned(method)).mean() for method in METHODS}
    shared = {method: reads(runs, {"method": method, "lr": SHARED}).mean() for method in ("SGD", "Adam")}
    said = {
        "No method beats SGD by a point.": max(at_best.values()) - at_best["SGD"] < 0.01,
        "All seven lie within two points.": np.ptp([*at_best.values()]) < 0.02,
        "At the shared rate Adam is far ahead of SGD.": shared["Adam"] - shared["SGD"] > 0.2,
    }
    return [sentence for sentence, true in said.items() if not true]
