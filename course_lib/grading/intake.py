"""From the files that a student handed in to cells that can be run and graded.

Whatever is damaged is repaired from the released notebook: cells that were deleted, doubled, moved, retyped
or lost their metadata; a renamed file; locked cells that were edited. Each repair is told in a note.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from course_lib import texts
from course_lib.grading.assignment import NO_NAMES, Cell, Names, Notebook, names, setup
from course_lib.grading.reading import Found, bare

say = texts.beside(__file__)

SPACES = " \t\n\r"


@dataclass(frozen=True)
class Planned:
    """A cell of the repaired notebook.

    released  the cell that it is in the released notebook; None for one that the student added
    runs      whether it is run
    put_back  whether it was not handed in, and comes from the released notebook
    """

    type: str
    source: str
    released: Cell | None = None
    runs: bool = False
    attachments: dict[str, Any] = field(default_factory=dict)
    put_back: bool = False


def repair(released: Notebook, found: list[Found]) -> tuple[list[Planned], list[str]]:
    """The cells to run and grade, in order, and notes on what was repaired."""
    notes: list[str] = []
    necessary = {number for number, cell in enumerate(released.cells) if cell.graded} | setup(released.cells)
    found = _match(released, found, notes)
    groups = _in_order(_groups(found), necessary, notes)
    groups = _put_back(groups, released, necessary, notes)
    planned = [_planned(cell, released, notes) for group in groups for cell in group]
    return _chosen(planned), list(dict.fromkeys(notes))


def _match(released: Notebook, found: list[Found], notes: list[str]) -> list[Found]:
    """Find out which released cell each cell is: by grade_id, id, the whole source, or what it defines.

    Returns the cells without those copies of a stub that would undo what was written.
    """
    numbers = {cell.grade_id: number for number, cell in enumerate(released.cells) if cell.grade_id}
    copies: dict[int, list[Found]] = {}
    for cell in found:
        if cell.grade_id in numbers:
            copies.setdefault(numbers[cell.grade_id], []).append(cell)
    missing = {n: cell for n, cell in enumerate(released.cells) if n not in copies}
    by_id = {cell.id: n for n, cell in missing.items()}
    by_source = {(cell.type, bare(cell.source)): n for n, cell in missing.items()}
    stubs = {n: names(cell.source) for n, cell in missing.items() if cell.solution and cell.type == "code"}
    for cell in found:
        if cell.grade_id in numbers:
            continue
        number = by_id.get(cell.id, by_source.get((cell.type, bare(cell.source))))
        if number is None and cell.type == "code":
            number = _defines(cell, stubs)
        if number is not None:
            copies.setdefault(number, []).append(cell)
    for number, own in copies.items():
        released_cell = released.cells[number]
        if number in missing and released_cell.graded:
            notes.append(say("mark-lost", cell=released_cell.grade_id))
        _counting(released_cell, own, notes).match = number
    return _without_stubs(released, found, notes)


def _counting(released: Cell, copies: list[Found], notes: list[str]) -> Found:
    """Of the copies of a cell the one that counts: the last of those that were changed."""
    changed = [cell for cell in copies if bare(cell.source) != bare(released.source)]
    if released.locked or not changed:
        changed = copies
    if len(copies) > 1 and released.grade_id:
        key = "several-one-changed" if len(changed) == 1 else "several"
        notes.append(say(key, cell=released.grade_id))
    return changed[-1]


def _without_stubs(released: Notebook, found: list[Found], notes: list[str]) -> list[Found]:
    """The cells without copies of an untouched stub whose cell was filled in: run last, one would count."""
    filled = [
        released.cells[cell.match]
        for cell in found
        if cell.match is not None and bare(cell.source) != bare(released.cells[cell.match].source)
    ]
    stubs = {bare(cell.source): cell.grade_id for cell in filled if cell.solution and bare(cell.source)}
    kept = []
    for cell in found:
        stub = stubs.get(bare(cell.source)) if cell.match is None else None
        if stub is None:
            kept.append(cell)
        elif cell.grade_id != stub:  # a copy with its mark is told of already
            notes.append(say("empty-copy", cell=stub))
    return kept


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
    notes.append(say("moved"))
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
        back = Found(cell.type, cell.source, cell.id, cell.grade_id, match=number, put_back=True)
        groups.insert(position, [back])
        which = cell.grade_id if cell.grade_id else cell.source.strip().partition("\n")[0][:60]
        notes.append(say("missing", cell=which))
    return groups


def _planned(cell: Found, released: Notebook, notes: list[str]) -> Planned:
    if cell.match is None:
        return Planned(cell.type, cell.source, attachments=cell.attachments)
    own = released.cells[cell.match]
    kind, source, attachments = cell.type, cell.source, cell.attachments
    if own.grade_id and kind != own.type:
        notes.append(say("type", cell=own.grade_id, came=kind, asked=own.type))
        kind = own.type
    if own.locked:
        if source != own.source and own.graded:
            notes.append(say("changed", cell=own.grade_id))
        source = own.source
    if source == own.source:  # what else came with it is not shown by it
        attachments = own.attachments
    return Planned(kind, source, own, attachments=attachments, put_back=cell.put_back)


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
    return [replace(cell, runs=number in runs) for number, cell in enumerate(planned)]
