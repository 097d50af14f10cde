"""Momentum in other styles: all are right."""

import numpy as np


class Contract:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        return theta - self.lr * self.v


class RateInside:
    """The velocity holds steps, −η g: the same numbers as long as the rate stays."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.velocity = lr, mu, None

    def step(self, theta, gradient):
        if self.velocity is None:
            self.velocity = np.zeros_like(theta)
        self.velocity = self.mu * self.velocity - self.lr * gradient
        return theta + self.velocity


class OppositeSign:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu = lr, mu

    def step(self, theta, gradient):
        self.v = self.mu * getattr(self, "v", 0) - gradient
        return theta + self.lr * self.v


class InPlace:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.state = lr, mu, {}

    def step(self, theta, gradient):
        v = self.state.setdefault("v", np.zeros(theta.shape))
        v *= self.mu
        v += gradient
        return (theta - self.lr * v).astype(theta.dtype)


class HeavyBall:
    """From the last move: θ − η g + μ (θ − θ_before), with the moves kept."""

    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.move = lr, mu, 0.0

    def step(self, theta, gradient):
        self.move = self.mu * self.move - self.lr * gradient
        return theta + self.move


class History:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.gradients = lr, mu, []

    def step(self, theta, gradient):
        self.gradients.insert(0, np.array(gradient))
        return theta - self.lr * sum(self.mu**age * g for age, g in enumerate(self.gradients))


class AveragedAndScaledBack:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.m = lr, mu, 0.0

    def step(self, theta, gradient):
        self.m = self.mu * self.m + (1 - self.mu) * gradient
        return theta - self.lr / (1 - self.mu) * self.m


class Float32State:
    def __init__(self, lr, mu=0.9):
        self.lr, self.mu, self.v = lr, mu, None

    def step(self, theta, gradient):
        old = np.zeros(theta.shape, dtype=np.float32) if self.v is None else self.v
        self.v = (self.mu * old + gradient).astype(np.float32)
        return theta - self.lr * self.v
