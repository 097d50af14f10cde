"""What the checks say, hide and ask for, and what lectures found of what is taught, is what it was; where it
is not, `frozen/changed.toml` says why.

The programs come from `frozen/programs`, which knows nothing of the checks: wrong ones in the ways that those
who wrote an exercise had entered when it was first recorded, right ones in many styles, and others. They were
written by the same hands as what judges them; those of readers are in `frozen/strangers`, with their test.
Nothing here is left to chance.
"""

import ast
import sys
from pathlib import Path

import pytest
from each import TRAINS, soon
from frozen import asking, programs, recorded

EXERCISES = asking.EXERCISES


EACH = 16  # program is asked soon
HALF = 2  # of them on another seed


def faults(exercise, names, seed):
    every = programs.every(exercise)
    asking.begin()
    now = {(exercise, name, seed): asking.said(exercise, every[name](), seed) for name in names}
    return recorded.faults("verdicts", recorded.verdicts(exercise), now)


@pytest.mark.parametrize("exercise", map(soon, EXERCISES))
def test_some_programs_get_the_verdict_that_is_recorded(exercise):
    assert not faults(exercise, list(programs.every(exercise))[::EACH], recorded.SEEDS[0])


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
def test_all_others_get_theirs_too_and_half_of_them_on_another_seed(exercise):
    every = list(programs.every(exercise))
    others = [name for index, name in enumerate(every) if index % EACH]
    if exercise == TRAINS:  # for seconds, and what a program does with its parts is the same on any seed
        others, every = others[::4], []
    assert not faults(exercise, others, recorded.SEEDS[0])
    assert not faults(exercise, every[::HALF], recorded.SEEDS[1])


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_record_is_of_every_program_on_every_seed(exercise):
    keys = {(exercise, name, seed) for name in programs.every(exercise) for seed in recorded.SEEDS}
    assert recorded.verdicts(exercise).keys() == keys


@pytest.mark.parametrize("exercise", EXERCISES)
def test_wrong_programs_are_recorded_as_wrong_and_named_and_there_are_right_ones(exercise):
    """So that a record made while the checks were broken does not pass for one."""
    said = recorded.verdicts(exercise)
    for name in programs.wrong(exercise):
        for seed in recorded.SEEDS:
            assert not said[exercise, name, seed]["passed"]
            assert said[exercise, name, seed]["id"]
    styles = [said[exercise, name, seed] for name in programs.styles(exercise) for seed in recorded.SEEDS]
    assert sum(found["passed"] for found in styles) >= 6
    assert all(found["points"] == 100 and not found["id"] for found in styles if found["passed"])


@pytest.mark.parametrize("exercise", EXERCISES)
def test_the_words_of_each_mistake_are_those_that_are_recorded(exercise):
    words = asking.words(exercise)
    was = {(exercise, id): said for id, said in recorded.table("words")[exercise].items()}
    assert not recorded.faults("words", was, {key: words.get(key[1]) for key in was})


@pytest.mark.slow
def test_what_the_sandbox_hides_is_what_is_recorded(tmp_path):
    was = {(exercise,): names for exercise, names in recorded.table("hidden").items()}
    now = {(exercise,): asking.hidden(exercise, tmp_path / exercise) for exercise in EXERCISES}
    assert now.keys() == was.keys()
    assert not recorded.faults("hidden", was, now)


def test_what_is_released_has_the_cells_by_which_it_was_graded():
    units = asking.released()
    was = {
        (unit, cell): facts
        for unit, cells in recorded.table("released").items()
        for cell, facts in cells.items()
    }
    assert not recorded.faults("released", was, {key: units.get(key[0], {}).get(key[1]) for key in was})


def test_each_claim_has_the_verdict_that_is_recorded_on_its_units_path_or_beside_it():
    units = asking.claims()
    was = {
        (unit, taught): said
        for unit, claims in recorded.table("claims").items()
        for taught, said in claims.items()
    }
    assert not recorded.faults("claims", was, {key: units.get(key[0], {}).get(key[1]) for key in was})


@pytest.mark.parametrize("name", recorded.TABLES)
def test_each_change_is_of_something_recorded_and_has_a_reason(name):
    for key, entry in recorded.changed(name).items():
        assert entry["reason"].strip(), key
        if name == "verdicts":
            assert key in recorded.verdicts(key[0])
            assert type(entry["id"]) is str
        elif name == "cases":
            assert key[0] in EXERCISES
        else:
            *way, last = key
            table = recorded.table(name)
            for step in way:
                table = table[step]
            assert last in table


def test_the_programs_need_nothing_of_the_checks():
    found = set()
    for path in Path(programs.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module)
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    assert {name.partition(".")[0] for name in found} <= {"numpy", *sys.stdlib_module_names}


# The comparison itself


def told(monkeypatch, now, entry, cases=()):
    key = ("adam", "some", 1)
    tables = {"verdicts": {} if entry is None else {key: entry}, "cases": dict.fromkeys(cases)}
    monkeypatch.setattr(recorded, "changed", tables.get)
    was = {"passed": False, "id": "a", "points": 50}
    return recorded.faults("verdicts", {key: was}, {key: was | now})


@pytest.mark.parametrize(
    ("now", "entry", "fault"),
    [
        ({"id": "a"}, None, ""),
        ({"id": "b"}, None, "recorded is"),
        ({"points": 25}, None, "recorded is"),
        ({"id": "b"}, {"id": "b"}, ""),
        ({"id": None}, {"id": ""}, ""),
        ({"id": "c"}, {"id": "b"}, "as named now"),
        ({"id": "a"}, {"id": "a"}, "nothing has changed"),
    ],
)
def test_a_difference_needs_an_entry_and_an_entry_a_difference(monkeypatch, now, entry, fault):
    found = told(monkeypatch, now, entry)
    assert len(found) == bool(fault)
    assert all(fault in each for each in found)


@pytest.mark.parametrize(("now", "faults"), [({"points": 25}, 0), ({"id": "b"}, 1), ({"passed": True}, 1)])
def test_where_the_cases_are_others_the_name_holds_all_the_same(monkeypatch, now, faults):
    assert len(told(monkeypatch, now, None, cases=[("adam",)])) == faults
