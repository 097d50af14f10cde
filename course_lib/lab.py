"""Start JupyterLab on the course."""

import os
import subprocess
import sys
import webbrowser
from pathlib import Path


def start(root: Path, port: int | None) -> int:
    """Serve the course folder until it is stopped; return the server's exit code.

    Where no browser can be opened, JupyterLab prints the address to open.
    """
    try:
        return subprocess.call(command(root, port), cwd=root)
    except KeyboardInterrupt:  # the server got it too, and has said goodbye
        return 0


def command(root: Path, port: int | None) -> list[str]:
    """The command line that serves `root`, fitted to this machine."""
    options = [f"--ServerApp.root_dir={root}"]
    if port is not None:  # who asks for a port wants that one, or to be told
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not has_browser():
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # the usual case in a container
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


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
