"""Bring a copy of the course to a new version, at no cost to what a student has written in it.

What the student has not changed becomes the new version's. A notebook that both have changed stays the
student's, and the new one is put beside it; any other file that both have changed becomes the new version's,
and the student's is put beside it. Whether a file was changed, the list of the released files tells
(course.sha256 in the bundle); a notebook that was only run counts as unchanged.
"""

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from course_lib import notebooks
from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError

LIST = "course.sha256"  # as sha256sum writes and checks it
OWN = ("assignments/", "notebooks/")  # where students write


def update(root: Path, bundle: Path | None) -> list[str]:
    """Update the course, from the bundle or, in a clone of git's, from where that came from; return what was
    done as sentences.

    Raises CourseError where there is nothing to update from.
    """
    if bundle is not None:
        return apply(root, _unpacked(bundle), _listed(root))
    if not (root / ".git").exists():
        raise CourseError("Name the new version: course update course.zip, the file that you were given.")
    _git(root, "fetch", "--quiet")
    upstream = "@{upstream}"
    if _git(root, "rev-list", f"{upstream}..HEAD"):
        raise CourseError("This clone has commits of its own, so that git has to merge: git pull.")
    before = {name: _print(name, content) for name, content in _archived(root, "HEAD").items()}
    said = apply(root, _archived(root, upstream), before)
    _git(root, "reset", "--quiet", upstream)  # the files are there already; what the student changed stays so
    return said


def apply(root: Path, new: Mapping[str, bytes], before: Mapping[str, str]) -> list[str]:
    """Write the files of the new version that differ. before: name → the print that it had when released."""
    said = []
    files = {name: content for name, content in new.items() if name != LIST}
    for name, content in files.items():
        path = root / name
        now = _print(name, path.read_bytes()) if path.is_file() else None
        released = before.get(name)
        if now in (None, released) and now != _print(name, content):
            _write(path, content)
        elif now is None or _print(name, content) in (now, released):
            continue  # nothing new, or new for the student's own hands only
        elif name.startswith(OWN):
            beside = _beside(path, "new version", {_print(name, content), released})
            _write(beside, content)
            said.append(
                f"{name} is yours, as you have changed it; the new version is beside it: {beside.name}."
            )
        else:
            beside = _beside(path, "yours", set())
            path.replace(beside)
            _write(path, content)
            said.append(f"{name} is the new version's; your changed one is beside it: {beside.name}.")
    for name in before.keys() - files.keys():
        if (root / name).is_file() and _print(name, (root / name).read_bytes()) == before[name]:
            (root / name).unlink()
    if LIST in new:
        _write(root / LIST, new[LIST])  # last: an update that was cut short is done again
    return said


def listing(files: Mapping[str, bytes]) -> bytes:
    """The list of released files."""
    return "".join(f"{_print(name, content)}  {name}\n" for name, content in files.items()).encode()


def _listed(root: Path) -> dict[str, str]:
    try:
        lines = (root / LIST).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:  # an older copy: whatever differs may be the student's
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _print(name: str, content: bytes) -> str:
    """SHA-256; of a notebook, as it is without what was run."""
    if name.endswith(".ipynb"):
        content = notebooks.without_outputs(content)
    return hashlib.sha256(content).hexdigest()


def _unpacked(bundle: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(bundle) as archive:
            files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except FileNotFoundError:
        raise CourseError(f"There is no file {bundle}: check its name and the folder you are in.") from None
    except (OSError, zipfile.BadZipFile) as error:
        raise CourseError(f"{bundle} cannot be read as a zip: {error}.") from None
    inside = {name.partition("/")[2]: content for name, content in files.items()}
    parts = {part for name in inside for part in PurePosixPath(name).parts}
    if CONFIG not in inside or ".." in parts or any("\\" in part or ":" in part for part in parts):
        raise CourseError(f"{bundle} is no version of the course: name the zip that you were given.")
    return inside


def _archived(root: Path, version: str) -> dict[str, bytes]:
    data = _git(root, "archive", "--format=zip", version)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise CourseError("git is not installed, which this clone came by.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise CourseError(f"git could not {arguments[0]} ({said[-1] if said else 'it gave no reason'}).")
    return done.stdout


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def _beside(path: Path, whose: str, known: set[str | None]) -> Path:
    """A name beside the file that is free, or has one of the known prints: what a student may have written in
    it is not lost."""
    number = 1
    while True:
        beside = path.with_stem(f"{path.stem} ({whose}{f' {number}' if number > 1 else ''})")
        if not beside.exists() or _print(beside.name, beside.read_bytes()) in known:
            return beside
        number += 1
