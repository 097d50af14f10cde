"""Who grades: processes on this machine, or those of a Dask cluster. Neither touches the gradebook."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
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
from course_lib.grading.judging import Hidden, Limits
from course_lib.grading.sandbox import Sandbox
from course_lib.grading.submission import Submission

Item = TypeVar("Item")
LOOK_AGAIN = 0.2  # seconds between looks at what is done, so that Ctrl-C is heard
AHEAD = 2  # submissions a worker has waiting: enough that it never idles, few enough that memory stays flat
CRASHED = "The process that graded this submission was ended twice (out of memory?). Please report it."


@dataclass(frozen=True)
class Setup:
    """What a worker needs beside the submission."""

    assignment: Assignment
    limits: Limits
    sandbox: str


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
    except CourseError:
        raise
    except Exception as error:  # one submission must not stop the others
        what = f"{type(error).__name__}: {error}"
        return failed(
            job, f"The grader itself failed ({what}). That is a fault of the course: please report it."
        )


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


def pages(job: PageJob) -> dict[str, str]:
    """The feedback pages of a submission, by notebook; in a worker."""
    maker = _pages(job.root, job.unit)
    return {
        name: maker.html(job.student, name, text, job.scores[name]) for name, text in job.notebooks.items()
    }


@lru_cache(maxsize=2)
def _pages(root: Path, unit: str) -> Pages:
    return Pages(course(root), unit)


_own = threading.local()  # a sandbox serves one submission at a time; Dask's workers may have several threads


def _sandbox(setup: Setup, hidden: Hidden) -> Sandbox:
    """This worker's sandbox of that kind, which stays warm from one submission to the next."""
    if not hasattr(_own, "sandboxes"):
        _own.sandboxes = {}
    key = (setup.sandbox, hidden)
    if key not in _own.sandboxes:
        _own.sandboxes[key] = Sandbox(setup.sandbox, hidden)
    sandbox: Sandbox = _own.sandboxes[key]
    return sandbox


class Local:
    """Processes on this machine."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._executor = self._started()

    def _started(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.count, context, initializer=_begin, initargs=(os.getpid(),))

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        """(item, result) as they are done; None as the result of an item that ended its worker twice."""
        waiting = iter(items)
        while True:
            broken: list[Item] = []
            yield from _map(self._executor, task, waiting, AHEAD * self.count, broken)
            if not broken:
                return
            # One of these ended its worker, and all others with it: alone, each shows whether it did.
            for item in broken:
                self._executor = self._started()
                again: list[Item] = []
                yield from _map(self._executor, task, iter([item]), 1, again)
                if again:
                    yield item, None
            self._executor = self._started()

    def close(self) -> None:
        """Stop at once; what is not done is left undone."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()


class Cluster:
    """The workers of a Dask cluster that is running already."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise CourseError(
                "Dask is not installed: 'uv sync --extra cluster' (or 'pip install distributed') installs it."
            ) from None
        try:
            self._client = Client(address, timeout=10)
        except (OSError, ValueError) as error:
            raise CourseError(
                f"No Dask scheduler answers at {address!r} ({error}): start one with 'dask scheduler', and "
                "name the address that it prints."
            ) from None
        self.count = max(1, sum(self._client.nthreads().values()))

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Any]]:
        """As `Local.map`. Dask itself gives what a lost worker had to another."""
        broken: list[Item] = []
        executor = self._client.get_executor(pure=False)
        yield from _map(executor, task, iter(items), AHEAD * self.count, broken)
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


def _begin(parent: int) -> None:
    """In a new worker: Ctrl-C is the driver's to handle; without the driver there is nothing to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
