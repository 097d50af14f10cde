"""Plays a request: runs the notebook's cells in their order and probes what is checked.

    request = {"cells": [{"index": 3, "source": "…"},
                         {"index": 6, "check": {"student": "Adam", "cases": […]}}],
               "files": {path: base64}, "folder": where the notebook lies among them, "notebook": name,
               "seed": number, "limits": {…}}

The event of a cell: {"cell": 3, "status": "ok", "error", or "fault" for an error of ours, "outputs": […]}; a
check's has "evidence".

As a program it reads a request from stdin, plays it in the folder named by its argument, and writes the
events to stdout as lines of JSON, for systems that fork no process: python -m …runner FOLDER
"""

import json
import os
import random
import signal
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from course_lib.grading.inside import shell as shells
from course_lib.judging.frames import came_through_theirs
from course_lib.judging.probe import Asked, probe

Event = dict[str, Any]


def play(
    request: dict[str, Any],
    shell: shells.ZMQInteractiveShell,
    folder: Path,
    started: Callable[[int], None],
    finished: Callable[[Event], None],
) -> None:
    """Run all cells in `folder`. Whatever they do to this process, it does not raise."""
    _put_files(folder, request.get("files", {}))
    place = _place(folder, request.get("folder", ""))
    os.chdir(place)
    # Last, so that no file beside the notebook stands in for a library.
    sys.path.append(str(place))
    seed = request.get("seed", 0)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    shell.outputs = shells.Outputs(request["limits"]["output_bytes"])
    sys.stdout = shells.Stream("stdout", 1, shell.outputs)
    sys.stderr = shells.Stream("stderr", 2, shell.outputs)
    for cell in request["cells"]:
        started(cell["index"])
        event = _played(cell, shell)
        finished(event | {"cell": cell["index"], "outputs": shell.outputs.end()})


def _played(cell: dict[str, Any], shell: shells.ZMQInteractiveShell) -> Event:
    shell.outputs.begin()
    try:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if "check" in cell:
                return _checked(cell["check"], shell)
            done = shell.run_cell(cell["source"], store_history=True).success
            return {"status": "ok" if done else "error"}
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # what interrupts a cell must not hit us
    except BaseException as error:
        shell._showtraceback(type(error), error, [f"{type(error).__name__}: {error}"])
        # A hook of the student's, or an interrupt at the last moment, is theirs.
        theirs = not isinstance(error, Exception) or came_through_theirs(error)
        return {"status": "error" if theirs else "fault"}


def _checked(check: dict[str, Any], shell: shells.ZMQInteractiveShell) -> Event:
    number = shell.execution_count
    shell.execution_count = number + 1
    try:
        name = shell.compile.cache(check["student"], number)
        student = eval(compile(check["student"], name, "eval"), shell.user_ns)
    except BaseException:
        shell.showtraceback(tb_offset=1)
        return {"status": "error"}
    return {"status": "ok", "evidence": probe(student, [Asked(**case) for case in check["cases"]])}


def _put_files(folder: Path, files: dict[str, str]) -> None:
    """Write the files that came with the notebook. A path that leads elsewhere is left out."""
    for name, content in files.items():
        target = _inside(folder, name)
        if target == folder:
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b64decode(content))
        except OSError:  # a name too long, a file that is a folder too, a full disk: the notebook will tell
            continue


def _place(folder: Path, name: str) -> Path:
    """The folder that the notebook lay in; the one around all where it cannot be made."""
    place = _inside(folder, name)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        return folder
    return place


def _inside(folder: Path, name: str) -> Path:
    """A path below the folder; the folder itself for one that leads elsewhere."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        return folder
    return folder.joinpath(*path.parts)


def main() -> None:
    request = json.load(sys.stdin)
    events = os.fdopen(os.dup(1), "w", encoding="ascii")

    def write(event: Event) -> None:
        events.write(json.dumps(event) + "\n")
        events.flush()

    play(request, shells.make(), Path(sys.argv[1]), lambda index: write({"start": index}), write)
    os._exit(0)


if __name__ == "__main__":
    main()
