"""Muon on the optimisers' cases, with θ that are matrices: wide, tall and square ones."""

import numpy as np

from course_lib.exercises import _optimizer
from course_lib.exercises._optimizer import LONG, STEPS, again, picture, played, quantity, starting, suggest
from course_lib.exercises.folders import about
from course_lib.judging.cases import Case
from course_lib.judging.exercise import Measured
from course_lib.judging.reading import Event

__all__ = ["cases", "measure", "picture", "quantity", "suggest"]

SHAPE = (3, 5)  # its rate is not scaled by a whole number
SEVERAL = {"wide matrix": (2, 6), "tall matrix": (6, 2), "square matrix": (3, 3)}
UNUSUAL = {"lr": (0.2, 0.5), "mu": (0.45, 0.6), "weight_decay": (0.2, 0.6)}
# Of lr: what the steps of Newton and Schulz may make of rounding, multiplied as a small singular value is.
SLACK = {"float64": 1e-4, "float32": 2e-3}


def cases(seed: int) -> list[Case]:
    rng, defaults = np.random.default_rng(seed), about("muon").defaults
    unusual = {name: round(float(rng.uniform(*limits)), 3) for name, limits in UNUSUAL.items()}
    usual = {"lr": 0.05, "mu": round(float(rng.uniform(0.8, 0.9)), 3)}

    def slopes(shape: tuple[int, ...] = SHAPE, steps: int = STEPS) -> np.ndarray:
        """Of order 1 and either sign. Where they cancel, the room that `measure` leaves is for that, too."""
        return np.asarray(rng.uniform(0.5, 2, (steps, *shape)) * rng.choice([-1, 1], (steps, *shape)))

    chain = starting(rng, SHAPE), slopes()
    # A step does not know how large gradients are, but what is remembered does.
    sizes = rng.permuted([0.3, 0.6, 1.0, 2.0, 3.0])[:, None, None]
    mixed = np.concatenate([np.zeros((1, *SHAPE)), sizes * slopes(steps=STEPS - 1)])
    each = [(on, unusual, starting(rng, shape), slopes(shape, 3)) for on, shape in SEVERAL.items()]
    now_and_then = slopes(steps=4)
    now_and_then[[0, 2]] = 0
    nothing = dict.fromkeys(defaults, 0.0)
    return [
        played("six steps in a row", defaults, [("optimiser", usual, *chain)]),
        played(
            "two instances side by side",
            defaults,
            [("first instance", usual, *chain), ("second instance", unusual, starting(rng, SHAPE), slopes())],
        ),
        played(
            "your hyperparameters",
            defaults,
            [("optimiser", unusual, starting(rng, SHAPE), slopes())],
            constructor=True,
        ),
        # A fresh θ at each step: who keeps his own copy of it, or works from the last one, is found out.
        played(
            "gradients of several sizes, the first 0",
            defaults,
            [("optimiser", unusual, rng.normal(size=(STEPS, *SHAPE)), mixed)],
        ),
        played("wide, tall and square matrices", defaults, each),
        played(
            "float32",
            defaults,
            [("optimiser", usual, starting(rng, SHAPE).astype("float32"), slopes().astype("float32"))],
        ),
        played(
            f"{LONG} steps in a row",
            defaults,
            [("optimiser", {}, starting(rng, (4, 2)), slopes((4, 2), LONG))],
        ),
        played(
            "hyperparameters of 0 and gradients of 0",
            defaults,
            [
                ("instance with a rate of 0", unusual | {"lr": 0.0}, starting(rng, SHAPE), slopes(steps=4)),
                ("instance with all else 0", nothing | {"lr": 0.3}, starting(rng, SHAPE), slopes(steps=4)),
                ("instance with gradients of 0", unusual, starting(rng, SHAPE), now_and_then),
            ],
            special=True,
        ),
        again("leaves its arguments as they were", defaults, usual, starting(rng, SHAPE), slopes(steps=3)),
    ]


def measure(case: Case, events: list[Event], index: int) -> Measured:
    """θ_new − θ as for all optimisers, with room for what Newton and Schulz make of rounding."""
    update, allowed = _optimizer.measure(case, events, index)
    made = _optimizer.settings_of(case, index)
    dtype = getattr(events[index].returned, "dtype", np.dtype(float)).name
    return update, allowed + made["lr"] * SLACK.get(dtype, 0.0)
