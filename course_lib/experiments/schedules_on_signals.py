"""Does it pay to change the learning rate on the way? Adam with four schedules, from the same first rates.

Fixed: the network, the signals and the batches of `methods_on_signals`, ten epochs. A step schedule
multiplies by 0.3 after each third of the updates, cosine ends at 0, warm-up takes the first tenth. Losses and
accuracy are those of the end.

Source: cosine is Loshchilov & Hutter's (2017), warm-up Goyal et al.'s (2017).
"""

import math
from collections.abc import Callable
from typing import Any

from course_lib import schedules
from course_lib.experiments import Run, picked
from course_lib.experiments.methods_on_signals import BATCH_SIZE, CURVES, EXAMPLES, trained
from course_lib.optimizers import Adam

EPOCHS = 10
SHAPES: dict[str, Callable[[float, int], Callable[[int], float]]] = {
    "constant": lambda lr, updates: schedules.constant(lr),
    "step": lambda lr, updates: schedules.step_decay(lr, every=math.ceil(updates / 3), factor=0.3),
    "cosine": lambda lr, updates: schedules.cosine(lr, steps=updates),
    "warm-up + cosine": lambda lr, updates: schedules.warm_up(
        schedules.cosine(lr, steps=updates - updates // 10), steps=updates // 10
    ),
}
RATES = (1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2)

SETTINGS = [{"shape": shape, "lr": lr} for shape in SHAPES for lr in RATES]
SEEDS = range(6)
FRESH = range(6, 9)


def run(seed: int, shape: str, lr: float) -> dict[str, float]:
    """Train a network with Adam and this schedule; return its losses and its accuracy at the end."""
    schedule = SHAPES[shape](lr, EPOCHS * math.ceil(EXAMPLES / BATCH_SIZE))
    history = trained(seed, Adam(), EPOCHS, schedule)
    return {name: getattr(history, name)[-1] for name in CURVES}


CONSTANT = {"shape": "constant", "lr": 1e-2}  # its best rate
WARMED_UP = {"shape": "warm-up + cosine", "lr": 2e-2}


def compared() -> list[dict[str, Any]]:
    return [CONSTANT, WARMED_UP]


def holds(runs: list[Run]) -> list[str]:
    """What is said of the two at their best, and these runs do not bear out."""
    constant, warmed_up = (picked(runs, "val_accuracy", **setting).mean() for setting in compared())
    return [] if warmed_up > constant else ["Warm-up and cosine are ahead of a constant rate."]
