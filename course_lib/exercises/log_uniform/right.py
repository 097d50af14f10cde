import numpy as np


def log_uniform(low, high, rng, size=None):
    ### BEGIN SOLUTION
    return np.exp(rng.uniform(np.log(low), np.log(high), size))
    ### END SOLUTION
