"""What each part brought, beside a log that a person grades: a table with standard errors, and curves.

Only where a grade depends on it: where the capstone's written answer is graded by hand, and was written. The
student's `train` runs once more, in a run of its own with limits of its own, after all scores are had; what
comes of it changes none. As in a check, the signals are the judge's and their labels stay here.
"""

import base64
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from nbformat import NotebookNode

from course_lib import capstone, texts
from course_lib.capstone import WITHOUT
from course_lib.errors import CourseError
from course_lib.exercises.capstone import ablation_driver, task
from course_lib.grading.assignment import Assignment, Cell, Notebook
from course_lib.grading.intake import Planned
from course_lib.grading.limits import Limits
from course_lib.grading.playing import Hidden, PlayedCell, derived, request, seconds_of_cells, strictest
from course_lib.grading.reading import bare
from course_lib.grading.sandbox import Played
from course_lib.grading.scoring import what_it_did
from course_lib.judging.cases import Case
from course_lib.judging.reading import Event, read_all

say = texts.beside(__file__)

EXERCISE = "capstone"
ROUNDS = 3
SECONDS = 60.0  # of computing for all trainings; the fifteen of the recipe take 25 to 45
LONGEST = SECONDS + 10  # until what does not look at the time is stopped
OF_ITS_CELL, OF_ITS_RUN = LONGEST + 10, LONGEST + 70  # the rest of the notebook runs before it
PICTURE = "curves.png"

Run = Callable[[Hidden, dict[str, Any]], Played]


class NotHad(Exception):
    """There is nothing to show; the message says why."""


@dataclass(frozen=True)
class Brought:
    """What a training reached with all parts and without each.

    own      accuracies with all parts of the student's own, one for each seed
    without  part → the same without it, or the name of the error with which train ends then
    losses   part, or "" with all → the means of the batches' losses
    """

    own: list[float]
    without: dict[str, list[float] | str]
    losses: dict[str, np.ndarray]


def beside(
    assignment: Assignment,
    notebook: Notebook,
    planned: list[Planned],
    files: dict[str, bytes],
    folder: str,
    seed: int,
    limits: Limits,
    run: Run,
) -> dict[int, NotebookNode]:
    """The cell that is to stand above a log, by the log's number among the planned; empty where none is due.

    Never raises: where there is nothing to show, the cell says why.
    """
    log, student = _log(planned), _student(notebook)
    if log is None or student is None:
        return {}
    seed = derived(seed, "ablation")
    cells: list[dict[str, Any]] = [
        {"index": number, "source": plan.source}
        for number, plan in enumerate(planned)
        if plan.runs and not (plan.released and plan.released.check)
    ]
    cells.append({"index": log, "check": {"student": student, "cases": [_case(seed).asked.data()]}})
    own_limits = {
        "seconds": OF_ITS_RUN,
        "cpu_seconds": OF_ITS_RUN,
        "own_seconds": seconds_of_cells(notebook, planned, limits) | {log: OF_ITS_CELL},
    }
    asked = request(notebook, cells, files, folder, seed, limits, own_limits)
    try:
        played = run(strictest(assignment), asked)
        return {log: _shown(_read(_played(played, log), seed))}
    except NotHad as reason:
        why = str(reason)
    except CourseError:  # the sandbox failed on it, or the machine was too busy
        why = say("why.sandbox")
    except Exception:  # what was sent need not come from a driver
        why = say("why.unreadable")
    return {log: NotebookNode(cell_type="markdown", source=say("not-had", why=why), metadata=NotebookNode())}


def seconds(notebook: Notebook) -> float:
    """What a submission's notebook may take for it, beside what it may take for its scores."""
    return OF_ITS_RUN if _student(notebook) else 0.0


def _log(planned: list[Planned]) -> int | None:
    """The number of the written answer behind the capstone's check, where a person is to grade it."""
    is_behind = False
    for number, plan in enumerate(planned):
        released = plan.released
        if released and _is_of_capstone(released):
            is_behind = True
        elif is_behind and released and released.type == "markdown" and released.graded and released.solution:
            return number if bare(plan.source) != bare(released.source) else None
    return None


def _student(notebook: Notebook) -> str | None:
    """What is checked in the capstone, as the release has it."""
    return next((cell.check.student for cell in notebook.cells if cell.check and _is_of_capstone(cell)), None)


def _is_of_capstone(cell: Cell) -> bool:
    return cell.check is not None and cell.check.exercise == EXERCISE


@lru_cache(maxsize=2)
def _case(seed: int) -> Case:
    """What is asked: all of a class the same."""
    settings = {"run": task.run(seed), "rounds": ROUNDS, "seconds": SECONDS}
    return Case.of("ablation", ablation_driver.calls(ROUNDS), "", ablation_driver.__name__, LONGEST, settings)


# What came of it


def _played(played: Played, log: int) -> object:
    """The evidence. Raises NotHad where there is none."""
    came = played.cells.get(log, {})
    if came.get("evidence") is not None:
        return came["evidence"]
    why = next((death.get("why", "") for death in played.deaths if death.get("index") == log), "")
    status, errors = came.get("status"), [each for each in came.get("outputs", []) if "ename" in each]
    if status in ("died", "timeout"):
        raise NotHad(what_it_did(PlayedCell(status, why=str(why))))
    if status == "error" and errors:
        raise NotHad(say("why.not-there", error=_plain(errors[-1]["ename"])))
    raise NotHad(say("why.no-time" if status == "not run" else "why.unreadable"))


def _read(evidence: object, seed: int) -> Brought:
    """What the rounds that came to their end say. Raises NotHad where none did."""
    first, *trainings = read_all(evidence, [_case(seed)]).cases[0]
    names = first.returned if isinstance(first.returned, list) else []
    own = [name for name in WITHOUT if name in names]
    if not own:
        raise NotHad(say("why.no-part"))
    labels, size = task.disguised(seed)[2].y, 1 + len(own)
    rounds = [trainings[size * k : size * (k + 1)] for k in range(ROUNDS)]
    ended = [each for each in rounds if all(one.error or _answers(one, labels) for one in each)]
    if not ended:
        raise NotHad(say("why.no-round", seconds=SECONDS))
    by_part = dict(zip(["", *own], zip(*ended, strict=True), strict=True))
    if error := _error(by_part[""]):
        raise NotHad(say("why.error", error=error))
    read = {name: [_accuracy(one, labels) for one in each] for name, each in by_part.items()}
    ends = {name: _error(each) for name, each in by_part.items()}
    losses = {name: _losses(each) for name, each in by_part.items() if not ends[name]}
    return Brought(read.pop(""), {name: ends[name] or read[name] for name in own}, losses)


def _answers(event: Event, labels: np.ndarray) -> bool:
    told = event.returned if isinstance(event.returned, dict) else {}
    return isinstance(told.get("answers"), np.ndarray) and told["answers"].shape == labels.shape


def _accuracy(event: Event, labels: np.ndarray) -> float:
    return 0.0 if event.error else float(np.mean(event.returned["answers"] == labels))


def _error(events: tuple[Event, ...]) -> str:
    """The name of the first error in a row of trainings; "" where there is none."""
    return next((_plain(event.error.type) for event in events if event.error), "")


def _plain(name: object) -> str:
    """The name of an error, of which a student's code can make what it likes, as a word."""
    return re.sub(r"\W", "", str(name))[:60]


def _losses(events: tuple[Event, ...]) -> np.ndarray:
    """The mean over seeds; empty where they are none, or not equally many."""
    told = [event.returned.get("losses") for event in events]
    rows = [each for each in told if isinstance(each, np.ndarray) and each.ndim == 1]
    if len(rows) < len(told) or len({len(row) for row in rows}) != 1:
        return np.empty(0)
    return np.mean(rows, axis=0)


# How it is shown


def _shown(brought: Brought) -> NotebookNode:
    """A Markdown cell with the table, and the curves as its attachment."""
    read = 100 * np.mean(brought.own)
    count = task.SIZES[2]
    head = say("head", accuracy=read, count=count, seeds=len(brought.own), budget=capstone.BUDGET)
    rows = [f"| {name} | {_gain(brought, name)} |" for name in brought.without]
    missing = [name for name in WITHOUT if name not in brought.without]
    notes = [say("missing", names=", ".join(missing))] if missing else []
    table = "\n".join([say("columns"), "|---|---|", *rows])
    attachments = _curves(brought.losses)
    pictures = [f"![{say('alt')}](attachment:{name})" for name in attachments]
    source = "\n\n".join([head, table, *notes, *pictures])
    cell = NotebookNode(cell_type="markdown", source=source, metadata=NotebookNode())
    if attachments:
        cell.attachments = NotebookNode(attachments)
    return cell


def _gain(brought: Brought, name: str) -> str:
    without = brought.without[name]
    if isinstance(without, str):
        return say("ends", error=without)
    gains = 100 * (np.array(brought.own) - np.array(without))
    if len(gains) == 1:
        return say("gain-of-one", mean=gains[0])
    return say("gain", mean=gains.mean(), error=gains.std(ddof=1) / np.sqrt(len(gains)))


def _curves(losses: Mapping[str, np.ndarray]) -> dict[str, dict[str, str]]:
    """The picture of the losses as an attachment; none where no loss was told."""
    from course_lib import plots  # loading matplotlib takes longer than most gradings do

    curves = {
        say("without", name=name) if name else say("all-own"): (
            capstone.BUDGET * (np.arange(len(loss)) + 0.5) / len(loss),
            np.clip(loss, 1e-3, 1e3),
        )
        for name, loss in losses.items()
        if loss.size
    }
    if not curves:
        return {}
    figure = plots.curves(curves, x_label=say("x"), y_label=say("y"), log_y=True)
    file = io.BytesIO()
    figure.savefig(
        file, format="png", dpi=110, bbox_inches="tight", facecolor="white", metadata={"Software": None}
    )
    return {PICTURE: {"image/png": base64.b64encode(file.getvalue()).decode()}}
