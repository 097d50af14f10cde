"""Programs by readers of the assignments, as `frozen/strangers` has them: of each exercise there are some,
none of them passes, and each is told what was read and found true when it was recorded.
"""

import pytest
from each import TRAINS
from frozen import asking, strangers
from frozen.strangers import RIGHT


@pytest.mark.parametrize("exercise", asking.EXERCISES)
def test_each_exercise_has_wrong_programs_by_somebody_who_did_not_write_it(exercise):
    wrong = strangers.written(exercise)["wrong"]
    assert len(wrong) >= 15
    assert len(set(map(str, wrong.values()))) == len(wrong)
    assert list(strangers.told(exercise)) == list(wrong)


@pytest.mark.parametrize("exercise", asking.EXERCISES)
def test_what_is_recorded_says_that_each_is_wrong_and_tells_it_something(exercise):
    for mistake, said in strangers.told(exercise).items():
        assert not said["passed"] and said["points"] < 100, mistake
        assert said["says"].strip(), mistake


def asked(exercise):
    """The right program, and those whose mistake is named. For another one, two mistakes at once are looked
    for, which takes seconds, as a program that trains does: of these there is one."""
    told = strangers.told(exercise)
    soon = [RIGHT, *(mistake for mistake, said in told.items() if said["id"])] * (exercise != TRAINS)
    late = [mistake for mistake in told if mistake not in soon]
    return [*soon, *late[:1]]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", asking.EXERCISES)
def test_they_are_told_what_is_recorded_and_the_right_one_passes(exercise):
    right = {RIGHT: {"passed": True, "points": 100, "id": None}}
    recorded = right | strangers.told(exercise)
    wanted = {mistake: recorded[mistake] for mistake in asked(exercise)}
    assert strangers.ask(exercise, list(wanted)) == wanted
