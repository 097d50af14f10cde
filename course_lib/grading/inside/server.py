"""The warm process: has everything imported, and forks servers, each of which forks a process for each run.
Linux only.

    python -m course_lib.grading.inside.server '{"warm": ["numpy", …], "namespaces": true, "user": null}'

Its stdin is a socket of packets. It imports what "warm" names, of other packages, while the library is still
being written. The first packet says that the library is whole, and names modules of it to import too. Each
further packet brings a socket, to which a forked server listens: one for each worker.

A request comes to a server as two lengths and two texts of JSON: what the server reads, and the
request proper. The latter it never sees: the run's process takes it from the socket itself, so that no run
can find an earlier one's in the memory that it is forked with. What comes back is frames, each a letter, a
length and so many bytes:

    R   ready for a request
    D   a piece of what the run's process had to tell: lines of JSON that nobody here looks at
    E   the run is over, and everything of it is gone: JSON, {"why", "cell", "interrupted", "computed"}

"why" is null for a run that came to its end, else time (a cell ignored its interrupt), over (the time in
all), cpu, memory, output, processes, locks, marks, exit, signal 11, busy, lost (the system ended it) or
set-up. "cell" is the last cell that was begun, "interrupted" are those that were told that their time is up,
"computed" is the computing time and "took" the time that counts, in seconds.

A run's time is the clock's, less what its processes waited for a core that others had: a busy machine is no
student's fault. What the run computed meanwhile counts in full, so that nobody gains time by being many. By
the clock, a run or a cell may take "patience" times as long; then the run is over, and the machine was busy.
"""

import gc
import importlib
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from course_lib.grading.inside import groups, namespaces, runner
from course_lib.grading.inside import shell as shells
from course_lib.grading.inside.link import DATA, END, FRAME, LENGTHS, READY

MARK = struct.Struct("<i")
NOT_YET, SET_UP, DONE = -2, -1, 2**31 - 1  # before and behind the indices of cells
TICK = 0.025  # seconds between two looks at the run
GRACE = 2.0  # seconds from the interrupt to the end
SCRATCH_BYTES = 256 * 2**20  # for the files of a run
BLOCK = 2**16
MOST_LOCKS = 1_000  # on parts of files: each takes memory of the kernel's
FEW = 8  # processes, whose descriptors need not be counted
MOST_OPEN = FEW * namespaces.MOST_OPEN  # descriptors of all processes: behind each, data may wait in a socket
CLOCK = os.sysconf("SC_CLK_TCK")

_block = bytearray(BLOCK)  # all of a run's data passes here, and it is wiped before the next run is forked


@dataclass(frozen=True)
class Asked:
    """What a run gets.

    length   the bytes of its request, which wait in the link
    scratch  the folder of its files; None where it has namespaces of its own, and in them a folder
    group    its control group, where the kernel counts
    """

    length: int
    limits: dict[str, Any]
    scratch: Path | None
    group: groups.Group | None


@dataclass
class Run:
    """A run under way: its first process, the pipes from it, and what is known of it."""

    process: int
    events: int
    marks: int
    limits: dict[str, Any]
    expected: list[int]  # the marks that are to come, last first
    group: groups.Group | None
    began: float = field(default_factory=time.monotonic)
    looked: float = field(default_factory=time.monotonic)
    waited: float = 0.0  # seconds for a core
    waits: dict[str, float] = field(default_factory=dict)  # by task, until the last look
    cell: int = NOT_YET
    cell_began: float = 0.0  # by the clock
    cell_from: float = 0.0  # in the time that counts
    asked_at: float | None = None  # when the cell was interrupted, in the time that counts
    interrupted: list[int] = field(default_factory=list)
    sent: int = 0
    computed: float = 0.0
    gone: float = 0.0  # seconds of computing of processes that were seen, and are no more
    seen: dict[tuple[str, str], float] = field(default_factory=dict)  # of those seen last
    why: str | None = None

    def took(self, now: float) -> float:
        """Seconds since the beginning, less what was waited for a core."""
        return now - self.began - self.waited


def main() -> None:
    options = json.loads(sys.argv[1])
    asked = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    _import(options["warm"])
    shell = shells.make()
    shell.run_cell("pass")  # the first cell is the slowest
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for servers
    while True:
        packet, sockets, _, _ = socket.recv_fds(asked, BLOCK, 1)
        if sockets:
            if os.fork() == 0:
                asked.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                serve(socket.socket(fileno=sockets[0]), shell, options)
                os._exit(0)
            os.close(sockets[0])
        elif packet:
            importlib.invalidate_caches()
            _import(json.loads(packet))
            gc.collect()
            gc.freeze()  # so that a collection in a run does not touch, and copy, what is shared with us
        else:
            return  # nobody is left who could ask


def _import(names: list[str]) -> None:
    for name in names:
        importlib.import_module(name)


def serve(link: socket.socket, shell: Any, options: dict[str, Any]) -> None:
    """Play one run after the other, until the other side has gone."""
    own = options["namespaces"]
    if own:
        namespaces.become_first(options["user"])
    lent = groups.scope(Path("/proc/self/cgroup").read_text()) if own else None
    _send(link, READY, b"")
    while header := _received(link, LENGTHS.size):
        short, length = LENGTHS.unpack(header)
        limits = json.loads(_received(link, short))
        scratch = None if own else Path(tempfile.mkdtemp(prefix="course-grade-"))
        group = groups.Group(lent / f"run-{os.urandom(8).hex()}", limits, SCRATCH_BYTES) if lent else None
        run = _start(link, Asked(length, limits, scratch, group), shell)
        try:
            _watch(run, link)
        finally:
            _end(run, own)
            if group:
                group.close()
            if scratch:
                shutil.rmtree(scratch, ignore_errors=True)  # a file that a left-over still holds
        _forward(run, link)
        _block[:] = bytes(BLOCK)
        os.close(run.events)
        os.close(run.marks)
        _send(link, END, json.dumps(_told(run)).encode())


def _told(run: Run) -> dict[str, Any]:
    if run.cell == NOT_YET and run.why is not None:
        run.why = "set-up"
    return {
        "why": run.why,
        "cell": run.cell,
        "interrupted": run.interrupted,
        "computed": run.computed,
        "took": run.took(time.monotonic()),
    }


# Starting


def _start(link: socket.socket, asked: Asked, shell: Any) -> Run:
    events, events_in = os.pipe()
    marks, marks_in = os.pipe()
    process = os.fork() if asked.scratch else namespaces.fork()
    if process == 0:
        _work(link, asked, shell, events_in, marks_in)
    os.close(events_in)
    os.close(marks_in)
    os.set_blocking(events, False)
    os.set_blocking(marks, False)
    expected = [DONE, *reversed(asked.limits["cells"]), SET_UP]
    return Run(process, events, marks, asked.limits, expected, asked.group)


def _work(link: socket.socket, asked: Asked, shell: Any, events: int, marks: int) -> NoReturn:
    """What a run's first process does, from its beginning to its end."""
    try:
        if asked.group:
            asked.group.enter()
        request = json.loads(_received(link, asked.length))
        _close_all_but(events, marks)
        os.setsid()  # a signal to its own group must not reach ours
        folder = asked.scratch or namespaces.furnish(SCRATCH_BYTES)
        os.environ["HOME"] = str(folder)
        tempfile.tempdir = str(asked.scratch) if asked.scratch else None
        if not asked.scratch:
            namespaces.give_up()
        namespaces.limit(asked.limits, count=not asked.scratch)
        os.write(marks, MARK.pack(SET_UP))
        runner.play(
            request | {"limits": asked.limits},
            shell,
            folder,
            lambda index: _write(marks, MARK.pack(index)),
            lambda event: _write(events, json.dumps(event).encode() + b"\n"),
        )
        _write(marks, MARK.pack(DONE))
    except BaseException as error:
        print(f"A run could not be set up: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def _close_all_but(*kept: int) -> None:
    """Close all descriptors but the standard ones and these."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in (0, 1, 2, *kept):
            with suppress(OSError):  # the one of the folder that we read
                os.close(int(name))


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


# Watching


def _watch(run: Run, link: socket.socket) -> None:
    """Stay with the run until its process ends or has used up a limit."""
    poll = select.poll()
    end = os.pidfd_open(run.process)
    for descriptor in (run.events, run.marks, end):
        poll.register(descriptor, select.POLLIN)
    poll.register(link, 0)  # tells that the other side has gone
    try:
        look = run.began
        while run.why is None:
            for descriptor, what in poll.poll(TICK * 1000):
                if descriptor == run.events:
                    _forward(run, link)
                elif descriptor == run.marks:
                    _read_marks(run)
                elif descriptor == end:
                    run.why = _reason(run)
                    return
                else:
                    sys.exit()  # whoever asked has gone: nobody waits for the rest
                if what & (select.POLLHUP | select.POLLERR) and descriptor in (run.events, run.marks):
                    poll.unregister(descriptor)
            now = time.monotonic()
            if now - look >= TICK and run.why is None:
                look = now
                _check_limits(run, now)
    finally:
        os.close(end)


def _forward(run: Run, link: socket.socket) -> None:
    """Send on what has come, as far as the run may say so much."""
    while run.why != "output":
        try:
            count = os.readv(run.events, [_block])
        except BlockingIOError:
            return
        if not count:
            return
        run.sent += count
        if run.sent > run.limits["output_bytes"] + 2**20:
            run.why = "output"
            return
        _send(link, DATA, memoryview(_block)[:count])


def _read_marks(run: Run) -> None:
    """Each mark is the next that is due. Another one was written by whom it is not asked of: the run ends.

    Who writes the next one too early has that cell's time now, and not then.
    """
    with suppress(BlockingIOError):
        data = os.read(run.marks, BLOCK)
        if len(data) % MARK.size:
            run.why = "marks"
            return
        for (mark,) in MARK.iter_unpack(data):
            if not run.expected or mark != run.expected.pop():
                run.why = "marks"
                return
            now = time.monotonic()
            run.cell, run.cell_began, run.cell_from, run.asked_at = mark, now, run.took(now), None


def _reason(run: Run) -> str | None:
    """Why the process has ended: None for a run that came to its end."""
    _, status, used = os.wait4(run.process, 0)
    _read_marks(run)
    run.computed = max(run.computed, used.ru_utime + used.ru_stime)
    if run.group:
        run.computed = max(run.computed, run.group.computed())
        if why := run.group.out_of_memory():
            return why
    if run.why:
        return run.why
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGKILL and run.computed >= run.limits["cpu_seconds"] - 1:
            return "cpu"
        # The first process of its namespace cannot be killed from within: the system did it.
        if os.WTERMSIG(status) == signal.SIGKILL and os.getpid() == 1:
            return "lost"
        return f"signal {os.WTERMSIG(status)}"
    return None if run.cell == DONE and status == 0 else "exit"


def _check_limits(run: Run, now: float) -> None:
    limits = run.limits
    members = list(_members(run.process))
    before = run.computed
    if run.group:
        run.computed = run.group.computed()
    else:
        _count_computing(run, members)
    _count_waiting(run, members, now, run.computed - before)
    took, patience = run.took(now), limits["patience"]
    in_cell = run.cell >= 0 and run.cell != DONE
    ignored = run.asked_at is not None and took - run.asked_at > GRACE
    if ignored or took > limits["seconds"]:
        run.why = "time" if ignored else "over"
    elif now - run.began > patience * limits["seconds"] or (
        in_cell and now - run.cell_began > patience * (_cell_seconds(run) + GRACE)
    ):
        run.why = "busy"
    elif run.asked_at is None and in_cell and took - run.cell_from > _cell_seconds(run):
        run.asked_at = took
        run.interrupted.append(run.cell)
        os.kill(run.process, signal.SIGINT)
    if len(members) > limits["processes"]:
        run.why = "processes"
    elif run.computed > limits["cpu_seconds"]:
        run.why = "cpu"
    elif ended := run.group and run.group.out_of_memory():
        run.why = ended
    elif _large(run, members) or _many_open(members):
        run.why = "memory"
    elif os.getpid() == 1 and _locks() > MOST_LOCKS:
        run.why = "locks"


def _count_computing(run: Run, members: list[int]) -> None:
    """Add up what all processes have computed, those that have ended too: whoever waits for a child has its
    time in his own; of a child that nobody waits for counts what was seen of it last."""
    now: dict[tuple[str, str], float] = {}
    waited_for = 0.0
    for process in members:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        own, children = (sum(map(int, fields[at : at + 2])) / CLOCK for at in (11, 13))
        now[str(process), fields[19]] = own  # with the time at which it began: numbers come again
        waited_for += children
    run.gone += sum(seconds for key, seconds in run.seen.items() if key not in now)
    run.seen = now
    run.computed = max(run.computed, sum(now.values()) + max(waited_for, run.gone))


def _count_waiting(run: Run, members: list[int], now: float, computed: float) -> None:
    """Add what has been waited for a core since the last look: the longest wait of a task, less what others
    of the run computed meanwhile."""
    waits = {task: seconds for process in members for task, seconds in _waits(process)}
    longest = max((seconds - run.waits.get(task, 0.0) for task, seconds in waits.items()), default=0.0)
    run.waited += max(0.0, min(longest, now - run.looked - computed))
    run.waits, run.looked = waits, now


def _waits(process: int) -> Iterator[tuple[str, float]]:
    """Seconds that each task of a process has waited for a core, where the kernel counts them."""
    with suppress(OSError):  # it has ended meanwhile
        for task in os.listdir(f"/proc/{process}/task"):
            with open(f"/proc/{process}/task/{task}/schedstat", "rb") as file:
                yield task, int(file.read().split()[1]) / 1e9


def _large(run: Run, members: list[int]) -> bool:
    """Whether all processes together have too much memory."""
    most = run.limits["memory"]
    # Pages that several share are counted for each: where that would be too much, count exactly.
    return sum(map(_resident, members)) > most and sum(map(_proportional, members)) > most


def _many_open(members: list[int]) -> bool:
    """Whether all processes together have too many descriptors."""
    return len(members) > FEW and sum(map(_open, members)) > MOST_OPEN


def _open(process: int) -> int:
    """How many descriptors a process has."""
    try:
        return len(os.listdir(f"/proc/{process}/fd"))
    except OSError:  # it has ended meanwhile
        return 0


def _locks() -> int:
    """How many locks on files the processes of this namespace hold. Those of no process are the machine's."""
    try:
        with open("/proc/locks", "rb") as file:
            listed = file.read(2**20)
    except OSError:  # a kernel without it
        return 0
    return listed.count(b"\n") - listed.count(b" -1 ")


def _cell_seconds(run: Run) -> float:
    """The time for the cell that runs."""
    seconds: float = run.limits["own_seconds"].get(str(run.cell), run.limits["cell_seconds"])
    return seconds


def _members(first: int) -> Iterator[int]:
    """The processes of a run: all but ourselves where we are the first, else those of its session."""
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        if os.getpid() == 1:
            yield int(name)
            continue
        with suppress(OSError):  # it has ended meanwhile
            session = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[3]
            if int(session) == first:
                yield int(name)


def _resident(process: int) -> int:
    """Bytes that belong to a process, also those in swap."""
    try:
        status = Path(f"/proc/{process}/status").read_text(errors="replace")
    except OSError:  # it has ended meanwhile
        return 0
    return sum(map(int, re.findall(r"^Vm(?:RSS|Swap):\s+(\d+) kB", status, re.M))) * 1024


def _proportional(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss:", "SwapPss:")))
    except OSError:  # it has ended meanwhile, or does not let itself be looked at
        return _resident(process)


# Ending


def _end(run: Run, own: bool) -> None:
    """End everything of the run."""
    if own:
        # We are the first process of our namespace: this reaches all others in it, and only these.
        assert os.getpid() == 1
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
    else:
        for process in _members(run.process):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


# The link


def _received(link: socket.socket, length: int) -> bytearray:
    """So many bytes; none where the other side has gone."""
    data = bytearray()
    while len(data) < length:
        piece = link.recv(min(length - len(data), 2**20))
        if not piece:
            return bytearray()
        data += piece
    return data


def _send(link: socket.socket, kind: bytes, data: Any) -> None:
    link.sendall(FRAME.pack(kind, len(data)))
    link.sendall(data)


if __name__ == "__main__":
    main()
