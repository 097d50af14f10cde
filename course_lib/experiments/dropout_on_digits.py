"""How much dropout, at a learning rate of its own, and with how much time? On digits with wrong labels.

Fixed: 400 digits of which 80 have a wrong label, 64 → 80 → 80 → 10 with dropout behind both hidden layers,
Adam, batches of 32 (`careless`). Accuracies are those after 50 and after 200 epochs, on right labels: each of
these horizons may have a best learning rate of its own. The seed draws weights, order and masks.

Source: the question is that of Srivastava et al. (2014), Section 7.3; that dropout takes two to three times
as long, of their Section 11.
"""

from functools import partial
from itertools import product

import numpy as np

from course_lib.careless import train, with_dropout
from course_lib.experiments import Run, best, picked, stored

DROPPED = (0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
RATES = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)  # Adam's
EPOCHS = (50, 200)
RANKED = (0.0, 0.35, 0.5, 0.8)  # of DROPPED

SETTINGS = [{"dropped": dropped, "lr": lr} for dropped, lr in product(DROPPED, RATES)]
SEEDS = range(3)
FRESH = range(3, 6)


def run(seed: int, dropped: float, lr: float) -> dict[str, list[float]]:
    """Train with this share dropped and this learning rate; return accuracies after each of EPOCHS."""
    _, _, history = train(partial(with_dropout, hidden=dropped), seed, epochs=max(EPOCHS), lr=lr)
    curves = {"val_accuracy": history.val_accuracy, "train_accuracy": history.train_accuracy}
    return {name: [curve[epoch - 1] for epoch in EPOCHS] for name, curve in curves.items()}


def best_rate(runs: list[Run], dropped: float, at: int) -> float:
    """The learning rate with the highest validation accuracy; at is a place in EPOCHS."""
    return best(runs, "val_accuracy", "lr", at=at, largest=True, dropped=dropped)


def reads(runs: list[Run], dropped: float, at: int) -> np.ndarray:
    """Validation accuracy of each seed at the best learning rate; at is a place in EPOCHS."""
    lr = best_rate(runs, dropped, at)
    return picked(runs, "val_accuracy", dropped=dropped, lr=lr)[:, at]


def compared() -> list[dict[str, float]]:
    """Of what is ranked, each at its best rate at either horizon."""
    runs = stored("dropout_on_digits")
    found = {(dropped, best_rate(runs, dropped, at)) for dropped in RANKED for at in (0, 1)}
    return [{"dropped": dropped, "lr": lr} for dropped, lr in sorted(found)]


def holds(runs: list[Run]) -> list[str]:
    """Of those compared: a share's mean accuracy at the better of the rates that it was tried with."""

    def read(dropped: float, at: int) -> float:
        rates = {run["lr"] for run in runs if run["dropped"] == dropped}
        return max(picked(runs, "val_accuracy", dropped=dropped, lr=lr)[:, at].mean() for lr in rates)

    said = {
        "Dropping 0.35 is ahead of nothing, after 50 epochs and after 200.": all(
            read(0.35, at) > read(0.0, at) for at in (0, 1)
        ),
        "Dropping 0.5 is ahead of 0.8, by more than 3 points after 200 epochs.": all(
            read(0.5, at) > read(0.8, at) + 0.03 for at in (0, 1)
        ),
        "Dropping 0.8 gains more than 5 points by 200 epochs.": read(0.8, 1) > read(0.8, 0) + 0.05,
    }
    return [sentence for sentence, true in said.items() if not true]
