"""Processes on this machine that work on one item each, within limits of time, memory and size.

    with closing(Pool(2, Budget(), prepare)) as pool:
        for item, ending in pool.map(task, items):
            …                                        # Done, Exceeded or Failed

Whatever an item does to the process that works on it costs this item alone: the process is replaced.
"""

import math
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

from course_lib.errors import CourseError

Item = TypeVar("Item")
LOOK_AGAIN = 0.2  # seconds between looks at the clock, so that Ctrl-C is heard
NOTHING: Any = object()
MB = 2**20


@dataclass(frozen=True)
class Budget:
    """What the work on one item may take.

    cpu_seconds   computing time of the process that works on it; others that it starts are not counted
    memory        bytes of address space, beyond what the process had before its first item
    result_bytes  of what comes of it
    seconds       wall time, after which the process is given up
    """

    cpu_seconds: float = 30.0
    memory: int = 1536 * MB
    result_bytes: int = 16 * MB
    seconds: float = 3600.0


@dataclass(frozen=True)
class Done:
    """What the task made of the item."""

    value: Any


@dataclass(frozen=True)
class Exceeded:
    """The item used up a limit, which is named as in "30 s of computing"."""

    limit: str


@dataclass(frozen=True)
class Failed:
    """Nothing came of the item, and it is not known to be its own fault; why is a phrase."""

    why: str


Ending = Done | Exceeded | Failed


@dataclass
class _Worker:
    """A process, the pipe to it, and what it is at."""

    process: Any
    pipe: Connection
    item: Any = NOTHING
    deadline: float = 0.0


class Pool:
    """A number of processes. Where the system can fork, they know what the process knows that starts them."""

    def __init__(self, count: int, budget: Budget, prepare: Callable[..., None], *given: Any) -> None:
        """prepare(*given) is called in each process before its first item."""
        self.count = count
        self._budget = budget
        self._prepare = prepare
        self._given = given
        self._workers: list[_Worker] = []

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Ending]]:
        """(item, ending) as they are done. Raises a CourseError that a task raises."""
        waiting = iter(items)
        while len(self._workers) < self.count:
            self._workers.append(self._started())
        for place in range(self.count):
            self._give(place, task, waiting)
        while busy := [place for place, worker in enumerate(self._workers) if worker.item is not NOTHING]:
            wait([self._workers[place].pipe for place in busy], timeout=LOOK_AGAIN)
            for place in busy:
                ending = self._ending(place)
                if ending is None:
                    continue
                item = self._workers[place].item
                self._give(place, task, waiting)  # so that it need not wait for whom we wait for
                yield item, ending

    def _give(self, place: int, task: Callable[[Item], Any], waiting: Iterator[Item]) -> None:
        """Give a worker its next item, if there is one."""
        item: Any = next(waiting, NOTHING)
        worker = self._workers[place]
        if item is not NOTHING:
            data = pickle.dumps((task, item))
            try:
                worker.pipe.send_bytes(data)
            except OSError:  # it was ended while it had nothing to do
                worker = self._replaced(place)
                worker.pipe.send_bytes(data)
        worker.item, worker.deadline = item, time.monotonic() + self._budget.seconds

    def _ending(self, place: int) -> Ending | None:
        """What has come of a worker's item; None where it is still at it."""
        worker = self._workers[place]
        if worker.pipe.poll():
            try:
                ending: Ending | CourseError = pickle.loads(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                return self._death(place)
            if isinstance(ending, CourseError):
                raise ending
            return ending
        if time.monotonic() > worker.deadline:
            self._replaced(place, worker.item)
            return Failed(f"the process that worked on it was not done after {self._budget.seconds:g} s")
        return None

    def _death(self, place: int) -> Ending:
        """What it means that a worker has ended."""
        worker = self._workers[place]
        worker.process.join()
        code = worker.process.exitcode
        self._replaced(place, worker.item)
        if sys.platform != "win32" and code == -signal.SIGXCPU:
            return Exceeded(f"{self._budget.cpu_seconds:g} s of computing")
        return Failed("the process that worked on it was ended (out of memory?)")

    def _replaced(self, place: int, item: Any = NOTHING) -> _Worker:
        """A new worker in the place of one that is ended."""
        old = self._workers[place]
        old.process.kill()
        old.process.join()
        old.pipe.close()
        self._workers[place] = self._started()
        self._workers[place].item = item
        return self._workers[place]

    def _started(self) -> _Worker:
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_work, args=(theirs, self._budget, self._prepare, self._given), daemon=True
        )
        with _held_back(signal.SIGINT), _allowed_children():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def close(self) -> None:
        """Stop at once; what is not done is left undone."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        self._workers = []


def _work(pipe: Connection, budget: Budget, prepare: Callable[..., None], given: tuple[Any, ...]) -> None:
    """What a worker does. Ctrl-C is its parent's to handle; without that there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    prepare(*given)
    _limit_memory(budget.memory)
    with suppress(EOFError, OSError):  # the parent has gone
        while True:
            task, item = pickle.loads(pipe.recv_bytes())
            _limit_computing(budget.cpu_seconds)
            data = pickle.dumps(_ending(task, item, budget))
            if len(data) > budget.result_bytes:
                data = pickle.dumps(Exceeded(f"{budget.result_bytes // MB} MiB of results"))
            pipe.send_bytes(data)
            del task, item, data  # while it waits for the next


def _ending(task: Callable[[Any], Any], item: Any, budget: Budget) -> Ending | CourseError:
    try:
        return Done(task(item))
    except CourseError as error:
        return error
    except MemoryError:
        return Exceeded(f"{budget.memory // MB} MiB of memory")
    except Exception as error:  # one item must not stop the others
        return Failed(f"{type(error).__name__}: {error}")


def _limit_memory(amount: int) -> None:
    if sys.platform == "linux":  # elsewhere an address space has no limit that holds
        import resource

        with open("/proc/self/statm") as file:
            own = int(file.read().split()[0]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (own + amount, most))


def _limit_computing(seconds: float) -> None:
    """End this process, by SIGXCPU, when it has computed for so long from now."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), most))


def without_limits() -> None:
    """In a process that a worker starts: its limits are not the worker's."""
    if sys.platform != "win32":
        import resource

        for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
            _, most = resource.getrlimit(what)
            resource.setrlimit(what, (most, most))


@contextmanager
def _held_back(number: signal.Signals) -> Iterator[None]:
    """A signal that comes in this block is heard after it; a process that is started in it does not hear it.

    Ctrl-C reaches all processes of a terminal, those that are still loading Python, too.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _allowed_children() -> Iterator[None]:
    """multiprocessing gives a daemon, as Dask's workers are, no children, for these might outlive it. Ours
    end with their parent."""
    settings: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    before = settings.get("daemon", False)
    settings["daemon"] = False
    try:
        yield
    finally:
        settings["daemon"] = before


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent
    parent.join()
    os._exit(1)
