"""Right answers in other styles."""

import copy
import math

import numpy as np


class Watch:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_theta, self.waited = np.inf, None, 0

    def update(self, val_loss, theta):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_theta, self.waited = val_loss, theta.copy(), 0
        else:
            self.waited += 1
        return self.waited >= self.patience


class WatchEarlyReturn:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_theta, self.count = None, None, 0

    def update(self, val_loss, theta):
        if self.best is None or self.best - val_loss > self.min_delta:
            self.best = val_loss
            self.best_theta = np.array(theta)
            self.count = 0
            return False
        self.count += 1
        return not self.count < self.patience


class WatchCountsDown:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.delta, self.left = patience, min_delta, patience
        self.best, self.best_theta = float("inf"), None

    def update(self, val_loss, theta):
        improved = val_loss + self.delta < self.best
        self.left = self.patience if improved else self.left - 1
        if improved:
            self.best, self.best_theta = val_loss, copy.deepcopy(theta)
        return self.left <= 0


class WatchByEpoch:
    best_loss: float

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.epoch, self.best_epoch = patience, min_delta, -1, 0
        self.history = {}

    def update(self, val_loss, theta):
        self.epoch += 1
        if self.epoch == 0 or val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch = val_loss, self.epoch
            self.history["best"] = 1.0 * theta
        return np.bool_(self.epoch - self.best_epoch >= self.patience)

    @property
    def best_theta(self):
        return self.history.get("best")


class WatchExactly:
    """Says True at exactly `patience`; nobody asks after that."""

    def __init__(self, patience, min_delta=0.0):
        self.settings = (patience, min_delta)
        self.best_loss, self.best_theta, self.bad = math.inf, None, 0

    def update(self, val_loss, theta):
        patience, min_delta = self.settings
        self.bad += 1
        if self.best_loss - val_loss > min_delta:
            self.best_loss, self.bad = val_loss, 0
            self.best_theta = np.copy(theta)
        return self.bad == patience


class WatchList:
    best_loss: float

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.flags = patience, min_delta, []
        self.best_theta = None

    def update(self, val_loss, theta):
        improved = not self.flags or val_loss < self.best_loss - self.min_delta
        if improved:
            self.best_loss, self.best_theta = val_loss, theta + 0
        self.flags.append(improved)
        recent = self.flags[-self.patience :]
        return len(recent) == self.patience and not any(recent)


class WatchInPlaceBuffer(Watch):
    def update(self, val_loss, theta):
        if val_loss < self.best_loss - self.min_delta:
            if self.best_theta is None:
                self.best_theta = np.empty_like(theta)
            self.best_theta[...] = theta
            self.best_loss, self.waited = val_loss, 0
        else:
            self.waited += 1
        return bool(self.waited >= self.patience)


class WatchAllLosses:
    """Looks at all losses anew each time."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.losses, self.thetas = [], []

    def best(self):
        best = 0
        for number, loss in enumerate(self.losses):
            if self.losses[best] - loss > self.min_delta:
                best = number
        return best

    @property
    def best_theta(self):
        return self.thetas[self.best()] if self.thetas else None

    def update(self, val_loss, theta):
        self.losses.append(val_loss)
        self.thetas.append(theta.copy())
        return len(self.losses) - 1 - self.best() >= self.patience


class WatchFromAThreshold:
    """Remembers below which loss an improvement begins, not the best loss."""

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.threshold, self.best_theta, self.waited = math.inf, None, 0

    def update(self, val_loss, theta):
        improved = bool(val_loss < self.threshold)
        self.waited = (self.waited + 1) * (not improved)
        self.threshold = val_loss - self.min_delta if improved else self.threshold
        self.best_theta = np.array(theta, copy=True) if improved else self.best_theta
        return self.waited >= self.patience
