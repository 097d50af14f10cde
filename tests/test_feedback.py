"""Feedback pages: byte for byte what `nbgrader generate_feedback` writes."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from small_course import CELLS, UNIT, grades, new_course, notebook, result

from course_lib import release
from course_lib.grading import feedback, gradebook
from course_lib.grading.course import course

# nbgrader's own way with SQLAlchemy, where a submission is read.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
EXTRA = [
    new_markdown_cell("# Título & <b>bold</b>\n\n$x < y$ and\n\n```python\nprint('<&>')\n```\n\n- a\n- b"),
    new_markdown_cell("![own](attachment:a.png) ![](b.png)", attachments={"a.png": {"image/png": PICTURE}}),
    new_code_cell("%%html\n<b>magic</b>"),
    new_code_cell(""),
    new_code_cell("text = '<!-- no comment -->'  # &amp; λ\n\n\n"),
    new_code_cell(
        "show()",
        outputs=[
            new_output("stream", name="stdout", text="\x1b[31mred\x1b[0m <tag> & 'quote'\n"),
            new_output("display_data", {"text/html": "<table><tr><td>1</td></tr></table><img src='x.png'>"}),
            new_output("display_data", {"image/png": PICTURE, "text/plain": "<Figure>"}),
            new_output("display_data", {"image/svg+xml": "<svg viewBox='0 0 1 1'><path d='M0 0'/></svg>"}),
            new_output("display_data", {"text/latex": "$\\alpha$", "text/markdown": "*soft*"}),
            new_output(
                "error", ename="ValueError", evalue="<oops>", traceback=["\x1b[0;31mValueError\x1b[0m"]
            ),
            new_output("execute_result", {"text/plain": "1.5"}, execution_count=3),
        ],
    ),
]
STUDENTS = {
    "ada": (3.0, 1.25, 0.0, None, None),
    "ben": (0.0, 2.5, None, None, None),
    "o'brien": (1 / 3, 0.005, None, 2.5, None),
}


def graded(number):
    """A graded notebook of each kind, different for each student."""
    cells = [nbformat.from_dict(cell) for name in CELLS for cell in CELLS[name]]
    own = new_code_cell(f"class Adam{number}:\n    beta = {number} < 3 and 'a\\tb'\n")
    return {
        "first": notebook([*EXTRA, own, *cells[:4]]),
        "second": notebook([*cells[4:], *EXTRA[number:]]),
    }


@pytest.fixture(scope="module", params=["", "c.HTMLExporter.exclude_input_prompt = True\n"])
def pages(request, tmp_path_factory):
    """Our pages and nbgrader's, by student and notebook; with a course's own setting of the exporter, too."""
    made = new_course(tmp_path_factory.mktemp("feedback") / "course")
    with (made.root / "nbgrader_config.py").open("a") as file:
        file.write(f"c.LateSubmissionPlugin.penalty_method = 'zero'\n{request.param}")
    made = course(made.root)
    gradebook.register(made, UNIT)
    with Gradebook(made.db_url, made.course_id) as book:
        book.update_or_create_assignment(UNIT, duedate="2026-02-01")
    ours = {}
    with gradebook.opened(made, UNIT) as book:
        for number, (name, scores) in enumerate(STUDENTS.items()):
            book.write(result(name, scores, timestamp="2026-03-01" if number == 1 else None))
        with Gradebook(made.db_url, made.course_id) as manual:
            manual.find_comment(
                "essay", "second", UNIT, "ada"
            ).manual_comment = "**Well** put: $x^2$ <i>!</i>"
            manual.find_grade("essay", "second", UNIT, "ada").manual_score = 3.75
            manual.find_grade("task", "second", UNIT, "ada").extra_credit = 1
            manual.db.commit()
        writer = feedback.Pages(made, UNIT)
        for number, name in enumerate(STUDENTS):
            folder = made.folder("autograded", UNIT, name)
            folder.mkdir(parents=True)
            for which, content in graded(number).items():
                text = nbformat.writes(content)
                (folder / f"{which}.ipynb").write_text(text, encoding="utf-8")
                ours[name, which] = writer.html(name, which, text, grades(book, name)[which])
    assert release.nbgrader(made.root, "generate_feedback", UNIT).returncode == 0
    theirs = {
        (name, which): (made.folder("feedback", UNIT, name) / f"{which}.html").read_text(encoding="utf-8")
        for name, which in ours
    }
    return ours, theirs


@pytest.mark.parametrize("which", ["first", "second"])
@pytest.mark.parametrize("student", STUDENTS)
def test_a_page_is_nbgraders(pages, student, which):
    ours, theirs = pages
    assert ours[student, which] == theirs[student, which]


def test_the_pages_show_what_they_should(pages):
    """That two pages are equal says little if both are empty."""
    ours, _ = pages
    assert "<b>Comments:</b> <p><strong>Well</strong> put" in ours["ada", "second"]
    assert "Score: 3.75 / 4.0" in ours["ada", "second"]
    assert "Late submission penalty" in ours["ben", "first"] and "Late submission" not in ours["ada", "first"]
    assert "No response." in ours["ada", "second"]
    for student, number in (("ada", 0), ("ben", 1), ("o'brien", 2)):
        assert f'<span class="nc">Adam{number}</span>' in ours[student, "first"]
