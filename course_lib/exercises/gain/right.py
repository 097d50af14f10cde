import numpy as np


def gain(activation, z):
    ### BEGIN SOLUTION
    step = 1e-4
    slope = (activation(z + step) - activation(z - step)) / (2 * step)
    passed = np.mean(activation(z) ** 2) / np.mean(z**2)
    passed_back = np.mean(slope**2)
    return 1 / np.sqrt(passed), 1 / np.sqrt(passed_back)
    ### END SOLUTION
