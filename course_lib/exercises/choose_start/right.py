import numpy as np


def choose_start(activation, z):
    ### BEGIN SOLUTION
    forward, backward = gain(activation, z)
    found = []
    for name, times in (("xavier", 1), ("he", 2)):
        signal, gradient = times / forward**2, times / backward**2
        off = max(signal, 1 / signal, gradient, 1 / gradient)
        found.append((off, name, signal, gradient))
    off, name, signal, gradient = min(found)
    return "neither" if off > 4 else name, signal, gradient
    ### END SOLUTION
