"""A small JupyterHub on this machine: an instructor, two students, an exchange; to try the whole way."""

import http.client
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from course_lib.grading.course import course

INSTRUCTOR = "instructor"
STUDENTS = ("ada", "ben")
UNIT = "02_adaptive_optimizers"
PROXY = "configurable-http-proxy"
PROXY_VERSION = "4.6.3"  # runs with the Node.js of Debian 12; 5 asks for a newer one
COPIED = {
    INSTRUCTOR: ("notebooks", "solutions", "nbgrader_config.py"),
    **dict.fromkeys(STUDENTS, ("notebooks",)),
}
CONNECTION = "course_lib.lab.PromptConnection"  # explorers follow their sliders at once


def start(root: Path, folder: Path, port: int) -> int:
    """Serve the course at `root` to three users, from `folder`, until it is stopped.

    What is in the folder already is kept: exchange, homes, the hub's memory. Raises CourseError where
    something that the hub needs is missing.
    """
    if os.name == "nt":
        raise CourseError("JupyterHub does not run on Windows: use WSL, or read docs/instructors.md.")
    if find_spec("jupyterhub") is None:
        raise CourseError("JupyterHub is not installed: 'make hub' installs it, and starts it.")
    _require_free(port)
    course_id = course(root).course_id
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # the password lies in it
    proxy = _proxy(folder)
    for user in (INSTRUCTOR, *STUDENTS):
        _make_home(root, folder, user, course_id)
    _release(folder, course_id)
    password = secrets.token_urlsafe(9)
    config = folder / "jupyterhub_config.json"
    config.write_text(json.dumps(settings(folder, port, proxy, password)), encoding="utf-8")
    print("Starting the hub …", flush=True)
    command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    log = folder / "hub.log"
    with log.open("w") as file, subprocess.Popen(command, cwd=folder, stdout=file, stderr=file) as hub:
        try:
            while hub.poll() is None and not _answers(port):
                time.sleep(0.2)
            if hub.poll() is None:
                print(
                    f"The hub: http://127.0.0.1:{port}\n"
                    f"Users: {INSTRUCTOR}, {', '.join(STUDENTS)}; the password of each: {password}\n"
                    f"{UNIT} is released. All of them are you, for this system: for trying only. "
                    "Ctrl + C stops it.",
                    flush=True,
                )
            hub.wait()
        except KeyboardInterrupt:  # the terminal sent it to the hub too, which ends its servers
            hub.wait()
            return 0
    raise CourseError(f"The hub has ended by itself: the end of {log} says why.")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/hub/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def settings(folder: Path, port: int, proxy: Path, password: str) -> dict[str, Any]:
    """JupyterHub's settings: everything on the loopback alone, everything it writes in `folder`."""
    options = [
        f"--ServerApp.kernel_websocket_connection_class={CONNECTION}",
        # A login shell would forget where the course's commands are.
        f"--ServerApp.terminado_settings={{'shell_command': ['{shutil.which('bash') or 'sh'}']}}",
    ]
    if os.geteuid() == 0:  # the usual case in a container
        options.append("--allow-root")
    hub, api = _free_port(), _free_port()
    return {
        "JupyterHub": {
            "bind_url": f"http://127.0.0.1:{port}",
            "hub_bind_url": f"http://127.0.0.1:{hub}",
            "authenticator_class": "dummy",
            "spawner_class": "simple",
            "cookie_secret_file": str(folder / "cookie-secret"),
            "db_url": f"sqlite:///{folder / 'jupyterhub.sqlite'}",
        },
        "ConfigurableHTTPProxy": {
            "command": [str(proxy)],
            "api_url": f"http://127.0.0.1:{api}",
            "pid_file": str(folder / "proxy.pid"),
        },
        "Authenticator": {"allowed_users": [INSTRUCTOR, *STUDENTS]},
        "DummyAuthenticator": {"password": password},
        "SimpleLocalProcessSpawner": {"home_dir_template": str(folder / "home" / "{username}")},
        "Spawner": {
            "args": options,
            "default_url": "/lab",
            "environment": {"OPENBLAS_NUM_THREADS": "1", "JUPYTER_PREFER_ENV_PATH": "1"},
            "start_timeout": 180,
            "http_timeout": 180,
        },
    }


def _proxy(folder: Path) -> Path:
    """The hub's proxy, fetched where it is not there."""
    program = folder / "node_modules" / ".bin" / PROXY
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None:
        raise CourseError(
            "The hub needs npm, which brings its proxy: install it (on Debian and Ubuntu: 'sudo apt install "
            "npm'), then run the command again."
        )
    print("Fetching the hub's proxy (once) …", flush=True)
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), f"{PROXY}@{PROXY_VERSION}"]
    done = subprocess.run(install, cwd=folder, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        said = next(iter((done.stderr or done.stdout).splitlines()), "nothing")
        raise CourseError(
            f"The hub's proxy cannot be fetched from npm: is the network up? (npm said: {said})"
        )
    return program


def _make_home(root: Path, folder: Path, user: str, course_id: str) -> None:
    """A user's home, with nbgrader's settings for this exchange; what is there stays."""
    home = folder / "home" / user
    jupyter = home / ".jupyter"
    jupyter.mkdir(parents=True, exist_ok=True)
    exchange = folder / "exchange"
    exchange.mkdir(exist_ok=True)
    exchange.chmod(0o777)
    lines = ["c = get_config()", f"c.Exchange.root = {str(exchange)!r}"]
    if user == INSTRUCTOR:  # all files are this user's, whoever handed them in
        lines.append("c.ExchangeCollect.check_owner = False")
    else:
        lines += [f"c.CourseDirectory.course_id = {course_id!r}"]
        lines += [f"c.CourseDirectory.student_id = {user!r}"]
    (jupyter / "nbgrader_config.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ours = Path(__file__).parents[1] / "jupyter"
    for settings_of_lab in [ours, *([] if user == INSTRUCTOR else [ours / "student"])]:
        _merge(settings_of_lab / "labconfig" / "page_config.json", jupyter / "labconfig" / "page_config.json")
    for name in COPIED[user]:
        if (home / name).exists():
            continue
        if (root / name).is_dir():
            shutil.copytree(root / name, home / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        else:
            shutil.copy(root / name, home / name)


def _merge(source: Path, target: Path) -> None:
    """Add JupyterLab's disabled extensions of one file to those of another."""
    known = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {"disabledExtensions": {}}
    known["disabledExtensions"] |= json.loads(source.read_text(encoding="utf-8"))["disabledExtensions"]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(known), encoding="utf-8")


def _release(folder: Path, course_id: str) -> None:
    """Let the instructor release one unit to the students, unless it is released."""
    home = folder / "home" / INSTRUCTOR
    if (folder / "exchange" / course_id / "outbound" / UNIT).exists():
        return
    print(f"Releasing {UNIT} (once) …", flush=True)
    environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / ".jupyter")}
    for step in ("generate_assignment", "release_assignment"):
        done = subprocess.run(
            ["nbgrader", step, UNIT],
            cwd=home,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            raise CourseError(f"nbgrader {step} failed in {home}:\n{done.stderr.strip()}")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise CourseError(f"Port {port} is in use: name another, as in 'make hub PORT=9000'.") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
