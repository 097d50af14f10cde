"""What a run's process can see and reach, and how much it may use. Linux only.

The server lives in bubblewrap's sandbox, as the master of a user namespace (`become_first`): there, and
nowhere else, it may make more namespaces. Each run's process is the first of a new process namespace (`fork`)
and goes on into new mounts, network and IPC (`furnish`). Then it gives up all capabilities for good
(`give_up`), in a user namespace of its own that has no say over the ones before. All that is gone with its
first process.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Any

from course_lib.grading.inside import seccomp
from course_lib.grading.inside.groups import MOUNT as GROUPS

NEW_MOUNTS, NEW_IPC, NEW_USERS, NEW_PROCESSES, NEW_NETWORK = (
    0x00020000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
READ_ONLY, NOSUID, NODEV, NOEXEC, BIND, RECURSIVE, PRIVATE = 0x1, 0x2, 0x4, 0x8, 0x1000, 0x4000, 0x40000
PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 4, 24, 38, 47
CLEAR_ALL = 4
CAPABILITY_VERSION = 0x20080522
MOST_CAPABILITIES = 64

SCRATCH = Path("/tmp")
FOLDER = SCRATCH / "submission"
MOST_ENTRIES = 20_000  # files and folders
MOST_OPEN = 128  # descriptors of a process
MOST_TERMINALS = 16

_libc = ctypes.CDLL(None, use_errno=True)


def become_first(user: int | None) -> None:
    """Go on as the first process of new namespaces. Returns in that process only; this one waits for its end.

    user: for root, whom to become first. Root's processes would be bound by no limit on their number. And
    bubblewrap covers parts of /proc for root, so that it could not be mounted again: root mounts a whole one.
    """
    if user is not None:
        _mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    # Who has changed users may not write to his own /proc/self.
    _call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
    _enter(NEW_MOUNTS | NEW_PROCESSES)
    first = os.fork()
    if first:
        _, status = os.waitpid(first, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    _mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)


def fork() -> int:
    """Fork a process that is the first one of a new process namespace."""
    _call("unshare", NEW_PROCESSES)
    process = os.fork()
    if process:
        own = os.open("/proc/self/ns/pid", os.O_RDONLY)
        _call("setns", own, NEW_PROCESSES)  # else what is forked next would go there too
        os.close(own)
    return process


def _enter(others: int = 0) -> None:
    """Go into a new user namespace, as the same user, and into others that belong to it."""
    user, group = os.getuid(), os.getgid()
    _call("unshare", NEW_USERS | others)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def furnish(room: int) -> Path:
    """Go into new mounts, network and IPC, with `room` bytes for all files; return the working folder."""
    _call("unshare", NEW_MOUNTS | NEW_IPC | NEW_NETWORK)
    # Where Python itself lies below /tmp, it has to be seen through the new one.
    prefixes = {Path(path) for path in (sys.prefix, sys.base_prefix) if Path(path).is_relative_to(SCRATCH)}
    covered = {path: os.open(path, os.O_PATH) for path in prefixes}
    _mount("tmpfs", str(SCRATCH), "tmpfs", NOSUID | NODEV, f"size={room},nr_inodes={MOST_ENTRIES},mode=700")
    _mount(str(SCRATCH), "/dev/shm", None, BIND)
    _mount(
        "devpts",
        "/dev/pts",
        "devpts",
        NOSUID | NOEXEC,
        f"newinstance,ptmxmode=0666,mode=620,max={MOST_TERMINALS}",
    )
    _mount("proc", "/proc", "proc", NOSUID | NODEV | NOEXEC)
    if GROUPS.is_dir():
        _mount("tmpfs", str(GROUPS), "tmpfs", NOSUID | NODEV | NOEXEC | READ_ONLY)
    for path, descriptor in covered.items():
        path.mkdir(parents=True)
        _mount(f"/proc/self/fd/{descriptor}", str(path), None, BIND | RECURSIVE)
        os.close(descriptor)
    FOLDER.mkdir()
    return FOLDER


def limit(limits: dict[str, Any], count: bool) -> None:
    """Set the kernel's limits of this process and all that come from it.

    count: limit the number of processes too, which needs a user namespace of its own: else the user's others
    are counted with them, as Linux before 5.14 does in any case.
    """
    own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, own + limits["memory"])
    _limit(resource.RLIMIT_FSIZE, limits["file_bytes"])
    _limit(resource.RLIMIT_CPU, max(1, round(limits["cpu_seconds"])))
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, MOST_OPEN)
    if count:
        _limit(resource.RLIMIT_NPROC, limits["processes"])
    # Should the machine run out of memory, this is what the kernel is to end first.
    Path("/proc/self/oom_score_adj").write_text("1000")


def _limit(what: int, amount: int) -> None:
    _, most = resource.getrlimit(what)
    amount = amount if most == resource.RLIM_INFINITY else min(amount, most)
    resource.setrlimit(what, (amount, amount))


def give_up() -> None:
    """Lose all capabilities, for good."""
    _enter()
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for capability in range(MOST_CAPABILITIES):
        _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails behind the last that this kernel knows
    _call("prctl", PR_CAP_AMBIENT, CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    seccomp.install()


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    words = [word.encode() if word else None for word in (source, target, kind, options)]
    _call("mount", *words[:3], ctypes.c_ulong(flags), words[3])


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
