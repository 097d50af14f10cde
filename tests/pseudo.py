"""A language in which each text of the library is the English one between ⟦ and ⟧: what is shown outside of
these stands in code."""

import builtins
import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from course_lib import initializers, layers, losses, optimizers, palette, schedules, strokes, texts

SPEAKS = re.compile(r"^say = texts\.beside\(__file__\)", re.MULTILINE)
NAMING = (optimizers, layers, losses, initializers, schedules, strokes, builtins)
WORD = re.compile(r"\w[\w.\u0300-\u036f]*\w\(?")


def translate(folder: Path, library: Path = texts.LIBRARY) -> Path:
    """Make the translation in a folder, for COURSE_LANGUAGE, and return the folder."""
    for path, said in translated(library):
        if said:
            file = folder / path.relative_to(library)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(WRITTEN[path.suffix](said), "utf-8")
    return folder


def translated(library: Path = texts.LIBRARY) -> Iterator[tuple[Path, Any]]:
    """Each file that a translation can have, and what it says in the new language."""
    exercises = library / "exercises"
    for path in sorted(library.rglob("*.py")):
        if SPEAKS.search(path.read_text("utf-8")):
            yield path.with_suffix(".toml"), everything(parsed(path.with_suffix(".toml")))
    families = sorted(exercises.glob("_*_mistakes.toml"))
    mistakes = [exercises / "_form.toml", *families, *sorted(exercises.glob("*/mistakes.toml"))]
    code = set[str]().union(*map(in_code, parsed(exercises / "_form.toml").values()))
    for path in mistakes:
        entries = {id: entry for id, entry in parsed(path).items() if isinstance(entry, dict)}
        yield path, {id: of_entry(entry, ("says", "hint"), code) for id, entry in entries.items()}
    for path in sorted(exercises.glob("*/exercise.toml")):
        yield path, of_entry(parsed(path), ("contract",), code)
    for path in sorted((library / "data" / "quizzes").glob("*.json")):
        yield path, [of_question(question) for question in parsed(path)]
    notation = library / "data" / "notation.toml"
    yield notation, everything(parsed(notation))


def parsed(path: Path) -> Any:
    """What a file says in English."""
    return texts._parsed(path)


def everything(said: Any) -> Any:
    """Each text in a file, between the brackets; what is empty stays so."""
    if isinstance(said, dict):
        return {key: everything(value) for key, value in said.items()}
    if isinstance(said, list):
        return [everything(value) for value in said]
    return f"⟦{said}⟧" if isinstance(said, str) and said else said


def of_entry(entry: dict[str, Any], keys: Collection[str], code: Collection[str]) -> dict[str, Any]:
    """A mistake's or an exercise's texts, and of its words those that stand in no program."""
    told = {key: everything(value) for key, value in entry.items() if key in keys}
    words = {key: everything(value) for key, value in entry.get("words", {}).items() if key not in code}
    return told | ({"words": words} if words else {})


def in_code(form: dict[str, Any]) -> set[str]:
    """The words in braces of which a mistake of form makes programs: they stay as they are."""
    ways = [way.get(key, "") for way in (form, *form.get("variant", ())) for key in ("around", "program")]
    edits = [each for way in (form, *form.get("variant", ())) for each in as_list(way.get("edit", []))]
    return {name for each in (*ways, *edits) for _, name, _, _ in Formatter().parse(each) if name}


def as_list(said: str | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else said


def of_question(question: dict[str, Any]) -> dict[str, Any]:
    options = [
        {key: everything(each[key]) for key in ("text", "explanation")} for each in question["options"]
    ]
    return {"question": everything(question["question"]), "options": options}


def toml(said: Any) -> str:
    """A table as TOML, each of its values in a line."""
    return "".join(f"{json.dumps(key, ensure_ascii=False)} = {value(each)}\n" for key, each in said.items())


def value(said: Any) -> str:
    if isinstance(said, dict):
        inner = ", ".join(
            f"{json.dumps(key, ensure_ascii=False)} = {value(each)}" for key, each in said.items()
        )
        return f"{{{inner}}}"
    return (
        f"[{', '.join(map(value, said))}]" if isinstance(said, list) else json.dumps(said, ensure_ascii=False)
    )


WRITTEN: dict[str, Callable[[Any], str]] = {
    ".toml": toml,
    ".json": lambda said: json.dumps(said, ensure_ascii=False),
}


def outside(text: str, own: Collection[str] = ()) -> list[str]:
    """The words of a language that stand in a shown text outside of all brackets.

    own: what comes from a student's code, such as its name or what its error says. Numbers, formulas (λ_max,
    ηλ, log(x)), code (self.m, float64), single letters and the names of the course's classes are no words.
    """
    for each in sorted(own, key=len, reverse=True):
        text = text.replace(each, " ")
    depth, bare = 0, []
    for letter in text:
        depth += letter == "⟦"
        bare.append(" " if depth else letter)
        depth = max(depth - (letter == "⟧"), 0)
    found = (each.group() for each in WORD.finditer("".join(bare)))
    return [each for each in found if is_word(each)]


def is_word(written: str) -> bool:
    letters = [each for each in written if unicodedata.category(each).startswith("L")]
    latin = sum("LATIN" in unicodedata.name(each, "") for each in letters)
    code = any(each.isnumeric() or each in "._(" for each in written)
    return latin > 1 and not code and written not in NAMES


NAMES = {
    name
    for module in NAMING
    for name, found in vars(module).items()
    if isinstance(found, type) or found in (None, True, False)
}
NAMES |= palette.METHODS.keys()
NAMES |= {"dx", "forward", "Forward"}  # what students' methods and results are called
