"""Muon in other styles: all are right."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

MUON = 3.4445, -4.7750, 2.0315


def _from_the_left(G):
    a, b, c = MUON
    X = G / max(np.linalg.norm(G), 1e-12)
    for _ in range(5):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X


def _of_the_smaller_square(G):
    return _from_the_left(G) if G.shape[0] <= G.shape[1] else _from_the_left(G.T).T


def _by_singular_values(G):
    U, s, Vt = np.linalg.svd(G, full_matrices=False)
    s = s / max(np.linalg.norm(s), 1e-12)
    for _ in range(5):
        s = MUON[0] * s + MUON[1] * s**3 + MUON[2] * s**5
    return (U * s) @ Vt


class Contract:
    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.mu, self.weight_decay, self.m = lr, mu, weight_decay, 0.0

    def step(self, theta, gradient):
        self.m = self.mu * self.m + gradient
        scale = np.sqrt(max(1, theta.shape[1] / theta.shape[0]))
        step = scale * _of_the_smaller_square(gradient + self.mu * self.m)
        return theta - self.lr * step - self.lr * self.weight_decay * theta


class AsInPyTorch:
    """The momentum is an average, which the orthogonalised step does not see; θ shrinks first."""

    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.momentum, self.weight_decay, self.state = lr, mu, weight_decay, {}

    def step(self, theta, gradient):
        buf = self.state.get("momentum_buffer", np.zeros_like(gradient))
        buf = buf + (1 - self.momentum) * (gradient - buf)
        update = gradient + self.momentum * (buf - gradient)
        self.state["momentum_buffer"] = buf
        update = _of_the_smaller_square(update.T).T
        rows, columns = theta.T.shape
        ratio = max(1, rows / columns) ** 0.5
        return theta * (1 - self.lr * self.weight_decay) - self.lr * ratio * update


class InPlace:
    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.mu, self.weight_decay, self.v = lr, mu, weight_decay, None

    def step(self, theta, gradient):
        if self.v is None:
            self.v = np.zeros(theta.shape, theta.dtype)
        self.v *= self.mu
        self.v += gradient
        new = theta.copy()
        new -= self.lr * self.weight_decay * theta
        fan_in, fan_out = theta.shape
        rate = self.lr * np.sqrt(fan_out / fan_in) if fan_out > fan_in else self.lr
        new -= rate * _of_the_smaller_square(gradient + self.mu * self.v)
        return new


class History:
    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.mu, self.weight_decay, self.gradients = lr, mu, weight_decay, []

    def step(self, theta, gradient):
        self.gradients.insert(0, np.array(gradient))
        v = sum(self.mu**age * g for age, g in enumerate(self.gradients))
        scale = max(1.0, theta.shape[1] / theta.shape[0]) ** 0.5
        return theta - self.lr * (scale * _from_the_left(gradient + self.mu * v) + self.weight_decay * theta)


class BySingularValues:
    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.mu, self.weight_decay, self.v = lr, mu, weight_decay, 0.0

    def step(self, theta, gradient):
        self.v = gradient + self.mu * self.v
        scale = max(1.0, (theta.shape[1] / theta.shape[0]) ** 0.5)
        ahead = gradient + self.mu * self.v
        return (1 - self.lr * self.weight_decay) * theta - self.lr * scale * _by_singular_values(ahead)


class InFloat32:
    """Newton and Schulz in lower precision, as on a graphics card."""

    def __init__(self, lr=0.02, mu=0.95, weight_decay=0.0):
        self.lr, self.mu, self.weight_decay, self.v = lr, mu, weight_decay, 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        fan_in, fan_out = np.shape(theta)
        step = _from_the_left((gradient + self.mu * self.v).astype(np.float32)).astype(theta.dtype) * np.sqrt(
            max(fan_in, fan_out) / fan_in
        )
        return theta - self.lr * (step + self.weight_decay * theta)


@dataclass(kw_only=True)
class Dataclass:
    lr: float = 0.02
    mu: float = 0.95
    weight_decay: float = 0.0
    v: float | np.ndarray = 0.0

    def step(self, theta, gradient):
        self.v = self.mu * self.v + gradient
        scale = max(1.0, theta.shape[1] / theta.shape[0]) ** 0.5
        direction = _from_the_left(gradient + self.mu * self.v)
        return theta - self.lr * scale * direction - self.lr * self.weight_decay * theta


def factory(lr=0.02, mu=0.95, weight_decay=0.0):
    kept = [0.0]

    def step(theta, gradient):
        kept[0] = mu * kept[0] + gradient
        fan_in, fan_out = theta.shape
        direction = _of_the_smaller_square(gradient + mu * kept[0])
        return theta - lr * (max(1, fan_out / fan_in) ** 0.5 * direction + weight_decay * theta)

    return SimpleNamespace(step=step)
