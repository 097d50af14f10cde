import numpy as np


class BatchNorm:
    parameters = ("gamma", "beta")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.features = features
        self.momentum = momentum
        self.eps = eps
        self.gamma, self.beta = self.initial()
        self.running_mean = np.zeros(features)
        self.running_var = np.ones(features)

    def initial(self, rng=None):
        return np.ones(self.features), np.zeros(self.features)

    def forward(self, x, training):
        # 1 in training: normalise with the batch's statistics   2 and update the running ones
        # 3 at test time: normalise with the running statistics
        ### BEGIN SOLUTION
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            m, n = self.momentum, len(x)
            self.running_mean = (1 - m) * self.running_mean + m * mean
            self.running_var = (1 - m) * self.running_var + m * var * n / (n - 1)
        else:
            mean, var = self.running_mean, self.running_var
        self.std = np.sqrt(var + self.eps)
        self.x_hat = (x - mean) / self.std
        return self.gamma * self.x_hat + self.beta
        ### END SOLUTION

    def backward(self, grad):
        # 5 return dx, dgamma, dbeta
        ### BEGIN SOLUTION
        dgamma = (grad * self.x_hat).sum(axis=0)
        dbeta = grad.sum(axis=0)
        h = self.gamma * grad
        dx = (h - h.mean(axis=0) - self.x_hat * (h * self.x_hat).mean(axis=0)) / self.std
        return dx, dgamma, dbeta
        ### END SOLUTION
