"""The sandbox: notebooks run in it as in Jupyter's kernel, and what they try against us comes to nothing."""

import ast
import base64
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from course_lib.errors import CourseError
from course_lib.exercises import folders
from course_lib.exercises.folders import about, exercise_names, find
from course_lib.grading import bubblewrap, library, serving, untrusted
from course_lib.grading import sandbox as sandboxes
from course_lib.grading.sandbox import Busy, FailedTwice, Sandbox
from course_lib.judging.exercise import CannotCheck
from course_lib.judging.probe import probe
from course_lib.optimizers import Adam

ADAM = [case.asked.data() for case in find("adam").cases(5)]  # as they are sent
ROOT = Path(__file__).resolve().parents[1]
SECRET = "a-word-that-only-the-instructor-knows"
needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")


@pytest.fixture(scope="module")
def sandbox():
    """One for all tests: what one run does must not reach the next."""
    os.environ["COURSE_SECRET"] = SECRET
    with Sandbox(hidden=library.hidden(["adam"])) as made:
        yield made
    del os.environ["COURSE_SECRET"]


@pytest.fixture(scope="module")
def without():
    """No sandbox: the same runs as ordinary processes."""
    with Sandbox("none", hidden=library.hidden(["adam"])) as made:
        yield made


def request(*sources, **more):
    return {"cells": [{"index": i, "source": source} for i, source in enumerate(sources)]} | more


def run(sandbox, *sources, files=None, **limits):
    """The outcome of these cells, each run within 5 seconds unless told otherwise."""
    limits = {"cell_seconds": 5, "seconds": 20} | limits
    encoded = {name: base64.b64encode(data).decode() for name, data in (files or {}).items()}
    return sandbox.run(request(*sources, files=encoded, limits=limits))


def printed(outcome, index=0):
    """What a cell wrote to stdout, having come to its end without an error."""
    cell = outcome.cells[index]
    assert cell["status"] == "ok", cell
    return "".join(output["text"] for output in cell["outputs"] if output.get("name") == "stdout")


def said(sandbox, source, **more):
    return printed(run(sandbox, source, **more)).strip()


# As in Jupyter's kernel

CELLS = [
    "print('one')\nprint('two')\n41 + 1",
    "_ + 1",
    "import sys\nprint('careful', file=sys.stderr)",
    "x = [1, 2]\nx",
    "None",
    "raise ValueError('no')",
    "def f(:\n",
    "def g(n):\n    return g(n - 1) if n else 1 / 0\ng(2)",
    "try:\n    raise KeyError('a')\nexcept KeyError as error:\n    raise TypeError('b') from error",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('a')",
    "%matplotlib inline\nplt.plot([2, 1])\nplt.show()\nprint('after')",
    "from course_lib import plots\n"
    "plots.show(plots.curves({'SGD': [1, 2, 3]}, x_label='a', y_label='b'), 'a line')",
    "%timeit -n1 -r1 pass",
    "from IPython.display import HTML, clear_output, display\ndisplay(HTML('<b>x</b>'))\nHTML('<i>y</i>')",
    "import asyncio\nawait asyncio.sleep(0.001)\n'done'",
    "input('?')",
    "get_ipython().system('echo system')",
    "!echo bang",
    "import os\n_ = os.system('echo descriptor')",
    "import ipywidgets\nipywidgets.IntSlider(3)",
    "print('a')\nclear_output()\nprint('b')",
    "print('a')\nclear_output(wait=True)\nprint('b')",
    "handle = display('first', display_id='k')\nhandle.update('second')",
    "%%capture out\nprint('hidden')",
    "out.show()",
    "%%bash\necho bash",
    "class A:\n    def _repr_html_(self): return '<p>'\n    def __repr__(self): return 'A'\nA()",
    "class B:\n    def __repr__(self):\n        raise ValueError('r')\nB()",
    "import pickle\npickle.loads(pickle.dumps(A)) is A, __name__",
    "import warnings\nwarnings.warn('careful')",
    "sys.exit(3)",
    "?print",
    "1;",
    "from tqdm.auto import tqdm\nfor _ in tqdm(range(3), mininterval=99):\n    pass",
    "exit()",
]


@pytest.fixture(scope="module")
def kernel_outputs(tmp_path_factory):
    """The outputs of CELLS in Jupyter's own kernel."""
    folder = tmp_path_factory.mktemp("kernel")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, allow_errors=True, kernel_name="python3", resources=resources)
    # A kernel that finds itself in a test does not show what is written to descriptors.
    client.execute(env={name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"})
    return [json.loads(json.dumps(cell.outputs)) for cell in notebook.cells]


def comparable(outputs):
    """The outputs with neighbouring pieces of a stream joined, and without what differs from run to run."""
    joined = []
    for output in outputs:
        if joined and output["output_type"] == "stream" and output["name"] == joined[-1].get("name"):
            joined[-1] = joined[-1] | {"text": joined[-1]["text"] + output["text"]}
        else:
            joined.append(output)
        if "ename" in output:  # within a library, the lines of the traceback differ: here it is another one
            joined[-1] = output | {"traceback": [part for part in output["traceback"] if "File" not in part]}
    text = json.dumps(joined, sort_keys=True)
    for pattern, constant in (
        (r'"image/png": "[^"]*"', '"image/png"'),
        (r'"model_id": "\w*"', '"model_id"'),
        (r"0x[0-9a-f]+", "0x"),
        (r"[^\"]*ipykernel_\d+", "ipykernel"),
        (r"[\d.]+ (n|\\u03bc|m|)s", "time"),
        (r"\d\d:\d\d<[\d:?]+, +[\d.?]+it/s", "rate"),
    ):
        text = re.sub(pattern, constant, text)
    return text


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param("sandbox", marks=needs_bubblewrap), "without"])
def test_outputs_are_those_of_jupyters_kernel(kind, kernel_outputs, request):
    outcome = run(request.getfixturevalue(kind), *CELLS, seconds=60)
    for index, expected in enumerate(kernel_outputs):
        assert comparable(outcome.cells[index]["outputs"]) == comparable(expected), CELLS[index]


@needs_bubblewrap
def test_streams_keep_the_order_in_which_they_were_written(sandbox):
    source = "import os, sys\nprint('a')\nprint('b', file=sys.stderr)\nos.system('echo c')\nprint('d')"
    outputs = run(sandbox, source).cells[0]["outputs"]
    assert [(output["name"], output["text"]) for output in outputs] == [
        ("stdout", "a\n"),
        ("stderr", "b\n"),
        ("stdout", "c\nd\n"),
    ]


@needs_bubblewrap
def test_a_forked_process_prints_into_the_cell(sandbox):
    source = (
        "import os\nif not os.fork():\n    print('child')\n    os._exit(0)\n_ = os.wait()\nprint('parent')"
    )
    assert said(sandbox, source) == "child\nparent"


# What a run is

STUDENT = """
import numpy as np

class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = 0.0
        self.t = 0

    def step(self, theta, gradient):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m = self.m / (1 - self.beta1**self.t)
        v = self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m / (np.sqrt(v) + self.eps)
"""


@pytest.mark.parametrize("kind", [pytest.param("sandbox", marks=needs_bubblewrap), "without"])
def test_evidence_is_what_the_probe_finds_here(kind, request):
    check = {"index": 1, "check": {"student": "Adam", "cases": ADAM}}
    cells = [{"index": 0, "source": STUDENT}, check]
    outcome = request.getfixturevalue(kind).run({"cells": cells})
    here: dict = {}
    exec(STUDENT, here)
    assert outcome.cells[1] == {
        "status": "ok",
        "outputs": [],
        "evidence": probe(here["Adam"], [case.asked for case in find("adam").cases(5)]),
    }


@needs_bubblewrap
def test_a_check_of_what_is_not_there_is_an_error_in_the_cell(sandbox):
    cells = [{"index": 4, "check": {"student": "Adam", "cases": ADAM}}]
    cell = sandbox.run({"cells": cells}).cells[4]
    assert cell["status"] == "error"
    assert [output["ename"] for output in cell["outputs"]] == ["NameError"]
    assert "evidence" not in cell


HOOKED = """
class Hooked:
    @property
    def __class__(self):
        return 1 // 0
Adam = Hooked()
"""


@pytest.mark.parametrize("kind", [pytest.param("sandbox", marks=needs_bubblewrap), "without"])
@pytest.mark.parametrize(
    ("student", "broken", "status", "error"),
    [
        (STUDENT, {"driver": "course_lib.exercises.nowhere"}, "fault", "ModuleNotFoundError"),
        (
            STUDENT,
            {"driver": "course_lib.exercises.capstone.driver", "settings": {"runs": 1, "seconds": 1.0}},
            "fault",
            "TypeError",
        ),
        (STUDENT, {"calls": [{"make": "a"}]}, "fault", "KeyError"),
        (HOOKED, {}, "error", "ZeroDivisionError"),
    ],
)
def test_an_error_of_the_probe_is_told_from_a_students(kind, student, broken, status, error, request):
    cells = [{"index": 0, "source": student}]
    cells.append({"index": 1, "check": {"student": "Adam", "cases": [ADAM[0] | broken]}})
    cell = request.getfixturevalue(kind).run({"cells": cells}).cells[1]
    assert (cell["status"], cell["outputs"][-1]["ename"]) == (status, error), cell
    assert "evidence" not in cell


@needs_bubblewrap
def test_an_error_in_a_students_code_is_told_with_its_line(sandbox):
    source = "class Adam:\n    def step(self, theta, gradient):\n        raise ValueError(gradient)\n"
    cells = [{"index": 0, "source": source}]
    cells.append({"index": 1, "check": {"student": "Adam", "cases": ADAM}})
    evidence = sandbox.run({"cells": cells}).cells[1]["evidence"]
    told = [event["error"] for case in evidence["cases"] for event in case if "error" in event]
    assert told
    assert any(error["text"] == "raise ValueError(gradient)" and error["line"] == 3 for error in told)


@needs_bubblewrap
def test_an_error_in_a_cell_does_not_stop_the_next(sandbox):
    outcome = run(sandbox, "x = 1\n1 / 0", "print(x)")
    assert outcome.cells[0]["status"] == "error"
    assert printed(outcome, 1) == "1\n"


@needs_bubblewrap
def test_nothing_of_a_run_is_there_in_the_next(sandbox):
    run(sandbox, "open('left.txt', 'w').write('x')\nimport numpy\nnumpy.exp = None\nleft = 1")
    assert said(sandbox, "import os, numpy\nprint(os.listdir(), numpy.exp(0.0), 'left' in globals())") == (
        "[] 1.0 False"
    )


@needs_bubblewrap
def test_chance_is_the_seeds(sandbox):
    source = "import random\nprint(random.random(), np.random.rand(), hash('x'))"
    first, again, other = (
        printed(sandbox.run(request("import numpy as np", source, seed=seed)), 1) for seed in (3, 3, 4)
    )
    assert first == again != other


@needs_bubblewrap
def test_files_beside_the_notebook_can_be_imported_and_shadow_no_library(sandbox):
    files = {
        "helper.py": b"word = 'help'",
        "sub/data.txt": "ε".encode(),
        "numpy.py": b"raise SystemExit('shadowed')",
        "sitecustomize.py": b"print('shadowed')",
        "random.py": b"print('shadowed')",
        "course_lib.py": b"print('shadowed')",
    }
    source = (
        "import numpy, random, course_lib, helper\nprint(numpy.__name__, helper.word)\n"
        "print(open('sub/data.txt', encoding='utf-8').read())"
    )
    assert said(sandbox, source, files=files) == "numpy help\nε"


# What lies in /tmp, but for the Python that runs: a clone may be there.
IN_TMP = "sorted(n for n in os.listdir('/tmp') if not sys.prefix.startswith('/tmp/' + n))"


@needs_bubblewrap
def test_a_file_stays_inside_the_working_folder(sandbox):
    names = ["../up", "/tmp/absolute", "a/../../up", "", ".", "n\0ul", "x" * 300, "a/" * 50 + "a", "ok/ok"]
    source = f"import os, sys\nprint({IN_TMP}, os.listdir('ok'))"
    assert said(sandbox, source, files=dict.fromkeys(names, b"x")) == "['submission'] ['ok']"


@needs_bubblewrap
def test_a_cell_can_have_a_time_of_its_own(sandbox):
    slow = "import time\ntime.sleep(1.5)"
    outcome = run(sandbox, slow, slow, slow, cell_seconds=1, own_seconds={1: 10})
    assert [cell["status"] for cell in outcome.cells.values()] == ["timeout", "ok", "timeout"]


@needs_bubblewrap
def test_a_cell_whose_time_is_up_is_interrupted_and_the_next_runs(sandbox):
    outcome = run(sandbox, "x = 1\nwhile True: x += 1", "print(x > 1)", cell_seconds=1)
    assert 1 <= outcome.took < 4
    assert outcome.cells[0]["status"] == "timeout"
    assert [output["ename"] for output in outcome.cells[0]["outputs"]] == [
        "KeyboardInterrupt",
        "CellTimeoutError",
    ]
    assert printed(outcome, 1) == "True\n"
    assert outcome.deaths == []


@needs_bubblewrap
def test_a_check_whose_time_is_up_is_the_probes_concern(sandbox):
    cells = [{"index": 0, "source": "class Adam:\n    def __init__(self, **_):\n        while True: pass"}]
    cells.append({"index": 1, "check": {"student": "Adam", "cases": ADAM}})
    cell = sandbox.run({"cells": cells}).cells[1]
    assert cell["status"] == "ok"
    assert not cell["evidence"]["in_time"]


DEADLY = {
    "exit": "import os\nos._exit(0)",
    "signal 11": "import ctypes\nctypes.string_at(0)",
    "time": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
}


@needs_bubblewrap
@pytest.mark.parametrize("why", DEADLY)
def test_a_death_costs_only_the_cell_that_died(sandbox, why):
    outcome = run(sandbox, "x = [1]", DEADLY[why], "x.append(2)", "print(x)", cell_seconds=1)
    assert [cell["status"] for cell in outcome.cells.values()] == ["ok", "died", "ok", "ok"]
    assert outcome.deaths == [{"index": 1, "why": why}]
    assert printed(outcome, 3) == "[1, 2]\n"


@needs_bubblewrap
def test_many_deaths_cost_only_the_cells_that_died(sandbox):
    outcome = run(sandbox, *["import os\nos._exit(1)"] * 12, "print('end')")
    statuses = [cell["status"] for cell in outcome.cells.values()]
    assert statuses == ["died"] * 12 + ["ok"]
    assert [death["index"] for death in outcome.deaths] == list(range(12))


@needs_bubblewrap
def test_the_time_in_all_is_kept(sandbox):
    outcome = run(sandbox, "import time\ntime.sleep(60)", "print('end')", cell_seconds=60, seconds=1)
    assert 1 <= outcome.took < 3
    assert outcome.deaths == [{"index": 0, "why": "over"}]
    assert outcome.cells[1]["status"] == "not run"


@needs_bubblewrap
def test_the_computing_time_of_all_processes_is_kept(sandbox):
    source = """
import os, time
for _ in range(4):
    if not os.fork():
        while True: pass
time.sleep(60)
"""
    outcome = run(sandbox, source, cell_seconds=60, seconds=60, cpu_seconds=2)
    assert outcome.deaths == [{"index": 0, "why": "cpu"}]


@needs_bubblewrap
def test_a_death_gives_no_new_computing_time(sandbox):
    burn = "import os, time\nwhile time.process_time() < 1.5: pass\nos._exit(0)"
    outcome = run(sandbox, *[burn] * 4, cell_seconds=60, seconds=60, cpu_seconds=2)
    assert len(outcome.deaths) < 4
    assert outcome.cells[3]["status"] == "not run"


@needs_bubblewrap
def test_a_cell_gains_no_time_by_calling_itself_another(attack):
    """It writes to every pipe that another cell has begun, all the time."""
    source = """
import struct
mark = struct.Struct("<i")
begin = time.monotonic()
while time.monotonic() - begin < 8:
    for pipe in map(int, os.listdir('/proc/self/fd')):
        if pipe > 2:
            for number in (1, 0, -1, -2, -3):
                try:
                    os.write(pipe, mark.pack(number))
                except OSError:
                    pass
    time.sleep(0.1)
"""
    assert attack(source, cell_seconds=1).cells[1]["status"] in ("timeout", "died")


@needs_bubblewrap
def test_who_writes_a_mark_that_is_not_due_is_stopped(attack):
    forge = """
import struct
for number in (0, 7, -1, 2**31 - 1):
    for pipe in map(int, os.listdir('/proc/self/fd')):
        if pipe > 2:
            try:
                os.write(pipe, struct.pack("<i", number))
            except OSError:
                pass
time.sleep(30)
"""
    outcome = attack(forge, cell_seconds=20)
    assert outcome.deaths == [{"index": 1, "why": "marks"}]
    assert outcome.cells[0]["status"] == "ok"


@needs_bubblewrap
def test_children_that_nobody_waits_for_are_counted(sandbox):
    source = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(8):
    if not os.fork():
        while time.process_time() < 0.6:
            pass
        os._exit(0)
    time.sleep(1)
time.sleep(50)
"""
    outcome = run(sandbox, source, cell_seconds=60, seconds=60, cpu_seconds=2)
    assert outcome.deaths == [{"index": 0, "why": "cpu"}]


@needs_bubblewrap
def test_children_that_are_waited_for_are_counted_once(sandbox):
    source = """
import os, time
for _ in range(8):
    if not os.fork():
        while time.process_time() < 0.2:
            pass
        os._exit(0)
    os.wait()
print('end')
"""
    assert said(sandbox, source, cell_seconds=60, seconds=60, cpu_seconds=4) == "end"


@pytest.fixture
def crowded():
    """A core on which others have much to do; its number."""
    core = min(os.sched_getaffinity(0))
    burn = f"import os\nos.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    # Each in a session of its own, as the run is: Linux shares a core among sessions first.
    burning = [subprocess.Popen([sys.executable, "-c", burn], start_new_session=True) for _ in range(3)]
    yield core
    for process in burning:
        process.kill()
        process.wait()


SPIN = """
import os, time
os.sched_setaffinity(0, {CORE})
end = time.process_time() + 1
while time.process_time() < end:
    pass
print("done")
"""


@needs_bubblewrap
def test_what_is_waited_for_a_core_counts_towards_no_limit(sandbox, crowded):
    began = time.monotonic()
    outcome = run(sandbox, SPIN.replace("CORE", str(crowded)), cell_seconds=2, seconds=3)
    assert printed(outcome) == "done\n"
    assert outcome.took < 2 < time.monotonic() - began


@needs_bubblewrap
def test_a_machine_that_has_no_time_at_all_is_called_busy(sandbox, crowded):
    with pytest.raises(Busy, match="machine was busy"):
        run(sandbox, SPIN.replace("CORE", str(crowded)), cell_seconds=6, seconds=6, patience=0.1)


@needs_bubblewrap
def test_a_run_that_the_system_ends_is_nobodys_fault(sandbox):
    """As where the machine's memory is used up."""
    said(sandbox, "print('warm')")
    idle = below(sandbox._process._process.pid)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run, sandbox, "import time\ntime.sleep(60)", cell_seconds=90, seconds=90)
        while not running.done():
            time.sleep(1)  # what is ended while it starts is started again
            for process in below(sandbox._process._process.pid) - idle:
                with suppress(ProcessLookupError):
                    os.kill(process, 9)
        with pytest.raises(Busy, match="The system ended it"):
            running.result()


def below(process):
    """All processes that come from this one."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found, more = set(), {process}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found


@needs_bubblewrap
def test_the_computing_time_of_a_process_is_kept(sandbox):
    outcome = run(sandbox, "while True: pass", cell_seconds=60, seconds=60, cpu_seconds=2)
    assert outcome.deaths == [{"index": 0, "why": "cpu"}]


# Attacks. Each is told what it must not achieve, and the run after it is right.


@pytest.fixture
def attack(sandbox):
    def attempt(source, files=None, **limits):
        outcome = run(sandbox, "import os, sys, time, ctypes, subprocess", source, files=files, **limits)
        after = sandbox.run(request("import numpy as np\nprint(np.arange(3).sum())"))
        assert printed(after) == "3\n"
        assert after.deaths == []
        return outcome

    return attempt


def processes(mark):
    """How many processes of this machine have the mark in their command line."""
    count = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                count += mark.encode() in (folder / "cmdline").read_bytes()
    return count


def is_gone(mark):
    give_up = time.monotonic() + 5
    while processes(mark) and time.monotonic() < give_up:
        time.sleep(0.05)
    return not processes(mark)


@needs_bubblewrap
def test_fork_bomb(attack):
    bomb = """
made = 0
for _ in range(500):
    try:
        if not os.fork():
            time.sleep(20)
            os._exit(0)
        made += 1
    except BlockingIOError:
        pass
print(made)
"""
    assert 0 < int(printed(attack(bomb), 1)) <= 64


@needs_bubblewrap
def test_bomb_of_threads(attack):
    bomb = """
import threading
made = 0
for _ in range(500):
    try:
        threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        made += 1
    except RuntimeError:
        pass
print(made)
"""
    assert 0 < int(printed(attack(bomb), 1)) <= 64


@needs_bubblewrap
def test_memory_bomb(attack):
    outcome = attack("kept = [bytearray(2**26) for _ in range(48)]", cell_seconds=30, seconds=60)
    assert outcome.cells[1]["status"] in ("error", "died")  # MemoryError, or found out first


@needs_bubblewrap
def test_memory_bomb_of_many_processes(attack):
    bomb = """
for _ in range(8):
    if not os.fork():
        kept = os.urandom(1) * (400 * 2**20)
        time.sleep(10)
        os._exit(0)
time.sleep(10)
"""
    assert attack(bomb, cell_seconds=30, seconds=60).deaths == [{"index": 1, "why": "memory"}]


@needs_bubblewrap
@pytest.mark.parametrize(
    "call",
    [
        "mmap.mmap(-1, 2**20)",
        "mmap.mmap(os.open('/dev/zero', os.O_RDWR), 2**20)",
        "libc.mmap(None, 2**20, 3, 0x8021, -1, 0)",  # with MAP_POPULATE
        "fcntl.fcntl(os.pipe()[1], 1031, 2**20)",  # F_SETPIPE_SZ
        "fcntl.fcntl(os.open('x', os.O_CREAT | os.O_RDWR), 37, bytes(32))",  # F_OFD_SETLK
        "libc.vmsplice(os.pipe()[1], None, 0, 0)",
        "libc.inotify_init1(0)",
        "os.setxattr('.', 'user.x', bytes(100))",
    ],
)
def test_memory_of_no_process_cannot_be_had(attack, call):
    source = f"import fcntl, mmap\nlibc = ctypes.CDLL(None)\ntry:\n    print(({call}) == -1)\n"
    assert printed(attack(source + "except OSError: print(True)"), 1) == "True\n"


@needs_bubblewrap
def test_locks_on_files_are_counted(attack):
    bomb = """
import fcntl
file = open('/tmp/locked', 'wb')
for number in range(200_000):
    fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * number)
time.sleep(5)
"""
    assert attack(bomb).deaths == [{"index": 1, "why": "locks"}]


@needs_bubblewrap
def test_sockets_of_many_processes_are_counted(attack):
    bomb = """
import socket
for _ in range(30):
    if not os.fork():
        kept = []
        try:
            while True:
                kept += socket.socketpair()
        except OSError:
            time.sleep(20)
        os._exit(0)
time.sleep(10)
"""
    assert attack(bomb, cell_seconds=15).deaths == [{"index": 1, "why": "memory"}]


@needs_bubblewrap
def test_terminals_are_few(attack):
    bomb = "kept = 0\ntry:\n    while kept < 100: os.openpty(); kept += 1\nexcept OSError: print(kept)"
    assert printed(attack(bomb), 1) == "16\n"


@needs_bubblewrap
def test_processes_that_share_memory_are_not_taken_for_a_bomb(sandbox):
    source = """
import os, time
kept = bytearray(200 * 2**20)
for _ in range(12):
    if not os.fork():
        time.sleep(0.5)
        os._exit(0)
for _ in range(12):
    os.wait()
print('end')
"""
    assert said(sandbox, source) == "end"


@needs_bubblewrap
@pytest.mark.parametrize(
    "call",
    [
        "os.memfd_create('m')",
        "libc.shmget(0, 2**20, 0o1600)",
        "libc.mq_open(b'/q', os.O_CREAT | os.O_RDWR, 0o600, None)",
        "libc.unshare(0x10000000)",
        "libc.syscall({'x86_64': 56, 'aarch64': 220}[os.uname().machine], 0x10000000 | 17, 0, 0, 0, 0)",
        "libc.setns(os.open('/proc/self/ns/uts', 0), 0)",
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.umount2(b'/usr', 2)",
        "libc.ptrace(16, os.fork() or time.sleep(5) or os._exit(0), 0, 0)",
        "libc.ptrace(0, 0, 0, 0)",
        "libc.sethostname(b'x', 1)",
        "libc.chroot(b'/tmp')",
        "__import__('socket').socket(40, 1)",  # AF_VSOCK
        "__import__('socket').socket(38, 5)",  # AF_ALG
        "__import__('socket').socketpair()[0].setsockopt(1, 7, 2**20)",  # SO_SNDBUF
        "os.setuid(0)",
        "os.setgroups([0])",
        "time.clock_settime(time.CLOCK_REALTIME, 0)",
        "os.nice(-5)",
        "os.mknod('/tmp/device', 0o60600, os.makedev(254, 0))",
        "__import__('resource').setrlimit(7, (4096, 4096))",
    ],
)
def test_system_calls_that_are_refused(attack, call):
    outcome = attack(
        f"libc = ctypes.CDLL(None)\ntry:\n    print({call} == -1)\nexcept (OSError, ValueError): print(True)"
    )
    assert printed(outcome, 1) == "True\n"


@needs_bubblewrap
def test_a_run_has_no_capabilities_and_cannot_gain_any(attack):
    told = printed(attack("print(open('/proc/self/status').read())"), 1)
    status = dict(re.findall(r"^(\w+):\t(.*)$", told, flags=re.M))
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert "0" not in status["Uid"].split()


@needs_bubblewrap
def test_daemons_end_with_the_run(attack):
    mark = f"sleep-of-a-daemon-{os.getpid()}"
    daemon = f"""
for _ in range(3):
    if not os.fork():
        os.setsid()
        if not os.fork():
            import signal
            for number in set(signal.Signals) - {{9, 19}}:
                signal.signal(number, signal.SIG_IGN)
            os.execvp(sys.executable, ['{mark}', '-c', 'import time; time.sleep(60)'])
        os._exit(0)
    os.wait()
time.sleep(0.3)
print(sum(b'{mark}' in open(f'/proc/{{n}}/cmdline', 'rb').read() for n in os.listdir('/proc') if n.isdigit()))
"""
    assert printed(attack(daemon), 1) == "3\n"
    assert is_gone(mark)


@needs_bubblewrap
@pytest.mark.parametrize(
    "target",
    ["os.kill(-1, 9)", "os.kill(1, 9)", "os.kill(0, 9)", "os.kill(os.getppid(), 9)", "os.killpg(0, 9)"],
)
def test_signals_reach_nobody_else(attack, target):
    # Only where it is the first of its own namespace: else these would end the machine's processes.
    source = f"assert os.getpid() == 1\ntry:\n    {target}\nexcept OSError: pass\nprint(os.getpid())"
    outcome = attack(source, cell_seconds=2)
    assert outcome.cells[1]["status"] in ("ok", "died")
    assert all(death["index"] == 1 for death in outcome.deaths)


@needs_bubblewrap
def test_no_process_but_its_own_is_seen(attack):
    source = "print(sorted(int(n) for n in os.listdir('/proc') if n.isdigit()), os.getpid(), os.getppid())"
    assert printed(attack(source), 1) == "[1] 1 0\n"


@needs_bubblewrap
def test_output_flood(attack):
    outcome = attack("for _ in range(500):\n    print('x' * 100_000)\nprint('end')")
    text = printed(outcome, 1)
    assert len(text) <= sandboxes.LIMITS["output_bytes"] + 1000
    assert "more was written than is kept" in text


@needs_bubblewrap
def test_flood_of_descriptors(attack):
    flood = """
for number in range(256):
    for _ in range(100):
        try:
            os.write(number, b'{"cell": 1, ' * 10_000)
        except OSError:
            break
"""
    outcome = attack(flood)
    assert outcome.deaths == [{"index": 1, "why": "output"}]


@needs_bubblewrap
def test_filling_the_disk(attack):
    fill = """
total = 0
try:
    for k in range(200):
        with open(f'/tmp/{k}', 'wb') as file:
            total += file.write(bytes(16 * 2**20))
except OSError as error:
    print(error.errno, total < 2**29)
"""
    assert printed(attack(fill), 1) == "28 True\n"
    entries = "try:\n    for k in range(99_999): open(f'/dev/shm/{k}', 'w').close()\nexcept OSError: print(k)"
    assert int(printed(attack(entries), 1)) < 20_000
    large = "try:\n    open('/tmp/x', 'wb').truncate(2**40)\nexcept OSError: print('no')"
    assert printed(attack(large), 1) == "no\n"


@needs_bubblewrap
def test_no_network(attack):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reach = f"""
import socket
for family, address in ((socket.AF_INET, ('127.0.0.1', {port})), (socket.AF_UNIX, '\\0course-test')):
    try:
        socket.socket(family).connect(address)
        print('reached')
    except OSError:
        print('no')
"""
        with socket.socket(socket.AF_UNIX) as abstract:
            abstract.bind("\0course-test")
            abstract.listen()
            assert printed(attack(reach), 1) == "no\nno\n"


def test_the_network_is_reached_without_a_sandbox(without):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        reach = f"import socket\nsocket.create_connection(('127.0.0.1', {port}))\nprint('reached')"
        assert said(without, reach) == "reached"


@needs_bubblewrap
def test_the_instructors_environment_is_not_seen(attack):
    seek = f"""
found = [n for n in os.listdir('/proc') if n.isdigit()
         and {SECRET[:10]!r} + {SECRET[10:]!r} in open(f'/proc/{{n}}/environ').read()]
print(found, 'COURSE_SECRET' in os.environ)
"""
    assert printed(attack(seek), 1) == "[] False\n"


def _leads_to_python(folder):
    parts = Path(folder.replace("/dev/shm", "/tmp", 1)).parts
    return len(parts) > 2 and parts == Path(sys.prefix).parts[: len(parts)]


@needs_bubblewrap
def test_what_can_be_written_to(attack):
    write = """
found = []
for folder, folders, files in os.walk('/'):
    if folder == '/proc':
        folders.clear()
        continue
    if os.access(folder, os.W_OK):
        found.append(folder)
print(found)
"""
    found = ast.literal_eval(printed(attack(write, cell_seconds=30, seconds=60), 1))
    # Folders on the way to a Python that lies below /tmp are the run's own, too.
    found = [folder for folder in found if not _leads_to_python(folder)]
    own = {"/tmp", "/tmp/submission", "/dev/shm", "/dev/shm/submission"}
    assert own <= set(found) <= own | {"/dev/pts"}  # which is made anew for each run too
    for path in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/library", "/etc/passwd"):
        assert printed(attack(f"print(os.access({path!r}, os.W_OK))"), 1) == "False\n", path


@needs_bubblewrap
def test_what_was_written_is_gone_in_the_next_run(attack):
    attack("for folder in ('/tmp', '/dev/shm'): open(folder + '/left', 'w').close()\nos.chmod('/dev/pts', 0)")
    seek = f"import sys\nprint({IN_TMP}, os.stat('/dev/pts').st_mode % 512)"
    assert printed(attack(seek), 1) == f"['submission'] {0o755}\n"


@needs_bubblewrap
def test_the_course_is_not_seen(attack, tmp_path):
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text(SECRET)
    tmp_path.chmod(0o755)
    paths = [
        gradebook,
        tmp_path,
        Path(__file__),
        ROOT / "course_lib",
        ROOT / "solutions",
        Path.home() / ".bashrc",
    ]
    source = f"print([p for p in {[str(path) for path in paths]} if os.path.lexists(p)])"
    assert printed(attack(source), 1) == "[]\n"


@pytest.fixture
def within_python():
    """A folder that the sandbox shows, because it lies within the Python environment."""
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        Path(folder).chmod(0o755)
        for name in ("submitted", "gradebook.db"):
            (Path(folder) / name).write_text(SECRET)
        yield Path(folder)


@pytest.mark.slow
@needs_bubblewrap
def test_a_course_within_the_python_environment_is_not_seen_either(within_python):
    source = f"import os\nprint(os.listdir({str(within_python)!r}))"
    with Sandbox(warm=("numpy",)) as shown:
        assert sorted(ast.literal_eval(said(shown, source))) == ["gradebook.db", "submitted"]
    for away in (within_python, within_python / "gradebook.db"):
        with Sandbox(warm=("numpy",), away=(away,)) as hidden:
            assert said(hidden, source) == "[]"
            assert said(hidden, "import sklearn.datasets\nprint('yes')") == "yes"


@needs_bubblewrap
def test_a_course_is_hidden_under_each_name_that_leads_to_it(within_python, tmp_path, monkeypatch):
    """As with a home that is a link to where the homes really lie."""
    (tmp_path / "link").symlink_to(Path(sys.prefix).parent)
    prefix = tmp_path / "link" / Path(sys.prefix).name
    shown = bubblewrap._to_empty((within_python,), [Path(sys.prefix), prefix])
    assert shown == sorted([within_python, prefix / within_python.name])


@needs_bubblewrap
def test_a_course_that_is_the_python_environment_is_refused():
    with pytest.raises(CourseError, match="Move the course to a folder of its own"):
        Sandbox(warm=("numpy",), away=(Path(sys.prefix),))


def test_the_course_is_seen_without_a_sandbox(without):
    source = f"import os\nprint(os.path.exists({str(ROOT / 'solutions')!r}))"
    assert said(without, source) == "True"


@needs_bubblewrap
def test_other_frameworks_are_not_there(attack):
    source = """
from importlib.util import find_spec
names = ('torch', 'tensorflow', 'keras', 'jax', 'sklearn.neural_network._multilayer_perceptron')
print([name for name in names if find_spec(name)])
"""
    assert printed(attack(source), 1) == "[]\n"


@needs_bubblewrap
def test_an_earlier_submission_is_not_in_memory(sandbox):
    word = "the-work-of-alice-" + "x" * 20
    for _ in range(3):
        run(sandbox, f"print({word!r})", "print(0)")
    seek = """
found = 0
word = b'the-work-of-' + b'alice-'
own = open('/proc/self/mem', 'rb', 0)
for line in open('/proc/self/maps'):
    begin, end = (int(part, 16) for part in line.split()[0].split('-'))
    if line.split()[1][0] == 'r' and '[v' not in line:
        own.seek(begin)
        found += own.read(end - begin).count(word + b'x')
print(found)
"""
    assert said(sandbox, seek, seconds=60, cell_seconds=50) == "0"


@needs_bubblewrap
def test_what_the_runner_says_can_be_forged_but_only_as_data(attack):
    forge = """
fds = [n for n in map(int, os.listdir('/proc/self/fd')) if n > 2]
lines = [b'[' * 100_000, b'{"cell": 1e999}', b'{"cell": 2, "status": "ok", "outputs": NaN}', b'\\xff\\xfe',
         b'{"cell": [1], "status": "ok"}', b'{"cell": 77, "status": "ok", "outputs": []}',
         b'{"cell": 0, "status": "passed", "outputs": []}', b'1' * 10_000, b'null', b'{"start": "x"}',
         b'{"cell": 2, "status": "ok", "outputs": ["x", 1, {"output_type": "stream", "text": "\\\\ud800"}]}']
for fd in fds:
    try:
        os.write(fd, b'\\n' + b'\\n'.join(lines) + b'\\n')
    except OSError:
        pass
"""
    outcome = attack(forge)
    assert set(outcome.cells) == {0, 1}
    assert outcome.cells[0]["status"] == "ok"


@needs_bubblewrap
def test_a_hook_that_raises_ends_only_its_cell(attack):
    hook = "def raising(*_): raise SystemExit\nget_ipython().events.register('pre_run_cell', raising)\n"
    patch = "get_ipython().run_cell = None\nsys.stdout = sys.stderr = None\n__builtins__.print = None"
    for source in (hook, patch):
        assert attack(source).cells[1]["status"] in ("ok", "error")


# The library of the sandbox


@pytest.fixture(scope="module", params=sorted(exercise_names()))
def exercise(request):
    return request.param


def test_an_exercise_that_nobody_knows_is_not_played_with_everything_in_sight():
    with pytest.raises(CannotCheck, match="no exercise 'adamm'"):
        library.hidden(["adam", "adamm"])


def functions(text):
    """The bodies of all functions in a module's source, without docstrings, as their syntax trees' text."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            yield node.name, [ast.dump(part) for part in node.body if not isinstance(part, ast.Expr)]


@pytest.mark.slow
def test_no_answer_is_in_the_library(exercise, tmp_path):
    """No function of what is hidden is left anywhere, under whatever name; nor is a misconception."""
    library.build(tmp_path, library.hidden([exercise]))
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.py")]
    assert not any("@mistake" in text or "misconception" in text.lower() for text in texts)
    left = [body for text in texts for _, body in functions(text)]
    for module, name in library.hidden_for(exercise):
        source = (ROOT / "course_lib" / f"{module}.py").read_text(encoding="utf-8")
        (own,) = [node for node in ast.parse(source).body if getattr(node, "name", "") == name]
        bodies = [body for method, body in functions(ast.unparse(own)) if method != "__init__"]
        assert bodies
        assert not any(body in left for body in bodies), (module, name)
    if exercise == "diagnose":
        assert not list(tmp_path.rglob("*held_back*"))


@pytest.fixture(scope="module")
def full_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    library.build(folder, library.hidden(exercise_names()))
    return folder


def test_the_library_imports_without_the_rest_of_the_course(full_library):
    modules = [
        ".".join(path.relative_to(full_library).with_suffix("").parts)
        for path in full_library.rglob("*.py")
        if path.name != "__init__.py"
        and (sys.platform == "linux" or path.stem not in ("namespaces", "server"))
    ]
    code = f"""
import importlib, sys
for name in {modules!r}: importlib.import_module(name)
from course_lib.grading.inside.not_here import NotHere
from course_lib import layers, optimizers, losses, capstone, training
assert all(module.__file__.startswith({str(full_library)!r}) for name, module in sys.modules.items()
           if name.startswith('course_lib'))
for part in (optimizers.Adam, layers.Dropout, layers.BatchNorm, losses.l2_penalty, training.EarlyStopping):
    try:
        part(0.1)
    except NotHere as error:
        assert part.__name__ in str(error)
    else:
        raise AssertionError(part)
class Own(optimizers.Adam):
    def __init__(self): pass
Own()
x, y, _, _ = capstone.given()
assert x.shape == (600, 40) and 0 <= x.min() < x.max() <= 1 and len(y) == 600
"""
    environment = os.environ | {"PYTHONPATH": str(full_library)}
    done = subprocess.run([sys.executable, "-P", "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_name_to_hide_has_to_exist():
    with pytest.raises(ValueError, match="defines no Adamant"):
        library.without("class Adam:\n    pass\n", "optimizers", {"Adamant"})


@pytest.mark.parametrize(
    "place",
    ["optimzers.Adam", "Adam", "capstone.signals", "judging.report", "optimizers.Adam.step", "optimizers."],
)
def test_no_library_is_made_where_a_name_to_hide_is_nowhere(place, tmp_path, monkeypatch):
    told = replace(about("adam"), hides=(*about("adam").hides, place))
    monkeypatch.setattr(library, "about", {"adam": told}.get)
    with pytest.raises(ValueError, match="to be hidden"):
        library.build(tmp_path, library.hidden(["adam"]))


def test_an_exercise_that_does_not_say_what_it_hides_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "FOLDER", tmp_path)
    (tmp_path / "nameless").mkdir()
    (tmp_path / "nameless" / "exercise.toml").write_text(
        'title = "f"\nunit = "02"\ncontract = "f"\npoints = 1\ntextbook = "optimizers.Adam"\n'
    )
    with pytest.raises(CourseError, match="lacks hides"):
        library.hidden(["nameless"])


def test_what_is_around_a_hidden_function_stays():
    text = "@cache\ndef f(x):\n    return 1\n\n\nclass G:\n    def f(self):\n        return 2\n"
    kept = library.without(text, "m", {"f"})
    assert "return 1" not in kept
    assert "@cache" not in kept
    names: dict = {}
    exec(kept, names)
    assert names["G"]().f() == 2


def test_the_assignments_import_nothing_that_is_missing(full_library):
    """What the released notebooks import of the course is in the sandbox's library, but for what cells that
    are not run there show."""
    for path in sorted((ROOT / "assignments").rglob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for cell in (cell for cell in cells if "ungraded" not in cell.metadata.get("tags", [])):
            for line in re.findall(r"^from course_lib.*", cell.source, flags=re.M):
                package, names = re.fullmatch(r"from ([\w.]+) import (.*)", line).groups()
                for name in names.split(", "):
                    base = full_library.joinpath(*package.split("."))
                    module = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
                    there = (base / f"{name}.py").exists() or (base / name / "__init__.py").exists()
                    assert there or name in module.read_text(encoding="utf-8"), line


@needs_bubblewrap
def test_the_generator_of_the_capstones_signals_is_not_there():
    with Sandbox(hidden=library.hidden(["capstone"]), warm=("numpy",)) as sandbox:
        for source in (
            "from course_lib import datasets\ndatasets.signals()",
            "from course_lib import datasets\ndatasets.signal_templates()",
            "from course_lib import datasets\ndatasets.drawn_signals(None, 1, None)",
            "from course_lib.exercises.capstone import task",
            "from course_lib.exercises.capstone import styles",
            "import mnist1d.data",
        ):
            assert run(sandbox, source, cell_seconds=30, seconds=60).cells[0]["status"] == "error", source
        assert (
            said(sandbox, "from course_lib import datasets\nprint('5.25' in open(datasets.__file__).read())")
            == "False"
        )
        assert (
            said(sandbox, "from course_lib import capstone\nprint(capstone.given()[0].shape)") == "(600, 40)"
        )


# What comes out, and how it can fail


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 1000 + b"]" * 1000,
        b"{" * 200_000,
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": 18446744073709551616}',
        b'{"a": ' + b"[" * 60 + b"]" * 60 + b"}",
        b"\xff",
        b"[]",
        b"",
    ],
)
def test_lines_that_are_no_events_are_left_out(line):
    assert list(untrusted.events(line + b'\n{"cell": 1}\n')) == [{"cell": 1}]


def test_lines_are_read_up_to_a_number():
    lines = b"{}\n" * (untrusted.MOST_LINES + 5)
    assert len(list(untrusted.events(lines))) == untrusted.MOST_LINES


def test_texts_can_be_written_as_utf8():
    (event,) = untrusted.events(rb'{"\ud800": ["a\udfff\u00e9", 18446744073709551615, 0.5, null, true]}')
    assert event == {"?": ["a?é", 2**64 - 1, 0.5, None, True]}


@needs_bubblewrap
def test_a_server_that_died_is_started_again(sandbox):
    said(sandbox, "print('once')")
    os.killpg(sandbox._process._process.pid, 9)
    assert said(sandbox, "print('again')") == "again"


@needs_bubblewrap
def test_a_server_that_dies_twice_is_an_error(monkeypatch, sandbox):
    def die(*_):
        raise serving.ServerDied("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(sandbox, "_started", sandbox._process.server)  # without a first run
        patch.setattr(serving.Server, "run", die)
        with pytest.raises(CourseError, match=r"failed twice.*out of memory"):
            run(sandbox, "1")


@needs_bubblewrap
def test_a_closed_sandbox_leaves_nothing_behind():
    sandbox = Sandbox(warm=("numpy",))
    place, process = sandbox._place, sandbox._process._process
    sandbox.close()
    assert not place.exists()
    assert process.returncode is not None


@needs_bubblewrap
def test_a_sandbox_ends_when_its_owner_is_killed():
    owner = """
from course_lib.grading.sandbox import Busy, Sandbox
sandbox = Sandbox(warm=('numpy',))
print(sandbox._place, flush=True)
sandbox.run({'cells': [{'index': 0, 'source': 'import time; time.sleep(60)'}]})
"""
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE, text=True) as process:
        place = process.stdout.readline().strip()
        time.sleep(0.5)
        assert processes(place)
        process.kill()
        process.wait()
        assert is_gone(place)
    shutil.rmtree(place)


def test_without_bubblewrap_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match=r"apt install bubblewrap.*--sandbox none"):
        Sandbox()


REFUSALS = [
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow "
    "non-privileged user namespaces.",
    "bwrap: setting up uid map: Permission denied",
    "bwrap: Creating new namespace failed: No space left on device",
    "PermissionError: [Errno 1] unshare: Operation not permitted",
    "OSError: [Errno 28] unshare: No space left on device",
    "A run could not be set up: OSError: [Errno 22] mount: Invalid argument",
    "PermissionError: [Errno 1] Operation not permitted",
    "PermissionError: [Errno 13] Permission denied: '/proc/self/setgroups'",
]


@pytest.fixture
def starts(monkeypatch):
    """Have a sandbox started by these shell commands, one after the other; None is as it should be."""

    def start(*scripts):
        left = [*scripts]
        real = serving.Warm

        def warm(command, environment):
            script = left.pop(0)
            return real(command if script is None else ["sh", "-c", script], environment)

        monkeypatch.setattr(sandboxes, "Warm", warm)
        with Sandbox(warm=("numpy",)) as sandbox:
            assert said(sandbox, "print('yes')") == "yes"
        assert not left

    return start


@needs_bubblewrap
@pytest.mark.parametrize("words", REFUSALS)
def test_a_kernel_that_refuses_is_told_in_one_sentence(starts, words):
    with pytest.raises(CourseError, match=rf"does not start: {re.escape(words)}\..*namespaces"):
        starts(f"echo {shlex.quote(words)} >&2; exit 1")


@needs_bubblewrap
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("kill -9 $$", r"it was ended by SIGKILL \(out of memory\?\)"),
        ("exit 137", r"it was ended by SIGKILL \(out of memory\?\)"),
        ("exit 247", r"it was ended by SIGKILL \(out of memory\?\)"),
        ("exit 3", "it ended with the status 3"),
        ("echo 'MemoryError' >&2; exit 1", "MemoryError"),
        ("echo 'bwrap: Unknown option --new' >&2; exit 1", "bwrap: Unknown option --new"),
        ("echo \"ModuleNotFoundError: No module named 'numpy'\" >&2; exit 1", "ModuleNotFoundError"),
    ],
)
def test_what_else_keeps_it_from_starting_is_said_after_a_second_try(starts, script, words):
    with pytest.raises(CourseError, match=f"does not start: {words}.*tried twice") as told:
        starts(script, script)
    assert "namespaces" not in str(told.value)


@needs_bubblewrap
def test_a_server_that_is_killed_while_it_starts_is_started_again(starts):
    starts("kill -9 $$", None)


def test_another_kind_is_refused():
    with pytest.raises(CourseError, match="bubblewrap, or none"):
        Sandbox("docker")


def test_runs_without_a_sandbox_are_limited_in_time(without):
    outcome = run(
        without, "while True:\n    try:\n        while True: pass\n    except BaseException: pass", seconds=2
    )
    assert outcome.deaths == [{"index": 0, "why": "over"}]


@pytest.mark.slow
@pytest.mark.parametrize("source", ["while True: pass", "import os\nos._exit(3)"])
def test_a_system_that_cannot_fork_starts_a_process_for_each_run(monkeypatch, source):
    monkeypatch.setattr(sandboxes, "can_fork", lambda: False)
    with Sandbox("none", hidden=library.hidden(["adam"])) as sandbox:
        outcome = run(sandbox, "x = 1\nprint(x)", source, "print('end')", seconds=8)
    assert outcome.cells[0]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "1\n"}]
    assert outcome.cells[1]["status"] == "died"
    assert outcome.deaths[0]["index"] == 1


def test_a_process_that_cannot_start_is_no_fault_of_the_notebook(monkeypatch):
    monkeypatch.setattr(sandboxes, "can_fork", lambda: False)
    with Sandbox("none", hidden=library.hidden(["adam"])) as sandbox:
        monkeypatch.setattr(sandboxes.bubblewrap, "variables", lambda *_: {"PYTHONHOME": "/nowhere"})
        with pytest.raises(FailedTwice, match="that was to run it ended with the status 1"):
            run(sandbox, "x = 1")


def test_adam_is_what_these_tests_take_it_for():
    """The student's Adam above is the course's, so that the evidence compared is a right answer's."""
    names: dict = {}
    exec(STUDENT, names)
    own, ours, theta = names["Adam"](0.1), Adam(0.1), np.ones(3)
    np.testing.assert_allclose(own.step(theta, 2 * theta), ours.step(theta, 2 * theta))
