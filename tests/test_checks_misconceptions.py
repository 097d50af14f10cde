"""Every misconception fails, on any seed, and is told from every other."""

import re
import tomllib

import numpy as np
import pytest

from course_lib import optimizers
from course_lib.checks import SEED
from course_lib.exercises.folders import FOLDER, FORM, about, exercise_names, find
from course_lib.judging.explaining import Answers, equal
from course_lib.judging.probe import probe
from course_lib.judging.verdict import verdict

SEEDS = range(20)
EXERCISES = sorted(exercise_names())
FOLDERS = sorted(path.parent.name for path in FOLDER.glob("*/exercise.toml"))


def judged(exercise, student, seed):
    cases = exercise.cases(seed)
    return verdict(exercise, cases, probe(student, [case.asked for case in cases], seconds=60))


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_cases_of_any_seed_expose_each_misconception(name, seed):
    exercise = find(name)
    answers = Answers(exercise, exercise.cases(seed))

    def exposed(misconception, variant, index):
        right, wrong = answers.reference[index], answers.of(misconception, variant, index)
        changed = any(event.changed for event in wrong)
        return changed or not equal(exercise, answers.cases[index], right, right, wrong)

    for misconception in exercise.misconceptions:
        for variant in range(len(misconception.variants)):
            assert any(exposed(misconception, variant, i) for i in range(len(answers.cases))), (
                misconception.id
            )


@pytest.mark.parametrize("name", EXERCISES)
def test_each_misconception_fails_and_is_diagnosed_as_itself_and_nothing_else(name):
    """As the first one whose evidence is equal is named, two with equal evidence could not both be."""
    exercise = find(name)
    wrong = []
    for seed in (SEED, 1_000_003):
        for misconception in exercise.misconceptions:
            for number, variant in enumerate(misconception.variants):
                report = judged(exercise, variant(), seed)
                if report.passed or report.diagnosis != misconception.id:
                    wrong.append((seed, misconception.id, number, report.diagnosis, report.score))
    assert not wrong


@pytest.mark.parametrize(
    "name",
    # the capstone's reference trains a network for each seed
    [pytest.param(name, marks=pytest.mark.slow) if name == "capstone" else name for name in EXERCISES],
)
def test_the_reference_passes_on_any_seed(name):
    exercise = find(name)
    assert all(judged(exercise, exercise.reference, seed).score == 1.0 for seed in SEEDS)


@pytest.mark.parametrize("name", EXERCISES)
def test_there_are_many_and_each_has_its_own_words(name):
    misconceptions = find(name).misconceptions
    assert len(misconceptions) >= 10
    for words in ("id", "explanation", "hint"):
        texts = [getattr(m, words) for m in misconceptions]
        assert len(set(texts)) == len(texts)
        assert all(text.strip() for text in texts)
        assert not any("{" in text or "  " in text for text in texts)


@pytest.mark.parametrize("name", EXERCISES)
def test_no_hint_gives_the_solution_away(name):
    for misconception in find(name).misconceptions:
        assert len(misconception.hint.split()) < 40
        code = re.search(r"\*\*|np\.|self\.\w|/ \(|1 - |1 − β[₁₂]?ᵗ|\+ eps|\+ ε", misconception.hint)
        assert not code, (misconception.id, misconception.hint)


def test_conventions_are_named_as_known_ones():
    for name in EXERCISES:
        for misconception in find(name).misconceptions:
            known = re.search(
                r"\bknown\b|That is|This is|TensorFlow|Optax|[Pp]aper", misconception.explanation
            )
            assert bool(known) >= misconception.convention, misconception.id
            if misconception.convention:
                report = judged(find(name), misconception.variants[0](), 0)
                assert "known convention" in report.diagnosed.title


def entries(path):
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def test_what_several_exercises_share_is_shared_by_exercises_that_there_are():
    for path in FOLDER.glob("_*.toml"):
        for id, entry in entries(path).items():
            named = [way["on"].split() for way in (entry, *entry.get("variant", ())) if "on" in way]
            assert set().union(*named) <= set(FOLDERS), id


@pytest.mark.parametrize("name", FOLDERS)
def test_no_mistake_of_an_exercise_takes_the_place_of_another(name):
    of = about(name)
    family = entries(FOLDER / f"{of.family}.toml")
    shared = {id for id, entry in family.items() if name in entry["on"].split()}
    own = set(entries(FOLDER / name / "mistakes.toml"))
    assert not own & shared and not (own | shared) & set(of.form)
    assert set(of.form) <= set(entries(FOLDER / f"{FORM}.toml"))


@pytest.mark.parametrize("name", FOLDERS)
def test_the_frequent_mistakes_are_there(name):
    frequent = about(name).frequent
    assert len(set(frequent)) == len(frequent)
    assert set(frequent) <= {m.id for m in find(name).misconceptions}


def test_what_was_measured_of_adam_without_its_corrections_is_what_the_words_say():
    """ "More than three times", "10 times", "about 30 times": the first step for any gradient, ε aside."""
    theta, gradient = np.array([1.0]), np.array([0.7])
    right = optimizers.Adam().step(theta, gradient) - theta
    factors = {}
    for misconception in find("adam").misconceptions:
        if misconception.id in ("no-bias-correction", "only-v-corrected", "only-m-corrected"):
            wrong = misconception.variants[0]()().step(theta, gradient) - theta
            factors[misconception.id] = (wrong / right).item()
    assert factors["no-bias-correction"] == pytest.approx(0.1 / 0.001**0.5, rel=1e-6)
    assert factors["only-v-corrected"] == pytest.approx(0.1, rel=1e-6)
    assert factors["only-m-corrected"] == pytest.approx(1 / 0.001**0.5, rel=1e-6)
