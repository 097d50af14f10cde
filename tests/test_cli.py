"""The command `course`, as a student or instructor meets it."""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course_lib import cli, course_folder, home, lab, notebooks

ROOT = Path(__file__).resolve().parents[1]


def report(passed: bool, exercise: str = "adam") -> str:
    """Source of a cell that shows what a check shows."""
    return (
        "from IPython.display import display\n"
        f"display({{'application/vnd.course-check+json': {{'exercise': {exercise!r}, 'passed': {passed}}},"
        f" 'text/plain': '{exercise}: {'right' if passed else 'wrong'} θ ✓'}}, raw=True)"
    )


def write_notebook(path: Path, *sources: str) -> Path:
    nbformat.write(new_notebook(cells=[new_code_cell(source) for source in sources]), path)
    return path


def assert_one_sentence(error: str) -> None:
    assert error.endswith((".\n", ".)\n")), error
    assert error.count("\n") == 1, error
    assert "Traceback" not in error


def test_without_arguments_it_shows_every_command(capsys):
    assert cli.main([]) == 0
    shown = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert re.search(rf"^ +{name}\s", shown, re.MULTILINE)


# the course that a command is called in


def test_the_course_is_the_folder_or_the_first_above_it_that_has_settings(tmp_path, monkeypatch):
    outer, inner = tmp_path / "outer", tmp_path / "outer" / "inner"
    (inner / "notebooks" / "deep").mkdir(parents=True)
    for folder in (outer, inner):
        (folder / "nbgrader_config.py").touch()
    for here, course in ((outer, outer), (inner, inner), (inner / "notebooks" / "deep", inner)):
        monkeypatch.chdir(here)
        assert course_folder.course_folder() == course


@pytest.mark.parametrize("name", sorted(cli.COMMANDS.keys() - {"check"}))  # which runs any notebook anywhere
def test_where_there_is_no_course_it_says_so(tmp_path, monkeypatch, capsys, name):
    parser = argparse.ArgumentParser()
    cli.COMMANDS[name].arguments(parser)
    asked = ["02" for action in parser._actions if action.required and action.nargs is None]
    monkeypatch.chdir(tmp_path)
    assert cli.main([name, *asked]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"There is no course here: neither {tmp_path} nor a folder above it holds")
    assert_one_sentence(error)
    assert list(tmp_path.iterdir()) == []


def test_a_course_that_is_named_is_the_one_that_is_graded(tmp_path, monkeypatch, capsys):
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["grade", "02", "--course", str(tmp_path / "other")]) == 1
    assert str(tmp_path / "other") in capsys.readouterr().err


def test_a_package_that_is_not_installed_is_told_with_the_extra_that_has_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "course_lib.lab", None)
    monkeypatch.delattr("course_lib.lab")
    with pytest.raises(ModuleNotFoundError):  # a fault of ours
        cli.main(["lab"])

    def lacks(*_):
        raise ModuleNotFoundError("No module named 'jupyterlab'", name="jupyterlab")

    monkeypatch.setattr(cli, "COMMANDS", {"lab": cli.Command("", lacks)})
    assert cli.main(["lab"]) == 1
    error = capsys.readouterr().err
    assert "jupyterlab is not installed here" in error and "'python bootstrap.py'" in error
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    [named] = re.findall(r'pip install "course_lib\[(.*)\]"', error)
    assert named in extras
    assert_one_sentence(error)


# course check


def test_check_prints_each_report_and_succeeds_when_all_pass(tmp_path, capsys):
    path = write_notebook(tmp_path / "a b.ipynb", "x = 1", report(True, "adam"), "x + 1", report(True, "sgd"))
    assert cli.main(["check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "adam: right θ ✓" in shown
    assert "sgd: right θ ✓" in shown
    assert "2 of 2 checks passed." in shown


def test_check_fails_when_one_check_fails_and_runs_the_cells_after_an_error(tmp_path, capsys):
    path = write_notebook(
        tmp_path / "n.ipynb", report(False), "raise ValueError('five\\nlines')", report(True)
    )
    before = path.read_bytes()
    assert cli.main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "adam: wrong" in shown
    assert "Code cell 2 raised ValueError: five" in shown
    assert "1 of 2 checks passed." in shown
    assert path.read_bytes() == before


def test_a_check_whose_cell_raises_before_it_reports_is_a_failure(tmp_path, capsys):
    path = write_notebook(tmp_path / "n.ipynb", report(True), "check('adam', Adam)")
    assert cli.main(["check", str(path)]) == 1
    assert "Code cell 2 raised NameError" in capsys.readouterr().out


def test_cells_run_in_the_notebooks_folder(tmp_path, capsys):
    (tmp_path / "here.txt").write_text("x", encoding="utf-8")
    path = write_notebook(tmp_path / "n.ipynb", "open('here.txt').read()", report(True))
    assert cli.main(["check", str(path)]) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("while True: pass", "Code cell 2 ran longer than 2 s and was stopped: does a loop never end?"),
        ("import os; os._exit(1)", "Code cell 2 ended the kernel"),
    ],
)
def test_a_cell_that_never_ends_or_kills_the_kernel_keeps_the_reports_before_it(
    tmp_path, capfd, source, told
):
    path = write_notebook(tmp_path / "n.ipynb", report(True), source, report(True))
    assert cli.main(["check", str(path), "--timeout", "2"]) == 1
    shown = capfd.readouterr()
    assert "adam: right" in shown.out
    assert told in shown.out
    assert "The cells after it were not run." in shown.out
    assert shown.err == ""


def test_a_notebook_without_checks_is_told_so(tmp_path, capsys):
    path = write_notebook(tmp_path / "n.ipynb", "x = 1")
    assert cli.main(["check", str(path)]) == 1
    error = capsys.readouterr().err
    assert "No check ran" in error
    assert_one_sentence(error)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.ipynb", None, "There is no file"),
        ("folder", "folder", "is a folder"),
        ("empty.ipynb", b"", "not valid JSON"),
        ("broken.ipynb", b'{"cells": [', "not valid JSON (line 1)"),
        ("deep.ipynb", b"[" * 100_000, "not valid JSON"),
        ("text.ipynb", b"print('hello')", "not valid JSON"),
        ("picture.ipynb", b"\x89PNG\r\n\x1a\n", "holds no text"),
        ("list.ipynb", b"[1, 2]", "nbformat"),
        ("other.ipynb", b'{"name": "x"}', "nbformat"),
        (
            "old.ipynb",
            b'{"nbformat": 99, "nbformat_minor": 0, "cells": [], "metadata": {}}',
            "damaged notebook",
        ),
        (
            "cells.ipynb",
            b'{"nbformat": 4, "nbformat_minor": 5, "cells": [1], "metadata": {}}',
            "damaged notebook",
        ),
    ],
)
def test_what_is_no_notebook_gets_one_sentence(tmp_path, capsys, name, content, told):
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert cli.main(["check", str(path)]) == 1
    error = capsys.readouterr().err
    assert told in error
    assert_one_sentence(error)


def test_the_installed_command_finds_its_tools_and_prints_on_any_console(tmp_path):
    """As a user without an activated environment, on a console that knows ASCII only."""
    path = write_notebook(tmp_path / "n.ipynb", "import shutil; assert shutil.which('alembic')", report(True))
    command = Path(sys.executable).with_name("course.exe" if os.name == "nt" else "course")
    bare = {**os.environ, "PATH": os.defpath, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([command, "check", path], env=bare, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert "adam: right ? ?" in done.stdout


def test_a_real_check_is_found_and_believed(tmp_path, capsys):
    sources = ["from course_lib.checks import check", "from course_lib.optimizers import AdaGrad, RMSprop"]
    path = write_notebook(
        tmp_path / "n.ipynb", *sources, 'check("adagrad", AdaGrad)', 'check("adagrad", RMSprop)'
    )
    assert cli.main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "AdaGrad" in shown
    assert shown.endswith("1 of 2 checks passed.\n")


def test_a_check_that_could_not_be_judged_is_counted(tmp_path, capsys):
    sources = ["from course_lib.checks import check", "from course_lib.optimizers import AdaGrad"]
    calls = ['check("adagrad", AdaGrad)', 'check("adagrad", AdaGrad(lr=0.1))', 'check("adagrat", AdaGrad)']
    path = write_notebook(tmp_path / "n.ipynb", *sources, *calls)
    assert cli.main(["check", str(path)]) == 1
    shown = capsys.readouterr().out
    assert "Code cell 4 raised CannotCheck: check makes the instances itself" in shown
    assert shown.endswith("1 of 3 checks passed.\n")


# course lab


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "²"])
def test_a_port_that_is_none_is_refused(capsys, port):
    with pytest.raises(SystemExit) as stop:
        cli.main(["lab", f"--port={port}"])
    assert stop.value.code == 2
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_lab_opens_a_browser_only_where_there_is_one(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(lab.webbrowser, "get", lambda: None)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "--no-browser" in lab.arguments(tmp_path, None)
    monkeypatch.setenv("DISPLAY", ":0")
    assert "--no-browser" not in lab.arguments(tmp_path, None)


def _json_from(address, patience=30.0):
    """What a server answers that may need a moment between naming its address and listening there."""
    until = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=patience) as answer:
                return json.load(answer)
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def test_lab_shows_students_no_tools_for_instructors(tmp_path):
    def switched_off():
        paths = [Path(folder) / "labconfig" / "page_config.json" for folder in lab.settings(tmp_path)]
        return {name for path in paths for name in json.loads(path.read_text())["disabledExtensions"]}

    assert "@jupyter/nbgrader:create-assignment" in switched_off()
    (tmp_path / "solutions").mkdir()
    assert switched_off() == {"@jupyterlab/apputils-extension:announcements"}


def test_lab_serves_the_course_at_the_address_it_prints_and_opens_its_home(tmp_path):
    for name in ("nbgrader_config.py", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    headless = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    command = [
        sys.executable,
        "-c",
        "import sys; from course_lib.cli import main; sys.exit(main(sys.argv[1:]))",
    ]
    server = subprocess.Popen(
        [*command, "lab", "--port", str(port)],
        cwd=tmp_path / "notebooks",
        env=headless,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert server.stderr is not None
        address = next(filter(None, (re.search(r"http://127\S+", line) for line in server.stderr)))[0]
        page = f"/lab/tree/{home.PAGE}?"
        assert f":{port}{page}token=" in address
        served = _json_from(address.replace(page, "/api/contents?"))["content"]
        assert {"README.md", "notebooks", home.PAGE} <= {entry["name"] for entry in served}
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_lab_opens_all_the_same_where_home_cannot_be_written(tmp_path, monkeypatch, capsys):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / home.PAGE).mkdir()
    started = []
    monkeypatch.setattr(lab.LabApp, "launch_instance", started.append)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.chdir(tmp_path)
    lab.start(tmp_path, None)
    assert not [option for option in started[0] if "default_url" in option]
    said = capsys.readouterr().out
    assert said.startswith(f"The course's home cannot be written in {tmp_path} (")
    assert said.endswith("): begin in notebooks/.\n")


# course tidy


def test_tidy_brings_a_used_notebook_into_form_and_leaves_a_tidy_one_alone(tmp_path, capsys):
    cell = new_code_cell("1 + 1", execution_count=3, id="adam-class", metadata={"nbgrader": {"grade": True}})
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=3)]
    used = new_notebook(cells=[new_markdown_cell("# Adam", id="title"), cell])
    used.metadata = {"kernelspec": {"name": "conda-env", "display_name": "mine", "language": "python"}}
    path = tmp_path / "used.ipynb"
    nbformat.write(used, path)

    assert cli.main(["tidy", "--check", str(path)]) == 1
    assert cli.main(["tidy", str(path)]) == 0
    tidied = notebooks.read(path)
    code = tidied.cells[1]
    assert (code.outputs, code.execution_count, code.source) == ([], None, "1 + 1")
    assert [cell.id for cell in tidied.cells] == ["title", "adam-class"]
    assert code.metadata == {"nbgrader": {"grade": True}}
    assert tidied.metadata.kernelspec.name == "python3"

    capsys.readouterr()
    assert cli.main(["tidy", "--check", str(path)]) == 0
    assert capsys.readouterr().out == ""
