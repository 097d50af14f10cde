"""Make the trained networks whose loss `course_lib.slices` cuts.

    python -m course_lib.data.make_trained

writes trained.json beside this file, in a few seconds: the parameters of each, by its name.
"""

import json
from pathlib import Path

import numpy as np

from course_lib import slices
from course_lib.optimizers import Momentum
from course_lib.training import descend

FILE = Path(__file__).with_name("trained.json")

# The seed of the initial weights, η of momentum, and its steps. The first is the run of lecture 01.
RUNS = {slices.SMALL: (1, 0.02, 4000), slices.DIGITS: (7, 0.03, 1000)}


def run(name: str) -> np.ndarray:
    """θ at the end of a run on all examples at once."""
    seed, rate, steps = RUNS[name]
    task = slices.task_named(name)
    start = task.network.initialize(np.random.default_rng(seed))
    return descend(task.loss_and_gradient, start, Momentum(rate), steps)[0][-1]


def main() -> None:
    lines = [f"{json.dumps(name)}: {json.dumps(run(name).tolist())}" for name in RUNS]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
