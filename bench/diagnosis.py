"""How far a diagnosis carries: mistakes in any style, and two mistakes at once.

For each exercise, its most frequent mistakes (at most 15) are put into each of its right styles, and two by
two into its right program. Left out are programs whose evidence is that of a right answer or, for two, of one
mistake alone, and those in which a case raises. Two mistakes may be told as two others whose program does the
same: that is true as well. Printed is, by exercise, how many there are, and of these how
many are rejected, are told their true mistakes, one of the two, nothing, and something false.

    python bench/diagnosis.py [NAME …]
"""

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import numpy as np

from course_lib.checks import SEED
from course_lib.exercises.folders import exercise_names, find, style_program, styled, styles
from course_lib.judging.edits import NoSuchPlace, Program, Wrong
from course_lib.judging.exercise import Exercise, Misconception
from course_lib.judging.explaining import Answers, equal, same_values
from course_lib.judging.probe import probe
from course_lib.judging.reading import Event, read
from course_lib.judging.verdict import verdict

MOST = 15
KINDS = ("programs", "rejected", "named", "one of two", "no name", "false")


class Bench:
    """One exercise on the cases that a student has at home."""

    def __init__(self, exercise: Exercise) -> None:
        assert exercise.program
        self.exercise, self.program = exercise, exercise.program
        self.cases = exercise.cases(SEED)
        self.answers = Answers(exercise, self.cases)
        known = {m.id: m for m in exercise.misconceptions}
        self.frequent = [known[id] for id in exercise.frequent] or list(known.values())[:MOST]
        self.styled = styled(exercise.name)
        self.shown: list[str] = []

    def singles(self) -> Counter[str]:
        """Each mistake in each style that its edit fits, or for which styled.toml has another."""
        counts: Counter[str] = Counter()
        for style in styles(self.exercise.name):
            program = style_program(self.exercise.name, style)
            if program is None:
                continue
            own = self.styled.get(style, {})
            for mistake in self.frequent:
                for wrong in [own[mistake.id]] if mistake.id in own else mistake.wrongs[:1]:
                    self._count(counts, program, (mistake,), (wrong,))
        return counts

    def pairs(self) -> Counter[str]:
        """Each two mistakes in the right program."""
        counts: Counter[str] = Counter()
        for one, other in combinations(self.frequent, 2):
            if one.wrongs and other.wrongs:
                self._count(counts, self.program, (one, other), (one.wrongs[0], other.wrongs[0]))
        return counts

    def _count(
        self,
        counts: Counter[str],
        program: Program,
        mistakes: tuple[Misconception, ...],
        wrongs: tuple[Wrong, ...],
    ) -> None:
        try:
            student = program.changed(*wrongs).answer()
        except (NoSuchPlace, SyntaxError):
            return
        evidence = probe(student, [case.asked for case in self.cases])
        got = self._events(evidence)
        if self._raises(got) or self._is_less(got, mistakes):
            return
        report = verdict(self.exercise, self.cases, evidence)
        true, told = {m.id for m in mistakes}, set(filter(None, (report.diagnosis or "").split("+")))
        known = {m.id for m in self.exercise.misconceptions}
        kind = _kind(told & known, true)
        if kind == "false" and any(same_values(each, got) for each in self._programs(told & known)):
            kind = "named"
        counts["programs"] += 1
        counts["rejected"] += not report.passed
        counts[kind] += 1
        if kind in ("no name", "false") or report.passed:
            self.shown.append(f"  {program.title} with {' + '.join(sorted(true))}: {report.diagnosis}")

    def _programs(self, ids: set[str]) -> Iterator[list[list[Event]]]:
        """What the programs with these mistakes in them do."""
        told = [m.wrongs for m in self.exercise.misconceptions if m.id in ids]
        for wrongs in product(*told):
            try:
                student = self.program.changed(*wrongs).answer()
            except (NoSuchPlace, SyntaxError):
                continue
            yield self._events(probe(student, [case.asked for case in self.cases]))

    def _events(self, evidence: dict[str, Any]) -> list[list[Event]]:
        return [read(raw, case) for raw, case in zip(evidence["cases"], self.cases, strict=True)]

    def _raises(self, got: list[list[Event]]) -> bool:
        """Whether there is an error where none is asked."""
        sides = zip(self.answers.reference, got, strict=True)
        return any(g.error and not e.error for right, came in sides for e, g in zip(right, came, strict=True))

    def _is_less(self, got: list[list[Event]], mistakes: tuple[Misconception, ...]) -> bool:
        """Whether it is right after all or, of two mistakes, shows one only."""
        alone = [self.answers.reference]
        if len(mistakes) > 1:
            alone += list(self._alone())
        return any(self._same(each, got) for each in alone)

    def _alone(self) -> Iterator[list[list[Event]]]:
        for mistake in self.exercise.misconceptions:
            for variant in range(len(mistake.variants)):
                yield [self.answers.of(mistake, variant, index) for index in range(len(self.cases))]

    def _same(self, a: list[list[Event]], b: list[list[Event]]) -> bool:
        sides = zip(self.cases, self.answers.reference, a, b, strict=True)
        return all(equal(self.exercise, *each) for each in sides)


def _kind(told: set[str], true: set[str]) -> str:
    if told == true:
        return "named"
    if told < true:
        return "one of two" if told else "no name"
    return "false"


def row(name: str, counts: Counter[str]) -> str:
    """One line of the table."""
    return f"{name:>26}" + "".join(f"{counts[kind]:>12}" for kind in KINDS)


def main(names: list[str]) -> None:
    for title, measured in (
        ("mistakes in other styles", Bench.singles),
        ("two mistakes at once", Bench.pairs),
    ):
        total: Counter[Any] = Counter()
        print(f"{title:>26}" + "".join(f"{kind:>12}" for kind in KINDS))
        for name in names:
            bench = Bench(find(name))
            counts = measured(bench)
            total += counts
            print(row(name, counts), *bench.shown, sep="\n", flush=True)
        print(row("all", total))
        share = total["named"] / max(total["programs"], 1)
        print(f"named: {share:.1%}, false: {total['false'] / max(total['programs'], 1):.1%}\n")


if __name__ == "__main__":
    with np.errstate(all="ignore"):
        main(sys.argv[1:] or [name for name in exercise_names() if find(name).program])
