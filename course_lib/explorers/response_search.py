"""Grid, random and Bayesian search over a response surface of real runs: who finds the valley first?"""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets, texts
from course_lib.explorers.controls import Choice, Later, Slider, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import MARK, OTHERS
from course_lib.scene import (
    Axis,
    Handle,
    Heat,
    Layer,
    Line,
    Panel,
    Points,
    Scene,
    cells,
    film,
    heat_of_losses,
)

say = texts.beside(__file__)

MOST = 49  # trials
FIRST = 5  # trials that Bayesian search draws at random, before it has a model
METHODS = ("grid", "random", "Bayesian")
COLOUR = dict(zip(("grid", "random", "Bayesian"), OTHERS, strict=False))
LOSSES = tuple((loss, str(loss)) for loss in (0.2, 0.3, 0.5, 1, 2))  # nats, written at the axes


@cache
def _surface() -> datasets.ResponseSurface:
    return datasets.response_surface()


def value(points: np.ndarray) -> np.ndarray:
    """Validation loss at points (n, 2) of the unit square: log η from left to right, log λ upwards."""
    return _surface().value(*_scaled(points))


def _scaled(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """η and λ of points in the unit square."""
    eta, lam = (
        axis[0] * (axis[-1] / axis[0]) ** points[:, column]
        for column, axis in enumerate((_surface().rates, _surface().penalties))
    )
    return eta, lam


def grid_points(trials: int) -> np.ndarray:
    """The centres of k × k equal cells, the most that the trials afford."""
    k = int(np.sqrt(trials))
    ticks = (np.arange(k) + 0.5) / k
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)


@lru_cache(maxsize=64)
def random_points(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((MOST, 2))


@cache
def _candidates() -> np.ndarray:
    """Where Bayesian search may look: the cells of the surface."""
    rows, columns = _surface().mean_loss.shape
    grid = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    return np.stack(grid, axis=-1).reshape(-1, 2)


def kernel(a: np.ndarray, b: np.ndarray, length: float = 0.2) -> np.ndarray:
    """How alike the losses at points a (n, 2) and b (m, 2) are taken to be: exp(−d²/2ℓ²), shape (n, m)."""
    squared = np.sum(a**2, axis=1)[:, np.newaxis] + np.sum(b**2, axis=1) - 2 * a @ b.T
    return np.exp(-squared / (2 * length**2))


def belief(points: np.ndarray, losses: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation that a Gaussian process with the kernel expects elsewhere, each (m,)."""
    model = _Belief(where)
    for point in points:
        model.learn(point)
    return model.told(losses)


class _Belief:
    """The process after each trial: one more row of the Cholesky factor, instead of all of it anew.

    With K = L Lᵀ of the trials, `factor` is L and `solved` is L⁻¹ K(trials, where).
    Source: Rasmussen & Williams (2006), Algorithm 2.1, with noise of standard deviation 0.03.
    """

    def __init__(self, where: np.ndarray) -> None:
        self.where = where
        self.points = np.empty((0, 2))
        self.factor = np.empty((0, 0))
        self.solved = np.empty((0, len(where)))
        self.variance = np.ones(len(where))

    def learn(self, point: np.ndarray) -> None:
        """That a trial was made there."""
        here, n = point[np.newaxis], len(self.points)
        row = np.linalg.solve(self.factor, kernel(self.points, here)[:, 0])
        corner = np.sqrt(1.001 - row @ row)
        new = (kernel(here, self.where)[0] - row @ self.solved) / corner
        self.factor = np.block([[self.factor, np.zeros((n, 1))], [row, corner]])
        self.solved = np.concatenate([self.solved, new[np.newaxis]])
        self.variance = self.variance - new**2
        self.points = np.concatenate([self.points, here])

    def told(self, losses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation, given the losses of the trials."""
        spread = losses.std() or 1.0
        scaled = np.linalg.solve(self.factor, (losses - losses.mean()) / spread)
        deviation = np.sqrt(np.maximum(self.variance, 0))
        return losses.mean() + spread * (scaled @ self.solved), spread * deviation


@lru_cache(maxsize=64)
def bayesian_points(seed: int) -> np.ndarray:
    """FIRST random points, then each where mean − 2 deviations is lowest among the cells not yet seen."""
    points = random_points(seed)[:FIRST]
    losses = value(points)
    seen = np.zeros(len(_candidates()), dtype=bool)
    model = _Belief(_candidates())
    for point in points:
        model.learn(point)
    while len(points) < MOST:
        mean, deviation = model.told(losses)
        hope = np.where(seen, np.inf, mean - 2 * deviation)
        pick = int(hope.argmin())
        seen[pick] = True
        points = np.concatenate([points, _candidates()[pick : pick + 1]])
        model.learn(points[-1])
        losses = np.append(losses, value(points[-1:]))
    return points


def points_of(method: str, trials: int, seed: int) -> np.ndarray:
    """Where the method has looked after so many trials, (n, 2) in the unit square."""
    if method == "grid":
        return grid_points(trials)
    return (random_points(seed) if method == "random" else bayesian_points(seed))[:trials]


@lru_cache(maxsize=64)
def best_so_far(method: str, seed: int) -> np.ndarray:
    """The lowest loss after 1, 2, … MOST trials; a grid starts anew for each number."""
    if method == "grid":
        sides = [int(np.sqrt(trials)) for trials in range(1, MOST + 1)]
        lowest = {k: value(grid_points(k**2)).min() for k in set(sides)}
        return np.array([lowest[k] for k in sides])
    return np.minimum.accumulate(value(points_of(method, MOST, seed)))


def hyper_search_scene(method: str, trials: int, seed: int) -> Scene:
    """The chosen method's trials on the map and along η alone, and the best so far of all three."""
    surface, counted = _surface(), np.arange(1, MOST + 1)
    on_map, along = _looked(method, seed)
    rate_axis = cells(say("axes.rate"), surface.rates, log=True)
    penalty_axis = cells(say("axes.penalty"), surface.penalties, log=True)
    loss_axis = Axis(say("axes.loss"), (0.17, 2.6), log=True, ticks=LOSSES)
    ground = Panel(say("panels.map"), rate_axis, penalty_axis, backdrop=on_map)
    profile = Panel(say("panels.profile"), rate_axis, loss_axis, backdrop=along)
    lines = tuple(
        # Dashed: Bayesian search begins with the same trials, and both are then seen.
        Line(
            counted,
            best_so_far(name, seed),
            COLOUR[name],
            say(f"methods.{name}"),
            dashed=name == METHODS[-1],
            since=counted,
        )
        for name in METHODS
    )
    so_far = Handle(say("handles.trials"), trials, loss_axis.at(0.93), sets_x="trials")
    counting = Axis(say("axes.trials"), (1, MOST))
    race = Panel(say("panels.race"), counting, loss_axis, lines, handles=(so_far,))
    message = _report(method, trials, seed)
    alt = say("alt", message=message)
    return Scene((ground, profile, race), message, alt, "trials", trials)


def _report(method: str, trials: int, seed: int) -> str:
    points = points_of(method, trials, seed)
    (eta, lam), best = _scaled(points), int(value(points).argmin())
    count = "one" if len(points) == 1 else "many"
    all_used = len(points) == trials
    lowest = {name: best_so_far(name, seed)[trials - 1] for name in METHODS}
    return say(
        "report.found",
        search=say(f"search.{method}"),
        count=say(
            f"count.{count}" if all_used else f"count.{count}-of-all", count=len(points), trials=trials
        ),
        distinct=len(np.unique(eta.round(12))),
        eta=eta[best],
        lam=lam[best],
        lowest=say("report.lowest", least=_surface().mean_loss.min(), **lowest),
    )


@lru_cache(maxsize=64)
def _looked(method: str, seed: int) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """The trials on the map, a star on the best, and the same along η: all numbers of trials."""
    used = [len(points_of(method, number, seed)) for number in range(1, MOST + 1)]

    def on_map(count: int) -> tuple[Layer, ...]:
        points = points_of(method, count, seed)
        (eta, lam), best = _scaled(points), [value(points).argmin()]
        star = Points(eta[best], lam[best], MARK, size=17, shape="star")
        return Points(eta, lam, MARK, size=6), star

    def along(count: int) -> tuple[Layer, ...]:
        points = points_of(method, count, seed)
        return (Points(_scaled(points)[0], value(points), COLOUR[method]),)

    return (_heat(), film(used, on_map, first=1)), (film(used, along, first=1),)


@cache
def _heat() -> Heat:
    return heat_of_losses(_surface().mean_loss)


CONTROLS = Later(
    lambda: {
        "method": Choice(label=say("controls.method"), options=worded(say.all("methods")), start="grid"),
        "trials": Slider(label=say("controls.trials"), low=1, high=MOST, start=9, plays=True),
        "seed": Slider(label=say("controls.seed"), low=0, high=20, start=0),
    }
)


def hyper_search(method: str = "grid", trials: int = 9, seed: int = 0) -> Explorer:
    """Grid, random or Bayesian search over learning rate and L2, on a surface of real training runs."""
    return Explorer(hyper_search_scene, started(CONTROLS, method=method, trials=trials, seed=seed))
