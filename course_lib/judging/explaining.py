"""Which mistakes explain what came: one, or two at once.

A name is given only where the evidence of the mistake's program equals the student's. A case of its own
kind, such as a rate of 0, in which the student is right takes no name away: there one may do better than the
mistake's program does.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations, pairwise, product, zip_longest

import numpy as np

from course_lib.judging import compare, observing
from course_lib.judging.cases import Case
from course_lib.judging.clock import computed
from course_lib.judging.edits import NoSuchPlace, Program, Wrong
from course_lib.judging.exercise import Exercise, Finding, Misconception, Result
from course_lib.judging.probe import Student, is_judged, play
from course_lib.judging.reading import ABSENT, Event, once, read

# How far two mistakes are looked for, in calls of a student's function. By a clock, the same program would
# be told more on one machine than on another; on a usual one a call takes 50 to 100 µs of computing.
ALONE = 4500  # to see which mistake explains some of the cases
TOGETHER = 5000  # to try two
TO_MAKE = 4  # what it takes to make a program
NUMBERS = 500  # that it takes to be returned
REPEATED = 10  # calls of one kind that a driver makes in one go
DEAR = 100  # a case of so many is asked only of what explains the others
BRAKE = 5.0  # seconds of computing for each, should a machine be that slow
ILL_FORMED = ("error", "type", "shape", "dtype", "missing")
# Errors that the same mistake raises when written in another way.
ALIKE = {"TypeError", "ValueError", "IndexError"}

Key = tuple[tuple[str, int], ...]  # which mistakes, and which program of each


@dataclass(frozen=True)
class Explanation:
    """The mistakes that explain what came, and whether something is wrong besides that has no name."""

    mistakes: tuple[Misconception, ...] = ()
    is_whole: bool = True


class Answers:
    """What the reference and wrong programs answer on some cases; the wrong ones only as far as needed."""

    def __init__(self, exercise: Exercise, cases: list[Case]) -> None:
        self.cases = cases
        self.reference = [read(play(exercise.reference, case.asked), case) for case in cases]
        self.work = [_work(*each) for each in zip(cases, self.reference, strict=True)]
        self.is_dear = [work >= DEAR for work in self.work]
        for index, (case, before) in enumerate(pairwise(cases), 1):
            if case.calls is before.calls:  # a driver that asks the same again has kept what came
                self.work[index] = 1
        self._made: dict[Key, Student] = {}
        self._played: dict[Key, list[list[Event]]] = {}
        self._fresh: dict[tuple[str, int, int], list[Event]] = {}
        self._explained: dict[str, Explanation] = {}

    def of(self, misconception: Misconception, variant: int, index: int) -> list[Event]:
        """The events of one case."""
        return self.played(((misconception.id, variant),), misconception.variants[variant], index)

    def played(self, key: Key, make: Callable[[], Student], index: int) -> list[Event]:
        """The events of one case. All before it are played first: a class may carry state from one to the
        next."""
        if key not in self._made:
            self._made[key], self._played[key] = make(), []
        for case in self.cases[len(self._played[key]) : index + 1]:
            self._played[key].append(read(play(self._made[key], case.asked), case))
        return self._played[key][index]

    def fresh(self, misconception: Misconception, variant: int, index: int) -> list[Event]:
        """The events of one case, with none played before it."""
        key = misconception.id, variant, index
        if key not in self._fresh:
            self._fresh[key] = self.first_of(misconception.variants[variant](), index)
        return self._fresh[key]

    def explained(self, digest: str, explain: Callable[[], Explanation]) -> Explanation:
        """What explains this evidence, looked for once: in a class, many hand in the same."""
        if digest not in self._explained:
            self._explained[digest] = explain()
        return self._explained[digest]

    def first_of(self, student: Student, index: int) -> list[Event]:
        """What a program answers to one case."""
        return read(play(student, self.cases[index].asked), self.cases[index])


def _work(case: Case, events: list[Event]) -> int:
    """About how many calls' worth of computing a case is: large arrays take more."""
    arrays = [event.returned for event in events if isinstance(event.returned, np.ndarray)]
    calls = sum(1 + call.get("times", 0) // REPEATED for call in case.calls)
    return calls + sum(map(np.size, arrays)) // NUMBERS


def explaining(exercise: Exercise, answers: Answers, result: Result) -> Explanation:
    """The mistakes whose evidence equals the student's: one, else two, else none.

    It is to be equal in all cases, or else wherever the student's values could be compared.
    """
    return answers.explained(result.digest, lambda: _explaining(exercise, answers, result))


def _explaining(exercise: Exercise, answers: Answers, result: Result) -> Explanation:
    if exercise.tells:
        id = exercise.tells(result)
        return Explanation(tuple(each for each in exercise.misconceptions if each.id == id))
    everything = range(len(result.cases))
    counted = [i for i in everything if not (result.cases[i].known.special and not result.differences[i])]
    formed = [i for i in counted if not _ill_formed(result.differences[i])]
    found = _one(exercise, answers, result, list(everything), also_changed=True)
    found = found or _one(exercise, answers, result, counted, also_changed=True)
    if changed_arguments(result.got):  # what it then returns from them depends on how they were changed
        counted = [i for i in counted if not result.cases[i].known.keeps_arguments]
        found = found or _one(exercise, answers, result, counted, also_changed=True)
    plain = [i for i in counted if not result.cases[i].known.special]
    # Where only a case of its own kind says what is wrong, it does not say why others fail.
    tells = len(formed) > 1 and any(result.differences[i] for i in formed if i in plain)
    failed = any(difference and difference.kind == "error" for difference in result.differences)
    partly = _one(exercise, answers, result, formed) if tells and not found else None
    if not found and not (failed and (partly or not tells)):
        cases = formed if tells else counted
        found, both = _two(exercise, answers, result, counted, cases, not failed)
        partly = partly or (both if cases != counted else None)
    found = found or partly
    if not found and plain != counted and any(result.differences[i] for i in plain):
        found = _one(exercise, answers, result, plain)
        found = found and replace(found, is_whole=False)
    return found or Explanation()


def _one(
    exercise: Exercise, answers: Answers, result: Result, indices: list[int], also_changed: bool = False
) -> Explanation | None:
    for misconception in exercise.misconceptions:
        for variant, make in enumerate(misconception.variants):
            key = ((misconception.id, variant),)
            if _equals(exercise, answers, result, key, make, indices, also_changed):
                return Explanation((misconception,))
    return None


def _ill_formed(difference: Finding | None) -> bool:
    return difference is not None and difference.kind in ILL_FORMED


def _equals(
    exercise: Exercise,
    answers: Answers,
    result: Result,
    key: Key,
    make: Callable[[], Student],
    indices: list[int],
    also_changed: bool = False,
) -> bool:
    played = []
    for index in indices:
        played.append(answers.played(key, make, index))
        if not equal(exercise, result.cases[index], result.expected[index], played[-1], result.got[index]):
            return False
    return not also_changed or changed_arguments(played) == changed_arguments(result.got[i] for i in indices)


def changed_arguments(played: Iterable[list[Event]]) -> set[str]:
    """The arguments that any of these events changed."""
    return {name for events in played for event in events for name in event.changed}


# Two at once

Candidate = tuple[Misconception, int, Wrong]
Alone = dict[tuple[str, int], set[int]]  # which failing cases each mistake explains alone


class Budget:
    """How many calls' worth of computing are left, and the brake."""

    def __init__(self, calls: int) -> None:
        self.left = calls
        self.until = computed() + BRAKE

    def allows(self, calls: int) -> bool:
        """Whether there is something left; these calls are taken from it."""
        allowed = self.left > 0 and computed() < self.until
        self.take(calls)
        return allowed

    def take(self, calls: int) -> None:
        """These calls are made in any case: what comes after them has less."""
        self.left -= calls


class _Pairs:
    """The pairs that explain the same cases: of them the first that returns the very values, else what all
    have in common."""

    def __init__(self) -> None:
        self._found: list[tuple[Misconception, ...]] = []
        self.is_exact = False

    def add(self, pair: tuple[Misconception, ...], is_exact: bool) -> None:
        if not self.is_exact:
            self._found = [pair] if is_exact else [*self._found, pair]
            self.is_exact = is_exact

    def explanation(self) -> Explanation | None:
        shared = (
            tuple(m for m in self._found[0] if all(m in pair for pair in self._found)) if self._found else ()
        )
        return Explanation(shared, is_whole=len(shared) > 1) if shared else None


def _two(
    exercise: Exercise,
    answers: Answers,
    result: Result,
    counted: list[int],
    formed: list[int],
    may_explain_all: bool,
) -> tuple[Explanation | None, Explanation | None]:
    """Two mistakes in one program, looked for as far as the budget goes: those that explain all that is
    counted, if that may be, with the arguments that were changed; and those that explain the formed alone."""
    of_all, of_formed = _Pairs(), _Pairs()
    if exercise.program is None:
        return None, None
    budget = Budget(TOGETHER)
    alone = _alone(exercise, answers, result, counted)
    for one, other in _pairs(exercise, alone):
        pair, names = (one, other), (one[0], other[0])
        first = _telling(answers, result, pair, formed, alone)
        if not budget.allows(TO_MAKE + answers.work[first]):
            break
        make = _explains(exercise, exercise.program, answers, result, pair, first, formed, budget)
        if make is None:
            continue
        key = _key(pair)
        if may_explain_all and _equals(exercise, answers, result, key, make, counted, also_changed=True):
            found, indices = of_all, counted
        else:
            found, indices = of_formed, formed
        played = [answers.played(key, make, i) for i in indices]
        found.add(names, same_values(played, [result.got[i] for i in indices]))
        if of_all.is_exact or (of_formed.is_exact and not may_explain_all):
            break
    return of_all.explanation(), of_formed.explanation()


def _key(pair: tuple[Candidate, Candidate]) -> Key:
    return tuple((misconception.id, variant) for misconception, variant, _ in pair)


def _telling(
    answers: Answers,
    result: Result,
    pair: tuple[Candidate, Candidate],
    indices: list[int],
    alone: Alone,
) -> int:
    """The case in which it shows soonest whether both are enough: one where neither is, and no dear one."""
    known = set().union(*(alone.get(one, set()) for one in _key(pair)))
    return min(
        indices,
        key=lambda i: (answers.is_dear[i], not result.differences[i], i in known, answers.work[i]),
    )


def _hides(one: Wrong, other: Wrong) -> bool:
    """Whether one stands in the place of all that the other changes."""
    is_alone = one.around and not one.of and not re.search(r"\bright\b", one.around)
    return bool(is_alone and other.edits and not other.around and not other.program)


def _has_while(wrong: Wrong) -> bool:
    return any(re.search(r"\bwhile\b", text) for text in (*wrong.edits, wrong.around, wrong.program))


def _explains(
    exercise: Exercise,
    right: Program,
    answers: Answers,
    result: Result,
    pair: tuple[Candidate, Candidate],
    first: int,
    indices: list[int],
    budget: Budget,
) -> Callable[[], Student] | None:
    """What makes the program with both mistakes in it, if its events equal the student's. `first` is the case
    that is tried before all others."""
    try:
        make = right.changed(*(wrong for _, _, wrong in pair)).answer
        came = answers.first_of(make(), first)
    except (NoSuchPlace, SyntaxError):
        return None  # the two change the same place
    if not equal(exercise, result.cases[first], result.expected[first], came, result.got[first]):
        return None
    for index in indices:
        budget.take(answers.work[index])
        if not _equals(exercise, answers, result, _key(pair), make, [index]):
            return None
    return make


def same_values(first: list[list[Event]], second: list[list[Event]]) -> bool:
    """Whether what was returned is the same too, where an exercise is judged by what is observed in it."""
    pairs = (
        (a.returned, b.returned)
        for x, y in zip(first, second, strict=True)
        for a, b in zip(x, y, strict=True)
    )
    return all(a is b or (compare.form(a, b) is None and compare.agree(a, b, 0.0)) for a, b in pairs)


def _candidates(exercise: Exercise, are_frequent: bool) -> list[Candidate]:
    """The mistakes that can stand beside another one, the frequent ones or those that are not."""
    every = ((m, k, wrong) for m in exercise.misconceptions for k, wrong in enumerate(m.wrongs))
    # With another mistake beside it, a loop may lose what ends it.
    return [
        (m, k, wrong)
        for m, k, wrong in every
        if (m.id in exercise.frequent) == are_frequent and not _has_while(wrong)
    ]


def _alone(exercise: Exercise, answers: Answers, result: Result, indices: list[int]) -> Alone:
    """What each mistake explains alone, as far as the budget lets see."""
    budget = Budget(ALONE)
    failing = [i for i in indices if result.differences[i] and not answers.is_dear[i]]
    failing.sort(key=answers.work.__getitem__)
    found: Alone = {}
    for candidates in (_candidates(exercise, True), _candidates(exercise, False)):
        for index, (misconception, variant, _) in product(failing, candidates):
            if not budget.allows(answers.work[index]):
                return found
            played = answers.fresh(misconception, variant, index)
            case, right, got = result.cases[index], result.expected[index], result.got[index]
            if equal(exercise, case, right, played, got):
                found.setdefault((misconception.id, variant), set()).add(index)
    return found


def _pairs(exercise: Exercise, alone: Alone) -> Iterator[tuple[Candidate, Candidate]]:
    """First those that explain most cases one by one; then, in turn, one of these with any other, and the
    frequent; small ones before large ones."""

    def explains(*pair: Candidate) -> int:
        return len(set().union(*(alone.get((one[0].id, one[1]), set()) for one in pair)))

    def usual(pair: tuple[Candidate, Candidate]) -> tuple[int, int]:
        return sum(variant for _, variant, _ in pair), _size(*pair)

    frequent = _candidates(exercise, True)
    candidates = [*frequent, *_candidates(exercise, False)]
    leading = [candidate for candidate in candidates if explains(candidate)]
    first = sorted(combinations(leading, 2), key=lambda pair: (-explains(*pair), _size(*pair)))
    beside = sorted(product(leading, candidates), key=lambda pair: (-explains(pair[0]), _size(*pair)))
    in_turn = chain.from_iterable(zip_longest(beside, sorted(combinations(frequent, 2), key=usual)))
    rest = sorted(combinations(candidates, 2), key=lambda pair: _size(*pair))
    tried = set()
    for one, other in filter(None, chain(first, in_turn, rest)):
        names = frozenset(((one[0].id, one[1]), (other[0].id, other[1])))
        if one[0].id == other[0].id or names in tried or _hides(one[2], other[2]) or _hides(other[2], one[2]):
            continue
        tried.add(names)
        yield one, other


def _size(*pair: Candidate) -> int:
    """Of two explanations the smaller one is the likelier, and an edit is smaller than a program."""
    return sum(len(wrong.edits) or 2 for _, _, wrong in pair)


# Whether two answer alike


def equal(exercise: Exercise, case: Case, right: list[Event], a: list[Event], b: list[Event]) -> bool:
    """Whether two implementations answer a case alike; what is returned is compared as it is with the
    reference."""
    for index, call in enumerate(case.calls):
        if "make" in call:
            continue
        judged = is_judged(call)
        if judged and not _alike(exercise, case, right, a, b, index):
            return False
        if not judged and (a[index].error is None) != (b[index].error is None):
            return False
    observe = exercise.observed_in(case)
    return not observe or observing.alike(*(once(observe, case, e) for e in (a, b)))


def _alike(
    exercise: Exercise, case: Case, right: list[Event], a: list[Event], b: list[Event], index: int
) -> bool:
    first, second = a[index], b[index]
    if first.error or second.error:
        asked = right[index].error
        if asked and all(event.error and asked.type in event.error.kinds for event in (first, second)):
            return True
        types = {event.error.type if event.error else "none" for event in (first, second)}
        # Where an error is what is asked, it is to be this one and no other.
        return len(types) == 1 or (types <= ALIKE and not asked)
    if first.returned is ABSENT or second.returned is ABSENT:
        return first.returned is second.returned
    if exercise.observed_in(case):
        return True
    forms = [compare.form(right[index].returned, event.returned) for event in (first, second)]
    if forms != [None, None] and (compare.form(first.returned, second.returned) or None in forms):
        return False
    one, allowed = once(exercise.measure, case, a, index)
    other, allowed_of_other = once(exercise.measure, case, b, index)
    return compare.agree(one, other, np.fmax(allowed, allowed_of_other))
