"""Surfaces: slopes and curvatures against numerical ones, minima, many points at once."""

import inspect

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import surfaces
from course_lib.gradient_check import check_gradient, numerical_gradient, relative_error


def makes_one(function):
    """Whether it makes a surface of nothing else."""
    if not inspect.isfunction(function):
        return False
    found = inspect.signature(function)
    needed = [one for one in found.parameters.values() if one.default is one.empty]
    return found.return_annotation is surfaces.Surface and not needed


SURFACES = {
    surface.name: surface
    for surface in (
        *(make() for _, make in inspect.getmembers(surfaces, makes_one)),
        surfaces.ravine(125),
        surfaces.rotated(surfaces.beale(), 30),
    )
}
every_surface = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
POINTS = np.random.default_rng(0).uniform(-2, 2, (3, 4, 2))


@every_surface
def test_gradient_and_hessian_are_slope_and_curvature(surface):
    for theta in POINTS.reshape(-1, 2):
        assert check_gradient(surface.loss_and_gradient, theta) < 1e-7
        hessian = [numerical_gradient(lambda at, i=i: surface.gradient(at)[i], theta) for i in (0, 1)]
        assert relative_error(np.array(hessian), surface.hessian(theta)) < 1e-7


@every_surface
def test_many_points_are_many_single_points(surface):
    value, gradient = surface.loss_and_gradient(POINTS)
    hessian = surface.hessian(POINTS)
    assert (value.shape, gradient.shape, hessian.shape) == ((3, 4), (3, 4, 2), (3, 4, 2, 2))
    for i in np.ndindex(3, 4):
        assert_allclose(value[i], surface.value(POINTS[i]), rtol=1e-13)
        assert_allclose(gradient[i], surface.gradient(POINTS[i]), rtol=1e-11)
        assert_allclose(hessian[i], surface.hessian(POINTS[i]), rtol=1e-11, atol=1e-10)


@every_surface
def test_minima_are_minima(surface):
    assert surface.minima.shape == (len(surface.minima), 2)
    for theta in surface.minima:
        assert_allclose(surface.value(theta), 0, atol=1e-20)
        assert_allclose(surface.gradient(theta), 0, atol=1e-12)
        assert np.linalg.eigvalsh(surface.hessian(theta)).min() > 0


@every_surface
def test_start_and_minima_can_be_drawn(surface):
    (x0, x1), (y0, y1) = surface.bounds
    for x, y in [surface.start, *surface.minima]:
        assert x0 <= x <= x1
        assert y0 <= y <= y1


def test_known_values():
    assert surfaces.beale().value((0, 0)) == 1.5**2 + 2.25**2 + 2.625**2
    assert_allclose(surfaces.rosenbrock().value((-1.2, 1)), 24.2)
    assert surfaces.himmelblau().value((0, 0)) == 170
    assert len(surfaces.himmelblau().minima) == 4
    assert surfaces.saddle().minima.shape == (0, 2)


def test_the_ravines_condition_number_is_kappa():
    assert_allclose(np.linalg.eigvalsh(surfaces.ravine(25).hessian((1.0, 1.0))), [1, 25])


def test_noise_is_in_the_gradient_alone_and_has_its_size():
    """n = 40,000 numbers; both bounds are 5 standard errors: a false alarm in less than 1 of 10⁶ seeds."""
    exact = surfaces.ravine()
    noisy = surfaces.noisy(exact, 0.5, np.random.default_rng(1))
    theta = np.ones((20_000, 2))
    noise = noisy.gradient(theta) - exact.gradient(theta)
    n = noise.size
    assert abs(noise.mean()) < 5 * 0.5 / np.sqrt(n)
    assert abs(noise.std() / 0.5 - 1) < 5 / np.sqrt(2 * n)
    assert noisy.name == "noisy ravine"
    assert_array_equal(noisy.value(POINTS), exact.value(POINTS))
    assert_array_equal(noisy.hessian(POINTS), exact.hessian(POINTS))
    again = surfaces.noisy(exact, 0.5, np.random.default_rng(1))
    assert_array_equal(again.loss_and_gradient(theta)[1] - exact.gradient(theta), noise)


def test_a_quarter_turn_swaps_the_axes():
    surface, turned = surfaces.ravine(), surfaces.rotated(surfaces.ravine(), 90)
    assert_allclose(turned.value(np.array([0.0, 1.0])), surface.value(np.array([1.0, 0.0])))
    assert_allclose(turned.hessian(np.zeros(2)), np.diag([25, 1]), atol=1e-12)
    assert_allclose(turned.start, [-1, -1])
    assert "90°" in turned.name


def test_lists_are_points_too_and_other_shapes_are_told():
    assert surfaces.bowl().value([3.0, 4.0]) == 12.5
    with pytest.raises(ValueError, match=r"shape \(\.\.\., 2\); got shape \(3,\)"):
        surfaces.bowl().value(np.zeros(3))
