"""What does each remedy against overfitting bring, how strong, where, and do they add up? On digits.

Fixed: 400 digits of which 80 have a wrong label, 64 → 80 → 80 → 10, Adam at 0.003, batches of 32, 50 epochs
(`careless`). Tried: dropout at three places, jitter on the inputs, L2, a patience (0: never stops), and all
of a small grid together. Accuracies are on right labels, but that on the training set. The seed draws
weights, order, masks and noise.

Source: the places are those of Srivastava et al. (2014), Appendix A.4; the remedies those of Goodfellow,
Bengio & Courville (2016), Chapter 7.
"""

from itertools import product
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.careless import train, with_dropout
from course_lib.experiments import Run, picked, stored
from course_lib.layers import GaussianNoise

NOTHING = {"inputs": 0.0, "hidden": 0.0, "output": 0.0, "jitter": 0.0, "l2": 0.0, "patience": 0}
PLACES = (
    (0.0, 0.0, 0.0),
    (0.2, 0.0, 0.0),
    (0.0, 0.5, 0.0),
    (0.2, 0.35, 0.0),
    (0.0, 0.0, 0.5),
    (0.0, 0.5, 0.5),
)
GRID = {
    "hidden": (0.0, 0.2, 0.35, 0.5, 0.65),
    "jitter": (0.0, 0.15, 0.3, 0.45, 0.6),
    "l2": (0.0, 0.003, 0.01, 0.03, 0.1, 0.3),
}
PATIENCES = (2, 3, 5, 10, 20)
TOGETHER = product(*(values[:4] for values in GRID.values()))

_TRIED: list[dict[str, Any]] = [
    *({"inputs": inputs, "hidden": hidden, "output": output} for inputs, hidden, output in PLACES),
    *({name: value} for name, values in GRID.items() for value in values),
    *({"patience": patience} for patience in PATIENCES),
    *(dict(zip(GRID, values, strict=True)) for values in TOGETHER),
    {"hidden": 0.5, "l2": 0.003, "patience": 10},  # the assignment's
]
SETTINGS = [dict(each) for each in dict.fromkeys(tuple((NOTHING | tried).items()) for tried in _TRIED)]
SEEDS = range(3)
FRESH = range(3, 6)


def run(
    seed: int, inputs: float, hidden: float, output: float, jitter: float, l2: float, patience: int
) -> dict[str, float]:
    """Train with these remedies; return what the network that is kept reads, and its validation loss."""

    def layers(rng: np.random.Generator) -> list[Any]:
        noise = [GaussianNoise(jitter, rng)] if jitter else []
        return [*noise, *with_dropout(rng, hidden, inputs, output)]

    network, theta, history = train(layers, seed, l2=l2, patience=patience or None)
    kept = -1 if history.best_epoch is None else history.best_epoch
    digits = datasets.digits()
    return {
        "val_accuracy": history.val_accuracy[kept],
        "val_loss": history.val_loss[kept],
        "train_accuracy": history.train_accuracy[kept],
        "test_accuracy": float(
            np.mean(network.predict(theta, digits.x_test).argmax(axis=1) == digits.y_test)
        ),
        "epochs": len(history.val_loss),
    }


def best_of(runs: list[Run], *remedies: str) -> dict[str, float]:
    """The setting of these remedies, and none besides, with the highest validation accuracy."""
    settings = [
        setting
        for setting in SETTINGS
        if all(setting[name] == off for name, off in NOTHING.items() if name not in remedies)
    ]
    return max(settings, key=lambda setting: picked(runs, "val_accuracy", **setting).mean())


def _said() -> dict[str, dict[str, float]]:
    runs = stored("remedies_on_digits")
    alone = {name: best_of(runs, name) for name in (*GRID, "patience")}
    return {
        "nothing": NOTHING,
        **alone,
        "all": best_of(runs, *GRID),
        "too much": NOTHING | {"l2": max(GRID["l2"])},
        "hidden layers": NOTHING | {"hidden": 0.5},
        "output too": NOTHING | {"hidden": 0.5, "output": 0.5},
    }


def compared() -> list[dict[str, float]]:
    """Nothing, each remedy at its best, all of the grid at theirs, too much of one, and two places."""
    return [dict(each) for each in dict.fromkeys(tuple(setting.items()) for setting in _said().values())]


def holds(runs: list[Run]) -> list[str]:
    settings = _said()

    def mean(name: str, measured: str = "test_accuracy") -> float:
        return float(picked(runs, measured, **settings[name]).mean())

    gains = {name: mean(name) - mean("nothing") for name in (*GRID, "patience", "all")}
    alone = [gains[name] for name in GRID]
    said = {
        "Each remedy alone gains four points.": min(gains.values()) > 0.04,
        "All together gain no less than the best alone, but ten points less than the sum.": (
            max(alone) - 0.01 < gains["all"] < sum(alone) - 0.1
        ),
        "At the largest λ nothing is left.": mean("too much") < 0.2,
        "On the output, too, dropout spoils the loss.": (
            mean("output too", "val_loss") > 1.5 * mean("hidden layers", "val_loss")
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
