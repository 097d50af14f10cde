"""The cases on which optimisers are judged: made to expose mistakes, whatever the seed."""

from typing import Unpack

import numpy as np

from course_lib.exercises._optimizer_judging import measure, picture, quantity, settings_of
from course_lib.exercises._optimizer_suggesting import suggest
from course_lib.exercises.folders import About
from course_lib.judging.cases import Case, Marks, array
from course_lib.judging.encoding import encode_array
from course_lib.judging.probe import Call, Defaults

__all__ = ["cases", "measure", "picture", "quantity", "settings_of", "suggest"]

STEPS = 6
LONG = 30
# Far from every default, and from each other.
UNUSUAL = {
    "lr": (0.2, 0.5),
    "mu": (0.3, 0.45),
    "eps": (0.05, 0.2),
    "rho": (0.55, 0.75),
    "beta1": (0.3, 0.45),
    "beta2": (0.6, 0.8),
    "weight_decay": (0.2, 0.6),
}
# One entry for each size; the last two entries are zero at every step, and at the first steps only.
SCALES = np.array([1e-8, 1e-6, 1e-4, 1e-2, 1.0, 1e2, 1e3, 0.0, 1.0])
ZERO_UNTIL = 2
BETAS = (0.3, 0.375, 0.45, 0.9)  # the averages in use: the default and the unusual ones


def cases(about: About, seed: int) -> list[Case]:
    rng, defaults = np.random.default_rng(seed), about.defaults
    required = {name: 0.05 for name, default in defaults.items() if default is None}
    unusual = {name: round(float(rng.uniform(*UNUSUAL[name])), 3) for name in defaults}
    rate = {"lr": unusual["lr"]}
    chain = starting(rng), drawn(rng, (4,), STEPS)
    other = starting(rng), drawn(rng, (4,), STEPS)
    large_eps = {"eps": round(float(rng.uniform(5e-4, 2e-3)), 6)} if "eps" in defaults else {}
    mixed = SCALES * drawn(rng, SCALES.shape, STEPS)
    mixed[:ZERO_UNTIL, -1] = 0
    several = []
    for name, shape in {"vector": (5,), "matrix": (2, 3), "3-D array": (2, 1, 3)}.items():
        several.append((name, rate, starting(rng, shape), drawn(rng, shape, 3)))
    nothing = dict.fromkeys(defaults, 0.0)
    now_and_then = drawn(rng, (4,), 4)
    now_and_then[[0, 2]] = 0
    long = np.abs(drawn(rng, (3,), 1)) * rng.uniform(0.5, 1, (LONG, 3)) * rng.choice([-1, 1], 3)
    long[1] /= 10  # a norm below 1, as none is in the first case
    steady = np.abs(drawn(rng, (4,), STEPS)) * rng.choice([-1, 1], (4,))
    return [
        played("six steps in a row", defaults, [("optimiser", required, *chain)]),
        played(
            "two instances side by side",
            defaults,
            [("first instance", required, *chain), ("second instance", unusual, *other)],
        ),
        played(
            "your hyperparameters",
            defaults,
            [("optimiser", unusual, starting(rng), drawn(rng, (4,), STEPS))],
            constructor=True,
        ),
        # A fresh θ at each step: who keeps his own copy of it, or works from the last one, is found out.
        played(
            "gradients from 1e-8 to 1e3 and exact zeros",
            defaults,
            [("optimiser", rate | large_eps, rng.normal(size=(STEPS, *SCALES.shape)), mixed)],
        ),
        played("arrays of 1, 2 and 3 dimensions", defaults, several),
        # Gradients of one sign: in m nothing cancels, so that float32 keeps its digits.
        played(
            "float32",
            defaults,
            [("optimiser", rate, starting(rng).astype("float32"), steady.astype("float32"))],
        ),
        # A correction that ends, or a memory that does, is found out.
        played(f"{LONG} steps in a row", defaults, [("optimiser", rate, starting(rng, (3,)), long)]),
        played(
            "hyperparameters of 0 and gradients of 0",
            defaults,
            [
                ("instance with a rate of 0", unusual | {"lr": 0.0}, starting(rng), drawn(rng, (4,), 4)),
                ("instance with all else 0", nothing | rate, starting(rng), drawn(rng, (4,), 4)),
                ("instance with gradients of 0", unusual, starting(rng), now_and_then),
            ],
            special=True,
        ),
        # Of the first case's shape, so that state which lives on the class survives a second check.
        again("leaves its arguments as they were", defaults, required, starting(rng), drawn(rng, (4,), 3)),
    ]


def again(
    name: str, defaults: Defaults, arguments: dict[str, float], theta: np.ndarray, gradients: np.ndarray
) -> Case:
    """Steps from one and the same θ. One array holds each gradient in turn, and the last of them twice.

    Whether arguments are changed is told by the probe, and a student's code could keep it from telling. What
    a step returns from a changed argument is another value.
    """
    calls: list[Call] = [{"make": "optimiser", "arguments": arguments, "defaults": defaults}]
    thetas = array("theta", theta)
    for step, gradient in enumerate([*gradients[:-1], gradients[-2]]):
        is_last = step == len(gradients) - 1
        given = {"theta": thetas[step > 0], "gradient": array("gradient", gradient)[is_last]}
        calls.append({"on": "optimiser", "call": "step", "arguments": given})
    return Case.of(name, calls, keeps_arguments=True)


def starting(rng: np.random.Generator, shape: tuple[int, ...] = (4,)) -> np.ndarray:
    return rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)


def drawn(rng: np.random.Generator, shape: tuple[int, ...], steps: int) -> np.ndarray:
    """Of order 1 and either sign, so that no average of them is near zero.

    Where gradients cancel, right answers that only round differently would lie far apart in relative terms.
    """
    count = int(np.prod(shape))
    gradients = np.zeros((steps, count))
    left = np.ones(count, dtype=bool)
    while left.any():
        gradients[:, left] = rng.uniform(0.5, 2, (steps, left.sum())) * rng.choice(
            [-1, 1], (steps, left.sum())
        )
        left = np.any([_cancels(gradients, beta) for beta in BETAS], axis=0)
    return gradients.reshape(steps, *shape)


def _cancels(gradients: np.ndarray, beta: float) -> np.ndarray:
    """For each entry: whether its running average is ever small against its running average size."""
    average = size = np.zeros(gradients.shape[1])
    cancels = np.zeros(gradients.shape[1], dtype=bool)
    for gradient in gradients:
        average = beta * average + (1 - beta) * gradient
        size = beta * size + (1 - beta) * np.abs(gradient)
        cancels |= np.abs(average) < 0.1 * size
    return cancels


# An instance: its name, arguments, θ at the start (or one for each step) and the gradients.
Run = tuple[str, dict[str, float], np.ndarray, np.ndarray]


def played(name: str, defaults: Defaults, runs: list[Run], **marks: Unpack[Marks]) -> Case:
    """The steps of several instances alternate."""
    calls: list[Call] = [
        {"make": on, "arguments": arguments, "defaults": defaults} for on, arguments, _, _ in runs
    ]
    last: dict[str, int] = {}
    for step in range(len(runs[0][3])):
        for on, _, theta, gradients in runs:
            if theta.ndim == gradients.ndim:
                start: dict[str, object] = encode_array(theta[step])
            else:
                start = {"result": last[on]} if on in last else encode_array(theta)
            last[on] = len(calls)
            arguments = {"theta": start, "gradient": encode_array(gradients[step])}
            calls.append({"on": on, "call": "step", "arguments": arguments})
    return Case.of(name, calls, **marks)
