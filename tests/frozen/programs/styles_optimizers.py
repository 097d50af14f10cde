"""Optimisers in the styles of students, as handed to the checks: right programs and others."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np


class AdaGradLazy:
    def __init__(self, lr, eps=1e-8):
        self.learning_rate, self.epsilon, self.cache = lr, eps, None

    def step(self, theta, gradient):
        if self.cache is None:
            self.cache = np.zeros_like(theta)
        self.cache = self.cache + np.square(gradient)
        return theta - self.learning_rate * gradient / (np.sqrt(self.cache) + self.epsilon)


class AdaGradInPlaceOnCopies:
    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps = lr, eps

    def step(self, theta, gradient):
        if not hasattr(self, "s"):
            self.s = np.zeros(theta.shape)
        self.s += gradient * gradient
        new = theta.copy()
        new -= self.lr * gradient / (self.s**0.5 + self.eps)
        return new


class AdaGradKeywordOnly:
    def __init__(self, *, lr, eps=1e-8):
        self.settings = {"lr": lr, "eps": eps}
        self.state = {}

    def step(self, theta, gradient):
        self.state["s"] = self.state.get("s", 0.0) + np.power(gradient, 2)
        rates = self.settings["lr"] / np.add(np.sqrt(self.state["s"]), self.settings["eps"])
        return np.subtract(theta, np.multiply(rates, gradient))


class AdaGradHistory:
    """Keeps all gradients in a list, and sums them anew at each step."""

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.gradients = lr, eps, []

    def step(self, theta, gradient):
        self.gradients.append(gradient.copy())
        s = np.sum(np.array(self.gradients) ** 2, axis=0)
        return theta - self.lr * gradient / (np.sqrt(s) + self.eps)


class AdaGradLoops:
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
class AdaGradDataclass:
    lr: float
    eps: float = 1e-8
    s: Any = 0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        return theta + (-self.lr * gradient) / (np.sqrt(self.s) + self.eps)


class AdaGradSlots:
    __slots__ = ("eps", "lr", "s")

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.s = lr, eps, 0.0

    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        denominator = np.sqrt(self.s)
        denominator += self.eps
        return theta - np.divide(self.lr * gradient, denominator)


def adagrad_factory(lr, eps=1e-8):
    s = np.array(0.0)

    def step(theta, gradient):
        nonlocal s
        s = s + gradient**2
        return theta - lr * gradient / (np.sqrt(s) + eps)

    return SimpleNamespace(step=step)


class AdaGradSingle:
    """Its state is float32, and so it is right within the rounding of float32."""

    def __init__(self, lr, eps=1e-8):
        self.lr, self.eps, self.s = lr, eps, None

    def step(self, theta, gradient):
        if self.s is None:
            self.s = np.zeros(theta.shape, dtype=np.float32)
        self.s += (gradient**2).astype(np.float32)
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


# RMSprop


class RMSpropLazy:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, None

    def step(self, theta, gradient):
        self.s = np.zeros_like(gradient) if self.s is None else self.s
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


class RMSpropMovesTowards:
    """s moves towards g² by the share 1 − ρ."""

    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.forget, self.eps, self.s = lr, 1 - rho, eps, 0

    def step(self, theta, gradient):
        self.s = self.s + self.forget * (gradient**2 - self.s)
        return theta - self.lr * gradient / (self.s**0.5 + self.eps)


class RMSpropInPlaceOnCopies:
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


class RMSpropDict:
    def __init__(self, **settings):
        self.settings = {"lr": 1e-3, "rho": 0.9, "eps": 1e-8} | settings
        self.state = defaultdict(float)

    def step(self, theta, gradient):
        lr, rho, eps = self.settings["lr"], self.settings["rho"], self.settings["eps"]
        self.state["s"] = rho * self.state["s"] + (1 - rho) * gradient * gradient
        return theta - lr / (np.sqrt(self.state["s"]) + eps) * gradient


class RMSpropLoops:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8):
        self.lr, self.rho, self.eps, self.s = lr, rho, eps, {}

    def step(self, theta, gradient):
        new = np.empty_like(theta)
        for index in np.ndindex(theta.shape):
            g = gradient[index]
            self.s[index] = self.rho * self.s.get(index, 0.0) + (1 - self.rho) * g**2
            new[index] = theta[index] - self.lr * g / (math.sqrt(self.s[index]) + self.eps)
        return new


class _Remembers:
    def mix(self, old, new, keep):
        return keep * old + (1 - keep) * new


class RMSpropSubclass(_Remembers):
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
class RMSpropDataclass:
    lr: float = 1e-3
    rho: float = 0.9
    eps: float = 1e-8
    memory: list = field(default_factory=lambda: [0.0])

    def step(self, theta, g):
        self.memory.append(self.rho * self.memory[-1] + (1.0 - self.rho) * g**2)
        return theta - self.lr * g / (np.sqrt(self.memory[-1]) + self.eps)


def rmsprop_factory(lr=1e-3, rho=0.9, eps=1e-8):
    class Optimizer:
        s = 0  # read from the class at first, then set on the instance

        def step(self, theta, gradient):
            self.s = rho * self.s + (1 - rho) * gradient**2
            return theta - lr * gradient / (np.sqrt(self.s) + eps)

    return Optimizer()


class RMSpropPrints:
    def __init__(self, lr=1e-3, rho=0.9, eps=1e-8, verbose=True):
        self.lr, self.rho, self.eps, self.s, self.verbose = lr, rho, eps, 0, verbose

    def __repr__(self):
        raise RuntimeError("a repr that nobody should need")

    def step(self, theta, gradient):
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        if self.verbose:
            print("s =", self.s)
        return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)


# Adam


class AdamLazy:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = None
        self.t = 0

    def step(self, theta, gradient):
        if self.m is None:
            self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat = self.m / (1 - np.power(self.beta1, self.t))
        v_hat = self.v / (1 - np.power(self.beta2, self.t))
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamFolded:
    """The corrections folded into the rate, with ε scaled along (Section 2 of the paper, made exact)."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps = lr, beta1, beta2, eps
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, theta, gradient):
        self.t = self.t + 1
        self.m = self.b1 * self.m + (1 - self.b1) * gradient
        self.v = self.b2 * self.v + (1 - self.b2) * np.square(gradient)
        root = math.sqrt(1 - self.b2**self.t)
        rate = self.lr * root / (1 - self.b1**self.t)
        return theta - rate * self.m / (np.sqrt(self.v) + self.eps * root)


class AdamRunningProducts:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.power1 = self.power2 = 1.0
        self.m = self.v = 0.0

    def step(self, theta, gradient):
        self.power1 *= self.beta1
        self.power2 *= self.beta2
        self.m += (1 - self.beta1) * (gradient - self.m)
        self.v += (1 - self.beta2) * (gradient**2 - self.v)
        root = np.sqrt(self.v / (1 - self.power2))
        return theta - self.lr * (self.m / (1 - self.power1)) / (root + self.eps)


class AdamInPlaceOnCopies:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.hyper = (lr, beta1, beta2, eps)
        self.state = {}

    def step(self, theta, gradient):
        lr, beta1, beta2, eps = self.hyper
        state = self.state
        if not state:
            state.update(m=np.zeros(theta.shape), v=np.zeros(theta.shape), t=0)
        state["t"] += 1
        state["m"] *= beta1
        state["m"] += (1 - beta1) * gradient
        state["v"] *= beta2
        state["v"] += (1 - beta2) * gradient * gradient
        denominator = np.sqrt(state["v"] / (1 - beta2 ** state["t"]))
        denominator += eps
        new = np.array(theta, copy=True)
        new -= lr * state["m"] / (1 - beta1 ** state["t"]) / denominator
        return new


class AdamOppositeVelocity:
    """m has the sign of the step, and the rate inside."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.velocity, self.v, self.t = 0.0, 0.0, 1

    def step(self, theta, gradient):
        self.velocity = self.beta1 * self.velocity - self.lr * (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        update = self.velocity / (1 - self.beta1**self.t)
        update = update / (np.sqrt(self.v / (1 - self.beta2**self.t)) + self.eps)
        self.t += 1
        return theta + update


class AdamLoops:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0
        self.m, self.v = defaultdict(float), defaultdict(float)

    def step(self, theta, gradient):
        self.t += 1
        new = []
        for i, (x, g) in enumerate(zip(theta.ravel(), gradient.ravel(), strict=True)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g * g
            m_hat = self.m[i] / (1 - self.beta1**self.t)
            v_hat = self.v[i] / (1 - self.beta2**self.t)
            new.append(x - self.lr * m_hat / (math.sqrt(v_hat) + self.eps))
        return np.array(new).reshape(theta.shape)


class AdamKeywordOnly:
    __slots__ = ("_m", "_t", "_v", "a", "b", "c", "d")

    def __init__(self, *, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.a, self.b, self.c, self.d = lr, beta1, beta2, eps
        self._m, self._v, self._t = [], [], 0

    def step(self, theta, gradient):
        self._t += 1
        self._m.append(self.b * (self._m[-1] if self._m else 0) + (1 - self.b) * gradient)
        self._v.append(self.c * (self._v[-1] if self._v else 0) + (1 - self.c) * gradient**2)
        m_hat = self._m[-1] / (1 - self.b**self._t)
        v_hat = self._v[-1] / (1 - self.c**self._t)
        return theta - self.a * m_hat / (np.sqrt(v_hat) + self.d)


class AdamWeightedSums:
    """Every moment from its definition, a weighted mean of all gradients so far: nothing to correct."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.betas, self.eps, self.gradients = lr, (beta1, beta2), eps, []

    def mean(self, values, beta):
        weights = [beta ** (len(values) - 1 - i) for i in range(len(values))]
        return sum(w * x for w, x in zip(weights, values, strict=True)) / sum(weights)

    def step(self, theta, gradient):
        self.gradients.append(np.array(gradient))
        m_hat = self.mean(self.gradients, self.betas[0])
        v_hat = self.mean([g**2 for g in self.gradients], self.betas[1])
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamSingle:
    """Its state is float32, and so it is right within the rounding of float32."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.t = lr, beta1, beta2, eps, 0

    def step(self, theta, gradient):
        if self.t == 0:
            self.m, self.v = (np.zeros(theta.shape, dtype="float32") for _ in range(2))
        self.t += 1
        self.m[...] = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v[...] = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class AdamExtraMethods(AdamLazy):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.log = []

    def __call__(self, theta, gradient):
        return self.step(theta, gradient)

    def step(self, theta, gradient):
        theta = super().step(theta, gradient)
        self.log.append(theta)
        return theta


def adam_factory(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0.0
    t = 0

    def step(theta, gradient):
        nonlocal m, v, t
        t += 1
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)

    return SimpleNamespace(step=step)


# AdamW


class AdamWPlain:
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


class AdamWShrinksFirst:
    """As PyTorch does it: θ shrinks, then Adam's step."""

    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        self.adam = AdamLazy(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return self.adam.step(theta * (1 - self.adam.lr * self.weight_decay), gradient)


class AdamWOnOwnAdam(AdamRunningProducts):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr=lr, beta1=beta1, beta2=beta2, eps=eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        decay = self.lr * self.weight_decay * theta
        return super().step(theta, gradient) - decay


class AdamWOnFoldedAdam(AdamFolded):
    def __init__(self, *args, weight_decay=1e-2, **kwargs):
        super().__init__(*args, **kwargs)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return AdamFolded.step(self, theta, gradient) + -(self.lr * self.weight_decay) * theta


class AdamWInPlaceOnCopies:
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


class AdamWLoops(AdamLoops):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        new = super().step(theta, gradient)
        for index in np.ndindex(theta.shape):
            new[index] -= self.lr * self.weight_decay * theta[index]
        return new


@dataclass(kw_only=True)
class AdamWDataclass:
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


def adamw_factory(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
    inner = adam_factory(lr, beta1, beta2, eps)
    return SimpleNamespace(step=lambda theta, g: inner.step(theta, g) - lr * weight_decay * theta)


class AdamWSingle(AdamSingle):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=1e-2):
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, theta, gradient):
        return super().step(theta, gradient) - self.lr * self.weight_decay * theta


STYLES = {
    "adagrad": (
        AdaGradLazy,
        AdaGradInPlaceOnCopies,
        AdaGradKeywordOnly,
        AdaGradHistory,
        AdaGradLoops,
        AdaGradDataclass,
        AdaGradSlots,
        adagrad_factory,
        AdaGradSingle,
    ),
    "adam": (
        AdamLazy,
        AdamFolded,
        AdamRunningProducts,
        AdamInPlaceOnCopies,
        AdamOppositeVelocity,
        AdamLoops,
        AdamKeywordOnly,
        AdamWeightedSums,
        AdamSingle,
        AdamExtraMethods,
        adam_factory,
    ),
    "adamw": (
        AdamWPlain,
        AdamWShrinksFirst,
        AdamWOnOwnAdam,
        AdamWOnFoldedAdam,
        AdamWInPlaceOnCopies,
        AdamWLoops,
        AdamWDataclass,
        adamw_factory,
        AdamWSingle,
    ),
    "rmsprop": (
        RMSpropLazy,
        RMSpropMovesTowards,
        RMSpropInPlaceOnCopies,
        RMSpropDict,
        RMSpropLoops,
        RMSpropSubclass,
        RMSpropDataclass,
        rmsprop_factory,
        RMSpropPrints,
    ),
}
