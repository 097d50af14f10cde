"""What is observed in a run of the capstone: a breach of the contract, or else the accuracy."""

from functools import lru_cache
from typing import NamedTuple, TypedDict

import numpy as np

from course_lib import capstone
from course_lib.exercises.capstone.driver import FIRST, GROUP, GROUPS, questions
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.reading import Event

# The accuracies on held-back data that bring a step of credit each. `measured.json` says what they rest on:
# the first lies above any linear model, the last below any well-tuned run, both by at least three standard
# deviations.
STEPS = (0.60, 0.66, 0.74, 0.78, 0.83)
CHANCE = 0.2  # an accuracy below this is no sign of learning: a tenth is right by chance
LEAST_UPDATES = 20  # no network learns this task with fewer
# Where the sign that `learned` reads off is above this, the validation set was trained on. Measured, too:
# about 0.04 for who only chose by it, 0.22 for who trained on it, with standard deviations of 0.016 and 0.03.
LEARNED = 0.13
DIFFERENT = 1  # answers that rounding may change when the same is asked again


class About(TypedDict):
    """The seed of a case's pictures, and the accuracy that it asks for."""

    seed: int
    reach: float


class Flaw(NamedTuple):
    """A breach of the contract: the id of the misconception, and what was seen, in a sentence."""

    id: str
    says: str


class Seen(NamedTuple):
    """A run, looked at: its flaw, and the accuracies on held-back, training and validation data."""

    flaw: Flaw | None
    held_back: float = 0.0
    train: float = 0.0
    val: float = 0.0


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The flaw if there is one; else whether the accuracy is as high as the case asks."""
    about: About = case.about
    seen = look(about["seed"], events)
    if seen.flaw:
        return [Observation("The contract", seen.flaw.id, seen.flaw.says)]
    reach = about["reach"]
    said = f"{seen.held_back:.1%} of the held-back digits are read correctly; this asks for {reach:.0%}."
    if case.name == "the contract":
        said = f"Counts as soon as the first step is reached: {said}"
    return [Observation("The accuracy", bool(seen.held_back >= reach), said)]


@lru_cache(maxsize=4)
def truth(seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The label to each question, and what the labels of the validation set should be."""
    train, val, held_back = capstone.disguised(seed)
    return questions(held_back.truth, train.y, val.y), val.truth


def look(seed: int, events: list[Event]) -> Seen:
    labels, true_val = truth(seed)
    report = events[0].returned if isinstance(events[0].returned, dict) else {}
    kind, updates = report.get("kind"), report.get("updates")
    if report.get("out_of_time") is True and isinstance(updates, int):
        return Seen(_too_slow(updates))
    if kind != "a function" or not isinstance(updates, int):
        return Seen(Flaw("returns-no-function", f"train returns {_kind(kind)}; asked is a function."))
    answers = []
    for event, right in zip(events[1:], labels, strict=True):
        answer = np.array(event.returned) if _is_list(event.returned) else event.returned
        flaw = _form(answer, len(right))
        if flaw:
            return Seen(flaw)
        answers.append(answer)
    first, rest = answers[0], answers[GROUPS + 2]
    held_back = np.concatenate([first, rest])
    accuracy = float(np.mean(held_back == np.concatenate([labels[0], labels[GROUPS + 2]])))
    flaw = (
        _of_the_run(held_back, accuracy, updates)
        or _of_the_answers(first, answers[1], np.concatenate(answers[2 : GROUPS + 2]))
        or _of_the_data(answers[-1], labels[-1], true_val, accuracy, report.get("global_random") is True)
    )
    train, val = (float(np.mean(answers[i] == labels[i])) for i in (-2, -1))
    return Seen(flaw, accuracy, train, val)


def _too_slow(updates: int) -> Flaw:
    if updates > capstone.BUDGET:
        says = f"When its time was up, {updates} updates had been made; the budget is {capstone.BUDGET}."
        return Flaw("over-budget", says)
    says = f"When its time was up, {updates} of the {capstone.BUDGET} updates had been made."
    return Flaw("too-slow", says)


def _kind(kind: object) -> str:
    return "None" if kind == "NoneType" else f"a value of type {kind}"


def _is_list(answer: object) -> bool:
    """Whether this is a list of integers, Python's or NumPy's."""
    entries = [np.asarray(label) for label in answer] if isinstance(answer, list) else []
    return bool(entries) and all(label.shape == () and label.dtype.kind in "iu" for label in entries)


def _form(answer: object, n: int) -> Flaw | None:
    """What is wrong with the form of an answer to n pictures."""
    says = f"For {n} pictures predict returns {described(answer)}; asked is an array of {n} labels."
    if isinstance(answer, list) and len(answer) == n:
        return Flaw("another-form", f"{says[:-1]}, and the entries of this list are not all integers.")
    shape = getattr(answer, "shape", None)
    if shape is not None and len(shape) == 2 and shape[0] == n and shape[1] > 1:
        return Flaw("scores", says)
    if shape == (n, 1):
        return Flaw("column", says)
    if shape == (10,) and n != 10:
        return Flaw("one-per-class", says)
    if shape != (n,) or not isinstance(answer, np.ndarray):
        return Flaw("another-form", says)
    if answer.dtype.kind not in "iu":
        says = f"predict returns numbers of dtype {answer.dtype}, such as {answer[0]}; labels are integers."
        return Flaw("no-integers", says)
    if answer.min() < 0 or answer.max() > 9:
        says = f"predict returns labels from {answer.min()} to {answer.max()}; asked are 0 to 9."
        return Flaw("other-labels", says)
    return None


def _of_the_run(answers: np.ndarray, accuracy: float, updates: int) -> Flaw | None:
    """What is wrong with the training, as far as the answers and the number of updates show it."""
    read = f"{accuracy:.0%} of the held-back digits are read correctly"
    if np.all(answers == answers[0]):
        says = f"predict gives the one answer {answers[0]} to all {len(answers)} held-back digits"
        if updates and answers[0] == 0:
            return Flaw("diverged", f"{says}, after {updates} updates.")
        return Flaw("constant", f"{says}.")
    if updates > capstone.BUDGET:
        return Flaw("over-budget", f"{updates} updates were made; the budget is {capstone.BUDGET}.")
    if not updates and accuracy < CHANCE:
        return Flaw("no-training", f"No update was made, and {read}: chance.")
    if accuracy < CHANCE:
        return Flaw("learned-nothing", f"After {updates} updates {read}: chance.")
    if updates < LEAST_UPDATES:
        return Flaw("uncounted", f"{read}, yet of calls of an optimiser's step {updates} were seen.")
    return None


def _of_the_answers(first: np.ndarray, again: np.ndarray, in_groups: np.ndarray) -> Flaw | None:
    """Whether an answer depends on anything but the picture."""
    changed = int(np.sum(first != again))
    if changed > DIFFERENT:
        says = f"Asked again for the same {FIRST} digits, predict changes {changed} of its answers."
        return Flaw("random-answers", says)
    changed = int(np.sum(first[: len(in_groups)] != in_groups))
    if changed > DIFFERENT:
        asked = f"Asked for {GROUP} digits at a time instead of {FIRST}"
        return Flaw("depends-on-company", f"{asked}, predict changes {changed} of {len(in_groups)} answers.")
    return None


def learned(answers: np.ndarray, labels: np.ndarray, truth: np.ndarray, accuracy: float) -> float:
    """A sign that the answers to the validation set were learned from its labels; compare with LEARNED.

    By how much better it is read than held-back digits, plus half the share of its wrong labels that are
    given back. Of a weak network less is made: it errs more, and so gives back more wrong labels by chance.
    """
    right = labels == truth
    gap = np.mean(answers[right] == truth[right]) - accuracy
    return float(gap + np.mean(answers[~right] == labels[~right]) / 2 - 0.3 * max(0.0, 0.8 - accuracy))


def _of_the_data(
    answers: np.ndarray, labels: np.ndarray, truth: np.ndarray, accuracy: float, global_random: bool
) -> Flaw | None:
    """Whether only the training set was trained on, and only the given generator drawn from."""
    if learned(answers, labels, truth, accuracy) > LEARNED:
        right = labels == truth
        read, by_heart = np.mean((answers == truth)[right]), int(np.sum((answers == labels)[~right]))
        says = f"Of the validation digits, {read:.0%} are read correctly where their label is right, of "
        says += f"those held back {accuracy:.0%}; {by_heart} of {np.sum(~right)} wrong labels are given back."
        return Flaw("trains-on-validation", says)
    if global_random:
        return Flaw("global-random", "NumPy's global random generator was used; asked is the given rng.")
    return None


def remark(result: Result) -> str | None:
    if any(event.error for event in result.got[0]):
        return None
    return (
        "The check turns or mirrors all pictures alike, in all three sets, and renames the digits alike, 3 "
        "for 7 and so on: so it sees what is learned within train. For a network it is the same task."
    )


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the accuracies suggest where the contract is kept and a step is missed."""
    if any(event.error for event in result.got[0]):
        return None
    about: About = result.cases[0].about
    seen = look(about["seed"], result.got[0])
    if seen.flaw and seen.flaw.id == "too-slow":
        return "too-slow", (
            f"{seen.flaw.says} It is ended after 20 seconds; half a second is enough. Time a single update, "
            "and the parts of it: a loop over the entries of an array is a hundred times slower than one "
            "operation on the whole."
        )
    if seen.flaw:
        return seen.flaw.id, seen.flaw.says
    told = (
        f"Training accuracy {seen.train:.1%}, validation {seen.val:.1%} (about a tenth of the labels of both "
        f"are wrong), held-back {seen.held_back:.1%}. "
    )
    if seen.train > 0.94:
        return "overfits", told + (
            "More of the training labels are fitted than are right: it has learned wrong labels by heart. "
            "Which part of the recipe keeps a network from that?"
        )
    if seen.train < 0.85:
        return "underfits", told + (
            "It does not fit its training data. Is the loss low at the end of training all the same? Then a "
            "layer does otherwise in predict than in training, or the pictures are prepared otherwise. If "
            "the loss is high: can it overfit one batch? Then the learning rate, the schedule, the width."
        )
    return "not-tuned", told + (
        "It fits, and it is not far off: tune on the validation set, the learning rate first, then the "
        "rest, and judge by the mean of several seeds."
    )
