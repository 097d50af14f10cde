import numpy as np


def he_uniform(fan_in, fan_out, rng):
    ### BEGIN SOLUTION
    a = np.sqrt(6 / fan_in)
    return rng.uniform(-a, a, (fan_in, fan_out))
    ### END SOLUTION
