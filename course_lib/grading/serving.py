"""The warm process and its servers seen from outside: start them, have them run something, end them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

from course_lib.grading.inside.link import DATA, FRAME, LENGTHS, READY
from course_lib.grading.pool import without_limits
from course_lib.grading.untrusted import events

START_SECONDS = 120.0
GRACE_SECONDS = 20.0  # beyond a run's own time, until the server itself is given up

Attempt = tuple[bytes, dict[str, Any]]  # what a run's process told, lines of JSON; and how it ended


class ServerDied(Exception):
    """The server ended, or no longer answers; the message says what it last said."""


class Warm:
    """A process that is warm for runs, or on its way to be, and forks servers."""

    def __init__(self, command: list[str], environment: dict[str, str] | None) -> None:
        """Start it, and do not wait. Raises OSError where it cannot be started."""
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in stop()
        self._asking, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        self._owner = os.getpid()
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=self._log,
                stderr=self._log,
                env=environment,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is not meant for it
                preexec_fn=without_limits,
            )

    def complete(self, modules: tuple[str, ...]) -> None:
        """Tell it that the library is whole, and which modules of it to import."""
        with suppress(OSError):  # it has ended: who asks for a server hears of it
            self._asking.send(json.dumps(modules).encode())

    def server(self) -> "Server":
        """A new server. Raises ServerDied where none comes."""
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):  # it has ended: the server that does not answer says so
            socket.send_fds(self._asking, [b"server"], [theirs.fileno()])
        return Server(ours, self.last_words)

    def last_words(self) -> str:
        """The end of what it and its servers wrote for a reader."""
        if self._log.closed:
            return "(none)"
        log = self._log.fileno()
        said = os.pread(log, 2000, max(0, os.fstat(log).st_size - 2000))  # where it writes on stays as it is
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self._end()

    def _end(self) -> str:
        """How it ended, where it said nothing."""
        if self._owner != os.getpid():  # another process's child: its end is not told to us
            return "it ended, or does not answer"
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            return "it does not answer"
        # Of a signal met within, bubblewrap makes 128 more, and the server's first process 256 less.
        number = next((n for n in (-status, status - 128, 256 - status) if 0 < n < 32), None)
        if number is None:
            return f"it ended with the status {status}"
        return f"it was ended by {signal.Signals(number).name}" + (" (out of memory?)" if number == 9 else "")

    def stop(self) -> None:
        """End it, and all processes of its namespace; where another process started it, only leave it."""
        self._asking.close()
        if self._owner == os.getpid():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()


class Server:
    """The link to a server, which serves one run after the other."""

    def __init__(self, link: socket.socket, last_words: Callable[[], str]) -> None:
        """Raises ServerDied when it does not come up."""
        self._link = link
        self.last_words = last_words
        try:
            kind, _ = self._frame(time.monotonic() + START_SECONDS)
        except ServerDied:
            self.stop()
            raise
        assert kind == READY

    def run(self, request: dict[str, Any], limits: dict[str, float]) -> Attempt:
        """One run: what its process told, and how it ended. Raises ServerDied."""
        deadline = time.monotonic() + limits["patience"] * limits["seconds"] + GRACE_SECONDS
        marks = {"cells": [cell["index"] for cell in request["cells"]]}
        short, long = json.dumps(limits | marks).encode(), json.dumps(request).encode()
        try:
            self._link.settimeout(max(0.01, deadline - time.monotonic()))
            self._link.sendall(LENGTHS.pack(len(short), len(long)) + short + long)
        except OSError:
            raise ServerDied(self.last_words()) from None
        told = bytearray()
        while True:
            kind, data = self._frame(deadline)
            if kind == DATA:
                told += data
                continue
            end = json.loads(data)
            if end["why"] == "set-up":
                raise ServerDied(self.last_words())
            return bytes(told), end

    def _frame(self, deadline: float) -> tuple[bytes, bytes]:
        kind, length = FRAME.unpack(self._received(FRAME.size, deadline))
        return kind, self._received(length, deadline)

    def _received(self, length: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            try:
                self._link.settimeout(max(0.01, deadline - time.monotonic()))
                piece = self._link.recv(min(length - len(data), 2**20))
            except OSError:  # a time-out is one too
                piece = b""
            if not piece:
                raise ServerDied(self.last_words())
            data += piece
        return bytes(data)

    def stop(self) -> None:
        """Hang up: it ends, and with it all processes of its namespace."""
        self._link.close()


def can_fork() -> bool:
    """Whether there is a warm server on this system."""
    return sys.platform == "linux"


def cold_run(variables: dict[str, str], request: dict[str, Any], limits: dict[str, float]) -> Attempt:
    """A run in a fresh process, where none can be forked: with a limit on the time in all, by
    the clock, and no other.

    Raises ServerDied where it ends before it begins a cell, which is no fault of the notebook's.
    """
    with tempfile.TemporaryDirectory(prefix="course-grade-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-B", "-m", "course_lib.grading.inside.runner", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | variables,
            preexec_fn=without_limits if os.name == "posix" else None,
        )
        began, why = time.monotonic(), None
        try:
            told, _ = process.communicate(
                json.dumps(request | {"limits": limits}).encode(), limits["seconds"]
            )
        except subprocess.TimeoutExpired:
            process.kill()
            told, _ = process.communicate()
            why = "over"
    took = time.monotonic() - began
    started = [event["start"] for event in events(told) if type(event.get("start")) is int]
    if request["cells"] and not started and why is None:
        raise ServerDied(f"a process that was to run it ended with the status {process.returncode}")
    return told, {
        "why": why,
        "cell": started[-1] if started else None,
        "interrupted": [],
        "computed": 0.0,
        "took": took,
    }
