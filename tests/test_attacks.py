"""No attack gains anything, and none harms a fellow student, the course or the machine."""

import contextlib
import csv
import json
import multiprocessing
import os
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from attacks import ATTACKS, BEFORE_PLAIN, FULL, LOOKS, PLAIN, UNIT, UNSHOWN, WITHOUT, Attack, index
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from nbconvert import HTMLExporter
from nbgrader import nbgraderformat
from nbgrader.api import Gradebook
from nbgrader.server_extensions.formgrader import handlers
from nbgrader.utils import determine_grade, parse_utc
from test_safe_html import MATHML, Page, active, typeset

from course_lib import notebooks, release
from course_lib.grading.course import course
from course_lib.grading.demo_students import TEXTBOOK
from course_lib.judging.report import MIME

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap runs on Linux only"),
    pytest.mark.slow,
]
ROOT = Path(__file__).resolve().parents[1]
HONEST = ("honest-1", "honest-2", "zz-honest-3")
LATE = "late"  # the same work, too late
COOKIE = f"attack-cookie-{os.getpid()}"
STUDENTS = {name: f"attack-{number:03d}" for number, name in enumerate(ATTACKS)}
SCRIPTED = [
    name for name in ATTACKS if "script" in name or "HTML" in name or "formula" in name or "odd" in name
]
STAMPS = [name for name in ATTACKS if "timestamp" in name]
MOST_BYTES = 3_000_000  # of a graded notebook, as of a page
MOST_PAGE = 3_000_000  # of a page of feedback


class Listener:
    """Counts who connects to a loopback port."""

    def __init__(self):
        self.connections = 0
        first = socket.create_server(("127.0.0.1", 0))
        self.port = first.getsockname()[1]
        self._sockets = [first]
        with contextlib.suppress(OSError):  # there is no IPv6 here
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for one in self._sockets:
            threading.Thread(target=self._listen, args=(one,), daemon=True).start()

    def _listen(self, one):
        while True:
            one.accept()[0].close()
            self.connections += 1


def notebook_of(attack: Attack, course: Path, port: int, cookie: str = COOKIE) -> nbformat.NotebookNode:
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
    text = filled_in(json.dumps(notebook), course, port, cookie)
    return nbformat.from_dict(json.loads(text))


def filled_in(text: str, course: Path, port: int = 0, cookie: str = COOKIE) -> str:
    for word, value in (("COURSE", str(course)), ("PORT", str(port)), ("COOKIE", cookie)):
        text = text.replace(word, value)
    return text


def plain_cell(source: str, **about: object) -> nbformat.NotebookNode:
    own = {"grade": False, "solution": False, "locked": True, "schema_version": 3, "task": False, **about}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": own})


def with_plain_cells(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The unit with graded cells behind Adam's check that are no checks."""
    cells = [plain_cell(BEFORE_PLAIN, grade_id="plain")]
    cells += [plain_cell(source, grade=True, grade_id=name, points=1) for name, source in PLAIN.items()]
    at = index(notebook, "adam-check") + 1
    notebook.cells[at:at] = cells
    return notebook


def hand_in(
    course: Path, student: str, notebook: nbformat.NotebookNode, attack: Attack | None = None
) -> None:
    folder = course / "submitted" / student / UNIT
    folder.mkdir(parents=True)
    (folder / f"{UNIT}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    if attack and attack.place:
        attack.place(folder)
        for path in folder.rglob("*.py"):
            if path.is_file() and b"COURSE" in path.read_bytes():
                path.write_text(filled_in(path.read_text(), course))


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
    left: list[str]  # what was still there right behind the run


def left_behind() -> list[str]:
    """Processes and shared memory of the attacks. Ends the processes."""
    left = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if COOKIE.encode() in path.read_bytes():
                left.append(f"process {path.parent.name}")
                os.kill(int(path.parent.name), signal.SIGKILL)
    left += [f"/dev/shm/{name}" for name in os.listdir("/dev/shm") if COOKIE in name]
    segments = Path("/proc/sysvipc/shm").read_text().split("\n")
    key = str(zlib.crc32(COOKIE.encode()) & 0x7FFFFFFF)
    return left + [f"segment {key}" for line in segments if line.split()[:1] == [key]]


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Graded:
    """All attacks and some honest students, graded in one run."""
    course = tmp_path_factory.mktemp("attacked") / "course"
    course.mkdir()
    settings = (ROOT / "nbgrader_config.py").read_text()
    late = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    (course / "nbgrader_config.py").write_text(settings + late)
    ignored = shutil.ignore_patterns(".ipynb_checkpoints")
    shutil.copytree(ROOT / "solutions" / UNIT, course / "solutions" / UNIT, ignore=ignored)
    solution = with_plain_cells(notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb"))
    (course / "solutions" / UNIT / f"{UNIT}.ipynb").write_text(json.dumps(solution), encoding="utf-8")
    made = release.nbgrader(course, "generate_assignment", UNIT)
    assert made.returncode == 0, made.stderr
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(UNIT, duedate="2020-01-01 00:00:00")
    for student in (*HONEST, LATE):
        hand_in(course, student, solution)
    (course / "submitted" / LATE / UNIT / "timestamp.txt").write_text("2020-01-02 00:00:00 UTC")
    listener = Listener()
    for name, attack in ATTACKS.items():
        hand_in(course, STUDENTS[name], notebook_of(attack, course, listener.port), attack)
    before = files_of(course)
    limits = ("--cell-seconds", "3", "--seconds", "25")
    done = subprocess.run(
        ["course", "grade", UNIT, "--course", str(course), "--workers", "2", *limits],
        capture_output=True,
        encoding="utf-8",
        timeout=900,
    )
    return Graded(course, done, before, listener.connections, left_behind())


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


# What a page does


def doings(html: str) -> Counter[str]:
    """All in a page that runs, styles, or fetches, and the macros with which MathJax would make links; what a
    formula does to its own parts is no doing."""
    found = Counter(what for what in active(html) if what != "style")
    for tag, attributes in Page(html).tags:
        if tag == "style":
            found["a style sheet"] += 1
        source, style = attributes.get("src") or "", attributes.get("style") or ""
        if "src" in attributes and not source.startswith("data:image/"):
            found[f"{tag} {source}"] += 1
        if tag in MATHML.split():
            continue
        if style and not re.fullmatch(r"((background-)?color: rgb\([\d, ]*\);? ?)+", style):
            found[f"style {style}"] += 1  # other than the colours of a terminal
    macros = r"\\(?:href|mmlToken|style|cssId|class|url|require|unicode)\b"
    return found + Counter(re.findall(macros, typeset(html)))


def body(page: str) -> str:
    """A page without its head, which is nbgrader's own."""
    return page[page.index("<body") :]


def of_students(page: str, notebook: nbformat.NotebookNode) -> Counter[str]:
    """What a page of a graded notebook does, less what the reports in it do, which are made outside."""
    found = doings(body(page))
    if "<script" not in page:  # nothing typesets: a macro is a text
        found = Counter({what: count for what, count in found.items() if not what.startswith("\\")})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                found -= doings(output["data"]["text/html"])
    return found


def formgraders_page(notebook: nbformat.NotebookNode, filters: dict[str, str]) -> str:
    """The graded notebook as nbgrader's formgrader shows it."""
    exporter = HTMLExporter(
        template_name="formgrade", extra_template_basedirs=[handlers.template_path], filters=filters
    )
    return exporter.from_notebook_node(notebook, {"base_url": "", "index": 0, "total": 1})[0]


def read_graded(course: Path, student: str) -> nbformat.NotebookNode:
    return nbformat.reads(graded_text(course, student), as_version=4)


@pytest.fixture(scope="module")
def honest_feedback(graded) -> Counter[str]:
    """What the frame of a page of feedback does."""
    page = graded.course / "feedback" / HONEST[0] / UNIT / f"{UNIT}.html"
    return of_students(page.read_text(encoding="utf-8"), read_graded(graded.course, HONEST[0]))


@pytest.fixture(scope="module", params=["with our filter", "without"])
def filters(request, graded) -> dict[str, str]:
    """The filters of this course's settings, and of another course's that has none."""
    ours: dict[str, str] = course(graded.course).config.HTMLExporter.filters
    assert ours
    return ours if request.param == "with our filter" else {}


@pytest.fixture(scope="module")
def honest_formgrader(graded, filters) -> Counter[str]:
    notebook = read_graded(graded.course, HONEST[0])
    return of_students(formgraders_page(notebook, filters), notebook)


# The tests


def test_there_are_enough_of_them():
    assert len(ATTACKS) >= 200


def test_the_run_comes_to_its_end(graded):
    """Some have no score, of whom it says so at the end."""
    assert graded.done.returncode == 1 and "Traceback" not in graded.done.stderr, graded.done.stderr[-3000:]
    assert graded.done.stdout.splitlines()[-1].startswith("No score yet: ")


@pytest.mark.parametrize("student", HONEST)
def test_honest_students_get_what_they_earned(scores, results, student):
    assert sum(scores[student].values()) == FULL
    assert results[student]["notes"] == []


@pytest.mark.parametrize("name", ATTACKS)
def test_it_brings_no_points_that_were_not_earned(graded, scores, results, name):
    """Who has no score is named: nobody gets out of being graded unseen."""
    student = STUDENTS[name]
    got = scores[student]
    for exercise, points in zip(TEXTBOOK, ATTACKS[name].points, strict=True):
        if points is None:
            assert got[exercise] in (None, 0.0, 4.0)
        else:
            assert (got[exercise] or 0.0) == points, (exercise, got, results[student]["scores"])
        cell = results[student]["scores"][UNIT][f"{exercise}-check"]
        if cell["outcome"] == "none":
            assert cell["reason"] and named(graded)[student]["outcome"] == "none"
        else:
            assert cell["auto"] is not None and cell["verified"]


def named(graded) -> dict[str, dict[str, str]]:
    """The rows of scores.csv by name; before one that could be a formula stands an apostrophe."""
    with (graded.course / "reports" / UNIT / "scores.csv").open(encoding="utf-8", newline="") as file:
        return {row["student_id"].removeprefix("'"): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.fools])
def test_what_runs_beside_it_is_fooled_and_marked_unverified(results, name):
    """So the attack is one; and what is no check is not taken for verified."""
    cells = results[STUDENTS[name]]["scores"][UNIT]
    fooled = [cell for cell in PLAIN if cells[cell]["auto"] == 1.0]
    assert set(ATTACKS[name].fools) <= set(fooled)
    assert not any(cells[cell]["verified"] for cell in fooled)


@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if attack.why])
def test_it_meets_the_limit_that_is_meant_for_it_and_costs_only_its_exercise(graded, results, name):
    result = results[STUDENTS[name]]
    cells = result["scores"][UNIT]
    notebook = read_graded(graded.course, STUDENTS[name])
    where = notebook.cells[index(notebook, "adam") : index(notebook, "adam-check") + 1]
    if ATTACKS[name].last:
        where = notebook.cells[-1:]
    told = json.dumps([cell.get("outputs") for cell in where], ensure_ascii=False)
    assert re.search(ATTACKS[name].why, told)
    if "died" in told or "stopped" in told:
        assert ATTACKS[name].last or re.search(ATTACKS[name].why, cells["adam-check"]["reason"])
    assert cells["adagrad-check"]["auto"] == cells["rmsprop-check"]["auto"] == 4.0


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_kept_of_it_is_bounded(graded, name):
    assert len(graded_text(graded.course, STUDENTS[name])) < MOST_BYTES


@pytest.mark.parametrize("name", ATTACKS)
def test_it_learns_nothing_that_it_should_not(graded, name):
    assert "GAINED" not in outputs(graded.course, STUDENTS[name])


@pytest.mark.parametrize("name", ATTACKS)
def test_its_feedback_does_nothing(graded, honest_feedback, name):
    page = graded.course / "feedback" / STUDENTS[name] / UNIT / f"{UNIT}.html"
    assert page.stat().st_size < MOST_PAGE
    notebook = read_graded(graded.course, STUDENTS[name])
    assert of_students(page.read_text(encoding="utf-8"), notebook) - honest_feedback == Counter()


@pytest.mark.parametrize("name", SCRIPTED)
def test_formgraders_page_does_nothing(graded, filters, honest_formgrader, name):
    notebook = read_graded(graded.course, STUDENTS[name])
    assert of_students(formgraders_page(notebook, filters), notebook) - honest_formgrader == Counter()


@pytest.mark.parametrize("name", STAMPS)
def test_a_time_that_cannot_be_right_is_told_and_counts_as_none(graded, results, name):
    """A time of before the due date that could be right is believed: the collector writes it."""
    result = results[STUDENTS[name]]
    assert any("timestamp.txt" in note and "not known" in note for note in result["notes"])
    assert result["timestamp"] is None
    page = (graded.course / "feedback" / STUDENTS[name] / UNIT / f"{UNIT}.html").read_text(encoding="utf-8")
    assert "time of submission is not known" in page
    assert "Not known is when" in graded.done.stdout


def test_a_time_that_can_be_right_counts(graded):
    with Gradebook(f"sqlite:///{graded.course / 'gradebook.db'}") as gradebook:
        penalties = {
            submission.student.id: submission.notebooks[0].late_submission_penalty
            for submission in gradebook.assignment_submissions(UNIT)
        }
    assert {student for student, penalty in penalties.items() if penalty} == {LATE}
    assert penalties[LATE] == FULL


def test_the_course_is_as_it_was(graded):
    after = files_of(graded.course)
    assert {name: after.get(name, "deleted") for name in graded.before} == graded.before
    assert after.keys() == graded.before.keys()


def test_nobody_reached_the_network(graded):
    assert graded.connections == 0


def test_nothing_survives(graded):
    assert graded.left == []


# Without a sandbox

PLAIN_LIMIT, INTERRUPT = 4.0, 1.5  # seconds for what hangs or is slow, and until it is interrupted
PATIENCE = 60.0  # seconds for all else
MUCH = 4 * 2**20  # characters of output
NO_FORK = {name for name in WITHOUT if name.endswith("beside the notebook")}  # there the imports count
FORKS = multiprocessing.get_context("forkserver")
WARM = ("ipykernel.kernelapp", "ipykernel.zmqshell", "matplotlib.pyplot", "matplotlib_inline.backend_inline")
WARM += tuple(f"course_lib.{name}" for name in ("checks", "datasets", "layers", "plots", "training"))


def plain_kernel(connection: str, folder: str) -> None:
    """Be Jupyter's kernel."""
    import resource

    from ipykernel.kernelapp import IPKernelApp

    os.setsid()
    os.chdir(folder)
    sys.path.insert(0, "")
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # with it, the kernel does not listen to descriptors 1 and 2
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):  # what the kernel itself has to say
        os.dup2(nothing, descriptor)
    IPKernelApp.launch_instance(["-f", connection])


def render(notebook: str, page: str) -> None:
    """Be those who look: understand the commands in the cells, and make formgrader's page."""
    known = nbformat.read(notebook, as_version=4)
    for cell in known.cells:
        if cell.cell_type == "code":
            TransformerManager().transform_cell(cell.source)
    Path(page).write_text(formgraders_page(known, {}), encoding="utf-8")


def stock_reads(path: str, stamp: str, done: str) -> None:
    """Read a submission as nbgrader does, and write `done`. Raises where nbgrader does."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    known = nbgraderformat.read(path, as_version=nbformat.current_nbformat)
    KernelSpecManager().get_kernel_spec(known.metadata.kernelspec.name)
    names = [cell.metadata.nbgrader.grade_id for cell in known.cells if "nbgrader" in cell.metadata]
    assert len(names) == len(set(names)), "nbgrader's CheckCellMetadata stops here"
    if os.path.exists(stamp):
        parse_utc(Path(stamp).read_text().strip())
    Path(done).touch()


def within_limit(target: Callable[..., None], *arguments: str) -> None:
    """Call it in a process of its own, for a time."""
    process = FORKS.Process(target=target, args=arguments)
    process.start()
    process.join(PLAIN_LIMIT)
    process.kill()
    process.join()


class Kernel:
    """A plain kernel in a folder: forked where that makes no difference, else started."""

    def __init__(self, folder: Path, fork: bool, **environment: str):
        place = folder.parent  # with sockets in a folder, no other kernel can take its ports meanwhile
        connection, _ = write_connection_file(
            str(place / "connection.json"), transport="ipc", ip=str(place / "socket")
        )
        self._process: Any
        if fork:
            self._process = FORKS.Process(target=plain_kernel, args=(connection, str(folder)))
            self._process.start()
            self._end = self._process.join
        else:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ipykernel_launcher", "-f", connection],
                cwd=folder,
                env=os.environ | environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._end = self._process.wait
        self._client = BlockingKernelClient(connection_file=connection)
        self._client.load_connection_file()
        self._client.start_channels(hb=False)  # where nobody has time, no beat comes in time
        self._client.wait_for_ready(timeout=PATIENCE)

    def _lives(self) -> bool:
        if isinstance(self._process, subprocess.Popen):
            return self._process.poll() is None
        return self._process.is_alive()

    def dies(self) -> bool:
        """Whether it ends by itself, which may take it a moment."""
        end = time.monotonic() + PATIENCE
        while self._lives() and time.monotonic() < end:
            time.sleep(0.05)
        return not self._lives()

    def play(self, cell: nbformat.NotebookNode, impatient: bool) -> str:
        """Run a cell: "", or "dies", "hangs" or "floods"."""
        began, size, interrupted = time.monotonic(), 0, False
        message = self._client.execute(cell.source)
        cell.outputs = []
        while size <= MUCH:
            seconds = time.monotonic() - began
            if seconds > (PLAIN_LIMIT if impatient else PATIENCE):
                return "hangs"
            if impatient and seconds > INTERRUPT and not interrupted:
                os.kill(self._process.pid, signal.SIGINT)
                interrupted = True
            try:
                said = self._client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                if not self._lives():
                    return "dies"
                continue
            if said["parent_header"].get("msg_id") != message:
                continue
            if said["msg_type"] == "status" and said["content"]["execution_state"] == "idle":
                return ""
            if said["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                cell.outputs.append(nbformat.v4.output_from_msg(said))
                size += sum(len(said["content"].get(name, "")) for name in ("text", "evalue"))
        return "floods"

    def close(self) -> None:
        self._client.stop_channels()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._end()


def plainly(name: str, course: Path, port: int) -> str:
    """What becomes of an attack without a sandbox: a word as in WITHOUT, or "" for nothing."""
    for step in ("assignments", "solutions"):
        shutil.copytree(ROOT / step / UNIT, course / step / UNIT)
    (course / "submitted").mkdir()
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as book:
        book.execute("CREATE TABLE grade (manual_score FLOAT)")
    hand_in(course, HONEST[0], notebooks.read(ROOT / "solutions" / UNIT / f"{UNIT}.ipynb"))
    cookie = f"plain-{STUDENTS[name]}-{os.getpid()}"
    notebook = notebook_of(ATTACKS[name], course, port, cookie)
    hand_in(course, "attacker", notebook, ATTACKS[name])
    folder = course / "submitted" / "attacker" / UNIT
    if WITHOUT[name] in ("unreadable", "borrowed"):
        return read_plainly(folder)
    of_page = WITHOUT[name] in ("strange", "slow")
    if not of_page or ATTACKS[name].adam != Attack.adam:
        looks = filled_in(LOOKS.get(name, ""), course, port, cookie)
        notebook.cells.append(nbformat.v4.new_code_cell(looks))
        end = play_plainly(name, notebook, folder)
        if end:
            return end
    if of_page:
        return look_plainly(notebook, folder)
    if WITHOUT[name] == "full":
        check = notebook.cells[index(notebook, "adam-check")]
        return "full" if determine_grade(check) == (8.0, 8.0) else ""
    said = [o for cell in notebook.cells for o in cell.get("outputs", []) if o["output_type"] != "error"]
    return "gained" if "GAINED" in json.dumps(said) or (course / "pwned").exists() else ""


def play_plainly(name: str, notebook: nbformat.NotebookNode, folder: Path) -> str:
    """Run the attack's cells, and what LOOKS behind it; beside a process such as the one that grades."""
    attack = ATTACKS[name]
    ids = {"a02-imports", "a02-adam", notebook.cells[-1].id}
    ids |= {notebook.cells[0].id} if attack.first else set()
    ids |= {notebook.cells[-2].id} if attack.last else set()
    ids |= {"a02-adam-check"} if WITHOUT[name] in ("full", "dies", "hangs") else set()
    driver = subprocess.Popen(
        ["sh", "-c", "sleep 600", "grade", str(folder.parents[2])], start_new_session=True
    )
    kernel = None
    try:
        path = {"PYTHONPATH": "."} if "sitecustomize" in name else {}  # as many have it
        kernel = Kernel(folder, name not in NO_FORK, **path)
        ends = (
            kernel.play(cell, WITHOUT[name] == "hangs")
            for cell in notebook.cells
            if cell.id in ids and cell.cell_type == "code"
        )
        end = next((end for end in ends if end), "")
        return "dies" if WITHOUT[name] == "dies" and not end and kernel.dies() else end
    finally:
        if kernel:
            kernel.close()
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()


def look_plainly(notebook: nbformat.NotebookNode, folder: Path) -> str:
    path, page = folder / "played.ipynb", folder / "page.html"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    within_limit(render, str(path), str(page))
    if not page.exists():
        return "slow"
    return "strange" if doings(body(page.read_text(encoding="utf-8"))) - released_alone() else ""


@cache
def released_alone() -> Counter[str]:
    """What formgrader's page of the unit does as it was released."""
    return doings(body(formgraders_page(notebooks.read(ROOT / "assignments" / UNIT / f"{UNIT}.ipynb"), {})))


def read_plainly(folder: Path) -> str:
    path, done = folder / f"{UNIT}.ipynb", folder / "done"
    within_limit(stock_reads, str(path), str(folder / "timestamp.txt"), str(done))
    if not done.exists():
        return "unreadable"
    other = folder.parents[1] / HONEST[0] / UNIT / f"{UNIT}.ipynb"
    return "borrowed" if path.read_bytes() == other.read_bytes() else ""


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory) -> dict[str, str]:
    """What becomes of each attack without a sandbox. Several at once, as most of them wait."""
    FORKS.set_forkserver_preload(["test_attacks", *WARM])
    with pytest.MonkeyPatch.context() as patch:  # for the server, which is started by the first process
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        FORKS.Process(target=int).start()
    folder, port = tmp_path_factory.mktemp("unguarded"), Listener().port
    with ThreadPoolExecutor(4) as pool:
        ends = {
            name: pool.submit(plainly, name, folder / STUDENTS[name] / "course", port) for name in WITHOUT
        }
    return {name: end.result() for name, end in ends.items()}


@pytest.mark.parametrize("name", WITHOUT)
def test_without_a_sandbox_it_would_succeed(unguarded, name):
    assert unguarded[name] == WITHOUT[name]


def test_of_each_attack_is_known_whether_it_would_succeed():
    fooling = {name for name, attack in ATTACKS.items() if attack.fools}
    assert WITHOUT.keys() | UNSHOWN.keys() | fooling == ATTACKS.keys()
    assert not UNSHOWN.keys() & (WITHOUT.keys() | fooling)
