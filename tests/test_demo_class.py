"""A simulated class, from submissions to scores and feedback, with stock nbgrader."""

import csv
import html
import re
import subprocess
from pathlib import Path

import pytest

from course_lib import cli, home, progress
from course_lib.errors import CourseError
from course_lib.exercises.folders import exercises_of
from course_lib.grading import demo_class
from course_lib.grading.demo_students import CLASS, TEXTBOOK

ROOT = Path(__file__).resolve().parents[1]
UNIT = demo_class.UNIT
MOST = {of.name: of.points for of in exercises_of(UNIT[:2])}
GRADED = [student for student in CLASS if student.points is not None]
UNGRADED = [student for student in CLASS if student.points is None]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """The demo class, graded, in a folder with spaces in its name; and what the command printed."""
    folder = tmp_path_factory.mktemp("demo") / "a demo class"
    return folder, subprocess.run(
        ["course", "demo-class", str(folder)], capture_output=True, encoding="utf-8", timeout=600
    )


@pytest.fixture(scope="module")
def course(graded) -> Path:
    folder, done = graded
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def printed(graded) -> str:
    return graded[1].stdout


def feedback(course: Path, name: str) -> str:
    """The text of a student's feedback, without markup."""
    page = (course / "feedback" / name / UNIT / f"{UNIT}.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", page)))


def test_there_are_twelve_students_of_all_kinds():
    assert len({student.name for student in CLASS}) == 12
    assert UNGRADED
    assert any(all(student.points[name] == MOST[name] for name in TEXTBOOK) for student in GRADED)
    assert any(student.points == dict.fromkeys(MOST, 0) for student in CLASS)
    assert any(0 < student.points[name] < most for student in GRADED for name, most in MOST.items())


@pytest.mark.slow
@pytest.mark.parametrize("student", CLASS, ids=lambda student: student.name)
def test_each_exercise_brings_what_it_should(course, student):
    expected = student.points or dict.fromkeys(MOST)
    assert demo_class.scores(course)[student.name] == pytest.approx(expected)


@pytest.mark.slow
def test_grading_is_not_noted_as_anybodys_progress(course):
    assert not [*course.rglob(progress.NAME), *course.rglob(home.PAGE)]


@pytest.mark.slow
@pytest.mark.parametrize("student", GRADED, ids=lambda student: student.name)
def test_feedback_says_in_words_what_is_wrong(course, student):
    page = feedback(course, student.name)
    for words in student.told:
        assert words in page


@pytest.mark.slow
@pytest.mark.parametrize("student", GRADED, ids=lambda student: student.name)
def test_feedback_shows_the_score(course, student):
    total = round(float(sum(student.points.values())), 2)
    assert f"{UNIT} (Score: {total} / {sum(MOST.values()):.1f})" in feedback(course, student.name)


@pytest.mark.slow
def test_the_export_holds_the_sums(course):
    with (course / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {student.name for student in CLASS}
    for student in CLASS:  # a missing score is exported as 0, which is why the table tells it apart
        assert float(rows[student.name]["raw_score"]) == pytest.approx(sum((student.points or {}).values()))
        assert float(rows[student.name]["max_score"]) == sum(MOST.values())


@pytest.mark.slow
@pytest.mark.parametrize("student", CLASS, ids=lambda student: student.name)
def test_the_table_has_a_line_for_each_student(printed, student):
    [line] = [line for line in printed.splitlines() if line.startswith(f"{student.name} ")]
    [heads] = [line.split() for line in printed.splitlines() if line.startswith("student ")]
    shown = dict(zip(heads, line.split(), strict=False))
    points = {name: f"{value:g}" for name, value in (student.points or {}).items()}
    total = f"{sum(student.points.values()):g}" if student.points else "–"
    assert shown.items() >= (points or dict.fromkeys(MOST, "–")).items()
    assert shown["sum"] == total


@pytest.mark.slow
def test_the_command_is_not_noisy(graded):
    assert graded[1].stderr == ""


@pytest.mark.slow
def test_the_table_says_why_scores_are_missing(printed):
    assert "jana: The file is not a notebook, or a damaged one: it is not valid JSON" in printed
    assert "lena: The cell adam-check is there twice" in printed


def test_only_a_demo_class_is_emptied(tmp_path):
    precious = tmp_path / "thesis.txt"
    precious.write_text("years of work", encoding="utf-8")
    with pytest.raises(CourseError, match="something else than a demo class"):
        demo_class.prepare(tmp_path)
    assert precious.read_text(encoding="utf-8") == "years of work"


def test_a_second_run_starts_from_an_empty_folder(tmp_path):
    demo_class.prepare(tmp_path / "class")
    before = tmp_path / "class" / "feedback.html"
    before.write_text("of the run before", encoding="utf-8")
    before.chmod(0o444)  # as nbgrader leaves what it writes
    demo_class.prepare(tmp_path / "class")
    assert [path.name for path in (tmp_path / "class").iterdir()] == [demo_class.MARK]


def test_students_are_told_that_they_have_no_grading(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "cli.py"))
    assert cli.main(["demo-class"]) == 1
    assert "instructor's copy" in capsys.readouterr().err


def test_another_course_is_told_that_it_has_no_demo_class(tmp_path, monkeypatch, capsys):
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo-class"]) == 1
    assert "run this in a clone of the course's repository." in capsys.readouterr().err
