"""The ledger: what is often taught, tested; a line for each box “Tested here” of all lectures and claims.

A box is a quotation, which cells and text may interrupt, of four parts:

    > **Tested here.** *Often taught:* … *Experiment:* …
    a cell that prints "Measured: …", or in the quotation *Measured:* …
    > *Verdict:* **false.** What was found, in a sentence. More of it.

`course tidy` makes the ledger, a notebook.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from course_lib import notebooks
from course_lib.course_folder import pages
from course_lib.errors import CourseError

OPENING = "**Tested here.**"
CLOSING = "*Verdict:*"
TAUGHT = re.compile(
    r"\*Often (?:taught|printed)[^*]*:\*\s*(\S.*?)\s*(?=\*(?:Experiment|Measured|Verdict)\b|$)"
)
EXPERIMENT = re.compile(r"\*Experiment(?:[^*]*:\*|\*,)\s*[^*\s]")
MEASURED = re.compile(r"\*Measured:\*\s*[^*\s]")
PRINTED = re.compile(r"""["']Measured\b""")
VERDICT = re.compile(r"\*Verdict:\*\s*\*\*(.+?)[.:]?\*\*\s*(.+)")
SENTENCE_ENDS = re.compile(r"(?<=[.?!])(?<!et al\.)\s+")
ASIDE = re.compile(r"^\(.*?[.?!]\)\s+")  # a sentence in parentheses, in front of what was found


@dataclass(frozen=True)
class Claim:
    """What the ledger says of a box.

    taught    the claim as it is taught
    verdict   its words in bold
    figure    what was found, the first sentence after the verdict
    cell      the id of the cell in which the box begins
    """

    taught: str
    verdict: str
    figure: str
    cell: str


@dataclass
class _Box:
    """What has been read of a box: its quotation as one line, and whether a cell prints what it measures."""

    cell: str
    quoted: str
    printed: bool = False

    @property
    def lacks(self) -> list[str]:
        parts = {
            "“*Often taught:*”": TAUGHT.search(self.quoted),
            "“*Experiment:*”": EXPERIMENT.search(self.quoted),
            "“*Measured:*” and no cell that prints it": self.printed or MEASURED.search(self.quoted),
            "“*Verdict:*” with bold words and a sentence after them": VERDICT.search(self.quoted),
        }
        return [part for part, found in parts.items() if not found]


def claims(path: Path) -> list[Claim]:
    """The boxes of a notebook, in order. Raises CourseError, with a sentence for each that lacks a part."""
    boxes = list(_boxes(notebooks.read(path).cells))
    complaints = [
        f"{path.name}: the box “Tested here” of cell {box.cell} has no {' and no '.join(box.lacks)}."
        for box in boxes
        if box.lacks
    ]
    if complaints:
        raise CourseError("\n".join(complaints))
    return [_claim(box) for box in boxes]


def _boxes(cells: Iterable[NotebookNode]) -> Iterator[_Box]:
    """A box ends with the quotation that has its verdict, or where the next one begins."""
    box: _Box | None = None
    for cell in cells:
        if cell.cell_type != "markdown":
            if box:
                box.printed |= bool(PRINTED.search(cell.source))
            continue
        for line in [*cell.source.splitlines(), ""]:
            words = line.lstrip("> ")
            if line.startswith(">") and words.startswith(OPENING):
                if box:
                    yield box
                box = _Box(cell.id, words)
            elif box and line.startswith(">"):
                box.quoted += f" {words}"
            elif box and CLOSING in box.quoted:
                yield box
                box = None
    if box:
        yield box


def _claim(box: _Box) -> Claim:
    (taught,) = TAUGHT.findall(box.quoted)
    ((verdict, rest),) = VERDICT.findall(box.quoted)
    return Claim(taught, verdict, SENTENCE_ENDS.split(ASIDE.sub("", rest))[0], box.cell)


def page(root: Path) -> NotebookNode:
    """The ledger of a course, by units; each verdict leads to its box.

    Raises CourseError where a box of its notebooks lacks a part.
    """
    folder = root / "notebooks"
    units, count = [], 0
    for lecture in pages(folder):
        beside = folder / "claims" / lecture.name
        found = [(f"../{lecture.name}", claim) for claim in claims(lecture)]
        found += [(beside.name, claim) for claim in (claims(beside) if beside.is_file() else [])]
        title = notebooks.read(lecture).cells[0].source.partition("\n")[0]
        lines = [f"#{title}", "| often taught | verdict | measured |", "|---|---|---|"]
        lines += [_row(target, claim) for target, claim in found]
        units.append(new_markdown_cell("\n".join(lines), id=f"unit-{lecture.name[:2]}"))
        count += len(found)
    opening = (
        "# Often taught, tested\n\n"
        f"{count} claims that are often taught about training networks: each as it is taught, the verdict, "
        "and what was measured, in a line. A verdict leads to its experiment, which you can run and change."
    )
    return notebooks.tidy(new_notebook(cells=[new_markdown_cell(opening, id="title"), *units]))


def _row(target: str, claim: Claim) -> str:
    verdict = f"[**{claim.verdict}**]({target}#cell-id={claim.cell})"
    told = (text.replace("|", r"\|") for text in (claim.taught, verdict, claim.figure))
    return f"| {' | '.join(told)} |"
