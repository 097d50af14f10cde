"""bootstrap.py and make: what a fresh machine lacks is named in one sentence; nothing is downloaded here."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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


NOT_INSTALLED = "The packages of uv.lock could not be installed: is the network up?"


def saying(*lines, code=1):
    """A command that writes these lines, and its exit code."""
    return [sys.executable, "-c", f"import sys; print({chr(10).join(lines)!r}); sys.exit({code})"]


def test_packages_that_cannot_be_installed_are_told_with_the_reason(bootstrap, capsys):
    with pytest.raises(bootstrap.Missing, match=r"is the network up\? \(.* said: error: dns error\)"):
        bootstrap.attempt(saying("error: dns error", "hint: x needs y"), NOT_INSTALLED)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "words",
    [
        "Caused by: invalid peer certificate: UnknownIssuer",
        "SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')",
    ],
)
def test_a_certificate_that_is_not_trusted_is_called_that(bootstrap, words):
    with pytest.raises(bootstrap.Missing, match=r"does not trust the certificate .*SSL_CERT_FILE") as told:
        bootstrap.attempt(saying("error: Failed to fetch", words, "No distribution"), NOT_INSTALLED)
    assert "is the network up" not in str(told.value)
    assert words in str(told.value)


def test_uv_trusts_whom_the_system_trusts_unless_told_otherwise(bootstrap, monkeypatch):
    monkeypatch.delenv("UV_SYSTEM_CERTS", raising=False)
    assert bootstrap.environment()["UV_SYSTEM_CERTS"] == "1"
    monkeypatch.setenv("UV_SYSTEM_CERTS", "0")
    assert bootstrap.environment()["UV_SYSTEM_CERTS"] == "0"


def test_what_is_fetched_is_shown_as_it_comes(bootstrap, capsys):
    bootstrap.attempt(
        saying("Resolved 3 packages", "Downloading numpy (18.4MiB)", " Downloaded numpy", code=0),
        NOT_INSTALLED,
    )
    assert capsys.readouterr().err.splitlines() == ["  Downloading numpy (18.4MiB)", "  Downloaded numpy"]


@pytest.fixture
def attempted(bootstrap, monkeypatch):
    """The commands that the set-up would run."""
    commands = []
    monkeypatch.setattr(bootstrap, "uv", lambda: "/some/uv")
    monkeypatch.setattr(bootstrap, "say", lambda message: None)
    monkeypatch.setattr(bootstrap, "attempt", lambda command, complaint: commands.append(command))
    return commands


def test_the_environment_is_built_from_the_lock_file_by_this_python(bootstrap, attempted):
    assert bootstrap.main([]) == bootstrap.main(["--dev"]) == 0
    for command in attempted:
        assert command[:3] == ["/some/uv", "sync", "--frozen"]
        assert command[-2:] == ["--python", sys.executable]


def test_only_developers_get_the_tools_of_developers_and_keep_them(bootstrap, attempted):
    bootstrap.main([])
    bootstrap.main(["--dev"])
    students, developers = attempted
    assert {"--no-dev", "--inexact"} < set(students)
    assert not {"--no-dev", "--inexact"} & set(developers)  # with uv's default group, dev
    extras = {students[i + 1] for i, word in enumerate(students) if word == "--extra"}
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    (ours,) = (Requirement(one) for one in groups["dev"] if str(one).startswith("course_lib"))
    assert extras == {"lab", "tune"} <= ours.extras


def test_an_extra_is_added_to_what_students_have_and_not_the_tools_of_developers(bootstrap, attempted):
    bootstrap.main([])
    bootstrap.main(["--extra", "postgres", "--extra", "cluster"])
    plain, more = attempted
    words = ["--extra", "postgres", "--extra", "cluster"]
    assert [word for word in more if word not in plain] == ["postgres", "cluster"]
    assert more[more.index("postgres") - 1 :][:4] == words


def test_all_extras_of_the_package_can_be_had(bootstrap, attempted, capsys):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {*bootstrap.EXTRAS, *bootstrap.FURTHER} == project["optional-dependencies"].keys()
    with pytest.raises(SystemExit):
        bootstrap.main(["--extra", "postgers"])
    assert "invalid choice: 'postgers'" in capsys.readouterr().err and not attempted


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
        (["test"], "['--dev', 'pytest', '--numprocesses', '2', '-m', 'not slow and not browser']"),
        (["test-all"], "['--dev', 'pytest', '--numprocesses', '2']"),
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


def test_whoever_installs_uv_installs_the_same(bootstrap):
    files = [ROOT / ".binder" / "postBuild", *(ROOT / ".github" / "workflows").glob("*.yml")]
    named = [
        found for file in files for found in re.findall(r"uv==([\d.]+)", file.read_text(encoding="utf-8"))
    ]
    assert len(named) >= 2 and set(named) == {bootstrap.UV_VERSION}


@pytest.mark.slow
def test_binder_gets_what_is_pinned(tmp_path):
    """Its script, in a copy of the tracked files and an environment of its own."""
    copy = tmp_path / "course"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    shutil.copytree(ROOT / ".binder", copy / ".binder", dirs_exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    bin_folder = tmp_path / "env" / "bin"
    environment = {
        **os.environ,
        "UV_SYSTEM_CERTS": "1",
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    for ours in (
        "VIRTUAL_ENV",
        "UV_COMPILE_BYTECODE",
    ):  # the latter gives up after a minute on a busy machine
        environment.pop(ours, None)
    done = subprocess.run(
        [copy / ".binder" / "postBuild"], cwd=copy, env=environment, text=True, capture_output=True
    )
    if done.returncode and "error sending request" in done.stderr + done.stdout:
        pytest.skip("no registry can be reached")
    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [bin_folder / "pip", "list", "--format=freeze"], text=True, capture_output=True, check=True
    )
    installed = dict(line.split("==") for line in said.stdout.splitlines() if "==" in line)
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    pinned = {(package["name"], package["version"]) for package in locked if "registry" in package["source"]}
    names = {name for name, _ in pinned}
    ours = {(name, version) for name, version in installed.items() if name in names}
    assert {"jupyterlab", "nbgrader", "numpy"} <= {name for name, _ in ours} and ours <= pinned
    assert (bin_folder / "course").exists()
