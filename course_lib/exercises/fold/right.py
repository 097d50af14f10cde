import numpy as np


def fold(W, b, gamma, beta, mean, var, eps):
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(var + eps)
    return W * scale, (b - mean) * scale + beta
    ### END SOLUTION
