"""Repairs: what is handed in as three, the proof, which is played outside the sandbox, and the points."""

import re

import numpy as np
import pytest

from course_lib.checks import check
from course_lib.exercises.folders import about, exercise_names, exercises_of, find, source
from course_lib.grading import library
from course_lib.judging.exercise import CannotCheck
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

REPAIRS = [name for name in exercise_names() if about(name).repairs]
GIVEN = {"lr": 0.5, "mu": 0.5, "theta": [1.0], "gradients": [[2.0], [4.0]]}
# By hand: v = 2, then 0.5 · 2 + 4 = 5, so θ = 1 − 1 − 2.5. The broken one's buffer is the array that holds 4
# by then: 0.5 · 4 = 2, which is added to itself, so θ = 1 − 1 − 2.
RIGHT, BROKEN = -2.5, -2.0


def judged(name, *handed):
    exercise = find(name)
    cases = exercise.cases(1)
    return verdict(exercise, cases, probe(handed, [case.asked for case in cases], seconds=60))


@pytest.mark.parametrize(
    ("proof", "said"),
    [
        ((GIVEN, RIGHT), None),
        ([GIVEN, np.array([RIGHT])], None),
        ((GIVEN, BROKEN), "That is what BrokenMomentum answers to this input"),
        ((GIVEN, None), "The answer in the proof is None"),
        ((GIVEN, 7.0), "To this input, a right program answers something else"),
        ((GIVEN | {"gradients": [[2.0]]}, 0.0), "BrokenMomentum gives it too"),
        ((GIVEN | {"lr": 1e-6}, 1.0), "lie too close together"),
        # a hundredth of the rate: 1 − 0.035 beside 1 − 0.03
        ((GIVEN | {"lr": 0.005}, 0.965), None),
        # 0.7 − 0.2 − 0.5, of which the computer makes −6e-17
        ((GIVEN | {"lr": 0.1, "theta": [0.7]}, 0.0), None),
        (({"theta": [1.0]}, RIGHT), "is to have the names lr, mu, theta, gradients; it has theta"),
        ((GIVEN | {"gradients": [[1.0, 2.0]]}, RIGHT), "outcome raised ValueError"),
        ((GIVEN | {"mu": 10**9}, RIGHT), "whole numbers up to 10000"),
        ((GIVEN | {"theta": "one"}, RIGHT), "outcome raised ValueError"),
        ((GIVEN | {"lr": np.inf}, RIGHT), "a right program's answer is"),
        ((GIVEN | {"theta": [np.nan]}, np.nan), "a right program's answer is"),
        (GIVEN, "it returned the dict alone"),
        (None, "it returned None"),
        ("a proof", "it returned a text"),
    ],
)
def test_a_proof_is_held_against_what_can_be_worked_out_by_hand(proof, said):
    fault, mended, _ = find("repair_momentum").reference
    report = judged("repair_momentum", fault, mended, lambda: proof)
    failed = [case.message for case in report.cases if not case.passed]
    assert len(failed) == (said is not None)
    assert all(said in message for message in failed)


def broken_of(name):
    space = {}
    exec(source(name, "broken.py"), space)
    [broken] = [each for key, each in space.items() if key.startswith("Broken")]
    return broken


@pytest.mark.slow
@pytest.mark.parametrize("name", REPAIRS)
def test_who_copies_the_broken_program_passes_no_exercise_of_its_assignment(name):
    for of in exercises_of(about(name).unit):
        if not of.repairs:
            cases = find(of.name).cases(1)
            evidence = probe(broken_of(name), [case.asked for case in cases], seconds=60)
            assert not verdict(find(of.name), cases, evidence).passed, of.name


@pytest.mark.parametrize("name", REPAIRS)
def test_who_mends_nothing_gets_the_letter_and_the_proof_and_is_told(name):
    fault, _, proof = find(name).reference
    report = judged(name, fault, broken_of(name), proof)
    assert report.diagnosis == "not-mended"
    assert [case.passed for case in report.cases] == [True, True] + [False] * (len(report.cases) - 2)


@pytest.mark.parametrize("name", REPAIRS)
def test_a_wrong_letter_costs_its_case_alone(name):
    _, mended, proof = find(name).reference
    right = find(name).reference[0]()
    for letter in sorted(set("ABC") - {right}):
        report = judged(name, letter, mended, proof)
        assert [case.passed for case in report.cases] == [False] + [True] * (len(report.cases) - 1)
        assert report.diagnosed.text.startswith(f"You name fault {letter}")


def test_what_is_not_three_is_refused_with_what_to_write():
    fault, mended, proof = find("repair_momentum").reference
    asked = re.escape('check("repair_momentum", (fault, MendedMomentum, proof))')
    for handed in (mended, (fault, mended), [fault, mended, proof], (fault, mended(0.1), proof)):
        with pytest.raises(CannotCheck, match=asked):
            check("repair_momentum", handed)


@pytest.mark.parametrize("name", REPAIRS)
def test_neither_a_right_program_nor_the_broken_one_is_in_the_sandbox(name, tmp_path):
    library.build(tmp_path, library.hidden([name]))
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py")]
    assert not any(about(name).title in text or "class Broken" in text for text in texts)
