"""nbgrader's feedback page of a graded notebook, by nbgrader's own exporter, made once for a class."""

import secrets
from functools import lru_cache, partial
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from nbconvert.exporters import Exporter
from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades

from course_lib.grading.course import Course
from course_lib.grading.gradebook import Scores

MOST_KEPT = 500  # pieces of highlighted code: an assignment's own, and the students' of late


class Pages:
    """Feedback pages of one unit, equal to those of `nbgrader generate_feedback`."""

    def __init__(self, course: Course, unit: str) -> None:
        self._unit = unit
        converter = GenerateFeedback(coursedir=course.directory(), config=course.config)
        self._exporter = converter.exporter_class(parent=converter, config=converter.config)
        self._grades = _Known(parent=self._exporter)
        for preprocessor in converter.preprocessors:
            self._exporter.register_preprocessor(self._grades if preprocessor is GetGrades else preprocessor)
        self._code = _Code(self._exporter)
        self._exporter.filters = {"highlight_code": self._code.highlight}

    def html(self, student: str, name: str, text: str, scores: Scores) -> str:
        """The page of a notebook.

        name: the notebook's, without .ipynb. text: the graded notebook, made harmless; see `safe_html`.
        """
        notebook = nbformat.reads(text, as_version=4)
        own = {"student": student, "assignment": self._unit, "notebook": name}
        self._grades.scores = scores
        self._code.begin(notebook)
        page, _ = self._exporter.from_notebook_node(notebook, {"unique_key": name, "nbgrader": own})
        return self._code.filled_in(page)


class _Known(GetGrades):
    """nbgrader's GetGrades, with what was read from the gradebook already."""

    scores: Scores

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        for index, cell in enumerate(nb.cells):
            self.preprocess_cell(cell, resources, index)
        resources["nbgrader"]["score"] = self.scores.score - self.scores.late_penalty
        resources["nbgrader"]["max_score"] = self.scores.max_score
        resources["nbgrader"]["late_penalty"] = self.scores.late_penalty
        return nb, resources

    def _get_comment(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        cell.metadata.nbgrader["comment"] = self.scores.comments[cell.metadata.nbgrader["grade_id"]]

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        score, points = self.scores.cells[cell.metadata.nbgrader["grade_id"]]
        cell.metadata.nbgrader["score"] = score or 0.0
        cell.metadata.nbgrader["points"] = points


class _Code:
    """Highlighted code, which goes round the parser that the exporter puts each whole page through.

    Most code is the same for all students, and most of a page's elements are its keywords and brackets:
    parsing them again for each took two thirds of the time. A comment that nobody can foresee stands in for
    each piece.
    """

    def __init__(self, exporter: Exporter) -> None:
        self._mark = secrets.token_hex(16)
        self._lexer: str | None = None
        self._pieces: list[str] = []
        self._highlighted = lru_cache(MOST_KEPT)(partial(_highlighted, exporter))

    def begin(self, notebook: NotebookNode) -> None:
        """Start a page."""
        about = notebook.metadata.get("language_info", {})
        self._lexer = about.get("pygments_lexer", about.get("name"))
        self._pieces = []

    def highlight(self, source: str, language: str | None = None, metadata: Any = None) -> str:
        """The exporter's filter `highlight_code`."""
        language = language or (metadata or {}).get("magics_language")
        self._pieces.append(self._highlighted(source, self._lexer, language))
        return f"<!--{self._mark} {len(self._pieces) - 1}-->\n"

    def filled_in(self, page: str) -> str:
        """The page with its code."""
        first, *parts = page.split(f"<!--{self._mark} ")
        for part in parts:
            number, _, rest = part.partition("-->")
            first += self._pieces[int(number)] + rest
        return first


def _highlighted(exporter: Exporter, source: str, lexer: str | None, language: str | None) -> str:
    html = Highlight2HTML(pygments_lexer=lexer, parent=exporter)(source, language=language)
    return str(BeautifulSoup(html, features="html.parser")).rstrip("\n")
