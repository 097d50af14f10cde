"""A quiz is valid data, valid HTML, and says what is wrong with it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_lib import quiz

LECTURES = {path.stem for path in (Path(__file__).parents[1] / "notebooks").glob("*.ipynb")}
FILES = sorted(quiz.FOLDER.glob("*.json"))


def option(text, correct=False, explanation="Because."):
    return {"text": text, "correct": correct, "explanation": explanation}


def question(**changes):
    return {"id": "first", "question": "Which?", "options": [option("A", True), option("B")]} | changes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_quiz_of_each_lecture_is_well_formed(path):
    questions = json.loads(path.read_text(encoding="utf-8"))
    assert quiz.problems(questions) == []
    assert len(questions) >= 5


def test_each_lecture_has_its_quiz_and_none_lies_where_students_look_around():
    assert {path.stem for path in FILES} == LECTURES
    assert not [
        path for path in quiz.FOLDER.parents[2].joinpath("notebooks").iterdir() if "quiz" in path.name
    ]


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ([], "at least one question"),
        ({"id": "first"}, "at least one question"),
        (["Which?"], "Question 1 is not an object"),
        ([question(id="two words")], "needs an id"),
        ([question(), question()], "Question 2 (first) has the id of an earlier question"),
        ([question(question=" ")], "no text under 'question'"),
        ([question(options=None)], "needs a list of objects under 'options'"),
        ([question(options=[option("A", True)])], "at least two options"),
        ([question(options=[option("A"), option("B")])], "has 0 right options"),
        ([question(options=[option("A", True), option("B", True)])], "has 2 right options"),
        (
            [question(options=[option("A", True), option("B", explanation="")])],
            "option 2, has no explanation",
        ),
        ([question(options=[option("", True), option("B")])], "option 1, has no text"),
        ([question(options=[option("A", "yes"), option("B", True)])], "option 1, needs 'correct'"),
        ([question(options=[option("A", True), option("A")])], "option 2, repeats"),
    ],
)
def test_a_malformed_quiz_is_told_what_is_wrong_and_where(questions, words):
    assert words in " ".join(quiz.problems(questions))
    with pytest.raises(ValueError, match=re.escape(words)):
        quiz.html(questions)


class Page(HTMLParser):
    """Collects the tags of a page with their attributes, and checks that they nest."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.open = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_every_radio_button_has_its_own_label_and_questions_do_not_share_a_group():
    page = Page(quiz.html([question(), question(id="second")], "u1") + quiz.html([question()], "u2"))
    buttons = page.all("input")
    assert [button["type"] for button in buttons] == ["radio"] * 6
    assert len({button["id"] for button in buttons}) == 6
    assert [label["for"] for label in page.all("label")] == [button["id"] for button in buttons]
    assert len({button["name"] for button in buttons}) == 3
    assert len(page.all("legend")) == len(page.all("fieldset")) == 3


def test_the_verdict_is_a_word_and_hidden_until_its_option_is_chosen():
    html = quiz.html([question()])
    assert html.count("Right.") == html.count("Not quite.") == 1
    assert html.index("Right.") < html.index("Not quite.")  # the first option is the right one
    assert re.search(r"\.why \{ display: none", html)
    assert re.search(r"input:checked ~ \.answer \.why \{ display: block", html)
    assert "<script" not in html


def test_text_is_text_and_only_backticks_mean_something():
    text = "Is `a < b` <b>bold</b> & so on?"
    page = Page(quiz.html([question(question=text, options=[option("1 ` 2", True), option("`x`")])]))
    assert not page.all("b")
    assert len(page.all("code")) == 2
    assert "Is a < b <b>bold</b> & so on?" in page.text
    assert "1 ` 2" in page.text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "97_test.json").write_text(json.dumps([question(), question(id="second")]))
    (tmp_path / "98_broken.json").write_text("[{]")
    (tmp_path / "99_wrong.json").write_text(json.dumps([question(question="")]))
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)


def test_a_missing_or_broken_quiz_is_one_sentence_that_names_the_file(folder):
    with pytest.raises(FileNotFoundError, match=r"no quiz '96_none'; there are 97_test, 98_broken, 99_wrong"):
        quiz.load("96_none")
    with pytest.raises(ValueError, match=r"98_broken\.json is not JSON: .* line 1, column 3"):
        quiz.load("98_broken")
    with pytest.raises(ValueError, match=r"99_wrong\.json: Question 1 \(first\) has no text"):
        quiz.load("99_wrong")


def test_show_displays_the_chosen_questions_in_the_asked_order(folder, monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", shown.append)
    quiz.show("97_test", ids=["second", "first"])
    html = shown[0].data
    assert html.index("quiz-97_test-second") < html.index("quiz-97_test-first")
    with pytest.raises(ValueError, match="no question third; it has first, second"):
        quiz.show("97_test", ids=["third"])
