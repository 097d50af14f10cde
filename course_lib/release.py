"""From the instructor's solutions to what students receive: assignments, and the bundle as a zip."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from course_lib import notebooks, update
from course_lib.course_folder import is_copy, unit_meant
from course_lib.errors import CourseError

# Every entry at the top of the course is in one of these; a test holds them against the repository.
STUDENT = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "LICENSE-TEXT",
    "Makefile",
    "README.md",
    "assignments",
    "bootstrap.py",
    "course_lib",
    "docs",
    "environment.yml",
    "nbgrader_config.py",
    "notebooks",
    "pyproject.toml",
    "uv.lock",
)
INSTRUCTOR = (
    ".binder",
    ".ci",
    ".devcontainer",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".pre-commit-config.yaml",
    "bench",
    "book",
    "course_lib/grading",
    "grading.Containerfile",
    "solutions",
    "tests",
    "typed_keys.py",
)
LEFTOVERS = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: equal content gives an equal file


def units(root: Path) -> list[str]:
    """Names of the units that have an assignment, in order."""
    folder = root / "solutions"
    if not folder.is_dir():
        raise CourseError(
            "There is no solutions/ folder here: assignments are released from the instructor's copy."
        )
    return sorted(path.name for path in folder.iterdir() if (path / f"{path.name}.ipynb").is_file())


def find_unit(root: Path, name: str) -> str:
    """The unit that `name` means: its full name or its number, with or without leading zeros."""
    known = units(root)
    if unit := unit_meant(name, known):
        return unit
    raise CourseError(
        f"There is no unit {name!r} with an assignment; known: {', '.join(known) or 'none yet'}."
    )


def release(root: Path, unit: str | None = None) -> Path:
    """Regenerate the assignments (or one unit's) and write the students' bundle; return the bundle's path."""
    chosen = units(root) if unit is None else [find_unit(root, unit)]
    with tempfile.TemporaryDirectory() as scratch:
        generated = generate(root, chosen, Path(scratch))
        for name in chosen:
            shutil.rmtree(root / "assignments" / name, ignore_errors=True)
            shutil.copytree(generated / name, root / "assignments" / name)
    if unit is None:
        for stale in (root / "assignments").glob("*"):
            if stale.name not in chosen:
                shutil.rmtree(stale)
    return bundle(root, root / "dist" / "course.zip")


def generate(root: Path, chosen: list[str], scratch: Path) -> Path:
    """Let nbgrader make the assignments of the chosen units inside `scratch`; return their folder."""
    released = scratch / "assignments"
    released.mkdir()
    shutil.copy(root / "nbgrader_config.py", scratch)
    for unit in chosen:
        source = root / "solutions" / unit
        shutil.copytree(source, scratch / "solutions" / unit, ignore=_left_behind)
    if chosen:
        run = nbgrader(scratch, "generate_assignment", "*", "--no-db")
        if run.returncode:
            raise CourseError(_refusal(run.stderr))
    for path in released.rglob("*.ipynb"):
        path.write_bytes(notebooks.to_bytes(notebooks.tidy(notebooks.read(path))))
    return released


def _left_behind(folder: str, names: list[str]) -> set[str]:
    """What of a folder nobody receives."""
    return {name for name in names if name in LEFTOVERS or is_copy(Path(name))}


def nbgrader(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of nbgrader's commands in a folder, with the environment that this Python belongs to."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "PATH": path},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )


def _refusal(log: str) -> str:
    """What nbgrader's log says about why it made no assignment, in one sentence."""
    told = re.search(r"\| ERROR\] (?!There was|Traceback|Please see)(.*?)(?:\.|$)", log, re.MULTILINE)
    reason = told or re.search(r"^ +[\w.]*Error: (.*?)\.?$", log, re.MULTILINE)  # what a traceback ends with
    unit = re.search(r"error processing assignment '(.*?)'", log)
    who, why = unit[1] if unit else "the units", reason[1] if reason else "it gave no reason"
    return f"nbgrader could not release {who}: {why}."


def bundle(root: Path, target: Path) -> Path:
    """Write what students receive to the zip `target`, as one folder `course`, with a list of it."""
    files = {path.relative_to(root).as_posix(): _content(path) for path in student_files(root)}
    files[update.LIST] = update.listing(files)
    write_zip({f"course/{name}": content for name, content in files.items()}, target)
    return target


def write_zip(files: Mapping[str, bytes], target: Path) -> None:
    """Write files, by their names in it, to the zip `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def student_files(root: Path) -> Iterator[Path]:
    """The files that students receive, in order."""
    kept_back = [root / name for name in INSTRUCTOR]
    for name in STUDENT:
        top = root / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            inside = any(path.is_relative_to(folder) for folder in kept_back)
            if path.is_file() and not (inside or LEFTOVERS & set(path.parts) or is_copy(path)):
                yield path


def _content(path: Path) -> bytes:
    """A file as students get it: notebooks without what was run in the working copy."""
    if path.suffix == ".ipynb":
        return notebooks.to_bytes(notebooks.tidy(notebooks.read(path)))
    return path.read_bytes()
