"""A network: any stack of layers, as one function of one flat array θ."""

from itertools import pairwise

import numpy as np

from course_lib.layers import Dense
from course_lib.losses import softmax_cross_entropy


class Network:
    """A stack of layers and a loss.

    Everything trainable lies in one flat array θ of ``size`` entries. The layers see their parameters as
    views into it, so an optimiser updates the whole network with a few whole-array operations.

        loss, gradient = network.loss_and_gradient(theta, x, y)

    Args: layers, as in ``course_lib.layers``; loss, a function (output, target) -> (loss, ∂loss/∂output).
    Raises: ValueError when a layer object is used twice, and later when θ has another shape.
    """

    def __init__(self, layers, loss=softmax_cross_entropy):
        self.layers = list(layers)
        if len({id(layer) for layer in self.layers}) < len(self.layers):
            raise ValueError(
                "Network: one layer object stands in two places, but it remembers only its last input; "
                "make a new one for each place, such as ReLU() twice"
            )
        self.layers[0].input_gradient = False
        self.loss_function = loss
        self.slots = []
        self.size = 0
        shapes_only = np.random.default_rng(0)
        for layer in self.layers:
            if not layer.parameters:
                continue
            for name, value in zip(layer.parameters, layer.initial(shapes_only), strict=True):
                self.slots.append((layer, name, slice(self.size, self.size + value.size), value.shape))
                self.size += value.size

    def initialize(self, rng, dtype=np.float64):
        """Return a fresh θ of shape (size,), drawn with the generator rng by the layers' initialisers."""
        drawn = [layer.initial(rng) for layer in self.layers if layer.parameters]
        return np.concatenate([value.ravel() for values in drawn for value in values]).astype(dtype)

    def views(self, theta):
        """Return a dict for each layer: parameter name → view into theta, shaped as the layer sees it."""
        views = {id(layer): {} for layer in self.layers}
        for layer, name, where, shape in self.slots:
            views[id(layer)][name] = theta[where].reshape(shape)
        return list(views.values())

    def forward(self, theta, x, training):
        """Return the last layer's output for x of shape (N, D)."""
        if np.shape(theta) != (self.size,):
            raise ValueError(
                f"Network: θ has shape {np.shape(theta)}, this network needs ({self.size},); "
                "start from network.initialize(rng), and let step return the new θ"
            )
        for layer, name, where, shape in self.slots:
            setattr(layer, name, theta[where].reshape(shape))
        for layer in self.layers:
            x = layer.forward(x, training)
        return x

    def backward(self, grad):
        """Return the gradient with respect to θ, given ∂L/∂output of the last ``forward``."""
        parts = []
        for layer in reversed(self.layers):
            if layer.parameters:
                grad, *gradients = layer.backward(grad)
                parts[:0] = gradients
            else:
                grad = layer.backward(grad)
        return np.concatenate([part.ravel() for part in parts])

    def loss_and_gradient(self, theta, x, y, training=True):
        """Return the loss on the batch (x, y) and its gradient of θ's shape."""
        loss, grad = self.loss_function(self.forward(theta, x, training), y)
        return loss, self.backward(grad)

    def predict(self, theta, x):
        """Return the output in test mode: logits (N, C) for a classifier."""
        return self.forward(theta, x, training=False)

    def loss(self, theta, x, y):
        """Return the loss in test mode."""
        return self.loss_function(self.predict(theta, x), y)[0]


def stacked(sizes, behind):
    """A network of Dense layers of these sizes, from input to output, as deep as there are sizes.

        stacked([64, 32, 32, 10], lambda units: [BatchNorm(units), ReLU()])

    behind(units) makes the layers that stand behind each Dense layer but the last.
    """
    *hidden, last = pairwise(sizes)
    return Network([layer for fans in hidden for layer in (Dense(*fans), *behind(fans[1]))] + [Dense(*last)])
