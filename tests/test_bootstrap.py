"""bootstrap.py and make: what a fresh machine lacks is named in one sentence; nothing is downloaded here."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def bootstrap(tmp_path):
    """bootstrap.py as a module, for a course that lies in a fresh folder with spaces in its name."""
    folder = tmp_path / "a b c"
    folder.mkdir()
    path = shutil.copy(ROOT / "bootstrap.py", folder)
    spec = importlib.util.spec_from_file_location("bootstrap_copy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def the_sentence(capsys) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_an_old_python_is_named(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "THIS_PYTHON", (3, 9))
    assert bootstrap.main(["course"]) == 1
    assert "This is Python 3.9, and the course needs 3.11 or newer" in the_sentence(capsys)


def test_oldest_python_is_that_of_the_package(bootstrap):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">={}.{}".format(*bootstrap.OLDEST_PYTHON)


@pytest.mark.parametrize("module", ["ensurepip", "venv"])
def test_a_python_without_environments_is_told_which_package_has_them(bootstrap, monkeypatch, capsys, module):
    monkeypatch.setitem(sys.modules, module, None)  # the import system's word for "not there"
    monkeypatch.setenv("PATH", "")
    assert bootstrap.main(["course"]) == 1
    assert "apt install python{}.{}-venv".format(*sys.version_info[:2]) in the_sentence(capsys)


@pytest.mark.slow
def test_without_network_it_says_so_and_leaves_nothing_that_spoils_the_next_run(bootstrap):
    folder = bootstrap.ROOT
    offline = {**os.environ, "PATH": "", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "bootstrap.py", "course"],
            cwd=folder,
            env=offline,
            capture_output=True,
            encoding="utf-8",
        )
        assert done.returncode == 1
        told = done.stderr.splitlines()[-1]
        assert told.startswith("uv could not be downloaded from PyPI: is the network up?")
        assert "Traceback" not in done.stderr


def test_packages_that_cannot_be_installed_are_told_with_the_reason(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "say", lambda message: None)
    fails = [sys.executable, "-c", "import sys; sys.exit('error: dns error\\nhint: x needs y')"]
    with pytest.raises(
        bootstrap.Missing, match=r"not be installed: is the network up\? \(.* said: error: dns error\)"
    ):
        bootstrap.attempt(fails, "The packages of uv.lock could not be installed: is the network up?")


def test_the_environment_is_built_from_the_lock_file_by_this_python(bootstrap, monkeypatch):
    attempted = []
    monkeypatch.setattr(bootstrap, "say", lambda message: None)
    monkeypatch.setattr(bootstrap, "attempt", lambda command, complaint: attempted.append(command))
    bootstrap.synchronise("/some/uv")
    assert attempted[0][:3] == ["/some/uv", "sync", "--frozen"]
    assert attempted[0][-2:] == ["--python", sys.executable]


@pytest.mark.parametrize(
    ("version", "good"),
    [("0.13.8", True), ("0.14.0", True), ("1.0.0", True), ("0.9.30", False), ("0.13.7", False)],
)
def test_a_uv_older_than_the_pinned_one_is_not_used(bootstrap, version, good):
    assert (bootstrap.numbers(version) >= bootstrap.numbers("0.13.8")) is good


def test_an_unknown_command_is_told(bootstrap):
    with pytest.raises(bootstrap.Missing, match="no command 'no-such-thing'"):
        bootstrap.run(["no-such-thing"])


@pytest.fixture
def make_folder(tmp_path):
    """A folder with spaces in its name, our Makefile, and a bootstrap.py that prints its arguments."""
    folder = tmp_path / "a b c"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "bootstrap.py").write_text("import sys; print(sys.argv[1:])", encoding="utf-8")
    return folder


@needs_make
@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        (["lab"], "['course', 'lab']"),
        (["lab", "PORT=9000"], "['course', 'lab', '--port', '9000']"),
        (["test"], "['pytest', '--numprocesses', '2', '-m', 'not slow and not browser']"),
        (["test-all"], "['pytest', '--numprocesses', '2']"),
        (["release"], "['course', 'release']"),
        (["release", "UNIT=02"], "['course', 'release', '02']"),
    ],
)
def test_make_starts_the_command(make_folder, arguments, started):
    # Without the variables of the make that may run these tests: its children announce their folder.
    outside = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS")}
    done = subprocess.run(
        ["make", *arguments], cwd=make_folder, env=outside, capture_output=True, encoding="utf-8"
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == (started, "", 0)


@needs_make
@pytest.mark.skipif(os.name == "nt", reason="links programs, which Windows allows administrators only")
@pytest.mark.parametrize("name", ["python3", "python", None])
def test_make_takes_the_python_that_there_is_and_needs_no_git(make_folder, tmp_path, name):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "make").symlink_to(shutil.which("make"))
    if name is not None:
        (programs / name).symlink_to(sys.executable)
    done = subprocess.run(
        ["make", "lab"], cwd=make_folder, env={"PATH": str(programs)}, capture_output=True, encoding="utf-8"
    )
    if name is not None:
        assert (done.stdout.strip(), done.returncode) == ("['course', 'lab']", 0)
    else:
        assert done.returncode != 0
        assert "Python is missing: install Python 3.11 or newer" in done.stderr
        assert done.stderr.count("\n") == 1
