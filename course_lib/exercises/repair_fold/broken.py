import numpy as np


def BrokenFold(W, b, gamma, beta, mean, var, eps):
    """A Dense layer and the batch normalisation behind it as one Dense layer, for use. A colleague wrote it,
    tried it on a network before its training, and saw no difference."""
    inverse = 1 / np.sqrt(var + eps)
    scale, shift = gamma * inverse, beta - mean * inverse
    return W * scale, b * scale + shift


def outcome(fold, gamma, beta, mean, var, x):
    """What the folded layer makes of x: one input, one unit, the weight 1, the bias 0; ε is 0."""
    of_one = [np.array([float(value)]) for value in (0.0, gamma, beta, mean, var)]
    W, b = fold(np.array([[1.0]]), *of_one, 0.0)
    return float(x * W[0, 0] + b[0])
