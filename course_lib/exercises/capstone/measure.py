"""What the steps of the capstone rest on: python -m course_lib.exercises.capstone.measure

Trains each kind of answer on signals of their own, bent anew for each seed, and writes to measured.json how
far on the way each came: mean, standard deviation, and for each step the chance of missing it, taken as
normal. The recipe has 20 seeds, others 8; an answer with a broken part is trained at several rates, with 3
seeds each, and the best is told. Takes about ten minutes on one core.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from course_lib import capstone
from course_lib.exercises.capstone import task
from course_lib.exercises.capstone.driver import COURSE
from course_lib.exercises.capstone.judging import STEPS, bounds
from course_lib.exercises.capstone.styles import recipe
from course_lib.layers import BatchNorm, Dropout
from course_lib.optimizers import Adam
from course_lib.schedules import constant, cosine

FILE = Path(__file__).with_name("measured.json")
SEEDS, FEWER, FEW = range(5000, 5020), range(5000, 5008), range(5000, 5003)
BROKEN_RATES = (0.003, 0.01, 0.03)

Train = Callable[..., np.ndarray]


def trained(lr: float, moved: int = 5, falls: bool = True) -> Train:
    """The recipe at another rate, which may stay as it is, with signals moved by so many positions."""

    def train(network, method, x, y, x_val, y_val, rng, budget):
        theta, optimizer = network.initialize(rng), method(lr=lr)
        rate = cosine(lr, budget) if falls else constant(lr)
        places = np.arange(x.shape[1])
        for update in range(budget):
            optimizer.lr = rate(update)
            batch = rng.integers(0, len(x), capstone.BATCH)
            to = np.clip(places - rng.integers(-moved, moved + 1, (len(batch), 1)), 0, places[-1])
            _, gradient = network.loss_and_gradient(theta, np.take_along_axis(x[batch], to, axis=1), y[batch])
            theta = optimizer.step(theta, gradient)
        return theta

    return train


class NoCorrection(Adam):
    """Adam without bias correction."""

    def step(self, theta, gradient):
        self.t = 10**6
        return super().step(theta, gradient)


class Stuck(Adam):
    """Adam whose t stays 1."""

    def step(self, theta, gradient):
        self.t = 0
        return super().step(theta, gradient)


class WrongBackward(BatchNorm):
    """As if mean and variance did not depend on x."""

    def backward(self, grad):
        self.training, training = False, self.training
        gradients = super().backward(grad)
        self.training = training
        return gradients


class Unscaled(Dropout):
    """Units are dropped, and the others stay as they are."""

    def forward(self, x, training):
        super().forward(x, training)
        self.mask = (self.mask > 0).astype(float)
        return x * self.mask


def one_number(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return np.full((fan_in, fan_out), rng.normal(0.0, np.sqrt(2 / fan_in)))


def variance_as_deviation(fan_in: int, fan_out: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(0.0, 2 / fan_in, (fan_in, fan_out))


def with_part(**part: object) -> SimpleNamespace:
    return SimpleNamespace(**(vars(COURSE) | part))


KINDS: dict[str, Train] = {
    "Adam at its default rate": trained(0.001, 0, falls=False),
    "the rate tuned, and a schedule": trained(0.01, 0),
    "signals moved, the default rate": trained(0.001, 5, falls=False),
    "signals moved, the rate tuned": trained(0.003, 5, falls=False),
    "the recipe, signals moved by 2": trained(0.01, 2),
    "the recipe, at a third of its rate": trained(0.003),
}
BROKEN: dict[str, SimpleNamespace] = {
    "Adam without bias correction": with_part(Adam=NoCorrection),
    "Adam with t stuck at 1": with_part(Adam=Stuck),
    "BatchNorm, backward without mean and variance": with_part(BatchNorm=WrongBackward),
    "Dropout, not scaled": with_part(Dropout=Unscaled),
    "He, one number for all weights": with_part(he_normal=one_number),
    "He, the variance as deviation": with_part(he_normal=variance_as_deviation),
}


def way(train: Train, seed: int, parts: SimpleNamespace = COURSE) -> tuple[float, float]:
    """What is read of the signals held back, and how far that is on the way."""
    on_training, on_validation, held_back = task.disguised(seed)
    rng = np.random.default_rng([seed, 100])
    network = capstone.network(parts, rng)
    given = on_training.x / 255, on_training.y, on_validation.x / 255, on_validation.y
    with np.errstate(all="ignore"):
        theta = train(network, parts.Adam, *given, rng, capstone.BUDGET)
        answers = network.predict(theta, held_back.x / 255).argmax(axis=1)
    accuracy = float(np.mean(answers == held_back.y))
    from_linear, to_recipe = bounds(seed)
    return accuracy, (accuracy - from_linear) / (to_recipe - from_linear)


def summary(runs: list[tuple[float, float]]) -> dict[str, object]:
    accuracies, ways = np.array(runs).T
    mean, spread = float(ways.mean()), float(ways.std(ddof=1))
    return {
        "seeds": len(runs),
        "accuracy": round(float(accuracies.mean()), 4),
        "way": round(mean, 4),
        "standard deviation": round(spread, 4),
        "lowest": round(float(ways.min()), 4),
        "highest": round(float(ways.max()), 4),
        "chance of missing each step": [
            float(f"{math.erfc((mean - step) / spread / math.sqrt(2)) / 2:.2g}") for step in STEPS
        ],
    }


def main() -> None:
    result = {"the recipe": summary([way(recipe, seed) for seed in SEEDS])}
    ends = np.array([bounds(seed) for seed in SEEDS])
    result["what a linear model and the recipe read"] = {
        "seeds": len(ends),
        "mean": ends.mean(axis=0).round(4).tolist(),
        "standard deviation": ends.std(axis=0, ddof=1).round(4).tolist(),
    }
    print(result, flush=True)
    for name, train in KINDS.items():
        result[name] = summary([way(train, seed) for seed in FEWER])
        print(name, result[name], flush=True)
    for name, parts in BROKEN.items():
        tried = {lr: summary([way(trained(lr), seed, parts) for seed in FEW]) for lr in BROKEN_RATES}
        best = max(tried, key=lambda lr: float(str(tried[lr]["way"])))
        result[name] = tried[best] | {"rate": best, "ways at": {f"{lr:g}": tried[lr]["way"] for lr in tried}}
        print(name, result[name], flush=True)
    FILE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
