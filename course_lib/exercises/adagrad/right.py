import numpy as np


class AdaGrad:
    def __init__(self, lr, eps=1e-8):
        self.lr = lr
        self.eps = eps
        self.s = 0.0

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        self.s = self.s + gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
        ### END SOLUTION
