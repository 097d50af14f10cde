import numpy as np


class LayerNorm:
    parameters = ("gamma", "beta")

    def __init__(self, features, eps=1e-5):
        self.features = features
        self.eps = eps
        self.gamma, self.beta = self.initial()

    def initial(self, rng=None):
        return np.ones(self.features), np.zeros(self.features)

    def forward(self, x, training):
        ### BEGIN SOLUTION
        mean = x.mean(axis=1, keepdims=True)
        var = x.var(axis=1, keepdims=True)
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta
        ### END SOLUTION

    def backward(self, grad):
        ### BEGIN SOLUTION
        dgamma = (grad * self.x_hat).sum(axis=0)
        dbeta = grad.sum(axis=0)
        h = self.gamma * grad
        along = (h * self.x_hat).mean(axis=1, keepdims=True)
        dx = (h - h.mean(axis=1, keepdims=True) - self.x_hat * along) / self.std
        return dx, dgamma, dbeta
        ### END SOLUTION
