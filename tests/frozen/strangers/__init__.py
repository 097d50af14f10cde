"""Wrong programs by readers of the assignments, who knew no more of an exercise than its text, and what each
of them is told. The other programs come from those who wrote the exercises and their mistakes; these do not,
so that what is told here is also of mistakes that nobody foresaw.

programs/<exercise>.toml   a right program as one of them wrote it, and what is handed in of it; below [wrong]
                           each mistake in words, with what is changed in the right program, or what takes its
                           place
told/<exercise>.jsonl      of each what it is told, by the seed of a student's own check: where a mistake is
                           named, the first sentence of its words, which `recorded/words.json` has whole
"""

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from course_lib.exercises.folders import about, source
from course_lib.judging.edits import ARROW, Program, Wrong

from .. import asking, recorded

HERE = Path(__file__).parent
SEED = recorded.SEEDS[0]
RIGHT = "nothing is wrong"


def written(exercise: str) -> dict[str, Any]:
    path = HERE / "programs" / f"{exercise}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"wrong": {}}


def told(exercise: str) -> dict[str, dict[str, Any]]:
    """What is recorded: a mistake in words → what is said of the program that has it."""
    lines = (HERE / "told" / f"{exercise}.jsonl").read_text(encoding="utf-8").splitlines()
    return {said.pop("mistake"): said for said in map(json.loads, lines)}


def ask(exercise: str, mistakes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is said now of programs with these mistakes."""
    text = written(exercise)
    given = source(exercise, "broken.py") if about(exercise).repairs else "import numpy as np\n"
    right = Program(text["right"], title=text["handed"])
    hows = {RIGHT: [], **text["wrong"]}
    asking.begin()
    return {
        mistake: _said(exercise, _behind(given, right.changed(_wrong(hows[mistake]))).answer())
        for mistake in mistakes
    }


def write(exercise: str) -> None:
    said = ask(exercise, written(exercise)["wrong"])
    lines = (json.dumps({"mistake": mistake, **what}, ensure_ascii=False) for mistake, what in said.items())
    path = HERE / "told" / f"{exercise}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _behind(given: str, program: Program) -> Program:
    return replace(program, source=f"{given}\n\n{program.source}")


def _wrong(how: str | list[str]) -> Wrong:
    if isinstance(how, str):
        return Wrong(edits=(how,)) if ARROW in how else Wrong(program=how)
    return Wrong(edits=tuple(how))


def _said(exercise: str, program: Any) -> dict[str, Any]:
    """Of a mistake that is named its first sentence; else all that is said."""
    said = asking.said(exercise, program, SEED)
    said.pop("case", None)
    if "says" not in said and said["id"]:
        said["says"] = re.split(r"(?<=\.) (?!\d)", asking.words(exercise)[said["id"]]["says"])[0]
    return said
