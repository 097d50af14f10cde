"""What `course grade` does first: it says so, and starts nothing for what it will refuse."""

import json
import shutil
import subprocess
import sys

import pytest
from small_course import UNIT, new_course

from course_lib.release import nbgrader

# Says, in the order of printing, when a sandbox is started, and when nbgrader is about to be loaded.
WATCHED = """
import sys
from course_lib import cli

def heard(event, about):
    if event == "subprocess.Popen" and "course_lib.grading.inside.server" in about[1]:
        print("a sandbox starts", flush=True)

class Finder:
    def find_spec(name, path=None, target=None):
        if name == "nbgrader":
            print("nbgrader is loaded", flush=True)
            if sys.argv[1] == "stop":
                raise KeyboardInterrupt

sys.addaudithook(heard)
sys.meta_path.insert(0, Finder)
sys.exit(cli.main(sys.argv[2:]))
"""
FIRST = "Grading {} in {} …"


def graded(root, unit=UNIT, stop="go on", *more):
    command = [sys.executable, "-c", WATCHED, stop, "grade", unit, "--course", str(root), *more]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course in which one student has handed in."""
    root = new_course(tmp_path_factory.mktemp("handed-in") / "course").root
    made = nbgrader(root, "generate_assignment", UNIT)
    assert made.returncode == 0, made.stderr
    shutil.copytree(root / "assignments" / UNIT, root / "submitted" / "ada" / UNIT)
    return root


@pytest.fixture
def root(handed_in, tmp_path):
    return shutil.copytree(handed_in, tmp_path / "course")


def in_another_language(root):
    for path in (root / "assignments" / UNIT).glob("*.ipynb"):
        released = json.loads(path.read_text())
        released["metadata"] = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
        path.write_text(json.dumps(released))


def nothing(root):
    pass


REFUSED = [
    ("unknown", nothing, "There is no assignment 'unknown'; known: unit."),
    (UNIT, in_another_language, "is written in R"),
    (UNIT, lambda root: shutil.rmtree(root / "assignments"), "has not been released"),
    (UNIT, lambda root: shutil.rmtree(root / "submitted"), "Nobody has handed in"),
    (UNIT, lambda root: shutil.rmtree(root), "name the folder of a course"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "spoil", "words"), REFUSED, ids=[words for _, _, words in REFUSED])
def test_what_is_refused_starts_no_sandbox(root, unit, spoil, words):
    spoil(root)
    done = graded(root, unit)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [FIRST.format(unit, root), "nbgrader is loaded"]
    assert "a sandbox starts" not in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="there is no process to fork from elsewhere")
def test_the_first_line_comes_first_and_the_sandbox_is_begun_while_nbgrader_is_loaded(root):
    done = graded(root, UNIT, "stop", "--sandbox", "none")
    assert done.stdout.splitlines() == [FIRST.format(UNIT, root), "a sandbox starts", "nbgrader is loaded"]
    assert done.returncode == 130


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="there is no process to fork from elsewhere")
def test_a_course_whose_folders_lie_elsewhere_is_graded_all_the_same(root):
    """There, the sandbox is begun once nbgrader's settings are known."""
    elsewhere = root.parent / "elsewhere"
    shutil.move(root / "assignments", elsewhere)
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"c.CourseDirectory.release_directory = {str(elsewhere)!r}\n")
    done = graded(root, UNIT, "go on", "--sandbox", "none", "--workers", "1")
    lines = done.stdout.splitlines()
    assert lines.index("nbgrader is loaded") < lines.index("a sandbox starts")
    assert (root / "autograded" / "ada" / UNIT / "first.ipynb").exists(), done.stderr
