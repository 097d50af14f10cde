"""A class graded by `course grade` against the same class by stock `nbgrader autograde`.

    python bench/grading.py [--classes 30 100] [--sizes 10 100 1000 5000] [--workers 2]

A class hands in unit 02: the programs of the demo class, as far as stock nbgrader can grade them, again
and again. Both grade the same folders; the scores are compared cell by cell. nbgrader's time is for scores
alone, ours has the feedback pages and the class summary in it. Aims: 60 times nbgrader's throughput for 100
submissions, 30 times for 30, and the first result 3 seconds after the command. Then five submissions of a
notebook with one graded cell, where starting is all that counts: aim, no more time than nbgrader.

Then our own cost for classes of growing size, and the driver's memory. A run's start is in the cost of each
of its submissions, so that small classes look dear; between two sizes it is not. Aims: one more submission
costs no more in the largest class than in the smallest (but for a quarter), and 300 MB at 5,000.

Where scores differ or an aim is missed, it says so and exits with 1.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook

from course_lib import notebooks
from course_lib.cli import prepare_process
from course_lib.grading import demo_class
from course_lib.grading.demo_students import CLASS, grade_id_of
from course_lib.release import nbgrader

ROOT = Path(__file__).resolve().parents[1]
UNIT = demo_class.UNIT
GRADABLE = [student for student in CLASS if student.points is not None]
RATIOS = {30: 30, 100: 60}  # submissions → at least so many times nbgrader's throughput
FIRST = 3.0  # seconds until the first result
MEMORY = 300  # MB of the driver at most
FLAT = 1.25  # at most so many times the cost of a submission among few


def make_class(course: Path, size: int) -> None:
    """A course in which `size` students have handed in."""
    demo_class.release_unit(ROOT, course)
    released = (course / "assignments" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")
    texts = []
    for student in GRADABLE:
        notebook = notebooks.nbformat.reads(released, as_version=4)
        for cell in notebook.cells:
            cell.source = student.cells.get(grade_id_of(cell) or "", cell.source)
        texts.append(student.save(notebook))
    for number in range(size):
        folder = course / "submitted" / f"student-{number:05d}" / UNIT
        folder.mkdir(parents=True)
        (folder / f"{UNIT}.ipynb").write_text(texts[number % len(texts)], encoding="utf-8")


@dataclass
class Ours:
    """Seconds in all and until the first result, and the most memory of the driver in MB."""

    seconds: float
    first: float
    memory: float


def ours(course: Path, workers: int, unit: str = UNIT) -> Ours:
    journal = course / ".grading" / unit / "journal.jsonl"
    began = time.monotonic()
    command = ["course", "grade", unit, "--course", str(course), "--workers", str(workers)]
    with (course / "log.txt").open("w") as log:
        driver = subprocess.Popen(command, stdout=log, stderr=log)
        most = first = 0.0
        while driver.poll() is None:
            most = max(most, memory(driver.pid))
            if not first and journal.exists() and b'"written"' in journal.read_bytes():
                first = time.monotonic() - began
            time.sleep(0.02)
    if driver.returncode:
        sys.exit((course / "log.txt").read_text()[-2000:])
    return Ours(time.monotonic() - began, first, most)


def memory(pid: int) -> float:
    """The most resident memory of a process so far, in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def stock(course: Path, unit: str = UNIT) -> float:
    """Seconds of `nbgrader autograde` for the class."""
    began = time.monotonic()
    done = nbgrader(course, "autograde", unit)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return time.monotonic() - began


def scores(course: Path) -> dict[str, float | None]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            f"{handed_in.student.id} {grade.name}": grade.auto_score
            for handed_in in gradebook.assignment_submissions(UNIT)
            for grade in handed_in.notebooks[0].grades
        }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--classes", type=int, nargs="*", default=[*RATIOS], help="for the comparison")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000, 5000], help="for the curve")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    prepare_process()
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.classes:
            missed += compare(Path(scratch), size, options.workers)
        missed += compare_small(Path(scratch), options.workers)
        missed += grow(Path(scratch), sorted(options.sizes), options.workers)
    if missed:
        sys.exit("\n".join(missed))


def compare(scratch: Path, size: int, workers: int) -> list[str]:
    """Grade a class twice, print both times; return which aims were missed."""
    course, theirs = scratch / f"ours-{size}", scratch / f"stock-{size}"
    make_class(course, size)
    shutil.copytree(course, theirs)
    run = ours(course, workers)
    their_seconds = stock(theirs)
    equal = scores(course) == scores(theirs)
    ratio, aim = their_seconds / run.seconds, RATIOS.get(size, 0)
    print(f"{size} submissions of {UNIT}, {workers} workers; scores equal: {equal}")
    print(f"course grade {run.seconds:.1f} s, with feedback; nbgrader autograde {their_seconds:.1f} s")
    print(f"ratio {ratio:.1f} (aim {aim}); first result after {run.first:.1f} s (aim {FIRST:g})", flush=True)
    return (
        ["The scores differ."] * (not equal)
        + [f"The ratio for {size} submissions is below {aim}."] * (ratio < aim)
        + [f"The first result of {size} took longer than {FIRST:g} s."] * (run.first > FIRST)
    )


def compare_small(scratch: Path, workers: int) -> list[str]:
    """The same for five submissions of a notebook with one graded cell."""
    course, theirs = scratch / "ours-small", scratch / "stock-small"
    answer = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    cells = [
        (answer, {"solution": True, "locked": False}),
        ("assert double(2) == 4", {"grade": True, "points": 1}),
    ]
    own = {"grade": False, "solution": False, "task": False, "locked": True, "schema_version": 3}
    notebook = new_notebook(
        cells=[
            new_code_cell(source, metadata={"nbgrader": own | {"grade_id": f"cell-{number}"} | more})
            for number, (source, more) in enumerate(cells)
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    (course / "source" / "small").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    nbformat.write(notebook, course / "source" / "small" / "small.ipynb")
    nbgrader(course, "generate_assignment", "small")
    for number in range(5):
        shutil.copytree(course / "release" / "small", course / "submitted" / f"student-{number}" / "small")
    shutil.copytree(course, theirs)
    our_seconds, their_seconds = ours(course, workers, "small").seconds, stock(theirs, "small")
    print(
        f"5 submissions of one graded cell: course grade {our_seconds:.1f} s, with feedback; "
        f"nbgrader autograde {their_seconds:.1f} s",
        flush=True,
    )
    return ["Five small submissions took longer than with nbgrader."] * (our_seconds > their_seconds)


def grow(scratch: Path, sizes: list[int], workers: int) -> list[str]:
    """Grade classes of these sizes, print what each costs; return which aims were missed."""
    seconds, most = {}, 0.0
    for size in sizes:
        course = scratch / f"of-{size}"
        make_class(course, size)
        run = ours(course, workers)
        seconds[size], most = run.seconds, max(most, run.memory)
        cost = 1000 * seconds[size] / size
        print(f"{size:6d} submissions: {cost:6.1f} ms each, driver at most {run.memory:.0f} MB", flush=True)
        shutil.rmtree(course)
    marginal = []
    for few, many in pairwise(sizes):
        marginal.append(1000 * (seconds[many] - seconds[few]) / (many - few))
        print(f"{few:6d} to {many} submissions: {marginal[-1]:6.1f} ms for each more")
    rises = len(marginal) > 1 and marginal[-1] > FLAT * marginal[0]
    return ["The cost of a submission rises with the class."] * rises + [
        f"The driver took more than {MEMORY} MB."
    ] * (most > MEMORY)


if __name__ == "__main__":
    main()
