"""Stored runs are those that their experiment makes, and what is said of them holds on other seeds too."""

import json
import math
import sys
import time
from datetime import date
from itertools import product

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from course_lib import experiments
from course_lib.errors import CourseError
from course_lib.experiments import __main__ as command
from course_lib.experiments import best, picked

NAMES = experiments.names()
RANKING = [name for name in NAMES if hasattr(experiments.experiment(name), "holds")]
TODAY = date.today().toordinal()  # a day's run, and a day's ranking: each has its turn
MOST_BYTES = 5 * 10**6  # of all stored runs together
MOST_SECONDS = 60  # of computing, for a ranking on fresh seeds

each_experiment = pytest.mark.parametrize("name", NAMES)


def key(run, of):
    return run["seed"], *((name, run[name]) for name in of)


@each_experiment
def test_what_is_stored_is_each_setting_with_each_seed(name):
    of, runs = experiments.experiment(name), experiments.stored(name)
    keys = [key(run, setting) for run, (setting, _) in zip(runs, product(of.SETTINGS, of.SEEDS), strict=True)]
    assert keys == [(seed, *setting.items()) for setting, seed in product(of.SETTINGS, of.SEEDS)]
    assert len(set(keys)) == len(keys)
    assert len(of.SEEDS) >= 3 and not set(of.SEEDS) & set(of.FRESH)
    measured = {tuple(run.keys() - {"seed"} - of.SETTINGS[0].keys()) for run in runs}
    assert len({frozenset(each) for each in measured}) == 1, "each run measures the same"
    assert of.__doc__ and "Source:" in of.__doc__


def test_stored_runs_are_small_and_all_have_an_experiment():
    files = list(experiments.FOLDER.iterdir())
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert sorted(path.stem for path in files) == NAMES


@pytest.mark.slow
def test_a_run_of_the_day_is_made_again():
    """Of those that are ranked, and of a curve where it begins: rounding differs from machine to machine and
    grows in a run, fastest at rates that are too high, where a change of a millionth leads elsewhere."""
    stored = [(name, setting, run) for name in NAMES for setting, run in ranked_runs(name)]
    name, setting, run = stored[TODAY % len(stored)]
    with threadpool_limits(1):
        again = experiments.one(name, run["seed"], setting)
    assert again.keys() == run.keys()
    for what in run:
        assert beginning(again[what]) == near(beginning(run[what])), f"{name}, {key(run, setting)}: {what}"


def beginning(value):
    return value[0] if isinstance(value, list) else value


def near(value):
    return value if isinstance(value, str) else pytest.approx(value, rel=0.1, abs=0.05, nan_ok=True)


def ranked(name):
    """The settings that an experiment ranks."""
    of = experiments.experiment(name)
    return of.compared() if hasattr(of, "compared") else of.SETTINGS


def ranked_runs(name):
    """Their stored runs, each with its setting."""
    runs = experiments.stored(name)
    return [(setting, run) for setting in ranked(name) for run in runs if setting.items() <= run.items()]


@pytest.mark.parametrize("name", RANKING)
def test_what_is_said_of_the_runs_holds(name):
    assert experiments.experiment(name).holds([run for _, run in ranked_runs(name)]) == []


@pytest.mark.slow
def test_what_is_said_of_the_runs_of_the_day_holds_on_fresh_seeds():
    """The seeds are fixed, so that nothing is left to chance."""
    name = RANKING[TODAY % len(RANKING)]
    of = experiments.experiment(name)
    begun = time.process_time()
    with threadpool_limits(1):
        runs = [experiments.one(name, seed, setting) for setting, seed in product(ranked(name), of.FRESH)]
    assert of.holds(runs) == []
    took = time.process_time() - begun
    assert took < MOST_SECONDS, f"{name} computes for {took:.0f} s on fresh seeds: fewer, or shorter runs"


# the helpers, on runs made up


def made_up(**losses):
    """One method's runs: a rate's losses over the seeds, at the second of two horizons; it begins with 9."""
    return [
        {"seed": seed, "method": "A", "lr": float(lr[1:]) / 100, "loss": [9.0, loss], "score": -loss}
        for lr, values in losses.items()
        for seed, loss in reversed(list(enumerate(values)))
    ]


RUNS = made_up(r1=[3.0, 3.2], r3=[1.0, 1.2], r10=[2.0, 2.2], r30=[0.5, math.nan], r100=[4.0, 4.0])


def test_picked_are_values_in_the_order_of_seeds():
    assert picked(RUNS, "score", lr=0.03).tolist() == [-1.0, -1.2]
    assert picked(RUNS, "loss", method="A", lr=0.1).tolist() == [[9.0, 2.0], [9.0, 2.2]]


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ({"lr": 0.5}, "No run has lr = 0.5"),
        ({"method": "A"}, "several runs with method = A: name more of the setting"),
        ({}, "several runs with any setting: name more"),
    ],
)
def test_what_cannot_be_picked_is_said(setting, says):
    with pytest.raises(ValueError, match=says):
        picked(RUNS, "loss", **setting)


def test_the_best_is_that_of_the_mean_and_a_run_that_diverged_is_none():
    assert best(RUNS, "loss", "lr", method="A") == best(RUNS, "score", "lr", largest=True) == 0.03


def test_a_best_at_the_edge_is_refused():
    for runs in (made_up(r1=[1], r3=[2], r10=[3]), made_up(r1=[3], r3=[2], r10=[1]), made_up(r1=[1])):
        with pytest.raises(ValueError, match=r"with method = A is 0.* at the edge.* a wider grid\.$"):
            best(runs, "loss", "lr", method="A")
    with pytest.raises(ValueError, match=r"The best lr with any setting is 0\.01, at the edge"):
        best(RUNS, "loss", "lr", at=0)  # all are alike there


def test_a_best_of_no_runs_is_refused():
    with pytest.raises(ValueError, match="No run has method = B"):
        best(RUNS, "loss", "lr", method="B")


def test_an_unknown_experiment_is_told_the_known_ones(capsys):
    for ask in (experiments.runs, experiments.stored, experiments.made):
        with pytest.raises(ValueError, match=f"no experiment 'none'; there are .*{NAMES[0]}"):
            ask("none")
    for asked in ([], ["none"], [NAMES[0], "none"], ["--missing"]):
        assert command.main(asked) == 2
        assert NAMES[0] in capsys.readouterr().err


SMALL = "methods_on_signals"
FEW = [{"method": "SGD", "lr": lr} for lr in (0.1, 3.0)]


@pytest.mark.slow
def test_where_there_are_no_processes_the_stored_runs_are_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "concurrent.futures.process", None)
    monkeypatch.delattr("concurrent.futures.ProcessPoolExecutor", raising=False)
    with pytest.raises(CourseError, match="does not have: take the stored ones"):
        experiments.runs(NAMES[0], full=True)
    assert experiments.runs(NAMES[0])


def test_made_and_stored_runs_are_alike(tmp_path, monkeypatch, capsys):
    """Two processes make them; the second one diverges, and is stored as JSON all the same."""
    of = experiments.experiment(SMALL)
    was = [experiments.stored(SMALL)[i] for i in (of.SETTINGS.index(each) * len(of.SEEDS) for each in FEW)]
    monkeypatch.setattr(of, "SETTINGS", FEW)
    monkeypatch.setattr(of, "SEEDS", [0])
    monkeypatch.setattr(experiments, "FOLDER", tmp_path / "experiments")
    assert command.main([SMALL]) == 0
    assert "2 of 2 runs" in capsys.readouterr().out
    json.loads((tmp_path / f"experiments/{SMALL}.json").read_text("utf-8"), parse_constant=pytest.fail)
    again = experiments.stored(SMALL)
    assert np.isnan(again[1]["val_loss"][-1])
    for run, before in zip(again, was, strict=True):
        assert all(beginning(run[what]) == near(beginning(before[what])) for what in before)


def test_missing_runs_are_added_in_their_place_and_stored_ones_stay(tmp_path, monkeypatch):
    of = experiments.experiment(SMALL)
    asked = []

    def made(name, settings, seeds):
        asked.extend((setting["lr"], seed) for setting in settings for seed in seeds)
        return [{"seed": seed, **setting, "loss": -1.0} for setting in settings for seed in seeds]

    monkeypatch.setattr(experiments, "made", made)
    monkeypatch.setattr(experiments, "FOLDER", tmp_path)
    monkeypatch.setattr(of, "SETTINGS", FEW)
    monkeypatch.setattr(of, "SEEDS", [0, 1])
    kept = {"seed": 1, **FEW[0], "loss": 2.5}
    (tmp_path / f"{SMALL}.json").write_text(json.dumps([kept]), "utf-8")
    assert command.main(["--missing", SMALL]) == 0
    assert asked == [(0.1, 0), (3.0, 0), (3.0, 1)]
    runs = experiments.stored(SMALL)
    assert [(run["lr"], run["seed"]) for run in runs] == [(0.1, 0), (0.1, 1), (3.0, 0), (3.0, 1)]
    assert [run["loss"] for run in runs] == [-1.0, 2.5, -1.0, -1.0]
