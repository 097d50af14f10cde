"""Written answers bring points where somebody reads them: one of nbgrader's settings says whether.

In an instructor's notebook they are Markdown cells without a mark of nbgrader's. Their metadata name the
points that they could bring, `"course": {"written": 8}`. All of nbgrader's ways to a release write it by this
exporter, and so does entering an assignment into the gradebook: so these, formgrader and exports agree.
"""

import copy
import re
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions
from traitlets import Bool

from course_lib import points


class Release(NotebookExporter):
    """Writes what nbgrader makes of an instructor's notebook; nbgrader_config.py names it."""

    written_answers = Bool(False, help="Whether written answers bring points, given by a person.").tag(
        config=True
    )

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """As nbconvert's. Raises CourseError where written answers are graded, and the first cell of their
        notebook does not name its points."""
        nb = copy.deepcopy(nb)
        answers = [cell for cell in nb.cells if points.written(cell)]
        clear = ClearSolutions(parent=self)
        for cell in answers:
            cell.metadata.nbgrader = mark(cell)
            if (
                not self.written_answers
            ):  # nbgrader knows none that brings nothing, so it is not to know of it
                clear.preprocess_cell(cell, {"language": "python"}, 0)
                cell.metadata.pop("nbgrader")
        if answers:
            most = sum(map(points.written, answers)) if self.written_answers else 0
            nb.cells[0].source = points.with_written(nb.cells[0].source, most)
        return super().from_notebook_node(nb, resources, **kw)


def mark(cell: NotebookNode) -> NotebookNode:
    """nbgrader's mark for a written answer that a person grades."""
    return NotebookNode(
        grade=True,
        solution=True,
        locked=False,
        task=False,
        schema_version=3,
        grade_id=re.sub(r"^a\d\d-", "", cell.id),
        points=points.written(cell),
    )
