"""Scores as a table: the columns that nbgrader knows, and no formulas."""

import csv
import os

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, course_with_deadline, result

from course_lib import release
from course_lib.errors import CourseError
from course_lib.grading import export, gradebook, tables

# nbgrader's own way with SQLAlchemy, where it enters a submission.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Four students of whom three submitted, one of them late; two of them await scores by hand."""
    made = course_with_deadline(tmp_path_factory.mktemp("export") / "course")
    with Gradebook(made.db_url, made.course_id) as book:
        book.add_student(
            "ada", first_name="Ada", last_name="Lovelace", email="ada@example.org", lms_user_id="17"
        )
        book.add_student("ben", first_name='Ben "B"', last_name="=cmd|' /C calc'!A0", email="@ben")
        book.add_student("eve", first_name="Ève")
    with gradebook.opened(made, UNIT) as book:
        book.write(result("ada", (3.0, 1 / 3, 0.0, None, None), timestamp="2026-01-01 10:00:00"))
        book.write(result("ben", (1e-7, 2.5, 4.0, None, None), timestamp="2026-03-01 10:00:00"))
        book.write(result("zoe", (1.0, 0.0, 0.0, 0.0, None)))
    with Gradebook(made.db_url, made.course_id) as book:
        book.find_grade("task", "second", UNIT, "ada").manual_score = 5.5
        book.find_grade("task", "second", UNIT, "ada").needs_manual_grade = False
        for name in ("by-hand", "task"):
            book.find_grade(name, "second", UNIT, "ben").manual_score = 0.0
        book.find_comment("essay", "second", UNIT, "ada").manual_comment = 'Well,\nput; "quite".'
        book.db.commit()
    return made


def read(made, tmp_path, **more):
    export.csv(tmp_path / "out.csv", made, UNIT, **more)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_spreadsheet_has_nbgraders_columns_and_numbers(made, tmp_path):
    heads, *rows = read(made, tmp_path)
    assert release.nbgrader(made.root, "export", "--to", str(tmp_path / "theirs.csv")).returncode == 0
    with (tmp_path / "theirs.csv").open(encoding="utf-8", newline="") as file:
        theirs = {row["student_id"]: row for row in csv.DictReader(file)}
    ours = {row["student_id"]: row for row in (dict(zip(heads, row, strict=True)) for row in rows)}
    assert set(heads[:10]) == set(theirs["ada"]) - {"duedate"}
    assert [row[2] for row in rows] == ["ada", "ben", "eve", "zoe"]
    for name in ("ada", "ben", "zoe"):
        for column in ("raw_score", "late_submission_penalty", "score", "max_score"):
            if column.endswith("score") and column != "max_score" and name != "ben":
                assert ours[name][column] == ""  # nbgrader's is the sum of what there is
            else:
                assert float(ours[name][column]) == pytest.approx(float(theirs[name][column]), abs=0.005)
        assert ours[name]["timestamp"] == theirs[name]["timestamp"]


def test_the_spreadsheet_shows_each_exercise_and_who_waits_and_what_was_noted(made, tmp_path):
    told = {
        "ada": ("by hand", "=1+1 was missing and was put back."),
        "zoe": ("none", ""),
        ".fay": ("left out", "It begins with a dot."),
    }
    heads, ada, ben, eve, zoe, fay = read(made, tmp_path, beside=told)
    assert dict(zip(heads, fay, strict=True)) == dict.fromkeys(heads, "") | {
        "assignment": UNIT,
        "student_id": ".fay",
        "outcome": "left out",
        "notes": "It begins with a dot.",
    }
    assert heads[10:13] == ["needs_manual_grade", "outcome", "notes"]
    assert ada[11:13] == ["by hand", "'=1+1 was missing and was put back."]
    assert zoe[11:13] == ["none", ""] and ben[11:13] == eve[11:13] == ["", ""]
    assert set(heads[13:]) == {
        *("first/tests", "first/more-tests"),
        *("second/essay", "second/by-hand", "second/task"),
    }
    row = dict(zip(heads, ada, strict=True))
    assert (row["first/tests"], row["first/more-tests"], row["second/task"]) == ("3", "0.33", "5.5")
    assert row["needs_manual_grade"] == "second/by-hand" and row["second/by-hand"] == ""
    assert dict(zip(heads, ben, strict=True))["needs_manual_grade"] == "second/by-hand second/task"
    assert dict(zip(heads, zoe, strict=True))["needs_manual_grade"] == "second/task"
    nothing = dict(zip(heads, eve, strict=True))
    assert (nothing["score"], nothing["max_score"], nothing["first/tests"]) == ("", "20.5", "")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(made, tmp_path, text):
    name = f"{text} student"
    with gradebook.opened(made, UNIT) as book:
        book.write(result(name))
    try:
        with Gradebook(made.db_url, made.course_id) as book:
            book.update_or_create_student(name, first_name=text, last_name=text, email=text)
        cells = [cell for row in read(made, tmp_path) for cell in row]
        assert tables.text(name) in cells
        for cell in cells:
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    finally:
        with Gradebook(made.db_url, made.course_id) as book:
            book.remove_student(name)


def test_a_file_that_cannot_be_written_is_named_and_the_old_one_stays(made, tmp_path, monkeypatch):
    def is_open(*_):  # as Windows says it
        raise PermissionError(13, "Permission denied")

    (tmp_path / "out.csv").write_text("of last week")
    with monkeypatch.context() as patched, pytest.raises(CourseError, match="another program has it open"):
        patched.setattr(os, "replace", is_open)
        export.csv(tmp_path / "out.csv", made, UNIT)
    assert (tmp_path / "out.csv").read_text() == "of last week"
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
    try:
        with pytest.raises(CourseError, match="cannot be written"):
            export.csv(tmp_path / "out.csv", made, UNIT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_text() == "of last week"


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_students_are_the_same_however_many_are_read_at_a_time(made, tmp_path, monkeypatch, batch):
    whole = read(made, tmp_path)
    monkeypatch.setattr(gradebook, "BATCH", batch)
    assert read(made, tmp_path) == whole
