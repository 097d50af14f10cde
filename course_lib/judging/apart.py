"""The probe in a copy of the kernel's process: what Python cannot interrupt is ended with the copy.

That is a loop inside C, such as sum(range(10**9)), or a crash. Only on Linux can a process that has threads
be copied without harm to some library. Elsewhere, and where the copy waits for what it does not have, the
probe runs in the kernel itself, where such a loop goes on to its end.
"""

import contextlib
import json
import os
import re
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import TypeGuard

from course_lib import texts
from course_lib.judging.probe import Asked, Event, Evidence, Student, described_limit, probe, seconds_for

say = texts.beside(__file__)

EXTRA = 2.0  # seconds of computing beyond the limit, until which a copy may have stopped by itself
IDLE = 5.0  # seconds beyond the limit without computing, after which it is taken to wait in vain
LOOK = 0.1  # seconds between two looks at the copy
# scikit-learn's and PyTorch's OpenMP: its threads are not copied, and the copy would wait for them for ever.
OPENMP = re.compile(rb"/lib[gi]?omp")


class KernelEnded(AssertionError):
    """The student's code ended the process that it ran in."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Told(list[Event]):
    """The events of a case, of which each is told as it comes."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        super().__init__()
        self._tell = tell
        tell([])

    def append(self, event: Event) -> None:
        super().append(event)
        self._tell({"event": event})

    def clear(self) -> None:
        super().clear()
        self._tell(None)


def possible() -> bool:
    """Whether this is the main thread of a kernel on Linux, with no library that cannot be copied."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    in_main = threading.current_thread() is threading.main_thread()
    if sys.platform != "linux" or not in_main or getattr(shell, "kernel", None) is None:
        return False
    try:
        with open("/proc/self/maps", "rb") as file:
            return not OPENMP.search(file.read())
    except OSError:
        return False


def probe_apart(student: Student, cases: list[Asked]) -> Evidence:
    """The evidence, as `probe` gives it.

    Raises KernelEnded where the code ends its process.
    """
    ours, theirs = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there are other threads: none is needed
            copy = os.fork()
    except OSError:  # no memory, no process to be had
        os.close(ours)
        os.close(theirs)
        return probe(student, cases)
    if copy == 0:
        _play(student, cases, theirs)
    os.close(theirs)
    try:
        told, ended = _listen(ours, copy, seconds_for(cases))
    finally:
        os.close(ours)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(copy, signal.SIGKILL)  # with what it has started
        with contextlib.suppress(ProcessLookupError):
            os.kill(copy, signal.SIGKILL)
        _, status = os.waitpid(copy, 0)
    lines = [json.loads(line) for line in told.splitlines(keepends=True) if line.endswith(b"\n")]
    if lines and _is_evidence(lines[-1]):
        return {**lines[-1], "threads": 0}  # they have ended with it
    if ended == "idle":
        return probe(student, cases)
    if ended == "itself":
        code = os.waitstatus_to_exitcode(status)
        how = signal.Signals(-code).name if code < 0 else say("exit-code", code=code)
        raise KernelEnded(say("ended", how=how))
    return _cut_off(lines)


def _is_evidence(line: object) -> TypeGuard[Evidence]:
    return isinstance(line, dict) and "cases" in line


def _play(student: Student, cases: list[Asked], to: int) -> None:
    """What the copy does, to its end."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)

        def tell(line: object) -> None:
            data = json.dumps(line).encode() + b"\n"
            while data:
                data = data[os.write(to, data) :]

        tell(probe(student, cases, events=lambda: Told(tell)))
    finally:
        os._exit(0)


def _listen(ours: int, copy: int, seconds: float) -> tuple[bytes, str]:
    """What the copy said, and how it ended: by "itself", or that it "computes" on, or is "idle"."""
    told = bytearray()
    began = progress = time.monotonic()
    computed = 0.0
    while True:
        if select.select([ours], [], [], LOOK)[0]:
            data = os.read(ours, 1 << 16)
            if not data:
                return bytes(told), "itself"
            told += data
            continue
        now, before, computed = time.monotonic(), computed, _computed(copy)
        progress = now if computed > before else progress
        if min(now - began, computed) > seconds + EXTRA:
            return bytes(told), "computes"
        if now - began > seconds and now - progress > IDLE:
            return bytes(told), "idle"


def _computed(process: int) -> float:
    """Seconds that a process has computed."""
    with open(f"/proc/{process}/stat", "rb") as file:
        user, system = file.read().rpartition(b")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _cut_off(lines: list[list[Event] | dict[str, Event] | None]) -> Evidence:
    """The evidence of a copy that had to be ended: what came, and the limit where it was."""
    cases: list[list[Event]] = []
    for line in lines:
        if line is None:
            cases[-1].clear()
        elif isinstance(line, list):
            cases.append(line)
        else:
            cases[-1].append(line["event"])
    if cases:
        cases[-1].append({"error": described_limit()})
    return {"cases": cases, "in_time": False}
