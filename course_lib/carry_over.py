"""Carry a student's own code from the earlier assignments over to the last one."""

import ast
import re
import symtable
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import initializers, layers, optimizers, texts
from course_lib.errors import CourseError
from course_lib.judging.missing import Missing

say = texts.beside(__file__)

# What is carried over, and the assignment it was written in.
FOUND_IN = {
    "Adam": "02_adaptive_optimizers",
    "Dropout": "03_dropout",
    "BatchNorm": "04_batch_normalization",
    "he_normal": "05_weight_initialization",
}
# What stands in a cell to say where a student's code goes.
MARKERS = re.compile(r"^\s*# ?(Your code (starts|ends) here\.|## (BEGIN|END) SOLUTION)\n?", re.MULTILINE)
STAND_INS = {
    "Adam": optimizers.Adam,
    "Dropout": layers.Dropout,
    "BatchNorm": layers.BatchNorm,
    "he_normal": initializers.he_normal,
}


def fetch() -> None:
    """Put the source of the student's own parts, as found in the other assignments, into the cell, and run
    it.

    JupyterLab replaces the cell's content; elsewhere the source is printed, to be copied.
    """
    from IPython import get_ipython

    parts = {name: source(Path.cwd().parent, name) for name in FOUND_IN}
    text = "\n\n\n".join(
        part or say("none-found", name=name, unit=FOUND_IN[name]) for name, part in parts.items()
    )
    shell = get_ipython()
    if shell is None:
        print(text)
        return
    shell.set_next_input(text, replace=True)
    shell.run_cell(text, silent=True)  # an error in it is shown as ever
    for name, part in parts.items():
        print(say("found" if part else "not-found", name=name, unit=FOUND_IN[name]))
    print(say("copy"), end="\n\n")
    print(text)


def source(folder: Path, name: str) -> str | None:
    """The source of this class or function, and of what it uses of its notebook; None where there is none.

    folder: where the units' folders lie.
    """
    from course_lib import notebooks  # loading nbformat takes a second, and most cells here do without

    unit = FOUND_IN[name]
    try:
        notebook = notebooks.read(folder / unit / f"{unit}.ipynb")
    except CourseError:  # not there, or damaged: then it cannot be carried over
        return None
    known: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            known.update(_definitions(cell.source))
    if name not in known:
        return None
    needed = _needed(name, known, set())
    texts = list(dict.fromkeys(known[each] for each in needed))  # one statement may define several names
    return None if any("raise NotImplementedError" in text for text in texts) else "\n\n\n".join(texts)


def _definitions(cell: str) -> Iterator[tuple[str, str]]:
    """What a cell defines at its top level, with its source. NumPy is left out: it is imported everywhere."""
    try:
        tree = ast.parse(cell)
    except SyntaxError:  # a magic command, or code that is not finished
        return
    for statement in tree.body:
        names: list[str] = []
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names = [statement.name]
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
            names = [node.id for node in targets if isinstance(node.ctx, ast.Store)]
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name.partition(".")[0] for alias in statement.names]
        decorators = getattr(statement, "decorator_list", [])
        first = min(node.lineno for node in [*decorators, statement])
        text = "".join(cell.splitlines(keepends=True)[first - 1 : statement.end_lineno])
        for name in names:
            if name != "np":
                yield name, MARKERS.sub("", text).rstrip()


def _needed(name: str, known: dict[str, str], begun: set[str]) -> Iterator[str]:
    """What `name` uses, then itself. begun: what need not come again, as where functions call each other."""
    begun.add(name)
    used = set(_used(symtable.symtable(known[name], "", "exec")))
    for other in known:
        if other in used and other not in begun:
            yield from _needed(other, known, begun)
    yield name


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """The names that a piece of source has from outside."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() if table.get_type() == "module" else symbol.is_global():
            yield symbol.get_name()
    for inner in table.get_children():
        yield from _used(inner)


class Parts:
    """What a network is built from: the student's own parts, and the course's where there is none.

        parts = Parts(globals())
        parts.Adam(lr), parts.Dropout(rate, rng), parts.BatchNorm(features), parts.he_normal

    ``yours`` has the names of the student's own. ``own(name)`` is one of them as it stands, for a check;
    where there is none, something that says so.
    """

    Adam: Callable[..., Any]
    Dropout: Callable[..., Any]
    BatchNorm: Callable[..., Any]
    he_normal: Callable[..., Any]

    def __init__(self, namespace: dict[str, Any]) -> None:
        defined = {name: namespace.get(name) for name in FOUND_IN}
        self._own = {name: part for name, part in defined.items() if part and not _is_imported(part)}
        self.yours = frozenset(self._own)
        for name, stand_in in STAND_INS.items():
            setattr(self, name, _as_layer(name, self._own[name]) if name in self._own else stand_in)
        for name in FOUND_IN:
            print(say("yours" if name in self._own else "stand-in", name=name))

    def own(self, name: str) -> Any:
        return self._own.get(name) or Missing(say("missing", name=name, unit=FOUND_IN[name]))


def _is_imported(part: Any) -> bool:
    return str(getattr(part, "__module__", "")).startswith("course_lib")


def _as_layer(name: str, part: Any) -> Any:
    """The part with what `Network` asks of a layer beside forward and backward, where it has not got it."""
    added: dict[str, Any] = {}
    if not isinstance(part, type):  # no class: what it is instead, its check tells
        return part
    if name == "Dropout" and not hasattr(part, "parameters"):
        added = {"parameters": ()}
    if name == "BatchNorm" and not hasattr(part, "parameters"):
        added["parameters"] = ("gamma", "beta")
    if name == "BatchNorm" and not hasattr(part, "initial"):
        added["initial"] = lambda layer, rng=None: (np.ones_like(layer.gamma), np.zeros_like(layer.beta))
    return type(part.__name__, (part,), added) if added else part
