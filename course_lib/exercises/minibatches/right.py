import numpy as np


def minibatches(n, batch_size, rng):
    ### BEGIN SOLUTION
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]
    ### END SOLUTION
