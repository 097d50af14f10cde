"""Students' own code, as handed to the checks: right programs and others."""

import numpy as np


def squares(o, g):
    return o.rho * o.s + (1 - o.rho) * g**2


def down(o, theta, g):
    return theta - o.lr * g / (np.sqrt(o.s) + o.eps)


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


class OneArray(InPlace):
    def begin(self, theta):
        self.m = self.v = np.zeros_like(theta)


class OtherBeta(InPlace):
    def weight(self):
        return 1 - self.beta1


class NothingReturned(InPlace):
    def step(self, theta, gradient):
        theta -= theta - super().step(theta, gradient)


class OtherOrder(InPlace):
    def __init__(self, beta1=0.9, beta2=0.999, lr=1e-3, eps=1e-8):
        super().__init__(lr, beta1, beta2, eps)


class WrongDefaultEverywhere(InPlace):
    def __init__(self, lr=0.01, beta1=0.95, beta2=0.9, eps=1e-6):
        super().__init__(lr, beta1, beta2, eps)


class ByPosition(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, /):
        super().__init__(lr, beta1, beta2, eps)


class Betas(InPlace):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(lr, *betas, eps)


class NoSuper(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        pass


def a_function(theta, gradient, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    return theta - lr * gradient


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


class Meta(type):
    def __call__(cls, lr=1e-3, rho=0.9, eps=1e-8):
        made = super().__call__()
        made.lr, made.rho, made.eps, made.s = lr, rho, eps, 0
        return made


class WithMeta(metaclass=Meta):
    def __call__(self, theta, g):
        self.s = squares(self, g)
        return down(self, theta, g)

    step = __call__


class AnyArguments:
    def __init__(self, *args, **kwargs):
        names = ("lr", "rho", "eps")
        self.__dict__.update(zip(names, (1e-3, 0.9, 1e-8), strict=True))
        self.__dict__.update(dict(zip(names, args, strict=False)) | kwargs)

    def step(self, theta, g):
        self.s = self.rho * getattr(self, "s", 0) + (1 - self.rho) * g**2
        return down(self, theta, g)


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


class KeywordOnly(InPlace):
    def __init__(self, *, eps=1e-8, beta2=0.999, beta1=0.9, lr=1e-3):
        super().__init__(lr, beta1, beta2, eps)


class Flags(InPlace):
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8, verbose=False, **extra):
        super().__init__(lr, beta1, beta2, eps)


STYLES = {
    "adam": (
        InPlace,
        OneArray,
        OtherBeta,
        NothingReturned,
        OtherOrder,
        WrongDefaultEverywhere,
        ByPosition,
        Betas,
        NoSuper,
        a_function,
        LongDoubleState,
        SingleState,
        KeywordOnly,
        Flags,
    ),
    "rmsprop": (
        Generator,
        WithMeta,
        AnyArguments,
    ),
}
