"""Before the activation or behind it: where does batch normalisation belong? At the best of many rates.

Fixed: two hidden layers of 32 with He's weights, SGD with batches of 32 and a rate that falls to 0 along a
cosine, over a short and a longer run. Measured is the validation loss at the end, NaN where a run diverged.
The seed draws weights and batches.

Source: the question is that of Ioffe & Szegedy (2015), Section 3.2, and of Mishkin, Sergievskiy & Matas
(2017).
"""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import BatchNorm, ReLU, Tanh
from course_lib.network import stacked
from course_lib.optimizers import SGD
from course_lib.schedules import cosine
from course_lib.training import fit

TASKS = {"digits": datasets.digits(), "spirals": datasets.spirals(noise=0.05)}
EPOCHS = {"digits": (4, 12), "spirals": (12, 36)}
ACTIVATIONS: dict[str, Callable[[], Any]] = {"ReLU": ReLU, "tanh": Tanh}
PLACES = ("before", "behind")
RATES = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)

CASES = [
    (task, epochs, activation) for task in TASKS for epochs in EPOCHS[task] for activation in ACTIVATIONS
]
SETTINGS = [
    {"task": task, "epochs": epochs, "activation": activation, "place": place, "lr": lr}
    for (task, epochs, activation), place, lr in product(CASES, PLACES, RATES)
]
SEEDS = range(5)
FRESH = range(5, 10)


def run(seed: int, task: str, epochs: int, activation: str, place: str, lr: float) -> dict[str, float]:
    """Train with normalisation in this place; return the validation loss."""
    data, rng = TASKS[task], np.random.default_rng(seed)

    def behind(units: int) -> list[Any]:
        pair = [BatchNorm(units), ACTIVATIONS[activation]()]
        return pair if place == "before" else pair[::-1]

    network = stacked([data.x_train.shape[1], 32, 32, int(data.y_train.max()) + 1], behind)
    theta, history = fit(
        network,
        network.initialize(rng),
        SGD(lr),
        (data.x_train, data.y_train),
        epochs=epochs,
        batch_size=32,
        rng=rng,
        schedule=cosine(lr, epochs * -(-len(data.x_train) // 32)),
        progress=False,
    )
    ended = len(history.train_loss) == epochs
    return {"val_loss": network.loss(theta, data.x_val, data.y_val) if ended else math.nan}


def tuned(task: str, epochs: int, activation: str, place: str) -> dict[str, Any]:
    """The setting with the rate that has, over the stored seeds, the least validation loss."""
    setting: dict[str, Any] = {"task": task, "epochs": epochs, "activation": activation, "place": place}
    return setting | {"lr": best(stored("normalised_place"), "val_loss", "lr", **setting)}


def compared() -> list[dict[str, Any]]:
    """Each place at its best rate."""
    return [tuned(*case, place) for case, place in product(CASES, PLACES)]


def losses(runs: list[Run], task: str, epochs: int, activation: str) -> dict[str, np.ndarray]:
    """Place → the losses, seed by seed, at its best rate."""
    return {place: picked(runs, "val_loss", **tuned(task, epochs, activation, place)) for place in PLACES}


def behind_is_ahead(runs: list[Run], task: str, epochs: int, activation: str) -> bool | None:
    """Whether behind has the smaller loss, None where the means differ by less than the spread over seeds."""
    before, behind = losses(runs, task, epochs, activation).values()
    if abs(before.mean() - behind.mean()) < before.std(ddof=1) + behind.std(ddof=1):
        return None
    return bool(behind.mean() < before.mean())


SAID = {
    **{("digits", epochs, activation): None for epochs in EPOCHS["digits"] for activation in ACTIVATIONS},
    **{("spirals", epochs, "ReLU"): True for epochs in EPOCHS["spirals"]},
    ("spirals", 12, "tanh"): False,
    ("spirals", 36, "tanh"): None,
}


def holds(runs: list[Run]) -> list[str]:
    """What is said of the places, and these runs do not bear out."""
    words = {None: "the place makes no difference", True: "behind is ahead", False: "before is ahead"}
    return [
        f"On {task}, after {epochs} epochs with {activation}, {words[said]}."
        for (task, epochs, activation), said in SAID.items()
        if behind_is_ahead(runs, task, epochs, activation) is not said
    ]
