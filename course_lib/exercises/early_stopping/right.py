import numpy as np


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best_theta = None
        # What else does it have to remember?
        ### BEGIN SOLUTION
        self.best_loss = np.inf
        self.waited = 0
        ### END SOLUTION

    def update(self, val_loss, theta):
        ### BEGIN SOLUTION
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss = val_loss
            self.best_theta = theta.copy()
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION
