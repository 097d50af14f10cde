import numpy as np


class AdamW:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        ### BEGIN SOLUTION
        self.adam = Adam(lr, beta1, beta2, eps)
        self.lr = lr
        self.weight_decay = weight_decay
        ### END SOLUTION

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        return self.adam.step(theta, gradient) - self.lr * self.weight_decay * theta
        ### END SOLUTION
