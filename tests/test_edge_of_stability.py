"""The edge of stability: what is said of the stored runs, and one of them made again."""

import importlib

import numpy as np
import pytest

from course_lib import plots
from course_lib.data import make_edge_of_stability as script
from course_lib.explorers import edge_of_stability, edge_scene
from course_lib.optimizers import SGD
from course_lib.training import descend

module = importlib.import_module("course_lib.explorers.edge_of_stability")
STORED = module.runs()
END = script.STEPS
CASES = [(seed, rate) for seed in STORED.seeds for rate in range(len(STORED.rates))]


def share_of_the_limit(seed, rate):
    """λ_max over 2/η in the last fifth of a run, points 65 to 80."""
    return STORED.sharpness[STORED.seeds.index(seed), rate, 65:] * STORED.rates[rate] / 2


@pytest.mark.parametrize(("seed", "rate"), CASES)
def test_what_is_said_of_the_edge_is_true_of_the_curvature(seed, rate):
    """That a run is at the edge is told by its loss, which hops, apart from any curvature."""
    share, message = share_of_the_limit(seed, rate), edge_scene(rate, seed, END).message
    if "at the edge" in message:
        assert share.mean() == pytest.approx(1, abs=0.05)
    elif "below the edge" in message:
        assert share.max() < 1
    else:
        assert share.min() < 1 < share.max()
        low, high = (f"{extreme:.0%}" for extreme in (share.min(), share.max()))
        assert (
            f"swinging across the edge: in the last 800 steps λ_max lay between {low} and {high}" in message
        )


def test_each_of_the_three_is_said_of_some_run():
    told = [edge_scene(rate, seed, END).message for seed, rate in CASES]
    counted = [
        sum(said in message for message in told) for said in ("at the edge", "below the", "across the")
    ]
    assert min(counted) >= 1 and sum(counted) == len(CASES)


def test_no_run_diverges():
    assert np.isfinite(STORED.highest).all() and STORED.lowest[..., -1].max() < STORED.highest[..., 0].min()


def test_four_of_four_initialisations_come_to_the_edge_at_two_tenths_within_one_per_cent():
    rate = STORED.rates.index(0.2)
    for row, seed in enumerate(STORED.seeds):
        assert "at the edge" in edge_scene(rate, seed, END).message
        assert STORED.sharpness[row, rate, -1] == pytest.approx(10, rel=0.01)
    assert "below the edge" in edge_scene(0, 1, END).message


@pytest.mark.parametrize("across", [9.0, 3.2])
def test_on_paper_the_loss_stands_beneath_the_curvature_on_the_same_steps(across):
    figure = plots.draw(edge_of_stability().scene())
    figure.set_size_inches(across, figure.get_figheight())
    figure.draw_without_rendering()
    curvature, loss = (axes.get_position() for axes in figure.axes)
    assert (curvature.x0, curvature.x1) == pytest.approx((loss.x0, loss.x1), abs=1e-3)
    assert curvature.y0 > loss.y1
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


def test_the_line_is_two_over_the_rate():
    limit = edge_scene(3, 1, END).panels[0].layers[0]
    assert limit.label == "2/η" and list(limit.y) == [2 / STORED.rates[3]] * 2


def test_the_explorer_starts_at_the_edge():
    assert "at the edge" in edge_of_stability().scene().message


def test_a_stored_run_is_a_run_of_the_library():
    network, downhill = script.problem()
    seed, rate = 1, STORED.rates.index(0.2)
    path, losses = descend(downhill, network.initialize(np.random.default_rng(seed)), SGD(0.2), script.STEPS)
    row = STORED.seeds.index(seed)
    np.testing.assert_allclose(STORED.highest[row, rate, -1], losses[-51:-1].max(), rtol=1e-3)
    for point in (0, 10, 40, 80):
        theta, unit = path[point * STORED.every], np.eye(network.size)
        corners = [
            sum(a * b * downhill(theta + 1e-3 * (a * e + b * f))[0] for a in (1, -1) for b in (1, -1))
            for e in unit
            for f in unit
        ]  # second differences of losses, not of gradients
        second = np.reshape(corners, unit.shape) / 4e-6
        found = np.linalg.eigvalsh(second)[-1]
        assert STORED.sharpness[row, rate, point] == pytest.approx(found, rel=0.01)
