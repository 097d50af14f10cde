"""From what the TOML files say to the mistakes of an exercise.

A mistake of form, such as that a list comes back, can be made in many exercises. _form.toml has each of them
once, with words in braces: {method} is what students write, others have a default there, or come from the
exercise, or from the entry that names the form. A word that is a list makes one way of each of its items.
"""

from functools import partial
from itertools import product
from pathlib import Path
from string import Formatter

from course_lib.errors import CourseError
from course_lib.exercises import entries
from course_lib.exercises.entries import Entry, Words
from course_lib.judging.edits import Program, Wrong
from course_lib.judging.exercise import Misconception
from course_lib.judging.probe import Student

FORMS = Path(__file__).parent / "_form.toml"


def misconceptions(name: str, program: Program, words: Words, files: list[Path]) -> tuple[Misconception, ...]:
    """The mistakes of form, then what else the files have, in their order."""
    said = [entries.mistakes(path) for path in files]
    found: dict[str, Entry] = {id: {"form": id} for form, _ in said for id in form}
    for _, own in said:
        found |= {id: entry for id, entry in own.items() if _is_on(name, entry)}
    used = set().union(*(_needed(name, id, entry) for id, entry in found.items()))
    if idle := sorted(words.keys() - used):
        raise CourseError(f"{name}/exercise.toml: of its words, no text uses {', '.join(idle)}.")
    return tuple(misconception(name, id, entry, program, words) for id, entry in found.items())


def wrong(way: Entry) -> Wrong:
    """One way to make a mistake."""
    edits = way.get("edit", ())
    return Wrong(
        edits=(edits,) if isinstance(edits, str) else tuple(edits),
        around=way.get("around", ""),
        of=way.get("of", ""),
        program=way.get("program", ""),
    )


def misconception(name: str, id: str, entry: Entry, program: Program, words: Words) -> Misconception:
    """A mistake from its entry, with what it takes from its form and all words put in."""
    form, own = _form(name, id, entry), entry.get("words", {})
    every = form.get("words", {}) | _of_the_program(program, entry) | words | own
    said, needed = form | entry, _needed(name, id, entry)
    if strange := sorted(needed - every.keys()):
        raise CourseError(f"The mistake [{id}] of {name} has no word for {', '.join(strange)}.")
    if idle := sorted(own.keys() - needed):
        raise CourseError(f"The mistake [{id}] of {name} has words that no text uses: {', '.join(idle)}.")
    of = {"of": entry["of"]} if "of" in entry else {}
    formed = [wrong(_filled(way, chosen) | of) for chosen in _choices(every) for way in _ways(form)]
    written = [wrong(way) for way in _ways(entry) if _is_on(name, way)]
    wrongs = tuple(dict.fromkeys([*formed, *written]))
    return Misconception(
        id=id,
        explanation=said["says"].format(**every),
        hint=said["hint"].format(**every),
        variants=tuple(partial(made, program, each) for each in wrongs),
        convention=said.get("convention", False),
        wrongs=wrongs,
    )


def _form(name: str, id: str, entry: Entry) -> Entry:
    if "form" not in entry:
        return {}
    forms = entries.forms(FORMS)
    if entry["form"] not in forms:
        known = ", ".join(forms)
        raise CourseError(f"[{id}] of {name}: there is no form {entry['form']!r}; there are: {known}.")
    return forms[entry["form"]]


def _needed(name: str, id: str, entry: Entry) -> set[str]:
    """The words that stand in braces."""
    form = _form(name, id, entry)
    said = form | entry
    texts = [said["says"], said["hint"], *(text for way in _ways(form) for text in _texts(way))]
    return {word for text in texts for _, word, _, _ in Formatter().parse(text) if word}


def _of_the_program(program: Program, entry: Entry) -> dict[str, str]:
    return {"method": entry.get("of") or program.method or program.title, "owner": program.title}


def _is_on(name: str, way: Entry) -> bool:
    return name in way.get("on", name).split()


def _ways(entry: Entry) -> list[Entry]:
    return [way for way in (entry, *entry.get("variant", ())) if way.keys() & {"edit", "around", "program"}]


def _texts(way: Entry) -> list[str]:
    edits = way.get("edit", [])
    return [*([edits] if isinstance(edits, str) else edits), way.get("around", ""), way.get("program", "")]


def _choices(words: Words) -> list[dict[str, str]]:
    each = [value if isinstance(value, list) else [value] for value in words.values()]
    return [dict(zip(words, chosen, strict=True)) for chosen in product(*each)]


def _filled(way: Entry, words: dict[str, str]) -> Entry:
    def filled(said: str | list[str]) -> str | list[str]:
        return said.format(**words) if isinstance(said, str) else [each.format(**words) for each in said]

    return {key: filled(way[key]) for key in way.keys() & entries.WAYS}


def made(program: Program, of: Wrong) -> Student:
    return program.changed(of).answer()
