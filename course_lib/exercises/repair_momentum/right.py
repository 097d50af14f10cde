import numpy as np


def fault():
    ### BEGIN SOLUTION
    return "C"
    ### END SOLUTION


class MendedMomentum(BrokenMomentum):
    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        return super().step(theta, gradient.copy())
        ### END SOLUTION


def proof():
    ### BEGIN SOLUTION
    given = {"lr": 0.5, "mu": 0.5, "theta": [0.0], "gradients": [[4.0], [2.0]]}
    return given, np.array([-4.0])  # v is 4, then 2 + 2, so θ is −2, then −4
    ### END SOLUTION
