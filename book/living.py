"""Explorers of executed notebooks, made live for the book: first state, and the code that makes them."""

import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from sessions import explorer_of, opened

from course_lib import plots, themed
from course_lib.release import student_files, write_zip
from course_lib.scene import in_print

STATE, VIEW = (f"application/vnd.jupyter.widget-{kind}+json" for kind in ("state", "view"))
TOLD = ("controls", "values", "starts")
LEFT_OUT = {"labconfig", "student", "quizzes"}  # of the library that students have: what no explorer needs


def living(notebook: NotebookNode, cell: NotebookNode, name: str, folder: Path) -> list[NotebookNode]:
    """The outputs of a code cell; an explorer's view and its figure are one, which the page makes live.

    The explorer's first state is written into the folder, under this name.
    """
    views = [output for output in cell.outputs if VIEW in output.get("data", {})]
    if not views:
        return list(cell.outputs)
    if len(views) > 1:
        raise ValueError(f"{name} shows more than one explorer; the book knows one in a cell.")
    state = json.loads(opened(name, cell.source))
    if (shown := told(notebook, views[0])) != {key: state[key] for key in shown}:
        raise ValueError(f"{name}: made again from its cell alone, the explorer is another one.")
    _keep({**state, "code": cell.source}, name, folder)
    rest = [output for output in cell.outputs if output is not views[0]]
    [still] = [output for output in rest if "data-still-of" in output.get("data", {}).get("text/html", "")]
    still.data["text/html"] = _alive(still.data["text/html"], name)
    return rest


def standing(name: str, code: str, folder: Path) -> str:
    """An explorer outside of notebooks, made by this code: its figure, which the page makes live."""
    state = {**json.loads(opened(name, code)), "code": code}
    _keep(state, name, folder)
    scene = explorer_of(code).scene()
    figure = themed.html(plots.draw(scene), in_print(scene.alt), caption=in_print(scene.message))
    return _alive(figure, name)


def _keep(state: dict[str, Any], name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(state, allow_nan=False), encoding="utf-8")


def _alive(figure: str, name: str) -> str:
    return f'<div class="living" data-explorer="{name}">{figure}</div>'


def told(notebook: NotebookNode, view: NotebookNode) -> dict[str, Any]:
    """What an executed notebook keeps of an explorer's controls."""
    model = notebook.metadata.widgets[STATE]["state"][view.data[VIEW]["model_id"]]
    return {name: model["state"][name] for name in TOLD}


def pack_library(root: Path, target: Path) -> None:
    """Write the library, as far as explorers need it, to a zip."""
    inside = [path.relative_to(root) for path in student_files(root)]
    needed = [path for path in inside if path.parts[0] == "course_lib" and not LEFT_OUT & set(path.parts)]
    write_zip({path.as_posix(): (root / path).read_bytes() for path in needed}, target)
