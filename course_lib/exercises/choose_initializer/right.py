import numpy as np


def choose_initializer(activation):
    ### BEGIN SOLUTION
    if activation in ("relu", "leaky_relu"):
        return "he_normal"
    if activation in ("tanh", "sigmoid", "identity"):
        return "xavier_normal"
    raise ValueError(
        f"choose_initializer: no rule for {activation!r}; known are relu, leaky_relu, tanh, sigmoid, identity"
    )
    ### END SOLUTION
