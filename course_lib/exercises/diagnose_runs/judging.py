"""What is observed in the names of unseen runs: a fault that can be told, or else how many are right."""

from collections import Counter
from functools import lru_cache
from html import escape
from typing import NamedTuple, TypedDict

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.reading import Event
from course_lib.labelled_runs import labelled_runs
from course_lib.tuning import CAUSES

say = texts.beside(__file__)

# The shares of unseen runs named right that bring a step of credit each, see `measured.json`. The first lies
# above what is reached by the table of rules that stands in the assignment, so that copying brings none.
STEPS = (0.70, 0.80, 0.90)
EACH = 36  # unseen runs of each cause
ALONE = "underfitting"  # the cause of the runs that are asked once more, without the others
UNITS = 0.001, 1000.0  # factors for losses in another unit
ROUNDING = 0.01  # of the names may be another where runs are asked once more
CHANCE = 0.22  # an eighth is right by chance
ONE = 0.85  # of the names are the same: what is not finite may have another
UNRECOGNISED = 0.4  # of a cause's runs are named so, or fewer
SHOWN = 4  # confusions that are told in words

# What it is where runs of this cause alone are not recognised.
UNSEEN = {
    "diverged": "diverged-unseen",
    "overfitting": "overfitting-unseen",
    "noisy": "noisy-unseen",
    "plateau": "plateau-unseen",
    "rate too low": "slope-unseen",
}


class About(TypedDict):
    """The seed of a case's runs, and the share that it asks for; None where it is about something else."""

    seed: int
    reach: float | None


class Drawn(NamedTuple):
    """The unseen runs, the same in other units, and the cause of each."""

    losses: np.ndarray
    in_other_units: np.ndarray
    causes: np.ndarray

    @property
    def alone(self) -> np.ndarray:
        """Which of them are asked once more, in a company that is another one."""
        return np.flatnonzero(self.causes == ALONE)


class Flaw(NamedTuple):
    """The id of the misconception, and what was seen, in a sentence."""

    id: str
    says: str


class Seen(NamedTuple):
    """The names, looked at: what is wrong with their form, with all of them, or with a run's dependence on
    what it should not depend on; the names; and the share that is right."""

    form: Flaw | None
    flaw: Flaw | None = None
    dependence: Flaw | None = None
    names: tuple[str, ...] = ()
    share: float = 0.0


@lru_cache(maxsize=4)
def drawn(seed: int) -> Drawn:
    rng = np.random.default_rng([seed, 6])
    losses, causes = labelled_runs(EACH, int(rng.integers(2**31)))
    return Drawn(losses, losses * rng.choice(UNITS, (len(losses), 1, 1)), np.array(causes))


def observe(case: Case, events: list[Event]) -> list[Observation]:
    about: About = case.about
    seen = look(about["seed"], events)
    if seen.form:
        return [Observation("The names", seen.form.id, seen.form.says)]
    if about["reach"] is None:
        # Whoever gives one name to all depends on nothing: that counts only beside the second step.
        if seen.share < STEPS[1]:
            return [Observation("The names", False, say("counts-beside", share=seen.share, reach=STEPS[1]))]
        value, says = seen.dependence or (True, "")
        return [Observation("The names", value, says)]
    says = say("share", share=seen.share, reach=about["reach"])
    if seen.share >= about["reach"]:
        return [Observation("The share", True, says)]
    return [Observation("The share", seen.flaw.id if seen.flaw else "short", says)]


def look(seed: int, events: list[Event]) -> Seen:
    runs = drawn(seed)
    truth, asked = runs.causes, (len(runs.causes), len(runs.causes), len(runs.alone))
    came = [event.returned for event in events]
    flaw = next(filter(None, map(_form, came, asked)), None)
    if flaw:
        return Seen(flaw)
    names, in_other_units, alone = (np.array([str(name) for name in each]) for each in came)
    share = float(np.mean(names == truth))
    dependence = _dependence(names, in_other_units, names[runs.alone], alone)
    flaw = _of_all(names, share) or dependence or _exchanged(names, truth) or _unseen(names, truth)
    return Seen(None, flaw, dependence, tuple(names.tolist()), share)


def _form(came: object, n: int) -> Flaw | None:
    """What is wrong with the form of an answer to n runs."""
    says = say("other-form", count=n, got=described(came))
    if not isinstance(came, list | tuple) or (
        len(came) != n and not all(isinstance(name, str) for name in came)
    ):
        return Flaw("numbers" if _is_numbers(came, n) else described(came), says)
    if not all(isinstance(name, str) for name in came):
        entry = next(name for name in came if not isinstance(name, str))
        id = "numbers" if isinstance(entry, int | np.ndarray) and np.ndim(entry) == 0 else "no-texts"
        return Flaw(id, say("entries", count=n, got=described(entry)))
    if len(came) != n:
        return Flaw("names-of-practice", say("count", count=n, got=len(came)))
    others = [name for name in came if name not in CAUSES]
    if others:
        plain = [name.lower().replace("_", " ").replace("-", " ").strip() in CAUSES for name in others]
        id = "other-spelling" if all(plain) else "no-cause"
        return Flaw(id, say("no-cause", name=others[0], causes=", ".join(CAUSES)))
    return None


def _is_numbers(came: object, n: int) -> bool:
    return isinstance(came, np.ndarray) and came.shape == (n,) and came.dtype.kind in "iu"


def _of_all(names: np.ndarray, share: float) -> Flaw | None:
    """Whether they tell anything of the runs."""
    (name, count), *_ = Counter(names.tolist()).most_common(1)
    if count >= ONE * len(names):
        return Flaw("one-answer", say("one-answer", name=name, count=count, runs=len(names)))
    if share < CHANCE:
        return Flaw("by-chance", say("by-chance", share=share))
    return None


def _dependence(
    names: np.ndarray, in_other_units: np.ndarray, some: np.ndarray, alone: np.ndarray
) -> Flaw | None:
    """Whether a name depends on anything but the run: on the other runs, or on the unit."""
    changed = int(np.sum(alone != some))
    if changed > ROUNDING * len(names):
        told = say("depends-on-company", changed=changed, count=len(alone), runs=len(names))
        return Flaw("depends-on-company", told)
    changed = int(np.sum(in_other_units != names))
    if changed > ROUNDING * len(names):
        told = say("depends-on-unit", changed=changed, runs=len(names), small=UNITS[0], large=UNITS[1])
        return Flaw("depends-on-unit", told)
    return None


def _exchanged(names: np.ndarray, truth: np.ndarray) -> Flaw | None:
    """Two causes of which each is given the other's name."""
    counts = _counts(names, truth)
    for row, column in zip(*np.triu_indices(len(CAUSES), 1), strict=True):
        if min(counts[row, column], counts[column, row]) > EACH / 2:
            return Flaw("exchanged", say("exchanged", one=CAUSES[row], other=CAUSES[column]))
    return None


def _unseen(names: np.ndarray, truth: np.ndarray) -> Flaw | None:
    """The one cause that is not recognised, where all others are."""
    counts = _counts(names, truth)
    missed = [place for place in range(len(CAUSES)) if counts[place, place] <= UNRECOGNISED * EACH]
    if len(missed) != 1 or CAUSES[missed[0]] not in UNSEEN:
        return None
    [place] = missed
    cause, right = CAUSES[place], int(counts[place, place])
    counts[place, place] = 0
    others = ", ".join(
        f"“{CAUSES[k]}” ({counts[place, k]})" for k in np.argsort(-counts[place]) if counts[place, k]
    )
    return Flaw(UNSEEN[cause], say("unseen", cause=cause, right=right, runs=EACH, others=others))


def _counts(names: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How many runs of which cause (rows) are given which name (columns), in the order of CAUSES."""
    counts = np.zeros((len(CAUSES), len(CAUSES)), dtype=int)
    rows, columns = ([CAUSES.index(name) for name in side] for side in (truth, names))
    np.add.at(counts, (rows, columns), 1)
    return counts


# What is told beside


def _looked_at(result: Result) -> Seen | None:
    about: About = result.cases[0].about
    seen = look(about["seed"], result.got[0])
    return None if seen.form or any(event.error for event in result.got[0]) else seen


def _table(result: Result, seen: Seen) -> np.ndarray:
    return _counts(np.array(seen.names), drawn(result.cases[0].about["seed"]).causes)


def remark(result: Result) -> str | None:
    """How many are right, and what is most often taken for what."""
    seen = _looked_at(result)
    if not seen:
        return None
    counts = _table(result, seen)
    right = int(np.trace(counts))
    np.fill_diagonal(counts, 0)
    often = [np.unravel_index(k, counts.shape) for k in np.argsort(-counts, axis=None, kind="stable")[:SHOWN]]
    confused = [
        say("taken", count=counts[k], cause=CAUSES[k[0]], name=CAUSES[k[1]]) for k in often if counts[k]
    ]
    told = {"right": right, "runs": len(seen.names), "share": seen.share}
    return say("remark", **told, confused="; ".join(confused) or say("nothing"))


def table(result: Result) -> str | None:
    """What was taken for what, as a table of HTML."""
    seen = _looked_at(result)
    if not seen:
        return None
    counts = _table(result, seen)
    cell = 'style="padding:.1em .45em;text-align:right;{}"'
    head = "".join(
        f'<th scope="col" {cell.format("font-weight:400")}>{escape(cause)}</th>' for cause in CAUSES
    )
    rows = []
    for place, cause in enumerate(CAUSES):
        numbers = [
            f"<td {cell.format('font-weight:600' if k == place else '')}>{count or '·'}</td>"
            for k, count in enumerate(counts[place])
        ]
        first = f'<th scope="row" {cell.format("font-weight:400")}>{escape(cause)}</th>'
        rows.append(f"<tr>{first}{''.join(numbers)}</tr>")
    caption = f'<caption style="text-align:left">{escape(say("table"))}</caption>'
    return (
        f'<table style="border-collapse:collapse;margin:.6em 0;font-size:.9em">{caption}'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What is wrong with the names where a step is missed."""
    about: About = result.cases[0].about
    seen = look(about["seed"], result.got[0])
    if seen.form:
        return None, seen.form.says
    flaw = seen.flaw or seen.dependence
    if flaw:
        return flaw.id, flaw.says
    counts = _table(result, seen)
    np.fill_diagonal(counts, 0)
    row, column = np.unravel_index(counts.argmax(), counts.shape)
    return None, say("confusion", count=counts[row, column], cause=CAUSES[row], name=CAUSES[column])
