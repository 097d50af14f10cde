"""What is asked, and what only the judge knows: nothing of the second goes where a student's code runs."""

import json
from dataclasses import fields, replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course_lib.exercises import names
from course_lib.exercises.folders import exercise_names, find
from course_lib.grading import judging, library, playing
from course_lib.grading.assignment import Assignment, Cell, Check, Notebook
from course_lib.grading.limits import Limits
from course_lib.grading.sandbox import Played
from course_lib.grading.submission import Submission
from course_lib.judging.cases import Case, Known
from course_lib.judging.probe import Asked, play

SEEDS = range(12)
# So many that chance makes most of them agree at none of some hundred places: at one, 8 of 12 did.
MANY = range(40)


TRAINS = "clinic"  # its patients anew for each seed
NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name == TRAINS)) for name in exercise_names()]


@pytest.fixture(scope="module", params=NAMES)
def exercise(request):
    return find(request.param)


@pytest.fixture(scope="module")
def cases(exercise):
    first = exercise.cases(SEEDS[0])
    dear = not {"run", "runs"}.isdisjoint(first[0].asked.settings)  # it trains for each seed
    return [first, *map(exercise.cases, SEEDS[1 : 2 if dear else None])]


def without_arguments(asked: Asked) -> dict:
    """All that is sent but what a student's code is handed, and how many items of an iterator are taken."""
    handed = ("arguments", "defaults", "at_most")
    calls = [{name: value for name, value in call.items() if name not in handed} for call in asked.calls]
    theirs = ("run", "runs", "cases")  # what drivers hand over
    settings = {k: v for k, v in asked.settings.items() if k not in theirs}
    return asked.data() | {"calls": calls, "settings": settings}


def words(value) -> set[str]:
    """All texts in JSON, and the names in its dicts."""
    if isinstance(value, dict):
        return set(value).union(*map(words, value.values()))
    if isinstance(value, list | tuple):
        return set().union(*map(words, value))
    return {value} if isinstance(value, str) else set()


def test_each_case_and_each_object_in_one_has_a_name_that_is_shown(cases):
    titles, objects = names.say.all("cases"), names.say.all("objects")
    for case in (case for of_seed in cases for case in of_seed):
        assert case.title == titles[case.name]
        assert {call["make"] for call in case.calls if "make" in call} <= objects.keys()


def test_no_name_that_is_shown_is_left_over():
    every = [case for name in exercise_names() for case in find(name).cases(0)]
    assert {case.name for case in every} == names.say.all("cases").keys()
    made = {call["make"] for case in every for call in case.calls if "make" in call}
    assert made == names.say.all("objects").keys()


def test_a_case_has_these_two_parts_and_only_what_is_asked_can_be_sent():
    assert [field.type for field in fields(Case)] == [Asked, Known]
    assert not {field.name for field in fields(Asked)} & {field.name for field in fields(Known)}
    case = Case.of("name", [])
    assert json.loads(json.dumps(case.asked.data())) == vars(Asked([]))
    for unsent in (case, case.known):
        assert not hasattr(unsent, "data")
        with pytest.raises(TypeError):
            json.dumps(unsent)


def test_where_it_is_sent_to_nothing_is_known(tmp_path):
    library.build(tmp_path, frozenset())
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py")]
    assert not any("class Known" in text or "judging.cases" in text for text in texts)


def test_it_does_not_change_with_what_is_known(cases):
    """However the knowledge is dealt out: another name, another answer, another place in the order."""
    for of_seed in cases:
        dealt = [case.known for case in of_seed[1:] + of_seed[:1]]
        others = [replace(case, known=known) for case, known in zip(of_seed, dealt, strict=True)]
        assert [case.asked.data() for case in others] == [case.asked.data() for case in of_seed]


def test_beside_the_arguments_it_is_the_same_for_each_seed(cases):
    """So it tells nothing of what one seed's answers have other than another's."""
    sent = [[without_arguments(case.asked) for case in of_seed] for of_seed in cases]
    assert all(of_seed == sent[0] for of_seed in sent)


def test_no_word_that_the_judge_uses_is_in_it(exercise, cases):
    for case in cases[0]:
        sent = without_arguments(case.asked)
        students = {each for call in sent.pop("calls") for each in call.values()}  # names that are theirs
        # What objects are called where it is shown is the same for all cases; its keys are what is sent.
        known = words([vars(replace(case.known, objects={})), case.name.split()]) - {""}
        assert not known & ((words(sent) | students) - {exercise.method, "forward", "backward"})


@pytest.mark.slow  # forty seeds for each exercise
def test_an_answer_that_is_a_word_cannot_be_told_by_the_number_of_the_call(exercise, cases):
    """It follows from what is asked, or it changes from seed to seed."""
    words = [_words(exercise, case) for case in cases[0]]
    if any(map(any, words)) and len(cases) == len(SEEDS):
        cases = [*cases, *map(exercise.cases, MANY[len(cases) :])]
        words = [[_words(exercise, case) for case in of_seed] for of_seed in cases]
        for number, case in enumerate(cases[0]):
            for index, call in enumerate(case.calls):
                answers = [of_seed[number][index] for of_seed in words]
                asked = [of_seed[number].calls[index] for of_seed in cases]
                if answers[0] and any(other != call for other in asked):
                    assert max(map(answers.count, answers)) < 0.6 * len(answers), (case.name, index)


def _words(exercise, case):
    """For each call the right answer where it is a word, "" where it is none."""
    answers = [str(event.get("returned")) for event in play(exercise.reference, case.asked)]
    return [answer if "text" in answer else "" for answer in answers]


def test_what_grading_sends(exercise):
    """The cases as they were asked, and nothing else of them."""
    check = Check(exercise.name, "student", 1.0)
    cell = Cell("c", "code", "1", {"grade": True, "grade_id": "c", "points": 1}, check=check)
    sent = []

    def run(hidden, request):
        sent.append(request)
        return Played()

    unit = Assignment("unit", (Notebook("unit", (cell,), {}),), {})
    metadata = {"nbgrader": {**cell.nbgrader, "schema_version": 3}}
    text = nbformat.writes(new_notebook(cells=[new_code_cell("1", metadata=metadata)])).encode()
    seed = 2**127 + 12345
    judging.grade(unit, Submission("ada", {"unit.ipynb": text}), seed, Limits(), run)
    (given,) = [each["check"] for request in sent for each in request["cells"] if "check" in each]
    asked = [case.asked.data() for case in playing.cases(exercise.name, seed)]
    assert json.loads(json.dumps(given["cases"])) == json.loads(json.dumps(asked))
    assert str(seed) not in json.dumps(sent)


def test_a_seed_has_128_bits_and_none_that_is_sent_has_fewer():
    derived = [playing.derived(seed, purpose) for seed in range(200) for purpose in ("student", "adam")]
    assert len(set(derived)) == len(derived)
    assert 2**120 < max(derived) < 2**128
