import numpy as np


class RMSprop:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr = lr
        self.rho = rho
        self.eps = eps
        # What else does RMSprop remember, and where does it start?
        ### BEGIN SOLUTION
        self.s = 0.0
        ### END SOLUTION

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
        ### END SOLUTION
