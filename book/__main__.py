"""Build the web book: `make book`, or, where a release of Pyodide lies in a folder already,

    python book --release FOLDER

Notebooks are executed, as far as they or the library have changed; pages are laid out as the repository is,
so that links hold; Sphinx makes a site of them in dist/book, with the browser's Python in it, so that it asks
no other host. Look at it with

    python -m http.server --directory dist/book
"""

import argparse
import shutil
import sys
import time
from pathlib import Path

import course_wheel
from browser_python import Unreachable, pyodide
from executing import executed
from font import font
from layout import lay_out
from sphinx.cmd.build import build_main

from course_lib.address import address

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "scratch" / "book"
SITE = ROOT / "dist" / "book"
PACKAGES = ("contourpy", "numpy")  # of Pyodide's: what explorers compute with


def main() -> int:
    parser = argparse.ArgumentParser(prog="python book", description="Build the web book in dist/book.")
    parser.add_argument("--release", type=Path, help="a folder that holds Pyodide's release")
    parser.add_argument(
        "--lab", type=Path, help="what make lite has built: the book takes it in and leads to it"
    )
    given = parser.parse_args()
    if given.lab and not (given.lab / "lab" / "index.html").is_file():
        print(
            f"There is no lab/index.html in {given.lab}: build it with make lite, then run the command again."
        )
        return 1
    notebooks = executed(ROOT, WORK / "executed")
    began = time.monotonic()
    known = address(ROOT)
    lay_out(ROOT, notebooks, WORK / "pages", known)
    copy_into(WORK / "static" / "font", font(WORK / "font"))
    shutil.rmtree(SITE, ignore_errors=True)
    sphinx = ["-q", "-W", "--keep-going", "-j", "2", "-d", str(WORK / "doctrees"), "-c", str(ROOT / "book")]
    if given.lab:
        sphinx += ["-D", "laboratory=lab/lab/index.html"]
    if known:
        sphinx += ["-D", f"colab={known.colab('')}"]
    if wrong := build_main([*sphinx, str(WORK / "pages"), str(SITE)]):
        return wrong
    if given.lab:
        shutil.copytree(given.lab, SITE / "lab")
    if known:
        course_wheel.publish(SITE, known)
    try:
        copy_into(SITE / "pyodide", pyodide(WORK / "pyodide", PACKAGES, given.release))
    except Unreachable as reason:
        print(f"{reason}\nSo explorers in this book can be pointed at and played, and compute nothing.")
    seconds = time.monotonic() - began
    print(f"The book is in {SITE.relative_to(ROOT)}, built from executed notebooks in {seconds:.0f} s.")
    return 0


def copy_into(folder: Path, files: list[Path]) -> None:
    folder.mkdir()
    for path in files:
        shutil.copy(path, folder)


if __name__ == "__main__":
    sys.exit(main())
