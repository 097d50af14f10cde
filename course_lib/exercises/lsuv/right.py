import numpy as np


def lsuv(weights, x, activation):
    ### BEGIN SOLUTION
    scaled = []
    for W in weights:
        size = np.std(x @ W)
        W = W / size
        scaled.append(W)
        x = activation(x @ W)
    return scaled
    ### END SOLUTION
