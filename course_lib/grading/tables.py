"""A table as text: filled in place, so that all but the filled cells stay as they are, byte for byte.

Texts that we write into tables ourselves come from others, and a spreadsheet takes a cell that begins with =
for a formula, whatever separates its cells: see `text`.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from course_lib.errors import CourseError

SEPARATORS = ",;\t|"
# Where a formula would begin: at the front, and behind whatever may separate cells. East Asian forms count.
_FORMULA = re.compile(r"(^|[,;|\t\r\n\v\f\x85\u2028\u2029])(?=[\s\"']*[=+\-@＝＋－＠])")
_GAP = re.compile(r"^(?=[\t\r\n])")


def text(value: str | None) -> str:
    """A text that no spreadsheet takes for a formula, by whatever sign it separates the cells: an apostrophe
    stands where a formula would begin."""
    guarded = _FORMULA.sub(r"\1'", value or "")
    return _GAP.sub("'", guarded)


def number(value: float | None, decimal: str = ".") -> str:
    """Points, to two decimals at most; nothing for None."""
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".").replace(".", decimal)


def as_number(value: str) -> float | None:
    """What a cell says as a number, with a decimal point or comma; None where it is none."""
    plain = value.strip().replace("\N{NO-BREAK SPACE}", "")
    return float(plain.replace(",", ".")) if re.fullmatch(r"-?\d+([.,]\d+)?", plain) else None


@dataclass(frozen=True)
class Cell:
    """A cell's value, and where it stands in the text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """A CSV file. mark: the bytes that stand before its text, and say how it is encoded."""

    text: str
    encoding: str
    mark: bytes
    separator: str

    @cached_property
    def rows(self) -> list[list[Cell]]:
        """All rows, the heading among them, without empty ones."""
        return [row for row in _rows(self.text, self.separator) if any(cell.value.strip() for cell in row)]

    @property
    def heading(self) -> list[str]:
        return [cell.value.strip() for cell in self.rows[0]]

    def value(self, row: int, column: int) -> str:
        """A cell's value; empty where the row ends before."""
        cells = self.rows[row]
        return cells[column].value.strip() if column < len(cells) else ""

    def column(self, column: int) -> list[str]:
        """The values below the heading."""
        return [self.value(row, column) for row in range(1, len(self.rows))]

    def filled(self, changes: Mapping[tuple[int, int], str]) -> bytes:
        """The file with these cells, (row, column) → value, and everything else as it was."""
        edits: list[tuple[int, int, str]] = []
        for (row, column), value in changes.items():
            cells = self.rows[row]
            if column < len(cells):
                cell = cells[column]
                is_quoted = self.text.startswith('"', cell.start)
                edits.append((cell.start, cell.end, self._written(value, is_quoted)))
            else:
                gap = self.separator * (column - len(cells) + 1)
                edits.append((cells[-1].end, cells[-1].end, gap + self._written(value, False)))
        pieces, reached = [], 0
        for start, end, value in sorted(edits):
            pieces += [self.text[reached:start], value]
            reached = end
        return self.mark + "".join([*pieces, self.text[reached:]]).encode(self.encoding)

    def _written(self, value: str, is_quoted: bool) -> str:
        if is_quoted or self.separator in value or '"' in value or "\n" in value:
            return '"' + value.replace('"', '""') + '"'
        return value


def read(path: Path) -> Table:
    """The CSV file. Raises CourseError where it cannot be read, or is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read ({error.strerror}).") from None
    return table(content, str(path))


def table(content: bytes, name: str) -> Table:
    """A CSV file, whatever encodes and separates its cells. Raises CourseError for other files."""
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise CourseError(f"{name} is a spreadsheet's own format: save or download it as CSV.")
    text, encoding, mark = _decoded(content, name)
    if not text.strip() or "\0" in text:
        raise CourseError(f"{name} is no table: name the CSV file that the platform gave you.")
    candidates = [Table(text, encoding, mark, separator) for separator in SEPARATORS]
    best = max(candidates, key=_regularity)
    if not best.rows or len(best.rows[0]) < 2:
        raise CourseError(f"{name} has one column only: name the CSV file that the platform gave you.")
    return best


def _decoded(content: bytes, name: str) -> tuple[str, str, bytes]:
    """Text, encoding, and the bytes before the text. Encoding the text again gives the same bytes."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), encoding, mark
            except UnicodeDecodeError:
                raise CourseError(f"{name} is damaged: download it again.") from None
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding), encoding, b""
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1", b""


def _regularity(one: Table) -> tuple[int, int]:
    """How many rows have as many cells as the heading, which has several; then how many those are."""
    width = len(one.rows[0]) if one.rows else 0
    return (sum(len(row) == width for row in one.rows) if width > 1 else 0, width)


def _rows(text: str, separator: str) -> Iterable[list[Cell]]:
    row: list[Cell] = []
    quoted = re.compile(r'"((?:[^"]|"")*)"?')
    plain = re.compile(rf"[^{re.escape(separator)}\r\n]*")
    place = 0
    while True:
        start, value = place, ""
        if found := quoted.match(text, place):
            value, place = found[1].replace('""', '"'), found.end()
        rest = plain.match(text, place)
        assert rest
        value, place = value + rest[0], rest.end()
        row.append(Cell(value, start, place))
        if text.startswith(separator, place):
            place += 1
            continue
        yield row
        row = []
        if place >= len(text):
            return
        place += 2 if text.startswith("\r\n", place) else 1
        if place >= len(text):
            return


def named(heading: list[str], asked: str) -> int | None:
    """The column that is called so; None where none is, or several are."""
    found = [index for index, name in enumerate(heading) if name.casefold() == asked.strip().casefold()]
    return found[0] if len(found) == 1 else None


def unique(values: Iterable[str]) -> dict[str, int]:
    """Value → place, of those that occur once."""
    listed = list(values)
    counts = Counter(listed)
    return {value: index for index, value in enumerate(listed) if value and counts[value] == 1}
