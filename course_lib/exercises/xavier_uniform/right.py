import numpy as np


def xavier_uniform(fan_in, fan_out, rng):
    ### BEGIN SOLUTION
    a = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-a, a, (fan_in, fan_out))
    ### END SOLUTION
