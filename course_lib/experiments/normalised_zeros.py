"""Do γ and β move what ReLU has zeroed? Networks that learn them, keep them at 1 and 0, or have none.

Fixed: 4,000 signals to train on and 1,000 to validate (`datasets.signals`), four hidden layers of 64 with
ReLU and He's weights, 1,000 updates of SGD with batches of 64 and a rate that falls to 0 along a cosine.
Measured are the validation accuracy at the end, NaN where a run diverged, and the share of zeros behind each
ReLU for 1,000 training signals, before and after. The seed draws weights and batches.

Source: that γ and β give back what normalisation takes is Ioffe & Szegedy (2015), Section 3.
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from course_lib.experiments import Run, best, picked, stored
from course_lib.experiments.normalised_depth import accuracy, signals, train
from course_lib.layers import BatchNorm, ReLU
from course_lib.network import Network, stacked

UPDATES, DEPTH = 1000, 4


class Fixed(BatchNorm):
    """γ stays 1 and β 0."""

    def backward(self, grad):
        dx, dgamma, dbeta = super().backward(grad)
        return dx, 0 * dgamma, 0 * dbeta


LAYERS: dict[str, Callable[[int], list[Any]]] = {
    "no normalisation": lambda units: [ReLU()],
    "γ and β learned": lambda units: [BatchNorm(units), ReLU()],
    "γ = 1, β = 0": lambda units: [Fixed(units), ReLU()],
}
RATES = (0.03, 0.1, 0.2, 0.3, 0.6, 1.0, 2.0, 4.0)

SETTINGS = [{"layers": layers, "lr": lr} for layers, lr in product(LAYERS, RATES)]
SEEDS = range(5)
FRESH = range(5, 8)


def run(seed: int, layers: str, lr: float) -> dict[str, Any]:
    """Train with these layers; return accuracy and zeros."""
    rng, network = np.random.default_rng(seed), stacked([40, *[64] * DEPTH, 10], LAYERS[layers])
    start = network.initialize(rng)
    before = zeros(network, start)
    theta = train(network, start, UPDATES, lr, rng)
    reads = accuracy(network, theta)
    after = [math.nan] * DEPTH if math.isnan(reads) else zeros(network, theta)
    return {"val_accuracy": reads, "before": before, "after": after}


def zeros(network: Network, theta: np.ndarray) -> list[float]:
    """The share of zeros behind each ReLU, in training mode."""
    network.forward(theta, signals().x_train[:1000], training=True)
    return [float(np.mean(layer.y == 0)) for layer in network.layers if isinstance(layer, ReLU)]


def tuned(layers: str) -> dict[str, Any]:
    """The layers at the rate that, over the stored seeds, reads most of the validation signals right."""
    lr = best(stored("normalised_zeros"), "val_accuracy", "lr", largest=True, layers=layers)
    return {"layers": layers, "lr": lr}


def compared() -> list[dict[str, Any]]:
    """Each at its best rate."""
    return [tuned(layers) for layers in LAYERS]


def holds(runs: list[Run]) -> list[str]:
    """What is said of γ and β, and these runs do not bear out."""
    none, learned, fixed = LAYERS
    read, before, after = (
        {layers: picked(runs, what, **tuned(layers)) for layers in LAYERS}
        for what in ("val_accuracy", "before", "after")
    )
    said = {
        "At the start half of all is zero, with normalisation or without.": all(
            abs(each.mean() - 0.5) < 0.05 for each in before.values()
        ),
        "At the end it is about half still, where γ and β are learned.": abs(after[learned].mean() - 0.5)
        < 0.1,
        "Without normalisation it has become more.": after[none].mean() > after[learned].mean() + 0.05,
        "To learn γ and β makes less than 2 points of difference.": (
            abs(read[learned].mean() - read[fixed].mean()) < 0.02
        ),
        "To normalise gains more than that.": read[fixed].mean() - read[none].mean() > 0.01,
    }
    return [sentence for sentence, true in said.items() if not true]
