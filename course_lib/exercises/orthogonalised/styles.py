"""Newton–Schulz in other styles: all are right."""

from functools import reduce

import numpy as np


def as_in_muon(G, steps, coefficients):
    """A tall matrix is transposed, so that A is the smaller square."""
    a, b, c = coefficients
    X = G.T if G.shape[0] > G.shape[1] else G
    norm = np.linalg.norm(X)
    X = X / norm if norm > 0 else X
    for _ in range(steps):
        A = X @ X.T
        B = b * A + c * A @ A
        X = a * X + B @ X
    return X.T if G.shape[0] > G.shape[1] else X


def from_the_right(G, steps, coefficients):
    a, b, c = coefficients
    X = G / (np.sqrt(np.sum(G**2)) or 1.0)
    for _ in range(steps):
        A = X.T @ X
        X = X @ (a * np.eye(len(A), dtype=A.dtype) + b * A + c * A @ A)
    return X


def by_powers(G, steps, coefficients):
    X = np.divide(G, np.linalg.norm(G), out=np.zeros_like(G), where=G.any())
    for _ in range(steps):
        cube = X @ X.T @ X
        fifth = cube @ X.T @ X
        X = sum(k * power for k, power in zip(coefficients, (X, cube, fifth), strict=True))
    return X


def by_singular_values(G, steps, coefficients):
    """The polynomial on the singular values, which is the same."""
    a, b, c = coefficients
    U, s, Vt = np.linalg.svd(G, full_matrices=False)
    s = s / max(np.linalg.norm(s), 1e-30)
    for _ in range(steps):
        s = s * (a + s**2 * (b + c * s**2))
    return (U * s) @ Vt


def by_horner(G, steps, coefficients):
    a, b, c = coefficients
    X = G / np.maximum(np.linalg.norm(G), 1e-15)
    while steps > 0:
        A = np.matmul(X, X.T)
        X = a * X + A @ (b * X + c * A @ X)
        steps -= 1
    return X


def by_recursion(G, steps, coefficients):
    def after(X, left):
        if left == 0:
            return X
        a, b, c = coefficients
        A = X.dot(X.T)
        return after(a * X + np.dot(b * A + c * A.dot(A), X), left - 1)

    norm = np.sqrt(np.vdot(G, G))
    return after(G / norm if norm else G.copy(), steps)


def by_reduce(G, steps, coefficients):
    def step(X, _):
        A = np.einsum("ij,kj->ik", X, X)
        B = coefficients[1] * A + coefficients[2] * np.einsum("ij,jk->ik", A, A)
        return coefficients[0] * X + np.einsum("ij,jk->ik", B, X)

    return reduce(step, range(steps), G / max(float(np.linalg.norm(G)), 1e-20))


def in_float32(G, steps, coefficients):
    """As on a graphics card: of lower precision within, which the answer's size allows."""
    a, b, c = (np.float32(each) for each in coefficients)
    X = (G / max(np.linalg.norm(G), 1e-12)).astype(np.float32)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * A @ A) @ X
    return X.astype(G.dtype)


def zeros_first(G, steps, coefficients):
    if not np.any(G):
        return np.zeros_like(G)
    a, b, c = coefficients
    X = G * (1 / np.linalg.norm(G, "fro"))
    for _ in range(int(steps)):
        A = X @ np.transpose(X)
        X = a * X + b * (A @ X) + c * (A @ (A @ X))
    return X
