"""Assignments 04 to 07 ask to think: what spares the thinking is told as what it is, and is not worth it."""

from collections import Counter

import pytest

from course_lib import checks
from course_lib.exercises.folders import about, find
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

IGNORES_RNG = {
    "log_uniform": ["global-random", "own-generator", "unseeded-generator"],
    "random_search": ["global-random", "own-generator"],
    "deep_tanh": ["global-random-state", "own-seed", "other-generator"],
    "deep_sigmoid": ["global-random-state", "own-seed", "other-generator"],
}


def judged(name, student, seed=1):
    exercise = find(name)
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


@pytest.mark.parametrize("name", IGNORES_RNG)
def test_to_ignore_rng_costs_half_of_the_points_or_more(name):
    mistakes = {mistake.id: mistake for mistake in find(name).misconceptions}
    for id in IGNORES_RNG[name]:
        for variant in mistakes[id].variants:
            report = judged(name, variant())
            assert report.diagnosis == id and report.score <= 0.5


def test_the_table_of_rules_is_told_from_the_second_try_on_that_fails(monkeypatch, capsys):
    monkeypatch.setattr(checks, "_failed", Counter())
    later = about("diagnose_runs").later
    assert later.count("above") > 5

    def unwritten(practice, causes, unseen):
        raise NotImplementedError

    def guess(practice, causes, unseen):
        return ["good"] * len(unseen)

    tried = unwritten, guess, unwritten, guess, find("diagnose_runs").reference
    told = []
    for student in tried:
        checks.check("diagnose_runs", student)
        told.append(later in capsys.readouterr().out)
    assert told == [False, False, False, True, False]
