import numpy as np


def company(a, target, most):
    ### BEGIN SOLUTION
    if np.any(target**2 > most):
        raise ValueError(f"company: with {most} others, |x̂| is at most {most**0.5:.4g}; asked is {target}")
    # The x̂ of a batch have the mean 0 and the mean square 1. One of them is to be the target: the others
    # then have this mean and this variance, in whatever pattern.
    mean = -target / most
    variance = (most + 1 - target**2) / most - mean**2
    pattern = np.zeros((most, 1))
    pattern[0], pattern[-1] = np.sqrt(most / 2), -np.sqrt(most / 2)
    others = mean + np.sqrt(np.maximum(variance, 0)) * pattern
    return a + 1000 * (others - target)
    ### END SOLUTION
