import numpy as np


def clip_by_global_norm(gradient, most):
    ### BEGIN SOLUTION
    norm = np.linalg.norm(gradient)
    return gradient * (most / norm) if norm > most else gradient
    ### END SOLUTION
