"""The task of the last assignment: digits as a worn scanner and a tired clerk deliver them.

Each picture of 8 × 8 pixels has slipped by up to one pixel in either direction and carries noise; of the
labels for training and validation, one in ten is wrong. These two sets are always the same. The originals of
the other digits are held back, and scanned afresh for each seed.
"""

from dataclasses import dataclass

import numpy as np

from course_lib import datasets

BUDGET = 800  # updates
TRAINING, VALIDATION = 1200, 300  # examples; the other originals are held back
COPIES = 7  # held-back scans of each original, so that the accuracy has little chance in it
NOISE = 0.06  # standard deviation, of pixels from 0 to 1
WRONG = 0.1  # share of wrong labels


@dataclass(frozen=True, eq=False)
class Scans:
    """Pictures x in the rows, uint8 pixels 0..255 of shape (N, 64), their labels y, and what y should be."""

    x: np.ndarray
    y: np.ndarray
    truth: np.ndarray


def given() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What ``train`` is given: x_train, y_train, x_val, y_val, the pixels from 0 to 1."""
    train, val, _ = scans(0)
    return train.x / 255, train.y, val.x / 255, val.y


def scans(seed: int) -> tuple[Scans, Scans, Scans]:
    """Training, validation and held-back scans; the last are drawn with the seed, and have right labels."""
    pixels, labels = datasets.digit_originals()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(pixels))
    train, val, held_back = np.split(order, [TRAINING, TRAINING + VALIDATION])
    copies = np.repeat(held_back, COPIES)
    return (
        _scan(pixels[train], labels[train], WRONG, rng),
        _scan(pixels[val], labels[val], WRONG, rng),
        _scan(pixels[copies], labels[copies], 0.0, np.random.default_rng(seed)),
    )


def disguised(seed: int) -> tuple[Scans, Scans, Scans]:
    """The scans of a seed, all turned or mirrored alike, and with the digits renamed, 3 for 7 and so on.

    Equally hard for whoever learns from them; what was learned by heart elsewhere is of no use.
    """
    rng = np.random.default_rng([seed, 8])
    turns, mirrored, names = int(rng.integers(4)), rng.random() < 0.5, rng.permutation(10)

    def disguise(these: Scans) -> Scans:
        pages = np.rot90(these.x.reshape(-1, 8, 8), turns, axes=(1, 2))
        pages = pages[:, :, ::-1] if mirrored else pages
        x = np.ascontiguousarray(pages).reshape(-1, 64)
        return Scans(x, names[these.y], names[these.truth])

    train, val, held_back = scans(seed)
    return disguise(train), disguise(val), disguise(held_back)


def _scan(pixels: np.ndarray, labels: np.ndarray, wrong: float, rng: np.random.Generator) -> Scans:
    n = len(pixels)
    framed = np.pad(pixels.reshape(n, 8, 8) / 16, ((0, 0), (1, 1), (1, 1)))
    slips = rng.integers(0, 3, (n, 2))
    x = np.stack([page[i : i + 8, j : j + 8] for page, (i, j) in zip(framed, slips, strict=True)])
    x = np.clip(x + NOISE * rng.standard_normal(x.shape), 0, 1).reshape(n, 64)
    y = labels.copy()
    slipped = rng.choice(n, round(wrong * n), replace=False)
    y[slipped] = (y[slipped] + rng.integers(1, 10, len(slipped))) % 10
    return Scans(np.round(255 * x).astype(np.uint8), y, labels)
