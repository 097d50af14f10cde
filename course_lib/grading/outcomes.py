"""What came of a submission beside its points: what has none and why, why a zero is one, what was repaired.

A result is what `judging.grade` returns, as the journal keeps it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from course_lib.grading.wording import line

Result = dict[str, Any]
NONE, ZERO, REPAIR = "none", "zero", "repair"  # kinds of remarks; the first two are outcomes of cells too
VERSION = "version"  # a kind of remark, too
LEFT_OUT = "left out"  # of what lies among the submissions and is not graded
ALL = "all exercises"
UNWRITTEN = "not-written"  # the diagnosis of what was left as it was released


@dataclass(frozen=True)
class Remark:
    """Something that is said of a submission. kind: NONE, ZERO, REPAIR or VERSION.

    cells: (notebook, grade_id) of which it is said; none for the last two.
    whole: of what these are all cells, ALL or a notebook; "" for other cells.
    """

    kind: str
    text: str
    cells: tuple[tuple[str, str], ...] = ()
    whole: str = ""


def cells(result: Result) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(notebook, grade_id, score) of each graded cell."""
    for notebook, scores in result["scores"].items():
        for name, score in scores.items():
            # Results of earlier versions, which the journal may still hold, told none of them apart.
            score.setdefault("outcome", "by hand" if score["auto"] is None else "score")
            yield notebook, name, score


def named(notebook: str, cell: str, notebooks: Collection[str]) -> str:
    """A cell as it is named in a line, with its notebook where there are several."""
    return f"{notebook}/{cell}" if len(notebooks) > 1 else cell


def without_score(result: Result) -> bool:
    """Whether a cell has no score because something failed, or there was nothing to grade."""
    return any(score["outcome"] == NONE for _, _, score in cells(result))


def at_a_limit(result: Result) -> bool:
    """Whether a cell has a zero with a reason, which other limits could change."""
    return any(score["outcome"] == ZERO and score["diagnosis"] != UNWRITTEN for _, _, score in cells(result))


def remarks(result: Result) -> list[Remark]:
    """What is to be said of a submission, cells of which the same is said together."""
    said: dict[tuple[str, str], list[tuple[str, str]]] = {}
    everything = [(notebook, name) for notebook, name, _ in cells(result)]
    for notebook, name, score in cells(result):
        if score["outcome"] in (NONE, ZERO):
            said.setdefault((score["outcome"], line(score["reason"])), []).append((notebook, name))
    reasons = {text for _, text in said}
    repairs = [text for text in map(line, result["notes"]) if text not in reasons]
    version = result.get("other_version")  # results of earlier versions do not say
    return [
        *(
            Remark(kind, text, tuple(which), _whole(which, everything))
            for (kind, text), which in said.items()
        ),
        *(Remark(REPAIR, text) for text in repairs),
        *([Remark(VERSION, line(version))] if version else []),
    ]


def _whole(which: list[tuple[str, str]], everything: list[tuple[str, str]]) -> str:
    if which == everything:
        return ALL
    notebook = which[0][0]
    return f"all of {notebook}" if which == [cell for cell in everything if cell[0] == notebook] else ""


def overall(result: Result) -> str:
    """The outcome of a whole submission: that of the cell which most needs to be looked at."""
    found = {score["outcome"] for _, _, score in cells(result)}
    return next((one for one in (NONE, "by hand", ZERO) if one in found), "score")


def notes(result: Result) -> str:
    """All remarks in one text."""
    said = []
    for one in remarks(result):
        where = one.whole or ", ".join(named(*cell, result["scores"]) for cell in one.cells)
        said.append(f"{where}: {one.text}" if where and where != ALL else one.text)
    return " | ".join(said)


def with_scores_by_hand(result: Result, missing: Mapping[str, Collection[str]]) -> Result:
    """The result after a person has looked: what has a score by now in the gradebook lacks none.

    missing: notebook → grade_ids of cells that have no score there.
    """
    for notebook, name, score in cells(result):
        if score["auto"] is None and name not in missing.get(notebook, ()):
            score.update(outcome="scored by hand", reason="")
    return result
