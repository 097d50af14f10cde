"""The condition-number dial: which learning rate is best on a quadratic, and how fast is the best?"""

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from course_lib import surfaces, texts
from course_lib.explorers.controls import LOG, Later, Slider, Switch, start_sliders, started
from course_lib.explorers.explorer import Explorer
from course_lib.optimizers import SGD, Momentum
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours
from course_lib.training import descend

say = texts.beside(__file__)

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
    return Scene(panels, message, say("alt", kappa=kappa, message=message), time="steps", now=steps)


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
        say("panels.path", kappa=kappa),
        Axis(say("axes.along"), WINDOW),
        Axis(say("axes.across", kappa=kappa), WINDOW),
        tuple(layers),
        _ground(kappa),
        (Handle(say("handles.start"), x, y, sets_x="x", sets_y="y"),),
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
        Line(rates / best, np.abs(shrink_factor(rates, 1.0)), ALONG, say("lines.along"), dashed=True),
        Line(rates / best, np.abs(shrink_factor(rates, kappa)), ACROSS, say("lines.across"), dashed=True),
        Line(rates / best, worse, COLOURS["SGD"], width=3),
        Points([1.0], [(kappa - 1) / (kappa + 1)], INK, size=13, shape="star"),
    )
    x = Axis(say("axes.rate", best=best), (0, 1.25))
    dot = Handle(say("handles.rate"), rate / best, here, sets_x="relative_rate")
    return Panel(say("panels.factor"), x, Axis(say("axes.factor"), (0, 1.5)), layers, handles=(dot,))


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
    axis = Axis(say("axes.distance"), (1e-4, 10.0), log=True)
    return Panel(say("panels.distance"), Axis(say("axes.step"), (0, STEPS)), axis, layers)


def _report(kappa: float, rate: float, runs: dict[str, np.ndarray]) -> str:
    start = runs["SGD"][0]
    if not start.any():
        return say("at-minimum")
    along, across = shrink_factor(rate, [1.0, kappa])
    moved = [abs(factor) for factor, at in zip((along, across), start, strict=True) if at]
    factors = (f"{factor:.3g}".replace("-", "−") for factor in (along, across))
    sentences = [say("multiplies", rate=rate, **dict(zip(("along", "across"), factors, strict=True)))]
    if max(moved) >= 1:
        sentences.append(say("limit", limit=2 / kappa))
    else:
        slower = _slower(abs(along), abs(across)) if len(moved) == 2 else say("slower.only")
        sentences.append(say("thousandth", steps=_count(runs["SGD"]), slower=slower))
    best = best_rate(kappa)
    best_run = _path(kappa, best, None, (float(start[0]), float(start[1])))
    sentences.append(say("best", rate=best, steps=_count(best_run)))
    if "Momentum" in runs:
        eta, mu = best_momentum(kappa)
        sentences.append(say("momentum", eta=eta, mu=mu, steps=_count(runs["Momentum"])))
    return " ".join(sentences)


def _slower(along: float, across: float) -> str:
    if np.isclose(along, across):
        return say("slower.even")
    return say("slower.along" if along > across else "slower.across")


def _count(path: np.ndarray) -> str:
    steps = steps_until(np.linalg.norm(path, axis=1))
    if steps is None or len(path) <= STEPS:
        return say("steps.more", steps=STEPS)
    return say("steps.one" if steps == 1 else "steps.many", steps=steps)


CONTROLS = Later(
    lambda: {
        "kappa": Slider(label=say("controls.kappa"), low=1.0, high=100.0, start=25.0, scale=LOG),
        "relative_rate": Slider(
            label=say("controls.relative_rate"), low=0.05, high=1.25, start=0.5, step=0.01
        ),
        "steps": Slider(label=say("controls.steps"), low=0, high=STEPS, start=STEPS, plays=True),
        **start_sliders((WINDOW, WINDOW), START),
        "momentum": Switch(label=say("controls.momentum"), start=False),
    }
)


def condition_dial(kappa: float = 25.0, relative_rate: float = 0.5, momentum: bool = False) -> Explorer:
    """A valley of condition number κ, and a learning rate in units of the best one."""
    starts = {"kappa": kappa, "relative_rate": relative_rate, "momentum": momentum}
    return Explorer(dial_scene, started(CONTROLS, **starts))
