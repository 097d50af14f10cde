"""AdaGrad in other styles: all are right."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np


class Lazy:
    def __init__(self, lr, eps=1e-8):
        self.learning_rate, self.epsilon, self.cache = lr, eps, None

    def step(self, theta, gradient):
        if self.cache is None:
            self.cache = np.zeros_like(theta)
        self.cache = self.cache + np.square(gradient)
        return theta - self.learning_rate * gradient / (np.sqrt(self.cache) + self.epsilon)


class InPlaceOnCopies:
    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps = lr, eps

    def step(self, theta, gradient):
        if not hasattr(self, "s"):
            self.s = np.zeros(theta.shape)
        self.s += gradient * gradient
        new = theta.copy()
        new -= self.lr * gradient / (self.s**0.5 + self.eps)
        return new


class KeywordOnly:
    def __init__(self, *, lr, eps=1e-8):
        self.settings = {"lr": lr, "eps": eps}
        self.state = {}

    def step(self, theta, gradient):
        self.state["s"] = self.state.get("s", 0.0) + np.power(gradient, 2)
        rates = self.settings["lr"] / np.add(np.sqrt(self.state["s"]), self.settings["eps"])
        return np.subtract(theta, np.multiply(rates, gradient))


class History:
    """Keeps all gradients in a list, and sums them anew at each step."""

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.gradients = lr, eps, []

    def step(self, theta, gradient):
        self.gradients.append(gradient.copy())
        s = np.sum(np.array(self.gradients) ** 2, axis=0)
        return theta - self.lr * gradient / (np.sqrt(s) + self.eps)


class Loops:
    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.s = lr, eps, None

    def step(self, theta, gradient):
        if self.s is None:
            self.s = [0.0] * theta.size
        new = np.array(theta)
        for i, (t, g) in enumerate(zip(theta.flat, gradient.flat, strict=True)):
            self.s[i] += g**2
            new.flat[i] = t - self.lr * g / (math.sqrt(self.s[i]) + self.eps)
        return new


@dataclass
class Dataclass:
    lr: float
    eps: float = 1e-8
    s: np.ndarray | float = 0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        return theta + (-self.lr * gradient) / (np.sqrt(self.s) + self.eps)


class Slots:
    __slots__ = ("eps", "lr", "s")

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.s = lr, eps, 0.0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        denominator = np.sqrt(self.s)
        denominator += self.eps
        return theta - np.divide(self.lr * gradient, denominator)


def factory(lr, eps=1e-8):
    s = np.array(0.0)

    def step(theta, gradient):
        nonlocal s
        s = s + gradient**2
        return theta - lr * gradient / (np.sqrt(s) + eps)

    return SimpleNamespace(step=step)


class Single:
    """Its state is float32, and so it is right within the rounding of float32."""

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.s = lr, eps, None

    def step(self, theta, gradient):
        if self.s is None:
            self.s = np.zeros(theta.shape, dtype=np.float32)
        self.s += (gradient**2).astype(np.float32)
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)
