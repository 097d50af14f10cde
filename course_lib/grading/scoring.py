"""From what the sandbox says of a graded cell to its score, and to what its outputs show of it."""

import math
import re
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from course_lib import texts
from course_lib.exercises.folders import find
from course_lib.grading import rendering
from course_lib.grading.assignment import Cell
from course_lib.grading.outcomes import UNWRITTEN
from course_lib.grading.playing import PlayedCell, cases
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict

say = texts.beside(__file__)


@dataclass
class Score:
    """What a graded cell gets.

    auto      the points; None where there are none (yet)
    max       of how many
    verified  whether a verdict from outside the sandbox stands behind it
    reason    of a zero: which limit was exceeded, what kept the work from being judged, or that it was not
              done; where there is no score: what failed. Nothing else has one.
    """

    auto: float | None
    max: float
    verified: bool = False
    reason: str = ""
    diagnosis: str | None = None
    title: str = ""

    @property
    def outcome(self) -> str:
        """ "score", "zero" for one with a reason, "by hand" where a person is to give it, and "none" where
        that failed which is no student's fault, or where there is nothing to grade: that is never a zero."""
        if self.auto is None:
            return "none" if self.reason else "by hand"
        return "zero" if self.reason else "score"

    def data(self) -> dict[str, Any]:
        return {**vars(self), "outcome": self.outcome}


def scored(released: Cell, cell: NotebookNode, played: PlayedCell, seed: int) -> Score:
    """The score of a graded cell. Puts a check's report into the cell's outputs."""
    if released.nbgrader.get("task"):
        return Score(None, released.points)
    if released.solution:
        auto = determine_grade(cell)[0]  # 0 for what was left as it was released, else a person's to give
        return Score(auto, released.points, reason="" if auto is None else left_as_it_was())
    if released.type != "code":
        return Score(None, released.points)
    if played.status in ("died", "timeout", "not run"):
        return Score(0.0, released.points, released.check is not None, why_stopped(played))
    if played.status == "fault":
        why = say("failed", error=_said(played))
        return Score(None, released.points, reason=why)
    if released.check:
        return _checked(released, cell, played, seed)
    return _plain(released, played)


def _checked(released: Cell, cell: NotebookNode, played: PlayedCell, seed: int) -> Score:
    assert released.check
    most = min(released.check.points, released.points)
    if played.evidence is None:
        why = say("not-checked", student=released.check.student, error=_said(played))
        # A probe that came to its end has something to say.
        return Score(None if played.status == "ok" else 0.0, released.points, played.status != "ok", why)
    exercise = find(released.check.exercise)
    try:
        report = verdict(exercise, cases(exercise.name, seed), played.evidence)
    except Exception as error:  # what was sent need not come from a probe; it is to cost this exercise alone
        # Either it was made up, or our judge is at fault: a person has to look which.
        why = say("not-judged", error=f"{type(error).__name__}: {error}")
        return Score(None, released.points, False, why)
    cell.outputs += _shown(report, most)
    title = ""
    if report.diagnosed and report.diagnosed.id:
        # A misconception is explained to all who have it in the same words; other texts cite their code.
        is_known = report.diagnosed.id in {known.id for known in exercise.misconceptions}
        title = report.diagnosed.text.partition(". ")[0] if is_known else report.diagnosed.title
    points = report.points(most)
    why = left_as_it_was() if report.diagnosis == UNWRITTEN and not points else ""
    return Score(points, released.points, True, why, report.diagnosis, title)


def _shown(report: Report, most: float) -> list[NotebookNode]:
    """What the graded check shows in a notebook, so that nbgrader reads the same score from it."""
    bundle = report.bundle(most) | {"text/html": rendering.shielded(report.html(most))}
    display = nbformat.from_dict({"output_type": "display_data", "data": bundle, "metadata": {}})
    if report.score == 0:
        why = say("nothing-passed", headline=report.headline(most))
        return [display, error_output("NothingPassed", why)]
    return [display, _value(repr(report.points(most)))]


def _value(text: str) -> NotebookNode:
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": text},
        "metadata": {},
        "execution_count": None,
    }
    return nbformat.from_dict(result)


def error_output(name: str, text: str) -> NotebookNode:
    return NotebookNode(output_type="error", ename=name, evalue=text, traceback=[text])


_NUMPY_SCALAR = re.compile(r"np\.(?:float|int|uint)\d+\((.*)\)")


def _plain(released: Cell, played: PlayedCell) -> Score:
    """A graded cell that is no check, as nbgrader scores it: an error brings nothing, a number as last value
    that much, all else full points.

    Three differences: what is written to stderr costs nothing, NumPy's scalars are numbers too, and a number
    that cannot be a score is no score (nbgrader gives full points for NaN and what is below zero, and stops
    at more than the maximum).
    """
    most = released.points
    if played.status != "ok" or any(output["output_type"] == "error" for output in played.outputs):
        return Score(0.0, most)
    results = [output for output in played.outputs if output["output_type"] == "execute_result"]
    if not results:
        return Score(most, most)
    text = results[0]["data"].get("text/plain", "").strip()
    scalar = _NUMPY_SCALAR.fullmatch(text)
    try:
        value = float(scalar[1] if scalar else text)
    except ValueError:
        return Score(most, most)
    if math.isnan(value) or value < 0:
        return Score(0.0, most, reason=say("no-points", value=text))
    if value > most:
        return Score(most, most)
    return Score(value, most)


def left_as_it_was() -> str:
    """The reason of a zero for what was not begun."""
    return say("left-as-it-was")


def why_stopped(played: PlayedCell) -> str:
    if played.status in ("died", "timeout"):
        return say("stopped", why=what_it_did(played))
    return say("not-run")


def what_it_did(played: PlayedCell) -> str:
    if played.status == "timeout":
        return say("why.timeout")
    whys = say.all("why")
    return whys.get(played.why, whys["exit"])


def _said(played: PlayedCell) -> str:
    errors = [output for output in played.outputs if output["output_type"] == "error"]
    if not errors:
        return say("no-evidence")
    return f"{errors[-1]['ename']}: {errors[-1]['evalue'][:300]}"
