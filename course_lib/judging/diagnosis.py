"""Why the cases fail: the misconception whose evidence the student's equals, or what the first
difference suggests."""

import numpy as np

from course_lib.judging import compare, observing
from course_lib.judging.advice import advice
from course_lib.judging.cases import Case
from course_lib.judging.exercise import Exercise, Finding, Misconception, Result
from course_lib.judging.probe import play
from course_lib.judging.reading import ABSENT, Error, Event, read
from course_lib.judging.report import Diagnosis

ILL_FORMED = ("error", "type", "shape", "dtype", "missing")
# Errors that the same mistake raises when written in another way.
ALIKE = {"TypeError", "ValueError", "IndexError"}


class Answers:
    """What the reference and the misconceptions answer on some cases; the misconceptions only as far as
    needed."""

    def __init__(self, exercise: Exercise, cases: list[Case]) -> None:
        self.cases = cases
        self.reference = [read(play(exercise.reference, case.asked), case) for case in cases]
        self._played: dict[tuple[str, int], list[list[Event]]] = {}
        self._wrong: dict[tuple[str, int], object] = {}

    def of(self, misconception: Misconception, variant: int, index: int) -> list[Event]:
        """The events of one case. All before it are played first: a class may carry state from one to
        the next."""
        key = misconception.id, variant
        if key not in self._wrong:
            self._wrong[key], self._played[key] = misconception.variants[variant](), []
        for case in self.cases[len(self._played[key]) : index + 1]:
            self._played[key].append(read(play(self._wrong[key], case.asked), case))
        return self._played[key][index]


def diagnose(exercise: Exercise, answers: Answers, result: Result) -> Diagnosis:
    """One mistake, one message."""
    first = next(finding for finding in result.findings if finding)
    kinds = {finding.kind: finding for finding in result.findings if finding}
    error = _first_error(result)
    if error and error.type == "NotImplementedError" and first.kind in ("error", "missing", "constructor"):
        return Diagnosis(
            "not-written",
            "Not written yet",
            f"The code still raises NotImplementedError. {exercise.contract}",
        )
    if "constructor" in kinds:
        return Diagnosis("constructor", "The constructor", kinds["constructor"].text)
    same = not any(result.differences) and not _changed(result.got)
    match = None if same else matching(exercise, answers, result)
    if match:
        title = "A known convention, but not the one asked for" if match.convention else "What went wrong"
        return Diagnosis(match.id, title, match.explanation, match.hint)
    if "default" in kinds:
        return Diagnosis("other-default", "The constructor", kinds["default"].text)
    if "order" in kinds:
        return Diagnosis("other-order", "The constructor", kinds["order"].text)
    if error and error.type == "TimeLimit":
        stopped = next((f for f in result.findings if f and f.cause.startswith("TimeLimit")), first)
        text = f"{stopped.text} Is there a loop that never ends, or a call that waits?"
        return Diagnosis("never-ends", "It does not come to an end", text)
    if error and first.kind == "error":
        return Diagnosis("raises", f"The code raises {error.type}", advice(error))
    # Where something could not be run, the numbers around it suggest nothing.
    suggestion = exercise.suggest(result) if first.kind != "error" else None
    if suggestion:
        return Diagnosis(suggestion[0], "What the first difference suggests", suggestion[1])
    return Diagnosis(None, "The first difference", first.text)


def _first_error(result: Result) -> Error | None:
    pairs = zip(result.expected, result.got, strict=True)
    events = ((e, g) for expected, got in pairs for e, g in zip(expected, got, strict=True))
    return next((came.error for right, came in events if came.error and not right.error), None)


def matching(exercise: Exercise, answers: Answers, result: Result) -> Misconception | None:
    """The misconception that equals the evidence: in all cases, or else wherever the student's values
    could be compared."""
    everything = range(len(result.cases))
    formed = [i for i in everything if not _ill_formed(result.differences[i])]
    for misconception in exercise.misconceptions:
        for variant in range(len(misconception.variants)):
            played = _played_if_equal(exercise, answers, result, misconception, variant, list(everything))
            if played and _changed(played) == _changed(result.got):
                return misconception
    if len(formed) < 2 or not any(result.differences[i] for i in formed):
        return None
    for misconception in exercise.misconceptions:
        for variant in range(len(misconception.variants)):
            if _played_if_equal(exercise, answers, result, misconception, variant, formed):
                return misconception
    return None


def _ill_formed(difference: Finding | None) -> bool:
    return difference is not None and difference.kind in ILL_FORMED


def _played_if_equal(
    exercise: Exercise,
    answers: Answers,
    result: Result,
    misconception: Misconception,
    variant: int,
    indices: list[int],
) -> list[list[Event]]:
    played = []
    for index in indices:
        played.append(answers.of(misconception, variant, index))
        if not equal(exercise, result.cases[index], result.expected[index], played[-1], result.got[index]):
            return []
    return played


def _changed(played: list[list[Event]]) -> set[str]:
    return {name for events in played for event in events for name in event.changed}


def equal(exercise: Exercise, case: Case, right: list[Event], a: list[Event], b: list[Event]) -> bool:
    """Whether two implementations answer a case alike; what is returned is compared as it is with the
    reference."""
    for index, call in enumerate(case.calls):
        if "make" in call:
            continue
        judged = call.get("judged", True)
        if judged and not _alike(exercise, case, right, a, b, index):
            return False
        if not judged and (a[index].error is None) != (b[index].error is None):
            return False
    return not exercise.observe or observing.alike(
        *(observing.seen(exercise.observe, case, e) for e in (a, b))
    )


def _alike(
    exercise: Exercise, case: Case, right: list[Event], a: list[Event], b: list[Event], index: int
) -> bool:
    first, second = a[index], b[index]
    if first.error or second.error:
        types = {event.error.type if event.error else "none" for event in (first, second)}
        # Where an error is what is asked, it is to be this one and no other.
        return len(types) == 1 or (types <= ALIKE and not right[index].error)
    if first.returned is ABSENT or second.returned is ABSENT:
        return first.returned is second.returned
    if exercise.observe:
        return True
    forms = [compare.form(right[index].returned, event.returned) for event in (first, second)]
    if forms != [None, None] and (compare.form(first.returned, second.returned) or None in forms):
        return False
    one, allowed = exercise.measure(case, a, index)
    other, allowed_of_other = exercise.measure(case, b, index)
    return compare.value(one, other, np.fmax(allowed, allowed_of_other)) is None
