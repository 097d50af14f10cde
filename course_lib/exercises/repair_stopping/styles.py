"""Repairs of BrokenStopping in other styles: all are right."""

import numpy as np

from course_lib.exercises.repair_stopping.broken import BrokenStopping, outcome


def _proof():
    return {"patience": 2, "min_delta": 0.5, "losses": [5.0, 4.7, 4.4]}, 0


def _letter():
    return "E"


def one_line_moved():
    class MendedStopping(BrokenStopping):
        def update(self, val_loss, theta):
            improved = val_loss < self.best - self.min_delta
            if improved:
                self.best = val_loss
                self.best_theta = theta.copy()
                self.wait = 0
            else:
                self.wait += 1
            return self.wait >= self.patience

    return _letter, MendedStopping, _proof


def put_back():
    class MendedStopping(BrokenStopping):
        def update(self, val_loss, theta):
            before = self.best
            stop = super().update(val_loss, theta)
            if self.wait:
                self.best = before
            return stop

    return "E", MendedStopping, lambda: list(_proof())


def chosen():
    class MendedStopping(BrokenStopping):
        def update(self, val_loss, theta):
            improved = val_loss < self.best - self.min_delta
            self.best = val_loss if improved else self.best
            self.best_theta = np.array(theta) if improved else self.best_theta
            self.wait = 0 if improved else self.wait + 1
            return bool(self.wait >= self.patience)

    return _letter, MendedStopping, _proof


def early_return():
    class MendedStopping:
        def __init__(self, patience, min_delta=0.0):
            self.patience, self.min_delta = patience, min_delta
            self.best_theta, self.target, self.left = None, None, patience

        def update(self, val_loss, theta):
            if self.target is None or val_loss < self.target - self.min_delta:
                self.target, self.best_theta, self.left = val_loss, theta.copy(), self.patience
                return False
            self.left -= 1
            return self.left <= 0

    def proof():
        return {"patience": 3, "min_delta": 1, "losses": np.array([9, 8.5, 8.2, 7.9, 7.5, 7.2, 7.0])}, 7

    return _letter, MendedStopping, proof


def whole_history():
    class MendedStopping:
        def __init__(self, patience, min_delta=0.0):
            self.patience, self.min_delta = patience, min_delta
            self.losses, self.bests, self.best_theta = [], [], None

        def update(self, val_loss, theta):
            if not self.bests or val_loss < self.losses[self.bests[-1]] - self.min_delta:
                self.bests.append(len(self.losses))
                self.best_theta = theta.copy()
            self.losses.append(val_loss)
            return len(self.losses) - 1 - self.bests[-1] >= self.patience

    return lambda: "e ", MendedStopping, _proof


def by_its_own_program():
    mended = one_line_moved()[1]

    def proof():
        given = {"patience": 2, "min_delta": 0.2, "losses": [1.0, 0.9, 0.75, 0.7, 0.6, 0.54]}
        return given, outcome(mended, **given)

    return _letter, mended, proof


def an_integer_of_numpy():
    def proof():
        return {"patience": 2, "min_delta": 0.5, "losses": [5.0, 4.7, 4.4, 4.3, 4.2]}, np.int64(5)

    return _letter, chosen()[1], proof


def kept_in_a_dict():
    class MendedStopping:
        def __init__(self, patience, min_delta=0.0):
            self.patience, self.min_delta = patience, min_delta
            self.best_theta, self.state = None, {"best": float("inf"), "wait": 0}

        def update(self, val_loss, theta):
            gained = self.state["best"] - val_loss
            if gained > self.min_delta:
                self.best_theta, self.state = theta.copy(), {"best": val_loss, "wait": 0}
            else:
                self.state["wait"] += 1
            return self.state["wait"] >= self.patience

    return _letter, MendedStopping, _proof
