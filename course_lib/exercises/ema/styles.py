"""An average of θ in other styles: all are right."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np


class Lazy:
    def __init__(self, decay):
        self.decay, self.average = decay, None

    def update(self, theta):
        if self.average is None:
            self.average = np.array(theta)
        else:
            self.average = self.decay * self.average + (1 - self.decay) * theta
        return self.average


class Incremental:
    """As PyTorch's lerp: towards θ by a share of the way."""

    def __init__(self, decay):
        self.decay = decay

    def update(self, theta):
        average = getattr(self, "average", theta)
        self.average = average + (1 - self.decay) * (theta - average)
        return self.average


class InPlace:
    """In one buffer, of which a copy is handed out."""

    def __init__(self, decay):
        self.decay, self.buffer = decay, None

    def update(self, theta):
        if self.buffer is None:
            self.buffer = np.empty_like(theta)
            self.buffer[...] = theta
        self.buffer *= self.decay
        self.buffer += (1 - self.decay) * theta
        return self.buffer.copy()


class History:
    """All θ are kept, and weighted anew each time."""

    def __init__(self, decay):
        self.decay, self.thetas = decay, []

    def update(self, theta):
        self.thetas.append(np.copy(theta))
        first, *later = self.thetas
        count = len(later)
        total = self.decay**count * first
        for number, each in enumerate(later, start=1):
            total = total + (1 - self.decay) * self.decay ** (count - number) * each
        return total


class FromZero:
    """Begins at 0, and knows what is missing of the first."""

    def __init__(self, decay):
        self.decay, self.sum, self.left, self.first = decay, 0.0, 1.0, None

    def update(self, theta):
        self.first = theta + 0 if self.first is None else self.first
        self.sum = self.decay * self.sum + (1 - self.decay) * theta
        self.left *= self.decay
        return self.sum + self.left * self.first


class Mixing:
    def __init__(self, decay):
        self.weights, self.kept = np.array([decay, 1 - decay]), {}

    def update(self, theta):
        both = np.stack([self.kept.get("average", theta), theta])
        self.kept["average"] = np.tensordot(self.weights, both, axes=1).astype(theta.dtype)
        return self.kept["average"]


class Loops:
    def __init__(self, decay):
        self.decay, self.average = decay, None

    def update(self, theta):
        if self.average is None:
            self.average = theta.copy()
        new = np.zeros(theta.shape, theta.dtype)
        for index in np.ndindex(theta.shape):
            new[index] = self.decay * self.average[index] + (1 - self.decay) * theta[index]
        self.average = new
        return new


@dataclass
class Dataclass:
    decay: float
    memory: list = field(default_factory=list)

    def update(self, theta):
        average = self.memory.pop() if self.memory else theta
        self.memory.append(np.average([average, theta], axis=0, weights=[self.decay, 1 - self.decay]))
        return self.memory[0]


def factory(decay):
    kept = SimpleNamespace(average=None)

    def update(theta):
        kept.average = theta.copy() if kept.average is None else kept.average
        kept.average = theta + decay * (kept.average - theta)
        return kept.average

    return SimpleNamespace(update=update)
