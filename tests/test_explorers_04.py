"""The explorers of unit 04 against closed forms of batch normalisation and the library's own training."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, notebooks
from course_lib.explorers import (
    batch_norm_lens,
    batch_size_gap,
    depth_and_rate,
    depth_scene,
    gap_scene,
    gradient_home,
    lens_scene,
)
from course_lib.gradient_check import numerical_gradient
from course_lib.layers import BatchNorm
from course_lib.optimizers import SGD
from course_lib.scene import Bars, Heat, Line, Points, Text
from course_lib.training import fit

# the functions of these names hide the modules
lens = sys.modules["course_lib.explorers.batch_norm_lens"]
deep = sys.modules["course_lib.explorers.depth_and_rate"]
sizes = sys.modules["course_lib.explorers.batch_size_gap"]
home = sys.modules["course_lib.explorers.gradient_home"]


# the batch-norm lens


@pytest.mark.parametrize("shape", lens.SHAPES)
def test_draws_have_mean_0_and_variance_1(shape):
    """15,360 draws; within 6 standard errors, the fourth moment being 9 at most: a false alarm in 1e8."""
    draws = lens._sheet(shape)
    n = draws.size
    assert abs(draws.mean()) < 6 / np.sqrt(n)
    assert abs(draws.var() - 1) < 6 * np.sqrt(8 / n)


@pytest.mark.parametrize("shape", lens.SHAPES)
def test_training_output_has_the_moments_of_gamma_and_beta(shape):
    seen = lens.passed(shape, 3.0, 2.0, -1.5, 0.5, 64).at(7)
    assert seen.training.mean() == pytest.approx(0.5)
    shrink = seen.x.var() / (seen.x.var() + 1e-5)
    assert seen.training.std() == pytest.approx(1.5 * np.sqrt(shrink))


def test_test_output_is_the_line_of_the_running_statistics():
    seen = lens.passed("bell", 3.0, 2.0, 2.0, -1.0, 32).at(20)
    expected = 2.0 * (seen.x - seen.running_mean[-1]) / np.sqrt(seen.running_var[-1] + 1e-5) - 1.0
    np.testing.assert_allclose(seen.test, expected, rtol=1e-12)


def test_running_statistics_are_the_weighted_sums_of_all_batches():
    seen = lens.passed("skewed", -2.0, 3.0, 1.0, 0.0, 16).at(30)
    batches = -2.0 + 3.0 * lens._sheet("skewed")[:30, :16]
    weights = 0.1 * 0.9 ** np.arange(29, -1, -1)
    assert seen.running_mean[-1] == pytest.approx(weights @ batches.mean(axis=1))
    variance = 0.9**30 * 1.0 + weights @ batches.var(axis=1, ddof=1)
    assert seen.running_var[-1] == pytest.approx(variance)


def test_the_input_moves_the_test_output_only():
    here, there = (lens.passed("skewed", mean, 2.0, 1.0, 0.0, 32).at(10) for mean in (4.0, -4.0))
    np.testing.assert_allclose(here.training, there.training, atol=1e-12)
    assert here.test.mean() > 0.5 and there.test.mean() < -0.5


def test_two_examples_leave_only_their_order():
    seen = lens.passed("bell", 0.0, 2.0, 1.0, 0.0, 2).at(5)
    np.testing.assert_allclose(np.abs(seen.training), 1, atol=0.01)


@pytest.mark.parametrize("updates", [1, 7, lens.BATCHES])
def test_histograms_hold_what_lies_within_their_ends(updates):
    state = "bell", 0.0, 1.0, 1.0, 0.0, 256
    seen = lens.passed(*state).at(updates)
    before, behind = (panel.backdrop for panel in lens_scene(*state, updates).until_now()[:2])
    for bars, values in ((before[0], seen.x), (behind[0], seen.training)):
        assert sum(bars.y) == pytest.approx(1)
        # the mean of a histogram is that of what it counts, to within half a bin
        assert np.dot(bars.x, bars.y) == pytest.approx(values.mean(), abs=bars.width / 2)
    assert sum(behind[1].y) == pytest.approx(2)  # an outline has each height twice
    assert before[1].x == pytest.approx([seen.x.mean()] * 2)


def test_a_layer_that_learns_at_test_is_the_same_layer_in_training():
    """The lens asks at test after each batch; the student's layer is not to notice."""
    grows = type("Grows", (BatchNorm,), {"forward": lambda self, x, _: BatchNorm.forward(self, x, True)})
    state = "skewed", 4.0, 2.0, 1.0, 0.0, 32
    np.testing.assert_array_equal(lens.passed(*state, grows).running_mean, lens.passed(*state).running_mean)


def test_lens_says_what_it_shows():
    seen = lens.passed("skewed", 4.0, 2.0, 1.0, 0.0, 32).at(10)
    message = lens_scene("skewed", 4.0, 2.0, 1.0, 0.0, 32, 10).message
    assert f"it remembers {seen.running_mean[-1]:.2f} and {np.sqrt(seen.running_var[-1]):.2f}" in message
    assert "Behind the layer in training: mean 0.00, standard deviation 1.00" in message
    assert "After 1 batch it" in lens_scene("skewed", 4.0, 2.0, 1.0, 0.0, 32, 1).message


def test_lens_says_what_its_histograms_leave_out():
    state = ("bell", 5.0, 0.25, 3.0, 4.0, 32, 1)  # one batch: the memory is still far from the input
    seen, scene = lens.passed(*state[:-1]).at(1), lens_scene(*state)
    some, most = (np.mean(np.abs(y) > 8) for y in (seen.training, seen.test))
    assert 0 < some < 0.5 < most
    assert f"Outside the picture: {some:.0%} in training, {most:.0%} in test mode." in scene.message
    assert sum(scene.until_now()[1].backdrop[0].y) == pytest.approx(1 - some)
    assert "Outside" not in lens_scene("bell", 0.0, 1.0, 1.0, 0.0, 256, lens.BATCHES).message


def test_lens_knows_no_negative_zero():
    assert "-0.00" not in lens_scene("bell", 0.0, 0.25, 0.0, 0.0, 2, 1).message


@pytest.mark.parametrize("gamma", [-2.0, 0.0, 3.0])
@pytest.mark.parametrize("size", [2, 256])
@pytest.mark.parametrize("spread", [0.25, 4.0])
def test_every_kind_of_lens_state_can_be_drawn(gamma, size, spread):
    scene = lens_scene("two groups", -5.0, spread, gamma, 4.0, size, 1)
    assert len(scene.panels) == 3 and scene.message in scene.alt
    for panel in scene.panels:
        for axis in (panel.x, panel.y):
            assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]


# depth × rate


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("depth", deep.DEPTHS)
def test_networks_have_their_depth(depth, normalised):
    network = deep.build(depth, normalised)
    assert sum(hasattr(layer, "W") or hasattr(layer, "fan_in") for layer in network.layers) == depth + 1
    assert sum(isinstance(layer, BatchNorm) for layer in network.layers) == depth * normalised


def test_the_first_loss_of_a_run_is_that_of_its_first_batch():
    digits, rng = datasets.digits(), np.random.default_rng(0)
    network = deep.build(2, True)
    theta = network.initialize(rng)
    batch = rng.integers(0, len(digits.x_train), deep.BATCH)
    loss, _ = network.loss_and_gradient(theta, digits.x_train[batch], digits.y_train[batch])
    assert deep.run(2, True, deep.RATES[0])[0] == pytest.approx(loss)
    assert all(deep.run(2, True, rate)[0] == pytest.approx(loss) for rate in deep.RATES)


def test_diverged_runs_are_nan_to_the_end_and_stay_empty_on_the_map():
    losses = deep.run(8, False, deep.RATES[-1])
    known = np.isfinite(losses)
    assert not known[-1] and not np.any(np.diff(known.astype(int)) > 0)
    [heat] = depth_scene(8, deep.RATES[-1]).until_now()[1].backdrop
    assert isinstance(heat, Heat) and np.isnan(heat.levels[deep.DEPTHS.index(8)][-1])
    assert "without diverged" in depth_scene(8, deep.RATES[-1]).message


def test_map_and_curves_tell_the_same_at_every_update():
    depth, rate = 4, deep.RATES[3]
    losses = deep.run(depth, True, rate)
    # Before an update is made, that of the first batch stands for them.
    for updates, made in (
        (50, losses[40:50]),
        (23, losses[13:23]),
        (4, losses[:4]),
        (1, losses[:1]),
        (0, losses[:1]),
    ):
        scene = depth_scene(depth, rate, updates)
        [heat] = scene.until_now()[2].backdrop
        assert heat.levels[2, 3] == pytest.approx(max(0, 1 - made.mean() / np.log(10)))
    assert f"with loss {losses[40:].mean():.2f}" in scene.message
    [ring] = scene.panels[2].layers
    assert isinstance(ring, Points) and (ring.x[0], ring.y[0]) == (rate, depth)


def test_what_the_lecture_says_of_depth_and_rate():
    plain, normalised = deep.final_losses(False), deep.final_losses(True)
    small, large = deep.RATES.index(0.01), [deep.RATES.index(rate) for rate in (10**-0.5, 1.0)]
    assert np.abs(plain[:, small] - normalised[:, small]).max() < 0.4  # hardly any difference
    assert np.all(normalised[:4, large] < 1.2)  # up to 8 layers
    assert np.all(plain[1:, large[1]] > 2.1) and np.all(plain[3:, large[0]] > 2.1)
    assert np.nanmin(normalised[-1]) > np.nanmin(normalised[-2]) + 0.3  # 16 layers are slow here, too


# batch size × mode


@pytest.mark.parametrize("size", [4, 64])
def test_the_final_losses_are_of_one_theta_in_two_modes(size):
    run = sizes.trained(size)
    assert run.test == run.test_loss[-1]
    assert len(run.batch_loss) == len(run.test_loss) == len(run.update)
    scene = gap_scene(size)
    rings = [layer for layer in scene.panels[1].layers if isinstance(layer, Points)]
    assert [float(ring.y[0]) for ring in rings] == [run.training, run.test]
    assert f"a gap of {run.training - run.test:.3f}" in scene.message


def test_a_full_batch_leaves_hardly_a_gap_and_a_small_one_does():
    gaps = {size: sizes.trained(size).training - sizes.trained(size).test for size in sizes.SIZES}
    assert abs(gaps[256]) < 0.01 < gaps[16] < gaps[8] < gaps[4]
    assert max(gaps, key=gaps.get) in (4, 8)
    assert gaps[2] < max(gaps.values())  # neither mode has learned much


def test_company_scatters_like_one_over_the_root_of_the_batch_size():
    scatter = {size: sizes.trained(size).in_company.std() for size in (16, 64, 256)}
    assert 1.4 < scatter[16] / scatter[64] < 3.0
    assert 1.2 < scatter[64] / scatter[256] < 3.0


def test_a_pair_is_plus_or_minus_one():
    in_company = sizes.trained(2).in_company
    assert np.all(np.abs(in_company) < 1 + 1e-12)
    assert np.mean(np.abs(in_company) > 0.95) > 0.9


def test_trained_learns_what_fit_learns():
    """Not the same batches, so not the same numbers; but the same network, rate and number of updates."""
    digits, rng = datasets.digits(), np.random.default_rng(3)
    network = sizes.build()
    data = digits.x_train[: sizes.EXAMPLES], digits.y_train[: sizes.EXAMPLES]
    epochs = round(sizes.UPDATES * 64 / sizes.EXAMPLES)
    _, history = fit(
        network,
        network.initialize(rng),
        SGD(sizes.RATE),
        data,
        epochs=epochs,
        batch_size=64,
        rng=rng,
        progress=False,
    )
    assert sizes.trained(64).test == pytest.approx(history.train_loss[-1], rel=0.3)


def test_the_curves_over_the_batch_size_hold_every_run():
    curve = gap_scene(8).panels[1].backdrop[0]
    assert isinstance(curve, Line)
    assert list(curve.y) == [sizes.trained(size).training for size in sizes.SIZES]


def test_widgets_start_from_their_arguments():
    assert batch_norm_lens(mean=-1.0).scene().message == (
        lens_scene("skewed", -1.0, 2.0, 1.0, 0.0, 32, 10).message
    )
    assert depth_and_rate(depth=2).scene().message == depth_scene(2, deep.RATES[3]).message
    assert batch_size_gap(size=16).scene().message == gap_scene(16).message


# the gradient's way home

BATCH = np.array([-1.0, 0.5, 1.0, 3.5])


def test_the_graph_is_the_layer():
    for gamma, beta in ((1.0, 0.0), (-1.3, 0.7)):
        layer = BatchNorm(1)
        layer.gamma, layer.beta = np.array([gamma]), np.array([beta])
        seen = home.graph(BATCH, gamma, beta, True, True)
        y = layer.forward(BATCH[:, None], training=True)
        dx, dgamma, dbeta = layer.backward(y - home.TARGETS[:, None])
        np.testing.assert_allclose(seen.values["y"], y[:, 0], rtol=1e-12)
        np.testing.assert_allclose(seen.gradients["x"], dx[:, 0], rtol=1e-9, atol=1e-12)
        assert seen.gradients["y"].sum() == pytest.approx(dbeta[0])
        assert seen.gradients["y"] @ seen.values["x_hat"] == pytest.approx(dgamma[0])


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("variance", [True, False])
def test_a_cut_path_is_a_statistic_held_constant(mean, variance):
    """Against finite differences of the loss in which μ, or v, does not follow x."""
    gamma, beta = 0.8, -0.3
    seen = home.graph(BATCH, gamma, beta, mean, variance)

    def loss(x):
        c = x - (x.mean() if mean else BATCH.mean())
        s = np.sqrt((np.mean(c**2) if variance else BATCH.var()) + home.EPS)
        return np.sum((gamma * c / s + beta - home.TARGETS) ** 2) / 2

    np.testing.assert_allclose(seen.gradients["x"], numerical_gradient(loss, BATCH), rtol=1e-6, atol=1e-8)


def test_gradients_inside_the_graph_are_finite_differences_of_what_follows():
    seen = home.graph(BATCH, 1.2, 0.4, True, True)
    mu, v, r, c = (seen.values[node] for node in ("mu", "v", "r", "c"))

    def after_x_hat(x_hat):
        return np.sum((1.2 * x_hat + 0.4 - home.TARGETS) ** 2) / 2

    def after_c(c):
        return after_x_hat(c / np.sqrt(np.mean(c**2) + home.EPS))

    followed = {
        "x_hat": (after_x_hat, seen.values["x_hat"]),
        "r": (lambda r: after_x_hat(c * r), r),
        "v": (lambda v: after_x_hat(c / np.sqrt(v + home.EPS)), v),
        "c": (after_c, c),
        "mu": (lambda mu: after_c(BATCH - mu), mu),
    }
    for node, (function, at) in followed.items():
        expected = numerical_gradient(function, at)
        np.testing.assert_allclose(seen.gradients[node], expected, rtol=1e-6, atol=1e-8)


def test_without_the_path_through_the_mean_a_bias_grows_while_the_loss_stands_still():
    """Ioffe & Szegedy (2015), Section 2; the loss against the library's layer at the trained w and b."""
    u, cut = BATCH, home.trained(3.5, 1.0, 0.0, False, True, 0.1)
    assert np.all(np.diff(cut.bias) > 0) and cut.bias[-1] > 3
    np.testing.assert_allclose(cut.loss, cut.loss[0], atol=1e-4)
    for weight, bias, loss in zip(cut.weight[::20], cut.bias[::20], cut.loss[::20], strict=True):
        y = BatchNorm(1).forward((weight * u + bias)[:, None], training=True)[:, 0]
        assert loss == pytest.approx(np.sum((y - home.TARGETS) ** 2) / 2)
    whole = home.trained(3.5, 1.0, 0.0, True, True, 0.1)
    np.testing.assert_allclose(whole.bias, 0, atol=1e-12)
    np.testing.assert_allclose(whole.weight, 1, atol=1e-3)  # of ε alone


def test_the_gradient_keeps_its_sum_at_zero_as_long_as_it_comes_through_the_mean():
    for variance in (True, False):
        assert home.graph(BATCH, 1.0, 0.5, True, variance).gradients["x"].sum() == pytest.approx(0, abs=1e-12)
        # without it, what is left is γ Σ (y − t) / s
        left = (4 * 0.5 - home.TARGETS.sum()) / np.sqrt(BATCH.var() + home.EPS)
        assert home.graph(BATCH, 1.0, 0.5, False, variance).gradients["x"].sum() == pytest.approx(left)


def test_the_bars_are_the_gradient_that_is_found_and_the_rings_the_true_one():
    scene = gradient_home(cut_variance=True).scene()
    bars = np.concatenate([layer.y for layer in scene.until_now()[1].layers if isinstance(layer, Bars)])
    (rings,) = [layer.y for layer in scene.until_now()[1].layers if isinstance(layer, Points)]
    dy = BATCH - BATCH.mean()
    dy = dy / np.sqrt(np.mean(dy**2) + home.EPS) - home.TARGETS
    h = dy / np.sqrt(BATCH.var() + home.EPS)
    np.testing.assert_allclose(bars, [*h, h.sum()], rtol=1e-9)
    assert rings[-1] == pytest.approx(0, abs=1e-12)
    assert "Nothing comes through the mean or the variance" in scene.message


def test_a_node_shows_its_numbers_from_its_step_on():
    """Forwards its values, and on the way back its gradients too: 4, 1, 4, 1, 1, 4, 4 and 1 numbers."""
    counts = [1 if node in home.SINGLE else 4 for node in home.STEPS]
    for step in range(home.LAST + 1):
        graph = gradient_home(step=step).scene().until_now()[0]
        [heading, *numbers] = [layer.text for layer in graph.layers if isinstance(layer, Text)]
        assert heading == f"Step {step}: {home.say(f'steps.{step}')}"
        # the loss has its gradient, 1, with the first step back
        expected = sum(counts[: step + 1]) + (step > home.TURN)
        assert len(numbers) == expected


def test_a_weight_that_crosses_zero_is_not_called_a_loss_that_stands_still():
    scene = gradient_home(last=8.0, gamma=-2.0, cut_variance=True).scene()
    run = home.trained(8.0, -2.0, 0.0, False, False, 0.1)
    assert run.weight[-1] < 0 and "stands still" not in scene.message and "crossed 0" in scene.message


# what the folds beside the explorers say

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
UNIT = "04_batch_normalization.ipynb"
SOURCED = re.compile(r"\]\([^)]*\)|\(\d{4}, Section \d\)")  # a link's target, a place in a paper


def of_the_lens():
    """It opens after 10 batches; a tenth of the way each time leaves 0.9¹⁰ of the start."""
    state = {name: control.start for name, control in lens.CONTROLS.items()}
    seen = state.pop("updates")
    here, there = (lens.passed(**state | {"mean": mean}) for mean in (4.0, -4.0))
    assert here.at(seen).test.mean() > 0.5 and there.at(seen).test.mean() < -0.5
    assert np.abs(here.running_mean[seen - 1] / 4 - (1 - 0.9**seen)) < 0.05
    late = lens.BATCHES - 10
    assert all(abs(each.at(late).test.mean()) < 0.1 for each in (here, there))
    pair = lens.passed(**state | {"size": 2})
    assert np.abs(np.abs(pair.training) - 1).max() < 0.1 < abs(pair.at(late).test.mean())
    left = f"1 − 0.9¹⁰ = {1 - 0.9**seen:.2f}"
    begins = f"from {BatchNorm(1).running_mean[0]:.0f} to the truth"
    return [f"after {seen} batches", begins, left, f"{late} batches", "batches of 2", "−1 and +1"]


def of_the_way_home():
    """As the lecture opens it; a path is cut, and 60 updates are made with what is left."""
    start = {name: control.start for name, control in home.CONTROLS.items()}
    last, gamma, beta, rate = (start[name] for name in ("last", "gamma", "beta", "rate"))
    batch = np.array([*home.INPUTS, last])
    sums = [home.graph(batch, gamma, beta, mean, True).gradients["x"].sum() for mean in (True, False)]
    no_mean, no_variance = (
        home.trained(last, gamma, beta, *paths, rate) for paths in ((False, True), (True, False))
    )
    np.testing.assert_allclose([*no_mean.loss, *no_variance.loss], no_mean.loss[0], atol=1e-3)
    return [
        f"sums to {abs(sums[0]):.0f}",
        f"sums to −{-sums[1]:.2f}",
        f"{home.UPDATES} updates",
        f"b goes from {no_mean.bias[0]:.0f} to {no_mean.bias[-1]:.2f} and w to {no_mean.weight[-1]:.2f}",
        f"stands still at {no_mean.loss[0]:.2f}",
        f"w goes from {no_variance.weight[0]:.0f} to {no_variance.weight[-1]:.2f}",
    ]


def of_depth_and_rate():
    """To have learned is half of guessing; to have learned nothing, guessing to within a twentieth."""
    plain, normalised = (
        dict(zip(deep.DEPTHS, deep.final_losses(each), strict=True)) for each in (False, True)
    )
    small, large, largest = (deep.RATES.index(rate) for rate in (0.01, 10**-0.5, 1.0))
    learned, nothing = deep.GUESSING / 2, 0.95 * deep.GUESSING
    assert all(runs[depth][small] > nothing for runs in (plain, normalised) for depth in deep.DEPTHS)
    deepest = max(d for d in deep.DEPTHS if max(normalised[d][[large, largest]]) < learned)
    from_there = min(d for d in deep.DEPTHS if plain[d][largest] > nothing)
    assert all(plain[d][largest] > nothing for d in deep.DEPTHS if d >= from_there)
    assert plain[deepest][large] > nothing
    assert normalised[deep.DEPTHS[-1]].min() > learned
    return [
        f"η = {deep.RATES[small]:g}",
        f"rates of {deep.RATES[large]:.1f} and {deep.RATES[largest]:g}",
        f"up to {deepest} layers",
        f"these {deep.UPDATES} updates",
        f"At {deep.RATES[largest]:g} the plain network learns nothing from {from_there} layers on",
        f"at {deep.RATES[large]:.1f} nothing with {deepest}",
        f"at {deep.DEPTHS[-1]} layers",
    ]


def of_the_batch_size():
    """The gap is in nats; the scatter that of one unit."""
    runs = {size: sizes.trained(size) for size in sizes.SIZES}
    gaps = {size: run.training - run.test for size, run in runs.items()}
    widest = max(gaps, key=gaps.get)
    assert all(gap > 0.1 for size, gap in gaps.items() if size <= 16)
    assert all(gap < 0.02 for size, gap in gaps.items() if size >= 64) and gaps[256] < 0.001
    assert gaps[2] < gaps[widest] and runs[2].test > 0.8 * np.log(10)
    scatter = [runs[size].in_company.std() for size in (16, 64, 256)]
    assert all(1.4 < more / less < 3.0 for more, less in pairwise(scatter))
    return [
        "1/√N",
        "from 16 on",
        "below 16",
        f"costs {gaps[widest]:.3f} of loss in training mode with batches of {widest}",
        f"at {sizes.SIZES[-1]} nothing",
        f"With {sizes.SIZES[0]} examples",
        "−1 or +1",
        f"{sizes.UPDATES} updates",
    ]


@pytest.mark.parametrize(
    ("page", "cell", "said"),
    [
        (UNIT, "lens-answer", of_the_lens),
        (UNIT, "terms-answer", of_the_way_home),
        (UNIT, "depth-answer", of_depth_and_rate),
        (f"claims/{UNIT}", "gap-answer", of_the_batch_size),
    ],
)
def test_the_numbers_in_the_fold_beside_an_explorer_are_those_that_it_shows(page, cell, said):
    """All of them: what is left when they are taken out has no digit."""
    [source] = [each.source for each in notebooks.read(NOTEBOOKS / page).cells if each.id == cell]
    fold = SOURCED.sub("", source.partition("</summary>")[2].partition("</details>")[0])
    for phrase in said():
        assert phrase in fold, f"the explorer shows: {phrase}"
        fold = fold.replace(phrase, "")
    assert re.findall(r"\S*\d\S*", fold) == []
