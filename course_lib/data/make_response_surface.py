"""Make the response surface: how well a network does, over learning rate and strength of L2.

    python -m course_lib.data.make_response_surface

writes response_surface.json beside this file, in about a minute: one training run for each cell and seed.
"""

import json
from pathlib import Path

import numpy as np

from course_lib import datasets
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.training import fit

RATES = np.geomspace(1e-3, 3, 29)  # columns
PENALTIES = np.geomspace(1e-5, 1, 21)  # rows
SEEDS = range(3)
EXAMPLES, EPOCHS, BATCH_SIZE, WIDTH = 300, 20, 32, 32


def cell(rate: float, penalty: float, seed: int) -> tuple[float, float]:
    """Validation loss and accuracy of one run; a loss that is not finite becomes NaN."""
    data = datasets.digits()
    rng = np.random.default_rng(seed)
    network = Network([Dense(64, WIDTH), ReLU(), Dense(WIDTH, 10)])
    theta, history = fit(
        network,
        network.initialize(rng),
        SGD(rate),
        (data.x_train[:EXAMPLES], data.y_train[:EXAMPLES]),
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        rng=rng,
        l2=penalty,
        progress=False,
    )
    if history.diverged_at is not None:
        return np.nan, np.nan
    logits = network.predict(theta, data.x_val)
    return network.loss(theta, data.x_val, data.y_val), float(np.mean(logits.argmax(axis=1) == data.y_val))


def main() -> None:
    runs = [[[cell(rate, penalty, seed) for rate in RATES] for penalty in PENALTIES] for seed in SEEDS]
    losses, accuracies = np.moveaxis(np.array(runs), -1, 0)  # each (seeds, rows, columns)
    surface = {
        "rates": _short(RATES),
        "penalties": _short(PENALTIES),
        "val_loss": _short(losses),
        "val_accuracy": _short(accuracies),
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in surface.items())
    Path(__file__).with_name("response_surface.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _short(values: np.ndarray) -> list:
    """Nested lists of numbers with four digits; None, JSON's null, for NaN."""
    if values.ndim > 1:
        return [_short(row) for row in values]
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in values]


if __name__ == "__main__":
    main()
