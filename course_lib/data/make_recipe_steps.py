"""Make the runs of the recipe's steps on signals, seed by seed: what is each step worth on validation?

    python -m course_lib.data.make_recipe_steps

writes recipe_steps.json beside this file, in ten minutes: a line for each setting, in it a row for each seed.
All is as in `make_signal_runs`, whose runs those with the same setting are; only the one batch is trained for
fewer updates, as most rates have learned it by then.
"""

import json
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.data.make_signal_runs import CLASSES, POSITIONS, UPDATES, WIDTH, sets, trained
from course_lib.layers import Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam

FILE = Path(__file__).with_name("recipe_steps.json")
SIGNALS, BATCH = 4000, 20
BATCH_UPDATES = 140
TIMES = 14  # that a run is measured after its start
SCALES = (0.1, 1.0, 3.0, 10.0)  # of the last layer at the start, times He's
RATES = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1)  # of Adam at the start
DROPPED = (0.0, 0.1, 0.3, 0.5)
SEEDS = range(5)
BLIND, LINEAR, ONE_BATCH, ALL = "inputs set to 0", "linear model", "one batch", "two hidden layers"


@dataclass(frozen=True)
class Setting:
    """kind: what is trained, on what; scale: of the last layer at the start; lr: Adam's; rate: of dropout."""

    kind: str
    lr: float
    scale: float = 1.0
    rate: float = 0.0

    @property
    def updates(self) -> int:
        return BATCH_UPDATES if self.kind == ONE_BATCH else UPDATES


def settings() -> list[Setting]:
    return [
        *(Setting(kind, lr) for kind, lr in product((BLIND, LINEAR), RATES)),
        *(Setting(ONE_BATCH, lr, scale) for scale, lr in product(SCALES, RATES)),
        *(Setting(ALL, lr, scale, rate) for scale, lr, rate in product(SCALES, RATES, DROPPED)),
    ]


def run(setting: Setting, seed: int) -> dict[str, list[float]]:
    """Train; losses and accuracies before the first update and TIMES more, of training as it is trained on.

    The seed draws signals, weights, the order of the batches, and what is dropped.
    """
    rng = np.random.default_rng(seed)
    (x, y), (x_val, y_val), _ = sets(SIGNALS, seed)
    if setting.kind == BLIND:
        x, x_val = 0 * x, 0 * x_val
    if setting.kind == ONE_BATCH:
        x, y = x[:BATCH], y[:BATCH]
    network = _network(setting, rng)
    theta = network.initialize(rng, np.float32)
    network.views(theta)[-1]["W"][...] *= setting.scale
    every = setting.updates // TIMES
    examples, watched = (x, y), ((x, y), (x_val, y_val))
    _, rows = trained(network, theta, examples, watched, rng, Adam(setting.lr), setting.updates, every)
    train_loss, train_accuracy, _, val_accuracy = rows.T
    return {
        "train_loss": [float(f"{value:.3g}") for value in train_loss],
        "train_accuracy": train_accuracy.round(3).tolist(),
        "val_accuracy": val_accuracy.round(3).tolist(),
    }


def _network(setting: Setting, rng: np.random.Generator) -> Network:
    layers: list[Any] = []
    sizes = () if setting.kind == LINEAR else (POSITIONS, WIDTH)
    for fan_in in sizes:
        layers += [Dense(fan_in, WIDTH), ReLU(), *([Dropout(setting.rate, rng)] if setting.rate else [])]
    return Network([*layers, Dense(WIDTH if layers else POSITIONS, CLASSES)])


def main() -> None:
    lines = []
    for setting in settings():
        of_seeds = [run(setting, seed) for seed in SEEDS]
        line = asdict(setting) | {name: [each[name] for each in of_seeds] for name in of_seeds[0]}
        lines.append(json.dumps(line, separators=(",", ":"), allow_nan=False))
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
