import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "C"
    ### END SOLUTION


def MendedTraining(theta, gradients, sizes, lr, every):
    ### BEGIN SOLUTION
    total, waiting, examples = np.zeros_like(theta), 0, 0
    for number, (gradient, size) in enumerate(zip(gradients, sizes, strict=True), start=1):
        total += size * gradient
        waiting += 1
        examples += size
        if waiting == every or number == len(gradients):
            theta = theta - lr * total / examples
            total, waiting, examples = np.zeros_like(theta), 0, 0
    return theta
    ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    # (2 · 1 + 1 · 4) / 3 = 2, downhill; the broken one takes (1 + 4) / 2 = 2.5
    return {"gradients": [1, 4], "sizes": [2, 1]}, -2
    ### END SOLUTION
