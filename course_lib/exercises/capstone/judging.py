"""What is observed in a run of the capstone: a breach of the contract, or else the accuracy."""

from functools import lru_cache
from typing import NamedTuple, TypedDict

import numpy as np

from course_lib import capstone, texts
from course_lib.exercises.capstone.driver import FIRST, GROUP, GROUPS, questions
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.reading import Event

say = texts.beside(__file__)

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
    key = "accuracy-of-contract" if case.name == "the contract" else "accuracy"
    says = say(key, held_back=seen.held_back, reach=reach)
    return [Observation("The accuracy", bool(seen.held_back >= reach), says)]


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
        return Seen(Flaw("returns-no-function", say("no-function", got=_kind(kind))))
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
        return Flaw("over-budget", say("late-over-budget", updates=updates, budget=capstone.BUDGET))
    return Flaw("too-slow", say("late", updates=updates, budget=capstone.BUDGET))


def _kind(kind: object) -> str:
    return "None" if kind == "NoneType" else say("of-type", type=kind)


def _is_list(answer: object) -> bool:
    """Whether this is a list of integers, Python's or NumPy's."""
    entries = [np.asarray(label) for label in answer] if isinstance(answer, list) else []
    return bool(entries) and all(label.shape == () and label.dtype.kind in "iu" for label in entries)


def _form(answer: object, n: int) -> Flaw | None:
    """What is wrong with the form of an answer to n pictures."""
    if isinstance(answer, list) and len(answer) == n:
        return Flaw("another-form", say("labels-of-a-list", count=n, got=described(answer)))
    says = say("labels", count=n, got=described(answer))
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
        return Flaw("no-integers", say("no-integers", dtype=answer.dtype, example=answer[0]))
    if answer.min() < 0 or answer.max() > 9:
        return Flaw("other-labels", say("other-labels", smallest=answer.min(), largest=answer.max()))
    return None


def _of_the_run(answers: np.ndarray, accuracy: float, updates: int) -> Flaw | None:
    """What is wrong with the training, as far as the answers and the number of updates show it."""
    told = {"accuracy": accuracy, "updates": updates, "budget": capstone.BUDGET}
    id = None
    if np.all(answers == answers[0]):
        id = "diverged" if updates and answers[0] == 0 else "constant"
        told |= {"answer": answers[0], "count": len(answers)}
    elif updates > capstone.BUDGET:
        id = "over-budget"
    elif accuracy < CHANCE:
        id = "learned-nothing" if updates else "no-training"
    elif updates < LEAST_UPDATES:
        id = "uncounted"
    return Flaw(id, say(f"run.{id}", **told)) if id else None


def _of_the_answers(first: np.ndarray, again: np.ndarray, in_groups: np.ndarray) -> Flaw | None:
    """Whether an answer depends on anything but the picture."""
    changed = int(np.sum(first != again))
    if changed > DIFFERENT:
        return Flaw("random-answers", say("random-answers", count=FIRST, changed=changed))
    changed = int(np.sum(first[: len(in_groups)] != in_groups))
    if changed > DIFFERENT:
        told = {"group": GROUP, "first": FIRST, "changed": changed, "count": len(in_groups)}
        return Flaw("depends-on-company", say("depends-on-company", **told))
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
        told = {"read": read, "accuracy": accuracy, "by_heart": by_heart, "wrong": np.sum(~right)}
        return Flaw("trains-on-validation", say("trains-on-validation", **told))
    if global_random:
        return Flaw("global-random", say("global-random"))
    return None


def remark(result: Result) -> str | None:
    if any(event.error for event in result.got[0]):
        return None
    return say("disguised")


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the accuracies suggest where the contract is kept and a step is missed."""
    if any(event.error for event in result.got[0]):
        return None
    about: About = result.cases[0].about
    seen = look(about["seed"], result.got[0])
    if seen.flaw and seen.flaw.id == "too-slow":
        return "too-slow", say("too-slow", late=seen.flaw.says)
    if seen.flaw:
        return seen.flaw.id, seen.flaw.says
    id = "overfits" if seen.train > 0.94 else "underfits" if seen.train < 0.85 else "not-tuned"
    return id, say(f"accuracies.{id}", train=seen.train, val=seen.val, held_back=seen.held_back)
