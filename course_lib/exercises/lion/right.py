import numpy as np


class Lion:
    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.weight_decay = weight_decay
        self.m = 0.0

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        c = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.m = self.beta2 * self.m + (1 - self.beta2) * gradient
        return theta - self.lr * (np.sign(c) + self.weight_decay * theta)
        ### END SOLUTION
