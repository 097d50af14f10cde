"""A control group (cgroup v2) for each run, where the system lends some: in it, the kernel itself counts.

The warm process is then in a group "warm" of a scope that systemd has delegated, and runs get groups beside
it. What the kernel counts there is all memory, its own for sockets, locks and page tables too, and the time
of all processes, also of those that nobody waited for.

Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

MOUNT = Path("/sys/fs/cgroup")


def scope(own: str, mount: Path = MOUNT) -> Path | None:
    """Where groups of runs belong. own: what /proc/self/cgroup says. None where none are lent."""
    path = own.strip().removeprefix("0::")
    if not path.endswith("/warm") or ".." in path:
        return None
    return mount / path.strip("/").removesuffix("warm")


class Group:
    """The group of one run, which has to enter it itself."""

    def __init__(self, folder: Path, limits: dict[str, Any], files: int) -> None:
        """files: the bytes that all files of a run may have, which lie in memory too."""
        self._folder = folder
        folder.mkdir()
        self._write("memory.max", int(limits["memory"]) + files)
        self._write("memory.oom.group", 1)  # whoever exceeds it is ended as a whole
        self._write("pids.max", int(limits["processes"]) + 1)  # one more, so that it is seen and told
        with suppress(OSError):  # a kernel that does not count swap
            self._write("memory.swap.max", 0)

    def enter(self) -> None:
        """Put the process that calls this into it."""
        self._write("cgroup.procs", 0)

    def computed(self) -> float:
        """Seconds of computing of all that was ever in it."""
        return self._counts("cpu.stat")["usage_usec"] / 1e6

    def out_of_memory(self) -> str | None:
        """Whose memory was used up, where the kernel ended it for that: "memory", its own; or "lost", the
        machine's, or a group's that holds others too. Only its own limit is counted as its "oom"."""
        events = self._counts("memory.events")
        if events["oom_kill"] == 0:
            return None
        return "memory" if events["oom"] else "lost"

    def close(self) -> None:
        """Remove it, once all that was in it has ended."""
        with suppress(OSError):  # something of it is still on its way out: it goes with the scope
            self._folder.rmdir()

    def _counts(self, name: str) -> dict[str, int]:
        lines = (self._folder / name).read_text().splitlines()
        return {key: int(value) for key, value in (line.split() for line in lines)}

    def _write(self, name: str, value: int) -> None:
        (self._folder / name).write_text(f"{value}\n")
