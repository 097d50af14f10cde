"""Descent on a surface: where does a method go, what becomes of its loss, and how long are its steps?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib import slices, surfaces, texts
from course_lib.explorers.controls import (
    GAP,
    LOG,
    Choice,
    Control,
    Later,
    Slider,
    start_sliders,
    started,
    worded,
)
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import Maker, of_the_course, parts_at
from course_lib.explorers.own import named as own_name
from course_lib.explorers.own import walk as walk_own
from course_lib.explorers.race import METHODS as RACERS
from course_lib.explorers.race import SURFACES, Run, speed_limit
from course_lib.scene import INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours, drawn
from course_lib.strokes import OWN, Stroke, stroke
from course_lib.training import descend

say = texts.beside(__file__)

LONGEST = 200  # steps; a walk goes this far once and is then only cut

# Each surface, and a learning rate at which plain descent does something worth watching.
LANDSCAPES: dict[str, tuple[Callable[[], surfaces.Surface], float]] = {
    "ravine": (surfaces.ravine, 0.07),  # well below the limit of 0.08
    "bowl": (surfaces.bowl, 0.1),
    "saddle": (surfaces.saddle, 0.1),
    "Beale": (surfaces.beale, 0.01),
    "Rosenbrock": (surfaces.rosenbrock, 0.001),
    "Himmelblau": (surfaces.himmelblau, 0.01),
    "network slice": (slices.network_slice, 0.07),
}
WITH_MEMORY = ("Momentum", "Nesterov")  # each beside plain descent
METHODS = ("Gradient descent", *WITH_MEMORY)
ADAPTIVE = ("AdaGrad", "RMSprop", "Adam", "AdamW")  # each on its own: their rates are of another size
Settings = tuple[tuple[str, float], ...]  # a method's arguments, in the order of its constructor
CONVEX = ("ravine", "bowl")


def _class(method: str) -> Callable[..., Any]:
    return RACERS["SGD" if method == "Gradient descent" else method].make


def _settings(method: str, rate: float, given: Mapping[str, float]) -> Settings:
    """The rate, and what of the given the method takes, in its constructor's order."""
    return (
        ("lr", rate),
        *((name, given[name]) for name in signature(_class(method)).parameters if name in given),
    )


@lru_cache(maxsize=128)
def walk(surface: str, start: tuple[float, float], method: str, settings: Settings, noise: float) -> Run:
    """LONGEST steps of a method; noise is the standard deviation of each gradient coordinate.

    The noise is drawn anew from the same seed for each walk: two walks differ by their settings alone.
    """
    field = _surface(surface)
    downhill = surfaces.noisy(field, noise, np.random.default_rng(0)) if noise else field
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        optimizer = _class(method)(**dict(settings))
        path, losses = descend(downhill.loss_and_gradient, start, optimizer, LONGEST)
    return _ended(path, losses)


def _ended(path: np.ndarray, losses: np.ndarray) -> Run:
    """A walk that is shorter than LONGEST ended because its next loss was not a finite number."""
    if len(losses) <= LONGEST:
        path, losses = np.concatenate([path, np.nan * path[-1:]]), np.append(losses, np.inf)
    return Run(path, losses)


def descent_scene(
    surface: str,
    x: float,
    y: float,
    method: str,
    rate: float,
    mu: float,
    noise: float,
    steps: int,
    own: Callable[..., Any] | None = None,
    **knobs: float,
) -> Scene:
    """Path, loss and step length of `steps` steps from (x, y), the present step marked in all three.

    mu is left alone by gradient descent, which is drawn beside a method with memory.
    noise: standard deviation of each coordinate of the gradient.
    own: a student's class, whose walk with the same settings is drawn beside.
    knobs: what else a method of ADAPTIVE takes: beta1, eps, …
    """
    settings = _settings(method, rate, {"mu": mu, **knobs})
    whole = walk(surface, (x, y), method, settings, noise)
    as_named = stroke("SGD" if method == "Gradient descent" else method)
    theirs, said = own_walk(own, surface, (x, y), settings, noise) if own else (None, "")
    plain = None
    if method in WITH_MEMORY and not own:
        plain = walk(surface, (x, y), "Gradient descent", _settings("Gradient descent", rate, {}), noise)
    runs = tuple(each for each in (whole, theirs, plain) if each)
    panels = [
        _path_panel(surface, whole, as_named),
        _loss_panel(surface, runs, as_named),
        _length_panel([_lengths(each) for each in runs], as_named),
    ]
    run = whole.cut(steps)
    message = _report(surface, method, rate, noise, steps, run, _lengths(run))
    if own and theirs:
        panels = _beside(panels, surface, theirs, OWN[0], say("lines.yours"))
        message = " ".join([*_compared(own, method, whole, theirs, said), say("courses", message=message)])
    if plain:
        panels = _beside(panels, surface, plain, stroke("SGD"), say("lines.plain"))
        message = f"{message} {_plain_told(surface, plain, steps)}"
    named = {"method": _called(method), "surface": _named(surface)}
    alt = say("alt", steps=steps, message=message, **named)
    return Scene(tuple(panels), message, alt, time="steps", now=steps)


@lru_cache(maxsize=32)
def own_walk(
    own: Callable[..., Any],
    surface: str,
    start: tuple[float, float],
    settings: Settings,
    noise: float,
) -> tuple[Run, str]:
    """The same walk with a student's class, as far as it goes, and why it goes no further."""
    field = _surface(surface)
    downhill = surfaces.noisy(field, noise, np.random.default_rng(0)) if noise else field
    path, losses, said = walk_own(Maker(own, **dict(settings)), downhill.loss_and_gradient, start, LONGEST)
    return Run(path, losses) if said else _ended(path, losses), said


def _beside(panels: Sequence[Panel], surface: str, run: Run, stroke: Stroke, name: str) -> list[Panel]:
    """The panels, and in each what another run from the same start does, named."""
    since = np.arange(len(run.path))
    height = run.losses - (_bottom(surface) or 0.0)
    lengths = np.append(np.nan, _lengths(run))
    curves = (run.path[:, 0], run.path[:, 1]), (since, height), (since, lengths)
    return [
        replace(panel, layers=(*panel.layers, drawn(stroke, x, y, name, since)))
        for panel, (x, y) in zip(panels, curves, strict=True)
    ]


def _plain_told(surface: str, plain: Run, steps: int) -> str:
    """How plain descent fares with the same η."""
    run = plain.cut(steps)
    if run.diverged() is not None:
        return say("plain.diverges")
    return _standing("plain", run, steps, _bottom(surface))


def _compared(own: Callable[..., Any], method: str, right: Run, theirs: Run, said: str) -> list[str]:
    """At which step a student's walk leaves the right one."""
    whose, step = own_name(own), parts_at(right.path, theirs.path)
    if said:
        taken = len(theirs.path) - 1
        return [said, *([say("taken.one" if taken == 1 else "taken.many", steps=taken)] if taken else [])]
    name = _within(method)
    if step is None:
        return [say("goes", own=whose, method=name)]
    if np.isnan(theirs.path[step]).any() > np.isnan(right.path[step]).any():
        return [say("not-finite", own=whose, step=step)]
    return [say("leaves", own=whose, method=name, step=step)]


def _named(surface: str) -> str:
    return say(f"surfaces.{surface}")


def _called(method: str) -> str:
    """A method as in the list of all, and as within a sentence."""
    return say.all("methods").get(method, method)


def _within(method: str) -> str:
    return say.all("within").get(method, method)


def _lengths(run: Run) -> np.ndarray:
    return np.linalg.norm(np.diff(run.path, axis=0), axis=1)


@cache
def _surface(name: str) -> surfaces.Surface:
    return LANDSCAPES[name][0]()


@cache
def _ground(name: str) -> tuple[Layer, ...]:
    field = _surface(name)
    return contours(field.value, field.bounds)


def _path_panel(surface: str, run: Run, stroke: Stroke) -> Panel:
    field = _surface(surface)
    path, minima, since = run.path, field.minima, np.arange(len(run.path))
    layers = (
        drawn(stroke, path[:, 0], path[:, 1], since=since),
        Points(path[:, 0], path[:, 1], stroke.colour, size=3, since=since),
        Points(minima[:, 0], minima[:, 1], INK, size=13, shape="star"),
    )
    x, y = (Axis(label, ends) for label, ends in zip(("θ₁", "θ₂"), field.bounds, strict=True))
    start = Handle(say("handle"), float(path[0, 0]), float(path[0, 1]), sets_x="x", sets_y="y")
    return Panel(say("panels.path", surface=_named(surface)), x, y, layers, _ground(surface), (start,))


def _loss_panel(surface: str, runs: Sequence[Run], stroke: Stroke) -> Panel:
    """The first run's loss above its minimum on a log scale or, where there is no minimum, as it is.

    The axis has room for all runs.
    """
    bottom = _bottom(surface)
    heights = [run.losses - (bottom or 0.0) for run in runs]
    if bottom is None:
        first = max(abs(heights[0][0]), 1.0)
        axis = Axis.around(say("axes.loss"), [np.clip(each, -5 * first, 5 * first) for each in heights])
    else:
        first = max(heights[0][0], 1e-9)
        seen = [np.clip(each, 1e-9 * first, 30 * first) for each in heights]
        axis = Axis.around(say("axes.height"), seen, log=True)
    return Panel(
        say("panels.loss"), Axis(say("axes.step"), (0, LONGEST)), axis, (_over_time(heights[0], stroke),)
    )


def _length_panel(lengths: Sequence[np.ndarray], stroke: Stroke) -> Panel:
    seen = [np.clip(each, 1e-6, 1e2) for each in lengths]
    axis = Axis.around(say("axes.length"), seen, log=True)
    first = np.append(np.nan, lengths[0])  # no length before it is taken
    return Panel(
        say("panels.length"), Axis(say("axes.step"), (0, LONGEST)), axis, (_over_time(first, stroke),)
    )


def _over_time(height: np.ndarray, stroke: Stroke) -> Line:
    at = np.arange(len(height))
    return drawn(stroke, at, height, since=at)


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
        if limit and rate > limit:
            return say("diverged-limit", step=out, limit=limit)
        return say("diverged", step=out)
    bottom = _bottom(surface)
    sentences = [_standing("it", run, steps, bottom)]
    if not noise and len(lengths) and lengths[-1] < 1e-9:
        kind = _resting_place(surface, run.path[-1])
        sentences.append(say(f"rests.{kind}"))
    flips = _flips(run.path[:, 1], 0.0) if surface in CONVEX and run.path[0, 1] else 0
    if flips >= 2:
        sentences.append(say("flips", flips=flips, steps=len(run.path) - 1))
    return " ".join(sentences)


def _standing(whose: str, run: Run, steps: int, bottom: float | None) -> str:
    """Where the loss stands; whose: "it", or "plain" for descent beside another method."""
    one = "-one" if steps == 1 else ""
    if bottom is None:
        return say(f"{whose}.loss{one}", steps=steps, loss=f"{run.losses[-1]:.3g}".replace("-", "−"))
    first = run.losses[0] - bottom
    if first <= 1e-12:
        return say(f"{whose}.at-minimum")
    arrived = run.arrived(bottom)
    if arrived is not None:
        return say(f"{whose}.arrived", step=arrived)
    return say(f"{whose}.left{one}", steps=steps, share=100 * (run.losses[-1] - bottom) / first)


def _resting_place(surface: str, theta: np.ndarray) -> str:
    curvature = np.linalg.eigvalsh(_surface(surface).hessian(theta))
    if curvature[0] > 1e-9:
        return "minimum"
    return "saddle" if curvature[0] < -1e-9 < 1e-9 < curvature[1] else "flat"


def _flips(values: np.ndarray, about: float) -> int:
    """How often consecutive values lie on different sides."""
    side = np.sign(values - about)
    return int(np.sum(side[1:] * side[:-1] < 0))


def _ranges(name: str, start: ArrayLike | None = None) -> dict[str, Slider]:
    """What another surface brings: another window, another start in it, and another scale of gradients."""
    starts = _start(_surface(name).start if start is None else start)
    rate = Slider(label=say("controls.rate"), low=1e-4, high=1.0, start=LANDSCAPES[name][1], scale=LOG)
    return start_sliders(_surface(name).bounds, starts) | {"rate": rate}


def _start(usual: ArrayLike) -> tuple[float, float]:
    """A usual start, to the sliders' 0.05; the saddle's then lies exactly on the ridge."""
    x, y = (float(round(20 * value) / 20) for value in np.asarray(usual))
    return x, y


CONTROLS = Later(
    lambda: {
        "surface": Choice(
            label=say("controls.surface"),
            options=worded(say.all("surfaces")),
            start="ravine",
            sets={name: _ranges(name) for name in LANDSCAPES},
        ),
        "method": Choice(
            label=say("controls.method"), options=worded(say.all("methods")), start="Gradient descent"
        ),
        "steps": Slider(label=say("controls.steps"), low=0, high=LONGEST, start=40, plays=True),
        "mu": Slider(
            label=say("controls.mu"),
            low=0.0,
            high=0.99,
            start=0.9,
            scale=GAP,
            usual=0.9,
            when={"method": WITH_MEMORY},
        ),
        "noise": Slider(label=say("controls.noise"), low=0.0, high=5.0, start=0.0, step=0.1),
        **_ranges("ravine"),
    }
)


KNOBS: dict[str, Control] = {  # what the methods of ADAPTIVE take besides their rate
    "rho": Slider(label=say("controls.rho"), low=0.0, high=0.999, start=0.9, scale=GAP, usual=0.9),
    "beta1": Slider(label=say("controls.beta1"), low=0.0, high=0.99, start=0.9, scale=GAP, usual=0.9),
    "beta2": Slider(label=say("controls.beta2"), low=0.0, high=0.9999, start=0.999, scale=GAP, usual=0.999),
    "eps": Slider(label=say("controls.eps"), low=1e-10, high=1.0, start=1e-8, scale=LOG, usual=1e-8),
    "weight_decay": Slider(
        label=say("controls.weight_decay"), low=0.0, high=1.0, start=0.01, step=0.01, usual=0.01
    ),
}


def _controls(method: str) -> dict[str, Control]:
    """Of a method of ADAPTIVE: its own knobs, and on all surfaces one rate and the race's start."""
    own = {name: KNOBS[name] for name in signature(_class(method)).parameters if name in KNOBS}
    rate = replace(CONTROLS["rate"], start=RACERS[method].lr)
    sets = {name: {**_ranges(name, SURFACES[name]().start), "rate": rate} for name in LANDSCAPES}
    surface = Choice(
        label=say("controls.surface"), options=worded(say.all("surfaces")), start="ravine", sets=sets
    )
    kept = {name: control for name, control in CONTROLS.items() if name not in ("method", "mu")}
    return {**kept, "surface": surface, **sets["ravine"], **own}


def descent(
    surface: str = "ravine",
    method: str | Callable[..., Any] = "Gradient descent",
    beside: str = "",
    **starts: Any,
) -> Explorer:
    """A method walking down a surface: choose the surface, the start, η, μ and the noise of the gradient.

    method: one of METHODS or of ADAPTIVE, or an optimiser of your own, a class with `step(theta, gradient)`
    whose instances take what the course's of the same name takes: it walks beside that, and the picture
    opens at the step at which the two part.
    beside: the name of that method, where the class is called otherwise.
    starts: values of the controls at the start, see CONTROLS; what is not given suits the surface.
    """
    own = None
    if not isinstance(method, str):
        own, method = (None if of_the_course(method) else method), beside or _meant(method)
    draw = partial(descent_scene, own=own) if own else descent_scene
    if method in ADAPTIVE:
        draw, controls = (
            partial(draw, method=method, mu=0.0),
            started(_controls(method), surface=surface, **starts),
        )
    else:
        controls = started(CONTROLS, surface=surface, method=method, **starts)
    if own and "steps" not in starts:
        controls = started(controls, steps=_parting(own, method, controls))
    return Explorer(draw, controls)


def _parting(own: Callable[..., Any], method: str, controls: Mapping[str, Control]) -> int:
    """The step at which a student's walk leaves the right one as the controls stand, or where they stand."""
    at = {name: control.start for name, control in controls.items()}
    settings = _settings(method, at["rate"], at)
    setting = at["surface"], (at["x"], at["y"])
    right = walk(*setting, method, settings, at["noise"])
    theirs, _ = own_walk(own, *setting, settings, at["noise"])
    step = parts_at(right.path, theirs.path)
    return int(at["steps"]) if step is None else step


def _meant(made: Callable[..., Any]) -> str:
    """Which method a class is to be: by its name, or else by whether it takes a second number."""
    name = own_name(made).lower()
    called = {_class(method).__name__.lower(): method for method in (*METHODS, *ADAPTIVE)}
    if found := [each for each in called if each in name]:
        return called[max(found, key=len)]
    numbers = [each for each in signature(made).parameters if each not in ("eps", "epsilon")]
    return "Momentum" if len(numbers) > 1 else "Gradient descent"
