import numpy as np


def BrokenLSUV(weights, x, activation):
    """A language model wrote it, asked to scale a network's layers to unit variance on a batch."""
    sums = []
    for W in weights:
        sums.append(x @ W)
        x = activation(sums[-1])
    return [W / np.std(z) for W, z in zip(weights, sums, strict=True)]


def outcome(lsuv, weights, x):
    """The last layer's new weights, in a network of ReLU."""
    weights, x = [np.array(W, dtype=float) for W in weights], np.array(x, dtype=float)
    return lsuv(weights, x, lambda z: np.maximum(z, 0))[-1]
