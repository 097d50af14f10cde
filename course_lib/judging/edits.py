"""A mistake as an edit of the right program: "old → new".

`old` has to be found in the program exactly once, or as often as is said: "2 × old → new", and where an edit
is made for many programs, "every × old → new". Blanks and line ends count as one blank, and … stands for
whatever there is in a line; a … in `new` is what it stood for. Lines after the first in `new` are indented
like the one that they follow.
"""

import difflib
import re
import textwrap
from dataclasses import dataclass, replace
from functools import cache
from types import CodeType
from typing import Any

ARROW = "→"
ANYTHING = "…"
EVERY = 0  # times


class NoSuchPlace(ValueError):
    """An edit does not fit the program, or two edits do not go together; the message says which."""


@dataclass(frozen=True)
class Wrong:
    """One way to make a mistake.

    edits    what is changed in the right program, all at once
    around   the body of a function in the place of the right one, which it may call: `right(*given)`
    of       the method that `around` stands for, where it is not the exercise's own
    program  what comes after the right program, and puts another in its place
    """

    edits: tuple[str, ...] = ()
    around: str = ""
    of: str = ""
    program: str = ""


@dataclass(frozen=True)
class Program:
    """A right program.

    source  Python
    title   the class or function in it that is the answer
    method  the method that students write, or "" for a function
    handed  what is handed in, where that is more than the class or function: "(fault, Mended, proof)"
    """

    source: str
    title: str
    method: str = ""
    handed: str = ""

    def answer(self) -> Any:
        """What is handed in, made anew: what it keeps on itself, no other one sees."""
        return _answer(self.source, self.handed or self.title)

    def written(self) -> object:
        """The class or function, made anew."""
        return _answer(self.source, self.title)

    def changed(self, *wrongs: Wrong) -> "Program":
        """The program with these mistakes in it. Raises NoSuchPlace where they do not fit."""
        operations = [
            each for wrong in wrongs for edit in wrong.edits for each in _operations(self.source, edit)
        ]
        text = _applied(self.source, operations)
        for wrong in wrongs:
            if wrong.around:
                text += "\n\n" + _around(text, self.title, wrong.of or self.method, wrong.around)
            text += wrong.program and "\n\n" + wrong.program
        return replace(self, source=text)


def _answer(source: str, handed: str) -> object:
    space: dict[str, object] = {"__name__": handed}
    exec(_compiled(source), space)
    return eval(handed, space)


@cache
def _compiled(source: str) -> CodeType:
    return compile(source, "<program>", "exec")


# Edits

Operation = tuple[int, int, str]  # from, to, and what comes there


@cache
def _operations(source: str, edit: str) -> tuple[Operation, ...]:
    """The smallest changes that the edit makes: words that stay are left alone, so that another edit may
    change them."""
    times, old, new = _read(edit)
    places = list(re.finditer(_pattern(old), source))
    if not places or times not in (EVERY, len(places)):
        asked = f"not {times}" if times != EVERY else "where it is to be at least once"
        raise NoSuchPlace(f"{old!r} is found {len(places)} times in the program, {asked} (“{edit}”).")
    return tuple(each for place in places for each in _smallest(source, place, new))


def _read(edit: str) -> tuple[int, str, str]:
    old, arrow, new = edit.partition(ARROW)
    if not arrow:
        raise NoSuchPlace(f"An edit has the form “old {ARROW} new”; this has no arrow: {edit!r}.")
    count, old = re.fullmatch(r"\s*(?:(\d+|every) × )?(.*?)\s*", old, re.DOTALL).groups()  # type: ignore[union-attr]
    new = textwrap.dedent(new.strip("\n") if "\n" in new.lstrip(" ")[:1] else new.strip(" "))
    return EVERY if count == "every" else int(count or 1), old, new.rstrip()


def _pattern(old: str) -> str:
    """A whole word begins and ends where `old` does."""
    words = [re.escape(word).replace(re.escape(ANYTHING), "(.+?)") for word in old.split()]
    before = r"(?<!\w)" if re.match(r"\w", old) else ""
    after = r"(?!\w)" if re.search(r"\w$", old) else ""
    return before + r"\s+".join(words) + after


def _smallest(source: str, place: re.Match[str], new: str) -> list[Operation]:
    start = source.rfind("\n", 0, place.start()) + 1
    indent = re.match(r" *", source[start:]).group()  # type: ignore[union-attr]  # matches the empty string too
    parts = iter(place.groups())
    new = re.sub(ANYTHING, lambda _: next(parts), new).replace("\n", "\n" + indent)
    before, after = _words(place.group()), _words(new)
    matched = difflib.SequenceMatcher(None, before, after, autojunk=False)
    at = [place.start()]
    for word in before:
        at.append(at[-1] + len(word))
    return [
        (at[i], at[j], "".join(after[k:m])) for kind, i, j, k, m in matched.get_opcodes() if kind != "equal"
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _applied(source: str, operations: list[Operation]) -> str:
    text, done, before = [], 0, (-1, -1)
    for start, end, new in sorted(set(operations), key=lambda each: each[:2]):
        # Of two insertions in one place, neither knows which comes first.
        if start < done or (start, end) == before:
            raise NoSuchPlace("Two edits change the same place.")
        text += [source[done:start], new]
        done, before = end, (start, end)
    return "".join([*text, source[done:]])


# What is put around


def _around(source: str, title: str, method: str, body: str) -> str:
    """Source of a class or function of the same name. It may call the one before as `right(*given)`."""
    name, arguments = _head(source, method or title)
    given = ", ".join(re.findall(r"(\w+)(?:=[^,]*)?", arguments.removeprefix("self, ")))
    body = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 4)
    if not method:
        head = f"_right_{name} = {name}\n\n\ndef {name}({arguments}):\n"
        return f"{head}    right, given = _right_{name}, ({given},)\n{body}\n"
    inside = f"def {name}({arguments}):\n    right, given = super().{name}, ({given},)\n{body}\n"
    return f"class {title}({title}):\n{textwrap.indent(inside, ' ' * 4)}"


def _head(source: str, name: str) -> tuple[str, str]:
    """The name and the arguments of the last function of this name."""
    heads = re.findall(rf"def {name}\((.*?)\):\n", source, re.DOTALL)
    if not heads:
        raise NoSuchPlace(f"There is no function {name} in the program.")
    return name, str(heads[-1])
