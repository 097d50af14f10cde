"""What nbgrader knows of the course: its folders, its gradebook, its rules; from nbgrader_config.py."""

import logging
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.engine import URL, make_url
from traitlets.config import Application, Config

from course_lib.course_folder import CONFIG
from course_lib.errors import CourseError

STEPS = ("source", "release", "submitted", "autograded", "feedback")


@dataclass(frozen=True)
class Course:
    """A course as nbgrader sees it.

    root       the course's folder
    db_url     its gradebook
    course_id  under which the gradebook knows it
    config     all of nbgrader's settings
    autograde  nbgrader's own converter, for its settings
    """

    root: Path
    db_url: str
    course_id: str
    config: Config
    autograde: Autograde

    def directory(self) -> CourseDirectory:
        """nbgrader's own description of the folders, a new one each time: its converters change it."""
        return CourseDirectory(config=self.config)

    @cached_property
    def _directory(self) -> CourseDirectory:
        return self.directory()

    def folder(self, step: str, unit: str, student: str = ".") -> Path:
        """A unit's folder; step: one of STEPS."""
        name = getattr(self._directory, f"{step}_directory")
        return Path(self._directory.format_path(name, student, unit))

    @property
    def db_path(self) -> Path | None:
        """The gradebook's file, None where it is a server's."""
        return _file(make_url(self.db_url))

    @property
    def private(self) -> tuple[Path, ...]:
        """Files and folders that are no student's business."""
        steps = (getattr(self._directory, f"{step}_directory") for step in STEPS)
        return (self.root, *(self.root / step for step in steps), *filter(None, [self.db_path]))

    @property
    def records(self) -> Path:
        """Where our own records lie."""
        return self.root / ".grading"

    @property
    def reports(self) -> Path:
        """Where summaries, scores and what goes back to a platform lie."""
        return self.root / "reports"

    @property
    def excluded(self) -> frozenset[str]:
        """Students who are never graded."""
        return frozenset(self._directory.student_id_exclude.split(","))

    @cached_property
    def late(self) -> BasePlugin:
        """The plug-in that says what a late submission costs."""
        penalties = AssignLatePenalties(config=self.config)
        penalties.init_plugin()
        return penalties.plugin_inst


def course(root: Path) -> Course:
    """The course in the folder `root`, with the settings that nbgrader's own commands would use there.

    Raises CourseError where they cannot be read.
    """
    root = root.resolve()
    if not (root / CONFIG).is_file():
        raise CourseError(f"There is no {CONFIG} in {root}: name the folder of a course.")
    if str(root) not in sys.path:
        sys.path.append(str(root))  # where nbgrader finds a course's own plug-ins
    try:
        config = _config(root)
        directory = CourseDirectory(config=config)
        return Course(
            root=Path(directory.root),
            db_url=directory.db_url,
            course_id=directory.course_id,
            config=config,
            autograde=Autograde(coursedir=directory, config=config),
        )
    except (Exception, SystemExit) as error:  # the file is a program, and traitlets ends ours where it errs
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise CourseError(
            f"nbgrader cannot use the settings in {root / CONFIG} ({said}): correct that file."
        ) from None


def _config(root: Path) -> Config:
    """The user's settings of nbgrader, and above them the course's."""
    app = NbGrader(log_level=logging.ERROR)
    app.load_cwd_config = False  # the course may lie elsewhere
    app.raise_config_file_errors = True
    app.load_config_file()
    Application.load_config_file(app, CONFIG, path=str(root))
    config = app.config.copy()
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(root)
    if isinstance(asked := config.CourseDirectory.get("db_url"), str):
        url = make_url(asked)
        if path := _file(url):  # relative to the course, from where nbgrader is run
            url = url.set(database=str(root / path))
            config.CourseDirectory.db_url = url.render_as_string(hide_password=False)
    return config


def _file(url: URL) -> Path | None:
    """The file that a gradebook's address names, None where it is a server's."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
