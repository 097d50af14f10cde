"""Run a student's notebook from a fresh kernel and collect what its checks report."""

import logging
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_lib import notebooks, texts
from course_lib.errors import CourseError
from course_lib.judging.exercise import CannotCheck
from course_lib.judging.report import MIME

say = texts.beside(__file__)


@dataclass(frozen=True)
class Finding:
    """What one cell has to say: the report of a check in it, or the error that it ended with.

    is_check: a check's report, or that a check could not be judged
    """

    passed: bool
    text: str
    is_check: bool


def findings(path: Path, timeout: float = 60) -> Iterator[Finding]:
    """Run the notebook's cells in order, each for at most `timeout` seconds; yield findings as they arise.

    After a cell that raised, the later ones still run; after one that never ends or kills the kernel, they
    do not.
    Raises CourseError for what is no notebook, and where no kernel can be had.
    """
    notebook = notebooks.read(path)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        log=logging.Logger("notebook", logging.CRITICAL),  # its errors are told below, in a sentence each
    )
    number = 0
    try:
        with client.setup_kernel(stderr=subprocess.DEVNULL):  # its log; what cells write there is an output
            for index, cell in enumerate(notebook.cells):
                number += cell.cell_type == "code"
                yield from _of_cell(client.execute_cell(cell, index), number)
    except NoSuchKernel:
        raise CourseError(say("no-kernel")) from None
    except CellTimeoutError:
        yield Finding(False, say("never-ends", number=number, seconds=timeout), is_check=False)
    except DeadKernelError:
        yield Finding(False, say("kernel-ended", number=number), is_check=False)


def _of_cell(cell: NotebookNode, number: int) -> Iterator[Finding]:
    """A cell's reports; where there are none, its error, if it ended with one."""
    outputs = cell.get("outputs", [])
    reports = [output.data for output in outputs if MIME in output.get("data", {})]
    for report in reports:
        yield Finding(bool(report[MIME]["passed"]), report["text/plain"], is_check=True)
    errors = [output for output in outputs if output.output_type == "error"]
    if errors and not reports:
        name, message = errors[0].ename, errors[0].evalue
        text = say("raised-and-says" if message else "raised", number=number, name=name, message=message)
        yield Finding(False, text, is_check=name == CannotCheck.__name__)
