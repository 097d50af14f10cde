"""Make the runs at the edge of stability: the largest curvature of the loss along full-batch descent.

    python -m course_lib.data.make_edge_of_stability

writes edge_of_stability.json beside this file, in about ten seconds: one run for each seed and learning rate.
The network is the small one of lecture 01.
"""

import json
from pathlib import Path

import numpy as np

from course_lib.layers import Dense, Tanh
from course_lib.losses import mean_squared_error
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.training import descend

RATES = [0.05, 0.063, 0.08, 0.1, 0.125, 0.16, 0.2, 0.25, 0.315]
SEEDS = [1, 2, 3, 4]  # of the initialisation
STEPS, EVERY = 4000, 50
LAST = 500  # steps of which the share that went up is told


def problem():
    """The small network, and its loss and gradient on all its data: y = x₁ x₂ at 100 points."""
    x = np.random.default_rng(0).normal(size=(100, 2))
    y = x[:, :1] * x[:, 1:]
    network = Network([Dense(2, 4), Tanh(), Dense(4, 1)], loss=mean_squared_error)
    return network, lambda theta: network.loss_and_gradient(theta, x, y)


def sharpness(loss_and_gradient, theta, h=1e-5) -> float:
    """The largest eigenvalue of the Hessian, by differences of gradients."""
    rows = [loss_and_gradient(theta + e)[1] - loss_and_gradient(theta - e)[1] for e in h * np.eye(len(theta))]
    hessian = np.array(rows) / (2 * h)
    return float(np.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])


def run(seed: int, rate: float) -> dict[str, np.ndarray | float]:
    """λ_max every EVERY steps, lowest and highest loss from each to the next, and how often it rose."""
    network, downhill = problem()
    path, losses = descend(downhill, network.initialize(np.random.default_rng(seed)), SGD(rate), STEPS)
    windows = losses[:-1].reshape(-1, EVERY)
    return {
        "sharpness": np.array([sharpness(downhill, theta) for theta in path[::EVERY]]),
        "lowest": windows.min(axis=1),
        "highest": windows.max(axis=1),
        "rising": float(np.mean(np.diff(losses[-LAST:]) > 0)),
    }


def main() -> None:
    runs = [[run(seed, rate) for rate in RATES] for seed in SEEDS]
    made = {"rates": RATES, "seeds": SEEDS, "every": EVERY, "last": LAST}
    for name in runs[0][0]:
        made[name] = _short(np.array([[each[name] for each in row] for row in runs]))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in made.items())
    Path(__file__).with_name("edge_of_stability.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def _short(values: np.ndarray) -> list:
    """Nested lists of numbers with four digits."""
    if values.ndim > 1:
        return [_short(row) for row in values]
    return [float(f"{value:.4g}") for value in values]


if __name__ == "__main__":
    main()
