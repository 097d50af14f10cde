"""The dropped network: what does one mask leave, and what do many masks come to on average?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import product
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import Choice, Later, Slider, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import Maker, like, run
from course_lib.explorers.own import named as code_name
from course_lib.initializers import he_normal
from course_lib.palette import COLOURS, OTHERS, SPLITS
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Bars,
    Film,
    Handle,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    Text,
    film,
    outline,
)

say = texts.beside(__file__)

MODES = tuple(say.all("modes"))
INVERTED, AT_TEST, NEVER = "in training (inverted)", "at test (the paper of 2014)", "never (a mistake)"
CONVENTIONS = (INVERTED, AT_TEST, NEVER)
OWN = "as your layer does"
INPUTS = np.array([1.0, -0.5, 2.0, 0.5])
HIDDEN = 8  # units in each of two hidden layers
UNITS = 2 * HIDDEN
MASKS = 2000
SHOWN = 100  # of them, one after the other
KEPT, TEST, MEAN = COLOURS["Dropout"], SPLITS["test"], OTHERS[3]


@cache
def _weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(333)  # most of its units are at work, and its output is far from 0
    return he_normal(4, HIDDEN, rng), he_normal(HIDDEN, HIDDEN, rng), he_normal(HIDDEN, 1, rng)


@cache
def _draws() -> np.ndarray:
    """One number from U(0, 1) for each unit of each mask, so that a higher rate drops some more of them."""
    return np.random.default_rng(0).random((MASKS, 2, HIDDEN))


def masks(rate: float) -> np.ndarray:
    """Which units stay: (MASKS, 2 layers, HIDDEN), each dropped on its own with probability rate."""
    return _draws() >= rate


def forward(factor_1: np.ndarray, factor_2: np.ndarray) -> np.ndarray:
    """The network's output when its hidden layers' units are multiplied by these factors (…, HIDDEN)."""
    first, second, last = _weights()
    hidden = np.maximum(INPUTS @ first, 0) * factor_1
    hidden = np.maximum(hidden @ second, 0) * factor_2
    return (hidden @ last)[..., 0]


@dataclass(frozen=True)
class Outputs:
    """What the network says: in training for each mask (MASKS,), and at test."""

    training: np.ndarray
    test: float


@lru_cache(maxsize=256)
def outputs(rate: float, rescale: str) -> Outputs:
    in_training = 1 / (1 - rate) if rescale == INVERTED else 1.0
    at_test = np.full(HIDDEN, 1 - rate if rescale == AT_TEST else 1.0)
    kept = masks(rate) * in_training
    return Outputs(forward(kept[:, 0], kept[:, 1]), float(forward(at_test, at_test)))


@lru_cache(maxsize=64)
def own_factors(layer: Callable[..., Any], rate: float) -> tuple[np.ndarray, np.ndarray, str]:
    """By what a student's layer multiplies each unit: for each mask (MASKS, 2, HIDDEN), at test (2, HIDDEN).

    And why there is no such thing, or "": a layer is asked what it makes of ones.
    """
    training, test = np.ones((MASKS, 2 * HIDDEN)), np.ones((1, 2 * HIDDEN))

    def work() -> None:
        made = Maker(layer, rate=rate, rng=np.random.default_rng(0))()
        training[:] = like(made.forward(training.copy(), True), training, say("what.training"))
        test[:] = like(made.forward(test.copy(), False), test, say("what.test"))

    said = run(work, layer)
    return training.reshape(MASKS, 2, HIDDEN), test.reshape(2, HIDDEN), said


def own_outputs(layer: Callable[..., Any], rate: float) -> tuple[np.ndarray, Outputs]:
    """Which units a student's layer keeps, by mask, and what the network then says. Raises ValueError."""
    factors, at_test, said = own_factors(layer, rate)
    if said:
        raise ValueError(said)
    then = Outputs(forward(factors[:, 0], factors[:, 1]), float(forward(at_test[0], at_test[1])))
    return factors != 0, then


def dropped_scene(
    rate: float, mask: int, mode: str, rescale: str, own: Callable[..., Any] | None = None
) -> Scene:
    """The network under mask number `mask` (from 1), its outputs over all masks, and how many each drops.

    own: a student's layer, which takes the place of the course's where `rescale` is OWN. The course's stands
    beside it, as outlines.
    """
    theirs = own if rescale == OWN else None
    dropped, said, panels = _drawn(rate, mode, rescale, theirs)
    message = _report(rate, mask, mode, rescale, said, dropped)
    if theirs:
        message = f"{_compared(theirs, said, outputs(rate, INVERTED))} {message}"
    return Scene(panels, message, say("alt", masks=MASKS, message=message), "mask", mask)


@lru_cache(maxsize=64)
def _drawn(
    rate: float, mode: str, rescale: str, own: Callable[..., Any] | None
) -> tuple[np.ndarray, Outputs, tuple[Panel, ...]]:
    """What is the same for all masks: how many units each drops (MASKS,), what is said, and the panels."""
    kept, said = own_outputs(own, rate) if own else (masks(rate), outputs(rate, rescale))
    dropped = _count(kept)
    training = mode == "training"
    units = kept[:SHOWN] if training else np.ones((SHOWN, 2, HIDDEN), dtype=bool)
    output = said.training[:SHOWN] if training else np.full(SHOWN, said.test)
    right = outputs(rate, INVERTED).training if own else None
    panels = (
        _network_panel(units, output.tolist()),
        _output_panel(said, output.tolist() if training else [], right),
        _count_panel(dropped, rate, dropped[:SHOWN].tolist() if training else [], own is not None),
    )
    return dropped, said, panels


def _count(kept: np.ndarray) -> np.ndarray:
    """How many units each mask drops, (MASKS,)."""
    return UNITS - kept.sum(axis=(1, 2))


def _compared(own: Callable[..., Any], said: Outputs, right: Outputs) -> str:
    return say(
        "compared",
        own=code_name(own),
        training=said.training.mean(),
        test=said.test,
        right_training=right.training.mean(),
        right_test=right.test,
    )


def _network_panel(units: np.ndarray, output: list[float]) -> Panel:
    """units: which are at work, (SHOWN, 2, HIDDEN), and what the network then says."""
    ends = np.ones((2, SHOWN, 4), dtype=bool)
    columns = (ends[0], units[:, 0], units[:, 1], ends[1, :, :1])
    heights = [np.linspace(0, 1, column.shape[1] + 2)[1:-1] for column in columns]
    layers: list[Layer] = []
    for left in range(3):
        for (i, y0), (j, y1) in product(enumerate(heights[left]), enumerate(heights[left + 1])):
            edge = Line([left, left + 1], [y0, y1], FAINT, width=1.0)
            layers.append(_while(columns[left][:, i] & columns[left + 1][:, j], edge))
    for place, (column, y) in enumerate(zip(columns, heights, strict=True)):
        colour = KEPT if place in (1, 2) else INK
        for i, height in enumerate(y):
            unit = Points([place], [height], colour, size=12)
            cross = Points([place], [height], FAINT, size=11, shape="cross")
            layers.append(_while(column[:, i], unit, cross))
    words = [f"{value:.2f}" for value in output]
    layers.append(film(words, lambda word: (Text(3, 0.6, word, align="centre"),), first=1))
    called = ("inputs", "hidden", "hidden", "output")
    ticks = tuple((float(at), say(f"ticks.{name}")) for at, name in enumerate(called))
    x = Axis("", (-0.4, 3.4), ticks=ticks)
    return Panel(say("panels.network"), x, Axis("", (0, 1), ticks=((0.5, ""),)), backdrop=tuple(layers))


def _while(kept: np.ndarray, seen: Layer, *otherwise: Layer) -> Film:
    """What is seen under the masks that keep it, (SHOWN,), and what under the others."""
    return film(kept.tolist(), lambda here: (seen,) if here else otherwise, first=1)


def _output_panel(said: Outputs, shown: list[float], right: np.ndarray | None) -> Panel:
    """shown: what the network says under each of the masks that are shown, if any is.

    right: what it says with the course's layer, to be drawn beside.
    """
    mean = float(said.training.mean())
    both = np.quantile([each for each in (said.training, right) if each is not None], (0, 0.995), axis=1)
    least, most = both[0].min(), both[1].max()
    low, high = min(least, said.test, mean), max(most, said.test, mean)
    air = 0.2 * (high - low) or 0.5  # room for words at both ends
    edges = np.linspace(low - air, high + air, 36)
    share = np.histogram(said.training, edges)[0] / MASKS
    beside = [] if right is None else [np.histogram(right, edges)[0] / MASKS]
    top = 1.35 * max(1e-3, *(each.max() for each in (share, *beside)))
    layers: list[Layer] = [Bars((edges[:-1] + edges[1:]) / 2, share, FAINT, width=edges[1] - edges[0])]
    layers += [outline(edges, each, INK, width=1.0) for each in beside]

    def mark(x: float, colour: str, name: str, height: float, dashed: bool) -> tuple[Layer, ...]:
        side = "left" if x < (low + high) / 2 else "right"  # where a phone has room for the words
        line = Line([x, x], [0, height * top], colour, dashed=dashed)
        return line, Text(x, height * top, f"  {name}  ", colour, align=side)

    layers += mark(mean, MEAN, say("marks.mean"), 0.96, True)
    layers += mark(said.test, TEST, say("marks.test"), 0.89, False)
    if shown:
        layers.append(film(shown, lambda x: mark(x, KEPT, say("marks.this"), 0.82, True), first=1))
    x_axis = Axis(say("axes.output"), (low - air, high + air))
    title = say("panels.output" if right is None else "panels.output-own", masks=MASKS)
    return Panel(title, x_axis, Axis(say("axes.share"), (0, top)), backdrop=tuple(layers))


def _count_panel(dropped: np.ndarray, rate: float, shown: list[int], own: bool) -> Panel:
    of_all = np.arange(UNITS + 1) / UNITS
    share = np.bincount(dropped, minlength=UNITS + 1) / MASKS
    right = np.bincount(_count(masks(rate)), minlength=UNITS + 1) / MASKS
    top = 1.25 * max(share.max(), right.max())
    wide = 0.8 / UNITS
    layers: list[Layer] = [Bars(of_all, share, FAINT, wide)]
    if own:
        layers.append(outline((np.arange(UNITS + 2) - 0.5) / UNITS, right, INK, width=1.0))
    if shown:
        layers.append(film(shown, lambda here: (Bars([of_all[here]], [share[here]], KEPT, wide),), first=1))
    layers.append(Line([rate, rate], [0, 0.9 * top], MEAN, dashed=True))
    words = say("expected", units=UNITS, count=rate * UNITS)
    side = "left" if rate <= 0.5 else "right"
    layers.append(Text(rate, 0.95 * top, words, MEAN, align=side))
    x = Axis(say("axes.dropped", units=UNITS), (-0.05, 1.05))
    y, handle = Axis(say("axes.share"), (0, top)), Handle(say("handle"), rate, 0.8 * top, sets_x="rate")
    title = say("panels.dropped-own" if own else "panels.dropped")
    return Panel(title, x, y, backdrop=tuple(layers), handles=(handle,))


def _report(rate: float, mask: int, mode: str, rescale: str, said: Outputs, dropped: np.ndarray) -> str:
    mean = float(said.training.mean())
    if mode == "training":
        one = {"dropped": dropped[mask - 1], "output": said.training[mask - 1]}
        first = say("training", mask=mask, units=UNITS, **one)
    else:
        first = say("test", units=UNITS, output=said.test)
    both = {"masks": MASKS, "mean": mean, "test": said.test}
    if rate == 0:
        return " ".join([first, say("means.none", **both)])
    if rescale == NEVER:
        return " ".join([first, say("means.never", times=said.test / mean, **both)])
    near = say("means.near" if abs(said.test - mean) < 0.25 * abs(said.test) else "means.far", **both)
    return " ".join([first, near, say("between", least=int(dropped.min()), most=int(dropped.max()))])


CONTROLS = Later(
    lambda: {
        "rate": Slider(label=say("controls.rate"), low=0.0, high=0.9, start=0.5, step=0.05, usual=0.5),
        "mask": Slider(label=say("controls.mask"), low=1, high=SHOWN, start=1, plays=True),
        "mode": Choice(label=say("controls.mode"), options=worded(say.all("modes")), start="training"),
        "rescale": Choice(
            label=say("controls.rescale"), options=worded(say.all("conventions")), start=INVERTED
        ),
    }
)


def dropped_network(
    rate: float = 0.5,
    mode: str = "training",
    rescale: str = INVERTED,
    layer: Callable[..., Any] | None = None,
) -> Explorer:
    """A small network under dropout: the mask, the output over many masks, training against test.

    layer: one of your own, `layer(rate, rng)` with `forward(x, training)`; it is then at work in the network.
    """
    if layer is None:
        return Explorer(dropped_scene, started(CONTROLS, rate=rate, mode=mode, rescale=rescale))
    options = worded({OWN: say("own")} | say.all("conventions"))
    choice = Choice(label=say("controls.rescale"), options=options, start=OWN)
    controls = started({**CONTROLS, "rescale": choice}, rate=rate, mode=mode)
    return Explorer(partial(dropped_scene, own=layer), controls)
