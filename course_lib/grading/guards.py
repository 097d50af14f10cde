"""What held the runs of a class in: who counted memory, and whether system calls were filtered. Each worker
tells it of itself, as those of a cluster may be other machines than the one that asks them."""

import platform
from collections.abc import Iterable

from course_lib.grading import accounting
from course_lib.grading.inside.seccomp import ARCHITECTURES
from course_lib.grading.serving import can_fork

# As results keep them, which are many: names, and a sentence for each.
GROUP, PAGES, FOUND, CLOCK, UNFILTERED = "group", "pages", "found", "clock", "unfiltered"
SENTENCES = {
    GROUP: "Memory was counted by the kernel, in a control group for each run.",
    PAGES: "Memory was counted over the pages of each run's processes; systemd lent no control group (cgroup "
    "v2), which would count the kernel's own for them too.",
    FOUND: "Memory was counted over those processes of each run that could be found: there was no sandbox.",
    CLOCK: "Memory was not counted, nor anything else but each notebook's time: there was no sandbox.",
    UNFILTERED: "System calls were not filtered, as there is no filter for this kind of processor.",
}


def in_force(sandbox: str) -> list[str]:
    """What holds in the runs of this machine: names of SENTENCES."""
    if sandbox == "none":
        return [FOUND if can_fork() else CLOCK]
    counted = GROUP if accounting.lent() else PAGES
    return [counted, *([UNFILTERED] if warning([platform.machine()]) else [])]


def warning(machines: Iterable[str]) -> str:
    """What is to be said before anything runs on these kinds of processors; "" where all have a filter."""
    without = sorted({*machines} - ARCHITECTURES.keys())
    if not without:
        return ""
    return (
        f"On {', '.join(without)} students' system calls are not filtered, as there is a filter for "
        f"{' and '.join(ARCHITECTURES)} only: the sandbox's other walls have to do."
    )
