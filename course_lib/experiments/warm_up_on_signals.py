"""Do warm-up and clipping belong into every recipe? Each added where the recipe on signals stands at its end.

Fixed: the last step of `recipe_on_signals`, at half its best learning rate, at that, at twice and four times.
A warm-up grows linearly over the first 5 % of the updates, and the cosine falls over the rest. Clipping keeps
the gradient's norm at 1 or below, an everyday value: without it the norm is 4.5 at first, then mostly 1 to 2.
The seed draws signals, weights and the order of the batches.

Source: Goyal et al. (2017), Section 2.2, for warm-up; Pascanu, Mikolov & Bengio (2013), Section 3, for
clipping.
"""

from functools import cache
from itertools import product
from typing import Any

from course_lib.experiments import Run, best, picked, stored
from course_lib.experiments.recipe_on_signals import LONG, measured, trained

RATES = (0.0025, 0.005, 0.01, 0.02)
NEITHER = "neither"
ADDED: dict[str, dict[str, Any]] = {
    NEITHER: {},
    "warm-up": {"warming": LONG["updates"] // 20},
    "clipping": {"clip": 1.0},
}

SETTINGS = [{"added": added, "lr": lr} for added, lr in product(ADDED, RATES)]
SEEDS = range(3)
FRESH = range(3, 5)


def run(seed: int, added: str, lr: float) -> dict[str, float]:
    """Train with this added, at this learning rate; return what part of the three sets is read correctly."""
    return measured(*trained(seed, lr, **LONG, **ADDED[added]), seed)


@cache
def tuned(added: str) -> dict[str, Any]:
    """With this added, the learning rate that reads most validation signals right over the stored seeds."""
    runs = stored("warm_up_on_signals")
    return {"added": added, "lr": best(runs, "val_accuracy", "lr", largest=True, added=added)}


def compared() -> list[dict[str, Any]]:
    """Each at its best learning rate."""
    return [tuned(added) for added in ADDED]


def holds(runs: list[Run]) -> list[str]:
    """What is said of both, and these runs do not bear out."""
    neither, warmed, clipped = (picked(runs, "val_accuracy", **setting).mean() for setting in compared())
    said = {
        "Warm-up gains over neither.": warmed > neither + 0.01,
        "Clipping gains nothing over neither.": abs(clipped - neither) < 0.01,
    }
    return [sentence for sentence, true in said.items() if not true]
