"""How the wrong programs of a module are entered: `@wrong("an-id")` above a class or a function."""

from collections.abc import Callable
from typing import Any


class Entered:
    """The programs of a module, in order: (what is wrong with it, the right parts that it goes with, it).

    A program that stands by itself goes with no parts, which is one way to be played.
    """

    def __init__(self) -> None:
        self.programs: list[tuple[str, tuple[Any, ...], Any]] = []

    def __call__(self, id: str, on: tuple[Any, ...] = (None,)) -> Callable[[Any], Any]:
        def enter(program: Any) -> Any:
            self.programs.append((id, on, program))
            return program

        return enter
