"""A check in a notebook's kernel leaves that as it was, whatever the student's code does there."""

import queue
import sys
import time

import nbformat.v4
import pytest
from jupyter_client.manager import start_new_kernel

from course_lib.checks import SEED
from course_lib.exercises.folders import find

RIGHT = """
class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8):
        {init}
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = self.v = self.t = 0

    def step(self, theta, gradient):
        {step}
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * gradient
        self.v = self.beta2 * self.v + (1 - self.beta2) * gradient**2
        m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
        return theta - self.lr * m / (np.sqrt(v) + self.eps)
"""
IMPORTS = """
import builtins, gc, locale, logging, os, random, signal, sys, threading, time, warnings
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, Image, clear_output, display
from course_lib.checks import check

def state():
    return {
        "cwd": os.getcwd(),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "print options": np.get_printoptions(),
        "errors": np.geterr(),
        "error call": np.geterrcall(),
        "np.random": repr(np.random.get_state()),
        "random": random.getstate(),
        "trace": (sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()),
        "handlers": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "timers": [signal.getitimer(which) for which in (signal.ITIMER_REAL, signal.ITIMER_PROF)],
        "recursion": sys.getrecursionlimit(),
        "filters": list(warnings.filters),
        "figures": plt.get_fignums(),
        "rcParams": dict(plt.rcParams),
        "gc": gc.isenabled(),
        "locale": locale.setlocale(locale.LC_ALL),
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "streams": (sys.stdout, sys.stderr, sys.displayhook, sys.excepthook),
        "names": (builtins.print, np.sum, np.random.randn, np.linalg.norm, time.sleep, random.random),
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }
"""
BEHAVIOURS = {
    "shows figures": "plt.figure(); plt.plot([1, 2])",
    "shows figures at once": "plt.plot(theta.ravel()); plt.show()",
    "opens subplots": "fig, axes = plt.subplots(2, 2)",
    "displays": "display(theta); display(HTML('<b>x</b>'))",
    "displays through the shell": "get_ipython().display_pub.publish({'text/plain': 'x'})",
    "clears": "clear_output()",
    "prints": "print('seen'); print('seen', file=sys.stderr)",
    "closes all figures": "plt.close('all')",
    "exits": "exit()",
    "quits": "quit()",
    "asks its shell to end": "get_ipython().ask_exit()",
    "ends": "sys.exit(1)",
    "prints otherwise": "np.set_printoptions(precision=1, suppress=True)",
    "goes elsewhere": "os.chdir('/')",
    "sets an environment": "os.environ['X'] = '1'; os.environ.pop('PATH', None)",
    "adds a path": "sys.path.insert(0, '/nowhere')",
    "draws": "np.random.randn(3); random.random()",
    "seeds": "np.random.seed(0); random.seed(0)",
    "traces": "sys.settrace(lambda *a: None)",
    "profiles": "sys.setprofile(lambda *a: None); threading.setprofile(lambda *a: None)",
    "starts threads": "threading.Thread(target=naps, daemon=True).start()",
    "starts threads that swallow": "threading.Thread(target=stubborn, daemon=True).start()",
    "starts timers": "threading.Timer(3600, print).start()",
    "handles signals": "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGPROF, print)",
    "sets timers": "signal.signal(signal.SIGPROF, idle); signal.setitimer(signal.ITIMER_PROF, 0.01, 0.01)",
    "recurses deeper": "sys.setrecursionlimit(5000)",
    "filters warnings": "warnings.simplefilter('error')",
    "raises on overflow": "np.seterr(all='raise')",
    "calls on errors": "np.seterrcall(print)",
    "styles": "plt.rcParams['figure.figsize'] = (1, 1); plt.style.use('ggplot')",
    "collects no garbage": "gc.disable()",
    "logs": "logging.basicConfig(level='DEBUG'); logging.disable(50)",
    "replaces streams": "sys.stdout = sys.stderr = None",
    "replaces names": "builtins.print = np.random.randn = np.linalg.norm = time.sleep = random.random = len",
    "deletes names": "vars(np).pop('sum', None)",
    "never ends": "\n            ".join(
        ["while True:", "    try:", "        while True: pass", "    except: pass"]
    ),
}
HELPERS = """
def idle(*_):
    pass

def naps():
    while True:
        time.sleep(0.01)

def stubborn():
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            pass
"""


class Notebook:
    """A kernel, and what its cells show."""

    def __init__(self):
        self.manager, self.client = start_new_kernel()

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def run(self, source, patience=60.0):
        """The outputs of a cell."""
        asked = self.client.execute(source)
        outputs = []
        until = time.monotonic() + patience
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=until - time.monotonic())
            except queue.Empty:
                raise TimeoutError(source) from None
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            if kind in (
                "stream",
                "display_data",
                "execute_result",
                "error",
                "update_display_data",
                "clear_output",
            ):
                outputs.append(nbformat.from_dict({"output_type": kind, **content}))

    def said(self, source):
        """What a cell prints, and nothing else."""
        outputs = self.run(source)
        assert {output.output_type for output in outputs} <= {"stream"}, outputs
        return "".join(output.text for output in outputs).strip()


@pytest.fixture(scope="module")
def notebook():
    made = Notebook()
    try:
        made.run(IMPORTS + HELPERS + "from course_lib.judging import apart; possible = apart.possible")
        made.run("plt.figure(7); plt.figure(3); plt.switch_backend('agg')")
        yield made
    finally:
        made.close()


def reports(outputs) -> list[str]:
    """The texts of the reports shown, which have to be all that is shown."""
    assert all("application/vnd.course-check+json" in output.get("data", {}) for output in outputs), outputs
    return [output.data["text/plain"] for output in outputs]


@pytest.fixture(scope="module", params=[True, False], ids=["apart", "in the kernel"])
def apart(request, notebook):
    """Whether the code runs in a copy of the process, as on Linux, or in the kernel, as elsewhere."""
    if request.param and sys.platform != "linux":
        pytest.skip("there is no copy of a process here")
    notebook.run(f"from course_lib.judging import apart; apart.possible = lambda: {request.param}")
    return request.param


@pytest.mark.slow
@pytest.mark.parametrize("where", ["step", "init"])
@pytest.mark.parametrize("name", BEHAVIOURS)
def test_the_kernel_is_as_it_was(notebook, apart, name, where):
    if where == "init" and "theta" in BEHAVIOURS[name]:
        pytest.skip("there is no theta to show")
    notebook.run("plt.figure(7); plt.figure(3); before = state(); me = object()")
    code = {"step": "pass", "init": "pass"} | {where: BEHAVIOURS[name]}
    assert notebook.run(RIGHT.format(**code)) == []
    (report,) = reports(notebook.run("report = check('adam', Adam)"))
    changed = "print([name for name, value in state().items() if value != before[name]])"
    assert notebook.said(changed) == "[]"
    assert notebook.said("print(len(report.cases), plt.gcf().number)") == f"{len(find('adam').cases(SEED))} 3"
    ends = any(word in BEHAVIOURS[name] for word in ("exit(", "quit("))
    assert ("SystemExit" in report) == ends


def test_what_was_displayed_is_told_as_what_was_printed_is(notebook, apart):
    for step, told in (("display({'seen': 1})", "{'seen': 1}"), ("plt.figure()", "Figure(640x480)")):
        notebook.run(RIGHT.format(init="pass", step=step))
        (report,) = reports(notebook.run("report = check('adam', Adam)"))
        assert f"held back. They begin: {told}" in report


def test_threads_that_do_not_end_are_told_where_they_stay(notebook, apart):
    notebook.run("stop = threading.Event()\ndef waits(): stop.wait()")
    notebook.run(RIGHT.format(init="pass", step="threading.Thread(target=waits).start()"))
    (report,) = reports(notebook.run("report = check('adam', Adam)"))
    assert ("Threads that your code has started are still running" in report) != apart
    notebook.run("stop.set()")


@pytest.fixture
def copied(notebook):
    if sys.platform != "linux":
        pytest.skip("there is no copy of a process here")
    notebook.run("apart.possible = lambda: True; me = object(); mine = id(me)")
    yield notebook
    assert notebook.said("print(id(me) == mine)") == "True"  # the same kernel still


# A loop inside C, which no signal interrupts.
@pytest.mark.slow
@pytest.mark.parametrize("loop", ["sum(itertools.repeat(1))", "max(itertools.count())"])
def test_a_loop_inside_c_is_ended(copied, loop):
    copied.run("import itertools\n" + RIGHT.format(init="pass", step=f"if self.t == 3: {loop}"))
    (report,) = reports(copied.run("report = check('adam', Adam)"))
    assert "step 4 was still running when the time was up" in report
    copied.run(RIGHT.format(init="pass", step=f"if theta.ndim > 1: {loop}"))
    (report,) = reports(copied.run("report = check('adam', Adam)"))
    assert 0 < float(copied.said("print(report.score)")) < 1


@pytest.mark.parametrize(
    ("end", "how"),
    [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV")],
)
def test_code_that_would_end_the_kernel_is_told_so(copied, end, how):
    copied.run(RIGHT.format(init="pass", step=end))
    (error,) = copied.run("check('adam', Adam)")
    assert error.ename == "KernelEnded"
    (line,) = error.traceback
    assert line.startswith(f"Your code ended the process that it ran in ({how})")


def test_a_program_that_the_code_has_started_ends_with_it(copied):
    copied.run("import subprocess\n" + RIGHT.format(init="pass", step="subprocess.Popen(['sleep', '77.25'])"))
    reports(copied.run("report = check('adam', Adam)"))
    assert (
        copied.said("print(subprocess.run(['pgrep', '-fx', 'sleep 77.25'], capture_output=True).stdout)")
        == "b''"
    )


def test_a_copy_that_waits_in_vain_is_replaced_by_the_kernel_itself(copied):
    """As where a library's lock is held by a thread that the copy does not have."""
    copied.run("from course_lib.judging import apart; apart.IDLE = 0.5\nown = os.getpid()")
    wait = "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); time.sleep(99)"
    copied.run(RIGHT.format(init=f"if os.getpid() != own: {wait}", step="pass"))
    (report,) = reports(copied.run("report = check('adam', Adam)"))
    assert "9 of 9 cases pass" in report


@pytest.mark.slow
def test_code_that_uses_openmp_runs_in_the_kernel_itself(copied):
    """Whose threads a copy does not have; the last test here, as the library stays loaded."""
    assert copied.said("print(possible())") == "True"
    copied.run(
        "from sklearn.ensemble import HistGradientBoostingClassifier\n"
        "some = np.random.default_rng(0).random((100, 2))\n"
        "trees = HistGradientBoostingClassifier(max_iter=2).fit(some, some[:, 0] > 0.5)"
    )
    assert copied.said("print(possible()); apart.possible = possible") == "False"
    # Once: its threads wait busily for a processor, and that counts as the student's time.
    copied.run("once = iter([some])\n" + RIGHT.format(init="pass", step="for x in once: trees.predict(x)"))
    (report,) = reports(copied.run("report = check('adam', Adam)"))
    assert "9 of 9 cases pass" in report
