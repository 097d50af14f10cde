import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "E"
    ### END SOLUTION


class MendedStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.wait = 0
        self.best_theta = None

    def update(self, val_loss, theta):
        ### BEGIN SOLUTION
        if val_loss < self.best - self.min_delta:
            self.best = val_loss
            self.best_theta = theta.copy()
            self.wait = 0
        else:
            self.wait += 1
        return self.wait >= self.patience
        ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    given = {"patience": 2, "min_delta": 0.5, "losses": [5.0, 4.7, 4.4]}
    return given, 0  # 4.4 is below 5 − 0.5: two small steps down make one improvement
    ### END SOLUTION
