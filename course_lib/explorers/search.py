"""Three ways to search for the same θ, with the same number of evaluations."""

from functools import cache

import numpy as np

from course_lib.explorers.controls import Pick, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS
from course_lib.scene import INK, Axis, Layer, Line, Panel, Points, Scene, contours

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


def grid_points(dimensions: int, evaluations: int) -> np.ndarray:
    """The finest grid over the box that `evaluations` points can afford: k per axis, shape (kᵈ, d)."""
    per_axis = int(evaluations ** (1 / dimensions) + 1e-9)
    ticks = (np.arange(per_axis) + 0.5) * 2 * BOX / per_axis - BOX
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


def search_scene(evaluations: int, dimensions: int) -> Scene:
    """Where the three have looked (their first two coordinates), and the lowest J of each so far."""
    looked = {
        "exhaustive": grid_points(dimensions, evaluations),
        "random": random_points(dimensions)[:evaluations],
        "gradient": descent_points(dimensions)[: max(1, evaluations // GRADIENT_COST)],
    }
    best = {name: np.minimum.accumulate(cost(points)) for name, points in looked.items()}
    spent = {name: np.arange(1, len(points) + 1) for name, points in looked.items()}
    spent["gradient"] = GRADIENT_COST * spent["gradient"]
    floor = 1e-6
    axis = Axis("lowest J so far (log scale)", (floor / 2, 4.0), log=True)
    lines = tuple(
        Line(
            spent[name],
            np.maximum(best[name], floor),
            COLOUR[name],
            f"{name} search" if name != "gradient" else name,
        )
        for name in looked
    )
    race = Panel("What they have found", Axis("evaluations", (0, evaluations)), axis, lines)
    panels = (race,) if dimensions == 1 else (_map(looked, dimensions), race)
    found = ", ".join(f"{name} {best[name][-1]:.2g}" for name in looked)
    per_axis = round(len(looked["exhaustive"]) ** (1 / dimensions))
    message = (
        f"{dimensions} parameter{'s' if dimensions > 1 else ''}, {evaluations} evaluations. "
        f"Lowest J: {found}. "
        f"The grid can afford {per_axis} value{'s' if per_axis > 1 else ''} for each parameter."
    )
    return Scene(panels, message, f"Exhaustive, random and gradient search for one θ. {message}")


def _map(looked: dict[str, np.ndarray], dimensions: int) -> Panel:
    shown = {name: points[:400] for name, points in looked.items()}  # more would be a smear
    layers = tuple(Points(points[:, 0], points[:, 1], COLOUR[name], size=4) for name, points in shown.items())
    sought = target(dimensions)
    star = Points(sought[:1], sought[1:2], INK, size=13, shape="star")
    title = "Where they looked" if dimensions == 2 else "Where they looked: θ₁ and θ₂ of all"
    x, y = Axis("θ₁", (-BOX, BOX)), Axis("θ₂", (-BOX, BOX))
    return Panel(title, x, y, (*layers, star), _ground(dimensions))


@cache
def _ground(dimensions: int) -> tuple[Layer, ...]:
    """Contours of J over θ₁ and θ₂, the other parameters at their target."""
    rest = target(dimensions)[2:]

    def value(theta: np.ndarray) -> np.ndarray:
        others = np.broadcast_to(rest, (*theta.shape[:-1], dimensions - 2))
        return cost(np.concatenate([theta, others], axis=-1))

    return contours(value, ((-BOX, BOX), (-BOX, BOX)))


CONTROLS = {
    "evaluations": Slider(label="evaluations", low=3, high=MOST, start=100, plays=True),
    "dimensions": Pick(label="parameters", options=named(DIMENSIONS), start=2),
}


def search_race(evaluations: int = 100, dimensions: int = 2) -> Explorer:
    """Exhaustive, random and gradient search race for the same θ with equal numbers of evaluations."""
    return Explorer(search_scene, started(CONTROLS, evaluations=evaluations, dimensions=dimensions))
