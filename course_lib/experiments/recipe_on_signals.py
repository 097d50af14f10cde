"""What does each step of the recipe bring, and what does it cost? One thing at a time, each kept if it pays.

Fixed: 4,000 signals to train on, 4,000 to validate and 4,000 to test (`datasets.signals`), ReLU and He's
weights, AdamW in batches of 64, and 2,520 updates unless a step says otherwise: as many for copies as for
originals. STEPS has what each step trains: what paid before, and one thing more. Each is tried with the same
rates, half a decade apart; the last, which costs most, without the smallest. The seed draws signals,
weights, the order of the batches, and what is dropped.

Source: the order of the steps is that of Karpathy (2019), "A recipe for training neural networks".
"""

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.data.make_signal_runs import BATCH_SIZE, UPDATES, batches, sets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import AdamW
from course_lib.schedules import constant, cosine, warm_up

RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
PAID: dict[str, Any] = {"hidden": (128, 128)}
COPIES = PAID | {"shift": 4}
WIDE = COPIES | {"hidden": (256, 256)}
LONG = WIDE | {"updates": 3 * UPDATES, "anneal": True}
STEPS: dict[str, dict[str, Any]] = {
    "linear": {"hidden": ()},
    "two hidden layers": PAID,
    "dropout 0.3": PAID | {"dropout": 0.3},
    "decay 0.3": PAID | {"decay": 0.3},
    "shifted copies": COPIES,
    "copies, dropout 0.1": COPIES | {"dropout": 0.1},
    "copies, dropout 0.3": COPIES | {"dropout": 0.3},
    "copies, batch norm": COPIES | {"norm": True},
    "twice as wide": WIDE,
    "cosine": WIDE | {"anneal": True},
    "three times as long": LONG,
}
LAST = "three times as long"

SETTINGS = [{"step": step, "lr": lr} for step in STEPS for lr in RATES if (step, lr) != (LAST, RATES[0])]
SEEDS = range(5)
FRESH = range(5, 7)


def run(seed: int, step: str, lr: float) -> dict[str, float]:
    """Train as this step says; return what part of the three sets is read correctly, and the loss."""
    return measured(*trained(seed, lr, **STEPS[step]), seed)


def trained(
    seed: int,
    lr: float,
    hidden: tuple[int, ...],
    norm: bool = False,
    dropout: float = 0.0,
    decay: float = 0.0,
    shift: int = 0,
    anneal: bool = False,
    updates: int = UPDATES,
    warming: int = 0,
    clip: float = np.inf,
) -> tuple[Network, np.ndarray]:
    """Train from scratch, warming up for so many updates, the gradient's norm at most clip; return network
    and θ."""
    rng = np.random.default_rng(seed)
    layers: list[Any] = []
    for fan_in, fan_out in pairwise((40, *hidden)):
        layers += [Dense(fan_in, fan_out), *([BatchNorm(fan_out)] if norm else []), ReLU()]
        layers += [Dropout(dropout, rng)] if dropout else []
    network = Network([*layers, Dense((40, *hidden)[-1], 10)])
    theta = network.initialize(rng, np.float32)
    optimizer = AdamW(lr, weight_decay=decay)
    schedule = warm_up(cosine(lr, updates - warming) if anneal else constant(lr), warming)
    x, y = datasets.shifted_copies(*sets(4000, seed)[0], shift)
    for t, batch in zip(range(updates), batches(len(x), rng), strict=False):
        optimizer.lr = schedule(t)
        _, gradient = network.loss_and_gradient(theta, x[batch], y[batch])
        theta = optimizer.step(theta, clipped(gradient, clip))
    return network, theta


def clipped(gradient: np.ndarray, most: float) -> np.ndarray:
    """The gradient; where its norm is larger than most, as long as that."""
    norm = float(np.linalg.norm(gradient))
    return gradient * (most / norm) if norm > most else gradient


def measured(network: Network, theta: np.ndarray, seed: int) -> dict[str, float]:
    found = {}
    for name, (x, y) in zip(("train", "val", "test"), sets(4000, seed), strict=True):
        logits = network.predict(theta, x)
        found[f"{name}_accuracy"] = float(np.mean(logits.argmax(axis=1) == y))
        found[f"{name}_loss"] = float(network.loss_function(logits, y)[0])
    return found


def cost(step: str) -> float:
    """How many billions of multiplications a step's training takes, three for a weight, example and update:
    one forward, two back."""
    setting = STEPS[step]
    sizes = (40, *setting["hidden"], 10)
    weights = sum(fan_in * fan_out for fan_in, fan_out in pairwise(sizes))
    return 3 * weights * BATCH_SIZE * setting.get("updates", UPDATES) / 1e9


# What pays: it comes after what it is compared with, and is ahead of it by more than a point.
PAYS = (
    ("two hidden layers", "linear"),
    ("shifted copies", "two hidden layers"),
    ("twice as wide", "shifted copies"),
    ("three times as long", "cosine"),
)
# What does not, once the copies are there.
NOT = (("copies, dropout 0.3", "shifted copies"), ("copies, batch norm", "shifted copies"))


@cache
def tuned(step: str) -> float:
    """The rate at which, over the stored seeds, a step reads most validation signals right."""
    lr: float = best(stored("recipe_on_signals"), "val_accuracy", "lr", largest=True, step=step)
    return lr


def compared() -> list[dict[str, Any]]:
    """What PAYS and NOT name, each at its best rate."""
    named = {step for pair in (*PAYS, *NOT) for step in pair}
    return [{"step": step, "lr": tuned(step)} for step in STEPS if step in named]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the steps, and these runs do not bear out."""

    def gain(step: str, before: str) -> float:
        ends = (picked(runs, "val_accuracy", step=each, lr=tuned(each)) for each in (step, before))
        return float(np.subtract(*ends).mean())

    return [
        *(f"“{step}” gains over “{before}”." for step, before in PAYS if gain(step, before) < 0.01),
        *(f"“{step}” gains nothing over “{before}”." for step, before in NOT if gain(step, before) > 0.01),
    ]
