"""What checks show, as JSON: run in a process of its own, whose COURSE_LANGUAGE is a translation.

The programs are those of `frozen`: of each exercise its right one, and as many others as it takes to hear
each sentence that is recorded, whatever the numbers in it; then code that breaks, or returns anything.
"""

import json
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import numpy as np
from frozen import asking, programs, recorded
from small_course import CELLS, notebook

from course_lib import home, progress, quiz
from course_lib.carry_over import Parts
from course_lib.checks import _borrowed, check
from course_lib.exercises._repair import _broken
from course_lib.exercises.batchnorm_staged.nodes import BEHIND
from course_lib.exercises.clinic.cases import looks
from course_lib.exercises.diagnose.cases import CAUSES
from course_lib.exercises.folders import about, exercise_names, find
from course_lib.grading import feedback, reading, unpacking, versions
from course_lib.grading.gradebook import Scores
from course_lib.grading.judging import say
from course_lib.grading.playing import PlayedCell
from course_lib.grading.scoring import why_stopped
from course_lib.judging import explaining
from course_lib.judging.beside import first_seen
from course_lib.judging.exercise import CannotCheck, Exercise, Result
from course_lib.judging.probe import Asked, Evidence, probe
from course_lib.judging.verdict import verdict
from course_lib.planted import CAUSES as PLANTED
from course_lib.progress import Done

ROOT = Path(__file__).resolve().parents[1]

SEED = recorded.SEEDS[0]
SECONDS = 0.5  # until a loop without end is ended
FEW = 50  # in calls, as `explaining` has them: which two mistakes explain it does not matter here
NAMES = ("self", "dx", "dgain", "NaN", "axis")  # of contracts and of NumPy
# Of who names a cause, or the test that proves it.
ANSWERS = {"clinic": (*PLANTED, *looks()), "diagnose": CAUSES, "diagnose_runs": CAUSES}
WORDS = re.compile(r"\w+")
STYLE = re.compile("<style>.*?</style>", re.DOTALL)
PATHS = re.compile(r"[\w.]+(/[\w.]+)+")
NUMBERS = re.compile(r"[\d.,%−e-]+")


def sample() -> Iterator[tuple[str, Any]]:
    """Exercise, program: so that each kind of sentence is heard once."""
    heard: set[str] = set()
    for exercise in asking.EXERCISES:
        yield exercise, find(exercise).reference
        every = programs.every(exercise)
        for (_, name, seed), said in recorded.verdicts(exercise).items():
            kinds = {NUMBERS.sub("#", said[key]) for key in ("says", "case") if key in said}
            if seed == SEED and not kinds <= heard:
                heard |= kinds
                yield exercise, every[name]()


def broken() -> Iterator[tuple[str, Any]]:
    """Code that breaks, in the words of other libraries too; that returns garbage; that never ends."""
    for body in BODIES:
        space: dict[str, Any] = {"np": np}
        exec(SGD.format(body=body), space)
        yield "sgd", space["SGD"]
    for init in INITS:
        space = {"np": np}
        exec(f"class Adam:\n{init}\n    def step(self, theta, gradient): return theta - self.lr", space)
        yield "adam", space["Adam"]
    garbage = (None, 3, True, "a", [1.0], (), {}, object(), np.ones(3), np.ones((2, 2)), np.array("x"))
    for exercise in asking.EXERCISES:
        if not find(exercise).method and exercise != "capstone":
            for value in garbage:
                yield exercise, lambda *_, value=value, **__: value


SGD = """class SGD:
    def __init__(self, lr):
        self.lr = lr
    def step(self, theta, gradient):
        {body}
        return theta"""
BODIES = (
    "raise NotImplementedError", "while True: pass", "return None", "return [1.0]", "return theta[:1]",
    "return theta.astype(int)", "return 'a'", "print('aloud'); return theta",
    "gradient *= 2; return theta - self.lr * gradient", "return self.rate", "return theta.clone()",
    "return theta.sqrt_()", "return theta.assign_sub(gradient)", "import torch",
    "return np.sum(gradient, dim=0)", "return {theta: 0}", "return {1: 0}[id(theta)]", "return theta.size(0)",
    "return np.array(theta, copy=1, dim=2)", "return rho", "return np.linalg.solve(theta, gradient)",
    "raise ValueError", "return 1 / 0 * theta", "raise SystemExit", "return gradient(theta)",
    "return object()", "return np.log(-np.abs(theta))", "return np.array(['a'])",
)  # fmt: skip
INITS = (
    "    def __init__(self): self.lr = 1", "    def __init__(self, rate): self.lr = rate",
    "    def __init__(self, lr, /, beta1=0.9, beta2=0.999, eps=1e-8): self.lr = lr",
    "    def __init__(self, lr=0.5, beta1=0.9, beta2=0.999, eps=1e-8): self.lr = lr",
    "    def __init__(self, lr=0.001, beta2=0.999, beta1=0.9, eps=1e-8): self.lr = lr",
    "    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8): pass",
    "    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8): raise ValueError('no')",
    "    pass",
)  # fmt: skip


def own(evidence: Evidence) -> set[str]:
    """What a student's code said: what its errors say and where, what it printed."""
    found = {evidence.get("printed", "").strip(), *evidence.get("warnings", ())}
    for event in (event for case in evidence["cases"] for event in case):
        if "error" in event:
            error = event["error"]
            found |= {error["message"] or "", error["text"], error["type"]}
    return found - {""}


def strings(value: Any) -> Iterator[str]:
    """All texts in JSON, but the names of objects, which are shown in words."""
    if isinstance(value, dict):
        inner = [each for key, each in value.items() if key not in ("make", "on")]
        yield from (text for each in inner for text in strings(each))
    elif isinstance(value, list | tuple):
        yield from (text for each in value for text in strings(each))
    elif isinstance(value, str):
        yield value


def names(exercise: Exercise, asked: list[Asked], evidence: Evidence) -> set[str]:
    """What stands in a student's code, or goes in there or comes out: names, and texts that are values."""
    calls = [call for case in asked for call in case.calls]
    given = [name for call in calls for name in (*call.get("arguments", {}), *call.get("defaults", {}))]
    values = strings([[case.data() for case in asked], evidence, NAMES, [*BEHIND]])
    given += ANSWERS.get(exercise.name, ())
    of = exercise.name, exercise.title, exercise.method, *_of_repair(exercise.name)
    code = *evidence["signature"], about(exercise.name).pytorch
    return {word for text in (*values, *given, *code, *of) for word in WORDS.findall(text)}


def _of_repair(exercise: str) -> Iterator[str]:
    """The exercise that a broken program should answer, and the program's name."""
    if about(exercise).repairs:
        yield about(exercise).repairs
        yield _broken(about(exercise)).__name__


def drawn(exercise: Exercise, result: Result) -> str:
    """What stands in the picture of the answers beside the right ones."""
    seen = [pair.seen for pair in first_seen(exercise, result)]
    told = [(each.place, each.title, each.x, each.y, each.names_x, each.names_y) for each in seen]
    return "\n".join(strings(told))


def shown() -> Iterator[dict[str, Any]]:
    for exercise, student in (*sample(), *broken()):
        np.random.seed(7)
        of, cases = find(exercise), asking._cases(exercise, SEED)
        if about(exercise).repairs and not isinstance(student, tuple):
            student = ("?", student, student)
        asked = [case.asked for case in cases]
        evidence = probe(student, asked, seconds=SECONDS if exercise == "sgd" else None)
        report = verdict(of, cases, evidence)
        assert report.result
        yield {
            "exercise": exercise,
            "texts": [report.text(2), report.html(), drawn(of, report.result), *_borrowed(of, student)],
            "own": sorted(own(evidence)),
            "names": sorted(names(of, asked, evidence)),
        }


def around() -> Iterator[dict[str, Any]]:
    """What else a student reads: of a call that is not right, of what was done and what was carried over."""
    adam = find("adam").program.answer()
    assert isinstance(adam, type)
    calls = ((), ("adam",), ("adam", adam()), ("adam", 3), ("adam", adam, -1), ("nothing", adam))
    with redirect_stdout(StringIO()) as printed:
        Parts({"Adam": adam})
    texts = [_refused(call) for call in calls] + [printed.getvalue()]
    quizzes = [
        (path.stem, question) for path in quiz.FOLDER.glob("*.json") for question in quiz.load(path.stem)
    ]
    wrong = [
        Done("2026-01-01", quiz=of, question=each["id"], score=float(n % 2))
        for n, (of, each) in enumerate(quizzes)
    ]
    again = [replace(each, again=True, answer="another") for each in wrong[:3]]
    checks = [Done("2026-01-02", check=name, score=n / 2 % 1) for n, name in enumerate(exercise_names())]
    for done in ([], wrong[:9], [*wrong, *again, *checks]):
        with patch.object(progress, "done", lambda done=done: (done, [])):
            texts += [PATHS.sub(" ", page.replace("\\_", "_")) for page in (home.page(ROOT), home.text(ROOT))]
    options = [(each, option["text"]) for _, each in quizzes for option in each["options"]]
    texts += [quiz.html([each], before={each["id"]: text}) for each, text in options[::7]]
    titles = [unit.title for unit in home.units(ROOT, [])]
    names = [about(name).title for name in exercise_names()]
    own = [*titles, quiz.STYLE, *exercise_names()]
    yield {"exercise": "", "texts": texts, "own": own, "names": ["check", "nothing", "md", "home", *names]}


def returned() -> Iterator[dict[str, Any]]:
    """A page of feedback on each kind of cell, and why a cell has a zero; with what was a mess before."""
    cells = [nbformat.from_dict(cell) for name in CELLS for cell in CELLS[name]]
    ids = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells]
    scores = Scores(3.0, 20.5, 1.0, dict.fromkeys(ids, (1.0, 2.0)), dict.fromkeys(ids, say("no-response")))
    page = feedback.page("unit", nbformat.writes(notebook(cells)), scores)
    texts = [STYLE.sub("", page), *map(versions.told, ((), {"9"}))]
    for why in ("memory", "time", "over", "cpu", "exit", "output", "processes", "locks", "marks"):
        texts.append(why_stopped(PlayedCell("died", why=why)))
    texts += [why_stopped(PlayedCell(status)) for status in ("timeout", "not run")]
    for content in (b"", b"<html>", b"{", b"<<<<<<< >>>>>>>", b"\xff", b"{}", b'{"cells": [' + b"[" * 2000):
        try:
            reading.cells_of(content)
        except reading.Unreadable as why:
            texts.append(str(why))
        else:
            raise AssertionError(f"{content!r} is taken for a notebook")
    packed = {
        f"{number}.zip": mark + bytes(99) for number, mark in enumerate((*unpacking.UNOPENED, b"PK\3\4"))
    }
    texts += unpacking.unpacked(packed)[1]
    code = [*ids, "unit", *(cell["source"] for cell in cells)]
    yield {"exercise": "", "texts": texts, "own": [], "names": WORDS.findall(" ".join(code))}


def _refused(call: tuple[Any, ...]) -> str:
    try:
        check(*call)
    except CannotCheck as error:
        return str(error)
    raise AssertionError(f"{call} is taken for right")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with patch.object(explaining, "ALONE", FEW), patch.object(explaining, "TOGETHER", FEW):
        json.dump([*shown(), *around(), *returned()], sys.stdout)
