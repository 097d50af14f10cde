import numpy as np


class Momentum:
    def __init__(self, lr, mu=0.9):
        self.lr = lr
        self.mu = mu
        self.v = 0.0

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v
        ### END SOLUTION
