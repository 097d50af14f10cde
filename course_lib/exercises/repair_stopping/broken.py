import numpy as np


class BrokenStopping:
    """Early stopping. A colleague wrote it, after what he remembered of Keras."""

    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.wait = 0
        self.best_theta = None

    def update(self, val_loss, theta):
        improved = val_loss < self.best - self.min_delta
        self.best = min(self.best, val_loss)
        if improved:
            self.best_theta = theta.copy()
            self.wait = 0
        else:
            self.wait += 1
        return self.wait >= self.patience


def outcome(stopping, patience, min_delta, losses):
    """The number of the first update that says stop; 0 where none does."""
    watcher = stopping(patience, min_delta)
    for update, loss in enumerate(losses, start=1):
        if watcher.update(float(loss), np.zeros(1)):
            return update
    return 0
