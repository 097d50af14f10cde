"""Right answers of `fold` in other styles."""

import numpy as np


def biases_by_what_becomes_of_zero(W, b, gamma, beta, mean, var, eps):
    at_zero = gamma * (b - mean) / np.sqrt(var + eps) + beta
    return gamma * W / np.sqrt(var + eps), at_zero


def one_multiplication_and_one_addition(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    shift = beta - mean * scale
    return W * scale, b * scale + shift


def by_a_diagonal_matrix(W, b, gamma, beta, mean, var, eps):
    D = np.diag(gamma * (var + eps) ** -0.5)
    return W @ D, (b - mean) @ D + beta


def unit_by_unit(W, b, gamma, beta, mean, var, eps):
    new_W, new_b = np.empty_like(W), np.empty_like(b)
    for k in range(len(b)):
        root = (var[k] + eps) ** 0.5
        new_W[:, k] = W[:, k] * gamma[k] / root
        new_b[k] = gamma[k] * (b[k] - mean[k]) / root + beta[k]
    return new_W, new_b


def with_the_biases_as_a_row(W, b, gamma, beta, mean, var, eps):
    all_of_it = np.vstack([W, b - mean]) * (gamma / np.sqrt(var + eps))
    return all_of_it[:-1], all_of_it[-1] + beta


def by_einsum(W, b, gamma, beta, mean, var, eps):
    scale = np.einsum("d,d->d", gamma, 1 / np.sqrt(var + eps))
    return np.einsum("id,d->id", W, scale), np.einsum("d,d->d", b - mean, scale) + beta


def by_trying_it_out(W, b, gamma, beta, mean, var, eps):
    def through(x):
        return gamma * (x @ W + b - mean) / np.sqrt(var + eps) + beta

    at_zero = through(np.zeros(len(W)))
    return through(np.eye(len(W))) - at_zero, at_zero


def in_place_on_own_copies(W, b, gamma, beta, mean, var, eps):
    W, b = W.copy(), b.copy()
    root = np.sqrt(var + eps)
    for each in (W, b):
        each *= gamma
        each /= root
    b += beta - gamma * mean / root
    return [W, b]
