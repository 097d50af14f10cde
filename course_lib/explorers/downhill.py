"""Descent on a surface: where does a method go, what becomes of its loss, and how long are its steps?"""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import ipywidgets as widgets
import numpy as np

from course_lib import surfaces
from course_lib.explorers.canvas import Explorer, choice, log_slider, slider
from course_lib.explorers.race import Run, speed_limit
from course_lib.optimizers import SGD, Momentum, Nesterov
from course_lib.plots import COLOURS
from course_lib.scene import INK, Axis, Layer, Line, Panel, Points, Scene, contours
from course_lib.training import descend

LONGEST = 200  # steps; a walk goes this far once and is then only cut

# Each surface, and a learning rate at which plain descent does something worth watching.
LANDSCAPES: dict[str, tuple[Callable[[], surfaces.Surface], float]] = {
    "ravine": (surfaces.ravine, 10**-1.15),  # a place that the slider has, and well below the limit of 0.08
    "bowl": (surfaces.bowl, 0.1),
    "saddle": (surfaces.saddle, 0.1),
    "Beale": (surfaces.beale, 0.01),
    "Rosenbrock": (surfaces.rosenbrock, 0.001),
    "Himmelblau": (surfaces.himmelblau, 0.01),
}
METHODS: dict[str, tuple[str, Callable[[float, float], Any]]] = {  # option → its colour's name, and its maker
    "Gradient descent": ("SGD", lambda rate, mu: SGD(rate)),
    "Momentum": ("Momentum", Momentum),
    "Nesterov": ("Nesterov", Nesterov),
}
CONVEX = ("ravine", "bowl")


@lru_cache(maxsize=128)
def walk(surface: str, start: tuple[float, float], method: str, rate: float, mu: float, noise: float) -> Run:
    """LONGEST steps of a method; noise is the standard deviation of each gradient coordinate.

    The noise is drawn anew from the same seed for each walk: two walks differ by their settings alone.
    """
    field = _surface(surface)
    downhill = surfaces.noisy(field, noise, np.random.default_rng(0)) if noise else field
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        path, losses = descend(downhill.loss_and_gradient, start, METHODS[method][1](rate, mu), LONGEST)
    if len(losses) <= LONGEST:  # it ended because the next loss was not a finite number
        path, losses = np.concatenate([path, np.nan * path[-1:]]), np.append(losses, np.inf)
    return Run(path, losses)


def descent_scene(
    surface: str, x: float, y: float, method: str, rate: float, mu: float, noise: float, steps: int
) -> Scene:
    """Path, loss and step length of `steps` steps from (x, y), the present step marked in all three.

    mu is left alone by gradient descent. noise: standard deviation of each coordinate of the gradient.
    """
    run = walk(surface, (x, y), method, rate, mu if method != "Gradient descent" else 0.0, noise).cut(steps)
    colour = COLOURS[METHODS[method][0]]
    lengths = np.linalg.norm(np.diff(run.path, axis=0), axis=1)
    panels = (
        _path_panel(surface, run, colour),
        _loss_panel(surface, run, colour, steps),
        _length_panel(lengths, colour, steps),
    )
    message = _report(surface, method, rate, noise, steps, run, lengths)
    what = f"Path over the contours, loss and step length of {method} on the {surface}, {steps} steps."
    return Scene(panels, message, f"{what} {message}")


@cache
def _surface(name: str) -> surfaces.Surface:
    return LANDSCAPES[name][0]()


@cache
def _ground(name: str) -> tuple[Layer, ...]:
    field = _surface(name)
    return contours(field.value, field.bounds)


def _path_panel(surface: str, run: Run, colour: str) -> Panel:
    field = _surface(surface)
    path, minima = run.path, field.minima
    layers = (
        Line(path[:, 0], path[:, 1], colour),
        Points(path[1:-1, 0], path[1:-1, 1], colour, size=3),
        Points(path[-1:, 0], path[-1:, 1], colour, size=9),
        Points(path[:1, 0], path[:1, 1], INK, size=9, shape="ring"),
        Points(minima[:, 0], minima[:, 1], INK, size=13, shape="star"),
    )
    x, y = (Axis(label, ends) for label, ends in zip(("θ₁", "θ₂"), field.bounds, strict=True))
    return Panel(f"Path: {surface}", x, y, layers, _ground(surface))


def _loss_panel(surface: str, run: Run, colour: str, steps: int) -> Panel:
    """The loss above its minimum on a log scale or, where there is no minimum, as it is."""
    bottom = _bottom(surface)
    height = run.losses - (bottom or 0.0)
    if bottom is None:
        first = max(abs(height[0]), 1.0)
        axis = Axis.around("Loss", [np.clip(height, -5 * first, 5 * first)])
    else:
        first = max(height[0], 1e-9)
        axis = Axis.around(
            "Loss − minimum (log scale)", [np.clip(height, 1e-9 * first, 30 * first)], log=True
        )
    layers = (Line(np.arange(len(height)), height, colour), _dot(len(height) - 1, height[-1:], colour))
    return Panel("Loss", Axis("Step", (0, steps)), axis, layers)


def _length_panel(lengths: np.ndarray, colour: str, steps: int) -> Panel:
    axis = Axis.around("Length of the step (log scale)", [np.clip(lengths, 1e-6, 1e2)], log=True)
    at = np.arange(1, len(lengths) + 1)
    return Panel(
        "Step length",
        Axis("Step", (0, steps)),
        axis,
        (Line(at, lengths, colour), _dot(len(lengths), lengths[-1:], colour)),
    )


def _dot(step: int, height: np.ndarray, colour: str) -> Points:
    return Points(np.full(len(height), step), height, colour, size=9)


def _bottom(surface: str) -> float | None:
    field = _surface(surface)
    return float(field.value(field.minima).min()) if len(field.minima) else None


def _report(
    surface: str, method: str, rate: float, noise: float, steps: int, run: Run, lengths: np.ndarray
) -> str:
    """How the walk went: divergence and its reason, or where the loss stands, and whether it zig-zagged."""
    out = run.diverged()
    if out is not None:
        limit = speed_limit(surface) if surface in CONVEX and method == "Gradient descent" else None
        reason = f": η > 2/λ_max = {limit:.3g}" if limit and rate > limit else "; try a smaller η"
        return f"It diverged: by step {out} the loss had passed 1000 times its start{reason}."
    bottom = _bottom(surface)
    sentences = [_standing(run, steps, bottom)]
    if not noise and len(lengths) and lengths[-1] < 1e-9:
        kind = _resting_place(surface, run.path[-1])
        sentences.append(f"It rests: the gradient is 0, and this is {kind}.")
        if kind == "a saddle":
            sentences.append("Move the start off the ridge, or add noise.")
    flips = _flips(run.path[:, 1], 0.0) if surface in CONVEX and run.path[0, 1] else 0
    if flips >= 2:
        sentences.append(f"θ₂ changed its sign at {flips} of {len(run.path) - 1} steps.")
    return " ".join(sentences)


def _standing(run: Run, steps: int, bottom: float | None) -> str:
    if bottom is None:
        return f"Loss after {steps} steps: {run.losses[-1]:.3g}.".replace("-", "−")
    first = run.losses[0] - bottom
    if first <= 1e-12:
        return "You start at a minimum."
    arrived = run.arrived(bottom)
    if arrived is not None:
        return f"From step {arrived} on, less than 1 % of the starting loss is left."
    return (
        f"After {steps} steps {100 * (run.losses[-1] - bottom) / first:.3g} % of the starting loss is left."
    )


def _resting_place(surface: str, theta: np.ndarray) -> str:
    curvature = np.linalg.eigvalsh(_surface(surface).hessian(theta))
    if curvature[0] > 1e-9:
        return "a minimum"
    return "a saddle" if curvature[0] < -1e-9 < 1e-9 < curvature[1] else "a flat place or a maximum"


def _flips(values: np.ndarray, about: float) -> int:
    """How often consecutive values lie on different sides."""
    side = np.sign(values - about)
    return int(np.sum(side[1:] * side[:-1] < 0))


def descent(
    surface: str = "ravine",
    method: str = "Gradient descent",
    rate: float | None = None,
    mu: float = 0.9,
    noise: float = 0.0,
    steps: int = 40,
) -> Explorer:
    """A method walking down a surface: choose the surface, the start, η, μ and the noise of the gradient.

    rate: the first learning rate; by default one that suits the surface.
    """
    if surface not in LANDSCAPES:
        raise ValueError(f"There is no surface {surface!r}; there are {', '.join(LANDSCAPES)}.")
    (x0, x1), (y0, y1) = _surface(surface).bounds
    x, y = _start(surface)
    controls: dict[str, Any] = {
        "surface": choice("Surface", tuple(LANDSCAPES), surface),
        "method": choice("Method", tuple(METHODS), method),
        "steps": slider("Steps", 1, LONGEST, steps),
        "rate": log_slider("Learning rate η", -4, 0, LANDSCAPES[surface][1] if rate is None else rate),
        "mu": slider("Momentum μ", 0.0, 0.99, mu, 0.01),
        "noise": slider("Noise of the gradient σ", 0.0, 5.0, noise, 0.1),
        "x": slider("Start θ₁", x0, x1, x, 0.05),
        "y": slider("Start θ₂", y0, y1, y, 0.05),
    }

    def suit(_change: Any = None) -> None:
        """Another surface has another window, another start, and another scale of gradients."""
        name = controls["surface"].value
        for key, (low, high), at in zip(("x", "y"), _surface(name).bounds, _start(name), strict=True):
            handle = controls[key]
            with handle.hold_sync():  # in one message: between two, the browser would send its old value back
                handle.min, handle.max = min(low, handle.min), max(high, handle.max)  # never min > max
                handle.value, handle.min, handle.max = at, low, high
        controls["rate"].value = LANDSCAPES[name][1]

    def follow(_change: Any = None) -> None:
        """μ shows where the method has one."""
        plain = controls["method"].value == "Gradient descent"
        controls["mu"].layout.visibility = "hidden" if plain else "visible"

    controls["surface"].observe(suit, "value")  # before the explorer's own: it draws what these have set
    controls["method"].observe(follow, "value")
    follow()
    return Explorer(descent_scene, controls, _rows(controls))


def _rows(controls: dict[str, Any]) -> widgets.VBox:
    rows = ("surface", "method", "steps"), ("rate", "mu", "noise"), ("x", "y")
    return widgets.VBox([widgets.HBox([controls[name] for name in row]) for row in rows])


def _start(surface: str) -> tuple[float, float]:
    """The surface's usual start, to the sliders' 0.05; the saddle's then lies exactly on the ridge."""
    x, y = (float(round(20 * value) / 20) for value in _surface(surface).start)
    return x, y
