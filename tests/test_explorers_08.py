"""The dashboard and the scale of the loss: stored runs are what training does, and what is said is true of
them."""

import importlib
import json
from dataclasses import asdict

import numpy as np
import pytest

from course_lib import experiments
from course_lib.data import make_dashboard as script
from course_lib.data import make_gradient_sizes as sizes_script
from course_lib.data.adder import UPDATES, started, training
from course_lib.explorers import dashboard_scene, loss_scale_scene
from course_lib.modern import as_bfloat16, as_float16
from course_lib.scene import Bars, Film, Line

board = importlib.import_module("course_lib.explorers.dashboard")
scale = importlib.import_module("course_lib.explorers.loss_scale")

LINES = json.loads(script.FILE.read_text(encoding="utf-8"))
BY_SETTING = {script.Setting(**line["setting"]): line for line in LINES}


def scene(setting, **more):
    return dashboard_scene(**asdict(setting), **more)


def test_the_stored_runs_are_complete_and_small():
    assert list(BY_SETTING) == script.settings()
    for line in LINES:
        points = len(line["loss"])
        assert points <= UPDATES // script.EVERY
        assert np.shape(line["ratio"]) == (points, len(script.LAYERS)) and len(line["norm"]) == points
        times = points * script.EVERY // script.SELDOM
        assert len(line["accuracy"]) == len(line["averaged"]) == len(line["looks"]) - 1 == times
    assert script.FILE.stat().st_size < 400_000


@pytest.mark.parametrize("method", script.METHODS)
def test_a_stored_run_begins_as_training_does(method):
    """Its first updates, looked at another way."""
    setting = script.Setting(method, "warm-up and cosine", "post", True, 0.01)
    transformer, theta, data, rng = started(script.SEED, "post")
    run = training(transformer, theta, data, rng, 0.01, **script.METHODS[method])
    updates = [next(run) for _ in range(script.EVERY)]
    stored = BY_SETTING[setting]
    assert stored["loss"][0] == pytest.approx(np.mean([each.loss for each in updates]), rel=0.01)
    assert stored["norm"][0] == pytest.approx(max(each.norm for each in updates), rel=0.01)
    moved = transformer.arrays(updates[-1].theta - updates[-1].before)
    weights = transformer.arrays(updates[-1].before)
    head = np.linalg.norm(moved["U"]) / np.linalg.norm(weights["U"])
    assert stored["ratio"][0][-1] == pytest.approx(head, rel=0.02)


@pytest.mark.parametrize("setting", script.settings(), ids=str)
def test_what_is_said_of_a_run_is_true_of_it(setting):
    line, message = BY_SETTING[setting], scene(setting).message
    accuracy = np.array(line["accuracy"])
    learned = accuracy >= 0.95
    assert ("It diverged" in message) == (len(line["loss"]) < UPDATES // script.EVERY)
    if "It has 95 %" in message:
        assert learned[-1] and f"update {script.SELDOM * (1 + learned.tolist().index(True))}," in message
    elif "lost them again" in message:
        assert learned.any() and not learned[-1]
    elif "It never has" in message:
        assert not learned.any()
    assert f"{accuracy[-1]:.1%}" in message and f"{max(line['norm']):.2g}" in message


def test_what_the_lecture_says_of_the_switches_is_true_of_the_runs():
    ends = {setting: line["accuracy"][-1] for setting, line in BY_SETTING.items()}
    assert sum(end <= 0.88 for setting, end in ends.items() if setting.lr == 0.01) == 2
    best = {setting for setting, end in ends.items() if setting.lr == 0.05 and end > 0.99}
    assert {setting.schedule for setting in best} == {"warm-up and cosine"}
    told = {("Muon", "pre", False), ("Muon", "pre", True), ("AdamW", "pre", False), ("AdamW", "none", True)}
    assert {(setting.method, setting.norm, setting.clipped) for setting in best} == told


def test_each_position_looks_at_itself_and_before_it_only():
    for setting in script.settings():
        looks = board.run(setting).looks.reshape(-1, 2, 3, 4, 8)
        assert abs(looks.sum(axis=-1) - 1).max() < 0.3  # eight roundings to fifteenths
        for digit in range(3):
            assert not looks[:, :, digit, :, 6 + digit :].any()


def test_the_panels_show_the_numbers_of_the_run():
    setting = script.settings()[0]
    line, shown = BY_SETTING[setting], scene(setting, block=2, updates=300)
    loss = next(layer for layer in shown.panels[0].layers if isinstance(layer, Line))
    np.testing.assert_array_equal(loss.y, line["loss"])
    until = next(layer for layer in shown.until_now()[0].layers if isinstance(layer, Line))
    assert until.x[-1] == 300
    film = next(layer for layer in shown.panels[-1].layers if isinstance(layer, Film))
    heat = film.frames[film.turns[300]][0]
    words = line["looks"][300 // script.SELDOM].split()
    assert np.rint(15 * heat.levels[-1]).tolist() == [script.SYMBOLS.index(level) for level in words[12]]


# the scale of the loss


@pytest.mark.parametrize(("name", "rounded"), [("float16", as_float16), ("bfloat16", as_bfloat16)])
@pytest.mark.parametrize("moment", sizes_script.MOMENTS)
def test_what_vanishes_and_what_overflows_is_what_rounding_does(name, rounded, moment):
    """On a gradient with as many entries of each size as are stored, each within its power of two."""
    counted = scale.counts(moment)
    gradient = np.repeat(np.ldexp(1.4, scale.POWERS), counted.astype(int))
    for exponent in range(*scale.EXPONENTS, 4):
        kept = rounded(np.ldexp(gradient, exponent).astype(np.float32))
        vanished, over = scale.shares(name, moment, exponent)
        assert vanished == pytest.approx(np.mean(kept == 0))
        assert over == np.sum(np.isinf(kept))


def test_the_sizes_are_those_of_the_gradient():
    sizes = sizes_script.sizes(np.array([1.0, -1.99, 2.0, 0.25, 0.0, -0.3, 0.0]))
    assert sizes == {"-2": 2, "0": 2, "1": 1, "none": 2}
    stored = json.loads(sizes_script.FILE.read_text(encoding="utf-8"))
    assert list(stored) == [str(moment) for moment in sizes_script.MOMENTS]
    assert all(sum(line.values()) == 25_760 for line in stored.values())


def test_runs_stand_where_their_scale_is():
    shown = loss_scale_scene("float16", 16, 700)
    bars = [layer for layer in shown.panels[0].layers if isinstance(layer, Bars)]
    assert sum(np.sum(layer.y) for layer in bars) == pytest.approx(1)
    points = shown.panels[1].layers[2]
    runs = [run for run in experiments.stored("half_on_sums") if run["format"] == "float16"]
    assert sorted(zip(points.x, points.y, strict=True)) == sorted(
        (run["exponent"], run["accuracy"][-1]) for run in runs
    )
