import numpy as np


def warmup_cosine(t, lr, warm_up, steps, final=0):
    ### BEGIN SOLUTION
    if t < warm_up:
        return lr * (t + 1) / warm_up
    done = min((t - warm_up) / (steps - warm_up), 1.0)
    return final + (lr - final) * (1 + np.cos(np.pi * done)) / 2
    ### END SOLUTION
