"""A class graded by `course grade` against the same class by stock `nbgrader autograde`.

    python bench/grading.py [--class 100] [--sizes 10 100 1000 5000] [--workers 2]

The class hands in unit 02: the programs of the demo class, as far as stock nbgrader can grade them, again
and again. Both grade the same folders; the scores are compared cell by cell. Aim: 20 times the throughput.
nbgrader's time is for scores alone, ours has the feedback pages and the class summary in it.

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
from itertools import pairwise
from pathlib import Path

from nbgrader.api import Gradebook

from course_lib import notebooks
from course_lib.cli import prepare_process
from course_lib.grading import demo_class
from course_lib.grading.demo_students import CLASS, grade_id_of
from course_lib.release import nbgrader

ROOT = Path(__file__).resolve().parents[1]
UNIT = demo_class.UNIT
GRADABLE = [student for student in CLASS if student.points is not None]
RATIO = 20  # at least so many times nbgrader's throughput
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


def ours(course: Path, workers: int) -> tuple[float, float]:
    """Seconds, and the most memory of the driver in MB."""
    began = time.monotonic()
    command = ["course", "grade", UNIT, "--course", str(course), "--workers", str(workers)]
    with (course / "log.txt").open("w") as log:
        driver = subprocess.Popen(command, stdout=log, stderr=log)
        most = 0.0
        while driver.poll() is None:
            most = max(most, memory(driver.pid))
            time.sleep(0.05)
    if driver.returncode:
        sys.exit((course / "log.txt").read_text()[-2000:])
    return time.monotonic() - began, most


def memory(pid: int) -> float:
    """The most resident memory of a process so far, in MB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0.0)


def stock(course: Path) -> float:
    """Seconds of `nbgrader autograde` for the class."""
    began = time.monotonic()
    done = nbgrader(course, "autograde", UNIT)
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
    parser.add_argument("--class", type=int, default=100, dest="students", help="for the comparison; 0: none")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000, 5000], help="for the curve")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    prepare_process()
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        if options.students:
            missed += compare(Path(scratch), options.students, options.workers)
        missed += grow(Path(scratch), sorted(options.sizes), options.workers)
    if missed:
        sys.exit("\n".join(missed))


def compare(scratch: Path, size: int, workers: int) -> list[str]:
    """Grade a class twice, print both times; return which aims were missed."""
    course = scratch / "ours"
    make_class(course, size)
    shutil.copytree(course, scratch / "stock")
    our_seconds, _ = ours(course, workers)
    their_seconds = stock(scratch / "stock")
    equal = scores(course) == scores(scratch / "stock")
    ratio = their_seconds / our_seconds
    print(f"{size} submissions of {UNIT}, {workers} workers; scores equal: {equal}")
    print(f"course grade {our_seconds:.1f} s, with feedback; nbgrader autograde {their_seconds:.1f} s")
    print(f"ratio {ratio:.1f} (aim {RATIO})", flush=True)
    return ["The scores differ."] * (not equal) + [f"The ratio is below {RATIO}."] * (ratio < RATIO)


def grow(scratch: Path, sizes: list[int], workers: int) -> list[str]:
    """Grade classes of these sizes, print what each costs; return which aims were missed."""
    seconds, most = {}, 0.0
    for size in sizes:
        course = scratch / f"of-{size}"
        make_class(course, size)
        seconds[size], memory_used = ours(course, workers)
        most = max(most, memory_used)
        cost = 1000 * seconds[size] / size
        print(f"{size:6d} submissions: {cost:6.1f} ms each, driver at most {memory_used:.0f} MB", flush=True)
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
