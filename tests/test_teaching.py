"""docs/teaching.md names what is there: the claims that it sets, and extensions as nbgrader grants them."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from nbgrader.api import Gradebook
from small_course import UNIT, course_with_deadline, result

from course_lib import notebooks
from course_lib.grading import gradebook

ROOT = Path(__file__).resolve().parents[1]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


def test_the_claims_that_are_set_are_there():
    links = re.findall(r"^- \[(.+)\]\(\.\./(notebooks/claims/\d\d_\w+\.ipynb)\)$", GUIDE, re.MULTILINE)
    assert len(links) > 15
    for title, path in links:
        text = "\n".join(cell.source for cell in notebooks.read(ROOT / path).cells)
        assert f"## {title}\n" in text, f"{path} has no claim “{title}”"


def test_the_minutes_beside_the_clock_stand_beside_those_that_each_assignment_states():
    stated = re.findall(r"^\| (\d\d) \| (\d+) \| \d", GUIDE, re.MULTILINE)
    for unit, minutes in stated:
        [path] = (ROOT / "assignments").glob(f"{unit}_*/*.ipynb")
        assert f"**Time**: about {minutes} minutes." in notebooks.read(path).cells[0].source, path.stem
    assert len(stated) >= 7


@pytest.mark.slow
@pytest.mark.filterwarnings(
    "ignore::sqlalchemy.exc.SAWarning"
)  # nbgrader's own, where it enters a submission
def test_an_extension_granted_as_told_holds_for_one_student_and_stays(tmp_path, monkeypatch):
    """Both are two days late, where late work brings nothing."""
    made = course_with_deadline(tmp_path / "course")
    [told] = re.findall(r"^```\n(from nbgrader\.api import Gradebook\n.*?)^```$", GUIDE, re.M | re.S)
    monkeypatch.chdir(made.root)
    with Gradebook(made.db_url, made.course_id) as book:
        for student in ("ada", "ben"):
            book.add_student(student)
    exec(dedent(told).replace("optimisation", made.course_id).replace("02_adaptive_optimizers", UNIT), {})
    for _ in range(2):
        with gradebook.opened(made, UNIT) as book:
            for student in ("ada", "ben"):
                book.write(result(student, (3.0, 1.25, 2.0, 0.0, 0.0), timestamp="2026-02-03 10:00:00"))
        with Gradebook(made.db_url, made.course_id) as book:
            late = {who: book.find_submission(UNIT, who).late_submission_penalty for who in ("ada", "ben")}
        assert late == {"ada": 0.0, "ben": 6.25}
