"""Which method takes a network down fastest, each at its best rate? Seven methods, one wide grid of rates.

Fixed: 4,000 signals to train on and 4,000 to validate (`datasets.signals`), 40 → 128 → 128 → 10 with ReLU and
He's weights, batches of 64, a constant rate, and nothing against overfitting but AdamW's decay. Each method
is tried with the same rates, half a decade apart; all else of it stands at the course's defaults. Losses and
accuracies are those after 2, 5, 10, 20 and 40 epochs: each of these horizons may have a best rate of its own.
The seed draws signals, weights and the order of the batches.

Source: the question is that of Choi et al. (2019), "On Empirical Comparisons of Optimizers for Deep
Learning": a ranking depends on how widely each method is tuned.
"""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from course_lib.data.make_signal_runs import sets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSprop
from course_lib.training import History, fit

METHODS = {each.__name__: each for each in (SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adam, AdamW)}
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0, 3.0)
EPOCHS = (2, 5, 10, 20, 40)
EXAMPLES, BATCH_SIZE = 4000, 64
CURVES = ("train_loss", "val_loss", "val_accuracy")

SETTINGS = [{"method": method, "lr": lr} for method in METHODS for lr in RATES]
SEEDS = range(3)
FRESH = range(3, 6)


def run(seed: int, method: str, lr: float) -> dict[str, list[float]]:
    """Train a network with this method and rate; return losses and accuracies after each of EPOCHS."""
    history = trained(seed, METHODS[method](lr), max(EPOCHS))
    return {name: at_epochs(getattr(history, name), EPOCHS) for name in CURVES}


def trained(
    seed: int, optimizer: Any, epochs: int, schedule: Callable[[int], float] | None = None
) -> History:
    """Train a new network on signals; return what happened."""
    train, validation, _ = sets(EXAMPLES, seed)
    rng = np.random.default_rng(seed)
    network = Network([Dense(40, 128), ReLU(), Dense(128, 128), ReLU(), Dense(128, 10)])
    _, history = fit(
        network,
        network.initialize(rng, np.float32),
        optimizer,
        train,
        validation=validation,
        epochs=epochs,
        batch_size=BATCH_SIZE,
        rng=rng,
        schedule=schedule,
        progress=False,
    )
    return history


def at_epochs(curve: list[float], epochs: Iterable[int]) -> list[float]:
    """A curve's values after these epochs; NaN where the run had diverged."""
    return [curve[epoch - 1] if epoch <= len(curve) else math.nan for epoch in epochs]


EARLY, LATE = EPOCHS.index(5), EPOCHS.index(20)
AHEAD = ("Momentum", "Nesterov", "RMSprop", "Adam", "AdamW")  # of SGD, early on
NEAR = 0.06  # of accuracy, late


@cache
def tuned(method: str, at: int) -> dict[str, Any]:
    """A method at the rate with which, over the stored seeds, it reads most validation signals right."""
    runs = stored("methods_on_signals")
    lr = best(runs, "val_accuracy", "lr", at=at, largest=True, method=method)
    return {"method": method, "lr": lr}


def compared() -> list[dict[str, Any]]:
    """Each method at its best, early and late."""
    settings = [tuned(method, at) for method in METHODS for at in (EARLY, LATE)]
    return [setting for setting in SETTINGS if setting in settings]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the methods at their best, and these runs do not bear out."""
    accuracy = {
        (method, at): picked(runs, "val_accuracy", **tuned(method, at))[:, at].mean()
        for method in METHODS
        for at in (EARLY, LATE)
    }
    most = max(accuracy[method, LATE] for method in METHODS)
    return [
        *(
            f"After {EPOCHS[EARLY]} epochs {method} is ahead of SGD."
            for method in AHEAD
            if accuracy[method, EARLY] <= accuracy["SGD", EARLY]
        ),
        *(
            f"After {EPOCHS[LATE]} epochs {method} is within {NEAR} of the best."
            for method in METHODS
            if accuracy[method, LATE] < most - NEAR
        ),
    ]
