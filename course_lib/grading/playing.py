"""Play a submission's cells in the sandbox, and take down what it says of them."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from course_lib.exercises.folders import find
from course_lib.grading import library, safe_html
from course_lib.grading.assignment import Assignment, Cell, Notebook
from course_lib.grading.intake import Planned
from course_lib.grading.limits import Limits
from course_lib.grading.safe_html import Room
from course_lib.grading.sandbox import Played
from course_lib.judging.cases import Case

Hidden = frozenset[tuple[str, str]]
NEEDS_REFERENCES = frozenset({"capstone"})  # there the course's parts stand in for a student's missing ones


@dataclass(frozen=True)
class PlayedCell:
    """What the sandbox said of a cell; nothing in it is trusted."""

    status: str = "not run"
    outputs: list[dict[str, Any]] = field(default_factory=list)
    evidence: Any = None
    why: str = ""


def hidden_from(assignment: Assignment, cell: Cell) -> Hidden:
    """What must not be in the sandbox's library while this cell is graded."""
    if cell.check and cell.check.exercise in NEEDS_REFERENCES:
        return library.hidden([cell.check.exercise])
    return strictest(assignment)


def strictest(assignment: Assignment) -> Hidden:
    """What is hidden where no reference may be near."""
    exercises = {c.check.exercise for notebook in assignment.notebooks for c in notebook.cells if c.check}
    return library.hidden(exercises - NEEDS_REFERENCES)


def views(assignment: Assignment) -> list[Hidden]:
    """What the sandboxes' libraries hide that are needed for an assignment."""
    graded = [cell for notebook in assignment.notebooks for cell in notebook.graded if cell.type == "code"]
    return list(dict.fromkeys(hidden_from(assignment, cell) for cell in graded))


def play(
    assignment: Assignment,
    notebook: Notebook,
    planned: list[Planned],
    files: dict[str, bytes],
    folder: str,
    seed: int,
    limits: Limits,
    run: Callable[[Hidden, dict[str, Any]], Played],
    room: Room,
) -> dict[int, PlayedCell]:
    """Run the planned cells, once for each set of things that must be hidden."""
    views: dict[Hidden, set[int]] = {}
    for number, plan in enumerate(planned):
        if plan.runs and plan.released and plan.released.graded:
            views.setdefault(hidden_from(assignment, plan.released), set()).add(number)
    taken_down: dict[int, PlayedCell] = {}
    left = limits.seconds
    own_seconds = seconds_of_cells(notebook, planned, limits)
    for hidden, graded in views.items():
        cells: list[dict[str, Any]] = []
        for number, plan in enumerate(planned):
            check = plan.released.check if plan.released else None
            if not plan.runs or (check and number not in graded):
                continue
            if check:
                asked = [case.asked.data() for case in cases(check.exercise, seed)]
                given = {"student": check.student, "cases": asked}
                cells.append({"index": number, "check": given})
            else:
                cells.append({"index": number, "source": plan.source})
        played = run(
            hidden,
            request(
                notebook, cells, files, folder, seed, limits, {"seconds": left, "own_seconds": own_seconds}
            ),
        )
        left -= played.took
        whys = {death.get("index"): death.get("why") for death in played.deaths if type(death) is dict}
        for number, said in played.cells.items():
            if type(number) is int and type(said) is dict and (number in graded or number not in taken_down):
                taken_down[number] = _played_cell(said, whys.get(number), room)
    return taken_down


def request(
    notebook: Notebook,
    cells: list[dict[str, Any]],
    files: dict[str, bytes],
    folder: str,
    seed: int,
    limits: Limits,
    own_limits: dict[str, Any],
) -> dict[str, Any]:
    """What the sandbox is asked to play. own_limits: those that are others than the submission's."""
    return {
        "cells": cells,
        "files": {path: base64.b64encode(content).decode() for path, content in files.items()},
        "folder": folder,
        "notebook": notebook.name,
        "seed": derived(seed, "student"),
        "limits": vars(limits) | own_limits,
    }


def seconds_of_cells(notebook: Notebook, planned: list[Planned], limits: Limits) -> dict[int, float]:
    """The time for cells that have another than the rest, by index."""
    keys = {
        number: f"{notebook.name}/{plan.released.id}" for number, plan in enumerate(planned) if plan.released
    }
    return {n: limits.own_seconds[key] for n, key in keys.items() if key in limits.own_seconds}


def _played_cell(said: dict[str, Any], why: Any, room: Room) -> PlayedCell:
    status = said.get("status")
    return PlayedCell(
        status=status if status in ("ok", "error", "fault", "timeout", "died", "not run") else "not run",
        outputs=safe_html.outputs(said.get("outputs"), room),
        evidence=said.get("evidence"),
        why=why if type(why) is str else "",
    )


@lru_cache(maxsize=32)
def cases(exercise: str, seed: int) -> list[Case]:
    """The cases of a run: all of a class gets the same."""
    return find(exercise).cases(derived(seed, exercise))


def derived(seed: int, purpose: str) -> int:
    """A seed of its own for each purpose: what students see of one tells nothing of the others."""
    return int.from_bytes(hashlib.sha256(f"{purpose} {seed}".encode()).digest()[:16])
