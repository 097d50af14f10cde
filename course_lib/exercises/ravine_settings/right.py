import numpy as np


def ravine_settings(small, large):
    ### BEGIN SOLUTION
    along, across = np.sqrt(small), np.sqrt(large)
    lr = (2 / (along + across)) ** 2
    mu = ((across - along) / (across + along)) ** 2
    return lr, mu
    ### END SOLUTION
