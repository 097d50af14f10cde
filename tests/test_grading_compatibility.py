"""`course grade` and stock `nbgrader autograde` on the same submissions: equal scores, cell by cell.

Where the two differ on purpose, docs/nbgrader.md has a table. Its lines are tried here, against nbgrader, but
for the bounds of memory, time, files and network: those are in test_sandbox.py and test_intake.py.
"""

import copy
import shutil
import textwrap
from pathlib import Path

import nbformat
import public_kinds
import pytest
import small_course
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from course_lib import cli, home, notebooks, progress
from course_lib.grading import demo_class
from course_lib.grading.course import course as course_of
from course_lib.grading.demo_students import TEXTBOOK, grade_id_of
from course_lib.grading.journal import opened
from course_lib.release import LEFTOVERS, nbgrader

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "nbgrader.md").read_text(encoding="utf-8")
HAS_SANDBOX = shutil.which("bwrap") is not None


def grade(course: Path, unit: str, *options: str) -> int:
    """`course grade`, in the sandbox where this system has one."""
    sandbox = [] if HAS_SANDBOX else ["--sandbox", "none"]
    return cli.main(["grade", unit, "--course", str(course), "--workers", "1", *sandbox, *options])


def scores(course: Path, unit: str) -> dict[tuple[str, str, str], tuple]:
    """(student, notebook, cell) → score, maximum, whether a human has to look; and the comments."""
    found: dict[tuple[str, str, str], tuple] = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for handed_in in gradebook.assignment_submissions(unit):
            for notebook in handed_in.notebooks:
                for grade in notebook.grades:
                    key = (handed_in.student.id, notebook.name, grade.name)
                    found[key] = (grade.auto_score, grade.max_score, grade.needs_manual_grade)
                for comment in notebook.comments:
                    found[handed_in.student.id, notebook.name, f"comment on {comment.name}"] = (
                        comment.auto_comment
                    )
    return found


# nbgrader's own example course

SQUARES = """def squares(n):
    if n < 1:
        raise ValueError('n')
    return [i ** 2 for i in range(1, n + 1)]"""
RIGHT = {
    "squares": SQUARES,
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_equation": "$\\sum_i i^2$, and `a < b`",
    "sum_of_squares_application": "import matplotlib.pyplot as plt\nplt.plot([sum_of_squares(9)])",
}
STUDENTS = {
    "all-right": RIGHT,
    "untouched": {},
    "no-error-raised": {**RIGHT, "squares": "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]"},
    "own-sum": {
        **RIGHT,
        "sum_of_squares": "def sum_of_squares(n):\n    return sum(i * i for i in range(n + 1))",
    },
    "wrong": {**RIGHT, "squares": "def squares(n):\n    return list(range(n))"},
    "syntax-error": {**RIGHT, "squares": "def squares(n:\n    return"},
    "prints": {**RIGHT, "squares": SQUARES + "\nprint('squares', squares(3))\nsquares(4)"},
    "magic": {**RIGHT, "squares": "%matplotlib inline\n" + SQUARES},
    "empty-cells": dict.fromkeys(RIGHT, ""),
    "raises": {**RIGHT, "sum_of_squares": "raise RuntimeError('no')"},
    "half": {"squares": SQUARES},
}


def filled(notebook: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return notebook


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example course of `nbgrader quickstart`, with a class of submissions."""
    folder = tmp_path_factory.mktemp("example")
    assert nbgrader(folder, "quickstart", "demo").returncode == 0
    course = folder / "demo"
    assert nbgrader(course, "generate_assignment", "ps1").returncode == 0
    for student, answers in STUDENTS.items():
        target = course / "submitted" / student / "ps1"
        shutil.copytree(course / "release" / "ps1", target)
        for path in target.glob("*.ipynb"):
            path.write_text(nbformat.writes(filled(notebooks.read(path), answers)), encoding="utf-8")
    (course / "submitted" / "half" / "ps1" / "problem2.ipynb").unlink()
    (course / "submitted" / "wrong" / "ps1" / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
    ours = Path(shutil.copytree(course, course.with_name("demo ours")))
    stock = nbgrader(course, "autograde", "ps1")
    assert stock.returncode == 0, stock.stderr
    assert grade(ours, "ps1") == 1, "one has no score"
    return (scores(course, "ps1"), scores(ours, "ps1")), course


def test_the_example_course_gets_equal_scores_cell_by_cell(example):
    """But for the notebook that was not handed in, on purpose."""
    (stock, ours), _ = example
    assert len(stock) >= len(STUDENTS) * 10
    missing = {("half", "problem2", "part-a"): 1.0, ("half", "problem2", "part-b"): 2.0}
    assert {key: ours[key] for key in missing} == {key: (None, most, True) for key, most in missing.items()}
    assert {key: stock[key] for key in missing} == {key: (0.0, most, False) for key, most in missing.items()}
    assert ours | {key: stock[key] for key in missing} == stock
    assert "| a notebook of several is missing | 0 |" in GUIDE


def test_the_example_course_has_scores_of_all_kinds(example):
    (stock, _), _ = example
    kinds = {value[:2] for value in stock.values() if type(value) is tuple}
    assert {(0.0, 1.0), (1.0, 1.0), (0.5, 0.5), (0.0, 0.5), (None, 1.0), (None, 2.0), (None, 4.0)} <= kinds


def test_the_settings_of_who_is_graded_and_with_which_files_are_nbgraders(tmp_path, capsys):
    course, unit = small_course.new_course(tmp_path / "course").root, small_course.UNIT
    with (course / "nbgrader_config.py").open("a") as settings:
        settings.write(
            "c.CourseDirectory.student_id_exclude = 'staff,nobody'\n"
            "c.Autograde.create_student = False\n"
            f"c.Autograde.exclude_overwriting = {{{unit!r}: ['own.txt']}}\n"
        )
    source = "print(open('own.txt').read(), open('given.txt').read())\n1.5"
    tests = small_course.cell("files", "grade", 3, locked=True, source=source)
    (course / "solutions" / unit / "second.ipynb").unlink()
    nbformat.write(
        notebooks.tidy(small_course.notebook([tests])), course / "solutions" / unit / "first.ipynb"
    )
    for name in ("own.txt", "given.txt"):
        (course / "solutions" / unit / name).write_text("the instructor's")
    assert nbgrader(course, "generate_assignment", unit).returncode == 0
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in ("known", "staff"):
            gradebook.add_student(student)
    for student in ("known", "staff", "unknown"):
        folder = Path(shutil.copytree(course / "assignments" / unit, course / "submitted" / student / unit))
        for name in ("own.txt", "given.txt"):
            (folder / name).write_text("the student's")
    ours = Path(shutil.copytree(course, course.with_name("ours")))
    nbgrader(course, "autograde", unit)  # its exit code tells of the unknown one
    assert grade(ours, unit) == 0
    assert scores(ours, unit) == scores(course, unit)
    assert {student for student, _, _ in scores(ours, unit)} == {"known"}
    for place in (course, ours):
        text = (place / "autograded" / "known" / unit / "first.ipynb").read_text(encoding="utf-8")
        assert "the student's the instructor's" in text
    told = capsys.readouterr().out
    assert "'staff': left out, as nbgrader_config.py says (student_id_exclude)." in told
    assert "(create_student): 'nbgrader db student add" in told
    assert grade(ours, unit, "--students", "staff") == 1


def in_formgrader(course: Path) -> list[dict]:
    """What formgrader shows of the class and of each notebook, without the ids, which are drawn."""
    api = NbGraderAPI(config=course_of(course).config)
    shown = api.get_submissions("ps1")
    for notebook in ("problem1", "problem2"):
        shown += sorted(api.get_notebook_submissions("ps1", notebook), key=lambda one: one["student"])
    return [{key: value for key, value in one.items() if key not in ("id", "index")} for one in shown]


def test_formgrader_shows_what_it_shows_after_stock_nbgrader(example):
    _, course = example
    shown = in_formgrader(course.with_name(course.name + " ours"))
    assert [one["student"] for one in shown[: len(STUDENTS)]] == sorted(STUDENTS)
    by_stock = in_formgrader(course)
    # Of a notebook that was not handed in, we write a page that says so; nbgrader has nothing to show.
    more = [one for one in shown if one not in by_stock]
    assert [(one["student"], one["name"], one["score"]) for one in more] == [("half", "problem2", 0.0)]
    assert [one for one in shown if one not in more] == by_stock


def test_nbgrader_goes_on_from_what_we_wrote(example):
    """Feedback, export, and a regrade by stock nbgrader, on our gradebook and our graded notebooks."""
    (stock, _), course = example
    ours = course.with_name(course.name + " ours")
    done = nbgrader(ours, "generate_feedback", "ps1", "--force")
    assert done.returncode == 0, done.stderr
    assert (ours / "feedback" / "all-right" / "ps1" / "problem1.html").is_file()
    assert nbgrader(ours, "export").returncode == 0
    again = nbgrader(ours, "autograde", "ps1", "--student=half", "--force")
    assert again.returncode == 0, again.stderr
    half = {key: value for key, value in scores(ours, "ps1").items() if key[0] == "half"}
    assert half == {key: value for key, value in stock.items() if key[0] == "half"}


def test_cells_that_are_no_check_are_marked_unverified(example):
    _, course = example
    ours = course.with_name(course.name + " ours")
    with opened(course_of(ours).records / "ps1") as journal:
        cells = journal.result("all-right")["scores"]["problem1"]
    assert not any(cell["verified"] for cell in cells.values())


# The ways of testing that public courses have


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> tuple[dict, dict]:
    """An assignment with all of them, graded by stock nbgrader and by us."""
    course, unit = tmp_path_factory.mktemp("kinds") / "course", public_kinds.UNIT
    source = course / "solutions" / unit
    source.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for name, cells in public_kinds.CELLS.items():
        text = nbformat.writes(notebooks.tidy(small_course.notebook(cells)))
        (source / f"{name}.ipynb").write_text(text, encoding="utf-8")
    for name, text in public_kinds.FILES.items():
        (source / name).write_text(text, encoding="utf-8")
    made = nbgrader(course, "generate_assignment", unit)
    assert made.returncode == 0, made.stderr
    for student, answers in public_kinds.STUDENTS.items():
        target = course / "submitted" / student / unit
        shutil.copytree(course / "assignments" / unit, target)
        for path in target.glob("*.ipynb"):
            path.write_text(nbformat.writes(filled(notebooks.read(path), answers)), encoding="utf-8")
    ours = Path(shutil.copytree(course, course.with_name("ours")))
    stock = nbgrader(course, "autograde", unit)
    assert stock.returncode == 0, stock.stderr
    assert grade(ours, unit) == 0
    return scores(course, unit), scores(ours, unit)


def test_the_ways_of_testing_of_public_courses_get_equal_scores_cell_by_cell(kinds):
    stock, ours = kinds
    assert len(stock) >= len(public_kinds.STUDENTS) * 9
    assert ours == stock


@pytest.mark.parametrize("student", public_kinds.STUDENTS)
def test_the_ways_of_testing_of_public_courses_tell_right_from_wrong(kinds, student):
    graded = [
        (name, cell.metadata.nbgrader.grade_id)
        for name, cells in public_kinds.CELLS.items()
        for cell in cells
        if cell.metadata.nbgrader.grade and not cell.metadata.nbgrader.solution
    ]
    points = tuple(kinds[1][student, *place][0] for place in graded)
    assert points == public_kinds.POINTS[student]


def test_what_a_human_grades_in_public_courses_waits_for_one(kinds):
    for scored in kinds:
        for student in ("right", "visible-only"):
            waits = {cell: value for (who, _, cell), value in scored.items() if who == student and value}
            assert all(waits[cell] == (None, most, True) for cell, most in (("essay", 4.0), ("by-hand", 5.0)))


# Our own assignments

UNITS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def our_units(tmp_path_factory) -> tuple[Path, Path]:
    """All of them, handed in by one who wrote all, and by one who wrote every other solution: the course as
    stock nbgrader graded it, and another for us."""
    course = tmp_path_factory.mktemp("units") / "course"
    course.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", course)
    for unit in UNITS:
        ignored = shutil.ignore_patterns(*LEFTOVERS)
        shutil.copytree(ROOT / "solutions" / unit, course / "solutions" / unit, ignore=ignored)
    made = nbgrader(course, "generate_assignment", "*")
    assert made.returncode == 0, made.stderr
    for unit in UNITS:
        whole, half = (notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb") for _ in range(2))
        released = notebooks.read(course / "assignments" / unit / f"{unit}.ipynb")
        for number in stubs(half)[1::2]:
            half.cells[number] = released.cells[number]
        for student, notebook in (("whole", whole), ("half", half)):
            target = course / "submitted" / student / unit
            target.mkdir(parents=True)
            (target / f"{unit}.ipynb").write_text(nbformat.writes(notebook), encoding="utf-8")
    ours = Path(shutil.copytree(course, course.with_name("ours")))
    stock = nbgrader(course, "autograde", "*")
    assert stock.returncode == 0, stock.stderr
    return course, ours


def stubs(notebook: nbformat.NotebookNode) -> list[int]:
    cells = enumerate(notebook.cells)
    return [number for number, cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]


def nothing_is_noted(course: Path) -> None:
    """That grading is no student's progress: neither of the two writes to the file, or makes the page."""
    assert not [*course.rglob(progress.NAME), *course.rglob(home.PAGE)]


@pytest.mark.parametrize("unit", UNITS)
def test_our_assignments_get_equal_scores_cell_by_cell(our_units, unit):
    by_stock, by_us = our_units
    assert grade(by_us, unit) == 0
    ours = scores(by_us, unit)
    assert ours == scores(by_stock, unit)
    points = {who: [] for who in ("whole", "half")}
    for (who, _, _), value in ours.items():
        if type(value) is tuple:
            points[who].append(value[:2])
    assert points["whole"] and all(score in (most, None) for score, most in points["whole"])
    left_out = stubs(notebooks.read(ROOT / "solutions" / unit / f"{unit}.ipynb"))[1::2]
    # Without `train` the capstone's check still counts the parts.
    assert not left_out or any(score is not None and score < most for score, most in points["half"])
    for course in our_units:
        nothing_is_noted(course)


# Differences on purpose: (what the graded cell does, stock's score, ours), of 3 points

DIFFERENT = {
    "a NumPy scalar is a number of points": ("import numpy as np\nnp.float64(1.5)", 3.0, 1.5),
    "what is written to stderr costs nothing": ("import sys\nprint('note', file=sys.stderr)", 0.0, 3.0),
    "a warning costs nothing": ("import warnings\nwarnings.warn('old')", 0.0, 3.0),
    "NaN is no number of points": ("float('nan')", 3.0, 0.0),
    "less than nothing is no number of points": ("-1", 3.0, 0.0),
    "more than the maximum counts as the maximum": ("7", None, 3.0),
}
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
EQUAL = {
    "a number": ("1.5", 1.5),
    "a whole number": ("2", 2.0),
    "an error": ("assert False", 0.0),
    "an error after output": ("print(3)\nraise ValueError('x')", 0.0),
    "nothing": ("x = 1", 3.0),
    "a text": ("'1.5 points'", 3.0),
    "True": ("True", 3.0),
    "None": ("None", 3.0),
    "a number that is printed": ("print(0)", 3.0),
    "infinity below": ("0.0", 0.0),
    "a value before the last line": ("1\nx = 2", 3.0),
    "an error after many outputs": ("for n in range(250):\n    display(n)\nassert False", 0.0),
    "a number after many outputs": ("for n in range(250):\n    display(n)\n1.5", 1.5),
    "an error after much output": ("for n in range(900):\n    print('x' * 10_000)\nassert False", 0.0),
    "a number after much output": ("for n in range(900):\n    print('x' * 10_000)\n1.5", 1.5),
    "hidden tests that fail": (f"x = 1\n{HIDDEN.format('assert x == 2')}", 0.0),
    "hidden tests that hold": (f"x = 1\n{HIDDEN.format('assert x == 1')}", 3.0),
    "hidden tests that give points": (f"x = 1\n{HIDDEN.format('x + 0.5')}", 1.5),
}


@pytest.fixture(scope="module")
def odd_scores(tmp_path_factory):
    """One graded cell for each of the above, each in an assignment's notebook of its own."""
    course = tmp_path_factory.mktemp("odd") / "course"
    (course / "solutions" / "odd").mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    all_of_them = {**{k: v[0] for k, v in DIFFERENT.items()}, **{k: v[0] for k, v in EQUAL.items()}}
    for number, source in enumerate(all_of_them.values()):
        metadata = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
        cell = nbformat.v4.new_code_cell(
            source, metadata={"nbgrader": {**metadata, "grade_id": "cell", "points": 3, "cell_type": "code"}}
        )
        notebook = notebooks.tidy(nbformat.v4.new_notebook(cells=[cell]))
        (course / "solutions" / "odd" / f"n{number:02d}.ipynb").write_text(nbformat.writes(notebook))
    assert nbgrader(course, "generate_assignment", "odd").returncode == 0
    assert not any("HIDDEN" in path.read_text() for path in (course / "assignments").rglob("*.ipynb"))
    shutil.copytree(course / "assignments" / "odd", course / "submitted" / "one" / "odd")
    over = list(all_of_them).index("more than the maximum counts as the maximum")
    ours = course.with_name("ours")
    shutil.copytree(course, ours)
    # It would leave all without a score.
    (course / "submitted" / "one" / "odd" / f"n{over:02d}.ipynb").unlink()
    stock = nbgrader(course, "autograde", "odd")
    assert stock.returncode == 0, stock.stderr
    assert grade(ours, "odd") == 0
    found = []
    for place in (course, ours):
        cells = {notebook: value[0] for (_, notebook, _), value in scores(place, "odd").items()}
        found.append({name: cells.get(f"n{number:02d}") for number, name in enumerate(all_of_them)})
    return found


@pytest.mark.parametrize("name", EQUAL)
def test_odd_values_get_equal_scores(odd_scores, name):
    stock, ours = odd_scores
    assert (stock[name], ours[name]) == (EQUAL[name][1], EQUAL[name][1])


@pytest.mark.parametrize("name", DIFFERENT)
def test_differences_are_those_that_the_guide_lists(odd_scores, name):
    stock, ours = odd_scores
    _, by_nbgrader, by_us = DIFFERENT[name]
    if by_nbgrader is not None:
        assert stock[name] == by_nbgrader
    assert ours[name] == by_us
    assert name in GUIDE


# Differences on purpose, in whole submissions of unit 02: all is right, but for one thing


def at(notebook: nbformat.NotebookNode, grade_id: str) -> int:
    return next(number for number, cell in enumerate(notebook.cells) if grade_id_of(cell) == grade_id)


def pasted_twice(notebook):
    notebook.cells.append(copy.deepcopy(notebook.cells[at(notebook, "adamw-check")]))
    notebook.cells[-1].id = "pasted"


def moved_to_the_top(notebook):
    notebook.cells.insert(0, notebook.cells.pop(at(notebook, "adamw-check")))


def deleted(notebook):
    del notebook.cells[at(notebook, "adamw-check")]


def edited(notebook):
    check = notebook.cells[at(notebook, "adamw-check")]
    check.source, check.metadata.nbgrader.points = 'check("adamw", object, points=9)', 9


def wrapped(before: str, indent: str = ""):
    """The student's AdamW with something before it."""

    def change(notebook):
        cell = notebook.cells[at(notebook, "adamw")]
        cell.source = before + textwrap.indent(cell.source, indent)

    return change


def imported(notebook):
    notebook.cells[at(notebook, "adamw")].source = "from course_lib.optimizers import AdamW"


def many_cells(notebook):
    notebook.cells += [nbformat.v4.new_raw_cell("x") for _ in range(2000)]


IGNORES = """while True:
    try:
        while True:
            pass
    except KeyboardInterrupt:
        pass
"""
ALL, BUT_ONE, ZEROS = (4.0, 4.0, 8.0, 4.0), (4.0, 4.0, 8.0, 0.0), (0.0, 0.0, 0.0, 0.0)
ERROR = (None, None, None, None)
WHOLE = {  # what was done → (the guide's line, the change, stock's scores, ours)
    "nothing": ("", lambda notebook: None, ALL, ALL),
    "edited": ("", edited, ALL, ALL),
    "deleted": ("", deleted, ALL, ALL),
    "doubled": ("a right answer whose check is there twice", pasted_twice, ERROR, ALL),
    "moved": ("a right answer whose check was moved before it", moved_to_the_top, BUT_ONE, ALL),
    "imported": ("the course's own optimiser, layer or function, imported", imported, ALL, BUT_ONE),
    "passed": (
        "a cell of one's own that acts on `check(…).passed`",
        wrapped('if check("adam", Adam).passed:\n', "    "),
        ALL,
        BUT_ONE,
    ),
    "exit": ("the kernel dies", wrapped("import os\nos._exit(1)\n"), ERROR, BUT_ONE),
    "loop": ("the time for a cell is up and interrupts are ignored", wrapped(IGNORES), ERROR, BUT_ONE),
    "file": (
        "a file from outside of the submission",
        wrapped("open('../../../gradebook.db')\n"),
        ALL,
        BUT_ONE,
    ),
    "cells": ("a notebook of more than 2,000 cells", many_cells, ALL, ZEROS),
}
STOPS_ALL = "doubled"  # nbgrader then grades nobody who comes after


@pytest.fixture(scope="module")
def whole_scores(tmp_path_factory):
    """The class of those: student → scores, stock's and ours."""
    course = tmp_path_factory.mktemp("whole") / "course"
    demo_class.release_unit(ROOT, course)
    unit = demo_class.UNIT
    for student, (_, change, _, _) in WHOLE.items():
        submitted = notebooks.read(course / "assignments" / unit / f"{unit}.ipynb")
        change(filled(submitted, TEXTBOOK))
        folder = course / "submitted" / student / unit
        folder.mkdir(parents=True)
        (folder / f"{unit}.ipynb").write_text(nbformat.writes(submitted), encoding="utf-8")
    ours = Path(shutil.copytree(course, course.with_name("ours")))
    stopper = course / "submitted" / STOPS_ALL
    aside = Path(shutil.move(stopper, course / STOPS_ALL))
    nbgrader(course, "autograde", unit, "--ExecutePreprocessor.timeout=10")
    shutil.move(aside, stopper)
    nbgrader(course, "autograde", unit, f"--student={STOPS_ALL}")
    assert grade(ours, unit, "--cell-seconds", "10") == 0
    found = []
    for place in (course, ours):
        points = {(who, name): value[0] for (who, _, name), value in scores(place, unit).items() if value}
        found.append({who: tuple(points.get((who, f"{name}-check")) for name in TEXTBOOK) for who in WHOLE})
    return found


@pytest.mark.skipif(not HAS_SANDBOX, reason="without a sandbox, files from elsewhere can be read")
@pytest.mark.parametrize("student", WHOLE)
def test_differences_in_whole_submissions_are_those_that_the_guide_lists(whole_scores, student):
    stock, ours = whole_scores
    line, _, by_nbgrader, by_us = WHOLE[student]
    assert (stock[student], ours[student]) == (by_nbgrader, by_us)
    assert line in GUIDE
