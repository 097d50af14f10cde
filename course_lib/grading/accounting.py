"""How the memory of runs is counted: by the kernel, in a control group (cgroup v2), where systemd lends one;
elsewhere over the pages of all processes."""

import os
import shutil
import subprocess
from functools import cache

from course_lib.grading.inside.groups import MOUNT

PATIENCE = 10.0  # seconds for systemd to answer
# In the scope, step aside into a group of one's own, so that others can be made beside it.
_STEP_ASIDE = f"""
scope={MOUNT}$(cut -d: -f3- /proc/self/cgroup) && mkdir "$scope/warm" &&
echo $$ > "$scope/warm/cgroup.procs" && echo "+memory +pids" > "$scope/cgroup.subtree_control" && exec "$@"
"""
_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--")
COMMAND = (*_SCOPE, "/bin/sh", "-c", _STEP_ASIDE, "sh")


@cache
def lent() -> bool:
    """Whether groups can be had: a system with cgroup v2 alone, and a systemd that lends the user one."""
    if not (MOUNT / "cgroup.controllers").exists() or shutil.which("systemd-run") is None:
        return False
    if not os.environ.get("XDG_RUNTIME_DIR"):  # then no such systemd would answer
        return False
    try:
        done = subprocess.run([*COMMAND, "true"], capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
