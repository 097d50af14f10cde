"""What students send is read within bounds and repaired from the released notebook."""

import json
import os
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from course_lib import notebooks
from course_lib.errors import CourseError
from course_lib.grading import assignment, choosing, files, intake, reading, submission
from course_lib.grading.unpacking import unpacked

ROOT = Path(__file__).parents[1]
UNIT = "02_adaptive_optimizers"


def released_notebook() -> nbformat.NotebookNode:
    return notebooks.read(ROOT / "assignments" / UNIT / f"{UNIT}.ipynb")


def known(notebook: nbformat.NotebookNode) -> dict:
    """What the gradebook has of each cell."""
    cells = {}
    for cell in notebook.cells:
        own = cell.metadata.get("nbgrader", {})
        if own:
            cells[own["grade_id"]] = {
                "source": cell.source,
                "cell_type": cell.cell_type,
                "points": own.get("points"),
                "checksum": own.get("checksum"),
            }
    return cells


@pytest.fixture(scope="module")
def released() -> assignment.Notebook:
    notebook = released_notebook()
    return assignment.notebook(UNIT, notebook, known(notebook))


@pytest.fixture
def handed_in() -> nbformat.NotebookNode:
    """The released notebook with something of the student's in each solution."""
    notebook = released_notebook()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source += f"\n# mine: {cell.metadata.nbgrader.grade_id}"
    return notebook


def repaired(released, notebook):
    content = nbformat.writes(notebook).encode() if isinstance(notebook, nbformat.NotebookNode) else notebook
    return intake.repair(released, reading.cells_of(content))


def at(notebook, grade_id):
    return next(
        n for n, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def ids(planned):
    return [plan.released.grade_id for plan in planned if plan.released and plan.released.grade_id]


ALL = list(known(released_notebook()))


def assert_whole(released, planned):
    """Every graded cell once, in order, as released; every solution the student's."""
    assert ids(planned) == ALL
    for plan in planned:
        if plan.released and plan.released.graded:
            assert (plan.type, plan.source, plan.runs) == ("code", plan.released.source, True)
        elif plan.released and plan.released.solution:
            assert plan.type == "code" and plan.source.endswith(f"# mine: {plan.released.grade_id}")


def test_an_undamaged_notebook_stays_as_it_is(released, handed_in):
    planned, notes = repaired(released, handed_in)
    assert_whole(released, planned)
    assert [plan.source for plan in planned] == [cell.source for cell in handed_in.cells]
    assert notes == []


def test_of_the_ungraded_cells_only_those_run_that_a_graded_one_needs(released, handed_in):
    planned, _ = repaired(released, handed_in)
    runs = {plan.released.id for plan in planned if plan.runs and not plan.released.grade_id}
    assert runs == {"a02-imports"}


def test_a_notebook_released_before_it_had_a_first_cell_is_whole(released, handed_in):
    handed_in.cells = [cell for cell in handed_in.cells if cell.id != "library"]
    planned, notes = repaired(released, handed_in)
    assert_whole(released, planned)
    assert [plan.source for plan in planned] == [cell.source for cell in handed_in.cells]
    assert notes == []


def test_an_ungraded_cell_runs_where_a_solution_uses_a_name_of_it(released, handed_in):
    handed_in.cells[at(handed_in, "adam")].source = "class Adam:\n    step = lambda self, t, g: helper(t)"
    cell = next(c for c in handed_in.cells if c.id == "a02-rmsprop-try")
    cell.source += "\ndef helper(t):\n    return t"
    planned, _ = repaired(released, handed_in)
    assert {plan.released.id for plan in planned if plan.runs and not plan.released.grade_id} == {
        "a02-imports",
        "a02-rmsprop-try",
    }


def damage(name, notebook):
    cells = notebook.cells
    if name == "a check deleted":
        del cells[at(notebook, "adam-check")]
    elif name == "all checks deleted":
        notebook.cells = [c for c in cells if not c.metadata.get("nbgrader", {}).get("grade")]
    elif name == "the imports deleted":
        notebook.cells = [c for c in cells if c.id != "a02-imports"]
    elif name == "a check twice":
        cells.insert(3, deepcopy(cells[at(notebook, "adam-check")]))
    elif name == "checks before the solutions":
        checks = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
        notebook.cells = checks + [c for c in cells if c not in checks]
    elif name == "backwards":
        notebook.cells = cells[::-1]
    elif name == "retyped":
        for grade_id in ("adam", "adam-check"):
            cell = cells[at(notebook, grade_id)]
            cell.cell_type = "markdown"
            del cell["outputs"], cell["execution_count"]
    elif name == "checks edited":
        cells[at(notebook, "adam-check")].source = "8.0"
    elif name == "points edited":
        cells[at(notebook, "adam-check")].metadata.nbgrader.points = 800
    elif name == "metadata lost":
        for cell in cells:
            cell.metadata = nbformat.NotebookNode()
    elif name == "metadata and ids lost":
        for cell in cells:
            cell.metadata = nbformat.NotebookNode()
            cell.id = f"new-{id(cell)}"
        for cell in cells:
            if cell.source.endswith("# mine: adam"):
                cell.source = "import numpy as np\n" + cell.source
    elif name == "grade ids of the checks swapped":
        one, other = cells[at(notebook, "adam-check")], cells[at(notebook, "adagrad-check")]
        one.metadata.nbgrader.grade_id, other.metadata.nbgrader.grade_id = "adagrad-check", "adam-check"
    elif name == "schema version of the future":
        for cell in cells:
            if "nbgrader" in cell.metadata:
                cell.metadata.nbgrader.schema_version = 99
    elif name == "unknown grade ids added":
        cells.append(
            nbformat.v4.new_code_cell(
                "7", metadata={"nbgrader": {"grade": True, "grade_id": "bonus", "points": 99}}
            )
        )
    elif name == "metadata of another shape":
        cells[0].metadata = nbformat.NotebookNode(nbgrader=["x"])
        cells[1].metadata = nbformat.NotebookNode(nbgrader={"grade_id": {"a": 1}})
    return notebook


DAMAGES = [
    "a check deleted",
    "all checks deleted",
    "the imports deleted",
    "a check twice",
    "checks before the solutions",
    "backwards",
    "retyped",
    "checks edited",
    "points edited",
    "metadata lost",
    "metadata and ids lost",
    "grade ids of the checks swapped",
    "schema version of the future",
    "unknown grade ids added",
    "metadata of another shape",
]


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_repaired(released, handed_in, name):
    content = json.dumps(damage(name, handed_in)).encode()
    planned, notes = repaired(released, content)
    assert_whole(released, planned)
    assert any(plan.runs and plan.released and plan.released.id == "a02-imports" for plan in planned)
    silent = {
        "points edited",
        "schema version of the future",
        "unknown grade ids added",
        "metadata of another shape",
    }
    assert bool(notes) == (name not in silent)


def test_of_a_solution_that_is_there_twice_both_run_and_the_last_counts(released, handed_in):
    first = deepcopy(handed_in.cells[at(handed_in, "adam")])
    first.source = "first = 1"
    handed_in.cells.insert(2, first)
    planned, notes = repaired(released, json.dumps(handed_in).encode())
    assert_whole(released, planned)
    assert any(plan.source == "first = 1" and plan.runs for plan in planned)
    assert "more than once" in " ".join(notes)


def test_a_deleted_solution_stays_away_so_that_its_stub_undoes_nothing(released, handed_in):
    mine = handed_in.cells.pop(at(handed_in, "adam"))
    handed_in.cells[1].source += "\n" + mine.source  # written beside the imports instead
    planned, _ = repaired(released, handed_in)
    assert "adam" not in ids(planned) and "adam-check" in ids(planned)


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "empty"),
        (b"\0\0\0", "empty"),
        (b"%PDF-1.4 \xff\xfe", "no text"),
        (b'{"cells": [', "not valid JSON (line 1)"),
        (b"[]", "no cells"),
        (b'{"cells": {}}', "no cells"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"cells":\n<<<<<<< HEAD\n[]\n=======\n[1]\n>>>>>>> b\n}', "merge conflict"),
        (b'{"worksheets": [{"cells": 3}], "nbformat": 3}', "old format"),
        (json.dumps({"cells": [{}] * 5000}).encode(), "5,000 cells"),
        (json.dumps({"cells": [{"source": "x" * 2_000_000}]}).encode(), "characters"),
    ],
)
def test_what_is_no_notebook_says_why(content, said):
    with pytest.raises(reading.Unreadable) as caught:
        reading.cells_of(content)
    assert said in str(caught.value)


def test_other_encodings_and_older_formats_are_read(handed_in):
    text = nbformat.writes(handed_in)
    assert len(reading.cells_of(b"\xef\xbb\xbf" + text.encode())) == len(handed_in.cells)
    assert len(reading.cells_of(text.encode("utf-16"))) == len(handed_in.cells)
    old = nbformat.v3.new_notebook(
        worksheets=[nbformat.v3.new_worksheet(cells=[nbformat.v3.new_code_cell("a = 1")])]
    )
    assert [cell.source for cell in reading.cells_of(json.dumps(old).encode())] == ["a = 1"]


def test_garbage_inside_cells_is_passed_over():
    cells = [
        None,
        3,
        {"cell_type": "code", "source": ["a = ", 1, None, "2"]},
        {"source": {"x": 1}, "metadata": 7},
    ]
    found = reading.cells_of(json.dumps({"cells": cells}).encode())
    assert [(cell.type, cell.source) for cell in found] == [("code", "a = 2"), ("raw", "")]


def test_a_renamed_notebook_is_found(released, handed_in):
    content = nbformat.writes(handed_in).encode()
    other = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])).encode()

    def chosen(files):
        return choosing.choose(unpacked(files)[0], (released,))[UNIT]

    files = {"notes.ipynb": other, f"deep/{UNIT} (1).ipynb": content, "readme.txt": b"x"}
    found = chosen(files)
    assert found.file.path == f"deep/{UNIT} (1).ipynb" and len(found.cells) == len(handed_in.cells)
    assert "in place of" in found.notes[0]
    files[f"{UNIT}.ipynb"] = b"{"
    found = chosen(files)
    assert found.file.path == f"deep/{UNIT} (1).ipynb" and "cannot be read" in found.notes[0]
    # Nothing in it is of the assignment: that it has the name does not make it so.
    files[f"{UNIT}.ipynb"] = other
    found = chosen(files)
    assert found.file.path == f"deep/{UNIT} (1).ipynb" and "several" in " ".join(found.notes)
    assert "another notebook under this name" in str(chosen({f"{UNIT}.ipynb": other}))
    assert "There is no notebook" in str(chosen({}))


# The folder


def test_a_folder_is_read_within_bounds(tmp_path, monkeypatch):
    folder = tmp_path / "unit"
    (folder / "data").mkdir(parents=True)
    (folder / "unit.ipynb").write_text("{}")
    (folder / "data" / "points.csv").write_text("1,2")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "unit.ipynb").write_text("{}")
    deep = folder
    for _ in range(20):
        deep = deep / "d"
        deep.mkdir()
    (deep / "far.txt").write_text("x")
    read = submission.read(folder, "ada")
    assert read.files == {"unit.ipynb": b"{}", "data/points.csv": b"1,2"}
    assert "too deep" in " ".join(read.notes)
    monkeypatch.setattr(submission, "MOST_FILES", 1)
    assert "more than 1 files" in " ".join(submission.read(folder, "ada").notes)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse to make some of these")
def test_what_is_no_ordinary_file_is_left_out(tmp_path):
    folder = tmp_path / "unit"
    folder.mkdir()
    (folder / "unit.ipynb").write_text("{}")
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (folder / "link.txt").symlink_to(secret)
    (folder / "folder-link").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    with (folder / "sparse.bin").open("wb") as file:
        file.truncate(2**40)
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:
        file.write(b"x")
    read = submission.read(folder, "ada")
    assert read.files == {"unit.ipynb": b"{}"}
    told = " ".join(read.notes)
    for word in ("link.txt", "folder-link", "pipe", "sparse.bin", "no text"):
        assert word in told


@pytest.mark.skipif(sys.platform == "win32", reason="there, links are for administrators")
def test_a_folder_that_is_a_link_or_missing_gives_an_empty_submission(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "unit.ipynb").write_text("{}")
    (tmp_path / "unit").symlink_to(tmp_path / "other")
    assert submission.read(tmp_path / "unit", "ada").files == {}
    assert "is a link" in submission.read(tmp_path / "unit", "ada").notes[0]
    assert submission.read(tmp_path / "nowhere", "ada").files == {}


@pytest.mark.parametrize(
    "text, when",
    [
        ("2026-03-01 12:00:00 UTC", "2026-03-01T12:00:00"),
        ("2026-03-01T12:00:00.5", "2026-03-01T12:00:00.500000"),
        ("", None),
        ("yesterday", None),
        ("9999-99-99", None),
        ("2999-01-01 00:00:00", None),
        ("1970-01-01", None),
        ("\0\0", None),
        ("<script>", None),
        ("1" * 5000, None),
    ],
)
def test_a_timestamp_is_believed_where_it_can_be_one(tmp_path, text, when):
    (tmp_path / "timestamp.txt").write_text(text)
    read = submission.read(tmp_path, "ada")
    assert (read.timestamp.isoformat() if read.timestamp else None) == when
    assert bool(read.notes) == (when is None)
    assert "timestamp.txt" not in read.files


def test_the_digest_changes_with_any_file_and_any_name(tmp_path):
    contents = ({}, {"a": b""}, {"b": b""}, {"a": b"x"}, {"a": b"", "b": b""}, {"ab": b""}, {"c/a": b"x"})
    for number, folder in enumerate(contents):
        for name, content in folder.items():
            path = tmp_path / str(number) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    digests = [files.digest(tmp_path / str(number)) for number in range(len(contents))]
    assert len(set(digests)) == len(contents)
    assert digests == [files.digest(tmp_path / str(number)) for number in range(len(contents))]


def test_the_digest_of_a_folder_in_a_folder_without_end(tmp_path):
    deep = tmp_path
    for _ in range(1200):
        deep = deep / "d"
        deep.mkdir()
    try:
        before = files.digest(tmp_path)
        (deep / "x").write_text("1")
        assert files.digest(tmp_path) != before
    finally:  # pytest, which goes from folder to folder by calls, could not remove it
        (deep / "x").unlink(missing_ok=True)
        while deep != tmp_path:
            deep.rmdir()
            deep = deep.parent


# What an assignment may be


def test_a_graded_cell_with_a_check_and_more_is_refused():
    for source in (
        'x = 1\ncheck("adam", Adam, points=8)',
        'check("adam", Adam)',
        'print(check("adam", Adam, points=8))',
    ):
        notebook = released_notebook()
        cell = notebook.cells[at(notebook, "adam-check")]
        cell.source = source
        with pytest.raises(CourseError, match=r"adam-check.*a cell of its own"):
            assignment.notebook(UNIT, notebook, known(notebook))


def test_names_are_told_apart_as_python_does():
    bound, used = assignment.names(
        "%matplotlib inline\nimport numpy as np\ndef f(a):\n    global g\n    b = a\n    g = c\n"
    )
    assert {"np", "f", "g"} <= bound and "b" not in bound
    assert "c" in used and "a" not in used and "b" not in used
    assert assignment.names("def f(:") is None
    assert assignment.names("x = '" + "(" * 5000) is None
