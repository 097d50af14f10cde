"""Build the course for JupyterLite, which is JupyterLab in a browser without a server: `make lite`, or, where
a release of Pyodide lies in a folder already,

    python book/lite.py --release FOLDER

Notebooks are laid out as in the repository, so that links hold, and the browser's Python has the course's
library and all that this needs, so that the site, in dist/lite, asks no other host. Look at it with

    python -m http.server --directory dist/lite
"""

import argparse
import json
import shutil
import time
import zipfile
from pathlib import Path

import course_wheel
import nbformat
from browser_python import CORE, LOCK, Unreachable, pyodide
from tools import PROGRAMS, ROOT, UV, WORK, run
from wheels import KERNEL, wheels, with_wheels

from course_lib.release import bundle

SITE = ROOT / "dist" / "lite"
SHOWN = ("notebooks", "assignments", "docs/reference.md", "docs/pytorch.md")
SETTINGS = "course_lib/jupyter/labconfig/default_setting_overrides.json"
# It shows the kernel the page's files, which no notebook of the course needs; a kernel that looks for one may
# wait for ever.
FILES_PLUGIN = "@jupyterlite/server-extension:service-worker"
PYTHON = {  # as all notebooks have it
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
KERNEL_PLUGIN = "@jupyterlite/pyodide-kernel-extension:kernel"
# This JupyterLab, which is older than the course's, would take cells out of the page that are out of sight.
WHOLE = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"}}
OPENS = "await import('./config-utils.js');"  # what the site's first page does, which goes to an empty room
FIRST = "start.ipynb"  # a notebook is shown as it is meant; Markdown opens in an editor here


def main() -> None:
    parser = argparse.ArgumentParser(prog="python book/lite.py", description="Build the course in dist/lite.")
    parser.add_argument("--release", type=Path, help="a folder that holds Pyodide's release")
    given = parser.parse_args()
    began = time.monotonic()
    with zipfile.ZipFile(bundle(ROOT, WORK / "course.zip")) as received:
        shutil.rmtree(WORK / "course", ignore_errors=True)
        received.extractall(WORK)
    _build_site(WORK / "course")
    try:
        _bring_python(course_wheel.build(WORK / "wheel"), given.release)
    except Unreachable as reason:
        raise SystemExit(str(reason)) from None
    seconds = time.monotonic() - began
    print(f"The course for JupyterLite is in {SITE.relative_to(ROOT)}, built in {seconds:.0f} s.")


def _build_site(course: Path) -> None:
    """JupyterLite with the pages of the course, in an environment of its own, which uv.lock describes."""
    run(UV, "sync", "--frozen", "--only-group", "lite", "--project", str(ROOT))
    lite = WORK / "site"
    shutil.rmtree(lite, ignore_errors=True)
    shutil.rmtree(SITE, ignore_errors=True)
    contents = lite / "contents"
    for name in SHOWN:
        (contents / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(course / name, contents / name)
    words = nbformat.v4.new_markdown_cell(
        Path(__file__).with_suffix(".md").read_text(encoding="utf-8"), id="start"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[words], metadata=PYTHON), contents / FIRST)
    overrides = {**json.loads((course / SETTINGS).read_text(encoding="utf-8")), **WHOLE}
    (lite / "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")
    kernel = {"pyodideUrl": "./pyodide/pyodide.js", "disablePyPIFallback": True}
    config = {
        "appName": "The course",
        "disabledExtensions": [FILES_PLUGIN],
        "litePluginSettings": {KERNEL_PLUGIN: kernel},
    }
    settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
    (lite / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
    folders = ["--lite-dir", str(lite), "--contents", str(contents), "--output-dir", str(SITE)]
    smaller = ["--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    run(
        str(PROGRAMS / "jupyter-lite"), "build", *folders, *smaller, folder=lite
    )  # there it notes what it did
    home = SITE / "index.html"
    page = home.read_text(encoding="utf-8")
    to_first = f'location.replace("./lab/index.html?path={FIRST}");'
    home.write_text(page.replace(OPENS, to_first), encoding="utf-8")


def _bring_python(course: Path, release: Path | None) -> None:
    """Pyodide and the wheels into the site, with a list of packages that has just what is there."""
    kept = WORK / "pyodide"
    pyodide(kept, KERNEL, release)
    lock = json.loads((kept / LOCK).read_text(encoding="utf-8"))
    ours = wheels(course, lock["packages"])
    packages = with_wheels(lock["packages"], ours)
    theirs = pyodide(kept, packages.keys() - ours.keys(), release)
    there = {*CORE, *(package["file_name"] for package in packages.values())}
    place = SITE / "pyodide"
    place.mkdir()
    for path in [*theirs, *ours.values()]:
        if path.name in there:
            shutil.copy(path, place)
    (place / LOCK).write_text(json.dumps({**lock, "packages": packages}), encoding="utf-8")


if __name__ == "__main__":
    main()
