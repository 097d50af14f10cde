"""Make the runs on signals: which remedy against overfitting pays where, seed by seed.

    python -m course_lib.data.make_signal_runs

writes signal_runs.json beside this file, in a few minutes. Each network makes as many updates as any other,
so that more signals, or copies of them, do not also mean more training. What a remedy gains depends on the
learning rate: at 0.01, 4,000 signals in two layers gain next to nothing by batch normalisation or decay.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam, AdamW
from course_lib.schedules import cosine
from course_lib.training import minibatches

FILE = Path(__file__).with_name("signal_runs.json")
WIDTH, CLASSES, POSITIONS = 128, 10, 40
BATCH_SIZE, UPDATES, EVERY = 64, 2520, 252  # 40 epochs of 4,000 signals; losses are kept ten times on the way
SIZES, DEPTHS = (600, 4000), (2, 4)
RATES, SEEDS = (1e-3, 3e-3, 1e-2), range(3)  # of Adam at the start
HELD_OUT = 4000  # signals each to validate and to test: an accuracy's error is below 0.008

Pair = tuple[np.ndarray, np.ndarray]  # inputs and labels


@dataclass(frozen=True)
class Remedy:
    """What is done against overfitting. between: the layers that a hidden layer gets, given a generator."""

    between: Callable[[np.random.Generator], list[Any]] = lambda rng: [ReLU()]
    weight_decay: float = 0.0
    shift: int = 0


def _dropout(rate: float) -> Remedy:
    return Remedy(lambda rng: [ReLU(), Dropout(rate, rng)])


REMEDIES = {
    "nothing": Remedy(),
    "batch normalisation": Remedy(lambda rng: [BatchNorm(WIDTH), ReLU()]),
    "dropout 0.1": _dropout(0.1),
    "dropout 0.3": _dropout(0.3),
    "dropout 0.5": _dropout(0.5),
    "weight decay 0.3": Remedy(weight_decay=0.3),
    "shifted copies": Remedy(shift=4),
}


def run(name: str, n: int, hidden: int, rate: float, seed: int) -> datasets.SignalRun:
    """Train on n signals with this remedy; the seed draws signals, weights, order and what is dropped."""
    remedy, rng = REMEDIES[name], np.random.default_rng(seed)
    original, val, test = sets(n, seed)
    x, y = datasets.shifted_copies(*original, remedy.shift)
    layers: list[Any] = []
    for depth in range(hidden):
        layers += [Dense(WIDTH if depth else POSITIONS, WIDTH), *remedy.between(rng)]
    network = Network([*layers, Dense(WIDTH, CLASSES)])
    theta = network.initialize(rng, np.float32)
    theta, measured = trained(
        network, theta, (x, y), (original, val), rng, AdamW(rate, weight_decay=remedy.weight_decay)
    )
    train_loss, train_accuracy, val_loss, val_accuracy = measured.T
    test_accuracy = _measure(network, theta, [test])[1]
    return datasets.SignalRun(
        name, n, hidden, rate, seed, train_loss, train_accuracy, val_loss, val_accuracy, test_accuracy
    )


def trained(
    network: Network,
    theta: np.ndarray,
    examples: Pair,
    watched: Iterable[Pair],
    rng: np.random.Generator,
    optimizer: Adam,
    updates: int = UPDATES,
    every: int = EVERY,
) -> tuple[np.ndarray, np.ndarray]:
    """Train with a cosine schedule; return θ and, a row for every so many updates from the first θ on, the
    loss and the accuracy on each pair that is watched, in test mode."""
    schedule = cosine(optimizer.lr, updates)
    rows = [_measure(network, theta, watched)]
    for update, batch in enumerate(itertools.islice(batches(len(examples[0]), rng), updates)):
        optimizer.lr = schedule(update)
        _, gradient = network.loss_and_gradient(theta, *(part[batch] for part in examples))
        theta = optimizer.step(theta, gradient)
        if (update + 1) % every == 0:
            rows.append(_measure(network, theta, watched))
    return theta, np.array(rows)


@cache
def sets(n: int, seed: int) -> list[Pair]:
    """Training, validation and test set, in single precision: it takes half the time, and is enough here."""
    data = datasets.signals(n, HELD_OUT, HELD_OUT, seed)
    pairs = (data.x_train, data.y_train), (data.x_val, data.y_val), (data.x_test, data.y_test)
    return [(x.astype(np.float32), y) for x, y in pairs]


def batches(n: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """One epoch after the other, without end."""
    while True:
        yield from minibatches(n, BATCH_SIZE, rng)


def _measure(network: Network, theta: np.ndarray, watched: Iterable[Pair]) -> list[float]:
    found = []
    for x, y in watched:
        logits = network.predict(theta, x)
        found += [float(network.loss_function(logits, y)[0]), float(np.mean(logits.argmax(axis=1) == y))]
    return found


def _short(value: Any) -> Any:
    """Three digits after the point: an accuracy's error is larger."""
    return np.round(value, 3).tolist() if isinstance(value, np.ndarray) else value


def settings() -> list[tuple[str, int, int, float, int]]:
    """What ``run`` is called with, run by run."""
    return list(itertools.product(REMEDIES, SIZES, DEPTHS, RATES, SEEDS))


def main() -> None:
    records = [asdict(run(*setting)) for setting in settings()]
    lines = [json.dumps({name: _short(value) for name, value in record.items()}) for record in records]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
