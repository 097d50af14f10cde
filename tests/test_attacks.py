"""No attack gains anything, and none harms a fellow student, the course or the machine."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from attacks import ATTACKS, FULL, UNIT, Attack, index
from nbclient import NotebookClient
from nbgrader.api import Gradebook
from test_safe_html import active

from course_lib import notebooks

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = ("adagrad", "rmsprop", "adam", "adamw")
HONEST = ("honest-1", "honest-2", "zz-honest-3")
COOKIE = f"attack-cookie-{os.getpid()}"
OURS = ("style", "svg")  # the reports' own styles and pictures
STUDENTS = {name: f"attack-{number:03d}" for number, name in enumerate(ATTACKS)}
SCRIPTED = [
    name for name in ATTACKS if "script" in name or "HTML" in name or "formula" in name or "odd" in name
]


class Listener:
    """Counts who connects to a loopback port."""

    def __init__(self):
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            self._socket.accept()[0].close()
            self.connections += 1


def notebook_of(attack: Attack, course: Path, port: int) -> nbformat.NotebookNode:
    solution = notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb")
    notebook = notebooks.read(course / "assignments" / UNIT / f"{UNIT}.ipynb")
    for name in ("adagrad", "rmsprop"):
        notebook.cells[index(notebook, name)].source = solution.cells[index(solution, name)].source
    notebook.cells[index(notebook, "adam")].source = attack.adam
    if attack.damage:
        attack.damage(notebook)
    if attack.first:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(attack.first))
    if attack.last:
        notebook.cells.append(nbformat.v4.new_code_cell(attack.last))
    text = json.dumps(notebook)
    for word, value in (("COURSE", str(course)), ("PORT", str(port)), ("COOKIE", COOKIE)):
        text = text.replace(word, value)
    return nbformat.from_dict(json.loads(text))


def hand_in(
    course: Path, student: str, notebook: nbformat.NotebookNode, attack: Attack | None = None
) -> None:
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    if attack and attack.place:
        attack.place(folder)


def files_of(course: Path) -> dict[str, bytes | None]:
    """What the attacks must not change: all of the course's regular files but what grading itself writes."""
    own = ("autograded", "feedback", "reports", ".grading", "gradebook.db")
    return {
        str(path.relative_to(course)): path.read_bytes() if path.stat().st_size < 10**6 else None
        for path in sorted(course.rglob("*"))
        if not path.is_symlink() and path.is_file() and path.relative_to(course).parts[0] not in own
    }


@dataclass
class Graded:
    """The class after grading."""

    course: Path
    done: subprocess.CompletedProcess
    before: dict
    connections: int
    seconds: float


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Graded:
    """All attacks and some honest students, graded in one run."""
    if not shutil.which("bwrap"):
        pytest.fail("bubblewrap is missing: .ci/run installs it")
    course = tmp_path_factory.mktemp("attacked") / "course"
    course.mkdir()
    shutil.copy(ROOT / "nbgrader_config.py", course)
    ignored = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(ROOT / "solutions" / UNIT, course / "solutions" / UNIT, ignore=ignored)
    made = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", UNIT], cwd=course, capture_output=True
    )
    assert made.returncode == 0, made.stderr
    for student in HONEST:
        hand_in(course, student, notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb"))
    listener = Listener()
    for name, attack in ATTACKS.items():
        hand_in(course, STUDENTS[name], notebook_of(attack, course, listener.port), attack)
    before = files_of(course)
    began = time.monotonic()
    limits = ("--cell-seconds", "4", "--seconds", "20")
    done = subprocess.run(
        ["course", "grade", UNIT, "--course", str(course), "--workers", "2", *limits],
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    return Graded(course, done, before, listener.connections, time.monotonic() - began)


@pytest.fixture(scope="module")
def scores(graded) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    with Gradebook(f"sqlite:///{graded.course / 'gradebook.db'}") as gradebook:
        for submission in gradebook.assignment_submissions(UNIT):
            cells = submission.notebooks[0].grades
            found[submission.student.id] = {
                cell.name.removesuffix("-check"): cell.auto_score for cell in cells
            }
            assert not any(cell.manual_score for cell in cells)
    return found


@pytest.fixture(scope="module")
def results(graded) -> dict[str, dict]:
    found = {}
    for line in (graded.course / ".grading" / UNIT / "journal.jsonl").read_text().splitlines():
        record = json.loads(line)
        if "result" in record:
            found[record["result"]["student"]] = record["result"]
    return found


def graded_text(course: Path, student: str) -> str:
    return (course / "autograded" / student / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")


def outputs(course: Path, student: str) -> str:
    """What the student's cells said; errors cite their source, which has the word in it."""
    cells = json.loads(graded_text(course, student))["cells"]
    said = [
        output for cell in cells for output in cell.get("outputs", []) if output["output_type"] != "error"
    ]
    return json.dumps(said)


def test_there_are_enough_of_them():
    assert len(ATTACKS) >= 60


def test_the_run_comes_to_its_end(graded):
    assert graded.done.returncode == 0, graded.done.stderr[-3000:]


@pytest.mark.parametrize("student", HONEST)
def test_honest_students_get_what_they_earned(scores, student):
    assert sum(scores[student].values()) == FULL


@pytest.mark.parametrize("name", ATTACKS)
def test_it_brings_no_points_that_were_not_earned(scores, results, name):
    student = STUDENTS[name]
    got = scores[student]
    for exercise, points in zip(EXERCISES, ATTACKS[name].points, strict=True):
        if points is None:
            assert got[exercise] in (0.0, 4.0)
        else:
            assert got[exercise] == points, (exercise, got, results[student]["scores"])
    for cells in results[student]["scores"].values():
        for cell in cells.values():
            assert cell["auto"] is not None and cell["verified"]


@pytest.mark.parametrize("name", ATTACKS)
def test_it_learns_nothing_that_it_should_not(graded, name):
    assert "GAINED" not in outputs(graded.course, STUDENTS[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_its_feedback_does_nothing(graded, name):
    page = graded.course / "feedback" / STUDENTS[name] / UNIT / f"{UNIT}.html"
    assert [what for what in active(body(page.read_text(encoding="utf-8"))) if what not in OURS] == []


def body(page: str) -> str:
    """A page without its head, which is nbgrader's own."""
    return page[page.index("<body") :]


@pytest.mark.parametrize("name", SCRIPTED)
def test_formgraders_page_does_nothing(graded, name):
    """Formgrader renders the graded notebook with nbconvert; so does stock nbgrader's feedback."""
    from nbconvert import HTMLExporter

    notebook = nbformat.reads(graded_text(graded.course, STUDENTS[name]), as_version=4)
    page = HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]
    assert [what for what in active(body(page)) if what not in OURS] == []


def test_the_course_is_as_it_was(graded):
    after = files_of(graded.course)
    assert {name: after.get(name, "deleted") for name in graded.before} == graded.before
    assert after.keys() == graded.before.keys()


def test_nobody_reached_the_network(graded):
    assert graded.connections == 0


def test_nothing_survives(graded):
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert COOKIE.encode() not in path.read_bytes(), path.parent.name
        except OSError:
            continue
    assert not any(COOKIE in name for name in os.listdir("/dev/shm"))


def test_a_death_costs_the_exercise_that_died(results):
    for name in ("os._exit in a step", "a segmentation fault"):
        cells = results[STUDENTS[name]]["scores"][UNIT]
        assert "stopped" in cells["adam-check"]["reason"] and cells["adagrad-check"]["auto"] == 4.0


EFFECTIVE = [name for name, attack in ATTACKS.items() if attack.effective]


@pytest.mark.parametrize("name", EFFECTIVE)
def test_without_a_sandbox_it_would_succeed(tmp_path, name):
    """Against a plain kernel, in a scratch course."""
    course = tmp_path / "course"
    for step in ("assignments", "solutions"):
        shutil.copytree(ROOT / step / UNIT, course / step / UNIT)
    with sqlite3.connect(course / "gradebook.db") as book:
        book.execute("CREATE TABLE grade (manual_score FLOAT)")
    hand_in(course, "honest-1", notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb"))
    listener = Listener()
    notebook = notebook_of(ATTACKS[name], course, listener.port)
    wanted = {"adam"} | {cell.id for cell in notebook.cells if "GAINED" in cell.source}
    notebook.cells = [
        cell
        for cell in notebook.cells
        if (
            cell.cell_type == "code"
            and (
                cell.metadata.get("nbgrader", {}).get("grade_id") in wanted
                or cell.id in wanted | {"a02-imports"}
            )
        )
        or cell.source == ATTACKS[name].first
    ]
    client = NotebookClient(
        notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    assert "GAINED" in json.dumps([cell.get("outputs") for cell in notebook.cells])
