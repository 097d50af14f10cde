"""The library with what Python lacks in a browser (Pyodide): timers, threads, processes, the clock of what a
thread computes; and no package is there that a page would have to wait for in vain."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import IPython

from course_lib import notebooks, progress
from course_lib.judging import clock, limits
from course_lib.judging.limits import by_trace

ROOT = Path(__file__).resolve().parents[1]

LACKS = """
import signal, sys, sysconfig, threading, time

ABSENT = "_multiprocessing resource joblib optuna scipy sklearn threadpoolctl tqdm nbformat nbgrader"
sys.modules |= dict.fromkeys(ABSENT.split())
del signal.setitimer, signal.getitimer, time.thread_time

def start(thread):
    raise RuntimeError("can't start new thread")

threading.Thread.start = start
sysconfig.get_config_vars()  # of this Python, by the name of its platform
sys.platform = "emscripten"
"""

TRAINS = """
import numpy as np
from course_lib.layers import Dense
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.training import fit

del sys.modules["tqdm"]
rng, network = np.random.default_rng(0), Network([Dense(2, 2)])
data = rng.normal(size=(8, 2)), np.arange(8) % 2
fit(network, network.initialize(rng), SGD(lr=0.1), data, epochs=2, batch_size=4, rng=rng)
"""

STUDENTS = """
import json, time
from course_lib.checks import check
from course_lib.exercises.folders import find

class Right(find("adam").reference):
    def step(self, theta, gradient):
        return super().step(theta, gradient)

class Wrong(Right):
    def step(self, theta, gradient):
        return super().step(theta, 2 * gradient)

class Endless(Right):
    def step(self, theta, gradient):
        while True:
            try:
                x = 1
            except:
                pass

said = []
for student in (Right, Wrong, Endless):
    began = time.monotonic()
    report = check("adam", student)
    said.append((report.score, report.diagnosis, report.text(), time.monotonic() - began))
print(json.dumps(said))
"""


def run_like_a_browser(code, folder):
    return subprocess.run(
        [sys.executable, "-c", LACKS + code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"},
        capture_output=True,
        encoding="utf-8",
    )


def test_each_lecture_begins(tmp_path):
    paths = sorted((ROOT / "notebooks").glob("0*.ipynb"))
    cells = [cell for path in paths for cell in notebooks.read(path).cells]
    first = [cell.source for cell in cells if cell.id in ("library", "imports")]
    done = run_like_a_browser("\n".join(first), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_network_is_trained(tmp_path):
    done = run_like_a_browser(TRAINS, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_check_judges_what_is_right_wrong_and_endless(tmp_path):
    done = run_like_a_browser(STUDENTS, tmp_path)
    assert done.stderr == ""
    right, wrong, endless = json.loads(done.stdout.splitlines()[-1])
    assert right[:2] == [1.0, None]
    assert 0 < wrong[0] < 1
    assert endless[:2] == [0.0, "never-ends"]
    assert "still running when the time was up, in line" in endless[2]
    assert endless[3] < 8  # it is ended after 2 s; the rest is for a busy machine


def test_a_person_has_sent_what_a_kernel_in_a_browser_runs(monkeypatch):
    """Which cell that is, Pyodide's kernel does not know: its get_parent takes no channel."""

    class Kernel:
        def get_parent(self):
            return {}

    shell = SimpleNamespace(kernel=Kernel())
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert progress.live()
    del shell.kernel
    assert not progress.live()


def test_slower_python_has_more_time(monkeypatch):
    def steps(share):
        yield 0.1
        until = clock.times()[0] + share * 0.1
        while clock.times()[0] < until:
            pass

    monkeypatch.setattr(clock, "SLOWER", 4)
    monkeypatch.setattr(clock, "waited", lambda: 0.0)
    began = limits.time.monotonic()
    assert by_trace(lambda: steps(0.5), 9.0)
    assert limits.time.monotonic() - began > 0.2
    assert not by_trace(lambda: steps(50), 9.0)
