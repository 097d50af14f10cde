"""The optimiser race: which method gets where, on which landscape, with which hyperparameters?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from course_lib import datasets, surfaces
from course_lib.explorers.controls import GAP, LOG, Choice, Control, Slider, Switch, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import Maker, of_the_course
from course_lib.explorers.own import named as own_name
from course_lib.explorers.own import walk as walk_own
from course_lib.layers import Dense, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSprop
from course_lib.palette import COLOURS, DASHED, YOURS, YOURS_TOO
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    contours,
    landmarks,
    level_line,
    path_layers,
)
from course_lib.training import descend

LONGEST = 200  # steps; every run goes this far once and is then only cut, so the steps slider costs nothing
NETWORK = "moons network"

# Off the diagonal: from there, equal steps along both axes do not happen to aim at the minimum.
_ravine = partial(surfaces.ravine, start=(-1.3, 0.5))

SURFACES: dict[str, Callable[[], Any]] = {
    "ravine": _ravine,
    "bowl": surfaces.bowl,
    "saddle": surfaces.saddle,
    "Beale": surfaces.beale,
    "Rosenbrock": surfaces.rosenbrock,
    "Himmelblau": surfaces.himmelblau,
    "noisy ravine": _ravine,
}
PROBLEMS = (*SURFACES, NETWORK)
NOISE = 1.0  # standard deviation of the noisy ravine's gradient, per coordinate
QUADRATIC = ("ravine", "bowl", "noisy ravine")


@dataclass(frozen=True)
class Method:
    """An optimiser, its first learning rate, and its knobs: argument → (symbol, first value, largest).

    colour: of its path, where it is a student's own; the others have theirs.
    """

    make: Callable[..., Any]
    lr: float
    knobs: Mapping[str, tuple[str, float, float]]
    colour: str = ""


METHODS = {
    "SGD": Method(SGD, 0.07, {}),
    "Momentum": Method(Momentum, 0.02, {"mu": ("μ", 0.9, 0.99)}),
    "Nesterov": Method(Nesterov, 0.02, {"mu": ("μ", 0.9, 0.99)}),
    "AdaGrad": Method(AdaGrad, 0.5, {}),
    "RMSprop": Method(RMSprop, 0.05, {"rho": ("ρ", 0.9, 0.999)}),
    "Adam": Method(Adam, 0.1, {"beta1": ("β₁", 0.9, 0.99), "beta2": ("β₂", 0.999, 0.9999)}),
    "AdamW": Method(AdamW, 0.1, {"beta1": ("β₁", 0.9, 0.99), "weight_decay": ("λ", 0.01, 1.0)}),
}


@dataclass(frozen=True)
class Run:
    """Where a method went: path (steps + 1, …) and the exact loss at each of its points.

    A run that left the finite numbers ends there, with a loss of infinity.
    """

    path: np.ndarray
    losses: np.ndarray

    def cut(self, steps: int) -> "Run":
        return Run(self.path[: steps + 1], self.losses[: steps + 1])

    def diverged(self) -> int | None:
        """The step at which the loss passed a thousand times its first value, if it never came back."""
        limit = 1000 * max(abs(self.losses[0]), 1e-12)
        out = ~(self.losses <= limit)  # NaN counts as out
        return int(np.argmax(out)) if out[-1] else None

    def arrived(self, bottom: float) -> int | None:
        """The step from which on at most 1 % of the starting loss is left, both counted from the bottom."""
        away = ~(self.losses - bottom <= 0.01 * (self.losses[0] - bottom))
        return None if away[-1] else int(np.flatnonzero(away)[-1]) + 1


@cache
def _network() -> tuple[Network, Any, np.ndarray]:
    network = Network([Dense(2, 16), Tanh(), Dense(16, 2)])
    return network, datasets.moons(n=300), network.initialize(np.random.default_rng(0))


@cache
def _surface(problem: str) -> Any:
    return SURFACES[problem]()


@lru_cache(maxsize=512)
def run(problem: str, method: str, settings: tuple[tuple[str, float], ...]) -> Run:
    """LONGEST steps of one method on one problem; remembered, so that a slider renews its own method only."""
    optimizer = METHODS[method].make(**dict(settings))
    downhill, start = _task(problem)
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        path, losses = descend(downhill, start, optimizer, LONGEST)
    if len(losses) <= LONGEST:  # it ended because the next loss was not a finite number
        path, losses = np.concatenate([path, np.nan * path[-1:]]), np.append(losses, np.inf)
    return Run(path, losses)


def _task(problem: str) -> tuple[Callable[[np.ndarray], tuple[Any, np.ndarray]], np.ndarray]:
    """What is walked down, and from where."""
    if problem == NETWORK:
        network, data, start = _network()
        return partial(network.loss_and_gradient, x=data.x_train, y=data.y_train), start
    surface = _surface(problem)
    start = surface.start
    if problem == "noisy ravine":  # the same noise for every method, and again at every redraw
        surface = surfaces.noisy(surface, NOISE, np.random.default_rng(0))
    return surface.loss_and_gradient, start


@lru_cache(maxsize=64)
def own_run(
    problem: str, make: Callable[..., Any], settings: tuple[tuple[str, float], ...]
) -> tuple[Run, str]:
    """The same with a student's class, as far as it goes, and why it goes no further."""
    path, losses, said = walk_own(Maker(make, **dict(settings)), *_task(problem), LONGEST)
    return Run(path, losses), said


def race_scene(
    problem: str,
    steps: int,
    racers: Mapping[str, Mapping[str, float]],
    own: Mapping[str, Method] | None = None,
) -> Scene:
    """The race after `steps` steps. racers: method → its hyperparameters, such as {"Adam": {"lr": 0.1}}.

    own: a student's own methods, by the names that they have among the racers.
    """
    if not racers:
        raise ValueError("Tick at least one method.")
    own = own or {}
    whole, stops = {}, []
    for name, settings in racers.items():
        if name in own:
            whole[name], said = own_run(problem, own[name].make, tuple(settings.items()))
            stops += [said] if said else []
        else:
            whole[name] = run(problem, name, tuple(settings.items()))
    colours = COLOURS | {name: method.colour for name, method in own.items()}
    runs = {name: racer.cut(steps) for name, racer in whole.items()}
    left, bottom = (
        _decision_panel(runs, colours) if problem == NETWORK else _path_panel(problem, whole, colours)
    )
    message = " ".join([*stops, _report(problem, steps, runs, racers, bottom)])
    what = f"{left.title} and loss curves of an optimiser race on the {problem}, {steps} steps."
    panels = left, _loss_panel(problem, whole, bottom, colours)
    # A decision line is of one step alone: it cannot be played from what is known.
    return Scene(panels, message, f"{what} {message}", "" if problem == NETWORK else "steps", steps)


def _path_panel(
    problem: str, runs: Mapping[str, Run], colours: Mapping[str, str]
) -> tuple[Panel, float | None]:
    surface = _surface(problem)
    minima = np.reshape(surface.minima, (-1, 2))
    bottom = float(surface.value(minima).min()) if len(minima) else None
    paths = {name: racer.path for name, racer in runs.items()}
    layers = (*path_layers(paths, colours, DASHED, named=False, grow=True), *landmarks(surface))
    x, y = (Axis(label, tuple(ends)) for label, ends in zip(("θ₁", "θ₂"), surface.bounds, strict=True))
    return Panel("Paths over the contours", x, y, layers, _ground(problem)), bottom


@cache
def _ground(problem: str) -> tuple[Layer, ...]:
    surface = _surface(problem)
    return contours(surface.value, surface.bounds)


def _decision_panel(runs: Mapping[str, Run], colours: Mapping[str, str]) -> tuple[Panel, float | None]:
    """The two moons, and the line at which each method's network is undecided."""
    network, data, _ = _network()
    x, y, grid = _plane()
    lines: list[Layer] = []
    for name, racer in runs.items():
        with np.errstate(all="ignore"):
            logits = network.predict(racer.path[-1], grid)
        margin = np.nan_to_num(logits[:, 1] - logits[:, 0]).reshape(len(y), len(x))
        lines.append(level_line(x, y, margin, 0.0, colours[name]))
    points = data.x_train
    moons = tuple(
        Points(points[data.y_train == kind, 0], points[data.y_train == kind, 1], colour, size=5, shape=shape)
        for kind, colour, shape in ((0, INK, "ring"), (1, FAINT, "disc"))
    )
    return Panel("Decision lines of the networks", *_plane_axes(), tuple(lines), moons), 0.0


@cache
def _plane() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x_axis, y_axis = _plane_axes()
    x, y = np.linspace(*x_axis.ends, 50), np.linspace(*y_axis.ends, 50)
    return x, y, np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


@cache
def _plane_axes() -> tuple[Axis, Axis]:
    points = _network()[1].x_train
    return Axis.around("x₁", [points[:, 0]]), Axis.around("x₂", [points[:, 1]])


def _loss_panel(
    problem: str, runs: Mapping[str, Run], bottom: float | None, colours: Mapping[str, str]
) -> Panel:
    """Loss over steps: its height above the bottom on a log scale or, where there is no bottom, as it is."""
    log = bottom is not None
    heights = {name: racer.losses - (bottom or 0.0) for name, racer in runs.items()}
    lines = tuple(
        Line(np.arange(len(h)), h, colours[name], name, dashed=name in DASHED, since=np.arange(len(h)))
        for name, h in heights.items()
    )
    label = "Loss" if problem == NETWORK or not log else "Loss − minimum"
    first = max(abs(h[0]) for h in heights.values())
    if log:
        seen = [np.clip(h, 1e-9 * first, 30 * first) for h in heights.values()]
    else:
        seen = [np.clip(h, -5 * max(first, 1.0), 5 * max(first, 1.0)) for h in heights.values()]
    axis = Axis.around(f"{label} (log scale)" if log else label, seen, log)
    return Panel("Loss", Axis("Step", (0, LONGEST)), axis, lines)


def _report(
    problem: str,
    steps: int,
    runs: Mapping[str, Run],
    racers: Mapping[str, Mapping[str, float]],
    bottom: float | None,
) -> str:
    """Who arrived when, how far the others are, and who diverged when."""
    diverged = {name: at for name, racer in runs.items() if (at := racer.diverged()) is not None}
    running = {name: racer for name, racer in runs.items() if name not in diverged}
    sentences = _standings(running, steps) if bottom is None else _arrivals(running, steps, bottom)
    for name, at in diverged.items():
        limit = speed_limit(problem) if name == "SGD" else None
        why = f": η > 2/λ_max = {limit:.3g}" if limit and racers[name]["lr"] > limit else ""
        sentences.append(f"{name} diverged at step {at}{why}.")
    return " ".join(sentences)


def _arrivals(runs: Mapping[str, Run], steps: int, bottom: float) -> list[str]:
    arrived = {name: at for name, racer in runs.items() if (at := racer.arrived(bottom)) is not None}
    away = {n: (r.losses[-1] - bottom) / (r.losses[0] - bottom) for n, r in runs.items() if n not in arrived}
    sentences = []
    if arrived:
        order = sorted(arrived, key=lambda name: arrived[name])
        times = ", ".join(f"{name} {arrived[name]}" for name in order)
        sentences.append(f"Steps until the loss stays under 1 % of its start: {times}.")
    if away:
        shares = ", ".join(f"{name} {100 * share:.3g} %" for name, share in away.items())
        sentences.append(f"Loss left after {steps} steps: {shares}.")
    return sentences


def _standings(runs: Mapping[str, Run], steps: int) -> list[str]:
    order = sorted(runs, key=lambda name: runs[name].losses[-1])
    places = ", ".join(f"{name} {runs[name].losses[-1]:.3g}" for name in order).replace("-", "−")
    return [f"There is no bottom here. Loss after {steps} steps: {places}."] if order else []


@cache
def speed_limit(problem: str) -> float | None:
    """2/λ_max, above which gradient descent diverges; known where the surface is quadratic, else None."""
    if problem not in QUADRATIC:
        return None
    surface = _surface(problem)
    return float(2 / np.linalg.eigvalsh(surface.hessian(surface.minima[0]))[-1])


def _controls_of(name: str, method: Method) -> dict[str, Control]:
    """Whether a method takes part, and its hyperparameters, which show while it does."""
    stroke: dict[str, Any] = {"colour": method.colour or COLOURS[name], "dashed": name in DASHED}
    while_racing: dict[str, Any] = {"when": {name: (True,)}, **stroke}
    controls: dict[str, Control] = {name: Switch(label=name, start=False, **stroke)}
    controls[f"{name}.lr"] = Slider(
        label=f"{name}: η", low=1e-3, high=10.0, start=method.lr, scale=LOG, **while_racing
    )
    for argument, (symbol, first, last) in method.knobs.items():
        how: dict[str, Any] = {"step": 0.01} if argument == "weight_decay" else {"scale": GAP}
        controls[f"{name}.{argument}"] = Slider(
            label=f"{name}: {symbol}", low=0.0, high=last, start=first, usual=first, **how, **while_racing
        )
    return controls


def _controls(methods: Mapping[str, Method]) -> dict[str, Control]:
    """The switches of all methods stand together, before their hyperparameters."""
    found = [item for name, method in methods.items() for item in _controls_of(name, method).items()]
    return {
        "problem": Choice(label="Landscape", options=named(PROBLEMS), start="ravine"),
        "steps": Slider(label="Steps", low=1, high=LONGEST, start=100, plays=True),
        **dict(sorted(found, key=lambda item: "." in item[0])),
    }


CONTROLS = _controls(METHODS)


def _race(own: Mapping[str, Method], problem: str, steps: int, **values: Any) -> Scene:
    racers = {
        name: {key.split(".")[1]: value for key, value in values.items() if key.startswith(f"{name}.")}
        for name in {**METHODS, **own}
        if values[name]
    }
    return race_scene(problem, steps, racers, own)


def optimizer_race(
    problem: str = "ravine",
    methods: Sequence[str | Callable[..., Any]] = ("SGD", "Momentum", "RMSprop", "Adam"),
    steps: int = 100,
) -> Explorer:
    """Any of the optimisers, each with its own hyperparameters, racing on a surface or a small network.

    methods: names of METHODS, or optimisers of your own, classes with `step(theta, gradient)` that take what
    the course's of the same name takes: "your Adam" races beside "Adam".
    """
    own: dict[str, Method] = {}
    racing = []
    for method in methods:
        if not isinstance(method, str) and not of_the_course(method):
            name = f"your {own_name(method)}"
            name += f" ({len(own) + 1})" if name in own else ""
            own[name] = replace(
                _model(own_name(method)), make=method, colour=(YOURS, YOURS_TOO)[len(own) % 2]
            )
        else:
            name = method if isinstance(method, str) else own_name(method)
            if name not in METHODS:
                raise ValueError(f"There is no method {name!r}; there are {', '.join(METHODS)}.")
        racing.append(name)
    controls = started(_controls(METHODS | own), problem=problem, steps=steps, **dict.fromkeys(racing, True))
    return Explorer(partial(_race, own), controls)


def _model(name: str) -> Method:
    """The method whose rate and knobs a class of this name has; of one that is unknown, a rate alone."""
    found = [method for method in METHODS if method.lower() in name.lower()]
    return METHODS[max(found, key=len)] if found else Method(SGD, METHODS["SGD"].lr, {})
