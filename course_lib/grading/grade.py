"""`course grade`: a class of submissions, from files to scores and feedback.

    submitted/ → intake → sandbox: evidence → trusted verdict → journal → one writer: gradebook, feedback

A result counts once it is in the journal and in the gradebook. Whatever interrupts a run, the same command
goes on where it stopped, with the same seed.
"""

import os
import platform
import re
import secrets
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from glob import escape, glob
from pathlib import Path

from tqdm import tqdm

from course_lib import notebooks
from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.grading import (
    assignment,
    bubblewrap,
    exchange,
    export,
    feedback,
    gradebook,
    guards,
    language,
    outcomes,
    registering,
    roster,
    settings,
    submission,
    units,
    unpacking,
)
from course_lib.grading.assignment import Assignment
from course_lib.grading.course import Course
from course_lib.grading.files import digest, scratch, write
from course_lib.grading.journal import FILE, Journal, opened
from course_lib.grading.outcomes import Result
from course_lib.grading.pool import Budget, Done, Exceeded, Outcome, Pool
from course_lib.grading.sandbox import Sandbox
from course_lib.grading.workers import (
    A_FAULT,
    Cluster,
    Job,
    PageJob,
    Setup,
    beyond,
    failed,
    grade,
    local,
    pages,
    read,
    warm,
)

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
    require_python(course, unit)
    gradebook.register(course, unit)
    released = load(course, unit)
    students = chosen(course, unit, options.students)
    if ignored := feedback.unfollowed(course):
        print(
            f"Feedback does not follow {', '.join(ignored)} of nbgrader's settings; "
            f"'nbgrader generate_feedback {unit} --force' writes pages that do."
        )
    limits = settings.limits(course, released, options.cell_seconds, options.seconds)
    for line in settings.said(course, limits, asked=options.cell_seconds is not None):
        print(line)
    setup = Setup(released, limits, options.sandbox, course.private)
    records = course.records / unit
    budget = Budget(seconds=(limits.patience + BEYOND) * limits.seconds * len(released.notebooks))
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
            return _recheck(work)
        _grade(work, options.force, options.seed)
        without = _write_feedback(work)
        exchange.carry(
            (
                work.folder("submitted", student),
                work.folder("autograded", student),
                work.folder("feedback", student),
            )
            for student in _have_handed_in(course, unit)
        )
        gradebook.introduce(course, roster.people(roster.of_unit(course, unit)))
        missing = _report(work)
    if without:
        raise CourseError(
            f"All is graded, but no feedback could be written for {_some(list(without))} "
            f"({next(iter(without.values()))}). {A_FAULT}"
        )
    if missing:
        print(
            f"No score yet: {_some(missing)}. That is blank in all exports, never 0; why stands above and in "
            f"scores.csv. Once it is mended, 'course grade {unit}' grades them, and nobody else, again."
        )
    return 1 if missing else 0


def _say_what_is_not_filtered(crew: Pool | Cluster, sandbox: str) -> None:
    machines = crew.machines() if isinstance(crew, Cluster) else {platform.machine()}
    if sandbox != "none" and (warning := guards.warning(machines)):
        print(warning)


def require_python(course: Course, unit: str) -> None:
    """Raise CourseError where what was released is not for Python; a line names another kernel than usual."""
    kernels = {}
    for path in sorted(course.folder("release", unit).glob("*.ipynb")):
        released = notebooks.read(path)
        sources = [cell.source for cell in released.cells if cell.cell_type == "code"]
        if kernel := language.require_python(f"{unit}/{path.name}", released.metadata, sources):
            kernels[kernel] = path.name
    if kernels:
        print(
            f"{unit} is for the kernel {_some(sorted(kernels))}: here it runs in Python "
            f"{sys.version_info.major}.{sys.version_info.minor} of the course's own environment."
        )


def load(course: Course, unit: str) -> Assignment:
    """The assignment as it was released, with what the gradebook knows of it; a line says where these differ.

    Raises CourseError where there is nothing released.
    """
    known = gradebook.source(course, unit)
    if not known:
        raise CourseError(
            f"The gradebook has no notebook of {unit}, so nothing of it can be graded: 'nbgrader "
            f"generate_assignment {unit} --force' enters them, unless GenerateAssignment.preprocessors in "
            f"{CONFIG} leaves out SaveCells."
        )
    folder = course.folder("release", unit)
    found = []
    for name, cells in known.items():
        path = folder / f"{name}.ipynb"
        if not path.exists():
            raise CourseError(
                f"{unit} has not been released: there is no {path}. "
                f"'course release', or 'nbgrader generate_assignment {unit}', writes it."
            )
        released = notebooks.read(path)
        _say_what_differs(unit, *registering.outdated(course, released, cells))
        found.append(assignment.notebook(name, released, cells))
    source = course.folder("source", unit)
    beside = submission.read(source, "").files if source.is_dir() else {}
    theirs = course.autograde.exclude_overwriting.get(unit, [])
    files = {
        path: data for path, data in beside.items() if not path.endswith(".ipynb") and path not in theirs
    }
    return Assignment(unit, tuple(found), files)


def _say_what_differs(unit: str, changed: list[str], alone: list[str]) -> None:
    """What the gradebook has is what counts, as in nbgrader; the release may have been made without it."""
    if changed:
        print(
            f"The release has another version of {_some(changed)} than the gradebook, whose own counts. To "
            f"grade by the release: 'nbgrader generate_assignment {unit} --force', then this command again."
        )
    if alone:
        print(
            f"Only one of release and gradebook has {_some(alone)}, and what the gradebook has counts. "
            "nbgrader adds and removes no graded cells once there are submissions: take the change back, or "
            "have the gradebook forget all scores, those by hand too, with 'nbgrader db assignment remove "
            f"{unit} --force', and then use this command again."
        )


def chosen(course: Course, unit: str, patterns: tuple[str, ...]) -> list[str]:
    """The students who handed in this unit and whom the settings let be graded, those whom the patterns name.

    A line says of each of the others why it is left out. Raises CourseError where nobody handed in, where all
    are left out, or where a pattern names nobody.
    """
    passed_over = left_out(course, unit)
    for why in dict.fromkeys(passed_over.values()):
        print(f"{_some([repr(name) for name, said in passed_over.items() if said == why])}: {why}")
    handed_in = _have_handed_in(course, unit)
    everybody = [name for name in handed_in if name not in passed_over]
    if not handed_in:
        folder = course.folder("submitted", unit, "*")
        raise CourseError(f"Nobody has handed in {unit}: there is no folder like {folder}.")
    if not everybody:
        raise CourseError(f"Of the {len(handed_in)} who handed in {unit}, all are left out.")
    named = {
        pattern: [pattern]
        if pattern in everybody
        else [name for name in everybody if fnmatchcase(name, pattern)]
        for pattern in patterns
    }
    idle = [pattern for pattern, names in named.items() if not names]
    if idle:
        raise CourseError(
            f"{', '.join(idle)} handed in nothing for {unit}. There are {len(everybody)} submissions: "
            f"{_some(everybody)}."
        )
    return [name for name in everybody if not patterns or any(name in names for names in named.values())]


def left_out(course: Course, unit: str) -> dict[str, str]:
    """What lies among the submissions and is not graded: the name → why."""
    handed_in = _have_handed_in(course, unit)
    found = {}
    for name in _have_handed_in(course, "*", hidden=True):
        if name.startswith(".") and not submission.is_left_out(name):
            found[name] = "left out for the dot it begins with, as by nbgrader: rename it if it is theirs."
    for name in _astray(course, unit):
        found[name] = f"no folder {unit} is there, but something else: rename it if it is theirs."
    for name in _beside_folders(course, unit):
        found[name] = (
            "left out, as it lies in submitted/ itself, which is nobody's place: move it to its student's "
            f"folder, as in submitted/ada/{unit}/."
        )
    known = None
    if not course.autograde.create_student:
        with gradebook.opened(course, unit) as book:
            known = {student.id for student in book.students()}
    for name in handed_in:
        if not name.isprintable():
            found[name] = "left out, as it is no name of a student: rename the folder."
        elif len(name) > gradebook.LONGEST_NAME:
            found[name] = (
                f"left out, as it is longer than the {gradebook.LONGEST_NAME} characters that the gradebook "
                "has for a name: rename the folder."
            )
        elif name in course.excluded:
            found[name] = f"left out, as {CONFIG} says (student_id_exclude)."
        elif known is not None and name not in known:
            found[name] = (
                f"left out, as the gradebook does not know them, and {CONFIG} lets nobody be added "
                "(create_student): 'nbgrader db student add NAME' enters one."
            )
    return found


def _have_handed_in(course: Course, unit: str, *, hidden: bool = False) -> list[str]:
    """The names of those who have a folder for this unit; "*": for any, or something in its place.

    hidden: also those that begin with a dot.
    """
    path = _pattern(course, unit)
    name = r"[^/\\]*" if unit == "*" else re.escape(unit)
    place = course.directory().format_path("submitted", "(?P<student>.*)", name, escape=True)
    places = [re.fullmatch(place, path, re.DOTALL) for path in glob(path, include_hidden=hidden)]
    return sorted({found["student"] for found in places if found})


def _pattern(course: Course, unit: str) -> str:
    """What finds everybody's folder for this unit, whatever characters the course's own path has."""
    path = str(course.folder("submitted", unit, "*"))
    root = str(course.root)
    return escape(root) + path[len(root) :] if path.startswith(root) else path


def _beside_folders(course: Course, unit: str) -> list[str]:
    """The names of notebooks and archives that lie where students' folders are to lie."""
    places = map(Path, glob(str(Path(_pattern(course, unit)).parent)))
    return sorted(
        place.name for place in places if place.suffix in (".ipynb", *unpacking.SUFFIXES) and place.is_file()
    )


def _astray(course: Course, unit: str) -> list[str]:
    """Those who handed in something, but neither this unit nor, by its name, another one."""
    others = set[str]().union(*(_have_handed_in(course, known) for known in units.known(course)))
    return [name for name in _have_handed_in(course, "*") if name not in others]


def _some(names: list[str]) -> str:
    return f"{', '.join(names[:10])}{', …' if len(names) > 10 else ''}"


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
        for job, result in _results(work, _jobs(work, run.seed, force, entered, bar)):
            failures += outcomes.without_score(_entered(work, book, job, result))
            bar.set_postfix(failures=failures, refresh=False)
            bar.update()
    work.journal.end()


def _results(work: Work, jobs: Iterator[Job]) -> Iterator[tuple[Job, Result]]:
    """The results as they come. Who has no score is graded once more, with nobody else at the same time."""
    again = []
    for job, outcome in _graded(work, jobs):
        result = settled(job, outcome)
        if outcomes.without_score(result):
            again.append(job)
        else:
            yield job, result
    for job in again:
        [(_, outcome)] = work.crew.map(grade, [job])
        yield job, settled(job, outcome)


def _graded(work: Work, jobs: Iterator[Job]) -> Iterator[tuple[Job, Outcome]]:
    """What came of each job. To a cluster goes what was handed in, read by a process of this machine."""
    if work.crew is work.here:
        yield from work.here.map(grade, jobs)
        return
    unread = []

    def whole() -> Iterator[Job]:
        for job, outcome in work.here.map(read, jobs):
            if isinstance(outcome, Done):
                yield outcome.value
            else:
                unread.append((job, outcome))

    yield from work.crew.map(grade, whole())
    yield from unread


def settled(job: Job, outcome: Outcome) -> Result:
    """The result that an outcome means."""
    if isinstance(outcome, Done):
        result: Result = outcome.value
        return result
    if isinstance(outcome, Exceeded):
        return beyond(job, outcome.limit)
    return failed(job, f"The grading itself failed ({outcome.why}). {A_FAULT}")


def _jobs(
    work: Work, seed: int, force: bool, entered: Mapping[str, Mapping[str, Collection[str]]], bar: tqdm
) -> Iterator[Job]:
    """What is to be graded. entered: who is in the gradebook, with the cells that have no score there."""
    for student in work.students:
        job = _job(work, student, seed)
        known = _known(work, job)
        kept = student in entered and work.journal.is_written(student) and _has_notebooks(work, student)
        if known and kept:  # a score by hand takes the place of one that the machine could not give
            known = outcomes.settled(known, entered[student])
        if known and kept and _is_settled(work, known) and (known["seed"] == seed or not force):
            bar.update()
        else:
            yield job


def _is_settled(work: Work, known: Result) -> bool:
    """Whether to grade again what is known would come to the same."""
    same_limits = known.get("limits") == work.setup.limits.digest
    return not outcomes.without_score(known) and (same_limits or not outcomes.at_a_limit(known))


def _job(work: Work, student: str, seed: int) -> Job:
    folder = work.folder("submitted", student)
    return Job(work.setup, seed, student, folder, digest(folder), student in work.collected)


def _known(work: Work, job: Job) -> Result | None:
    """The result of this very submission to this very assignment, if there is one."""
    known = work.journal.result(job.student)
    now = (job.digest, work.setup.assignment.digest)
    return known if known and (known["digest"], known["assignment"]) == now else None


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


def _recheck(work: Work) -> int:
    """Grade again with the same seeds, write nothing, and report what differs from the journal and from the
    gradebook; 1 where something does."""
    jobs = []
    for student in work.students:
        if known := _known(work, _job(work, student, 0)):
            jobs.append(_job(work, student, known["seed"]))
        else:
            print(f"{student}: not graded as it is now; 'course grade {work.unit}' does that first.")
    different = 0
    with (
        gradebook.opened(work.course, work.unit) as book,
        tqdm(total=len(jobs), unit=" submissions", desc=f"{work.unit}, again") as bar,
    ):
        for job, result in _results(work, iter(jobs)):
            before = work.journal.result(job.student)
            assert before
            for line in _differences(before, result, book.automatic(job.student)):
                different += 1
                bar.write(f"{job.student}, {line}")
            bar.update()
    print(f"{len(jobs)} submissions graded again with the same seeds: {different or 'no'} differences.")
    return 1 if different or len(jobs) < len(work.students) else 0


def _differences(before: Result, now: Result, entered: dict[str, dict[str, float | None]]) -> Iterator[str]:
    for name, cells in now["scores"].items():
        for grade_id, score in cells.items():
            cell = outcomes.named(name, grade_id, now["scores"])
            other = before["scores"].get(name, {}).get(grade_id, {})
            for what in ("auto", "diagnosis", "reason"):
                if score[what] != other.get(what):
                    yield f"{cell}: {what} was {other.get(what)!r} and is {score[what]!r}."
            if (in_book := entered.get(name, {}).get(grade_id)) != score["auto"]:
                yield f"{cell}: the gradebook has {in_book!r}; it is {score['auto']!r}."


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
        for job, outcome in work.here.map(pages, jobs):
            if not isinstance(outcome, Done):
                without[job.student] = outcome.limit if isinstance(outcome, Exceeded) else outcome.why
            bar.update()
    return without


def _report(work: Work) -> list[str]:
    """Print the class summary, and write it with the exports: of all who handed in, whoever was asked for.

    Returns who has no score that the machine was to give, and none by hand either.
    """
    from course_lib.grading.summary import class_summary  # takes a second to load: matplotlib

    doubted: list[str] = []
    passed_over = {
        name if name.isprintable() else repr(name): why
        for name, why in left_out(work.course, work.unit).items()
    }
    beside = {name: (outcomes.LEFT_OUT, why) for name, why in passed_over.items()}

    def results() -> Iterator[Result]:
        handed_in = set(_have_handed_in(work.course, work.unit))
        with gradebook.opened(work.course, work.unit) as book:
            for student, scores in book.everyone():
                result = work.journal.result(student.id) if student.id in handed_in else None
                if result:  # read once: a class's results are large
                    doubted.extend([student.id] if result.get("doubted") else [])
                    outcomes.settled(result, {name: one.missing for name, one in scores.items()})
                    beside[student.id] = outcomes.overall(result), outcomes.notes(result)
                    yield result

    summary = class_summary(results(), assignment.titles(work.setup.assignment), passed_over)
    if doubted:
        print(
            f"\nNot known is when {_some(doubted)} handed in, as {submission.TIMESTAMP} holds no time that "
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
