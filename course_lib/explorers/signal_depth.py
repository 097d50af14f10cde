"""Signal through depth: what is left of a signal after many layers, and of a gradient on its way back?

A layer is φ(h W), and may have more around it: batch normalisation before φ, dropout behind it, and a
residual connection past all of that. What they do to the mean squares, layer by layer, where it is wide:

- Batch normalisation gives the signal one size, whatever the weights', but divides the gradient by the
  standard deviation that it took off. Behind ReLU, which lets half of the gradient's mean square through and
  has the variance ½ − 1/(2π), it grows by π/(π − 1), unless residual connections lead past it (Yang et al.
  2019, "A Mean Field Theory of Batch Normalization").
- A residual connection adds what it leads past to what it carries: 2, where the layer keeps the size and
  has no mean. What comes out of a ReLU has one, of the sign of what is led past: there it is more.
- Dropout of a share p, scaled up by 1/(1 − p), keeps the mean and multiplies the mean square by 1/(1 − p),
  both ways; weights times √(1 − p) take it back (Hendrycks & Gimpel 2017, "Adjusting for Dropout Variance in
  Batch Normalization and Weight Initialization").
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from course_lib import initializers, texts
from course_lib.explorers.controls import Choice, Later, Pick, Slider, Switch, started, worded
from course_lib.explorers.controls import named as numbers
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import like, named, run
from course_lib.layers import BatchNorm, Dropout, LeakyReLU, ReLU, Sigmoid, Tanh
from course_lib.palette import OTHERS, YOURS, YOURS_TOO
from course_lib.scene import FAINT, Axis, Handle, Heat, Layer, Line, Panel, Scene

say = texts.beside(__file__)

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
HE_NORMAL = "He normal"  # in place of what could not be drawn
ENDS = "uniform, U(a, b)"
WIDTHS = (8, 16, 32, 64, 128)
DEEPEST = 50
EXAMPLES = 32
BINS = 41  # odd, so that 0 has a bin of its own
LEAST = 1 / (EXAMPLES * WIDTHS[-1])  # the share of one value of the widest layer
SIGNAL, GRADIENT, DIFFERENCE = OTHERS[:3]


@lru_cache(maxsize=4)
def weights(scheme: str, width: int) -> np.ndarray:
    """(DEEPEST, width, width): each layer's weights as the scheme draws them; of U(a, b) those of U(0, 1)."""
    rng = np.random.default_rng(0)
    if scheme == ENDS:
        return rng.uniform(size=(DEEPEST, width, width))
    return np.array([SCHEMES[scheme](width, width, rng) for _ in range(DEEPEST)])


@dataclass(frozen=True)
class Passage:
    """Activations and gradients behind 0, 1, …, depth layers, each (depth + 1, EXAMPLES, width)."""

    signal: np.ndarray
    gradient: np.ndarray


@dataclass(frozen=True)
class Around:
    """What stands around the weights of each layer, besides the activation."""

    normalised: bool = False
    residual: bool = False
    dropped: float = 0.0  # the probability that a unit is dropped

    def __bool__(self) -> bool:
        return self != Around()


def through(activation: str, W: np.ndarray, around: Around = Around()) -> Passage:
    """The same through layers with these weights: (depth, width, width); in training mode."""
    rng, chance = np.random.default_rng(1), np.random.default_rng(2)
    depth, width = W.shape[:2]
    norms = [BatchNorm(width) for _ in range(depth)] if around.normalised else []
    bends = [ACTIVATIONS[activation]() for _ in range(depth)]
    drops = [Dropout(around.dropped, chance) for _ in range(depth)] if around.dropped else []
    signal = np.empty((depth + 1, EXAMPLES, width))
    gradient = np.empty_like(signal)
    signal[0] = rng.normal(size=(EXAMPLES, width))
    for k in range(depth):
        h = signal[k] @ W[k]
        if norms:
            h = norms[k].forward(h, training=True)
        h = bends[k].forward(h, training=True)
        if drops:
            h = drops[k].forward(h, training=True)
        signal[k + 1] = h + signal[k] if around.residual else h
    gradient[depth] = rng.normal(size=(EXAMPLES, width))
    for k in range(depth - 1, -1, -1):
        g = drops[k].backward(gradient[k + 1]) if drops else gradient[k + 1]
        g = bends[k].backward(g)
        if norms:
            g = norms[k].backward(g)[0]
        gradient[k] = g @ W[k].T
        if around.residual:
            gradient[k] += gradient[k + 1]
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
    low: float = -0.2,
    high: float = 0.2,
    normalised: bool = False,
    residual: bool = False,
    dropping: bool = False,
    rate: float = 0.5,
    corrected: bool = False,
    own: Callable[..., Any] | None = None,
) -> Scene:
    """Histograms of activations and gradients, layer by layer, and their sizes.

    low, high: the ends of U(a, b), of which either may be the smaller. rate: the share that dropout drops,
    where it is on; corrected: the weights are then multiplied by √(1 − rate).
    own: a student's initialiser, drawn where the scheme is "yours"; beside it the course's of the same name.
    Beside layers that have more around them than an activation, the sizes of those that have not.
    """
    around = Around(normalised, residual, rate if dropping else 0.0)
    keep = float(np.sqrt(1 - rate)) if dropping and corrected else 1.0
    beside: list[Layer] = []
    words = []
    mine = False
    if own and scheme == OWN:
        W, said = own_weights(own, width)
        right = _same_name(own)
        mine = not said
        if said:
            drawn = right or HE_NORMAL
            W = weights(drawn, width)
            words = [said, say("report.instead", scheme=say.all("schemes")[drawn])]
        elif right:
            theirs = through(activation, keep * gain * weights(right, width)[:depth], around)
            beside = _beside(theirs, (SIGNAL, GRADIENT), (say.all("schemes")[right], ""))
            ratio = float(np.std(W) / np.std(weights(right, width)))
            words = [say("report.spread", ratio=ratio)]
    else:
        W = weights(scheme, width)
        if scheme == ENDS:
            W = low + (high - low) * W
            mean, spread = (low + high) / 2, abs(high - low) / np.sqrt(12)
            words = [say("report.ends", mean=_number(mean), deviation=_number(spread))]
    W = gain * W[:depth]
    passed = through(activation, keep * W, around)
    up, back, apart = sizes(passed.signal), sizes(passed.gradient), differences(passed.signal)
    words.append(_report(up, back, apart))
    if around and not beside:
        plain = through(activation, W)
        beside = _beside(plain, (SIGNAL, GRADIENT), (say("lines.plain-signal"), say("lines.plain-gradient")))
        there, home = sizes(plain.signal), sizes(plain.gradient)
        words.append(say("report.plain", signal=there[-1] / there[0], gradient=home[0] / home[-1]))
    message = " ".join(words)
    size_panel = _size_panel(up, back, apart, (YOURS, YOURS_TOO) if mine else (SIGNAL, GRADIENT))
    panels = (
        _histograms("signal", passed.signal),
        _histograms("gradient", passed.gradient),
        replace(size_panel, layers=(*size_panel.layers, *beside)),
    )
    alt = say("alt-of-own", name=named(own), message=message) if mine else say("alt", message=message)
    return Scene(panels, message, alt)


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _beside(passed: Passage, colours: tuple[str, str], labels: tuple[str, str]) -> list[Layer]:
    """The sizes of a signal and of a gradient to compare with, thin."""
    curves = zip((passed.signal, passed.gradient), colours, labels, strict=True)
    return [
        Line(np.arange(len(values)), sizes(values), colour, label, width=1.2, dashed=True)
        for values, colour, label in curves
    ]


@lru_cache(maxsize=16)
def own_weights(own: Callable[..., Any], width: int) -> tuple[np.ndarray, str]:
    """DEEPEST layers' weights as a student's initialiser draws them, and why there are fewer, or ""."""
    rng, drawn = np.random.default_rng(0), []

    def work() -> None:
        for _ in range(DEEPEST):
            drawn.append(like(own(width, width, rng), np.empty((width, width)), say("returned")))

    said = run(work, own)
    return np.array(drawn).reshape(-1, width, width), said


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
    levels = np.full(share.shape, np.nan)
    levels[share > 0] = 1 - np.log(share[share > 0]) / np.log(LEAST)  # the logarithm lets thin tails be seen
    x = Axis(say("axes.layer"), (-0.5, len(values) - 0.5))
    heat = Heat(
        levels,
        (say("shares.least"), say("shares.all")),
        span=(LEAST, 1.0),
        log=True,
        empty=say("shares.none"),
    )
    return Panel(say(f"panels.{name}"), x, Axis(say("axes.value"), (-limit, limit)), (heat,))


def _size_panel(up: np.ndarray, back: np.ndarray, apart: np.ndarray, colours: tuple[str, str]) -> Panel:
    layer = np.arange(len(up))
    curves = ((up, colours[0], "signal"), (back, colours[1], "gradient"), (apart, DIFFERENCE, "differences"))
    lines: list[Layer] = [Line([0, DEEPEST], [1, 1], FAINT, width=1.0)]
    for size, colour, name in curves:
        shown = np.where(size > 0, size, np.nan)
        lines.append(Line(layer, shown, colour, say(f"lines.{name}"), dashed=name == "differences"))
    y = Axis.around(say("axes.size"), [up, back, apart, [0.1, 10.0]], log=True)
    last = Handle(say("handles.last"), len(up) - 1, 1.0, sets_x="depth")
    return Panel(say("panels.sizes"), Axis(say("axes.layer"), (0, DEEPEST)), y, tuple(lines), handles=(last,))


def fate(factor: float) -> str:
    """What a whole passage did to a size, in a word; a factor of 5 may be chance, in narrow layers."""
    if factor < 1e-2:
        return "vanishes"
    if factor > 1e2:
        return "explodes"
    if factor < 0.2:
        return "shrinks"
    return "grows" if factor > 5 else "stays"


def _report(up: np.ndarray, back: np.ndarray, apart: np.ndarray) -> str:
    depth = len(up) - 1
    forward, backward, apart_share = up[-1] / up[0], back[0] / back[-1], apart[-1] / apart[0]
    words = [
        say(f"{what}.{fate(factor)}", depth=depth, factor=factor, each=factor ** (1 / depth))
        for what, factor in (("signal", forward), ("gradient", backward))
    ]
    if apart_share < 1e-2 < forward:
        words.append(say("report.alike"))
    return " ".join(words)


CONTROLS = Later(
    lambda: {
        "activation": Choice(
            label=say("controls.activation"), options=worded(say.all("activations")), start="ReLU"
        ),
        "scheme": Choice(
            label=say("controls.scheme"), options=worded(say.all("schemes")), start="Xavier normal"
        ),
        "gain": Slider(label=say("controls.gain"), low=0.5, high=2.5, start=1.0, step=0.01, usual=1.0),
        "depth": Slider(label=say("controls.depth"), low=1, high=DEEPEST, start=20),
        "width": Pick(label=say("controls.width"), options=numbers(WIDTHS), start=64),
        "low": Slider(
            label=say("controls.low"), low=-1.0, high=1.0, start=-0.2, step=0.01, when={"scheme": (ENDS,)}
        ),
        "high": Slider(
            label=say("controls.high"), low=-1.0, high=1.0, start=0.2, step=0.01, when={"scheme": (ENDS,)}
        ),
        "rate": Slider(
            label=say("controls.rate"),
            low=0.05,
            high=0.9,
            start=0.5,
            step=0.05,
            usual=0.5,
            when={"dropping": (True,)},
        ),
        "normalised": Switch(label=say("controls.normalised"), start=False),
        "residual": Switch(label=say("controls.residual"), start=False),
        "dropping": Switch(label=say("controls.dropping"), start=False),
        "corrected": Switch(label=say("controls.corrected"), start=False, when={"dropping": (True,)}),
    }
)


def signal_through_depth(
    activation: str = "ReLU",
    scheme: str = "Xavier normal",
    initializer: Callable[..., Any] | None = None,
    **starts: Any,
) -> Explorer:
    """A stack of layers of one width: activation, scheme and gain decide what arrives at its two ends.

    Batch normalisation, residual connections and dropout can be switched on, alone or together.

    initializer: one of your own, called with fan_in, fan_out and a generator; the scheme is then "yours", and
    the sizes of the course's of the same name are drawn beside.
    starts: values of the other controls at the start, see CONTROLS.
    """
    if initializer is None:
        return Explorer(signal_scene, started(CONTROLS, activation=activation, scheme=scheme, **starts))
    schemes = Choice(
        label=say("controls.scheme"),
        options={say("yours"): OWN} | worded(say.all("schemes")),
        start=OWN,
    )
    controls = started({**CONTROLS, "scheme": schemes}, activation=activation, **starts)
    return Explorer(partial(signal_scene, own=initializer), controls)
