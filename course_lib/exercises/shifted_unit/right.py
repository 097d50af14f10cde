import numpy as np


def shifted_unit(rate, factor):
    ### BEGIN SOLUTION
    # Both kept: 1 / (1 − rate). The first alone: (1 + b) / (1 − rate), where the sum at test time is 1.
    b = (factor - 1) / rate
    return np.array([1.0, 1.0]), np.array([1 + b, -b])
    ### END SOLUTION
