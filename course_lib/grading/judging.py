"""Grade one submission: repair it, run it in the sandbox, judge the evidence, write the graded notebook.

Data in, data out: nothing here touches the course's files or its gradebook, so it can run in any process.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from course_lib import texts
from course_lib.grading import ablating, choosing, intake, safe_html, unpacking, versions
from course_lib.grading.assignment import NO_NAMES, Assignment, Cell, Notebook, names
from course_lib.grading.intake import Planned
from course_lib.grading.limits import Limits
from course_lib.grading.playing import Hidden, PlayedCell, play
from course_lib.grading.reading import Unreadable
from course_lib.grading.safe_html import Room
from course_lib.grading.sandbox import Played
from course_lib.grading.scoring import (
    Score,
    error_output,
    left_as_it_was,
    scored,
    what_it_did,
    why_stopped,
)
from course_lib.grading.submission import Submission

say = texts.beside(__file__)

MOST_NOTES = 5  # in a reason; all of them are in the feedback


@dataclass
class Graded:
    """A notebook's scores and comments by grade_id, the notes on its repair, and the graded notebook.

    checked_with: the other versions of the course with which it was checked
    """

    scores: dict[str, Score] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    checked_with: set[str] = field(default_factory=set)
    text: str = ""


def grade(
    assignment: Assignment,
    submission: Submission,
    seed: int,
    limits: Limits,
    run: Callable[[Hidden, dict[str, Any]], Played],
) -> dict[str, Any]:
    """The result of a submission, as JSON.

    run: (what the sandbox's library hides, request) → what was played.
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
        given = assignment, notebook, planned, {**beside, **released}, chosen.folder, seed, limits, run
        played = play(*given, room)
        notes = [*told, *chosen.notes, *repairs, *too_large]
        above = ablating.beside(*given)
        graded[name] = _judged(
            notebook, planned, notes, versions.others(chosen.cells), played, seed, room, above
        )
    return _result(submission, seed, graded)


def failed(assignment: Assignment, submission: Submission, seed: int, why: str) -> dict[str, Any]:
    """The result of a submission that could not be graded at all: no score, with the reason."""
    return _result(submission, seed, {one.name: _ungraded(one, why, None) for one in assignment.notebooks})


def beyond(assignment: Assignment, submission: Submission, seed: int, why: str) -> dict[str, Any]:
    """The result of a submission that exceeded a limit: zeros, each with the reason."""
    return _result(submission, seed, {one.name: _ungraded(one, why, 0.0) for one in assignment.notebooks})


def _result(submission: Submission, seed: int, graded: dict[str, Graded]) -> dict[str, Any]:
    checked_with = {version for one in graded.values() for version in one.checked_with}
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
        "other_version": versions.told(checked_with) if checked_with else "",
        "notebooks": {name: one.text for name, one in graded.items()},
    }


# Judging


def _judged(
    notebook: Notebook,
    planned: list[Planned],
    notes: list[str],
    checked_with: set[str],
    played: dict[int, PlayedCell],
    seed: int,
    room: Room,
    above: dict[int, NotebookNode],
) -> Graded:
    """above: cells of ours, each by the number of the one that it stands above."""
    graded = Graded(notes=notes, checked_with=checked_with)
    cells = []
    stopped = ""
    for number, plan in enumerate(planned):
        said = played.get(number, PlayedCell())
        released = plan.released
        cell = _cell(plan, said, room)
        if said.status == "died" and not (released and released.graded):
            cell.outputs.append(error_output("Stopped", why_stopped(said)))
        if said.status in ("died", "timeout") and not (released and released.graded):
            stopped = say("earlier-stopped", why=what_it_did(said)) + " "
        if released and released.graded:
            score = scored(released, cell, said, seed)
            # A name may be missing that was to be made in the cell that was stopped.
            if score.auto == 0 and said.status == "error":
                score.reason = (stopped + score.reason).rstrip()
                if plan.put_back and not _is_answered(released, planned):
                    score.reason = f"{score.reason} {say('of-another-release')}"
            graded.scores[released.grade_id] = score
            if score.reason and score.reason != left_as_it_was():  # which the check's report says
                cell.outputs.append(_told(score))
        if released and (released.solution or released.nbgrader.get("task")):
            blank = not released.nbgrader.get("task") and released.nbgrader.get(
                "checksum"
            ) == compute_checksum(cell)
            graded.comments[released.grade_id] = say("no-response") if blank else None
        cells += [above[number], cell] if number in above else [cell]
    graded.text = _text(notebook, cells, notes, version=versions.told(checked_with))
    return graded


def _is_answered(checked: Cell, planned: list[Planned]) -> bool:
    """Whether a cell binds a name that is checked."""
    asked = (names(checked.check.student) or NO_NAMES)[1] if checked.check else frozenset[str]()
    return not asked or any(asked & (names(plan.source) or NO_NAMES)[0] for plan in planned if plan.runs)


# The graded notebook


def _cell(plan: Planned, played: PlayedCell, room: Room) -> NotebookNode:
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
        outputs = [nbformat.from_dict(output) for output in played.outputs]
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


def _text(
    notebook: Notebook,
    cells: list[NotebookNode],
    notes: list[str],
    about: str = "repaired",
    version: str = "",
) -> str:
    if notes:
        told = "\n".join(f"- {note}" for note in notes)
        said = safe_html.markdown(f"**{say(about)}**\n\n{told}", {})[0]
        cells = [NotebookNode(cell_type="markdown", source=said, metadata={}), *cells]
    for number, cell in enumerate(cells):
        cell.id = f"graded-{number}"  # the same each time
    metadata = {
        name: value for name, value in notebook.metadata.items() if name in ("kernelspec", "language_info")
    }
    if version:  # feedback shows it
        metadata["course_version"] = version
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
            PlayedCell(),
            Room(),
        )
        if released.graded:
            score = Score(auto, released.points, auto is not None, why)
            graded.scores[released.grade_id] = score
            if released.type == "code":
                cell.outputs = [_told(score)]
        cells.append(cell)
    graded.text = _text(notebook, cells, [why], "ungraded" if auto is None else "not-judged")
    return graded


def _told(score: Score) -> NotebookNode:
    """The reason of a zero, or of there being no score, as an output."""
    if score.outcome == "none":
        return error_output("NoScoreYet", say("no-score-yet", reason=score.reason))
    return error_output("NotGraded", score.reason)
