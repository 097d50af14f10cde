"""Signal through depth: what is left of a signal after many layers, and of a gradient on its way back?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from course_lib import initializers
from course_lib.explorers.controls import Choice, Pick, Slider, started
from course_lib.explorers.controls import named as options
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import like, named, run
from course_lib.layers import LeakyReLU, ReLU, Sigmoid, Tanh
from course_lib.palette import OTHERS, YOURS
from course_lib.scene import FAINT, Axis, Heat, Layer, Line, Panel, Scene

SCHEMES: dict[str, Callable[[int, int, np.random.Generator], np.ndarray]] = {
    "zeros": initializers.zeros,
    "normal, σ = 0.01": initializers.normal(0.01),
    "normal, σ = 1": initializers.normal(1.0),
    "Xavier normal": initializers.xavier_normal,
    "Xavier uniform": initializers.xavier_uniform,
    "He normal": initializers.he_normal,
    "He uniform": initializers.he_uniform,
    "orthogonal": initializers.orthogonal,
}
ACTIVATIONS: dict[str, Callable[[], Any]] = {
    "ReLU": ReLU,
    "leaky ReLU": lambda: LeakyReLU(0.1),
    "tanh": Tanh,
    "sigmoid": Sigmoid,
    "identity": lambda: LeakyReLU(1.0),  # with slope 1 on both sides nothing is bent
}
OWN = "yours"
WIDTHS = (8, 16, 32, 64, 128)
DEEPEST = 30
EXAMPLES = 32
BINS = 41  # odd, so that 0 has a bin of its own
SIGNAL, GRADIENT, DIFFERENCE = OTHERS[:3]


@lru_cache(maxsize=4)
def weights(scheme: str, width: int) -> np.ndarray:
    """(DEEPEST, width, width): each layer's weights as the scheme draws them."""
    rng = np.random.default_rng(0)
    return np.array([SCHEMES[scheme](width, width, rng) for _ in range(DEEPEST)])


@dataclass(frozen=True)
class Passage:
    """Activations and gradients behind 0, 1, …, depth layers, each (depth + 1, EXAMPLES, width)."""

    signal: np.ndarray
    gradient: np.ndarray


def passage(activation: str, scheme: str, gain: float, depth: int, width: int) -> Passage:
    """Send N(0, 1) inputs up through the layers, and an N(0, 1) gradient from the last one back down."""
    return through(activation, gain * weights(scheme, width)[:depth])


def through(activation: str, W: np.ndarray) -> Passage:
    """The same through layers with these weights: (depth, width, width)."""
    rng = np.random.default_rng(1)
    depth, width = W.shape[:2]
    layers = [ACTIVATIONS[activation]() for _ in range(depth)]
    signal = np.empty((depth + 1, EXAMPLES, width))
    gradient = np.empty_like(signal)
    signal[0] = rng.normal(size=(EXAMPLES, width))
    for k, layer in enumerate(layers):
        signal[k + 1] = layer.forward(signal[k] @ W[k], training=True)
    gradient[depth] = rng.normal(size=(EXAMPLES, width))
    for k in range(depth - 1, -1, -1):
        gradient[k] = layers[k].backward(gradient[k + 1]) @ W[k].T
    return Passage(signal, gradient)


def sizes(values: np.ndarray) -> np.ndarray:
    """Root mean square behind each layer: (depth + 1,)."""
    return np.sqrt(np.mean(values**2, axis=(1, 2)))


def differences(values: np.ndarray) -> np.ndarray:
    """The part of the size that tells one example from another: what all have in common is taken off."""
    return sizes(values - values.mean(axis=1, keepdims=True))


def signal_scene(
    activation: str,
    scheme: str,
    gain: float,
    depth: int,
    width: int,
    own: Callable[..., Any] | None = None,
) -> Scene:
    """Histograms of activations and gradients, layer by layer, and their sizes.

    own: a student's initialiser, drawn where the scheme is "yours"; beside it the course's of the same name.
    """
    if own and scheme == OWN:
        return _own_scene(own, activation, gain, depth, width)
    passed = passage(activation, scheme, gain, depth, width)
    up, back, apart = sizes(passed.signal), sizes(passed.gradient), differences(passed.signal)
    message = _report(up, back, apart)
    panels = (
        _histograms("Activations", passed.signal),
        _histograms("Gradients", passed.gradient),
        _size_panel(up, back, apart),
    )
    what = "Histograms of activations and of gradients behind each layer, and their sizes over the layers."
    return Scene(panels, message, f"{what} {message}")


@lru_cache(maxsize=16)
def own_weights(own: Callable[..., Any], width: int) -> tuple[np.ndarray, str]:
    """DEEPEST layers' weights as a student's initialiser draws them, and why there are fewer, or ""."""
    rng, drawn = np.random.default_rng(0), []

    def work() -> None:
        for _ in range(DEEPEST):
            drawn.append(like(own(width, width, rng), np.empty((width, width)), "What it returns"))

    said = run(work, named(own))
    return np.array(drawn).reshape(-1, width, width), said


def _own_scene(own: Callable[..., Any], activation: str, gain: float, depth: int, width: int) -> Scene:
    """As of any scheme, with the sizes of the course's initialiser of the same name beside."""
    W, said = own_weights(own, width)
    if said:
        raise ValueError(said)
    passed = through(activation, gain * W[:depth])
    up, back, apart = sizes(passed.signal), sizes(passed.gradient), differences(passed.signal)
    size_panel, message = _size_panel(up, back, apart), _report(up, back, apart)
    if right := _same_name(own):
        beside = passage(activation, right, gain, depth, width)
        layer = np.arange(depth + 1)
        lines = (
            Line(layer, sizes(values), YOURS, label, width=1.5, dashed=True)
            for values, label in ((beside.signal, right), (beside.gradient, ""))
        )
        size_panel = replace(size_panel, layers=(*size_panel.layers, *lines))
        ratio = float(np.std(W) / np.std(weights(right, width)))
        message = f"Your weights spread {ratio:.3g} times as far as the course's. {message}"
    panels = (
        _histograms("Activations", passed.signal),
        _histograms("Gradients", passed.gradient),
        size_panel,
    )
    what = (
        f"Your {named(own)}: histograms of activations and of gradients behind each layer, and their sizes."
    )
    return Scene(panels, message, f"{what} {message}")


def _same_name(own: Callable[..., Any]) -> str | None:
    """The scheme that a student's function is called like: he_normal is "He normal"."""
    name = named(own).lower()
    return next((scheme for scheme in SCHEMES if scheme.lower().replace(" ", "_") in name), None)


def histogram(values: np.ndarray, limit: float) -> np.ndarray:
    """The share of a layer's values in each of BINS bins over (−limit, limit): (BINS, layers).

    What lies outside counts in the outermost bins.
    """
    layers = len(values)
    place = np.clip((values.reshape(layers, -1) / limit + 1) / 2 * BINS, 0, BINS - 1).astype(int)
    count = np.bincount((place + BINS * np.arange(layers)[:, None]).ravel(), minlength=BINS * layers)
    return count.reshape(layers, BINS).T / place.shape[1]


def _histograms(name: str, values: np.ndarray) -> Panel:
    """One column for each layer; the axis reaches as far as the layer with the largest values."""
    limit = 2.5 * float(sizes(values).max())
    share = histogram(values, limit)
    levels = np.sqrt(share / share.max(axis=0))  # the root lets thin tails be seen
    x = Axis("Behind layer", (-0.5, len(values) - 0.5))
    heat = Heat(levels, ("none", "most"))
    return Panel(f"{name}: one histogram per layer", x, Axis("Value", (-limit, limit)), (heat,))


def _size_panel(up: np.ndarray, back: np.ndarray, apart: np.ndarray) -> Panel:
    layer = np.arange(len(up))
    curves = ((up, SIGNAL, "signal"), (back, GRADIENT, "gradient"), (apart, DIFFERENCE, "differences"))
    lines: list[Layer] = [Line([0, len(up) - 1], [1, 1], FAINT, width=1.0)]
    for size, colour, name in curves:
        shown = np.where(size > 0, size, np.nan)
        lines.append(Line(layer, shown, colour, name, dashed=name == "differences"))
    y = Axis.around("Root mean square (log scale)", [up, back, apart, [0.1, 10.0]], log=True)
    return Panel("Sizes, layer by layer", Axis("Behind layer", (0, len(up) - 1)), y, tuple(lines))


def fate(factor: float) -> str:
    """What a whole passage did to a size, in a word; a factor of 5 may be chance, in narrow layers."""
    if factor < 1e-2:
        return "vanishes"
    if factor > 1e2:
        return "explodes"
    if factor < 0.2:
        return "shrinks"
    return "grows" if factor > 5 else "stays within a factor of 5"


def _report(up: np.ndarray, back: np.ndarray, apart: np.ndarray) -> str:
    depth = len(up) - 1
    forward, backward, apart_share = up[-1] / up[0], back[0] / back[-1], apart[-1] / apart[0]
    words = [
        f"Signal after {depth} layers: × {forward:.2g}, {forward ** (1 / depth):.3g} per layer; "
        f"it {fate(forward)}.",
        f"Gradient on its way back: × {backward:.2g}, {backward ** (1 / depth):.3g} per layer; "
        f"it {fate(backward)}.",
    ]
    if apart_share < 1e-2 < forward:
        words.append("The signal is there, but nearly the same for every example: the differences vanish.")
    return " ".join(words)


CONTROLS = {
    "activation": Choice(label="Activation", options=options(ACTIVATIONS), start="ReLU"),
    "scheme": Choice(label="Scheme", options=options(SCHEMES), start="Xavier normal"),
    "gain": Slider(label="Gain (all weights times this)", low=0.5, high=2.5, start=1.0, step=0.01, usual=1.0),
    "depth": Slider(label="Depth (layers)", low=1, high=DEEPEST, start=20),
    "width": Pick(label="Width (units per layer)", options=options(WIDTHS), start=64),
}


def signal_through_depth(
    activation: str = "ReLU",
    scheme: str = "Xavier normal",
    initializer: Callable[..., Any] | None = None,
    **starts: Any,
) -> Explorer:
    """A stack of layers of one width: activation, scheme and gain decide what arrives at its two ends.

    initializer: one of your own, called with fan_in, fan_out and a generator; the scheme is then "yours", and
    the sizes of the course's of the same name are drawn beside.
    starts: values of the other controls at the start, see CONTROLS.
    """
    if initializer is None:
        return Explorer(signal_scene, started(CONTROLS, activation=activation, scheme=scheme, **starts))
    schemes = Choice(label="Scheme", options=options((OWN, *SCHEMES)), start=OWN)
    controls = started(CONTROLS | {"scheme": schemes}, activation=activation, **starts)
    return Explorer(partial(signal_scene, own=initializer), controls)
