"""Repairs of BrokenBatchNorm in other styles: all are right."""

import numpy as np

from course_lib.exercises.repair_batchnorm.broken import BrokenBatchNorm, outcome


def _proof():
    return {"gamma": 2.0, "beta": 1.0, "mean": 1.0, "var": 4.0, "x": 1.0}, 1.0


def _letter():
    return "E"


def gamma_let_in_behind():
    class MendedBatchNorm(BrokenBatchNorm):
        def forward(self, x, training):
            gamma, beta = self.gamma, self.beta
            self.gamma, self.beta = np.ones_like(gamma), np.zeros_like(beta)
            x_hat = super().forward(x, training)
            self.gamma, self.beta = gamma, beta
            return gamma * x_hat + beta

    return _letter, MendedBatchNorm, _proof


def what_is_missing_added():
    class MendedBatchNorm(BrokenBatchNorm):
        def forward(self, x, training):
            y = super().forward(x, training)
            mean, var = (x.mean(axis=0), x.var(axis=0)) if training else (self.running_mean, self.running_var)
            return y + (1 - self.gamma) * mean / np.sqrt(var + self.eps)

    return "E", MendedBatchNorm, _proof


class _Contract:
    parameters = ("gamma", "beta")

    def __init__(self, features, momentum=0.1, eps=1e-5):
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = np.ones(features), np.zeros(features)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)

    def remember(self, x):
        m, n = self.momentum, len(x)
        self.running_mean = (1 - m) * self.running_mean + m * x.mean(axis=0)
        self.running_var = (1 - m) * self.running_var + m * n / (n - 1) * x.var(axis=0)


def contract():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            mean, var = self.running_mean, self.running_var
            if training:
                mean, var = x.mean(axis=0), x.var(axis=0)
                self.remember(x)
            return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta

    def proof():
        return {"gamma": 3, "beta": -1, "mean": 2, "var": 9, "x": 8}, 5

    return _letter, MendedBatchNorm, proof


def centred_first():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            if training:
                self.remember(x)
                centred = x - x.mean(axis=0)
                scale = self.gamma * ((centred**2).mean(axis=0) + self.eps) ** -0.5
            else:
                centred = x - self.running_mean
                scale = self.gamma * (self.running_var + self.eps) ** -0.5
            return centred * scale + self.beta

    return lambda: " e ", MendedBatchNorm, _proof


def two_methods():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            return self.train(x) if training else self.test(x)

        def train(self, x):
            self.remember(x)
            return self.affine((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + self.eps))

        def test(self, x):
            return self.affine((x - self.running_mean) / np.sqrt(self.running_var + self.eps))

        def affine(self, x_hat):
            return x_hat * self.gamma + self.beta

    return _letter, MendedBatchNorm, lambda: list(_proof())


def by_its_own_program():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            mean, var = self.running_mean, self.running_var
            if training:
                mean, var = x.mean(axis=0), x.var(axis=0)
                self.remember(x)
            scale = self.gamma / np.sqrt(var + self.eps)
            return x * scale + (self.beta - mean * scale)

    def proof():
        given = {"gamma": -1.5, "beta": 0.25, "mean": 4.0, "var": 2.25, "x": -2.0}
        return given, outcome(MendedBatchNorm, **given)

    return _letter, MendedBatchNorm, proof


def by_einsum():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            if training:
                mean, var = np.einsum("nd->d", x) / len(x), x.var(axis=0)
                self.remember(x)
            else:
                mean, var = self.running_mean, self.running_var
            return np.einsum("nd,d->nd", x - mean, self.gamma / np.sqrt(var + self.eps)) + self.beta

    return _letter, MendedBatchNorm, _proof()


def feature_by_feature():
    class MendedBatchNorm(_Contract):
        def forward(self, x, training):
            y = np.empty_like(x)
            for k in range(x.shape[1]):
                mean, var = (x[:, k].mean(), x[:, k].var()) if training else self.remembered(k)
                y[:, k] = self.gamma[k] * (x[:, k] - mean) / np.sqrt(var + self.eps) + self.beta[k]
            if training:
                self.remember(x)
            return y

        def remembered(self, k):
            return self.running_mean[k], self.running_var[k]

    return _letter, MendedBatchNorm, _proof
