"""The plane of learning rate and momentum: where does a ball creep, swing, fly off, where is it fastest?

On a parabola of curvature λ, `course_lib.optimizers.Momentum` (v ← μ v + g, θ ← θ − η v) comes to

    x_{t+1} = (1 + μ − η λ) x_t − μ x_{t−1}

whose solutions are sums of z₁ᵗ and z₂ᵗ, the roots of z² − (1 + μ − η λ) z + μ. The larger |z| is what a step
leaves of the distance in the long run. (In the convention that averages gradients, η is η (1 − μ) here.)

Source: Polyak (1964), Section 2; Goh (2017), "The dynamics of momentum".
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib import texts
from course_lib.explorers.conditioning import (
    ACROSS,
    ALONG,
    ARRIVED,
    best_momentum,
    best_rate,
    steps_until,
)
from course_lib.explorers.controls import GAP, LOG, Later, Slider, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import COLOURS, MARK
from course_lib.scene import FAINT, INK, Axis, Handle, Heat, Layer, Line, Panel, Points, Scene, Text, cells

say = texts.beside(__file__)

STEPS = 150  # that are drawn
PATIENCE = 10_000  # steps after which nothing more is expected
SLOWEST, FASTEST = 0.05, 8.0  # η in units of 1/λ of the steepest direction
RATES = np.geomspace(SLOWEST, FASTEST, 91)  # columns
MOMENTA = np.linspace(0, 1, 51)  # rows
ON_THE_CIRCLE = 1e-9  # how near to 1 a root's size is 1
MONOTONE, ALTERNATING, OSCILLATING, DIVERGENT = "monotone", "zig-zag", "oscillating", "divergent"


def roots(rate: ArrayLike, mu: ArrayLike, curvature: ArrayLike = 1.0) -> np.ndarray:
    """Both roots of z² − (1 + μ − η λ) z + μ, complex, along a new last axis."""
    middle = 1 + np.asarray(mu) - np.asarray(rate) * np.asarray(curvature)
    root = np.sqrt(middle**2 - 4 * np.asarray(mu) + 0j)
    return np.stack([middle + root, middle - root], axis=-1) / 2


def factor(rate: ArrayLike, mu: ArrayLike, kappa: float = 1.0) -> np.ndarray:
    """What a step leaves in the long run: the larger |root|, of the curvatures 1 and 1/κ the worse."""
    sizes = [np.abs(roots(rate, mu, curvature)).max(axis=-1) for curvature in (1.0, 1 / kappa)]
    return np.maximum(*sizes)


def regime(rate: float, mu: float, curvature: float = 1.0) -> str:
    """How the distance in a direction goes on: MONOTONE, ALTERNATING, OSCILLATING or DIVERGENT."""
    both = roots(rate, mu, curvature)
    if np.abs(both).max() > 1 + ON_THE_CIRCLE:
        return DIVERGENT
    if np.abs(both.imag).max() > 0:
        return OSCILLATING
    return ALTERNATING if both.real.min() < 0 else MONOTONE


def best(kappa: float) -> tuple[float, float]:
    """Polyak's (η, μ) for the curvatures 1/κ and 1: there both have a double root, of size √μ."""
    rate, mu = best_momentum(kappa)  # for the curvatures 1 and κ
    return kappa * rate, mu


@dataclass(frozen=True)
class Walk:
    """path (steps + 1, directions); steps: until a thousandth of the distance is left, inf if never."""

    path: np.ndarray
    steps: float


@lru_cache(maxsize=256)
def walk(rate: float, mu: float, kappa: float) -> Walk:
    """From rest at 1 in each direction, until it has settled."""
    size = float(factor(rate, mu, kappa))
    # A double root has a factor t besides: twice the way of its power alone is enough.
    settled = 2 * np.log(ARRIVED) / np.log(max(size, 1e-3)) if size < 1 - ON_THE_CIRCLE else 0
    length = STEPS + int(min(settled, PATIENCE))
    curvatures = [curvature for curvature, _ in _directions(kappa).values()]
    path = np.transpose([_recurrence(1 + mu - rate * curvature, mu, length) for curvature in curvatures])
    steps = steps_until(np.linalg.norm(path, axis=1)) if settled else None
    return Walk(path[: STEPS + 1], np.inf if steps is None else steps)


def _recurrence(middle: float, mu: float, length: int) -> list[float]:
    """x₀ … x_length from x₀ = x₋₁ = 1, in plain numbers: a thousand steps take a tenth of a millisecond."""
    x = [1.0, 1.0]
    for _ in range(length):
        x.append(middle * x[-1] - mu * x[-2])
    return x[1:]


def plane_scene(eta: float, mu: float, kappa: float, steps: int = STEPS) -> Scene:
    """The plane with its fastest point, the roots and the run of one (η, μ) in it.

    eta: in units of 1/λ of the steepest direction; kappa: how much flatter the other one is, 1 for none.
    """
    here, polyak = walk(eta, mu, kappa), walk(*best(kappa), kappa)
    plain = walk(kappa * best_rate(kappa), 0.0, kappa)
    panels = (
        _plane_panel(eta, mu, kappa),
        _roots_panel(eta, mu, kappa),
        _run_panel(here, kappa),
        _distance_panel({"descent": plain, "best": polyak, "dot": here}),
    )
    message = _report(eta, mu, kappa, here, polyak, plain)
    return Scene(panels, message, say("alt", message=message), time="steps", now=steps)


def _directions(kappa: float) -> dict[str, tuple[float, str]]:
    """Name → curvature and colour."""
    steep = {"steep": (1.0, ACROSS)}
    return steep | {"flat": (1 / kappa, ALONG)} if kappa > 1 else steep


@lru_cache(maxsize=16)
def _ground(kappa: float) -> tuple[Layer, ...]:
    """The map, the bound to divergence, and of each direction the bound at which its roots are equal.

    A bound is drawn over √(η λ): the roots are equal at μ = (1 − √(η λ))², and one is −1 at η λ = 2 (1 + μ).
    """
    fastest = float(factor(*best(kappa), kappa))
    size = factor(RATES[None, :], MOMENTA[:, None], kappa)
    heat = Heat(
        np.where(size < 1 + ON_THE_CIRCLE, np.clip((1 - size) / (1 - fastest), 0, 1), np.nan),
        ("1", f"{fastest:.2g}"),
        span=(1.0, fastest),
    )
    lines = [Line(2 * (1 + MOMENTA), MOMENTA, INK, width=2)]
    for curvature, colour in _directions(kappa).values():
        root = np.linspace(0, 2, 201)  # √(η λ)
        lines.append(Line(root**2 / curvature, (1 - root) ** 2, colour, width=2.5))
    return (heat, *lines, *_names(kappa))


def _names(kappa: float) -> list[Text]:
    """Each region by its name, where there is room for it."""
    oscillating = say("regions.both-oscillate" if kappa > 1 else "regions.oscillating")
    names = [
        Text(0.06, 0.1, say("regions.monotone")),
        Text(4.2, 0.06, say("regions.divergent"), align="centre"),
        Text(0.25, (1 + (1 - np.sqrt(0.25 / kappa)) ** 2) / 2, oscillating, align="centre"),
    ]
    if kappa >= 8:  # at μ = ½, between the bounds of the two
        left = (1 - np.sqrt(0.5)) ** 2
        right = min(kappa * left, (1 + np.sqrt(0.5)) ** 2)
        names.append(Text(float(np.sqrt(left * right)), 0.5, say("regions.one-oscillates"), align="centre"))
    return names


def _plane_panel(eta: float, mu: float, kappa: float) -> Panel:
    ticks = tuple((rate, f"{rate:g}") for rate in (0.1, 0.2, 0.5, 1, 2, 4, 8))
    x = cells(say("axes.eta"), RATES, log=True, ticks=ticks)
    y = cells(say("axes.mu"), MOMENTA)
    rate, momentum = best(kappa)
    marks = (
        Points([rate], [momentum], MARK, size=17, shape="star"),
        Points([eta], [mu], MARK, size=9),
    )
    dot = Handle(say("handles.dot"), eta, mu, sets_x="eta", sets_y="mu")
    return Panel(say("panels.plane"), x, y, marks, _ground(kappa), (dot,))


@lru_cache(maxsize=1)
def _circle() -> tuple[Layer, ...]:
    turn = np.linspace(0, 2 * np.pi, 121)
    return (
        Line(np.cos(turn), np.sin(turn), INK, width=1.5),
        Line([-1.6, 1.6], [0, 0], FAINT, width=1),
        Line([0, 0], [-1.6, 1.6], FAINT, width=1),
        Text(0.0, 1.16, say("lines.circle"), align="centre"),
    )


def _roots_panel(eta: float, mu: float, kappa: float) -> Panel:
    layers: list[Layer] = []
    for curvature, colour in _directions(kappa).values():
        both = roots(eta, mu, curvature)
        layers.append(Points(both.real, both.imag, colour, size=11))
    axis = (-1.6, 1.6)
    return Panel(
        say("panels.roots"),
        Axis(say("axes.real"), axis),
        Axis(say("axes.imaginary"), (-1.35, 1.35)),
        tuple(layers),
        _circle(),
    )


def _run_panel(here: Walk, kappa: float) -> Panel:
    at = np.arange(len(here.path))
    layers: list[Layer] = [Line([0, STEPS], [0, 0], FAINT, width=1)]
    for (name, (_, colour)), x in zip(_directions(kappa).items(), here.path.T, strict=True):
        layers += [
            Line(at, x, colour, say(f"lines.{name}") if kappa > 1 else "", since=at),
            Points(at, x, colour, size=9, since=at, moves=True),
        ]
    return Panel(
        say("panels.run"), Axis(say("axes.step"), (0, STEPS)), Axis(say("axes.x"), (-1.5, 1.5)), tuple(layers)
    )


def _distance_panel(walks: dict[str, Walk]) -> Panel:
    colours = {"descent": COLOURS["SGD"], "best": COLOURS["Momentum"], "dot": INK}
    layers = tuple(
        Line(
            np.arange(len(each.path)),
            np.linalg.norm(each.path, axis=1) / np.linalg.norm(each.path[0]),
            colours[name],
            say(f"lines.{name}"),
            dashed=name != "dot",
            since=np.arange(len(each.path)),
        )
        for name, each in walks.items()
    )
    axis = Axis(say("axes.distance"), (1e-4, 3.0), log=True)
    return Panel(say("panels.distance"), Axis(say("axes.step"), (0, STEPS)), axis, layers)


def _report(eta: float, mu: float, kappa: float, here: Walk, polyak: Walk, plain: Walk) -> str:
    told = {
        name: _told("direction" if kappa > 1 else "only", eta, mu, curvature)
        for name, (curvature, _) in _directions(kappa).items()
    }
    here_told = (
        say("report.two", eta=eta, mu=mu, **told)
        if kappa > 1
        else say("report.one", eta=eta, mu=mu, what=told["steep"])
    )
    rate, momentum = best(kappa)
    if kappa == 1:
        star = say("report.star-of-one", eta=rate, mu=momentum)
    else:
        star = say(
            "report.star",
            eta=rate,
            mu=momentum,
            steps=polyak.steps,
            plain=plain.steps,
            times=plain.steps / polyak.steps,
            root=np.sqrt(kappa),
        )
    return f"{here_told} {_ended(eta, mu, kappa, here)} {star}"


def _told(table: str, eta: float, mu: float, curvature: float) -> str:
    """How it goes on in a direction, in the words of a table."""
    kind = regime(eta, mu, curvature)
    size = float(np.abs(roots(eta, mu, curvature)).max())
    if kind != DIVERGENT and size >= 1 - ON_THE_CIRCLE:
        kind = "circle"
    return say(f"{table}.{kind}", size=size)


def _ended(eta: float, mu: float, kappa: float, here: Walk) -> str:
    if here.steps < np.inf:
        return say("ended.one" if here.steps == 1 else "ended.many", steps=here.steps)
    if float(factor(eta, mu, kappa)) < 1 - ON_THE_CIRCLE:
        return say("ended.late", patience=PATIENCE)
    return say("ended.never")


CONTROLS = Later(
    lambda: {
        "eta": Slider(label=say("controls.eta"), low=SLOWEST, high=FASTEST, start=1.5, scale=LOG),
        "mu": Slider(label=say("controls.mu"), low=0.0, high=1.0, start=0.9, scale=GAP, usual=0.9),
        "kappa": Slider(label=say("controls.kappa"), low=1.0, high=1000.0, start=25.0, scale=LOG),
        "steps": Slider(label=say("controls.steps"), low=0, high=STEPS, start=STEPS, plays=True),
    }
)


def momentum_plane(**starts: Any) -> Explorer:
    """The (η, μ) square of momentum on a quadratic: drag the dot; κ adds a second, flatter direction.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(plane_scene, started(CONTROLS, **starts))
