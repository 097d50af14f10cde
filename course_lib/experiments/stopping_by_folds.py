"""Is early stopping like cross-validation? Both choose the number of epochs by examples that are held back.

Fixed: 400 digits of which 80 have a wrong label, 64 → 80 → 80 → 10, Adam at 0.003, batches of 32.
Early stopping holds one fifth back, and stops with a patience of ten. Five-fold cross-validation holds each
fifth back once for 60 epochs, takes the epoch with the lowest mean loss, and trains on all 400 for as long.
Accuracies are on other digits, with right labels. The seed draws the fifths, weights and order.

Source: Prechelt (1998), "Early stopping – but when?"; Hastie, Tibshirani & Friedman (2009), Section 7.10.
"""

import numpy as np

from course_lib import datasets
from course_lib.careless import careless_digits, plain
from course_lib.experiments import Run, picked
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.training import History, fit

EPOCHS, FOLDS, PATIENCE = 60, 5, 10

SETTINGS = [{"way": "early stopping"}, {"way": "cross-validation"}]
SEEDS = range(8)
FRESH = range(8, 16)


def run(seed: int, way: str) -> dict[str, float]:
    """Choose an epoch in this way; return it, the epochs trained in all, and how the network reads."""
    folds = np.array_split(np.random.default_rng(seed).permutation(len(careless_digits().x)), FOLDS)
    everything = np.concatenate(folds)
    if way == "early stopping":
        theta, history = trained(seed, np.concatenate(folds[1:]), folds[0], EPOCHS, PATIENCE)
        assert history.best_epoch is not None  # as there is a patience
        return {
            "epoch": history.best_epoch + 1,
            "trained": len(history.val_loss),
            "val_accuracy": read(theta),
        }
    histories = [trained(seed, np.setdiff1d(everything, fold), fold, EPOCHS)[1] for fold in folds]
    epoch = int(np.mean([history.val_loss for history in histories], axis=0).argmin()) + 1
    theta, _ = trained(seed, everything, folds[0], epoch)
    return {"epoch": epoch, "trained": FOLDS * EPOCHS + epoch, "val_accuracy": read(theta)}


def holds(runs: list[Run]) -> list[str]:
    def of(measured: str) -> list[float]:
        return [picked(runs, measured, **setting).mean() for setting in SETTINGS]

    (once, five_times), (stopped, validated) = of("trained"), of("val_accuracy")
    said = {
        "Cross-validation trains more than twelve times as long.": five_times > 12 * once,
        "The networks read equally well, within two points.": abs(stopped - validated) < 0.02,
    }
    return [sentence for sentence, true in said.items() if not true]


def trained(
    seed: int, shown: np.ndarray, held_back: np.ndarray, epochs: int, patience: int | None = None
) -> tuple[np.ndarray, History]:
    """Train on the digits that are shown and watch the loss on those held back."""
    data, rng = careless_digits(), np.random.default_rng(seed)
    network = Network(plain(rng))
    return fit(
        network,
        network.initialize(rng),
        Adam(0.003),
        (data.x[shown], data.given[shown]),
        validation=(data.x[held_back], data.given[held_back]),
        epochs=epochs,
        batch_size=32,
        rng=rng,
        patience=patience,
        progress=False,
    )


def read(theta: np.ndarray) -> float:
    """Share of other digits that are read right."""
    digits, network = datasets.digits(), Network(plain(np.random.default_rng(0)))
    return float(np.mean(network.predict(theta, digits.x_val).argmax(axis=1) == digits.y_val))
