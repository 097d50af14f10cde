"""The page of feedback on a graded notebook: what nbgrader's shows, for all eyes, and without the network.

It has no script, no widget and no formula that needs one; its policy forbids what could come in all the same.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from nbconvert.filters import ansi2html
from nbformat.v4 import reads

from course_lib import texts
from course_lib.grading import rendering
from course_lib.grading.course import Course
from course_lib.grading.gradebook import Scores
from course_lib.grading.pages import template

say = texts.beside(__file__)

MOST = 2_900_000  # bytes of a page
MOST_AROUND = 10_000, 500  # bytes of a page, and of each cell, around what was written
FILTER = {"markdown2html": "course_lib.grading.rendering.markdown2html"}  # in a course's settings
_PALETTE = re.compile(r"[;]?[34]8;(?:5;\d+|2;\d+;\d+;\d+)")  # colours that could not be read in the dark
_HEADING = re.compile(r"<(/?)h([1-6])>")


def page(name: str, text: str, scores: Scores) -> str:
    """The page of a notebook.

    name: the notebook's, without .ipynb. text: the graded notebook, made harmless; see `safe_html`.
    """
    notebook = reads(text)  # as it is, without a look at the whole schema
    per_page, per_cell = MOST_AROUND
    room = _Room(MOST - per_page - per_cell * len(notebook["cells"]))
    levels = _Levels()
    cells = [_cell(cell, scores, room, levels) for cell in notebook["cells"]]
    return template("feedback.html.j2").render(
        say=_on_page,
        title=name,
        score=_sum(scores),
        scores=scores,
        cells=cells,
        version=notebook["metadata"].get("course_version", ""),
    )


def _on_page(name: str, **values: object) -> str:
    """Words of the template."""
    return say(f"page.{name}", **values)


def _sum(scores: Scores) -> float | None:
    """What the notebook has brought so far; None where nothing in it has a score yet."""
    is_any = len(scores.missing) < len(scores.cells) or not scores.cells
    return scores.score - scores.late_penalty if is_any else None


def unfollowed(course: Course) -> list[str]:
    """nbgrader's settings of feedback that change nothing in these pages."""
    asked = {
        f"{section}.{name}": value
        for section in ("GenerateFeedback", "HTMLExporter", "TemplateExporter")
        for name, value in dict(course.config.get(section, {})).items()
        if name not in ("log_level", "force", "permissions")
    }
    return [name for name, value in asked.items() if (name, value) != ("HTMLExporter.filters", FILTER)]


class _Room:
    """What is left of a page's size."""

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, html: str) -> str:
        """The piece, if there is room for it, else a word that there is not."""
        size = len(html) if html.isascii() else len(html.encode())
        if size > self._left:
            return f'<p class="told">{escape(say("left-out"))}</p>'
        self._left -= size
        return html


class _Levels:
    """Headings below the page's own, each at most one level below the one before."""

    def __init__(self) -> None:
        self._before = 1

    def fitted(self, html: str) -> str:
        return _HEADING.sub(self._fit, html) if "<h" in html else html

    def _fit(self, tag: re.Match[str]) -> str:
        if not tag[1]:
            self._before = min(int(tag[2]) + 1, self._before + 1, 6)
        return f"<{tag[1]}h{self._before}>"


def _cell(cell: Mapping[str, Any], scores: Scores, room: _Room, levels: _Levels) -> dict[str, Any]:
    """What the template shows of a cell."""
    own = cell["metadata"].get("nbgrader", {})
    source, is_code = cell["source"], cell["cell_type"] == "code"
    if is_code:
        html = rendering.python(source.strip("\n"))
    else:
        html = levels.fitted(rendering.rendered(source, cell.get("attachments", {})).html)
    outputs = [room.take(levels.fitted(output)) for output in _outputs(cell)]
    shown: dict[str, Any] = {
        "type": "code" if is_code else "markdown",
        "html": room.take(html),
        "outputs": [one for one, before in zip(outputs, [None, *outputs], strict=False) if one is not before],
    }
    if own.get("grade") or own.get("solution") or own.get("task"):
        shown |= _graded(own, is_code, scores)
    return shown


def _graded(own: Mapping[str, Any], is_code: bool, scores: Scores) -> dict[str, Any]:
    """What is shown of a cell that nbgrader knows, in nbgrader's words."""
    name = own["grade_id"]
    score, points = scores.cells[name] if own.get("grade") or own.get("task") else (None, None)
    comment = scores.comments[name] if own.get("solution") or own.get("task") else None
    if own.get("task"):
        kind = "task"
    elif not own.get("grade"):
        kind = ""
    elif not own.get("solution"):
        kind = "test"
    else:
        kind = "code" if is_code else "text"
    return {
        "grade_id": name,
        "kind": say(f"kind.{kind}") if kind else "",
        "title": say(f"title.{kind or 'code'}"),
        "names": kind == "test",
        "score": score,
        "points": points,
        "comment": rendering.rendered(comment, {}).html if comment else "",
    }


def _outputs(cell: Mapping[str, Any]) -> Iterator[str]:
    """A cell's outputs as HTML."""
    for number, output in enumerate(cell.get("outputs", ()), start=1):
        data = output.get("data", {})
        if output["output_type"] == "stream":
            yield _preformatted(output["text"], "error" if output["name"] == "stderr" else "stream")
        elif output["output_type"] == "error":
            yield _preformatted("\n".join(output["traceback"]), "error")
        elif "text/html" in data:
            yield f"<div>{data['text/html']}</div>"
        elif mime := next((mime for mime in rendering.IMAGES if mime in data), None):
            words = escape(say("picture", number=number))
            yield f'<p><img alt="{words}" src="data:{mime};base64,{data[mime]}"></p>'
        elif data.get("text/plain"):
            yield _preformatted(data["text/plain"], "stream")


def _preformatted(text: str, kind: str) -> str:
    return f'<pre class="{kind}" tabindex="0">{ansi2html(_PALETTE.sub("", text))}</pre>'
