"""SGD in other styles: all are right."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np


class Plain:
    def __init__(self, lr):
        self.learning_rate = lr

    def step(self, theta, gradient):
        return theta - self.learning_rate * gradient


class OnACopy:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = theta.copy()
        new -= np.multiply(self.lr, gradient)
        return new


class ByLoop:
    def __init__(self, lr):
        self.lr = lr

    def step(self, theta, gradient):
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            new[index] = theta[index] - self.lr * gradient[index]
        return new


class KeywordOnly:
    def __init__(self, *, lr):
        self.settings = {"lr": lr}

    def step(self, params, grads):
        return np.subtract(params, self.settings["lr"] * grads)


class ByAdding:
    def __init__(self, lr):
        self.rate = -lr

    def step(self, theta, gradient):
        return np.add(theta, self.rate * gradient)


class Subclass(Plain):
    def __init__(self, lr):
        super().__init__(lr)
        self.history = []

    def step(self, theta, gradient):
        self.history.append(float(np.linalg.norm(gradient)))
        return super().step(theta, gradient)


@dataclass
class Dataclass:
    lr: float

    def step(self, theta, gradient):
        step = self.lr * gradient
        return theta - step


def factory(lr):
    return SimpleNamespace(step=lambda theta, gradient: theta - lr * gradient)
