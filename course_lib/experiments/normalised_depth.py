"""Does batch normalisation pay the more, the deeper a network is? On signals, at the best of many rates.

Fixed: 4,000 signals to train on and 1,000 to validate (`datasets.signals`), hidden layers of 64 with ReLU and
He's weights, SGD with batches of 64 and a rate that falls to 0 along a cosine, over a short and a longer run.
Measured is the validation accuracy at the end, NaN where a run diverged. The seed draws weights and batches.

Source: the question is that of Ioffe & Szegedy (2015), Section 4.2; that the rate decides is what Bjorck et
al. (2018), Section 2, find.
"""

import math
from collections.abc import Callable, Iterable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import BatchNorm, ReLU
from course_lib.network import Network, stacked
from course_lib.optimizers import SGD
from course_lib.schedules import cosine

UPDATES, DEPTHS = (250, 1000), (2, 4, 8, 16)  # hidden layers
LAYERS: dict[str, Callable[[int], list[Any]]] = {
    "plain": lambda units: [ReLU()],
    "BatchNorm": lambda units: [BatchNorm(units), ReLU()],
}
RATES = (0.01, 0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 4.0, 8.0)

SETTINGS = [
    {"updates": updates, "depth": depth, "layers": layers, "lr": lr}
    for updates, depth, layers, lr in product(UPDATES, DEPTHS, LAYERS, RATES)
]
SEEDS = range(3)
FRESH = range(3, 6)


def run(seed: int, updates: int, depth: int, layers: str, lr: float) -> dict[str, float]:
    """Train a network of this depth; return the share of the validation signals that it reads right."""
    rng, network = np.random.default_rng(seed), stacked([40, *[64] * depth, 10], LAYERS[layers])
    theta = network.initialize(rng, np.float32)
    return {"val_accuracy": accuracy(network, train(network, theta, updates, lr, rng))}


@cache
def signals() -> datasets.Data:
    return datasets.signals()


def train(
    network: Network, theta: np.ndarray, updates: int, lr: float, rng: np.random.Generator
) -> np.ndarray:
    """SGD on batches of 64 signals; θ at the end, or where it diverged."""
    data, optimizer, schedule = signals(), SGD(lr), cosine(lr, updates)
    x = data.x_train.astype(theta.dtype)
    with np.errstate(all="ignore"):  # to diverge is an answer here
        for update in range(updates):
            batch = rng.integers(0, len(x), 64)
            optimizer.lr = schedule(update)
            loss, gradient = network.loss_and_gradient(theta, x[batch], data.y_train[batch])
            theta = optimizer.step(theta, gradient)
            if not np.isfinite(loss):
                break
    return theta


def accuracy(network: Network, theta: np.ndarray) -> float:
    """On the validation signals; NaN of a network that diverged."""
    with np.errstate(all="ignore"):
        output = network.predict(theta, signals().x_val.astype(theta.dtype))
    return float(np.mean(output.argmax(axis=1) == signals().y_val)) if np.isfinite(output).all() else math.nan


def tuned(updates: int, depth: int, layers: str) -> dict[str, Any]:
    """The setting with the rate that, over the stored seeds, reads most of the validation signals right."""
    setting: dict[str, Any] = {"updates": updates, "depth": depth, "layers": layers}
    runs = stored("normalised_depth")
    return setting | {"lr": best(runs, "val_accuracy", "lr", largest=True, **setting)}


def compared() -> list[dict[str, Any]]:
    """Each kind of layers at its best rate, for each depth and horizon."""
    return [tuned(*each) for each in product(UPDATES, DEPTHS, LAYERS)]


def at_best(runs: Iterable[Run], updates: int, depth: int) -> dict[str, np.ndarray]:
    """Kind of layers → accuracies, seed by seed, at its best rate."""
    runs = list(runs)
    return {layers: picked(runs, "val_accuracy", **tuned(updates, depth, layers)) for layers in LAYERS}


def holds(runs: list[Run]) -> list[str]:
    """What is said of depth, and these runs do not bear out."""
    found = {each: at_best(runs, *each) for each in product(UPDATES, DEPTHS)}
    gain = {each: reads["BatchNorm"].mean() - reads["plain"].mean() for each, reads in found.items()}
    last = {depth: found[UPDATES[-1], depth] for depth in DEPTHS}
    said = {
        "With 2 hidden layers the difference is below 2 points.": all(
            abs(gain[updates, 2]) < 0.02 for updates in UPDATES
        ),
        "With 4 or more it gains 2 points or more.": all(
            gain[updates, depth] > 0.02 for updates in UPDATES for depth in DEPTHS[1:]
        ),
        "It gains most with 8 or 16.": all(
            max(gain[updates, 8], gain[updates, 16]) > gain[updates, 4] for updates in UPDATES
        ),
        "The deepest network reads fewer than the shallowest, with it or without.": all(
            last[16][layers].max() < last[2][layers].min() for layers in LAYERS
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
