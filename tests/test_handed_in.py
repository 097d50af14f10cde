"""The notebook is found where students put it: in folders and archives, under other names, in other
encodings, among several; and whatever they send, reading it is bounded."""

import gzip
import io
import json
import os
import stat
import struct
import sys
import tarfile
import time
import zipfile

import nbformat
import pytest
from test_intake import UNIT, known, released_notebook

from course_lib.grading import assignment, choosing, intake, reading, submission, unpacking

NAME = f"{UNIT}.ipynb"
MINE = "\n# mine"


@pytest.fixture(scope="module")
def released():
    notebook = released_notebook()
    return assignment.notebook(UNIT, notebook, known(notebook))


def filled(mark=MINE, only=None):
    """The released notebook with something in each solution, or in that of one exercise."""
    notebook = released_notebook()
    for cell in notebook.cells:
        own = cell.metadata.get("nbgrader", {})
        if own.get("solution") and only in (None, own["grade_id"]):
            cell.source += mark
    return notebook


ANSWERS = [
    cell.metadata.nbgrader.grade_id
    for cell in released_notebook().cells
    if cell.metadata.get("nbgrader", {}).get("solution")
]
FULL = nbformat.writes(filled()).encode()
OTHER = nbformat.writes(filled(f"\n1{MINE}")).encode()
STUB = nbformat.writes(released_notebook()).encode()
LINK = ((2026, 1, 1, 0, 0, 0), stat.S_IFLNK)


def chosen(released, files):
    """What is graded of these files, and all that is said about it."""
    unpacked, notes = unpacking.unpacked(files)
    one = choosing.choose(unpacked, (released,), notes)[UNIT]
    if isinstance(one, reading.Unreadable):
        return None, " ".join([str(one), *notes])
    return one, " ".join([*notes, *one.notes])


def mine(one):
    return [cell.grade_id for cell in one.cells if cell.source.endswith(MINE)]


def zipped(*entries, how=zipfile.ZIP_DEFLATED):
    """A zip of (name, content), (name, content, when) or (name, content, when, mode)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content, *more in entries:
            info = zipfile.ZipInfo(name, more[0] if more else (2026, 1, 1, 0, 0, 0))
            info.compress_type = how
            info.external_attr = (more[1] if len(more) > 1 else 0) << 16
            archive.writestr(info, content)
    return made.getvalue()


def tarred(mode, *entries):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def in_zips(number):
    content = zipped((NAME, FULL))
    for _ in range(number - 1):
        content = zipped(("inner.zip", content))
    return content


def with_member(value):
    return FULL.replace(b'"cells"', b'"x": ' + value + b', "cells"', 1)


PLACES = {
    "in a folder": {f"my work/{NAME}": FULL},
    "several folders deep": {f"a/b/c/d/{NAME}": FULL},
    "in a Mac's zip, unpacked": {f"{UNIT}/{NAME}": FULL, f"__MACOSX/{UNIT}/._{NAME}": b"\0\5\x16\7"},
    "in a zip": {"work.zip": zipped((NAME, FULL))},
    "in a Mac's zip": {"work.zip": zipped((f"a/{NAME}", FULL), (f"__MACOSX/a/._{NAME}", b"\0\5\x16\7"))},
    "in a zip in a zip in a zip": {"work.zip": in_zips(3)},
    "in a tar": {"work.tar": tarred("w", (NAME, FULL))},
    "in a tar.gz": {"work.tar.gz": tarred("w:gz", (f"work/{NAME}", FULL))},
    "in a tgz": {"work.tgz": tarred("w:gz", (NAME, FULL))},
    "compressed": {f"{NAME}.gz": gzip.compress(FULL)},
    "in a zip named .ipynb": {NAME: zipped((NAME, FULL))},
    "in a zip without a suffix": {"work": zipped((NAME, FULL))},
    "in a zip with the names of Windows": {"work.zip": zipped((f"my work\\{NAME}", FULL))},
    "in a zip whose names lead elsewhere": {"work.zip": zipped((f"../../{NAME}", FULL))},
    "in a zip whose names begin at the root": {"work.zip": zipped((f"C:\\Users\\ada\\{NAME}", FULL))},
    "as .ipynb.txt": {f"{NAME}.txt": FULL},
    "as .json": {f"{UNIT}.json": FULL},
    "as .txt": {f"{UNIT}.txt": FULL},
    "as .ipynb.ipynb": {f"{NAME}.ipynb": FULL},
    "in upper case": {NAME.upper(): FULL},
    "without a suffix": {UNIT: FULL},
    "as (1)": {f"{UNIT} (1).ipynb": FULL},
    "as _v2": {f"{UNIT}_v2.ipynb": FULL},
    "as -1": {f"{UNIT}-1.ipynb": FULL},
    "renamed": {"Ada's work, fertig.ipynb": FULL},
    "in UTF-16": {NAME: FULL.decode().encode("utf-16")},
    "in UTF-16 without a mark": {NAME: FULL.decode().encode("utf-16-le")},
    "in UTF-16, big endian": {NAME: FULL.decode().encode("utf-16-be")},
    "in UTF-32": {NAME: FULL.decode().encode("utf-32")},
    "with a byte order mark and CRLF": {NAME: b"\xef\xbb\xbf" + FULL.replace(b"\n", b"\r\n")},
    "with the lines of Windows in cells": {NAME: FULL.replace(b"\\n", b"\\r\\n")},
    "with keys twice": {NAME: FULL.replace(b'{\n "cells"', b'{"cells": [], "cells"', 1)},
    "with numbers that are none": {NAME: with_member(b"[NaN, -Infinity, 1e999]")},
    "with a number of 100,000 digits": {NAME: with_member(b"9" * 100_000)},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_the_notebook_is_found_where_it_is(released, place):
    one, said = chosen(released, PLACES[place])
    assert mine(one) == ANSWERS
    _, repairs = intake.repair(released, one.cells)
    assert repairs == []
    told = [path for path in PLACES[place] if path != NAME and "__MACOSX" not in path]
    assert not told or one.file.path in said
    assert "several" not in said and "._" not in said


def test_what_systems_put_beside_the_files_is_not_read(tmp_path):
    for name in ("__MACOSX/._x.ipynb", "._x.ipynb", ".DS_Store", "Thumbs.db", ".venv/lib/x.py", "x.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    read = submission.read(tmp_path, "ada")
    assert read.files == {"x.ipynb": b"x"} and read.notes == ()


def test_the_notebook_is_read_before_what_lies_beside_it(tmp_path, monkeypatch):
    for number in range(20):
        (tmp_path / f"data{number:02}.csv").write_bytes(b"x" * 100)
    (tmp_path / "z.ipynb").write_bytes(b"{}")
    monkeypatch.setattr(submission, "MOST_FILES", 5)
    monkeypatch.setattr(submission, "MOST_BYTES", 250)
    read = submission.read(tmp_path, "ada")
    assert set(read.files) == {"z.ipynb", "data00.csv", "data01.csv"}
    assert "more than 5 files" in " ".join(read.notes) and "too large" in " ".join(read.notes)


def test_another_encoding_is_read_as_windows_writes_it_and_told(released):
    text = json.dumps(filled(" größe – “1”"), ensure_ascii=False)
    one, said = chosen(released, {NAME: text.encode("cp1252", "replace")})
    assert [
        cell.source for cell in one.cells if cell.source.endswith("größe – “1”")
    ] and "not in UTF-8" in said
    # Where only a saved output is of another encoding, the cells are not read in it.
    outputs = (
        text.replace('"outputs": []', '"outputs": [], "x": "§"', 1).encode().replace("§".encode(), b"\xa7")
    )
    one, _ = chosen(released, {NAME: outputs})
    assert [cell.source for cell in one.cells if cell.source.endswith("größe – “1”")]


@pytest.mark.parametrize(
    "raw", ["Übung".encode(), "Übung".encode("cp437")], ids=["UTF-8 that does not say so", "DOS"]
)
def test_names_in_a_zip_are_read_in_the_encoding_that_they_have(released, raw):
    content = zipped((f"{'X' * len(raw)}/{NAME}", FULL)).replace(b"X" * len(raw), raw)
    assert chosen(released, {"work.zip": content})[0].file.path == f"work.zip/Übung/{NAME}"


# Of several


SEVERAL = {
    "the filled one, whatever the names say": (
        {NAME: STUB, f"{UNIT} (1).ipynb": FULL}, f"{UNIT} (1).ipynb", "it is filled in",
    ),
    "the filled one, though it is the older": (
        {f"{UNIT}_v1.ipynb": FULL, f"{UNIT}_v2.ipynb": STUB}, f"{UNIT}_v1.ipynb", "it is filled in",
    ),
    "the filled one in a zip": (
        {NAME: STUB, "work.zip": zipped((NAME, FULL))}, f"work.zip/{NAME}", "it is filled in",
    ),
    "a cell's worth is filled in": (
        {f"{UNIT}-1.ipynb": STUB, NAME: nbformat.writes(filled(only="adam")).encode()}, NAME, "filled in",
    ),
    "the highest number": (
        {f"{UNIT} ({n}).ipynb": nbformat.writes(filled(f"\nx = {n}{MINE}")).encode() for n in (2, 10, 9)},
        f"{UNIT} (10).ipynb", "number",
    ),
    "a number rather than none": (
        {NAME: OTHER, f"{UNIT}-1.ipynb": FULL}, f"{UNIT}-1.ipynb", "number",
    ),
    "the newest in a zip, whatever the numbers say": (
        {"work.zip": zipped(
            (f"{UNIT}_v1.ipynb", FULL, (2026, 5, 2, 0, 0, 0)),
            (f"{UNIT}_v2.ipynb", OTHER, (2026, 5, 1, 0, 0, 0)),
        )},
        f"work.zip/{UNIT}_v1.ipynb", "newest",
    ),
    "the number, where all in a zip are of the same minute": (
        {"work.zip": zipped(
            (f"{UNIT}_v1.ipynb", FULL, (2026, 5, 2, 0, 0, 30)),
            (f"{UNIT}_v2.ipynb", OTHER, (2026, 5, 2, 0, 0, 0)),
        )},
        f"work.zip/{UNIT}_v2.ipynb", "number",
    ),
    "one with all exercises rather than with a cell of them": (
        {NAME: FULL, "scratch 7.ipynb": nbformat.writes(
            nbformat.v4.new_notebook(cells=[c for c in filled("\n1").cells if c.id == "a02-adam"])
        ).encode()},
        NAME, "more of the exercises",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SEVERAL)
def test_of_several_notebooks_one_counts_and_it_is_told(released, case):
    files, path, reason = SEVERAL[case]
    one, said = chosen(released, files)
    assert one.file.path == path and mine(one)
    assert f"There were several notebooks: {path} counts" in said and reason in said
    for other in files:
        assert other in said or other == "work.zip"


def test_which_kernel_a_file_asks_for_is_told_and_makes_no_difference(released):
    theirs = json.loads(FULL)
    theirs["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    one, said = chosen(released, {NAME: json.dumps(theirs).encode()})
    assert mine(one) and "asks for the kernel ir: it was run with the assignment's own" in said
    assert "kernel" not in chosen(released, {NAME: FULL})[1]


def test_of_what_was_collected_the_platform_s_time_counts(released, tmp_path):
    """And that of a file from anywhere else does not."""
    older, newer = f"{UNIT}_v2.ipynb", f"{UNIT}.ipynb"
    for name, content, when in ((newer, FULL, 2_000_000), (older, OTHER, 1_000_000)):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (when, when))
    for collected, path, reason in ((True, newer, "it came last"), (False, older, "number")):
        read = submission.read(tmp_path, "ada", collected)
        one = choosing.choose(unpacking.unpacked(read.files, read.times)[0], (released,))[UNIT]
        assert one.file.path == path and reason in " ".join(one.notes)


def test_the_same_work_twice_is_no_choice(released):
    one, said = chosen(released, {NAME: FULL, f"copy/{NAME}": FULL})
    assert one.file.path == NAME and "several" not in said


def small(name, *grade_ids, extra=""):
    """A released notebook with these exercises, and the same handed in."""
    cells = [
        nbformat.v4.new_code_cell(
            f"{grade_id} = None  # {name}" + extra,
            id=f"{name}-{grade_id}",
            metadata={"nbgrader": {"grade_id": grade_id, "solution": True, "grade": False, "locked": False}},
        )
        for grade_id in grade_ids
    ]
    return nbformat.v4.new_notebook(cells=cells)


def test_notebooks_of_one_assignment_are_never_confused():
    """Whatever the files are called; where nothing tells them apart, none is graded."""
    pairs = {"own": (("a1", "a2"), ("b1",)), "shared": (("q1", "q2"), ("q1", "q2"))}
    for ids in pairs.values():
        both = tuple(
            assignment.notebook(name, small(name, *own), known(small(name, *own)))
            for name, own in zip(("one", "two"), ids, strict=True)
        )

        def path(files, both=both):
            found = choosing.choose(unpacking.unpacked(files)[0], both)
            return [one.file.path if isinstance(one, choosing.Chosen) else None for one in found.values()]

        one, two = (
            json.dumps(small(name, *own, extra="\nx")).encode()
            for name, own in zip(("one", "two"), ids, strict=True)
        )
        assert path({"one.ipynb": one, "two.ipynb": two}) == ["one.ipynb", "two.ipynb"]
        assert path({"two.ipynb": one, "one.ipynb": two}) == ["two.ipynb", "one.ipynb"]
        assert path({"x.ipynb": two, "y.ipynb": one}) == ["y.ipynb", "x.ipynb"]
        assert path({"two.ipynb": one}) == ["two.ipynb", None]
        assert path({"work.zip": zipped(("a (1).ipynb", two))}) == [None, "work.zip/a (1).ipynb"]
    notebook = small("x", "q1")
    alike = tuple(assignment.notebook(name, notebook, known(notebook)) for name in ("one", "two"))
    found = choosing.choose(unpacking.unpacked({"x.ipynb": json.dumps(notebook).encode()})[0], alike)
    assert all("could be one.ipynb or two.ipynb" in str(why) for why in found.values())


# What lies beside


def test_files_lie_where_the_student_had_them(released):
    files = {
        "work.zip": zipped(
            (f"src/nb/{NAME}", FULL),
            ("src/nb/helper.py", b"1"),
            ("src/data/x.csv", b"2"),
            ("other.zip", b"PK"),
        ),
        "loose.py": b"3",
        "data.zip": zipped(("y.csv", b"4")),
    }
    unpacked, _ = unpacking.unpacked(files)
    one = choosing.choose(unpacked, (released,))[UNIT]
    beside, notes = choosing.beside(unpacked, one)
    assert one.folder == "work.zip/src/nb" and notes == []
    assert beside.keys() == {
        "work.zip/src/nb/helper.py",
        "work.zip/src/data/x.csv",  # there "../data/x.csv"
        "work.zip/other.zip",
        "loose.py",
        "work.zip/src/nb/loose.py",
        "data.zip",  # as it was handed in, not unpacked
        "work.zip/src/nb/data.zip",
    }


def test_a_name_is_the_same_whichever_way_a_system_writes_it():
    notebook = small("x", "q1")
    released = assignment.notebook("Übung", notebook, known(notebook))
    theirs = json.dumps({"cells": [{"cell_type": "code", "source": "q1 = 1"}]}).encode()
    one = choosing.choose(unpacking.unpacked({"U\u0308bung.ipynb": theirs})[0], (released,))["Übung"]
    assert isinstance(one, choosing.Chosen)


def test_what_is_too_large_to_lie_beside_is_told_and_the_rest_lies_there(released, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_BESIDE", 100)
    unpacked, _ = unpacking.unpacked({NAME: FULL, "a.bin": bytes(101), "b.txt": b"x" * 90, "c.txt": b"x"})
    beside, notes = choosing.beside(unpacked, choosing.choose(unpacked, (released,))[UNIT])
    assert beside.keys() == {"b.txt", "c.txt"} and "a.bin is too large" in notes[0]


# Where there is none


def patched(content, at, mark=b"PK\1\2", value=b"\1"):
    where = content.index(mark) + at
    return content[:where] + value + content[where + len(value) :]


NONE = {
    "nothing": ({}, "What is there: nothing"),
    "data that only look like a notebook": ({"settings.json": b'{"a": 1}'}, "What is there: settings.json"),
    "other files": ({"a.pdf": b"%PDF", "work.rar": b"Rar!"}, "What is there: a.pdf, work.rar"),
    "many files": ({f"{n}.txt": b"" for n in range(20)}, "and 10 more"),
    "control characters in names": ({"a\n\x1b[1m\u202e.pdf": b""}, "a\N{REPLACEMENT CHARACTER}"),
    "a web page": ({NAME: b"<!DOCTYPE html><html>"}, "web page"),
    "a page of the notebook": ({f"{UNIT}.html": b"<html>"}, f"{UNIT}.html"),
    "a damaged file of another name": ({f"{UNIT} (1).ipynb": b"{"}, "(1).ipynb: The file is damaged"),
    "a locked zip": ({"w.zip": patched(zipped((NAME, FULL)), 8)}, "locked with a password"),
    "a truncated zip": ({"w.zip": zipped((NAME, FULL))[:-30]}, "w.zip is a damaged archive"),
    "a damaged zip": ({"w.zip": zipped((NAME, FULL), how=zipfile.ZIP_STORED)[:-500] + STUB}, "damaged"),
    "a zip packed otherwise": ({"w.zip": zipped((NAME, FULL), how=zipfile.ZIP_LZMA)}, "packed in a way"),
    "a wrong sum": ({"w.zip": patched(zipped((NAME, FULL)), 16)}, "damaged in its archive"),
    "a link in a zip": ({"w.zip": zipped((NAME, b"/etc/passwd", *LINK))}, "no ordinary file"),
    "too many zips in zips": ({"w.zip": in_zips(9)}, "too many archives"),
    "an office file": ({"a.docx": zipped((NAME, FULL))}, "a.docx"),
    "a name that is no text in a tar": ({"w.tar": tarred("w", ("\udcff.ipynb", FULL))}, "no text"),
}  # fmt: skip


@pytest.mark.parametrize("case", NONE)
def test_where_there_is_none_the_reason_names_what_there_is(released, case):
    files, words = NONE[case]
    one, said = chosen(released, files)
    assert one is None and words in said
    assert said.isprintable()


# Bounds


@pytest.fixture
def cost():
    """What was spent since: CPU seconds, and by how many MB the process's memory has grown at its peak."""
    if sys.platform != "linux":
        pytest.skip("other systems count memory in other units, or not at all")
    import resource

    def used():
        spent = resource.getrusage(resource.RUSAGE_SELF)
        return spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024

    start = used()
    return lambda: tuple(now - before for now, before in zip(used(), start, strict=True))


def overlapping(content, times):
    """A zip whose table of contents names one file that many times."""
    table, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")
    listed = content[table:end] * times
    closing = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, times % 2**16, times % 2**16, len(listed), table, 0)
    return content[:table] + listed + closing


def test_archives_are_unpacked_within_bounds(released, monkeypatch, cost):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 20 * 2**20)
    zeros = zipped(("a", bytes(15 * 2**20)))
    lying = patched(
        patched(zipped((NAME, bytes(15 * 2**20))), 24, value=b"\1\0\0\0"), 22, b"PK\3\4", b"\1\0\0\0"
    )
    bombs = {
        "larger than there is room for": zipped(("a", bytes(21 * 2**20))),
        "larger than it says": lying,
        "nested": zipped(*((f"{n}.zip", zeros) for n in range(20))),
        "overlapping": overlapping(zeros, 400),
        "100,000 entries": overlapping(zipped(("a", b"")), 100_000),
    }
    for bomb in [*bombs.values(), *[gzip.compress(bytes(21 * 2**20))] * 30]:
        one, _ = chosen(released, {NAME: FULL, "a.zip": bomb})
        assert one.file.path == NAME
    together, notes = unpacking.unpacked({f"{n}.gz": bombs["nested"] for n in range(20)})
    assert len(together) <= submission.MOST_FILES and len(notes) <= submission.MOST_TOLD + 1
    seconds, grown = cost()
    assert seconds < 20 and grown < 200


def test_a_large_saved_output_counts_towards_no_limit(released, cost):
    notebook = json.loads(FULL)
    notebook["cells"][1]["outputs"] = [
        {"text": ["a line\n"] * 4_000_000},
        {"data": {"image/png": "A" * 2**24}},
    ]
    content = json.dumps(notebook).encode()
    assert len(content) > 50 * 2**20
    one, said = chosen(released, {NAME: content})
    assert mine(one) == ANSWERS and said == ""


def junk(number):
    return b"[" + b"{}," * number + b"0]"


COSTLY = {
    "metadata of an old format": b'{"metadata": ' + junk(1_500_000) + b', "worksheets": [{"cells": []}]}',
    "cells of an old format": b'{"nbformat": 3, "worksheets": [{"cells": ' + junk(500_000) + b"}]}",
    "cells": b'{"cells": ' + junk(500_000) + b"}",
    "outputs": b'{"cells": [{"outputs": ' + junk(1_500_000) + b"}]}",
    "members": b'{"cells": [{' + b'"":0,' * 1_500_000 + b'"a": 0}]}',
    "lines": b'{"cells": [{"source": [' + b'"",' * 3_000_000 + b"0]}]}",
    "characters": b'{"cells": [{"source": "' + b"x" * 20_000_000 + b'"}]}',
    "attachments": b'{"cells": [{"attachments": {' + b'"a": {},' * 500_000 + b'"b": 0}}]}',
    "nested": b'{"cells": ' + b"[" * 1_000_000,
    "quotes": b'{"cells": "' + b'\\"' * 10_000_000,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", COSTLY)
def test_a_costly_file_is_read_at_little_cost(case, cost):
    """Some that were made to be costly took gigabytes, and 23 s, before."""
    content = COSTLY[case]
    try:
        reading.cells_of(content)
    except reading.Unreadable as why:
        assert why.beyond_limit == (case in ("cells", "cells of an old format", "characters"))
    seconds, grown = cost()
    assert seconds < 8 and grown < 150


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ["\n", "!\n", "    ,a b\n", ";a b\n", "/a b\n", "?a\n", "a?\n", "a=!b\n", "a=%b\n", "%a\n"]
)
def test_no_cell_is_looked_through_for_long(line):
    start = time.process_time()
    assignment.names((line * 30_000)[:50_000])
    assert time.process_time() - start < 3


# What leaves is clean


def test_what_is_read_of_a_cell_is_plain():
    picture = {
        "image/png": ["QQ", "=="],
        "image/svg+xml": "<svg>",
        "text/html": "<b>",
        "image/jpeg": {"a": 1},
    }
    cell = {
        "cell_type": "markdown",
        "source": "a\ud800\0",
        "id": "\ud800",
        "metadata": {"nbgrader": {"grade_id": "\udfff"}},
        "attachments": {"\ud800": picture, "a.png": 5, "b.png": [picture], "c.png": {}, "x" * 500: picture},
    }
    [found] = reading.cells_of(json.dumps({"cells": [cell]}).encode())
    assert (found.source, found.id, found.grade_id) == ("a?\N{REPLACEMENT CHARACTER}", "?", "?")
    assert set(found.attachments) == {"?", ""}
    assert all(bundle == {"image/png": "QQ=="} for bundle in found.attachments.values())


def test_an_untouched_cell_shows_nothing_but_the_release_s_pictures(released):
    notebook = json.loads(FULL)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["attachments"] = {"\ud800": {"image/png": "QQ=="}, "fig.png": 5}
    planned, _ = intake.repair(released, reading.cells_of(json.dumps(notebook).encode()))
    assert all(plan.attachments == {} for plan in planned)


# Copies of a cell


def copied(*sources):
    """The full notebook, with the cell to fill in for Adam as often as there are sources, in their order."""
    notebook = filled()
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "a02-adam")
    original = notebook.cells.pop(place)
    for number, source in enumerate(reversed(sources)):
        cell = nbformat.v4.new_code_cell(source, id=f"copy-{number}")
        cell.metadata = original.metadata
        notebook.cells.insert(place, cell)
    return reading.cells_of(json.dumps(notebook).encode())


def test_of_two_copies_of_a_cell_the_one_that_was_changed_counts(released):
    stub = next(cell.source for cell in released.cells if cell.grade_id == "adam")
    answer = stub + MINE
    for found in (
        copied(answer, stub),
        copied(stub, answer),
        copied(stub, answer, stub),
        copied(stub, stub, answer),
    ):
        planned, notes = intake.repair(released, found)
        sources = [plan.source for plan in planned]
        assert answer in sources and stub not in sources
        counts = [plan.source for plan in planned if plan.released and plan.released.grade_id == "adam"]
        assert counts == [answer]
        assert "adam was there more than once: the one that was changed counts" in " ".join(notes)


def test_of_two_changed_copies_the_last_counts_and_both_run(released):
    stub = next(cell.source for cell in released.cells if cell.grade_id == "adam")
    planned, notes = intake.repair(released, copied("draft = 1", stub, "final = 2"))
    assert [
        plan.source for plan in planned if plan.runs and plan.source in ("draft = 1", stub, "final = 2")
    ] == [
        "draft = 1",
        "final = 2",
    ]
    counts = [plan.source for plan in planned if plan.released and plan.released.grade_id == "adam"]
    assert counts == ["final = 2"] and "the last one counts" in " ".join(notes)


def test_an_empty_copy_without_its_mark_undoes_nothing(released):
    stub = next(cell.source for cell in released.cells if cell.grade_id == "adam")
    notebook = filled()
    place = next(n for n, cell in enumerate(notebook.cells) if cell.id == "a02-adam")
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(stub))
    planned, notes = intake.repair(released, reading.cells_of(json.dumps(notebook).encode()))
    assert stub not in [plan.source for plan in planned]
    assert "An empty copy of the cell adam was left out." in notes


CUT = FULL[: len(FULL) // 2]


def test_a_stub_beside_what_cannot_be_read_is_no_zero(released):
    """The work may be in the file that broke."""
    one, told = chosen(released, {NAME: STUB, f"{UNIT} (1).ipynb": CUT})
    assert one is None
    assert f"{NAME} is as released" in told and f"{UNIT} (1).ipynb: The file is damaged" in told


@pytest.mark.parametrize("content", [CUT, b""], ids=["cut off", "empty"])
def test_what_cannot_be_read_beside_a_notebook_that_is_filled_in_is_told(released, content):
    one, told = chosen(released, {NAME: FULL, f"{UNIT} (2).ipynb": content})
    assert mine(one) == ANSWERS
    assert f"{UNIT} (2).ipynb: The file is" in told


def test_another_notebook_under_the_name_is_no_zero(released):
    """One that has what is asked for, in cells of the student's own, is graded."""

    def handed_in(source):
        own = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        return chosen(released, {NAME: nbformat.writes(own).encode()})

    one, told = handed_in("elsewhere = 1")
    assert one is None and "another notebook under this name" in told
    one, told = handed_in("class Adam: pass")
    assert one and "None of its cells is the assignment's" in told
    assert "None of its cells" not in chosen(released, {NAME: STUB})[1]


CLOSED = {
    "a RAR archive": ("work.rar", b"Rar!\x1a\x07" + bytes(99)),
    "a damaged archive": ("work.zip", zipped((NAME, FULL))[:-30]),
    "too large": ("work.zip", zipped(("a.ipynb", bytes(21 * 2**20)))),
}


@pytest.mark.parametrize("why", CLOSED)
def test_a_notebook_as_released_beside_what_is_not_opened_is_no_zero(released, monkeypatch, why):
    """The work may be in there. Who has filled in the notebook is graded all the same."""
    monkeypatch.setattr(unpacking, "MOST_BYTES", 20 * 2**20)
    name, content = CLOSED[why]
    one, told = chosen(released, {NAME: STUB, name: content})
    assert one is None and "is as released" in told and why in told
    one, told = chosen(released, {NAME: FULL, name: content})
    assert mine(one) and why in told
    assert chosen(released, {NAME: STUB, "data.csv": b"1"})[0]


def test_a_file_that_is_left_out_for_its_size_may_hold_the_work(released, tmp_path, monkeypatch):
    monkeypatch.setattr(submission, "MOST_BYTES", 2 * len(FULL))
    (tmp_path / NAME).write_bytes(STUB)
    (tmp_path / "mine.ipynb").write_bytes(FULL + b" " * 2 * len(FULL))
    read = submission.read(tmp_path, "ada")
    one = choosing.choose(unpacking.unpacked(read.files)[0], (released,), read.left_out)[UNIT]
    assert isinstance(one, reading.Unreadable) and not one.beyond_limit and "is as released" in str(one)


def with_outputs(content, brackets):
    """The same notebook with saved outputs of so many lists."""
    notebook = json.loads(content)
    code = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [[] for _ in range(brackets // 2)]
    return json.dumps(notebook).encode()


def test_what_all_files_have_saved_costs_nobody_points(released, monkeypatch):
    """The newest is read first, one without outputs always, and of the others it is told. Where the work may
    be in what was not read, there is no score, and no zero."""
    monkeypatch.setattr(reading, "MOST_STEPS", 60_000)
    monkeypatch.setattr(reading, "MOST_TOGETHER", 100_000)
    heavy, stub = with_outputs(FULL, 30_000), with_outputs(STUB, 45_000)
    day = [((2026, 5, number, 0, 0, 0),) for number in range(1, 6)]

    def handed_in(*contents):
        files = (
            (f"{UNIT}_v{number}.ipynb", content, *day[number]) for number, content in enumerate(contents)
        )
        return chosen(released, {"work.zip": zipped(*files)})

    one, told = handed_in(heavy, heavy, heavy, with_outputs(OTHER, 30_000))
    assert one.file.path.endswith("_v3.ipynb") and mine(one)
    assert told.count("so that the file was not read") == 2 and "_v0.ipynb: The notebooks of the" in told
    one, _ = handed_in(FULL, stub, stub, stub)
    assert one.file.path.endswith("_v0.ipynb") and mine(one)
    why = choosing.choose(
        unpacking.unpacked(
            {"w.zip": zipped((NAME, heavy), *((f"{n}.ipynb", stub, *day[n]) for n in (1, 2)))}
        )[0],
        (released,),
    )[UNIT]
    assert isinstance(why, reading.Unreadable) and not why.beyond_limit and "clear their outputs" in str(why)
    one, told = handed_in(heavy)
    assert mine(one) and "not read" not in told


@pytest.mark.slow
def test_files_full_of_saved_outputs_are_read_within_the_budget(released, cost):
    """Of 30 s of computing for a submission, two thirds at most."""
    heavy = with_outputs(FULL, 9_000_000)
    one, told = chosen(released, {f"{UNIT}_v{number}.ipynb": heavy for number in range(7)})
    assert mine(one) and "was not read" in told
    assert cost()[0] < 20


def test_what_only_programs_keep_is_named(tmp_path):
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / NAME).write_bytes(FULL)
    (tmp_path / submission.TIMESTAMP).write_text("2026-02-01 10:00:00")
    [told] = submission.read(tmp_path, "ada").left_out
    assert ".ipynb_checkpoints" in told
    (tmp_path / NAME).write_bytes(FULL)
    assert submission.read(tmp_path, "ada").left_out == ()


def test_beside_a_broken_file_the_others_are_named(released):
    one, told = chosen(released, {"mine.ipynb": b"{", "work.docx": b"x", "a.csv": b"1"})
    assert one is None and "mine.ipynb: The file is damaged" in told
    assert told.endswith("What else is there: work.docx, a.csv.")


@pytest.mark.parametrize("mark", unpacking.UNOPENED, ids=unpacking.UNOPENED.values())
def test_an_archive_that_is_not_opened_is_told(released, mark):
    one, told = chosen(released, {"work.x": mark + bytes(99)})
    assert one is None and "work.x is " in told and "ask for a zip" in told
