"""From the files that a student handed in to cells that can be run and graded.

Whatever is damaged is repaired from the released notebook: cells that were deleted, doubled, moved, retyped
or lost their metadata; a renamed file; locked cells that were edited. Each repair is told in a note.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from nbformat.v4 import upgrade

from course_lib.grading.assignment import NO_NAMES, Cell, Names, Notebook, names, setup

MOST_CELLS = 2_000
MOST_SOURCE = 2**20  # characters, of all cells together
SPACES = " \t\n\r"


class Unreadable(Exception):
    """A file that is no notebook; the message says why, in a sentence about "the file".

    beyond_limit: whether it is one, but exceeds a limit that the README names.
    """

    def __init__(self, why: str, *, beyond_limit: bool = False) -> None:
        super().__init__(why)
        self.beyond_limit = beyond_limit


@dataclass(frozen=True)
class Planned:
    """A cell of the repaired notebook.

    released  the cell that it is in the released notebook; None for one that the student added
    run       whether grading runs it
    """

    type: str
    source: str
    released: Cell | None = None
    run: bool = False
    attachments: dict[str, Any] = field(default_factory=dict)


@dataclass
class Found:
    """A cell as it was handed in."""

    type: str
    source: str
    id: str = ""
    grade_id: str = ""
    attachments: dict[str, Any] = field(default_factory=dict)
    match: int | None = None  # its number in the released notebook


def choose(
    files: dict[str, bytes], released: Notebook, taken: set[str]
) -> tuple[str, list[Found], list[str]]:
    """The file that is this notebook, its cells, and notes.

    taken: the names of the assignment's other notebooks. Raises Unreadable where no file is this notebook.
    """
    name = f"{released.name}.ipynb"
    why: Unreadable | None = None
    if name in files:
        try:
            return name, cells_of(files[name]), []
        except Unreadable as error:
            why = error
    best: tuple[int, str, list[Found]] | None = None
    for path, content in files.items():
        if not path.lower().endswith(".ipynb") or path == name or PurePosixPath(path).name in taken:
            continue
        try:
            cells = cells_of(content)
        except Unreadable as error:
            why = why or Unreadable(f"{PurePosixPath(path).name}: {error}", beyond_limit=error.beyond_limit)
            continue
        known = {cell.grade_id for cell in released.cells if cell.grade_id}
        score = len(known & {cell.grade_id for cell in cells})
        if score and (best is None or score > best[0]):
            best = score, path, cells
    if best is None:
        raise why or Unreadable(f"There is no notebook {name} in the submission.")
    reason = "which cannot be read" if name in files else "which is not there"
    return best[1], best[2], [f"{best[1]} was graded in place of {name}, {reason}."]


def cells_of(content: bytes) -> list[Found]:
    """The cells of a notebook file. Raises Unreadable for what is none."""
    notebook = _parsed(content)
    if type(notebook.get("cells")) is not list and type(notebook.get("worksheets")) is list:
        try:
            notebook = json.loads(json.dumps(upgrade(_node(notebook), from_version=3)))
        except Exception:  # nbformat raises whatever a damaged structure leads to
            raise Unreadable("The file is a notebook of an old format, and a damaged one.") from None
    cells = notebook.get("cells")
    if type(cells) is not list:
        raise Unreadable("The file is no notebook: it has no cells.")
    if len(cells) > MOST_CELLS:
        raise Unreadable(
            f"The file has {len(cells):,} cells; at most {MOST_CELLS:,} are read.", beyond_limit=True
        )
    found = [_found(cell) for cell in cells if type(cell) is dict]
    if sum(len(cell.source) for cell in found) > MOST_SOURCE:
        raise Unreadable(f"The cells hold more than {MOST_SOURCE:,} characters.", beyond_limit=True)
    return found


def _parsed(content: bytes) -> dict[str, Any]:
    text = None
    for encoding in ("utf-8-sig", "utf-16") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise Unreadable("The file is no notebook: it holds no text.")
    if not text.strip(SPACES + "\0"):
        raise Unreadable("The file is empty.")
    try:
        notebook = json.loads(text)
    except RecursionError:
        raise Unreadable("The file is no notebook: it is nested too deeply.") from None
    except ValueError as error:
        if "<<<<<<<" in text and ">>>>>>>" in text:
            raise Unreadable(
                "The file has the marks of a merge conflict (<<<<<<<) in it, so it is no notebook."
            ) from None
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"The file is damaged: it is not valid JSON{where}.") from None
    if type(notebook) is not dict:
        raise Unreadable("The file is no notebook: it has no cells.")
    return notebook


def _node(value: dict[str, Any]) -> Any:
    from nbformat import from_dict

    return from_dict(value)


def _found(cell: dict[str, Any]) -> Found:
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    own = metadata.get("nbgrader") if type(metadata) is dict else None
    grade_id = own.get("grade_id") if type(own) is dict else None
    attachments = cell.get("attachments")
    identity = cell.get("id")
    return Found(
        type=kind if kind in ("code", "markdown", "raw") else "raw",
        source=_text(cell.get("source")),
        id=identity if type(identity) is str else "",
        grade_id=grade_id if type(grade_id) is str else "",
        attachments=attachments if type(attachments) is dict else {},
    )


def _text(source: Any) -> str:
    lines = source if type(source) is list else [source]
    text = "".join(line for line in lines if type(line) is str)
    # A lone surrogate cannot be written as UTF-8; Python refuses a null in its source.
    return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def repair(released: Notebook, found: list[Found]) -> tuple[list[Planned], list[str]]:
    """The cells to run and grade, in order, and notes on what was repaired."""
    notes: list[str] = []
    necessary = {number for number, cell in enumerate(released.cells) if cell.graded} | setup(released.cells)
    _match(released, found, notes)
    groups = _in_order(_groups(found), necessary, notes)
    groups = _put_back(groups, released, necessary, notes)
    planned = [_planned(cell, released, notes) for group in groups for cell in group]
    return _chosen(planned), notes


def _match(released: Notebook, found: list[Found], notes: list[str]) -> None:
    """Find out which released cell each cell is: by grade_id, id, the whole source, or what it defines."""
    numbers = {cell.grade_id: number for number, cell in enumerate(released.cells) if cell.grade_id}
    holders: dict[int, Found] = {}
    for cell in found:
        number = numbers.get(cell.grade_id)
        if number is not None:
            if number in holders:
                notes.append(f"The cell {cell.grade_id} was there more than once: the last one counts.")
                holders[number].match = None
            cell.match, holders[number] = number, cell
    free = [cell for cell in found if cell.match is None and cell.grade_id not in numbers]
    missing = {n: cell for n, cell in enumerate(released.cells) if n not in holders}
    by_id = {cell.id: n for n, cell in missing.items()}
    by_source = {(cell.type, cell.source.strip()): n for n, cell in missing.items()}
    stubs = {n: names(cell.source) for n, cell in missing.items() if cell.solution and cell.type == "code"}
    for cell in free:
        number = by_id.get(cell.id, by_source.get((cell.type, cell.source.strip())))
        if number is None and cell.type == "code":
            number = _defines(cell, stubs)
        if number is not None and number not in holders:
            cell.match, holders[number] = number, cell
            if released.cells[number].graded:
                notes.append(
                    f"The cell {released.cells[number].grade_id} had lost its mark, and was recognised."
                )


def _defines(cell: Found, stubs: dict[int, Names | None]) -> int | None:
    """The number of the stub whose names this cell defines."""
    own = names(cell.source)
    for number, stub in stubs.items():
        if own and stub and stub[0] and stub[0] <= own[0]:
            return number
    return None


Group = list[Found]


def _groups(found: list[Found]) -> list[Group]:
    """The cells in groups that move together: a released cell and the student's own that follow it."""
    groups: list[Group] = [[]]
    for cell in found:
        if cell.match is not None:
            groups.append([])
        groups[-1].append(cell)
    return groups


def _in_order(groups: list[Group], necessary: set[int], notes: list[str]) -> list[Group]:
    """The groups in the released order, where graded cells were moved; else as they are."""
    order = [group[0].match for group in groups[1:] if group[0].match in necessary]
    if all(a < b for a, b in pairwise(order) if a is not None and b is not None):
        return groups
    notes.append("Cells had been moved: they were put back into the released order.")
    return groups[:1] + sorted(groups[1:], key=lambda group: group[0].match or 0)


def _put_back(groups: list[Group], released: Notebook, necessary: set[int], notes: list[str]) -> list[Group]:
    """The groups with the cells without which nothing can be graded, each behind the one it followed.

    A solution that is not there stays away: its stub would undo what was written elsewhere.
    """
    present = {group[0].match for group in groups[1:]}
    for number in sorted(necessary - present):
        cell = released.cells[number]
        position = max(
            (p + 1 for p, group in enumerate(groups) if p and (group[0].match or 0) < number), default=1
        )
        groups.insert(position, [Found(cell.type, cell.source, cell.id, cell.grade_id, match=number)])
        which = cell.grade_id if cell.grade_id else cell.source.strip().partition("\n")[0][:60]
        notes.append(f"The cell {which} was missing and was put back.")
    return groups


def _planned(cell: Found, released: Notebook, notes: list[str]) -> Planned:
    if cell.match is None:
        return Planned(cell.type, cell.source, attachments=cell.attachments)
    own = released.cells[cell.match]
    kind, source, attachments = cell.type, cell.source, cell.attachments
    if own.grade_id and kind != own.type:
        notes.append(f"The cell {own.grade_id} was of type {kind}: it is {own.type} again.")
        kind = own.type
    if own.locked:
        if source != own.source and own.graded:
            notes.append(f"The cell {own.grade_id} had been changed: it is as released again.")
        source, attachments = own.source, own.attachments
    return Planned(kind, source, own, attachments=attachments)


def _chosen(planned: list[Planned]) -> list[Planned]:
    """The same cells, marked which of them run: all code but the optional, of which only those run that
    bind a name which another one that runs uses."""
    parsed = [names(cell.source) if cell.type == "code" else NO_NAMES for cell in planned]
    known = [one or NO_NAMES for one in parsed]
    optional = {n for n, cell in enumerate(planned) if cell.released and cell.released.optional and parsed[n]}
    runs = {
        n for n, cell in enumerate(planned) if cell.type == "code" and cell.source.strip(SPACES)
    } - optional
    while True:
        # An optional cell that uses what it binds itself, as most do, needs no other for it.
        wanted = frozenset().union(
            *(known[n][1] - known[n][0] if n in optional else known[n][1] for n in runs)
        )
        more = {n for n in optional - runs if known[n][0] & wanted}
        if not more:
            break
        runs |= more
    return [
        Planned(cell.type, cell.source, cell.released, number in runs, cell.attachments)
        for number, cell in enumerate(planned)
    ]
