"""Build the library as students have it as a wheel, in dist: `make wheel`.

The same source gives the same wheel: the backend that builds it is uv.lock's.
"""

import shutil
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tools import ROOT, UV, run

from course_lib.address import LIBRARY, Address
from course_lib.release import bundle


def build(folder: Path) -> Path:
    """The wheel, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        scratch = Path(name)
        with zipfile.ZipFile(bundle(ROOT, scratch / "course.zip")) as received:
            received.extractall(scratch)
        this = ["--no-build-isolation", "--python", sys.executable]
        run(UV, "build", "--quiet", "--wheel", *this, "--out-dir", "built", "course", folder=scratch)
        [wheel] = (scratch / "built").glob("*.whl")
        return Path(shutil.copy(wheel, folder))


def publish(site: Path, known: Address) -> None:
    """The wheel on the site, where the first cell of a notebook elsewhere lets pip look for it."""
    wheel = build(site)
    (site / LIBRARY).write_text(f"{known.site}/{wheel.name}\n", encoding="utf-8")


if __name__ == "__main__":
    print(build(*map(Path, sys.argv[1:] or [ROOT / "dist"])))
