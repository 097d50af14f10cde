import numpy as np


def he_normal(fan_in, fan_out, rng):
    ### BEGIN SOLUTION
    return rng.normal(0.0, np.sqrt(2 / fan_in), (fan_in, fan_out))
    ### END SOLUTION
