"""Surfaces: losses of two parameters, to watch a descent on.

A point θ = (x, y) is an array of shape (2,); every function below also takes many at once, shape (..., 2).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Surface:
    """A function of θ = (x, y), with its slope and its curvature.

    name       what a picture calls it
    value      θ (..., 2) → f, shape (...)
    gradient   θ (..., 2) → (∂f/∂x, ∂f/∂y), shape (..., 2)
    hessian    θ (..., 2) → second derivatives, shape (..., 2, 2)
    start      where a descent usually begins, shape (2,)
    bounds     ((x₀, x₁), (y₀, y₁)), the part worth drawing
    minima     the known minima, shape (k, 2); (0, 2) when there is none
    """

    name: str
    value: Callable
    gradient: Callable
    hessian: Callable
    start: np.ndarray
    bounds: Bounds
    minima: np.ndarray

    def loss_and_gradient(self, theta):
        """Return f and its gradient at θ, as a network does."""
        return self.value(theta), self.gradient(theta)


def _xy(theta):
    """The two coordinates of θ, shape (..., 2)."""
    theta = np.asarray(theta)
    if theta.shape[-1:] != (2,):
        raise ValueError(f"a surface takes points (x, y), of shape (..., 2); got shape {theta.shape}")
    return theta[..., 0], theta[..., 1]


def _vector(x, y):
    both = np.empty((*np.broadcast(x, y).shape, 2), np.result_type(x, y))
    both[..., 0], both[..., 1] = x, y
    return both


def _symmetric(xx, xy, yy):
    """The matrix [[xx, xy], [xy, yy]] for each point."""
    return np.stack([_vector(xx, xy), _vector(xy, yy)], axis=-2)


def _quadratic(name, a, b, start, bounds, minima) -> Surface:
    """½ (a x² + b y²): its Hessian has the eigenvalues a and b everywhere."""

    def value(theta):
        x, y = _xy(theta)
        return (a * x**2 + b * y**2) / 2

    def gradient(theta):
        x, y = _xy(theta)
        return _vector(a * x, b * y)

    def hessian(theta):
        x, _ = _xy(theta)
        zero = np.zeros(x.shape)
        return _symmetric(a + zero, zero, b + zero)

    return Surface(name, value, gradient, hessian, np.array(start), bounds, np.array(minima).reshape(-1, 2))


def bowl() -> Surface:
    """A round convex bowl.

    f = ½ (x² + y²)
    """
    return _quadratic("bowl", 1.0, 1.0, (-1.0, 1.0), ((-1.5, 1.5), (-1.5, 1.5)), [(0.0, 0.0)])


def ravine(kappa=25.0, start=(-1.0, 1.0)) -> Surface:
    """A convex valley, κ times steeper across (y) than along (x).

        f = ½ (x² + κ y²)

    The Hessian's eigenvalues are 1 and κ, so κ is the condition number: plain descent diverges
    from η = 2/κ on, and is fastest at η = 2/(1 + κ).
    """
    return _quadratic("ravine", 1.0, float(kappa), start, ((-1.5, 1.5), (-1.5, 1.5)), [(0.0, 0.0)])


def saddle() -> Surface:
    """A saddle: a valley along x whose floor falls off to both sides in y. It has no minimum.

        f = ½ (x² − y²)

    The start lies on the ridge but for 1e-6: how long does a method take to notice?
    """
    return _quadratic("saddle", 1.0, -1.0, (-1.0, 1e-6), ((-1.5, 1.5), (-1.5, 1.5)), [])


def beale() -> Surface:
    """Flat plains, steep corners, and one minimum at (3, ½).

        f = Σᵢ rᵢ²,  rᵢ = cᵢ − x (1 − yⁱ),  i = 1, 2, 3,  c = (1.5, 2.25, 2.625)

    Source: Beale (1958); Moré, Garbow & Hillstrom (1981), problem 5.
    """
    terms = ((1, 1.5), (2, 2.25), (3, 2.625))

    def powers(y):  # y * y * y is a tenth of the work of y**3
        return 1.0, y, y * y, y * y * y

    def value(theta):
        x, y = _xy(theta)
        to_the = powers(y)
        return sum((c - x * (1 - to_the[i])) ** 2 for i, c in terms)

    def gradient(theta):
        x, y = _xy(theta)
        to_the = powers(y)
        dx, dy = 0.0, 0.0
        for i, c in terms:
            r = c - x * (1 - to_the[i])
            dx = dx - 2 * r * (1 - to_the[i])
            dy = dy + 2 * r * x * i * to_the[i - 1]
        return _vector(dx, dy)

    def hessian(theta):
        x, y = _xy(theta)
        xx, xy, yy = 0.0, 0.0, 0.0
        for i, c in terms:
            r, r_x, r_y = c - x * (1 - y**i), y**i - 1, x * i * y ** (i - 1)
            r_xy = i * y ** (i - 1)
            r_yy = x * i * (i - 1) * y ** max(i - 2, 0)
            xx = xx + 2 * r_x**2
            xy = xy + 2 * (r_x * r_y + r * r_xy)
            yy = yy + 2 * (r_y**2 + r * r_yy)
        return _symmetric(xx, xy, yy)

    return Surface(
        "Beale",
        value,
        gradient,
        hessian,
        start=np.array([1.0, 1.0]),
        bounds=((-4.5, 4.5), (-4.5, 4.5)),
        minima=np.array([[3.0, 0.5]]),
    )


def rosenbrock() -> Surface:
    """A curved valley: easy to reach, slow to follow to its minimum at (1, 1).

        f = (1 − x)² + 100 (y − x²)²

    Source: Rosenbrock (1960).
    """

    def value(theta):
        x, y = _xy(theta)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(theta):
        x, y = _xy(theta)
        return _vector(-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2))

    def hessian(theta):
        x, y = _xy(theta)
        return _symmetric(2 - 400 * y + 1200 * x**2, -400 * x, 200.0)

    return Surface(
        "Rosenbrock",
        value,
        gradient,
        hessian,
        start=np.array([-1.2, 1.0]),
        bounds=((-2.0, 2.0), (-1.0, 3.0)),
        minima=np.array([[1.0, 1.0]]),
    )


def himmelblau() -> Surface:
    """Four equally deep minima: which one is found depends on the way there.

        f = (x² + y − 11)² + (x + y² − 7)²

    Source: Himmelblau (1972). One minimum is (3, 2); the others are rounded to float64.
    """

    def value(theta):
        x, y = _xy(theta)
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def gradient(theta):
        x, y = _xy(theta)
        p, q = x**2 + y - 11, x + y**2 - 7
        return _vector(4 * x * p + 2 * q, 2 * p + 4 * y * q)

    def hessian(theta):
        x, y = _xy(theta)
        return _symmetric(12 * x**2 + 4 * y - 42, 4 * (x + y), 4 * x + 12 * y**2 - 26)

    minima = [
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ]
    return Surface(
        "Himmelblau",
        value,
        gradient,
        hessian,
        start=np.array([0.0, 0.0]),
        bounds=((-5.0, 5.0), (-5.0, 5.0)),
        minima=np.array(minima),
    )


def noisy(surface: Surface, sigma: float, rng: np.random.Generator) -> Surface:
    """The surface with a noisy gradient, as mini-batches give it; value and Hessian stay exact.

    gradient = ∇f + σ z,  z ~ N(0, 1) for each coordinate and call
    """

    def gradient(theta):
        exact = surface.gradient(theta)
        return exact + sigma * rng.standard_normal(exact.shape)

    return replace(surface, name=f"noisy {surface.name}", gradient=gradient)


def rotated(surface: Surface, degrees: float) -> Surface:
    """The surface turned counter-clockwise about the origin: a valley along an axis becomes an oblique one.

    With the rotation matrix R: f(Rᵀθ), its gradient R ∇f and its Hessian R H Rᵀ.
    """
    angle = np.deg2rad(degrees)
    R = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([(x, y) for x in surface.bounds[0] for y in surface.bounds[1]]) @ R.T
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    return Surface(  # points are rows here, and a row θ is turned back by θ R
        f"{surface.name} turned by {degrees:g}°",
        value=lambda theta: surface.value(theta @ R),
        gradient=lambda theta: surface.gradient(theta @ R) @ R.T,
        hessian=lambda theta: R @ surface.hessian(theta @ R) @ R.T,
        start=R @ surface.start,
        bounds=((float(x0), float(x1)), (float(y0), float(y1))),
        minima=surface.minima @ R.T,
    )
