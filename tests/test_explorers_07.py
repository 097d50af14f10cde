"""The explorers of unit 07: the planted bugs show their tell-tales; the recipe's steps, the stored runs."""

import importlib
import json
import math
import re
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from course_lib import datasets, notebooks, planted
from course_lib.data import make_recipe_steps
from course_lib.explorers import bug_hunt, hunt_scene, recipe_steps, steps_scene
from course_lib.gradient_check import check_gradient
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.planted import (
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
from course_lib.scene import Line, Points
from course_lib.training import fit

hunt = importlib.import_module("course_lib.explorers.bug_hunt")
steps = importlib.import_module("course_lib.explorers.recipe_steps")
LOG10 = math.log(10)
LECTURE = Path(__file__).resolve().parents[1] / "notebooks" / "07_training_recipe.ipynb"

# the bug hunt


def test_each_bug_is_a_case_once_and_has_its_own_tell_tale():
    assert sorted(hunt.CASES.values()) == sorted(hunt.runs()) == sorted(planted.BUGS)
    assert len(set(hunt.TELL_TALES.values())) == len(planted.BUGS) >= 7


@pytest.mark.parametrize("bug", [HEALTHY, LOST, TWICE])
def test_the_shipped_runs_are_those_of_the_script(bug):
    """Other processors round otherwise, and a run carries it on: the first updates, and roughly the end."""
    fresh, shipped = planted.run(bug), hunt.runs()[bug]
    np.testing.assert_allclose(fresh["loss"][:20], shipped.loss[:20], rtol=0.02)
    assert abs(fresh["val"][-1] - shipped.val[-1]) < 0.1


def test_the_loss_of_a_doubled_softmax_is_differentiated_rightly():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 4)

    def loss(theta):
        value, gradient = planted.twice(theta.reshape(4, 10), labels)
        return value, gradient.ravel()

    assert check_gradient(loss, rng.normal(size=40)) < 1e-7
    certain = 1000 * np.eye(10)[labels]
    assert planted.twice(certain, labels)[0] == pytest.approx(math.log(math.e + 9) - 1)  # 1.46


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
        other = next(b for b in planted.BUGS if b != bug)
        wrong = hunt_scene(letter, other).message
        assert "Not this one" in wrong and hunt.TELL_TALES[other] in wrong and "Right:" not in wrong


def test_outputs_that_are_not_finite_are_said_to_be():
    panel = {letter: hunt_scene(letter, hunt.UNDECIDED).panels[-1] for letter in hunt.CASES}
    said = {letter for letter in panel if "finite" in getattr(panel[letter].layers[0], "text", "")}
    assert said == {letter for letter, bug in hunt.CASES.items() if bug == UPHILL}


# the recipe, step by step

STORED = json.loads(make_recipe_steps.FILE.read_text(encoding="utf-8"))
VALUES = tuple(product(steps.MODELS, steps.RATES, steps.SCALES, steps.DROPPED))
STATES = [(step, *values) for step in steps.STEPS for values in VALUES]


def ended(kind, lr, scale=1.0, rate=0.0, measured="val_accuracy"):
    """What the stored runs come to, seed by seed."""
    [line] = [
        line
        for line in STORED
        if (line["kind"], line["lr"], line["scale"], line["rate"]) == (kind, lr, scale, rate)
    ]
    return np.array([curve[-1] for curve in line[measured]])


NAMES = ("model", "lr", "scale", "rate")


def scene(step, model=make_recipe_steps.ALL, lr=0.001, scale=1.0, rate=0.0):
    return steps_scene(step, model, lr, scale, rate)


def test_the_stored_steps_are_complete_and_small():
    settings = [
        make_recipe_steps.Setting(*(line[name] for name in ("kind", "lr", "scale", "rate")))
        for line in STORED
    ]
    assert settings == make_recipe_steps.settings()
    shape = len(make_recipe_steps.SEEDS), 1 + make_recipe_steps.TIMES
    for line in STORED:
        for name in ("train_loss", "train_accuracy", "val_accuracy"):
            assert np.shape(line[name]) == shape and np.isfinite(line[name]).all()
    assert make_recipe_steps.FILE.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("kind", "lr", "scale", "hidden", "n", "epochs"),
    [
        (make_recipe_steps.ALL, 0.01, 1.0, (128, 128), 4000, 40),
        (make_recipe_steps.ONE_BATCH, 0.001, 10.0, (128, 128), 20, 140),
        (make_recipe_steps.LINEAR, 0.003, 1.0, (), 4000, 40),
    ],
)
def test_a_stored_step_is_what_fit_does(kind, lr, scale, hidden, n, epochs):
    """Trained anew another way, with seed 3. Other processors round otherwise, and a run carries it on."""
    data = datasets.signals(4000, 4000, 4000, seed=3)
    x, x_val = data.x_train[:n].astype(np.float32), data.x_val.astype(np.float32)
    y, rng = data.y_train[:n], np.random.default_rng(3)
    layers = [
        layer for fan_in, fan_out in pairwise((40, *hidden)) for layer in (Dense(fan_in, fan_out), ReLU())
    ]
    network = Network([*layers, Dense((40, *hidden)[-1], 10)])
    theta = network.initialize(rng, np.float32)
    network.views(theta)[-1]["W"][...] *= scale
    first = network.loss(theta, x, y)
    updates = epochs * math.ceil(n / 64)
    theta, _ = fit(
        network, theta, Adam(lr), (x, y), epochs=epochs, batch_size=64, rng=rng,
        schedule=lambda t: lr * (1 + math.cos(math.pi * t / updates)) / 2, progress=False,
    )  # fmt: skip
    [line] = [
        line
        for line in STORED
        if (line["kind"], line["lr"], line["scale"], line["rate"]) == (kind, lr, scale, 0)
    ]
    assert line["train_loss"][3][0] == pytest.approx(first, rel=0.01)
    for name, inputs, labels in (("train_accuracy", x, y), ("val_accuracy", x_val, data.y_val)):
        found = np.mean(network.predict(theta, inputs).argmax(axis=1) == labels)
        assert line[name][3][-1] == pytest.approx(found, abs=0.02)


def test_where_settings_meet_the_steps_and_the_remedies_are_the_same_runs():
    remedy = {"nothing": 0.0, "dropout 0.1": 0.1, "dropout 0.3": 0.3, "dropout 0.5": 0.5}
    shared = [
        run for run in datasets.signal_runs() if (run.n, run.hidden) == (4000, 2) and run.remedy in remedy
    ]
    assert len(shared) == 36
    for run in shared:
        found = ended(make_recipe_steps.ALL, run.rate, 1.0, remedy[run.remedy])[run.seed]
        assert found == pytest.approx(run.val_accuracy[-1], abs=0.02)


def test_before_training_small_outputs_give_log_10():
    for scale, said in ((0.1, "Close to log 10"), (1.0, "A little above log 10"), (10.0, "Far from log 10")):
        [line] = [
            line
            for line in STORED
            if (line["kind"], line["lr"], line["scale"], line["rate"])
            == (make_recipe_steps.ALL, 0.01, scale, 0)
        ]
        loss = np.mean([curve[0] for curve in line["train_loss"]])
        message = scene(steps.START, lr=0.01, scale=scale).message
        assert message.startswith(f"Loss before any update: {loss:.3g}. {said}")


def test_without_inputs_nothing_is_learned_and_no_gain_hides_it():
    """Each class is as frequent as any other: nothing is better than log 10, and one in ten is right."""
    for lr in steps.RATES:
        losses = ended(make_recipe_steps.BLIND, lr, measured="train_loss")
        assert (losses > LOG10 - 0.005).all() and (ended(make_recipe_steps.BLIND, lr) == 0.1).all()
    assert "10.0% of new signals" in scene(steps.BASELINES, make_recipe_steps.BLIND).message


def against(step, model, lr, scale, rate):
    """The accuracies of a state and of what it is held against, from the stored runs themselves."""
    whole = make_recipe_steps.ALL
    if step == steps.START:
        return ended(whole, lr, scale), ended(whole, lr, 1.0)
    if step == steps.BASELINES:
        mine = ended(whole, lr, scale) if model == whole else ended(model, lr)
        return mine, ended(make_recipe_steps.LINEAR, lr)
    if step == steps.BY_HEART:
        return ended(make_recipe_steps.ONE_BATCH, lr, scale), np.full(5, 0.1)
    if step == steps.FIT:
        return ended(whole, lr, scale), ended(whole, 0.001, scale)
    return ended(whole, lr, scale, rate), ended(whole, lr, scale, 0.0)


def test_a_gain_is_that_over_the_same_seeds_and_pays_if_it_is_twice_its_standard_error():
    for state in STATES:
        mine, before = against(*state)
        gained = 100 * (mine - before)
        error = np.std(gained, ddof=1) / math.sqrt(5)
        message = steps_scene(*state).message
        decides = steps.STEPS[state[0]]
        if dict(zip(NAMES, state[1:], strict=True))[decides.control] == decides.against:
            assert "The others are held against" in message
            continue
        told, of = map(float, re.search(r"([+-][\d.]+) ± ([\d.]+) points", message).groups())
        assert (told, of) == (pytest.approx(gained.mean(), abs=0.051), pytest.approx(error, abs=0.051))
        if state[0] != steps.BY_HEART:
            assert message.endswith("; it pays.") == (gained.mean() > 2 * error)
            assert message.endswith("; it costs.") == (gained.mean() < -2 * error)
            assert ("brings nothing" in message) == (abs(gained.mean()) <= 2 * error)


def test_the_picture_shows_the_gains_with_their_seeds_and_error_bars():
    for step in steps.STEPS:
        state = (step, make_recipe_steps.ALL, 0.01, 3.0, 0.3)
        mine, before = against(*state)
        gained = 100 * (mine - before)
        panel = steps_scene(*state).panels[-1]
        [handle] = panel.handles
        number = list(steps.STEPS[step].called).index(
            dict(zip(NAMES, state[1:], strict=True))[steps.STEPS[step].control]
        )
        assert handle.x == handle.places_x[number]
        rings = [
            layer.y[number] for layer in panel.layers if isinstance(layer, Points) and layer.shape == "ring"
        ]
        assert rings == pytest.approx(gained)
        [mean] = [layer for layer in panel.layers if isinstance(layer, Points) and layer.shape == "disc"]
        assert mean.y[number] == pytest.approx(gained.mean())
        [bars] = [layer for layer in panel.layers if isinstance(layer, Line) and np.isnan(layer.y).any()]
        low, high, _ = np.reshape(bars.y, (-1, 3))[number]
        assert (high - low) / 2 == pytest.approx(2 * np.std(gained, ddof=1) / math.sqrt(5))
        assert (high + low) / 2 == pytest.approx(gained.mean())


def test_a_batch_is_learned_by_heart_where_each_seed_does_it():
    for lr, scale in product(steps.RATES, steps.SCALES):
        loss, right = (
            ended(make_recipe_steps.ONE_BATCH, lr, scale, measured=name)
            for name in ("train_loss", "train_accuracy")
        )
        learned = bool((loss < 0.05).all() and (right == 1).all())
        message = scene(steps.BY_HEART, lr=lr, scale=scale).message
        assert ("Go on" in message, "Not yet" in message) == (learned, not learned)
        assert "brings nothing to keep" in message


def test_what_the_lecture_says_of_the_steps():
    cells = {cell.id: cell.source for cell in notebooks.read(LECTURE).cells}
    whole = make_recipe_steps.ALL
    bad, well, tuned = (ended(whole, *of) for of in ((0.001, 10.0), (0.001, 1.0), (0.01, 1.0)))
    reads = [round(100 * accuracy.mean()) for accuracy in (bad, tuned)]
    assert re.search(r"from (\d+) in 100 do you get\?", cells["baselines-text"]).group(1) == str(reads[0])
    told = re.search(
        r"He's scale gains (\d+) points, a still smaller one nothing beyond chance. The rate 0.01 gains "
        r"(\w+) more: (\d+) in 100. There dropout 0.1 pays, ([\d.]+) points; the usual 0.5 costs (\w+)\.",
        cells["steps-answer"],
    ).groups()
    little, usual = (100 * (ended(whole, 0.01, 1.0, rate) - tuned).mean() for rate in (0.1, 0.5))
    words = {10: "ten", -7: "seven"}
    more = words[round(100 * (tuned - well).mean())]
    wanted = str(round(100 * (well - bad).mean())), more, str(reads[1]), f"{little:.1f}", words[round(usual)]
    assert told == wanted
    assert "brings nothing" in scene(steps.START, scale=0.1).message
    passed = [lr for lr in steps.RATES if "Go on" in scene(steps.BY_HEART, lr=lr, scale=10.0).message]
    assert passed == list(steps.RATES[1:])  # it fails at the smallest rate only
    assert "Go on" in scene(steps.BY_HEART, lr=0.1).message and (ended(whole, 0.1) == 0.1).all()


def test_dropout_matters_in_its_step_only():
    assert scene(steps.FIT, rate=0.5).message == scene(steps.FIT, rate=0.0).message


def test_every_kind_of_state_can_be_drawn():
    scenes = [steps_scene(*state) for state in STATES]
    for drawn in [*scenes, *(hunt_scene(letter, hunt.UNDECIDED) for letter in hunt.CASES)]:
        assert drawn.message in drawn.alt
        for panel in drawn.panels:
            for axis in (panel.x, panel.y):
                assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]


def test_widgets_start_from_their_arguments():
    assert bug_hunt("C").scene().message == hunt_scene("C", hunt.UNDECIDED).message
    assert recipe_steps(scale=1.0).scene().message == scene(steps.START).message
    assert (
        recipe_steps(steps.DROPOUT, lr=0.01, scale=1.0, rate=0.1).scene().message
        == scene(steps.DROPOUT, lr=0.01, rate=0.1).message
    )
