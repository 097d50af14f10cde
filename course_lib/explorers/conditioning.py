"""The condition-number dial: which learning rate is best on a quadratic, and how fast is the best?"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from course_lib import surfaces
from course_lib.explorers.controls import LOG, Slider, Switch, start_sliders, started
from course_lib.explorers.explorer import Explorer
from course_lib.optimizers import SGD, Momentum
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours
from course_lib.training import descend

STEPS = 150
START = (1.0, 1.0)
WINDOW = (-1.5, 1.5)
ARRIVED = 1e-3  # this share of the starting distance counts as there
ALONG, ACROSS = OTHERS[:2]  # the two directions of the valley


def shrink_factor(rate: ArrayLike, curvature: ArrayLike) -> np.ndarray:
    """By how much one step of gradient descent multiplies the distance in a direction of this curvature."""
    return 1 - np.asarray(rate) * np.asarray(curvature)


def best_rate(kappa: float) -> float:
    """2/(λ_min + λ_max) for λ_min = 1, λ_max = κ: the rate at which the slower direction is fastest."""
    return 2 / (1 + kappa)


def best_momentum(kappa: float) -> tuple[float, float]:
    """(η, μ) with which heavy-ball momentum is fastest on a quadratic; Polyak (1964)."""
    root = np.sqrt(kappa)
    return float(4 / (1 + root) ** 2), float(((root - 1) / (root + 1)) ** 2)


def steps_until(distance: np.ndarray) -> int | None:
    """From which step on the distance stays within ARRIVED of the start's, or None."""
    away = ~(distance <= ARRIVED * distance[0])
    return None if away[-1] else int(np.flatnonzero(away)[-1]) + 1


def dial_scene(
    kappa: float,
    relative_rate: float,
    momentum: bool,
    steps: int = STEPS,
    x: float = START[0],
    y: float = START[1],
) -> Scene:
    """Gradient descent on ½(x² + κy²) at `relative_rate` times the best rate; if wanted, momentum too.

    steps: how far the paths are drawn; what is said is of all of them. x, y: where they start.
    """
    rate = relative_rate * best_rate(kappa)
    runs = {"SGD": _path(kappa, rate, None, (x, y))}
    if momentum:
        runs["Momentum"] = _path(kappa, *best_momentum(kappa), (x, y))
    panels = (_path_panel(kappa, runs), _factor_panel(kappa, rate), _distance_panel(runs))
    message = _report(kappa, rate, runs)
    what = f"Gradient descent in a valley of condition number {kappa:.3g}."
    return Scene(panels, message, f"{what} {message}", time="steps", now=steps)


@lru_cache(maxsize=64)
def _path(kappa: float, rate: float, mu: float | None, start: tuple[float, float] = START) -> np.ndarray:
    optimizer = SGD(rate) if mu is None else Momentum(rate, mu)
    return descend(surfaces.ravine(kappa).loss_and_gradient, start, optimizer, STEPS)[0]


@lru_cache(maxsize=16)
def _ground(kappa: float) -> tuple[Layer, ...]:
    valley = surfaces.ravine(kappa)
    return contours(valley.value, valley.bounds, grid=61)


def _path_panel(kappa: float, runs: dict[str, np.ndarray]) -> Panel:
    layers: list[Layer] = []
    for name, path in runs.items():
        layers += [
            Line(path[:, 0], path[:, 1], COLOURS[name], since=np.arange(len(path))),
            Points(path[:, 0], path[:, 1], COLOURS[name], size=3, since=np.arange(len(path))),
            Points(path[:, 0], path[:, 1], COLOURS[name], size=9, since=np.arange(len(path)), moves=True),
        ]
    layers += [
        Points([0.0], [0.0], INK, size=13, shape="star"),
    ]
    x, y = runs["SGD"][0].tolist()
    return Panel(
        f"Valley with κ = {kappa:.3g}",
        Axis("θ₁ (curvature 1)", WINDOW),
        Axis(f"θ₂ (curvature {kappa:.3g})", WINDOW),
        tuple(layers),
        _ground(kappa),
        (Handle("The start", x, y, sets_x="x", sets_y="y"),),
    )


def _factor_panel(kappa: float, rate: float) -> Panel:
    """|1 − ηλ| for both directions: the higher of the two lines decides."""
    best = best_rate(kappa)
    end = 1.25 * best
    rates = np.linspace(0, end, 121)  # drawn in units of the best, as the handle is
    worse = np.maximum(*(np.abs(shrink_factor(rates, c)) for c in (1.0, kappa)))
    here = float(np.max(np.abs(shrink_factor(rate, [1.0, kappa]))))
    layers = (
        Line([0, 1.25], [1, 1], FAINT, width=1),
        Line(rates / best, np.abs(shrink_factor(rates, 1.0)), ALONG, "along", dashed=True),
        Line(rates / best, np.abs(shrink_factor(rates, kappa)), ACROSS, "across", dashed=True),
        Line(rates / best, worse, COLOURS["SGD"], width=3),
        Points([1.0], [(kappa - 1) / (kappa + 1)], INK, size=13, shape="star"),
    )
    x = Axis(f"η / best rate (best: {best:.3g})", (0, 1.25))
    dot = Handle("The rate, on the worse of the two factors", rate / best, here, sets_x="relative_rate")
    return Panel("What one step leaves", x, Axis("|1 − η λ|", (0, 1.5)), layers, handles=(dot,))


def _distance_panel(runs: dict[str, np.ndarray]) -> Panel:
    layers = tuple(
        Line(
            np.arange(len(path)),
            np.linalg.norm(path, axis=1),
            COLOURS[name],
            name,
            since=np.arange(len(path)),
        )
        for name, path in runs.items()
    )
    axis = Axis("Distance to the minimum (log scale)", (1e-4, 10.0), log=True)
    return Panel("Distance", Axis("Step", (0, STEPS)), axis, layers)


def _report(kappa: float, rate: float, runs: dict[str, np.ndarray]) -> str:
    start = runs["SGD"][0]
    if not start.any():
        return "You start at the minimum: drag the start away from it."
    along, across = shrink_factor(rate, [1.0, kappa])
    moved = [abs(factor) for factor, at in zip((along, across), start, strict=True) if at]
    factors = f"{along:.3g} along the valley and by {across:.3g} across it".replace("-", "−")
    sentences = [f"η = {rate:.3g} multiplies the distance by {factors}."]
    if max(moved) >= 1:
        sentences.append(f"It does not converge: the limit is 2/λ_max = {2 / kappa:.3g}.")
    else:
        slower = _slower(abs(along), abs(across)) if len(moved) == 2 else "it moves in one direction alone"
        sentences.append(f"To a thousandth of the distance: {_count(runs['SGD'])} ({slower}).")
    best = best_rate(kappa)
    best_run = _path(kappa, best, None, (float(start[0]), float(start[1])))
    sentences.append(f"Best: η = 2/(λ_min + λ_max) = {best:.3g}, {_count(best_run)}.")
    if "Momentum" in runs:
        eta, mu = best_momentum(kappa)
        sentences.append(f"Momentum at its best (η = {eta:.3g}, μ = {mu:.2g}): {_count(runs['Momentum'])}.")
    return " ".join(sentences)


def _slower(along: float, across: float) -> str:
    if np.isclose(along, across):
        return "the two are even"
    return "the way along decides" if along > across else "the zig-zag across decides"


def _count(path: np.ndarray) -> str:
    steps = steps_until(np.linalg.norm(path, axis=1))
    if steps is None or len(path) <= STEPS:
        return f"more than {STEPS} steps"
    return f"{steps} step{'s' if steps != 1 else ''}"


CONTROLS = {
    "kappa": Slider(label="Condition number κ", low=1.0, high=100.0, start=25.0, scale=LOG),
    "relative_rate": Slider(label="η / best rate", low=0.05, high=1.25, start=0.5, step=0.01),
    "steps": Slider(label="Steps", low=0, high=STEPS, start=STEPS, plays=True),
    **start_sliders((WINDOW, WINDOW), START),
    "momentum": Switch(label="Race momentum at its best", start=False),
}


def condition_dial(kappa: float = 25.0, relative_rate: float = 0.5, momentum: bool = False) -> Explorer:
    """A valley of condition number κ, and a learning rate in units of the best one."""
    starts = {"kappa": kappa, "relative_rate": relative_rate, "momentum": momentum}
    return Explorer(dial_scene, started(CONTROLS, **starts))
