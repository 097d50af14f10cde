"""Right answers pass, in whatever style they are written."""

import re
from importlib import import_module

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.folders import FOLDER, about, find, styles
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

FOLDERS = sorted(path.parent.name for path in FOLDER.glob("*/exercise.toml"))
TRAINS = {"capstone": pytest.mark.slow}  # each answer trains a network
NAMES = [pytest.param(name, marks=TRAINS.get(name, ())) for name in FOLDERS]


@pytest.mark.parametrize("name", NAMES)
def test_every_style_passes_on_any_seed(name):
    exercise = find(name)
    assert len(styles(name)) >= 8
    for seed in range(12):
        cases = exercise.cases(seed)
        for style, student in styles(name).items():
            report = verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))
            assert report.passed and report.diagnosis is None, (style, seed, report.text())


@pytest.mark.parametrize("name", [name for name in FOLDERS if about(name).textbook])
def test_the_textbooks_own_passes_on_any_seed(name):
    module, title = about(name).textbook.split(".")
    student = getattr(import_module(f"course_lib.{module}"), title)
    for seed in range(12):
        cases = find(name).cases(seed)
        assert verdict(find(name), cases, probe(student, [case.asked for case in cases], seconds=60)).passed


@pytest.mark.parametrize("name", NAMES)
def test_every_style_gets_all_points_in_a_graded_cell(name, capfd):
    for student in styles(name).values():
        points = check(name, student, points=5)
        assert type(points) is float
        assert points == 5.0
        shown = capfd.readouterr()
        assert shown.err == ""
        passed, of = re.search(r"(\d+) of (\d+) cases pass", shown.out).groups()
        assert passed == of


def test_more_precision_than_asked_for_is_right_and_is_mentioned():
    class AdaGrad:
        def __init__(self, lr, eps=1e-8):
            self.lr, self.eps, self.s = lr, eps, None

        def step(self, theta, gradient):
            self.s = np.zeros(theta.shape) if self.s is None else self.s
            self.s = self.s + gradient**2
            return theta - self.lr * gradient / (np.sqrt(self.s) + self.eps)

    report = check("adagrad", AdaGrad)
    assert report.passed
    assert any("float64 where float32 came in" in note for note in report.notes)
