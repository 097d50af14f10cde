import numpy as np


def l2_penalty(weights, lam):
    ### BEGIN SOLUTION
    penalty = lam / 2 * sum(np.sum(W**2) for W in weights)
    return penalty, [lam * W for W in weights]
    ### END SOLUTION
