"""A student's own code in an explorer: run as a check runs it, and told about where it fails.

It runs in the notebook's own process: a copy of that costs 4 ms of computing for each picture, a kernel's
sockets and threads are not made to be copied, and Windows has no fork.
"""

import builtins
import inspect
import linecache
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import numpy as np

from course_lib import texts
from course_lib.judging.clock import SLOWER
from course_lib.judging.encoding import name_of, shortened
from course_lib.judging.frames import COURSE, LIBRARIES
from course_lib.judging.guard import guarded

say = texts.beside(__file__)

try:
    import resource
except ImportError:  # Windows, and Python in a browser
    resource = None  # type: ignore[assignment]

SECONDS = 1.0  # of computing, for one picture
MEMORY = 2**30  # bytes, beyond what the process has
MOST_TOLD = 200  # characters of what an error says

# What was stopped as endless, by its id, and what was said. A student's object need not be hashable; an id is
# nobody else's while what has it is held.
_endless: dict[int, tuple[object, str]] = {}

# They would end the kernel, or wait for an answer where nobody is asked.
REFUSED = ((os, "_exit"), (os, "abort"), (builtins, "input"))


def run(work: Callable[[], None], made: Any) -> str:
    """Do the work for at most SECONDS; a sentence on why it came to no end, or "" where it did.

    What it has written down until then stays. made: the student's, which is at work. Once it was stopped as
    endless it is not run again: each move of a slider would take SECONDS anew. A cell that is run again makes
    another one.
    """
    if id(made) in _endless:
        return _endless[id(made)][1]
    whose = named(made)

    def steps() -> Iterator[float]:
        yield SECONDS
        work()

    try:
        with _refused(), _memory():
            account = guarded(steps, SECONDS)
    except BaseException as error:  # SystemExit and KeyboardInterrupt, too, end this code alone
        return _stopped(whose, error)
    if account.in_time:
        return ""
    said = say("endless", own=whose, seconds=SECONDS * SLOWER)
    _endless[id(made)] = made, said
    return said


@contextmanager
def _refused() -> Iterator[None]:
    def refuse(name: str, *_: object, **__: object) -> NoReturn:
        raise Unfit(say("refused", name=name))

    before = [getattr(owner, name) for owner, name in REFUSED]
    for owner, name in REFUSED:
        setattr(owner, name, partial(refuse, name))
    try:
        yield
    finally:
        for (owner, name), own in zip(REFUSED, before, strict=True):
            setattr(owner, name, own)


@contextmanager
def _memory() -> Iterator[None]:
    """No more than MEMORY beyond what the process has, where the system can say and keep that (Linux)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            limit = int(file.read().split()[0]) * resource.getpagesize() + MEMORY
        before = resource.getrlimit(resource.RLIMIT_AS)
        lowest = min([limit, *(each for each in before if each != resource.RLIM_INFINITY)])
        resource.setrlimit(resource.RLIMIT_AS, (lowest, before[1]))
    except (OSError, AttributeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def _told(error: BaseException) -> str:
    try:
        text = shortened(str(error), MOST_TOLD)
    except Exception:  # its words are a student's code, too
        text = say("no-text")
    return text if isinstance(error, Unfit) else f"{name_of(type(error))}: {text}"


class Unfit(ValueError):
    """What a student's code returned is not what its place asks for; the message says so."""


def like(value: object, asked: np.ndarray, what: str) -> np.ndarray:
    """What was returned, as an array of the shape asked for. Raises Unfit."""
    got = np.asarray(value) if value is not None else None
    if got is None or got.dtype.kind not in "fiub":
        raise Unfit(say("no-array", what=what, kind=type(value).__name__, shape=asked.shape))
    if got.shape != asked.shape:
        raise Unfit(say("other-shape", what=what, shape=got.shape, asked=asked.shape))
    return got.astype(float)


def _stopped(whose: str, error: BaseException) -> str:
    """That an error ended a student's code, and where in the own lines it arose."""
    told = _told(error).rstrip(".")
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((COURSE, *LIBRARIES)):
            text = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return say("stops-at" if text else "stops-in", own=whose, line=frame.lineno, text=text, told=told)
    return say("stops", own=whose, told=told)


def of_the_course(made: Any) -> bool:
    """Whether this is the course's own."""
    return str(getattr(made, "__module__", "")).startswith("course_lib.")


def walk(
    make: "Maker", downhill: Callable[[np.ndarray], tuple[Any, np.ndarray]], start: Any, steps: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Walk down with an optimiser of one's own, as `course_lib.training.descend` does.

    Returns the path (steps + 1, …) and the losses, as far as they go, and why they go no further, or "".
    """
    theta = np.array(start, dtype=float)
    loss, gradient = downhill(theta)
    path, losses = [theta.copy()], [loss]

    def work() -> None:
        nonlocal theta, gradient
        optimizer = make()
        for _ in range(steps):
            moved = like(optimizer.step(theta.copy(), gradient.copy()), theta, say("step"))
            theta = moved
            loss, gradient = downhill(theta)
            if not np.any(np.isfinite(loss)):
                break
            path.append(theta.copy())
            losses.append(loss)

    said = run(work, make.made)
    return np.array(path), np.array(losses), said


class Maker:
    """A student's class and how it is called: by the arguments' names where it has them, else in order."""

    def __init__(self, made: Callable[..., Any], **arguments: object) -> None:
        self.made, self.arguments = made, arguments

    def __call__(self) -> Any:
        parameters = inspect.signature(self.made).parameters
        if self.arguments.keys() <= parameters.keys():
            return self.made(**self.arguments)
        return self.made(*self.arguments.values())


def named(made: Any) -> str:
    return shortened(getattr(made, "__name__", say("code")), 80)


def parts_at(right: np.ndarray, theirs: np.ndarray) -> int | None:
    """The first step at which two paths part; None where they agree as far as both go."""
    length = min(len(right), len(theirs))
    away = ~np.isclose(right[:length], theirs[:length], rtol=1e-6, atol=1e-9, equal_nan=True)
    apart = away.reshape(length, -1).any(axis=1)
    return int(apart.argmax()) if apart.any() else None
