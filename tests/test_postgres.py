"""The gradebook on a PostgreSQL server: the round trip, and what a server adds to what can go wrong.

The server is a real one, started for these tests in a folder of its own: no port, a socket that ends with it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from glob import glob
from pathlib import Path

import pytest
from small_course import CELLS, UNIT, grades, new_course, notebook, result
from sqlalchemy import create_engine, event, text
from test_gradebook import FIRST, SECOND, as_nbgrader, by_hand, rows, write

from course_lib import notebooks
from course_lib.errors import CourseError
from course_lib.grading import database, forgetting, gradebook
from course_lib.grading.course import Course
from course_lib.grading.course import course as course_of

pytestmark = [
    pytest.mark.slow,
    # nbgrader's own way with SQLAlchemy, where it enters a submission.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]

KEEPER = "course"  # who may do everything on the server
AS_SOMEBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


class Server:
    """A PostgreSQL server in a folder; it can be stopped and started again."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self.folder = programs, folder
        # The server refuses to run as root.
        self._somebody = AS_SOMEBODY if os.geteuid() == 0 else []
        making = ["--username", KEEPER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [*self._somebody, str(programs / "initdb"), "--pgdata", str(folder / "data"), *making],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        self.start()

    def start(self) -> None:
        options = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._somebody, str(self._programs / "postgres"), *options, "-c", "fsync=off"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """End it, and with it all connections."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def _answers(self) -> bool:
        with suppress(Exception):
            self.do("SELECT 1")
            return True
        return False

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://{KEEPER}@/{name}?host={self.folder}"

    def do(self, statement: str) -> None:
        """Let the keeper say something, outside of all gradebooks."""
        engine = create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if sys.platform != "linux":
        pytest.skip("a server is started on Linux only")
    pytest.importorskip("psycopg")
    places = [shutil.which("initdb"), *sorted(glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)]
    found = [Path(place).resolve().parent for place in places if place]
    if not found:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    try:
        made = Server(found[0], folder)
        yield made
        made.stop()
    finally:
        shutil.rmtree(folder)


def new_book(server: Server, root: Path) -> Course:
    """A course whose gradebook is to be made on the server."""
    new_course(root)
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"c.CourseDirectory.db_url = {server.address('book')!r}\n")
    return course_of(root)


@pytest.fixture
def ours(server, tmp_path) -> Iterator[Course]:
    server.do("CREATE DATABASE book")
    yield new_book(server, tmp_path / "ours")
    server.do("DROP DATABASE book WITH (FORCE)")


@pytest.fixture(scope="module")
def template(server, tmp_path_factory) -> None:
    """A gradebook that knows the unit, for tests to copy: to make one takes nbgrader seconds."""
    server.do("CREATE DATABASE book")
    gradebook.register(new_book(server, tmp_path_factory.mktemp("template") / "course"), UNIT)
    server.do("ALTER DATABASE book RENAME TO template_book")


@pytest.fixture
def registered(server, template, tmp_path) -> Iterator[Course]:
    server.do("CREATE DATABASE book TEMPLATE template_book")
    yield new_book(server, tmp_path / "ours")
    server.do("DROP DATABASE book WITH (FORCE)")


@pytest.fixture(scope="module")
def file_template(tmp_path_factory) -> Course:
    """The same in a file."""
    made = new_course(tmp_path_factory.mktemp("file") / "course")
    gradebook.register(made, UNIT)
    return made


@pytest.fixture
def file(file_template, tmp_path) -> Course:
    shutil.copytree(file_template.root, tmp_path / "file")
    return course_of(tmp_path / "file")


def test_what_is_entered_is_what_a_file_holds(registered, file):
    """Two gradings with a grader's scores in between; nbgrader itself reads the same from both."""
    for made in (registered, file):
        write(made, FIRST)
        by_hand(made)
        write(made, SECOND, result("ben", comments=("a\0b\ud800", None, None, None)))
    assert rows(registered) == rows(file)
    assert gradebook.source(registered, UNIT) == gradebook.source(file, UNIT)


def test_it_continues_what_nbgrader_began(registered, file):
    for made in (registered, file):
        as_nbgrader(made, FIRST)
        by_hand(made)
        write(made, SECOND)
    assert rows(registered) == rows(file)


def test_a_course_without_an_id_is_told_what_is_missing(ours):
    settings = ours.root / "nbgrader_config.py"
    settings.write_text(settings.read_text().replace('course_id = "nets"', 'course_id = ""'))
    with pytest.raises(CourseError, match=r"gives the course no id.*c\.CourseDirectory\.course_id") as told:
        gradebook.register(course_of(ours.root), UNIT)
    assert "\n" not in str(told.value)


def at_once(work, times=3) -> None:
    """Do the same in several threads at a time; none may fail."""
    failed = []

    def do() -> None:
        try:
            work()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=do) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_several_writers_take_turns(ours):
    """Making the gradebook and entering the same students at once: each is there once, nothing fails."""
    at_once(lambda: database.create(ours))
    gradebook.register(ours, UNIT)
    at_once(lambda: write(ours, *(result(f"student-{number}") for number in range(15))))
    with gradebook.opened(ours, UNIT) as book:
        assert len(list(book.everyone())) == 15


def test_another_program_that_writes_is_waited_for_and_then_named(registered, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", text("SET LOCAL lock_timeout = 500"))
    other = create_engine(registered.db_url)
    with other.begin() as connection, gradebook.opened(registered, UNIT) as book:
        connection.execute(text("LOCK TABLE grade IN ROW EXCLUSIVE MODE"))  # as each INSERT does
        with pytest.raises(CourseError, match="is being written by another program"):
            book.write(FIRST)
        assert list(book.everyone()) == [], "reading goes on"
        connection.rollback()
        book.write(FIRST)
    other.dispose()


def told_that_it_goes_on(told) -> None:
    said = str(told.value)
    assert "\n" not in said and said.endswith("run the same command again, which goes on from here.")


def test_a_server_that_goes_away_is_told_and_what_comes_next_goes_on(registered, server):
    with gradebook.opened(registered, UNIT) as book:
        book.write(result("before"))
        server.stop()
        try:
            with pytest.raises(CourseError, match=r"connection|does not answer") as told:
                book.write(result("during"))
        finally:
            server.start()
        told_that_it_goes_on(told)
        book.write(result("during"))
        assert {student.id for student, _ in book.everyone()} == {"before", "during"}


def test_a_connection_lost_in_the_middle_leaves_nothing_half_written(registered, server):
    """Lost after each of the statements that enter a submission, one after another."""
    enter = result("ada", timestamp="2026-03-01 12:00:00")
    position, entered = 0, False
    while not entered:
        position += 1
        statements = iter(range(1, 1000))

        def lose(*_, statements=statements, position=position):
            if next(statements) == position:
                server.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'book'")

        with gradebook.opened(registered, UNIT) as book:
            engine = book._session.get_bind()
            event.listen(engine, "before_cursor_execute", lose)
            try:
                book.write(enter)
                entered = next(statements) <= position
            except CourseError as error:
                assert "has ended the connection" in str(error), error
            event.remove(engine, "before_cursor_execute", lose)
            assert not book.automatic("ada") or entered
    assert position > 10
    with gradebook.opened(registered, UNIT) as book:
        assert grades(book, "ada")["first"].score == 4.25


WRONG = {
    "another name": ("book", "no-such", "is not there, or not under this name"),
    "nobody there": ("?host=", "?host=/nowhere", "does not answer"),
    "a driver that is missing": ("+psycopg", "+pg8000", r"needs the package pg8000: .*psycopg"),
    "an old name": ("postgresql+psycopg", "postgres", r"is of a kind that is not known here"),
}


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_address_is_told_in_a_sentence(registered, right, wrong, said):
    with pytest.raises(CourseError, match=said) as told:
        gradebook.register(replace(registered, db_url=registered.db_url.replace(right, wrong, 1)), UNIT)
    assert "\n" not in str(told.value)


def test_forget_forgets_on_a_server_too(registered, capsys):
    """Names; a unit's submissions; all of the class, but nobody of another course on the same server."""
    write(registered, FIRST, result("ben"))
    people = {name: (f"{name.title()} Berg", f"{name}@uni.example", "7") for name in ("ada", "ben")}
    gradebook.introduce(registered, people)
    settings = registered.root / "nbgrader_config.py"
    there = registered.root.parent / "elsewhere"
    shutil.copytree(registered.root, there)
    (there / "nbgrader_config.py").write_text(settings.read_text().replace('"nets"', '"trees"'))
    (there / "solutions" / UNIT).rename(there / "solutions" / "other")
    other = course_of(there)
    gradebook.register(other, "other")
    with gradebook.opened(other, "other") as book:
        book.write(result("ben"))

    def known(unit=UNIT):
        with gradebook.opened(registered, unit) as book:
            return {student.id: (student.email, bool(scores)) for student, scores in book.everyone()}

    assert known() == {"ada": ("ada@uni.example", True), "ben": ("ben@uni.example", True)}
    assert forgetting.run(registered, None, False, True) == 0
    assert known() == {"ada": (None, True), "ben": ("ben@uni.example", True)}
    assert forgetting.run(registered, UNIT, True, True) == 0
    assert known() == {"ada": (None, False), "ben": ("ben@uni.example", False)}
    write(registered, FIRST)
    assert known()["ada"] == (None, True)
    assert forgetting.run(registered, None, True, True) == 0
    assert known() == {"ben": ("ben@uni.example", False)} and known("other")["ben"][1]
    said = capsys.readouterr().out
    assert "all students and submissions" in said and "stay on the server" in said


def test_a_server_that_is_not_there_keeps_forget_from_deleting_anything(registered):
    gone = replace(registered, db_url=registered.db_url.replace("?host=", "?host=/nowhere"))
    (registered.root / "roster.json").write_text("[]")
    with pytest.raises(CourseError, match="does not answer"):
        forgetting.run(gone, None, True, True)
    assert (registered.root / "roster.json").exists()


# The command


def lines(course: Course) -> list[dict]:
    path = course.records / UNIT / "journal.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in whole if line.endswith("}")]


@pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("bwrap"), reason="bubblewrap is not installed"
)
def test_from_submissions_to_exports_through_a_kill_and_a_graders_hand(ours):
    students = [f"student-{number:02d}" for number in range(40)]
    for name, cells in CELLS.items():
        for number, student in enumerate(students):
            folder = ours.folder("submitted", UNIT, student)
            folder.mkdir(parents=True, exist_ok=True)
            handed_in = notebook([cell.copy() for cell in cells])
            handed_in.cells[0].source = f"x = {number % 2}" if name == "first" else "Because."
            (folder / f"{name}.ipynb").write_bytes(notebooks.to_bytes(handed_in))
    generate = ["nbgrader", "generate_assignment", UNIT]
    subprocess.run(generate, cwd=ours.root, check=True, capture_output=True, timeout=300)
    command = ["course", "grade", UNIT, "--course", str(ours.root), "--workers", "2"]

    driver = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    while driver.poll() is None and not any("written" in line for line in lines(ours)):
        time.sleep(0.01)
    driver.kill()
    said, _ = driver.communicate()
    written = sum("written" in line for line in lines(ours))
    assert 0 < written < len(students), said

    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0 and "was interrupted" in done.stdout, done.stdout + done.stderr
    with gradebook.opened(ours, UNIT) as book:
        scores = {student.id: found["first"].score for student, found in book.everyone()}
    assert scores == {student: [2.5, 5.5][number % 2] for number, student in enumerate(students)}

    by_hand(ours, "student-01")
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    page = ours.folder("feedback", UNIT, "student-01") / "second.html"
    assert "Well put." in page.read_text(encoding="utf-8")
    exported = (ours.root / "reports" / UNIT / "scores.csv").read_text(encoding="utf-8")
    assert all(student in exported for student in students)
    export = ["nbgrader", "export", "--to", "grades.csv"]
    subprocess.run(export, cwd=ours.root, check=True, capture_output=True, timeout=300)
    assert all(student in (ours.root / "grades.csv").read_text() for student in students)
