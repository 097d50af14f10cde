"""The container's recipe: what can be known of it without an engine that builds it.

That bubblewrap works inside, with the options that docs/instructors.md names, cannot be tried here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RECIPE = ROOT / "grading.Containerfile"
UV = re.search(r'^UV_VERSION = "(.+)"$', (ROOT / "bootstrap.py").read_text(encoding="utf-8"), re.MULTILINE)[1]


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """(instruction, its words) in order."""
    lines = [line for line in RECIPE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line]


def words(steps, instruction: str) -> list[str]:
    return [rest for name, rest in steps if name == instruction]


def test_every_step_is_one_that_engines_know(steps):
    assert steps[0][0] == "FROM"
    assert {name for name, _ in steps} <= {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "CMD"}


def test_what_it_begins_with_is_pinned_and_a_python_that_the_course_takes(steps):
    [base] = words(steps, "FROM")
    version = re.fullmatch(r"docker\.io/library/python:(3\.\d+)\.\d+-slim-bookworm", base)
    assert version and (3, 11) <= tuple(map(int, version[1].split("."))) <= (3, 13)
    assert f"uv=={UV}" in " ".join(words(steps, "RUN")), "the same uv as in bootstrap.py"


def test_what_it_copies_is_there_and_holds_no_solutions(steps):
    copied = [name for rest in words(steps, "COPY") for name in rest.split()[:-1]]
    tracked = subprocess.run(
        ["git", "ls-files", "--", *copied], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines()
    assert all(any(path == name or path.startswith(f"{name}/") for path in tracked) for name in copied)
    assert not any(path.startswith(("solutions", "tests")) for path in tracked)


def test_it_runs_as_nobody_in_particular(steps):
    assert words(steps, "USER") == ["1000:1000"]


def test_the_docs_name_its_file_and_the_options(steps):
    said = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    for option in (
        RECIPE.name,
        "seccomp=unconfined",
        "systempaths=unconfined",
        "unmask=ALL",
        "--userns=keep-id",
    ):
        assert option in said


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".uv").is_dir() and not shutil.which("uv"), reason="there is no uv here")
def test_its_steps_work_in_a_folder_that_holds_what_it_copies(steps, tmp_path):
    """Those of uv, as they stand; then a submission's way from there to the sandbox is whole."""
    for rest in words(steps, "COPY"):
        *names, target = rest.split()
        for name in names:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / name, tmp_path / target)
    [sync] = [rest for rest in words(steps, "RUN") if rest.startswith("uv sync")]
    own = ROOT / ".uv" / ("Scripts" if os.name == "nt" else "bin")
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment = kept | {
        "PATH": os.pathsep.join([str(own), os.environ["PATH"]]),
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / ".venv"),
        "UV_PYTHON": sys.executable,
    }
    # What it may fetch again here comes from uv's cache, and compiling takes half a minute.
    command = [word for word in sync.split() if word not in ("--no-cache", "--compile-bytecode")]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=300)
    programs = tmp_path / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    needed = "course_lib.grading.grade, course_lib.grading.library, distributed, psycopg, sklearn"
    for run in ([programs / "python", "-c", f"import {needed}"], [programs / "course", "--help"]):
        subprocess.run(run, cwd=tmp_path, env=environment, check=True, timeout=120)
