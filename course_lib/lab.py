"""Start JupyterLab on the course."""

import os
import sys
import webbrowser
from pathlib import Path

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyterlab.labapp import LabApp

from course_lib import home
from course_lib.errors import CourseError


def start(root: Path, port: int | None) -> None:
    """Serve the course folder until it is stopped.

    Where no browser can be opened, JupyterLab prints the address to open.
    """
    folders = [*settings(root), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, folders))
    os.chdir(root)  # nbgrader's buttons read nbgrader_config.py from the folder that the server runs in
    options = arguments(root, port)
    try:
        options.append(f"--LabApp.default_url=/lab/tree/{home.write(root).name}")
    except CourseError as error:
        print(error)
    except OSError as error:
        print(f"The course's home cannot be written in {root} ({error.strerror}): begin in notebooks/.")
    LabApp.launch_instance(options)


def settings(root: Path) -> list[str]:
    """Folders with settings of JupyterLab that none of its options does.

    They switch off the prompt for news about Jupyter and, in a copy without solutions, nbgrader's tools for
    those who write and grade assignments; and Markdown, such as the course's home, is opened as a page.
    """
    ours = Path(__file__).with_name("jupyter")
    return [str(ours)] if (root / "solutions").is_dir() else [str(ours), str(ours / "student")]


def arguments(root: Path, port: int | None) -> list[str]:
    """JupyterLab's arguments to serve `root`, fitted to this machine."""
    options = [f"--ServerApp.root_dir={root}", "--log-level=WARN"]
    options.append(f"--ServerApp.kernel_websocket_connection_class={__name__}.{PromptConnection.__name__}")
    if port is not None:  # who asks for a port wants that one, or to be told
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not has_browser():
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # the usual case in a container
        options.append("--allow-root")
    return options


class PromptConnection(ZMQChannelsWebsocketConnection):
    """A kernel's connection to the browser that sends each message at once.

    TCP would hold a small one back until the browser has acknowledged the one before, for up to 40 ms, and an
    explorer would lag behind its slider.
    """

    def connect(self):
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def has_browser() -> bool:
    """Whether a graphical browser can be opened here."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
