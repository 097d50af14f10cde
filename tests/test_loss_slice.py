"""Slices through the loss of trained networks: against the network itself and differences of gradients."""

import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks, slices
from course_lib.data import make_trained
from course_lib.explorers import loss_slice as make
from course_lib.explorers import race_scene, slice_scene
from course_lib.gradient_check import check_gradient, numerical_gradient, relative_error
from course_lib.optimizers import SGD
from course_lib.scene import Heat, Line, Points
from course_lib.slices import DIGITS, SMALL
from course_lib.training import descend

LECTURE = Path(__file__).parents[1] / "notebooks" / "01_gradient_descent.ipynb"
CLAIMS = LECTURE.parent / "claims" / LECTURE.name
BY_FILTER, DRAWN, EIGEN = make().controls["kind"].options.values()
every_network = pytest.mark.parametrize("network", [SMALL, DIGITS])


def scene(**values):
    return make(network=values.pop("network", SMALL)).scene(**values)


def differences(task, theta, step=1e-6):
    """The Hessian by central differences of the network's own gradient."""
    return np.array(
        [
            (task.loss_and_gradient(theta + e)[1] - task.loss_and_gradient(theta - e)[1]) / (2 * step)
            for e in step * np.eye(len(theta))
        ]
    )


def bends(task, theta, directions, step=1e-4):
    """Whether a ReLU turns on or off within so small a step: there, no difference tells the curvature."""

    def on(at):
        task.loss_and_gradient(at)
        return task.network.layers[1].forward(task.network.layers[0].forward(task.x, False), False) > 0

    return any(np.any(on(theta) != on(theta + sign * step * d)) for d in directions for sign in (1, -1))


def points(panel, shape):
    return [layer for layer in panel.layers if isinstance(layer, Points) and layer.shape == shape]


# --- the slices themselves ----------------------------------------------------------------------------------


@every_network
@pytest.mark.parametrize("by_filter", [True, False])
def test_value_slope_and_curvature_are_those_of_the_network(network, by_filter):
    task, theta = slices.task_named(network), slices.trained(network)
    directions = slices.random_directions(task, theta, by_filter, seed=3)
    cut = slices.Slice(task, theta, directions)
    places = np.random.default_rng(0).uniform(-1, 1, (20, 2))
    if network == DIGITS:
        places = np.array([c for c in places if not bends(task, theta + c @ directions, directions)])
    places = places[:6].reshape(2, 3, 2)
    value, slope, bend = cut.value(places), cut.gradient(places), cut.hessian(places)
    assert (value.shape, slope.shape, bend.shape) == ((2, 3), (2, 3, 2), (2, 3, 2, 2))
    for i in np.ndindex(2, 3):
        loss, gradient = task.loss_and_gradient(theta + places[i] @ directions)
        np.testing.assert_allclose(value[i], loss, rtol=1e-12)
        np.testing.assert_allclose(slope[i], directions @ gradient, rtol=1e-9, atol=1e-12)
        moved = numerical_gradient(lambda c: float(np.sum(cut.gradient(c) * [1, 2])), places[i])
        np.testing.assert_allclose(bend[i] @ [1, 2], moved, rtol=1e-5, atol=1e-6)


@every_network
@pytest.mark.parametrize("place", [0.0, 0.1])
def test_the_whole_hessian_is_that_of_differences_and_symmetric(network, place):
    task, theta = slices.task_named(network), slices.trained(network)
    theta = theta + place * np.random.default_rng(1).normal(size=len(theta))
    hessian = task.hessian(theta)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-13)
    np.testing.assert_allclose(hessian, differences(task, theta), atol=1e-7)


def test_the_small_network_is_the_lectures_and_so_is_its_spectrum():
    """The lecture's own cells, run here, find the eigenvalues; the cell of its claims trains it."""
    names = {}
    for path, wanted in ((LECTURE, "spectrum"), (CLAIMS, "permute")):
        cells = {cell.id: cell.source for cell in notebooks.read(path).cells}
        exec(cells["imports"], names)
        exec(cells[wanted], names)
    np.testing.assert_allclose(slices.trained(SMALL), names["trained"], atol=1e-6)
    found = names["eigenvalues"]
    assert len(found) == 17
    assert found[0] == pytest.approx(1.6e-4, rel=0.02) and found[-1] == pytest.approx(13.6, rel=0.002)
    assert "17 eigenvalues λ from 0.000158 to 13.6: κ = 86,000." in scene().message
    assert found[-1] / found[0] == pytest.approx(86_000, rel=0.01)
    rings = points(scene().panels[2], "ring")[0]
    np.testing.assert_allclose(rings.y, found[::-1], rtol=1e-5)


@every_network
def test_script_makes_the_stored_parameters(network):
    """Rounding differs from machine to machine: 1e-4 is far above what it comes to in these runs."""
    np.testing.assert_allclose(make_trained.run(network), slices.trained(network), atol=1e-4)


@every_network
def test_by_filter_each_unit_s_weights_are_as_long_as_in_the_network_and_biases_do_not_move(network):
    task, theta = slices.task_named(network), slices.trained(network)
    lengths = [np.linalg.norm(views["W"], axis=0) for views in task.network.views(theta) if views]
    weights = np.sqrt(sum(np.sum(each**2) for each in lengths))
    for by_filter in (True, False):
        for direction in slices.random_directions(task, theta, by_filter, seed=0):
            parts = [views for views in task.network.views(direction) if views]
            same = [
                np.allclose(np.linalg.norm(part["W"], axis=0), length)
                for part, length in zip(parts, lengths, strict=True)
            ]
            assert same == [by_filter, by_filter]
            assert not any(part["b"].any() for part in parts)
            assert np.linalg.norm(direction) == pytest.approx(weights)


# --- the surface of descent and race ------------------------------------------------------------------------


def test_the_network_slice_is_a_surface_like_the_others_and_its_minimum_is_the_lowest_place_on_it():
    surface = slices.network_slice()
    for theta in np.random.default_rng(0).uniform(-4, 4, (8, 2)):
        assert check_gradient(surface.loss_and_gradient, theta) < 1e-6
        hessian = [numerical_gradient(lambda at, i=i: surface.gradient(at)[i], theta) for i in (0, 1)]
        assert relative_error(np.array(hessian), surface.hessian(theta)) < 1e-6
    (minimum,) = surface.minima
    np.testing.assert_allclose(surface.gradient(minimum), 0, atol=1e-12)
    assert np.linalg.eigvalsh(surface.hessian(minimum)).min() > 0
    grid = np.stack(np.meshgrid(*(np.linspace(*ends, 101) for ends in surface.bounds)), axis=-1)
    assert surface.value(minimum) < surface.value(grid).min()
    assert surface.value(minimum) <= slices.task_named(SMALL).loss_and_gradient(slices.trained(SMALL))[0]


def test_a_race_on_the_network_slice_trains_the_network_in_two_directions():
    task, theta = slices.task_named(SMALL), slices.trained(SMALL)
    directions = slices.random_directions(task, theta, by_filter=True, seed=0)
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)

    def on_the_plane(c):
        loss, gradient = task.loss_and_gradient(theta + c @ directions)
        return loss, directions @ gradient

    start = slices.network_slice().start
    path, losses = descend(on_the_plane, start, SGD(0.07), 50)
    left, right = race_scene("network slice", 50, {"SGD": {"lr": 0.07}}).until_now()
    drawn = next(layer for layer in left.layers if isinstance(layer, Line))
    np.testing.assert_allclose(np.column_stack([drawn.x, drawn.y]), path, rtol=1e-8)
    lowest = float(slices.network_slice().value(slices.network_slice().minima[0]))
    np.testing.assert_allclose(right.layers[0].y, losses - lowest, rtol=1e-8)


# --- the picture --------------------------------------------------------------------------------------------


def plane(network, kind, seed=0, scale=1.0):
    """θ and directions by other means: what the network's parameters are where the picture has (c₁, c₂)."""
    task, theta = slices.task_named(network), slices.trained(network)
    drawn = slices.random_directions(task, theta, by_filter=False, seed=seed)
    if kind == EIGEN:
        hessian = differences(task, theta)
        axes = np.linalg.eigh((hessian + hessian.T) / 2)[1]
        directions = np.linalg.norm(drawn[0]) * axes[:, [-1, 0]].T
    else:
        directions = slices.random_directions(task, theta, kind == BY_FILTER, seed)
    return task, theta, directions


@every_network
@pytest.mark.parametrize("kind", [BY_FILTER, DRAWN, EIGEN])
@pytest.mark.parametrize("log", [True, False])
def test_each_cell_of_the_map_is_the_loss_of_a_network(network, kind, log):
    panel = scene(network=network, kind=kind, log=log, width=0.3).panels[0]
    heat = panel.backdrop[0]
    assert isinstance(heat, Heat) and heat.span and heat.log == log
    low, high = heat.span
    task, theta, directions = plane(network, kind)
    at = np.linspace(-0.3, 0.3, len(heat.levels))
    last = len(at) - 1
    for row, column in ((0, 0), (4, 25), (last // 2, last // 2), (last, 7)):
        share = heat.levels[row, column]
        drawn = low * (high / low) ** share if log else low + share * (high - low)
        losses = [
            task.loss_and_gradient(theta + at[column] * directions[0] * one + at[row] * directions[1] * two)[
                0
            ]
            for one in (1, -1)
            for two in (1, -1)
        ]
        if kind == EIGEN:  # eigenvectors have no sign
            assert min(abs(drawn / loss - 1) for loss in losses) < 1e-4
        else:
            assert drawn == pytest.approx(losses[0], rel=1e-4)


@every_network
@pytest.mark.parametrize("kind", [BY_FILTER, DRAWN])
@pytest.mark.parametrize("width", [0.3, 1.0, 2.0])
def test_the_innermost_lines_are_one_ring_each_as_the_loss_rises_along_every_ray_from_the_star(
    network, kind, width
):
    task, theta, directions = plane(network, kind)
    turn = np.linspace(0, 2 * np.pi, 181)
    rays = (
        np.stack([np.cos(turn), np.sin(turn)], axis=-1)[:, None] * np.linspace(0.01, 1, 60)[:, None] * width
    )
    along = slices.Slice(task, theta, directions).value(rays)
    for line in scene(network=network, kind=kind, width=width).panels[0].backdrop[1:4]:
        x, y = (np.asarray(each) for each in (line.x, line.y))
        level = task.loss_and_gradient(theta + np.array([x[1], y[1]]) @ directions)[0]
        assert np.all((along[:, :-1] > level) | (np.diff(along, axis=1) > -1e-3 * level))
        assert np.sum(np.isnan(x)) == 2


@every_network
def test_at_the_dot_stand_the_eigenvalues_of_the_network_there(network):
    there = scene(network=network, x=0.25, y=-0.35, kind=DRAWN, seed=2)
    task, theta, directions = plane(network, DRAWN, seed=2)
    theta = theta + np.array([0.25, -0.35]) @ directions
    hessian = differences(task, theta)
    found = np.linalg.eigvalsh((hessian + hessian.T) / 2)[::-1]
    spectrum = there.panels[2]
    (up,) = (layer for layer in points(spectrum, "disc"))
    (down,) = points(spectrum, "cross")
    np.testing.assert_allclose(up.y[:5], found[:5], rtol=1e-5)
    np.testing.assert_allclose(down.y[-5:], -found[-5:], rtol=1e-5)
    assert down.x[-1] == len(theta)
    (told,) = re.findall(r"(\d+) of \d+ below 0\.", there.message)
    assert abs(int(told) - np.sum(found < -1e-7)) <= 1  # one may be 0 but for the differences' error
    loss, start = (task.loss_and_gradient(at)[0] for at in (theta, slices.trained(network)))
    assert f"At the dot the loss is {loss:.3g}, " in there.message
    (times,) = re.findall(r", ([\d,]+) times the star's", there.message)
    assert float(times.replace(",", "")) == pytest.approx(loss / start, rel=0.05)


@every_network
@pytest.mark.parametrize("kind", [BY_FILTER, DRAWN, EIGEN])
def test_what_the_picture_shows_lies_between_the_ends_of_the_spectrum(network, kind):
    """The extreme curvatures along unit vectors of the plane, by trying many; Cauchy's interlacing."""
    task, theta, directions = plane(network, kind)
    unit, _ = np.linalg.qr(directions.T)
    turn = np.linspace(0, np.pi, 2001)
    vectors = np.cos(turn)[:, None] * unit[:, 0] + np.sin(turn)[:, None] * unit[:, 1]
    hessian = differences(task, theta)
    along = np.einsum("vi,ij,vj->v", vectors, hessian, vectors)
    shown = re.findall(r"(−?[\d.]+) and (−?[\d.]+)[:.]", scene(network=network, kind=kind).message)
    low, high = (float(number.replace("−", "-")) for number in shown[0])
    assert (low, high) == pytest.approx((along.min(), along.max()), rel=0.01)
    ends = np.linalg.eigvalsh((hessian + hessian.T) / 2)[[0, -1]]
    if kind == EIGEN:
        assert (low, high) == pytest.approx(tuple(ends), rel=0.01)
    else:
        assert ends[0] < low <= high < 0.5 * ends[1]


def test_random_directions_show_a_bowl_where_the_hessian_has_negative_eigenvalues():
    message = scene(network=DIGITS, x=0.0, y=0.0).message
    task, theta, _ = plane(DIGITS, BY_FILTER)
    found = np.linalg.eigvalsh(differences(task, theta))
    (below,) = re.findall(r"(\d+) of them below 0\. The picture shows a bowl", message)
    assert abs(int(below) - np.sum(found < -1e-7)) <= 2  # differences have an error of 1e-9
    assert "The dot lies at the star" in message


def test_the_dashed_parabolas_have_value_slope_and_curvature_of_the_cuts_at_the_dot():
    cuts = scene(x=0.2, y=0.3, log=False).panels[1]
    lines = [layer for layer in cuts.layers if isinstance(layer, Line)]
    task, theta, directions = plane(SMALL, BY_FILTER)
    for i, (parabola, cut) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
        here = (0.2, 0.3)[i]
        beside = [
            task.loss_and_gradient(theta + np.array([0.2, 0.3]) @ directions + step * directions[i])[0]
            for step in (-1e-3, 0, 1e-3)
        ]
        drawn = np.polynomial.Polynomial.fit(np.asarray(parabola.x), np.asarray(parabola.y), 2)
        assert drawn(here) == pytest.approx(beside[1], rel=1e-9)
        assert drawn.deriv()(here) == pytest.approx((beside[2] - beside[0]) / 2e-3, rel=1e-3)
        assert drawn.deriv(2)(here) == pytest.approx((beside[0] - 2 * beside[1] + beside[2]) / 1e-6, rel=1e-3)
        moved = theta + np.array([0.2, 0.3]) @ directions + (cut.x[7] - here) * directions[i]
        assert cut.y[7] == pytest.approx(task.loss_and_gradient(moved)[0], rel=1e-9)


# --- the same function in other numbers ---------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.125, 8.0])
def test_a_scaled_network_computes_the_same_and_only_normalised_its_picture_stays(scale):
    task, theta = slices.task_named(DIGITS), slices.trained(DIGITS)
    other = slices.rescaled(task, theta, scale)
    assert not np.allclose(other, theta)
    np.testing.assert_allclose(
        task.network.predict(other, task.x), task.network.predict(theta, task.x), atol=1e-9
    )
    maps = {
        (kind, factor): np.asarray(scene(network=DIGITS, kind=kind, scale=factor).panels[0].backdrop[0].span)
        for kind in (BY_FILTER, DRAWN)
        for factor in (1.0, scale)
    }
    np.testing.assert_allclose(maps[BY_FILTER, scale], maps[BY_FILTER, 1.0], rtol=1e-4)
    assert maps[DRAWN, scale][1] > 2 * maps[DRAWN, 1.0][1]


@pytest.mark.parametrize("scale", [0.25, 8.0])
def test_the_message_says_how_much_sharper_the_same_function_looks(scale):
    task, theta, drawn = plane(DIGITS, DRAWN)
    other = slices.rescaled(task, theta, scale)
    before, after = (differences(task, at) for at in (theta, other))
    sharper = np.linalg.eigvalsh(after)[-1] / np.linalg.eigvalsh(before)[-1]
    basis, _ = np.linalg.qr(drawn.T)
    looks = np.divide(*(np.linalg.eigvalsh(basis.T @ each @ basis)[-1] for each in (after, before)))
    messages = {kind: scene(network=DIGITS, kind=kind, scale=scale).message for kind in (BY_FILTER, DRAWN)}
    for message in messages.values():
        (told,) = re.findall(r"the largest λ is ([\d.,]+) times that at α = 1", message)
        assert float(told) == pytest.approx(sharper, rel=0.05)
        (told,) = re.findall(r"([\d.,]+) times as curved", message)
        assert float(told) == pytest.approx(looks, rel=0.05)
    assert "This picture stays;" in messages[BY_FILTER]
    curves = {
        each.label: each for each in scene(network=DIGITS, scale=scale).panels[3].layers if each.x.size > 1
    }
    np.testing.assert_allclose(curves["normalised"].y, 1, rtol=1e-9)
    at = list(curves["Hessian"].x).index(scale)
    assert curves["Hessian"].y[at] == pytest.approx(sharper, rel=1e-4)
    assert curves["as drawn"].y[at] == pytest.approx(looks, rel=1e-4)


def test_another_width_brings_the_dot_along_and_the_small_network_has_no_scale():
    assert slice_scene(SMALL, BY_FILTER, 0, 8.0, 1.0, True, 0.1, 0.1).message == (
        slice_scene(SMALL, BY_FILTER, 0, 1.0, 1.0, True, 0.1, 0.1).message
    )
    for width in (0.1, 2.0):
        controls = make(width=width).controls
        assert (controls["x"].low, controls["y"].high) == (-width, width)
