"""Run a command of the course in its own environment, creating or updating that first.

    python bootstrap.py course lab
    python bootstrap.py --extra postgres    adds what few need, here a server's driver; cluster is another one
    python bootstrap.py --dev pytest        with the tools of those who develop the course

Needs nothing but Python: uv (https://docs.astral.sh/uv/) is used where it is installed, else a pinned copy
goes into .uv/. It makes .venv/ agree with uv.lock, which takes a moment when nothing has changed. What --dev
and --extra have installed stays there: to go back and forth between them costs nothing.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

THIS_PYTHON = sys.version_info[:2]
OLDEST_PYTHON = (3, 11)
UV_VERSION = "0.13.8"
EXTRAS = ("lab", "tune")  # of pyproject.toml: what the notebooks use
FURTHER = ("cluster", "postgres")  # its others: for grading by many machines, and a gradebook on a server
PROGRESS = ("Building", "Built", "Downloaded", "Downloading", "Installed", "Prepared")

ROOT = Path(__file__).resolve().parent
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
EXE = ".exe" if os.name == "nt" else ""
VENV = ROOT / ".venv"
OWN_UV = ROOT / ".uv"


class Missing(Exception):
    """Something this machine lacks, told in one sentence."""


def main(arguments):
    asked = parser().parse_args(arguments)
    try:
        require_python()
        synchronise(uv(), asked.dev, asked.extra)
        return run(asked.command)
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser():
    top = argparse.ArgumentParser(
        prog="bootstrap.py", description="Run a command of the course in its own environment."
    )
    top.add_argument("--dev", action="store_true", help="with all extras, and the tools of developers")
    top.add_argument("--extra", action="append", default=[], choices=FURTHER, help="install this too")
    top.add_argument("command", nargs=argparse.REMAINDER, help="what to run, as in: course lab")
    return top


def require_python():
    if THIS_PYTHON < OLDEST_PYTHON:
        raise Missing(
            "This is Python {}.{}, and the course needs {}.{} or newer: install one, then name it, as in "
            "'make lab PYTHON=python3.12'.".format(*THIS_PYTHON, *OLDEST_PYTHON)
        )


def uv():
    """Path of a uv new enough for the lock file; the one on PATH, or our own."""
    own = OWN_UV / SCRIPTS / ("uv" + EXE)
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and version_of(candidate) >= numbers(UV_VERSION):
            return candidate
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise Missing(
            "This Python cannot create environments, as its venv module is missing: install it (on Debian "
            "and Ubuntu: 'sudo apt install python{}.{}-venv'), then run the command again.".format(
                *THIS_PYTHON
            )
        )
    say("Fetching uv " + UV_VERSION + ", which builds the environment (once) …")
    attempt([sys.executable, "-m", "venv", "--clear", str(OWN_UV)], "No environment can be made in .uv")
    pip = [python_of(OWN_UV), "-m", "pip", "--disable-pip-version-check", "--retries=2"]
    attempt(
        [*pip, "install", "--progress-bar=off", "uv==" + UV_VERSION],
        "uv could not be downloaded from PyPI: is the network up?",
    )
    return str(own)


def version_of(candidate):
    """Version of a uv as numbers, or () if it does not run (a leftover, a shim of another Python)."""
    try:
        answer = subprocess.run([candidate, "--version"], capture_output=True, encoding="utf-8", check=True)
        return numbers(answer.stdout.split()[1])
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ()


def numbers(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def synchronise(uv_path, dev=False, further=()):
    """Make .venv agree with uv.lock; without dev, what else is there stays."""
    command = [uv_path, "sync", "--frozen", "--no-python-downloads", "--project", str(ROOT)]
    if not dev:
        command += ["--no-dev", "--inexact"]
        command += [word for extra in (*EXTRAS, *further) for word in ("--extra", extra)]
    if not Path(python_of(VENV)).exists():
        command += ["--python", sys.executable]
        say("Creating the environment in .venv (once; a minute or so) …")
    attempt(command, "The packages of uv.lock could not be installed: is the network up?")


def attempt(command, complaint):
    """Run a step of the set-up and show what it fetches; where it fails, say so with its last word on why."""
    words = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in map(str.strip, process.stdout or ()):
            if line.startswith(PROGRESS):
                say("  " + line)
            elif line and not line.startswith("hint:"):
                words.append(line)
    if process.returncode:
        untrusted = [word for word in words if "certificate" in word.lower()]
        if untrusted:
            complaint = (
                "This machine does not trust the certificate of PyPI, or of a proxy or virus scanner on the "
                "way that inspects what is encrypted: install its certificate in the system's store, or name "
                "its file in the variables SSL_CERT_FILE and PIP_CERT, then run the command again."
            )
        said = (untrusted or words or ["nothing"])[-1]
        raise Missing(f"{complaint} ({Path(command[0]).name} said: {said})")


def environment():
    """This process's variables, with the course's environment first on PATH.

    uv is to trust whom the system trusts: left alone it knows no proxy's certificate.
    """
    return {
        "UV_SYSTEM_CERTS": "1",
        **os.environ,
        "PATH": str(VENV / SCRIPTS) + os.pathsep + os.environ.get("PATH", ""),
        "VIRTUAL_ENV": str(VENV),
        "UV_PROJECT_ENVIRONMENT": str(VENV),
    }


def run(command):
    if not command:
        return 0
    program = shutil.which(command[0], path=environment()["PATH"])
    if program is None:
        raise Missing(f"There is no command '{command[0]}' in the course's environment.")
    if os.name == "nt":  # Windows has no true exec: the prompt would return while the command still runs
        return subprocess.call([program, *command[1:]], env=environment())
    os.execve(program, [program, *command[1:]], environment())


def python_of(venv):
    return str(venv / SCRIPTS / ("python" + EXE))


def say(message):
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
