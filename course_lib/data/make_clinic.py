"""Make the patients of the clinic: one network on digits, with a mistake in one of its parts, or with none.

    python -m course_lib.data.make_clinic

writes clinic.json beside this file, in a few seconds. Layers, optimiser, initialiser, mini-batches and
penalty are the right programs of the exercises; a patient has one of their mistakes, as the exercise's folder
has it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.data.patients import (
    AT_TEST,
    CAUSES,
    CLASSES,
    EVERY,
    FAN_OUT,
    FILE,
    NEVER_UPDATED,
    NO_EPSILON,
    NO_MEAN_PATH,
    NOT_CORRECTED,
    NOT_RESCALED,
    NOT_SHUFFLED,
    PENALTY_SIGN,
    STILL_DROPPING,
    TOO_FAST,
    UPDATES,
)
from course_lib.exercises.folders import about, find
from course_lib.gradient_check import check_gradient
from course_lib.layers import Dense, ReLU
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network

WIDTH, BATCH = 64, 32
EXAMPLES = 480  # for training, stored class by class: 15 batches to an epoch
SEEN = 120  # digits looked at, of training and of validation
BINS = 40
LR, BETA2, RATE, LAM = 0.01, 0.9999, 0.5, 0.01

# The exercises that give the network its parts.
PARTS = ("batchnorm_forward", "dropout", "adam", "he_normal", "minibatches", "l2_penalty")
Parts = dict[str, Any]


@dataclass(frozen=True)
class Mistake:
    """The exercise, the mistake's id in its folder, and which of the ways to make it."""

    exercise: str
    id: str
    way: int = 0


MISTAKES = {
    AT_TEST: Mistake("batchnorm_test", "batch-statistics"),
    NEVER_UPDATED: Mistake("batchnorm_running", "never-updated"),
    NO_EPSILON: Mistake("batchnorm_forward", "eps-missing"),
    NO_MEAN_PATH: Mistake("batchnorm_backward", "mean-not-differentiated"),
    NOT_RESCALED: Mistake("dropout", "no-rescale"),
    STILL_DROPPING: Mistake("dropout", "mask-at-test"),
    NOT_CORRECTED: Mistake("adam", "no-bias-correction"),
    TOO_FAST: Mistake("adam", "rate-hard-coded", 3),
    FAN_OUT: Mistake("he_normal", "fan-out-for-fan-in"),
    NOT_SHUFFLED: Mistake("minibatches", "not-shuffled"),
    PENALTY_SIGN: Mistake("l2_penalty", "gradients-negative"),
}


def parts(cause: str) -> Parts:
    """The right programs, one of them with its mistake."""
    made = {name: about(name).program.answer() for name in PARTS}
    if mistake := MISTAKES.get(cause):
        [found] = [each for each in find(mistake.exercise).misconceptions if each.id == mistake.id]
        made[about(mistake.exercise).right or mistake.exercise] = found.variants[mistake.way]()
    return made


def network(of: Parts, rng: np.random.Generator) -> Network:
    """Pixels and first hidden layer are batch-normalised, both hidden layers have dropout."""
    norm, drop, he = of["batchnorm_forward"], of["dropout"], of["he_normal"]
    first = [norm(64), Dense(64, WIDTH, he), norm(WIDTH), ReLU(), drop(RATE, rng)]
    second = [Dense(WIDTH, WIDTH, he), ReLU(), drop(RATE, rng)]
    return Network([*first, *second, Dense(WIDTH, CLASSES, he)])


def run(cause: str) -> dict[str, Any]:
    """Train and examine the patient; the record as JSON."""
    data, rng = datasets.digits(), np.random.default_rng(0)
    order = np.argsort(data.y_train[:EXAMPLES], kind="stable")
    x, y = data.x_train[order], data.y_train[order]
    some = np.random.default_rng(1).permutation(EXAMPLES)[:SEEN]
    seen = {"test": (x[some], y[some]), "val": (data.x_val[:SEEN], data.y_val[:SEEN])}
    of = parts(cause)
    patient = network(of, np.random.default_rng(2))
    theta = patient.initialize(rng)
    optimizer = of["adam"](lr=LR, beta2=BETA2)
    record: dict[str, list[Any]] = {"loss": [], "test": [], "val": [], "inside": [], "outputs": []}
    norms: list[list[float]] = []

    def examine() -> None:
        for mode, (digits, labels) in seen.items():
            record[mode].append(softmax_cross_entropy(_as_in_use(patient, theta, digits), labels)[0])

    with np.errstate(all="ignore"):  # a run that overflows is one of those to look at
        record["inside"].append(_inside(patient, theta, x[some]))
        while len(record["loss"]) < UPDATES:
            for batch in of["minibatches"](EXAMPLES, BATCH, rng):
                if len(record["loss"]) % EVERY == 0:
                    examine()
                loss, gradient = patient.loss_and_gradient(theta, x[batch], y[batch])
                dense = [views for views in patient.views(gradient) if "W" in views]
                record["loss"].append(loss)
                norms.append(
                    [float(np.linalg.norm(each)) for each in (*(v["W"] for v in dense), dense[0]["b"])]
                )
                weights = [views["W"] for views in patient.views(theta) if "W" in views]
                for views, penalty in zip(dense, of["l2_penalty"](weights, LAM)[1], strict=True):
                    views["W"] += penalty
                theta = optimizer.step(theta, gradient)
        examine()
        record["inside"].append(_inside(patient, theta, x[some]))
        record["outputs"] = [
            patient.forward(theta, x[some], training=True),
            _as_in_use(patient, theta, x[some]),
        ]
        tests = examined(of, y)
    return {
        "cause": cause,
        **{name: _short(record[name]) for name in ("loss", "test", "val")},
        "norms": [_short(norm[::2]) for norm in np.transpose(norms)],
        **{name: _histograms(record[name]) for name in ("inside", "outputs")},
        "deviations": _short(values.std() for values in record["outputs"]),
        "between_digits": _short([record["outputs"][1].std(axis=0).mean()])[0],
        "tests": dict(zip(tests, _short(tests.values()), strict=True)),
    }


def _as_in_use(patient: Network, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Test mode, each digit by itself."""
    return np.concatenate([patient.predict(theta, digit[None]) for digit in x])


def _inside(patient: Network, theta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What the first hidden layer hands to its batch normalisation, in training mode."""
    pixels, dense, *_ = patient.layers
    patient.forward(theta, x[:1], training=False)  # binds the layers to θ, and moves no statistics
    kept = pixels.running_mean, pixels.running_var
    inside = dense.forward(pixels.forward(x, True), True)
    pixels.running_mean, pixels.running_var = kept
    return inside


def examined(of: Parts, labels: np.ndarray) -> dict[str, float]:
    """What each test of a single part comes to."""
    rng = np.random.default_rng(3)
    x = rng.normal(1.0, 2.0, (8, 4))
    return {
        "alone": _alone(of["batchnorm_forward"](4), x),
        "running": _running(of["batchnorm_forward"](4), x),
        "constant": float(np.abs(of["batchnorm_forward"](1).forward(np.ones((8, 1)), True)).max()),
        "gradient": _gradient_error(of["batchnorm_forward"](4), x, rng),
        "ones": float(of["dropout"](0.5, rng).forward(np.ones((100, 100)), True).mean()),
        "twice": _twice(of["dropout"](0.5, rng)),
        "first-step": _first_step(of["adam"]),
        "halved": _step(of["adam"](lr=LR / 2)) / _step(of["adam"](lr=LR)),
        "scale": float(of["he_normal"](400, 100, rng).std() * np.sqrt(400 / 2)),
        "classes": _classes(of["minibatches"](EXAMPLES, BATCH, np.random.default_rng(4)), labels),
        "slope": _slope(of["l2_penalty"]),
    }


def _alone(layer: Any, x: np.ndarray) -> float:
    layer.forward(x, True)
    return float(np.abs(layer.forward(x, False)[:1] - layer.forward(x[:1], False)).max())


def _running(layer: Any, x: np.ndarray) -> float:
    for _ in range(100):
        layer.forward(x, True)
    return float(np.mean(layer.running_mean / x.mean(axis=0)))


def _gradient_error(layer: Any, x: np.ndarray, rng: np.random.Generator) -> float:
    """Of Σ w y, w drawn: the largest difference between backward and the finite differences."""
    weights = rng.normal(size=x.shape)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value = float(np.sum(weights * layer.forward(flat.reshape(x.shape), True)))
        return value, layer.backward(weights)[0].ravel()

    return float(check_gradient(loss, x.ravel()))


def _twice(layer: Any) -> float:
    once, again = (layer.forward(np.ones((4, 8)), False).copy() for _ in range(2))
    return float(np.abs(once - again).max())


def _step(optimizer: Any) -> float:
    return -float(optimizer.step(np.zeros(1), np.ones(1))[0])


def _first_step(adam: Any) -> float:
    optimizer = adam(lr=LR, beta2=BETA2)
    steps = [_step(optimizer) for _ in range(1000)]
    return steps[0] / steps[-1]


def _classes(batches: Iterable[np.ndarray], labels: np.ndarray) -> float:
    return float(np.mean([len(set(labels[batch])) for batch in batches]))


def _slope(l2_penalty: Any) -> float:
    """The penalty's own slope at a single weight of 3, over the gradient that is returned."""
    at, h = np.full((1, 1), 3.0), 1e-4
    ends = [l2_penalty([at + d], LAM)[0] for d in (-h, h)]
    return float((ends[1] - ends[0]) / (2 * h) / l2_penalty([at], LAM)[1][0].item())


def _histograms(samples: list[np.ndarray]) -> dict[str, Any]:
    """Two histograms over the same bins: the ends, and the shares; without finite numbers, shares of 0."""
    finite = [values[np.isfinite(values)] for values in samples]
    every = np.concatenate(finite)
    half = float(np.quantile(np.abs(every), 0.999)) * 1.05 if every.size else 1.0
    shares = [np.histogram(v, BINS, (-half, half))[0] / max(1, v.size) for v in finite]
    return {
        "ends": [float(f"{-half:.4g}"), float(f"{half:.4g}")],
        "shares": [_short(each) for each in shares],
    }


def _short(numbers: Iterable[Any]) -> list[float | None]:
    """Three digits; None, JSON's null, for what is not finite."""
    return [float(f"{number:.3g}") if np.isfinite(number) else None for number in numbers]


def main() -> None:
    lines = [json.dumps(run(cause), ensure_ascii=False) for cause in CAUSES]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
