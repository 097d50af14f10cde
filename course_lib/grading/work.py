"""What the steps of a run share, and what comes of the submissions that are given to its workers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course_lib.grading import outcomes
from course_lib.grading.course import Course
from course_lib.grading.files import digest
from course_lib.grading.jobs import A_FAULT, Job, Setup, beyond, failed, grade, read
from course_lib.grading.journal import Journal
from course_lib.grading.outcomes import Result
from course_lib.grading.pool import Done, Ending, Exceeded, Pool
from course_lib.grading.workers import Cluster


@dataclass(frozen=True)
class Work:
    """What the steps of a run share. collected: whose work `course collect` brought from a platform."""

    course: Course
    unit: str
    students: list[str]
    setup: Setup
    crew: Pool | Cluster
    here: Pool
    journal: Journal
    collected: frozenset[str] = frozenset()

    def folder(self, step: str, student: str) -> Path:
        return self.course.folder(step, self.unit, student)

    def paths(self, step: str, student: str) -> dict[str, Path]:
        """The student's notebooks, or pages, by the notebook's name."""
        ending = "html" if step == "feedback" else "ipynb"
        names = (notebook.name for notebook in self.setup.assignment.notebooks)
        return {name: self.folder(step, student) / f"{name}.{ending}" for name in names}

    def job(self, student: str, seed: int) -> Job:
        folder = self.folder("submitted", student)
        return Job(self.setup, seed, student, folder, digest(folder), student in self.collected)

    def known(self, job: Job) -> Result | None:
        """The result of this very submission to this very assignment, if there is one."""
        known = self.journal.result(job.student)
        now = (job.digest, self.setup.assignment.digest)
        return known if known and (known["digest"], known["assignment"]) == now else None


def results(work: Work, jobs: Iterator[Job]) -> Iterator[tuple[Job, Result]]:
    """The results as they come. Who has no score is graded once more, with nobody else at the same time."""
    again = []
    for job, ending in _graded(work, jobs):
        result = result_of(job, ending)
        if outcomes.without_score(result):
            again.append(job)
        else:
            yield job, result
    for job in again:
        [(_, ending)] = work.crew.map(grade, [job])
        yield job, result_of(job, ending)


def _graded(work: Work, jobs: Iterator[Job]) -> Iterator[tuple[Job, Ending]]:
    """What came of each job. To a cluster goes what was handed in, read by a process of this machine."""
    if work.crew is work.here:
        yield from work.here.map(grade, jobs)
        return
    unread = []

    def whole() -> Iterator[Job]:
        for job, ending in work.here.map(read, jobs):
            if isinstance(ending, Done):
                yield ending.value
            else:
                unread.append((job, ending))

    yield from work.crew.map(grade, whole())
    yield from unread


def result_of(job: Job, ending: Ending) -> Result:
    """The result that the end of a job means."""
    if isinstance(ending, Done):
        result: Result = ending.value
        return result
    if isinstance(ending, Exceeded):
        return beyond(job, ending.limit)
    return failed(job, f"The grading itself failed ({ending.why}). {A_FAULT}")
