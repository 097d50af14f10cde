"""What is drawn for the capstone, for a student to work with and for each check: never in a sandbox.

A check has signals of its own, whose shapes are bent, so that nothing is gained by who has the generator or
weights that were trained elsewhere. Bending turns pairs of neighbouring frequencies of all ten templates
alike, by angles that are drawn: templates lie as far from one another as before, and are as rough, but none
of them is a shape that there was. Where angles are small, shapes still are much alike; so bends are drawn
until signals of the public templates tell next to nothing of theirs. Beside, the classes are renamed.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_lib import capstone, datasets
from course_lib.exercises.capstone import driver

SIZES = 600, 300, 3000  # signals for training, for validation, held back
ZERO, UNIT = 128, 200  # the reading of 0, and how far a reading of 1 lies from it
# Of bent templates' signals, at most this share is read by what is nearest among public ones. Names that are
# given without looking read a tenth, the best ones more; about one bend in four keeps it.
MOST_FAMILIAR = 0.25
PUBLIC, LOOKED_AT = 2000, 1000  # signals by which it is seen
SECONDS = 26.0  # of its thread's time for a student's trainings; those of a right answer take seven


@dataclass(frozen=True, eq=False)
class Signals:
    """Readings x of shape (N, 40), uint8, and their labels y of shape (N,)."""

    x: np.ndarray
    y: np.ndarray


Task = tuple[Signals, Signals, Signals]  # for training, for validation, held back


def plain(seed: int) -> Task:
    """Signals as `datasets.signals` has them, before they are standardised."""
    return _drawn(datasets.signal_templates(), np.random.default_rng(seed))


@lru_cache(maxsize=24)
def disguised(seed: int, run: int = 0) -> Task:
    """Signals of one run of a check: of bent templates, under other names."""
    rng = np.random.default_rng([seed, 8, run])
    shapes = bent(datasets.signal_templates(), rng)
    while familiar(shapes) > MOST_FAMILIAR:
        shapes = bent(datasets.signal_templates(), rng)
    return _drawn(rng.permutation(shapes), rng)


def asked(seed: int, runs: int) -> driver.Settings:
    """What so many runs need. No held-back label is in it."""
    return {"runs": [run(seed, number) for number in range(runs)], "seconds": SECONDS}


def run(seed: int, number: int = 0) -> driver.Run:
    on_training, on_validation, held_back = disguised(seed, number)
    return {
        "x_train": driver.packed(on_training.x),
        "y_train": on_training.y.tolist(),
        "x_val": driver.packed(on_validation.x),
        "y_val": on_validation.y.tolist(),
        "held_back": driver.packed(held_back.x),
        "seed": derived(seed, number),
        "budget": capstone.BUDGET,
    }


def derived(seed: int, number: int = 0) -> int:
    """The seed of the generator that `train` is given: the one that drew the signals does not show in it."""
    return int(np.random.default_rng([seed, 9, number]).integers(2**31))


def familiar(templates: np.ndarray) -> float:
    """The share of these templates' signals that the nearest public signal reads, each public class under the
    name that suits it best."""
    known, classes = _public()
    x, y = datasets.drawn_signals(templates, LOOKED_AT, np.random.default_rng(0))
    nearest = classes[((known**2).sum(axis=1) - 2 * x @ known.T).argmin(axis=1)]
    counts = np.zeros((len(templates), len(templates)))
    np.add.at(counts, (nearest, y), 1)
    return float(counts.max(axis=1).sum() / len(y))


@lru_cache(maxsize=1)
def _public() -> tuple[np.ndarray, np.ndarray]:
    x, y = datasets.drawn_signals(datasets.signal_templates(), PUBLIC, np.random.default_rng(1))
    return x, y


def bent(templates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Templates of shape (C, 12) that begin and end at 0, after a rotation that is the same for all."""
    n = templates.shape[1] - 2
    k = np.arange(1, n + 1)
    waves = np.sqrt(2 / (n + 1)) * np.sin(np.pi * np.outer(k, k) / (n + 1))  # its own inverse
    spectrum = templates[:, 1:-1] @ waves
    for first in range(0, n, 2):
        angle = rng.uniform(0, 2 * np.pi)
        turn = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        spectrum[:, first : first + 2] = spectrum[:, first : first + 2] @ turn
    return np.pad(spectrum @ waves, ((0, 0), (1, 1)))


def _drawn(templates: np.ndarray, rng: np.random.Generator) -> Task:
    train, val, held_back = (_read(*datasets.drawn_signals(templates, n, rng)) for n in SIZES)
    return train, val, held_back


def _read(x: np.ndarray, y: np.ndarray) -> Signals:
    """As an instrument of 8 bits reads them."""
    return Signals(np.clip(np.round(ZERO + UNIT * x), 0, 255).astype(np.uint8), y)
