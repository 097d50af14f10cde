"""The course's library and what it needs, as wheels for the browser's Python, and in its list of packages.

A cell that imports a package of that list has it fetched from the site with all that it depends on: nothing
is installed or resolved, and no other host is asked.
"""

import hashlib
import tomllib
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from browser_python import with_needs
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tools import ROOT, UV, WORK, run

KERNEL = ("ipython", "jedi", "micropip", "sqlite3", "ssl")  # what JupyterLite's kernel loads at its start
EXTRA = "tune"  # of pyproject.toml: other libraries that a claim tries
# A server's side of the widgets, and optuna's databases.
NOT_NEEDED = {"alembic", "jupyterlab-widgets", "pyyaml", "sqlalchemy", "widgetsnbextension"}
BROWSER = {"platform_machine": "wasm32", "platform_system": "Emscripten", "sys_platform": "emscripten"}
PURE = "-none-any.whl"
PIP = "pip@26.3"  # uv downloads no wheels for another platform


def wheels(course: Path, listed: dict[str, Any]) -> dict[str, Path]:
    """The course's wheel, and the pure ones that it needs, as uv.lock has them; by their names.

    What the kernel needs itself, and what is compiled, is Pyodide's.
    """
    pure, brought = _pure(), set(with_needs(listed, KERNEL))
    found, waiting = {"course-lib": course}, _needs(course, EXTRA)
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name in pure and name not in brought and name not in found:
            found[name] = _fetched(*pure[name])
            waiting += _needs(found[name])
    return found


def with_wheels(listed: dict[str, Any], ours: dict[str, Path]) -> dict[str, Any]:
    """The list of packages with these in it, as far as a notebook can need them.

    Raises SystemExit with one sentence where one does not fit to another.
    """
    whole = listed | {name: _entry(name, wheel) for name, wheel in ours.items()}
    for name, wheel in ours.items():
        for need in _needs(wheel):
            found = whole[canonicalize_name(need.name)]
            if not need.specifier.contains(found["version"]):
                raise SystemExit(f"{wheel.name} needs {need}, and {found['file_name']} is there.")
            whole[name]["depends"].append(found["name"])
    tried = [need.name for need in _needs(ours["course-lib"], EXTRA)]
    return {name: whole[name] for name in with_needs(whole, [*KERNEL, *ours, *tried])}


def _pure() -> dict[str, tuple[str, str]]:
    """Packages of uv.lock that are pure Python: version and hash of the wheel, by name."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {
        package["name"]: (f"{package['name']}=={package['version']}", wheel["hash"])
        for package in packages
        for wheel in package.get("wheels", [])
        if wheel["url"].endswith(PURE)
    }


def _fetched(package: str, mark: str) -> Path:
    """A pure wheel from PyPI, known by its hash; fetched once, then kept."""
    folder = WORK / "wheels" / package
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        asked = folder.with_name(f"{package}.txt")
        asked.write_text(f"{package} --hash={mark}\n", encoding="utf-8")
        only = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--platform=any"]
        run(UV, "tool", "run", PIP, "download", *only, "--dest", str(folder), "--requirement", str(asked))
    [wheel] = folder.iterdir()
    return wheel


def _needs(wheel: Path, extra: str = "") -> list[Requirement]:
    """What a wheel asks for in a browser."""
    with zipfile.ZipFile(wheel) as packed:
        [name] = [name for name in packed.namelist() if name.endswith(".dist-info/METADATA")]
        told = HeaderParser().parsestr(packed.read(name).decode())
    asked = map(Requirement, told.get_all("Requires-Dist", []))
    return [
        need
        for need in asked
        if canonicalize_name(need.name) not in NOT_NEEDED
        and (need.marker is None or need.marker.evaluate({**BROWSER, "extra": extra}))
    ]


def _entry(name: str, wheel: Path) -> dict[str, Any]:
    """A wheel in Pyodide's list, but for what it depends on."""
    with zipfile.ZipFile(wheel) as packed:
        tops = {Path(path).parts[0] for path in packed.namelist()}
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "imports": sorted(
            top.removesuffix(".py") for top in tops if not top.endswith((".dist-info", ".data"))
        ),
        "depends": [],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }
