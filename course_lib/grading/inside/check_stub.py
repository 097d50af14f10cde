"""``check`` as a notebook finds it while it is graded: the verdict falls elsewhere, after the run."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Report:
    """What `check` returns, without a verdict."""

    exercise: str = ""
    title: str = ""
    passed: bool = False
    score: float = 0.0
    diagnosis: str | None = None
    cases: tuple[Any, ...] = ()

    def points(self, most: float) -> float:
        return 0.0


def check(exercise: Any = None, student: Any = None, points: Any = None) -> Any:
    """Take the call of a check in a student's own cell. With points, a float is what a check returns."""
    print("While work is graded, checks are judged after the run.")
    return Report(str(exercise), str(exercise)) if points is None else 0.0
