"""The plane of momentum against NumPy's roots, runs of the library's Momentum, and Polyak's closed form."""

import re
import sys

import numpy as np
import pytest

from course_lib.explorers import momentum_plane as make
from course_lib.explorers import plane_scene
from course_lib.explorers.conditioning import steps_until
from course_lib.optimizers import SGD, Momentum
from course_lib.scene import Heat, Points, Text
from course_lib.training import descend

plane = sys.modules["course_lib.explorers.momentum_plane"]  # the function of this name hides the module

POINTS = [(0.1, 0.2), (0.5, 0.9), (1.5, 0.05), (2.0, 0.5), (2.78, 0.44), (3.9, 0.97), (0.3, 0.0), (5.0, 0.3)]


def numpys_factor(rate, mu, curvatures):
    return max(np.abs(np.roots([1, -(1 + mu - rate * c), mu])).max() for c in curvatures)


def run(rate, mu, curvatures, steps):
    curvatures = np.asarray(curvatures, dtype=float)
    ball = Momentum(rate, mu)
    with np.errstate(all="ignore"):
        return descend(lambda x: (0.0, curvatures * x), np.ones(len(curvatures)), ball, steps)[0]


@pytest.mark.parametrize("kappa", [1.0, 25.0, 1000.0])
def test_each_cell_of_the_plane_is_the_larger_of_numpys_roots(kappa):
    heat = plane_scene(1.5, 0.9, kappa).panels[0].backdrop[0]
    assert isinstance(heat, Heat) and heat.span is not None
    worst, fastest = heat.span
    levels = np.asarray(heat.levels)
    for row in range(0, len(plane.MOMENTA), 7):
        for column in range(0, len(plane.RATES), 7):
            size = numpys_factor(plane.RATES[column], plane.MOMENTA[row], (1, 1 / kappa))
            if np.isnan(levels[row, column]):
                assert size > 1
            else:
                assert worst + levels[row, column] * (fastest - worst) == pytest.approx(size, abs=2e-7)


@pytest.mark.parametrize(("rate", "mu"), POINTS)
def test_the_regime_is_what_a_run_of_momentum_does(rate, mu):
    x = run(rate, mu, [1.0], 400)[:, 0]
    x = x[np.abs(x) > 1e-200]  # an exact 0 has no sign
    kind = plane.regime(rate, mu)
    changes = np.sum(np.sign(x[1:]) != np.sign(x[:-1]))
    if kind == plane.DIVERGENT:
        assert np.abs(x[-1]) > 1e6
        return
    assert np.abs(x[-1]) < 0.05
    if kind == plane.MONOTONE:
        assert changes == 0 and np.all(np.diff(x) <= 0)
    elif kind == plane.ALTERNATING:
        assert changes == len(x) - 1
    else:
        assert kind == plane.OSCILLATING and 0 < changes < len(x) - 1


def test_a_complex_pair_has_the_size_of_the_root_of_mu():
    for rate, mu in ((0.5, 0.9), (2.0, 0.5)):
        assert plane.regime(rate, mu) == plane.OSCILLATING
        assert float(plane.factor(rate, mu)) == pytest.approx(np.sqrt(mu))


def test_without_friction_the_roots_lie_on_the_unit_circle_and_the_message_says_so():
    np.testing.assert_allclose(np.abs(plane.roots(0.7, 1.0)), 1, rtol=1e-12)
    message = plane_scene(0.7, 1.0, 1.0).message
    assert "its roots lie on the unit circle. It never arrives." in message
    assert "Divergent" in plane_scene(2.01, 0.0, 1.0).message
    assert "Divergent" not in plane_scene(1.99, 0.0, 1.0).message


@pytest.mark.parametrize("kappa", [1.0, 5.0, 25.0, 1000.0])
def test_each_name_in_the_plane_stands_in_its_region(kappa):
    names = [layer for layer in plane_scene(1.5, 0.9, kappa).panels[0].backdrop if isinstance(layer, Text)]
    assert {plane.MONOTONE, plane.DIVERGENT} < {name.text for name in names}
    for name in names:
        steep, flat = (plane.regime(name.x, name.y, curvature) for curvature in (1.0, 1 / kappa))
        oscillating = (steep, flat).count(plane.OSCILLATING)
        if name.text == plane.MONOTONE:
            assert steep == flat == plane.MONOTONE
        elif name.text == plane.DIVERGENT:
            assert plane.DIVERGENT in (steep, flat)
        else:
            assert oscillating == (1 if name.text.startswith("one") else 2)


def test_roots_are_equal_on_the_bounds_and_one_is_minus_one_on_the_last():
    last, steep, flat = plane_scene(1.5, 0.9, 25.0).panels[0].backdrop[1:4]
    for line, curvature in ((steep, 1.0), (flat, 1 / 25)):
        first, second = np.moveaxis(plane.roots(line.x, line.y, curvature), -1, 0)
        np.testing.assert_allclose(first, second, atol=1e-6)
    np.testing.assert_allclose(plane.roots(last.x, last.y).real.min(axis=-1), -1, atol=1e-7)


@pytest.mark.parametrize("kappa", [2.0, 25.0, 400.0])
def test_no_point_of_the_plane_is_faster_than_the_star(kappa):
    star = plane_scene(1.5, 0.9, kappa).panels[0].layers[0]
    assert isinstance(star, Points) and star.shape == "star"
    (rate,), (mu,) = star.x, star.y
    root = np.sqrt(kappa)
    assert rate / kappa == pytest.approx(4 / (1 + root) ** 2)  # per 1/λ_max; Polyak's for λ = 1, κ
    assert mu == pytest.approx(((root - 1) / (root + 1)) ** 2)
    rates, momenta = np.linspace(0.05, 4, 80), np.linspace(0, 1, 81)
    others = [numpys_factor(r, m, (1, 1 / kappa)) for r in rates for m in momenta[::4]]
    assert numpys_factor(rate, mu, (1, 1 / kappa)) <= min(others) + 1e-6  # a double root is inexact
    assert numpys_factor(rate, mu, (1, 1 / kappa)) == pytest.approx((root - 1) / (root + 1), abs=1e-6)


@pytest.mark.parametrize(("rate", "mu"), POINTS)
def test_the_run_is_one_of_the_librarys_momentum(rate, mu):
    panel = plane_scene(rate, mu, 25.0, steps=150).panels[2]
    path = run(rate, mu, [1, 1 / 25], 150)
    steep, flat = (line for line in panel.layers if getattr(line, "label", "") in ("steep", "flat"))
    np.testing.assert_allclose(steep.y, path[:, 0], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(flat.y, path[:, 1], rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kappa", [4.0, 25.0, 100.0, 1000.0])
def test_steps_are_those_of_runs_of_the_library(kappa):
    message = plane_scene(1.5, 0.9, kappa).message
    curvatures = np.array([1, 1 / kappa])
    root = np.sqrt(kappa)

    def steps(optimizer):
        path, _ = descend(lambda x: (0.0, curvatures * x), np.ones(2), optimizer, 8000)
        return steps_until(np.linalg.norm(path, axis=1))

    polyak = steps(Momentum(4 * kappa / (1 + root) ** 2, ((root - 1) / (root + 1)) ** 2))
    plain = steps(SGD(2 * kappa / (1 + kappa)))
    assert f"distance is left after {steps(Momentum(1.5, 0.9))} steps." in message
    assert f"where the two bounds cross: {polyak} steps; the best without momentum: {plain}." in message
    assert f"{plain / polyak:.1f} times as many, with √κ = {root:.3g}" in message


def test_the_gain_grows_as_the_root_of_the_condition_number():
    """For large κ both factors are 1 − 2/κ and 1 − 2/√κ: the steps' ratio tends to √κ, up to a logarithm."""
    gains = []
    for kappa in (100.0, 1000.0):
        (gain,) = re.findall(r"That is ([\d.]+) times", plane_scene(1.5, 0.9, kappa).message)
        gains.append(float(gain))
    assert gains[1] / gains[0] == pytest.approx(np.sqrt(10), rel=0.15)


def test_one_curvature_is_there_in_one_step():
    message = plane_scene(1.0, 0.0, 1.0).message
    assert "left after 1 step." in message and "one curvature needs no momentum" in message


def test_what_takes_too_long_is_said_to():
    assert "takes more than 10,000 steps" in plane_scene(0.05, 0.0, 1000.0).message


def test_the_dot_sets_rate_and_momentum():
    (dot,) = make(eta=0.5, mu=0.3).scene().panels[0].handles
    assert (dot.x, dot.y, dot.sets_x, dot.sets_y) == (0.5, 0.3, "eta", "mu")
