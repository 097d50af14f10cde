"""A race of starts: one deep network, one optimiser, five ways to draw its weights."""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from course_lib import datasets
from course_lib.explorers.canvas import Explorer, choice, pick_slider, slider
from course_lib.explorers.signal_depth import ACTIVATIONS, SCHEMES
from course_lib.optimizers import SGD, Adam
from course_lib.plots import COLOURS
from course_lib.scene import INK, Axis, Layer, Line, Panel, Scene

STARTS = {
    "zeros": INK,
    "normal, σ = 0.01": COLOURS["SGD"],
    "normal, σ = 1": COLOURS["Momentum"],
    "Xavier normal": COLOURS["AdaGrad"],
    "He normal": COLOURS["Adam"],
}
RACING = ("ReLU", "tanh", "sigmoid")
METHODS = {"SGD": SGD, "Adam": Adam}
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
WIDTH, DEEPEST, UPDATES, EXAMPLES = 16, 8, 80, 64


@cache
def examples() -> tuple[np.ndarray, np.ndarray]:
    """Two moons, standardised: x (EXAMPLES, 2), and the labels one-hot."""
    moons = datasets.moons(n=200, noise=0.15)
    x, y = moons.x_train[:EXAMPLES], moons.y_train[:EXAMPLES]
    return (x - x.mean(axis=0)) / x.std(axis=0), np.eye(2)[y]


def shapes(depth: int) -> list[tuple[int, int]]:
    """The weights' shapes, layer by layer: `depth` hidden layers and the output."""
    return list(pairwise([2, *[WIDTH] * depth, 2]))


def start(scheme: str, depth: int) -> np.ndarray:
    """θ as this scheme draws it: for each layer its weights, row by row, and its biases, all 0."""
    rng = np.random.default_rng(0)
    drawn = [(SCHEMES[scheme](*shape, rng).ravel(), np.zeros(shape[1])) for shape in shapes(depth)]
    return np.concatenate([part for layer in drawn for part in layer])


class Fleet:
    """Networks of one build but with a θ each, trained side by side: θ is (networks, parameters).

    A layer's weights are (networks, fan_in, fan_out), so one matrix product serves all networks at once.
    """

    def __init__(self, activation: str, depth: int) -> None:
        self.shapes = shapes(depth)
        self.activations = [ACTIVATIONS[activation]() for _ in range(depth)]

    def parts(self, theta: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Views into θ, or into its gradient: weights and biases (networks, 1, fan_out) of each layer."""
        parts, at = [], 0
        for fan_in, fan_out in self.shapes:
            end = at + fan_in * fan_out
            W = theta[:, at:end].reshape(-1, fan_in, fan_out)
            at = end + fan_out
            parts.append((W, theta[:, None, end:at]))
        return parts

    def losses_and_gradients(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cross-entropy of each network (networks,), and its gradient of θ's shape."""
        x, target = examples()
        h = np.broadcast_to(x, (len(theta), *x.shape))
        layers, inputs = self.parts(theta), []
        for k, (W, b) in enumerate(layers):
            inputs.append(h)
            h = h @ W + b
            if k < len(self.activations):
                h = self.activations[k].forward(h, training=True)
        h = h - h.max(axis=-1, keepdims=True)  # no effect on the softmax, and no overflow in exp
        total = np.exp(h).sum(axis=-1, keepdims=True)
        losses = (np.log(total) - (h * target).sum(axis=-1, keepdims=True)).mean(axis=(1, 2))

        gradient = np.empty_like(theta)
        parts = self.parts(gradient)
        grad = (np.exp(h) / total - target) / len(x)
        for k in range(len(layers) - 1, -1, -1):
            if k < len(self.activations):
                grad = self.activations[k].backward(grad)
            dW, db = parts[k]
            dW[...] = inputs[k].transpose(0, 2, 1) @ grad
            db[...] = grad.sum(axis=1, keepdims=True)
            grad = grad @ layers[k][0].transpose(0, 2, 1)
        return losses, gradient


@dataclass(frozen=True)
class Race:
    """Losses (updates + 1, starts), NaN after a blow-up, and the first gradients' sizes (layers, starts)."""

    losses: np.ndarray
    gradients: np.ndarray


@lru_cache(maxsize=512)
def race(activation: str, depth: int, method: str, rate: float) -> Race:
    """Train all starts, full batch, UPDATES updates; remembered, so that a setting is computed once."""
    fleet, optimizer = Fleet(activation, depth), METHODS[method](rate)
    theta = np.stack([start(scheme, depth) for scheme in STARTS])
    losses = np.empty((UPDATES + 1, len(STARTS)))
    with np.errstate(all="ignore"):  # a start may overflow: that is what is to be seen
        losses[0], gradient = fleet.losses_and_gradients(theta)
        first = np.array([np.sqrt(np.mean(dW**2, axis=(1, 2))) for dW, _ in fleet.parts(gradient)])
        for t in range(UPDATES):
            theta = optimizer.step(theta, gradient)
            losses[t + 1], gradient = fleet.losses_and_gradients(theta)
    losses[~np.isfinite(losses)] = np.nan
    return Race(losses, first)


def starts_scene(activation: str, depth: int, method: str, rate: float) -> Scene:
    """The five losses over the updates, and the size of the first gradient in each layer."""
    result = race(activation, depth, method, rate)
    message = _report(result.losses)
    layers: list[Layer] = []
    updates = np.arange(UPDATES + 1)
    for (name, colour), losses in zip(STARTS.items(), result.losses.T, strict=True):
        layers.append(Line(updates, np.maximum(losses, 1e-3), colour, name))
    loss_panel = Panel(
        "Training loss",
        Axis("Update", (0, UPDATES)),
        Axis("Loss in nats (log scale)", (1e-3, 1e3), log=True),
        tuple(layers),
    )
    alt = f"Training loss of five starts, and the sizes of their first gradients, layer by layer. {message}"
    return Scene((loss_panel, _gradient_panel(result.gradients)), message, alt)


def _gradient_panel(gradients: np.ndarray) -> Panel:
    layer = np.arange(1, len(gradients) + 1)
    lines = tuple(
        Line(layer, np.where(size > 0, size, np.nan), colour, name)
        for (name, colour), size in zip(STARTS.items(), gradients.T, strict=True)
    )
    y = Axis.around("Root mean square (log scale)", [gradients], log=True)
    x = Axis("Layer (the last one is the output)", (1, len(gradients)))
    return Panel("First gradient of the weights", x, y, lines)


def _report(losses: np.ndarray) -> str:
    ended: dict[str, list[str]] = {"Learning": [], "Never better than a coin": [], "Blown up": []}
    for name, curve in zip(STARTS, losses.T, strict=True):
        if np.isnan(curve).any():
            ended["Blown up"].append(f"{name} (update {int(np.isnan(curve).argmax())})")
        elif curve.min() > 0.95 * np.log(2):
            ended["Never better than a coin"].append(name)
        else:
            ended["Learning"].append(f"{name} (loss {curve[-1]:.2g})")
    return " ".join(f"{end}: {'; '.join(names)}." for end, names in ended.items() if names)


def race_of_starts(
    activation: str = "ReLU", depth: int = 8, method: str = "SGD", rate: float = 0.1
) -> Explorer:
    """Five ways to draw the weights of one deep network, and how it learns from each."""
    controls = {
        "activation": choice("Activation", RACING, activation),
        "depth": slider("Hidden layers", 1, DEEPEST, depth),
        "method": choice("Optimiser", tuple(METHODS), method),
        "rate": pick_slider("Learning rate η", [(f"{value:g}", value) for value in RATES], rate),
    }
    return Explorer(starts_scene, controls)
