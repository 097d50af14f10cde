"""The browser's Python, Pyodide (Mozilla Public License 2.0): its core from npm, packages from its release.

The core's hash is npm's; the core lists all packages of its release, each with its hash. So whatever brings
the packages, they are what Pyodide has published.
"""

import hashlib
import json
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from npm import kept_files
from packaging.utils import canonicalize_name

VERSION = "0.27.7"
INTEGRITY = "sha512-RUSVJlhQdfWfgO9hVHCiXoG+nVZQRS5D9FzgpLJ/VcgGBLSAKoPL8kTiOikxbHQm1kRISeWUBdulEgO26qpSRA=="
RELEASE = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
LOCK = "pyodide-lock.json"
CORE = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", LOCK)
PATIENCE = 60  # seconds for a file


class Unreachable(Exception):
    """A package that cannot be had just now, told in one sentence."""


def pyodide(kept: Path, packages: Iterable[str], release: Path | None = None) -> list[Path]:
    """The files of Pyodide with these packages and all that these need; fetched once, then kept.

    release: a folder that holds the release's files already, in place of the network.
    Raises Unreachable where a package is not to be had, SystemExit where one is not what was published.
    """
    core = kept_files(f"pyodide@{VERSION}", INTEGRITY, CORE, kept)
    listed = json.loads((kept / LOCK).read_text(encoding="utf-8"))["packages"]
    needed = [listed[name] for name in with_needs(listed, packages)]
    for package in needed:
        if not (kept / package["file_name"]).exists():
            content = _content(package["file_name"], release)
            if hashlib.sha256(content).hexdigest() != package["sha256"]:
                raise SystemExit(f"{package['file_name']} is not the file that Pyodide {VERSION} lists.")
            (kept / package["file_name"]).write_bytes(content)
    return [*core, *(kept / package["file_name"] for package in needed)]


def with_needs(listed: dict[str, Any], packages: Iterable[str]) -> Iterator[str]:
    """Names of the packages, and of all that they depend on, each once."""
    waiting, seen = list(packages), set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in seen:
            seen.add(name)
            waiting += listed[name]["depends"]
            yield name


def _content(name: str, release: Path | None) -> bytes:
    try:
        if release:
            return (release / name).read_bytes()
        with urllib.request.urlopen(RELEASE + name, timeout=PATIENCE) as answer:
            return answer.read()
    except OSError as error:
        raise Unreachable(
            f"{name} of Pyodide {VERSION} cannot be had from {release or RELEASE}: {error}"
        ) from None
