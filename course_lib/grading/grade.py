"""`course grade`: a class of submissions, from files to scores and feedback.

    submitted/ → intake → sandbox: evidence → trusted verdict → journal → one writer: gradebook, feedback

A result counts once it is in the journal and in the gradebook. Whatever interrupts a run, the same command
goes on where it stopped, with the same seed.
"""

import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path
from typing import Any

from tqdm import tqdm

from course_lib import notebooks
from course_lib.errors import CourseError
from course_lib.grading import assignment, export, gradebook, submission
from course_lib.grading.assignment import Assignment
from course_lib.grading.course import Course
from course_lib.grading.files import write
from course_lib.grading.journal import Journal, opened
from course_lib.grading.judging import Limits
from course_lib.grading.summary import class_summary
from course_lib.grading.workers import Cluster, Job, Local, PageJob, Setup, failed, grade, pages

Result = dict[str, Any]
SEEDS = 2**31
REPORTS = "reports"  # class summaries and exports, below the course's folder
WITHOUT = (
    "Without a sandbox: students' code runs with your rights. It can read and change your files and the "
    "gradebook, use the network, and go on running. The scores of checks are still computed outside of it."
)


@dataclass(frozen=True)
class Options:
    """What the command was asked.

    students  names or patterns such as "a*"; all where empty
    force     grade also what was graded before and has not changed
    """

    unit: str
    students: tuple[str, ...] = ()
    workers: int = os.cpu_count() or 1
    dask: str | None = None
    sandbox: str = "bubblewrap"
    recheck: bool = False
    force: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Work:
    """What the steps of a run share."""

    course: Course
    unit: str
    students: list[str]
    setup: Setup
    crew: Local | Cluster
    journal: Journal

    def folder(self, step: str, student: str) -> Path:
        return self.course.folder(step, self.unit, student)


def run(course: Course, options: Options) -> int:
    """Grade the class; return the exit code."""
    unit = find_unit(course, options.unit)
    gradebook.register(course, unit)
    released = load(course, unit)
    students = chosen(course, unit, options.students)
    setup = Setup(released, options.limits, options.sandbox)
    if options.sandbox == "none":
        print(WITHOUT)
    crew = Cluster(options.dask) if options.dask else Local(min(options.workers, len(students)))
    try:
        with opened(course.records / unit) as journal:
            work = Work(course, unit, students, setup, crew, journal)
            if options.recheck:
                return _recheck(work)
            _grade(work, options.force)
            _write_feedback(work)
            _report(work)
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept: the same command goes on from there.")
        return 130
    finally:
        crew.close()
    return 0


def load(course: Course, unit: str) -> Assignment:
    """The assignment as it was released, with what the gradebook knows of it.

    Raises CourseError where there is nothing released.
    """
    known = gradebook.source(course, unit)
    folder = course.folder("release", unit)
    found = []
    for name, cells in known.items():
        path = folder / f"{name}.ipynb"
        found.append(assignment.notebook(name, notebooks.read(path), cells))
    source = course.folder("source", unit)
    beside = submission.read(source, "") if source.is_dir() else None
    files = (
        {path: data for path, data in beside.files.items() if not path.endswith(".ipynb")} if beside else {}
    )
    return Assignment(unit, tuple(found), files)


def find_unit(course: Course, asked: str) -> str:
    """The assignment that `asked` means: its name, or its number. Raises CourseError where there is none."""
    folder = course.folder("source", "*")
    known = sorted(path.name for path in folder.parent.glob("*") if any(path.glob("*.ipynb")))
    for unit in known:
        number = unit.split("_")[0]
        if asked == unit or (asked.isdecimal() and number.isdecimal() and int(asked) == int(number)):
            return unit
    raise CourseError(f"There is no assignment {asked!r}; known: {', '.join(known) or 'none'}.")


def chosen(course: Course, unit: str, patterns: tuple[str, ...]) -> list[str]:
    """The students who handed in this unit, those whom the patterns name.

    Raises CourseError where nobody did, or where a pattern names nobody.
    """
    folder = course.folder("submitted", unit, "*")
    place = course.directory().format_path("submitted", "(?P<student>.*)", re.escape(unit), escape=True)
    places = [re.fullmatch(place, path) for path in glob(str(folder))]
    everybody = sorted(found["student"] for found in places if found)
    if not everybody:
        raise CourseError(f"Nobody has handed in {unit}: there is no folder like {folder}.")
    idle = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in everybody)]
    if idle:
        raise CourseError(
            f"{', '.join(idle)} handed in nothing for {unit}. There are {len(everybody)} submissions: "
            f"{', '.join(everybody[:10])}{', …' if len(everybody) > 10 else '.'}"
        )
    return [name for name in everybody if not patterns or any(fnmatchcase(name, p) for p in patterns)]


def _grade(work: Work, force: bool) -> None:
    """Grade what is new or has changed, and write it down."""
    version = work.setup.assignment.digest
    run = work.journal.unfinished_run()
    if run and run.assignment == version:
        print(f"Going on with the grading of {work.unit} that was interrupted.")
    else:
        run = work.journal.begin(secrets.randbelow(SEEDS), version)
    failures = 0
    bar = tqdm(total=len(work.students), unit=" submissions", desc=work.unit, postfix={"failures": 0})
    with gradebook.opened(work.course, work.unit) as book, bar:
        for job, result in work.crew.map(grade, _jobs(work, run.seed, force, bar)):
            result = result or failed(job)
            _enter(work, book, result)
            failures += any(
                score["reason"] for cells in result["scores"].values() for score in cells.values()
            )
            bar.set_postfix(failures=failures, refresh=False)
            bar.update()
    work.journal.end()


def _jobs(work: Work, seed: int, force: bool, bar: tqdm) -> Iterator[Job]:
    """What is to be graded, read as it is needed."""
    for student in work.students:
        handed_in = submission.read(work.folder("submitted", student), student)
        known = work.journal.result(student) if work.journal.is_written(student) else None
        same = known and (known["digest"], known["assignment"]) == (
            handed_in.digest,
            work.setup.assignment.digest,
        )
        if known and same and (known["seed"] == seed or not force):
            bar.update()
        else:
            yield Job(work.setup, seed, handed_in)


def _enter(work: Work, book: gradebook.Book, result: Result) -> None:
    """Write a result down: the graded notebooks, the journal, the gradebook. Then it counts."""
    folder = work.folder("autograded", result["student"])
    for name, text in result["notebooks"].items():
        write(folder / f"{name}.ipynb", text)
    if result["timestamp"]:
        write(folder / submission.TIMESTAMP, result["timestamp"])
    record = result | {"assignment": work.setup.assignment.digest}
    work.journal.record(record)
    book.write(record)
    work.journal.written(result["student"], result["digest"])


def _recheck(work: Work) -> int:
    """Grade again with the same seeds, write nothing, and report what differs; 1 where something does."""
    jobs = []
    for student in work.students:
        known = work.journal.result(student)
        handed_in = submission.read(work.folder("submitted", student), student)
        if known and (known["digest"], known["assignment"]) == (
            handed_in.digest,
            work.setup.assignment.digest,
        ):
            jobs.append(student)
        else:
            print(f"{student}: not graded as it is now; 'course grade {work.unit}' does that first.")

    def again() -> Iterator[Job]:
        for student in jobs:
            known = work.journal.result(student)
            assert known
            yield Job(work.setup, known["seed"], submission.read(work.folder("submitted", student), student))

    different = 0
    with tqdm(total=len(jobs), unit=" submissions", desc=f"{work.unit}, again") as bar:
        for job, result in work.crew.map(grade, again()):
            before = work.journal.result(job.submission.student)
            assert before
            for line in _differences(before, result or failed(job)):
                different += 1
                bar.write(f"{job.submission.student}, {line}")
            bar.update()
    print(f"{len(jobs)} submissions graded again with the same seeds: {different or 'no'} differences.")
    return 1 if different or len(jobs) < len(work.students) else 0


def _differences(before: Result, now: Result) -> Iterator[str]:
    for name, cells in before["scores"].items():
        for grade_id, score in cells.items():
            other = now["scores"][name][grade_id]
            for what in ("auto", "diagnosis", "reason"):
                if score[what] != other[what]:
                    yield f"{grade_id}: {what} was {score[what]!r} and is {other[what]!r}."


def _write_feedback(work: Work) -> None:
    """Write the pages that are missing, or older than what was graded; always by this machine's processes."""
    crew = work.crew if isinstance(work.crew, Local) else Local(os.cpu_count() or 1)
    missing = [student for student in work.students if _is_stale(work, student)]
    with (
        gradebook.opened(work.course, work.unit) as book,
        tqdm(total=len(missing), unit=" pages", desc="feedback", disable=not missing) as bar,
    ):
        for job, made in crew.map(pages, _page_jobs(work, book, missing)):
            if made is None:
                raise CourseError(
                    f"The feedback for {job.student} could not be written: its process was ended twice."
                )
            for name, page in made.items():
                write(work.folder("feedback", job.student) / f"{name}.html", page)
            bar.update()
    if crew is not work.crew:
        crew.close()


def _is_stale(work: Work, student: str) -> bool:
    for notebook in work.setup.assignment.notebooks:
        graded = work.folder("autograded", student) / f"{notebook.name}.ipynb"
        page = work.folder("feedback", student) / f"{notebook.name}.html"
        if graded.exists() and (not page.exists() or page.stat().st_mtime < graded.stat().st_mtime):
            return True
    return False


def _page_jobs(work: Work, book: gradebook.Book, students: list[str]) -> Iterator[PageJob]:
    for student in students:
        folder = work.folder("autograded", student)
        names = [notebook.name for notebook in work.setup.assignment.notebooks]
        texts = {name: (folder / f"{name}.ipynb").read_text(encoding="utf-8") for name in names}
        yield PageJob(work.course.root, work.unit, student, texts, book.grades(student))


def _report(work: Work) -> None:
    """Print the class summary, and write it with the exports."""
    known = (work.journal.result(student) for student in work.students)
    summary = class_summary(result for result in known if result)
    folder = work.course.root / REPORTS / work.unit
    write(folder / "summary.html", summary.html())
    export.csv(folder / "scores.csv", work.course, work.unit)
    export.canvas(folder / "canvas.csv", work.course, work.unit)
    export.moodle(folder / "moodle.csv", work.course, work.unit)
    print(f"\n{summary.text()}\n")
    print(f"Feedback: {work.folder('feedback', '…')}")
    print(f"Summary and exports: {folder} (summary.html, scores.csv, canvas.csv, moodle.csv)")
