"""Layer-sequential unit variance in other styles: all are right."""

import math

import numpy as np


def in_a_loop(weights, x, activation):
    result, h = [], x
    for W in weights:
        W = W / np.std(h @ W)
        result.append(W)
        h = activation(h @ W)
    return result


def by_the_variance(weights, x, activation):
    out = []
    h = x.copy()
    for k in range(len(weights)):
        z = h @ weights[k]
        scale = 1 / np.sqrt(np.var(z))
        out.append(weights[k] * scale)
        h = activation(z * scale)
    return out


def on_copies_in_place(weights, x, activation):
    copies = [W.copy() for W in weights]
    h = x
    for W in copies:
        z = np.matmul(h, W)
        W /= z.std()
        h = activation(np.matmul(h, W))
    return copies


def as_the_paper_does(weights, x, activation):
    weights = list(weights)
    for k, W in enumerate(weights):
        for _ in range(10):
            variance = np.var(x @ W)
            if abs(variance - 1) < 1e-9:
                break
            W = W / np.sqrt(variance)
        weights[k] = W
        x = activation(x @ W)
    return weights


def from_the_start_each_time(weights, x, activation):
    def signal_before(layer, scaled):
        h = x
        for W in scaled[:layer]:
            h = activation(h @ W)
        return h

    scaled = []
    for layer, W in enumerate(weights):
        scaled.append(W / np.std(signal_before(layer, scaled) @ W))
    return scaled


def by_recursion(weights, x, activation):
    if len(weights) == 0:
        return []
    first = weights[0] / (x @ weights[0]).std()
    return [first, *by_recursion(weights[1:], activation(x @ first), activation)]


def as_a_tuple(weights, x, activation):
    def scaled():
        h = x
        for W in weights:
            W = W * np.var(h @ W) ** -0.5
            yield W
            h = activation(h @ W)

    return tuple(scaled())


def number_by_number(weights, x, activation):
    result, rows = [], x.tolist()
    for W in weights:
        columns = W.T.tolist()
        sums = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in rows]
        flat = [z for row in sums for z in row]
        mean = sum(flat) / len(flat)
        size = math.sqrt(sum((z - mean) ** 2 for z in flat) / len(flat))
        result.append(W / size)
        rows = [[float(activation(z / size)) for z in row] for row in sums]
    return result


def by_moments(weights, x, activation):
    h, result = np.array(x), []
    for W in weights:
        z = h.dot(W)
        deviation = np.sqrt((z**2).mean() - z.mean() ** 2)
        result += [W / deviation]
        h = activation(z / deviation)
    return result


def while_there_are_any(weights, x, activation):
    left, done = list(weights)[::-1], []
    while left:
        W = left.pop()
        done.append(np.divide(W, np.std(np.einsum("ni,ij->nj", x, W))))
        x = activation(x @ done[-1])
    return done
