"""Who does the work: processes on this machine, or those of a Dask cluster."""

import logging
import platform
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from course_lib.errors import CourseError
from course_lib.grading.jobs import begin
from course_lib.grading.pool import LOOK_AGAIN, Budget, Ending, Failed, Pool
from course_lib.grading.sandbox import Sandbox

Item = TypeVar("Item")
AHEAD = 2  # submissions a worker has waiting: enough that it never idles, few enough that memory stays flat
LOST = "the workers that it was given to were lost (out of memory?)"


def local(
    count: int, scratch: Path, budget: Budget, sandboxes: Mapping[tuple[Any, ...], Sandbox] | None = None
) -> Pool:
    """Processes on this machine. What they need only while they run lies in the folder `scratch`.

    sandboxes: those that are warm already, which each process shares.
    """
    return Pool(count, budget, begin, scratch, dict(sandboxes or {}))


class Cluster:
    """The workers of a Dask cluster that is running already."""

    def __init__(self, address: str, budget: Budget) -> None:
        """Raises CourseError where Dask is missing, or no scheduler answers."""
        try:
            from distributed import Client
        except ImportError:
            raise CourseError(
                "Dask is not installed: 'python bootstrap.py --extra cluster' installs it (in an environment "
                "of your own, 'pip install distributed')."
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
        self._budget = budget

    def map(self, task: Callable[[Item], Any], items: Iterable[Item]) -> Iterator[tuple[Item, Ending]]:
        """As `Pool.map`. Dask itself gives what a lost worker had to another.

        Raises CourseError where the cluster as a whole fails.
        """
        executor = self._client.get_executor(pure=False)
        try:
            yield from _map(executor, partial(_bounded, task, self._budget), iter(items), AHEAD * self.count)
        except CourseError:
            raise
        except Exception as error:  # `task` lets none out: it did not get to work there, or cannot be reached
            said = f"{type(error).__name__}: {error}"
            raise CourseError(
                f"The Dask cluster cannot grade ({said}): its workers need this environment and "
                "this course_lib, and its scheduler has to stay up. What was graded before is kept."
            ) from None

    def machines(self) -> set[str]:
        """The kinds of processors that its workers run on, of those that answer."""
        return {one.machine for one in self._client.run(platform.uname, on_error="ignore").values()}

    def close(self) -> None:
        self._client.close()


_own = threading.local()  # Dask's workers may have several threads


def _bounded(task: Callable[[Item], Any], budget: Budget, item: Item) -> Ending:
    """In a worker of the cluster: do it in a process of its own, which has the limits."""
    if not hasattr(_own, "pool"):
        _own.pool = Pool(1, budget, begin, None, {})
    [(_, ending)] = _own.pool.map(task, [item])
    return ending


def _map(
    executor: Executor, task: Callable[[Item], Ending], items: Iterator[Item], most: int
) -> Iterator[tuple[Item, Ending]]:
    """Keep at most `most` items under way."""
    running: dict[Future[Ending], Item] = {}
    while True:
        for item in islice(items, most - len(running)):
            running[executor.submit(task, item)] = item
        if not running:
            return
        done, _ = wait(running, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
        for future in done:
            item = running.pop(future)
            try:
                ending = future.result()
            except Exception as error:
                if type(error).__name__ != "KilledWorker":
                    raise
                ending = Failed(LOST)
            yield item, ending
