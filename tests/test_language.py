"""In which language an assignment is written: the release decides, and only Python 3 is graded."""

import json

import pytest

from course_lib.errors import CourseError
from course_lib.grading import language, reading

PYTHON, R = ["x = 1", "%matplotlib inline\n!ls"], ["double <- function(x) 2*x"]


def metadata(name=None, spoken=None, version=None):
    kernelspec = {"name": name, "language": spoken}
    about = {"name": spoken, "version": version}
    return {
        "kernelspec": {key: value for key, value in kernelspec.items() if value},
        "language_info": {key: value for key, value in about.items() if value},
    }


@pytest.mark.parametrize(
    ("asked", "sources", "words"),
    [
        (metadata("ir", "R"), R, "is written in R,"),
        (metadata("julia-1.10", "julia"), PYTHON, "is written in julia,"),
        (metadata("xcpp17", "C++17"), PYTHON, "is written in C\\+\\+17,"),
        (metadata("python3", "R"), R, "is written in R,"),
        (metadata("python2", "python"), PYTHON, "is written in Python 2,"),
        (metadata("python", "python", "2.7.18"), PYTHON, "is written in Python 2,"),
        (metadata("ir"), R, "names the kernel 'ir', and not all of its code is Python"),
        ({}, R, "names no language, and not all of its code is Python"),
    ],
)
def test_another_language_is_refused_in_one_sentence(asked, sources, words):
    with pytest.raises(CourseError, match=f"^hw/hw.ipynb {words}") as refused:
        language.require_python("hw/hw.ipynb", asked, sources)
    assert str(refused.value).count(". ") == 0 and "nbgrader autograde" in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "sources", "kernel"),
    [
        (metadata("python3", "python", "3.11.7"), PYTHON, ""),
        (metadata("xpython", "python"), PYTHON, "xpython"),
        (metadata(".venv", "python", "3.12.1"), PYTHON, ".venv"),
        (metadata("conda-env-nets-py", None), PYTHON, "conda-env-nets-py"),
        (metadata("python3"), ["def f(:  # left to be mended"], ""),
        (metadata("homemade"), PYTHON, "homemade"),
        ({}, PYTHON, ""),
        ({"kernelspec": ["odd"], "language_info": 3}, PYTHON, ""),
    ],
)
def test_another_kernel_of_python_is_accepted_and_named(asked, sources, kernel):
    assert language.require_python("hw/hw.ipynb", asked, sources) == kernel


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"kernelspec": {"display_name": "R", "name": "ir", "language": "R"}}, "ir"),
        ({"kernelspec": {"other": {"name": "inner"}}}, ""),
        ({"kernelspec": ["name"], "name": "outer"}, ""),
        ({}, ""),
    ],
)
def test_the_kernel_is_read_from_a_file(asked, name, first):
    parts = {"metadata": asked, "cells": [{"cell_type": "code", "source": "x", "metadata": {"name": "a"}}]}
    notebook = parts if first else dict(reversed(parts.items()))
    assert reading.contents(json.dumps(notebook).encode(), reading.Steps()).kernel == name
