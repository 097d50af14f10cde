import numpy as np

MUON = 3.4445, -4.7750, 2.0315


class Muon:
    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr = lr
        self.mu = mu
        self.weight_decay = weight_decay
        self.v = 0.0

    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        self.v = self.mu * self.v + gradient
        direction = orthogonalised(gradient + self.mu * self.v, 5, MUON)
        fan_in, fan_out = theta.shape
        scale = max(1.0, fan_out / fan_in) ** 0.5
        return theta - self.lr * (scale * direction + self.weight_decay * theta)
        ### END SOLUTION
