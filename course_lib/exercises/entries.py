"""The TOML files of exercises as data. A key that nobody reads is refused: it would be a slip of the pen that
goes unnoticed."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from course_lib import texts
from course_lib.errors import CourseError

Entry = dict[str, Any]
Words = dict[str, str | list[str]]  # what the braces in a text stand for; a list is one way after the other

WAYS = frozenset({"edit", "around", "of", "program"})
VARIANT = WAYS | {"on"}
MISTAKE = VARIANT | {"says", "hint", "convention", "variant"}
OF_FORM = MISTAKE | {"form", "words"}
FORM = MISTAKE - {"on"} | {"words"}
EXPLORER = frozenset({"name", "own", "starts"})


def read(path: Path) -> Entry:
    """What a file says; nothing where there is none."""
    if not path.is_file():
        return {}
    said: Entry = texts.read(path)
    return said


def about(path: Path, known: Collection[str], needed: Collection[str]) -> Entry:
    """exercise.toml: what it has to say and what it can."""
    said = read(path)
    _refuse(path, "", said, known)
    if missing := sorted(set(needed) - said.keys()):
        raise CourseError(f"{_named(path)} lacks {', '.join(missing)}.")
    if "explorer" in said:
        _refuse(path, "explorer", said["explorer"], EXPLORER)
        if missing := sorted({"name", "own"} - said["explorer"].keys()):
            raise CourseError(f"[explorer] in {_named(path)} lacks {', '.join(missing)}.")
    return said


@cache
def mistakes(path: Path) -> tuple[tuple[str, ...], dict[str, Entry]]:
    """mistakes.toml, or a family's: which mistakes of form can be made, and all others."""
    said = read(path)
    form = said.pop("form", [])
    for id, entry in said.items():
        _refuse_mistake(path, id, entry, OF_FORM)
        if not entry.get("form") and (missing := sorted({"says", "hint"} - entry.keys())):
            raise CourseError(f"{_named(path)}: [{id}] lacks {', '.join(missing)}.")
    return tuple(form), said


@cache
def forms(path: Path) -> dict[str, Entry]:
    """_form.toml."""
    said = read(path)
    for id, entry in said.items():
        _refuse_mistake(path, id, entry, FORM)
    return said


def styled(path: Path, styles: Collection[str], ids: Collection[str]) -> dict[str, dict[str, Entry]]:
    """styled.toml: mistakes, by their ids, as edits of styles."""
    said = read(path)
    _refuse(path, "", said, styles)
    for style, entries in said.items():
        _refuse(path, style, entries, ids)
        for id, way in entries.items():
            _refuse(path, f"{style}.{id}", way, WAYS)
    return said


def _refuse_mistake(path: Path, id: str, entry: object, known: Collection[str]) -> None:
    said = _refuse(path, id, entry, known)
    for way in said.get("variant", ()):
        _refuse(path, f"{id}.variant", way, VARIANT)


def _refuse(path: Path, entry: str, said: object, known: Collection[str]) -> Entry:
    if not isinstance(said, dict):
        raise CourseError(f"{_named(path)} has the key {entry!r} outside of any entry.")
    for key in said:
        if key not in known:
            place = f"[{entry}] in {_named(path)}" if entry else _named(path)
            can = ", ".join(sorted(known))
            raise CourseError(f"{place} has the key {key!r}, which nobody reads; it can have: {can}.")
    return said


def _named(path: Path) -> str:
    return path.name if path.name.startswith("_") else f"{path.parent.name}/{path.name}"
