"""The course's home: the units with what is done, where to go on, and what to look at again.

A page of Markdown at the top of the course, which `course lab` opens; `course progress` prints the same. It
is made from the notebooks, the exercises and the file of `progress`, and made anew when something is added.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from course_lib import progress, quiz, texts
from course_lib.course_folder import pages
from course_lib.errors import CourseError
from course_lib.exercises.folders import About, exercises_of

say = texts.beside(__file__)

PAGE = "home.md"
REFERENCE = "docs/reference.md"
LEDGER = "notebooks/claims/index.ipynb"


FULL = re.compile(r"(?:, written answers (\d+))?\. That makes (\d+), full marks")


@dataclass(frozen=True)
class Unit:
    """A unit, and what is done of it.

    name      "02_adaptive_optimizers"
    title     "Adaptive optimisers"
    full      the points that are full marks, as far as checks bring them; 0 where there is no assignment
    checks    each exercise of its assignment, in the order there, with its best check
    asked     the questions of its quiz: each with the last answer
    """

    name: str
    title: str
    full: float
    checks: tuple[tuple[About, progress.Done | None], ...]
    asked: tuple[tuple[str, progress.Done | None], ...]

    @property
    def label(self) -> str:
        return f"{self.name[:2]} · {self.title}"

    @property
    def lecture(self) -> str:
        return f"notebooks/{self.name}.ipynb"

    @property
    def claims(self) -> str:
        return f"notebooks/claims/{self.name}.ipynb"

    @property
    def assignment(self) -> str:
        return f"assignments/{self.name}/{self.name}.ipynb"

    @property
    def done(self) -> list[progress.Done]:
        return [each for _, each in (*self.checks, *self.asked) if each]

    @property
    def points(self) -> float:
        return round(sum(points(about, done) for about, done in self.checks), 2)

    @property
    def quiz_words(self) -> str:
        """How the quiz stands, "" where it has not been begun."""
        given = [each for _, each in self.asked if each]
        right = sum(each.score == 1 for each in given)
        open_ = len(self.asked) - len(given)
        key = "quiz-open" if open_ else "quiz"
        return say(key, right=right, count=len(self.asked), open=open_) if given else ""

    @property
    def check_words(self) -> str:
        """How the assignment stands: the points, and the day of the last that were won."""
        days = [done.when[:10] for _, done in self.checks if done]
        return say("points", points=self.points, full=self.full, day=max(days)) if days else ""

    @property
    def exercise_words(self) -> str:
        """Which exercises have passed their check, which were tried, and which not; "" before the first."""
        passed = [self._called(about) for about, done in self.checks if done and done.score == 1]
        tried = [self._called(about) for about, done in self.checks if done and done.score < 1]
        left = [self._called(about) for about, done in self.checks if not done]
        named = {"passed": passed, "not-yet": tried, "to-do": left}
        if not passed and not tried:
            return ""
        counts = {"passed": len(passed), "count": len(self.checks)}
        return "; ".join(
            say(f"exercises.{which}", names=", ".join(names), **counts)
            for which, names in named.items()
            if names
        )

    def _called(self, about: About) -> str:
        """Its title, or where another of the unit has that too, its name."""
        titles = [each.title for each, _ in self.checks]
        return about.title if titles.count(about.title) == 1 else about.name


def points(about: About, done: progress.Done | None) -> float:
    """What a check brings, as the graded cell counts it."""
    return round(about.points * done.score, 2) if done else 0.0


def units(root: Path, those: list[progress.Done]) -> list[Unit]:
    """The course's units in order, as far as they are done. Raises CourseError where there are none."""
    best = progress.best_checks(those)
    last = progress.last_answers(those) | progress.last_answers(those, again=True)
    lectures = pages(root / "notebooks")
    if not lectures:
        raise CourseError(f"There is no lecture in {root / 'notebooks'}, so there is nothing to tell of.")
    return [_unit(path, best, last) for path in lectures]


def _unit(lecture: Path, best: dict[str, progress.Done], last: dict[tuple[str, str], progress.Done]) -> Unit:
    name = lecture.stem
    title = _text(lecture).partition("\n")[0].partition("·")[2].partition(":")[0].strip()
    assignment = _text(lecture.parents[1] / "assignments" / name / f"{name}.ipynb")
    there = sorted(exercises_of(name[:2]), key=lambda about: assignment.find(f'check("{about.name}"'))
    checks = tuple((about, best.get(about.name)) for about in there)
    told = FULL.search(assignment)
    most = sum(about.points for about in there)
    full = min(most, float(told[2]) - float(told[1] or 0)) if told else most
    questions = quiz.load(name) if (quiz.FOLDER / f"{name}.json").is_file() else []
    asked = tuple((each["question"], last.get((name, each["id"]))) for each in questions)
    return Unit(name, title or name, full, checks, asked)


def _text(notebook: Path) -> str:
    """What a notebook's cells say, one below the other; "" where that cannot be read."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells)
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def next_step(those: list[Unit]) -> tuple[str, str]:
    """Where to go on, in words, and its notebook: what is open of the unit begun last, or the next."""
    begun = max((i for i, unit in enumerate(those) if unit.done), default=0)
    for unit in [*those[begun:], *those[:begun]]:
        if not unit.done:
            return unit.label, unit.lecture
        if not all(each for _, each in unit.asked):
            return say("next.quiz", unit=unit.label), unit.lecture
        if unit.points < unit.full:
            return say("next.assignment", unit=unit.label), unit.assignment
    return say("next.all-done"), those[-1].lecture


def page(root: Path) -> str:
    """The home as Markdown, with links from the top of the course."""
    done, complaints = progress.done()
    those = units(root, done)
    words, target = next_step(those)
    lines = [
        say("page.heading"),
        "",
        say("page.go-on" if done else "page.begin", next=f"[{words}]({target})"),
        "",
        say("page.columns"),
        "|---|---|---|---|",
    ]
    for unit in those:
        asked = f"[{unit.check_words or say('open')}]({unit.assignment})" if unit.checks else ""
        asked += " ✓" if unit.checks and unit.points >= unit.full else ""
        asked += f"<br>{_markdown(unit.exercise_words)}" if unit.exercise_words else ""
        tested = f"[{say('page.tested')}]({unit.claims})" if (root / unit.claims).is_file() else ""
        lines.append(f"| [{unit.label}]({unit.lecture}) | {tested} | {unit.quiz_words} | {asked} |")
    if again := to_look_at(those):
        lines += ["", say("page.again"), ""]
        lines += [f"- {_markdown(what)} ([{where}]({target}))" for what, where, target in again]
    if repeated := _repeated(done):
        lines += ["", say("agenda", repeated=repeated)]
    to_look_up = {"page.reference": REFERENCE, "page.ledger": LEDGER}
    if there := [f"[{say(what)}]({path})" for what, path in to_look_up.items() if (root / path).is_file()]:
        lines += ["", say("page.look-up", pages="; ".join(there))]
    lines += ["", *(f"> {_markdown(complaint)}\n" for complaint in complaints)]
    lines.append(say("page.made-from", file=progress.places()[0].name))
    return "\n".join(lines) + "\n"


def text(root: Path) -> str:
    """The same for a command line."""
    done, complaints = progress.done()
    those = units(root, done)
    width = max(len(unit.label) for unit in those)
    lines = []
    for unit in those:
        quiz_words = say("text.quiz", how=unit.quiz_words or say("open"))
        asked = say("text.assignment", how=unit.check_words or say("open")) if unit.checks else ""
        lines.append(f"{unit.label:{width}}   {quiz_words:24}   {asked}".rstrip())
        lines += [f"     {unit.exercise_words}"] if unit.exercise_words else []
    if again := to_look_at(those):
        lines += ["", say("text.again"), *(f"- {what} ({where})" for what, where, _ in again)]
    if repeated := _repeated(done):
        lines += ["", say("agenda", repeated=repeated)]
    words, target = next_step(those)
    lines += ["", say("text.go-on" if done else "text.begin", next=words, target=target), *complaints]
    return "\n".join(lines)


def to_look_at(those: list[Unit]) -> list[tuple[str, str, str]]:
    """What went wrong last: in words, where that was, and its notebook."""
    found = []
    for unit in those:
        wrong = [question for question, each in unit.asked if each and not each.score]
        found += [(question, say("lecture", number=unit.name[:2]), unit.lecture) for question in wrong]
        for about, done in unit.checks:
            if done and done.score < 1:
                words = say("exercise", name=about.name, points=points(about, done), most=about.points)
                found.append((words, say("assignment", number=unit.name[:2]), unit.assignment))
    return found


def _repeated(done: list[progress.Done]) -> str:
    """How the answers of a quiz that was taken again differ from the first ones."""
    now, before = progress.last_answers(done, again=True), progress.last_answers(done)
    if not now:
        return ""
    changed = sum(of in before and before[of].answer != each.answer for of, each in now.items())
    right, once = (sum(answers[of].score == 1 for of in now if of in answers) for answers in (now, before))
    return say("repeated", right=right, count=len(now), once=once, changed=changed)


def _markdown(words: str) -> str:
    """Plain text with code in backticks, as Markdown that shows just that."""
    parts = words.split("`")
    return "`".join(
        re.sub(r"([\\*_\[\]<>$|#~])", r"\\\1", part) if i % 2 == 0 else part for i, part in enumerate(parts)
    )


def write(root: Path) -> Path:
    """Write the page; return its path. Raises OSError where the course's folder cannot be written."""
    path = root / PAGE
    new = path.with_suffix(".part")
    new.write_text(page(root), encoding="utf-8")
    return new.replace(path)


def refresh(root: Path) -> None:
    """Write the page where there is one."""
    if (root / PAGE).is_file():
        write(root)
