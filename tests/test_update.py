"""A new version of the course costs no student's work, and reaches whatever the student has left alone."""

import shutil
import subprocess
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_lib import cli, release
from course_lib.notebooks import to_bytes

FIRST, SECOND, THIRD = (f"assignments/0{n}_unit/0{n}_unit.ipynb" for n in (1, 2, 3))
LECTURE = "notebooks/01_unit.ipynb"
CLAIMS = "notebooks/claims/01_unit.ipynb"


def notebook(source):
    cells = [new_code_cell(source, id="only")]
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    }
    return new_notebook(cells=cells, metadata={**metadata, "language_info": {"name": "python"}})


def release_of(folder, version, files):
    """A course as its instructor has it, and the bundle that students get."""
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_bytes(notebook(source)) if name.endswith(".ipynb") else source.encode())
    return release.bundle(folder, folder / "dist" / f"{version}.zip")


OLD = {
    "nbgrader_config.py": "",
    FIRST: "old",
    SECOND: "old",
    THIRD: "old",
    LECTURE: "old",
    CLAIMS: "old",
    "course_lib/rates.py": "old",
    "course_lib/steps.py": "old",
    "course_lib/gone.py": "old",
    "docs/guide.md": "old",
}
NEW = {
    **{name: "new" for name in OLD if name not in ("nbgrader_config.py", THIRD, "course_lib/gone.py")},
    THIRD: "old",
    "nbgrader_config.py": "",
    "docs/more.md": "new",
}


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """The student's copy of the old version, and the zip of the new one."""
    monkeypatch.setattr(
        release, "STUDENT", ("nbgrader_config.py", "assignments", "notebooks", "course_lib", "docs")
    )
    old = release_of(tmp_path / "old", "old", OLD)
    new = release_of(tmp_path / "new", "new", NEW)
    shutil.unpack_archive(old, tmp_path)
    monkeypatch.chdir(tmp_path / "course")
    return tmp_path / "course", new


def source(path):
    return nbformat.read(path, as_version=4).cells[0].source if path.suffix == ".ipynb" else path.read_text()


def write(path, text, outputs=()):
    changed = notebook(text)
    changed.cells[0].outputs = list(outputs)
    path.write_text(nbformat.writes(changed), encoding="utf-8")


def test_without_changes_it_becomes_the_new_version(versions):
    course, new = versions
    assert cli.main(["update", str(new)]) == 0
    with zipfile.ZipFile(new) as archive:
        expected = {name.removeprefix("course/"): archive.read(name) for name in archive.namelist()}
    files = [path for path in course.rglob("*") if path.is_file()]
    assert {path.relative_to(course).as_posix(): path.read_bytes() for path in files} == expected


def test_a_students_work_stays_and_what_is_new_is_put_beside_it(versions, capsys):
    course, new = versions
    write(course / FIRST, "mine")
    write(course / SECOND, "old", [new_output("stream", text="only run")])
    write(course / CLAIMS, "my trial")
    write(course / THIRD, "mine too")
    (course / "course_lib/rates.py").write_text("mine")
    (course / "progress.jsonl").write_text("{}\n")
    write(course / "assignments/own.ipynb", "scratch")
    assert cli.main(["update", str(new)]) == 0
    said = capsys.readouterr().out.splitlines()

    assert source(course / FIRST) == "mine"
    assert source(course / "assignments/01_unit/01_unit (new version).ipynb") == "new"
    assert source(course / SECOND) == "new", "it was only run"
    assert source(course / CLAIMS) == "my trial"
    assert source(course / "notebooks/claims/01_unit (new version).ipynb") == "new"
    assert source(course / THIRD) == "mine too", "nothing is new there"
    assert not [*(course / THIRD).parent.glob("*new version*")]
    assert source(course / "course_lib/rates.py") == "new"
    assert source(course / "course_lib/rates (yours).py") == "mine"
    assert source(course / "course_lib/steps.py") == "new"
    assert not (course / "course_lib/gone.py").exists()
    assert (course / "progress.jsonl").read_text() == "{}\n"
    assert source(course / "assignments/own.ipynb") == "scratch"
    assert len(said) == 4 and FIRST in said[0] and CLAIMS in said[1] and "rates (yours).py" in said[2]

    assert cli.main(["update", str(new)]) == 0, "once more changes nothing"
    assert source(course / FIRST) == "mine"
    assert not (course / "course_lib/rates (yours 2).py").exists()

    beside = course / "assignments/01_unit/01_unit (new version).ipynb"
    assert not [*beside.parent.glob("*new version 2*")], "it is what was put there"
    write(beside, "goes on here")
    (course / "course.sha256").unlink()  # all that is the student's differs from what comes
    assert cli.main(["update", str(new)]) == 0
    assert source(beside) == "goes on here"
    assert source(beside.with_stem("01_unit (new version 2)")) == "new"


def test_a_copy_without_the_list_loses_nothing_either(versions):
    course, new = versions
    (course / "course.sha256").unlink()
    write(course / FIRST, "mine")
    (course / "docs/guide.md").write_text("mine")
    assert cli.main(["update", str(new)]) == 0
    assert source(course / FIRST) == "mine"
    assert source(course / "docs/guide (yours).md") == "mine"
    assert source(course / "docs/guide.md") == "new"
    assert (course / "course.sha256").is_file()


def test_in_a_clone_the_new_version_comes_from_git(versions, tmp_path, monkeypatch, capsys):
    def git(folder, *arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
        done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        return done.stdout

    origin, clone = tmp_path / "old", tmp_path / "clone"
    shutil.rmtree(origin / "dist")
    git(origin, "init", "-q")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "old")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    release_of(origin, "new", NEW)
    shutil.rmtree(origin / "dist")
    git(origin, "rm", "-q", "course_lib/gone.py")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "new")

    write(clone / FIRST, "mine")
    write(clone / SECOND, "old", [new_output("stream", text="only run")])
    monkeypatch.chdir(clone)
    assert cli.main(["update"]) == 0
    assert source(clone / FIRST) == "mine"
    assert source(clone / "assignments/01_unit/01_unit (new version).ipynb") == "new"
    assert source(clone / SECOND) == source(clone / LECTURE) == "new"
    assert not (clone / "course_lib/gone.py").exists()
    changed = git(clone, "status", "--porcelain").splitlines()
    assert [line.split()[0] for line in changed] == ["M", "??"]
    assert git(clone, "rev-list", "HEAD") == git(origin, "rev-list", "HEAD")

    git(clone, "commit", "-qam", "mine")
    capsys.readouterr()
    assert cli.main(["update"]) == 1
    assert "has commits of its own" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"no zip", "cannot be read as a zip"),
        ("docs/a.md", "is no version of the course"),
    ],
)
def test_what_is_no_version_is_told_in_a_sentence_and_changes_nothing(versions, capsys, content, words):
    course, _ = versions
    path = course.parent / "given.zip"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"course/{content}", "new")
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    assert cli.main(["update", str(path)]) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_a_copy_that_is_no_clone_has_to_be_given_the_new_version(versions, capsys):
    assert cli.main(["update"]) == 1
    assert "course update course.zip" in capsys.readouterr().err
