"""A notebook file's cells, read from its bytes without building the rest.

Most of a file are saved outputs and metadata, which say nothing to a grader: they are passed over as bytes,
so that neither their size nor their shape costs memory. What is kept is plain: texts that can be written as
UTF-8, and pictures by name and type.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from course_lib import texts

say = texts.beside(__file__)

MOST_CELLS = 2_000
MOST_COUNTED = 50_000  # cells, to say how many there are
MOST_SOURCE = 2**20  # characters, of all cells together
MOST_WRITTEN = 16 * MOST_SOURCE  # bytes that may stand for them: escapes take six, lines have quotes
MOST_PICTURES = 20 * 2**20  # bytes, of all pictures in cells; further ones are left out
MOST_NAME = 200  # characters of an id or a picture's name
MOST_STEPS = 12_000_000  # brackets passed over in a file: some seconds
MOST_TOGETHER = 15_000_000  # and in all files of a submission, which has half a minute for everything
FEW_STEPS = 20_000  # that a file has in any case: without saved outputs a notebook takes fewer
STEP_INSIDE = 10  # a step into an object or a list takes as long as this many of them
DEEPEST = 1_000  # lists in lists, as Python's own reader of JSON takes them
PICTURES = {"image/png", "image/jpeg", "image/gif"}
CHUNK = 2**20

_SPACE = re.compile(rb"[ \t\n\r]*+")
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_TO_NEXT_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+([\[\]{}])", re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:"\[\]{}]++')
_FLAT_LIST = re.compile(rb'\[(?:[^"\[\]{}]++|' + _STRING + rb")*+\]", re.DOTALL)
_NOTHING = re.compile(rb"[\s\0]*+\Z")
# As a check's report has it as data; in a text the quotes would be escaped.
_VERSION = re.compile(rb'"course_version"\s*+:\s*+"(\d[\w.+]{0,20})"')


def _no(number: str) -> None:
    """Numbers say nothing in a text, and the longest take long."""


_DECODER = json.JSONDecoder(strict=False, parse_int=_no, parse_float=_no, parse_constant=_no)


class Unreadable(Exception):
    """What is no notebook that can be graded; the message says why, in a sentence about "the file".

    beyond_limit: whether it is one, but exceeds a limit that docs/nbgrader.md names.
    """

    def __init__(self, why: str, *, beyond_limit: bool = False) -> None:
        super().__init__(why)
        self.beyond_limit = beyond_limit


class _Damaged(Exception):
    """No JSON, from this byte on."""


@dataclass
class Found:
    """A cell as it was handed in.

    attachments   {name: {type: base64}}, pictures only
    checked_with  the course's version that a check's report names, among the outputs; "" where none does
    match         its number in the released notebook
    put_back      whether it was not handed in, and comes from there
    """

    type: str
    source: str
    id: str = ""
    grade_id: str = ""
    attachments: dict[str, dict[str, str]] = field(default_factory=dict)
    checked_with: str = ""
    match: int | None = None
    put_back: bool = False


@dataclass(frozen=True)
class Contents:
    """What a notebook file holds: its cells, and the name of the kernel that it asks for, "" for none."""

    cells: list[Found]
    kernel: str


@dataclass
class Steps:
    """What is left for the files of a submission, one after the other."""

    left: int = field(default_factory=lambda: MOST_TOGETHER)


def cells_of(content: bytes) -> list[Found]:
    """The cells of a notebook file. Raises Unreadable for what is none."""
    return contents(content, Steps()).cells


def contents(content: bytes, steps: Steps) -> Contents:
    """What a notebook file holds. Raises Unreadable for what is none, or takes too many steps."""
    if _NOTHING.match(content):
        raise Unreadable(say("empty"))
    content = _utf8(content)
    if re.match(rb"\s*<(?:!doctype )?html", content, re.IGNORECASE):
        raise Unreadable(say("web-page"))
    try:
        return _notebook(_Scan(content, steps))
    except _Damaged as damage:
        raise Unreadable(_damage(content, *damage.args)) from None


def bare(source: str) -> str:
    """A cell's text as it is compared: which line endings a system writes makes no difference."""
    return source.replace("\r\n", "\n").strip()


def is_utf8(content: bytes) -> bool:
    """Whether it is UTF-8, or another encoding of Unicode."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    if json.detect_encoding(content) not in ("utf-8", "utf-8-sig"):
        return True
    try:
        for start in range(0, len(content), CHUNK):
            decoder.decode(content[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf8(content: bytes) -> bytes:
    """The same as UTF-8 where it is UTF-16 or UTF-32; whatever else it is, JSON's marks are ASCII in it."""
    encoding = json.detect_encoding(content)
    if encoding in ("utf-8", "utf-8-sig"):
        return content.removeprefix(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    pieces = (decoder.decode(content[at : at + CHUNK]) for at in range(0, len(content), CHUNK))
    return b"".join(piece.encode("utf-8", "replace") for piece in pieces)


def _damage(content: bytes, at: int) -> str:
    if b"<<<<<<<" in content and b">>>>>>>" in content:
        return say("merge-conflict")
    if not content.lstrip().startswith((b"{", b"[")) and not is_utf8(content):
        return say("no-text")
    line = content.count(b"\n", 0, at) + 1
    return say("damaged", line=line)


class _Scan:
    """JSON, read from its beginning to its end. Raises _Damaged where it is none."""

    def __init__(self, content: bytes, steps: Steps) -> None:
        self.content = content
        self.at = 0
        self._together = steps
        self._left = max(FEW_STEPS, min(MOST_STEPS, steps.left))
        self._full = "full" if self._left == MOST_STEPS else "full-together"

    def next(self) -> bytes:
        """The first character of what comes next; b"" at the end."""
        space = _SPACE.match(self.content, self.at)
        assert space  # it matches nothing, too
        self.at = space.end()
        return self.content[self.at : self.at + 1]

    def members(self) -> Iterator[str]:
        """The keys of the object that comes. Each key's value has to be read before the next one is asked
        for."""
        self._take(b"{")
        if self.next() == b"}":
            return self._take(b"}")
        while True:
            if self.next() != b'"':
                raise _Damaged(self.at)
            key = self.text() or ""
            self._take(b":")
            yield key
            if self.next() == b"}":
                return self._take(b"}")
            self._take(b",")

    def items(self) -> Iterator[None]:
        """Once for each item of the list that comes. It has to be read before the next one is asked for."""
        self._take(b"[")
        if self.next() == b"]":
            return self._take(b"]")
        while True:
            yield
            if self.next() == b"]":
                return self._take(b"]")
            self._take(b",")

    def text(self, most: int = MOST_NAME) -> str | None:
        """The text, or the list of lines, that comes; None for what is neither, or takes more bytes."""
        is_string = self.next() == b'"'
        value = self.skip()
        if len(value) > most or not (is_string or _FLAT_LIST.fullmatch(value)):
            return None
        return self._decoded(bytes(value))

    def skip(self) -> memoryview:
        """Pass over the value that comes; return its bytes."""
        first = self.next()
        start = self.at
        if first in (b"{", b"["):
            self._skip_brackets()
        else:
            end = (_WHOLE_STRING if first == b'"' else _SCALAR).match(self.content, start)
            if not end:
                raise _Damaged(start)
            self.at = end.end()
        return memoryview(self.content)[start : self.at]

    def _skip_brackets(self) -> None:
        to_next, content, at = _TO_NEXT_BRACKET.match, self.content, self.at
        depth, left = 0, self._left
        try:
            while left:
                left -= 1
                found = to_next(content, at)
                if not found:
                    raise _Damaged(len(content))
                at = found.end()
                if found[1] in b"[{":
                    depth += 1
                    if depth > DEEPEST:
                        raise Unreadable(say("nested"))
                else:
                    depth -= 1
                    if not depth:
                        self.at = at
                        return
        finally:
            self._step(self._left - left)
        raise Unreadable(say(self._full))

    def _step(self, length: int) -> None:
        self._left -= length
        self._together.left -= length
        if self._left < 0:
            raise Unreadable(say(self._full))

    def _take(self, mark: bytes) -> None:
        if self.next() != mark:
            raise _Damaged(self.at)
        self.at += 1
        self._step(STEP_INSIDE)

    def _decoded(self, value: bytes) -> str:
        try:
            written = value.decode()
        except UnicodeDecodeError:  # older programs on Windows write this; JSON's marks are the same in it
            written = value.decode("cp1252", "replace")
        try:
            lines = _DECODER.decode(written)
        except ValueError:
            raise _Damaged(self.at) from None
        text = lines if isinstance(lines, str) else "".join(line for line in lines if isinstance(line, str))
        # A lone surrogate cannot be written as UTF-8; Python refuses a null in its source.
        return text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _notebook(scan: _Scan) -> Contents:
    if scan.next() == b"[":
        scan.skip()
        raise Unreadable(say("no-cells"))
    limits = _Limits()
    cells: list[Found] | None = None
    old: list[Found] | None = None
    is_old = False
    kernel = ""
    for key in scan.members():
        if key == "cells" and scan.next() == b"[":
            cells = _cells(scan, limits)
        elif key == "worksheets" and scan.next() == b"[":  # until format 3
            is_old, old = True, _worksheets(scan, limits)
        elif key == "metadata" and scan.next() == b"{":
            kernel = _kernel(scan)
        else:
            scan.skip()
    if scan.next().strip(b"\0"):
        raise _Damaged(scan.at)
    if limits.cells > MOST_CELLS:
        raise Unreadable(say("too-many-cells", cells=limits.cells, most=MOST_CELLS), beyond_limit=True)
    if cells is None and old is None and is_old:
        raise Unreadable(say("old-and-damaged"))
    cells = old if cells is None else cells
    if cells is None:
        raise Unreadable(say("no-cells"))
    return Contents(cells, kernel)


def _kernel(scan: _Scan) -> str:
    name = ""
    for key in scan.members():
        if key == "kernelspec" and scan.next() == b"{":
            for own in scan.members():
                value = scan.text()
                name = value if own == "name" and value else name
        else:
            scan.skip()
    return name


@dataclass
class _Limits:
    """How much has been read."""

    cells: int = 0
    written: int = 0
    characters: int = 0
    pictures: int = 0


def _worksheets(scan: _Scan, limits: _Limits) -> list[Found] | None:
    found: list[Found] | None = None
    for _ in scan.items():
        if scan.next() != b"{":
            scan.skip()
            continue
        for key in scan.members():
            if key == "cells" and scan.next() == b"[":
                found = (found or []) + _cells(scan, limits)
            else:
                scan.skip()
    return found


def _cells(scan: _Scan, limits: _Limits) -> list[Found]:
    found = []
    for _ in scan.items():
        limits.cells += 1
        if limits.cells > MOST_COUNTED:
            raise Unreadable(
                say("far-too-many-cells", counted=MOST_COUNTED, most=MOST_CELLS),
                beyond_limit=True,
            )
        if scan.next() != b"{" or limits.cells > MOST_CELLS:
            scan.skip()
        else:
            found.append(_cell(scan, limits))
    return found


def _cell(scan: _Scan, limits: _Limits) -> Found:
    kind = source = identity = grade_id = checked_with = ""
    attachments: dict[str, dict[str, str]] = {}
    level = 1
    for key in scan.members():
        if key == "cell_type":
            kind = scan.text() or ""
        elif key in ("source", "input"):  # "input" until format 3
            source = _source(scan, limits)
        elif key == "id":
            identity = scan.text() or ""
        elif key == "level":
            number = bytes(scan.skip()[:2])
            level = int(number) if number in (b"1", b"2", b"3", b"4", b"5", b"6") else 1
        elif key == "metadata" and scan.next() == b"{":
            grade_id = _grade_id(scan)
        elif key == "attachments" and scan.next() == b"{":
            attachments = _attachments(scan, limits)
        elif key == "outputs":
            named = _VERSION.search(scan.skip())
            checked_with = named[1].decode() if named else ""
        else:
            scan.skip()
    if kind == "heading":  # until format 3; and so is "html"
        source = "#" * level + " " + " ".join(source.splitlines())
    kind = {"heading": "markdown", "html": "markdown"}.get(kind, kind)
    return Found(
        type=kind if kind in ("code", "markdown", "raw") else "raw",
        source=source,
        id=identity,
        grade_id=grade_id,
        attachments=attachments,
        checked_with=checked_with,
    )


def _source(scan: _Scan, limits: _Limits) -> str:
    before = scan.at
    text = scan.text(most=MOST_WRITTEN - limits.written) or ""
    limits.written += scan.at - before
    limits.characters += len(text)
    if limits.written > MOST_WRITTEN or limits.characters > MOST_SOURCE:
        raise Unreadable(say("too-long", most=MOST_SOURCE), beyond_limit=True)
    return text


def _grade_id(scan: _Scan) -> str:
    grade_id = ""
    for key in scan.members():
        if key == "nbgrader" and scan.next() == b"{":
            for own in scan.members():
                if own == "grade_id":
                    grade_id = scan.text() or ""
                else:
                    scan.skip()
        else:
            scan.skip()
    return grade_id


def _attachments(scan: _Scan, limits: _Limits) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in scan.members():
        if scan.next() != b"{":
            scan.skip()
            continue
        bundle = {}
        for kind in scan.members():
            before = scan.at
            picture = scan.text(most=MOST_PICTURES - limits.pictures) if kind in PICTURES else scan.skip()
            if isinstance(picture, str):
                limits.pictures += scan.at - before
                bundle[kind] = picture
        if bundle:
            found[name] = bundle
    return found
