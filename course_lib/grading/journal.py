"""What happened in grading, on disk before it counts: a run that was killed goes on where it was.

A file of lines, each a record in JSON, appended with one write. A line that is not complete was being written
when the run ended: it is cut off, and what it said is done again.
"""

import json
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from course_lib.grading.files import explained

FILE = "journal.jsonl"
LOCK = "lock"


@dataclass(frozen=True)
class Run:
    """A run over a class: its id, the seed of its cases, and the digest of the assignment it grades."""

    id: str
    seed: int
    assignment: str


class Journal:
    """A unit's journal. It keeps in memory where a result lies, not the result."""

    def __init__(self, path: Path) -> None:
        """Read the journal at `path`; the file is made where there is none."""
        self._path = path
        self._run: Run | None = None
        self._ended = True
        self._results: dict[str, int] = {}  # student → where
        self._written: set[str] = set()  # students
        self._end = 0
        with explained(path):
            self._out = FileIO(path, "a")
            self._in = path.open("rb")
            self._read_all()

    def _read_all(self) -> None:
        for line in self._in:
            record = _record(line)
            if record is None:
                if self._in.read(1):
                    raise CourseError(
                        f"The journal {self._path} is damaged: move it away, then the class is graded anew."
                    )
                self._out.truncate(self._end)
                return
            self._note(record, self._end)
            self._end += len(line)

    def unfinished_run(self) -> Run | None:
        """The last run, where it did not come to its end."""
        return None if self._ended else self._run

    def begin(self, seed: int, assignment: str) -> Run:
        """Start a run. Results of earlier ones can still be read."""
        run = Run(uuid.uuid4().hex, seed, assignment)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        self._append({"run": run.id, "seed": seed, "assignment": assignment, "started": started})
        return run

    def record(self, result: dict[str, Any]) -> None:
        """Keep a result, all of it but its notebooks; when this returns, it is on disk."""
        kept = {name: value for name, value in result.items() if name != "notebooks"}
        self._append({"result": kept})

    def written(self, student: str) -> None:
        """Note that the student's last result is in the gradebook."""
        self._append({"written": student})

    def end(self) -> None:
        """The run came to its end."""
        assert self._run, "a run begins before it ends"
        self._append({"end": self._run.id})

    def result(self, student: str) -> dict[str, Any] | None:
        """The student's last result, of whichever run."""
        if student not in self._results:
            return None
        with explained(self._path):
            self._in.seek(self._results[student])
            result: dict[str, Any] = json.loads(self._in.readline())["result"]
        return result

    def is_written(self, student: str) -> bool:
        """Whether the student's last result is in the gradebook."""
        return student in self._written

    def close(self) -> None:
        self._out.close()
        self._in.close()

    def _note(self, record: dict[str, Any], where: int) -> None:
        if "run" in record:
            self._run = Run(record["run"], record["seed"], record["assignment"])
            self._ended = False
        elif "result" in record:
            student = record["result"]["student"]
            self._results[student] = where
            self._written.discard(student)
        elif "written" in record:
            self._written.add(record["written"])
        elif "end" in record:
            self._ended = True

    def _append(self, record: dict[str, Any]) -> None:
        """Write a line; all of it is on disk afterwards, or nothing is."""
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        with explained(self._path):
            try:
                rest = line
                while rest:  # the first write takes all, unless the disk is full; then the second says so
                    rest = rest[self._out.write(rest) :]
                os.fsync(self._out.fileno())
            except OSError:
                self._out.truncate(self._end)
                raise
        self._note(record, self._end)
        self._end += len(line)


@contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The journal in `folder`, for this process alone as long as the block runs.

    Raises CourseError where another process grades with it, where it is damaged, or cannot be written.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("ab")
    with lock:
        if not _locked(lock.fileno()):
            raise CourseError(f"Another 'course grade' works with {folder}: wait for it, or end it.")
        journal = Journal(folder / FILE)
        try:
            yield journal
        finally:
            journal.close()


def _record(line: bytes) -> dict[str, Any] | None:
    """What a line says; None where it is not whole."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    known = type(record) is dict and record.keys() & {"run", "result", "written", "end"}
    return record if known and line.endswith(b"\n") else None


def _locked(descriptor: int) -> bool:
    """Take the lock, which ends with the process; False where another process has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # A worker that is forked while we have it does not have it, as it would with flock.
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
