"""nbgrader's exchange: from release to the student who fetches the page, with users of this system."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from small_course import UNIT, new_course

from course_lib.grading import exchange, submission

ROOT = Path(__file__).resolve().parents[1]
SECRETS = {"ada": "a" * 128, "ben": "b" * 128}
TIME = "2026-11-02 10:00:00 UTC"


# What is carried


def folders(root: Path, student: str) -> tuple[Path, Path, Path]:
    steps = ("submitted", "autograded", "feedback")
    handed_in, graded, pages = (root / step / student / UNIT for step in steps)
    for folder in (handed_in, graded, pages):
        folder.mkdir(parents=True, exist_ok=True)
    return handed_in, graded, pages


@pytest.fixture
def students(tmp_path) -> dict[str, tuple[Path, Path, Path]]:
    """Two who handed in through the exchange, and one who sent a mail."""
    found = {name: folders(tmp_path, name) for name in ("ada", "ben", "eva")}
    for name, secret in SECRETS.items():
        (found[name][0] / exchange.SECRET).write_text(secret)
        (found[name][0] / submission.TIMESTAMP).write_text(TIME)
    return found


def secret_of(places: tuple[Path, Path, Path]) -> str:
    """What lies beside the graded notebook and beside the page: the same."""
    _, graded, pages = places
    secret = (pages / exchange.SECRET).read_text()
    assert secret == (graded / exchange.SECRET).read_text()
    return secret


def test_secret_and_time_come_to_the_page(students):
    exchange.carry(students.values())
    for name, secret in SECRETS.items():
        assert secret_of(students[name]) == secret
        assert (students[name][2] / submission.TIMESTAMP).read_text() == TIME


def test_who_came_another_way_stops_nobody_and_is_released_to_nobody(students):
    exchange.carry(students.values())
    secret = secret_of(students["eva"])
    assert len(secret) == 128 and secret not in SECRETS.values()
    assert (students["eva"][2] / submission.TIMESTAMP).read_text() == ""
    exchange.carry(students.values())
    assert secret_of(students["eva"]) == secret, "a second run changes nothing"


def test_an_exchange_without_secrets_finds_the_time_to_the_letter(students):
    """ngshare's page belongs to the submission of this very time."""
    for handed_in, _, _ in students.values():
        (handed_in / exchange.SECRET).unlink(missing_ok=True)
    exchange.carry(students.values())
    assert (students["ada"][2] / submission.TIMESTAMP).read_text() == TIME
    assert not any((places[2] / exchange.SECRET).exists() for places in students.values())
    assert not (students["eva"][2] / submission.TIMESTAMP).exists()


def test_a_time_that_is_not_believed_stops_nobody(students):
    (students["ada"][0] / submission.TIMESTAMP).write_text("tomorrow, perhaps")
    exchange.carry(students.values())
    assert (students["ada"][2] / submission.TIMESTAMP).read_text() == ""


def test_a_later_submission_brings_its_own_secret(students):
    exchange.carry(students.values())
    (students["ada"][0] / exchange.SECRET).write_text("c" * 128)
    exchange.carry(students.values())
    assert secret_of(students["ada"]) == "c" * 128


def test_a_class_without_the_exchange_gets_no_files(tmp_path):
    places = folders(tmp_path, "ada")
    exchange.carry([places])
    assert [list(folder.iterdir()) for folder in places] == [[], [], []]


def as_link(path: Path) -> None:
    target = path.parent.parent.parent.parent / "solution.txt"
    target.write_text("the instructor's")
    path.symlink_to(target)


SPOILT = {
    "a link": as_link,
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "much": lambda path: path.write_text("x" * 10**6),
    "several lines": lambda path: path.write_text("one\ntwo"),
    "no text": lambda path: path.write_bytes(b"\xff\x00\xfe"),
    "nothing": lambda path: path.write_text(""),
}


@pytest.mark.skipif(os.name == "nt", reason="nbgrader has no exchange on Windows")
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_a_student_makes_of_the_secret_is_no_door(students, spoil):
    """Whatever lies there, the class's pages can be released; nothing but a plain line goes further."""
    path = students["ada"][0] / exchange.SECRET
    path.unlink()
    spoil(path)
    exchange.carry(students.values())
    assert secret_of(students["ben"]) == SECRETS["ben"]
    secret = secret_of(students["ada"])
    assert len(secret) == 128 and secret.isalnum()


# The seven commands


def opened() -> list[str]:
    """The start of a command for which this environment can be reached by all, though root's home is closed.

    In front of it, for the command alone, lies an empty folder that holds nothing but the environment.
    """
    needed = [Path(sys.base_prefix), Path(sys.prefix), ROOT]
    closed = {folder for path in needed for folder in path.parents if not folder.stat().st_mode & 0o001}
    options = []
    for folder in sorted(closed):
        options += ["--perms", "0755", "--tmpfs", str(folder)]
        for path in needed:
            if folder in path.parents:
                for between in reversed(path.relative_to(folder).parents[:-1]):
                    options += ["--perms", "0755", "--dir", str(folder / between)]
                options += ["--ro-bind", str(path), str(path)]
    return ["bwrap", "--dev-bind", "/", "/", *options] if closed else []


@dataclass(frozen=True)
class User:
    """An account of this system, with a home of its own for the test."""

    name: str
    id: int
    group: int
    home: Path

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """What the command printed; it has to succeed."""
        done = subprocess.run(
            [*opened(), "setpriv", f"--reuid={self.id}", f"--regid={self.group}", "--clear-groups", *command],
            cwd=cwd or self.home,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def owns(self, folder: Path) -> None:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, self.id, self.group)


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that all users can reach, as pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def users(place) -> list[User]:
    """An instructor and two students: accounts that are there without anybody behind them."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can act as three users")
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    import pwd

    accounts = [account for account in pwd.getpwall() if 0 < account.pw_uid < 500][:3]
    if len(accounts) < 3:
        pytest.skip("this system has too few accounts")
    found = []
    for account in accounts:
        user = User(account.pw_name, account.pw_uid, account.pw_gid, place / account.pw_name)
        user.home.mkdir()
        user.owns(user.home)
        found.append(user)
    return found


def fill_in(student: User, source: str) -> None:
    path = student.home / UNIT / "first.ipynb"
    notebook = nbformat.read(path, 4)
    [answer] = [cell for cell in notebook.cells if cell.metadata.nbgrader.grade_id == "answer"]
    answer.source = source
    nbformat.write(notebook, path)


@pytest.mark.slow
def test_from_release_to_the_page_that_a_student_fetches(place, users):
    instructor, right, wrong = users
    shared = place / "exchange"
    shared.mkdir()
    shared.chmod(0o777)
    root = new_course(instructor.home / "course").root
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"c.Exchange.root = {str(shared)!r}\n")
        settings.write("c.ExchangeFactory.collect = 'course_lib.grading.exchange_collect.Collect'\n")
    instructor.owns(instructor.home)

    def teach(*command: str) -> str:
        return instructor.run(*command, cwd=root)

    teach("nbgrader", "generate_assignment", UNIT)
    teach("nbgrader", "release_assignment", UNIT)
    for student, answer in ((right, "x = 1"), (wrong, "x = 0")):
        options = ("--course", "nets", f"--Exchange.root={shared}")
        student.run("nbgrader", "fetch_assignment", UNIT, *options)
        fill_in(student, answer)
        student.run("nbgrader", "submit", UNIT, *options)
    [handed_in] = (shared / "nets" / "inbound").glob(f"{wrong.name}+*")
    wrong.run("ln", "-s", str(root / "solutions" / UNIT), str(handed_in / "theirs"))
    wrong.run("mkfifo", str(handed_in / "pipe"))
    said = teach("nbgrader", "collect", UNIT)
    assert "no ordinary file: 'pipe', 'theirs'" in said
    collected = {path.name for path in (root / "submitted" / wrong.name / UNIT).iterdir()}
    assert collected == {"first.ipynb", "second.ipynb", "timestamp.txt", exchange.SECRET}
    mailed = root / "submitted" / "mailed" / UNIT
    shutil.copytree(root / "assignments" / UNIT, mailed)
    instructor.owns(mailed.parent)
    said = teach("course", "grade", UNIT)
    assert "3 submissions" in said
    assert teach("nbgrader", "release_feedback", UNIT).count("Feedback released") == 6
    for student, score in ((right, "5.5 / 5.5"), (wrong, "2.5 / 5.5")):
        student.run("nbgrader", "fetch_feedback", UNIT, "--course", "nets", f"--Exchange.root={shared}")
        [page] = (student.home / UNIT / "feedback").glob("*/first.html")
        assert score in page.read_text(encoding="utf-8")
