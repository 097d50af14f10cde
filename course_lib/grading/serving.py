"""The warm server seen from outside: start it, have it run something, end it."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from typing import IO, Any

from course_lib.grading.inside.link import DATA, FRAME, LENGTHS, READY
from course_lib.grading.untrusted import events

START_SECONDS = 120.0
GRACE_SECONDS = 20.0  # beyond a run's own time, until the server itself is given up

Attempt = tuple[bytes, dict[str, Any]]  # what a run's process told, lines of JSON; and how it ended


class ServerDied(Exception):
    """The server ended, or no longer answers; the message says what it last said."""


class Server:
    """A warm server and the link to it."""

    def __init__(self, command: list[str], environment: dict[str, str] | None) -> None:
        """Raises ServerDied when it does not come up."""
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in stop()
        self._link, theirs = socket.socketpair()
        self._process = subprocess.Popen(
            command,
            stdin=theirs.fileno(),
            stdout=self._log,
            stderr=self._log,
            env=environment,
            cwd="/",
            start_new_session=True,  # Ctrl-C in the terminal is not meant for it
        )
        theirs.close()
        try:
            kind, _ = self._frame(time.monotonic() + START_SECONDS)
        except ServerDied:
            self.stop()
            raise
        assert kind == READY

    def run(self, request: dict[str, Any], limits: dict[str, float]) -> Attempt:
        """One run: what its process told, and how it ended. Raises ServerDied."""
        deadline = time.monotonic() + limits["seconds"] + GRACE_SECONDS
        short, long = json.dumps(limits).encode(), json.dumps(request).encode()
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

    def last_words(self) -> str:
        """The end of what the server wrote for a reader."""
        if self._log.closed:
            return "(none)"
        self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 2000))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else self._end()

    def _end(self) -> str:
        """How it ended, where it said nothing."""
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
        """End it, and with it all processes of its namespace."""
        self._link.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()


def can_fork() -> bool:
    """Whether there is a warm server on this system."""
    return sys.platform == "linux"


def cold_run(variables: dict[str, str], request: dict[str, Any], limits: dict[str, float]) -> Attempt:
    """A run in a fresh process, where none can be forked: with a limit on the time in all, and no other."""
    with tempfile.TemporaryDirectory(prefix="course-grade-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-P", "-s", "-B", "-m", "course_lib.grading.inside.runner", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | variables,
        )
        why = None
        try:
            told, _ = process.communicate(
                json.dumps(request | {"limits": limits}).encode(), limits["seconds"]
            )
        except subprocess.TimeoutExpired:
            process.kill()
            told, _ = process.communicate()
            why = "over"
    began = [event["start"] for event in events(told) if type(event.get("start")) is int]
    return told, {"why": why, "cell": began[-1] if began else None, "interrupted": [], "computed": 0.0}
