"""What all tests share: figures without a screen, the tools of this environment on PATH, one BLAS thread."""

from course_lib import cli

cli.prepare_process()  # before NumPy is loaded, which reads the number of threads once

import matplotlib  # noqa: E402

matplotlib.use("Agg")

# Longest first. Where several processes share the files, none is left alone with one of these at the end.
LONGEST = (
    "test_nothing_lost.py",
    "test_grading_compatibility.py",
    "test_attacks.py",
    "test_checks_misconceptions.py",
    "test_lectures.py",
    "test_sandbox.py",
    "test_demo_class.py",
    "test_jupyterlab.py",
)


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONGEST.index(name) if (name := item.path.name) in LONGEST else len(LONGEST))
