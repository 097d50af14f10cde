"""Runs whose cause is known, and the steps of credit for naming those that nobody has seen."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks, tuning
from course_lib.exercises.diagnose_runs import measure
from course_lib.exercises.diagnose_runs.judging import STEPS, drawn
from course_lib.exercises.folders import about, find
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict
from course_lib.labelled_runs import labelled_runs

# How many steps each kind of answer reaches, at least and at most.
REACH = {
    "guess": (0, 0),
    "one feature: the level": (0, 0),
    "one feature: the end": (0, 0),
    "one feature: the jumps": (0, 0),
    "two features: the level, the beginning": (1, 2),
    "the table of diagnose": (0, 0),
    "nearest, raw": (0, 0),
    "nearest, divided": (2, 2),
    "nearest, logarithms": (1, 2),
    "rules of one's own": (2, 3),
    "softmax regression": (3, 3),
    "five features": (3, 3),
}


def judged(student, seed=1):
    exercise = find("diagnose_runs")
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


def test_runs_come_as_asked_and_from_their_seed():
    losses, causes = labelled_runs(3, seed=5)
    assert losses.shape == (24, 2, 31)
    assert sorted(causes) == sorted(3 * tuning.CAUSES)
    again, same = labelled_runs(3, seed=5)
    assert np.array_equal(losses, again, equal_nan=True) and causes == same
    assert not np.array_equal(losses, labelled_runs(3, seed=6)[0], equal_nan=True)
    with pytest.raises(ValueError, match="at least 1"):
        labelled_runs(0)


def test_each_cause_does_to_a_run_what_its_name_says():
    losses, causes = labelled_runs(20, seed=3)
    train, val = (losses / losses[:, :1, :1]).swapaxes(0, 1)
    of = {cause: np.array([c == cause for c in causes]) for cause in tuning.CAUSES}
    end, gap = train[:, -1], val[:, -1] - train[:, -1]
    assert np.isfinite(losses[~of["diverged"]]).all()
    assert not (end[of["diverged"]] < 1e4).any()  # NaN, or as large
    assert (end[of["good"]] < 0.1).all() and np.median(end[of["underfitting"]]) > 0.2
    assert np.median(gap[of["overfitting"]]) > 5 * np.median(gap[of["good"]])
    assert (train[of["plateau"], 2] > 0.9).all() and (end[of["plateau"]] < 0.5).all()
    assert (np.diff(train[of["rate too low"]]) < 0).all()
    jumps = np.abs(np.diff(train[:, 10:], 2)).mean(axis=1)
    good, noisy, too_high = (np.median(jumps[of[name]]) for name in ("good", "noisy", "rate too high"))
    assert 5 * good < noisy < too_high / 5


@pytest.mark.parametrize("answer", REACH)
def test_luck_decides_no_step_but_those_between_the_two(answer):
    """Three standard deviations of one check lie between what was measured and the steps on both sides."""
    measured = json.loads(measure.FILE.read_text(encoding="utf-8"))[answer]
    below, above = ([0, *STEPS, 1][steps + side] for side, steps in enumerate(REACH[answer]))
    assert measured["mean"] - 3 * measured["std"] > below or not below
    assert measured["mean"] + 3 * measured["std"] < above or above == 1


@pytest.mark.parametrize("answer", REACH)
def test_what_was_measured_is_measured_again(answer):
    measured = json.loads(measure.FILE.read_text(encoding="utf-8"))[answer]
    with np.errstate(all="ignore"):
        assert abs(measure.share(measure.ANSWERS[answer], 1) - measured["mean"]) < 4 * measured["std"]


def test_the_table_says_what_was_taken_for_what():
    def misled(practice, causes, unseen):
        found = find("diagnose_runs").reference(practice, causes, unseen)
        return ["good" if name in ("plateau", "noisy") else name for name in found]

    report = judged(misled)
    assert [case.passed for case in report.cases] == [True, False, False, False]
    assert "“plateau” taken for “good” (3" in report.text() and report.picture.count("<tr>") == 9
    rows = report.picture.split("<tr>")[2:]
    assert (
        sum(int(cell.split("<")[0]) for row in rows for cell in row.split(">") if cell[:1].isdigit()) == 288
    )


def test_the_rules_that_a_second_try_is_told_bring_no_step_to_whoever_copies_them():
    """They are read off the sentence, and asked in its order."""
    _, _, told = about("diagnose_runs").later.partition("in this order: ")
    rules = re.findall(r"([a-z ]+) \((.+?)\)", told)
    rules = [(name.strip(), rule) for name, rule in rules]
    assert len(rules) == 9 and rules[0] == ("diverged", "not finite, or end above 3")

    def copied(practice, causes, unseen):
        return [next(name for name, rule in rules if holds(rule, run)) for run in unseen]

    for seed in (1, 2, 3):
        assert judged(copied, seed).score == 0


def holds(rule, run):
    """Whether a rule of the table holds for a run."""
    if not np.isfinite(run).all():
        return "not finite" in rule
    train, val = run / run[0, 0]
    last = train[-10:]
    number = {
        "early": train[4],
        "end": train[-1],
        "level": last.mean(),
        "jumps": np.abs(np.diff(last, 2)).mean(),
        "gap": (val - train)[-10:].mean(),
        "late": (last[0] - last[-1]) / (1 - train[-1]),
    }
    asked = re.findall(r"(\w+) (above|below) ([\d.]+)", rule)
    assert asked or rule == "all others"
    return all((number[n] > float(x)) == (side == "above") for n, side, x in asked)


def test_the_assignment_tells_the_steps_and_what_others_reach():
    unit = "06_hyperparameters"
    path = Path(__file__).parents[1] / "solutions" / unit / f"{unit}.ipynb"
    [told] = [cell.source for cell in notebooks.read(path).cells if cell.id == "a06-runs-text"]
    one, two, three = (f"{100 * step:.0f} %" for step in STEPS)
    assert f"for naming {one}, {two} and {three} of them right, and, once {two} are reached" in told
    measured = json.loads(measure.FILE.read_text(encoding="utf-8"))

    def share(answer):
        return f"{100 * measured[answer]['mean']:.0f}"

    of_one = sorted(share(answer) for answer in REACH if answer.startswith("one feature"))
    for words in (
        f"guessing {share('guess')} %",
        f"one feature {of_one[0]} to {of_one[-1]} %",
        f"with five, {share('five features')} %",
    ):
        assert words in told, words
    assert f"they name {share('the table of diagnose')} % right" in about("diagnose_runs").later


def test_the_runs_are_not_those_to_practise_on():
    practice, _ = labelled_runs()
    assert not {run.tobytes() for run in practice} & {run.tobytes() for run in drawn(1).losses}


def test_a_name_that_depends_on_nothing_counts_only_beside_the_second_step():
    assert judged(lambda practice, causes, unseen: ["good"] * len(unseen)).score == 0
    assert judged(measure.ANSWERS["nearest, divided"]).score == 3 / 4
