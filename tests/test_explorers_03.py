"""The explorers of unit 03 against a thinned network, exact expectations, and the library's own training."""

import itertools
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks
from course_lib.explorers import bench_scene, dropped_network, dropped_scene, regularisation_bench
from course_lib.explorers.dropped_network import (
    AT_TEST,
    CONVENTIONS,
    INPUTS,
    INVERTED,
    KEPT,
    MASKS,
    MODES,
    NEVER,
    SHOWN,
    UNITS,
    _weights,
    forward,
    masks,
    outputs,
)
from course_lib.optimizers import Adam
from course_lib.scene import Bars, Line, Points, Text
from course_lib.training import fit

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
lab = sys.modules["course_lib.explorers.regularisation_bench"]  # the function of this name hides the module


def fold(page, cell):
    """What a fold beside an explorer says."""
    [source] = [each.source for each in notebooks.read(NOTEBOOKS / page).cells if each.id == cell]
    return source.partition("</summary>")[2].partition("</details>")[0]


# the dropped network


def thinned(keep_1, keep_2, scale):
    """The output of the smaller network that is left when the dropped units are cut out."""
    first, second, last = _weights()
    hidden = np.maximum(INPUTS @ first[:, keep_1], 0)
    hidden = np.maximum(scale * hidden @ second[np.ix_(keep_1, keep_2)], 0)
    return float((scale * hidden @ last[keep_2]).item()) if keep_2.any() else 0.0


@pytest.mark.parametrize(("rescale", "scale"), [(INVERTED, 1 / 0.7), (AT_TEST, 1.0), (NEVER, 1.0)])
def test_a_mask_leaves_the_thinned_network(rescale, scale):
    said = outputs(0.3, rescale)
    for number, keep in enumerate(masks(0.3)[:50]):
        assert said.training[number] == pytest.approx(thinned(*keep, scale), rel=1e-12, abs=1e-12)


def test_mean_over_masks_is_the_expectation():
    """2000 outputs have a mean within 6 standard errors of the exact one: a false alarm in 1e9 seeds."""
    keeps = [np.array(keep) for keep in itertools.product((True, False), repeat=8)]
    exact = np.mean([thinned(keep, np.ones(8, dtype=bool), 2.0) / 2 for keep in keeps])
    # Behind the second mask everything is linear: its expectation is exact, 2 · ½ for each unit.
    training = outputs(0.5, INVERTED).training
    assert abs(training.mean() - exact) < 6 * training.std() / np.sqrt(MASKS)


def test_test_output_of_each_convention():
    whole = forward(np.ones(8), np.ones(8))
    assert outputs(0.4, INVERTED).test == outputs(0.4, NEVER).test == whole
    # Without biases the two factors 1 − rate pass through the ReLUs.
    assert outputs(0.4, AT_TEST).test == pytest.approx(0.6**2 * whole)


def test_rate_zero_drops_nothing_and_a_higher_rate_drops_more():
    assert masks(0.0).all()
    assert np.ptp(outputs(0.0, INVERTED).training) == 0
    low, high = masks(0.2), masks(0.6)
    assert np.all(low | ~high) and high.sum() < low.sum()


def test_units_are_dropped_each_on_its_own():
    """Within 6 standard deviations of the binomial: a false alarm in 1e8 seeds."""
    dropped = UNITS - masks(0.3).sum(axis=(1, 2))
    assert abs(dropped.mean() - 0.3 * UNITS) < 6 * np.sqrt(0.21 * UNITS / MASKS)
    variance = 0.21 * UNITS
    assert abs(dropped.var() - variance) < 6 * variance * np.sqrt(2 / MASKS)
    assert dropped.var() > 1  # not exactly rate · units in each mask


@pytest.mark.parametrize("mask", [1, 3, SHOWN])
def test_network_panel_draws_what_is_kept(mask):
    scene = dropped_scene(0.5, mask, "training", INVERTED)
    network, output, count = scene.until_now()
    first, second = masks(0.5)[mask - 1].sum(axis=1)
    crosses = [layer for layer in network.backdrop if isinstance(layer, Points) and layer.shape == "cross"]
    assert kinds(network)[Line] == 4 * first + first * second + second
    assert len(crosses) == UNITS - first - second
    [said] = [layer.text for layer in network.backdrop if isinstance(layer, Text)]
    assert said == f"{outputs(0.5, INVERTED).training[mask - 1]:.2f}"
    [here] = [layer.x[0] for layer in output.backdrop if isinstance(layer, Line) and layer.colour == KEPT]
    assert here == outputs(0.5, INVERTED).training[mask - 1]
    [dropped] = [layer.x for layer in count.backdrop if isinstance(layer, Bars) and layer.colour == KEPT]
    assert dropped == [(UNITS - first - second) / UNITS]
    whole = dropped_scene(0.5, mask, "test", INVERTED).until_now()[0]
    assert kinds(whole)[Line] == 4 * 8 + 8 * 8 + 8


def kinds(panel):
    return Counter(type(layer) for layer in panel.backdrop)


def test_histograms_hold_every_mask():
    output, count = dropped_scene(0.0, 1, "training", INVERTED).panels[1:]
    assert sum(output.backdrop[0].y) == pytest.approx(1)
    assert sum(count.backdrop[0].y) == pytest.approx(1)
    assert isinstance(count.backdrop[0], Bars) and count.backdrop[0].y[0] == 1


def test_report_names_the_missing_rescaling():
    said = outputs(0.5, NEVER)
    assert (
        f"{said.test / said.training.mean():.1f} times too large"
        in dropped_scene(0.5, 1, "test", NEVER).message
    )


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("rescale", CONVENTIONS)
def test_every_kind_of_state_can_be_drawn(rate, mode, rescale):
    scene = dropped_scene(rate, 100, mode, rescale)
    assert len(scene.panels) == 3 and scene.message in scene.alt
    for panel in scene.panels:
        for axis in (panel.x, panel.y):
            assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]


# the regularisation bench


@pytest.mark.parametrize("l2", [0.0, 0.03])
def test_run_is_what_fit_does(l2):
    data, result = lab.bench(), lab.run(l2, 0.0, 0.0)
    network, start = lab.build(0.0, np.random.default_rng(0))
    _, history = fit(
        network,
        start,
        Adam(lab.LR),
        (data.x, data.y),
        epochs=lab.UPDATES,
        batch_size=len(data.x),
        rng=np.random.default_rng(7),
        validation=(data.x_val, data.y_val),
        l2=l2,
        progress=False,
    )
    every = slice(lab.EVERY - 1, None, lab.EVERY)  # fit measures after each update, the bench at 0, 5, 10 …
    # fit shuffles, so its sums are in another order
    np.testing.assert_allclose(result.train[1:], history.train_loss[every], rtol=1e-4)
    np.testing.assert_allclose(result.val[1:], history.val_loss[every], rtol=1e-4)


def test_remedies_share_their_start():
    starts = [lab.run(*state).thetas[0] for state in ((0.0, 0.0, 0.0), (0.1, 0.0, 0.0), (0.0, 0.5, 0.3))]
    assert all(np.array_equal(start, starts[0]) for start in starts)


def test_the_bench_overfits_and_each_remedy_helps():
    bare = lab.run(0.0, 0.0, 0.0)
    assert bare.val[-1] > 2 * bare.val.min() and bare.train[-1] < 0.5 * bare.train[5]
    for remedy in ((0.01, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.3)):
        assert lab.run(*remedy).val[-1] < 0.6 * bare.val[-1]


def test_what_the_lecture_says_of_the_bench():
    assert "by heart: 6 of 8" in bench_scene(0.0, 0.0, 0.0, lab.NEVER).message
    final = [lab.run(l2, 0.0, 0.0).val[-1] for l2 in lab.L2]
    assert 0 < np.argmin(final) < len(final) - 1  # it falls, and rises again
    assert "Stopped at update 10" in bench_scene(0.01, 0.0, 0.0, 5).message
    assert "back to update 60" in bench_scene(0.01, 0.0, 0.0, 25).message
    assert "lowest at update 60" in bench_scene(0.01, 0.0, 0.0, lab.NEVER).message
    gap = lab.run(0.01, 0.0, 0.0)
    assert abs(gap.val[-1] - gap.train[-1]) < 0.1
    assert "by heart: 2 of 8" in bench_scene(0.01, 0.0, 0.0, lab.NEVER).message
    told = fold("claims/03_dropout.ipynb", "bench-answer")
    assert " ".join(re.findall(r"\d+(?:\.\d+)?", told)) == "0 6 8 0.01 2 0.1 0.01 5 10 60 25"


def test_what_the_lecture_says_of_the_dropped_network():
    said = outputs(0.5, NEVER)
    assert f"{said.test / said.training.mean():.1f} times too large" in fold(
        "03_dropout.ipynb", "dropped-answer"
    )


def test_stopping_by_definition():
    val = np.array([5.0, 4.0, 4.5, 3.0, 3.5, 3.6, 3.7, 1.0])
    every = lab.EVERY
    assert lab.stopped(val, lab.NEVER) == (7, 7)
    assert lab.stopped(val, every) == (2, 1)
    assert lab.stopped(val, 2 * every) == (5, 3)
    assert lab.stopped(val, 3 * every) == (6, 3)
    assert lab.stopped(val, 4 * every) == (7, 7)


@pytest.mark.parametrize("patience", lab.PATIENCES[:-1])
def test_the_ring_stands_at_the_best_seen(patience):
    scene = bench_scene(0.0, 0.0, 0.0, patience)
    val = lab.run(0.0, 0.0, 0.0).val
    end, used = lab.stopped(val, patience)
    curves = {layer.label: layer for layer in scene.panels[1].layers if isinstance(layer, Line)}
    assert len(curves["validation"].y) == end + 1
    assert used == np.argmin(val[: end + 1])
    assert end == len(val) - 1 or end - used == patience // lab.EVERY


def test_boundary_is_where_the_network_is_undecided():
    result = lab.run(0.01, 0.0, 0.0)
    for k in (1, 12, -1):
        scene = bench_scene(0.01, 0.0, 0.0, lab.NEVER, updates=range(0, lab.UPDATES + 1, lab.EVERY)[k])
        line = scene.until_now()[0].layers[0]
        points = np.stack([line.x, line.y], axis=-1)
        logits = result.network.predict(result.thetas[k], points[np.isfinite(points).all(axis=1)])
        assert len(logits) > 10
        assert np.median(np.abs(logits[:, 1] - logits[:, 0])) < 0.05


def test_once_patience_has_ended_the_run_the_boundary_and_the_ring_are_of_the_parameters_that_are_used():
    end, used = (lab.EVERY * k for k in lab.stopped(lab.run(0.01, 0.0, 0.0).val, 25))
    assert used < end < lab.UPDATES

    def seen(updates):
        boundary, losses = bench_scene(0.01, 0.0, 0.0, 25, updates).until_now()
        [ring] = [layer for layer in losses.layers if isinstance(layer, Points)]
        return boundary.layers[0], ring.x.tolist()

    assert seen(end)[1] == [end]
    for updates in (end + lab.EVERY, lab.UPDATES):
        assert seen(updates) == seen(used)
        assert seen(updates)[1] == [used]


def test_wrong_labels_are_wrong():
    data = lab.bench()
    assert len(set(data.wrong.tolist())) == lab.WRONG
    message = bench_scene(0.0, 0.0, 0.0, lab.NEVER).message
    result = lab.run(0.0, 0.0, 0.0)
    guessed = result.network.predict(result.thetas[-1], data.x[data.wrong]).argmax(axis=1)
    assert f"by heart: {np.sum(guessed == data.y[data.wrong])} of {lab.WRONG}" in message


def test_widgets_start_from_their_arguments():
    assert (
        regularisation_bench(l2=0.01, patience=25).scene().message == bench_scene(0.01, 0.0, 0.0, 25).message
    )
    assert dropped_network(rate=0.3).scene().message == dropped_scene(0.3, 1, "training", INVERTED).message
