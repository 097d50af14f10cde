"""The library as a wheel: every file of it is inside, and it works where the course's folder is not."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import course_lib
from course_lib import cli, notebooks

ROOT = Path(__file__).resolve().parents[1]

# What is read when a student opens things; of the course's folder nothing may be.
OPENED = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
from course_lib import datasets, experiments, quiz, quiz_ear, reference
from course_lib.exercises.folders import about, exercise_names
from course_lib.explorers import EXPLORERS
from course_lib.jupyter import show_me_button
from course_lib.explorers.page import SCRIPT, STYLE

counted = {
    "questions": sum(len(quiz.load(path.stem)) for path in quiz.FOLDER.glob("*.json")),
    "explorers": sum(bool(make().scene().panels) for make in EXPLORERS.values()),
    "runs": sum(len(experiments.stored(name)) for name in experiments.names()),
    "answers": sum(bool(about(name).program.source) for name in exercise_names()),
    "patients": len(datasets.diabetes().x_train),
    "letters": len(reference.notation()),
    "script": len(SCRIPT) * len(STYLE),
}
print(counted)
print([name for name, count in counted.items() if not count])
print(sorted({path for path in opened if path.startswith(sys.argv[1])}))
"""


@pytest.fixture(scope="module")
def uv():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    bootstrap = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bootstrap)
    return bootstrap.uv()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """As `make wheel` builds it, here without the network."""
    return built(tmp_path_factory.mktemp("wheel"))


def built(folder, **variables):
    command = [sys.executable, ROOT / "book" / "course_wheel.py", folder]
    environment = {**os.environ, "UV_OFFLINE": "1", **variables}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    [found] = folder.iterdir()
    assert done.stdout == f"{found}\n"
    return found


def test_the_wheel_holds_every_file_of_the_library_that_students_receive(wheel):
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "course_lib"]
    listed = subprocess.check_output(asked, cwd=ROOT, encoding="utf-8").splitlines()
    theirs = {name for name in listed if (ROOT / name).is_file() and "/grading/" not in name}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
        differing = {name for name in theirs & inside if archive.read(name) != (ROOT / name).read_bytes()}
    assert inside == theirs
    assert differing == set()


def test_the_wheel_is_the_same_wherever_and_whenever_it_is_built(wheel, tmp_path):
    """And named after the version that a check's report tells."""
    elsewhere = tmp_path / "another place"
    elsewhere.mkdir()
    again = built(tmp_path / "again", TMPDIR=str(elsewhere), PYTHONHASHSEED="7")
    assert again.name == wheel.name == f"course_lib-{course_lib.__version__}-py3-none-any.whl"
    assert again.read_bytes() == wheel.read_bytes()


def test_quizzes_explorers_and_stored_runs_open_from_the_wheel_alone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "library")
    done = subprocess.run(
        [sys.executable, "-c", OPENED, str(ROOT / "course_lib")],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "library"), "HOME": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    counted, empty, outside = done.stdout.splitlines()
    assert (empty, outside) == ("[]", "[]"), counted


# An environment with the core alone


# What uv says where it does not get to a registry.
UNREACHED = ("Failed to fetch", "error sending request", "network connectivity is disabled")


@pytest.fixture(scope="module")
def core(uv, wheel, tmp_path_factory):
    """The programs of an environment into which the wheel was installed without any extra."""
    folder = tmp_path_factory.mktemp("core") / "environment"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    into = ["--quiet", "--python", programs / "python"]
    done = subprocess.run([uv, "pip", "install", *into, wheel], capture_output=True, encoding="utf-8")
    if any(each in done.stderr for each in UNREACHED):
        pytest.skip(f"no registry is reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return programs


def run_with_core(core, folder, *command):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [core / command[0], *command[1:]], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )


@pytest.mark.slow
def test_with_the_core_alone_each_lecture_begins_and_a_check_judges(core, tmp_path):
    first = [
        cell.source
        for path in sorted((ROOT / "notebooks").glob("0*.ipynb"))
        for cell in notebooks.read(path).cells
        if cell.id in ("library", "imports")
    ]
    then = (
        "import course_lib\nfrom course_lib.checks import check\nfrom course_lib.optimizers import Adam\n"
        "assert check('adam', Adam).passed\nprint(course_lib.__file__)"
    )
    done = run_with_core(core, tmp_path, "python", "-c", "\n".join([*first, then]))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith(str(core.parent))


ASKED_WITH = {
    "alike": ["02"],
    "check": ["a.ipynb"],
    "collect": ["a.zip"],
    "grade": ["02"],
    "return": ["02"],
}
WITH_THE_CORE = {"progress"}
WANTING = ("is not installed here", "classes are graded in the instructor's copy")


@pytest.mark.slow
@pytest.mark.parametrize("command", cli.COMMANDS)
def test_with_the_core_alone_a_command_says_what_it_needs(core, tmp_path, command):
    (tmp_path / "nbgrader_config.py").touch()
    done = run_with_core(core, tmp_path, "course", command, *ASKED_WITH.get(command, []))
    assert done.returncode == 1
    [said] = done.stderr.splitlines()
    assert any(reason in said for reason in WANTING) == (command not in WITH_THE_CORE)
    assert "Traceback" not in said
