"""Does a random search pay on signals? A network at everyday defaults, at the best of five learning rates,
and at the best of some random settings of five dials.

Fixed: 4,000 signals to train on and 4,000 to validate (`datasets.signals`), two hidden layers of equal width
with ReLU and He's weights, AdamW at a constant rate, 20 epochs whatever the batch size. The trials are drawn
once. The seed draws signals, weights, the order of the batches, and what is dropped: what a search chooses
on one seed is judged on the others.

Source: Bergstra & Bengio (2012), for random search; Godbole et al. (2023), for tuning both sides alike.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from course_lib.data.make_signal_runs import sets
from course_lib.experiments import Run, picked, stored
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import AdamW
from course_lib.training import fit
from course_lib.tuning import log_uniform, random_search

EPOCHS = 20
DEFAULTS: dict[str, Any] = {"lr": 1e-3, "batch_size": 32, "width": 128, "dropout": 0.0, "decay": 0.01}
RATES_ALONE = [DEFAULTS | {"lr": lr} for lr in (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)]
SPACE = {
    "lr": lambda rng: log_uniform(3e-4, 3e-2, rng),
    "batch_size": lambda rng: int(2 ** rng.integers(4, 9)),
    "width": lambda rng: round(log_uniform(32, 512, rng)),
    "dropout": lambda rng: rng.uniform(0, 0.5),
    "decay": lambda rng: log_uniform(1e-3, 1, rng),
}
TRIALS = [drawn for drawn, _ in random_search(lambda drawn: 0.0, SPACE, 16, np.random.default_rng(0))[1]]

SETTINGS = [*RATES_ALONE, *TRIALS]
SEEDS = range(4)
FRESH = range(4, 7)


def run(seed: int, lr: float, batch_size: int, width: int, dropout: float, decay: float) -> dict[str, float]:
    """Train with these dials; return what part of the validation signals is read correctly."""
    training, (x_val, y_val), _ = sets(4000, seed)
    rng = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in in (40, width):
        layers += [Dense(fan_in, width), ReLU(), Dropout(dropout, rng)]
    network = Network([*layers, Dense(width, 10)])
    theta, _ = fit(
        network,
        network.initialize(rng, np.float32),
        AdamW(lr, weight_decay=decay),
        training,
        epochs=EPOCHS,
        batch_size=batch_size,
        rng=rng,
        progress=False,
    )
    return {"val_accuracy": float(np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val))}


def judged(runs: Sequence[Run], settings: Sequence[dict[str, Any]]) -> np.ndarray:
    """For each seed the accuracy, on it, of what the other seeds choose among these settings, on average."""
    read = np.array([picked(runs, "val_accuracy", **setting) for setting in settings])
    chosen, seeds = read.argmax(axis=0), np.arange(read.shape[1])
    return np.array([read[chosen[seeds != seed], seed].mean() for seed in seeds])


def compared() -> list[dict[str, Any]]:
    """The defaults, and of the rates and of the trials what reads most, over the stored seeds."""

    def read(setting: dict[str, Any]) -> float:
        return float(picked(stored("search_on_signals"), "val_accuracy", **setting).mean())

    return [DEFAULTS, max(RATES_ALONE, key=read), max(TRIALS, key=read)]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the search, and these runs do not bear out."""
    defaults, rate, trial = (picked(runs, "val_accuracy", **setting).mean() for setting in compared())
    said = {
        "The best learning rate alone gains points over the defaults.": rate > defaults + 0.03,
        "The best of the trials gains as much again.": trial > rate + 0.03,
    }
    return [sentence for sentence, true in said.items() if not true]
