"""Who counts the memory of runs: a control group where one is lent. Here it is a stand-in.

Where COURSE_CGROUP is set, as in the workflow, a real one has to be had.
"""

import os
import shutil
import subprocess
import sys

import pytest

from course_lib.grading import accounting, bubblewrap, guards
from course_lib.grading.inside import groups
from course_lib.grading.sandbox import Sandbox

MB = 2**20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
real = pytest.mark.skipif(
    not os.environ.get("COURSE_CGROUP"),
    reason="systemd lends no control group here; the workflow asks for one",
)


@pytest.fixture
def tree(tmp_path):
    """A scope as systemd delegates it, in which the warm process has stepped aside."""
    (tmp_path / "user.slice" / "some.scope" / "warm").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def group(tree):
    scope = groups.scope("0::/user.slice/some.scope/warm\n", tree)
    made = groups.Group(scope / "run-1", {"memory": 100 * MB, "processes": 64}, files=50 * MB)
    return made, scope / "run-1"


def test_a_run_has_a_group_beside_the_warm_process_with_its_limits(group):
    _, folder = group
    assert (folder.parent / "warm").is_dir()
    limits = {path.name: path.read_text().strip() for path in folder.iterdir()}
    assert limits == {
        "memory.max": str(150 * MB),  # its files lie in memory too
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "pids.max": "65",
    }


def test_who_calls_it_enters_and_what_is_counted_is_read(group):
    made, folder = group
    made.enter()
    assert (folder / "cgroup.procs").read_text() == "0\n"  # as the kernel calls the one that writes
    (folder / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n")
    assert made.computed() == 2.5
    for path in folder.iterdir():
        path.unlink()
    made.close()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("events", "whose"),
    [
        ("low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n", None),
        ("low 0\nhigh 0\nmax 9\noom 1\noom_kill 0\n", None),  # it got some after all
        ("low 0\nhigh 0\nmax 9\noom 1\noom_kill 2\noom_group_kill 1\n", "memory"),
        ("low 0\nhigh 0\nmax 0\noom 0\noom_kill 2\noom_group_kill 1\n", "lost"),
    ],
)
def test_a_run_answers_for_its_own_limit_and_not_for_the_machines_memory(group, events, whose):
    """As Documentation/admin-guide/cgroup-v2.rst says of memory.events: "oom_kill" counts those ended by any
    kind of killer, "oom" what was refused at this group's own limit."""
    made, folder = group
    (folder / "memory.events").write_text(events)
    assert made.out_of_memory() == whose


@pytest.mark.parametrize(
    "own", ["0::/\n", "0::/user.slice/session-1.scope\n", "9:name=systemd:/\n0::/\n", ""]
)
def test_where_none_are_lent_there_are_none(tree, own):
    assert groups.scope(own, tree) is None


def test_the_step_aside_leaves_the_scope_to_the_runs(tree, tmp_path):
    """The shell's few words, played in the stand-in."""
    scope = tmp_path / "other.scope"
    scope.mkdir()
    words = accounting._STEP_ASIDE.replace(str(groups.MOUNT), str(tmp_path))
    words = words.replace("/proc/self/cgroup", str(tmp_path / "own"))
    (tmp_path / "own").write_text("0::/other.scope\n")
    done = subprocess.run(["/bin/sh", "-c", words, "sh", "echo", "on"], capture_output=True, text=True)
    assert done.stdout == "on\n", done.stderr
    assert (scope / "warm" / "cgroup.procs").read_text().strip().isdigit()
    assert (scope / "cgroup.subtree_control").read_text() == "+memory +pids\n"


def test_the_sandbox_is_started_in_a_scope_where_one_is_lent(monkeypatch, tmp_path):
    (tmp_path / "library").mkdir()
    for lent in (True, False):
        monkeypatch.setattr(accounting, "lent", lambda lent=lent: lent)
        command = bubblewrap.command(tmp_path, ())
        assert (command[0] == "systemd-run") == lent
        assert (str(groups.MOUNT) in command) == lent
        assert guards.in_force("bubblewrap")[0] == (guards.GROUP if lent else guards.PAGES)
    assert guards.in_force("none") == [guards.FOUND]


@pytest.mark.skipif(shutil.which("systemd-run") is None, reason="systemd-run is not installed")
def test_a_systemd_that_does_not_answer_lends_none(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
    monkeypatch.setattr(accounting, "MOUNT", tmp_path)
    (tmp_path / "cgroup.controllers").touch()
    assert not accounting.lent.__wrapped__()


@real
def test_a_real_one_counts_what_page_tables_do_not_show():
    """Memory that leaves the page table, locks, and time of children that nobody waits for."""
    assert accounting.lent(), "no control group is lent"
    held = """
import os, socket, time
for _ in range(40):
    if not os.fork():
        kept = bytearray(30 * 2**20)
        time.sleep(20)
        os._exit(0)
time.sleep(20)
"""
    lost = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
end = time.monotonic() + 30
while time.monotonic() < end:
    if not os.fork():
        while time.process_time() < 0.004:
            pass
        os._exit(0)
    time.sleep(0.004)
"""
    with Sandbox(warm=("numpy",)) as sandbox:
        for source, why in ((held, "memory"), (lost, "cpu")):
            limits = {"cell_seconds": 60, "seconds": 60, "cpu_seconds": 5}
            outcome = sandbox.run({"cells": [{"index": 0, "source": source}], "limits": limits})
            assert [death["why"] for death in outcome.deaths] == [why]
