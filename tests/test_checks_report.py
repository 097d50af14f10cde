"""What check shows, returns and raises."""

import json
import re
import subprocess
import sys
import time
from importlib import metadata
from xml.etree import ElementTree

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_lib import initializers, optimizers
from course_lib.checks import NothingPassed, check
from course_lib.exercises import folders
from course_lib.exercises.folders import find
from course_lib.grading import reading
from course_lib.judging.exercise import CannotCheck
from course_lib.judging.report import MIME, CaseReport, Diagnosis, Report


class NoBiasCorrection(optimizers.Adam):
    def step(self, theta, gradient):
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        return theta - self.lr * self.m / (np.sqrt(self.v) + self.eps)


class EpsInside(optimizers.AdaGrad):
    def step(self, theta, gradient):
        self.s = self.s + gradient**2
        return theta - self.lr * gradient / np.sqrt(self.s + self.eps)


class Untouched:
    def step(self, theta, gradient):
        raise NotImplementedError


def test_a_report_says_what_passed_and_why_not():
    report = check("adagrad", EpsInside)
    assert not report.passed
    assert report.diagnosis == "eps-inside-root"
    assert report.score == sum(case.passed for case in report.cases) / 9
    assert 0 < report.score < 1
    assert type(report.score) is float
    failing = next(case for case in report.cases if not case.passed)
    assert re.search(r"expected .*, got .*", failing.message)


def test_the_repr_is_one_short_line():
    assert repr(check("adam", NoBiasCorrection)) == "<adam: 0 of 9 cases pass>"


def test_the_same_code_gets_the_same_report():
    assert check("adam", NoBiasCorrection) == check("adam", NoBiasCorrection)


def test_a_graded_cell_gives_a_plain_float_in_two_decimals():
    assert check("adam", optimizers.Adam, points=5) == 5.0
    partial = check("adagrad", EpsInside, points=5)
    assert type(partial) is float
    assert 0 < partial < 5
    assert partial == round(partial, 2)
    for points in (1, 2.5, 0.01, np.float64(3)):
        assert type(check("adagrad", optimizers.AdaGrad, points=points)) is float


@pytest.mark.parametrize("student", [Untouched, NoBiasCorrection, lambda **settings: None])
def test_a_graded_cell_raises_on_zero_with_one_line(student, capfd):
    with pytest.raises(NothingPassed) as raised:
        check("adam", student, points=5)
    assert isinstance(raised.value, AssertionError)
    (line,) = raised.value._render_traceback_()
    assert "\n" not in line
    assert "0 of 5 points" in line
    assert capfd.readouterr().err == ""


def test_what_is_the_courses_own_gets_a_note_as_grading_gives_nothing_for_it():
    class Adam(optimizers.Adam):
        pass

    class AdamW(optimizers.AdamW):
        pass

    for name, student in (("adam", Adam), ("adam", optimizers.Adam), ("he_normal", initializers.he_normal)):
        report = check(name, student)
        [note] = report.notes
        assert report.passed and "brings no points" in note
        assert f"the course's own {student.__name__}, " in note
    [note] = check("adamw", AdamW).notes  # which is an Adam, too
    assert "the course's own AdamW, " in note
    [note] = check("adagrad", optimizers.RMSprop).notes  # of the same unit
    assert "the course's own RMSprop, " in note


def test_no_right_answer_of_ones_own_gets_that_note():
    """Not even where it inherits, from a class of one's own or from what grading leaves there."""
    for name in ("adam", "he_normal", "dropout", "early_stopping"):
        for student in folders.styles(name).values():
            report = check(name, student)
            assert report.passed and "graded" not in report.text()

    class Base(optimizers.SGD):
        pass

    class Adam(folders.about("adam").program.answer(), Base):
        pass

    assert "graded" not in check("adam", Adam).text()


WRONG_CALLS = [
    ((), "the exercise's name first"),
    ((optimizers.Adam,), "the exercise's name first"),
    (("adam",), "second argument"),
    (("Adamm", optimizers.Adam), "There is no exercise 'Adamm'. There are: "),
    (("adam", optimizers.Adam()), "give it the class, without parentheses"),
    (("adam", None), "NoneType"),
    (("adam", "Adam"), "str"),
    (("adam", optimizers.Adam, "5"), "points must be a number"),
    (("adam", optimizers.Adam, True), "points must be a number"),
    (("adam", optimizers.Adam, 0), "points must be a number"),
    (("adam", optimizers.Adam, float("nan")), "points must be a number"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG_CALLS)
def test_a_wrong_call_gets_one_clear_sentence(arguments, words):
    with pytest.raises(CannotCheck, match=re.escape(words)) as raised:
        check(*arguments)
    assert raised.value._render_traceback_() == [str(raised.value)]
    assert str(raised.value).count("\n") == 0


# HTML

VOID = {"br"}
REPORTS = {
    "passing": ("adam", optimizers.Adam),
    "no bias correction": ("adam", NoBiasCorrection),
    "ε inside": ("adagrad", EpsInside),
    "untouched": ("adam", Untouched),
}


@pytest.mark.parametrize(("name", "student"), REPORTS.values(), ids=REPORTS)
def test_the_html_is_well_formed_and_needs_nothing_from_outside(name, student):
    html = check(name, student).html(5)
    ElementTree.fromstring(html.replace("<br>", "<br/>"))
    assert not re.search(r"<script|<link|<img|<iframe|https?:|url\(|\bon\w+=", html)
    marks = re.findall(r"([✓✗])</span><b>[^<]*</b>: (passes|fails)", html)
    assert len(marks) == 9
    assert {"✓": "passes", "✗": "fails"}.items() >= set(marks)
    assert 'aria-hidden="true"' in html


def test_a_picture_only_where_values_differ_and_with_words_for_it():
    assert "<svg" not in check("adam", optimizers.Adam).html()
    assert "<svg" not in check("adam", Untouched).html()
    html = check("adam", NoBiasCorrection).html()
    label = re.search(r'<svg role="img" aria-label="([^"]+)"', html)
    assert label
    assert "expected" in label[1]


def test_everything_is_escaped():
    nasty = "<script>alert('x')</script> & \"quotes\""
    report = Report(
        nasty, nasty, (CaseReport(nasty, False, nasty),), Diagnosis("x", nasty, nasty, nasty), (nasty,)
    )
    assert "<script" not in report.html()
    ElementTree.fromstring(report.html().replace("<br>", "<br/>"))


def test_the_data_are_json_with_points():
    data = check("adagrad", EpsInside).data(5)
    assert json.loads(json.dumps(data)) == data
    counted = {"passed", "score", "points", "max_points", "diagnosis", "cases"}
    assert set(data) == {"course_version", "exercise", *counted}
    assert data["max_points"] == 5.0
    assert all(set(case) == {"name", "passed", "message"} for case in data["cases"])


# In a notebook

CELLS = [
    "from course_lib.checks import check\nimport numpy as np\nfrom course_lib.optimizers import Adam as Ours",
    'class Adam(Ours):\n    def step(self, theta, gradient):\n        return super().step(theta, -gradient)\n'
    'check("adam", Adam)',
    'check("adam", Ours, points=3)',
    'check("adam", Adam, points=3)',
    'check("adam")',
    'class Adam(Ours):\n    def step(self, theta, gradient):\n        return gradient / nothing\n'
    'check("adam", Adam)',
]  # fmt: skip


@pytest.fixture(scope="module")
def notebook():
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
    return notebook


def outputs(notebook, index):
    return notebook.cells[index].outputs


def test_a_notebook_shows_the_report_once_and_the_object_as_one_line(notebook):
    shown, value = outputs(notebook, 1)
    assert shown.output_type == "display_data"
    assert {"text/plain", "text/html", "application/vnd.course-check+json"} <= set(shown.data)
    assert shown.data["application/vnd.course-check+json"]["diagnosis"] == "ascent"
    assert value.output_type == "execute_result"
    assert value.data == {"text/plain": "<adam: 0 of 9 cases pass>"}


def test_a_graded_cell_of_a_notebook_ends_in_a_number(notebook):
    shown, value = outputs(notebook, 2)
    assert shown.data["application/vnd.course-check+json"]["points"] == 3.0
    assert value.data == {"text/plain": "3.0"}


def test_an_error_in_a_notebook_is_one_line(notebook):
    shown, error = outputs(notebook, 3)
    assert shown.output_type == "display_data"
    assert error.output_type == "error"
    assert error.ename == "NothingPassed"
    assert len(error.traceback) == 1
    assert "course_lib" not in "".join(error.traceback)
    (error,) = outputs(notebook, 4)
    assert error.ename == "CannotCheck"
    assert len(error.traceback) == 1


def test_a_report_names_the_version_and_grading_reads_it_of_the_saved_notebook(notebook):
    """As pip knows it: for whoever reads, and as data."""
    version = metadata.version("course_lib")
    said = f"Version {version} of the course."
    shown = outputs(notebook, 1)[0].data
    assert shown["text/plain"].endswith(f"\n  {said}") and f">{said}</p></div>" in shown["text/html"]
    checked = [MIME in output.get("data", {}) for cell in notebook.cells for output in cell.outputs]
    found = [cell.checked_with for cell in reading.cells_of(nbformat.writes(notebook).encode())]
    assert {*found} == {"", version} and found.count(version) == sum(checked) > 3


def test_a_notebook_gets_the_line_of_its_own_cell(notebook):
    message = outputs(notebook, 5)[0].data["application/vnd.course-check+json"]["cases"][0]["message"]
    assert "line 3: “return gradient / nothing”" in message


def test_nothing_is_written_to_stderr_in_a_notebook(notebook):
    streams = [output for cell in notebook.cells for output in cell.outputs if output.output_type == "stream"]
    assert streams == []


def test_what_nbclient_raises_is_short(notebook):
    cells = [nbformat.v4.new_code_cell(CELLS[i]) for i in (0, 3)]
    cells[1].source = CELLS[1].replace('check("adam", Adam)', 'check("adam", Adam, points=3)')
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=60, kernel_name="python3")
    with pytest.raises(CellExecutionError) as raised:
        client.execute()
    assert "front.py" not in str(raised.value)


# Time


def best_of(times, work):
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam", "adamw"])
def test_a_check_takes_at_most_a_fifth_of_a_second(name):
    """Right, wrong in a known way, wrong in an unknown way; best of five, as others share the machine."""
    exercise = find(name)

    class Unknown(exercise.reference):
        def step(self, theta, gradient):
            return super().step(theta, gradient) + 0.001 * theta**2

    for student in (exercise.reference, exercise.misconceptions[-1].variants[0](), Unknown):
        assert best_of(5, lambda student=student: check(name, student)) < 0.2


def test_a_check_imports_no_matplotlib():
    code = (
        "import sys; from course_lib.checks import check; from course_lib.optimizers import Adam, AdaGrad;"
        "check('adam', Adam); check('adam', AdaGrad); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    assert done.stderr == ""
