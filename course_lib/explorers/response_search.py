"""Grid, random and Bayesian search over a response surface of real runs: who finds the valley first?"""

from functools import cache, lru_cache

import numpy as np

from course_lib import datasets
from course_lib.explorers.canvas import Explorer, choice, slider
from course_lib.plots import COLOURS, cells
from course_lib.scene import Axis, Heat, Line, Panel, Points, Scene

MOST = 49  # trials
FIRST = 5  # trials that Bayesian search draws at random, before it has a model
METHODS = ("grid", "random", "Bayesian")
COLOUR = {"grid": COLOURS["AdaGrad"], "random": COLOURS["Momentum"], "Bayesian": COLOURS["SGD"]}
SEEN = "#ff2d78"  # told from every colour of the map, in the dark theme too
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
    """Mean and standard deviation that a Gaussian process with the kernel expects elsewhere, each (m,).

    Source: Rasmussen & Williams (2006), Algorithm 2.1, with noise of standard deviation 0.03.
    """
    spread = losses.std() or 1.0
    scaled = (losses - losses.mean()) / spread
    likeness = kernel(points, where)
    weights = np.linalg.inv(kernel(points, points) + 0.001 * np.eye(len(points))) @ likeness
    deviation = np.sqrt(np.maximum(1 - np.sum(likeness * weights, axis=0), 0))
    return losses.mean() + spread * (scaled @ weights), spread * deviation


@lru_cache(maxsize=64)
def bayesian_points(seed: int) -> np.ndarray:
    """FIRST random points, then each where mean − 2 deviations is lowest among the cells not yet seen."""
    points = random_points(seed)[:FIRST]
    losses = value(points)
    seen = np.zeros(len(_candidates()), dtype=bool)
    while len(points) < MOST:
        mean, deviation = belief(points, losses, _candidates())
        hope = np.where(seen, np.inf, mean - 2 * deviation)
        pick = int(hope.argmin())
        seen[pick] = True
        points = np.concatenate([points, _candidates()[pick : pick + 1]])
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
        return np.array([value(grid_points(trials)).min() for trials in range(1, MOST + 1)])
    return np.minimum.accumulate(value(points_of(method, MOST, seed)))


def hyper_search_scene(method: str, trials: int, seed: int) -> Scene:
    """The chosen method's trials on the map and along η alone, and the best so far of all three."""
    surface = _surface()
    points = points_of(method, trials, seed)
    losses = value(points)
    eta, lam = _scaled(points)
    best = int(losses.argmin())
    rate_axis = cells("learning rate η (log scale)", surface.rates, log=True)
    looked = (
        Points(eta, lam, SEEN, size=6),
        Points(eta[best : best + 1], lam[best : best + 1], SEEN, size=17, shape="star"),
    )
    penalty_axis = cells("strength of L2 λ (log scale)", surface.penalties, log=True)
    ground = Panel("Where it looked", rate_axis, penalty_axis, looked, (_heat(),))
    loss_axis = Axis("validation loss (log scale)", (0.17, 2.6), log=True, ticks=LOSSES)
    profile = Panel("The same trials along η", rate_axis, loss_axis, (Points(eta, losses, COLOUR[method]),))
    counted = np.arange(1, trials + 1)
    lines = tuple(Line(counted, best_so_far(name, seed)[:trials], COLOUR[name], name) for name in METHODS)
    race = Panel("Lowest loss after so many trials", Axis("trials", (1, max(trials, 2))), loss_axis, lines)
    found = ", ".join(f"{name} {best_so_far(name, seed)[trials - 1]:.3f}" for name in METHODS)
    distinct = len(np.unique(eta.round(12)))
    count = f"{len(points)} trial{'s' if len(points) > 1 else ''}"
    if len(points) < trials:
        count += f" (a square grid cannot use all {trials})"
    message = (
        f"{method} search: {count}, {distinct} different η; "
        f"its best has η = {eta[best]:.2g}, λ = {lam[best]:.1g}. "
        f"Lowest loss: {found}. The lowest there is: {surface.mean_loss.min():.3f}."
    )
    message = message[0].upper() + message[1:]
    return Scene((ground, profile, race), message, f"A search over learning rate and L2. {message}")


@cache
def _heat() -> Heat:
    """Bright is a low loss, on a logarithmic scale."""
    losses = np.log(_surface().mean_loss)
    return Heat(
        (losses.max() - losses) / np.ptp(losses),
        (f"{np.exp(losses.max()):.1f}", f"{np.exp(losses.min()):.2f}"),
    )


def hyper_search(method: str = "grid", trials: int = 9, seed: int = 0) -> Explorer:
    """Grid, random or Bayesian search over learning rate and L2, on a surface of real training runs."""
    controls = {
        "method": choice("search", METHODS, method),
        "trials": slider("trials", 1, MOST, trials),
        "seed": slider("seed", 0, 20, seed),
    }
    return Explorer(hyper_search_scene, controls)
