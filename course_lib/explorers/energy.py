"""The energy of momentum's ball: what does it fall with, why does it pass the minimum, what takes friction?

Momentum's step, θ_{t+1} − θ_t = μ (θ_t − θ_{t−1}) − η ∇f(θ_t), is Newton's law of a ball of mass 1 on the
ground f with friction c, in time steps of √η:

    (θ_{t+1} − 2 θ_t + θ_{t−1}) / η = −∇f − c (θ_t − θ_{t−1}) / √η        c = (1 − μ) / √η

So between two points its velocity is u_t = (θ_t − θ_{t−1}) / √η, which is −√η v in the course's convention.
At θ_t itself it is the mean of those before and after, ū_t = (θ_{t+1} − θ_{t−1}) / (2 √η). The loss f is the
potential energy, ½ ‖ū‖² the kinetic one. In a step friction takes (1 − μ) ū_t · (ū_t + ū_{t+1}) / 2. Kinetic,
potential and what friction took remain the same together, but for what the finite steps add: of order η.

Source: Polyak (1964), Section 2; Qian (1999), "On the momentum term in gradient descent learning algorithms".
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np

from course_lib import surfaces, texts
from course_lib.explorers.controls import GAP, LOG, Choice, Later, Slider, start_sliders, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.optimizers import Momentum
from course_lib.palette import COLOURS, OTHERS
from course_lib.scene import FAINT, INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours
from course_lib.training import descend

say = texts.beside(__file__)

LONGEST = 200
POTENTIAL, KINETIC, BALL = OTHERS[0], OTHERS[3], COLOURS["Momentum"]


@dataclass(frozen=True)
class Ground:
    """A loss of one or two parameters whose lowest value is 0.

    value, gradient  θ (..., d) → f (...), ∇f (..., d)
    bounds           ends of each coordinate in the picture
    start, rate      from where, and with which η, there is something to see
    """

    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    bounds: tuple[tuple[float, float], ...]
    start: tuple[float, ...]
    rate: float


def _parabola() -> Ground:
    return Ground(lambda x: x[..., 0] ** 2 / 2, lambda x: x, ((-1.6, 1.6),), (-1.2,), 0.01)


def _two_valleys() -> Ground:
    """½ (x² − 1)² − x/4 above its minimum: a shallow valley on the left, a hill, a deep one on the right."""
    slope = [2.0, 0.0, -2.0, -0.25]
    height = np.polyint(slope, k=0.5)
    height[-1] -= np.polyval(height, np.roots(slope)).min()
    return Ground(
        lambda x: np.polyval(height, x[..., 0]), lambda x: np.polyval(slope, x), ((-1.8, 1.8),), (-1.6,), 0.01
    )


def _ravine() -> Ground:
    field = surfaces.ravine()
    return Ground(field.value, field.gradient, field.bounds, (-1.2, 0.4), 0.01)


GROUNDS = {"two valleys": _two_valleys, "parabola": _parabola, "ravine": _ravine}


@cache
def ground(name: str) -> Ground:
    return GROUNDS[name]()


@dataclass(frozen=True)
class Energies:
    """path (steps + 1, d), and along it potential, kinetic and what friction has taken so far."""

    path: np.ndarray
    potential: np.ndarray
    kinetic: np.ndarray
    friction: np.ndarray

    @property
    def total(self) -> np.ndarray:
        return self.potential + self.kinetic

    @property
    def whole(self) -> np.ndarray:
        """What would stay the same if steps were short."""
        return self.total + self.friction


@lru_cache(maxsize=128)
def energies(name: str, start: tuple[float, ...], rate: float, mu: float) -> Energies:
    """LONGEST steps of the library's Momentum from rest; fewer where it diverges."""
    field = ground(name)
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        walked, _ = descend(
            lambda x: (field.value(x), field.gradient(x)), start, Momentum(rate, mu), LONGEST + 1
        )
    around = np.concatenate([walked[:1], walked])  # it rests before it starts
    velocity = (around[2:] - around[:-2]) / (2 * np.sqrt(rate))
    between = (velocity[1:] + velocity[:-1]) / 2
    taken = (1 - mu) * np.sum(velocity[:-1] * between, axis=1)
    path = walked[:-1]
    return Energies(
        path,
        field.value(path),
        np.sum(velocity**2, axis=1) / 2,
        np.concatenate([[0.0], np.cumsum(taken)]),
    )


def energy_scene(surface: str, x: float, y: float, rate: float, mu: float, steps: int) -> Scene:
    """The ball on its way and its energies up to `steps`. y is left alone where the ground has one axis."""
    start = (x, y)[: len(ground(surface).bounds)]
    ball = energies(surface, start, rate, mu)
    panels = (_way(surface, ball), _energies_panel(ball))
    message = _report(surface, ball, rate, mu, min(steps, len(ball.path) - 1))
    alt = say("alt", ground=say(f"grounds.{surface}"), message=message)
    return Scene(panels, message, alt, time="steps", now=steps)


def _way(surface: str, ball: Energies) -> Panel:
    bounds = ground(surface).bounds
    return _way_along(surface, ball) if len(bounds) == 1 else _way_from_above(surface, ball)


def _way_along(surface: str, ball: Energies) -> Panel:
    """The ball on its ground; above it its total energy: what lies between the two is kinetic."""
    x, since = ball.path[:, 0], np.arange(len(ball.path))
    (ends,) = ground(surface).bounds
    layers: tuple[Layer, ...] = (
        Line(x, ball.total, KINETIC, say("lines.total"), width=1.5, since=since),
        Points(x, ball.total, KINETIC, size=10, shape="ring", since=since, moves=True),
        Points(x, ball.potential, BALL, size=13, since=since, moves=True),
    )
    (top,) = ground(surface).value(np.array([[ends[0]]]))
    height = Axis(say("axes.height"), (-0.05 * float(top), float(top)))
    start = Handle(say("handle"), float(x[0]), float(ball.potential[0]), sets_x="x")
    return Panel(_title(surface), Axis("θ", ends), height, layers, _profile(surface), (start,))


def _title(surface: str) -> str:
    return say("panels.ball", ground=say(f"grounds.{surface}"))


@cache
def _profile(surface: str) -> tuple[Layer, ...]:
    x = np.linspace(*ground(surface).bounds[0], 201)
    return (Line(x, ground(surface).value(x[:, None]), INK),)


def _way_from_above(surface: str, ball: Energies) -> Panel:
    x, y = ball.path.T
    since = np.arange(len(x))
    layers = (
        Line(x, y, BALL, since=since),
        Points(x, y, BALL, size=13, since=since, moves=True),
        Points([0.0], [0.0], INK, size=13, shape="star"),
    )
    across, up = ground(surface).bounds
    start = Handle(say("handle"), float(x[0]), float(y[0]), sets_x="x", sets_y="y")
    return Panel(_title(surface), Axis("θ₁", across), Axis("θ₂", up), layers, _contours(surface), (start,))


@cache
def _contours(surface: str) -> tuple[Layer, ...]:
    first, second = ground(surface).bounds
    return contours(ground(surface).value, (first, second))


def _energies_panel(ball: Energies) -> Panel:
    at = np.arange(len(ball.path))
    layers: list[Layer] = [
        Line([0, LONGEST], [ball.whole[0]] * 2, FAINT, width=1),
        Line(at, ball.potential, POTENTIAL, say("lines.potential"), since=at),
        Line(at, ball.kinetic, KINETIC, say("lines.kinetic"), since=at),
        Line(at, ball.total, INK, say("lines.both"), width=3, since=at),
        Line(at, ball.whole, INK, say("lines.friction"), width=1.5, dashed=True, since=at),
    ]
    layers += [
        Points(at, height, colour, size=9, since=at, moves=True)
        for height, colour in ((ball.potential, POTENTIAL), (ball.kinetic, KINETIC), (ball.total, INK))
    ]
    top = 1.3 * max(float(ball.whole[0]), 1e-3)
    return Panel(
        say("panels.energy"),
        Axis(say("axes.step"), (0, LONGEST)),
        Axis(say("axes.energy"), (0, top)),
        tuple(layers),
    )


def _report(surface: str, ball: Energies, rate: float, mu: float, steps: int) -> str:
    """At the lowest point of its first way down; what friction took; what the finite steps did."""
    first = float(ball.whole[0])
    if first < 1e-9:
        return say("stays")
    sentences = [say("friction", share=1 - mu)]
    low = _first_low(ball.potential)
    if low is not None and low <= steps:
        kinetic = float(ball.kinetic[low])
        moving = "low.passes" if kinetic > 0.01 * first else "low.rests"
        sentences.append(say(moving, step=low, kinetic=kinetic / first))
    names = ("potential", "kinetic", "friction")
    sentences.append(
        say("shares", step=steps, **{name: getattr(ball, name)[steps] / first for name in names})
    )
    error = float(np.abs(ball.whole[: steps + 1] / first - 1).max())
    if error > 0.02:
        sentences.append(say("long", root=np.sqrt(rate), error=error))
    return " ".join(sentences)


def _first_low(height: np.ndarray) -> int | None:
    """The first step after which the ball rises again, or None."""
    rising = np.flatnonzero(np.diff(height) > 0)
    return int(rising[0]) if len(rising) else None


def _ranges(name: str) -> dict[str, Slider]:
    """What another ground brings: another window, and another start in it."""
    return start_sliders(ground(name).bounds, ground(name).start, when={"surface": (name,)})


CONTROLS = Later(
    lambda: {
        "surface": Choice(
            label=say("controls.surface"),
            options=worded(say.all("grounds")),
            start="two valleys",
            sets={name: _ranges(name) for name in GROUNDS},
        ),
        "rate": Slider(label=say("controls.rate"), low=5e-4, high=0.1, start=0.01, scale=LOG),
        "mu": Slider(label=say("controls.mu"), low=0.0, high=1.0, start=0.97, scale=GAP, usual=0.9),
        **_ranges("ravine"),
        **_ranges("two valleys"),
        "steps": Slider(label=say("controls.steps"), low=0, high=LONGEST, start=60, plays=True),
    }
)


def energy(surface: str = "two valleys", **starts: Any) -> Explorer:
    """Momentum's ball on a ground of one or two parameters, and its energy: potential, kinetic, lost.

    starts: values of the controls at the start, see CONTROLS.
    """
    return Explorer(energy_scene, started(CONTROLS, surface=surface, **starts))
