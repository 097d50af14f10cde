"""Programs that build wheel and JupyterLite site: uv, and what it installs in an environment of their own."""

import os
import runpy
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / "scratch" / "lite"
bootstrap = runpy.run_path(str(ROOT / "bootstrap.py"))
UV = bootstrap["uv"]()
PROGRAMS = WORK / "env" / bootstrap["SCRIPTS"]


def run(*command: str, folder: Path = WORK) -> None:
    """Raises SystemExit with one sentence where it does not work."""
    environment = {
        **bootstrap["environment"](),
        "PATH": os.pathsep.join([str(PROGRAMS), os.environ["PATH"]]),
        "UV_PROJECT_ENVIRONMENT": str(PROGRAMS.parent),
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = ((done.stderr or done.stdout).strip().splitlines() or ["nothing"])[-1]
        what = f"{Path(command[0]).name} {command[1]}"
        raise SystemExit(f"'{what}' did not work: is the network up? (It said: {said})")
