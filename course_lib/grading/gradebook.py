"""nbgrader's gradebook, opened once for a whole class: one transaction for each submission.

Its models hold the grades, its plug-ins set late penalties. What they lack is here: nbgrader opens the
gradebook nine times for each notebook, and commits each cell alone.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from nbgrader import api
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.utils import parse_utc
from sqlalchemy import ColumnElement, Select, and_, delete, select
from sqlalchemy.orm import Session, load_only

from course_lib.errors import CourseError
from course_lib.grading.course import Course
from course_lib.grading.database import connected, explained, transaction
from course_lib.grading.registering import register as register

BATCH = 200  # students read at a time
LONGEST_NAME: int = Student.__table__.c.id.type.length  # of a student; a server takes no longer one


@dataclass(frozen=True)
class Scores:
    """What feedback shows of a submitted notebook, as nbgrader counts it.

    score     of the notebook, by hand where a grader gave one, before the penalty for being late; what has
              no score yet counts as nothing in it: see `missing`
    cells     grade_id → (score or None where neither machine nor person has given one, maximum)
    comments  grade_id → comment, a grader's before the machine's, or None
    waiting   grade_ids whose score a human is still to give
    """

    score: float
    max_score: float
    late_penalty: float
    cells: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """grade_ids that have no score yet: as long as there are any, there is no total."""
        return frozenset(name for name, (score, _) in self.cells.items() if score is None)


@dataclass(frozen=True)
class Participant:
    """A student as the gradebook knows them, with the time (UTC) of their submission, where that is known."""

    id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    lms_user_id: str | None
    timestamp: datetime | None


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
        self._session = session
        found = session.scalar(select(api.Assignment.id).where(api.Assignment.name == unit))
        if found is None:
            raise CourseError(
                f"The gradebook knows no assignment {unit!r}: 'course grade', or 'nbgrader "
                "generate_assignment', with the name of a unit enters it."
            )
        self._assignment: str = found
        self._notebooks = _notebooks(session, found)

    def write(self, result: dict[str, Any]) -> None:
        """Enter a result, in one transaction. What was given by hand stays; a second time changes nothing.

        Raises CourseError where the gradebook cannot be written; then nothing of the result is in it.
        """
        with explained(self._course), self._session as session, transaction(session):
            submission = self._submission(result["student"], result["timestamp"])
            submitted = self._submitted(submission.id)
            for name, notebook in self._notebooks.items():
                row = submitted.get(notebook.id) or _add_notebook(session, submission, notebook)
                _write_grades(session, row, notebook, result["scores"].get(name, {}))
                _write_comments(session, row, notebook, result["comments"].get(name, {}))
                self._charge_lateness(submission, row, notebook)

    def everyone(self) -> Iterator[tuple[Participant, dict[str, Scores]]]:
        """Each student that the gradebook knows, in the order of their ids, with their grades."""
        students = self.students()
        while some := list(islice(students, BATCH)):
            grades = self._grades([student.id for student in some])
            yield from ((student, grades.get(student.id, {})) for student in some)

    def _grades(self, students: list[str]) -> dict[str, dict[str, Scores]]:
        released = {notebook.id: name for name, notebook in self._notebooks.items()}
        columns = (
            SubmittedNotebook.id,
            SubmittedNotebook.notebook_id,
            SubmittedNotebook.late_submission_penalty,
        )
        query = (
            select(SubmittedAssignment.student_id, *columns)
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .where(
                SubmittedAssignment.assignment_id == self._assignment,
                SubmittedAssignment.student_id.in_(students),
                SubmittedNotebook.notebook_id.in_(released),
            )
        )
        found: dict[str, dict[str, Scores]] = {}
        with explained(self._course), self._session as session:
            rows = session.execute(query).all()
            ids = [row.id for row in rows]
            graded = [key for notebook in self._notebooks.values() for key in notebook.graded.values()]
            commented = [key for notebook in self._notebooks.values() for key in notebook.commented.values()]
            given = (Grade.auto_score, Grade.manual_score, Grade.score, Grade.needs_manual_grade)
            score = select(Grade.notebook_id, Grade.cell_id, *given)
            comment = select(Comment.notebook_id, Comment.cell_id, Comment.comment)
            grades = _by_notebook(session, score.where(_of(ids, Grade, graded)))
            comments = _by_notebook(session, comment.where(_of(ids, Comment, commented)))
        for row in rows:
            name = released[row.notebook_id]
            found.setdefault(row.student_id, {})[name] = _scores(
                self._notebooks[name],
                row.late_submission_penalty or 0.0,
                grades.get(row.id, {}),
                comments.get(row.id, {}),
            )
        return found

    def automatic(self, student: str) -> dict[str, dict[str, float | None]]:
        """What the machine gave a student: notebook → grade_id → score."""
        cells = {
            key: (name, grade_id)
            for name, notebook in self._notebooks.items()
            for grade_id, key in notebook.graded.items()
        }
        query = (
            select(Grade.cell_id, Grade.auto_score)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .where(
                SubmittedAssignment.assignment_id == self._assignment,
                SubmittedAssignment.student_id == student,
                Grade.cell_id.in_(cells),
            )
        )
        found: dict[str, dict[str, float | None]] = {}
        with explained(self._course), self._session as session:
            for key, score in session.execute(query):
                name, grade_id = cells[key]
                found.setdefault(name, {})[grade_id] = score
        return found

    def students(self) -> Iterator[Participant]:
        """All students that the gradebook knows, in the order of their ids, with when they submitted."""
        columns = (Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
        submitted = and_(
            SubmittedAssignment.student_id == Student.id,
            SubmittedAssignment.assignment_id == self._assignment,
        )
        query = select(*columns, SubmittedAssignment.timestamp).outerjoin(SubmittedAssignment, submitted)
        with explained(self._course), self._session as session:
            rows = session.execute(query.order_by(Student.id)).all()
        for row in rows:
            yield Participant(*row)

    def cells(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The assignment's cells as released: notebook → grade_id → what is known of the cell.

        "cell_type", "source", "locked" and "checksum" for each; "points" for graded ones, by machine or hand.
        """
        columns = (SourceCell.cell_type, SourceCell.source, SourceCell.locked, SourceCell.checksum)
        cells: dict[str, dict[str, dict[str, Any]]] = {}
        with explained(self._course), self._session as session:
            for name, notebook in self._notebooks.items():
                query = select(SourceCell.name, *columns).where(SourceCell.notebook_id == notebook.id)
                cells[name] = {row.pop("name"): row for row in map(dict, session.execute(query).mappings())}
                for grade_id, points in notebook.points.items():
                    cells[name][grade_id]["points"] = points
        return cells

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
        score = sum(
            self._session.scalars(select(Grade.score).where(_of([row.id], Grade, notebook.graded.values())))
        )
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
    with connected(course) as engine, Session(engine, autoflush=False) as session:
        with explained(course):
            book = Book(course, unit, session)
            session.rollback()
        yield book


def source(course: Course, unit: str) -> dict[str, dict[str, dict[str, Any]]]:
    """The assignment's cells as the gradebook has them; see `Book.cells`."""
    with opened(course, unit) as book:
        return book.cells()


def introduce(course: Course, people: Mapping[str, tuple[str, str, str]]) -> None:
    """Tell the gradebook who its students are, where it does not know: id → name, address, platform's number.

    The first word counts as the first name, which is a guess.
    """
    with connected(course) as engine, Session(engine) as session, explained(course), transaction(session):
        for student in session.scalars(select(Student).where(Student.id.in_(people))):
            name, email, key = people[student.id]
            first, _, last = name.partition(" ")
            if not student.first_name and not student.last_name:
                student.first_name, student.last_name = (first, last) if last else (None, first)
            student.email = student.email or email or None
            student.lms_user_id = student.lms_user_id or key or None


def forget_names(course: Course) -> None:
    """Have the gradebook know its students by their ids only."""
    with connected(course) as engine, Session(engine) as session, explained(course), transaction(session):
        for student in session.scalars(_of_nobody_else(course)):
            student.first_name = student.last_name = student.email = student.lms_user_id = None


def forget_submissions(course: Course, unit: str) -> None:
    """Have the gradebook forget a unit's submissions, with scores and comments; students stay known."""
    with explained(course), Gradebook(course.db_url, course.course_id) as book:
        for submission in book.assignment_submissions(unit):
            book.remove_submission(unit, submission.student.id)


def forget_students(course: Course) -> None:
    """Have the gradebook forget everybody, with submissions, scores and comments; assignments stay known."""
    assignments = select(api.Assignment.id).where(api.Assignment.course_id == course.course_id)
    submissions = select(SubmittedAssignment.id).where(SubmittedAssignment.assignment_id.in_(assignments))
    notebooks = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id.in_(submissions))
    with connected(course) as engine, Session(engine) as session, explained(course), transaction(session):
        for kind in (Comment, Grade):
            session.execute(delete(kind).where(kind.notebook_id.in_(notebooks)))
        session.execute(delete(SubmittedNotebook).where(SubmittedNotebook.assignment_id.in_(submissions)))
        session.execute(delete(SubmittedAssignment).where(SubmittedAssignment.assignment_id.in_(assignments)))
        for student in session.scalars(_of_nobody_else(course)):
            session.delete(student)


def _of_nobody_else(course: Course) -> Select[tuple[Student]]:
    """The students, on a server without those who have handed in to another course that it holds."""
    if course.db_path is not None:
        return select(Student)
    elsewhere = (
        select(SubmittedAssignment)
        .join(api.Assignment, SubmittedAssignment.assignment_id == api.Assignment.id)
        .where(SubmittedAssignment.student_id == Student.id, api.Assignment.course_id != course.course_id)
    )
    return select(Student).where(~elsewhere.exists())


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
            comment.auto_comment = _storable(comments[name])


def _storable(comment: str | None) -> str | None:
    """Without what PostgreSQL, or UTF-8, has no place for; what a student's program printed may hold it."""
    if comment is None:
        return None
    return comment.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")


def _of(notebooks: Iterable[str], kind: Any, cells: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a grade or comment belongs to these notebooks; by cells, as in `Book._submitted`."""
    return and_(kind.cell_id.in_(cells), kind.notebook_id.in_(notebooks))


def _whole(row: SubmittedNotebook, kind: Any, cells: dict[str, str]) -> Any:
    """The notebook's grades or comments, without what nbgrader would sum up for each."""
    own = [getattr(kind, column.key) for column in kind.__table__.columns]
    return select(kind).options(load_only(*own)).where(_of([row.id], kind, cells.values()))


def _by_notebook(session: Session, query: Select[Any]) -> dict[str, dict[str, Any]]:
    """Submitted notebook's id → cell's id → row."""
    rows: dict[str, dict[str, Any]] = {}
    for row in session.execute(query):
        rows.setdefault(row.notebook_id, {})[row.cell_id] = row
    return rows


def _scores(
    notebook: _Notebook, late_penalty: float, grades: dict[str, Any], comments: dict[str, Any]
) -> Scores:
    graded = {name: grades[key] for name, key in notebook.graded.items() if key in grades}

    def score(name: str) -> float | None:
        """nbgrader itself counts nothing for a grade that is not there, or of which nothing is known."""
        grade = graded.get(name)
        is_known = grade and (grade.auto_score is not None or grade.manual_score is not None)
        return grade.score if grade and is_known else None

    return Scores(
        score=sum(grade.score for grade in graded.values()),
        max_score=sum(notebook.points.values()),
        late_penalty=late_penalty,
        cells={name: (score(name), notebook.points[name]) for name in notebook.graded},
        comments={
            name: comments[key].comment if key in comments else None
            for name, key in notebook.commented.items()
        },
        waiting=frozenset(name for name, grade in graded.items() if grade.needs_manual_grade),
    )
