"""What the explorers of unit 00 show, as numbers."""

import numpy as np
import pytest

from course_lib.explorers import neuron_scene, search_scene
from course_lib.explorers.neuron import ACTIVATIONS, two_groups
from course_lib.explorers.search import GRADIENT_COST, cost, descent_points, grid_points, target
from course_lib.scene import Points


@pytest.mark.parametrize(("w1", "w2", "b"), [(1.0, -1.0, 1.0), (0.0, 2.0, -1.5), (-3.0, 0.4, 0.0)])
def test_the_drawn_line_is_where_the_weighted_sum_is_zero(w1, w2, b):
    plane = neuron_scene(w1, w2, b, "tanh").panels[0]
    line = next(layer for layer in plane.layers if getattr(layer, "width", 0) == 3)
    assert np.allclose(w1 * np.asarray(line.x) + w2 * np.asarray(line.y) + b, 0, atol=1e-12)


def test_the_neuron_counts_the_points_on_their_own_side():
    points, second = two_groups()
    right = sum((x1 + 0.5 * x2 > 0.2) == second[i] for i, (x1, x2) in enumerate(points))
    assert f"{right} of 100 points" in neuron_scene(1.0, 0.5, -0.2, "ReLU").message


def test_without_weights_there_is_no_line():
    scene = neuron_scene(0.0, 0.0, 1.0, "sigmoid")
    assert "no line" in scene.message
    assert not any(getattr(layer, "width", 0) == 3 for layer in scene.panels[0].layers)


def test_activations_are_the_textbook_functions():
    z = np.array([-2.0, 0.5])
    expected = {
        "identity": z,
        "step": [0, 1],
        "sigmoid": 1 / (1 + np.exp(-z)),
        "tanh": (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
        "ReLU": [0, 0.5],
    }
    assert set(expected) == set(ACTIVATIONS)
    for name, values in expected.items():
        assert np.allclose(ACTIVATIONS[name](z), values)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5, 10, 20, 30])
def test_nobody_spends_more_evaluations_than_allowed(dimensions):
    for evaluations in (3, 100, 1000):
        assert 1 <= len(grid_points(dimensions, evaluations)) <= evaluations
        for line in search_scene(evaluations, dimensions).until_now()[-1].layers:
            assert np.max(line.x) <= evaluations


def test_the_grid_is_as_fine_as_its_evaluations_allow():
    assert len(grid_points(2, 100)) == 100
    assert len(grid_points(3, 1000)) == 1000
    assert len(grid_points(10, 1000)) == 1  # 2¹⁰ = 1024 would be too many


def test_descent_follows_the_numerical_gradient_of_the_cost():
    points = descent_points(3)
    theta, h = points[0], 1e-6
    slope = [(cost(theta + h * e) - cost(theta - h * e)) / (2 * h) for e in np.eye(3)]
    assert np.allclose(points[1], theta - 0.15 * 3 * np.array(slope), atol=1e-8)
    assert np.allclose(points[-1], target(3))


def test_curves_are_the_lowest_cost_after_so_many_evaluations():
    by_label = {line.label: line for line in search_scene(200, 5).until_now()[-1].layers}
    for name in ("random search", "gradient"):
        assert np.all(np.diff(by_label[name].y) <= 0)
    assert by_label["exhaustive search"].y[-1] == pytest.approx(cost(grid_points(5, 200)).min())
    assert by_label["gradient"].y[0] == pytest.approx(cost(descent_points(5)[0]))
    assert by_label["gradient"].x[0] == GRADIENT_COST
    # of 31 points the grid affords one in the middle, as two values of each parameter take 2⁵ = 32
    assert by_label["exhaustive search"].y[30] == pytest.approx(cost(np.zeros(5)))


@pytest.mark.parametrize(("evaluations", "dimensions", "side"), [(100, 2, 10), (99, 2, 9), (1000, 3, 10)])
def test_the_map_shows_the_grid_of_so_many_evaluations_and_no_other(evaluations, dimensions, side):
    ground = search_scene(evaluations, dimensions).until_now()[0]
    [grid] = [each for each in ground.backdrop if isinstance(each, Points)]
    assert len(set(zip(grid.x, grid.y, strict=True))) == len(grid.x) == side**2
    assert np.allclose(np.unique(grid.x.round(9)), -1 + (2 * np.arange(side) + 1) / side)
