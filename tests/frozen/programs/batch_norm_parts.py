"""Batch normalisation, taken apart; right as it stands."""

import numpy as np


class Layer:
    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.features = features
        self.momentum = momentum
        self.eps = eps
        self.start()

    def start(self):
        self.gamma, self.beta = np.ones(self.features), np.zeros(self.features)
        self.running_mean, self.running_var = np.zeros(self.features), np.ones(self.features)

    def forward(self, x, training):
        return self.train(x) if training else self.predict(x)

    # Forward in training

    def mean(self, x):
        return x.mean(axis=0)

    def var(self, x):
        return x.var(axis=0)

    def root(self, var):
        return np.sqrt(var + self.eps)

    def normalised(self, x, mean, var):
        return (x - mean) / self.root(var)

    def output(self, x_hat):
        return self.gamma * x_hat + self.beta

    def statistics(self, x):
        return self.mean(x), self.var(x)

    def train(self, x):
        self.remember(x)
        mean, var = self.statistics(x)
        self.std, self.x_hat = self.root(var), self.normalised(x, mean, var)
        return self.output(self.x_hat)

    # Running statistics

    def batch_mean(self, x):
        return x.mean(axis=0)

    def batch_var(self, x):
        return x.var(axis=0, ddof=1)

    def average(self, running, batch):
        return (1 - self.momentum) * running + self.momentum * batch

    def remember(self, x):
        self.running_mean = self.average(self.running_mean, self.batch_mean(x))
        self.running_var = self.average(self.running_var, self.batch_var(x))

    # Forward at test time

    def root_at_test(self, var):
        return np.sqrt(var + self.eps)

    def predict(self, x):
        x_hat = (x - self.running_mean) / self.root_at_test(self.running_var)
        return self.gamma * x_hat + self.beta

    # Backward

    def backward(self, grad):
        return self.dx(grad), self.dgamma(grad), self.dbeta(grad)

    def dgamma(self, grad):
        return (grad * self.x_hat).sum(axis=0)

    def dbeta(self, grad):
        return grad.sum(axis=0)

    def dx_hat(self, grad):
        return grad * self.gamma

    def through_mean(self, dx_hat):
        return dx_hat.mean(axis=0)

    def through_var(self, dx_hat):
        return self.x_hat * (dx_hat * self.x_hat).mean(axis=0)

    def dx(self, grad):
        dx_hat = self.dx_hat(grad)
        return (dx_hat - self.through_mean(dx_hat) - self.through_var(dx_hat)) / self.std
