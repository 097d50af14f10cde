"""How the checks are asked today: the one module here that has to follow when they are built anew."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from course_lib import ledger
from course_lib.exercises.folders import about, exercise_names, find, source, styles
from course_lib.grading import library
from course_lib.judging import verdict as judging
from course_lib.judging.cases import Case
from course_lib.judging.exercise import Misconception
from course_lib.judging.probe import probe

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = sorted(exercise_names())


def own_mistakes(exercise: str) -> list[Misconception]:
    """Without those that a repair shares with the exercise whose program it mends."""
    of = about(exercise)
    further = {known.id for known in find(of.repairs).misconceptions} if of.repairs else set()
    return [known for known in find(exercise).misconceptions if known.id not in further]


def texts(exercise: str) -> list[dict[str, Any]]:
    """The programs that an exercise's folder has now, as text that needs nothing of the checks: of its own
    mistakes, not those of an exercise whose program it repairs, and of its styles."""
    of, found = about(exercise), []
    for known in own_mistakes(exercise):
        for number, wrong in enumerate(known.wrongs, start=1):
            program = of.program.changed(wrong)
            text = f"{program.source}\n\nhanded = {program.handed or program.title}\n"
            name = f"{known.id} {number}" if number > 1 else known.id
            found.append({"name": name, "right": False, "source": text})
    module = ast.parse(source(of.right or exercise, "styles.py"))
    imported = [each for each in module.body if "course_lib.exercises" in ast.unparse(each).split("(")[0]]
    module.body = [each for each in module.body if each not in imported]
    broken = source(exercise, "broken.py") if of.repairs else ""
    for style in styles(exercise):
        handed = f"handed = {style}{'()' if of.repairs else ''}"
        text = f"{broken}\n\n{ast.unparse(module)}\n\n{handed}\n"
        found.append({"name": f"styles/{style}", "right": True, "source": text})
    return found


def begin() -> None:
    """Forget what the checks remember of programs judged before, so that what is said depends on no order."""
    judging._answers.cache_clear()


def said(exercise: str, program: Any, seed: int) -> dict[str, Any]:
    """What is said of a program: points of 100, the id, the sentences, and the first case that fails.

    The sentences are left out where they are the words of that id, which are recorded by themselves.
    """
    np.random.seed(7)  # some programs are wrong in that they draw from here
    cases = _cases(exercise, seed)
    evidence = probe(program, [case.asked for case in cases], seconds=60)
    report = judging.verdict(find(exercise), cases, evidence)
    what = {"passed": report.passed, "points": report.points(100), "id": report.diagnosis}
    found = report.diagnosed
    if found:
        known = words(exercise).get(found.id or "")
        if not known or (found.text, found.hint) != (known["says"], known["hint"]):
            what["says"] = " ".join(filter(None, (f"{found.title}:", found.text, found.hint)))
        what["case"] = next(f"{case.name}: {case.message}" for case in report.cases if not case.passed)
    return {name: _ours(fact) if isinstance(fact, str) else fact for name, fact in what.items()}


@cache
def _cases(exercise: str, seed: int) -> list[Case]:
    return find(exercise).cases(seed)


def _ours(text: str) -> str:
    """A sentence without what NumPy or Python says in it, which is another in another version."""
    return re.sub(r"(?<=raised )(\w+) \(.*?\), in line \d+", r"\1 (…), in line …", text)


@cache
def words(exercise: str) -> dict[str, dict[str, Any]]:
    """What is said of each mistake, in the order in which they are held against a student's program."""
    return {
        known.id: {"says": known.explanation, "hint": known.hint, "convention": known.convention}
        for known in find(exercise).misconceptions
    }


def hidden(exercise: str, folder: Path) -> list[str]:
    """The classes and functions that are stubs in the library that is built for grading this exercise."""
    library.build(folder, library.hidden([exercise]))
    package = folder / "course_lib"
    return sorted(
        f"{path.relative_to(package).with_suffix('').as_posix().replace('/', '.')}.{node.name}"
        for path in package.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and "raise NotHere(" in ast.unparse(node)
    )


def released() -> dict[str, dict[str, Any]]:
    """Unit → cell id → what grading goes by: the grade id, the kind of cell, its points, its checks."""
    units = sorted((ROOT / "assignments").glob("*/*.ipynb"))
    return {
        path.relative_to(ROOT / "assignments").with_suffix("").as_posix(): {
            cell.id: _of_cell(cell) for cell in nbformat.read(path, as_version=nbformat.NO_CONVERT).cells
        }
        for path in units
    }


def claims() -> dict[str, dict[str, Any]]:
    """Unit → a claim as it is taught → its verdict and what was measured, on the unit's path or beside it."""
    folder = ROOT / "notebooks"
    pages = sorted([*folder.glob("[0-9][0-9]_*.ipynb"), *folder.glob("claims/[0-9][0-9]_*.ipynb")])
    found: dict[str, dict[str, Any]] = {}
    for page in pages:
        said = {each.taught: {"verdict": each.verdict, "figure": each.figure} for each in ledger.claims(page)}
        found.setdefault(page.stem, {}).update(said)
    return found


def _of_cell(cell: nbformat.NotebookNode) -> dict[str, Any]:
    marks = cell.metadata.get("nbgrader", {})
    facts = {"type": cell.cell_type, "grade_id": marks.get("grade_id"), "points": marks.get("points")}
    facts["kind"] = [kind for kind in ("grade", "solution", "task", "locked") if marks.get(kind)]
    facts["checks"] = list(_checks(cell.source)) if cell.cell_type == "code" else []
    return {name: fact for name, fact in facts.items() if fact not in (None, [])}


def _checks(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "check":
            yield ast.unparse(node)
