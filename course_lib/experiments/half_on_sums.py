"""Do gradients of 16 bits train as well as those of 32? The adder, its loss multiplied by a scale before.

Fixed: all of `data.adder`, today's recipe at the rate 0.02. The loss is multiplied by the scale S =
2^exponent, so that the gradient is S g; this is rounded to float16 or bfloat16, and divided by S again in
float32. An update whose gradient has overflowed is skipped. Only what is handed to the optimiser is rounded:
weights and activations stay in float32. `vanished` is the share of the gradient's entries that became 0
though they were not, `skipped` the share of updates; both are means over each EVERY updates.

Source: Micikevicius et al. (2018), "Mixed Precision Training", for loss scaling; Kalamkar et al. (2019), "A
Study of BFLOAT16 for Deep Learning Training".
"""

import math
from collections.abc import Callable

import numpy as np

from course_lib.data.adder import UPDATES, measured, started, training
from course_lib.modern import as_bfloat16, as_float16

EVERY = 100
LR = 0.02
FORMATS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "float32": np.asarray,
    "float16": as_float16,
    "bfloat16": as_bfloat16,
}
EXPONENTS = {"float32": (0,), "float16": (-20, -12, 0, 14, 20), "bfloat16": (-20,)}

SETTINGS = [{"format": name, "exponent": each} for name, those in EXPONENTS.items() for each in those]
SEEDS = range(8)
FRESH = range(8, 11)


def run(seed: int, format: str, exponent: int) -> dict[str, list[float]]:
    """Train with gradients in this format; return what was measured after each EVERY updates."""
    transformer, theta, data, rng = started(seed)
    vanished: list[float] = []

    def through(gradient: np.ndarray) -> np.ndarray:
        """S g in few bits, and divided by S again."""
        scaled = FORMATS[format](np.ldexp(gradient, exponent))
        vanished.append(float(np.mean((scaled == 0) & (gradient != 0))))
        return np.ldexp(scaled, -exponent)

    seen: dict[str, list[float]] = {name: [] for name in ("accuracy", "vanished", "skipped")}
    skipped = []
    for update in training(transformer, theta, data, rng, LR, through=through):
        skipped.append(not math.isfinite(update.norm))
        if update.number % EVERY == 0:
            seen["accuracy"].append(measured(transformer, update.theta, data)[1])
            seen["vanished"].append(float(np.mean(vanished)))
            seen["skipped"].append(float(np.mean(skipped)))
            vanished.clear()
            skipped.clear()
    lost = [math.nan] * (UPDATES // EVERY - len(seen["accuracy"]))
    return {name: values + lost for name, values in seen.items()}
