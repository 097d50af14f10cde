"""Enter an assignment into the gradebook, from the instructor's notebooks, with nbgrader's own converter."""

import re
import tempfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import BaseCell, GradeCell, SolutionCell, SourceCell, TaskCell
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import capture_log
from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.orm import Session

from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError
from course_lib.grading.course import Course
from course_lib.grading.database import connected, create, explained, transaction


def register(course: Course, unit: str) -> None:
    """Enter the assignment into the gradebook, unless it is there; make the gradebook, where there is none.

    nbgrader's own converter reads the instructor's notebooks, into a scratch gradebook and a scratch release
    folder; from there the rows come over in one transaction.
    """
    create(course)
    with connected(course) as engine, Session(engine) as session, explained(course):
        if _is_registered(session, unit):
            return
        session.rollback()
        if not course.course_id and engine.dialect.name != "sqlite":
            raise CourseError(
                f"{CONFIG} gives the course no id, which a gradebook on a server needs: add the line "
                "'c.CourseDirectory.course_id = \"a-name\"' there, then run the same command again."
            )
        with tempfile.TemporaryDirectory() as scratch:
            made = create_engine(f"sqlite:///{Path(scratch) / 'gradebook.db'}")
            api.Base.metadata.create_all(made)  # then nbgrader does not ask alembic, which takes seconds
            _convert(course, unit, Path(scratch), str(made.url))
            _copy(made, session, unit)
            made.dispose()


def _is_registered(session: Session, unit: str) -> bool:
    """Whether the gradebook knows the assignment and its notebooks; formgrader can enter one without."""
    known = select(api.Notebook.id).join(api.Assignment).where(api.Assignment.name == unit).limit(1)
    return session.scalar(known) is not None


def outdated(
    course: Course, released: NotebookNode, known: dict[str, dict[str, Any]]
) -> tuple[list[str], list[str]]:
    """The graded cells that release and gradebook have in different versions, and those that only one has.

    known: grade_id → {"source", "points", …}, for the cells of this notebook in the gradebook.
    """
    clear = ClearHiddenTests(config=course.config)
    names = {name for name, cell in known.items() if "points" in cell}
    changed, alone = [], []
    for cell in released.cells:
        own = cell.metadata.get("nbgrader", {})
        if not (own.get("grade") or own.get("task")):
            continue
        ours = known.get(own["grade_id"])
        names.discard(own["grade_id"])
        if ours is None:
            alone.append(own["grade_id"])
        elif float(ours.get("points", 0)) != float(own.get("points", 0)):
            changed.append(own["grade_id"])
        elif own.get("locked") and not own.get("solution") and not own.get("task"):
            shown, _ = clear.preprocess_cell(NotebookNode(cell | {"source": ours["source"]}), {}, 0)
            if shown.source.strip() != cell.source.strip():
                changed.append(own["grade_id"])
    return changed, [*alone, *sorted(names)]


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
        why = _errors(said.get("log", "")) or said["error"].splitlines()[-1]
        raise CourseError(
            f"nbgrader cannot register {unit} from {course.folder('source', unit)}: "
            f"{why}{'' if why.endswith('.') else '.'} "
            "Correct the notebooks there until 'nbgrader generate_assignment' takes them, then run the same "
            "command again."
        )


_RECORD = re.compile(r"^\[(?P<level>[A-Z]+)\] ", re.MULTILINE)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\):\n(?:\s.*\n)*")
_SAYS_NOTHING = re.compile(r"(?:There was an error processing assignment|Please see the the above).*")


def _errors(log: str) -> str:
    """The errors in nbgrader's log, each whole: of several lines, the last may be the remedy.

    Of a traceback, what was raised is kept.
    """
    parts = _RECORD.split(log)
    said = []
    for level, text in zip(parts[1::2], parts[2::2], strict=True):
        if level not in ("ERROR", "CRITICAL"):
            continue
        whole = re.sub(r"^ {4}", "", text, flags=re.MULTILINE)  # as all lines but the first are logged
        message = _SAYS_NOTHING.sub("", _TRACEBACK.sub("", whole))
        said.append(" ".join(message.split()))
    return " ".join(dict.fromkeys(filter(None, said)))


_ROWS = (api.Notebook, BaseCell, GradeCell, SolutionCell, TaskCell, SourceCell)


def _copy(made: Engine, session: Session, unit: str) -> None:
    """Copy what was registered in the scratch gradebook, in one transaction."""
    with made.connect() as scratch, transaction(session):
        if _is_registered(session, unit):
            return  # another grading was faster
        [new] = scratch.execute(select(api.Assignment.__table__)).mappings().all()
        assignment = session.scalar(select(api.Assignment.id).where(api.Assignment.name == unit))
        if assignment is None:
            assignment = new["id"]
            if new["course_id"] and session.get(api.Course, new["course_id"]) is None:
                session.execute(insert(api.Course).values(id=new["course_id"]))
            session.execute(insert(api.Assignment.__table__).values(**new))
        for model in _ROWS:
            table = model.__table__
            rows = [dict(row) for row in scratch.execute(select(table)).mappings()]
            for row in rows:
                if "assignment_id" in row:
                    row["assignment_id"] = assignment
            if rows:
                session.execute(insert(table), rows)
