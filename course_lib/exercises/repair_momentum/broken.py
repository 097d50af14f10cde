import numpy as np


class BrokenMomentum:
    """SGD with momentum. A language model wrote it, asked for “torch.optim.SGD in NumPy”."""

    def __init__(self, lr, mu=0.9):
        self.lr = lr
        self.mu = mu
        self.momentum_buffer = None

    def step(self, theta, gradient):
        buf = self.momentum_buffer
        if buf is None:
            buf = gradient
        else:
            buf *= self.mu
            buf += gradient
        self.momentum_buffer = buf
        return theta - self.lr * buf


def outcome(method, lr, mu, theta, gradients):
    """Where a method comes to from theta. The loop saves memory: one array holds each gradient in turn."""
    optimizer, theta = method(lr, mu), np.array(theta, dtype=float)
    gradient = np.empty_like(theta)
    for each in gradients:
        gradient[...] = each
        theta = optimizer.step(theta, gradient)
    return theta
