"""Lectures and the claims beside them run from a fresh kernel, in time, without warnings or network; their
verdicts hold, also on seeds that nobody has looked at."""

import ast
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "notebooks"
LECTURES = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
PAGES = [*LECTURES, *sorted(FOLDER.glob("claims/[0-9][0-9]_*.ipynb"))]
SECONDS = 60  # of computing: what the machine does beside is not the lecture's time
COMPUTED = "import time\nprint(time.process_time())"

# Runs before the first cell: a lecture that reaches for the network fails at once.
WITHOUT_NETWORK = """
import socket as _socket

def _no_network(self, address, *rest):
    if self.family == _socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost"):
        return _connect(self, address, *rest)
    raise OSError(f"this lecture must run without network, but reached for {address}")

_connect, _socket.socket.connect = _socket.socket.connect, _no_network
"""

# Runs before the first cell: each generator that is made of a number draws what no page was written from.
OTHER_SEEDS = """
import numpy as _numpy

def _other(seed=None):
    known = isinstance(seed, (int, list, tuple, _numpy.integer))
    return _default_rng([*_numpy.ravel(seed), 1] if known else seed)

_default_rng, _numpy.random.default_rng = _numpy.random.default_rng, _other
"""
STORED_TRIALS = "06_hyperparameters.ipynb"  # draws its trials: other seeds draw some that nobody has run
OF_THESE_SEEDS = "# these seeds"  # stands above an assertion on a figure of the text, read off one draw


def place(path):
    """Where a notebook stands, such as claims/01_gradient_descent.ipynb."""
    return path.relative_to(FOLDER).as_posix()


def verdicts(page):
    """The assertions that hold this notebook's verdicts against its own variables."""
    return (ROOT / "tests" / "verdicts" / place(page)).with_suffix(".py").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def kept():
    """Where the book looks for a page as it was executed, so that it need not execute it again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        return import_module("executing").files_of(ROOT, ROOT / "scratch" / "book" / "executed")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=place)
def test_lecture_runs_alone_in_a_folder_and_its_verdicts_hold(page, tmp_path, monkeypatch, kept):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # as in the course's JupyterLab; two wait for each other
    notebook = nbformat.read(page, as_version=4)
    first = nbformat.v4.new_code_cell(WITHOUT_NETWORK)
    last = [nbformat.v4.new_code_cell(source) for source in (verdicts(page), COMPUTED)]
    notebook.cells = [first, *notebook.cells, *last]
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=10 * SECONDS, resources=folder, store_widget_state=True).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    computed = float(outputs[-1].text)
    assert computed < SECONDS, f"{place(page)} computes for {computed:.0f} s"
    notebook.cells = notebook.cells[1 : -len(last)]
    (tmp_path / page.name).write_text(nbformat.writes(notebook), encoding="utf-8")
    shutil.move(tmp_path / page.name, kept[page.relative_to(ROOT)])


def of_any_seeds(source):
    """Assertions without those on figures of one draw; what is left stands in the lines in which it stood."""
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if lines[statement.lineno - 2].startswith(OF_THESE_SEEDS):
            lines[statement.lineno - 1 : statement.end_lineno] = [""] * (
                statement.end_lineno - statement.lineno + 1
            )
    return "\n".join(lines)


def test_what_is_left_of_assertions_on_other_seeds():
    source = f"a = 1\n{OF_THESE_SEEDS}: from the text\nassert (\n    a == 2\n)\nassert a == 1\n"
    assert of_any_seeds(source) == f"a = 1\n{OF_THESE_SEEDS}: from the text\n\n\n\nassert a == 1"


@pytest.mark.slow
@pytest.mark.parametrize("page", [path for path in PAGES if place(path) != STORED_TRIALS], ids=place)
def test_verdicts_hold_on_other_seeds(page, tmp_path, monkeypatch):
    """Which seeds those are is fixed, so the same verdicts hold or fail in every run of this test."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    notebook = nbformat.read(page, as_version=4)
    first, last = map(nbformat.v4.new_code_cell, (OTHER_SEEDS, of_any_seeds(verdicts(page))))
    cells = [cell for cell in notebook.cells if not cell.source.startswith(("explorers.", "quiz."))]
    notebook.cells = [first, *cells, last]
    NotebookClient(notebook, timeout=10 * SECONDS, resources={"metadata": {"path": str(tmp_path)}}).execute()


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_lecture_has_what_every_lecture_has(lecture):
    cells = nbformat.read(lecture, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert "**When you are through, you can**" in text
    assert "**Time**" in text and "**Builds on**" in text
    assert text.count("**Predict.**") >= 3
    assert code.count("explorers.") >= 2
    assert "quiz.show(" in code
    assert text.count("**Tested here.**") >= 3 and "*Verdict:*" in text
    assert "**Pitfalls**" in text and "## Further reading" in text


@pytest.mark.parametrize("page", PAGES, ids=place)
def test_cells_fit_a_screen_and_words_do_not_belittle(page):
    cells = nbformat.read(page, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for cell in cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 20, f"cell {cell.id} does not fit a screen"
    for banned in ("simply", "obviously", " just "):
        assert banned not in text.lower(), f"{place(page)} says '{banned.strip()}'"


@pytest.mark.parametrize("page", [path for path in PAGES if path.stem < "06"], ids=place)
def test_a_lecture_before_06_does_without_scikit_learn(page):
    code = [cell.source for cell in nbformat.read(page, as_version=4).cells if cell.cell_type == "code"]
    assert not [source for source in code if re.search(r"\b(sklearn|optuna|fashion_mnist)\b", source)]


LINK = re.compile(r"\]\(([^)#]+\.(?:ipynb|md))(?:#[^)]*)?\)")


def links(notebook, cells=slice(None)):
    """The files that a notebook's Markdown links to."""
    found = nbformat.read(notebook, as_version=4).cells[cells]
    targets = LINK.findall("\n".join(cell.source for cell in found if cell.cell_type == "markdown"))
    return {(notebook.parent / target).resolve() for target in targets if "://" not in target}


ASSIGNMENTS = sorted((ROOT / "assignments").glob("*/*.ipynb"))


@pytest.mark.parametrize("notebook", [*PAGES, *ASSIGNMENTS], ids=lambda path: path.parent.name + path.name)
def test_links_from_notebook_to_notebook_lead_somewhere(notebook):
    assert [path for path in links(notebook) if not path.is_file()] == []


@pytest.mark.parametrize(("lecture", "following"), zip(LECTURES, [*LECTURES[1:], None], strict=True))
def test_a_lecture_ends_with_its_assignment_and_that_with_the_next_lecture(lecture, following):
    own = {path for path in ASSIGNMENTS if path.stem == lecture.stem}
    end = links(lecture, slice(-1, None))
    assert own <= end and (following is None or following in end)
    for assignment in own:
        assert (following or lecture) in links(assignment, slice(-1, None))


# In a notebook's folder that holds nothing else: what a lecture shows of its package, imports first.
ALONE = """
import sys, nbformat
for path in sys.argv[1:]:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    namespace = {"__name__": "__main__"}
    for cell in cells:
        if cell.id == "imports" or "quiz." in cell.source:
            exec(compile(cell.source, f"{path}: {cell.id}", "exec"), namespace)
    if path[:2] < "06":
        assert "sklearn" not in sys.modules, path
    print(path)
"""


def test_the_quizzes_of_a_lecture_that_lies_alone_are_there(tmp_path):
    for lecture in LECTURES:
        (tmp_path / lecture.name).write_bytes(lecture.read_bytes())
    names = [lecture.name for lecture in LECTURES]
    command = [sys.executable, "-c", ALONE, *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line in names] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == names, "nothing is written beside them"
