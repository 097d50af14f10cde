"""What nbgrader_config.py asks of autograding: the time for a cell is followed, and what is not is named."""

import math
from collections.abc import Iterator
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute
from traitlets import TraitError, Undefined
from traitlets.config import Configurable

from course_lib import notebooks
from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.grading.assignment import Assignment
from course_lib.grading.course import Course
from course_lib.grading.limits import Limits

SLOW_CELLS = Limits().seconds / Limits().cell_seconds  # of its slowest cells a notebook has time for so many
UNLIMITED = 3600.0  # seconds of a notebook, where its cells have no limit

# Followed, each by the part of `course grade` that does the same.
FOLLOWED = {
    "Execute": {"timeout", "timeout_func"},
    "Autograde": {"create_student", "exclude_overwriting"},
    "OverwriteCells": {"add_missing_cells"},
    "AssignLatePenalties": {"plugin_class"},
    "CourseDirectory": {
        *("root", "db_url", "course_id", "directory_structure", "student_id_exclude"),
        *("source_directory", "release_directory", "submitted_directory"),
        *("autograded_directory", "feedback_directory"),
    },
}
# What these change is how something is written or logged, and no score.
WITHOUT_EFFECT = {
    *("log", "log_level", "force", "permissions", "groupshared", "display_data_priority"),
    *("record_timing", "store_widget_state", "ipython_hist_file", "shutdown_kernel", "startup_timeout"),
}


def limits(
    course: Course, assignment: Assignment, cell_seconds: float | None = None, seconds: float | None = None
) -> Limits:
    """What a submission may use: as asked, else as nbgrader's settings have it, else as `Limits`.

    Where the settings give cells more time than usual, a notebook gets as much more. Raises CourseError where
    nbgrader refuses the settings, or its `timeout_func` fails.
    """
    own: dict[str, float] = {}
    if cell_seconds is None:
        cell_seconds, own = _times(course, assignment)
    if seconds is None:
        longest = max([cell_seconds, *own.values()])
        seconds = max(Limits().seconds, SLOW_CELLS * longest) if longest < math.inf else UNLIMITED
    return Limits(
        cell_seconds=min(cell_seconds, seconds),
        seconds=seconds,
        cpu_seconds=seconds,
        own_seconds={key: min(value, seconds) for key, value in own.items()},
    )


def said(course: Course, limits: Limits, *, asked: bool) -> list[str]:
    """Lines on what is followed and differs from what is usual, and on what is not followed.

    asked: whether the time for a cell is the command's, which goes before the settings.
    """
    lines = []
    timeouts = [f"{section}.{name}" for section, name, followed in _set(course) if followed == "timeout"]
    if timeouts and not asked:
        longest = max([limits.cell_seconds, *limits.own_seconds.values()])
        lines.append(
            f"A cell may take {'up to ' if limits.own_seconds else ''}{longest:g} s and a notebook "
            f"{limits.seconds:g} s, after {', '.join(timeouts)} in nbgrader's settings; --cell-seconds and "
            "--seconds set other times."
        )
    others = [f"{section}.{name}" for section, name, followed in _set(course) if not followed]
    if others:
        lines.append(
            f"Not followed of nbgrader's settings: {', '.join(others)}. Where scores depend on them, grade "
            "with 'nbgrader autograde'."
        )
    return lines


def _times(course: Course, assignment: Assignment) -> tuple[float, dict[str, float]]:
    """Seconds of a cell, and of those released cells that have others; infinity for no limit."""
    try:
        execute = Execute(parent=course.autograde)
    except TraitError as error:
        raise CourseError(
            f"nbgrader cannot use the settings in {CONFIG} ({error}): correct that file."
        ) from None
    if execute.timeout_func is None:
        return _seconds(execute.timeout), {}

    def asked(cell: NotebookNode) -> float:
        return _seconds(execute.timeout_func(cell))

    try:
        usual = asked(new_code_cell(""))  # stands for what students add
    except Exception:  # it looks for what only released cells have
        usual = _seconds(execute.timeout)
    own = {}
    for notebook in assignment.notebooks:
        released = notebooks.read(course.folder("release", assignment.unit) / f"{notebook.name}.ipynb")
        for cell, known in zip(released.cells, notebook.cells, strict=True):
            if cell.cell_type != "code":
                continue
            try:
                own[f"{notebook.name}/{known.id}"] = asked(NotebookNode(cell | {"source": known.source}))
            except Exception as error:  # it is a program of the course's
                raise CourseError(
                    f"timeout_func in nbgrader's settings fails on the cell {known.grade_id or known.id} of "
                    f"{notebook.name} ({type(error).__name__}: {error}): correct it, or set the time with "
                    "--cell-seconds."
                ) from None
    return usual, {key: value for key, value in own.items() if value != usual}


def _seconds(value: Any) -> float:
    """As nbclient reads it: None, 0 and less stand for no limit."""
    return float(value) if value and float(value) > 0 else math.inf


def _set(course: Course) -> Iterator[tuple[str, str, str]]:
    """(section, trait, how it is followed) of what the settings have otherwise than nbgrader by itself, for
    each class that autograding uses. How: "timeout", "yes" or, where it is not, ""."""
    told = set()
    for used in _used():
        traits = used.class_traits(config=True)
        for section in [one.__name__ for one in used.__mro__ if issubclass(one, Configurable)]:
            for name, value in dict(course.config.get(section, {})).items():
                trait = traits.get(name)
                if trait is None or (section, name) in told or name in WITHOUT_EFFECT:
                    continue
                if _is_default(trait, value):
                    continue
                told.add((section, name))
                followed = name in FOLLOWED.get(used.__name__, ())
                yield section, name, "timeout" if name.startswith("timeout") else "yes" if followed else ""


def _used() -> list[type[Configurable]]:
    """The classes that nbgrader autogrades with, unless it is told otherwise."""
    steps = [*Autograde.sanitize_preprocessors.default(), *Autograde.autograde_preprocessors.default()]
    return [
        *dict.fromkeys(steps),
        Autograde,
        CourseDirectory,
        NotebookExporter,
        AsyncKernelManager,
        KernelSpecManager,
    ]


def _is_default(trait: Any, value: Any) -> bool:
    default = trait.default()
    return default is not Undefined and type(value) is type(default) and value == default
