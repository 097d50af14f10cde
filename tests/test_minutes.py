"""The time that a notebook states is what the model makes of it; a path keeps to its bound."""

import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib import cli, minutes, notebooks, quiz
from course_lib.errors import CourseError
from course_lib.exercises.folders import about, exercise_names, exercises_of, source

ROOT = Path(__file__).resolve().parents[1]
PATHS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
CLAIMS = sorted((ROOT / "notebooks" / "claims").glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
README = (ROOT / "README.md").read_text(encoding="utf-8")

MOST = 35  # minutes for a path


def stated(path):
    """The minutes in a notebook's first cell."""
    [told] = re.findall(r"^\*\*Time\*\*: about (\d+) minutes\.", notebooks.read(path).cells[0].source, re.M)
    return int(told)


@pytest.mark.parametrize("path", [*PATHS, *CLAIMS], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_lecture_takes_as_long_as_it_says(path):
    assert stated(path) == minutes.of_lecture(notebooks.read(path).cells), "run 'make tidy'"


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_an_assignment_takes_as_long_as_it_says(path):
    assert stated(path) == minutes.of_assignment(notebooks.read(path).cells, path.stem[:2]), "run 'make tidy'"
    assert stated(ROOT / "assignments" / path.stem / path.name) == stated(path), "run 'make release'"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_path_is_walked_in_one_sitting(path):
    assert minutes.of_lecture(notebooks.read(path).cells) <= MOST


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_readme_says_what_the_notebooks_say(path):
    [row] = [line for line in README.splitlines() if f"(notebooks/{path.name})" in line and line[:1] == "|"]
    solution = ROOT / "solutions" / path.stem / path.name
    times = [stated(each) for each in (path, solution) if each.is_file()]
    assert row.endswith(f"| {' + '.join(f'{time} min' for time in times)} |"), "run 'make tidy'"


# the model, against counts by hand

QUESTIONS = """[
  {"id": "one", "question": "Which is it?", "options": [
    {"text": "this", "correct": true, "explanation": "It is, as `g` falls."},
    {"text": "that one", "correct": false, "explanation": "No, and this is not counted."}]},
  {"id": "two", "question": "And here?", "options": [
    {"text": "yes", "correct": false, "explanation": "No."},
    {"text": "no", "correct": true, "explanation": "Right."}]}]"""

TEXT = """\
# 01 · A small lecture

**Time**: about 99 minutes. **Builds on**: [00 · Start](00_start.ipynb).

$$\\theta \\leftarrow \\theta
- \\eta\\,g$$

In words: η < 2/λ is *small*.

| a | b |
|---|---|
| 1 | 2 |

**Predict.** Up or down?
<details><summary>Answer</summary>

Down, and in code:
```python
theta = theta - lr * g

lr = 0.1
```
</details>"""

CODE = """\
# one step

figure = plots.curves({"SGD": [1, 2]})
plots.show(figure, "explorers.descent() and plots.show() in words are none")
explorers.descent(lr=0.1)"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(quiz, "FOLDER", tmp_path)
    (tmp_path / "01_small.json").write_text(QUESTIONS, encoding="utf-8")
    collapsed = new_code_cell("import numpy as np\nplots.show(figure, 'a')")
    collapsed.metadata = {"jupyter": {"source_hidden": True}}
    return [new_markdown_cell(TEXT), new_code_cell(CODE), collapsed, new_code_cell('quiz.show("01_small")')]


def test_a_small_lecture_counted_by_hand(small):
    of_text = 4 + 4 + 6 + 2 + 2 + 4 + 1 + 4  # line by line: title, builds on, in words, two rows, predict, …
    of_quiz = (3 + 1 + 2 + 5) + (2 + 1 + 1 + 1)
    assert minutes.counted(small) == {
        "words": of_text + of_quiz,
        "lines": 2 + 4 + 1,
        "formulas": 1,
        "figures": 2,
        "predictions": 1,
        "explorers": 1,
        "questions": 2,
    }
    # 43 words at 200 a minute, 7 lines, a formula, 2 figures and a prediction, an explorer, 2 questions
    assert minutes.of_lecture(small) == round((43 * 60 / 200 + 7 * 3 + 20 + 3 * 30 + 180 + 2 * 15) / 60) == 6


def test_only_the_questions_that_are_shown_count(small):
    whole = minutes.counted(small)["questions"]
    for shown in ('quiz.show("01_small", ["two"])', 'quiz.show("01_small", ids=["two"], again=True)'):
        small[-1].source = shown
        assert minutes.counted(small)["questions"] == whole - 1


def test_of_an_assignment_the_answer_is_written_and_not_read():
    long = "".join(f"    x{i} = {i}\n" for i in range(200))
    text = f"def sgd():\n    ### BEGIN SOLUTION\n{long}    ### END SOLUTION\n\n    after = 1"
    cells = [new_markdown_cell("word " * 200), new_code_cell(text)]
    log = new_markdown_cell("### BEGIN SOLUTION\n" + "word " * 900 + "\n### END SOLUTION")
    writing = sum(of.minutes for of in exercises_of("01"))
    assert minutes.of_assignment([*cells, log], "01") == writing + 1
    assert text in cells[1].source, "what is counted stays as it was"


def test_no_exercise_has_less_than_two_minutes_for_a_line_of_its_answer():
    given: dict[str, int] = {}
    for name in exercise_names():
        owner = about(name).right or name
        given[owner] = given.get(owner, 0) + about(name).minutes
    for owner, time in given.items():
        answers = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", source(owner), re.S)
        lines = [line for text in answers for line in text.splitlines() if line.strip()]
        assert time >= 2 * len(lines) > 0, owner


# course tidy


@pytest.mark.parametrize("folder", ["notebooks", "notebooks/claims"])
def test_tidy_writes_the_time_and_its_check_finds_another(small, tmp_path, capsys, folder):
    path = tmp_path / folder / "01_small.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(notebooks.to_bytes(notebooks.tidy(new_notebook(cells=small))))
    assert cli.main(["tidy", "--check", str(path)]) == 1
    assert "time" in capsys.readouterr().out
    assert cli.main(["tidy", str(path)]) == 0
    text = notebooks.read(path).cells[0].source
    assert text == TEXT.replace("about 99 minutes", "about 6 minutes"), "all else stays"
    assert cli.main(["tidy", "--check", str(path)]) == 0


@pytest.mark.parametrize("text", ["# Title", "# Title\n\n**Time**: 1 hour.\n\n**Time**: 2 hours."])
def test_a_first_cell_without_its_line_is_named(text):
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    with pytest.raises(CourseError, match=r"first cell of “# Title” is to have one line"):
        minutes.put_time(notebook, 5)


def test_a_cell_that_is_no_python_is_named():
    with pytest.raises(CourseError, match=r"Cell odd is no Python \(line 2\)"):
        minutes.of_lecture([new_code_cell("a = 1\nb = = 2", id="odd")])
