"""Early stopping on a curve that is already known: a longer run is only cut."""

import math

import numpy as np

from course_lib.training import EarlyStopping

NEVER = math.inf


def cut(val: np.ndarray, patience: float) -> tuple[int, int]:
    """The place in a validation curve at which training ends, and the one whose θ is used.

    patience counts values of the curve; NEVER goes to the end, and stays there.
    """
    last = len(val) - 1
    if patience == NEVER:
        return last, last
    stopping, best = EarlyStopping(patience), 0
    for k, loss in enumerate(val):
        enough = stopping.update(loss, np.empty(0))
        if stopping.waited == 0:
            best = k
        if enough:
            return k, best
    return last, best
