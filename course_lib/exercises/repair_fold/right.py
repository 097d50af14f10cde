import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "E"
    ### END SOLUTION


def MendedFold(W, b, gamma, beta, mean, var, eps):
    ### BEGIN SOLUTION
    scale = gamma / np.sqrt(var + eps)
    shift = beta - scale * mean
    return W * scale, b * scale + shift
    ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    # (5 − 3) / 2 = 1, and 10 times that is 10; the broken one: 10 · 5/2 − 3/2 = 23.5
    return {"gamma": 10, "beta": 0, "mean": 3, "var": 4, "x": 5}, 10
    ### END SOLUTION
