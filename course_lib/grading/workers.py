"""Who grades: processes on this machine, or those of a Dask cluster. Neither touches the gradebook."""

import logging
import multiprocessing
import os
import signal
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from course_lib.errors import CourseError
from course_lib.grading import judging
from course_lib.grading.assignment import Assignment
from course_lib.grading.course import course
from course_lib.grading.feedback import Pages
from course_lib.grading.gradebook import Scores
from course_lib.grading.judging import Hidden
from course_lib.grading.limits import Limits
from course_lib.grading.sandbox import FailedTwice, Sandbox
from course_lib.grading.submission import Submission

Item = TypeVar("Item")
LOOK_AGAIN = 0.2  # seconds between looks at what is done, so that Ctrl-C is heard
A_FAULT = "That is a fault of the course: please report it."
AHEAD = 2  # submissions a worker has waiting: enough that it never idles, few enough that memory stays flat
CRASHED = (
    "The process that graded this submission was ended twice or more (out of memory?). Please report it."
)


@dataclass(frozen=True)
class Setup:
    """What a worker needs beside the submission. away: what students' code must not see, wherever it lies."""

    assignment: Assignment
    limits: Limits
    sandbox: str
    away: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Job:
    """A submission to be graded with the cases of this seed."""

    setup: Setup
    seed: int
    submission: Submission


def grade(job: Job) -> dict[str, Any]:
    """Grade one submission, in a worker. Raises CourseError where no sandbox can be had."""

    def run(hidden: Hidden, request: dict[str, Any]) -> Any:
        return _sandbox(job.setup, hidden).run(request)

    try:
        return judging.grade(job.setup.assignment, job.submission, job.seed, job.setup.limits, run)
    except FailedTwice as error:
        return failed(job, f"{error} {judging.PLEASE_REPORT}")
    except CourseError:
        raise
    except Exception as error:  # one submission must not stop the others
        return failed(job, f"The grader itself failed ({_named(error)}). {A_FAULT}")


def failed(job: Job, why: str = CRASHED) -> dict[str, Any]:
    """The result of a submission that could not be graded."""
    return judging.failed(job.setup.assignment, job.submission, job.seed, why)


@dataclass(frozen=True)
class PageJob:
    """A graded submission of which feedback is to be written: its notebooks as text, and their scores."""

    root: Path
    unit: str
    student: str
    notebooks: dict[str, str]
    scores: dict[str, Scores]


def pages(job: PageJob) -> dict[str, str] | str:
    """The feedback pages of a submission, by notebook, or why there are none; in a worker."""
    maker = _pages(job.root, job.unit)
    try:
        return {
            name: maker.html(job.student, name, text, job.scores[name])
            for name, text in job.notebooks.items()
        }
    except Exception as error:  # one submission must not stop the others
        return _named(error)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


@lru_cache(maxsize=2)
def _pages(root: Path, unit: str) -> Pages:
    return Pages(course(root), unit)


_own = threading.local()  # a sandbox serves one submission at a time; Dask's workers may have several threads


def _sandbox(setup: Setup, hidden: Hidden) -> Sandbox:
    """This worker's sandbox of that kind, which stays warm from one submission to the next."""
    if not hasattr(_own, "sandboxes"):
        _own.sandboxes = {}
    key = (setup.sandbox, hidden, setup.away)
    if key not in _own.sandboxes:
        try:
            _own.sandboxes[key] = Sandbox(setup.sandbox, hidden, away=setup.away)
        except OSError as error:  # no submission is to blame
            raise CourseError(
                f"A sandbox cannot be made: {error.strerror}. Mend that, then run the same command again."
            ) from None
    sandbox: Sandbox = _own.sandboxes[key]
    return sandbox


class Local:
    """Processes on this machine. What they need only while they run lies in the folder `scratch`."""

    def __init__(self, count: int, scratch: Path) -> None:
        self.count = count
        self._scratch = scratch
        self._executor = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.count, context, initializer=_begin, initargs=(self._scratch,))

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        """(item, result) as they are done; None as the result of an item that ended its worker twice."""
        waiting = iter(items)
        while True:
            broken: list[Item] = []
            yield from _map(self._executor, task, waiting, AHEAD * self.count, broken)
            if not broken:
                return
            # One of these ended its worker, and all others with it: alone, each shows whether it did.
            self._executor = self._started()
            for item in broken:
                again: list[Item] = []
                yield from _map(self._executor, task, iter([item]), 1, again)
                if again:
                    self._executor = self._started()
                    yield item, None

    def close(self) -> None:
        """Stop at once; what is not done is left undone."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        workers = multiprocessing.active_children()
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join()


class Cluster:
    """The workers of a Dask cluster that is running already."""

    def __init__(self, address: str) -> None:
        """Raises CourseError where Dask is missing, or no scheduler answers."""
        try:
            from distributed import Client
        except ImportError:
            raise CourseError(
                "Dask is not installed: 'uv sync --extra cluster' (or 'pip install distributed') installs it."
            ) from None
        # What it would log, a lost worker for one, is handled here.
        for name in ("distributed", "distributed.client", "tornado.application"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        warnings.filterwarnings("ignore", message="Sending large graph")
        try:
            self._client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"No Dask scheduler answers at {address!r} ({error}): start one with 'dask scheduler', and "
                "name the address that it prints."
            ) from None
        self.count = max(1, sum(self._client.nthreads().values()))

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        """As `Local.map`. Dask itself gives what a lost worker had to another.

        Raises CourseError where the cluster as a whole fails.
        """
        broken: list[Item] = []
        executor = self._client.get_executor(pure=False)
        try:
            yield from _map(executor, task, iter(items), AHEAD * self.count, broken)
        except CourseError:
            raise
        except Exception as error:  # `task` lets none out: it did not get to work there, or cannot be reached
            raise CourseError(
                f"The Dask cluster cannot grade ({_named(error)}): its workers need this environment and "
                "this course_lib, and its scheduler has to stay up. What was graded before is kept."
            ) from None
        for item in broken:
            yield item, None

    def close(self) -> None:
        self._client.close()


def _map(
    executor: Executor, task: Callable[[Item], Any], items: Iterator[Item], most: int, broken: list[Item]
) -> Iterator[tuple[Item, Any]]:
    """Keep at most `most` items under way; those whose worker died go into `broken`."""
    running: dict[Future[Any], Item] = {}
    while True:
        for item in islice(items, most - len(running) if not broken else 0):
            try:
                with _held_back(signal.SIGINT):
                    running[executor.submit(task, item)] = item
            except BrokenProcessPool:
                broken.append(item)
        if not running:
            return
        done, _ = wait(running, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
        for future in done:
            item = running.pop(future)
            try:
                result = future.result()
            except CourseError:
                raise
            except Exception as error:
                if not _lost_worker(error):
                    raise
                broken.append(item)
            else:
                yield item, result


def _lost_worker(error: Exception) -> bool:
    return isinstance(error, BrokenProcessPool) or type(error).__name__ == "KilledWorker"


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


def _begin(scratch: Path) -> None:
    """In a new worker: Ctrl-C is the driver's to handle; without the driver there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)


def _end_with_parent() -> None:
    driver = multiprocessing.parent_process()
    assert driver
    driver.join()
    os._exit(1)
