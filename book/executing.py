"""The lectures and claims, executed; what has not changed since the last time is taken from there."""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_lib import home, reference
from course_lib.release import student_files

PATIENCE = 300  # seconds for a cell
AT_ONCE = 2


def executed(root: Path, kept: Path) -> dict[Path, nbformat.NotebookNode]:
    """Place in the course → notebook with its outputs, and the state of its explorers in its metadata.

    kept: the folder in which they are kept, under the name of all that decides what comes out.
    Raises SystemExit with one sentence where a notebook does not run to its end.
    """
    files = files_of(root, kept)
    with ProcessPoolExecutor(AT_ONCE, initializer=_alone) as pool:
        new = [(root / place, file) for place, file in files.items() if not file.exists()]
        for complaint in pool.map(_run, *zip(*new, strict=True)) if new else ():
            if complaint:
                raise SystemExit(complaint)
    for file in set(kept.iterdir()) - set(files.values()):
        file.unlink()
    return {place: nbformat.read(file, as_version=4) for place, file in files.items()}


def files_of(root: Path, kept: Path) -> dict[Path, Path]:
    """Place in the course → the file in which it is kept, executed as it is now. The folder is there."""
    kept.mkdir(parents=True, exist_ok=True)
    library = _library(root)
    places = [path.relative_to(root) for path in lectures(root)]
    return {place: kept / f"{_name(root / place, library)}.ipynb" for place in places}


def lectures(root: Path) -> list[Path]:
    """Paths, claims, and the ledger of all claims."""
    return [*reference.pages(root), root / home.LEDGER]


def _library(root: Path) -> bytes:
    """A mark of all files of the library that a lecture can use."""
    mark = hashlib.sha256()
    for path in student_files(root):
        if path.is_relative_to(root / "course_lib"):
            mark.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return mark.digest()


def _name(notebook: Path, library: bytes) -> str:
    mark = hashlib.sha256(library + notebook.read_bytes()).hexdigest()
    return f"{notebook.parent.name}-{notebook.stem}-{mark[:16]}"


def _alone() -> None:
    """A kernel computes on one core: on a busy machine the threads of OpenBLAS would wait for each other."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _run(notebook: Path, file: Path) -> str:
    """Execute a notebook into a file; what is wrong, in one sentence, or ""."""
    print(f"executing {notebook.parent.name}/{notebook.name}", flush=True)
    work = nbformat.read(notebook, as_version=4)
    folder = {"metadata": {"path": str(notebook.parent)}}
    try:
        NotebookClient(work, timeout=PATIENCE, resources=folder, store_widget_state=True).execute()
    except CellExecutionError as error:
        return f"{notebook} does not run to its end: {error.ename}: {error.evalue}"
    nbformat.write(work, file)
    return ""
