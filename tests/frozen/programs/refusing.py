"""Refusing with another error than the one asked for: the same mistake in each function that refuses."""

from collections.abc import Callable, Iterator
from typing import Any

OTHERS = (
    IndexError, KeyError, TypeError, NameError, UnboundLocalError, RuntimeError, AssertionError,
    NotImplementedError, Exception,
)  # fmt: skip


def with_other_errors(right: Callable[[Any], Any]) -> Iterator[Callable[[Any], Any]]:
    """`right`, with each of the other errors in place of its ValueError."""
    for kind in OTHERS:
        yield _raising(right, kind)


def _raising(right: Callable[[Any], Any], kind: type[Exception]) -> Callable[[Any], Any]:
    def refuses(argument: Any) -> Any:
        try:
            return right(argument)
        except ValueError:
            raise kind(argument) from None

    return refuses
