"""What a worker does: grade a submission, write the pages of one. It touches no gradebook."""

import hashlib
import json
import os
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course_lib import texts
from course_lib.errors import CourseError
from course_lib.grading import feedback, guards, judging, playing, submission
from course_lib.grading.assignment import Assignment
from course_lib.grading.files import write
from course_lib.grading.gradebook import Scores
from course_lib.grading.limits import Limits
from course_lib.grading.playing import Hidden
from course_lib.grading.sandbox import Busy, FailedTwice, Played, Sandbox
from course_lib.grading.serving import can_fork
from course_lib.grading.submission import Submission
from course_lib.grading.untrusted import DEEPEST, cleaned

say = texts.beside(__file__)

A_FAULT = "That is a fault of the course: please report it."


@dataclass(frozen=True)
class Setup:
    """What a worker needs beside the submission. away: what students' code must not see, wherever it lies."""

    assignment: Assignment
    limits: Limits
    sandbox: str
    away: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Job:
    """A submission to be graded with the cases of this seed.

    digest      tells whether what was handed in changes
    collected   whether `course collect` brought it
    submission  what was read from the folder; None where it is still to be read
    """

    setup: Setup
    seed: int
    student: str
    folder: Path
    digest: str = ""
    collected: bool = False
    submission: Submission | None = None


def read(job: Job) -> Job:
    """The job with the submission in it, for whoever does not see the folder; in a worker."""
    handed_in = job.submission or submission.read(job.folder, job.student, job.collected)
    return replace(job, submission=handed_in)


def grade(job: Job) -> dict[str, Any]:
    """Grade one submission, in a worker. Raises CourseError where no sandbox can be had."""

    def run(hidden: Hidden, request: dict[str, Any]) -> Played:
        return _sandbox(job.setup, hidden).run(request)

    handed_in = read(job).submission
    assert handed_in
    try:
        result = judging.grade(job.setup.assignment, handed_in, job.seed, job.setup.limits, run)
    except Busy as error:
        return failed(job, str(error))
    except FailedTwice as error:
        return failed(job, say("failed", error=error))
    said = {name: value for name, value in result.items() if name != "seed"}
    # What no file could hold is not handed to the driver.
    return {**cleaned(said, DEEPEST), "seed": job.seed, "guards": guards.in_force(job.setup.sandbox)}


def failed(job: Job, why: str) -> dict[str, Any]:
    """The result of a submission that could not be graded, for no fault that is known to be its own."""
    return judging.failed(job.setup.assignment, job.submission or Submission(job.student, {}), job.seed, why)


def beyond(job: Job, limit: str) -> dict[str, Any]:
    """The result of a submission that would have taken more than the limit, outside of the sandbox."""
    why = say("beyond", limit=limit)
    return judging.beyond(job.setup.assignment, job.submission or Submission(job.student, {}), job.seed, why)


@dataclass(frozen=True)
class PageJob:
    """A graded submission of which feedback is to be written.

    graded, pages  where its notebooks are, and where the pages go, by the notebook's name
    """

    student: str
    graded: dict[str, Path]
    pages: dict[str, Path]
    scores: dict[str, Scores]


def pages(job: PageJob) -> None:
    """Write the pages that are missing, or were made from something else; in a worker."""
    for name, path in job.pages.items():
        text = job.graded[name].read_text(encoding="utf-8", errors="replace")
        mark = _mark(text, job.scores[name])
        if not _ends_with(path, mark):
            write(path, feedback.page(name, text, job.scores[name]) + mark)


def _mark(text: str, scores: Scores) -> str:
    """The last line of a page: from what it was made. Another grade or comment makes another."""
    shown = {**vars(scores), "waiting": sorted(scores.waiting)}
    source = json.dumps([text, shown], sort_keys=True)
    return f"\n<!-- {hashlib.sha256(source.encode()).hexdigest()} -->\n"


def _ends_with(path: Path, mark: str) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-len(mark), os.SEEK_END)
            return file.read() == mark.encode()
    except OSError:  # it is not there, or shorter
        return False


# The sandboxes of a worker

_own = threading.local()  # a sandbox serves one submission at a time; Dask's workers may have several threads


def _sandbox(setup: Setup, hidden: Hidden) -> Sandbox:
    """This worker's sandbox of that kind, which stays warm from one submission to the next."""
    if not hasattr(_own, "sandboxes"):
        _own.sandboxes = {}
    key = (setup.sandbox, hidden, setup.away)
    if key not in _own.sandboxes:
        try:
            _own.sandboxes[key] = Sandbox(setup.sandbox, hidden, away=setup.away)
        except OSError as error:  # no submission is to blame
            raise CourseError(
                f"A sandbox cannot be made: {error.strerror}. Mend that, then run the same command again."
            ) from None
    sandbox: Sandbox = _own.sandboxes[key]
    return sandbox


def warm(setup: Setup, early: Sandbox | None, ends: ExitStack) -> dict[tuple[Any, ...], Sandbox]:
    """The sandboxes that an assignment needs, on their way to be warm, where processes can share them; `ends`
    will close them.

    early: one that has been begun.
    """
    sandboxes: dict[tuple[Any, ...], Sandbox] = {}
    for hidden in playing.views(setup.assignment) if can_fork() else []:
        sandbox = early or ends.enter_context(Sandbox(setup.sandbox, None, away=setup.away))
        sandbox.furnish(hidden, setup.away)
        sandboxes[setup.sandbox, hidden, setup.away] = sandbox
        early = None
    return sandboxes


def begin(scratch: Path | None, sandboxes: dict[tuple[Any, ...], Sandbox]) -> None:
    """Make this process a worker's, before its first job."""
    if scratch:
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
    _own.sandboxes = sandboxes
