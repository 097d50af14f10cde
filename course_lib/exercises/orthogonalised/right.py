import numpy as np


def orthogonalised(G, steps, coefficients):
    ### BEGIN SOLUTION
    a, b, c = coefficients
    X = G / max(np.linalg.norm(G), 1e-12)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X
    ### END SOLUTION
