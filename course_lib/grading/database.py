"""The file, or server, behind nbgrader's gradebook: made, opened, locked, and what can be wrong with it."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import Engine, create_engine, event, exc, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from course_lib.errors import CourseError
from course_lib.grading.course import Course

PATIENCE = 15.0  # seconds to wait for another program that is writing: formgrader needs less than one


def create(course: Course) -> None:
    """Let nbgrader make a gradebook where there is none; on disk it appears whole or not at all."""
    path = course.db_path
    if path is None:
        with connection_to(course) as engine, explained(course), _alone(engine):
            api.Gradebook(course.db_url, course.course_id).close()
        return
    if path.exists() and path.stat().st_size:
        return
    try:
        with tempfile.TemporaryDirectory(prefix=".gradebook-", dir=path.parent) as folder:
            made = Path(folder) / path.name
            with explained(course):
                api.Gradebook(f"sqlite:///{made}", course.course_id).close()
            _put(made, path)
    except OSError as error:
        raise CourseError(
            f"The gradebook {path} cannot be made ({error.strerror}): it needs a folder that is there, with "
            "room, in which you may write; then run the same command again."
        ) from None


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
def connected(course: Course) -> Iterator[Engine]:
    """A connection to an existing gradebook of the right form."""
    path = course.db_path
    if path is not None and not (path.exists() and path.stat().st_size):
        raise CourseError(
            f"There is no gradebook {path}: 'course grade', or 'nbgrader generate_assignment', with the "
            "name of a unit makes it."
        )
    with connection_to(course) as engine:
        with explained(course):
            _check_form(course, engine)
        yield engine


@contextmanager
def connection_to(course: Course) -> Iterator[Engine]:
    """A connection to whatever is there. Raises CourseError where the database's driver is missing."""
    try:
        with explained(course):
            if course.db_path is None:  # a server may be started anew, or end what has long been idle
                engine = create_engine(course.db_url, pool_pre_ping=True)
            else:
                engine = create_engine(course.db_url, connect_args={"timeout": PATIENCE})
                event.listen(engine, "connect", _leave_transactions_to_us)
    except ModuleNotFoundError as error:
        raise CourseError(
            f"The gradebook {name(course)} needs the package {error.name}: for PostgreSQL, 'python "
            "bootstrap.py --extra postgres' brings it (in an environment of your own, 'pip install "
            '"psycopg[binary]"\'), and the address begins with postgresql+psycopg://.'
        ) from None
    try:
        yield engine
    finally:
        engine.dispose()


def is_made(course: Course) -> bool:
    """Whether there is a gradebook, as a file or on a server. Raises CourseError where none answers."""
    if course.db_path is not None:
        return course.db_path.exists()
    with connection_to(course) as engine, explained(course):
        return inspect(engine).has_table(api.Student.__tablename__)


def _leave_transactions_to_us(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One process at a time: two that make the same tables on a server would both fail."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection, connection.begin():
        # Making asks alembic, which takes seconds.
        connection.execute(text("SET LOCAL lock_timeout = '2min'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MAKING})"))
        yield


_MAKING = 0x6E6267  # the lock's number: any that others do not use
_PATIENCE = text(f"SET LOCAL lock_timeout = {int(PATIENCE * 1000)}")


@contextmanager
def transaction(session: Session) -> Iterator[None]:
    """All of the block, or nothing. The gradebook is locked first, so that what is read stays true."""
    kind = session.get_bind().dialect.name
    if kind == "sqlite":
        session.execute(text("BEGIN IMMEDIATE"))
    elif kind == "postgresql":  # others can read, and write when this is done
        tables = ", ".join(table.name for table in api.Base.metadata.sorted_tables)
        session.execute(_PATIENCE)
        session.execute(text(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"))
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
                f"The gradebook {name(course)} was made by an older nbgrader (it has no {missing[0]}): keep "
                "a copy of it, then run 'nbgrader db upgrade' in the course's folder."
            )
        if time.monotonic() > end:
            raise CourseError(
                f"The gradebook {name(course)} is not complete (it has no {missing[0]}): if no other "
                "program is just making it, move it away, and it will be made anew."
            )
        time.sleep(0.1)


def name(course: Course) -> str:
    """Where the gradebook is, without its password."""
    return str(course.db_path or make_url(course.db_url).render_as_string(hide_password=True))


_SILENT = "does not answer: see that the server runs and that the address is right"
_REASONS = {
    "locked": "is being written by another program: wait until it is done, or end it",
    "readonly": "cannot be written, it is read-only: change its permissions and its folder's",
    "disk is full": "cannot be written, the disk is full: make room",
    "disk i/o error": "cannot be read or written (is the disk full?): make room, or mend the disk",
    "not a database": "is no gradebook, but some other file: move it away",
    "malformed": "is damaged: put back a copy",
    "unable to open": "cannot be opened: look at its permissions and its folder's",
    # a server's
    "can't load plugin": "is of a kind that is not known here: PostgreSQL's address begins with "
    "postgresql+psycopg://. Correct it in nbgrader_config.py",
    "lock timeout": "is being written by another program: wait until it is done, or end it",
    "deadlock": "is being written by another program: wait until it is done",
    "no space left": "cannot be written, the server's disk is full: make room",
    "permission denied": "may not be used so by this account: ask the server's keeper for all rights on it",
    "password authentication": "does not take this name and password: correct the address",
    "does not exist": "is not there, or not under this name: let the server's keeper make it, or correct "
    "the address",
    "connection is bad": _SILENT,
    "connection failed": _SILENT,
    "connection refused": _SILENT,
    "connection": "has ended the connection: see that the server runs",
}


@contextmanager
def explained(course: Course) -> Iterator[None]:
    """Say in a sentence what is wrong with the gradebook."""
    try:
        yield
    except exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error)
        said = " ".join(said.split())
        what = next(
            (words for mark, words in _REASONS.items() if mark in said.lower()), f"cannot be used: {said}"
        )
        raise CourseError(
            f"The gradebook {name(course)} {what}, then run the same command again, which goes on from here."
        ) from error
    except FileNotFoundError as error:
        if error.filename not in ("alembic", None):  # Windows does not name it
            raise
        raise CourseError(
            "nbgrader needs its helper 'alembic' on PATH to make a gradebook: activate the environment."
        ) from None
