"""`course grade`: a class of submissions, from files to scores and feedback.

    submitted/ → intake → sandbox: evidence → trusted verdict → journal → one writer: gradebook, feedback

A result counts once it is in the journal and in the gradebook. Whatever interrupts a run, the same command
goes on where it stopped, with the same seed.
"""

import os
import platform
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from tqdm import tqdm

from course_lib.errors import CourseError
from course_lib.grading import (
    ablating,
    assignment,
    bubblewrap,
    exchange,
    export,
    feedback,
    gradebook,
    guards,
    handed_in,
    outcomes,
    recheck,
    released,
    roster,
    settings,
    submission,
    units,
)
from course_lib.grading.course import Course
from course_lib.grading.files import scratch, write
from course_lib.grading.jobs import A_FAULT, Job, PageJob, Setup, failed, pages, warm
from course_lib.grading.journal import FILE, opened
from course_lib.grading.outcomes import Result
from course_lib.grading.pool import Budget, Done, Exceeded, Pool
from course_lib.grading.sandbox import Sandbox
from course_lib.grading.summary import class_summary
from course_lib.grading.wording import some
from course_lib.grading.work import Work, results
from course_lib.grading.workers import Cluster, local

SEEDS = 2**128  # more than can be tried
SCRATCH = "scratch"  # what workers need while they run, below the unit's records
BEYOND = 2  # times the limit for a run: for all else that is done for a submission on a busy machine
WITHOUT = (
    "Without a sandbox: students' code runs with your rights. It can read and change your files, the "
    "solutions and the gradebook, use the network, and go on running; what it may use is limited in part. "
    "The scores of checks are still computed outside of it, but it can look up what is right."
)


@dataclass(frozen=True)
class Options:
    """What the command was asked.

    students  names or patterns such as "a*"; all where empty
    force     grade also what was graded before and has not changed
    seed      of the cases; drawn where None
    cell_seconds, seconds  for a cell and for a notebook; see `settings` where None
    """

    unit: str
    students: tuple[str, ...] = ()
    workers: int = os.cpu_count() or 1
    dask: str | None = None
    sandbox: str = "bubblewrap"
    recheck: bool = False
    force: bool = False
    seed: int | None = None
    cell_seconds: float | None = None
    seconds: float | None = None


def run(course: Course, options: Options, early: Sandbox | None = None) -> int:
    """Grade the class; return the exit code. Raises CourseError where that cannot be done.

    early: a sandbox that was begun while the rest was being loaded, and has not been furnished.
    """
    try:
        return _run(course, options, early)
    except KeyboardInterrupt:
        print("\nStopped. What was graded is kept: the same command goes on from there.", flush=True)
        return 130


def _run(course: Course, options: Options, early: Sandbox | None) -> int:
    unit = units.find(course, options.unit)
    if options.sandbox == "none":
        print(WITHOUT)
    elif not options.dask:
        bubblewrap.require()
    if options.recheck and not (course.records / unit / FILE).exists():
        raise CourseError(f"Nothing of {unit} has been graded yet: 'course grade {unit}' does that first.")
    released.require_python(course, unit)
    gradebook.register(course, unit)
    known = released.load(course, unit)
    students = handed_in.chosen(course, unit, options.students)
    if ignored := feedback.unfollowed(course):
        print(
            f"Feedback does not follow {', '.join(ignored)} of nbgrader's settings; "
            f"'nbgrader generate_feedback {unit} --force' writes pages that do."
        )
    limits = settings.limits(course, known, options.cell_seconds, options.seconds)
    for line in settings.said(course, limits, asked=options.cell_seconds is not None):
        print(line)
    setup = Setup(known, limits, options.sandbox, course.private)
    records = course.records / unit
    longest = sum(limits.seconds + ablating.seconds(notebook) for notebook in known.notebooks)
    budget = Budget(seconds=(limits.patience + BEYOND) * longest)
    with (
        opened(records) as journal,
        scratch(records / SCRATCH) as place,
        ExitStack() as ends,
    ):
        sandboxes = {} if options.dask else warm(setup, early, ends)
        count = min(options.workers, len(students))
        # To a cluster goes all that was handed in: that is read here, and is as large as it may be.
        own = replace(budget, result_bytes=2 * submission.MOST_BYTES) if options.dask else budget
        here = ends.enter_context(closing(local(count, place, own, sandboxes)))
        crew = ends.enter_context(closing(Cluster(options.dask, budget))) if options.dask else here
        _say_what_is_not_filtered(crew, options.sandbox)
        collected = roster.collected(course, unit)
        work = Work(course, unit, students, setup, crew, here, journal, collected)
        if options.recheck:
            return recheck.run(work)
        _grade(work, options.force, options.seed)
        without = _write_feedback(work)
        exchange.carry(
            (
                work.folder("submitted", student),
                work.folder("autograded", student),
                work.folder("feedback", student),
            )
            for student in handed_in.students(course, unit)
        )
        gradebook.introduce(course, roster.people(roster.of_unit(course, unit)))
        missing = _report(work)
    if without:
        raise CourseError(
            f"All is graded, but no feedback could be written for {some(list(without))} "
            f"({next(iter(without.values()))}). {A_FAULT}"
        )
    if missing:
        print(
            f"No score yet: {some(missing)}. That is blank in all that 'course' writes, never 0 ('nbgrader "
            f"export' writes 0); why stands above and in scores.csv. Once it is mended, 'course grade "
            f"{unit}' grades them, and nobody else, again."
        )
    return 1 if missing else 0


def _say_what_is_not_filtered(crew: Pool | Cluster, sandbox: str) -> None:
    machines = crew.machines() if isinstance(crew, Cluster) else {platform.machine()}
    if sandbox != "none" and (warning := guards.warning(machines)):
        print(warning)


def _grade(work: Work, force: bool, seed: int | None) -> None:
    """Grade what is new or has changed, and write it down."""
    version = work.setup.assignment.digest
    run = work.journal.unfinished_run()
    if run and run.assignment == version:
        print(f"Going on with the grading of {work.unit} that was interrupted.")
    else:
        run = work.journal.begin(secrets.randbelow(SEEDS) if seed is None else seed, version)
    failures = 0
    bar = tqdm(total=len(work.students), unit=" submissions", desc=work.unit, postfix={"failures": 0})
    with gradebook.opened(work.course, work.unit) as book, bar:
        entered = {
            student.id: {name: one.missing for name, one in scores.items()}
            for student, scores in book.everyone()
            if scores
        }
        for job, result in results(work, _jobs(work, run.seed, force, entered, bar)):
            failures += outcomes.without_score(_entered(work, book, job, result))
            bar.set_postfix(failures=failures, refresh=False)
            bar.update()
    work.journal.end()


def _jobs(
    work: Work, seed: int, force: bool, entered: Mapping[str, Mapping[str, Collection[str]]], bar: tqdm
) -> Iterator[Job]:
    """What is to be graded. entered: who is in the gradebook, with the cells that have no score there."""
    for student in work.students:
        job = work.job(student, seed)
        known = work.known(job)
        kept = student in entered and work.journal.is_written(student) and _has_notebooks(work, student)
        if known and kept:  # a score by hand takes the place of one that the machine could not give
            known = outcomes.with_scores_by_hand(known, entered[student])
        if known and kept and _would_stay(work, known) and (known["seed"] == seed or not force):
            bar.update()
        else:
            yield job


def _would_stay(work: Work, known: Result) -> bool:
    """Whether to grade again what is known would come to the same."""
    same_limits = known.get("limits") == work.setup.limits.digest
    return not outcomes.without_score(known) and (same_limits or not outcomes.at_a_limit(known))


def _has_notebooks(work: Work, student: str) -> bool:
    return all(path.is_file() for path in work.paths("autograded", student).values())


def _entered(work: Work, book: gradebook.Book, job: Job, result: Result) -> Result:
    """Write a result down, and return it. Where it cannot be, as it holds what no file or gradebook can hold,
    that is a fault of ours: its student has no score, and the others' go on."""
    try:
        _enter(work, book, job, result)
        return result
    except CourseError:
        raise
    except Exception as error:
        result = failed(
            job, f"The result cannot be written down ({type(error).__name__}: {error}). {A_FAULT}"
        )
        _enter(work, book, job, result)
        return result


def _enter(work: Work, book: gradebook.Book, job: Job, result: Result) -> None:
    """The graded notebooks, the journal, the gradebook. Then it counts."""
    folder = work.folder("autograded", job.student)
    for name, text in result["notebooks"].items():
        write(folder / f"{name}.ipynb", text)
    if result["timestamp"]:
        write(folder / submission.TIMESTAMP, result["timestamp"])
    record = result | {"digest": job.digest, "assignment": work.setup.assignment.digest}
    work.journal.record(record | {"limits": work.setup.limits.digest})
    book.write(record)
    work.journal.written(job.student)


def _write_feedback(work: Work) -> dict[str, str]:
    """Write the pages that are missing, or show other things than the gradebook holds by now.

    Returns for whom none could be written, with the reason. It is always this machine that makes them.
    """
    without = {}
    asked = set(work.students)
    with (
        gradebook.opened(work.course, work.unit) as book,
        tqdm(total=len(work.students), unit=" students", desc="feedback") as bar,
    ):
        jobs = (
            PageJob(
                student.id,
                work.paths("autograded", student.id),
                work.paths("feedback", student.id),
                scores,
            )
            for student, scores in book.everyone()
            if student.id in asked
        )
        for job, ending in work.here.map(pages, jobs):
            if not isinstance(ending, Done):
                without[job.student] = ending.limit if isinstance(ending, Exceeded) else ending.why
            bar.update()
    return without


def _report(work: Work) -> list[str]:
    """Print the class summary, and write it with the exports: of all who handed in, whoever was asked for.

    Returns who has no score that the machine was to give, and none by hand either.
    """
    doubted: list[str] = []
    passed_over = {
        name if name.isprintable() else repr(name): why
        for name, why in handed_in.left_out(work.course, work.unit).items()
    }
    beside = {name: (outcomes.LEFT_OUT, why) for name, why in passed_over.items()}

    def known() -> Iterator[Result]:
        here = set(handed_in.students(work.course, work.unit))
        with gradebook.opened(work.course, work.unit) as book:
            for student, scores in book.everyone():
                result = work.journal.result(student.id) if student.id in here else None
                if result:  # read once: a class's results are large
                    doubted.extend([student.id] if result.get("doubted") else [])
                    outcomes.with_scores_by_hand(result, {name: one.missing for name, one in scores.items()})
                    beside[student.id] = outcomes.overall(result), outcomes.notes(result)
                    yield result

    summary = class_summary(known(), assignment.titles(work.setup.assignment), passed_over)
    if doubted:
        print(
            f"\nNot known is when {some(doubted)} handed in, as {submission.TIMESTAMP} holds no time that "
            "can be right: this counts as in time. Correct the file, then run the same command again."
        )
    folder = work.course.reports / work.unit
    write(folder / "summary.html", summary.html(work.unit))
    export.csv(folder / "scores.csv", work.course, work.unit, beside)
    print(f"\n{summary.text()}\n")
    print(f"Feedback: {work.folder('feedback', '…')}")
    print(f"Summary and scores: {folder} (summary.html, scores.csv)")
    print(f"To bring scores and feedback back to a learning platform: course return {work.unit}")
    return list(summary.missing)
