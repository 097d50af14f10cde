"""The optimisers, taken apart; right as they stand."""

from types import MappingProxyType

import numpy as np


class Optimizer:
    """What all have in common: hyperparameters by name, state that begins at zero, and ε beside a root."""

    defaults = MappingProxyType({})
    state: tuple[str, ...] = ()

    def __init__(self, **hyperparameters):
        for name, value in (self.defaults | hyperparameters).items():
            setattr(self, name, value)
        self.start()

    def start(self):
        for name in self.state:
            setattr(self, name, 0)

    def square(self, g):
        return g**2

    def root(self, v):
        return np.sqrt(v)

    def denominator(self, v):
        return self.root(v) + self.eps

    def step(self, theta, g):
        self.remember(g)
        return theta - self.lr * self.direction(g)


class SGD(Optimizer):
    defaults = MappingProxyType({"lr": None})

    def remember(self, g):
        pass

    def direction(self, g):
        return g


class Momentum(Optimizer):
    defaults = MappingProxyType({"lr": None, "mu": 0.9})
    state = ("v",)

    def remember(self, g):
        self.v = self.mu * self.v + g

    def direction(self, g):
        return self.v


class Nesterov(Momentum):
    def direction(self, g):
        return g + self.mu * self.v


class AdaGrad(Optimizer):
    defaults = MappingProxyType({"lr": None, "eps": 1e-8})
    state = ("s",)

    def remember(self, g):
        self.s = self.s + self.square(g)

    def direction(self, g):
        return g / self.denominator(self.s)


class RMSprop(AdaGrad):
    defaults = MappingProxyType({"lr": 1e-3, "rho": 0.9, "eps": 1e-8})

    def remember(self, g):
        self.s = self.rho * self.s + (1 - self.rho) * self.square(g)


class Adam(Optimizer):
    defaults = MappingProxyType({"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8})
    state = ("m", "v", "t")

    def remember(self, g):
        self.count()
        self.m = self.first(g)
        self.v = self.second(g)

    def count(self):
        self.t += 1

    def first(self, g):
        return self.beta1 * self.m + (1 - self.beta1) * g

    def second(self, g):
        return self.beta2 * self.v + (1 - self.beta2) * self.square(g)

    def m_hat(self):
        return self.m / (1 - self.beta1**self.t)

    def v_hat(self):
        return self.v / (1 - self.beta2**self.t)

    def direction(self, g):
        return self.m_hat() / self.denominator(self.v_hat())


class AdamW(Adam):
    defaults = MappingProxyType(Adam.defaults | {"weight_decay": 1e-2})

    def step(self, theta, g):
        return super().step(theta, g) - self.decay(theta)

    def decay(self, theta):
        return self.lr * self.weight_decay * theta


ALL = (SGD, Momentum, Nesterov, AdaGrad, RMSprop, Adam, AdamW)
