import numpy as np


def deep_tanh(fan_in, fan_out, rng):
    ### BEGIN SOLUTION
    return rng.normal(0.0, 1.15 / np.sqrt(fan_in), (fan_in, fan_out))
    ### END SOLUTION
