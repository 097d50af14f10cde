"""The course_lib of the sandbox: a copy without what a student is asked to write.

What is copied is listed, all else stays away: the references, the misconceptions, grading, the explorers. Of
the modules copied, the classes and functions that would answer an exercise become stubs that raise NotHere.
"""

import ast
import shutil
from collections.abc import Iterable
from pathlib import Path

import course_lib
from course_lib import texts
from course_lib.exercises.folders import about

say = texts.beside(__file__)

Name = tuple[str, str]  # a module of course_lib, and a class or function in it

SOURCE = Path(course_lib.__file__).parent
# What a notebook may use of the course.
MODULES = (
    "ablation",
    "alone",
    "capstone",
    "carry_over",
    "course_folder",
    "datasets",
    "errors",
    "gradient_check",
    "initializers",
    "labelled_runs",
    "layers",
    "losses",
    "modern",
    "network",
    "notebooks",
    "optimizers",
    "palette",
    "planted",
    "plots",
    "scene",
    "schedules",
    "strokes",
    "surfaces",
    "texts",
    "themed",
    "training",
    "transformer",
    "tuning",
)
# What plays an exercise's cases where calls alone do not do.
DRIVERS = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.glob("exercises/**/*driver.py"))
RUNS = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.glob("data/experiments/*.json"))
MACHINERY = (
    "__init__.py",
    "alone.toml",
    "datasets.toml",
    "judging/__init__.py",
    "judging/clock.py",
    "judging/encoding.py",
    "judging/frames.py",
    "judging/functions.py",
    "judging/guard.py",
    "judging/limits.py",
    "judging/missing.py",
    "judging/probe.py",
    "judging/recent.py",
    "judging/surroundings.py",
    *sorted({f"{driver.rpartition('/')[0]}/__init__.py" for driver in DRIVERS}),
    *DRIVERS,
    "data/__init__.py",
    "data/capstone.npz",
    "data/diabetes.csv",
    "data/digits.csv.gz",
    "data/loss_curves.json",
    "data/response_surface.json",
    "data/signal_runs.json",
    "data/system_calls.json",
    *RUNS,
    "experiments/__init__.py",
    "grading/__init__.py",
    "grading/inside/__init__.py",
    "grading/inside/descriptors.py",
    "grading/inside/groups.py",
    "grading/inside/link.py",
    "grading/inside/namespaces.py",
    "grading/inside/not_here.py",
    "grading/inside/runner.py",
    "grading/inside/seccomp.py",
    "grading/inside/server.py",
    "grading/inside/shell.py",
)

# Packages, by their folder below site-packages, in which answers could be looked up or borrowed: frameworks,
# and the generator of the capstone's signals.
MASKED = (
    "chainer",
    "flax",
    "haiku",
    "jax",
    "jaxlib",
    "keras",
    "lightning",
    "mnist1d",
    "mxnet",
    "optax",
    "paddle",
    "pytorch_lightning",
    "sklearn/neural_network",
    "tensorflow",
    "tinygrad",
    "torch",
    "torchvision",
)
STUB = """\
{head}
{indent}from course_lib.grading.inside.not_here import NotHere

{indent}raise NotHere({message!r})
"""


def hidden(exercises: Iterable[str]) -> frozenset[Name]:
    """What has to be hidden while these exercises are graded.

    Raises CannotCheck for an exercise that does not exist: what is not known is not played.
    """
    return frozenset(name for exercise in exercises for name in hidden_for(exercise))


def hidden_for(exercise: str) -> frozenset[Name]:
    """What has to be hidden while this exercise is graded, as its folder says."""
    places = (place.partition(".") for place in about(exercise).hides)
    return frozenset((module, name) for module, _, name in places)


def build(folder: Path, names: frozenset[Name]) -> None:
    """Write the package course_lib into the folder, without these names."""
    begin(folder)
    furnish(folder, names)


def begin(folder: Path) -> None:
    """Write what the server itself needs, which is always the same."""
    package = folder / "course_lib"
    for path in MACHINERY:
        _copy(SOURCE / path, package / path)
    _copy(SOURCE / "grading/inside/check_stub.py", package / "checks.py")


def furnish(folder: Path, names: frozenset[Name]) -> None:
    """Write what students may use, without these names. Raises ValueError for one that is not there."""
    package = folder / "course_lib"
    if unknown := {(module, name) for module, name in names if module not in MODULES}:
        places = ", ".join(sorted(map(".".join, unknown)))
        raise ValueError(f"{places}: to be hidden is what stands in one of the modules {', '.join(MODULES)}")
    for module in MODULES:
        text = (SOURCE / f"{module}.py").read_text(encoding="utf-8")
        away = {name for where, name in names if where == module}
        _write(package / f"{module}.py", without(text, module, away))
        if (words := SOURCE / f"{module}.toml").is_file():
            _copy(words, package / words.name)


def without(text: str, module: str, names: set[str]) -> str:
    """A module's source with stubs in place of these classes and functions.

    Raises ValueError for a name that it does not define.
    """
    lines = text.splitlines(keepends=True)
    found = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names
    ]
    if missing := names - {node.name for node in found}:
        raise ValueError(
            f"course_lib.{module} defines no {', '.join(sorted(missing))}, which was to be hidden"
        )
    for node in reversed(found):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        if isinstance(node, ast.ClassDef):
            head, indent = f"class {node.name}:\n    def __init__(self, *_, **__):", " " * 8
        else:
            head, indent = f"def {node.name}(*_, **__):", " " * 4
        lines[first - 1 : node.end_lineno] = [
            STUB.format(head=head, indent=indent, message=say("not-here", name=node.name))
        ]
    return "".join(lines)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
