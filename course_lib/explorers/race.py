"""The optimiser race: which method gets where, on which landscape, with which hyperparameters?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np

from course_lib import datasets, slices, surfaces, texts
from course_lib.explorers.controls import (
    GAP,
    LOG,
    Choice,
    Control,
    Pick,
    Slider,
    Switch,
    named,
    start_sliders,
    started,
    worded,
)
from course_lib.explorers.effort import COUNTS, HIGHEST, LOWEST, Effort, Search, searched
from course_lib.explorers.effort import panel as search_panel
from course_lib.explorers.effort import report as search_report
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import Maker, of_the_course
from course_lib.explorers.own import named as own_name
from course_lib.explorers.own import walk as walk_own
from course_lib.layers import Dense, Tanh
from course_lib.network import Network
from course_lib.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSprop
from course_lib.scene import (
    FAINT,
    INK,
    Axis,
    Handle,
    Layer,
    Panel,
    Points,
    Scene,
    contours,
    drawn,
    landmarks,
    level_line,
    path_lines,
)
from course_lib.strokes import OWN, Stroke, stroke
from course_lib.training import descend

say = texts.beside(__file__)

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
    "network slice": slices.network_slice,
}
NOISE = 1.0  # standard deviation of the noisy ravine's gradient, per coordinate
DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
QUADRATIC = ("ravine", "bowl", "noisy ravine")


Settings = tuple[tuple[str, float], ...]
Start = tuple[float, ...]


@dataclass(frozen=True)
class Method:
    """An optimiser, its first learning rate, and its knobs: argument → (symbol, first value, largest).

    stroke: where it is a student's own; the others have theirs.
    """

    make: Callable[..., Any]
    lr: float
    knobs: Mapping[str, tuple[str, float, float]]
    stroke: Stroke | None = None


METHODS = {
    "SGD": Method(SGD, 0.07, {}),
    "Momentum": Method(Momentum, 0.02, {"mu": ("μ", 0.9, 0.99)}),
    "Nesterov": Method(Nesterov, 0.02, {"mu": ("μ", 0.9, 0.99)}),
    "AdaGrad": Method(AdaGrad, 0.5, {}),
    "RMSprop": Method(RMSprop, 0.05, {"rho": ("ρ", 0.9, 0.999)}),
    "Adam": Method(Adam, 0.1, {"beta1": ("β₁", 0.9, 0.99), "beta2": ("β₂", 0.999, 0.9999)}),
    "AdamW": Method(AdamW, 0.1, {"beta1": ("β₁", 0.9, 0.99), "weight_decay": ("λ", 0.01, DECAYS[-1])}),
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
def run(problem: str, method: str, settings: Settings, start: Start = ()) -> Run:
    """LONGEST steps of one method on one problem; remembered, so that a slider renews its own method only.

    start: a place on a surface; the problem's own, where it is empty.
    """
    optimizer = METHODS[method].make(**dict(settings))
    with np.errstate(all="ignore"):  # to diverge is an answer here, not an accident
        path, losses = descend(*_task(problem, start), optimizer, LONGEST)
    return _ended(path, losses)


def _ended(path: np.ndarray, losses: np.ndarray) -> Run:
    """The run, up to the first loss that is not a finite number."""
    out = np.flatnonzero(~np.isfinite(losses))
    last = out[0] if len(out) else len(losses)
    if last <= LONGEST:
        path, losses = np.concatenate([path[:last], np.nan * path[:1]]), np.append(losses[:last], np.inf)
    return Run(path, losses)


def _task(problem: str, start: Start) -> tuple[Callable[[np.ndarray], tuple[Any, np.ndarray]], np.ndarray]:
    """What is walked down, and from where."""
    if problem == NETWORK:
        network, data, first = _network()
        return partial(network.loss_and_gradient, x=data.x_train, y=data.y_train), first
    surface = _surface(problem)
    downhill = _noisy(surface) if problem == "noisy ravine" else surface.loss_and_gradient
    return downhill, np.array(start or surface.start)


def _noisy(surface: Any) -> Callable[[np.ndarray], tuple[Any, np.ndarray]]:
    """With the same noise for every method, again at every redraw, and for all that walk side by side."""
    noise = iter(NOISE * np.random.default_rng(0).standard_normal((LONGEST + 1, 2)))
    return lambda theta: (surface.value(theta), surface.gradient(theta) + next(noise))


@lru_cache(maxsize=128)
def trials(
    problem: str, method: str, knobs: Settings, rates: tuple[float, ...], start: Start = ()
) -> tuple[Run, ...]:
    """A run at each of these rates. On a surface they walk side by side: optimisers take arrays as rates."""
    if problem == NETWORK:
        return tuple(run(problem, method, (("lr", rate), *knobs)) for rate in rates)
    downhill, first = _task(problem, start)
    optimizer = METHODS[method].make(lr=np.array(rates)[:, None], **dict(knobs))
    with np.errstate(all="ignore"):
        paths, losses = descend(downhill, np.tile(first, (len(rates), 1)), optimizer, LONGEST)
    return tuple(_ended(paths[:, k], losses[:, k]) for k in range(len(rates)))


@lru_cache(maxsize=64)
def own_run(problem: str, make: Callable[..., Any], settings: Settings, start: Start = ()) -> tuple[Run, str]:
    """The same with a student's class, as far as it goes, and why it goes no further."""
    path, losses, said = walk_own(Maker(make, **dict(settings)), *_task(problem, start), LONGEST)
    return Run(path, losses), said


def _trials(
    problem: str,
    name: str,
    settings: Mapping[str, float],
    own: Mapping[str, Method],
    rates: tuple[float, ...],
    start: Start,
) -> tuple[Run, ...]:
    """What a method tries; a student's class up to the first rate at which it stops."""
    knobs = tuple((key, value) for key, value in settings.items() if key != "lr")
    if name not in own:
        return trials(problem, name, knobs, rates, start)
    found = []
    for rate in rates:
        made, said = own_run(problem, own[name].make, (("lr", rate), *knobs), start)
        if said:
            break
        found.append(made)
    return tuple(found)


def race_scene(
    problem: str,
    steps: int,
    racers: Mapping[str, Mapping[str, float]],
    own: Mapping[str, Method] | None = None,
    start: Start = (),
    effort: Effort | None = None,
) -> Scene:
    """The race after `steps` steps. racers: method → its hyperparameters, such as {"Adam": {"lr": 0.1}}.

    own: a student's own methods, by the names that they have among the racers.
    start: where on the surface all set off; its own start, where this is empty.
    effort: with which each searches for its rate first, which then stands in the place of the one given.
    """
    if not racers:
        raise ValueError(say("errors.none"))
    own = own or {}
    searches: dict[str, Search] = {}
    whole, stops = {}, []
    for name, settings in racers.items():
        best = None
        if effort:
            tried = _trials(problem, name, settings, own, effort.rates, start)
            searches[name] = searched(effort, [each.losses for each in tried])
            best = searches[name].best
        if best is not None:
            whole[name] = tried[best]
        elif name in own:
            whole[name], said = own_run(problem, own[name].make, tuple(settings.items()), start)
            stops += [said] if said else []
        else:
            whole[name] = run(problem, name, tuple(settings.items()), start)
    strokes = {name: _stroke(name, own.get(name)) for name in racers}
    runs = {name: racer.cut(steps) for name, racer in whole.items()}
    left, bottom = (
        _decision_panel(runs, strokes) if problem == NETWORK else _path_panel(problem, whole, strokes)
    )
    panels = [left, _loss_panel(problem, whole, bottom, strokes)]
    rates = {name: racers[name]["lr"] for name in runs} | {
        name: search.rates[search.best] for name, search in searches.items() if search.best is not None
    }
    words = [*stops, _report(problem, steps, runs, rates, bottom)]
    if effort:
        first = float(next(iter(whole.values())).losses[0])
        panels.append(search_panel(effort, searches, first, bottom, strokes))
        words.append(search_report(effort, searches, first, bottom))
    message = " ".join(words)
    alt = say(
        "alt-of-networks" if problem == NETWORK else "alt",
        problem=say(f"problems.{problem}"),
        steps=steps,
        message=message,
    )
    # A decision line is of one step alone: it cannot be played from what is known.
    return Scene(tuple(panels), message, alt, "" if problem == NETWORK else "steps", steps)


def _stroke(name: str, method: Method | None) -> Stroke:
    return method.stroke if method and method.stroke else stroke(name)


def _path_panel(
    problem: str, runs: Mapping[str, Run], strokes: Mapping[str, Stroke]
) -> tuple[Panel, float | None]:
    surface = _surface(problem)
    minima = np.reshape(surface.minima, (-1, 2))
    bottom = float(surface.value(minima).min()) if len(minima) else None
    paths = {name: racer.path for name, racer in runs.items()}
    marks = landmarks(surface, paths.values())
    layers = (*path_lines(paths, strokes, grow=True), *marks)
    x, y = (Axis(label, tuple(ends)) for label, ends in zip(("θ₁", "θ₂"), surface.bounds, strict=True))
    first = next(iter(paths.values()))[0]
    start = Handle(say("handles.start"), float(first[0]), float(first[1]), sets_x="x", sets_y="y")
    return Panel(say("panels.paths"), x, y, layers, _ground(problem), (start,)), bottom


@cache
def _ground(problem: str) -> tuple[Layer, ...]:
    surface = _surface(problem)
    return contours(surface.value, surface.bounds)


def _decision_panel(runs: Mapping[str, Run], strokes: Mapping[str, Stroke]) -> tuple[Panel, float | None]:
    """The two moons, and the line at which each method's network is undecided."""
    network, data, _ = _network()
    x, y, grid = _plane()
    lines: list[Layer] = []
    for name, racer in runs.items():
        with np.errstate(all="ignore"):
            logits = network.predict(racer.path[-1], grid)
        margin = np.nan_to_num(logits[:, 1] - logits[:, 0]).reshape(len(y), len(x))
        line = level_line(x, y, margin, 0.0, INK)
        lines.append(drawn(strokes[name], line.x, line.y, name))
    points = data.x_train
    moons = tuple(
        Points(points[data.y_train == kind, 0], points[data.y_train == kind, 1], colour, size=5, shape=shape)
        for kind, colour, shape in ((0, INK, "ring"), (1, FAINT, "disc"))
    )
    return Panel(say("panels.networks"), *_plane_axes(), tuple(lines), moons), 0.0


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
    problem: str,
    runs: Mapping[str, Run],
    bottom: float | None,
    strokes: Mapping[str, Stroke],
) -> Panel:
    """Loss over steps: its height above the bottom on a log scale or, where there is no bottom, as it is."""
    log = bottom is not None
    heights = {name: racer.losses - (bottom or 0.0) for name, racer in runs.items()}
    lines = tuple(
        drawn(strokes[name], np.arange(len(h)), h, name, since=np.arange(len(h)))
        for name, h in heights.items()
    )
    label = "axes.loss" if not log else "axes.loss-log" if problem == NETWORK else "axes.height"
    first = max(abs(h[0]) for h in heights.values())
    if log:
        seen = [np.clip(h, 1e-9 * first, 30 * first) for h in heights.values()]
    else:
        seen = [np.clip(h, -5 * max(first, 1.0), 5 * max(first, 1.0)) for h in heights.values()]
    axis = Axis.around(say(label), seen, log)
    return Panel(say("panels.loss"), Axis(say("axes.step"), (0, LONGEST)), axis, lines)


def _report(
    problem: str,
    steps: int,
    runs: Mapping[str, Run],
    rates: Mapping[str, float],
    bottom: float | None,
) -> str:
    """Who arrived when, how far the others are, and who diverged when."""
    diverged = {name: at for name, racer in runs.items() if (at := racer.diverged()) is not None}
    running = {name: racer for name, racer in runs.items() if name not in diverged}
    sentences = _standings(running, steps) if bottom is None else _arrivals(running, steps, bottom)
    for name, at in diverged.items():
        limit = speed_limit(problem) if name == "SGD" else None
        text = "report.diverged-limit" if limit and rates[name] > limit else "report.diverged"
        sentences.append(say(text, method=name, step=at, limit=limit))
    return " ".join(sentences)


def _arrivals(runs: Mapping[str, Run], steps: int, bottom: float) -> list[str]:
    arrived = {name: at for name, racer in runs.items() if (at := racer.arrived(bottom)) is not None}
    away = {n: (r.losses[-1] - bottom) / (r.losses[0] - bottom) for n, r in runs.items() if n not in arrived}
    sentences = []
    if arrived:
        order = sorted(arrived, key=lambda name: arrived[name])
        times = ", ".join(f"{name} {arrived[name]}" for name in order)
        sentences.append(say("report.arrived", times=times))
    if away:
        shares = ", ".join(f"{name} {100 * share:.3g} %" for name, share in away.items())
        sentences.append(say("report.left", steps=steps, shares=shares))
    return sentences


def _standings(runs: Mapping[str, Run], steps: int) -> list[str]:
    order = sorted(runs, key=lambda name: runs[name].losses[-1])
    places = ", ".join(f"{name} {runs[name].losses[-1]:.3g}" for name in order).replace("-", "−")
    return [say("report.standings", steps=steps, places=places)] if order else []


@cache
def speed_limit(problem: str) -> float | None:
    """2/λ_max, above which gradient descent diverges; known where the surface is quadratic, else None."""
    if problem not in QUADRATIC:
        return None
    surface = _surface(problem)
    return float(2 / np.linalg.eigvalsh(surface.hessian(surface.minima[0]))[-1])


def _controls_of(name: str, method: Method) -> dict[str, Control]:
    """Whether a method takes part, and its hyperparameters, which show while it does."""
    own = _stroke(name, method)
    while_racing: dict[str, Any] = {"when": {name: (True,)}, "stroke": own}
    by_hand: dict[str, Any] = {"when": {name: (True,), "tuned": (False,)}, "stroke": own}
    controls: dict[str, Control] = {name: Switch(label=name, start=False, stroke=own)}
    controls[f"{name}.lr"] = Slider(
        label=say("controls.knob", method=name, symbol="η"),
        low=LOWEST,
        high=HIGHEST,
        start=method.lr,
        scale=LOG,
        **by_hand,
    )
    for argument, (symbol, first, last) in method.knobs.items():
        common: dict[str, Any] = {
            "label": say("controls.knob", method=name, symbol=symbol),
            "start": first,
            "usual": first,
            **while_racing,
        }
        controls[f"{name}.{argument}"] = (
            Pick(options=named(DECAYS), **common)
            if argument == "weight_decay"
            else Slider(low=0.0, high=last, scale=GAP, **common)
        )
    return controls


def _starts(problem: str) -> dict[str, Control]:
    """Where a race on a surface sets off, within its window."""
    surface = _surface(problem)
    return {**start_sliders(surface.bounds, surface.start, when={"problem": tuple(SURFACES)})}


def _controls(methods: Mapping[str, Method]) -> dict[str, Control]:
    """The switches of all methods stand together, before their hyperparameters."""
    found = [item for name, method in methods.items() for item in _controls_of(name, method).items()]
    return {
        "problem": Choice(
            label=say("controls.problem"),
            options=worded(say.all("problems")),
            start="ravine",
            sets={name: _starts(name) for name in SURFACES},
        ),
        "steps": Slider(label=say("controls.steps"), low=1, high=LONGEST, start=100, plays=True),
        "tuned": Choice(
            label=say("controls.tuned"),
            options={say("rates.by-hand"): False, say("rates.tuned"): True},
            start=False,
        ),
        "count": Pick(label=say("controls.count"), options=named(COUNTS), start=9, when={"tuned": (True,)}),
        "budget": Slider(
            label=say("controls.budget"), low=10, high=LONGEST, start=100, when={"tuned": (True,)}
        ),
        **dict(sorted(found, key=lambda item: "." in item[0])),
        **_starts("ravine"),
    }


CONTROLS = _controls(METHODS)


def _race(
    own: Mapping[str, Method],
    problem: str,
    steps: int,
    tuned: bool,
    count: int,
    budget: int,
    x: float,
    y: float,
    **values: Any,
) -> Scene:
    racers = {
        name: {key.split(".")[1]: value for key, value in values.items() if key.startswith(f"{name}.")}
        for name in {**METHODS, **own}
        if values[name]
    }
    start = () if problem == NETWORK else (x, y)
    return race_scene(problem, steps, racers, own, start, Effort(count, budget) if tuned else None)


def optimizer_race(
    problem: str = "ravine",
    methods: Sequence[str | Callable[..., Any]] = ("SGD", "Momentum", "RMSprop", "Adam"),
    steps: int = 100,
    **starts: Any,
) -> Explorer:
    """Any of the optimisers, each with its own hyperparameters, racing on a surface or a small network.

    The rates are set by hand or, with tuned=True, searched for with equal effort.
    methods: names of METHODS, or optimisers of your own, classes with `step(theta, gradient)` that take what
    the course's of the same name takes: "your Adam" races beside "Adam".
    starts: values of the other controls at the start, see CONTROLS.
    """
    own: dict[str, Method] = {}
    racing = []
    for method in methods:
        if not isinstance(method, str) and not of_the_course(method):
            name = say("own.name", name=own_name(method))
            if name in own:
                name = say("own.name-again", name=own_name(method), number=len(own) + 1)
            own[name] = replace(_model(own_name(method)), make=method)
        else:
            name = method if isinstance(method, str) else own_name(method)
            if name not in METHODS:
                raise ValueError(say("errors.no-method", name=name, methods=", ".join(METHODS)))
        racing.append(name)
    if len(own) > len(OWN):
        raise ValueError(say("own.too-many", count=len(own), most=len(OWN)))
    own = {
        name: replace(method, stroke=of_own) for (name, method), of_own in zip(own.items(), OWN, strict=False)
    }
    given = {"problem": problem, "steps": steps, **dict.fromkeys(racing, True), **starts}
    controls = started(_controls(METHODS | own), **given)
    return Explorer(partial(_race, own), controls)


def _model(name: str) -> Method:
    """The method whose rate and knobs a class of this name has; of one that is unknown, a rate alone."""
    found = [method for method in METHODS if method.lower() in name.lower()]
    return METHODS[max(found, key=len)] if found else Method(SGD, METHODS["SGD"].lr, {})
