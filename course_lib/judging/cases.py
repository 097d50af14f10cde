"""A case: what is asked, which goes to where a student's code runs, and what only the judge knows.

They are two types, so that the one cannot go along with the other: what is sent is an `Asked`, and where it
is sent to, there is no `Known`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypedDict, Unpack

import numpy as np

from course_lib.judging.encoding import decode, encode_array
from course_lib.judging.probe import Asked, Call

Form = dict[str, object]  # of an argument, see `probe`


@dataclass(frozen=True)
class Known:
    """What a case's judge knows of it, and nobody else is told.

    name             as the report calls it
    observe          the word by which the exercise's `observe` tells what to look at
    constructor      whether faults of the constructor are told in this case
    keeps_arguments  whether it is about the arguments being left alone
    beside           the words of the cases of which one has to pass for this one to count, as code that
                     computes nothing could pass it too
    special          whether it is of its own kind: who is right in it may have any mistake elsewhere
    twice            pairs of calls that have to return the same: of an array as an earlier call has left it,
                     and of one like it was
    title            the name as it is shown, in the reader's language; "" is the name itself
    objects          what the objects of the script are called there
    shown            the calls as the report names them, where their number does not do
    about            what the exercise's own judging needs: the causes of curves, a seed, what is refused; a
                     TypedDict of its own
    """

    name: str
    observe: str = ""
    constructor: bool = False
    keeps_arguments: bool = False
    beside: str = ""
    special: bool = False
    twice: tuple[tuple[int, int], ...] = ()
    title: str = ""
    objects: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    about: Any = field(default_factory=dict)


def array(name: str, value: np.ndarray) -> tuple[Form, Form]:
    """An argument: an array of this name, and the same as the calls before have left it."""
    fresh: Form = {"array": name, "holds": encode_array(value)}
    return fresh, {**fresh, "kept": True}


def given(form: Any) -> Any:
    """What an argument of this form holds when it is handed over first."""
    return decode(form.get("holds", form))


class Marks(TypedDict, total=False):
    """What there may be to say of a case: the fields of `Known` that have a default."""

    constructor: bool
    keeps_arguments: bool
    beside: str
    special: bool
    twice: tuple[tuple[int, int], ...]
    shown: tuple[str, ...]
    about: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Case:
    """A question, and what its judge knows of it. Cases with the same content are equal."""

    asked: Asked
    known: Known

    @classmethod
    def of(
        cls,
        name: str,
        calls: list[Call],
        observe: str = "",
        driver: str = "",
        seconds: float | None = None,
        settings: Mapping[str, object] | None = None,
        **marks: Unpack[Marks],
    ) -> "Case":
        """driver, seconds and settings as in `probe.Asked`."""
        return cls(Asked(calls, driver, seconds, settings or {}), Known(name, observe, **marks))

    @property
    def calls(self) -> list[Call]:
        return self.asked.calls

    @property
    def name(self) -> str:
        return self.known.name

    @property
    def title(self) -> str:
        return self.known.title or self.name

    def called(self, made: str) -> str:
        """What an object of the script is called."""
        return self.known.objects.get(made, made)

    @property
    def observe(self) -> str:
        return self.known.observe

    @property
    def about(self) -> Any:
        return self.known.about

    @cached_property
    def _content(self) -> str:
        return json.dumps([self.asked.data(), vars(self.known)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Case) and self._content == other._content

    def __hash__(self) -> int:
        return hash(self._content)
