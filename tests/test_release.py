"""Releasing a small course: what students get, and what they must not get."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_lib import cli, notebooks, release
from course_lib.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
SOLUTION = """class Adam:
    def step(self, theta, gradient):
        ### BEGIN SOLUTION
        secret = 0.9 * theta
        return secret - gradient
        ### END SOLUTION"""
TEST = """print("checked")
### BEGIN HIDDEN TESTS
assert "hidden"
### END HIDDEN TESTS"""


def nbgrader(cell_id: str, **roles) -> dict:
    role = {"grade": False, "solution": False, "locked": True, "task": False, **roles}
    return {"nbgrader": {"schema_version": 3, "grade_id": cell_id, **role}}


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A course of two units with a lecture, beside copies, in a folder with spaces in its name."""
    root = tmp_path_factory.mktemp("source") / "a b c"
    for name in ("01_first", "02_second"):
        solution = new_code_cell(SOLUTION, id="adam", metadata=nbgrader("adam", solution=True, locked=False))
        solution.outputs = [new_output("stream", text="an instructor's run")]
        test = new_code_cell(TEST, id="check", metadata=nbgrader("check", grade=True, points=5))
        folder = root / "solutions" / name
        folder.mkdir(parents=True)
        cells = [new_markdown_cell("# Adam", id="title"), solution, test]
        nbformat.write(new_notebook(cells=cells), folder / f"{name}.ipynb")
        (folder / "data.csv").write_text("1,2\n", encoding="utf-8")
        shutil.copy(folder / f"{name}.ipynb", folder / f"{name} (yours).ipynb")
    (root / "notebooks" / "claims").mkdir(parents=True)
    lecture = new_notebook(cells=[new_code_cell("1", outputs=[new_output("stream", text="an author's run")])])
    for name in ("01_first", "claims/01_first"):
        for copy in ("", " (new version)"):
            nbformat.write(lecture, root / "notebooks" / f"{name}{copy}.ipynb")
    for file in ("README.md", "LICENSE", "LICENSE-TEXT", "Makefile", "bootstrap.py", "environment.yml"):
        shutil.copy(ROOT / file, root)
    for file in ("CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml", "uv.lock", "nbgrader_config.py"):
        shutil.copy(ROOT / file, root)
    for file in (
        "course_lib/__init__.py",
        "course_lib/grading/__init__.py",
        "tests/test_x.py",
        "gradebook.db",
    ):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text("", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def released(source, tmp_path_factory) -> Path:
    """The same course, once released; to look at only."""
    root = shutil.copytree(source, tmp_path_factory.mktemp("released") / "a b c")
    release.release(root)
    return root


@pytest.fixture
def course(released, tmp_path) -> Path:
    """The released course, to change."""
    return shutil.copytree(released, tmp_path / "a b c")


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_students_get_the_assignment_without_solution_and_hidden_tests(source, released):
    before, after = files(source), files(released)
    added = {
        f"assignments/{unit}/{name}"
        for unit in ("01_first", "02_second")
        for name in (f"{unit}.ipynb", "data.csv")
    }
    assert after.keys() - before.keys() == {*added, "dist/course.zip"}
    assert {name: after[name] for name in before} == before

    notebook = notebooks.read(released / "assignments/02_second/02_second.ipynb")
    assert [cell.id for cell in notebook.cells] == ["title", "adam", "check"]
    assert notebook.cells[1].source.splitlines() == [
        "class Adam:",
        "    def step(self, theta, gradient):",
        "        # Your code starts here.",
        "        raise NotImplementedError",
        "        # Your code ends here.",
    ]
    assert notebook.cells[1].outputs == []
    assert notebook.cells[2].source == 'print("checked")'
    assert notebook.cells[2].metadata.nbgrader.points == 5


@pytest.mark.slow
def test_releasing_again_gives_the_same_bytes_and_drops_what_is_gone(course, released):
    (course / "assignments/07_gone").mkdir()
    (course / "assignments/01_first/gone.csv").write_text("3,4", encoding="utf-8")
    release.release(course)
    assert files(course) == files(released)
    assert not (course / "assignments/07_gone").exists()


@pytest.mark.slow
def test_one_unit_leaves_the_others_alone(course):
    first, second = (course / f"assignments/{unit}/data.csv" for unit in ("01_first", "02_second"))
    first.write_text("old", encoding="utf-8")
    second.write_text("old", encoding="utf-8")
    release.release(course, "2")
    assert first.read_text(encoding="utf-8") == "old"
    assert second.read_text(encoding="utf-8") == "1,2\n"


def test_the_bundle_holds_what_a_student_needs_and_nothing_else(released):
    with zipfile.ZipFile(released / "dist/course.zip") as archive:
        names = set(archive.namelist())
        lectures = [archive.read(name) for name in archive.namelist() if name.startswith("course/notebooks/")]
    expected = [name for name in release.STUDENT if (ROOT / name).is_file()]
    assert names == {
        *(f"course/{name}" for name in expected),
        "course/course.sha256",
        "course/course_lib/__init__.py",
        "course/notebooks/01_first.ipynb",
        "course/notebooks/claims/01_first.ipynb",
        "course/assignments/01_first/01_first.ipynb",
        "course/assignments/01_first/data.csv",
        "course/assignments/02_second/02_second.ipynb",
        "course/assignments/02_second/data.csv",
    }
    assert not [lecture for lecture in lectures if b"an author's run" in lecture]


@pytest.mark.parametrize("name", ["02", "2", "002", "02_second"])
def test_a_unit_is_named_by_number_or_name(source, name):
    assert release.find_unit(source, name) == "02_second"


@pytest.mark.parametrize("name", ["3", "second", "", "../01_first", "²"])
def test_an_unknown_unit_is_told_the_known_ones(source, name):
    with pytest.raises(CourseError, match=r"known: 01_first, 02_second\.$"):
        release.find_unit(source, name)


def test_a_course_without_solutions_says_whose_copy_it_is(tmp_path, monkeypatch, capsys):
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["release"]) == 1
    assert "There is no solutions/ folder here" in capsys.readouterr().err


@pytest.mark.slow
def test_what_nbgrader_refuses_is_told_in_its_words(course):
    path = course / "solutions/01_first/01_first.ipynb"
    notebook = notebooks.read(path)
    notebook.cells[1].source = notebook.cells[1].source.replace("### END SOLUTION", "")
    nbformat.write(notebook, path)
    before = files(course / "assignments")
    with pytest.raises(
        CourseError, match=r"^nbgrader could not release 01_first: No end solution statement found\.$"
    ):
        release.release(course)
    assert files(course / "assignments") == before


# this course


def test_everything_at_the_top_is_for_students_or_for_instructors():
    ignored = {line.strip("/\n") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    ignored |= {".git"}
    top = {
        path.name for path in ROOT.iterdir() if not any(path.match(pattern) for pattern in ignored if pattern)
    }
    assert top <= {*release.STUDENT, *release.INSTRUCTOR}


@pytest.mark.slow
def test_the_bundles_library_imports_without_what_is_kept_back(tmp_path):
    release.bundle(ROOT, tmp_path / "course.zip")
    shutil.unpack_archive(tmp_path / "course.zip", tmp_path)
    script = (
        "import importlib, pkgutil, course_lib\n"
        "for module in pkgutil.walk_packages(course_lib.__path__, 'course_lib.'):\n"
        "    if not module.name.endswith('.right'):  # it may go on from another cell's program\n"
        "        importlib.import_module(module.name)\n"
        "print(course_lib.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path / "course", capture_output=True, encoding="utf-8"
    )
    assert done.stderr == ""
    assert Path(done.stdout.strip()) == tmp_path / "course/course_lib/__init__.py"
