"""A quiz is valid data, valid HTML, and says what is wrong with it."""

import json
import re
from fractions import Fraction
from html.parser import HTMLParser
from itertools import chain, pairwise
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


def shown(option):
    return option["text"].replace("`", "")


def said(option):
    """What an option says, however it is written: numbers are compared as numbers."""
    words = " ".join(shown(option).casefold().split()).rstrip(".")
    return float(words) if re.fullmatch(r"\d+(\.\d+)?", words) else words


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_question_has_four_options_that_differ_in_what_they_say_and_hardly_in_length(path):
    for question in quiz.load(path.stem):
        options = question["options"]
        assert len(options) == 4, question["id"]
        assert len({said(option) for option in options}) == 4, question["id"]
        assert len({option["explanation"] for option in options}) == 4, question["id"]
        shortest, *_, longest = sorted(len(shown(option)) for option in options)
        assert longest - shortest <= 6 or longest <= 1.6 * shortest, question["id"]


def right(question):
    return [option["correct"] for option in question["options"]].index(True)


def by_place(question):
    """How much of the right option stands first, second, third and last."""
    return [Fraction(place == right(question)) for place in range(4)]


def by_length(question):
    """The same, were the options in order, the longest first; equally long ones share their places."""
    lengths = [len(shown(option)) for option in question["options"]]
    its = lengths[right(question)]
    longer, equal = sum(length > its for length in lengths), lengths.count(its)
    return [Fraction(longer <= place < longer + equal, equal) for place in range(4)]


@pytest.mark.parametrize("shares", [by_place, by_length])
def test_who_guesses_by_place_or_by_length_is_right_as_often_as_chance(shares):
    """In each unit and in all: a quarter of the questions, but for less than one."""
    units = [quiz.load(path.stem) for path in FILES]
    for questions in [*units, list(chain(*units))]:
        for right_ones in map(sum, zip(*map(shares, questions), strict=True)):
            assert abs(right_ones - Fraction(len(questions), 4)) < 1, questions[0]["id"]


def test_where_the_right_option_stands_says_nothing_of_the_next_question():
    pairs = [pair for path in FILES for pair in pairwise(map(right, quiz.load(path.stem)))]
    assert abs(sum(one == next_one for one, next_one in pairs) - Fraction(len(pairs), 4)) < 1


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
