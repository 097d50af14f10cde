"""Why the cases fail: the mistakes that explain the evidence, or what the first difference suggests."""

from collections.abc import Sequence

from course_lib.judging.advice import advice
from course_lib.judging.exercise import Exercise, Finding, Result
from course_lib.judging.explaining import Answers, Explanation, changed_arguments, explaining
from course_lib.judging.reading import Error
from course_lib.judging.report import Diagnosis


def diagnose(exercise: Exercise, answers: Answers, result: Result) -> Diagnosis:
    """One mistake, one message."""
    first = result.first
    assert first, "where nothing fails, there is nothing to diagnose"
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
    same = not any(result.differences) and not changed_arguments(result.got)
    explanation = Explanation() if same else explaining(exercise, answers, result)
    if explanation.mistakes:
        return _named(explanation)
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
    return plain(first)


def plain(first: Finding, faults: Sequence[Exception] = ()) -> Diagnosis:
    """What is said where nothing more is known: the first finding as it is, and what of ours failed on it."""
    failed = "".join(f" ({type(error).__name__}: a fault of the course.)" for error in faults)
    return Diagnosis(None, "The first difference", first.text + failed)


def _named(explanation: Explanation) -> Diagnosis:
    mistakes = explanation.mistakes
    id = "+".join(mistake.id for mistake in mistakes)
    if len(mistakes) == 1:
        (mistake,) = mistakes
        title = "A known convention, but not the one asked for" if mistake.convention else "What went wrong"
        besides = "" if explanation.is_whole else " That does not explain all of it: look at the cases."
        return Diagnosis(id, title, mistake.explanation + besides, mistake.hint)
    texts = [f"{count}: {m.explanation}" for count, m in zip(("One", "The other"), mistakes, strict=True)]
    hints = [
        f"{count}: {m.hint}" for count, m in zip(("For the one", "For the other"), mistakes, strict=True)
    ]
    return Diagnosis(id, "Two things", "\n".join(texts), "\n".join(hints))


def _first_error(result: Result) -> Error | None:
    pairs = zip(result.expected, result.got, strict=True)
    events = ((e, g) for expected, got in pairs for e, g in zip(expected, got, strict=True))
    return next((came.error for right, came in events if came.error and not right.error), None)
