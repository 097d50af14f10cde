"""Repairs of BrokenLSUV in other styles: all are right."""

import numpy as np

from course_lib.exercises.repair_lsuv.broken import BrokenLSUV, outcome


def _proof():
    return {"weights": [[[2.0]], [[1.0]]], "x": [[1.0], [3.0]]}, [[1.0]]


def _letter():
    return "C"


def in_one_loop():
    def MendedLSUV(weights, x, activation):
        scaled, h = [], x
        for W in weights:
            z = h @ W
            size = z.std()
            scaled.append(W / size)
            h = activation(z / size)
        return scaled

    return _letter, MendedLSUV, _proof


def by_the_broken_one_layer_by_layer():
    def MendedLSUV(weights, x, activation):
        scaled = []
        for W in weights:
            scaled += BrokenLSUV([W], x, activation)
            x = activation(x @ scaled[-1])
        return scaled

    return "C", MendedLSUV, _proof


def by_the_broken_one_again_and_again():
    def MendedLSUV(weights, x, activation):
        for _ in weights:  # each time, one layer more is right
            weights = BrokenLSUV(weights, x, activation)
        return weights

    def proof():
        given = {"weights": [[[4.0]], [[1.0]]], "x": [[0.0], [1.0]]}
        return given, outcome(MendedLSUV, **given)

    return _letter, MendedLSUV, proof


def by_recursion():
    def MendedLSUV(weights, x, activation):
        if not weights:
            return []
        first = weights[0] / np.std(x @ weights[0])
        return [first, *MendedLSUV(weights[1:], activation(x @ first), activation)]

    return lambda: "c", MendedLSUV, _proof


def with_the_old_ones_kept():
    def MendedLSUV(weights, x, activation):
        new = list(weights)
        for k in range(len(new)):
            h = x
            for W in new[:k]:
                h = activation(h @ W)
            new[k] = new[k] / np.std(h @ new[k])
        return new

    return _letter, MendedLSUV, lambda: list(_proof())


def on_copies():
    def MendedLSUV(weights, x, activation):
        copies = [W.copy() for W in weights]
        for W in copies:
            W /= np.sqrt(np.var(x @ W))
            x = activation(x @ W)
        return copies

    def proof():
        return {"weights": [np.eye(2) * 3, np.eye(2)], "x": np.array([[1.0, 0.0], [0.0, 1.0]])}, np.eye(2)

    return _letter, MendedLSUV, proof


def three_layers_prove_it():
    def MendedLSUV(weights, x, activation):
        result = []
        for W in weights:
            result.append(W * (1 / np.std(x @ W)))
            x = activation(x @ result[-1])
        return tuple(result)

    def proof():
        return {"weights": [[[5]], [[7]], [[2]]], "x": [[2], [4]]}, [[1]]

    return _letter, MendedLSUV, proof


def a_program_of_its_own():
    class Scaler:
        def __init__(self, activation):
            self.activation = activation

        def layer(self, W, h):
            W = W / np.std(h @ W)
            return W, self.activation(h @ W)

    def MendedLSUV(weights, x, activation):
        scaler, result = Scaler(activation), []
        for W in weights:
            W, x = scaler.layer(W, x)
            result.append(W)
        return result

    return _letter, MendedLSUV, _proof()
