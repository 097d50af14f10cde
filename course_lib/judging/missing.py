"""A stand-in for something of the student's that is not there: it says so to whoever calls it."""

from typing import NoReturn


class NotThere(NotImplementedError):
    """Its message says what is missing, and how to get it there."""


class Missing:
    """What a check is given where there is nothing to be checked: no fault, but it brings no points.

    why: what is missing and how to get it there, in whole sentences.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise NotThere(self._why)
