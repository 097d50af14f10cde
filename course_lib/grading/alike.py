"""Whose work is alike: a list for a person to read, never a verdict.

What two students share counts by its rarity. Two kinds are looked at, in what has been graded:

code      runs of twelve tokens of what they wrote, with names of their own replaced and comments left out;
          and whole comments. What is in the release, and what more than a few have, says nothing: a short
          right answer has few forms.
evidence  what the checks found wrong, case by case, with its numbers: all of a run get the same cases.
"""

import io
import keyword
import math
import re
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from course_lib import notebooks
from course_lib.errors import CourseError
from course_lib.grading import units
from course_lib.grading.course import Course
from course_lib.grading.wording import line, some
from course_lib.judging.report import MIME

WINDOW = 12  # tokens
FEW = 3  # students: what more of them have is not rare
SHORTEST = 12  # characters of a comment that says something
NUMBER = re.compile(r"\d\.\d")  # a finding without one is the same for all who make the mistake
SHOWN = 20  # pairs
LEAST = 8.0  # of weight: below it, two have in common what any two may have
_LAYOUT = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}

Mark = tuple[str, str, str]  # code, comment or evidence; the cell; what it is


class Given(NamedTuple):
    """What everybody has: the names in a released notebook, and its marks."""

    names: frozenset[str]
    marks: frozenset[Mark]


@dataclass(frozen=True)
class Pair:
    """Two students, the weight of what only they and few others share, and what that is."""

    students: tuple[str, str]
    weight: float
    shared: frozenset[Mark]


def run(course: Course, asked: str) -> int:
    """Print the pairs. Raises CourseError where nothing has been graded."""
    unit = units.find(course, asked)
    released = {
        path.name: _given(notebooks.read(path)) for path in course.folder("release", unit).glob("*.ipynb")
    }
    everybody = sorted(path.name for path in course.folder("submitted", unit, "*").parent.parent.glob("*"))
    graded = {each: _of(course.folder("autograded", unit, each), released) for each in everybody}
    work = {student: marks for student, marks in graded.items() if marks is not None}
    if not work:
        raise CourseError(f"Nothing of {unit} has been graded yet: 'course grade {asked}' does it.")
    found = pairs(work)
    print(f"{unit}: {len(work)} students, {len(found)} pairs that share what few others have.")
    for pair in found[:SHOWN]:
        print("\n" + "\n".join(_told(pair)))
    if found:
        print(
            "\nThis is a list to read by, no finding: friends who talked, a tutor's example and a page of "
            "the web look like a copy. Look at both notebooks in autograded/, and ask."
        )
    return 0


def pairs(work: dict[str, frozenset[Mark]]) -> list[Pair]:
    """Pairs that share more than any two may, the most first. work: student → marks."""
    holders: dict[Mark, list[str]] = defaultdict(list)
    for student in sorted(work):
        for mark in work[student]:
            holders[mark].append(student)
    shared: dict[tuple[str, str], set[Mark]] = defaultdict(set)
    for mark, students in holders.items():
        if 1 < len(students) <= FEW:
            for one, other in combinations(students, 2):
                shared[one, other].add(mark)
    found = [
        Pair(students, sum(math.log(len(work) / len(holders[mark])) for mark in marks), frozenset(marks))
        for students, marks in shared.items()
    ]
    return sorted((pair for pair in found if pair.weight >= LEAST), key=lambda pair: -pair.weight)


def _told(pair: Pair) -> list[str]:
    """A pair in words: how much, where, and a comment and a finding to begin with."""
    kinds = Counter(kind for kind, _, _ in pair.shared)
    cells = Counter(cell for _, cell, _ in pair.shared)
    lines = [
        f"{line(pair.students[0])}, {line(pair.students[1])}: weight {pair.weight:.0f}; "
        f"{kinds['code']} runs of code, {kinds['comment']} comments, {kinds['evidence']} findings, in "
        f"{some([line(cell) for cell, _ in cells.most_common()])}"
    ]
    for kind in ("comment", "evidence"):
        lines += [f"  {cell}: {line(what)}" for one, cell, what in sorted(pair.shared) if one == kind][:2]
    return lines


def _given(released: NotebookNode) -> Given:
    words = (token for cell in released.cells for token in _tokens(cell))
    names = frozenset(word for kind, word in words if kind == tokenize.NAME)
    return Given(names, frozenset(mark for cell in released.cells for mark in _marks(cell, names)))


def _of(folder: Path, released: dict[str, Given]) -> frozenset[Mark] | None:
    """The marks of a student's graded notebooks, without those of the release; None where there are none."""
    found: set[Mark] = set()
    there = [path for path in sorted(folder.glob("*.ipynb")) if path.name in released]
    for path in there:
        names, given = released[path.name]
        found |= {mark for cell in notebooks.read(path).cells for mark in _marks(cell, names)} - given
    return frozenset(found) if there else None


def _marks(cell: NotebookNode, names: frozenset[str]) -> Iterator[Mark]:
    """names: those that the release has; others are a student's own, and may have been renamed."""
    if cell.cell_type != "code":
        return
    where = str(cell.metadata.get("nbgrader", {}).get("grade_id", "a cell of their own"))
    words = []
    for kind, word in _tokens(cell):
        if kind == tokenize.COMMENT:
            if len(word) >= SHORTEST:
                yield "comment", where, word
        elif kind == tokenize.NAME and not keyword.iskeyword(word) and word not in names:
            words.append("name")
        else:
            words.append(word)
    for begin in range(len(words) - WINDOW + 1):
        yield "code", where, " ".join(words[begin : begin + WINDOW])
    for output in cell.outputs:
        report = output.get("data", {}).get(MIME)  # graded by stock nbgrader, anybody may have shown one
        cases = report.get("cases") if isinstance(report, dict) else None
        for case in cases if isinstance(cases, list) else []:
            if isinstance(case, dict) and NUMBER.search(str(case.get("message"))):
                yield "evidence", where, f"{case.get('name')}: {case.get('message')}"


def _tokens(cell: NotebookNode) -> Iterator[tuple[int, str]]:
    """A code cell's tokens; of what is no Python, as far as it can be read."""
    if cell.cell_type != "code":
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline):
            if token.type not in _LAYOUT:
                yield token.type, token.string
    except (tokenize.TokenError, SyntaxError):
        return
