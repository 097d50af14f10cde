"""The explorers of unit 06 against the stored runs, scikit-learn's Gaussian process, and closed forms."""

import sys

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from course_lib import datasets
from course_lib.explorers import (
    curve_scene,
    hyper_search,
    hyper_search_scene,
    range_scene,
    rate_range_test,
    which_curve,
)
from course_lib.scene import Line, Points
from course_lib.tuning import CAUSES, learning_rate_range_test

# The functions of these names hide their modules.
clinic = sys.modules["course_lib.explorers.which_curve"]
search = sys.modules["course_lib.explorers.response_search"]
test_of_rates = sys.modules["course_lib.explorers.range_test"]

# which curve is it?


def test_every_practice_run_is_shown_once():
    shown = sorted((run.cause, run.seed) for run in clinic.runs())
    assert shown == sorted((run.cause, run.seed) for run in datasets.loss_curves())
    assert len({run.cause for run in clinic.runs()[:8]}) == 8  # the first eight show every cause


@pytest.mark.parametrize("number", range(1, 81))
def test_only_the_true_cause_is_right(number):
    cause = clinic.runs()[number - 1].cause
    verdicts = {guess: curve_scene(number, guess).message for guess in CAUSES}
    for guess, message in verdicts.items():
        assert message.startswith("Right. " if guess == cause else f"Not {guess}")
        assert ("What to do" in message) == (guess == cause)
    told = curve_scene(number, clinic.TOLD).message
    assert told.lower().startswith(cause) and clinic.say(f"remedy.{cause}") in told
    assert "Choose a cause" in curve_scene(number, clinic.OPEN).message


def test_messages_write_numbers_as_one_does():
    for number in range(1, 81):
        for guess in (clinic.OPEN, *CAUSES, clinic.TOLD):
            message = curve_scene(number, guess).message
            assert "nan" not in message and " -" not in message and "−0%" not in message


def test_an_open_question_does_not_tell():
    for number, run in enumerate(clinic.runs(), 1):
        scene = curve_scene(number, clinic.OPEN)
        for words in (scene.message, scene.alt, scene.panels[0].title):
            assert str(run.settings) not in words and run.cause not in words.lower()


def test_signs_of_a_straight_line():
    """From 2 to 0.5 in 30 epochs, validation 0.2 above: level, gap and share are those of the line."""
    train = np.linspace(2, 0.5, 31)
    found = clinic.signs(datasets.LossCurve("good", 0, "", train, train + 0.2))
    assert found.end == pytest.approx(0.25)
    assert found.early == pytest.approx(0.9)
    assert found.level == pytest.approx(train[-10:].mean() / 2)
    assert found.jumps == pytest.approx(0, abs=1e-12)
    assert found.gap == pytest.approx(0.1)
    assert found.late == pytest.approx(9 / 30)


def test_curves_are_the_run():
    for number in (1, 5):
        lines = {layer.label: layer for layer in curve_scene(number, clinic.OPEN).panels[0].layers}
        np.testing.assert_array_equal(lines["training"].y, clinic.runs()[number - 1].train_loss)
        np.testing.assert_array_equal(lines["validation"].y, clinic.runs()[number - 1].val_loss)


@pytest.mark.parametrize("log", [False, True])
def test_every_run_has_a_window(log):
    for number in range(1, 81):
        axis = curve_scene(number, clinic.OPEN, log).panels[0].y
        assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]


# the search on the response surface


@pytest.mark.parametrize(("trials", "values"), [(1, 1), (8, 2), (9, 3), (16, 4), (49, 7)])
def test_grid_tries_few_values_of_each(trials, values):
    points = search.grid_points(trials)
    assert len(points) == values**2
    for axis in points.T:
        np.testing.assert_allclose(np.unique(axis), (np.arange(values) + 0.5) / values)
    assert f"{values} different η" in hyper_search_scene("grid", trials, 0).message


def test_random_and_bayesian_begin_alike_and_never_repeat():
    first = search.points_of("random", search.FIRST, 3)
    np.testing.assert_array_equal(search.points_of("Bayesian", search.FIRST, 3), first)
    for method in ("random", "Bayesian"):
        assert len(np.unique(search.points_of(method, search.MOST, 3), axis=0)) == search.MOST


def test_belief_is_that_of_a_gaussian_process():
    points = search.random_points(1)[:12]
    losses = search.value(points)
    where = search.random_points(2)
    mean, deviation = search.belief(points, losses, where)
    model = GaussianProcessRegressor(RBF(0.2), alpha=0.001, optimizer=None, normalize_y=True)
    expected = model.fit(points, losses).predict(where, return_std=True)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-6)
    np.testing.assert_allclose(deviation, expected[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", search.METHODS)
def test_race_shows_the_lowest_loss_so_far(method):
    scene = hyper_search_scene(method, 16, 2)
    ground, along, race = scene.until_now()
    race = {layer.label: layer for layer in race.layers}[method]
    for trials in (1, 5, 16):
        assert race.y[trials - 1] == pytest.approx(search.value(search.points_of(method, trials, 2)).min())
    star = next(layer for layer in ground.backdrop if isinstance(layer, Points) and layer.shape == "star")
    surface = datasets.response_surface()
    assert surface.value(star.x[-1], star.y[-1]) == pytest.approx(race.y[15])
    for panel in (ground, along):
        points = [layer for layer in panel.backdrop if isinstance(layer, Points) and layer is not star]
        assert [len(layer.x) for layer in points] == [16]


def test_what_the_lecture_says_of_the_searches():
    best = {m: np.array([search.best_so_far(m, seed) for seed in range(21)]) for m in search.METHODS}
    grid = best["grid"][0]
    assert grid[4 - 1] < grid[9 - 1] < grid[16 - 1]
    for method in ("random", "Bayesian"):
        assert np.all(np.diff(best[method], axis=1) <= 0)
    ahead = np.sum(best["Bayesian"] < best["random"], axis=0)  # for how many of the seeds
    assert 6 <= ahead[16 - 1] <= 15  # luck
    assert ahead[49 - 1] == 17


def test_a_grid_says_what_it_leaves_unused():
    assert (
        "4 trials (a square grid cannot use all 8), 2 different" in hyper_search_scene("grid", 8, 0).message
    )
    assert "9 trials, 3 different" in hyper_search_scene("grid", 9, 0).message
    assert "1 trial, 1 different" in hyper_search_scene("random", 1, 0).message


# the range test


def test_marks_of_a_known_curve():
    """In log η: flat to 0.01, down to 0.1, up as steeply to its start at 1, and on."""
    rates = np.geomspace(1e-3, 10, 101)
    losses = np.interp(np.log10(rates), [-3, -2, -1, 0, 1], [2, 2, 1, 2, 3])
    fastest, lowest, back = test_of_rates.landmarks(rates, losses)
    assert 0.01 < rates[fastest] < 0.1
    assert rates[lowest] == pytest.approx(0.1)
    assert rates[back] == pytest.approx(1, rel=0.11)  # the next rate above
    assert test_of_rates.landmarks(rates[:60], losses[:60])[2] is None


def test_training_run_is_what_the_message_says():
    for rate in (0.01, 0.3, 10.0):
        ended = test_of_rates.training_run(32, rate)[-10:].mean()
        assert f"comes to {ended:.2f}" in range_scene(32, 100, rate).message


def test_what_the_lecture_says_of_the_range_test():
    def ended(rate):
        return test_of_rates.training_run(32, rate)[-10:].mean()

    rates, losses = test_of_rates.rate_test(32, 100)
    fastest, lowest, back = (rates[mark] for mark in test_of_rates.landmarks(rates, losses))
    smooth = test_of_rates.smoothed(losses)
    fallen = smooth[0] - np.interp([0.02, 0.1], rates, smooth)  # it begins near 0.02
    assert 0.02 < fallen[0] < 0.1 < fallen[1]
    assert lowest == pytest.approx(0.49, abs=0.005) and back == pytest.approx(1.7, abs=0.05)
    assert 0.4 < fastest / lowest < 0.6
    assert ended(lowest) < ended(fastest) < 0.6 < ended(2 * lowest) and ended(1.0) > 1
    assert ended(0.02) > 1.8 and ended(back) > 1.8
    few, noisy = test_of_rates.rate_test(8, 25)
    assert few[test_of_rates.landmarks(few, noisy)[1]] < 0.05  # its marks are far off


def test_marks_do_not_hang_on_the_mini_batches():
    """Other batches, same picture: the lowest loss within a factor of two, the steepest fall before it."""
    network, start = test_of_rates._task()
    data, lowest = datasets.digits(), []
    for seed in range(10, 18):
        rng = np.random.default_rng(seed)

        def on_a_batch(theta, rng=rng):
            pick = rng.integers(0, len(data.x_train), 32)
            return network.loss_and_gradient(theta, data.x_train[pick], data.y_train[pick])

        rates, losses = learning_rate_range_test(on_a_batch, start, 1e-4, 10, 100)
        marks = test_of_rates.landmarks(rates, losses)
        assert 0.1 < rates[marks[0]] < rates[marks[1]]
        lowest.append(rates[marks[1]])
    assert min(lowest) > 0.3 and max(lowest) < 0.9


@pytest.mark.parametrize("batch_size", test_of_rates.BATCH_SIZES)
@pytest.mark.parametrize("steps", test_of_rates.STEPS)
def test_test_has_the_chosen_steps(batch_size, steps):
    scene = range_scene(batch_size, steps, 0.1)
    curve = next(layer for layer in scene.panels[0].layers if isinstance(layer, Line))
    assert len(curve.x) == len(curve.y) == steps
    np.testing.assert_allclose(curve.x[[0, -1]], (test_of_rates.LOW, test_of_rates.HIGH))


def test_widgets_start_from_their_arguments():
    assert which_curve(7).scene().message == curve_scene(7, clinic.OPEN).message
    assert hyper_search("random", 20, 3).scene().message == hyper_search_scene("random", 20, 3).message
    assert rate_range_test(64, 50, 0.1).scene().message == range_scene(64, 50, 0.1).message
