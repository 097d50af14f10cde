"""RMSprop in other styles: all are right."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np


class _Remembers:
    def mix(self, old, new, keep):
        return keep * old + (1 - keep) * new


class Lazy:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, None

    def step(self, theta, gradient):
        self.s = np.zeros_like(gradient) if self.s is None else self.s
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


class MovesTowards:
    """s moves towards g² by the share 1 − ρ."""

    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.forget, self.eps, self.s = lr, 1 - rho, eps, 0

    def step(self, theta, gradient):
        self.s = self.s + self.forget * (gradient**2 - self.s)
        return theta - self.lr * gradient / (self.s**0.5 + self.eps)


class InPlaceOnCopies:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, None

    def step(self, theta, gradient):
        theta, gradient = theta.copy(), gradient.copy()
        if self.s is None:
            self.s = np.zeros(gradient.shape)
        self.s *= self.rho
        self.s += (1 - self.rho) * np.power(gradient, 2)
        gradient *= self.lr
        gradient /= np.sqrt(self.s) + self.eps
        theta -= gradient
        return theta


class Dict:
    def __init__(self, **settings):
        self.settings = {"lr": 1e-3, "rho": 0.9, "eps": 1e-8} | settings
        self.state = defaultdict(float)

    def step(self, theta, gradient):
        lr, rho, eps = self.settings["lr"], self.settings["rho"], self.settings["eps"]
        self.state["s"] = rho * self.state["s"] + (1 - rho) * gradient * gradient
        return theta - lr / (np.sqrt(self.state["s"]) + eps) * gradient


class Loops:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, {}

    def step(self, theta, gradient):
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            g = gradient[index]
            self.s[index] = self.rho * self.s.get(index, 0.0) + (1 - self.rho) * g**2
            new[index] = theta[index] - self.lr * g / (math.sqrt(self.s[index]) + self.eps)
        return new


class Subclass(_Remembers):
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, 0.0

    @property
    def rates(self):
        return self.lr / (np.sqrt(self.s) + self.eps)

    def reset(self):
        self.s = 0.0

    def step(self, theta, gradient):
        self.s = self.mix(self.s, gradient**2, self.rho)
        return theta - self.rates * gradient


@dataclass
class Dataclass:
    lr: float = 1e-3
    rho: float = 0.9
    eps: float = 1e-8
    memory: list = field(default_factory=lambda: [0.0])

    def step(self, theta, g):
        self.memory.append(self.rho * self.memory[-1] + (1.0 - self.rho) * g**2)
        return theta - self.lr * g / (np.sqrt(self.memory[-1]) + self.eps)


def factory(lr=1e-3, rho=0.9, eps=1e-8):
    class Optimizer:
        s = 0  # read from the class at first, then set on the instance

        def step(self, theta, gradient):
            self.s = rho * self.s + (1 - rho) * gradient**2
            return theta - lr * gradient / (np.sqrt(self.s) + eps)

    return Optimizer()


class Prints:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8, verbose=True):
        self.lr, self.rho, self.eps, self.s, self.verbose = lr, rho, eps, 0, verbose

    def __repr__(self):
        raise RuntimeError("a repr that nobody should need")

    def step(self, theta, gradient):
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        if self.verbose:
            print("s =", self.s)
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


class Generator:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        def run(s=0, new=None):
            while True:
                theta, g = yield new
                s = rho * s + (1 - rho) * g * g
                new = theta - lr * g / (np.sqrt(s) + eps)

        self.run = run()
        next(self.run)

    def step(self, theta, gradient):
        return self.run.send((theta, gradient))


class _Meta(type):
    def __call__(cls, lr=1e-3, rho=0.9, eps=1e-8):
        made = super().__call__()
        made.lr, made.rho, made.eps, made.s = lr, rho, eps, 0
        return made


class WithMeta(metaclass=_Meta):
    lr: float
    rho: float
    eps: float
    s: np.ndarray | float

    def __call__(self, theta, g):
        self.s = self.rho * self.s + (1 - self.rho) * g**2
        return theta - self.lr * g / (np.sqrt(self.s) + self.eps)

    step = __call__


class AnyArguments:
    lr: float
    rho: float
    eps: float

    def __init__(self, *args, **kwargs):
        names = ("lr", "rho", "eps")
        self.__dict__.update(zip(names, (1e-3, 0.9, 1e-8), strict=True))
        self.__dict__.update(dict(zip(names, args, strict=False)) | kwargs)

    def step(self, theta, g):
        self.s = self.rho * getattr(self, "s", 0) + (1 - self.rho) * g**2
        return theta - self.lr * g / (np.sqrt(self.s) + self.eps)
