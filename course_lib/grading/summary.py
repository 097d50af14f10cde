"""A class in tables and bars: how each exercise went, and which mistakes to talk about next."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from course_lib.grading.guards import SENTENCES
from course_lib.grading.outcomes import (
    LEFT_OUT,
    NONE,
    REPAIR,
    UNWRITTEN,
    VERSION,
    ZERO,
    Result,
    cells,
    remarks,
    without_score,
)
from course_lib.grading.pages import template
from course_lib.grading.wording import line

Key = tuple[str, str]  # notebook, grade_id
MOST_REMARKS = 1000  # different ones that are told apart; students' own words occur in them
MOST_NAMES = 500  # that are kept with a remark
SHOWN = 12  # misconceptions in the figure
WIDE, INDENT = 110, " " * 6  # of lines of names in the terminal
OTHER = "other reasons"
ALIKE = "(or alike)"  # behind one of several reasons that differ in a file's name or a number
FILE, NUMBER = "…", "#"  # where reasons may differ and be told together all the same
KINDS = {
    NONE: "No score, which is blank and not 0: ask for what is damaged, grade again, or give one by hand",
    ZERO: "Zeros, and why",
    REPAIR: "Put in order before grading",
    VERSION: "Last checked with another version of the course",
    LEFT_OUT: "Not graded, and not among the submissions",
}


@dataclass(frozen=True)
class Exercise:
    """How a graded cell went: in points, and in numbers of students.

    graded      those who have a score; mean and median are theirs, None where nobody has one
    full, zero  those with full points, and with none
    unwritten   those who left it as it was released
    none        those who have no score, as something failed
    by_hand     those whose score a human gives
    unverified  those whose score no verdict from outside the sandbox stands behind
    """

    name: str
    max: float
    graded: int
    mean: float | None
    median: float | None
    full: int
    zero: int
    unwritten: int
    none: int
    by_hand: int
    unverified: int


@dataclass(frozen=True)
class Misconception:
    """A known mistake: in how many submissions, and in what share of those that fell short of full points."""

    exercise: str
    id: str
    title: str
    count: int
    share: float


@dataclass
class Group:
    """Students of whom the same is to be said; kind: one of KINDS. Of many, the first are kept by name."""

    kind: str
    exercises: str
    text: str
    count: int = 0
    students: list[str] = field(default_factory=list)
    alike: bool = False

    def add(self, student: str, text: str) -> None:
        """One more, of whom the same is said, or what differs in a file's name or a number only."""
        self.count += 1
        self.alike |= text != self.text
        self.text = min(self.text, text)
        if len(self.students) < MOST_NAMES:
            self.students.append(student)

    @property
    def told(self) -> str:
        return f"{self.text} {ALIKE}" if self.alike else self.text

    @property
    def names(self) -> str:
        shown = ", ".join(line(name) for name in sorted(self.students))
        rest = self.count - len(self.students)
        return f"{shown} and {rest} more (see scores.csv)" if rest else shown


@dataclass
class _Tally:
    """What is kept of a graded cell while results come in: how often each score and mistake is."""

    max: float = 0.0
    scores: Counter[float] = field(default_factory=Counter)
    unwritten: int = 0
    none: int = 0
    by_hand: int = 0
    unverified: int = 0
    diagnoses: Counter[str] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)

    def add(self, score: Mapping[str, Any]) -> None:
        self.max = score["max"]
        if score["outcome"] == NONE:
            self.none += 1
            return
        self.unverified += not score["verified"]
        if score["auto"] is None:
            self.by_hand += 1
            return
        self.scores[round(score["auto"], 2)] += 1
        if score.get("diagnosis") == UNWRITTEN:
            self.unwritten += 1
        elif score.get("diagnosis"):
            self.diagnoses[score["diagnosis"]] += 1
            self.titles[score["diagnosis"]] = line(score.get("title") or score["diagnosis"])

    def exercise(self, name: str) -> Exercise:
        graded = self.scores.total()
        return Exercise(
            name,
            self.max,
            graded,
            sum(score * count for score, count in self.scores.items()) / graded if graded else None,
            _median(self.scores) if graded else None,
            full=sum(count for score, count in self.scores.items() if score >= round(self.max, 2)),
            zero=self.scores[0.0],
            unwritten=self.unwritten,
            none=self.none,
            by_hand=self.by_hand,
            unverified=self.unverified,
        )


@dataclass(frozen=True)
class Summary:
    """What a class did, as `class_summary` counted it; the most frequent first.

    groups   what was said of whom beside the scores
    missing  the students without a score that the machine was to give, sorted
    guards   what held their runs in, in sentences
    """

    students: int
    exercises: tuple[Exercise, ...]
    misconceptions: tuple[Misconception, ...]
    groups: tuple[Group, ...]
    missing: tuple[str, ...]
    guards: tuple[str, ...]

    def text(self) -> str:
        """Tables for the terminal, and below them who was not judged, or not as handed in, and why."""
        parts = [self._size()]
        for title, heads, rows in self._tables():
            parts += ["", title, _table(heads, rows)] if rows else []
        for kind, title in KINDS.items():
            groups = [group for group in self.groups if group.kind == kind]
            parts += ["", title] if groups else []
            for group in groups:
                about = f"{group.exercises}: " if group.exercises else ""
                parts += [f"{group.count:4}  {about}{group.told}", *_wrapped(group.names)]
        parts += ["", *self.guards] if self.guards else []
        return "\n".join(parts)

    def html(self, unit: str) -> str:
        """A page with bars and tables, which needs no other file. unit: what it is of."""
        tables = [table for table in self._tables() if table[2]]
        for kind, title in KINDS.items():
            rows = [
                [group.exercises or "–", str(group.count), group.told, group.names]
                for group in self.groups
                if group.kind == kind
            ]
            tables += [(title, ["exercise", "count", "what", "who"], rows)] if rows else []
        return template("summary.html.j2").render(
            title=f"{unit}: {self._size()}", bars=self._bars(), tables=tables, guards=self.guards
        )

    def _size(self) -> str:
        return f"{self.students} submission{'s' * (self.students != 1)}"

    def _bars(self) -> list[tuple[str, list[tuple[str, float, str]]]]:
        """(title, bars) of each chart: a bar's name, its length in % of the longest possible, its label."""
        scored = [one for one in self.exercises if one.mean is not None and one.max > 0]
        frequent = self.misconceptions[:SHOWN]
        most = max((one.count for one in frequent), default=1)
        return [
            (
                "Mean score, in % of the points",
                [
                    (one.name, percent, f"{percent:.0f} %")
                    for one in scored
                    for percent in [100 * (one.mean or 0) / one.max]
                ],
            ),
            (
                "Misconceptions, and % of those who fell short",
                [
                    (
                        f"{one.exercise}: {one.title}",
                        100 * one.count / most,
                        f"{one.count} ({100 * one.share:.0f} %)",
                    )
                    for one in frequent
                ],
            ),
        ]

    def _tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """(title, heads, rows) of each table; the first column is a name, the last may be a sentence."""
        exercises = [
            [
                one.name,
                *(
                    ["–", "–"]
                    if one.mean is None or one.median is None
                    else [f"{one.mean:.2f}", f"{one.median:g}"]
                ),
                f"{one.max:g}",
                *map(str, (one.full, one.zero, one.unwritten, one.none, one.by_hand, one.unverified)),
            ]
            for one in self.exercises
        ]
        misconceptions = [
            [one.exercise, str(one.count), f"{100 * one.share:.0f} %", one.title]
            for one in self.misconceptions
        ]
        counts = ["full", "zero", "not written", "no score", "by hand", "unverified"]
        return [
            ("Scores", ["exercise", "mean", "median", "of", *counts], exercises),
            (
                "Misconceptions (share: of those who fell short of full points)",
                ["exercise", "count", "share", "what went wrong"],
                misconceptions,
            ),
        ]


def class_summary(
    results: Iterable[Result],
    titles: Mapping[Key, str] | None = None,
    left_out: Mapping[str, str] | None = None,
) -> Summary:
    """Sum up a class. Results are looked at one by one, and none is kept.

    titles: (notebook, grade_id) → what a reader knows the cell by; see `assignment.titles`.
    left_out: what was not graded, by name → why.
    """
    known = titles or {}
    tallies: dict[Key, _Tally] = {}
    groups: dict[tuple[str, str, str], Group] = {}
    missing = []
    guards: Counter[str] = Counter()
    students = guarded = 0

    def tell(student: str, kind: str, which: str, text: str) -> None:
        told = (kind, which, alike(text))
        if told not in groups and len(groups) >= MOST_REMARKS:
            told, which, text = (kind, "", OTHER), "", OTHER
        groups.setdefault(told, Group(kind, which, text)).add(student, text)

    for result in results:
        students += 1
        if told := result.get("guards"):  # of what did not get to be run, nothing is told
            guarded += 1
            guards.update(told)
        if without_score(result):
            missing.append(result["student"])
        for notebook, name, score in cells(result):
            tallies.setdefault((notebook, name), _Tally()).add(score)
        for remark in remarks(result):
            which = remark.whole or ", ".join(_shown(key, known) for key in remark.cells)
            tell(result["student"], remark.kind, line(which), remark.text)
    for name, why in (left_out or {}).items():
        tell(name, LEFT_OUT, "", line(why))
    exercises = tuple(tally.exercise(_shown(key, known)) for key, tally in tallies.items())
    misconceptions = [
        Misconception(
            exercise.name, id, tally.titles[id], count, count / max(count, exercise.graded - exercise.full)
        )
        for exercise, tally in zip(exercises, tallies.values(), strict=True)
        for id, count in tally.diagnoses.items()
    ]
    return Summary(
        students,
        exercises,
        tuple(sorted(misconceptions, key=lambda one: (-one.count, one.exercise, one.id))),
        tuple(sorted(groups.values(), key=lambda one: (-one.count, one.exercises, one.text))),
        tuple(sorted(missing)),
        tuple(
            ("" if guards[name] == guarded else f"Of {guards[name]} of {guarded} submissions: ") + sentence
            for name, sentence in SENTENCES.items()
            if guards[name]
        ),
    )


def alike(text: str) -> str:
    """What a sentence has in common with those that differ in a file's name or a number only.

    A name of several words ends in the file's ending; the words before it, which need not be ours, are taken
    for its own as long as they are not written small.
    """
    words: list[str] = []
    for word in re.sub(r"\d+(?:[.,]\d+)*", NUMBER, text).split():
        if is_file := re.search(r"[./]\w", word):
            while words and not words[-1][0].islower() and words[-1][-1] not in ".:":
                words.pop()
        words.append(FILE if is_file else word)
    return " ".join(words)


def _median(scores: Counter[float]) -> float:
    ordered = sorted(scores.items())
    ends = list(accumulate(count for _, count in ordered))
    total = ends[-1]

    def at(place: int) -> float:
        return next(score for (score, _), end in zip(ordered, ends, strict=True) if place < end)

    return (at((total - 1) // 2) + at(total // 2)) / 2


def _shown(key: Key, titles: Mapping[Key, str]) -> str:
    """An exercise as readers know it."""
    return line(titles.get(key, key[1].removesuffix("-check")))


def _wrapped(names: str) -> list[str]:
    lines = textwrap.wrap(names, WIDE - len(INDENT), break_on_hyphens=False, break_long_words=False)
    return [INDENT + line for line in lines]


def _table(heads: list[str], rows: list[list[str]]) -> str:
    """Names and sentences to the left, numbers to the right."""
    columns = list(zip(heads, *rows, strict=True))
    numbers = [all(cell[:1].isdigit() or cell == "–" for cell in column[1:]) for column in columns]
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in [heads, *rows]
    ]
    return "\n".join(lines)
