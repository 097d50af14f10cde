"""Mistakes as edits of right answers in other styles: each fits, is rejected, and is told as itself."""

import pytest

from course_lib.exercises.folders import exercise_names, find, style_program, styled
from course_lib.judging.edits import NoSuchPlace
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in exercise_names() if styled(name)])
def test_each_mistake_in_another_style_is_told_as_itself(name):
    """All of an exercise together: what its mistakes' programs answer is found out once."""
    exercise, wrong = find(name), []
    cases = exercise.cases(1)
    for style, mistakes in styled(name).items():
        right = style_program(name, style)
        for id, edits in mistakes.items():
            try:
                student = right.changed(edits).answer()
            except NoSuchPlace as error:
                wrong.append(f"{style}, {id}: {error}")
                continue
            report = verdict(exercise, cases, probe(student, [case.asked for case in cases]))
            told = "nothing, as it passes" if report.passed else report.diagnosis
            if told != id:
                wrong.append(f"{style}, {id}: told is {told}")
    assert not wrong
