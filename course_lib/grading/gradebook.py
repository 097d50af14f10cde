"""nbgrader's gradebook, opened once for a whole class: one transaction for each submission.

nbgrader's own converter registers an assignment, its models hold the grades, its plug-ins set late penalties.
What they lack is here: nbgrader opens the gradebook nine times for each notebook, and commits each cell
alone.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader import api
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.converters import GenerateAssignment
from nbgrader.utils import capture_log, parse_utc
from sqlalchemy import (
    ColumnElement,
    Engine,
    Select,
    and_,
    create_engine,
    event,
    exc,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, load_only

from course_lib.errors import CourseError
from course_lib.grading.course import Course

PATIENCE = 15.0  # seconds to wait for another program that is writing: formgrader needs less than one


@dataclass(frozen=True)
class Scores:
    """What feedback shows of a submitted notebook, as nbgrader counts it.

    score     of the notebook, by hand where a grader gave one, before the penalty for being late
    cells     grade_id → (score, maximum)
    comments  grade_id → comment, a grader's before the machine's, or None
    """

    score: float
    max_score: float
    late_penalty: float
    cells: dict[str, tuple[float, float]] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Notebook:
    """A notebook's row, and its cells': name → id. A task is both graded and commented."""

    id: str
    graded: dict[str, str]
    commented: dict[str, str]
    points: dict[str, float]


class Book:
    """The gradebook, opened for one assignment."""

    def __init__(self, course: Course, unit: str, session: Session) -> None:
        self._course = course
        self._unit = unit
        self._session = session
        found = session.scalar(select(api.Assignment.id).where(api.Assignment.name == unit))
        if found is None:
            raise CourseError(f"The gradebook knows no assignment {unit!r}: register it first.")
        self._assignment: str = found
        self._notebooks = _notebooks(session, found)

    def write(self, result: dict[str, Any]) -> None:
        """Enter a result, in one transaction. What was given by hand stays; a second time changes nothing.

        Raises CourseError where the gradebook cannot be written; then nothing of the result is in it.
        """
        with _told(self._course), self._session as session, _transaction(session):
            submission = self._submission(result["student"], result["timestamp"])
            submitted = self._submitted(submission.id)
            for name, notebook in self._notebooks.items():
                row = submitted.get(notebook.id) or _add_notebook(session, submission, notebook)
                _write_grades(session, row, notebook, result["scores"].get(name, {}))
                _write_comments(session, row, notebook, result["comments"].get(name, {}))
                self._charge_lateness(submission, row, notebook)

    def grades(self, student: str) -> dict[str, Scores]:
        """What the gradebook holds of a student's work: notebook → scores; empty where there is none."""
        with _told(self._course), self._session as session:
            submission = session.scalar(self._submission_of(student))
            submitted = self._submitted(submission.id) if submission else {}
            return {
                name: _scores(session, submitted[notebook.id], notebook)
                for name, notebook in self._notebooks.items()
                if notebook.id in submitted
            }

    def _submission(self, student: str, timestamp: str | None) -> SubmittedAssignment:
        """The student's submission, made where it is new, with its time, where that is known."""
        session = self._session
        if session.get(Student, student) is None:
            session.add(Student(id=student))
            session.flush()
        submission = session.scalar(self._submission_of(student))
        if submission is None:
            submission = SubmittedAssignment(assignment_id=self._assignment, student_id=student)
            session.add(submission)
            session.flush()
        if timestamp:
            submission.timestamp = parse_utc(timestamp)
        return submission

    def _submission_of(self, student: str) -> Select[tuple[SubmittedAssignment]]:
        return select(SubmittedAssignment).where(
            SubmittedAssignment.assignment_id == self._assignment, SubmittedAssignment.student_id == student
        )

    def _submitted(self, submission: str) -> dict[str, SubmittedNotebook]:
        """A submission's notebooks by the id of the released ones.

        Those are named in the query, as the cells are further down: the gradebook has an index by the two
        together, and without it each submission would cost a look at all others.
        """
        released = [notebook.id for notebook in self._notebooks.values()]
        rows = self._session.scalars(
            select(SubmittedNotebook).where(
                SubmittedNotebook.notebook_id.in_(released), SubmittedNotebook.assignment_id == submission
            )
        )
        return {row.notebook_id: row for row in rows}

    def _charge_lateness(
        self, submission: SubmittedAssignment, row: SubmittedNotebook, notebook: _Notebook
    ) -> None:
        """Set the penalty that the course's plug-in asks for, between nothing and the whole score."""
        row.late_submission_penalty = None
        late = submission.total_seconds_late if submission.assignment.duedate else 0
        if not late:
            return
        self._session.flush()
        score = sum(self._session.scalars(select(Grade.score).where(_of(row, Grade, notebook.graded))))
        try:
            penalty = self._course.late.late_submission_penalty(submission.student_id, score, late)
        except Exception as error:
            raise CourseError(
                f"The course's plug-in for late submissions failed on {submission.student_id!r} "
                f"({type(error).__name__}: {error}): correct it, or take it out of nbgrader_config.py."
            ) from error
        if penalty is not None:
            row.late_submission_penalty = 0 if penalty < 0 else min(penalty, score)


@contextmanager
def opened(course: Course, unit: str) -> Iterator[Book]:
    """The gradebook for one assignment, open as long as the block runs.

    Raises CourseError where it cannot be used, or does not know the assignment.
    """
    with _connected(course) as engine, Session(engine, autoflush=False) as session:
        with _told(course):
            book = Book(course, unit, session)
            session.rollback()
        yield book


def register(course: Course, unit: str) -> None:
    """Enter the assignment into the gradebook, unless it is there; make the gradebook, where there is none.

    nbgrader's own converter reads the instructor's notebooks, into a scratch gradebook and a scratch release
    folder; from there the rows come over in one transaction.
    """
    _create(course)
    with _connected(course) as engine, Session(engine) as session, _told(course):
        known = session.scalar(select(api.Assignment.id).where(api.Assignment.name == unit))
        if known and _notebooks(session, known):
            return
        session.rollback()
        with tempfile.TemporaryDirectory() as scratch:
            made = create_engine(f"sqlite:///{Path(scratch) / 'gradebook.db'}")
            api.Base.metadata.create_all(made)  # then nbgrader does not ask alembic, which takes seconds
            _convert(course, unit, Path(scratch), str(made.url))
            _copy(made, session, unit)
            made.dispose()


def source(course: Course, unit: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The assignment's cells as the gradebook has them: notebook → grade_id → what is known of the cell.

    "cell_type", "source", "locked" and "checksum" for each; "points" for graded cells, by machine or hand.
    """
    with opened(course, unit) as book, _told(course):
        cells: dict[str, dict[str, dict[str, Any]]] = {}
        for name, notebook in book._notebooks.items():
            rows = book._session.execute(
                select(
                    SourceCell.name,
                    SourceCell.cell_type,
                    SourceCell.source,
                    SourceCell.locked,
                    SourceCell.checksum,
                ).where(SourceCell.notebook_id == notebook.id)
            )
            cells[name] = {row.name: row._asdict() for row in rows}
            for grade_id, cell in cells[name].items():
                del cell["name"]
                if grade_id in notebook.points:
                    cell["points"] = notebook.points[grade_id]
        return cells


# Rows


def _notebooks(session: Session, assignment: str) -> dict[str, _Notebook]:
    """An assignment's notebooks, by name."""
    notebooks = {}
    rows = session.execute(
        select(api.Notebook.name, api.Notebook.id)
        .where(api.Notebook.assignment_id == assignment)
        .order_by(api.Notebook.name)
    )
    for name, key in rows.all():
        kinds: dict[type[BaseCell], dict[str, str]] = {GradeCell: {}, SolutionCell: {}, TaskCell: {}}
        points = {}
        for kind, cells in kinds.items():
            for cell in session.scalars(select(kind).where(kind.notebook_id == key)):
                cells[cell.name] = cell.id
                if kind is not SolutionCell:
                    points[cell.name] = cell.max_score
        grades, solutions, tasks = kinds.values()
        notebooks[name] = _Notebook(key, {**grades, **tasks}, {**solutions, **tasks}, points)
    return notebooks


def _add_notebook(
    session: Session, submission: SubmittedAssignment, notebook: _Notebook
) -> SubmittedNotebook:
    row = SubmittedNotebook(notebook_id=notebook.id, assignment_id=submission.id)
    session.add(row)
    session.flush()
    return row


def _write_grades(
    session: Session, row: SubmittedNotebook, notebook: _Notebook, scores: dict[str, dict[str, Any]]
) -> None:
    """As nbgrader's SaveAutoGrades: what was scored by hand stays, and is to be looked at again."""
    there = {grade.cell_id: grade for grade in session.scalars(_whole(row, Grade, notebook.graded))}
    for name, cell_id in notebook.graded.items():
        grade = there.get(cell_id)
        if grade is None:
            grade = Grade(cell_id=cell_id, notebook_id=row.id, needs_manual_grade=True)
            session.add(grade)
        if name in scores:
            grade.auto_score = scores[name]["auto"]
            grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None


def _write_comments(
    session: Session, row: SubmittedNotebook, notebook: _Notebook, comments: dict[str, str | None]
) -> None:
    there = {
        comment.cell_id: comment for comment in session.scalars(_whole(row, Comment, notebook.commented))
    }
    for name, cell_id in notebook.commented.items():
        comment = there.get(cell_id)
        if comment is None:
            comment = Comment(cell_id=cell_id, notebook_id=row.id)
            session.add(comment)
        if name in comments:
            comment.auto_comment = comments[name]


def _of(row: SubmittedNotebook, kind: Any, cells: dict[str, str]) -> ColumnElement[bool]:
    """The condition that a grade or comment belongs to this notebook; by cells, as in `Book._submitted`."""
    return and_(kind.cell_id.in_(cells.values()), kind.notebook_id == row.id)


def _whole(row: SubmittedNotebook, kind: Any, cells: dict[str, str]) -> Any:
    """The notebook's grades or comments, without what nbgrader would sum up for each."""
    own = [getattr(kind, column.key) for column in kind.__table__.columns]
    return select(kind).options(load_only(*own)).where(_of(row, kind, cells))


def _scores(session: Session, row: SubmittedNotebook, notebook: _Notebook) -> Scores:
    score = select(Grade.cell_id, Grade.score).where(_of(row, Grade, notebook.graded))
    comment = select(Comment.cell_id, Comment.comment).where(_of(row, Comment, notebook.commented))
    grades = dict(session.execute(score).all())
    comments = dict(session.execute(comment).all())
    return Scores(
        score=sum(grades.values()),
        max_score=sum(notebook.points.values()),
        late_penalty=row.late_submission_penalty or 0.0,
        cells={
            name: (grades[key], notebook.points[name])
            for name, key in notebook.graded.items()
            if key in grades
        },
        comments={name: comments.get(key) for name, key in notebook.commented.items()},
    )


# Registering


def _convert(course: Course, unit: str, scratch: Path, url: str) -> None:
    """Let nbgrader generate the assignment into the scratch folder, and register it in a gradebook there."""
    directory = course.directory()
    directory.assignment_id = unit
    directory.release_directory = str(scratch / "release")
    directory.db_url = url
    converter = GenerateAssignment(coursedir=directory, config=course.config)
    converter.create_assignment = True
    converter.no_database = False
    said = capture_log(converter)
    if not said["success"]:
        errors = [line for line in said.get("log", "").splitlines() if line.startswith("[ERROR]")]
        why = errors[0].removeprefix("[ERROR] ") if errors else said["error"].splitlines()[-1]
        raise CourseError(f"nbgrader cannot register {unit} from {course.folder('source', unit)}: {why}")


_ROWS = (api.Notebook, BaseCell, GradeCell, SolutionCell, TaskCell, SourceCell)


def _copy(made: Engine, session: Session, unit: str) -> None:
    """Copy what was registered in the scratch gradebook, in one transaction."""
    with made.connect() as scratch, _transaction(session):
        [new] = scratch.execute(select(api.Assignment.__table__)).mappings().all()
        assignment = session.scalar(select(api.Assignment.id).where(api.Assignment.name == unit))
        if assignment is None:
            assignment = new["id"]
            if new["course_id"] and session.get(api.Course, new["course_id"]) is None:
                session.execute(insert(api.Course).values(id=new["course_id"]))
            session.execute(insert(api.Assignment.__table__).values(**new))
        elif _notebooks(session, assignment):
            return  # another grading was faster
        for model in _ROWS:
            table = model.__table__
            rows = [dict(row) for row in scratch.execute(select(table)).mappings()]
            for row in rows:
                if "assignment_id" in row:
                    row["assignment_id"] = assignment
            if rows:
                session.execute(insert(table), rows)


# The file


def _path(course: Course) -> Path | None:
    """The gradebook's file, None where it is a server's."""
    url = make_url(course.db_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _create(course: Course) -> None:
    """Let nbgrader make a gradebook where there is none; on disk it appears whole or not at all."""
    path = _path(course)
    if path is None:
        with _told(course):
            api.Gradebook(course.db_url, course.course_id).close()
        return
    if path.exists() and path.stat().st_size:
        return
    try:
        with tempfile.TemporaryDirectory(prefix=".gradebook-", dir=path.parent) as folder:
            made = Path(folder) / path.name
            with _told(course):
                api.Gradebook(f"sqlite:///{made}", course.course_id).close()
            _put(made, path)
    except OSError as error:
        raise CourseError(f"The gradebook {path} cannot be made: {error.strerror}.") from None


def _put(made: Path, path: Path) -> None:
    """Give the file its name, unless another program was faster."""
    if path.exists():
        if not path.stat().st_size:  # opened once, and never written
            made.replace(path)
        return
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    except OSError:  # this file system has no links
        made.replace(path)


@contextmanager
def _connected(course: Course) -> Iterator[Engine]:
    """A connection to an existing gradebook of the right form."""
    path = _path(course)
    if path is not None and not (path.exists() and path.stat().st_size):
        raise CourseError(f"There is no gradebook {path}: register an assignment first.")
    if path is None:
        engine = create_engine(course.db_url)
    else:
        engine = create_engine(course.db_url, connect_args={"timeout": PATIENCE})
        event.listen(engine, "connect", _leave_transactions_to_us)
    try:
        with _told(course):
            _check_form(course, engine)
        yield engine
    finally:
        engine.dispose()


def _leave_transactions_to_us(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None


@contextmanager
def _transaction(session: Session) -> Iterator[None]:
    """All of the block, or nothing. SQLite's lock is taken first, so that what is read stays true."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN IMMEDIATE"))
    try:
        yield
        session.commit()
    finally:
        session.rollback()  # nothing, after a commit


def _check_form(course: Course, engine: Engine) -> None:
    """Raise CourseError unless the gradebook has the tables and columns of this nbgrader."""
    end = time.monotonic() + PATIENCE
    while True:
        inspector = inspect(engine)
        there = set(inspector.get_table_names())
        complete = "alembic_version" in there
        missing = [
            f"{table.name}.{column.name}"
            for table in api.Base.metadata.sorted_tables
            for column in table.columns
            if table.name not in there
            or column.name not in {known["name"] for known in inspector.get_columns(table.name)}
        ]
        if not missing:
            return
        if complete:
            raise CourseError(
                f"The gradebook {_name(course)} was made by an older nbgrader (it has no {missing[0]}): keep "
                "a copy of it, then run 'nbgrader db upgrade' in the course's folder."
            )
        if time.monotonic() > end:
            raise CourseError(
                f"The gradebook {_name(course)} is not complete (it has no {missing[0]}): if no other "
                "program is just making it, move it away, and it will be made anew."
            )
        time.sleep(0.1)


def _name(course: Course) -> str:
    return str(_path(course) or make_url(course.db_url).render_as_string(hide_password=True))


_REASONS = {
    "locked": "is being written by another program: wait until it is done, or end it",
    "readonly": "cannot be written, it is read-only: change its permissions and its folder's",
    "disk is full": "cannot be written, the disk is full: make room",
    "disk i/o error": "cannot be read or written (is the disk full?): make room, or mend the disk",
    "not a database": "is no gradebook, but some other file: move it away",
    "malformed": "is damaged: put back a copy",
    "unable to open": "cannot be opened: look at its permissions and its folder's",
}


@contextmanager
def _told(course: Course) -> Iterator[None]:
    """Say in a sentence what is wrong with the gradebook."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
        what = next(
            (words for mark, words in _REASONS.items() if mark in said.lower()), f"cannot be used: {said}"
        )
        raise CourseError(
            f"The gradebook {_name(course)} {what}, then run the same command again, which goes on from here."
        ) from error
    except FileNotFoundError as error:
        if error.filename != "alembic":
            raise
        raise CourseError(
            "nbgrader needs its helper 'alembic' on PATH to make a gradebook: activate the environment."
        ) from None
