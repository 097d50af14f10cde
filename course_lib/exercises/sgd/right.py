import numpy as np


class SGD:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        return theta - self.lr * gradient
        ### END SOLUTION
