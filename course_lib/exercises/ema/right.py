import numpy as np


class EMA:
    def __init__(self, decay):
        self.decay = decay
        # What does it have to remember?
        ### BEGIN SOLUTION
        self.theta = None
        ### END SOLUTION

    def update(self, theta):
        ### BEGIN SOLUTION
        if self.theta is None:
            self.theta = theta.copy()
        self.theta = self.decay * self.theta + (1 - self.decay) * theta
        return self.theta
        ### END SOLUTION
