"""An assignment as it was released: what a submission is repaired from, and what is graded in it."""

import ast
import hashlib
import json
import re
import symtable
import textwrap
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from course_lib.errors import CourseError
from course_lib.exercises.folders import exercise_names
from course_lib.notebooks import UNGRADED

RULES = "2"  # of grading: where they change, what was graded before is graded again


@dataclass(frozen=True)
class Check:
    """A graded cell that is a check: the exercise, what of the student's is checked, and the points."""

    exercise: str
    student: str
    points: float


@dataclass(frozen=True)
class Cell:
    """A released cell.

    source    as the gradebook has it for graded and locked cells, hidden tests included
    nbgrader  nbgrader's metadata, {} for a cell of which it knows nothing
    optional  whether grading may leave it out
    check     set for a graded cell that is nothing but a check
    """

    id: str
    type: str
    source: str
    nbgrader: dict[str, Any] = field(default_factory=dict)
    optional: bool = False
    check: Check | None = None
    attachments: dict[str, Any] = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        return str(self.nbgrader.get("grade_id", ""))

    @property
    def graded(self) -> bool:
        """Whether points are given for it, by a machine or by hand."""
        return bool(self.nbgrader.get("grade") or self.nbgrader.get("task"))

    @property
    def solution(self) -> bool:
        return bool(self.nbgrader.get("solution"))

    @property
    def locked(self) -> bool:
        """Whether what a student writes into it is overwritten, as nbgrader decides it."""
        return not self.solution and bool(self.nbgrader.get("grade") or self.nbgrader.get("locked"))

    @property
    def points(self) -> float:
        return float(self.nbgrader.get("points", 0))


@dataclass(frozen=True)
class Notebook:
    """A released notebook: its name without .ipynb, its cells, and its metadata."""

    name: str
    cells: tuple[Cell, ...]
    metadata: dict[str, Any]

    @property
    def graded(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.graded]


@dataclass(frozen=True)
class Assignment:
    """A unit's notebooks, and the files that come with them, by path."""

    unit: str
    notebooks: tuple[Notebook, ...]
    files: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Changes when anything does that a grade could depend on."""
        content = json.dumps([asdict(notebook) for notebook in self.notebooks], sort_keys=True)
        parts = [
            RULES.encode(),
            content.encode(),
            *(name.encode() + data for name, data in sorted(self.files.items())),
        ]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


_DRAWN = re.compile(r"(?:cell-)?[0-9a-f]{8,}")  # a grade_id that nbgrader drew: it tells a reader nothing
_MARKS = re.compile(r"^[#>*\-\s]+|[*`$]")
MOST_TITLE = 50  # characters


def titles(assignment: Assignment) -> dict[tuple[str, str], str]:
    """What a reader knows graded cells by: (notebook, grade_id) → title, each another one.

    That is the grade_id; where nbgrader drew it, the heading or first line above the cell. Where there are
    several notebooks, theirs stands in front.
    """
    found: dict[tuple[str, str], str] = {}
    times: Counter[str] = Counter()
    for one in assignment.notebooks:
        above = ""
        for cell in one.cells:
            if cell.graded:
                own = cell.grade_id.removesuffix("-check")
                title = above if above and _DRAWN.fullmatch(own) else own
                title = f"{one.name}: {title}" if len(assignment.notebooks) > 1 else title
                times[title] += 1
                found[one.name, cell.grade_id] = f"{title} ({times[title]})" if times[title] > 1 else title
            elif cell.type == "markdown":
                above = _title(cell.source) or above
    return found


def _title(source: str) -> str:
    """The first heading of a Markdown cell, else its first line."""
    lines = [line for line in source.splitlines() if line.strip()]
    first = next((line for line in lines if line.startswith("#")), lines[0] if lines else "")
    return textwrap.shorten(_MARKS.sub("", first), MOST_TITLE, placeholder=" …")


def notebook(name: str, released: NotebookNode, known: dict[str, dict[str, Any]]) -> Notebook:
    """The released notebook with what the gradebook knows of its cells.

    known: grade_id → {"source", "cell_type", "points", …}, for the cells of this notebook in the gradebook;
    "points" for graded cells only.
    """
    cells = []
    for number, cell in enumerate(released.cells):
        own = dict(cell.metadata.get("nbgrader", {}))
        ours = known.get(own.get("grade_id", ""))
        source = cell.source
        if ours is None:
            own = {}
        elif not own.get("solution"):
            source = ours["source"]
        if own.get("grade") or own.get("task"):
            own["points"] = float(ours["points"]) if ours else 0.0
        if ours is not None and ours.get("checksum"):
            own["checksum"] = ours["checksum"]
        is_check = own.get("grade") and not own.get("solution") and cell.cell_type == "code"
        cells.append(
            Cell(
                id=cell.get("id", f"released-{number}"),
                type=cell.cell_type,
                source=source,
                nbgrader=own,
                optional=UNGRADED in cell.metadata.get("tags", []),
                check=_check(source, own["grade_id"]) if is_check else None,
                attachments=dict(cell.get("attachments", {})),
            )
        )
    return Notebook(name, tuple(cells), dict(released.metadata))


def _check(source: str, grade_id: str) -> Check | None:
    """The check that a graded cell is; None where it calls none.

    Raises CourseError where it does more than that: a verdict from outside could not stand for the cell.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_check(node)]
    if not calls:
        return None
    only = tree.body[0] if len(tree.body) == 1 else None
    call = calls[0]
    points = {keyword.arg: keyword.value for keyword in call.keywords}.get("points")
    if (
        isinstance(only, ast.Expr)
        and only.value is call
        and len(call.args) == 2
        and isinstance(points, ast.Constant)
        and isinstance(points.value, int | float)
    ):
        return Check(ast.literal_eval(call.args[0]), ast.unparse(call.args[1]), float(points.value))
    raise CourseError(
        f"The graded cell {grade_id!r} does more than one check, or does it without points: give each check "
        'a cell of its own, as in check("adam", Adam, points=8), and release the assignment again.'
    )


def _is_check(node: ast.Call) -> bool:
    return (
        isinstance(node.func, ast.Name)
        and node.func.id == "check"
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and node.args[0].value in exercise_names()
    )


# Which names a cell binds and which it looks for

# IPython reads a cell anew for each of its own commands: a cell full of them would take hours.
MOST_LOOKED_THROUGH = 50_000  # characters
MOST_READ_ANEW = 100_000  # characters, of all readings of a cell


class _Transformer(TransformerManager):
    """IPython's, which gives up where a cell has so many commands that it would take long."""

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        for _ in range(1 + MOST_READ_ANEW // (1 + sum(map(len, lines)))):
            changed, lines = self.do_one_token_transform(lines)
            if not changed:
                return lines
        raise RuntimeError("full of commands")


Names = tuple[frozenset[str], frozenset[str]]
NO_NAMES: Names = (frozenset(), frozenset())


@lru_cache(maxsize=1024)  # most cells of a class are the released ones
def names(source: str) -> Names | None:
    """The global names that a cell binds, and those that it uses; None where it is no Python.

    What a function or class body uses of the globals counts as used by the cell.
    """
    if len(source) > MOST_LOOKED_THROUGH:
        return None
    try:
        table = symtable.symtable(_Transformer().transform_cell(source), "cell", "exec")
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return None
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    used: set[str] = set()
    tables = [table]
    while tables:
        scope = tables.pop()
        tables += scope.get_children()
        top = scope is table
        used |= {s.get_name() for s in scope.get_symbols() if s.is_referenced() and (top or s.is_global())}
        bound |= {s.get_name() for s in scope.get_symbols() if not top and s.is_declared_global()}
    return frozenset(bound), frozenset(used)


def setup(cells: tuple[Cell, ...]) -> set[int]:
    """The ungraded code cells that bind a name which a graded cell uses: without them none can be graded."""
    wanted: set[str] = set()
    for cell in cells:
        if cell.graded and cell.type == "code":
            wanted |= (names(cell.source) or NO_NAMES)[1]
    return {
        number
        for number, cell in enumerate(cells)
        if cell.type == "code" and not cell.graded and not cell.solution and not cell.optional
        if (names(cell.source) or NO_NAMES)[0] & wanted
    }
