"""AdamW in other styles: all are right."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from course_lib.exercises.adam import styles as adam


class Plain:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.beta1, self.beta2, self.eps, self.wd = lr, beta1, beta2, eps, weight_decay
        self.m = self.v = 0.0
        self.t = 0

    def step(self, theta, gradient):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * (m_hat / (np.sqrt(v_hat) + self.eps) + self.wd * theta)


class ShrinksFirst:
    """As PyTorch does it: θ shrinks, then Adam's step."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.adam = adam.Lazy(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return self.adam.step(theta * (1 - self.adam.lr * self.weight_decay), gradient)


class OnOwnAdam(adam.RunningProducts):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        decay = self.lr * self.weight_decay * theta
        return super().step(theta, gradient) - decay


class OnFoldedAdam(adam.Folded):
    def __init__(self, *args, weight_decay=1e-2, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return adam.Folded.step(self, theta, gradient) + -(self.lr * self.weight_decay) * theta


class InPlaceOnCopies:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.lr, self.betas, self.eps, self.weight_decay = lr, [beta1, beta2], eps, weight_decay
        self.state = []

    def step(self, theta, gradient):
        if not self.state:
            self.state = [np.zeros_like(theta), np.zeros_like(theta), 0]
        self.state[2] += 1
        for i, x in enumerate([gradient, np.power(gradient, 2)]):
            self.state[i] = self.betas[i] * self.state[i] + (1 - self.betas[i]) * x
        m_hat, v_hat = (self.state[i] / (1 - self.betas[i] ** self.state[2]) for i in range(2))
        new = theta.copy()
        new *= 1 - self.lr * self.weight_decay
        new -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        return new


class Loops(adam.Loops):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        new = super().step(theta, gradient)
        for index in np.ndindex(theta.shape):
            new[index] -= self.lr * self.weight_decay * theta[index]
        return new


@dataclass(kw_only=True)
class Dataclass:
    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 1e-2
    memory: dict = field(default_factory=lambda: {"m": 0.0, "v": 0.0, "t": 0})

    def step(self, theta, gradient):
        state = self.memory
        state["t"] += 1
        state["m"] = self.beta1 * state["m"] + (1 - self.beta1) * gradient
        state["v"] = self.beta2 * state["v"] + (1 - self.beta2) * gradient**2
        m_hat = state["m"] / (1 - self.beta1 ** state["t"])
        v_hat = state["v"] / (1 - self.beta2 ** state["t"])
        step = m_hat / (np.sqrt(v_hat) + self.eps)
        return theta - self.lr * step - self.lr * self.weight_decay * theta


def factory(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    inner = adam.factory(lr, beta1, beta2, eps)
    return SimpleNamespace(step=lambda theta, g: inner.step(theta, g) - lr * weight_decay * theta)


class Single(adam.Single):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return super().step(theta, gradient) - self.lr * self.weight_decay * theta
