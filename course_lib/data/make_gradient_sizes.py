"""Count how large the entries of the adder's gradient are, along a run of today's recipe.

    python -m course_lib.data.make_gradient_sizes

writes gradient_sizes.json beside this file, in a few seconds: for some updates how many entries have each
power of two, ⌊log₂ |g|⌋, and how many are 0.
"""

import json
from pathlib import Path

import numpy as np

from course_lib.data.adder import started, training
from course_lib.experiments.half_on_sums import LR

FILE = Path(__file__).with_name("gradient_sizes.json")
SEED, MOMENTS = 0, (1, 100, 200, 300, 500, 700)


def sizes(gradient: np.ndarray) -> dict[str, int]:
    """Power of two → how many entries; "0" would be 1 to 2, so those that are 0 are under "none"."""
    _, exponent = np.frexp(gradient[gradient != 0])  # |g| = m · 2^exponent, m from ½ to 1
    powers, counts = np.unique(exponent - 1, return_counts=True)
    counted = dict(zip(map(str, powers.tolist()), counts.tolist(), strict=True))
    return counted | {"none": int(gradient.size - exponent.size)}


def main() -> None:
    transformer, theta, data, rng = started(SEED)
    counted = {}
    seen: list[np.ndarray] = []

    def through(gradient: np.ndarray) -> np.ndarray:
        seen[:] = [gradient]
        return gradient

    for update in training(transformer, theta, data, rng, LR, through=through):
        if update.number in MOMENTS:
            counted[str(update.number)] = sizes(seen[0])
    lines = ",\n".join(f"{json.dumps(moment)}: {json.dumps(of)}" for moment, of in counted.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
