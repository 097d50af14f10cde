"""The random inputs that goldens and tests share.

They come from numpy.random.RandomState, whose stream NumPy keeps frozen: they are the same in every version.
"""

import numpy as np

STEPS = 1000
SHAPE = (3, 5)
SCALES = np.array([1e-8, 1e-3, 1.0, 1e3, 0.0])  # one for each column


def gradients(seed):
    """Gradients of mixed scale for every step, shape (STEPS, *SHAPE); the last column is exactly zero."""
    return np.random.RandomState(seed).standard_normal((STEPS, *SHAPE)) * SCALES


def start(seed):
    """The θ to start from, of shape SHAPE and away from 0."""
    return np.random.RandomState(seed + 1).uniform(1.0, 2.0, SHAPE)
