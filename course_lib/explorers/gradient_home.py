"""The gradient's way home: four examples of one feature through batch normalisation, and back.

The graph is that of Ioffe & Szegedy (2015), Section 3, with their names. Every example reaches every output
through the mean and through the variance. A gradient that leaves out one of these paths moves parameters that
the loss does not depend on: Section 2 there, where a bias grows without end while the loss stands still.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import LOG, Later, Slider, Switch, started
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.own import like, named, run
from course_lib.palette import OTHERS, YOURS
from course_lib.scene import FAINT, INK, Axis, Bars, Handle, Layer, Line, Panel, Points, Scene, Text, film

say = texts.beside(__file__)

INPUTS = (-1.0, 0.5, 1.0)  # the first three; the fourth has a slider
TARGETS = np.array([-2.0, 1.0, 0.5, 3.0])
EPS = 1e-5
UPDATES = 60
VALUE, GRADIENT, WEIGHT, BIAS = OTHERS

# The node at work in each step: forwards with its values, backwards with its gradient.
STEPS = ("x", "mu", "c", "v", "r", "x_hat", "y", "loss", "y", "x_hat", "r", "v", "c", "mu", "x")
LAST = len(STEPS) - 1
# What a gradient may lack; and whether it then still passes through the mean and the variance.
LACKING = {"mean": (False, True), "variance": (True, False), "both": (False, False)}
TURN = 7  # the last step forwards
COLUMNS = {"x": 0.0, "c": 1.1, "x_hat": 2.8, "y": 3.9}
SINGLE = {"mu": (0.5, -0.6), "v": (1.5, -1.3), "r": (2.5, -0.6), "loss": (4.9, 2.5)}
BESIDE = ("mu", "v", "r")
NAMES = {"x": "x", "mu": "μ", "c": "c", "v": "v", "r": "r", "x_hat": "x̂", "y": "y", "loss": "L"}
AFFINE = {"gamma": "γ", "beta": "β"}
EDGES = (
    ("x", "mu"),
    ("x", "c"),
    ("mu", "c"),
    ("c", "v"),
    ("v", "r"),
    ("c", "x_hat"),
    ("r", "x_hat"),
    ("x_hat", "y"),
    ("y", "loss"),
)


@dataclass(frozen=True)
class Graph:
    """Values and gradients of each node: (4,), or (1,) of what all examples share.

    shares: what comes to c from x̂ and through v, and to x from c and through μ, apart.
    """

    values: dict[str, np.ndarray]
    gradients: dict[str, np.ndarray]
    shares: dict[tuple[str, str], np.ndarray]


def graph(x: np.ndarray, gamma: float, beta: float, mean: bool, variance: bool) -> Graph:
    """Forwards and backwards through the layer; no gradient passes through μ, or v, where a path is cut."""
    n = len(x)
    mu = x.mean()
    c = x - mu
    v = np.mean(c**2)
    r = 1 / np.sqrt(v + EPS)
    x_hat = c * r
    y = gamma * x_hat + beta
    loss = np.sum((y - TARGETS) ** 2) / 2

    dy = y - TARGETS
    dx_hat = gamma * dy
    dr = np.sum(dx_hat * c)
    dv = -dr * r**3 / 2
    direct, through_v = dx_hat * r, dv * 2 * c / n * variance
    dc = direct + through_v
    dmu = -dc.sum()
    through_mu = np.full(n, dmu / n * mean)

    def single(value: float) -> np.ndarray:
        return np.array([value])

    return Graph(
        {"x": x, "mu": single(mu), "c": c, "v": single(v), "r": single(r), "x_hat": x_hat, "y": y}
        | {"loss": single(loss)},
        {
            "x": dc + through_mu,
            "mu": single(dmu),
            "c": dc,
            "v": single(dv),
            "r": single(dr),
            "x_hat": dx_hat,
            "y": dy,
            "loss": single(1.0),
        },
        {("c", "x_hat"): direct, ("c", "v"): through_v, ("x", "c"): dc, ("x", "mu"): through_mu},
    )


@dataclass(frozen=True)
class Trained:
    """A weight w and a bias b in front of the layer, x = w u + b, and the loss, after each update."""

    weight: np.ndarray
    bias: np.ndarray
    loss: np.ndarray


@lru_cache(maxsize=128)
def trained(last: float, gamma: float, beta: float, mean: bool, variance: bool, rate: float) -> Trained:
    """Descend in w and b alone, with the gradient that the paths give."""
    return _trained(
        last, rate, lambda x: graph(x, gamma, beta, mean, variance), lambda x, here: here.gradients["x"]
    )


def _trained(
    last: float,
    rate: float,
    there: Callable[[np.ndarray], Graph],
    gradient: Callable[[np.ndarray, Graph], np.ndarray],
) -> Trained:
    """u are the four inputs; gradient: what is taken for ∂L/∂x."""
    u = np.array([*INPUTS, last])
    weight, bias = 1.0, 0.0
    seen = np.empty((UPDATES + 1, 3))
    for row in seen:
        x = weight * u + bias
        here = there(x)
        row[:] = weight, bias, here.values["loss"][0]
        dx = gradient(x, here)
        weight -= rate * float(dx @ u)
        bias -= rate * float(dx.sum())
    return Trained(*seen.T)


@dataclass(frozen=True)
class Own:
    """What a student's code says: gradients by the names of their nodes, those at x (4,), γ and β first, and
    a run with its ∂L/∂x; and the nodes at which its way back is wrong, where it goes node by node."""

    gradients: dict[str, np.ndarray]
    run: Trained
    broken: tuple[str, ...] = ()


Back = Callable[[np.ndarray, Graph], dict[str, np.ndarray]]


@lru_cache(maxsize=64)
def own_way(
    layer: Callable[..., Any], last: float, gamma: float, beta: float, rate: float
) -> tuple[Own | None, str]:
    """Send the true ∂L/∂y back through a student's layer: what it says, or why it says nothing."""

    def back(x: np.ndarray, here: Graph) -> dict[str, np.ndarray]:
        made = layer(1)
        made.gamma, made.beta = np.array([gamma]), np.array([beta])
        made.forward(x[:, np.newaxis].copy(), True)
        dx, dgamma, dbeta = made.backward(here.gradients["y"][:, np.newaxis].copy())
        return {
            "x": like(dx, x[:, np.newaxis], say("returned.dx"))[:, 0],
            "gamma": like(dgamma, made.gamma, say("returned.dγ")),
            "beta": like(dbeta, made.beta, say("returned.dβ")),
        }

    return _went(layer, back, last, gamma, beta, rate)


@lru_cache(maxsize=64)
def staged_way(
    staged: Callable[..., Any], last: float, gamma: float, beta: float, rate: float
) -> tuple[Own | None, str]:
    """The same for a student's function that goes back node by node; where a node is missing, NaN stands."""
    from course_lib.exercises.batchnorm_staged import nodes  # no other explorer needs an exercise

    def back(x: np.ndarray, here: Graph) -> dict[str, np.ndarray]:
        columns = here.gradients["y"][:, np.newaxis].copy(), x[:, np.newaxis].copy()
        said = staged(*columns, np.array([gamma]), EPS)
        found = {}
        for node in ("x", *AFFINE, *nodes.BEHIND):
            shaped = np.full((1,) if node in nodes.SINGLE else (len(x), 1), np.nan)
            value = like(said.get(node, shaped), shaped, say("returned.node", node=node))
            found[node] = value.reshape(len(value))
        return found

    own, said = _went(staged, back, last, gamma, beta, rate)
    if own is None:
        return own, said
    x = np.array([*INPUTS, last])
    dy = graph(x, gamma, beta, True, True).gradients["y"]
    of = nodes.Forward(dy[:, np.newaxis], x[:, np.newaxis], np.array([gamma]), EPS)
    shaped = {n: each if n in nodes.SINGLE else each[:, np.newaxis] for n, each in own.gradients.items()}
    return replace(own, broken=tuple(nodes.broken(of, shaped))), said


def _went(
    own: Callable[..., Any], back: Back, last: float, gamma: float, beta: float, rate: float
) -> tuple[Own | None, str]:
    found: list[Own] = []

    def there(x: np.ndarray) -> Graph:
        return graph(x, gamma, beta, True, True)

    def work() -> None:
        x = np.array([*INPUTS, last])
        first = back(x, there(x))
        found.append(Own(first, _trained(last, rate, there, lambda x, here: back(x, here)["x"])))

    said = run(work, own)
    return (None if said else found[0]), said


def home_scene(
    step: int,
    last: float,
    gamma: float,
    beta: float,
    rate: float,
    cut_mean: bool = False,
    cut_variance: bool = False,
    own: Callable[..., Any] | None = None,
    staged: Callable[..., Any] | None = None,
) -> Scene:
    """The graph as far as this step, the gradient at x beside the true one, and a run that uses it.

    own: a student's layer, whose gradients stand in the place of those that the paths give; or staged, a
    student's way back node by node, whose gradients then stand at the nodes, and squares where it breaks.
    """
    x = np.array([*INPUTS, last])
    seen = graph(x, gamma, beta, not cut_mean, not cut_variance)
    whole = graph(x, gamma, beta, True, True)
    true = {"x": whole.gradients["x"], **_affine(whole)}
    if own or staged:
        way = own_way if own else staged_way
        theirs, said = way(own or staged, last, gamma, beta, rate)
        if theirs is None:
            raise ValueError(said)
        found, ran = theirs.gradients, theirs.run
        if own:
            told = f"{_compared(own, found, true, x, gamma, beta)} "
            graph_panel = replace(_graph_panel(seen), title=say("panels.graph-beside-own"), handles=())
        else:
            told = f"{_breaks(staged, theirs)} "
            at_nodes = replace(seen, gradients=seen.gradients | found, shares={})
            graph_panel = replace(
                _graph_panel(at_nodes, broken=theirs.broken), title=say("panels.graph-of-own"), handles=()
            )
        gradients = _gradient_panel(_in_row(found), _in_row(true), YOURS, YOURS)
    else:
        found = {"x": seen.gradients["x"]}
        ran = trained(last, gamma, beta, not cut_mean, not cut_variance, rate)
        told = ""
        graph_panel = _graph_panel(seen, cut_mean, cut_variance)
        gradients = _gradient_panel(_in_row(found), _in_row({"x": true["x"]}), GRADIENT, BIAS)
    message = told + _report(step, found["x"], ran, cut_mean, cut_variance)
    panels = (graph_panel, gradients, _run_panel(ran))
    return Scene(panels, message, say("alt", message=message), "step", step)


def _affine(seen: Graph) -> dict[str, np.ndarray]:
    """∂L/∂γ and ∂L/∂β."""
    dy = seen.gradients["y"]
    return {"gamma": np.array([dy @ seen.values["x_hat"]]), "beta": np.array([dy.sum()])}


def _in_row(gradients: dict[str, np.ndarray]) -> list[float]:
    """The gradient at each x, their sum, and that at γ and β where it is known."""
    at_x, affine = gradients["x"], [gradients[each] for each in AFFINE if each in gradients]
    return [*at_x, at_x.sum(), *(float(each[0]) for each in affine)]


def _compared(
    own: Callable[..., Any],
    found: dict[str, np.ndarray],
    true: dict[str, np.ndarray],
    x: np.ndarray,
    gamma: float,
    beta: float,
) -> str:
    """Where a student's gradients part from the true ones, as far as it is seen; and what their dx lacks."""

    def same(a: np.ndarray, b: np.ndarray) -> bool:
        return bool(np.allclose(a, b, rtol=1e-3, atol=1e-3))

    apart = [f"d{(NAMES | AFFINE)[name]}" for name in found if not same(found[name], true[name])]
    whose = named(own)
    if not apart:
        return say("own.true", name=whose)
    where = say(f"where.{len(apart)}", **dict(zip(("first", "second", "third"), apart, strict=False)))
    if "dx" in apart:
        for lacks, paths in LACKING.items():
            if same(found["x"], graph(x, gamma, beta, *paths).gradients["x"]):
                return say(f"lacks.{lacks}", name=whose, where=where)
    return say("own.differs", name=whose, where=where)


def _breaks(staged: Callable[..., Any] | None, theirs: Own) -> str:
    """Where a student's way back breaks first, and whether elsewhere too."""
    whose = named(staged)
    if not theirs.broken:
        return say("own.true", name=whose)
    first, *others = (f"∂L/∂{(NAMES | AFFINE)[node]}" for node in theirs.broken)
    if not others:
        return say("breaks.once", name=whose, first=first)
    return say("breaks.often", name=whose, first=first, others=", ".join(others))


def _places(node: str) -> list[tuple[float, float]]:
    """Where a node's numbers stand: one under the other, the first example on top."""
    return [SINGLE[node]] if node in SINGLE else [(COLUMNS[node], 4.0 - n) for n in range(4)]


def reached(node: str, step: int) -> tuple[bool, bool]:
    """Whether a node has its values, and its gradient, at a step."""
    forwards = STEPS.index(node)
    return step >= forwards, step >= LAST - forwards and step > TURN


def _graph_panel(
    seen: Graph, cut_mean: bool = False, cut_variance: bool = False, broken: Sequence[str] = ()
) -> Panel:
    cut = {("x", "mu"): cut_mean, ("c", "v"): cut_variance}
    steps = range(LAST + 1)
    layers: list[Layer] = [film(steps, _heading)]
    for edge in EDGES:
        colours = [_edge_colour(edge, step, cut.get(edge, False)) for step in steps]
        layers.append(film(colours, partial(_edge_layers, edge, cut.get(edge, False))))
    for node in NAMES:
        states = [(*reached(node, step), _node_colour(node, step)) for step in steps]
        layers.append(film(states, partial(_node_layers, node, seen, node in broken)))
    handles = (
        Handle(say("handles.cut_mean"), 0.25, 0.2, turns="cut_mean"),
        Handle(say("handles.cut_variance"), 1.3, 0.2, turns="cut_variance"),
    )
    ticks = tuple((place, NAMES[node]) for node, place in COLUMNS.items())
    x = Axis("", (-0.5, 5.4), ticks=(*ticks, (4.9, say("axes.loss"))))
    y = Axis("", (-2.0, 5.2), ticks=tuple((4.0 - n, say("axes.example", n=n + 1)) for n in range(4)))
    return Panel(say("panels.graph"), x, y, tuple(layers), handles=handles)


def _direction(step: int) -> str:
    return GRADIENT if step > TURN else VALUE


def _heading(step: int) -> tuple[Layer, ...]:
    told = say("lines.heading", step=step, what=say(f"steps.{step}"))
    return (Text(2.45, 4.85, told, _direction(step), "centre"),)


def _edge_colour(edge: tuple[str, str], step: int, cut: bool) -> str:
    """That of what passes through an edge in this step."""
    source, target = edge
    # forwards an edge feeds its target's value, backwards its source's gradient
    backwards = step > TURN
    working = STEPS[step] == (source if backwards else target) and not (backwards and cut)
    return _direction(step) if working else FAINT


def _edge_layers(edge: tuple[str, str], cut: bool, colour: str) -> list[Layer]:
    """The edge between each pair of its nodes' numbers: at work, at rest (faint), or cut."""
    source, target = edge
    starts, ends = _places(source), _places(target)
    pairs = zip(starts, ends, strict=True) if len(starts) == len(ends) else _all(starts, ends)
    x: list[float] = []
    y: list[float] = []
    for (x0, y0), (x1, y1) in pairs:
        if cut:  # what is left of it on both sides
            x += [x0, x0 + 0.3 * (x1 - x0), np.nan, x1 - 0.2 * (x1 - x0), x1, np.nan]
            y += [y0, y0 + 0.3 * (y1 - y0), np.nan, y1 - 0.2 * (y1 - y0), y1, np.nan]
        else:
            x += [x0, x1, np.nan]
            y += [y0, y1, np.nan]
    return [Line(x, y, colour, width=1.0 if colour == FAINT else 2.0, dashed=cut)]


def _all(
    starts: Sequence[tuple[float, float]], ends: Sequence[tuple[float, float]]
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    return [(start, end) for start in starts for end in ends]


def _node_colour(node: str, step: int) -> str:
    return _direction(step) if node == STEPS[step] else INK


def _node_layers(node: str, seen: Graph, broken: bool, state: tuple[bool, bool, str]) -> list[Layer]:
    """A dot for each number, its value above, its gradient below; of those below beside it, off the edges.
    Where the way back is broken, a square stands for the dot."""
    valued, graded, colour = state
    places = _places(node)
    at = np.transpose(places)
    if not valued:
        return [Points(at[0], at[1], FAINT, size=8, shape="ring")]
    told = tuple(_told(node, n, seen, graded) for n in range(len(places)))
    wrong = broken and graded
    shape, size = ("square", 11) if wrong else ("disc", 8)
    layers: list[Layer] = [Points(at[0], at[1], YOURS if wrong else colour, size, shape, texts=told)]
    values, gradients = seen.values[node], seen.gradients[node]
    for (x, y), value, gradient in zip(places, values, gradients, strict=True):
        name = f"{NAMES[node]} " if node in SINGLE else ""
        beside = node in BESIDE
        right, up, align = (0.08, 0.22, "left") if beside else (0.0, 0.29, "centre")
        layers.append(Text(x + right, y + up, f"{name}{_number(value)}", VALUE, align))
        if graded:
            layers.append(Text(x + right, y - 0.29, _number(gradient), YOURS if wrong else GRADIENT, align))
    return layers


def _told(node: str, n: int, seen: Graph, graded: bool) -> str:
    """What one number of a node is, and where its gradient comes from."""
    index = "" if node in SINGLE else "₁₂₃₄"[n]
    value = f"{NAMES[node]}{index} = {_number(seen.values[node][n])}"
    if not graded:
        return value
    gradient = _number(seen.gradients[node][n])
    ways = {target: share for (source, target), share in seen.shares.items() if source == node}
    if not ways:
        return say("number.gradient", value=value, gradient=gradient)
    [single] = [target for target in ways if target in SINGLE]
    [other] = [target for target in ways if target not in SINGLE]
    return say(
        "number.two-ways",
        value=value,
        gradient=gradient,
        direct=_number(ways[other][n]),
        node=NAMES[other],
        shared=_number(ways[single][n]),
        single=NAMES[single],
    )


def _number(value: float) -> str:
    digits = ".2f" if abs(value) < 1e5 else ".2e"  # a student's run may go anywhere
    return f"{value:{digits}}".replace("-0.00", "0.00").replace("-", "−")


def _gradient_panel(found: list[float], true: list[float], colour: str, of_sum: str) -> Panel:
    """What the paths give at x and, as rings, what is true, once it is home; both as `_in_row`."""
    both = np.array([found, true])
    at = np.arange(1, len(found) + 1)

    def bars(home: bool) -> tuple[Layer, ...]:
        return (
            Bars(at[:4], both[0, :4], colour, width=0.6),
            Bars(at[4:], both[0, 4:], of_sum, width=0.6),
            Points(at, both[1], INK, size=10, shape="ring"),
        ) * home

    ends = (0.3, len(found) + 0.7)
    zero = Line(ends, [0, 0], FAINT, width=1.0)
    layers = (zero, film([step == LAST for step in range(LAST + 1)], bars))
    names = ("x₁", "x₂", "x₃", "x₄", say("axes.sum"), "γ", "β")
    ticks = tuple((float(n), name) for n, name in zip(at, names, strict=False))
    name = "gradient-of-all" if len(found) > 5 else "gradient"
    y = Axis.around(say(f"axes.{name}"), [1.1 * both.ravel(), [-0.5, 0.5]])
    return Panel(say(f"panels.{name}"), Axis("", ends, ticks=ticks), y, layers)


def _run_panel(run: Trained) -> Panel:
    update = np.arange(UPDATES + 1)
    layers = (
        Line(update, run.loss, INK, say("lines.loss")),
        Line(update, run.bias, BIAS, "b"),
        Line(update, run.weight, WEIGHT, "w", dashed=True),
    )
    y = Axis.around(say("axes.run"), [run.loss, run.bias, run.weight, [-1.0, 5.0]])
    return Panel(say("panels.run"), Axis(say("axes.update"), (0, UPDATES)), y, layers)


def _report(step: int, found: np.ndarray, run: Trained, cut_mean: bool, cut_variance: bool) -> str:
    if step < LAST:
        name = "report.forwards" if step <= TURN else "report.backwards"
        told = [say(name, step=step, last=LAST, what=say(f"steps.{step}"))]
    else:
        told = [say("report.home", sum=_number(found.sum()))]
    if cut_mean or cut_variance:
        told.append(
            say("cut.both" if cut_mean and cut_variance else "cut.mean" if cut_mean else "cut.variance")
        )
    weight, bias = run.weight[-1], run.bias[-1]
    moves = [name for name, way in (("b", bias), ("w", weight - 1.0)) if abs(way) > 0.01]
    change = run.loss - run.loss[0]
    worst = float(change[np.argmax(np.abs(change))])
    if not np.isfinite([*run.loss, weight, bias]).all():
        name, moved = "run.broken", ""
    elif not moves:
        name, moved = "run.nothing", ""
    else:
        name = "run.still" if abs(worst) < 0.01 else "run.crossed"
        ends = {"b0": _number(0.0), "b": _number(bias), "w0": _number(1.0), "w": _number(weight)}
        moved = say("moved.both" if len(moves) == 2 else f"moved.{moves[0]}", **ends)
    told.append(say(name, updates=UPDATES, moved=moved, loss=run.loss[0], end=run.loss[-1]))
    return " ".join(told)


CONTROLS = Later(
    lambda: {
        "step": Slider(label=say("controls.step"), low=0, high=LAST, start=LAST, plays=True),
        "last": Slider(label=say("controls.last"), low=-4.0, high=8.0, start=3.5, step=0.25),
        "gamma": Slider(label=say("controls.gamma"), low=-2.0, high=2.0, start=1.0, step=0.1, usual=1.0),
        "beta": Slider(label=say("controls.beta"), low=-2.0, high=2.0, start=0.0, step=0.1, usual=0.0),
        "rate": Slider(label=say("controls.rate"), low=1e-3, high=0.1, start=0.1, scale=LOG),
        "cut_mean": Switch(label=say("controls.cut_mean"), start=True),
        "cut_variance": Switch(label=say("controls.cut_variance"), start=False),
    }
)


def gradient_home(
    layer: Callable[..., Any] | None = None, staged: Callable[..., Any] | None = None, **starts: Any
) -> Explorer:
    """Step through batch normalisation and back; cut a path, and train with what is left.

    layer: one of your own, `layer(features)` with `forward(x, training)` and `backward(grad)`, which returns
    dx, dγ and dβ: they then stand beside the true ones, and nothing is cut.
    staged: a function of your own, `staged(grad, x, gamma, eps)`, which returns a dictionary with the
    gradient at each node: these then stand at the nodes, and where one is wrong, squares are.
    starts: values of the controls at the start, see CONTROLS.
    """
    if layer is None and staged is None:
        return Explorer(home_scene, started(CONTROLS, **starts))
    controls = {name: control for name, control in CONTROLS.items() if not isinstance(control, Switch)}
    return Explorer(partial(home_scene, own=layer, staged=staged), started(controls, **starts))
