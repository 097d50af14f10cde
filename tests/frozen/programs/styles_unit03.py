"""Unit 03, as handed to the checks: right programs and others."""

import copy
import math
from functools import reduce

import numpy as np


def by_sum(weights, lam):
    return lam / 2 * sum(np.sum(W**2) for W in weights), [lam * W for W in weights]


def by_loop(weights, lam):
    penalty, gradients = 0.0, []
    for W in weights:
        penalty += 0.5 * lam * np.square(W).sum()
        gradients.append(lam * W)
    return penalty, gradients


def by_norm(weights, lam):
    return 0.5 * lam * sum(np.linalg.norm(W) ** 2 for W in weights), [np.multiply(lam, W) for W in weights]


def by_dot(weights, lam):
    flat = np.concatenate([W.ravel() for W in weights])
    return float(lam * flat @ flat / 2), tuple(lam * W for W in weights)


def by_einsum(weights, lam):
    squares = [np.einsum("i,i", W.ravel(), W.ravel()) for W in weights]
    return np.array(lam / 2 * sum(squares)), list(map(lambda W: W * lam, weights))


def by_plain_python(weights, lam):
    total = 0.0
    for W in weights:
        for w in W.flat:
            total += float(w) ** 2
    return lam * total / 2, [W.copy() * lam for W in weights]


def as_a_list(weights, lam):
    return [
        reduce(lambda total, W: total + lam / 2 * np.vdot(W, W), weights, 0.0),
        [lam * W for W in weights],
    ]


def in_place_on_copies(weights, lam):
    gradients = copy.deepcopy(weights)
    penalty = 0.0
    for G in gradients:
        penalty += (G * G).sum()
        G *= lam
    return penalty * lam * 0.5, gradients


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


class ByShuffledStream(Contract):
    def forward(self, x, training):
        u = np.array(self.rng.random(x.size), dtype=np.float32)
        self.rng.shuffle(u)
        keep = (u >= self.rate).reshape(x.shape)
        self.scale = keep.astype(float) * (1 / (1 - self.rate)) if training else np.ones_like(x)
        return x * self.scale

    def backward(self, grad):
        return grad * self.scale


class DropsOnlyPositive(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        self.mask = np.where(x > 0, self.mask, 1.0)
        return np.where(x > 0, y, x)


class SquaredRate(Contract):
    def forward(self, x, training):
        self.mask = (
            (self.rng.random(x.shape) >= self.rate**2) / (1 - self.rate) if training else np.ones_like(x)
        )
        return x * self.mask


class RootOfTheFactor(Contract):
    def forward(self, x, training):
        keep = self.rng.random(x.shape) >= self.rate
        self.mask = keep / np.sqrt(1 - self.rate) if training else np.ones_like(x)
        return x * self.mask


class SmallInsteadOfZero(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        return y + 1e-3 * x * (self.mask == 0)


class NaNForDropped(Contract):
    def forward(self, x, training):
        y = super().forward(x, training)
        return np.where(self.mask == 0, np.nan, y)


class TransposedMaskInBackward(Contract):
    def backward(self, grad):
        return grad * self.mask[::-1]


class HalfTheTime(Contract):
    def forward(self, x, training):
        return super().forward(x, training and self.rng.random() < 0.5)


class CopiesTheGenerator(Contract):
    def __init__(self, rate, rng):
        super().__init__(rate, copy.deepcopy(rng))
        self.saved = copy.deepcopy(rng)

    def forward(self, x, training):
        self.rng = copy.deepcopy(self.saved)
        return super().forward(x, training)


class Float32(Contract):
    def forward(self, x, training):
        return super().forward(x, training).astype(np.float32)


class ForgetsTheMask(Contract):
    def forward(self, x, training):
        mask = (self.rng.random(x.shape) >= self.rate) / (1 - self.rate) if training else 1.0
        return x * mask


class Watch:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_theta, self.waited = np.inf, None, 0

    def update(self, val_loss, theta):
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_theta, self.waited = val_loss, theta.copy(), 0
        else:
            self.waited += 1
        return self.waited >= self.patience


class WatchEarlyReturn:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_theta, self.count = None, None, 0

    def update(self, val_loss, theta):
        if self.best is None or self.best - val_loss > self.min_delta:
            self.best = val_loss
            self.best_theta = np.array(theta)
            self.count = 0
            return False
        self.count += 1
        return not self.count < self.patience


class WatchCountsDown:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.delta, self.left = patience, min_delta, patience
        self.best = float("inf")

    def update(self, val_loss, theta):
        improved = val_loss + self.delta < self.best
        self.left = self.patience if improved else self.left - 1
        if improved:
            self.best, self.best_theta = val_loss, copy.deepcopy(theta)
        return self.left <= 0


class WatchByEpoch:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.epoch, self.best_epoch = patience, min_delta, -1, 0
        self.history = {}

    def update(self, val_loss, theta):
        self.epoch += 1
        if self.epoch == 0 or val_loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch = val_loss, self.epoch
            self.history["best"] = 1.0 * theta
        return np.bool_(self.epoch - self.best_epoch >= self.patience)

    @property
    def best_theta(self):
        return self.history.get("best")


class WatchExactly:
    """Says True at exactly `patience`; nobody asks after that."""

    def __init__(self, patience, min_delta=0.0):
        self.settings = (patience, min_delta)
        self.best_loss, self.best_theta, self.bad = math.inf, None, 0

    def update(self, val_loss, theta):
        patience, min_delta = self.settings
        self.bad += 1
        if self.best_loss - val_loss > min_delta:
            self.best_loss, self.bad = val_loss, 0
            self.best_theta = np.copy(theta)
        return self.bad == patience


class WatchList:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.flags = patience, min_delta, []
        self.best_theta = None

    def update(self, val_loss, theta):
        improved = not self.flags or val_loss < self.best_loss - self.min_delta
        if improved:
            self.best_loss, self.best_theta = val_loss, theta + 0
        self.flags.append(improved)
        recent = self.flags[-self.patience :]
        return len(recent) == self.patience and not any(recent)


class WatchInPlaceBuffer(Watch):
    def update(self, val_loss, theta):
        if val_loss < self.best_loss - self.min_delta:
            if self.best_theta is None:
                self.best_theta = np.empty_like(theta)
            self.best_theta[...] = theta
            self.best_loss, self.waited = val_loss, 0
        else:
            self.waited += 1
        return bool(self.waited >= self.patience)


class DoublesThePatience(Watch):
    def update(self, val_loss, theta):
        super().update(val_loss, theta)
        return self.waited >= 2 * self.patience


class HalvesTheCount(Watch):
    def update(self, val_loss, theta):
        better = val_loss < self.best_loss - self.min_delta
        before = self.waited
        super().update(val_loss, theta)
        self.waited = before // 2 if better else self.waited
        return self.waited >= self.patience


class SecondBest(Watch):
    def update(self, val_loss, theta):
        kept = self.best_theta
        stop = super().update(val_loss, theta)
        if self.waited == 0:
            self.other = kept
        self.best_theta = theta.copy() if self.waited == 1 else self.best_theta
        return stop


class MeanOfTheta(Watch):
    def update(self, val_loss, theta):
        stop = super().update(val_loss, theta)
        self.best_theta = (self.best_theta + theta) / 2
        return stop


class SquaredDelta(Watch):
    def update(self, val_loss, theta):
        delta, self.min_delta = self.min_delta, self.min_delta**2
        stop = super().update(val_loss, theta)
        self.min_delta = delta
        return stop


class Text(Watch):
    def update(self, val_loss, theta):
        return "stop" if super().update(val_loss, theta) else "go on"


STYLES = {
    "dropout": (
        Contract,
        ByBinomial,
        ByChoice,
        ByUniform,
        ByIntegers,
        ByLoop,
        ByThinning,
        ByNormalQuantile,
        ByShuffledStream,
        DropsOnlyPositive,
        SquaredRate,
        RootOfTheFactor,
        SmallInsteadOfZero,
        NaNForDropped,
        TransposedMaskInBackward,
        HalfTheTime,
        CopiesTheGenerator,
        Float32,
        ForgetsTheMask,
    ),
    "early_stopping": (
        Watch,
        WatchEarlyReturn,
        WatchCountsDown,
        WatchByEpoch,
        WatchExactly,
        WatchList,
        WatchInPlaceBuffer,
        DoublesThePatience,
        HalvesTheCount,
        SecondBest,
        MeanOfTheta,
        SquaredDelta,
        Text,
    ),
    "l2_penalty": (
        by_sum,
        by_loop,
        by_norm,
        by_dot,
        by_einsum,
        by_plain_python,
        as_a_list,
        in_place_on_copies,
    ),
}
