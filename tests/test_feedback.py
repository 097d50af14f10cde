"""Feedback pages: they show what those of `nbgrader generate_feedback` show, and stay small."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from small_course import CELLS, UNIT, course_with_deadline, grades, new_course, notebook, result

from course_lib import release
from course_lib.grading import feedback, gradebook, safe_html
from course_lib.grading.course import course
from course_lib.grading.gradebook import Scores

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


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Our pages and nbgrader's, by student and notebook."""
    made = course_with_deadline(tmp_path_factory.mktemp("feedback") / "course")
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
        for number, name in enumerate(STUDENTS):
            folder = made.folder("autograded", UNIT, name)
            folder.mkdir(parents=True)
            for which, content in graded(number).items():
                text = nbformat.writes(content)
                (folder / f"{which}.ipynb").write_text(text, encoding="utf-8")
                ours[name, which] = feedback.page(which, text, grades(book, name)[which])
    assert release.nbgrader(made.root, "generate_feedback", UNIT).returncode == 0
    theirs = {
        (name, which): (made.folder("feedback", UNIT, name) / f"{which}.html").read_text(encoding="utf-8")
        for name, which in ours
    }
    return ours, theirs


def texts(page, selector):
    """The texts of what a selector finds, without spaces, and without what only one of the two writes: marks
    of formulas, links to the top, the name of a picture that did not come along; what has no score yet is a
    dash here and a zero there."""
    soup = BeautifulSoup(page, "html.parser")
    found = (re.sub(r"[\s$¶^]|b\.png", "", element.get_text()) for element in soup.select(selector))
    return [text.replace("(Top)", "").replace("Top", "").replace("–", "0.0") for text in found if text]


@pytest.mark.slow
@pytest.mark.parametrize("which", ["first", "second"])
@pytest.mark.parametrize("student", STUDENTS)
def test_a_page_shows_what_nbgraders_shows(pages, student, which):
    """Scores, comments, cells and outputs, in the same order and in the same words."""
    ours, theirs = (of[student, which] for of in pages)
    same = {
        "title": "title",
        "h1": "h4",
        "nav li": "#toc li",
        ".bar": ".nbgrader_cell .panel-heading",
        ".comment": ".panel-footer",
        ".text": ".text_cell_render",
        ".code": ".input_area",
        ".outputs > *": ".output_subarea",
    }
    for of_ours, of_theirs in same.items():
        assert texts(ours, of_ours) == texts(theirs, of_theirs), of_ours
    assert pictures(ours) == pictures(theirs)
    soup = BeautifulSoup(ours, "html.parser")
    assert all(soup.select(link["href"]) for link in soup.select("nav a"))


def pictures(page):
    return [
        img["src"] for img in BeautifulSoup(page, "html.parser").select("img") if img["src"][:5] == "data:"
    ]


@pytest.mark.slow
def test_the_pages_show_what_they_should(pages):
    """That two pages are equal says little if both are empty."""
    ours, _ = pages
    assert "<b>Comments:</b>\n<p><strong>Well</strong> put: <math>" in ours["ada", "second"]
    assert "Score: 3.75 / 4.0" in ours["ada", "second"]
    assert "Late submission penalty" in ours["ben", "first"] and "Late submission" not in ours["ada", "first"]
    assert "No response." in ours["ada", "second"]
    for student, number in (("ada", 0), ("ben", 1), ("o'brien", 2)):
        assert f'<span class="f">Adam{number}</span>' in ours[student, "first"]


# What a page is, whatever was handed in


def page_of(cells, name="unit"):
    return feedback.page(name, json.dumps(notebook(cells)), Scores(1.0, 2.0, 0.0))


def test_a_page_needs_nothing_and_runs_nothing():
    shown = new_code_cell("1", outputs=[new_output("display_data", {"text/html": "<b>x</b>"})])
    page = page_of([new_markdown_cell("$x$ <script>alert(1)</script>"), shown])
    assert "default-src 'none'" in page and "<math>" in page
    assert not re.search(r"https?://|require|widget|<script>alert", page)


def test_a_page_stays_below_three_megabytes_and_says_what_it_left_out():
    """Many lines of code, of which a page has five times as many characters; outputs as large as are kept."""
    code = [new_code_cell("'" * 90_000) for _ in range(11)]
    room = safe_html.Room()
    text = {"output_type": "stream", "name": "stdout", "text": "<" * 90_000}
    shown = [new_code_cell(f"f({n})", outputs=safe_html.outputs([text] * 3, room)) for n in range(1989)]
    for cells in (code + shown, shown + code):
        page = page_of([nbformat.from_dict(cell) for cell in cells])
        assert 2_000_000 < len(page.encode()) < 3_000_000
        assert "Left out: there is more" in page and "f(<span" in page


def test_headings_go_down_one_by_one():
    page = page_of([new_markdown_cell("### c\n# a\n##### e"), new_markdown_cell("# b\n## c\n### d")])
    assert re.findall(r"<h(\d)", page) == list("1223234")


def test_what_a_page_does_not_follow_of_the_settings_is_named(tmp_path):
    ours = course(Path(__file__).resolve().parents[1])
    assert ours.config.HTMLExporter.filters == feedback.FILTER and feedback.unfollowed(ours) == []
    other = new_course(
        tmp_path / "course",
        "c.HTMLExporter.template_name = 'ours'\nc.HTMLExporter.filters = {'indent': 'x.y'}\n",
    )
    named = ["HTMLExporter.filters", "HTMLExporter.template_name"]
    assert sorted(feedback.unfollowed(other)) == named
