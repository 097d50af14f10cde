"""Lion in other styles: all are right."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np


class AsInThePaper:
    """The step first, then the memory."""

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.weight_decay = lr, beta1, beta2, weight_decay
        self.m = None

    def step(self, theta, gradient):
        m = np.zeros_like(theta) if self.m is None else self.m
        update = np.sign(m * self.beta1 + gradient * (1 - self.beta1))
        self.m = m * self.beta2 + gradient * (1 - self.beta2)
        return theta - self.lr * (update + self.weight_decay * theta)


class ShrinksFirst:
    """As its authors' code in PyTorch."""

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.defaults = {"lr": lr, "betas": (beta1, beta2), "weight_decay": weight_decay}
        self.state = {}

    def step(self, theta, gradient):
        lr, (beta1, beta2) = self.defaults["lr"], self.defaults["betas"]
        p = theta.copy()
        p *= 1 - lr * self.defaults["weight_decay"]
        exp_avg = self.state.setdefault("exp_avg", np.zeros_like(theta))
        update = exp_avg.copy() * beta1 + gradient * (1 - beta1)
        p += -lr * np.sign(update)
        exp_avg *= beta2
        exp_avg += (1 - beta2) * gradient
        return p


class Towards:
    """Averages as steps towards the gradient."""

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.rates, self.decay, self.m = lr, (1 - beta1, 1 - beta2), weight_decay, 0

    def step(self, theta, gradient):
        c, m = (self.m + rate * (gradient - self.m) for rate in self.rates)
        self.m = m
        return theta * (1 - self.lr * self.decay) - self.lr * np.sign(c)


class ByComparison:
    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.b1, self.b2, self.wd = lr, beta1, beta2, weight_decay
        self.m = 0.0

    def step(self, theta, gradient):
        mixed = self.b1 * self.m + (1 - self.b1) * gradient
        up, down = (mixed > 0).astype(theta.dtype), (mixed < 0).astype(theta.dtype)
        self.m = self.b2 * self.m + (1 - self.b2) * gradient
        return theta - self.lr * (up - down) - self.lr * self.wd * theta


class History:
    """All gradients are kept."""

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.weight_decay = lr, beta1, beta2, weight_decay
        self.gradients = []

    def step(self, theta, gradient):
        m = sum((1 - self.beta2) * self.beta2**age * g for age, g in enumerate(self.gradients))
        self.gradients.insert(0, np.array(gradient))
        c = self.beta1 * m + (1 - self.beta1) * gradient
        return theta - self.lr * np.sign(c) - self.lr * self.weight_decay * theta


class Loops:
    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.weight_decay, self.m = lr, beta1, beta2, weight_decay, None

    def step(self, theta, gradient):
        if self.m is None:
            self.m = np.zeros(theta.shape)
        new = np.empty(theta.shape, theta.dtype)
        for index in np.ndindex(theta.shape):
            g = float(gradient[index])
            c = self.beta1 * self.m[index] + (1 - self.beta1) * g
            self.m[index] = self.beta2 * self.m[index] + (1 - self.beta2) * g
            sign = 1 if c > 0 else -1 if c < 0 else 0
            new[index] = theta[index] - self.lr * (sign + self.weight_decay * theta[index])
        return new


@dataclass(kw_only=True)
class Dataclass:
    lr: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0
    memory: dict = field(default_factory=lambda: {"m": 0.0})

    def step(self, theta, gradient):
        m = self.memory["m"]
        self.memory["m"] = self.beta2 * m + (1 - self.beta2) * gradient
        direction = np.sign(self.beta1 * m + (1 - self.beta1) * gradient)
        return theta - self.lr * direction - self.lr * self.weight_decay * theta


def factory(lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
    kept = [0.0]

    def step(theta, gradient):
        direction = np.sign(beta1 * kept[0] + (1 - beta1) * gradient)
        kept[0] = beta2 * kept[0] + (1 - beta2) * gradient
        return theta - lr * (direction + weight_decay * theta)

    return SimpleNamespace(step=step)


class AverageOfSignedParts:
    """The mix times a positive number has the same sign."""

    def __init__(self, lr=1e-4, beta1=0.9, beta2=0.99, weight_decay=0.0):
        self.lr, self.beta1, self.beta2, self.weight_decay = lr, beta1, beta2, weight_decay
        self.sum = 0.0  # m / (1 − β₂)

    def step(self, theta, gradient):
        mix = self.beta1 * (1 - self.beta2) * self.sum + (1 - self.beta1) * gradient
        self.sum = self.beta2 * self.sum + gradient
        return theta - self.lr * (np.sign(mix) + self.weight_decay * theta)
