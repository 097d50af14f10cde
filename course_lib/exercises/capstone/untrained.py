"""What the programs of the capstone's mistakes are made of: trainings that are short, as they need not learn
much, and gradients that cost next to nothing."""

import numpy as np

from course_lib.layers import Dense
from course_lib.losses import softmax_cross_entropy
from course_lib.network import Network
from course_lib.optimizers import Adam


def fitted(network, x, y, rng, gradients=30, training=True):
    """θ after a few updates."""
    theta, optimizer = network.initialize(rng), Adam(0.01)
    for _ in range(gradients):
        batch = rng.integers(0, len(x), 64)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch], training)[1])
    return theta


def fitted_by_hand(network, x, y, rng, gradients=30):
    """The same, layer by layer, without asking the network."""
    theta, optimizer = network.initialize(rng), Adam(0.01)
    for _ in range(gradients):
        batch = rng.integers(0, len(x), 64)
        signal, gradient = x[batch], []
        for layer, views in zip(network.layers, network.views(theta), strict=True):
            vars(layer).update(views)
            signal = layer.forward(signal, True)
        grad = softmax_cross_entropy(signal, y[batch])[1]
        for layer in reversed(network.layers):
            if layer.parameters:
                grad, *of_layer = layer.backward(grad)
                gradient[:0] = [each.ravel() for each in of_layer]
            else:
                grad = layer.backward(grad)
        theta = optimizer.step(theta, np.concatenate(gradient))
    return theta


def spend(gradients):
    """So many gradients of a network that is next to nothing."""
    tiny = Network([Dense(1, 2)])
    tiny.forward(np.zeros(tiny.size), np.ones((1, 1)), training=False)
    for _ in range(gradients):
        tiny.backward(np.zeros((1, 2)))
