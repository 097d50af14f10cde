"""Which of the files that were handed in is which notebook of the assignment.

Students rename notebooks, put them into folders and archives, hand in several. A file is the notebook whose
cells it has; of several, one that is filled in counts, as `_best` says in full.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from course_lib import texts
from course_lib.grading import language
from course_lib.grading.assignment import NO_NAMES, Notebook, names
from course_lib.grading.reading import Contents, Found, Steps, Unreadable, bare, contents, is_utf8
from course_lib.grading.submission import is_left_out, shown
from course_lib.grading.unpacking import File, is_archive
from course_lib.grading.wording import some

say = texts.beside(__file__)

MOST_BESIDE = 20 * 2**20  # bytes of the files that lie beside a notebook when it runs
AT_ONCE = timedelta(minutes=1)  # closer together, times are those of packing or copying
MOST_NAMED = 8  # files, in a sentence
ENDING = re.compile(r"\.(?:ipynb|json|txt)$", re.IGNORECASE)


@dataclass(frozen=True)
class Chosen:
    """A notebook as it was handed in: the file, its cells, and notes on how it was found.

    folder  where it lies, "" for the top: relative to it the student's code looks for files
    """

    file: File
    cells: list[Found]
    notes: list[str] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return self.file.path.rpartition("/")[0]


def choose(
    files: list[File], notebooks: tuple[Notebook, ...], left_out: Sequence[str] = ()
) -> dict[str, Chosen | Unreadable]:
    """For each notebook of the assignment, by its name, the one that was handed in, or why there is none.

    left_out: what of the submission could not be looked into.
    """
    owned: dict[str, list[_Candidate]] = {notebook.name: [] for notebook in notebooks}
    whys: list[tuple[File, Unreadable]] = []
    for file, read in _read([file for file in files if _may_be_notebook(file)], notebooks):
        try:
            if isinstance(read, Unreadable):
                raise read
            candidate = _Candidate(file, read)
            owner = _owner(candidate, notebooks)
        except Unreadable as why:
            if ".ipynb" in _base(file) or _called(file, notebooks):  # others are data
                whys.append((file, why))
        else:
            if owner:
                owned[owner.name].append(candidate)
    chosen: dict[str, Chosen | Unreadable] = {}
    for notebook in notebooks:
        own = [(file, why) for file, why in whys if _called(file, notebooks) in (notebook, None)]
        candidates = owned[notebook.name]
        chosen[notebook.name] = (
            _chosen(notebook, candidates, own, left_out) if candidates else _missing(notebook, files, own)
        )
    return chosen


def _read(files: list[File], notebooks: tuple[Notebook, ...]) -> list[tuple[File, Contents | Unreadable]]:
    """What is in each of the files, or why that is not known. Where they are too many together, those come
    first that may be notebooks by their names, and of these the newest."""
    steps = Steps()
    found: dict[int, Contents | Unreadable] = {}

    def likely(number: int) -> tuple[Any, ...]:
        file = files[number]
        is_called = _called(file, notebooks) is not None
        return (
            ".ipynb" in _base(file) or is_called,
            file.came or datetime.min.replace(tzinfo=UTC),
            file.time or datetime.min,
            is_called,
        )

    for number in sorted(range(len(files)), key=likely, reverse=True):
        try:
            found[number] = contents(files[number].content, steps)
        except Unreadable as why:
            found[number] = why
    return [(file, found[number]) for number, file in enumerate(files)]


def beside(files: list[File], chosen: Chosen) -> tuple[dict[str, bytes], list[str]]:
    """What lies around a notebook when it runs, by path, and notes on what was left out.

    All is where the student had it; what lies at the top, outside of the notebook's folder, is beside it too.
    """
    laid: dict[str, bytes] = {}
    notes = []
    room = MOST_BESIDE
    opened = {*chosen.file.archives}
    inside = f"{chosen.folder}/" if chosen.folder else ""
    # An archive lies there packed or, where the notebook came in it, unpacked.
    kept = [file for file in files if file.path not in opened and opened.issuperset(file.archives)]
    for file in sorted(kept, key=lambda file: len(file.content)):
        if file is chosen.file or ".ipynb" in _base(file):
            continue
        if len(file.content) > room:
            size, most = len(file.content) / 2**20, MOST_BESIDE // 2**20
            notes.append(say("too-large", path=shown(file.path), size=size, most=most))
            continue
        room -= len(file.content)
        laid[file.path] = file.content
    top = {inside + path: content for path, content in laid.items() if "/" not in path}
    return top | laid, notes


@dataclass(frozen=True)
class _Candidate:
    file: File
    read: Contents

    @property
    def cells(self) -> list[Found]:
        return self.read.cells

    @property
    def content(self) -> list[tuple[str, str, str]]:
        return [(cell.type, cell.source, cell.grade_id) for cell in self.cells]


def _plain(name: str) -> str:
    """A name as it is compared: a Mac writes Ü as two characters."""
    return unicodedata.normalize("NFC", name).casefold()


def _base(file: File) -> str:
    return _plain(file.path.rpartition("/")[2])


def _stem(file: File) -> str:
    """A file's name without endings: "a.ipynb.txt" is "a"."""
    stem = _base(file)
    while (shorter := ENDING.sub("", stem)) != stem:
        stem = shorter
    return stem


def _may_be_notebook(file: File) -> bool:
    if is_archive(file):
        return False
    head = file.content[:64].translate(None, b"\0").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return ".ipynb" in _base(file) or head.startswith(b"{")


def _called(file: File, notebooks: tuple[Notebook, ...]) -> Notebook | None:
    """The notebook whose name a file has, as it is or with more around it."""
    named = [notebook for notebook in notebooks if _plain(notebook.name) in _stem(file)]
    return max(named, key=lambda notebook: len(notebook.name), default=None)


def _owner(candidate: _Candidate, notebooks: tuple[Notebook, ...]) -> Notebook | None:
    """The notebook that a file is: by its cells, and by its name where these do not tell.

    None for another notebook. Raises Unreadable where it could be one as well as another.
    """
    called = _called(candidate.file, notebooks)
    alike = {notebook.name: _alike(candidate, notebook) for notebook in notebooks}
    most = max(alike.values())
    if most == (0, 0):
        return called
    best = [notebook for notebook in notebooks if alike[notebook.name] == most]
    if called in best:
        return called
    if len(best) > 1:
        known = say("or").join(f"{notebook.name}.ipynb" for notebook in best)
        raise Unreadable(say("could-be", names=known))
    return best[0]


def _alike(candidate: _Candidate, notebook: Notebook) -> tuple[int, int]:
    """How many of the notebook's cells a file has: by nbgrader's mark, and by their ids or texts."""
    ours = [cell for cell in notebook.cells if cell.grade_id]
    marks = {cell.grade_id for cell in candidate.cells}
    ids = {cell.id for cell in candidate.cells if cell.id}
    texts = {(cell.type, bare(cell.source)) for cell in candidate.cells}
    return (
        sum(cell.grade_id in marks for cell in ours),
        sum(cell.id in ids or (cell.type, bare(cell.source)) in texts for cell in ours),
    )


def _chosen(
    notebook: Notebook,
    candidates: list[_Candidate],
    whys: list[tuple[File, Unreadable]],
    left_out: Sequence[str],
) -> Chosen | Unreadable:
    """The one that counts; why there is none, where the work may be in what cannot be read, or elsewhere."""
    best, reason = _best(notebook, candidates)
    is_filled_in = _is_filled_in(best, notebook)
    name, path = f"{notebook.name}.ipynb", best.file.path
    # A file of data beside the notebook says nothing of it; one that is empty holds nobody's work.
    unread = [
        (file, why)
        for file, why in whys
        if (notebook.name.casefold() in _stem(file) or ".ipynb" in _base(file)) and not is_left_out(file.path)
    ]
    broken = [(file, why) for file, why in unread if file.content.strip(b"\0 \t\r\n")]
    if broken and not is_filled_in:
        return Unreadable(
            say("in-unreadable", path=shown(path), whys=_told(broken)),
            beyond_limit=any(why.beyond_limit for _, why in broken),
        )
    if not is_filled_in and _alike(best, notebook) == (0, 0):
        return Unreadable(say("another-notebook", path=shown(path)))
    if left_out and not is_filled_in:
        return Unreadable(say("in-left-out", path=shown(path)))
    notes = []
    if path.rpartition("/")[2] == name:
        if path != name:
            notes.append(say("found-at", path=shown(path)))
    elif not any(candidate.file.path == name for candidate in candidates):
        key = "for-unreadable" if any(file.path == name for file, _ in whys) else "for-missing"
        notes.append(say(key, path=shown(path), name=name))
    others = [
        say("before", path=shown(path)) if other.file.path == path else shown(other.file.path)
        for other in candidates
        if other.content != best.content
    ]
    if others:
        told = {"path": shown(path), "others": some(others)}
        notes.append(say("several", reason=say(f"reason.{reason}"), **told))
    if _alike(best, notebook) == (0, 0):
        notes.append(say("no-cells"))
    if unread:
        notes.append(say("other-unreadable", whys=_told(unread)))
    if not is_utf8(best.file.content):
        notes.append(say("not-utf8"))
    asked = best.read.kernel
    if asked not in ("", language.OURS, language.kernel(notebook.metadata)):
        notes.append(say("other-kernel", kernel=shown(asked)))
    return Chosen(best.file, best.cells, notes)


def _best(notebook: Notebook, candidates: list[_Candidate]) -> tuple[_Candidate, str]:
    """The one that counts, and why. A criterion that does not know them all decides nothing."""
    marks = {id(candidate): _alike(candidate, notebook)[0] for candidate in candidates}
    criteria: list[tuple[Callable[[_Candidate], Any], str]] = [
        (lambda one: _is_filled_in(one, notebook), "filled-in"),
        (lambda one: 2 * marks[id(one)] >= max(marks.values()), "more-exercises"),
        (lambda one: one.file.came, "came-last"),
        (lambda one: one.file.time, "newest"),
        (lambda one: _number(one.file, notebook), "highest-number"),
        (lambda one: _stem(one.file) == _plain(notebook.name), "name"),
        (lambda one: -one.file.path.count("/"), "top"),
    ]
    best, reason = candidates, "first"
    for criterion, told in criteria:
        values = [criterion(one) for one in best]
        if None in values:
            continue
        last = max(values)
        enough = last - AT_ONCE if isinstance(last, datetime) else last
        if min(values) < enough:
            best = [one for one, value in zip(best, values, strict=True) if value >= enough]
            reason = told
    return best[0], reason


def _is_filled_in(candidate: _Candidate, notebook: Notebook) -> bool:
    """Whether a cell that is to be filled in was changed, or what it is to define is defined elsewhere."""
    stubs = {cell.grade_id: cell for cell in notebook.cells if cell.solution}
    by_id = {cell.id: cell for cell in stubs.values()}
    released = {bare(cell.source) for cell in notebook.cells}
    asked = [(names(cell.source) or NO_NAMES)[0] for cell in stubs.values() if cell.type == "code"]
    for cell in candidate.cells:
        if bare(cell.source) in released:
            continue
        if cell.grade_id in stubs or cell.id in by_id:
            return True
        bound = (names(cell.source) or NO_NAMES)[0] if cell.type == "code" else frozenset()
        if any(one and one <= bound for one in asked):
            return True
    return False


def _number(file: File, notebook: Notebook) -> tuple[int, ...]:
    """The numbers that a name has beside the notebook's own: (2,) for "unit (2)", "unit_v2" and "unit-2"."""
    before, name, after = _stem(file).rpartition(_plain(notebook.name))
    return tuple(int(number) for number in re.findall(r"\d{1,9}", after if name else before))


def _missing(notebook: Notebook, files: list[File], whys: list[tuple[File, Unreadable]]) -> Unreadable:
    """Why there is no such notebook, and what there is."""
    name = f"{notebook.name}.ipynb"
    if not whys:
        return Unreadable(say("missing", name=name, there=_there(files)))
    beyond = any(why.beyond_limit for _, why in whys)
    if all(file.path.rpartition("/")[2] == name for file, _ in whys):
        return Unreadable(" ".join(dict.fromkeys(str(why) for _, why in whys)), beyond_limit=beyond)
    others = [file for file in files if all(file is not broken for broken, _ in whys)]
    key = "unreadable-and-others" if others else "unreadable"
    return Unreadable(say(key, name=name, whys=_told(whys), there=_there(others)), beyond_limit=beyond)


def _there(files: list[File]) -> str:
    return some([shown(file.path) for file in files]) if files else say("nothing")


def _told(whys: list[tuple[File, Unreadable]]) -> str:
    return " ".join(say("why", path=shown(file.path), why=why) for file, why in whys[:MOST_NAMED])
