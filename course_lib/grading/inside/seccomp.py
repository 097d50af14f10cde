"""System calls that a notebook has no use for, and that would get around a limit or deep into the kernel.

A filter in the kernel's own small language (BPF) answers them with EPERM. Source: Linux, Documentation/
userspace-api/seccomp_filter.rst; the numbers are those of arch/x86/entry/syscalls and asm-generic/unistd.h.
"""

import ctypes
import errno
import platform

# Name → its number on x86-64 and on ARM64.
DENIED = {
    # other namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    # memory that belongs to no process, so that nobody counts it
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    # doors to the kernel through which many have come
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "fanotify_init": (300, 262),
}
SOCKET = (41, 198)
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET and AF_INET6; others reach past the namespace (AF_VSOCK) or deep
# Data on its way through a socket belongs to no process, either: its buffers keep their size.
SET_OPTION = (54, 208)
BUFFERS = (7, 8, 32, 33)  # SO_SNDBUF, SO_RCVBUF and what root may use in their place
CLONE = (56, 220)
CLONE3 = (435, 435)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH_…
NAMESPACES = 0x7E020080  # the CLONE_NEW… flags
X32 = 0x40000000  # x86-64's second set of numbers begins here

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, THIRD_ARGUMENT = 0, 4, 16, 32  # offsets in struct seccomp_data
ALLOW, FAIL = 0x7FFF0000, 0x00050000
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
    where the other walls have to do. Needs no-new-privileges."""
    if platform.machine() not in ARCHITECTURES:
        return
    instructions = _program(*ARCHITECTURES[platform.machine()])
    array = (Instruction * len(instructions))(*instructions)
    program = Program(len(instructions), array)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter for system calls")


def _program(column: int, architecture: int) -> list[Instruction]:
    deny = Instruction(RETURN, 0, 0, FAIL | errno.EPERM)
    unknown = Instruction(RETURN, 0, 0, FAIL | errno.ENOSYS)
    allow = Instruction(RETURN, 0, 0, ALLOW)
    program = [
        Instruction(LOAD, 0, 0, ARCHITECTURE),
        Instruction(EQUAL, 1, 0, architecture),
        unknown,
        Instruction(LOAD, 0, 0, NUMBER),
    ]
    for numbers in DENIED.values():
        program += [Instruction(EQUAL, 0, 1, numbers[column]), deny]
    # clone3 hides its flags in memory: libraries that miss it take clone, whose flags can be read.
    program += [Instruction(EQUAL, 0, 1, CLONE3[column]), unknown]
    no_family = Instruction(RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT)
    program += _by_argument(SOCKET[column], FIRST_ARGUMENT, FAMILIES, allow, no_family)
    program += _by_argument(SET_OPTION[column], THIRD_ARGUMENT, BUFFERS, deny, allow)
    if column == 0:
        program += [Instruction(AT_LEAST, 0, 1, X32), deny]
    return [
        *program,
        Instruction(EQUAL, 0, 3, CLONE[column]),
        Instruction(LOAD, 0, 0, FIRST_ARGUMENT),
        Instruction(ANY_BIT, 0, 1, NAMESPACES),
        deny,
        allow,
    ]


def _by_argument(
    call: int, argument: int, values: tuple[int, ...], answer: Instruction, otherwise: Instruction
) -> list[Instruction]:
    """What a call gets whose argument is one of these values, and what it gets otherwise."""
    return [
        Instruction(EQUAL, 0, len(values) + 3, call),
        Instruction(LOAD, 0, 0, argument),
        *(Instruction(EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)),
        otherwise,
        answer,
    ]
