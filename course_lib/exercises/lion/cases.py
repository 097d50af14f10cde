"""Lion on θ of many entries, with gradients of very different size: of a step only signs are seen, and only
where memory and gradient disagree, and either may be the stronger, does it show how they are mixed."""

import numpy as np

from course_lib.exercises._optimizer import (
    LONG,
    again,
    measure,
    picture,
    played,
    quantity,
    starting,
    suggest,
)
from course_lib.exercises.folders import about
from course_lib.judging.cases import Case

__all__ = ["cases", "measure", "picture", "quantity", "suggest"]

SHAPE = (25,)
SEVERAL = {"vector": (25,), "matrix": (5, 5), "3-D array": (5, 1, 5)}
STEPS = 9
# Far from the defaults, and so that memory and gradient decide about as often.
USUAL = {"lr": (0.02, 0.06), "beta1": (0.62, 0.72), "beta2": (0.8, 0.88)}
UNUSUAL = {"lr": (0.2, 0.5), "beta1": (0.4, 0.5), "beta2": (0.6, 0.7), "weight_decay": (0.2, 0.6)}


def cases(seed: int) -> list[Case]:
    rng, defaults = np.random.default_rng(seed), about("lion").defaults

    def settings(ranges: dict[str, tuple[float, float]]) -> dict[str, float]:
        return {name: round(float(rng.uniform(*limits)), 3) for name, limits in ranges.items()}

    def slopes(shape: tuple[int, ...] = SHAPE, steps: int = STEPS) -> np.ndarray:
        """Over one and a half decades, of either sign; an entry is always 0, and another one at first."""
        values = 10 ** rng.uniform(-1, 0.5, (steps, *shape)) * rng.choice([-1, 1], (steps, *shape))
        flat = values.reshape(steps, -1)
        flat[:, 0] = flat[:2, -1] = 0
        return np.asarray(values)

    usual, unusual = settings(USUAL), settings(UNUSUAL)
    decays = usual | {"weight_decay": unusual["weight_decay"]}
    nothing = dict.fromkeys(defaults, 0.0)
    now_and_then = slopes(steps=6)
    now_and_then[[0, 2]] = 0
    # Of one sign for each entry: in an average nothing cancels, so that float32 keeps its digits.
    steady = np.abs(slopes()) * rng.choice([-1, 1], SHAPE)
    chain = starting(rng, SHAPE), slopes()
    each = [(on, decays, starting(rng, shape), slopes(shape, 5)) for on, shape in SEVERAL.items()]
    return [
        played("steps in a row", defaults, [("optimiser", usual, *chain)]),
        played(
            "two instances side by side",
            defaults,
            [
                ("first instance", usual, *chain),
                ("second instance", unusual, starting(rng, SHAPE), slopes()),
            ],
        ),
        played(
            "your hyperparameters",
            defaults,
            [("optimiser", unusual, starting(rng, SHAPE), slopes())],
            constructor=True,
        ),
        # Who keeps his own copy of θ, or works from the last one, is found out.
        played(
            "a fresh θ at each step",
            defaults,
            [("optimiser", decays, rng.normal(size=(STEPS, *SHAPE)), slopes())],
        ),
        played("arrays of 1, 2 and 3 dimensions", defaults, each),
        played(
            "float32",
            defaults,
            [("optimiser", usual, starting(rng, SHAPE).astype("float32"), steady.astype("float32"))],
        ),
        played(
            f"{LONG} steps in a row", defaults, [("optimiser", {}, starting(rng, SHAPE), slopes(steps=LONG))]
        ),
        played(
            "hyperparameters of 0 and gradients of 0",
            defaults,
            [
                (
                    "instance with a rate of 0",
                    unusual | {"lr": 0.0},
                    starting(rng, SHAPE),
                    slopes(steps=6),
                ),
                (
                    "instance with all else 0",
                    nothing | {"lr": usual["lr"]},
                    starting(rng, SHAPE),
                    slopes(steps=6),
                ),
                ("instance with gradients of 0", unusual, starting(rng, SHAPE), now_and_then),
            ],
            special=True,
        ),
        again("leaves its arguments as they were", defaults, usual, starting(rng, SHAPE), slopes(steps=8)),
    ]
