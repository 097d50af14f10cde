"""Which start suits which activation, each at its best rate? On signals, 8 and 20 hidden layers deep.

Fixed: 4,000 signals to train on and 1,000 to validate (`datasets.signals`), hidden layers of 64, SGD with
batches of 64 and a rate that falls to 0 along a cosine over 600 updates. Weights are drawn from N(0, σ²) with
σ = 0.01 in every layer, or by Xavier's or He's formula; σ = 1 is tried with sigmoid, whose small slope it
makes up for. Twenty layers of ReLU are trained for 2,400 updates, too, from either formula. Measured is the
validation accuracy at the end, NaN where a run diverged. The seed draws weights and batches.

Source: Glorot & Bengio (2010), Section 4.2, compare starts so for tanh; He et al. (2015), Section 2.2, for
ReLU.
"""

from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np

from course_lib.experiments import Run, best, picked, stored
from course_lib.experiments.normalised_depth import accuracy, train
from course_lib.initializers import he_normal, normal, xavier_normal
from course_lib.layers import Dense, ReLU, Sigmoid, Tanh
from course_lib.network import Network

ACTIVATIONS = {"ReLU": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}
FORMULAS = {"Xavier": xavier_normal, "He": he_normal}
STARTS: dict[str, Any] = {"σ = 0.01": normal(0.01), "σ = 1": normal(1.0)} | FORMULAS
DEPTHS, UPDATES, LONG = (8, 20), 600, 2400
RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)

STARTED: list[dict[str, Any]] = [
    {"activation": activation, "depth": depth, "updates": UPDATES, "start": start}
    for depth, activation, start in product(DEPTHS, ACTIVATIONS, STARTS)
    if start != "σ = 1" or activation == "sigmoid"
] + [{"activation": "ReLU", "depth": 20, "updates": LONG, "start": start} for start in FORMULAS]
SETTINGS = [each | {"lr": lr} for each in STARTED for lr in RATES]
SEEDS = range(3)
FRESH = range(3, 6)


def run(seed: int, activation: str, depth: int, updates: int, start: str, lr: float) -> dict[str, float]:
    """Train a network from this start; return the share of the validation signals that it reads right."""
    rng, network = np.random.default_rng(seed), deep(activation, depth, start)
    theta = network.initialize(rng, np.float32)
    return {"val_accuracy": accuracy(network, train(network, theta, updates, lr, rng))}


def deep(activation: str, depth: int, start: str) -> Network:
    """Hidden layers of 64, all weights drawn as `start` says."""
    *hidden, last = [Dense(*fans, STARTS[start]) for fans in pairwise([40, *[64] * depth, 10])]
    return Network([*(layer for dense in hidden for layer in (dense, ACTIVATIONS[activation]())), last])


LEARNS = 0.2  # at least; guessing reads a tenth right
NEAR = 0.04  # of each other, of accuracies that are level


@cache
def tuned(activation: str, depth: int, start: str, updates: int = UPDATES) -> dict[str, Any]:
    """The setting with the rate that, over the stored seeds, reads most of the validation signals right.

    Where no rate gets it to learn, all read about as many, and one in the middle stands for them.
    """
    setting: dict[str, Any] = {"activation": activation, "depth": depth, "updates": updates, "start": start}
    runs = stored("starts_on_signals")
    means = [picked(runs, "val_accuracy", lr=lr, **setting).mean() for lr in RATES]
    if np.nanmax(means) < LEARNS:
        return setting | {"lr": 0.1}
    return setting | {"lr": best(runs, "val_accuracy", "lr", largest=True, **setting)}


def compared() -> list[dict[str, Any]]:
    """Each start at its best rate."""
    return [tuned(**each) for each in STARTED]


def at_best(runs: list[Run], depth: int, updates: int = UPDATES) -> dict[tuple[str, str], np.ndarray]:
    """(activation, start) → accuracies, seed by seed, at the start's best rate."""
    those = [each for each in STARTED if (each["depth"], each["updates"]) == (depth, updates)]
    return {
        (each["activation"], each["start"]): picked(runs, "val_accuracy", **tuned(**each)) for each in those
    }


def holds(runs: list[Run]) -> list[str]:
    """What is said of the starts, and these runs do not bear out."""
    reads = {depth: at_best(runs, depth) for depth in DEPTHS}
    mean = {depth: {start: each.mean() for start, each in found.items()} for depth, found in reads.items()}
    later = at_best(runs, 20, LONG)
    idle = [(activation, "σ = 0.01") for activation in ACTIVATIONS] + [
        ("sigmoid", start) for start in FORMULAS
    ]
    said = {
        "From σ = 0.01 nothing learns, and sigmoid from neither formula.": all(
            reads[depth][each].max() < LEARNS for depth in DEPTHS for each in idle
        ),
        "Sigmoid learns from σ = 1 in 8 layers.": reads[8]["sigmoid", "σ = 1"].min() > LEARNS,
        "tanh learns from both formulas, level with each other.": all(
            mean[depth]["tanh", "Xavier"] > 1.5 * LEARNS
            and abs(mean[depth]["tanh", "Xavier"] - mean[depth]["tanh", "He"]) < NEAR
            for depth in DEPTHS
        ),
        "In 8 layers of ReLU both formulas are level.": abs(mean[8]["ReLU", "Xavier"] - mean[8]["ReLU", "He"])
        < NEAR,
        "In 20 layers of ReLU He's start is 15 points ahead or more, on each seed.": (
            reads[20]["ReLU", "He"].min() - reads[20]["ReLU", "Xavier"].max() > 0.15
        ),
        "After more updates both have learned, with less than 10 points between them.": (
            later["ReLU", "Xavier"].min() > LEARNS
            and abs(later["ReLU", "He"].mean() - later["ReLU", "Xavier"].mean()) < 0.1
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
