"""The system calls that a notebook has a use for. All others are refused, those of kernels to come too.

A filter in the kernel's own small language (BPF) lets these pass, answers the others that the table knows
with EPERM, and what it does not know with ENOSYS, as an older kernel would: libraries then take another way.
Some calls depend on an argument. What is left out, and why:

    mounts, namespaces, modules, clocks, other identities     a run has none of its own to change
    ptrace, process_vm_…, pidfd_getfd, kcmp                   other processes
    memfd_…, shmget, msgget, mq_…, keyctl, vmsplice, setxattr memory that belongs to no process
    inotify_…, fanotify_…, io_setup                           counted for the instructor, who runs out of them
    bpf, io_uring_…, perf_event_open, userfaultfd, seccomp    doors to the kernel through which many have come

Sources: Linux, Documentation/userspace-api/seccomp_filter.rst; data/make_system_calls makes the numbers.
Model for what to refuse: Docker's default profile.
"""

import ctypes
import errno
import json
import platform
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "data" / "system_calls.json"

_NAMES = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 sendfile copy_file_range lseek
    open openat openat2 creat close close_range dup dup2 dup3 pipe pipe2 fsync fdatasync flock fadvise64
    readahead sync_file_range stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs
    umask truncate ftruncate fallocate getdents getdents64 getcwd chdir fchdir rename renameat renameat2
    mkdir mkdirat rmdir link linkat symlink symlinkat unlink unlinkat readlink readlinkat mknod mknodat
    chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime

    brk munmap mprotect mremap madvise mincore msync membarrier

    fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open pidfd_send_signal
    getpid getppid gettid getpgid getpgrp setpgid getsid setsid
    prctl arch_prctl set_tid_address set_robust_list get_robust_list rseq futex futex_waitv
    getrlimit setrlimit prlimit64 getrusage times
    sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_getparam sched_getscheduler
    sched_get_priority_max sched_get_priority_min sched_rr_get_interval getpriority setpriority getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo
    rt_tgsigqueueinfo sigaltstack pause restart_syscall

    time gettimeofday clock_gettime clock_getres clock_nanosleep nanosleep alarm getitimer setitimer
    timer_create timer_settime timer_gettime timer_getoverrun timer_delete

    getuid geteuid getgid getegid getresuid getresgid getgroups capget uname sysinfo getrandom

    bind connect listen accept accept4 getsockname getpeername getsockopt shutdown
    sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
"""
ALLOWED = frozenset(_NAMES.split())

FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET and AF_INET6; others reach past the namespace (AF_VSOCK) or deep
# Data on its way through a socket or a pipe belongs to no process, either: buffers keep their size.
BUFFERS = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF and what root may use in their place
# F_OFD_… are locks that show no process; F_SETLEASE, F_NOTIFY and F_SETPIPE_SZ.
COMMANDS = (36, 37, 38, 1024, 1026, 1031)
TERMINAL = (0x5412, 0x541C)  # TIOCSTI and TIOCLINUX write into a terminal as if somebody typed
SHARED, ANONYMOUS = 0x1, 0x20  # MAP_SHARED, and MAP_SHARED_VALIDATE is 0x3; MAP_PRIVATE is 0x2
NAMESPACES = 0x7E020080  # the CLONE_NEW… flags
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_…

LOAD, EQUAL, ABOVE, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; eight bytes each argument
PR_SET_SECCOMP, FILTER = 22, 2


class Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("k", ctypes.c_uint32),
    ]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(Instruction))]


def install() -> None:
    """Filter this process's calls and those of all that come from it. Nothing happens on other architectures,
    where the other walls have to do; `guards` says so. Needs no-new-privileges."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return
    known: dict[str, int] = json.loads(TABLE.read_text(encoding="utf-8"))[machine]
    instructions = _program(known, ARCHITECTURES[machine])
    array = (Instruction * len(instructions))(*instructions)
    program = Program(len(instructions), array)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter for system calls")


def _fail(number: int) -> Instruction:
    return Instruction(RETURN, 0, 0, 0x00050000 | number)


_ALLOW, _DENY, _UNKNOWN = Instruction(RETURN, 0, 0, 0x7FFF0000), _fail(errno.EPERM), _fail(errno.ENOSYS)
_NO_FAMILY = _fail(errno.EAFNOSUPPORT)


def _program(known: dict[str, int], architecture: int) -> list[Instruction]:
    program = [
        Instruction(LOAD, 0, 0, ARCHITECTURE),
        Instruction(EQUAL, 1, 0, architecture),
        _UNKNOWN,
        Instruction(LOAD, 0, 0, NUMBER),
        Instruction(ABOVE, 0, 1, max(known.values())),
        _UNKNOWN,
    ]
    # clone3 hides its flags in memory: libraries that miss it take clone, whose flags can be read.
    program += [Instruction(EQUAL, 0, 1, known["clone3"]), _UNKNOWN]
    for call in ("socket", "socketpair"):
        program += _by_value(known[call], 0, FAMILIES, _ALLOW, _NO_FAMILY)
    program += _by_value(known["setsockopt"], 2, BUFFERS, _DENY, _ALLOW)
    program += _by_value(known["fcntl"], 1, COMMANDS, _DENY, _ALLOW)
    program += _by_value(known["ioctl"], 1, TERMINAL, _DENY, _ALLOW)
    program += _by_bits(known["clone"], 0, NAMESPACES)
    # Memory that several processes share, of no file: whose pages leave one's table are nobody's.
    program += _by_bits(known["mmap"], 3, ANONYMOUS, SHARED)
    for first, last in _ranges(known[name] for name in ALLOWED if name in known):
        program += [
            Instruction(AT_LEAST, 1, 0, first),
            _DENY,
            Instruction(ABOVE, 1, 0, last),
            _ALLOW,
        ]
    return [*program, _DENY]


def _by_value(
    call: int, argument: int, values: tuple[int, ...], answer: Instruction, otherwise: Instruction
) -> list[Instruction]:
    """What a call gets whose argument is one of these values, and what it gets otherwise."""
    return [
        Instruction(EQUAL, 0, len(values) + 3, call),
        Instruction(LOAD, 0, 0, ARGUMENTS + 8 * argument),
        *(Instruction(EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)),
        otherwise,
        answer,
    ]


def _by_bits(call: int, argument: int, *masks: int) -> list[Instruction]:
    """A call is refused whose argument has bits of each of these masks."""
    return [
        Instruction(EQUAL, 0, len(masks) + 3, call),
        Instruction(LOAD, 0, 0, ARGUMENTS + 8 * argument),
        *(Instruction(ANY_BIT, 0, len(masks) - place, mask) for place, mask in enumerate(masks)),
        _DENY,
        _ALLOW,
    ]


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The first and the last of each run of neighbours, in order."""
    runs = groupby(enumerate(sorted(set(numbers))), lambda pair: pair[1] - pair[0])
    members = [[number for _, number in run] for _, run in runs]
    return [(run[0], run[-1]) for run in members]
