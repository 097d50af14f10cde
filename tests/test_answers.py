"""The cell of a solution notebook is the exercise's right program: `course tidy` sees to it."""

import shutil
from pathlib import Path

import nbformat
import pytest

from course_lib import cli
from course_lib.answers import put_answers
from course_lib.errors import CourseError

UNIT = Path(__file__).parents[1] / "solutions" / "03_dropout" / "03_dropout.ipynb"
RIGHT = "return penalty, [lam * W for W in weights]"


@pytest.fixture
def notebook():
    return nbformat.read(UNIT, as_version=4)


def cell_of(notebook, text):
    (cell,) = (cell for cell in notebook.cells if text in cell.source)
    return cell


def test_another_answer_gives_way_to_the_right_one_and_all_else_stays(notebook):
    before = nbformat.writes(notebook)
    cell_of(
        notebook, RIGHT
    ).source = "def l2_penalty(w):\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION"
    assert nbformat.writes(put_answers(notebook, "03")) == before


def test_an_exercise_without_its_cell_or_with_two_is_named(notebook):
    cell = cell_of(notebook, RIGHT)
    notebook.cells.append(cell)
    with pytest.raises(CourseError, match=r"l2_penalty .* there are 2 such cells"):
        put_answers(notebook, "03")
    notebook.cells = [each for each in notebook.cells if RIGHT not in each.source]
    with pytest.raises(CourseError, match="there are 0 such cells"):
        put_answers(notebook, "03")


def test_tidy_writes_it_and_its_check_finds_another(tmp_path, notebook, capsys):
    path = tmp_path / "solutions" / "03_dropout" / "03_dropout.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copyfile(UNIT, path)
    cell_of(notebook, RIGHT).source = cell_of(notebook, RIGHT).source.replace("lam / 2", "lam")
    nbformat.write(notebook, path)
    assert cli.main(["tidy", "--check", str(path)]) == 1
    assert "another answer" in capsys.readouterr().out
    assert cli.main(["tidy", str(path)]) == 0
    assert path.read_bytes() == UNIT.read_bytes()
