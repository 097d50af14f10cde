"""The clinic: the patients are the script's, each shows its own, and no answer is told too early."""

import importlib
import json
import math
import tomllib

import numpy as np
import pytest

from course_lib.data import make_clinic
from course_lib.data.patients import (
    AT_TEST,
    CAUSES,
    FAN_OUT,
    FILE,
    HEALTHY,
    NEVER_UPDATED,
    NO_EPSILON,
    NO_MEAN_PATH,
    NOT_CORRECTED,
    NOT_RESCALED,
    NOT_SHUFFLED,
    PENALTY_SIGN,
    STILL_DROPPING,
    TOO_FAST,
)
from course_lib.exercises.folders import FOLDER, about
from course_lib.explorers import clinic, clinic_scene
from course_lib.explorers.controls import Choice
from course_lib.explorers.explorer import Session
from course_lib.scene import Line, Text

module = importlib.import_module("course_lib.explorers.clinic")
UNDECIDED, PROOFS = module.UNDECIDED, module.PROOFS
STORED = {record["cause"]: record for record in json.loads(FILE.read_text("utf-8"))}
PLANTED = make_clinic.MISTAKES
ALONE = CAUSES  # an order, in which each letter's cause is known


def scene(really, cause=UNDECIDED, test=UNDECIDED):
    return clinic_scene(ALONE, module.LETTERS[ALONE.index(really)], cause, test)


def curves(really, number):
    """The labelled curves of a panel, as drawn."""
    layers = scene(really).panels[number].layers
    return {
        layer.label: np.asarray(layer.y, dtype=float)
        for layer in layers
        if isinstance(layer, Line) and layer.label
    }


# what was planted


def test_each_patient_is_stored_once():
    assert list(STORED) == list(CAUSES) and len(CAUSES) == 12


@pytest.mark.parametrize("cause", PLANTED)
def test_each_mistake_stands_by_its_id_in_the_exercises_files(cause):
    exercise, id = PLANTED[cause].exercise, PLANTED[cause].id
    files = [FOLDER / exercise / "mistakes.toml", FOLDER / f"{about(exercise).family}_mistakes.toml"]
    known = [tomllib.loads(file.read_text("utf-8")) for file in files if file.is_file()]
    assert any(id in entries for entries in known), f"{exercise} has no mistake {id!r} any more"


@pytest.mark.slow
@pytest.mark.parametrize("cause", CAUSES)
def test_the_stored_patient_is_the_scripts(cause):
    """Other processors round otherwise, and a run carries it on: the first updates, and the tests."""
    fresh, stored = make_clinic.run(cause), STORED[cause]
    assert list(fresh) == list(stored) and list(fresh["tests"]) == list(stored["tests"])
    numbers = (np.array(each["loss"][:20], dtype=float) for each in (fresh, stored))
    np.testing.assert_allclose(*numbers, rtol=0.02)
    numbers = (np.array(list(each["tests"].values()), dtype=float) for each in (fresh, stored))
    np.testing.assert_allclose(*numbers, rtol=0.02, atol=1e-6)


def test_the_rate_that_is_written_out_is_1():
    """Adam's first step is as long as the rate, but for ε."""
    adam = make_clinic.parts(TOO_FAST)["adam"](lr=0.01)
    assert adam.step(np.zeros(1), np.ones(1))[0] == pytest.approx(-1, rel=1e-6)


# what can be seen


def ends(really):
    """The last values of training mode (mean of 20), test mode and validation."""
    drawn = curves(really, 0)
    return drawn["training mode"][-20:].mean(), drawn["test mode"][-1], drawn["validation"][-1]


def spread(really, curve):
    """The standard deviation of the outputs, from a histogram as drawn: 0 training mode, 1 test mode."""
    outline = [layer for layer in scene(really).panels[3].layers if isinstance(layer, Line)][curve]
    x, share = np.asarray(outline.x), np.asarray(outline.y)
    middle, share = (x[1:-1:2] + x[2::2]) / 2, share[1:-1:2]
    mean = np.average(middle, weights=share)
    return math.sqrt(np.average((middle - mean) ** 2, weights=share))


def repeats(really):
    """The correlation of the losses of the last four epochs, of 15 batches, with those an epoch before."""
    loss = curves(really, 0)["training mode"]
    return np.corrcoef(loss[-75:-15], loss[-60:])[0, 1]


SHOWS = {
    AT_TEST: lambda who: ends(who)[0] < 0.5 and abs(ends(who)[1] - math.log(10)) < 0.1,
    NEVER_UPDATED: lambda who: ends(who)[0] < 0.5 < ends(who)[1] < 1,
    NO_MEAN_PATH: lambda who: "first bias" in curves(who, 1),
    NOT_RESCALED: lambda who: spread(who, 1) > 3 * spread(who, 0),
    STILL_DROPPING: lambda who: 0.6 < ends(who)[1] / ends(who)[0] < 1 and ends(who)[0] < 0.5,
    NOT_CORRECTED: lambda who: min(ends(who)) > 1.9 and curves(who, 0)["training mode"].max() < 6,
    TOO_FAST: lambda who: curves(who, 0)["training mode"].max() > 100 and ends(who)[0] > math.log(10),
    FAN_OUT: lambda who: curves(who, 0)["training mode"][0] > 2 * math.log(10),
    NOT_SHUFFLED: lambda who: repeats(who) > 0.6,
    PENALTY_SIGN: lambda who: spread(who, 0) > 10,
}


@pytest.mark.parametrize("really", [cause for cause in CAUSES if cause != NO_EPSILON])
def test_each_patient_shows_its_own_and_no_others(really):
    """As drawn; the healthy one shows none."""
    assert [cause for cause, shows in SHOWS.items() if shows(really)] == [really][: really != HEALTHY]


def test_the_patient_without_epsilon_has_no_finite_number_and_its_panels_say_so():
    panels = scene(NO_EPSILON).panels
    assert set(curves(NO_EPSILON, 0)) == {"log 10"}
    for panel in panels:
        words = [layer.text for layer in panel.layers if isinstance(layer, Text)]
        assert any("finite number" in each for each in words)
    for panel in scene(HEALTHY).panels:
        assert not any("finite" in layer.text for layer in panel.layers if isinstance(layer, Text))


def test_the_healthy_one_is_best_in_test_mode_without_dropout():
    training, test, validation = ends(HEALTHY)
    assert test < training / 2 and test < validation < training


# what is answered


@pytest.mark.parametrize("really", PLANTED)
def test_the_cause_is_accepted_and_proved_by_its_test_alone(really):
    asked = scene(really, really).message
    assert f"Right: {really}." in asked and asked.endswith("Which test of a single part would prove it?")
    for cause, test in PROOFS.items():
        message = scene(really, really, test).message
        assert f"Right: {really}." in message
        assert ("that proves it" in message) == (cause == really)
        assert ("The test passes" in message) == (cause != really)


def test_the_healthy_one_is_accepted_and_all_its_tests_pass():
    message = scene(HEALTHY, HEALTHY).message
    assert f"Right: {HEALTHY};" in message and "11 of 11 tests of its parts pass" in message
    assert len(message) < 450  # not a list of all that is missing
    for test in PROOFS.values():
        assert "The test passes" in scene(HEALTHY, HEALTHY, test).message


@pytest.mark.parametrize("really", CAUSES)
@pytest.mark.parametrize("cause", CAUSES)
def test_another_cause_is_refused_with_what_speaks_against_it(really, cause):
    """What is said for it is seen, too, where it is right; what is said against it is not."""
    if really == cause:
        return
    message = scene(really, cause).message
    assert f"Not this one: “{cause}”." in message and "nan" not in message and "Right" not in message
    assert really not in message.replace(cause, "")
    for_it, against = message.partition("Against it: ")[::2]
    assert against.strip(".")
    seen_where_it_is_right = words(scene(cause, cause).message.partition("For it: ")[2])
    assert words(for_it.partition("For it: ")[2]) <= seen_where_it_is_right
    assert not words(against) & seen_where_it_is_right


def words(signs):
    """The signs that are listed, without their numbers."""
    listed = signs.partition(" Which test")[0].rstrip(". ").split("; ")
    return {"".join(c for c in each if c.isalpha() or c == " ") for each in listed if each}


@pytest.mark.parametrize("really", PLANTED)
def test_a_test_that_fails_proves_no_other_cause_and_one_that_passes_refutes_its_own(really):
    other = next(cause for cause in PLANTED if cause != really)
    assert "another cause is proved by it" in scene(really, other, PROOFS[really]).message
    assert "could not if this were the cause" in scene(really, other, PROOFS[other]).message
    assert "another cause is proved by it" in scene(really, HEALTHY, PROOFS[really]).message


# what a page is told


def test_a_page_is_told_nothing_of_the_answer_before_it_is_given():
    """All that is sent differs from patient to patient in the patient and what can be seen of it."""
    controls = set()
    for letter in module.LETTERS:
        session = Session(clinic())
        session.take({"patient": module.LETTERS.index(letter)})
        state = session.state()
        assert state["values"] == {
            "patient": module.LETTERS.index(letter),
            "cause": 0,
            "test": 0,
            "updates": module.UPDATES,
        }
        controls.add(json.dumps(state["controls"]))
        told = b"".join([state["scene"], *state["backdrop"]]).decode(errors="replace")
        assert not [cause for cause in CAUSES if cause in told]
        assert not [mistake.id for mistake in PLANTED.values() if mistake.id in told]
    assert len(controls) == 1


def test_each_letter_is_another_patient_and_a_seed_deals_them_anew():
    messages = {seed: [clinic(letter, seed).scene().message for letter in module.LETTERS] for seed in (4, 5)}
    assert sorted(messages[4]) == sorted(messages[5]) and messages[4] != messages[5]
    assert len(set(messages[4])) == 12


def test_another_patient_is_asked_anew():
    session = Session(clinic())
    session.take({"cause": 3, "test": 2})
    session.take({"patient": 5})
    asked = {name: session.values[name] for name in ("patient", "cause", "test")}
    assert asked == {"patient": "F", "cause": UNDECIDED, "test": UNDECIDED}


def test_what_is_chosen_from_can_be_read_in_a_list_of_300_pixels():
    choices = [control for control in clinic().controls.values() if isinstance(control, Choice)]
    assert len(choices) == 3
    assert max(len(str(option)) for choice in choices for option in choice.options) <= 40
