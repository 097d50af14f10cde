import numpy as np


def xavier_normal(fan_in, fan_out, rng):
    ### BEGIN SOLUTION
    return rng.normal(0.0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))
    ### END SOLUTION
