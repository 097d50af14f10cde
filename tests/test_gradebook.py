"""What `course grade` enters into nbgrader's gradebook: the same as nbgrader itself, in one transaction."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import compute_checksum
from small_course import CELLS, UNIT, cell, grades, new_course, notebook, result
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError
from traitlets.config import Config

from course_lib import release
from course_lib.errors import CourseError
from course_lib.grading import database, gradebook, registering
from course_lib.grading.course import course

# nbgrader's own way with SQLAlchemy, where it enters a submission.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    made = new_course(tmp_path_factory.mktemp("registered") / "course")
    gradebook.register(made, UNIT)
    return made


@pytest.fixture
def ours(registered, tmp_path):
    """A course of one's own, with the unit in its gradebook."""
    shutil.copytree(registered.root, tmp_path / "ours")
    return course(tmp_path / "ours")


@pytest.fixture
def theirs(ours, tmp_path):
    """The same course, for nbgrader itself; made when a test asks for it."""
    shutil.copytree(ours.root, tmp_path / "theirs")
    return course(tmp_path / "theirs")


def write(course, *results):
    with gradebook.opened(course, UNIT) as book:
        for one in results:
            book.write(one)


def dump(course):
    """All that the gradebook holds, as SQL."""
    with sqlite3.connect(course.root / "gradebook.db") as connection:
        return list(connection.iterdump())


def rows(course, unit=UNIT):
    """What a grader sees of all submissions: every field of grades, comments and submissions but the ids."""
    found = []
    with Gradebook(course.db_url, course.course_id) as book:
        for submission in book.assignment_submissions(unit):
            who = submission.student.id
            found.append((who, submission.timestamp, submission.score, submission.late_submission_penalty))
            found.append((submission.max_score, submission.needs_manual_grade))
            for nb in submission.notebooks:
                found.append(
                    (who, nb.name, nb.score, nb.max_score, nb.late_submission_penalty, nb.failed_tests)
                )
                for grade in nb.grades:
                    values = {**grade.to_dict(), "score": grade.score}
                    found.append(
                        (who, nb.name, tuple(sorted((k, str(v)) for k, v in values.items() if k != "id")))
                    )
                for comment in nb.comments:
                    values = {**comment.to_dict(), "comment": comment.comment}
                    found.append(
                        (who, nb.name, tuple(sorted((k, str(v)) for k, v in values.items() if k != "id")))
                    )
    return sorted(found, key=str)


def as_nbgrader(course, one, config=None):
    """Let nbgrader's own preprocessors enter what `one` says, from notebooks whose outputs lead to it."""
    with Gradebook(course.db_url, course.course_id) as book:
        book.update_or_create_student(one["student"])
        when = {"timestamp": one["timestamp"]} if one["timestamp"] else {}
        book.update_or_create_submission(UNIT, one["student"], **when)
    for name, cells in CELLS.items():
        submitted = notebook([nbformat.from_dict(cell) for cell in cells])
        for graded in submitted.cells:
            own = graded.metadata.nbgrader
            if own.grade and not own.solution:
                points = one["scores"][name][own.grade_id]["auto"]
                graded.outputs = [new_output("execute_result", {"text/plain": repr(points)})]
            untouched = own.solution and one["comments"][name][own.grade_id] is not None
            own["checksum"] = compute_checksum(graded) if untouched else "another"
        resources = {
            "nbgrader": {
                "notebook": name,
                "assignment": UNIT,
                "student": one["student"],
                "db_url": course.db_url,
            }
        }
        for kind in (SaveAutoGrades, AssignLatePenalties):
            kind(config=config or course.config).preprocess(submitted, resources)


def by_hand(course, student="ada"):
    """What a grader enters in formgrader: scores, extra credit, comments."""
    with Gradebook(course.db_url, course.course_id) as book:
        grades = {
            (g.notebook.name, g.name): g
            for nb in book.find_submission(UNIT, student).notebooks
            for g in nb.grades
        }
        grades["second", "essay"].manual_score = 3.5
        grades["second", "essay"].needs_manual_grade = False
        grades["first", "tests"].manual_score = 1.0
        grades["first", "more-tests"].extra_credit = 0.5
        book.find_comment("essay", "second", UNIT, student).manual_comment = "Well put."
        book.find_submission_notebook("second", UNIT, student).flagged = True
        book.db.commit()


# As nbgrader

# In the essay nobody wrote anything, so that nbgrader gives 0 without a human.
FIRST = result(scores=(3.0, 1.25, 0.0, None, None), comments=(None, "No response.", None, None))
SECOND = result(scores=(0.5, 2.5, None, None, None), comments=(None, None, None, None))
LATE = "2026-03-01 12:00:00"


def set_duedate(course, text="2026-02-01 12:00:00"):
    with Gradebook(course.db_url, course.course_id) as book:
        book.update_or_create_assignment(UNIT, duedate=text)


@pytest.mark.slow
def test_registering_enters_what_nbgrader_enters(registered, tmp_path):
    """The reference is the command itself, on a course of its own."""
    theirs = new_course(tmp_path / "theirs")
    assert release.nbgrader(theirs.root, "generate_assignment", UNIT).returncode == 0

    def known(course):
        with Gradebook(course.db_url, course.course_id) as book:
            assignment = book.find_assignment(UNIT)
            cells = [
                {k: v for k, v in cell.to_dict().items() if k != "id"}
                for nb in assignment.notebooks
                for cell in [*nb.grade_cells, *nb.solution_cells, *nb.task_cells, *nb.source_cells]
            ]
            return (
                assignment.course_id,
                [nb.kernelspec for nb in assignment.notebooks],
                sorted(map(str, cells)),
            )

    assert known(registered) == known(theirs)
    assert not (registered.root / "assignments").exists(), "what students received is not generated again"


def test_a_first_grading_enters_what_nbgrader_enters(ours, theirs):
    write(ours, FIRST)
    as_nbgrader(theirs, FIRST)
    assert rows(ours) == rows(theirs)


def test_a_regrade_after_a_grader_enters_what_nbgrader_enters(ours, theirs):
    for made in (ours, theirs):
        as_nbgrader(made, FIRST)
        by_hand(made)
    write(ours, SECOND)
    as_nbgrader(theirs, SECOND)
    assert rows(ours) == rows(theirs)


@pytest.mark.parametrize("method", ["none", "zero"])
@pytest.mark.parametrize("timestamp", [None, LATE, "2026-01-01 12:00:00", "2026-02-01 15:00:00 +0200"])
def test_late_penalties_are_nbgraders(ours, theirs, method, timestamp):
    for made in (ours, theirs):
        with (made.root / "nbgrader_config.py").open("a") as file:
            file.write(f"c.LateSubmissionPlugin.penalty_method = {method!r}\n")
        set_duedate(made)
    late = {**FIRST, "timestamp": timestamp}
    write(course(ours.root), late)
    as_nbgrader(theirs, late, course(theirs.root).config)
    assert rows(ours) == rows(theirs)


PLUGIN = """
from nbgrader.plugins import BasePlugin

class Odd(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return {"ada": -1.0, "ben": 1000.0, "eve": 0.1 * score}[student_id]
"""


def test_a_courses_own_plugin_sets_the_penalty(ours, theirs):
    """Its penalties are kept between nothing and the score, as nbgrader keeps them."""
    for made in (ours, theirs):
        (made.root / "odd_lateness.py").write_text(PLUGIN)
        with (made.root / "nbgrader_config.py").open("a") as file:
            file.write("c.AssignLatePenalties.plugin_class = 'odd_lateness.Odd'\n")
        set_duedate(made)
    for name in ("ada", "ben", "eve"):
        late = {**FIRST, "student": name, "timestamp": LATE}
        write(course(ours.root), late)
        as_nbgrader(theirs, late, course(theirs.root).config)
    assert rows(ours) == rows(theirs)


def test_a_plugin_that_fails_is_named(ours):
    write(ours, FIRST)
    (ours.root / "odd_lateness.py").write_text(PLUGIN)
    with (ours.root / "nbgrader_config.py").open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'odd_lateness.Odd'\n")
    set_duedate(ours)
    before = dump(ours)
    with pytest.raises(
        CourseError, match=r"plug-in for late submissions failed on 'zoe' \(KeyError: 'zoe'\)"
    ):
        write(course(ours.root), {**FIRST, "student": "zoe", "timestamp": LATE})
    assert dump(ours) == before


def test_an_extension_counts(ours):
    with (ours.root / "nbgrader_config.py").open("a") as file:
        file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    set_duedate(ours)
    late = {**FIRST, "timestamp": LATE}
    write(course(ours.root), late)
    assert gradebook_of(ours)["first"].late_penalty == 4.25
    with Gradebook(ours.db_url, ours.course_id) as book:
        book.grant_extension(UNIT, "ada", weeks=8)
    write(course(ours.root), late)
    assert gradebook_of(ours)["first"].late_penalty == 0


def gradebook_of(course, student="ada"):
    with gradebook.opened(course, UNIT) as book:
        return grades(book, student)


def test_scores_are_read_as_nbgrader_counts_them(ours):
    as_nbgrader(ours, FIRST)
    by_hand(ours)
    found = gradebook_of(ours)
    with Gradebook(ours.db_url, ours.course_id) as book:
        for nb in book.find_submission(UNIT, "ada").notebooks:
            assert (found[nb.name].score, found[nb.name].max_score) == (nb.score, nb.max_score)
            missing = {g.name for g in nb.grades if g.auto_score is None and g.manual_score is None}
            assert found[nb.name].missing == missing
            assert {name: (score or 0.0, most) for name, (score, most) in found[nb.name].cells.items()} == {
                grade.name: (grade.score, grade.max_score) for grade in nb.grades
            }
            assert found[nb.name].comments == {comment.name: comment.comment for comment in nb.comments}
    assert found["first"].score == 1.0 + 1.25 + 0.5
    assert found["second"].missing == {"by-hand", "task"}
    assert found["second"].comments["essay"] == "Well put."
    assert gradebook_of(ours, "nobody") == {}


def test_the_source_is_what_the_gradebook_has(ours):
    known = gradebook.source(ours, UNIT)
    with Gradebook(ours.db_url, ours.course_id) as book:
        for name, cells in CELLS.items():
            assert set(known[name]) == {cell.metadata.nbgrader.grade_id for cell in cells}
            for cell in book.find_notebook(name, UNIT).source_cells:
                mine = known[name][cell.name]
                assert {key: mine[key] for key in mine if key != "points"} == {
                    key: cell.to_dict()[key] for key in ("cell_type", "source", "locked", "checksum")
                }
    points = {
        cell: mine["points"] for cells in known.values() for cell, mine in cells.items() if "points" in mine
    }
    assert points == {"tests": 3, "more-tests": 2.5, "essay": 4, "by-hand": 5, "task": 6}


# Nothing lost, nothing twice


def test_writing_twice_changes_nothing(ours):
    write(ours, FIRST)
    before = dump(ours)
    write(ours, FIRST)
    assert dump(ours) == before


def test_registering_twice_changes_nothing(ours):
    before = dump(ours)
    gradebook.register(ours, UNIT)
    assert dump(ours) == before


@pytest.mark.slow
def test_an_assignment_that_formgrader_made_keeps_its_duedate(tmp_path):
    made = new_course(tmp_path / "course")
    with Gradebook(made.db_url, made.course_id) as book:
        book.add_assignment(UNIT, duedate="2026-02-01 12:00:00")
    gradebook.register(made, UNIT)
    with Gradebook(made.db_url, made.course_id) as book:
        assignment = book.find_assignment(UNIT)
        assert (assignment.duedate.year, len(assignment.notebooks)) == (2026, 2)


def test_a_gradebook_from_before_the_course_had_an_id_goes_on(ours):
    with sqlite3.connect(ours.root / "gradebook.db") as connection:
        connection.execute("UPDATE assignment SET course_id = ''")
        connection.execute("DELETE FROM course")
    gradebook.register(ours, UNIT)
    write(ours, FIRST)
    with Gradebook(ours.db_url, ours.course_id) as book:
        assert [found.name for found in book.assignments] == [UNIT]
        assert book.find_submission(UNIT, "ada").score == 4.25


@contextmanager
def listening(name, function):
    event.listen(Engine, name, function)
    try:
        yield
    finally:
        event.remove(Engine, name, function)


@pytest.mark.parametrize("first", [True, False], ids=["first grading", "regrade"])
def test_a_failure_at_any_statement_leaves_nothing_half_written(ours, first):
    if not first:
        write(ours, FIRST)
        by_hand(ours)
    before = dump(ours)
    statements = []

    def count(connection, cursor, statement, *rest):
        statements.append(statement)

    shutil.copy(ours.root / "gradebook.db", ours.root / "kept.db")
    with gradebook.opened(ours, UNIT) as book, listening("before_cursor_execute", count):
        book.write(SECOND)
    after = dump(ours)
    assert after != before
    for fatal in range(len(statements)):
        shutil.copy(ours.root / "kept.db", ours.root / "gradebook.db")
        seen = []

        def fail(connection, cursor, statement, *rest, fatal=fatal, seen=seen):
            seen.append(statement)
            if len(seen) == fatal + 1:
                raise OperationalError(statement, None, sqlite3.OperationalError("database or disk is full"))

        with gradebook.opened(ours, UNIT) as book:
            with listening("before_cursor_execute", fail), pytest.raises(CourseError, match="disk is full"):
                book.write(SECOND)
            assert dump(ours) == before
            book.write(SECOND)  # the same book goes on, when there is room
        assert rows(ours) and len(dump(ours)) == len(after)


def test_no_statement_looks_at_all_submissions(ours):
    """What makes the five-thousandth submission as quick as the first: SQLite searches by index."""
    statements = []

    def keep(connection, cursor, statement, parameters, context, many):
        statements.append((statement, parameters[0] if many else parameters))

    with gradebook.opened(ours, UNIT) as book, listening("before_cursor_execute", keep):
        book.write(FIRST)
        book.write(SECOND)
        assert len(list(book.everyone())) == 1
    assert len(statements) > 20
    with sqlite3.connect(ours.root / "gradebook.db") as connection:
        for statement, parameters in statements:
            lists_the_class = "ORDER BY student.id" in statement  # once a run
            if statement.startswith(("SELECT", "UPDATE")) and not lists_the_class:
                plan = " ".join(
                    row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                )
                for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment"):
                    assert f"SCAN {table}" not in plan.replace(f"{table}_cells", ""), statement


def test_memory_of_the_session_does_not_grow(ours):
    with gradebook.opened(ours, UNIT) as book:
        for number in range(5):
            book.write(result(f"student {number}"))
        assert not list(book._session.identity_map.values())


ODD_NAMES = ["O'Brien", 'a"; DROP TABLE grade; --', "名前", "<script>", "a b%20c", "x" * 120]


def test_names_are_only_names(ours):
    write(ours, *(result(name) for name in ODD_NAMES))
    with Gradebook(ours.db_url, ours.course_id) as book:
        assert {student.id for student in book.students} == set(ODD_NAMES)
    assert all(gradebook_of(ours, name)["first"].score == 4.25 for name in ODD_NAMES)


# What can be wrong


def test_a_locked_gradebook_is_waited_for_then_named(ours, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.3)
    before = dump(ours)
    other = sqlite3.connect(ours.root / "gradebook.db", isolation_level=None)
    with gradebook.opened(ours, UNIT) as book:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CourseError, match="is being written by another program"):
            book.write(FIRST)
        other.execute("COMMIT")
        assert dump(ours) == before
        book.write(FIRST)
    other.close()
    assert gradebook_of(ours)["first"].score == 4.25


def test_a_lock_that_ends_in_time_is_no_error(ours):
    """Formgrader writes for a moment; here another process does, for half a second."""
    program = (
        "import sqlite3, sys, time\n"
        "book = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "book.execute('BEGIN EXCLUSIVE')\nprint('locked', flush=True)\n"
        "time.sleep(0.5)\nbook.execute('COMMIT')\n"
    )
    with gradebook.opened(ours, UNIT) as book:
        path = str(ours.root / "gradebook.db")
        with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE) as other:
            assert other.stdout.readline().strip() == b"locked"
            book.write(FIRST)
        assert other.returncode == 0
    assert gradebook_of(ours)["first"].score == 4.25


def test_a_read_only_gradebook_is_named(ours):
    """The tests may run as root, which reads no permissions: SQLite itself is told to write nothing."""

    def only_read(connection, record):
        connection.execute("PRAGMA query_only = ON")

    with listening("connect", only_read), pytest.raises(CourseError, match="it is read-only"):
        write(ours, FIRST)
    assert gradebook_of(ours) == {}


def test_a_full_disk_is_named_and_the_gradebook_stays_whole(ours):
    """A limit on the size of files stands for the disk: what SQLite writes beyond it fails."""
    resource = pytest.importorskip("resource")
    names = [f"student {number}" for number in range(200)]
    done = []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (ours.root / "gradebook.db").stat().st_size + 20_000
    with gradebook.opened(ours, UNIT) as book:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
        try:
            with pytest.raises(CourseError, match="the disk"):
                for name in names:
                    book.write(result(name))
                    done.append(name)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        with sqlite3.connect(ours.root / "gradebook.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found = {student.id: scores for student, scores in book.everyone() if scores}
        assert done and found.keys() == set(done)
        assert all(scores["first"].score == 4.25 for scores in found.values())
        for name in names[len(done) :]:
            book.write(result(name))
        found = {student.id: scores for student, scores in book.everyone()}
        assert all(found[name]["first"].score == 4.25 for name in names)


def test_an_older_gradebook_is_named(ours):
    with sqlite3.connect(ours.root / "gradebook.db") as connection:
        connection.execute("ALTER TABLE grade DROP COLUMN extra_credit")
    before = dump(ours)
    for use in (lambda: write(ours, FIRST), lambda: gradebook.register(ours, UNIT)):
        with pytest.raises(CourseError, match=r"older nbgrader \(it has no grade.extra_credit\).*db upgrade"):
            use()
    assert dump(ours) == before


def test_another_file_is_named(ours):
    (ours.root / "gradebook.db").write_bytes(b"an essay, not a database" * 100)
    with pytest.raises(CourseError, match="is no gradebook"):
        gradebook.register(ours, UNIT)
    assert (ours.root / "gradebook.db").read_bytes().startswith(b"an essay")


def test_a_gradebook_of_which_only_a_part_was_made_is_named(ours, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    (ours.root / "gradebook.db").unlink()
    with sqlite3.connect(ours.root / "gradebook.db") as connection:
        connection.execute("CREATE TABLE course (id VARCHAR(128))")
    with pytest.raises(CourseError, match="is not complete"):
        gradebook.register(ours, UNIT)


def test_no_gradebook_and_no_assignment_are_named(ours):
    with (
        pytest.raises(CourseError, match=r"no assignment 'other'.*'course grade'"),
        gradebook.opened(ours, "other"),
    ):
        pass
    (ours.root / "gradebook.db").unlink()
    with (
        pytest.raises(CourseError, match=r"There is no gradebook.*'course grade'"),
        gradebook.opened(ours, UNIT),
    ):
        pass
    assert not (ours.root / "gradebook.db").exists(), "looking makes none"


def test_a_gradebook_that_cannot_be_made_is_named(tmp_path):
    book = f"sqlite:///{tmp_path / 'nowhere' / 'book.db'}"
    made = new_course(tmp_path / "course", f"c.CourseDirectory.db_url = {book!r}\n")
    with pytest.raises(CourseError, match=r"cannot be made .*it needs a folder that is there"):
        gradebook.register(made, UNIT)


def test_a_unit_without_sources_is_named(ours):
    before = dump(ours)
    with pytest.raises(CourseError, match=r"cannot register other from .*No notebooks were matched.*Correct"):
        gradebook.register(ours, "other")
    assert dump(ours) == before


@pytest.mark.parametrize(
    ("about", "source", "words"),
    [
        ({"schema_version": 1}, "assert x", r"use an old version of the nbgrader.*update \. Correct"),
        ({"schema_version": 99}, "assert x", r"use an newer version of the nbgrader.*latest version"),
        ({}, "### BEGIN HIDDEN TESTS\n" * 2, r"RuntimeError: Encountered nested begin hidden tests"),
        ({"grade_id": "answer"}, "assert x", r"Duplicate grade id: answer"),
    ],
)
def test_why_nbgrader_refuses_a_unit_is_told_whole(ours, about, source, words):
    """Of a message of several lines, the last may be the remedy; a traceback is none."""
    made = [cell("answer", "solution"), cell("tests", "grade", 1, locked=True, source=source)]
    made[1].metadata.nbgrader.update(about)
    (ours.root / "solutions" / "other").mkdir()
    (ours.root / "solutions" / "other" / "other.ipynb").write_text(nbformat.writes(notebook(made)))
    with pytest.raises(CourseError, match=f"cannot register other from .*{words}") as refused:
        gradebook.register(ours, "other")
    assert "\n" not in str(refused.value) and "Traceback" not in str(refused.value)


def test_without_alembic_the_way_out_is_named(ours, monkeypatch):
    (ours.root / "gradebook.db").unlink()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CourseError, match="alembic"):
        gradebook.register(ours, UNIT)
    assert not (ours.root / "gradebook.db").exists()


@pytest.mark.slow
def test_an_empty_file_becomes_a_gradebook(ours):
    """SQLite leaves one where somebody only looked."""
    (ours.root / "gradebook.db").write_bytes(b"")
    gradebook.register(ours, UNIT)
    write(ours, FIRST)
    assert gradebook_of(ours)["first"].score == 4.25


@pytest.mark.slow
def test_two_that_make_the_gradebook_at_once_make_one(tmp_path):
    made = new_course(tmp_path / "course")
    shutil.copytree(made.root / "solutions" / UNIT, made.root / "solutions" / "other")
    program = (
        "import sys\nfrom pathlib import Path\nfrom course_lib import cli\n"
        "from course_lib.grading import gradebook\n"
        "from course_lib.grading.course import course\ncli.prepare_process()\n"
        "gradebook.register(course(Path(sys.argv[1])), sys.argv[2])\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(made.root), unit], stderr=subprocess.PIPE)
        for unit in (UNIT, "other", UNIT)
    ]
    assert [process.communicate()[1] for process in running] == [b"", b"", b""]
    with sqlite3.connect(made.root / "gradebook.db") as connection:
        assert len(connection.execute("SELECT * FROM alembic_version").fetchall()) == 1
        assert connection.execute("SELECT count(*) FROM notebook").fetchone() == (4,)
    assert [path.name for path in made.root.glob("*gradebook*")] == ["gradebook.db"]


@pytest.mark.slow
def test_registering_that_is_broken_off_leaves_nothing(tmp_path, monkeypatch):
    made = new_course(tmp_path / "course")
    database.create(made)
    before = dump(made)
    monkeypatch.setattr(registering, "_ROWS", (*registering._ROWS[:3], int))
    with pytest.raises(AttributeError):
        gradebook.register(made, UNIT)
    assert dump(made) == before


# The course's settings


def test_the_settings_are_those_of_nbgrader(tmp_path):
    made = new_course(tmp_path / "my course")
    assert made.root == tmp_path / "my course"
    assert made.db_url == f"sqlite:///{tmp_path / 'my course' / 'gradebook.db'}"
    assert made.course_id == "nets"
    assert made.folder("submitted", UNIT, "ada") == made.root / "submitted" / "ada" / UNIT
    assert made.folder("source", UNIT).resolve() == made.root / "solutions" / UNIT
    assert type(made.late).__name__ == "LateSubmissionPlugin"


def test_other_folders_and_another_gradebook_are_honoured(tmp_path):
    made = new_course(tmp_path / "course")
    with (made.root / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.db_url = 'sqlite:////elsewhere/book.db'\n")
        file.write("c.CourseDirectory.directory_structure = '{assignment_id}/{nbgrader_step}/{student_id}'\n")
    other = course(made.root)
    assert other.db_url == "sqlite:////elsewhere/book.db"
    assert other.folder("feedback", UNIT, "ada") == made.root / UNIT / "feedback" / "ada"


@pytest.mark.parametrize(
    "text", ["c = get_config(", "1 / 0", "import sys; sys.exit(3)", "c.CourseDirectory.ignore = 5"]
)
def test_settings_that_cannot_be_used_are_named(tmp_path, text, capfd):
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{text}\n")
    with pytest.raises(CourseError, match="nbgrader cannot use the settings in"):
        course(tmp_path)
    assert "Traceback" not in capfd.readouterr().err


def test_a_folder_that_is_no_course_is_named(tmp_path):
    with pytest.raises(CourseError, match=r"There is no nbgrader_config\.py"):
        course(tmp_path)


def test_an_unknown_setting_does_no_harm(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Nothing.at_all = 1\n")
    assert isinstance(course(tmp_path).config, Config)
    assert Path(course(tmp_path).db_url.removeprefix("sqlite:///")) == tmp_path / "gradebook.db"
