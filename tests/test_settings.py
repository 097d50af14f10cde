"""What nbgrader_config.py says of autograding is followed, or named."""

import json

import pytest
from small_course import SETTINGS, cell, notebook

from course_lib.errors import CourseError
from course_lib.grading import assignment, settings
from course_lib.grading.course import course
from course_lib.grading.limits import Limits

UNIT = "unit"
CELLS = [
    cell("answer", "solution", source="x = 1"),
    cell("tests", "grade", 3, locked=True, source="assert x"),
    cell("slow-tests", "grade", 3, locked=True, source="assert x"),
]


def made(tmp_path, config):
    """A course with these settings, and its assignment, one of whose cells has a tag."""
    (tmp_path / "nbgrader_config.py").write_text(SETTINGS + config)
    released = notebook(CELLS)
    released.cells[2].metadata["tags"] = ["slow"]
    (tmp_path / "assignments" / UNIT).mkdir(parents=True)
    (tmp_path / "assignments" / UNIT / "first.ipynb").write_text(json.dumps(released))
    known = {
        one.metadata.nbgrader.grade_id: {
            "source": f"{one.source}  # hidden",
            "cell_type": "code",
            "points": 3,
        }
        for one in CELLS
    }
    whole = assignment.Assignment(UNIT, (assignment.notebook("first", released, known),))
    return course(tmp_path), whole


@pytest.mark.parametrize("section", ["Execute", "ExecutePreprocessor", "NotebookClient"])
@pytest.mark.parametrize(
    ("asked", "cell_seconds", "seconds"),
    [("60", 60, 480), ("10", 10, 240), ("None", 3600, 3600), ("-1", 3600, 3600), ("0", 3600, 3600)],
)
def test_the_time_for_a_cell_is_followed_and_said(tmp_path, section, asked, cell_seconds, seconds):
    """A notebook gets as much more as a cell."""
    here, whole = made(tmp_path, f"c.{section}.timeout = {asked}\n")
    limits = settings.limits(here, whole)
    assert (limits.cell_seconds, limits.seconds, limits.cpu_seconds) == (cell_seconds, seconds, seconds)
    [line] = settings.said(here, limits, asked=False)
    assert f"A cell may take {cell_seconds} s" in line and f"{section}.timeout" in line


def test_what_is_asked_goes_before_the_settings(tmp_path):
    here, whole = made(tmp_path, "c.Execute.timeout_func = lambda cell: 1 / 0\nc.Execute.timeout = 60\n")
    limits = settings.limits(here, whole, 5.0, 50.0)
    assert (limits.cell_seconds, limits.seconds, limits.own_seconds) == (5.0, 50.0, {})
    assert settings.said(here, limits, asked=True) == []


def test_each_released_cell_has_the_time_that_the_function_gives_it(tmp_path):
    """It sees a cell as nbgrader runs it, with hidden tests, tags and marks. Students' own have none."""
    config = (
        "c.Execute.timeout = 45\n"
        "def seconds(cell):\n"
        "    if cell.metadata.nbgrader.solution:\n"
        "        return None\n"
        "    assert cell.source.endswith('# hidden')\n"
        "    return 600 if 'slow' in cell.metadata.get('tags', []) else 20\n"
        "c.Execute.timeout_func = seconds\n"
    )
    here, whole = made(tmp_path, config)
    limits = settings.limits(here, whole)
    ids = [one.id for one in whole.notebooks[0].cells]
    assert limits.own_seconds == {f"first/{key}": s for key, s in zip(ids, (3600, 20, 600), strict=True)}
    assert (limits.cell_seconds, limits.seconds) == (45, 3600)


def test_a_function_that_fails_is_told(tmp_path):
    here, whole = made(tmp_path, "c.Execute.timeout_func = lambda cell: cell.metadata.seconds\n")
    with pytest.raises(
        CourseError, match=r"timeout_func .* fails on the cell answer of first .*--cell-seconds"
    ):
        settings.limits(here, whole)


def test_settings_that_nbgrader_refuses_are_told(tmp_path):
    here, whole = made(tmp_path, "c.Execute.timeout = 'long'\n")
    with pytest.raises(CourseError, match="nbgrader cannot use the settings"):
        settings.limits(here, whole)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ("", []),
        ("c.Execute.timeout = 30\nc.Autograde.create_student = False\n", []),
        ("c.ClearSolutions.code_stub = {'python': 'pass'}\nc.NbGrader.log_level = 'DEBUG'\n", []),
        ("c.OverwriteCells.add_missing_cells = True\nc.Autograde.force = True\n", []),
        ("c.Autograde.autograde_preprocessors = ['a.B']\n", ["Autograde.autograde_preprocessors"]),
        ("c.Autograde.sanitize_preprocessors.append('a.B')\n", ["Autograde.sanitize_preprocessors"]),
        ("c.Execute.kernel_manager_class = 'a.B'\n", ["Execute.kernel_manager_class"]),
        ("c.ExecutePreprocessor.kernel_name = 'ir'\n", ["ExecutePreprocessor.kernel_name"]),
        ("c.KernelManager.transport = 'ipc'\n", ["KernelManager.transport"]),
        ("c.NbGraderPreprocessor.enabled = False\n", ["NbGraderPreprocessor.enabled"]),
        (
            "c.IgnorePattern.pattern = 'x'\nc.Execute.force_raise_errors = True\n",
            ["Execute.force_raise_errors", "IgnorePattern.pattern"],
        ),
        ("c.CourseDirectory.notebook_id = 'p1'\n", ["CourseDirectory.notebook_id"]),
        ("c.BaseConverter.pre_convert_hook = print\n", ["BaseConverter.pre_convert_hook"]),
    ],
)
def test_what_is_not_followed_is_named_in_one_line(tmp_path, config, named):
    here, _ = made(tmp_path, config)
    lines = settings.said(here, Limits(), asked=False)
    assert len(lines) == bool(named)
    for line in lines:
        assert line.startswith(f"Not followed of nbgrader's settings: {', '.join(named)}. ")
