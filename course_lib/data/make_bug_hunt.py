"""Make the runs of the bug hunt: a small network on digits, trained with one bug planted, or none.

    python -m course_lib.data.make_bug_hunt

writes bug_hunt.json beside this file, in a few seconds. Nothing is drawn by hand: each bug stands in the code
below, and what is recorded is what then happens.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.initializers import he_normal, zeros
from course_lib.layers import Dense, ReLU
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network

FILE = Path(__file__).with_name("bug_hunt.json")
CLASSES, WIDTH = 10, 32
UPDATES, EVERY, BATCH = 200, 5, 32
LR = 0.1  # plain descent
EXAMPLES = 320  # for training: 10 batches to an epoch
SEEN = 180  # digits looked at, of training and of validation
BINS = 30

HEALTHY = "nothing: a healthy run"
APART = "inputs and labels are shuffled apart"
SORTED = "no shuffling: one class after the other"
UNSCALED = "pixels from 0 to 255, not scaled"
ZEROS = "all weights start at 0"
TWICE = "softmax is applied twice"
UPHILL = "the update has the wrong sign"
SUMMED = "gradients add up from update to update"
LOST = "the first layer's gradient is lost"
CLIPPED = "a ReLU after the last layer"
DECAYED = "the rate decays at updates, not epochs"
LEAK = "validation digits are in the training set"
BUGS = (HEALTHY, APART, SORTED, UNSCALED, ZEROS, TWICE, UPHILL, SUMMED, LOST, CLIPPED, DECAYED, LEAK)

Pair = tuple[np.ndarray, np.ndarray]


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def twice(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of the softmax of the softmax, with its gradient."""
    p = softmax(logits)
    loss, gradient = softmax_cross_entropy(p, labels)
    return loss, p * (gradient - (gradient * p).sum(axis=1, keepdims=True))


def run(bug: str) -> dict[str, Any]:
    """Train with this bug planted; the record as JSON."""
    data, rng = datasets.digits(), np.random.default_rng(0)
    scale = 255 if bug == UNSCALED else 1
    x, y = scale * data.x_train[:EXAMPLES], data.y_train[:EXAMPLES]
    train = x[:SEEN], y[:SEEN]
    val = train if bug == LEAK else (scale * data.x_val[:SEEN], data.y_val[:SEEN])
    if bug == SORTED:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    drawn = zeros if bug == ZEROS else he_normal
    hidden = [Dense(64, WIDTH, drawn), ReLU(), Dense(WIDTH, WIDTH, drawn), ReLU()]
    top = [ReLU()] if bug == CLIPPED else []
    layers = [*hidden, Dense(WIDTH, CLASSES, drawn), *top]
    network = Network(layers, twice if bug == TWICE else softmax_cross_entropy)
    theta = network.initialize(rng)
    with np.errstate(all="ignore"):  # a run that overflows is one of those to look at
        return _record(bug, network, theta, (x, y), train, val, rng)


def _record(
    bug: str,
    network: Network,
    theta: np.ndarray,
    data: Pair,
    train: Pair,
    val: Pair,
    rng: np.random.Generator,
) -> dict[str, Any]:
    x, y = data
    total, order = np.zeros(network.size), np.arange(len(x))
    losses, norms, accuracies = [], [], []
    for update in range(UPDATES + 1):
        if update % EVERY == 0:
            accuracies.append([_accuracy(network, theta, *part) for part in (train, val)])
        begin = update * BATCH % len(x)
        if begin == 0 and bug != SORTED:
            order = rng.permutation(len(x))
        batch = order[begin : begin + BATCH]
        labels = y[rng.permutation(batch)] if bug == APART else y[batch]
        loss, gradient = network.loss_and_gradient(theta, x[batch], labels)
        if bug == LOST:
            gradient[: 65 * WIDTH] = 0
        losses.append(loss)
        norms.append([np.linalg.norm(views["W"]) for views in network.views(gradient) if views])
        total = total + gradient if bug == SUMMED else gradient
        rate = LR * (0.95**update if bug == DECAYED else 1) * (-1 if bug == UPHILL else 1)
        theta = theta - rate * total
    logits = network.predict(theta, val[0])
    outputs = (softmax(logits) if bug == TWICE else logits).ravel()
    outputs = outputs[np.isfinite(outputs)]
    low, high = (outputs.min(), outputs.max()) if outputs.size else (0.0, 0.0)
    middle, half = (low + high) / 2, max((high - low) / 2, 0.5)
    counts, edges = np.histogram(outputs, BINS, (middle - half, middle + half))
    return {
        "bug": bug,
        "loss": _short(losses),
        "gradients": [_short(layer) for layer in np.transpose(norms)],
        "train": _short(np.array(accuracies)[:, 0]),
        "val": _short(np.array(accuracies)[:, 1]),
        "output": [float(f"{edge:.4g}") for edge in (edges[0], edges[-1])],
        "share": _short(counts / max(1, outputs.size)),
    }


def _accuracy(network: Network, theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(network.predict(theta, x).argmax(axis=1) == y))


def _short(numbers: Any) -> list[float | None]:
    """Three digits; None, JSON's null, for what is not finite."""
    return [float(f"{number:.3g}") if np.isfinite(number) else None for number in numbers]


def main() -> None:
    lines = [json.dumps(run(bug), ensure_ascii=False) for bug in BUGS]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
