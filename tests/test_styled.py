"""Mistakes as edits of right answers in other styles: each fits, is rejected, and is told as itself."""

import pytest

from course_lib.exercises.folders import exercise_names, find, style_program, styled
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

EDITS = [(name, style, id) for name in exercise_names() for style, ids in styled(name).items() for id in ids]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "style", "id"), EDITS)
def test_a_mistake_in_another_style_is_told_as_itself(name, style, id):
    exercise = find(name)
    cases = exercise.cases(1)
    student = style_program(name, style).changed(styled(name)[style][id]).answer()
    report = verdict(exercise, cases, probe(student, [case.asked for case in cases]))
    assert not report.passed
    assert report.diagnosis == id
