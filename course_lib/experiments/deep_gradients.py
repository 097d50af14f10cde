"""Does dividing by their size deal with gradients that vanish or explode? SGD and RMSprop, eight layers deep.

Fixed: digits, hidden layers of 32 units, batches of 32, 1000 updates at a constant rate. Three networks:
"vanishing" has sigmoid layers, on whose way back the gradient falls about threefold a layer; "exploding" has
ReLU layers whose weights are four times He's, so that loss and gradients begin in the thousands; "sound" has
He's. All try the same rates, half a decade apart. The accuracy is that on the validation set at the end; a
run that left the numbers counts as guessing.

Source: Glorot & Bengio (2010), Section 3, look at what sigmoid layers pass back.
"""

from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, picked
from course_lib.layers import Dense, ReLU, Sigmoid
from course_lib.network import Network
from course_lib.optimizers import SGD, RMSprop

NETWORKS = {"vanishing": (Sigmoid, 1.0), "exploding": (ReLU, 4.0), "sound": (ReLU, 1.0)}  # layer, gain
METHODS = {"SGD": SGD, "RMSprop": RMSprop}
RATES = tuple(float(f"{lr:.1g}") for lr in 10 ** np.arange(-7.5, 0.1, 0.5))
UPDATES, GUESSING = 1000, 0.1

SETTINGS = [
    {"network": network, "method": method, "lr": lr}
    for network in NETWORKS
    for method in METHODS
    for lr in RATES
]
SEEDS = range(3)
FRESH = range(3, 6)


@np.errstate(over="ignore", invalid="ignore")
def run(seed: int, network: str, method: str, lr: float) -> dict[str, float]:
    """Train one of NETWORKS with this method and rate; return its validation accuracy."""
    digits, rng = datasets.digits(), np.random.default_rng(seed)
    net, theta = deep(network, rng)
    optimizer = METHODS[method](lr)
    for _ in range(UPDATES):
        batch = rng.integers(0, len(digits.x_train), 32)
        loss, gradient = net.loss_and_gradient(theta, digits.x_train[batch], digits.y_train[batch])
        if not np.isfinite(loss):
            return {"val_accuracy": GUESSING}
        theta = optimizer.step(theta, gradient)
    output = net.predict(theta, digits.x_val)
    right = output.argmax(axis=1) == digits.y_val
    return {"val_accuracy": right.mean() if np.isfinite(output).all() else GUESSING}


def deep(network: str, rng: np.random.Generator) -> tuple[Network, np.ndarray]:
    """One of NETWORKS, and a θ to start from."""
    activation, gain = NETWORKS[network]
    hidden = [layer for depth in range(8) for layer in (Dense(32 if depth else 64, 32), activation())]
    net = Network([*hidden, Dense(32, 10)])
    return net, gain * net.initialize(rng)


TUNED = {
    ("vanishing", "RMSprop"): 1e-2,
    ("exploding", "RMSprop"): 3e-3,
    ("exploding", "SGD"): 3e-6,
    ("sound", "SGD"): 1e-1,
}


def compared() -> list[dict[str, Any]]:
    return [{"network": network, "method": method, "lr": lr} for (network, method), lr in TUNED.items()]


def holds(runs: list[Run]) -> list[str]:
    """What is said of RMSprop at its best, and these runs do not bear out."""
    vanishing, exploding, by_sgd, sound = (picked(runs, "val_accuracy", **each).mean() for each in compared())
    said = {
        "RMSprop learns where gradients vanish.": vanishing > 2 * GUESSING,
        "It gets less far there than SGD in a sound network.": vanishing < sound - 0.1,
        "It is ahead of SGD where they explode.": exploding > by_sgd,
        "It gets less far where they explode than SGD in a sound network.": exploding < sound - 0.1,
    }
    return [sentence for sentence, so in said.items() if not so]
