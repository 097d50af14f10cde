"""At how many learning rates does the adder learn to add? The recipe of today, and the same with one habit
changed.

Fixed: `datasets.sums`, four fifths to train on, and `Transformer(12, 8, 3)`: width 32, two blocks unless it
is said, four heads, 25,760 parameters; 700 updates of 64 sums, in float32. The recipe of today: AdamW with
β₂ = 0.95 and a decay of 0.1, which leaves the gains of the norms alone; 35 updates of warm-up, then half a
cosine to 0; the gradient clipped at the norm 1; RMSNorm before each sublayer.

One dial, `lr`, goes through the same rates for all: it is AdamW's rate. What else is there follows it by a
factor (`DIAL`), so that each method is tried at as many rates, as far apart. A run works where in the end it
has `WORKS` of the sums right that it has not seen. Accuracy and loss are those on every second validation
sum, of θ and of its moving average (`averaged`); `largest` is the gradient's largest norm since the last
measurement, before clipping. The seed draws the split, the weights and the batches.

Source: the question is that of Wortsman et al. (2023), "Small-scale proxies for large-scale Transformer
training instabilities", which measures how far the loss depends on the learning rate.
"""

import math
from typing import Any

import numpy as np

from course_lib.data.adder import MEMORY, UPDATES, measured, started, training
from course_lib.experiments import Run, picked
from course_lib.modern import EMA

EVERY = 100
WORKS = 0.95
TODAY = "today"
HABITS: dict[str, dict[str, Any]] = {
    TODAY: {},
    "lecture 02": {"schedule": "constant", "beta2": 0.999, "decay": 0.0, "clip": math.inf},
    "Muon": {"method": "Muon"},
    "Lion": {"method": "Lion"},
    "SGD": {"method": "SGD"},
    "no norm": {"norm": "none"},
    "post-norm": {"norm": "post"},
    "post-norm, no warm-up": {"norm": "post", "schedule": "cosine"},
    "constant rate": {"schedule": "constant"},
    "no warm-up": {"schedule": "cosine"},
    "no decay": {"decay": 0.0},
    "decay on gains": {"gains": True},
    "β₂ = 0.999": {"beta2": 0.999},
    "no clipping": {"clip": math.inf},
    "start × 2.5": {"gain": 2.5},
    "start × 2.5, no norm": {"gain": 2.5, "norm": "none"},
    "start × 4": {"gain": 4.0},
    "start × 4, no norm": {"gain": 4.0, "norm": "none"},
    "warm-up, stable, decay": {"schedule": "stable"},
    "six blocks": {"depth": 6},
    "six blocks, post-norm": {"depth": 6, "norm": "post"},
    "six blocks, no norm": {"depth": 6, "norm": "none"},
}
RATES = (0.002, 0.005, 0.01, 0.02, 0.05)

SETTINGS = [{"habit": habit, "lr": lr} for habit in HABITS for lr in RATES]
SEEDS = range(8)
FRESH = range(8, 11)


def run(seed: int, habit: str, lr: float) -> dict[str, list[float]]:
    """Train with this habit at this rate; return what was measured after each EVERY updates."""
    about = dict(HABITS[habit])
    start = {name: about.pop(name) for name in ("norm", "gain", "depth") if name in about}
    transformer, theta, data, rng = started(seed, **start)
    average, largest = EMA(MEMORY), 0.0
    seen: dict[str, list[float]] = {name: [] for name in ("loss", "accuracy", "averaged", "largest")}
    for update in training(transformer, theta, data, rng, lr, **about):
        mean = average.update(update.theta)
        largest = max(largest, update.norm)
        if update.number % EVERY == 0:
            loss, accuracy = measured(transformer, update.theta, data)
            _, averaged = measured(transformer, mean, data)
            for name, value in zip(seen, (loss, accuracy, averaged, largest), strict=True):
                seen[name].append(value)
            largest = 0.0
    lost = [math.nan] * (UPDATES // EVERY - len(seen["loss"]))  # after it diverged
    return {name: values + lost for name, values in seen.items()}


def compared() -> list[dict[str, Any]]:
    """The recipe with and without its norms, at a rate that is too large for it."""
    return [{"habit": habit, "lr": 0.05} for habit in (TODAY, "no norm")]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the norms, and these runs do not bear out."""
    with_norm, without = (picked(runs, "accuracy", **setting)[:, -1] for setting in compared())
    said = {
        "At the rate 0.05 most runs without a norm learn to add.": np.mean(without >= WORKS) > 0.5,
        "At the rate 0.05 fewer runs with one do.": np.sum(with_norm >= WORKS) < np.sum(without >= WORKS),
    }
    return [sentence for sentence, true in said.items() if not true]
