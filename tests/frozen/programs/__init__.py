"""The programs by which the checks are held to what they once said: they import nothing of them.

They were written down when a catalogue of classes and functions was what programs were held against; those of
exercises that were added since, in `written`, as text, when their exercise was first recorded. They stay as
they are, however the checks are built.
"""

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from . import initializer_parts, optimizer_parts

OPTIMIZERS = {part.__name__.lower(): part for part in optimizer_parts.ALL}
INITIALIZERS = {recipe.name: recipe for recipe in initializer_parts.ALL}

WRITTEN = Path(__file__).parent / "written"
STYLES = sorted(path.stem for path in Path(__file__).parent.glob("styles_*.py"))


def wrong(exercise: str) -> dict[str, Callable[[], Any]]:
    """Name → maker of a wrong program. A name is what is wrong, with a number from the second way on."""
    if (path := WRITTEN / f"{exercise}.jsonl").is_file():
        return _written(path, right=False)
    if exercise in OPTIMIZERS:
        modules, part = ("optimizers", "momentum"), OPTIMIZERS[exercise]
    elif exercise in INITIALIZERS:
        modules, part = ("initializers",), INITIALIZERS[exercise]
    else:
        modules, part = (exercise,), None
    programs: dict[str, Callable[[], Any]] = {}
    ways: Counter[str] = Counter()
    entered = (import_module(f".{module}", __name__).wrong.programs for module in modules)
    for id, on, program in chain(*entered):
        if part in on:
            ways[id] += 1
            programs[f"{id} {ways[id]}" if ways[id] > 1 else id] = partial(_made, program, part)
    return programs


def styles(exercise: str) -> dict[str, Callable[[], Any]]:
    """The same of programs that are written in styles of their own: right ones, and others."""
    if (path := WRITTEN / f"{exercise}.jsonl").is_file():
        return _written(path, right=True)
    programs: dict[str, Callable[[], Any]] = {}
    for module in STYLES:
        for program in import_module(f".{module}", __name__).STYLES.get(exercise, ()):
            name = getattr(program, "__name__", type(program).__name__)
            programs[f"{module.removeprefix('styles_')}/{name}"] = partial(_itself, program)
    return programs


def every(exercise: str) -> dict[str, Callable[[], Any]]:
    return wrong(exercise) | styles(exercise)


def is_known(exercise: str) -> bool:
    """Whether there are programs for an exercise."""
    return (
        any(exercise in import_module(f".{module}", __name__).STYLES for module in STYLES)
        or (WRITTEN / f"{exercise}.jsonl").is_file()
    )


def write(exercise: str, texts: list[dict[str, Any]]) -> None:
    """Write down the programs of an exercise: their names, whether they are right, and their source, in which
    `handed` is what a check is given."""
    WRITTEN.mkdir(exist_ok=True)
    lines = (json.dumps(text, ensure_ascii=False) for text in texts)
    (WRITTEN / f"{exercise}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _written(path: Path, right: bool) -> dict[str, Callable[[], Any]]:
    texts = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {text["name"]: partial(_run, text["source"]) for text in texts if text["right"] == right}


def _run(source: str) -> Any:
    space: dict[str, Any] = {"__name__": "written"}
    exec(source, space)
    return space["handed"]


def _itself(program: Any) -> Any:
    return program


def _made(program: Any, part: Any) -> Any:
    if isinstance(program, type):
        # A class of its own for each run, because some mistakes keep state on the class.
        return type(program.__name__, (program,) if part is None else (program, part), {})
    return program if part is None else program(part)
