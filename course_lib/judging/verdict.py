"""The verdict: from cases and evidence to a report. Runs no student's code, and trusts none of the
evidence."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.diagnosis import diagnose, plain
from course_lib.judging.exercise import Exercise, Result
from course_lib.judging.explaining import Answers
from course_lib.judging.findings import find_differences
from course_lib.judging.reading import Evidence, read_all
from course_lib.judging.report import CaseReport, Report

say = texts.beside(__file__)

T = TypeVar("T")


def verdict(exercise: Exercise, cases: list[Case], evidence: object) -> Report:
    """Judge the evidence, read already or not; whatever it is made of, the answer is a report."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers = _answers(exercise, tuple(cases))
        came = evidence if isinstance(evidence, Evidence) else read_all(evidence, answers.cases)
        result = find_differences(exercise, answers.cases, answers.reference, came)
        first = result.first
        faults: list[Exception] = []
        diagnosed = picture = None
        if first:
            diagnosed = _told(lambda: diagnose(exercise, answers, result), faults)
            diagnosed = diagnosed or plain(first, faults)
            picture = _told(lambda: exercise.picture(result), faults)
        notes = _told(lambda: _notes(exercise, result, came), faults)
        return Report(
            exercise=exercise.name,
            title=exercise.title,
            cases=_case_reports(result),
            diagnosed=diagnosed,
            notes=(*(notes or ()), *map(_fault, faults)),
            picture=picture,
            result=result,
            pytorch="" if first else exercise.pytorch,
        )


def _told(tell: Callable[[], T], faults: list[Exception]) -> T | None:
    """What else there is to tell. Where that fails the points stand, and a note says so."""
    try:
        return tell()
    except Exception as error:
        faults.append(error)
        return None


def _fault(error: Exception) -> str:
    return say("fault", type=type(error).__name__, error=error)


@lru_cache(maxsize=8)
def _answers(exercise: Exercise, cases: tuple[Case, ...]) -> Answers:
    return Answers(exercise, list(cases))


def _case_reports(result: Result) -> tuple[CaseReport, ...]:
    """Each case with its message; what has been said of an earlier case is not said again."""
    reports: list[CaseReport] = []
    said: dict[str, str] = {}
    for case, finding in zip(result.cases, result.findings, strict=True):
        text = finding.text if finding else ""
        cause = (finding.cause or text) if finding else ""
        message = say("as-in", case=said[cause]) if cause in said else texts.begun(text, _called(case))
        if finding:
            said.setdefault(cause, case.title)
        reports.append(CaseReport(case.name, finding is None, message, case.title))
    return tuple(reports)


def _called(case: Case) -> set[str]:
    return {call["call"] for call in case.calls if "call" in call}


def _notes(exercise: Exercise, result: Result, evidence: Evidence) -> tuple[str, ...]:
    """What else there is to say: how it was judged, output that was held back, NumPy's warnings, more
    precision than asked for."""
    remark = exercise.remark(result)
    notes = [remark] if remark else []
    if evidence.printed_length > 0:
        notes.append(say("printed", count=evidence.printed_length, beginning=evidence.printed.strip()))
    if evidence.threads > 0:
        notes.append(say("threads"))
    if evidence.warnings and any(result.findings):
        notes.append(say("warned", warnings="; ".join(evidence.warnings)))
    for case, expected, got, finding in zip(
        result.cases, result.expected, result.got, result.findings, strict=True
    ):
        for wanted, came in zip(expected, got, strict=True):
            dtypes = [getattr(event.returned, "dtype", None) for event in (wanted, came)]
            if dtypes == [np.float32, np.float64] and not finding:
                notes.append(say("wider", case=case.title))
                return tuple(notes)
    return tuple(notes)
