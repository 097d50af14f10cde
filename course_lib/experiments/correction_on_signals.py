"""Does Adam owe its edge to bias correction? Adam with and without it, and RMSprop, at their best rates.

Fixed: the network, the signals and the batches of `methods_on_signals`, at a constant rate. Accuracies are
those after 1, 3 and 10 epochs of 63 updates: the correction acts on the first thousand or so. RMSprop is
tried with its usual ρ and with Adam's β₂.

Source: Kingma & Ba (2015), Section 6.4, ask it of another network, for several β₂.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.experiments import Run, picked
from course_lib.experiments.methods_on_signals import at_epochs, trained
from course_lib.optimizers import Adam, RMSprop


class Uncorrected(Adam):
    """Adam without its hats."""

    def step(self, theta, gradient):
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        return theta - self.lr * self.m / (np.sqrt(self.v) + self.eps)


METHODS: dict[str, Callable[[float], Any]] = {
    "Adam": Adam,
    "Adam, no hats": Uncorrected,
    "RMSprop": RMSprop,
    "RMSprop, ρ = 0.999": lambda lr: RMSprop(lr, rho=0.999),
}
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
EPOCHS = (1, 3, 10)

SETTINGS = [{"method": method, "lr": lr} for method in METHODS for lr in RATES]
SEEDS = range(5)
FRESH = range(5, 10)


def run(seed: int, method: str, lr: float) -> dict[str, list[float]]:
    """Train a network with this method and rate; return its validation accuracy after each of EPOCHS."""
    history = trained(seed, METHODS[method](lr), max(EPOCHS))
    return {"val_accuracy": at_epochs(history.val_accuracy, EPOCHS)}


TUNED = [{"method": "Adam", "lr": 1e-2}, {"method": "Adam, no hats", "lr": 3e-3}]
NEAR = 0.03  # of accuracy


def compared() -> list[dict[str, Any]]:
    return TUNED


def holds(runs: list[Run]) -> list[str]:
    """What is said of Adam with and without hats at their best, and these runs do not bear out."""
    with_hats, without = (picked(runs, "val_accuracy", **setting).mean(axis=0) for setting in TUNED)
    return [
        f"After {epochs} epochs Adam with and without hats are within {NEAR}."
        for epochs, gap in zip(EPOCHS, abs(with_hats - without), strict=True)
        if gap > NEAR
    ]
