"""Three ways to search for the same θ, with the same number of evaluations."""

from functools import cache

import numpy as np

from course_lib import texts
from course_lib.explorers.controls import LOG, Later, Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS
from course_lib.scene import INK, Axis, Handle, Layer, Line, Panel, Points, Scene, contours, film

say = texts.beside(__file__)

MOST = 1000  # evaluations
DIMENSIONS = (1, 2, 3, 5, 10, 20, 30)
BOX = 1.0  # every θᵢ is looked for between −1 and 1
GRADIENT_COST = 3  # evaluations that one loss with its gradient is charged: back-propagation costs about that
COLOUR = dict(zip(("exhaustive", "random", "gradient"), OTHERS, strict=False))


def target(dimensions: int) -> np.ndarray:
    """The θ that is sought: shape (dimensions,), entries between −0.8 and 0.8, the same each time."""
    return np.random.default_rng(5).uniform(-0.8, 0.8, dimensions)


def cost(theta: np.ndarray) -> np.ndarray:
    """J(θ) = mean of hᵢ (θᵢ − targetᵢ)², where the steepness hᵢ runs from 1 to 4. θ (..., d) → (...)."""
    dimensions = theta.shape[-1]
    return np.mean(np.linspace(1, 4, dimensions) * (theta - target(dimensions)) ** 2, axis=-1)


def per_axis(dimensions: int, evaluations: int) -> int:
    """The largest k of which kᵈ is not more than the evaluations."""
    return int(evaluations ** (1 / dimensions) + 1e-9)


def grid_points(dimensions: int, evaluations: int) -> np.ndarray:
    """The finest grid over the box that `evaluations` points can afford: k per axis, shape (kᵈ, d)."""
    k = per_axis(dimensions, evaluations)
    ticks = (np.arange(k) + 0.5) * 2 * BOX / k - BOX
    return np.stack(np.meshgrid(*[ticks] * dimensions, indexing="ij"), axis=-1).reshape(-1, dimensions)


@cache
def random_points(dimensions: int) -> np.ndarray:
    """MOST points drawn uniformly from the box, shape (MOST, d)."""
    return np.random.default_rng(0).uniform(-BOX, BOX, (MOST, dimensions))


@cache
def descent_points(dimensions: int) -> np.ndarray:
    """Gradient descent from a corner of the box, one point per GRADIENT_COST evaluations."""
    steepness = np.linspace(1, 4, dimensions)
    theta = np.full(dimensions, -BOX)
    points = [theta]
    for _ in range(MOST // GRADIENT_COST):
        gradient = 2 * steepness * (theta - target(dimensions)) / dimensions
        theta = theta - 0.15 * dimensions * gradient
        points.append(theta)
    return np.array(points)


@cache
def found(name: str, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of evaluations, growing, and the lowest J after each; a grid starts anew for each number."""
    if name == "exhaustive":
        spent = np.arange(1, MOST + 1)
        sides = [per_axis(dimensions, n) for n in spent.tolist()]
        lowest = {k: cost(grid_points(dimensions, k**dimensions)).min() for k in set(sides)}
        return spent, np.array([lowest[k] for k in sides])
    points = random_points(dimensions) if name == "random" else descent_points(dimensions)
    charge = GRADIENT_COST if name == "gradient" else 1
    return charge * np.arange(1, len(points) + 1), np.minimum.accumulate(cost(points))


def search_scene(evaluations: int, dimensions: int) -> Scene:
    """Where the three have looked (their first two coordinates), and the lowest J of each."""
    floor = 1e-6
    axis = Axis(say("axes.lowest"), (floor / 2, 4.0), log=True)
    lines = []
    for name, colour in COLOUR.items():
        spent, lowest = found(name, dimensions)
        height = np.maximum(lowest, floor)
        lines.append(Line(spent, height, colour, say(f"lines.{name}"), since=spent))
    spending = Axis(say("axes.evaluations"), (1, MOST), log=True)
    spent_now = Handle(say("handles.now"), evaluations, axis.at(0.93), sets_x="evaluations")
    race = Panel(say("panels.race"), spending, axis, tuple(lines), handles=(spent_now,))
    panels = (race,) if dimensions == 1 else (_map(dimensions), race)
    count = per_axis(dimensions, evaluations)
    so_far = {name: _lowest(name, dimensions, evaluations) for name in COLOUR}
    message = " ".join(
        [
            say(
                "report.parameters" if dimensions > 1 else "report.one-parameter",
                dimensions=dimensions,
                evaluations=evaluations,
            ),
            say("report.lowest", **so_far),
            say("report.values" if count > 1 else "report.one-value", count=count),
        ]
    )
    alt = say("alt", message=message)
    return Scene(panels, message, alt, "evaluations", evaluations)


def _lowest(name: str, dimensions: int, evaluations: int) -> float:
    spent, lowest = found(name, dimensions)
    return float(lowest[np.searchsorted(spent, evaluations, side="right") - 1])


def _map(dimensions: int) -> Panel:
    looked = {"random": random_points(dimensions), "gradient": descent_points(dimensions)}
    layers = []
    for name, points in looked.items():
        since, seen = found(name, dimensions)[0][:400], points[:400]  # more would be a smear
        layers.append(Points(seen[:, 0], seen[:, 1], COLOUR[name], size=4, since=since))
    sought = target(dimensions)
    star = Points(sought[:1], sought[1:2], INK, size=13, shape="star")
    title = say("panels.map" if dimensions == 2 else "panels.map-of-two")
    x, y = Axis("θ₁", (-BOX, BOX)), Axis("θ₂", (-BOX, BOX))
    return Panel(title, x, y, (*layers, star), _ground(dimensions))


@cache
def _ground(dimensions: int) -> tuple[Layer, ...]:
    """Contours of J over θ₁ and θ₂, the other parameters at their target, and on them the grids."""
    rest = target(dimensions)[2:]

    def value(theta: np.ndarray) -> np.ndarray:
        others = np.broadcast_to(rest, (*theta.shape[:-1], dimensions - 2))
        return cost(np.concatenate([theta, others], axis=-1))

    def grid(k: int) -> tuple[Layer, ...]:
        x, y = grid_points(2, k**2).T
        return (Points(x, y, COLOUR["exhaustive"], size=4),)

    sides = [per_axis(dimensions, n) for n in range(1, MOST + 1)]
    return (*contours(value, ((-BOX, BOX), (-BOX, BOX))), film(sides, grid, first=1))


CONTROLS = Later(
    lambda: {
        "evaluations": Slider(
            label=say("controls.evaluations"), low=3, high=MOST, start=100, scale=LOG, whole=True, plays=True
        ),
        "dimensions": Pick(label=say("controls.dimensions"), options=named(DIMENSIONS), start=2),
    }
)


def search_race(evaluations: int = 100, dimensions: int = 2) -> Explorer:
    """Exhaustive, random and gradient search race for the same θ with equal numbers of evaluations."""
    return Explorer(search_scene, started(CONTROLS, evaluations=evaluations, dimensions=dimensions))
