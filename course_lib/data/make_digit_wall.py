"""Make the runs of the digit wall: what becomes of lecture 03's 80 wrong labels, epoch by epoch.

    python -m course_lib.data.make_digit_wall

writes digit_wall.json beside this file, in less than a minute. Each run is the lecture's: the same digits, of
which 80 have a wrong label, the same network, Adam, seed and batches; λ and the dropout rate differ.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.careless import WRONG, careless_digits, with_dropout
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.training import fit

FILE = Path(__file__).with_name("digit_wall.json")
LR, BATCH, EPOCHS, SEED = 0.003, 32, 80, 0
L2 = (0.0, 0.003, 0.01, 0.03)
RATES = (0.0, 0.2, 0.5, 0.7)
MASKS = 30  # asked of each digit after each epoch; a count of them is one character in base 36
SYMBOLS = "0123456789abcdefghijklmnopqrstuvwxyz"


def thetas(l2: float, rate: float, epochs: int) -> Iterator[np.ndarray]:
    """θ before the first epoch and after each of them."""
    data, rng = careless_digits(), np.random.default_rng(SEED)
    network, optimizer = Network(with_dropout(rng, rate)), Adam(lr=LR)
    theta = network.initialize(rng)
    yield theta
    for _ in range(epochs):  # one by one: the optimiser and the generator go on where they were
        theta, _ = fit(
            network,
            theta,
            optimizer,
            (data.x, data.given),
            epochs=1,
            batch_size=BATCH,
            rng=rng,
            l2=l2,
            progress=False,
        )
        yield theta


def run(l2: float, rate: float, epochs: int = EPOCHS) -> dict[str, Any]:
    """Train, and record as JSON after each epoch: losses, validation accuracy, and of the mislabelled digits

    answers     what the network answers, in test mode: a digit each
    for_given, for_right    how many of MASKS dropout masks answer as labelled, and right; "" without dropout

    Each of these three is a text with a word for each epoch, and a character in it for each digit.
    """
    digits, data = datasets.digits(), careless_digits()
    quiet = Network(with_dropout(np.random.default_rng(0), 0.0))
    # Masks of their own: those of training must not depend on who looks.
    noisy = Network(with_dropout(np.random.default_rng(1), rate))
    x, given, right = (part[data.wrong] for part in data[:3])
    curves: dict[str, list[float]] = {"train": [], "val": [], "accuracy": []}
    words: dict[str, list[str]] = {"answers": [], "for_given": [], "for_right": []}
    for theta in thetas(l2, rate, epochs):
        curves["train"].append(_short(quiet.loss(theta, data.x, data.given)))
        curves["val"].append(_short(quiet.loss(theta, digits.x_val, digits.y_val)))
        guessed = quiet.predict(theta, digits.x_val).argmax(axis=1)
        curves["accuracy"].append(_short(np.mean(guessed == digits.y_val)))
        words["answers"].append(_text(quiet.predict(theta, x).argmax(axis=1)))
        if rate:
            many = noisy.forward(theta, np.tile(x, (MASKS, 1)), training=True).argmax(axis=1)
            votes = many.reshape(MASKS, WRONG)
            words["for_given"].append(_text((votes == given).sum(axis=0)))
            words["for_right"].append(_text((votes == right).sum(axis=0)))
    return {"l2": l2, "rate": rate, **curves, **{name: " ".join(each) for name, each in words.items()}}


def _short(number: float) -> float:
    """Three digits."""
    return float(f"{number:.3g}")


def _text(counts: np.ndarray) -> str:
    """A character for each count."""
    return "".join(SYMBOLS[count] for count in counts)


def pictures() -> dict[str, Any]:
    """The mislabelled digits: 64 pixels each, from 0 to f, the labels as given, and what they should be."""
    data = careless_digits()
    levels = np.rint(15 * data.x[data.wrong]).astype(int)
    return {
        "pixels": [_text(row) for row in levels],
        "given": _text(data.given[data.wrong]),
        "right": _text(data.right[data.wrong]),
    }


def main() -> None:
    runs = ",\n".join(json.dumps(run(l2, rate), separators=(",", ":")) for l2 in L2 for rate in RATES)
    shown = json.dumps(pictures())
    FILE.write_text(f'{{"pictures": {shown},\n"runs": [\n{runs}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
