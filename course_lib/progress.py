"""What a student has done, kept in a file of the student's own and sent nowhere.

`progress.jsonl` in the course's folder has a line of JSON for each thing that was done:

    {"when": "2026-11-29T14:05", "check": "adam", "score": 0.57}
    {"when": "2026-11-29T14:20", "quiz": "02_adaptive_optimizers", "question": "epsilon",
     "answer": "…", "right": false}

Who deletes the file, or lines of it, makes the course forget them, and nothing else. A line is only ever
added, so two notebooks at once take nothing from each other. Outside of a course, or where its folder cannot
be written, the file is `.course-progress.jsonl` in the home directory.
"""

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from course_lib import texts
from course_lib.course_folder import course_folder
from course_lib.errors import CourseError

say = texts.beside(__file__)

NAME = "progress.jsonl"


@dataclass(frozen=True)
class Done:
    """What a line says was done: a check by its exercise, or a question by its quiz, and how it went.

    score   of a check, the share of its cases that passed; of a question, 1 or 0
    answer  the text of the option that was chosen
    again   the quiz was one that is taken a second time
    """

    when: str
    check: str = ""
    quiz: str = ""
    question: str = ""
    answer: str = ""
    score: float = 0.0
    again: bool = False


def live() -> bool:
    """Whether a person's front end has sent the cell that runs now.

    Front ends say which cell it is. What runs whole notebooks by itself does not: nbclient, and with it
    nbgrader's Validate and autograde, `course check` and nbconvert; nor is there a kernel in the sandbox.
    A kernel in a browser does not know which cell it is, and has nobody else to send one.
    """
    if "google.colab" in sys.modules:
        return True
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if sys.platform == "emscripten":
        return kernel is not None
    parent_of = getattr(kernel, "get_parent", None)
    parent = parent_of("shell") if parent_of else {}
    return "cellId" in parent.get("metadata", {})


def checked(exercise: str, score: float) -> None:
    """Note the result of a check."""
    _add({"check": exercise, "score": round(score, 4)})


def answered(quiz: str, question: str, answer: str, right: bool, again: bool = False) -> None:
    """Note the answer to a question of a quiz."""
    line = {"quiz": quiz, "question": question, "answer": answer, "right": right}
    _add(line | ({"again": True} if again else {}))


def places() -> list[Path]:
    """Where lines are looked for, and added to the first that can be written."""
    found = [Path.home() / f".course-{NAME}"]
    with contextlib.suppress(CourseError):  # a notebook on its own
        found.insert(0, course_folder() / NAME)
    return found


def _add(what: dict[str, Any]) -> None:
    line = {"when": datetime.now().isoformat(timespec="minutes"), **what}
    data = json.dumps(line, ensure_ascii=False).encode() + b"\n"
    first, *_ = tried = places()
    for path in tried:
        try:
            with path.open("ab+") as file:
                file.seek(-1 if file.tell() else 0, os.SEEK_END)
                torn = file.read(1) not in (b"", b"\n")  # a line that was cut off stays one line
                file.write(b"\n" + data if torn else data)
        except OSError:
            continue
        if path != first:
            _tell(say("kept-elsewhere", first=first, path=path))
        _refresh()
        return
    _tell(say("not-kept", path=first))


@cache
def _tell(sentence: str) -> None:
    """Once in a kernel."""
    print(sentence)


def _refresh() -> None:
    """Bring the course's home up to date, where it has one."""
    from course_lib import home  # which imports this module

    with contextlib.suppress(CourseError, OSError):
        home.refresh(course_folder())


def done() -> tuple[list[Done], list[str]]:
    """All that was done, in order; and a sentence for each file of which something cannot be read."""
    found: list[Done] = []
    complaints = []
    for path in places():
        try:
            lines = path.read_bytes().splitlines()
        except FileNotFoundError:
            continue
        except OSError as error:
            complaints.append(say("unreadable", path=path, reason=error.strerror))
            continue
        read = [_read(line) for line in lines]
        found += [each for each in read if each]
        if bad := [str(number) for number, each in enumerate(read, 1) if each is None and lines[number - 1]]:
            key = "line-unreadable" if len(bad) == 1 else "lines-unreadable"
            complaints.append(say(key, path=path, lines=", ".join(bad)))
    return sorted(found, key=lambda each: each.when), complaints


def _read(line: bytes) -> Done | None:
    try:
        said = json.loads(line)
        if "check" in said:
            return Done(_text(said["when"]), check=_text(said["check"]), score=min(1.0, float(said["score"])))
        return Done(
            _text(said["when"]),
            quiz=_text(said["quiz"]),
            question=_text(said["question"]),
            answer=_text(said["answer"]),
            score=float(said["right"]),
            again=bool(said.get("again", False)),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def best_checks(those: list[Done]) -> dict[str, Done]:
    """Each exercise's best check, the first of equals."""
    best: dict[str, Done] = {}
    for each in those:
        if each.check and (each.check not in best or each.score > best[each.check].score):
            best[each.check] = each
    return best


def last_answers(those: list[Done], again: bool = False) -> dict[tuple[str, str], Done]:
    """(quiz, question) → the last answer, of those given the first time, or when the quiz is taken again."""
    return {(each.quiz, each.question): each for each in those if each.quiz and each.again == again}
