import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "C"
    ### END SOLUTION


def MendedLSUV(weights, x, activation):
    ### BEGIN SOLUTION
    scaled = []
    for W in weights:
        scaled.append(W / np.std(x @ W))
        x = activation(x @ scaled[-1])
    return scaled
    ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    given = {"weights": [[[2.0]], [[1.0]]], "x": [[1.0], [3.0]]}
    return given, np.array([[1.0]])  # sums 2 and 6, so W₁ is 1; then 1 and 3 arrive, and W₂ stays 1
    ### END SOLUTION
