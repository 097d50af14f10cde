"""Wrong implementations, written down one after the other, become misconceptions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from course_lib.judging.exercise import Misconception


class Catalogue:
    """The mistakes that can be made in one exercise.

    `mistake` enters the function or class below it; `variant` enters another that is told the same.
    """

    def __init__(self) -> None:
        self._entered: dict[str, Misconception] = {}

    def mistake(self, id: str, says: str, hint: str, convention: bool = False) -> Callable[[Any], Any]:
        self._entered[id] = Misconception(id, says, hint, (), convention)
        return self.variant(id)

    def variant(self, id: str) -> Callable[[Any], Any]:
        def enter(wrong: Any) -> Any:
            entered = self._entered[id]
            self._entered[id] = replace(entered, variants=(*entered.variants, _maker(wrong)))
            return wrong

        return enter

    def misconceptions(self) -> tuple[Misconception, ...]:
        return tuple(self._entered.values())


def _maker(wrong: Any) -> Callable[[], Any]:
    if not isinstance(wrong, type):
        return lambda: wrong
    # A class of its own for each run, because some mistakes keep state on the class.
    return lambda: type(wrong.__name__, (wrong,), {})
