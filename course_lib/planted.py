"""A small network on digits, trained with one bug planted, or none: what is recorded of such a run.

Nothing is drawn by hand: each bug stands in the code below, and what is recorded is what then happens.

    run = planted.patient("labels apart", seed=3)
    clinic(*run)
"""

from typing import Any, NamedTuple

import numpy as np

from course_lib import datasets
from course_lib.initializers import he_normal, zeros
from course_lib.layers import Dense, ReLU
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network

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

# The causes of the exercise `clinic`: its word for a bug. In an order that tells nothing of the tests' one.
CAUSES = {
    "healthy": HEALTHY,
    "labels apart": APART,
    "gradients add up": SUMMED,
    "first layer lost": LOST,
    "rate decays too fast": DECAYED,
    "leak": LEAK,
    "not shuffled": SORTED,
    "ReLU at the end": CLIPPED,
}
RATES, WIDTHS = (0.07, 0.15), (28, 60)  # of the patients

Pair = tuple[np.ndarray, np.ndarray]


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def twice(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of the softmax of the softmax, with its gradient."""
    p = softmax(logits)
    loss, gradient = softmax_cross_entropy(p, labels)
    return loss, p * (gradient - (gradient * p).sum(axis=1, keepdims=True))


def run(bug: str, seed: int = 0, lr: float = LR, width: int = WIDTH) -> dict[str, Any]:
    """Train with this bug planted; the record as JSON."""
    data, rng = datasets.digits(), np.random.default_rng(seed)
    scale = 255 if bug == UNSCALED else 1
    x, y = scale * data.x_train[:EXAMPLES], data.y_train[:EXAMPLES]
    train = x[:SEEN], y[:SEEN]
    val = train if bug == LEAK else (scale * data.x_val[:SEEN], data.y_val[:SEEN])
    if bug == SORTED:
        order = np.argsort(y, kind="stable")
        x, y = x[order], y[order]
    drawn = zeros if bug == ZEROS else he_normal
    hidden = [Dense(64, width, drawn), ReLU(), Dense(width, width, drawn), ReLU()]
    top = [ReLU()] if bug == CLIPPED else []
    layers = [*hidden, Dense(width, CLASSES, drawn), *top]
    network = Network(layers, twice if bug == TWICE else softmax_cross_entropy)
    theta = network.initialize(rng)
    with np.errstate(all="ignore"):  # a run that overflows is one of those to look at
        return _record(bug, network, theta, (x, y), train, val, rng, lr)


def _record(
    bug: str,
    network: Network,
    theta: np.ndarray,
    data: Pair,
    train: Pair,
    val: Pair,
    rng: np.random.Generator,
    lr: float,
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
            gradient[: 65 * network.layers[0].fan_out] = 0
        losses.append(loss)
        norms.append([np.linalg.norm(views["W"]) for views in network.views(gradient) if views])
        total = total + gradient if bug == SUMMED else gradient
        rate = lr * (0.95**update if bug == DECAYED else 1) * (-1 if bug == UPHILL else 1)
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


class Patient(NamedTuple):
    """A run of which the cause is asked.

    loss       of each batch before its update, (201,)
    gradients  the size of the gradient of each layer's W at each update, (3, 201): first, middle, last layer
    train      the share of training digits read correctly, before every fifth update, (41,)
    val        the same of validation digits
    outputs    a histogram of the network's outputs at the end, (2, 30): the middle of each bin, and its share
    """

    loss: np.ndarray
    gradients: np.ndarray
    train: np.ndarray
    val: np.ndarray
    outputs: np.ndarray


def patient(cause: str, seed: int) -> Patient:
    """A run with this cause, one of CAUSES; rate, width, and all that is drawn in it come from the seed."""
    rng = np.random.default_rng([seed, *cause.encode()])
    rate, width = rng.uniform(*RATES), int(rng.integers(*WIDTHS))
    record = run(CAUSES[cause], int(rng.integers(2**31)), rate, width)
    loss, gradients, train, val = (
        np.array(record[name], dtype=float) for name in ("loss", "gradients", "train", "val")
    )
    low, high = record["output"]
    edges = np.linspace(low, high, BINS + 1)
    outputs = np.array([(edges[:-1] + edges[1:]) / 2, record["share"]])
    return Patient(loss, gradients, train, val, outputs)
