"""Dropout in other styles: all are right."""

import math

import numpy as np


class Contract:
    def __init__(self, rate, rng):
        self.rate, self.rng = rate, rng

    def forward(self, x, training):
        if not training:
            self.mask = np.ones_like(x)
            return x
        self.mask = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate)
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class ByBinomial(Contract):
    def forward(self, x, training):
        keep = 1 - self.rate
        self.mask = self.rng.binomial(1, keep, size=x.shape) / keep if training else 1.0
        return x * self.mask


class ByChoice(Contract):
    def forward(self, x, training):
        if not training:
            self.mask = None
            return x.copy()
        kept = self.rng.choice([False, True], size=x.shape, p=[self.rate, 1 - self.rate])
        self.mask = np.where(kept, 1 / (1 - self.rate), 0.0)
        return np.multiply(x, self.mask)

    def backward(self, grad):
        return grad if self.mask is None else np.multiply(grad, self.mask)


class ByUniform(Contract):
    """Scales and masks apart, in forward and in backward."""

    def forward(self, x, training):
        self.training = training
        if not training:
            return x
        self.dropped = self.rng.uniform(0, 1, x.shape) < self.rate
        y = x.copy()
        y[self.dropped] = 0
        return y / (1 - self.rate)

    def backward(self, grad):
        if not self.training:
            return grad
        dx = np.zeros_like(grad)
        dx[~self.dropped] = grad[~self.dropped] / (1 - self.rate)
        return dx


class ByIntegers(Contract):
    """An integer draw out of a million: the share is right to the rate's third decimal and beyond."""

    def forward(self, x, training):
        many = 1_000_000
        draw = self.rng.integers(0, many, size=x.shape)
        self.mask = (draw >= self.rate * many) / (1 - self.rate) if training else np.ones(x.shape)
        return x * self.mask


class ByLoop(Contract):
    def forward(self, x, training):
        self.mask = np.ones(x.shape)
        if training:
            for i in range(x.shape[0]):
                for j in range(x.shape[1]):
                    kept = self.rng.random() > self.rate
                    self.mask[i, j] = 1 / (1 - self.rate) if kept else 0
        return self.mask * x


class ByThinning(Contract):
    """How many are dropped is drawn first, and then which: the same distribution."""

    def forward(self, x, training):
        self.mask = np.ones(x.size)
        if training:
            gone = self.rng.choice(x.size, self.rng.binomial(x.size, self.rate), replace=False)
            self.mask[gone] = 0
            self.mask /= 1 - self.rate
        self.mask = self.mask.reshape(x.shape)
        return x * self.mask

    def backward(self, grad):
        return (self.mask * grad).astype(grad.dtype)


class ByNormalQuantile(Contract):
    """A normal draw can be right, when it is compared with the right quantile."""

    def forward(self, x, training):
        if not training:
            self.mask = np.ones_like(x)
            return x
        uniform = np.vectorize(lambda z: (1 + math.erf(z / math.sqrt(2))) / 2)(
            self.rng.standard_normal(x.shape)
        )
        self.mask = (uniform >= self.rate) / (1 - self.rate)
        return x * self.mask


class Float32(Contract):
    """Right to within the rounding of float32."""

    def forward(self, x, training):
        x = x.astype(np.float32)
        y = super().forward(x, training)
        self.mask = self.mask.astype(np.float32)
        return y.astype(np.float32)

    def backward(self, grad):
        return grad.astype(np.float32) * self.mask


class RateOfZeroApart(Contract):
    def forward(self, x, training):
        if self.rate == 0 or not training:
            self.mask = np.ones_like(x)
            return x
        return super().forward(x, training)


class ByShuffledStream(Contract):
    def forward(self, x, training):
        u = np.array(self.rng.random(x.size), dtype=np.float32)
        self.rng.shuffle(u)
        keep = (u >= self.rate).reshape(x.shape)
        self.scale = keep.astype(float) * (1 / (1 - self.rate)) if training else np.ones_like(x)
        return x * self.scale

    def backward(self, grad):
        return grad * self.scale
