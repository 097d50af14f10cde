"""Adam in other styles: all are right."""

import math
from collections import defaultdict
from types import SimpleNamespace

import numpy as np


class Lazy:
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


class Folded:
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


class RunningProducts:
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


class InPlaceOnCopies:
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


class OppositeVelocity:
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


class Loops:
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


class KeywordOnly:
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


class WeightedSums:
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


class Single:
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


class ExtraMethods(Lazy):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.log = []

    def __call__(self, theta, gradient):
        return self.step(theta, gradient)

    def step(self, theta, gradient):
        theta = super().step(theta, gradient)
        self.log.append(theta)
        return theta


def factory(lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = v = 0.0
    t = 0

    def step(theta, gradient):
        nonlocal m, v, t
        t += 1
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)

    return SimpleNamespace(step=step)


class InPlace:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps, self.m, self.t = lr, beta1, beta2, eps, None, 0

    def begin(self, theta):
        self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)

    def weight(self):
        return 1 - self.beta2

    def step(self, theta, gradient):
        if self.m is None:
            self.begin(theta)
        self.t += 1
        self.m *= self.beta1
        self.m += (1 - self.beta1) * gradient
        self.v *= self.beta2
        self.v += self.weight() * gradient**2
        m_hat, v_hat = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


class LongDoubleState(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        super().__init__(lr, np.longdouble(beta1), np.longdouble(beta2), eps)

    def begin(self, theta):
        self.m, self.v = np.zeros(theta.shape, np.longdouble), np.zeros(theta.shape, np.longdouble)

    def step(self, theta, gradient):
        return super().step(theta, gradient).astype(theta.dtype)


class SingleState(InPlace):
    def begin(self, theta):
        self.m, self.v = np.zeros(theta.shape, np.float32), np.zeros(theta.shape, np.float32)


class AnyOrder(InPlace):
    def __init__(self, *, eps=1e-8, beta2=0.999, beta1=0.9, lr=1e-3):
        super().__init__(lr, beta1, beta2, eps)


class Flags(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, verbose=False, **extra):
        super().__init__(lr, beta1, beta2, eps)
