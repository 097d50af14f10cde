"""Grade one submission: repair it, run it in the sandbox, judge the evidence, write the graded notebook.

Data in, data out: nothing here touches the course's files or its gradebook, so it can run in any process.
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum, determine_grade

from course_lib.exercises.folders import find
from course_lib.grading import choosing, intake, library, rendering, safe_html, unpacking
from course_lib.grading.assignment import Assignment, Cell, Notebook
from course_lib.grading.intake import Planned
from course_lib.grading.limits import Limits
from course_lib.grading.outcomes import UNWRITTEN
from course_lib.grading.reading import Unreadable
from course_lib.grading.safe_html import Room
from course_lib.grading.submission import Submission
from course_lib.judging.cases import Case
from course_lib.judging.report import Report
from course_lib.judging.verdict import verdict

Hidden = frozenset[tuple[str, str]]
MOST_NOTES = 5  # in a reason; all of them are in the feedback
REPAIRED = "Before grading, the submission was put in order."
UNGRADED = "This notebook has no score yet, which is no zero. Talk to your instructor."
LEFT_AS_IT_WAS = "It was left as it was released."
NOT_JUDGED = "This notebook was not judged."
PLEASE_REPORT = "For honest work that is a fault of the course: please report it."
NEEDS_REFERENCES = frozenset({"capstone"})  # there the course's parts stand in for a student's missing ones


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


@dataclass
class Graded:
    """A notebook's scores and comments by grade_id, the notes on its repair, and the graded notebook."""

    scores: dict[str, Score] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    text: str = ""


def grade(
    assignment: Assignment,
    submission: Submission,
    seed: int,
    limits: Limits,
    run: Callable[[Hidden, dict[str, Any]], Any],
) -> dict[str, Any]:
    """The result of a submission, as JSON.

    run: (what the sandbox's library hides, request) → the sandbox's outcome.
    """
    graded: dict[str, Graded] = {}
    files, unopened = unpacking.unpacked(submission.files, submission.times)
    left_out = [*submission.left_out, *unopened]
    told = [*submission.notes, *unopened]
    for name, chosen in choosing.choose(files, assignment.notebooks, left_out).items():
        notebook = next(one for one in assignment.notebooks if one.name == name)
        if isinstance(chosen, Unreadable):
            # What was left out may be it.
            why = " ".join([str(chosen), *told[:MOST_NOTES]])
            graded[name] = _ungraded(notebook, why, 0.0 if chosen.beyond_limit else None)
            continue
        planned, repairs = intake.repair(notebook, chosen.cells)
        beside, too_large = choosing.beside(files, chosen)
        released = {f"{chosen.folder}/{path}".lstrip("/"): data for path, data in assignment.files.items()}
        room = Room()
        outcome = _run(
            assignment, notebook, planned, {**beside, **released}, chosen.folder, seed, limits, run, room
        )
        notes = [*told, *chosen.notes, *repairs, *too_large]
        graded[name] = _judged(notebook, planned, notes, outcome, seed, room)
    return _result(submission, seed, graded)


def failed(assignment: Assignment, submission: Submission, seed: int, why: str) -> dict[str, Any]:
    """The result of a submission that could not be graded at all: no score, with the reason."""
    return _result(submission, seed, {one.name: _ungraded(one, why, None) for one in assignment.notebooks})


def beyond(assignment: Assignment, submission: Submission, seed: int, why: str) -> dict[str, Any]:
    """The result of a submission that exceeded a limit: zeros, each with the reason."""
    return _result(submission, seed, {one.name: _ungraded(one, why, 0.0) for one in assignment.notebooks})


def _result(submission: Submission, seed: int, graded: dict[str, Graded]) -> dict[str, Any]:
    return {
        "student": submission.student,
        "seed": seed,
        "timestamp": submission.timestamp.isoformat() if submission.timestamp else None,
        "doubted": submission.doubted,
        "scores": {
            name: {g: score.data() for g, score in one.scores.items()} for name, one in graded.items()
        },
        "comments": {name: one.comments for name, one in graded.items()},
        "notes": list(dict.fromkeys([*submission.notes, *(n for one in graded.values() for n in one.notes)])),
        "notebooks": {name: one.text for name, one in graded.items()},
    }


# Running


@dataclass(frozen=True)
class CellOutcome:
    """What the sandbox said of a cell; nothing in it is trusted."""

    status: str = "not run"
    outputs: list[dict[str, Any]] = field(default_factory=list)
    evidence: Any = None
    why: str = ""


def hidden_from(assignment: Assignment, cell: Cell) -> Hidden:
    """What must not be in the sandbox's library while this cell is graded."""
    if cell.check and cell.check.exercise in NEEDS_REFERENCES:
        return library.hidden([cell.check.exercise])
    exercises = {c.check.exercise for notebook in assignment.notebooks for c in notebook.cells if c.check}
    return library.hidden(exercises - NEEDS_REFERENCES)


def views(assignment: Assignment) -> list[Hidden]:
    """What the sandboxes' libraries hide that are needed for an assignment."""
    graded = [cell for notebook in assignment.notebooks for cell in notebook.graded if cell.type == "code"]
    return list(dict.fromkeys(hidden_from(assignment, cell) for cell in graded))


def _run(
    assignment: Assignment,
    notebook: Notebook,
    planned: list[Planned],
    files: dict[str, bytes],
    folder: str,
    seed: int,
    limits: Limits,
    run: Callable[[Hidden, dict[str, Any]], Any],
    room: Room,
) -> dict[int, CellOutcome]:
    """Run the planned cells, once for each set of things that must be hidden."""
    views: dict[Hidden, set[int]] = {}
    for number, plan in enumerate(planned):
        if plan.run and plan.released and plan.released.graded:
            views.setdefault(hidden_from(assignment, plan.released), set()).add(number)
    outcomes: dict[int, CellOutcome] = {}
    left = limits.seconds
    own_seconds = _own_seconds(notebook, planned, limits)
    for hidden, graded in views.items():
        cells: list[dict[str, Any]] = []
        for number, plan in enumerate(planned):
            check = plan.released.check if plan.released else None
            if not plan.run or (check and number not in graded):
                continue
            if check:
                asked = [case.asked.data() for case in cases(check.exercise, seed)]
                given = {"student": check.student, "cases": asked}
                cells.append({"index": number, "check": given})
            else:
                cells.append({"index": number, "source": plan.source})
        outcome = run(
            hidden,
            {
                "cells": cells,
                "files": {path: base64.b64encode(content).decode() for path, content in files.items()},
                "folder": folder,
                "notebook": notebook.name,
                "seed": _derived(seed, "student"),
                "limits": vars(limits) | {"seconds": left, "own_seconds": own_seconds},
            },
        )
        left -= outcome.took
        whys = {death.get("index"): death.get("why") for death in outcome.deaths if type(death) is dict}
        for number, said in outcome.cells.items():
            if type(number) is int and type(said) is dict and (number in graded or number not in outcomes):
                outcomes[number] = _cell_outcome(said, whys.get(number), room)
    return outcomes


def _own_seconds(notebook: Notebook, planned: list[Planned], limits: Limits) -> dict[int, float]:
    """The time for cells that have another than the rest, by index."""
    keys = {
        number: f"{notebook.name}/{plan.released.id}" for number, plan in enumerate(planned) if plan.released
    }
    return {n: limits.own_seconds[key] for n, key in keys.items() if key in limits.own_seconds}


def _cell_outcome(said: dict[str, Any], why: Any, room: Room) -> CellOutcome:
    status = said.get("status")
    return CellOutcome(
        status=status if status in ("ok", "error", "fault", "timeout", "died", "not run") else "not run",
        outputs=safe_html.outputs(said.get("outputs"), room),
        evidence=said.get("evidence"),
        why=why if type(why) is str else "",
    )


@lru_cache(maxsize=32)
def cases(exercise: str, seed: int) -> list[Case]:
    """The cases of a run: all of a class gets the same."""
    return find(exercise).cases(_derived(seed, exercise))


def _derived(seed: int, purpose: str) -> int:
    """A seed of its own for each purpose: what students see of one tells nothing of the others."""
    return int.from_bytes(hashlib.sha256(f"{purpose} {seed}".encode()).digest()[:16])


# Judging


def _judged(
    notebook: Notebook,
    planned: list[Planned],
    notes: list[str],
    outcomes: dict[int, CellOutcome],
    seed: int,
    room: Room,
) -> Graded:
    graded = Graded(notes=notes)
    cells = []
    stopped = ""
    for number, plan in enumerate(planned):
        outcome = outcomes.get(number, CellOutcome())
        released = plan.released
        cell = _cell(plan, outcome, room)
        if outcome.status == "died" and not (released and released.graded):
            cell.outputs.append(_error("Stopped", _why(outcome)))
        if outcome.status in ("died", "timeout") and not (released and released.graded):
            stopped = f"An earlier cell was stopped: {_what_it_did(outcome)}. "
        if released and released.graded:
            score = _score(released, cell, outcome, seed)
            # A name may be missing that was to be made in the cell that was stopped.
            if score.auto == 0 and outcome.status == "error":
                score.reason = (stopped + score.reason).rstrip()
            graded.scores[released.grade_id] = score
            if score.reason and score.reason != LEFT_AS_IT_WAS:  # which the check's report says
                cell.outputs.append(_told(score))
        if released and (released.solution or released.nbgrader.get("task")):
            blank = not released.nbgrader.get("task") and released.nbgrader.get(
                "checksum"
            ) == compute_checksum(cell)
            graded.comments[released.grade_id] = "No response." if blank else None
        cells.append(cell)
    graded.text = _text(notebook, cells, notes)
    return graded


def _score(released: Cell, cell: NotebookNode, outcome: CellOutcome, seed: int) -> Score:
    """The score of a graded cell. Puts a check's report into the cell's outputs."""
    if released.nbgrader.get("task"):
        return Score(None, released.points)
    if released.solution:
        auto = determine_grade(cell)[0]  # 0 for what was left as it was released, else a person's to give
        return Score(auto, released.points, reason="" if auto is None else LEFT_AS_IT_WAS)
    if released.type != "code":
        return Score(None, released.points)
    if outcome.status in ("died", "timeout", "not run"):
        return Score(0.0, released.points, released.check is not None, _why(outcome))
    if outcome.status == "fault":
        why = f"Grading failed here, and not in a student's code. {PLEASE_REPORT} {_said(outcome)}"
        return Score(None, released.points, reason=why)
    if released.check:
        return _checked(released, cell, outcome, seed)
    return _plain(released, outcome)


def _checked(released: Cell, cell: NotebookNode, outcome: CellOutcome, seed: int) -> Score:
    assert released.check
    most = min(released.check.points, released.points)
    if outcome.evidence is None:
        why = f"{released.check.student} could not be checked: {_said(outcome)}"
        # A probe that came to its end has something to say.
        return Score(None if outcome.status == "ok" else 0.0, released.points, outcome.status != "ok", why)
    exercise = find(released.check.exercise)
    try:
        report = verdict(exercise, cases(exercise.name, seed), outcome.evidence)
    except Exception as error:  # what was sent need not come from a probe; it is to cost this exercise alone
        # Either it was made up, or our judge is at fault: a person has to look which.
        why = f"{type(error).__name__}: {error}"
        return Score(
            None, released.points, False, f"What came back cannot be judged ({why}). {PLEASE_REPORT}"
        )
    cell.outputs += _shown(report, most)
    title = ""
    if report.diagnosed and report.diagnosed.id:
        # A misconception is explained to all who have it in the same words; other texts cite their code.
        is_known = report.diagnosed.id in {known.id for known in exercise.misconceptions}
        title = report.diagnosed.text.partition(". ")[0] if is_known else report.diagnosed.title
    points = report.points(most)
    why = LEFT_AS_IT_WAS if report.diagnosis == UNWRITTEN and not points else ""
    return Score(points, released.points, True, why, report.diagnosis, title)


def _shown(report: Report, most: float) -> list[NotebookNode]:
    """What the graded check shows in a notebook, so that nbgrader reads the same score from it."""
    bundle = report.bundle(most)
    bundle["text/html"] = rendering.shielded(bundle["text/html"])
    display = nbformat.from_dict({"output_type": "display_data", "data": bundle, "metadata": {}})
    if report.score == 0:
        why = f"{report.headline(most)}. The check's report says why."
        return [display, _error("NothingPassed", why)]
    return [display, _value(repr(report.points(most)))]


def _value(text: str) -> NotebookNode:
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": text},
        "metadata": {},
        "execution_count": None,
    }
    return nbformat.from_dict(result)


_NUMPY_SCALAR = re.compile(r"np\.(?:float|int|uint)\d+\((.*)\)")


def _plain(released: Cell, outcome: CellOutcome) -> Score:
    """A graded cell that is no check, as nbgrader scores it: an error brings nothing, a number as last value
    that much, all else full points.

    Three differences: what is written to stderr costs nothing, NumPy's scalars are numbers too, and a number
    that cannot be a score is no score (nbgrader gives full points for NaN and what is below zero, and stops
    at more than the maximum).
    """
    most = released.points
    if outcome.status != "ok" or any(output["output_type"] == "error" for output in outcome.outputs):
        return Score(0.0, most)
    results = [output for output in outcome.outputs if output["output_type"] == "execute_result"]
    if not results:
        return Score(most, most)
    text = results[0]["data"].get("text/plain", "").strip()
    scalar = _NUMPY_SCALAR.fullmatch(text)
    try:
        value = float(scalar[1] if scalar else text)
    except ValueError:
        return Score(most, most)
    if math.isnan(value) or value < 0:
        return Score(0.0, most, reason=f"The cell's value is {text}, which is no number of points.")
    if value > most:
        return Score(most, most)
    return Score(value, most)


_WHYS = {
    "memory": "it used more memory than there is for it",
    "time": "it did not end, and could not be interrupted",
    "over": "the time for the whole notebook was used up",
    "cpu": "it used more computing time than there is for all processes together",
    "exit": "it ended the kernel",
    "output": "it wrote more than can be kept",
    "processes": "it started more processes than it may",
    "locks": "it took more locks on files than it may",
    "marks": "it wrote where only grading writes",
}


def _why(outcome: CellOutcome) -> str:
    if outcome.status in ("died", "timeout"):
        return f"This cell was stopped: {_what_it_did(outcome)}."
    return "This cell was not run: the time for the whole notebook was used up before."


def _what_it_did(outcome: CellOutcome) -> str:
    if outcome.status == "timeout":
        return "it took longer than a cell may"
    return _WHYS.get(outcome.why, "it ended the kernel")


def _said(outcome: CellOutcome) -> str:
    errors = [output for output in outcome.outputs if output["output_type"] == "error"]
    if not errors:
        return "no evidence came back."
    return f"{errors[-1]['ename']}: {errors[-1]['evalue'][:300]}"


# The graded notebook


def _cell(plan: Planned, outcome: CellOutcome, room: Room) -> NotebookNode:
    """A cell of the graded notebook, harmless in the pages that are made of it."""
    known = plan.released
    is_ours = known is not None and (plan.source, plan.type, plan.attachments) == (
        known.source,
        known.type,
        known.attachments,
    )
    metadata = (
        NotebookNode(nbgrader=NotebookNode(known.nbgrader)) if known and known.nbgrader else NotebookNode()
    )
    if plan.type == "code":
        outputs = [nbformat.from_dict(output) for output in outcome.outputs]
        return NotebookNode(
            cell_type="code",
            source=safe_html.code(plan.source),
            metadata=metadata,
            outputs=outputs,
            execution_count=None,
        )
    source, attachments = plan.source, plan.attachments
    if plan.type == "raw":
        source, attachments = safe_html.raw(source), {}
    elif not is_ours:
        source, attachments = safe_html.markdown(source, attachments, room)
    cell = NotebookNode(cell_type="markdown", source=source, metadata=metadata)
    if attachments:
        cell.attachments = nbformat.from_dict(attachments)
    return cell


def _error(name: str, text: str) -> NotebookNode:
    return NotebookNode(output_type="error", ename=name, evalue=text, traceback=[text])


def _text(notebook: Notebook, cells: list[NotebookNode], notes: list[str], about: str = REPAIRED) -> str:
    if notes:
        told = "\n".join(f"- {note}" for note in notes)
        said = safe_html.markdown(f"**{about}**\n\n{told}", {})[0]
        cells = [NotebookNode(cell_type="markdown", source=said, metadata={}), *cells]
    for number, cell in enumerate(cells):
        cell.id = f"graded-{number}"  # the same each time
    metadata = {
        name: value for name, value in notebook.metadata.items() if name in ("kernelspec", "language_info")
    }
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return text.encode("utf-8", "replace").decode()  # half a character cannot be written into a file


def _ungraded(notebook: Notebook, why: str, auto: float | None) -> Graded:
    """A notebook that was not run: no scores, or zeros where a limit was exceeded; each with the reason."""
    graded = Graded(notes=[why])
    cells = []
    for released in notebook.cells:
        cell = _cell(
            Planned(released.type, released.source, released, attachments=released.attachments),
            CellOutcome(),
            Room(),
        )
        if released.graded:
            score = Score(auto, released.points, auto is not None, why)
            graded.scores[released.grade_id] = score
            if released.type == "code":
                cell.outputs = [_told(score)]
        cells.append(cell)
    graded.text = _text(notebook, cells, [why], UNGRADED if auto is None else NOT_JUDGED)
    return graded


def _told(score: Score) -> NotebookNode:
    """The reason of a zero, or of there being no score, as an output."""
    if score.outcome == "none":
        return _error("NoScoreYet", f"This has no score yet, which is no zero. {score.reason}")
    return _error("NotGraded", score.reason)
