"""Slices: the loss of a trained network on a plane, or a larger flat, through its parameters θ.

    L(c) = loss(θ + c₁ d₁ + c₂ d₂ + …)

The networks have one hidden layer, whose units take in what is linear in c: value, slope and curvature of
many points are found at once, in closed form. With all axes as directions, the curvature is the Hessian.

Source: Li, Xu, Taylor, Studer & Goldstein (2018), "Visualizing the Loss Landscape of Neural Nets", NeurIPS.
"""

import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from course_lib import datasets
from course_lib.layers import Dense, ReLU, Tanh
from course_lib.losses import mean_squared_error, softmax_cross_entropy
from course_lib.network import Network
from course_lib.surfaces import Surface


@dataclass(frozen=True, eq=False)
class Task:
    """A network with one hidden layer, and the examples that it learns."""

    network: Network
    x: np.ndarray
    y: np.ndarray

    def loss_and_gradient(self, theta):
        return self.network.loss_and_gradient(theta, self.x, self.y)

    def hessian(self, theta):
        """The whole Hessian at θ, of shape (size, size)."""
        return Slice(self, theta, np.eye(len(theta))).hessian(np.zeros(len(theta)))


def _small() -> Task:
    x = np.random.default_rng(0).normal(size=(100, 2))
    return Task(Network([Dense(2, 4), Tanh(), Dense(4, 1)], mean_squared_error), x, x[:, :1] * x[:, 1:])


def _digits() -> Task:
    data = datasets.digits()
    blocks = data.x_train[:100].reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    x = (blocks - blocks.mean()) / blocks.std()
    return Task(Network([Dense(16, 6), ReLU(), Dense(6, 10)]), x, data.y_train[:100])


# Lecture 01's 17 parameters, which learn the product of two numbers; and 172, which learn 100 digits of 4 × 4
# pixels, each the mean of a block.
SMALL, DIGITS = "small network", "digits network"
_TASKS: dict[str, Callable[[], Task]] = {SMALL: _small, DIGITS: _digits}


@cache
def task_named(name: str) -> Task:
    """The task of this name, SMALL or DIGITS."""
    return _TASKS[name]()


@cache
def trained(name: str) -> np.ndarray:
    """The task's θ after training.

    Source: ``course_lib/data/make_trained.py``.
    """
    return np.array(json.loads((datasets.DATA / "trained.json").read_text(encoding="utf-8"))[name])


def random_directions(task: Task, theta: np.ndarray, by_filter: bool, seed: int) -> np.ndarray:
    """Two directions drawn at random, (2, size), without a part in the biases.

    by_filter: each unit's incoming weights, its filter, get the length that they have in θ (Section 4). If
    not, the direction as a whole gets the length of all weights in θ.
    """
    drawn = np.random.default_rng(seed).normal(size=(2, task.network.size))
    for direction in drawn:
        for at, along in zip(task.network.views(theta), task.network.views(direction), strict=True):
            if not at:
                continue
            along["b"][...] = 0
            if by_filter:
                along["W"] *= np.linalg.norm(at["W"], axis=0) / np.linalg.norm(along["W"], axis=0)
        if not by_filter:
            direction *= np.linalg.norm(theta[direction != 0]) / np.linalg.norm(direction)
    return drawn


def rescaled(task: Task, theta: np.ndarray, scale: float) -> np.ndarray:
    """θ with the first layer times `scale` and the last layer's weights divided by it.

    Between them a ReLU hands every factor on: the network computes what it did (Dinh et al. 2017, Section 3).
    """
    other = theta.copy()
    first, _, last = task.network.views(other)
    first["W"] *= scale
    first["b"] *= scale
    last["W"] /= scale
    return other


class Slice:
    """The loss at θ + Σᵢ cᵢ dᵢ as a function of c, of shape (..., k) for k directions, (k, size).

    It computes in the precision of θ, where c has it too.
    """

    def __init__(self, task: Task, theta: np.ndarray, directions: np.ndarray) -> None:
        first, unit, last = task.network.layers
        slots = {(layer, name): (where, shape) for layer, name, where, shape in task.network.slots}

        def both(layer: Dense, name: str) -> tuple[np.ndarray, np.ndarray]:
            """A parameter at θ, and what it changes by along each direction."""
            where, shape = slots[layer, name]
            return theta[where].reshape(shape), directions[:, where].reshape(-1, *shape)

        (W, dW), (b, db), (V, dV), (a, da) = (both(layer, name) for layer in (first, last) for name in "Wb")
        # What hidden units take in, the last layer's weights and its biases: all are linear in c.
        self.shapes = (len(task.x), W.shape[1]), V.shape, a.shape
        ends = np.cumsum([0, *(math.prod(shape) for shape in self.shapes)]).tolist()
        self.spans = [slice(*span) for span in itertools.pairwise(ends)]
        self.at = np.concatenate([part.ravel() for part in (task.x @ W + b, V, a)]).astype(theta.dtype)
        self.along = np.concatenate(
            [part.reshape(len(directions), -1) for part in (task.x @ dW + db[:, None], dV, da)], axis=1
        ).astype(theta.dtype)
        self.dz, self.dV, self.da = self._parts(self.along)
        self.y, self.unit, self.loss = task.y, _UNITS[type(unit)], _LOSSES[task.network.loss_function]

    def value(self, c):
        """L, of shape (...)."""
        return self.loss.value(self._forward(c)[-1], self.y)

    def gradient(self, c):
        """∂L/∂c, of shape (..., k)."""
        h, V, out = self._forward(c)
        _, moved = self._moved(h, V)
        slope = self.loss.slope(out, self.y)
        return (moved.reshape(*moved.shape[:-2], -1) @ slope.reshape(*slope.shape[:-2], -1, 1))[..., 0]

    def hessian(self, c):
        """∂²L/∂c², of shape (..., k, k)."""
        h, V, out = self._forward(c)
        units, moved = self._moved(h, V)
        slope = self.loss.slope(out, self.y)
        layers = _products(units, slope[..., None, :, :] @ self.dV.swapaxes(-1, -2))
        straight = (
            _products(moved, self.loss.bend(out[..., None, :, :], moved)) + layers + layers.swapaxes(-1, -2)
        )
        if self.unit.bend is None:
            return straight
        bent = (slope @ V.swapaxes(-1, -2)) * self.unit.bend(h)
        return straight + _products(bent[..., None, :, :] * self.dz, self.dz)

    def _parts(self, flat):
        """The three that lie behind each other on the last axis."""
        return [
            flat[..., span].reshape(*flat.shape[:-1], *shape)
            for span, shape in zip(self.spans, self.shapes, strict=True)
        ]

    def _forward(self, c):
        """What the units hand on (..., N, hidden), the last layer's weights, and the outputs (..., N, C)."""
        z, V, a = self._parts(self.at + np.asarray(c) @ self.along)
        h = self.unit.value(z)
        return h, V, h @ V + a[..., None, :]

    def _moved(self, h, V):
        """What units and outputs change by along each direction: (..., k, N, hidden) and (..., k, N, C)."""
        units = self.unit.slope(h)[..., None, :, :] * self.dz
        return units, units @ V[..., None, :, :] + h[..., None, :, :] @ self.dV + self.da[:, None]


def _products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Σ aᵢ bⱼ over the last two axes, for each i and j of the axis before them."""
    a, b = (each.reshape(*each.shape[:-2], -1) for each in (a, b))
    return a @ b.swapaxes(-1, -2)


@dataclass(frozen=True)
class _Unit:
    """A hidden unit, and its first two derivatives as functions of what it hands on; bend: None for 0."""

    value: Callable
    slope: Callable
    bend: Callable | None


@dataclass(frozen=True)
class _Loss:
    """A loss of outputs (..., N, C); slope is ∂L/∂out, and bend (out, v) the second derivative times v."""

    value: Callable
    slope: Callable
    bend: Callable


def _softmax(out: np.ndarray) -> np.ndarray:
    exp = np.exp(out - out.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def _cross_entropy(out: np.ndarray, y: np.ndarray) -> np.ndarray:
    largest = out.max(axis=-1)
    total = np.log(np.exp(out - largest[..., None]).sum(axis=-1)) + largest
    return np.mean(total - out[..., np.arange(len(y)), y], axis=-1)


def _cross_entropy_bend(out: np.ndarray, v: np.ndarray) -> np.ndarray:
    p = _softmax(out)
    return p * (v - np.sum(p * v, axis=-1, keepdims=True)) / out.shape[-2]


_UNITS = {
    Tanh: _Unit(np.tanh, lambda h: 1 - h**2, lambda h: -2 * h * (1 - h**2)),
    ReLU: _Unit(lambda z: np.maximum(z, 0), lambda h: h > 0, None),
}
_LOSSES = {
    mean_squared_error: _Loss(
        lambda out, y: np.mean((out - y) ** 2, axis=(-2, -1)),
        lambda out, y: 2 * (out - y) / y.size,
        lambda out, v: 2 * v / (v.shape[-2] * v.shape[-1]),
    ),
    softmax_cross_entropy: _Loss(
        _cross_entropy,
        lambda out, y: (_softmax(out) - (np.arange(out.shape[-1]) == y[:, None])) / len(y),
        _cross_entropy_bend,
    ),
}


def network_slice() -> Surface:
    """Two directions, normalised by filter, out of the small network's 17: a real loss to watch a descent on.

    A step in it is as long as the step of the parameters. Its minimum is not that of the network: on the
    plane, others do not move.
    """
    task, theta = task_named(SMALL), trained(SMALL)
    directions = random_directions(task, theta, by_filter=True, seed=0)
    plane = Slice(task, theta, directions / np.linalg.norm(directions, axis=1, keepdims=True))
    lowest = np.zeros(2)
    for _ in range(8):  # Newton's steps from the trained network, which lies close to it
        lowest = lowest - np.linalg.solve(plane.hessian(lowest), plane.gradient(lowest))
    return Surface(
        "network slice",
        plane.value,
        plane.gradient,
        plane.hessian,
        start=np.array([-2.0, 4.0]),
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        minima=lowest[None, :],
    )
