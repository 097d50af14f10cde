"""What is observed in a run of the capstone: a breach of the contract, how far on the way it came; and in a
part, what its own exercises say of it."""

import sys
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypedDict

import numpy as np

from course_lib import capstone, texts
from course_lib.exercises.capstone import driver, task
from course_lib.exercises.capstone.driver import PREPARED, QUESTIONS, Remembered, calls
from course_lib.exercises.capstone.styles import recipe
from course_lib.exercises.folders import find
from course_lib.judging.cases import Case, Known
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Asked, play
from course_lib.judging.reading import ABSENT, Event, Evidence, read
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict

say = texts.beside(__file__)

# How far on the way from what a linear model reads of the signals that are held back to what the instructors'
# recipe reads: a step of credit each. `measured.json` says what they rest on.
STEPS = (0.15, 0.35, 0.64, 0.76)
CHANCE = 0.15  # an accuracy below this is no sign of learning: a tenth is right by chance
LEAST = 20  # gradients; no network learns this task with fewer
MOST_ROLLED = 0.5  # of the rows, beyond which it is told
APART = 0.5  # of rows whose labels are their own, more than this share have that of the signal they are like
GAIN = 0.1  # in accuracy, by which is seen that signals have to be standardised first
RUNS = 3  # of a check, each on signals of its own; the mean of their accuracies is judged
# Flaws that no part brings about.
OF_ITS_OWN = (
    "returns-no-theta",
    "another-size",
    "rebuilt",
    "copy",
    "unseeded",
    "trains-on-validation",
    "rng-ignored",
)
reference = Remembered(recipe)

# The exercises whose cases a part is judged by, as it stands in the capstone's notebook.
PARTS = {
    "Adam": ("adam",),
    "Dropout": ("dropout",),
    "BatchNorm": ("batchnorm_forward", "batchnorm_running", "batchnorm_test", "batchnorm_backward"),
    "he_normal": ("he_normal",),
}


class About(TypedDict, total=False):
    """Of a step: the seed of its signals, its number from 1 on (0 is the contract), how far it asks for.
    Of a part: its place in PARTS, and the seed of its cases."""

    seed: int
    step: int
    reach: float
    place: int


class Flaw(NamedTuple):
    """A breach of the contract: the id of the misconception, and what was seen, in a sentence."""

    id: str
    says: str


class Seen(NamedTuple):
    """The runs, looked at. Mean accuracies on signals held back, for training and for validation; way: how
    far on the way the first is; spent: of the run that spent most; lost: steps that this costs; rolled: the
    share of rows trained on of which an end has come in at the other."""

    flaw: Flaw | None
    held_back: float = 0.0
    train: float = 0.0
    val: float = 0.0
    way: float = 0.0
    spent: int = 0
    lost: int = 0
    rolled: float = 0.0


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """Whether the part is right; else the flaw if there is one; else whether the step is reached."""
    about: About = case.about
    if "place" in about:
        return [_of_part(list(PARTS)[about["place"]], about["seed"], events)]
    seen = look(about["seed"], events)
    if seen.flaw:
        return [Observation("The contract", seen.flaw.id, seen.flaw.says)]
    step, reach = about["step"], about["reach"]
    if step > len(STEPS) - seen.lost:
        says = say("spent", spent=seen.spent, budget=capstone.BUDGET, lost=seen.lost)
        return [Observation("The budget", False, says)]
    linear, full = bounds(about["seed"], len(events) // (1 + len(QUESTIONS)))
    key = "way" if step else "way-of-contract"
    told = {"held_back": seen.held_back, "way": seen.way, "linear": linear, "recipe": full, "reach": reach}
    return [Observation("The accuracy", bool(seen.way >= reach), say(key, **told))]


# The task


@lru_cache(maxsize=32)
def bounds(seed: int, runs: int = RUNS) -> tuple[float, float]:
    """What a linear model and the recipe read of the signals of a check that are held back."""
    asked = Asked(calls(runs), driver.__name__, settings=task.asked(seed, runs))
    of_recipe = accuracies(seed, read(play(reference, asked), Case(asked, Known("the recipe"))))[:, 0]
    of_linear = []
    for run in range(runs):
        train, _, held_back = task.disguised(seed, run)
        of_linear.append(np.mean(linear(train, held_back.x) == held_back.y))
    return float(np.mean(of_linear)), float(np.mean(of_recipe))


def linear(train: task.Signals, x: np.ndarray) -> np.ndarray:
    """The answers of a linear model: least squares, a number for each class."""
    ones = [np.column_stack([readings / 255, np.ones(len(readings))]) for readings in (train.x, x)]
    weights = np.linalg.lstsq(ones[0], np.eye(capstone.CLASSES)[train.y], rcond=None)[0]
    answers: np.ndarray = (ones[1] @ weights).argmax(axis=1)
    return answers


@lru_cache(maxsize=12)
def truth(seed: int, run: int) -> tuple[np.ndarray, ...]:
    """The labels of what is asked in a run."""
    train, val, held_back = task.disguised(seed, run)
    return held_back.y, train.y, val.y, held_back.y[:PREPARED], held_back.y[:PREPARED]


# The runs


def look(seed: int, events: list[Event]) -> Seen:
    each = 1 + len(QUESTIONS)
    told = [event.returned if isinstance(event.returned, dict) else {} for event in events[::each]]
    if told[0].get("kind") == "late":
        return Seen(Flaw("too-slow", _late(told[0])))
    for report in told:
        if not isinstance(report.get("spent"), int):
            return Seen(Flaw("returns-no-theta", say("no-theta", got=say("nothing"))))
        if flaw := _form(report.get("kind"), report.get("shape")):
            return Seen(flaw)
    read = accuracies(seed, events)
    if np.isnan(read).any():
        return Seen(Flaw("no-answers", say("no-answers")))
    spent = max(report["spent"] for report in told)
    answers = [event.returned for event in events[1::each]]
    flaw = _of_the_runs(told, spent, answers, read.mean(axis=0))
    from_linear, to_recipe = bounds(seed, len(told))
    held_back, train, val, *_ = read.mean(axis=0).tolist()
    way = (held_back - from_linear) / max(to_recipe - from_linear, 0.01)
    over = max(0.0, spent / capstone.BUDGET - 1)
    lost = min(len(STEPS), int(np.ceil(over * len(STEPS))))
    return Seen(flaw, held_back, train, val, way, spent, lost, _mean(told, "rolled"))


def accuracies(seed: int, events: list[Event]) -> np.ndarray:
    """Of each run what was read right of each question, of shape (runs, questions); NaN where nothing was
    answered that can be read."""
    each = 1 + len(QUESTIONS)
    read = np.full((len(events) // each, len(QUESTIONS)), np.nan)
    for run, question in np.ndindex(read.shape):
        answer, right = events[run * each + 1 + question].returned, truth(seed, run)[question]
        if isinstance(answer, np.ndarray) and answer.shape == right.shape:
            read[run, question] = np.mean(answer == right)
    return read


def _late(report: dict[str, object]) -> str:
    spent, done = report.get("spent"), report.get("done")
    return say("late", spent=spent, done=done, budget=capstone.BUDGET, trainings=RUNS + 1)


def _form(kind: object, shape: object) -> Flaw | None:
    if kind == "theta":
        return None
    if kind == "not finite":
        return Flaw("diverged", say("not-finite"))
    if kind == "shape" and isinstance(shape, list) and len(shape) == 2:
        came, asked = (tuple(each) if isinstance(each, list) else each for each in shape)
        return Flaw("another-size", say("another-size", came=came, asked=asked))
    got = say("nothing") if kind == "NoneType" else say("of-type", type=kind)
    return Flaw("returns-no-theta", say("no-theta", got=got))


def _of_the_runs(
    told: list[dict[str, object]], spent: int, answers: list[np.ndarray], read: np.ndarray
) -> Flaw | None:
    """What is wrong with the training, as far as what was counted and asked shows it. read: the means."""
    held_back, train, _, *prepared = read.tolist()
    labelled = _mean(told, "labelled")
    says: dict[str, object] = {
        "accuracy": held_back,
        "train": train,
        "spent": spent,
        "prepared": max(prepared),
        "labelled": labelled,
        "answer": int(answers[0][0]),
        "count": len(answers[0]),
    }

    def any_is(key: str, what: bool) -> bool:
        return any(report.get(key) is what for report in told)

    signs = {
        "rebuilt": any_is("rebuilt", True),
        "copy": any_is("copy", True),
        "global-random": any_is("global_random", True),
        "unseeded": any_is("repeats", False),
        "trains-on-validation": any_is("by_labels", True),
        "labels-apart": 0 <= labelled < APART and held_back < 2 * CHANCE,
        "never-moves": spent >= LEAST and not any_is("moved", True),
        "test-mode": spent > 0 and not any_is("in_training", True),
        "prepared-apart": max(prepared) > held_back + GAIN,
        "no-training": held_back < CHANCE and not spent,
        "constant": all(np.all(each == each[0]) for each in answers),
        "rng-ignored": spent > 0 and any_is("by_rng", False),
        "learned-nothing": held_back < CHANCE,
        "uncounted": spent < LEAST,
    }
    id = next((id for id, seen in signs.items() if seen), None)
    return Flaw(id, say(f"run.{id}", **says)) if id else None


def _mean(told: list[dict[str, object]], key: str) -> float:
    """Of what was seen in the runs; -1 where nothing was."""
    seen = [value for report in told if isinstance(value := report.get(key), float)]
    return float(np.mean(seen)) if seen else -1.0


# A part


def cases_of(part: str, seed: int) -> list[Case]:
    """The cases of a part's own exercises, in a row."""
    return [case for name in PARTS[part] for case in find(name).cases(seed)]


def _of_part(part: str, seed: int, events: list[Event]) -> Observation:
    whose = events[0].returned
    if whose == "course":
        return Observation(part, True)
    if whose != "own":
        return Observation(part, False, say("part.missing", part=part))
    failed = of_part(part, seed, events)
    if failed is None:
        return Observation(part, True)
    return Observation(part, False, say("part.wrong", part=part, text=_said(failed[1])))


def of_part(part: str, seed: int, events: list[Event]) -> tuple[str, Report] | None:
    """The first of its exercises that it does not pass, and what is said there."""
    rest = iter(events[1:])
    for name in PARTS[part]:
        cases = find(name).cases(seed)
        came = [list(islice(rest, len(case.calls))) for case in cases]
        with np.printoptions(threshold=sys.maxsize, floatmode="unique"):
            told = repr(came)  # by this, what explains it is remembered
        report = verdict(find(name), cases, Evidence(came, [told]))
        if not report.passed:
            return name, report
    return None


def _said(report: Report) -> str:
    return report.diagnosed.text if report.diagnosed else ""


# What is suggested


def remark(result: Result) -> str | None:
    if any(event.error for event in result.got[0]):
        return None
    return say("disguised")


def tells(result: Result) -> str | None:
    """The flaw, where no part is wrong beside it; or a budget of which nothing is left to lose."""
    places = zip(result.cases, result.differences, strict=True)
    if any("place" in case.about and difference for case, difference in places):
        return None
    if any(event.error or event.returned is ABSENT for event in result.got[0]):
        return None
    seen = look(result.cases[0].about["seed"], result.got[0])
    if seen.flaw:
        return seen.flaw.id
    return "over-budget" if seen.lost == len(STEPS) else None


def suggest(result: Result) -> tuple[str | None, str] | None:
    """The part that is to blame, or that is missing, and what else is wrong with the training."""
    found = zip(result.cases, result.differences, result.got, strict=True)
    fails = [(case.about, events) for case, difference, events in found if difference]
    training = _of_training(result) if any("place" not in about for about, _ in fails) else None
    of_parts = [(about, events) for about, events in fails if "place" in about]
    if not of_parts:
        return training
    is_missing = [events[0].returned != "own" for _, events in of_parts]
    about, events = of_parts[is_missing.index(False) if False in is_missing else 0]
    part = list(PARTS)[about["place"]]
    says = _of_part(part, about["seed"], events).says
    failed = None if all(is_missing) else of_part(part, about["seed"], events)
    exercise = failed[0] if failed else PARTS[part][0]
    text = say(
        "part.without" if all(is_missing) else "part.first",
        says=says,
        call=f'check("{exercise}", parts.own("{part}"))',
    )
    # What the network reads says little while a part is wrong; what train returns says something.
    if training and (all(is_missing) or training[0] in OF_ITS_OWN):
        text += " " + say("part.and-train", says=training[1])
    return f"part-{part}", text


def _of_training(result: Result) -> tuple[str, str]:
    """The flaw; else what the accuracies suggest."""
    about: About = result.cases[0].about
    seen = look(about["seed"], result.got[0])
    if seen.flaw:
        return seen.flaw.id, seen.flaw.says
    if seen.lost:
        return "over-budget", say("spent", spent=seen.spent, budget=capstone.BUDGET, lost=seen.lost)
    id = "overfits" if seen.train > seen.held_back + 0.3 else "underfits" if seen.train < 0.6 else "not-tuned"
    told = {"train": seen.train, "val": seen.val, "held_back": seen.held_back}
    says = say(f"accuracies.{id}", **told)
    return id, says + " " + say(
        "accuracies.rolled", rolled=seen.rolled
    ) if seen.rolled > MOST_ROLLED else says
