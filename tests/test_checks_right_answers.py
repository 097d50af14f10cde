"""Right answers pass, in whatever style they are written."""

from importlib import import_module

import numpy as np
import pytest
from right_optimizers import RIGHT

from course_lib.checks import check
from course_lib.exercises.folders import FOLDER, about, find, styles
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

STYLES = [(name, student) for name, students in RIGHT.items() for student in students]
OWN = sorted(path.parent.name for path in FOLDER.glob("*/exercise.toml"))
TRAINS = {"capstone": pytest.mark.slow}  # each answer trains a network


@pytest.mark.parametrize(("name", "student"), STYLES, ids=[s.__name__ for _, s in STYLES])
def test_every_style_passes_on_any_seed(name, student):
    exercise = find(name)
    for seed in range(4):
        cases = exercise.cases(seed)
        report = verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))
        assert report.passed, report.text()
        assert report.diagnosis is None


@pytest.mark.parametrize("name", RIGHT)
def test_there_are_at_least_eight_styles_for_each(name):
    assert len(set(RIGHT[name])) >= 8


@pytest.mark.parametrize("name", [pytest.param(name, marks=TRAINS.get(name, ())) for name in OWN])
def test_every_style_in_an_exercises_folder_passes_on_any_seed(name):
    exercise = find(name)
    assert len(styles(name)) >= 8
    for seed in range(12):
        cases = exercise.cases(seed)
        for style, student in styles(name).items():
            report = verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))
            assert report.passed, (style, seed, report.text())


@pytest.mark.parametrize("name", [name for name in OWN if about(name).textbook])
def test_the_textbooks_own_passes_on_any_seed(name):
    module, title = about(name).textbook.split(".")
    student = getattr(import_module(f"course_lib.{module}"), title)
    for seed in range(12):
        cases = find(name).cases(seed)
        assert verdict(find(name), cases, probe(student, [case.asked for case in cases], seconds=60)).passed


@pytest.mark.parametrize(("name", "student"), STYLES, ids=[s.__name__ for _, s in STYLES])
def test_every_style_gets_all_points_in_a_graded_cell(name, student, capfd):
    points = check(name, student, points=5)
    assert type(points) is float
    assert points == 5.0
    shown = capfd.readouterr()
    assert shown.err == ""
    assert "7 of 7 cases pass" in shown.out


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
