"""Written answers: by default they bring nothing and nobody is asked to grade them; one setting says else."""

import csv
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import small_course
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from test_grading_compatibility import grade, scores

from course_lib import home, notebooks, points
from course_lib.errors import CourseError
from course_lib.grading.course import course as course_of
from course_lib.release import generate, nbgrader

ROOT = Path(__file__).resolve().parents[1]
UNIT = "09_reasons"
FIRST = "# Reasons\n\n**Points**: tests 3. That makes 3, full marks. Extra adds up to 1.\n\nMore."
ANSWER = "Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION"


def solution():
    written = [
        new_markdown_cell(ANSWER, id=f"a09-{name}", metadata={"course": {"written": most}})
        for name, most in (("why", 2), ("how", 3))
    ]
    return small_course.notebook(
        [
            new_markdown_cell(FIRST),
            small_course.cell("answer", "solution", source="### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
            small_course.cell("tests", "grade", 3, locked=True, source="assert x"),
            small_course.cell("extra", "grade", 1, locked=True, source="assert x"),
            *written,
        ]
    )


def course_with(root, are_graded):
    """The course's own settings, with written answers graded or not, and one unit that has two of them."""
    (root / "solutions" / UNIT).mkdir(parents=True)
    settings = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    line = "c.Release.written_answers = False"
    assert line in settings
    (root / "nbgrader_config.py").write_text(settings.replace(line, line.replace("False", str(are_graded))))
    nbformat.write(notebooks.tidy(solution()), root / "solutions" / UNIT / f"{UNIT}.ipynb")
    return root


@pytest.fixture(scope="module", params=[False, True], ids=["not graded", "graded"])
def graded(request, tmp_path_factory):
    """A class of two, graded by stock nbgrader and by us; and what `course release` makes of the unit."""
    folder = tmp_path_factory.mktemp("written")
    stock = course_with(folder / "stock", request.param)
    made = nbgrader(stock, "generate_assignment", UNIT)
    assert made.returncode == 0, made.stderr
    (folder / "scratch").mkdir()
    released = generate(stock, [UNIT], folder / "scratch") / UNIT / f"{UNIT}.ipynb"
    theirs = notebooks.read(stock / "assignments" / UNIT / f"{UNIT}.ipynb")
    assert notebooks.to_bytes(notebooks.tidy(theirs)) == released.read_bytes()
    ours = Path(shutil.copytree(stock, folder / "ours"))
    (ours / "gradebook.db").unlink()  # `course grade` enters the unit itself
    for course in (stock, ours):
        for student, said in (("ada", "For a reason."), ("ben", "YOUR ANSWER HERE")):
            notebook = notebooks.read(released)
            for cell in notebook.cells:
                cell.source = cell.source.replace("YOUR ANSWER HERE", said)
                cell.source = cell.source.replace("raise NotImplementedError", "x = 1")
            (target := course / "submitted" / student / UNIT).mkdir(parents=True)
            nbformat.write(notebook, target / f"{UNIT}.ipynb")
    autograded = nbgrader(stock, "autograde", UNIT)
    assert autograded.returncode == 0, autograded.stderr
    assert grade(ours, UNIT) == 0
    return SimpleNamespace(
        are_graded=request.param, stock=stock, ours=ours, released=notebooks.read(released)
    )


@pytest.mark.slow
def test_the_release_says_what_written_answers_bring_and_keeps_the_instructors(graded):
    first, *_, why, how = graded.released.cells
    said = (
        "tests 3, written answers 5. That makes 8, full marks. Extra adds up to 1."
        if graded.are_graded
        else "tests 3. That makes 3, full marks. Extra adds up to 1. Written answers bring none."
    )
    assert first.source == FIRST.replace("tests 3. That makes 3, full marks. Extra adds up to 1.", said)
    assert why.source == how.source == "Why?\nYOUR ANSWER HERE"
    marks = [cell.metadata.get("nbgrader") for cell in (why, how)]
    if graded.are_graded:
        assert [(mark["grade_id"], mark["points"], mark["grade"], mark["solution"]) for mark in marks] == [
            ("why", 2, True, True),
            ("how", 3, True, True),
        ]
    else:
        assert marks == [None, None]
    [told] = home.FULL.findall(first.source)
    assert told == (("5", "8") if graded.are_graded else ("", "3"))


@pytest.mark.slow
def test_stock_nbgrader_and_course_grade_agree_and_ask_a_person_only_where_told(graded):
    stock, ours = scores(graded.stock, UNIT), scores(graded.ours, UNIT)
    assert stock == ours
    by_hand = {key: value for key, value in ours.items() if key[2] in ("why", "how")}
    waits = {("why", "ada"): (None, 2, True), ("how", "ada"): (None, 3, True)}
    waits |= {("why", "ben"): (0, 2, False), ("how", "ben"): (0, 3, False)}  # left as they were
    asked = {(cell, student): value for (student, _, cell), value in by_hand.items()}
    assert asked == (waits if graded.are_graded else {})
    for course in (graded.stock, graded.ours):
        submissions = NbGraderAPI(config=course_of(course).config).get_submissions(UNIT)
        needs = {each["student"]: each["needs_manual_grade"] for each in submissions}
        assert needs == {"ada": graded.are_graded, "ben": False}
        assert {each["max_score"] for each in submissions} == {9 if graded.are_graded else 4}


@pytest.mark.slow
def test_exports_are_complete_without_a_person_unless_one_is_asked(graded, tmp_path):
    assert nbgrader(graded.ours, "export", "--to", str(tmp_path / "all.csv")).returncode == 0
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        assert {row["max_score"] for row in csv.DictReader(file)} == {"9.0" if graded.are_graded else "4.0"}
    with (graded.ours / "reports" / UNIT / "scores.csv").open(encoding="utf-8", newline="") as file:
        ada, ben = csv.DictReader(file)
    assert (ada["score"], ada["max_score"], ada["needs_manual_grade"]) == (
        ("", "9", "why how") if graded.are_graded else ("4", "4", "")
    )
    assert (ben["score"], ben["needs_manual_grade"]) == ("4", "")
    if graded.are_graded:
        with Gradebook(f"sqlite:///{graded.ours / 'gradebook.db'}") as book:
            for name, score in (("why", 1.5), ("how", 3)):
                given = book.find_grade(name, UNIT, UNIT, "ada")
                given.manual_score, given.needs_manual_grade = score, False
            book.db.commit()
        assert grade(graded.ours, UNIT) == 0
        with (graded.ours / "reports" / UNIT / "scores.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.DictReader(file))["score"] == "8.5"


@pytest.mark.parametrize("are_graded", [False, True])
def test_the_table_of_points_follows_the_setting(tmp_path, are_graded):
    root = course_with(tmp_path / "course", are_graded)
    (root / "docs").mkdir()
    (root / points.GUIDE).write_text(f"Before.\n\n{points.HEAD}\nAfter.\n", encoding="utf-8")
    row = (
        "| 09 | tests 3, written answers 5; extra: Extra 1 | 8, nbgrader's maximum 9 |"
        if are_graded
        else "| 09 | tests 3; extra: Extra 1 | 3, nbgrader's maximum 4 |"
    )
    assert points.put_points(root).decode() == f"Before.\n\n{points.HEAD}{row}\n\nAfter.\n"


def test_settings_that_cannot_be_read_are_named(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Release = 1 / 0\n")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py .*ZeroDivisionError.* correct that file"):
        points.written_are_graded(tmp_path)


def test_a_release_whose_first_cell_has_no_line_for_points_says_which_one(tmp_path):
    root = course_with(tmp_path / "course", True)
    path = root / "solutions" / UNIT / f"{UNIT}.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("**Points**", "Points"), encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    with pytest.raises(CourseError, match=r"could not release 09_reasons: The first cell of “Reasons” is"):
        generate(root, [UNIT], tmp_path / "scratch")


def test_in_the_solutions_written_answers_bear_no_mark_of_nbgraders():
    """Else nbgrader would refuse what an instructor hands in to try the course, where they bring none."""
    cell = new_markdown_cell(ANSWER, metadata={"course": {"written": 2}, "nbgrader": {"grade": False}})
    other = small_course.cell("essay", "both", 4, source="Because.", markdown=True)
    tidied = points.put_written(small_course.notebook([cell, other])).cells
    assert "nbgrader" not in tidied[0].metadata and tidied[1].metadata.nbgrader.grade
    found = [
        cell
        for path in (ROOT / "solutions").rglob("*.ipynb")
        for cell in notebooks.read(path).cells
        if points.written(cell)
    ]
    assert found
    assert all(re.search("### BEGIN SOLUTION", cell.source) for cell in found)
    assert not any("nbgrader" in cell.metadata for cell in found)
