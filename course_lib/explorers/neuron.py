"""One neuron: what do its weights, its bias and its activation do?"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import Choice, Later, Slider, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import ON_PALE, OTHERS, PALE
from course_lib.scene import FAINT, INK, Axis, Handle, Heat, Layer, Line, Panel, Points, Scene, cells

say = texts.beside(__file__)

REACH = 4.0  # the plane shows inputs from −4 to 4
GRID = np.linspace(-REACH, REACH, 41)
SUMS = (-6.0, 6.0)  # that are drawn
NEURON = OTHERS[0]

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda z: z,
    "step": lambda z: (z > 0).astype(float),
    "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
    "tanh": np.tanh,
    "ReLU": lambda z: np.maximum(z, 0),
}


@cache
def two_groups() -> tuple[np.ndarray, np.ndarray]:
    """100 points (x₁, x₂) and whether each belongs to the second group: two clouds that overlap a little."""
    rng = np.random.default_rng(2)
    centres = np.repeat([[-1.2, -0.6], [1.2, 0.9]], 50, axis=0)
    return centres + rng.normal(0, 0.9, (100, 2)), np.repeat([False, True], 50)


def neuron_scene(w1: float, w2: float, b: float, activation: str) -> Scene:
    """The neuron's output over the plane of its two inputs, and its activation with the points on it."""
    points, second = two_groups()
    phi, called = ACTIVATIONS[activation], say(f"activations.{activation}")
    z = points @ [w1, w2] + b
    right = int(np.sum((z > 0) == second))
    message = _report(w1, w2, b, right)
    plane = _plane_panel(w1, w2, b, phi)
    curve = np.linspace(*SUMS, 121)
    ends = {"identity": (-6.0, 6.0), "ReLU": (-1.0, 6.0)}.get(activation, (-1.2, 1.2))
    response = Panel(
        say("panels.response", activation=called),
        Axis(say("axes.sum"), SUMS),
        Axis(say("axes.output"), ends),
        (
            Line([0, 0], ends, FAINT, width=1),
            Line(curve, phi(curve), NEURON),
            Points(z[~second], phi(z[~second]), INK, size=5, shape="ring"),
            Points(z[second], phi(z[second]), INK, size=5, shape="disc"),
        ),
    )
    alt = say("alt", activation=called, message=message)
    return Scene((plane, response), message, alt)


def _plane_panel(w1: float, w2: float, b: float, phi: Callable[[np.ndarray], np.ndarray]) -> Panel:
    points, second = two_groups()
    output = phi(w1 * GRID + w2 * GRID[:, None] + b)
    low, high = output.min(), output.max()
    levels = (output - low) / (high - low) if high > low else np.full_like(output, 0.5)
    layers: list[Layer] = [
        Heat(levels, (f"{low:.2g}", f"{high:.2g}"), PALE, (float(low), float(high))),
        Points(points[~second, 0], points[~second, 1], ON_PALE, size=5, shape="ring"),
        Points(points[second, 0], points[second, 1], ON_PALE, size=5, shape="disc"),
    ]
    size = np.hypot(w1, w2)
    if size > 0:
        foot = -b * np.array([w1, w2]) / size**2  # the line's point next to the origin
        along = 20 * np.array([-w2, w1]) / size
        ends = np.stack([foot - along, foot + along])
        layers.append(Line(ends[:, 0], ends[:, 1], NEURON, width=3))
    tip = Handle(say("handles.weights"), w1, w2, sets_x="w1", sets_y="w2")
    layers.append(Line([0, w1], [0, w2], ON_PALE, width=1.5))
    return Panel(say("panels.plane"), cells("x₁", GRID), cells("x₂", GRID), tuple(layers), handles=(tip,))


def _report(w1: float, w2: float, b: float, right: int) -> str:
    if w1 == 0 and w2 == 0:
        return say("report.no-line", right=right)
    line = f"{w1:g} x₁ {_signed(w2)} x₂ {_signed(b)} = 0".replace("-", "−")
    steepness = float(np.hypot(w1, w2))
    return say("report.line", line=line, right=right, steepness=steepness)


def _signed(number: float) -> str:
    return f"{'−' if number < 0 else '+'} {abs(number):g}"


CONTROLS = Later(
    lambda: {
        "w1": Slider(label=say("controls.w1"), low=-3.0, high=3.0, start=1.0, step=0.1),
        "w2": Slider(label=say("controls.w2"), low=-3.0, high=3.0, start=-1.0, step=0.1),
        "b": Slider(label=say("controls.b"), low=-4.0, high=4.0, start=1.0, step=0.1),
        "activation": Choice(
            label=say("controls.activation"),
            options=worded(say.all("activations")),
            start="sigmoid",
        ),
    }
)


def neuron(**starts: Any) -> Explorer:
    """One neuron with two inputs: weights, bias, activation, and the line at which it changes sides.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(neuron_scene, started(CONTROLS, **starts))
