"""What the steps of diagnose_runs rest on: python -m course_lib.exercises.diagnose_runs.measure

Has each kind of answer name the unseen runs of 20 seeds, and writes the shares that are right to
measured.json, with their mean and standard deviation.
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from course_lib import tuning
from course_lib.exercises.diagnose_runs import styles
from course_lib.exercises.diagnose_runs.judging import drawn
from course_lib.labelled_runs import labelled_runs

SEEDS = range(2000, 2020)
FILE = Path(__file__).with_name("measured.json")

Answer = Callable[[np.ndarray, list[str], np.ndarray], object]


def nearest(features: Callable[[np.ndarray], np.ndarray]) -> Answer:
    """The name of the practice run whose features, of shape (n, …), are the nearest."""

    def answer(practice: np.ndarray, causes: list[str], unseen: np.ndarray) -> list[str]:
        known, asked = (features(runs).reshape(len(runs), -1) for runs in (practice, unseen))
        return [causes[np.square(known - each).sum(axis=1).argmin()] for each in asked]

    return answer


def raw(runs: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.clip(runs, 0, 1000), nan=1000)


def divided(runs: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.clip(runs / runs[:, :1, :1], 0.001, 5), nan=5)


def guess(practice: np.ndarray, causes: list[str], unseen: np.ndarray) -> list[str]:
    return np.random.default_rng(len(unseen)).choice(causes, len(unseen)).tolist()


def old_table(practice: np.ndarray, causes: list[str], unseen: np.ndarray) -> list[str]:
    return [tuning.diagnose(*run) for run in unseen]


def two_features(practice: np.ndarray, causes: list[str], unseen: np.ndarray) -> list[str]:
    known, asked = (each[:, [0, 3]] for each in styles._standardised(practice, unseen))
    return [causes[np.square(known - each).sum(axis=1).argmin()] for each in asked]


ANSWERS: dict[str, Answer] = {
    "guess": guess,
    "one feature: the level": nearest(lambda runs: divided(runs)[:, 0, -10:].mean(axis=1)),
    "one feature: the end": nearest(lambda runs: divided(runs)[:, 0, -1]),
    "one feature: the jumps": nearest(
        lambda runs: np.log(np.abs(np.diff(divided(runs)[:, 0], 2)).mean(axis=1) + 0.003)
    ),
    "two features: the level, the beginning": two_features,
    "the table of diagnose": old_table,
    "nearest, raw": nearest(raw),
    "nearest, divided": nearest(divided),
    "nearest, logarithms": nearest(lambda runs: np.log(divided(runs))),
    "rules of one's own": styles.by_rules,
    "softmax regression": styles.by_softmax_regression,
    "five features": styles.by_the_nearest,
}


def share(answer: Answer, seed: int) -> float:
    """Of the unseen runs of this seed, the share that is named right."""
    practice, causes = labelled_runs()
    runs = drawn(seed)
    return float(np.mean(np.array(answer(practice, causes, runs.losses)) == runs.causes))


def main() -> None:
    found = {}
    with np.errstate(all="ignore"):
        for name, answer in ANSWERS.items():
            shares = [share(answer, seed) for seed in SEEDS]
            found[name] = {
                "mean": round(float(np.mean(shares)), 4),
                "std": round(float(np.std(shares, ddof=1)), 4),
            }
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
