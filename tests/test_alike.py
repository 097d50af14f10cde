"""Whose work is alike: a copy is found though its names are others, and what many have says nothing."""

import nbformat
import pytest
import small_course
from nbformat.v4 import new_output

from course_lib import cli
from course_lib.errors import CourseError
from course_lib.grading import alike
from course_lib.grading.course import course as course_of
from course_lib.judging.report import MIME

STUB = "def decay(rate, steps):\n    raise NotImplementedError"
USUAL = "def decay(rate, steps):\n    return [rate * 0.9**step for step in range(steps)]"
OWN = {
    "ada": """def decay(rate, steps):
    # half of it, as long as there is any left
    kept = []
    while len(kept) < steps:
        kept = kept + [rate if not kept else kept[-1] - kept[-1] / 10]
    return kept""",
    "bob": """def decay(rate, steps):
    rates = []
    while len(rates) < steps:
        rates = rates + [rate if not rates else rates[-1] - rates[-1] / 10]
    return rates""",
    "eve": """def decay(rate, steps):
    out = numpy.full(steps, 0.9)
    out[0] = rate
    return list(numpy.cumprod(out))""",
}
FOUND = "Step 3: expected 0.5, got 0.4871."


def graded(course, student, source, *messages):
    """A notebook as `course grade` leaves it, with a report of what failed."""
    cases = [{"name": "steps", "passed": False, "message": message} for message in messages]
    answer = small_course.cell("decay", "solution", source=source)
    check = small_course.cell("check", "grade", 3, locked=True, source="1")
    check.outputs = [new_output("display_data", {"text/plain": "", MIME: {"cases": cases}})]
    check.outputs += [new_output("display_data", {MIME: forged}) for forged in ("forged", {"cases": ["x"]})]
    for step in ("submitted", "autograded"):
        folder = course / step / student / small_course.UNIT
        folder.mkdir(parents=True)
        nbformat.write(small_course.notebook([answer, check]), folder / "first.ipynb")


@pytest.fixture
def course(tmp_path):
    made = small_course.new_course(tmp_path / "course").root
    folder = made / "assignments" / small_course.UNIT
    folder.mkdir(parents=True)
    cells = [
        small_course.cell("decay", "solution", source=STUB),
        small_course.cell("check", "grade", 3, locked=True, source="1"),
    ]
    nbformat.write(small_course.notebook(cells), folder / "first.ipynb")
    return made


def test_a_copy_with_other_names_stands_first_and_a_usual_answer_is_no_copy(course, capsys):
    for number in range(8):
        graded(course, f"usual-{number}", USUAL, "Step 1: the sign.")
    for student, source in OWN.items():
        graded(course, student, source)
    assert cli.main(["alike", small_course.UNIT, "--course", str(course)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("unit: 11 students, 1 pairs that share what few others have.")
    assert "\nada, bob: weight " in told and "in decay" in told
    assert "usual" not in told and "eve" not in told
    assert "no finding" in told


def test_the_same_rare_numbers_in_what_is_wrong_are_alike(course):
    work = {f"usual-{number}": frozenset({("code", "decay", "a b c")}) for number in range(20)}
    rare = {("evidence", "check", f"case {number}: {FOUND}") for number in range(4)}
    work |= {"ada": frozenset(rare), "bob": frozenset(rare | {("code", "decay", "d e f")})}
    [pair] = alike.pairs(work)
    assert pair.students == ("ada", "bob") and pair.shared == rare


def test_without_anything_graded_the_command_says_what_to_do(course):
    with pytest.raises(
        CourseError, match=r"Nothing of unit has been graded yet: 'course grade unit' does it"
    ):
        alike.run(course_of(course), small_course.UNIT)


def test_names_and_comments_cannot_write_over_the_terminal(course, capsys):
    for student in ("ada", "bob"):
        graded(course, student, f"{OWN['ada']}\n# \x1b[2J\x07 is a comment of mine")
    for number in range(8):
        graded(course, f"usual-{number}", USUAL)
    assert cli.main(["alike", small_course.UNIT, "--course", str(course)]) == 0
    told = capsys.readouterr().out
    assert "is a comment of mine" in told
    assert "\x1b" not in told and "\x07" not in told
