"""What is recorded, as files that can be read and compared line by line; and what may differ from it.

recorded/verdicts/<exercise>.jsonl   what was said of each program: a line for each seed
recorded/words.json                  exercise → id → the words and the hint of a mistake
recorded/hidden.json                 exercise → what the sandbox's library has as stubs
recorded/released.json               unit → cell id → what grading goes by
recorded/claims.json                 unit → a claim as it is taught → the verdict, and what was measured
changed.toml                         what is otherwise now, and why
"""

import json
import tomllib
from itertools import product
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FOLDER = HERE / "recorded"

Key = tuple[Any, ...]
SEEDS = (1, 1_000_003)  # what a student's own check draws with, and another
# Table of changed.toml → the fields that say what has changed; each is a list, and an entry is about each one
# that they make together. It has a reason besides, and in `verdicts` the id that is named now ("" for none).
TABLES = {
    "verdicts": ("exercises", "programs", "seeds"),
    "cases": ("exercises",),
    "words": ("exercises", "ids"),
    "hidden": ("exercises",),
    "released": ("units", "cells"),
    "claims": ("units", "taught"),
}


def verdicts(exercise: str) -> dict[Key, dict[str, Any]]:
    """(exercise, program, seed) → what was said."""
    found = {}
    for line in (FOLDER / "verdicts" / f"{exercise}.jsonl").read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        found[exercise, said.pop("program"), said.pop("seed")] = said
    return found


def write_verdicts(exercise: str, said: dict[Key, dict[str, Any]]) -> None:
    lines = (
        json.dumps({"program": program, "seed": seed, **what}, ensure_ascii=False)
        for (_, program, seed), what in said.items()
    )
    path = FOLDER / "verdicts" / f"{exercise}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def table(name: str) -> dict[str, Any]:
    """One of the other files: words, hidden, released, claims."""
    recorded: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return recorded


def write_table(name: str, content: dict[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def changed(name: str) -> dict[Key, dict[str, Any]]:
    """The entries of a table of changed.toml, by what they are about. Without seeds they are about all."""
    entries = tomllib.loads((HERE / "changed.toml").read_text(encoding="utf-8")).get(name, [])
    return {
        key: entry
        for entry in entries
        for key in product(*(entry.get(field, SEEDS) for field in TABLES[name]))
    }


def faults(name: str, recorded: dict[Key, Any], now: dict[Key, Any]) -> list[str]:
    """What is otherwise than recorded though no entry says so, and which entries say so in vain.

    Only what is in `now` is looked at, and what has been added since is no fault; None stands for gone.
    """
    entries = {key: entry for key, entry in changed(name).items() if key in now}
    others = changed("cases") if name == "verdicts" else {}
    told = []
    for key, what in now.items():
        was, entry = recorded.get(key), entries.get(key)
        same = was == what or (key[:1] in others and _named(was) == _named(what))
        if was is None or (same and entry is None):
            continue
        if entry is None:
            told.append(f"{name} {key}: recorded is {was}, now it is {what}")
        elif same:
            told.append(f"{name} {key}: changed.toml has an entry, and nothing has changed")
        elif name == "verdicts" and entry["id"] != (what["id"] or ""):
            told.append(f"{name} {key}: changed.toml has {entry['id']!r} as named now; it is {what['id']!r}")
    return told


def _named(verdict: dict[str, Any]) -> tuple[bool, str | None]:
    """What holds where the cases are others: points and sentences are theirs."""
    return verdict["passed"], verdict["id"]
