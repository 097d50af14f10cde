"""Work on an item is bounded, and whatever it does costs that item alone."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from course_lib.errors import CourseError
from course_lib.grading.pool import MB, Budget, Done, Exceeded, Failed, Pool

SMALL = Budget(cpu_seconds=1, memory=200 * MB, result_bytes=MB, seconds=20)
linux = pytest.mark.skipif(sys.platform != "linux", reason="the limit is the system's")


def nothing(*_):
    """Prepare nothing."""


def remember(words):
    global prepared
    prepared = words


def told(_):
    return prepared


def double(number):
    return 2 * number


def process(_):
    return os.getpid()


def compute(_):
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass


def act(what):
    """Misbehave as asked."""
    if what == "raise":
        raise ValueError("on purpose")
    if what == "refuse":
        raise CourseError("There is no sandbox.")
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "exit":
        os._exit(0)
    if what == "compute":
        while True:
            pass
    if what == "wait":
        time.sleep(60)
    if what == "remember":
        return len(bytes(300 * MB))  # in one piece, so that none of it is memory that was free already
    if what == "tell":
        return bytes(2 * MB)
    return what


def outcomes(items, task=act, count=2, budget=SMALL, prepare=nothing, given=()):
    with closing(Pool(count, budget, prepare, *given)) as pool:
        return dict(pool.map(task, items))


def test_each_item_is_done_once():
    assert outcomes(range(50), double) == {n: Done(2 * n) for n in range(50)}


def test_no_items_are_no_work():
    assert outcomes([]) == {}


def test_each_process_is_prepared():
    assert outcomes(["a", "b"], told, prepare=remember, given=("ready",)) == {
        "a": Done("ready"),
        "b": Done("ready"),
    }


@linux
def test_what_an_item_does_costs_it_alone():
    found = outcomes(["first", "raise", "die", "exit", "compute", "remember", "tell", "last"])
    assert found["first"] == Done("first") and found["last"] == Done("last")
    assert found["raise"] == Failed("ValueError: on purpose")
    assert isinstance(found["die"], Failed) and "was ended" in found["die"].why
    assert isinstance(found["exit"], Failed)
    assert found["compute"] == Exceeded("1 s of computing")
    assert found["remember"] == Exceeded("200 MiB of memory")
    assert found["tell"] == Exceeded("1 MiB of results")


def test_an_item_without_an_end_is_given_up():
    found = outcomes(["wait", "next"], count=1, budget=Budget(seconds=1))
    assert isinstance(found["wait"], Failed) and "was not done after 1 s" in found["wait"].why
    assert found["next"] == Done("next")


@linux
def test_the_time_of_one_item_is_not_charged_to_the_next():
    assert set(outcomes(range(3), compute, count=1).values()) == {Done(None)}


def test_a_refusal_stops_all():
    with pytest.raises(CourseError, match="no sandbox"):
        outcomes(["refuse", "next"])


def test_a_worker_that_is_killed_while_it_waits_is_replaced():
    with closing(Pool(1, SMALL, nothing)) as pool:
        [(_, first)] = pool.map(process, ["a"])
        os.kill(first.value, signal.SIGTERM)
        for worker in multiprocessing.active_children():
            worker.join()
        [(_, second)] = pool.map(process, ["a"])
    assert isinstance(second, Done) and second != first


def in_a_daemon(answer):
    answer.send(outcomes(["x"], count=1))


def test_a_daemon_can_have_one():
    """Dask's workers are such."""
    ours, theirs = multiprocessing.Pipe()
    daemon = multiprocessing.get_context("spawn").Process(target=in_a_daemon, args=(theirs,), daemon=True)
    daemon.start()
    assert ours.recv() == {"x": Done("x")}
    daemon.join()


@linux
def test_workers_end_with_their_parent():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_pool as t\n"
        "pool = t.Pool(3, t.SMALL, t.nothing)\n"
        "print(*[outcome.value for _, outcome in pool.map(t.process, range(30))], flush=True)\n"
        "list(pool.map(t.act, ['wait', 'wait', 'wait']))\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, os.path.dirname(__file__)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    workers = {int(number) for number in parent.stdout.readline().split()}
    assert len(workers) == 3
    parent.kill()
    parent.wait()
    end = time.monotonic() + 30
    while any(map(lives, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(lives, workers))


def lives(number):
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
