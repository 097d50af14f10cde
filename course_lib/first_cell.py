"""The first code cell of a notebook, the same in all: it gets this library where it is missing.

What has to stand in the cell is what runs before the library is there; the rest is in `alone`.
"""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from nbformat import NotebookNode, v4

from course_lib.address import Address
from course_lib.notebooks import UNGRADED

ID = "library"
# Collapsed: in JupyterLab by the one, on Colab by the other, which shows what stands behind "@title".
METADATA = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": [UNGRADED]}
OTHERS = {"optuna": "optuna", "sklearn": "scikit-learn"}  # what pip calls the modules of the extra `tune`

HEAD = """\
# @title Gets the course's library where it is missing
try:
    import course_lib.alone
except ModuleNotFoundError as missing:
"""
NO_ADDRESS = """\
    missing._render_traceback_ = lambda: [
        "The course's library is missing: open this notebook in the course's folder, with make lab."
    ]
    raise
"""
FETCHED = """\
    import subprocess
    import sys

    library = "{requirements}"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "-r", library]
    if subprocess.run(pip, capture_output=True).returncode:
        missing._render_traceback_ = lambda: [
            "The course's library cannot be fetched: that takes the internet and Python 3.11 or newer."
        ]
        raise
    import course_lib.alone
"""


def put_first_cell(notebook: NotebookNode, place: PurePosixPath, known: Address | None) -> NotebookNode:
    """Put the cell in front of a notebook's other code. Changes the notebook in place and returns it.

    place: where it is released, such as notebooks/03_dropout.ipynb. One without code needs no library.
    """
    cells = [cell for cell in notebook.cells if cell.id != ID]
    first = next((number for number, cell in enumerate(cells) if cell.cell_type == "code"), None)
    if first is not None:
        cell = v4.new_code_cell(_source(place, _others(cells), known), id=ID, metadata=METADATA)
        cells.insert(first, cell)
    notebook.cells = cells
    return notebook


def _source(place: PurePosixPath, others: list[str], known: Address | None) -> str:
    fetched = FETCHED.format(requirements=known.requirements()) if known else NO_ADDRESS
    given = ", ".join(f'"{each}"' for each in (place.with_suffix("").as_posix(), *others))
    return f"{HEAD}{fetched}course_lib.alone.begin({given})"


def _others(cells: list[NotebookNode]) -> list[str]:
    """The packages of the extra `tune` that a notebook imports."""
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    imported = set(_imported(ast.parse(code)))
    return [package for module, package in OTHERS.items() if module in imported]


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (name.partition(".")[0] for name in names)
