"""Run a student's notebook where it can do no harm and learn no answer.

    with Sandbox(hidden=library.hidden(exercises)) as sandbox:
        played = sandbox.run(request)

A sandbox is one bubblewrap, with a warm process in it (`inside.server`). That forks a server for each process
that uses the sandbox, and a server forks a process per run, each in namespaces of its own inside
bubblewrap's. It sees the system and the Python environment read-only, and a course_lib without answers; no
home, no course, no network. Where root starts it, notebooks run as nobody.

Where the kernel refuses such namespaces (some are hardened that way), starting fails with one sentence. There
is no second, weaker way that is taken silently: the kind "none" has to be chosen. It plays the same runs as
ordinary processes of the user, for systems without bubblewrap, with the limits that the system has.

All that `Played` holds was said by the notebook's process. It is data of no authority: parsed within limits,
and never evaluated.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError
from course_lib.grading import bubblewrap, library
from course_lib.grading.limits import Limits
from course_lib.grading.serving import (
    START_SECONDS,
    Attempt,
    Server,
    ServerDied,
    Warm,
    can_fork,
    cold_run,
)
from course_lib.grading.untrusted import events

LIMITS: dict[str, float] = vars(Limits())
# Imported once, before the first run.
WARM = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "ipywidgets",
    "course_lib.carry_over",
    "course_lib.checks",
    *(f"course_lib/{driver}".removesuffix(".py").replace("/", ".") for driver in library.DRIVERS),
    "course_lib.datasets",
    "course_lib.experiments",
    "course_lib.gradient_check",
    "course_lib.network",
    "course_lib.plots",
    "course_lib.schedules",
    "course_lib.surfaces",
    "course_lib.training",
    "course_lib.tuning",
)
COURSE = library.SOURCE.parent  # where the library is used from a clone, its solutions are there too

TIME_OUT = {  # what nbgrader shows for a cell whose time is up
    "output_type": "error",
    "ename": "CellTimeoutError",
    "evalue": "",
    "traceback": ["\x1b[0;31mCellTimeoutError\x1b[0m: No reply from kernel before timeout"],
}


@dataclass
class Played:
    """What became of the cells, by index, and of which cells the process died.

    cells   index → {"status", "outputs", "evidence" of a check}; status is "ok", "error", "fault" for an
            error of ours, "timeout", "died" or "not run"
    deaths  {"index", "why"}; why is "memory", "time" for a cell that ignored its interrupt, "over" for the
            time in all, "cpu", "exit", "signal 11", "output", "processes", "locks" for those on files, or
            "marks" for a cell that wrote where only grading writes
    took    seconds, less what the notebook's processes waited for a core
    """

    cells: dict[int, dict[str, Any]] = field(default_factory=dict)
    deaths: list[dict[str, Any]] = field(default_factory=list)
    took: float = 0.0


class FailedTwice(CourseError):
    """The sandbox works, but failed on this submission, and failed on it again."""


class Busy(FailedTwice):
    """The machine had no core for the submission, for so long that its run was given up, or no memory."""


class Sandbox:
    """A place to run notebooks in, one after the other. Not for several threads at once."""

    def __init__(
        self,
        kind: str = "bubblewrap",
        hidden: frozenset[library.Name] | None = frozenset(),
        warm: tuple[str, ...] = WARM,
        away: tuple[Path, ...] = (),
    ) -> None:
        """Start a warm process, and do not wait until it is.

        kind: "bubblewrap" or "none". hidden: what course_lib is to lack, see `library`; None where `furnish`
        will say it. away: files and folders that bubblewrap must not show, wherever they lie.

        Raises CourseError where the sandbox cannot be had, with the way out.
        """
        if kind not in ("bubblewrap", "none"):
            raise CourseError(f"There is no sandbox {kind!r}: it is bubblewrap, or none.")
        if kind == "bubblewrap":
            bubblewrap.require()
        self._kind = kind
        self._warm = warm
        self._hidden: frozenset[library.Name] = frozenset()
        self._away: tuple[Path, ...] = ()
        self._command: list[str] = []
        self._process: Warm | None = None
        self._server: Server | None = None
        self._place = Path(tempfile.mkdtemp(prefix="course-sandbox-"))
        # Processes of multiprocessing, too, come by here when they end.
        self._remove = Finalize(self, shutil.rmtree, (self._place, True), exitpriority=0)
        self._place.chmod(0o755)
        library.begin(self._place / "library")
        try:
            if hidden is None:
                self._begin(away)
            else:
                self.furnish(hidden, away)
        except BaseException:
            self.close()
            raise

    def furnish(self, hidden: frozenset[library.Name], away: tuple[Path, ...] = ()) -> None:
        """Say what the library is to lack, and what is not to be shown, as in `Sandbox`. Once."""
        library.furnish(self._place / "library", hidden)
        self._hidden = hidden
        self._begin(away)
        self._complete()

    def _complete(self) -> None:
        if self._process:
            self._process.complete(self._modules(course=True))

    def _modules(self, course: bool) -> tuple[str, ...]:
        return tuple(name for name in self._warm if name.startswith("course_lib.") == course)

    def _begin(self, away: tuple[Path, ...]) -> None:
        """Start the warm process, unless one runs to which the same is shown."""
        if self._kind == "none" and not can_fork():
            return
        self._away = away
        inside = self._kind == "bubblewrap"
        options = {
            "warm": self._modules(course=False),
            "namespaces": inside,
            "user": bubblewrap.user() if inside else None,
        }
        command = [sys.executable, "-P", "-s", "-B", "-m", "course_lib.grading.inside.server"]
        command.append(json.dumps(options))
        environment = None
        if inside:
            away = (*away, *([COURSE] if (COURSE / "solutions").is_dir() else []))
            command = bubblewrap.command(self._place, library.MASKED, away) + command
        else:
            environment = os.environ | bubblewrap.variables(self._place / "library", self._place)
        if self._process and command == self._command:
            return
        self._stop()
        self._command = command
        self._process = Warm(command, environment)

    def _stop(self) -> None:
        if self._server:
            self._server.stop()
        if self._process:
            self._process.stop()
        self._server = self._process = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm process, its servers, and all that runs in them."""
        self._stop()
        self._remove()

    def run(self, request: dict[str, Any]) -> Played:
        """Run the request's cells. A cell that its process dies of is left out in the next attempt.

        Raises FailedTwice when the sandbox itself fails on it, twice; Busy when the machine had no time for
        it; CourseError when it cannot be started.
        """
        limits = LIMITS | request.get("limits", {})
        cells = request["cells"]
        if self._process and self._server is None:
            self._start()  # its time is not the student's
        played = Played({cell["index"]: {"status": "not run", "outputs": []} for cell in cells})
        deadly: set[int] = set()
        computed = 0.0
        while True:
            left = {
                "seconds": limits["seconds"] - played.took,
                "cpu_seconds": limits["cpu_seconds"] - computed,
            }
            if min(left.values()) <= 0:
                break
            asked = [cell for cell in cells if cell["index"] not in deadly]
            lines, end = self._attempt(request | {"cells": asked}, limits | left)
            computed += end["computed"]
            played.took += end["took"]
            if end["why"] == "busy":
                raise Busy(
                    f"The machine was busy: this took {limits['patience']:g} times as long as it may, and "
                    "most of that it waited for a core. Grade it again when there is less to do, or with "
                    "fewer --workers."
                )
            if end["why"] == "lost":
                raise Busy("The system ended it, as when the machine's memory is used up, by whomever.")
            results = _results(lines, {cell["index"] for cell in asked}, set(end["interrupted"]))
            played.cells.update(
                {cell["index"]: {"status": "not run", "outputs": []} for cell in asked} | results
            )
            missing = [cell["index"] for cell in asked if cell["index"] not in results]
            if not missing:
                break
            # It died in the cell that it last began; where it lies about that, in the first without a result.
            believed = end["cell"] in missing and end["why"] != "marks"
            guilty = end["cell"] if believed else missing[0]
            deadly.add(guilty)
            played.cells[guilty] = {"status": "died", "outputs": []}
            played.deaths.append({"index": guilty, "why": end["why"] or "exit"})
        return played

    def _attempt(self, request: dict[str, Any], limits: dict[str, float]) -> Attempt:
        """One process."""
        for again in (True, False):
            if self._process and self._server is None:
                self._start()
            try:
                if self._server:
                    return self._server.run(request, limits)
                return cold_run(bubblewrap.variables(self._place / "library", self._place), request, limits)
            except ServerDied as error:
                if self._server:
                    self._server.stop()
                self._server = None
                if not again:
                    raise FailedTwice(
                        f"The sandbox failed twice on this submission. Its last words: {error}."
                    ) from None
        raise AssertionError

    def _start(self) -> None:
        """Have a server; from a new warm process where this one has ended, for a reason that may have passed,
        as out of memory."""
        try:
            self._server = self._started()
        except ServerDied as error:
            if _refused(error):
                raise CourseError(
                    f"The sandbox does not start: {error}. If this kernel allows no nested user "
                    "namespaces, allow them (on Ubuntu: sysctl "
                    "kernel.apparmor_restrict_unprivileged_userns=0), or choose --sandbox none, in which "
                    "students' code can do all that you can."
                ) from None
            try:
                self._stop()
                self._begin(self._away)
                self._complete()
                self._server = self._started()
            except ServerDied as again:
                raise CourseError(
                    f"The sandbox does not start: {again}. It was tried twice. Look whether memory, or "
                    "the folder for temporary files, is full; then run the same command again."
                ) from None

    def _started(self) -> Server:
        """A server that has played an empty run. Raises ServerDied."""
        assert self._process
        server = self._process.server()
        try:
            # A first run tells whether a run can have namespaces of its own.
            server.run({"cells": []}, LIMITS | {"seconds": START_SECONDS, "patience": 1})
        except ServerDied:
            server.stop()
            raise
        return server


# What bubblewrap, and a server that makes namespaces and writes who it is in them, say where it may not.
_NOT_ALLOWED = "Operation not permitted|Permission denied|No space left on device|Invalid argument"
_REFUSED = re.compile(
    rf"bwrap: .*(namespace|[ug]id.map|{_NOT_ALLOWED})"
    r"|(A run could not be set up: )?\w+Error: \[Errno \d+\] "
    rf"((unshare|setns|mount|capset): )?({_NOT_ALLOWED})(: '/proc/self/(setgroups|[ug]id_map)')?$"
)


def _refused(error: ServerDied) -> bool:
    """Whether the server ended because the kernel gives it no namespaces: that does not pass by itself."""
    return _REFUSED.match(str(error)) is not None


def _results(lines: bytes, asked: set[int], interrupted: set[int]) -> dict[int, dict[str, Any]]:
    """The cells' results among the lines, by index."""
    results: dict[int, dict[str, Any]] = {}
    for event in events(lines):
        index = event.get("cell")
        if (
            type(index) is not int
            or index not in asked
            or event.get("status") not in ("ok", "error", "fault")
        ):
            continue
        outputs = event.get("outputs")
        result = {
            "status": event["status"],
            "outputs": [output for output in outputs if type(output) is dict]
            if type(outputs) is list
            else [],
        }
        if "evidence" in event:
            result["evidence"] = event["evidence"]
        if index in interrupted:
            result = {"status": "timeout", "outputs": [*result["outputs"], dict(TIME_OUT)]}
        results[index] = result
    return results
