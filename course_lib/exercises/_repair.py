"""Repairs: a broken program is named, mended and proved wrong.

A student hands in (fault, the mended program, proof). Judged are

    fault()   a letter: what is wrong, of a table in the notebook
    Mended…   by the cases of the exercise that the program answers, `repairs` in exercise.toml; those that
              the broken program passes count where one counts that it fails
    proof()   (given, answer): an input, as a dict, and what a right program answers to it, so that the
              broken one answers something else. Both are played here, beyond the student's reach

Such a folder has a broken.py besides: the program, whose name begins with Broken, and `outcome(program, …)`,
what a program answers to an input. Its notebook shows both.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from inspect import signature

import numpy as np

from course_lib import texts
from course_lib.exercises import _repair_driver as driver
from course_lib.exercises.folders import About, find
from course_lib.exercises.mistakes import made
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.edits import Wrong
from course_lib.judging.exercise import Exercise, Measured, Misconception, Result
from course_lib.judging.findings import find_differences
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call, Student, play
from course_lib.judging.reading import Event, Evidence, read

say = texts.beside(__file__)

LETTER, PROOF, TELLING, OTHER = "letter", "example", "telling", "other"  # what a case is about
CLOSE = 0.001  # how far an answer of the proof may be off, relative to the largest number asked
APART = 0.003  # how far the broken program's is to be off at least
SAME = 1e-6  # nearer than that, the two are one
ROUNDING = 1e-12  # of the largest number given: an answer of 0 is right where 3e-17 is computed
MOST = 10_000  # a whole number in the proof


def cases(about: About, seed: int) -> list[Case]:
    """The letter and the proof, then the cases of the exercise that the mended program answers."""
    inner = list(_inner(about.repairs, seed).values())
    fails = _failing(about, seed)

    def mended(case: Case, is_telling: bool) -> Case:
        asked, known = case.asked, case.known
        settings = driver.Settings(driver=asked.driver, settings=asked.settings)
        return Case.of(
            case.name,
            asked.calls,
            TELLING if is_telling else OTHER,
            driver.__name__,
            asked.seconds,
            settings,
            constructor=known.constructor,
            keeps_arguments=known.keeps_arguments,
            beside="" if is_telling else TELLING,
            special=known.special,
            twice=known.twice,
            shown=known.shown,
            about={"seed": seed},
        )

    return [
        _asked("what is wrong", "fault", LETTER),
        _asked("an example that proves it", "proof", PROOF),
        *(mended(case, case.name in fails) for case in inner),
    ]


def _asked(name: str, function: str, observe: str) -> Case:
    calls: list[Call] = [{"call": function}]
    return Case.of(name, calls, observe, driver.__name__, special=True, shown=(f"{function}()",))


@lru_cache(maxsize=64)
def _inner(repairs: str, seed: int) -> dict[str, Case]:
    """The cases of the exercise that the broken program is meant to answer, by name."""
    return {case.name: case for case in find(repairs).cases(seed)}


def _failing(about: About, seed: int) -> set[str]:
    """In which of these the broken program fails."""
    exercise, asked = find(about.repairs), list(_inner(about.repairs, seed).values())
    right, came = (
        [read(play(program, case.asked), case) for case in asked]
        for program in (exercise.reference, _broken(about))
    )
    result = find_differences(exercise, asked, right, Evidence(came, []))
    return {case.name for case, found in zip(asked, result.findings, strict=True) if found}


def _space(about: About) -> dict[str, Student]:
    """What broken.py and right.py define."""
    space: dict[str, Student] = replace(about.program, handed="globals()").answer()
    return space


def _broken(about: About) -> Student:
    return next(each for name, each in _space(about).items() if name.startswith("Broken"))


# How they are judged


def judging(about: About) -> dict[str, object]:
    """As the exercise that is answered, and besides the letter and the proof."""
    exercise = find(about.repairs)

    def inner(case: Case) -> Case:
        return _inner(about.repairs, case.about["seed"])[case.name]

    def measure(case: Case, events: list[Event], index: int) -> Measured:
        return exercise.measure(inner(case), events, index)

    def observe(case: Case, events: list[Event]) -> list[Observation]:
        if case.observe == LETTER:
            return [_letter(about, events[0].returned)]
        if case.observe == PROOF:
            return [_proof(about, events[0].returned)]
        assert exercise.observe
        return exercise.observe(inner(case), events)

    def suggest(result: Result) -> tuple[str | None, str] | None:
        return exercise.suggest(_of_mended(result, inner))

    return {
        "measure": measure,
        "quantity": exercise.quantity,
        "observe": observe,
        "beside": lambda others: say("beside", broken=_broken(about).__name__, others=others),
        "observes": lambda case: case.observe in (LETTER, PROOF) or exercise.observed_in(inner(case)),
        "suggest": suggest,
        "remark": lambda result: _remark(about, result),
    }


def _is_of_mended(case: Case) -> bool:
    return case.observe in (TELLING, OTHER)


def _of_mended(result: Result, inner: Callable[[Case], Case]) -> Result:
    """What was found of the mended program alone."""
    which = [number for number, case in enumerate(result.cases) if _is_of_mended(case)]
    return Result(
        cases=[inner(result.cases[i]) for i in which],
        expected=[result.expected[i] for i in which],
        got=[result.got[i] for i in which],
        differences=[result.differences[i] for i in which],
        findings=[result.findings[i] for i in which],
        raw=[],
    )


def _remark(about: About, result: Result) -> str | None:
    found = zip(result.cases, result.differences, strict=True)
    wrong = any(difference for case, difference in found if _is_of_mended(case))
    return say("more", name=about.repairs, title=about.title) if wrong else None


def _letter(about: About, returned: object) -> Observation:
    letter = returned.strip().upper() if isinstance(returned, str) else ""
    if len(letter) != 1:
        return Observation(say("what-letter"), "none", say("no-letter", got=described(returned)))
    return Observation(say("what-letter"), letter, say("letter", letter=letter))


def _proof(about: About, returned: object) -> Observation:
    found, told = _proved(about, returned)
    says = say(f"proof.{found}", broken=_broken(about).__name__, **told) if found != "told-apart" else ""
    return Observation(say("what-proof"), found, says)


def _proved(about: About, returned: object) -> tuple[str, dict[str, object]]:
    """A word for what a proof comes to, and what else there is to tell of it."""
    outcome = _space(about)["outcome"]
    names = list(signature(outcome).parameters)[1:]
    if returned is None or isinstance(returned, dict):
        return ("nothing" if returned is None else "input-alone"), {}
    given, answer = returned if isinstance(returned, tuple | list) and len(returned) == 2 else (None, None)
    if not isinstance(given, dict):
        return "no-pair", {"got": described(returned)}
    if sorted(given) != sorted(names):
        return "names", {"names": ", ".join(names), "got": ", ".join(map(str, given))}
    if answer is None:
        return "without-answer", {}
    if any(type(each) is int and abs(each) > MOST for each in _leaves(given)):
        return "too-large", {"most": MOST}
    try:
        right, broken = (_played(outcome, each, given) for each in (about.program.written(), _broken(about)))
    except Exception as error:  # an input that no program could take
        return "cannot-be-played", {"type": type(error).__name__, "message": error}
    if not np.isfinite(_numbers(right)).all():  # nothing that could be worked out
        return "no-answer", {"got": right}
    sizes = np.abs(_numbers(given))
    alike = partial(_alike, rounding=ROUNDING * sizes[np.isfinite(sizes)].max(initial=0))
    if not alike(right, answer, CLOSE):
        return ("answer-of-broken" if alike(broken, answer, CLOSE) else "wrong-answer"), {}
    if alike(right, broken, SAME):
        return "same-as-broken", {}
    return ("right-unlike" if alike(right, broken, APART) else "told-apart"), {}


def _played(outcome: Student, program: object, given: Mapping[str, object]) -> object:
    """Arrays are handed over as copies: a broken program may write into them."""
    own = {name: each.copy() if isinstance(each, np.ndarray) else each for name, each in given.items()}
    return outcome(program, **own)


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, np.ndarray):
        value = value.ravel().tolist()
    return [leaf for each in value for leaf in _leaves(each)] if isinstance(value, list | tuple) else [value]


def _numbers(value: object) -> np.ndarray:
    return np.array([leaf for leaf in _leaves(value) if isinstance(leaf, int | float)], dtype=float)


def _alike(asked: object, came: object, far: float, rounding: float) -> bool:
    """Whether two answers are the same, numbers as far as they are relative to the largest that is asked."""
    if isinstance(asked, str | bool) or isinstance(came, str | bool):
        return type(asked) is type(came) and asked == came
    try:
        one, other = np.asarray(asked, dtype=float), np.asarray(came, dtype=float)
    except (TypeError, ValueError):  # no numbers
        return False
    if one.size != other.size:
        return False
    if not np.isfinite(one).all():  # within its size, everything would lie
        return np.array_equal(one.ravel(), other.ravel(), equal_nan=True)
    apart = np.abs(one.ravel() - other.ravel()).max(initial=0)
    return bool(apart <= far * np.abs(one).max(initial=0) + rounding)


# What can be wrong with the mended program


def further(about: About) -> list[Misconception]:
    """The mistakes of the exercise that is answered, made in the mended program."""
    exercise = find(about.repairs)
    return [_instead(about, exercise, each) for each in exercise.misconceptions if each.id not in about.shows]


def _instead(about: About, exercise: Exercise, mistake: Misconception) -> Misconception:
    """The same mistake in a program that stands in the place of the mended one."""
    assert exercise.program
    programs = (exercise.program.changed(wrong).source for wrong in mistake.wrongs)
    wrongs = tuple(Wrong(program=f"{each}\n\n{about.title} = {exercise.title}") for each in programs)
    return Misconception(
        id=mistake.id,
        explanation=mistake.explanation,
        hint=mistake.hint,
        variants=tuple(partial(made, about.program, wrong) for wrong in wrongs),
        convention=mistake.convention,
        wrongs=wrongs,
    )
