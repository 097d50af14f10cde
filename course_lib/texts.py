"""Sentences that a reader sees, as data.

The words of a module stand beside it, in a TOML file of its name: explorers/race.py has explorers/race.toml.

    say = texts.beside(__file__)
    say("running", step=3)      # running = "Step {step} was still running."
    say("surface.bowl")         # a table [surface], in it bowl = "a round bowl"

Braces are those of str.format: {loss:.3f} is a number with three digits, {{ is a brace.

A translation is a folder of files that have the names and places of those in course_lib, such as
explorers/race.toml: what they say takes the place of the English, and what they lack stays English. The
environment variable COURSE_LANGUAGE names the folder: one of translations/, or any other.
"""

import json
import os
import re
import tomllib
from collections.abc import Container
from functools import cached_property
from pathlib import Path
from typing import Any

from course_lib.errors import CourseError

LIBRARY = Path(__file__).parent
TRANSLATIONS = LIBRARY / "translations"


def read(path: Path) -> Any:
    """What a TOML or JSON file of course_lib says, in the reader's language."""
    said, translation = _parsed(path), _translation()
    if translation is not None and (other := translation / _place(path)).is_file():
        return _over(said, _parsed(other))
    return said


class Texts:
    """The words of one file, by name. It is read when the first word is asked for."""

    def __init__(self, path: Path):
        self.path = path

    def __call__(self, name: str, /, **values: Any) -> str:
        """The text of this name, its braces filled in. Raises KeyError where there is none."""
        return str(self._found(name).format(**values))

    def all(self, name: str) -> dict[str, str]:
        """A table of texts: key → text, in the file's order."""
        return dict(self._found(name))

    def _found(self, name: str) -> Any:
        found = self._said
        for part in name.split("."):
            try:
                found = found[part]
            except (KeyError, TypeError):
                raise KeyError(f"{self.path.name} has no text {name!r}") from None
        return found

    @cached_property
    def _said(self) -> Any:
        return read(self.path)


def begun(text: str, names: Container[str] = ()) -> str:
    """A sentence with a capital at its head, unless what stands there is a name in code or in a formula, such
    as `fault()`, `dx` or one of these names: who looks for it has to find it. "step 3" is no name."""
    word = re.match(r"([^\W\d_]{3,}) (\d?)", text)
    return text[:1].upper() + text[1:] if word and (word[2] or word[1] not in names) else text


def beside(file: str) -> Texts:
    """The words of a module: of explorers/race.py, those in explorers/race.toml."""
    return Texts(Path(file).with_suffix(".toml"))


def _parsed(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    try:
        return json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{_named(path)} is no TOML: {error}.") from None
    except json.JSONDecodeError as error:
        message = f"{_named(path)} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise CourseError(message) from None


def _place(path: Path) -> Path:
    """Of a file of the library, or of what stands beside it, such as the book."""
    return path.relative_to(LIBRARY if path.is_relative_to(LIBRARY) else LIBRARY.parent)


def _named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _translation() -> Path | None:
    """The folder of the reader's language; None for English."""
    language = os.environ.get("COURSE_LANGUAGE")
    if not language:
        return None
    folder = TRANSLATIONS / language  # which is the folder itself where its whole path is given
    if not folder.is_dir():
        raise CourseError(
            f"COURSE_LANGUAGE is {language!r}, but there is no folder {folder}: unset it for English."
        )
    return folder


def _over(said: Any, translated: Any) -> Any:
    """What is said, with the translation over it: tables key by key, lists item by item."""
    if isinstance(said, dict) and isinstance(translated, dict):
        return {key: _over(value, translated.get(key, value)) for key, value in said.items()}
    if isinstance(said, list) and isinstance(translated, list) and len(said) == len(translated):
        return [_over(*each) for each in zip(said, translated, strict=True)]
    return translated
