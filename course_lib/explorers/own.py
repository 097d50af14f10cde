"""A student's own code in an explorer: run as a check runs it, and told about where it fails."""

import inspect
import linecache
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from course_lib.judging.frames import COURSE, LIBRARIES
from course_lib.judging.guard import guarded

SECONDS = 1.0  # of computing, for one picture


def run(work: Callable[[], None], whose: str) -> str:
    """Do the work for at most SECONDS; a sentence on why it came to no end, or "" where it did.

    What it has written down until then stays.
    """

    def steps() -> Iterator[float]:
        yield SECONDS
        work()

    try:
        account = guarded(steps, SECONDS)
    except Exception as error:
        said = str(error) if isinstance(error, Unfit) else f"{type(error).__name__}: {error}"
        return f"Your {whose} stops{_place(error)}: {said.rstrip('.')}."
    return "" if account.in_time else f"Your {whose} does not come to an end within {SECONDS:g} s."


class Unfit(ValueError):
    """What a student's code returned is not what its place asks for; the message says so."""


def like(value: object, asked: np.ndarray, what: str) -> np.ndarray:
    """What was returned, as an array of the shape asked for. Raises Unfit."""
    got = np.asarray(value) if value is not None else None
    if got is None or got.dtype.kind not in "fiub":
        raise Unfit(f"{what} is {type(value).__name__}, where an array of shape {asked.shape} is asked")
    if got.shape != asked.shape:
        raise Unfit(f"{what} has shape {got.shape}, where {asked.shape} is asked")
    return got.astype(float)


def _place(error: BaseException) -> str:
    """Where in the student's own lines an error arose."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((COURSE, *LIBRARIES)):
            text = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return f" in line {frame.lineno}" + (f" (“{text}”)" if text else "")
    return ""


def of_the_course(made: Any) -> bool:
    """Whether this is the course's own."""
    return str(getattr(made, "__module__", "")).startswith("course_lib.")


def walk(
    make: Callable[[], Any], downhill: Callable[[np.ndarray], tuple[Any, np.ndarray]], start: Any, steps: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Walk down with an optimiser of one's own, as `course_lib.training.descend` does.

    Returns the path (steps + 1, …) and the losses, as far as they go, and why they go no further, or "".
    """
    theta = np.array(start, dtype=float)
    loss, gradient = downhill(theta)
    path, losses = [theta.copy()], [loss]
    whose = getattr(make, "whose", "optimiser")

    def work() -> None:
        nonlocal theta, gradient
        optimizer = make()
        for _ in range(steps):
            moved = like(optimizer.step(theta.copy(), gradient.copy()), theta, "What step returns")
            theta = moved
            loss, gradient = downhill(theta)
            if not np.any(np.isfinite(loss)):
                break
            path.append(theta.copy())
            losses.append(loss)

    said = run(work, whose)
    return np.array(path), np.array(losses), said


class Maker:
    """A student's class and how it is called: by the arguments' names where it has them, else in order."""

    def __init__(self, made: Callable[..., Any], **arguments: object) -> None:
        self.made, self.arguments, self.whose = made, arguments, named(made)

    def __call__(self) -> Any:
        parameters = inspect.signature(self.made).parameters
        if self.arguments.keys() <= parameters.keys():
            return self.made(**self.arguments)
        return self.made(*self.arguments.values())


def named(made: Any) -> str:
    return str(getattr(made, "__name__", "code"))


def parts_at(right: np.ndarray, theirs: np.ndarray) -> int | None:
    """The first step at which two paths part; None where they agree as far as both go."""
    length = min(len(right), len(theirs))
    away = ~np.isclose(right[:length], theirs[:length], rtol=1e-6, atol=1e-9, equal_nan=True)
    apart = away.reshape(length, -1).any(axis=1)
    return int(apart.argmax()) if apart.any() else None
