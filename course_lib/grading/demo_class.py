"""Grade a simulated class with stock nbgrader: a rehearsal for instructors, and a test of the whole chain.

Every run makes the scratch course anew: unit 02 as students receive it, twelve submissions, and what
nbgrader makes of them. Every step is one that docs/nbgrader.md tells the instructor to take.
"""

import os
import shutil
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from course_lib import notebooks, release
from course_lib.errors import CourseError
from course_lib.grading.demo_students import CLASS, UNIT, Student, grade_id_of

MARK = "DEMO_CLASS.txt"  # only a folder that holds this file is emptied
NOTE = "A simulated class, made by 'make demo-class', which empties this folder and makes it anew.\n"
SECONDS_PER_CELL = 20  # nbgrader's own limit is 30; a first import on a slow machine may need 10


def run(root: Path, course: Path) -> None:
    """Make the demo class of the course at `root` in the scratch folder `course`, grade it, print the scores.

    Raises CourseError where `course` holds something else, or where nbgrader fails as a whole.
    """
    if not (root / "solutions" / UNIT).is_dir():
        raise CourseError(
            f"There is no solutions/{UNIT} in {root}, which the demo class hands in: run this in a clone of "
            "the course's repository."
        )
    prepare(course)
    print(f"Releasing {UNIT} in {course} …", flush=True)
    release_unit(root, course)
    hand_in(course)
    missing = autograde(course)
    print("Writing feedback and grades.csv …", flush=True)
    nbgrader(course, "generate_feedback", UNIT)
    nbgrader(course, "export", "--to", "grades.csv")
    print()
    print(table(scores(course), missing))
    print()
    print(f"Feedback: {course / 'feedback'} · scores for the registry: {course / 'grades.csv'}")


def prepare(course: Path) -> None:
    """Make the scratch folder, empty."""
    if course.is_dir() and any(course.iterdir()):
        if not (course / MARK).is_file():
            raise CourseError(f"{course} holds something else than a demo class: name a new folder.")
        for path in course.rglob("*"):  # Windows deletes no read-only file, and nbgrader makes some
            path.chmod(path.stat().st_mode | stat.S_IWRITE)
        shutil.rmtree(course)
    try:
        course.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(f"{course} cannot be made: {error.strerror}.") from None
    (course / MARK).write_text(NOTE, encoding="utf-8")


def release_unit(root: Path, course: Path, unit: str = UNIT) -> None:
    """Make one unit of the course at `root` a course of its own in the folder `course`, and release it."""
    course.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / "nbgrader_config.py", course)
    leftovers = shutil.ignore_patterns(*release.LEFTOVERS)
    shutil.copytree(root / "solutions" / unit, course / "solutions" / unit, ignore=leftovers)
    nbgrader(course, "generate_assignment", unit)


def hand_in(course: Path) -> None:
    """Write what each student submits: the released notebook, filled in, and what became of the file."""
    for student in CLASS:
        notebook = notebooks.read(course / "assignments" / UNIT / f"{UNIT}.ipynb")
        for cell in notebook.cells:
            cell.source = student.cells.get(grade_id_of(cell) or "", cell.source)
        folder = course / "submitted" / student.name / UNIT
        folder.mkdir(parents=True)
        (folder / f"{UNIT}.ipynb").write_text(student.save(notebook), encoding="utf-8")


def autograde(course: Path) -> dict[str, str]:
    """Autograde one student at a time, so that none stops the others; return why scores are missing."""
    api = NbGraderAPI(config=settings(course))
    missing = {}
    for student in CLASS:
        print(f"Autograding {student.name} …", flush=True)
        with stderr_in(course / "nbgrader.log"):
            result = api.autograde(UNIT, student.name)
        if not result["success"]:
            missing[student.name] = reason(course, student, result.get("log", ""))
    return missing


@contextmanager
def stderr_in(path: Path) -> Iterator[None]:
    """Append to a file what this process and those that it starts, kernels among them, write to stderr."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with path.open("ab") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)


def settings(course: Path) -> Config:
    """The course's own settings of nbgrader, with less patience for loops that never end."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.ExecutePreprocessor.timeout = SECONDS_PER_CELL
    return config


def reason(course: Path, student: Student, log: str) -> str:
    """Why nbgrader could not grade a submission, in words."""
    path = course / "submitted" / student.name / UNIT / f"{UNIT}.ipynb"
    try:
        notebook = notebooks.read(path)
    except CourseError as error:
        return str(error).replace(str(path), "The file")
    names = Counter(grade_id_of(cell) for cell in notebook.cells)
    repeated = [name for name, count in names.items() if name and count > 1]
    if repeated:
        return f"The cell {' and '.join(repeated)} is there twice: delete the copy, then autograde again."
    return f"nbgrader said: {last_error(log)}"


def last_error(log: str) -> str:
    """The last error that nbgrader logged."""
    errors = [line.split("ERROR", 1)[1].strip("] |") for line in log.splitlines() if "ERROR]" in line]
    return errors[-1] if errors else "it gave no reason."


def nbgrader(course: Path, *arguments: str) -> None:
    """Run one nbgrader command on the scratch course."""
    done = release.nbgrader(course, *arguments)
    if done.returncode:
        raise CourseError(f"nbgrader {arguments[0]} failed: {last_error(done.stderr)}")


def scores(course: Path) -> dict[str, dict[str, float | None]]:
    """What the gradebook holds: student → exercise → points, None where nbgrader gave none; the exercises as
    they come in the notebook."""
    cells = notebooks.read(course / "assignments" / UNIT / f"{UNIT}.ipynb").cells
    checks = [name for cell in cells if (name := grade_id_of(cell)) and cell.metadata.nbgrader.grade]
    exercises = [name.removesuffix("-check") for name in checks]
    found: dict[str, dict[str, float | None]] = {student.name: dict.fromkeys(exercises) for student in CLASS}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(UNIT):
            for grade in gradebook.find_submission_notebook(UNIT, UNIT, submission.student.id).grades:
                found[submission.student.id][grade.name.removesuffix("-check")] = grade.auto_score
    return found


def table(scores: dict[str, dict[str, float | None]], missing: dict[str, str]) -> str:
    """The scores, one student a line, with what each handed in; below, why scores are missing."""
    heads = ["student", *scores[CLASS[0].name], "sum"]
    rows = []
    for student in CLASS:
        points = list(scores[student.name].values())
        known = [value for value in points if value is not None]
        total = f"{sum(known):g}" if len(known) == len(points) else "–"
        rows.append([student.name, *("–" if value is None else f"{value:g}" for value in points), total])
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]

    def line(cells: list[str]) -> str:
        first, *numbers = cells
        return "  ".join([first.ljust(widths[0]), *map(str.rjust, numbers, widths[1:])])

    lines = [line(heads) + "  what was handed in"]
    lines += [f"{line(row)}  {student.story}" for student, row in zip(CLASS, rows, strict=True)]
    if missing:
        lines += ["", "No score (–):", *(f"  {name}: {why}" for name, why in missing.items())]
    return "\n".join(lines)
