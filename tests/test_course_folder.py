"""Copies that stand beside the course's notebooks are the student's, and no pages of the course."""

import shutil
import subprocess
from pathlib import Path

import pytest

from course_lib import cli, home, ledger, reference
from course_lib.course_folder import CONFIG, is_copy, pages
from course_lib.release import student_files

ROOT = Path(__file__).resolve().parents[1]
UNITS = ("00_start_here.ipynb", "01_gradient_descent.ipynb")
# Of `course update`, twice; of a browser that has downloaded it before; of JupyterLab's menu.
COPIES = (" (new version)", " (new version 2)", " (1)", "-Copy1")


@pytest.fixture
def course(tmp_path, monkeypatch):
    for folder in ("notebooks", "notebooks/claims"):
        (tmp_path / folder).mkdir()
        for unit in UNITS:
            shutil.copy(ROOT / folder / unit, tmp_path / folder)
    shutil.copy(ROOT / CONFIG, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def told(course):
    """What is made of the notebooks, and of which the bundle is."""
    bundled = [path.relative_to(course).as_posix() for path in student_files(course) if path.exists()]
    return home.page(course), home.text(course), ledger.page(course), reference.page(course), bundled


def test_a_copy_beside_a_notebook_is_listed_nowhere_and_left_as_it_is(course):
    before = told(course)
    assert all(f"(notebooks/{unit})" in before[0] for unit in UNITS)
    copies = [
        path.with_stem(f"{path.stem}{ending}") for path in course.rglob("0*.ipynb") for ending in COPIES
    ]
    assert len(copies) == 4 * len(COPIES)
    for copy in copies:
        copy.write_text("not even a notebook")
    assert told(course) == before
    assert cli.main(["tidy"]) == 0
    assert {copy.read_text() for copy in copies} == {"not even a notebook"}
    assert [path.name for path in pages(course / "notebooks")] == list(UNITS)


def test_no_file_of_the_course_is_taken_for_a_copy():
    tracked = subprocess.check_output(["git", "ls-files"], cwd=ROOT, encoding="utf-8").splitlines()
    assert f"notebooks/{UNITS[0]}" in tracked
    assert [name for name in tracked if is_copy(Path(name))] == []
    assert not is_copy(Path("notebooks/08_second-order (draft)/08_second-order.ipynb"))
    assert is_copy(Path("course_lib/rates (yours).py"))
