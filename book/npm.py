"""What comes from npm: a package of one version, known by the hash that npm has published for it."""

import base64
import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path


def kept_files(package: str, integrity: str, names: Iterable[str], kept: Path) -> list[Path]:
    """Files of a package in the folder `kept`, under the last part of their names; fetched once.

    Raises as `files_of` does.
    """
    places = {name: kept / Path(name).name for name in names}
    if not all(place.exists() for place in places.values()):
        found = files_of(package, integrity)
        kept.mkdir(parents=True, exist_ok=True)
        for name, place in places.items():
            place.write_bytes(found[name])
    return list(places.values())


def files_of(package: str, integrity: str) -> dict[str, bytes]:
    """The files of a package such as "pyodide@0.27.7", by their names in it.

    integrity: npm's hash of the package, as "sha512-…".
    Raises SystemExit with one sentence where it cannot be had, or is another one.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit(
            "The book needs npm, which brings the browser's Python and the font of formulas: install it (on "
            "Debian and Ubuntu: 'sudo apt install npm'), then run the command again."
        )
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, package]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        packed = next(Path(folder).glob("*.tgz"), None)
        if packed is None:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise SystemExit(f"{package} cannot be fetched from npm: is the network up? (npm said: {said})")
        content = packed.read_bytes()
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if f"sha512-{found}" != integrity:
        raise SystemExit(f"{package} is not the package that it was: npm sent one with another hash.")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {
            member.name.removeprefix("package/"): archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
            if member.isfile()
        }
