"""The ledger: what is often taught, tested; a line for each box “Tested here” of all lectures and claims.

A box is a quotation, which cells and text may interrupt, of four parts:

    > **Tested here.** *Often taught:* … *Experiment:* …
    a cell that prints "Measured: …", or in the quotation *Measured:* …
    > *Verdict:* **false.** What was found, in a sentence. More of it.

`course tidy` makes the ledger, a notebook. Where a claim is taught, it takes from `data/taught.toml`.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from course_lib import notebooks
from course_lib.course_folder import pages
from course_lib.errors import CourseError

TAUGHT_AT = Path(__file__).parent / "data" / "taught.toml"

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


def page(root: Path, data: Path = TAUGHT_AT) -> NotebookNode:
    """The ledger of a course, by units; each verdict leads to its box.

    Raises CourseError where a box of its notebooks lacks a part, or `data` and the claims do not agree.
    """
    folder = root / "notebooks"
    found = {
        path.relative_to(folder).with_suffix("").as_posix(): claims(path)
        for lecture in pages(folder)
        for path in (lecture, folder / "claims" / lecture.name)
        if path.is_file()
    }
    where = taught_at(data, {name: [claim.cell for claim in those] for name, those in found.items()})
    units = []
    for lecture in pages(folder):
        title = notebooks.read(lecture).cells[0].source.partition("\n")[0]
        lines = [f"#{title}", "| often taught, and where | verdict | measured |", "|---|---|---|"]
        for name, target in ((lecture.stem, f"../{lecture.name}"), (f"claims/{lecture.stem}", lecture.name)):
            lines += [_row(target, claim, where[name, claim.cell]) for claim in found.get(name, [])]
        units.append(new_markdown_cell("\n".join(lines), id=f"unit-{lecture.name[:2]}"))
    opening = (
        "# Often taught, tested\n\n"
        f"{sum(map(len, found.values()))} claims that are often taught about training networks: each as it "
        "is taught and, in small type below it, on which kinds of page we found it (two at most); the "
        "verdict; and what was measured, in a line. A verdict leads to its experiment, which you can run and "
        "change. Where no kind of page stands below a claim, we looked for a page that teaches it and found "
        "none."
    )
    return notebooks.tidy(new_notebook(cells=[new_markdown_cell(opening, id="title"), *units]))


def taught_at(data: Path, found: Mapping[str, Collection[str]]) -> dict[tuple[str, str], str]:
    """Of each claim, by its notebook and cell, the kinds of page that teach it; "" if none was found.

    found: notebook → cells in which its boxes begin. What is said of other notebooks is passed over: a course
    need not have all units.
    Raises CourseError, with a sentence for each claim without an entry, entry without a claim, unknown kind.
    """
    said = tomllib.loads(data.read_text(encoding="utf-8"))
    kinds = said.pop("kinds")
    where = {(name, cell): text for name, entries in said.items() for cell, text in entries.items()}
    complaints = [
        f"{data.name} does not say where the claim of {name}, cell {cell}, is taught: "
        f'enter {cell} = "…" below ["{name}"], or "" if no page was found that teaches it.'
        for name, cells in found.items()
        for cell in cells
        if (name, cell) not in where
    ]
    complaints += [
        f'{data.name} has an entry {cell} below ["{name}"], and no box “Tested here” begins in such a cell: '
        "take it out, or name the cell in which the claim's box begins."
        for name, cell in where
        if name in found and cell not in found[name]
    ]
    complaints += [
        f"{data.name} says that {cell} of {name} is taught in “{kind}”, which is none of its kinds: "
        f"{', '.join(kinds)}."
        for (name, cell), text in where.items()
        for kind in filter(None, text.split(", "))
        if kind not in kinds
    ]
    if complaints:
        raise CourseError("\n".join(complaints))
    return where


def _row(target: str, claim: Claim, where: str) -> str:
    taught = f"{claim.taught}<br><small>{where}</small>" if where else claim.taught
    verdict = f"[**{claim.verdict}**]({target}#cell-id={claim.cell})"
    told = (text.replace("|", r"\|") for text in (taught, verdict, claim.figure))
    return f"| {' | '.join(told)} |"
