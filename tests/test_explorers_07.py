"""The explorers of unit 07: the planted bugs show their tell-tales; the recipe's steps, closed forms."""

import importlib
import math

import numpy as np
import pytest

from course_lib.data import make_bug_hunt
from course_lib.data.make_bug_hunt import (
    APART,
    CLIPPED,
    DECAYED,
    HEALTHY,
    LEAK,
    LOST,
    SORTED,
    SUMMED,
    TWICE,
    UNSCALED,
    UPHILL,
    ZEROS,
)
from course_lib.explorers import bug_hunt, hunt_scene, recipe_steps, steps_scene
from course_lib.gradient_check import check_gradient
from course_lib.training import fit

hunt = importlib.import_module("course_lib.explorers.bug_hunt")
steps = importlib.import_module("course_lib.explorers.recipe_steps")
LOG10 = math.log(10)

# the bug hunt


def test_each_bug_is_a_case_once_and_has_its_own_tell_tale():
    assert sorted(hunt.CASES.values()) == sorted(hunt.runs()) == sorted(make_bug_hunt.BUGS)
    assert len(set(hunt.TELL_TALES.values())) == len(make_bug_hunt.BUGS) >= 7


@pytest.mark.parametrize("bug", [HEALTHY, LOST, TWICE])
def test_the_shipped_runs_are_those_of_the_script(bug):
    """Other processors round otherwise, and a run carries it on: the first updates, and roughly the end."""
    fresh, shipped = make_bug_hunt.run(bug), hunt.runs()[bug]
    np.testing.assert_allclose(fresh["loss"][:20], shipped.loss[:20], rtol=0.02)
    assert abs(fresh["val"][-1] - shipped.val[-1]) < 0.1


def test_the_loss_of_a_doubled_softmax_is_differentiated_rightly():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 4)

    def loss(theta):
        value, gradient = make_bug_hunt.twice(theta.reshape(4, 10), labels)
        return value, gradient.ravel()

    assert check_gradient(loss, rng.normal(size=40)) < 1e-7
    certain = 1000 * np.eye(10)[labels]
    assert make_bug_hunt.twice(certain, labels)[0] == pytest.approx(math.log(math.e + 9) - 1)  # 1.46


def end(run):
    return np.mean(run.loss[-20:])


def test_the_healthy_run_learns_and_those_with_a_bug_do_worse():
    healthy = hunt.runs()[HEALTHY]
    assert abs(healthy.loss[0] - LOG10) < 0.2
    assert healthy.train[-1] > healthy.val[-1] > 0.8
    for bug, run in hunt.runs().items():
        assert bug in (HEALTHY, LEAK) or run.val[-1] < healthy.val[-1] - 0.15


def test_the_tell_tales_are_true():
    runs = hunt.runs()
    assert abs(end(runs[APART]) - LOG10) < 0.05 and np.all(runs[APART].gradients > 0)
    jumps = np.abs(np.diff(runs[SORTED].loss[100:])).mean()
    assert jumps > 3 * np.abs(np.diff(runs[HEALTHY].loss[100:])).mean()
    assert runs[UNSCALED].loss[0] > 20 * LOG10 and np.all(runs[UNSCALED].gradients[:, -20:] == 0)
    assert runs[ZEROS].loss[0] == pytest.approx(LOG10, abs=0.005) and np.all(runs[ZEROS].gradients == 0)
    assert runs[TWICE].loss.min() > 1.46 and runs[TWICE].output[0] > -0.05 and runs[TWICE].output[1] < 1.05
    rising = runs[UPHILL].loss[:6]
    assert np.all(np.diff(rising) >= 0) and rising[-1] > 2 * rising[0]
    assert runs[SUMMED].train.max() > 0.7 and runs[SUMMED].train[-1] < 0.2
    assert np.all(runs[LOST].gradients[0] == 0) and np.all(runs[LOST].gradients[1:] > 0)
    assert runs[LOST].val[-1] > 0.4
    assert runs[CLIPPED].output[0] >= 0 and runs[CLIPPED].share[0] > 0.5
    frozen = runs[DECAYED].train[-10:]
    assert np.ptp(frozen) < 0.01 and runs[DECAYED].gradients[:, -10:].min() > 0.1
    assert np.array_equal(runs[LEAK].train, runs[LEAK].val) and runs[LEAK].val[-1] > 0.9


def test_a_guess_is_judged():
    for letter, bug in hunt.CASES.items():
        assert "What is wrong here?" in hunt_scene(letter, hunt.UNDECIDED).message
        assert bug not in hunt_scene(letter, hunt.UNDECIDED).alt
        assert f"Right: {bug}" in hunt_scene(letter, bug).message
        other = next(b for b in make_bug_hunt.BUGS if b != bug)
        wrong = hunt_scene(letter, other).message
        assert "Not this one" in wrong and hunt.TELL_TALES[other] in wrong and "Right:" not in wrong


def test_outputs_that_are_not_finite_are_said_to_be():
    panel = {letter: hunt_scene(letter, hunt.UNDECIDED).panels[-1] for letter in hunt.CASES}
    said = {letter for letter in panel if "finite" in getattr(panel[letter].layers[0], "text", "")}
    assert said == {letter for letter, bug in hunt.CASES.items() if bug == UPHILL}


# the recipe, step by step


def test_before_training_small_outputs_give_log_10():
    assert steps.run(steps.START, 0.01, 0.0, 0.0).train[0] == pytest.approx(LOG10, rel=1e-12)
    assert "Close to log 10" in steps_scene(steps.START, 0.01, 0.1, 0.0).message
    assert "Far from log 10" in steps_scene(steps.START, 0.01, 10.0, 0.0).message
    assert len(steps.run(steps.START, 0.01, 1.0, 0.0).train) == 1


def test_without_inputs_the_entropy_is_the_floor():
    share = np.bincount(steps._data()[1], minlength=10) / steps.EXAMPLES
    best = -sum(p * math.log(p) for p in share)
    assert steps.entropy() == pytest.approx(best)
    run = steps.run(steps.BLIND, 0.01, 1.0, 0.0)
    assert best <= run.train[-1] < best + 0.002 < LOG10 - 0.008  # not log 10, where it started
    assert "It has learned" in steps_scene(steps.BLIND, 0.01, 1.0, 0.0).message
    for rate in (1e-4, 1e-3, 0.1, 1.0):  # next to nothing learned, or jumping about
        assert "Not there" in steps_scene(steps.BLIND, rate, 1.0, 0.0).message


def test_one_batch_is_overfitted_at_a_good_rate_and_not_at_a_tiny_one():
    assert "Go on" in steps_scene(steps.ONE_BATCH, 0.01, 1.0, 0.0).message
    for rate in (1e-4, 1e-3, 1.0):
        assert "Not yet" in steps_scene(steps.ONE_BATCH, rate, 1.0, 0.0).message


def test_what_the_lecture_says_of_the_steps():
    badly, well = steps.run(steps.ALL, 0.01, 10.0, 0.0), steps.run(steps.ALL, 0.01, 0.1, 0.0)
    assert f"{badly.val_accuracy[-1]:.0%}, {well.val_accuracy[-1]:.0%}" == "47%, 69%"
    assert "Go on" in steps_scene(steps.ONE_BATCH, 0.01, 10.0, 0.0).message
    assert well.train[-1] < 0.05 and f"{well.val[-1]:.1f}" == "0.9"
    for rate in steps.RATES[1:]:
        thinned = steps.run(steps.DROPOUT, 0.01, 0.1, rate)
        assert thinned.train[-1] > well.train[-1] and thinned.val[-1] > well.val[-1]
        assert thinned.val[-1] - thinned.train[-1] < well.val[-1] - well.train[-1]
        said = steps_scene(steps.DROPOUT, 0.01, 0.1, rate).message
        bare = f"accuracy {well.val_accuracy[-1]:.1%}"
        assert f"Without dropout: a gap of 0.89, validation loss 0.91, {bare}." in said
        assert "smaller, the validation loss is no lower, the accuracy no higher: on these digits" in said
    assert np.array_equal(steps.run(steps.DROPOUT, 0.01, 0.1, 0.0).train, well.train)
    assert "Without dropout" not in steps_scene(steps.DROPOUT, 0.01, 0.1, 0.0).message


def test_a_lower_loss_is_no_gain_where_no_more_digits_are_read():
    """As step 5 opens, the last layer ten times too large."""
    bare = steps.run(steps.ALL, 0.01, 10.0, 0.0)
    for rate in steps.RATES[1:]:
        thinned = steps.run(steps.DROPOUT, 0.01, 10.0, rate)
        assert thinned.val[-1] < bare.val[-1] and thinned.val_accuracy[-1] < bare.val_accuracy[-1]
        said = steps_scene(steps.DROPOUT, 0.01, 10.0, rate).message
        assert "the validation loss is lower, the accuracy no higher: on these digits it does not pay" in said
    assert steps_scene(steps.DROPOUT, 0.003, 10.0, 0.2).message.endswith("the accuracy higher: here it pays.")


def test_dropout_matters_in_its_step_only():
    assert steps_scene(steps.ALL, 0.01, 1.0, 0.6).message == steps_scene(steps.ALL, 0.01, 1.0, 0.0).message


def test_a_step_is_what_fit_does():
    """One full batch at a time needs no order: the same losses, but for rounding."""
    x, y, x_val, y_val = steps._data()
    x, y = x[: steps.BATCH], y[: steps.BATCH]
    network = steps.Network([steps.Dense(64, steps.WIDTH), steps.ReLU(), steps.Dense(steps.WIDTH, 10)])
    theta = network.initialize(np.random.default_rng(1))
    rng = np.random.default_rng(0)
    _, history = fit(
        network, theta, steps.Adam(0.01), (x, y), epochs=steps.UPDATES, batch_size=len(x), rng=rng,
        validation=(x_val, y_val), progress=False,
    )  # fmt: skip
    run = steps.run(steps.ONE_BATCH, 0.01, 1.0, 0.0)
    every = slice(steps.EVERY - 1, None, steps.EVERY)
    np.testing.assert_allclose(run.train[1:], history.train_loss[every], rtol=1e-4)
    np.testing.assert_allclose(run.val[1:], history.val_loss[every], rtol=1e-4)


def test_every_kind_of_state_can_be_drawn():
    scenes = [steps_scene(step, 1.0, 10.0, 0.6) for step in steps.STEPS]
    for scene in [*scenes, *(hunt_scene(letter, hunt.UNDECIDED) for letter in hunt.CASES)]:
        assert scene.message in scene.alt
        for panel in scene.panels:
            for axis in (panel.x, panel.y):
                assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]


def test_widgets_start_from_their_arguments():
    assert bug_hunt("C").scene().message == hunt_scene("C", hunt.UNDECIDED).message
    assert recipe_steps(scale=1.0).scene().message == steps_scene(steps.START, 0.01, 1.0, 0.4).message
