"""A class graded by `course grade` against the same class by stock `nbgrader autograde`.

    python bench/grading.py [--class 100] [--sizes 10 100 1000 5000] [--workers 2]

The class hands in unit 02: the programs of the demo class, as far as stock nbgrader can grade them, again
and again. Both grade the same folders; the scores are compared cell by cell. Aim: 20 times the throughput.
nbgrader's time is for scores alone, ours has the feedback pages and the class summary in it.

Then our own cost for classes of growing size, and the driver's memory. Aims: flat, and 300 MB at 5,000.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbgrader.api import Gradebook

from course_lib import notebooks
from course_lib.cli import prepare_process
from course_lib.grading import demo_class
from course_lib.grading.demo_students import CLASS, grade_id_of

ROOT = Path(__file__).resolve().parents[1]
UNIT = demo_class.UNIT
GRADABLE = [student for student in CLASS if student.points is not None]


def make_class(course: Path, size: int) -> None:
    """A course in which `size` students have handed in."""
    course.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", course)
    shutil.copytree(ROOT / "solutions" / UNIT, course / "solutions" / UNIT)
    demo_class.nbgrader(course, "generate_assignment", UNIT)
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
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", UNIT],
        cwd=course,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
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
    with tempfile.TemporaryDirectory() as scratch:
        if options.students:
            compare(Path(scratch), options.students, options.workers)
        cost = {}
        for size in options.sizes:
            course = Path(scratch) / f"of-{size}"
            make_class(course, size)
            seconds, most = ours(course, options.workers)
            cost[size] = 1000 * seconds / size
            print(
                f"{size:6d} submissions: {cost[size]:6.1f} ms each, driver at most {most:.0f} MB", flush=True
            )
            shutil.rmtree(course)
        print(json.dumps({"ms per submission": cost}))


def compare(scratch: Path, size: int, workers: int) -> None:
    course = scratch / "ours"
    make_class(course, size)
    shutil.copytree(course, scratch / "stock")
    our_seconds, _ = ours(course, workers)
    their_seconds = stock(scratch / "stock")
    equal = scores(course) == scores(scratch / "stock")
    print(f"{size} submissions of {UNIT}, {workers} workers; scores equal: {equal}")
    print(f"course grade {our_seconds:.1f} s, with feedback; nbgrader autograde {their_seconds:.1f} s")
    print(f"ratio {their_seconds / our_seconds:.1f} (aim 20)")
    if not equal:
        sys.exit("the scores differ")


if __name__ == "__main__":
    main()
