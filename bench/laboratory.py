"""How long each notebook computes in the laboratory's Python.

    python bench/laboratory.py [--cells 3] [notebook …]

Runs lectures, claims and solutions one after the other, each in a Python of its own: that of dist/lite
(`make lite` makes it), with its kernel, in node. Prints, in seconds of the processor's time, what starting
Python and the notebook's cells took, and its slowest cells with their share. Aim: 90 seconds for each
notebook. Ends with 1 where one misses it or ends in an error.

A browser fetches 30 MB besides, and shows what came.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "dist" / "lite"
AIM = 90.0  # seconds
PATTERNS = ("notebooks/*.ipynb", "notebooks/claims/*.ipynb", "solutions/*/*.ipynb")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python bench/laboratory.py")
    parser.add_argument("notebooks", nargs="*", type=Path, help="all, if none is named")
    parser.add_argument("--cells", type=int, default=3, help="how many of the slowest are shown")
    given = parser.parse_args()
    paths = given.notebooks or [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern))]
    # Each is run before the first that fails ends it all.
    fine = [_measured(path.resolve(), given.cells) for path in paths]
    sys.exit(not all(fine))


def _measured(path: Path, shown: int) -> bool:
    """Run one notebook, print its line; whether it is as it should be."""
    command = ["node", str(Path(__file__).with_suffix(".mjs")), str(SITE), str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{path.relative_to(ROOT)} cannot be run: {ran.stderr.strip()[-300:]}")
    start, *cells = map(json.loads, ran.stdout.splitlines())
    total = sum(cell["seconds"] for cell in cells)
    slowest = sorted(cells, key=lambda cell: -cell["seconds"])[:shown]
    shares = ", ".join(f"{cell['what']} {cell['seconds'] / total:.0%}" for cell in slowest)
    print(f"{path.relative_to(ROOT)}: {start['seconds']:.1f} + {total:.1f} s ({shares})", flush=True)
    errors = [cell for cell in cells if cell["error"]]
    for cell in errors:
        print(f"  {cell['what']}: {cell['error']}")
    return not errors and start["seconds"] + total < AIM


if __name__ == "__main__":
    main()
