"""Each exercise's folder: what is right passes, what is wrong is told, and all that is said of it agrees."""

import inspect
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest
from each import EACH, TRAINS
from frozen.asking import own_mistakes

from course_lib import notebooks, release
from course_lib.checks import SEED, check
from course_lib.errors import CourseError
from course_lib.exercises.capstone import ablation_driver
from course_lib.exercises.capstone import cases as trained
from course_lib.exercises.entries import forms, mistakes
from course_lib.exercises.folders import FOLDER, about, exercise_names, exercises_of, find, styles
from course_lib.exercises.mistakes import FORMS, misconception
from course_lib.grading import library
from course_lib.judging.edits import NoSuchPlace
from course_lib.judging.explaining import equal
from course_lib.judging.findings import find_differences
from course_lib.judging.probe import play, probe
from course_lib.judging.reading import read, read_all
from course_lib.judging.verdict import verdict

ROOT = Path(__file__).parents[1]
NAMES = exercise_names()
MORE = *(seed for seed in range(19) if seed != SEED), 1_000_003  # with the one, they make 20


@pytest.fixture(params=EACH)
def name(request):
    return request.param


def cases_of(name, seed):
    """The cases; of what trains, with one run of three: what is said of one is said of all."""
    return trained.cases(seed, runs=1) if name == TRAINS else find(name).cases(seed)


def judged(exercise, cases, student):
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


# What the solution's notebook says


class Checked(NamedTuple):
    """A cell with a check: what it is given, and the points that nbgrader knows of."""

    exercise: str
    student: object
    points: float
    maximum: float


# Whose programs train for seconds, carry batches through fifty layers, or draw weights as he_normal does.
FEW = {TRAINS: 1, "deep_sigmoid": 6, "deep_tanh": 6, "he_uniform": 9, "xavier_normal": 9, "xavier_uniform": 9}


def few_of(name, seeds):
    return seeds[: FEW.get(name)]


def unit_of(name):
    [unit] = [unit for unit in release.units(ROOT) if unit.startswith(about(name).unit)]
    return unit


def cells_of(unit):
    return notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb").cells


@cache
def solved(unit):
    """What the checks in the solution of a unit are given when it runs."""
    found, names = [], {"__name__": "solution"}
    for cell in cells_of(unit):
        if cell.cell_type == "code" and "ungraded" not in cell.metadata.get("tags", []):
            most = cell.metadata.get("nbgrader", {}).get("points")
            names["check"] = lambda *given, points, most=most: found.append(Checked(*given, points, most))
            exec(cell.source, names)
    return found


def cell_of(name):
    """Its cell in its unit's notebook; None where it is checked by its name alone."""
    cells = [each for each in solved(unit_of(name)) if each.exercise == name]
    assert len(cells) == bool(about(name).points)
    return cells[0] if cells else None


def test_its_cell_in_its_units_notebook_brings_its_points(name):
    cell = cell_of(name)
    assert not cell or cell.points == cell.maximum == about(name).points


@pytest.mark.parametrize("unit", release.units(ROOT))
def test_a_notebook_checks_the_exercises_of_its_unit_and_earlier_ones(unit):
    of_unit = [about(each.exercise).unit for each in solved(unit)]
    assert of_unit.count(unit[:2]) == len(exercises_of(unit[:2])) > 0
    assert max(of_unit) == unit[:2]
    assert all(each.points == each.maximum for each in solved(unit))


def test_what_its_contract_calls_is_in_the_right_program_and_in_the_notebook(name):
    of = about(name)
    answer = of.program.written()
    shown = "".join(cell.source for cell in cells_of(unit_of(name)))
    asked = []
    for call, called, arguments in re.findall(r"((\w+)\(([\w, =]*)\))", of.contract):
        if method := answer if called == of.title else getattr(answer, called, None):
            asked.append(called)
            assert call in shown or not about(name).points, call
            parameters = inspect.signature(method).parameters.items()
            named = [str(parameter) for name, parameter in parameters if name != "self"]
            given = zip(arguments.split(", "), named, strict=True)
            assert all(argument in (parameter, "True", "False") for argument, parameter in given), call
    assert asked


# What is right


def test_the_right_program_the_notebooks_and_the_textbooks_own_pass_with_the_same_evidence(name):
    same_evidence(name, find(name).cases(SEED))


def same_evidence(name, cases):
    of, exercise = about(name), find(name)
    right = {"right.py": of.program.answer()}
    if cell := cell_of(name):
        right["the notebook"] = cell.student
    if of.textbook:
        module, title = of.textbook.split(".")
        right["the textbook"] = getattr(import_module(f"course_lib.{module}"), title)
    expected = [read(play(exercise.reference, case.asked), case) for case in cases]
    for whose, student in right.items():
        evidence = probe(student, [case.asked for case in cases], seconds=60)
        report = verdict(exercise, cases, evidence)
        assert report.passed, (whose, report.text())
        for case, wanted, events in zip(cases, expected, evidence["cases"], strict=True):
            came = read(events, case)
            assert equal(exercise, case, wanted, wanted, came), (whose, case.name)
            assert [event.changed for event in came] == [event.changed for event in wanted]


def test_every_style_gets_all_points_in_a_graded_cell(name, capfd):
    assert len(styles(name)) >= 8
    for style, student in styles(name).items():
        points = check(name, student, points=5)
        assert (type(points), points) == (float, 5.0), style
        shown = capfd.readouterr()
        assert shown.err == ""
        passed, of = re.search(r"(\d+) of (\d+) cases pass", shown.out).groups()
        assert passed == of


# What is wrong


def test_each_mistake_fails_and_is_told_as_itself_and_nothing_else(name):
    """As the first one whose evidence is equal is named, two with equal evidence could not both be."""
    ways = [(m, number) for m in own_mistakes(name) for number in range(len(m.variants))]
    assert not wrongly_told(name, cases_of(name, SEED), ways)


@pytest.mark.slow
def test_on_any_seed_what_is_right_passes_and_each_mistake_is_told(name):
    """On 20 seeds with the one above; every third style, and the ways to make a mistake, in turn."""
    for turn, seed in enumerate(few_of(name, MORE)):
        cases = cases_of(name, seed)
        same_evidence(name, cases)
        for style, student in list(styles(name).items())[turn % 3 :: 3]:
            report = judged(find(name), cases, student)
            assert report.passed and report.diagnosis is None, (style, seed, report.text())
        mistakes = own_mistakes(name) if turn else find(name).misconceptions
        assert not wrongly_told(name, cases, [(m, turn % len(m.variants)) for m in mistakes]), seed


def wrongly_told(name, cases, ways):
    exercise, wrong = find(name), []
    for mistake, number in ways:
        report = judged(exercise, cases, mistake.variants[number]())
        told = "nothing, as it passes" if report.passed else report.diagnosis
        # An edit that leaves half of a line behind makes another mistake than its words are about.
        unknown = [case.message for case in report.cases if "NameError" in case.message]
        if unknown and mistake.id != "another-error":
            wrong.append(f"{mistake.id}, way {number}: {unknown[0]}")
        if told != mistake.id:
            wrong.append(f"{mistake.id}, way {number}: told is {told}")
    return wrong


def test_who_changes_an_argument_is_found_out_without_a_word_of_the_probe(name):
    """A student's code could keep the probe from telling: what is returned tells it too."""
    exercise = find(name)
    cases = exercise.cases(SEED)
    keeping = [case for case in cases if case.known.keeps_arguments]
    right = [read(play(exercise.reference, case.asked), case) for case in cases] if keeping else []
    found = 0
    for mistake in exercise.misconceptions if keeping else ():
        for make in mistake.variants:
            if any(event.get("changed") for case in keeping for event in play(make(), case.asked)):
                evidence = probe(make(), [case.asked for case in cases])
                for event in chain.from_iterable(evidence["cases"]):
                    event.pop("changed", None)
                result = find_differences(exercise, cases, right, read_all(evidence, cases))
                assert any(result.findings), mistake.id
                found += 1
    assert found or not keeping


def test_who_leaves_its_arguments_alone_is_not_taken_for_one_who_changes_them(name):
    exercise = find(name)
    for case in (case for case in exercise.cases(SEED) if case.known.twice):
        for mistake in exercise.misconceptions:
            for make in mistake.variants:
                events = read(play(make(), case.asked), case)
                if not any(event.changed for event in events):
                    seen = [one for one in exercise.observe(case, events) if one.what == "again"]
                    assert all(one.value for one in seen), mistake.id


def forms_of(name):
    """Each mistake of form that can be made in the exercise with no more said than its own words."""
    of = about(name)
    arguments = {argument: str(value) for argument, value in of.defaults.items() if value is not None}
    given = [{}, *({"argument": argument, "number": value} for argument, value in arguments.items())]
    for id in forms(FORMS):
        for words in given:
            with suppress(CourseError):  # where a word is lacking, or not needed
                yield misconception(name, id, {"form": id, "words": words}, of.program, of.words)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if name != TRAINS])
def test_each_mistake_of_form_that_can_be_made_is_told(name):
    """Where it makes no difference, the answer is right."""
    exercise, cases, silent = find(name), find(name).cases(SEED), []
    for mistake in forms_of(name):
        for wrong in mistake.wrongs:
            with suppress(NoSuchPlace):
                report = judged(exercise, cases, about(name).program.changed(wrong).answer())
                if not (report.passed or report.diagnosis):
                    silent.append(wrong)
    assert not silent


def test_there_are_many_and_each_has_its_own_words(name):
    misconceptions = find(name).misconceptions
    assert len(misconceptions) >= 10
    assert [m.id for m in misconceptions if not m.variants] == [], "without edit, around or program"
    for words in ("id", "explanation", "hint"):
        texts = [getattr(m, words) for m in misconceptions]
        assert {text for text in texts if texts.count(text) > 1} == set()
        assert all(text.strip() for text in texts)
        assert not any("{" in text or "  " in text for text in texts)


def test_no_hint_gives_the_solution_away(name):
    for mistake in find(name).misconceptions:
        assert len(mistake.hint.split()) < 40
        code = re.search(r"\*\*|np\.|self\.\w|/ \(|1 - |1 − β[₁₂]?ᵗ|\+ eps|\+ ε", mistake.hint)
        assert not code, (mistake.id, mistake.hint)


@pytest.mark.slow
def test_conventions_are_named_as_known_ones(name):
    exercise = find(name)
    for mistake in exercise.misconceptions:
        known = re.search(r"\bknown\b|That is|This is|TensorFlow|Optax|[Pp]aper", mistake.explanation)
        assert bool(known) >= mistake.convention, mistake.id
        if mistake.convention:
            report = judged(exercise, exercise.cases(0), mistake.variants[0]())
            assert "known convention" in report.diagnosed.title


def test_what_several_exercises_share_is_shared_by_exercises_that_there_are():
    for path in FOLDER.glob("_*_mistakes.toml"):
        for id, entry in mistakes(path)[1].items():
            named = [way["on"].split() for way in (entry, *entry.get("variant", ())) if "on" in way]
            assert set().union(*named) <= set(NAMES), id


def test_no_mistake_of_an_exercise_takes_the_place_of_another(name):
    of = about(name)
    files = [FOLDER / f"{of.family}_mistakes.toml", FOLDER / name / "mistakes.toml"]
    ids = []
    for form, own in map(mistakes, files):
        ids += form
        ids += [id for id, entry in own.items() if name in entry.get("on", name).split()]
    if of.repairs:  # what can be wrong with the program that is asked can be wrong with the mended one
        ids += {m.id for m in find(of.repairs).misconceptions} - set(of.shows)
    assert sorted(ids) == sorted(m.id for m in find(name).misconceptions)


def test_the_frequent_mistakes_are_there(name):
    frequent = about(name).frequent
    assert len(set(frequent)) == len(frequent)
    assert set(frequent) <= {m.id for m in find(name).misconceptions}


# In the sandbox


def test_the_courses_own_is_hidden(name):
    """Where the textbook has the answer, it is hidden by its own name."""
    place = about(name).textbook
    assert not place or tuple(place.split(".")) in library.hidden_for(name)


def test_what_plays_the_cases_can_be_had_there_and_nothing_else():
    drivers = {case.asked.driver for name in NAMES for case in find(name).cases(1)} - {""}
    drivers.add(ablation_driver.__name__)  # whose case is no exercise's: it is played beside a log
    there = {f"course_lib/{path}".removesuffix(".py").replace("/", ".") for path in library.DRIVERS}
    assert drivers == there and len(drivers) > 2
