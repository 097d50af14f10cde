"""Make the runs of the dashboard: the adder under each combination of today's habits, watched at every turn.

    OPENBLAS_NUM_THREADS=1 python -m course_lib.data.make_dashboard

writes dashboard.json beside this file, a line for each run: what is there already is kept, so that whoever
stops it goes on where it stopped. All is as in `experiments.habits_on_sums`, at its first seed.
"""

import json
import math
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.data.adder import MEMORY, measured, started, training
from course_lib.modern import EMA
from course_lib.transformer import NORMS

FILE = Path(__file__).with_name("dashboard.json")
SEED = 0
EVERY, SELDOM = 25, 50  # updates from one look to the next, and from one measurement of what costs more
QUESTION = (1, 2, 10, 3, 5, 11, 7, 4)  # 12+35=74, and then 0: whose attention is kept
SYMBOLS = "0123456789abcdef"  # of attention, in fifteenths
SCHEDULES = ("constant", "warm-up and cosine")
METHODS: dict[str, dict[str, Any]] = {
    "Adam": {"beta2": 0.999, "decay": 0.0},
    "AdamW": {},
    "Muon": {"method": "Muon"},
}
RATES = (0.01, 0.05)
LAYERS = {
    "embeddings": ("E", "P"),
    "attention 1": ("Q0", "K0", "V0", "O0"),
    "feed-forward 1": ("W1_0", "W2_0"),
    "attention 2": ("Q1", "K1", "V1", "O1"),
    "feed-forward 2": ("W1_1", "W2_1"),
    "head": ("U",),
}


@dataclass(frozen=True)
class Setting:
    """norm: where it stands; clipped: whether the gradient is, at the norm 1; lr: the dial."""

    method: str
    schedule: str
    norm: str
    clipped: bool
    lr: float

    def recipe(self) -> dict[str, Any]:
        """What `adder.training` is told of it."""
        clip = {} if self.clipped else {"clip": math.inf}
        return METHODS[self.method] | clip | {"lr": self.lr, "schedule": self.schedule}


def settings() -> list[Setting]:
    return [Setting(*each) for each in product(METHODS, SCHEDULES, NORMS, (False, True), RATES)]


def run(setting: Setting) -> dict[str, Any]:
    """Train; mean loss and largest norm of each EVERY updates, and each layer's update over its weights then.

    Accuracy, that of the moving average, and attention are those after each SELDOM updates, from 0 on: of
    both blocks, for each of the last three positions and each head, a word of what it looks at.
    """
    transformer, theta, data, rng = started(SEED, setting.norm)
    updates = training(transformer, theta, data, rng, **setting.recipe())
    average, window = EMA(MEMORY), []
    seen: dict[str, list[Any]] = {
        name: [] for name in ("loss", "norm", "ratio", "accuracy", "averaged", "looks")
    }
    seen["looks"].append(looks(transformer, theta))
    for update in updates:
        mean = average.update(update.theta)
        window.append((update.loss, update.norm))
        if update.number % EVERY == 0:
            losses, norms = zip(*window, strict=True)
            window = []
            seen["loss"].append(_short(np.mean(losses)))
            seen["norm"].append(_short(max(norms)))
            seen["ratio"].append([_short(each) for each in ratios(transformer, update.before, update.theta)])
        if update.number % SELDOM == 0:
            seen["accuracy"].append(round(measured(transformer, update.theta, data)[1], 3))
            seen["averaged"].append(round(measured(transformer, mean, data)[1], 3))
            seen["looks"].append(looks(transformer, update.theta))
    return seen


def ratios(transformer: Any, before: np.ndarray, after: np.ndarray) -> list[float]:
    """Of each of LAYERS: how long the update is, over how long its weights are."""
    old, new = transformer.arrays(before), transformer.arrays(after)
    return [
        float(
            np.sqrt(sum(np.sum((new[name] - old[name]) ** 2) for name in names))
            / np.sqrt(sum(np.sum(old[name] ** 2) for name in names))
        )
        for names in LAYERS.values()
    ]


def looks(transformer: Any, theta: np.ndarray) -> str:
    """Words of SYMBOLS: in each block, for each of the last positions and each head, what it looks at."""
    transformer.predict(theta, np.array([QUESTION]))
    rows = np.array([weights[0, :, -transformer.answers :] for weights in transformer.weights])  # block, head
    levels = np.rint(15 * np.nan_to_num(rows)).astype(int).swapaxes(1, 2).reshape(-1, len(QUESTION))
    return " ".join("".join(SYMBOLS[level] for level in row) for row in levels.tolist())


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def main() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()[1:-1] if FILE.exists() else []
    made = {tuple(json.loads(line.rstrip(","))["setting"].values()): line.rstrip(",") for line in lines}
    for setting in settings():
        key = tuple(asdict(setting).values())
        if key not in made:
            made[key] = json.dumps({"setting": asdict(setting), **run(setting)}, separators=(",", ":"))
            FILE.write_text("[\n" + ",\n".join(made.values()) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
