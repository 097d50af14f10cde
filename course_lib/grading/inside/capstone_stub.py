"""The task of the last assignment as a notebook finds it while it is graded: without what is held back."""

from pathlib import Path

import numpy as np

BUDGET = 800  # updates


def given() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What ``train`` is given: x_train, y_train, x_val, y_val, the pixels from 0 to 1."""
    with np.load(Path(__file__).parent / "data" / "capstone.npz", allow_pickle=False) as data:
        return data["x_train"] / 255, data["y_train"], data["x_val"] / 255, data["y_val"]
