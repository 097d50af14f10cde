import numpy as np


def learning_rate_range_test(loss_and_gradient, theta, low, high, steps):
    ### BEGIN SOLUTION
    rates = np.geomspace(low, high, steps)
    losses = []
    for rate in rates:
        loss, gradient = loss_and_gradient(theta)
        if not np.isfinite(loss):
            break
        losses.append(loss)
        theta = theta - rate * gradient
    return rates[: len(losses)], np.array(losses)
    ### END SOLUTION
