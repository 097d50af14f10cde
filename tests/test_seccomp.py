"""The filter of system calls: what passes on both architectures, and that honest code does not meet it."""

import errno
import json
import os
import platform
import shutil
import sys
from pathlib import Path

import pytest

from course_lib.data import make_system_calls
from course_lib.grading import guards
from course_lib.grading.inside import seccomp
from course_lib.grading.sandbox import Sandbox

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
NUMBERS = json.loads(make_system_calls.TABLE.read_text(encoding="utf-8"))
ALLOW = 0x7FFF0000
HIGHEST = {machine: max(known.values()) for machine, known in NUMBERS.items()}


def answer(machine, number, *arguments, architecture=None) -> str:
    """What the filter says to a call: it is played here as the kernel plays it."""
    architecture = architecture or seccomp.ARCHITECTURES[machine]
    data = {seccomp.NUMBER: number, seccomp.ARCHITECTURE: architecture}
    data |= {seccomp.ARGUMENTS + 8 * place: value for place, value in enumerate([*arguments, 0, 0, 0, 0][:6])}
    program = seccomp._program(NUMBERS[machine], seccomp.ARCHITECTURES[machine])
    value = place = 0
    while True:
        line = program[place]
        if line.code == seccomp.RETURN:
            return "allowed" if line.k == ALLOW else errno.errorcode[line.k & 0xFFFF]
        if line.code == seccomp.LOAD:
            value = data[line.k]
        else:
            holds = {
                seccomp.EQUAL: value == line.k,
                seccomp.ABOVE: value > line.k,
                seccomp.AT_LEAST: value >= line.k,
                seccomp.ANY_BIT: bool(value & line.k),
            }[line.code]
            place += line.if_true if holds else line.if_false
        place += 1


@pytest.fixture(scope="module", params=NUMBERS)
def machine(request):
    return request.param


@pytest.mark.skipif(
    not all(path.exists() for path in make_system_calls.HEADERS.values()), reason="no headers of the kernel's"
)
def test_the_numbers_are_those_of_the_kernels_headers():
    """Which may be of an older kernel, or of a newer one."""
    for machine, numbers in make_system_calls.table().items():
        shared = numbers.keys() & NUMBERS[machine].keys()
        assert len(shared) > 300
        assert {name: numbers[name] for name in shared} == {name: NUMBERS[machine][name] for name in shared}


def test_each_name_is_one_of_the_kernels():
    assert set().union(*NUMBERS.values()) >= seccomp.ALLOWED


def test_what_is_allowed_passes_and_all_else_is_refused(machine):
    by_argument = {"socket", "socketpair", "setsockopt", "fcntl", "ioctl", "clone", "clone3", "mmap"}
    known = NUMBERS[machine]
    allowed = {known[name] for name in seccomp.ALLOWED & known.keys()}
    for number in set(range(HIGHEST[machine])) - {known[name] for name in by_argument}:
        assert answer(machine, number) == ("allowed" if number in allowed else "EPERM"), number


SHUT = """
    unshare setns mount umount2 pivot_root open_tree move_mount fsopen fsmount memfd_create memfd_secret
    shmget msgget semget mq_open keyctl add_key ptrace process_vm_readv process_vm_writev pidfd_getfd
    bpf perf_event_open userfaultfd io_uring_setup io_setup fanotify_init inotify_init1 vmsplice splice
    tee setxattr kcmp seccomp init_module kexec_load reboot swapon settimeofday clock_settime
    sethostname chroot setuid setgroups
"""


@pytest.mark.parametrize("name", SHUT.split())
def test_doors_that_are_shut(machine, name):
    assert answer(machine, NUMBERS[machine][name]) == "EPERM"


def test_a_newer_kernels_call_and_another_architectures_are_not_there(machine):
    for number in (HIGHEST[machine] + 1, 1_000, 0x40000000, 0x40000000 + 319, 2**32 - 1):
        assert answer(machine, number) == "ENOSYS"
    assert answer(machine, 0, architecture=0x40000003) == "ENOSYS"  # 32 bits
    assert answer(machine, NUMBERS[machine]["clone3"]) == "ENOSYS"  # so that libraries take clone


@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("socket", (1,), "allowed"),
        ("socket", (2,), "allowed"),
        ("socket", (16,), "EAFNOSUPPORT"),
        ("socket", (40,), "EAFNOSUPPORT"),
        ("socketpair", (1,), "allowed"),
        ("socketpair", (38,), "EAFNOSUPPORT"),
        ("setsockopt", (3, 1, 9), "allowed"),
        ("setsockopt", (3, 1, 7), "EPERM"),
        ("fcntl", (3, 6), "allowed"),  # F_SETLK
        ("fcntl", (3, 37), "EPERM"),  # F_OFD_SETLK
        ("fcntl", (3, 1031), "EPERM"),  # F_SETPIPE_SZ
        ("ioctl", (0, 0x5413), "allowed"),  # the size of a terminal
        ("ioctl", (0, 0x5412), "EPERM"),  # TIOCSTI
        ("clone", (17,), "allowed"),
        ("clone", (0x10000000 | 17,), "EPERM"),
        ("mmap", (0, 4096, 3, 0x22), "allowed"),  # MAP_PRIVATE | MAP_ANONYMOUS
        ("mmap", (0, 4096, 3, 0x01), "allowed"),  # MAP_SHARED, of a file
        ("mmap", (0, 4096, 3, 0x21), "EPERM"),
        ("mmap", (0, 4096, 3, 0x23), "EPERM"),  # MAP_SHARED_VALIDATE
        ("mmap", (0, 4096, 3, 0x40021), "EPERM"),  # with MAP_HUGETLB
    ],
)
def test_calls_whose_argument_decides(machine, call, arguments, expected):
    assert answer(machine, NUMBERS[machine][call], *arguments) == expected


# Honest code

JOB = """\
%%writefile job.py
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory

def square(x):
    return x * x

def fill(name):
    memory = shared_memory.SharedMemory(name)
    memory.buf[0] = 7
    memory.close()

def main(kind):
    context = multiprocessing.get_context(kind)
    with context.Pool(2) as pool:
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    memory = shared_memory.SharedMemory(create=True, size=100)
    queue, lock, number = context.Queue(), context.Lock(), context.Value("i", 3)
    for target, given in ((fill, memory.name), (queue.put, 5)):
        process = context.Process(target=target, args=(given,))
        process.start()
        process.join()
    with lock:
        assert (memory.buf[0], queue.get(), number.value) == (7, 5, 3)
    memory.close()
    memory.unlink()
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(square, range(3))) == [0, 1, 4]

if __name__ == "__main__":
    main(sys.argv[1])
"""
HONEST = {
    "NumPy and threads": """
import threading
import numpy as np
a = np.random.rand(200, 200)
assert np.linalg.svd(a @ a)[1].shape == (200,)
threads = [threading.Thread(target=np.dot, args=(a, a)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""",
    "subprocess": """
import subprocess, sys
assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True).stdout == b"1\\n"
assert subprocess.run("echo a | tr a b; sort <<<x", shell=True, capture_output=True).stdout == b"b\\nx\\n"
""".replace("shell=True", 'shell=True, executable="/bin/bash"'),
    "a command": "!echo hello",
    "multiprocessing": JOB,
    **{
        kind: f"import subprocess, sys\ndone = subprocess.run([sys.executable, 'job.py', '{kind}'], "
        "capture_output=True, text=True)\nassert done.returncode == 0, done.stderr"
        for kind in ("fork", "spawn")
    },
    "matplotlib": """
import matplotlib.pyplot as plt
plt.plot([1, 2])
for kind in ("png", "pdf", "svg"):
    plt.savefig(f"figure.{kind}")
plt.show()
""",
    "sqlite3": """
import sqlite3
base = sqlite3.connect("x.db")
base.execute("PRAGMA journal_mode = WAL")
base.execute("CREATE TABLE t (a)")
base.execute("INSERT INTO t VALUES (1)")
base.commit()
assert base.execute("SELECT * FROM t").fetchall() == [(1,)]
""",
    "asyncio": """
import asyncio
process = await asyncio.create_subprocess_exec("echo", "hi", stdout=asyncio.subprocess.PIPE)
assert (await process.communicate())[0] == b"hi\\n"
assert await asyncio.to_thread(lambda: 5) == 5
""",
    "files": """
import os, shutil, tempfile
with tempfile.TemporaryDirectory() as folder:
    open("one", "w").write("x")
    shutil.copy2("one", folder)
    shutil.copytree(folder, "copied")
    shutil.move("copied/one", "two")
assert open("/dev/zero", "rb").read(3) == bytes(3)
""",
}


@pytest.fixture(scope="module")
def honest():
    with Sandbox(warm=("numpy", "matplotlib.pyplot")) as sandbox:
        cells = [{"index": index, "source": source} for index, source in enumerate(HONEST.values())]
        yield sandbox.run({"cells": cells, "limits": {"cell_seconds": 60, "seconds": 200}})


@needs_bubblewrap
@pytest.mark.parametrize("name", HONEST)
def test_honest_code_does_not_meet_it(honest, name):
    cell = honest.cells[list(HONEST).index(name)]
    assert cell["status"] == "ok", cell["outputs"]
    assert honest.deaths == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_on_another_processor_nothing_is_filtered_and_that_is_told(monkeypatch):
    assert guards.UNFILTERED not in guards.in_force("bubblewrap")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    before = Path("/proc/self/status").read_text().partition("Seccomp_filters:")[2].split()[0]
    seccomp.install()
    assert Path("/proc/self/status").read_text().partition("Seccomp_filters:")[2].split()[0] == before
    assert guards.UNFILTERED in guards.in_force("bubblewrap")
    assert guards.warning(["riscv64", *NUMBERS]).startswith("On riscv64 students' system calls are not")
    assert not guards.warning(NUMBERS)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_this_machine_is_one_of_those_that_it_knows():
    assert os.uname().machine in NUMBERS
