"""Notebooks as files: read one, bring it into the repository's form, write it."""

import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_lib.errors import CourseError

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
UNGRADED = "ungraded"  # a tag: no grade depends on this cell, so that grading may leave it out


def read(path: Path) -> NotebookNode:
    """Read a notebook of any format version as version 4.

    Raises CourseError where there is no file, or where it is no notebook.
    """
    if path.is_dir():
        raise CourseError(f"{path} is a folder: name a notebook in it (a file that ends in .ipynb).")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CourseError(f"There is no file {path}: check its name and the folder you are in.") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not a notebook: it holds no text.") from None
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise CourseError(
            f"{path} is not a notebook, or a damaged one: it is not valid JSON{where}. Restore a copy that "
            "JupyterLab can open."
        ) from None
    if not isinstance(content, dict) or "nbformat" not in content:
        raise CourseError(f"{path} is not a notebook: a notebook's JSON says which nbformat it has.")
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises whatever a damaged structure leads to, KeyError among them
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(
            f"{path} is a damaged notebook ({reason}): restore a copy that JupyterLab can open."
        ) from None
    return notebook


def tidy(notebook: NotebookNode) -> NotebookNode:
    """The notebook in the repository's form: no outputs, no execution counts, one kernel, ids for all cells.

    Changes the notebook in place and returns it. An id, once there, stays.
    """
    for number, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"cell-{number}")
        for passing in ("execution", "collapsed", "scrolled"):
            cell.metadata.pop(passing, None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata = NotebookNode(
        kernelspec=NotebookNode(KERNEL), language_info=NotebookNode(name="python")
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def without_outputs(content: bytes) -> bytes:
    """A notebook's file without what running it leaves there; as it is, where it is no notebook."""
    try:
        return to_bytes(tidy(nbformat.reads(content.decode("utf-8"), as_version=4)))
    except Exception:  # nbformat raises whatever a damaged structure leads to
        return content


def to_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as file content, the same on every system."""
    return (nbformat.writes(notebook).rstrip("\n") + "\n").encode("utf-8")
