import numpy as np


def accumulated(theta, gradients, sizes, lr, every):
    ### BEGIN SOLUTION
    for start in range(0, len(gradients), every):
        batch = slice(start, start + every)
        weights = sizes[batch] / sizes[batch].sum()
        theta = theta - lr * np.dot(weights, gradients[batch])
    return theta
    ### END SOLUTION
