"""What assignment 07 says of its own solution, and of the baselines that it names."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import capstone, datasets, notebooks
from course_lib.carry_over import STAND_INS
from course_lib.exercises.capstone import judging, measure, task

ROOT = Path(__file__).resolve().parents[1]
UNIT = "07_training_recipe"


@pytest.fixture(scope="module")
def cells():
    return {
        cell.id: cell.source for cell in notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb").cells
    }


def nearest(x_known, y_known, x):
    """The label of the nearest, by squared differences."""
    return y_known[((x_known**2).sum(axis=1) - 2 * x @ x_known.T).argmin(axis=1)]


def test_the_baselines_of_the_log(cells):
    x, y, x_val, y_val = capstone.given()
    linear = judging.linear(task.plain(0)[0], np.round(255 * x_val).astype(np.uint8))
    read = {
        "A linear model reads": linear,
        "the nearest training signal": nearest(x, y, x_val),
        "moved by up to five places": nearest(*datasets.shifted_copies(x, y, 5), x_val),
    }
    for words, answers in read.items():
        said = re.search(rf"{words} (\d+) %", cells["a07-log"])
        assert abs(100 * np.mean(answers == y_val) - float(said[1])) <= 0.5, words


@pytest.mark.slow
def test_what_the_solution_reads_and_what_its_log_says(cells):
    names = {}
    exec(cells["a07-imports"], names)
    exec(cells["a07-train"], names)
    parts, given = SimpleNamespace(**STAND_INS), capstone.given()
    accuracies = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        network = capstone.network(parts, np.random.default_rng(seed + 1000))
        theta = names["train"](network, parts.Adam, *given, rng, capstone.BUDGET)
        accuracies.append(np.mean(network.predict(theta, given[2]).argmax(axis=1) == given[3]))
    assert "0.518 ± 0.015 on validation, five seeds" in cells["a07-log"]
    # Masks are other ones there, and other processors round otherwise, and a run carries it on.
    assert abs(np.mean(accuracies) - 0.518) < 0.04


def test_the_steps_are_told_as_they_are(cells):
    measured = measure.Measured()
    told = cells["a07-train-text"]
    for step, reach in enumerate(judging.STEPS, start=1):
        assert f"| {step} | {reach:.0%} |".replace("%", " %") in told
    for words, name in {
        "Adam at its default rate: ": "Adam at its default rate, signals as they are",
        "falls in the end: ": "signals as they are",
        "our recipe: ": measure.RECIPE,
    }.items():
        assert f"{words}{100 * measured.reach(name)[0]:.0f} %" in told
    linear, recipe = np.mean([measured.ends[str(seed)] for seed in measure.SEEDS], axis=(0, 1))
    assert f"reads about {100 * linear:.0f} % of the new signals, our recipe {100 * recipe:.0f} %" in told
    spread, without = (100 * measured.reach(name)[1] for name in (measure.RECIPE, "no schedule"))
    assert f"standard deviation of {spread:.0f} points, without a schedule of {without:.0f}" in told


def test_the_worked_example_counts_rightly(cells):
    told = cells["a07-train-text"]
    assert "an epoch of 600 signals has 10 updates, 9 full ones and one of 24" in told
    assert divmod(task.SIZES[0], capstone.BATCH) == (9, 24)
    assert "1000 / 10 = 100: the budget pays for 100 epochs" in told and capstone.BUDGET == 1000
    copies, _ = datasets.shifted_copies(np.array([[1.0, 2.0, 5.0, 3.0]]), np.array([0]), 1)
    assert copies[[2, 0]].tolist() == [[1, 1, 2, 5], [2, 5, 3, 3]]
    assert "(1, 1, 2, 5); by one to the left, (2, 5, 3, 3)" in told
