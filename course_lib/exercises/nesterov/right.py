import numpy as np


class Nesterov:
    def __init__(self, lr, mu=0.9):
        ### BEGIN SOLUTION
        self.lr = lr
        self.mu = mu
        self.v = 0.0
        ### END SOLUTION

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        self.v = self.mu * self.v + gradient
        return theta - self.lr * (gradient + self.mu * self.v)
        ### END SOLUTION
