import numpy as np


def fool_halving(epochs):
    ### BEGIN SOLUTION
    quick = 0.4 + 0.1 / epochs  # ahead from the first epoch on, and soon at its end
    slow = np.interp(epochs, [1, 2, 4, 8], [0.9, 0.7, 0.45, 0.2])
    return np.array([quick, *(slow + 0.01 * number for number in range(7))])
    ### END SOLUTION
