"""Does dropout help the more, the deeper the network and the fewer the examples? On signals, which are hard.

Fixed: `datasets.signals`, networks 128 wide with dropout behind each hidden layer, Adam with a cosine
schedule, batches of 64, and 2,520 updates whatever the number of signals: more of them is not more training.
Accuracies are those at the end. The seed draws signals, weights, order and masks.

Source: the question is that of Srivastava et al. (2014), Sections 7.3 and 7.4: how much to drop, and how that
depends on the size of the training set.
"""

from itertools import product
from typing import Any

import numpy as np

from course_lib.data.make_signal_runs import sets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.schedules import cosine
from course_lib.training import fit

UPDATES, BATCH, WIDTH = 2520, 64, 128
CASES = {  # (signals, hidden layers): Adam's rates at the start, as many as it takes to go past the best
    (600, 2): (3e-3, 1e-2, 3e-2, 1e-1),
    (4000, 2): (3e-3, 1e-2, 3e-2),
    (4000, 4): (1e-3, 3e-3, 1e-2, 3e-2),
}
DROPPED = (0.0, 0.1, 0.3, 0.5)

SETTINGS = [
    {"n": n, "hidden": hidden, "dropped": dropped, "lr": lr}
    for (n, hidden), rates in CASES.items()
    for dropped, lr in product(DROPPED, rates)
]
SEEDS = range(3)
FRESH = range(3, 6)


def run(seed: int, n: int, hidden: int, dropped: float, lr: float) -> dict[str, float]:
    """Train on n signals with so many hidden layers and this share dropped; return accuracies."""
    (x, y), (x_val, y_val), _ = sets(n, seed)
    rng = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in in (40, *[WIDTH] * (hidden - 1)):
        layers += [Dense(fan_in, WIDTH), ReLU(), Dropout(dropped, rng)]
    network = Network([*layers, Dense(WIDTH, 10)])
    theta, history = fit(
        network,
        network.initialize(rng, np.float32),
        Adam(lr),
        (x, y),
        epochs=UPDATES // -(-n // BATCH),
        batch_size=BATCH,
        rng=rng,
        schedule=cosine(lr, UPDATES),
        progress=False,
    )
    read = np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val)
    return {"val_accuracy": float(read), "train_accuracy": history.train_accuracy[-1]}


def best_rate(runs: list[Run], n: int, hidden: int, dropped: float) -> float:
    """The learning rate with the highest validation accuracy."""
    return best(runs, "val_accuracy", "lr", largest=True, n=n, hidden=hidden, dropped=dropped)


def reads(runs: list[Run], n: int, hidden: int, dropped: float) -> np.ndarray:
    """Validation accuracy of each seed at the best learning rate."""
    lr = best_rate(runs, n, hidden, dropped)
    return picked(runs, "val_accuracy", n=n, hidden=hidden, dropped=dropped, lr=lr)


def compared() -> list[dict[str, float]]:
    """Nothing, a little and half of it dropped in each case, at the best learning rate."""
    runs = stored("dropout_on_signals")
    return [
        {"n": n, "hidden": hidden, "dropped": dropped, "lr": best_rate(runs, n, hidden, dropped)}
        for n, hidden in CASES
        for dropped in (0.0, 0.1, 0.5)
    ]


def holds(runs: list[Run]) -> list[str]:
    gain = {
        (n, hidden, dropped): picked(runs, "val_accuracy", n=n, hidden=hidden, dropped=dropped).mean()
        - picked(runs, "val_accuracy", n=n, hidden=hidden, dropped=0.0).mean()
        for n, hidden in CASES
        for dropped in (0.1, 0.5)
    }
    said = {
        "With 600 signals 0.5 gains more than 0.1.": gain[600, 2, 0.5] > gain[600, 2, 0.1],
        "With 4,000 signals 0.5 does harm, and more in four layers than in two.": (
            gain[4000, 4, 0.5] < gain[4000, 2, 0.5] - 0.1 < -0.1
        ),
        "With 4,000 signals 0.1 gains, in two layers and in four.": (
            min(gain[4000, 2, 0.1], gain[4000, 4, 0.1]) > 0
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
