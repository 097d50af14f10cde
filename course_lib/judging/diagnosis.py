"""Why the cases fail: the mistakes that explain the evidence, or what the first difference suggests."""

from collections.abc import Sequence

from course_lib import texts
from course_lib.judging.advice import advice
from course_lib.judging.exercise import Exercise, Finding, Result
from course_lib.judging.explaining import Answers, Explanation, changed_arguments, explaining
from course_lib.judging.missing import NotThere
from course_lib.judging.reading import Error
from course_lib.judging.report import Diagnosis

say = texts.beside(__file__)


def diagnose(exercise: Exercise, answers: Answers, result: Result) -> Diagnosis:
    """One mistake, one message."""
    first = result.first
    assert first, "where nothing fails, there is nothing to diagnose"
    kinds = {finding.kind: finding for finding in result.findings if finding}
    error = _first_error(result)
    if error and error.type == NotThere.__name__:
        return Diagnosis("not-written", say("title.not-there"), error.message)
    if error and error.type == "NotImplementedError" and first.kind in ("error", "missing", "constructor"):
        text = say("not-written", contract=exercise.contract)
        return Diagnosis("not-written", say("title.not-written"), text)
    if "constructor" in kinds:
        return Diagnosis("constructor", say("title.constructor"), kinds["constructor"].text)
    same = not any(result.differences) and not changed_arguments(result.got)
    explanation = Explanation() if same else explaining(exercise, answers, result)
    if explanation.mistakes:
        return _named(explanation)
    if "default" in kinds:
        return Diagnosis("other-default", say("title.constructor"), kinds["default"].text)
    if "order" in kinds:
        return Diagnosis("other-order", say("title.constructor"), kinds["order"].text)
    if error and error.type == "TimeLimit":
        stopped = next((f for f in result.findings if f and f.cause.startswith("TimeLimit")), first)
        text = say("never-ends", stopped=stopped.text)
        return Diagnosis("never-ends", say("title.never-ends"), text)
    if error and first.kind == "error":
        return Diagnosis("raises", say("title.raises", type=error.type), advice(error))
    # Where something could not be run, the numbers around it suggest nothing.
    suggestion = exercise.suggest(result) if first.kind != "error" else None
    if suggestion:
        return Diagnosis(suggestion[0], say("title.suggests"), suggestion[1])
    return plain(first)


def plain(first: Finding, faults: Sequence[Exception] = ()) -> Diagnosis:
    """What is said where nothing more is known: the first finding as it is, and what of ours failed on it."""
    failed = "".join(say("fault", type=type(error).__name__) for error in faults)
    return Diagnosis(None, say("title.first-difference"), first.text + failed)


def _named(explanation: Explanation) -> Diagnosis:
    mistakes = explanation.mistakes
    id = "+".join(mistake.id for mistake in mistakes)
    if len(mistakes) == 1:
        (mistake,) = mistakes
        title = say("title.convention") if mistake.convention else say("title.mistake")
        explained = mistake.explanation if explanation.is_whole else say("not-all", text=mistake.explanation)
        return Diagnosis(id, title, explained, mistake.hint)
    one, other = mistakes
    found = say("one", text=one.explanation), say("other", text=other.explanation)
    hints = say("hint-of-one", hint=one.hint), say("hint-of-other", hint=other.hint)
    return Diagnosis(id, say("title.two"), "\n".join(found), "\n".join(hints))


def _first_error(result: Result) -> Error | None:
    pairs = zip(result.expected, result.got, strict=True)
    events = ((e, g) for expected, got in pairs for e, g in zip(expected, got, strict=True))
    return next((came.error for right, came in events if came.error and not right.error), None)
