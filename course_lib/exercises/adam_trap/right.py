import numpy as np


def adam_trap(beta1, beta2):
    ### BEGIN SOLUTION
    period = int(np.ceil(20 / (1 - beta2)))  # v has forgotten the large slope long before
    return [2.0 * period] + [-1.0] * (period - 1)
    ### END SOLUTION
