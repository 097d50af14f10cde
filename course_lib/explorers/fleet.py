"""A fleet: networks of one build, each with a θ of its own, trained side by side.

One matrix product serves all of them at once. That is what lets an explorer that shows many training runs
follow its sliders.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

EPS = 1e-5  # as in course_lib.layers.BatchNorm


class Fleet:
    """Dense layers of these shapes (fan_in, fan_out), the activation behind each but the last.

    θ is (networks, parameters), each row laid out as a `course_lib.network.Network` of the same layers does
    it. With `normalised`, batch normalisation stands before each activation, in training mode.
    """

    def __init__(
        self, shapes: Sequence[tuple[int, int]], activation: Callable[[], Any], normalised: bool = False
    ) -> None:
        self.shapes = list(shapes)
        self.activations = [activation() for _ in self.shapes[1:]]
        self.norms = [_Normalisation() for _ in self.shapes[1:]] if normalised else []

    def parts(self, theta: np.ndarray) -> list[list[np.ndarray]]:
        """Views into θ, or into its gradient, layer by layer.

        Each is [W, b], and [W, b, γ, β] where the layer is normalised. W is (networks, fan_in, fan_out), the
        others are (networks, 1, fan_out).
        """
        parts, at = [], 0
        for k, (fan_in, fan_out) in enumerate(self.shapes):
            end = at + fan_in * fan_out
            layer = [theta[:, at:end].reshape(-1, fan_in, fan_out)]
            for _ in range(3 if k < len(self.norms) else 1):
                at, end = end, end + fan_out
                layer.append(theta[:, None, at:end])
            at = end
            parts.append(layer)
        return parts

    def losses_and_gradients(
        self, theta: np.ndarray, x: np.ndarray, target: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cross-entropy of each network (networks,) on one batch, and its gradient of θ's shape.

        x: (N, inputs); target: (N, classes), the labels one-hot.
        """
        h, inputs, layers = x[None], [], self.parts(theta)
        for k, (W, b, *norm) in enumerate(layers):
            inputs.append(h)
            h = h @ W
            h += b
            if norm:
                h = self.norms[k].forward(h, *norm)
            if k < len(self.activations):
                h = self.activations[k].forward(h, training=True)
        h = h - h.max(axis=-1, keepdims=True)  # no effect on the softmax, and no overflow in exp
        exp = np.exp(h)
        total = exp.sum(axis=-1, keepdims=True)
        losses = (np.log(total) - (h * target).sum(axis=-1, keepdims=True)).mean(axis=(1, 2))

        gradient = np.empty_like(theta)
        parts = self.parts(gradient)
        grad, ones = (exp / total - target) / len(x), np.ones((1, len(x)), x.dtype)
        for k in range(len(layers) - 1, -1, -1):
            dW, db, *dnorm = parts[k]
            if k < len(self.activations):
                grad = self.activations[k].backward(grad)
            if dnorm:
                grad, dnorm[0][...], dnorm[1][...] = self.norms[k].backward(grad)
            np.matmul(inputs[k].transpose(0, 2, 1), grad, out=dW)
            np.matmul(ones, grad, out=db)  # the sum over the examples, faster than np.sum
            if k:
                grad = grad @ layers[k][0].transpose(0, 2, 1)
        return losses, gradient


class _Normalisation:
    """Batch normalisation in training, on (networks, N, features): each network has its own statistics."""

    def forward(self, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
        centred = x - x.mean(axis=1, keepdims=True)
        self.gamma = gamma
        self.std = np.sqrt(np.mean(centred**2, axis=1, keepdims=True) + EPS)
        self.x_hat = centred / self.std
        return gamma * self.x_hat + beta

    def backward(self, grad: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """∂L/∂x, ∂L/∂γ and ∂L/∂β; mean and variance depend on every x of the batch."""
        dgamma = (grad * self.x_hat).sum(axis=1, keepdims=True)
        dbeta = grad.sum(axis=1, keepdims=True)
        dx = grad - (dbeta + self.x_hat * dgamma) / grad.shape[1]
        return dx * self.gamma / self.std, dgamma, dbeta
