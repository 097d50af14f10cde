"""IPython in this very process, keeping the outputs of each cell as a notebook would show them.

It is the shell of Jupyter's own kernel without the kernel: what that sends over sockets is collected here,
as outputs of nbformat 4.
"""

import builtins
import getpass
import io
import json
import os
from base64 import b64encode
from typing import Any

from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler
from ipykernel.displayhook import ZMQShellDisplayHook
from IPython.core.error import StdinNotImplementedError
from traitlets import Type
from traitlets.config import Config

from course_lib.grading.inside.descriptors import Descriptor

CUT = "\n… (more was written than is kept)\n"
MOST_SHORT, SHORT = 10, 1000  # errors and values of a cell that are kept all the same, and characters of each

Output = dict[str, Any]


class Outputs:
    """The outputs of one cell after the other, of at most `room` characters of JSON in all."""

    def __init__(self, room: int) -> None:
        self._descriptors = {"stdout": Descriptor(1), "stderr": Descriptor(2)}
        self.room = room
        self.items: list[Output] = []
        self._pieces: list[str] = []  # of the last item's text, joined once, as there may be many
        self._clear_next = self._cut = False
        self._short = 0
        self._shown: dict[str, list[Output]] = {}  # what carries a display id, to be updated later

    def begin(self) -> None:
        """Start a new cell."""
        self.items = []
        self._clear_next = self._cut = False
        self._short = 0

    def end(self) -> list[Output]:
        """All outputs of the cell."""
        self._take_from_descriptors()
        self._join()
        return self.items

    def stream(self, name: str, text: str) -> None:
        self._take_from_descriptors()
        self._stream(name, text)

    def add(self, output: Output, display_id: Any = None) -> None:
        self._take_from_descriptors()
        output = plain(output)
        if not self._has_room(output):
            if output["output_type"] not in ("error", "execute_result") or self._short == MOST_SHORT:
                return
            self._short += 1  # a score may depend on it
            output = short(output)
        self._clear_if_asked()
        self._join()
        self.items.append(output)
        if type(display_id) is str:
            self._shown.setdefault(display_id, []).append(output)

    def update(self, data: Any, metadata: Any, display_id: Any) -> None:
        """Change what is shown under this id, in this cell and in earlier ones."""
        new = plain({"data": data, "metadata": metadata})
        if type(display_id) is str and self._has_room(new):
            for output in self._shown.get(display_id, []):
                output.update(new)

    def clear(self, wait: bool = False) -> None:
        self._clear_next = True
        if not wait:
            self._clear_if_asked()

    def _take_from_descriptors(self) -> None:
        for name, descriptor in self._descriptors.items():
            self._stream(name, descriptor.taken())

    def _stream(self, name: str, text: str) -> None:
        if text and self._has_room(text):
            self._append_text(name, text)

    def _append_text(self, name: str, text: str) -> None:
        self._clear_if_asked()
        if not self.items or self.items[-1].get("name") != name:
            self._join()
            self.items.append({"output_type": "stream", "name": name, "text": ""})
        self._pieces.append(text)

    def _join(self) -> None:
        if self._pieces:
            self.items[-1]["text"] += "".join(self._pieces)
            self._pieces = []

    def _clear_if_asked(self) -> None:
        if self._clear_next:
            self.items.clear()
            self._pieces = []
            self._clear_next = False

    def _has_room(self, addition: Any) -> bool:
        """Whether this can be kept. The first time that it cannot, the cell is told so."""
        size = len(json.dumps(addition))
        if size <= self.room:
            self.room -= size
            return True
        if not self._cut:
            self._cut = True
            self._append_text("stdout", CUT)
        return False


def short(output: Output) -> Output:
    """The beginning of an error or a value."""
    if output["output_type"] == "error":
        return output | {"evalue": output["evalue"][:SHORT], "traceback": []}
    return output | {"data": {"text/plain": output["data"].get("text/plain", "")[:SHORT]}}


def plain(output: Output) -> Output:
    """The output as JSON keeps it. Of what is no JSON, the text remains."""
    try:
        text = json.dumps(output, default=_as_json, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        data = output.get("data")
        shown = data.get("text/plain") if type(data) is dict else None
        kept = shown if type(shown) is str else "(an output that is no JSON)"
        text = json.dumps(output | {"data": {"text/plain": kept}, "metadata": {}}, default=_as_json)
    result: Output = json.loads(text)
    return result


def _as_json(value: Any) -> Any:
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


class Stream(io.TextIOBase):
    """Stands in for sys.stdout or sys.stderr. A process forked by the notebook writes to the descriptor."""

    encoding = "UTF-8"

    def __init__(self, name: str, descriptor: int, outputs: Outputs) -> None:
        self.name = name
        self._descriptor = descriptor
        self._outputs = outputs
        self._process = os.getpid()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if os.getpid() == self._process:
            self._outputs.stream(self.name, str(text))
        else:
            os.write(self._descriptor, text.encode("utf-8", "replace"))
        return len(text)

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False


class Publisher(zmqshell.ZMQDisplayPublisher):
    """Takes what is displayed."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **_):
        outputs: Outputs = self.shell.outputs
        display_id = (transient or {}).get("display_id")
        if update:
            outputs.update(data, metadata or {}, display_id)
        else:
            content = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
            outputs.add(content, display_id)

    def clear_output(self, wait=False):
        self.shell.outputs.clear(wait)


class Hook(ZMQShellDisplayHook):
    """Takes the value that a cell ends in."""

    shell: "ZMQInteractiveShell"
    msg: Output

    def start_displayhook(self):
        self.msg = {"output_type": "execute_result", "data": {}, "metadata": {}}

    def write_output_prompt(self):
        self.msg["execution_count"] = self.prompt_count

    def write_format_data(self, format_dict, md_dict=None):
        self.msg |= {"data": format_dict, "metadata": md_dict or {}}

    def finish_displayhook(self):
        if self.msg["data"]:
            self.shell.outputs.add(self.msg)


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """The shell. Libraries tell a notebook from a terminal by this class's name."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    outputs: Outputs  # set for each run

    def _showtraceback(self, etype, evalue, stb):
        self._last_traceback = stb
        error = {"ename": str(etype.__name__), "evalue": str(evalue), "traceback": list(stb)}
        self.outputs.add({"output_type": "error", **error})

    def enable_gui(self, gui=None):
        """There is no event loop beside the cells."""

    def ask_exit(self):
        """``exit()`` ends the cell, as far as a notebook can tell; the next one runs."""


def make() -> ZMQInteractiveShell:
    """The shell of this process."""
    config = Config()
    config.HistoryManager.enabled = False  # no file, no database, no thread
    config.IPKernelApp.tqdm = "this entry is how it tells a notebook"
    shell = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    # A kernel whose client cannot be asked answers with these words.
    builtins.input = _refused("raw_input")
    getpass.getpass = _refused("getpass")
    return shell


def _refused(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> None:
        raise StdinNotImplementedError(
            f"{name} was called, but this frontend does not support input requests."
        )

    return refuse
