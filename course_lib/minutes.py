"""How long a notebook takes, worked out by one model, so that a stated time is a true one.

`course tidy` writes it into the line **Time** of a notebook's first cell, and into the README's table. What
is counted, and what each takes, stands in `SECONDS`. For an assignment, the minutes that its exercises say
writing them takes come on top.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode

from course_lib import notebooks, quiz
from course_lib.errors import CourseError
from course_lib.exercises.folders import exercises_of

SECONDS = {
    "words": 60 / 200,
    "lines": 3,  # of code that is read: not blank, in no collapsed cell
    "formulas": 20,  # displayed ones
    "figures": 30,
    "predictions": 30,
    "explorers": 180,
    "questions": 15,  # of a quiz, beside the reading
}
TIME = re.compile(r"^\*\*Time\*\*: [^.\n]*\.", re.MULTILINE)
SOLUTION = re.compile(r"^([ \t]*)### BEGIN SOLUTION$.*?### END SOLUTION$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
TAG = re.compile(r"</?[a-z][^>]*>")
TARGET = re.compile(r"\]\([^)]*\)")  # of a link, which is not read
ROW = re.compile(r"^(\| \d\d \| .*\(notebooks/(\w+)\.ipynb\).* \|)[^|\n]*\|$", re.MULTILINE)


def counted(cells: Iterable[NotebookNode]) -> Counter[str]:
    """How much of each kind in SECONDS there is in a notebook's cells."""
    parts = (_of_code(cell) if cell.cell_type == "code" else _of_text(cell.source) for cell in cells)
    return sum(parts, Counter())


def _of_text(text: str) -> Counter[str]:
    text = TIME.sub("", text)
    rest = FORMULA.sub(" ", FENCED.sub(" ", text))
    return Counter(
        words=_words(TARGET.sub("]", TAG.sub(" ", rest))),
        lines=sum(map(_lines, FENCED.findall(text))),
        formulas=len(FORMULA.findall(text)),
        predictions=text.count("**Predict.**"),
    )


def _words(text: str) -> int:
    """What stands between blanks and has a letter or a digit."""
    return sum(bool(re.search(r"\w", each)) for each in text.split())


def _lines(code: str) -> int:
    return sum(bool(line.strip()) for line in code.splitlines())


def _of_code(cell: NotebookNode) -> Counter[str]:
    calls = [node for node in ast.walk(_tree(cell)) if isinstance(node, ast.Call)]
    names = [ast.unparse(call.func) for call in calls]
    hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
    found = Counter(
        lines=0 if hidden else _lines(cell.source),
        figures=names.count("plots.show"),
        explorers=sum(re.fullmatch(r"explorers\.\w+", name) is not None for name in names),
    )
    quizzes = (_of_quiz(call) for call, name in zip(calls, names, strict=True) if name == "quiz.show")
    return sum(quizzes, found)


def _tree(cell: NotebookNode) -> ast.Module:
    try:
        return ast.parse(cell.source)
    except SyntaxError as error:
        raise CourseError(
            f"Cell {cell.id} is no Python (line {error.lineno}), so how long it takes is not known."
        ) from None


def _of_quiz(call: ast.Call) -> Counter[str]:
    """What quiz.show shows. Read are the questions, their options, and what is said of the right ones."""
    unit, *rest = [ast.literal_eval(each) for each in call.args]
    asked = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    ids = rest[0] if rest else asked.get("ids")
    questions = [each for each in quiz.load(unit) if ids is None or each["id"] in ids]
    texts = [each["question"] for each in questions]
    options = [option for each in questions for option in each["options"]]
    texts += [option["text"] for option in options]
    texts += [option["explanation"] for option in options if option["correct"]]
    return Counter(questions=len(questions), words=sum(map(_words, texts)))


def of_lecture(cells: Iterable[NotebookNode]) -> int:
    """The minutes that a lecture takes, or a notebook of claims."""
    return round(sum(SECONDS[kind] * count for kind, count in counted(cells).items()) / 60)


def of_assignment(cells: Iterable[NotebookNode], unit: str) -> int:
    """The minutes that the assignment of a unit such as "02" takes, from the cells of its solution."""
    given = [
        NotebookNode(cell, source=SOLUTION.sub(r"\1raise NotImplementedError", cell.source)) for cell in cells
    ]
    return of_lecture(given) + sum(of.minutes for of in exercises_of(unit))


def put_time(notebook: NotebookNode, minutes: int) -> NotebookNode:
    """Write the minutes into the notebook's first cell. Changes the notebook in place and returns it.

    Raises CourseError where the cell has no line for them.
    """
    first = notebook.cells[0]
    first.source, found = TIME.subn(f"**Time**: about {minutes} minutes.", first.source)
    if found != 1:
        title = first.source.partition("\n")[0]
        raise CourseError(
            f"The first cell of “{title}” is to have one line that begins so: **Time**: about 30 minutes."
        )
    return notebook


def put_times(root: Path) -> bytes:
    """The README with the times in its table of units, each row's last column: lecture and assignment."""

    def row(found: re.Match[str]) -> str:
        unit = found[2]
        times = [of_lecture(notebooks.read(root / "notebooks" / f"{unit}.ipynb").cells)]
        solution = root / "solutions" / unit / f"{unit}.ipynb"
        if solution.is_file():
            times.append(of_assignment(notebooks.read(solution).cells, unit[:2]))
        return f"{found[1]} {' + '.join(f'{time} min' for time in times)} |"

    return ROW.sub(row, (root / "README.md").read_text(encoding="utf-8")).encode()
