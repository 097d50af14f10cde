"""The diagnosis of loss curves that students have not seen. Its cases, and what is observed.

There is a case for each cause: ten runs, and up to two of each other cause. It passes when most of the ten
are named so, and few of the others: whoever gives one answer to everything recognises nothing. Runs that
diverged are asked in their own case only, so that NaN, where it raises an error, costs that one.

Besides, each case has four drawn curves, well to either side of one of the table's numbers: who looks up the
run that is most like them does not tell the sides apart.

Each seed has curves of its own, so that no list of answers fits: held-back runs, each mixed with another of
its cause, see `mixed_runs`.
"""

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TypedDict, Unpack

import numpy as np

from course_lib import datasets, texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import Foreign, decode, encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen
from course_lib.tuning import CAUSES

say = texts.beside(__file__)

SPLITS = ("training", "validation")
LEAST = 0.8  # the share of a cause's runs that is to be named right
MOST_ALARMS = 2  # runs of other causes that may be given the name
OTHERS = 2  # runs of each other cause in a case
UNITS = (0.01, 50.0)  # factors for losses in another unit
OWN_SHARE = (0.55, 0.9)  # of a run, in its mixture with another
OTHER_NUMBERS = "by other numbers"
LEAST_NEAR = 3  # of four drawn curves near a threshold

# For each cause, drawn curves that have it, and others that hardly differ and do not.
NEAR: dict[str, dict[bool, list[dict[str, float]]]] = {
    "diverged": {True: [{"end": 4.2}] * 2, False: [{"end": 2.0}] * 2},
    "rate too high": {
        True: [{"level": 0.92, "jumps": 0.01}] * 2,
        False: [{"level": 0.9, "late": 0.6, "jumps": 0.002}] * 2,  # steep, which is no jump
    },
    "rate too low": {
        True: [{"level": 0.9, "late": 0.05}, {"level": 0.5, "late": 0.16}],
        False: [{"level": 0.7, "late": 0.05}, {"level": 0.5, "late": 0.07}],
    },
    "plateau": {
        True: [{"early": 0.9, "level": 0.22}, {"early": 0.9, "level": 0.2}],
        False: [{"early": 0.9, "level": 0.42}, {"early": 0.7, "level": 0.2}],
    },
    "overfitting": {
        True: [{"level": 0.25, "gap": 0.095}, {"level": 0.16, "gap": 0.095}],
        False: [{"level": 0.25, "gap": 0.045}, {"level": 0.16, "gap": 0.045}],
    },
    "noisy": {True: [{"level": 0.3, "jumps": 0.06}] * 2, False: [{"level": 0.3, "jumps": 0.018}] * 2},
    "good": {True: [{"level": 0.085}] * 2, False: [{"level": 0.165}] * 2},
    "underfitting": {
        True: [{"level": 0.165}, {"level": 0.5, "late": 0.07}],
        False: [{"level": 0.085}, {"level": 0.5, "late": 0.16}],
    },
}


class Whose(TypedDict, total=False):
    """The cause that a case is about, where it is about one."""

    cause: str


class About(Whose):
    """Which held-back runs a case asks for, in order; of each curve behind them, whether it has the cause."""

    runs: list[int]
    near: list[bool]


@cache
def curves() -> list[datasets.LossCurve]:
    return datasets.loss_curves("held back")


def mixed_runs(rng: np.random.Generator) -> list[np.ndarray]:
    """For each held-back run its losses, of shape (2, epochs + 1), mixed with those of another of its cause.

    Both are taken in units of the first training loss. Levels, gaps and falls are linear in the losses:
    where two runs lie on one side of a threshold, so does each mixture of them. Jumps are not, for those of
    two runs partly cancel; they are restored to the mixture of their sizes.
    """
    mixed = []
    for run in range(len(curves())):
        others = [other for other in range(len(curves())) if other != run and _alike(other, run)]
        share, other = rng.uniform(*OWN_SHARE), int(rng.choice(others))
        own, added = (np.stack([c.train_loss, c.val_loss]) for c in (curves()[run], curves()[other]))
        mean = share * own / own[0, 0] + (1 - share) * added / added[0, 0]
        if np.isfinite(mean).all():
            sizes = [_jumps(each)[:, 10:].std(axis=1, keepdims=True) for each in (own, added, mean)]
            wanted = share * sizes[0] / own[0, 0] + (1 - share) * sizes[1] / added[0, 0]
            mean[:, 1:-1] += (1 - wanted / sizes[2]) * _jumps(mean) / 4
        mixed.append(own[0, 0] ** share * added[0, 0] ** (1 - share) * mean)
    return mixed


def _alike(a: int, b: int) -> bool:
    """Whether two runs have one cause, and are both finite or both not."""
    first, second = curves()[a], curves()[b]
    finite = [np.isfinite(curve.train_loss).all() for curve in (first, second)]
    return first.cause == second.cause and finite[0] == finite[1]


def _jumps(losses: np.ndarray) -> np.ndarray:
    """The second differences along the epochs. A quarter of one is how far a loss lies off its neighbours."""
    second: np.ndarray = np.diff(losses, 2, axis=1)
    return second


def drawn_curve(
    rng: np.random.Generator,
    level: float = 1.2,
    late: float = 0.04,
    jumps: float = 0.0,
    gap: float = 0.02,
    early: float | None = None,
    end: float | None = None,
) -> np.ndarray:
    """Losses of shape (2, 31) with the numbers of the contract's table, in a unit of their own."""
    epochs = np.arange(31)
    early = 0.6 * level + 0.4 if early is None else early
    slope = late * (1 - level) / (9 - 4.5 * late)
    line = level - slope * (epochs - 25.5)
    train = np.where(epochs < 14, np.interp(epochs, [0, 4, 14], [1, early, line[14]]), line)
    if end:
        train = np.geomspace(1, end, 31)
    if jumps:
        noise = np.zeros(31)
        noise[21:] = rng.permutation([*np.linspace(-1, 1, 8), 0, 0])
        noise[[21, 30]] = 0
        train = train + noise * jumps / np.abs(np.diff(noise[21:], 2)).mean()
    return float(rng.uniform(0.4, 4)) * np.stack(
        [train, train + np.minimum(np.linspace(0, 2 * gap, 31), gap)]
    )


def cases(seed: int) -> list[Case]:
    rng, order = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    drawn = mixed_runs(rng)
    runs = {cause: [i for i, curve in enumerate(curves()) if curve.cause == cause] for cause in CAUSES}
    finite = [cause for cause in CAUSES if cause != "diverged"]

    def call(losses: np.ndarray) -> Call:
        arguments = {"train_loss": encode_array(losses[0]), "val_loss": encode_array(losses[1])}
        return {"call": "diagnose", "arguments": arguments}

    def case(
        name: str, asked: list[int], factors: tuple[float, ...] = (1.0,), **whose: Unpack[Whose]
    ) -> Case:
        calls = [call(factors[number % len(factors)] * drawn[run]) for number, run in enumerate(asked)]
        near = [each for has in (True, False) for each in NEAR[whose["cause"]][has]] if whose else []
        mixed = order.permutation(len(near))
        calls += [call(drawn_curve(order, **near[place])) for place in mixed]
        has = [bool(place < len(near) // 2) for place in mixed]
        return Case.of(name, calls, about=About(runs=asked, near=has, **whose))

    def some_of(causes: list[str]) -> list[int]:
        return [int(run) for cause in causes for run in rng.choice(runs[cause], OTHERS, replace=False)]

    def mixed(asked: list[int]) -> list[int]:
        return [int(run) for run in rng.permutation(asked)]

    def beside(cause: str) -> list[int]:
        """As many for each cause, so that the number of the calls tells nothing of it either."""
        others = some_of([other for other in finite if other != cause])
        return others if cause in finite else [int(run) for run in order.permutation(others)[OTHERS:]]

    each = [case(cause, mixed(runs[cause] + beside(cause)), cause=cause) for cause in CAUSES]
    other_units = case("losses in another unit", mixed(some_of(finite)), UNITS)
    # In an order of their own, so that the number of a case tells nothing of its cause.
    return [*(each[number] for number in order.permutation(len(each))), other_units]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    forms = [_form(event, index) for index, event in enumerate(events)]
    texts = [event.returned is None or isinstance(event.returned, str) for event in events]
    # No answer to some runs, or a word that is no cause, is a wrong answer to those.
    readable = all(texts) and any(form.value == "a cause" for form in forms)
    unreadable = [form for form in forms if form.value != "a cause"]
    if not readable:
        return [next((f for f, text in zip(forms, texts, strict=True) if not text), unreadable[0])]
    about: About = case.about
    truth = [curves()[run].cause for run in about["runs"]]
    answers = [str(event.returned) for event in events]
    if "cause" in about:
        seen = _recognised(about, truth, answers[: len(truth)])
        near = list(zip(answers[len(truth) :], about["near"], strict=True))
        seen = _told_apart(about["cause"], near) if seen.value == "recognised" else seen
    else:
        seen = _in_other_units(truth, answers)
    misspelt = sorted({answer for answer in answers if answer not in (*CAUSES, "None")})
    if misspelt:
        names = ", ".join(f"“{answer}”" for answer in misspelt[:3])
        seen = replace(seen, says=say("misspelt", says=seen.says, names=names, causes=", ".join(CAUSES)))
    return [Observation("The answer", "a cause"), seen]


def _form(event: Event, index: int) -> Observation:
    came = event.returned
    known = isinstance(came, str) and came in CAUSES
    value = "a cause" if known else described(came)
    causes = ", ".join(CAUSES)
    says = say("no-text", got=came if isinstance(came, bool) else described(came), causes=causes)
    if isinstance(came, str) and not known:
        plain = came.lower().replace("_", " ").replace("-", " ").strip()
        value = "another spelling" if plain in CAUSES else "another text"
        says = say("other-text", got=came, causes=causes)
    elif isinstance(came, bool):
        pass
    elif isinstance(came, int | np.ndarray) and np.ndim(came) == 0:
        value = "a number"
    elif isinstance(came, Foreign) and came.shape == () and str(came.dtype).startswith("str"):
        value = "a text in an array"
        says = say("text-in-array", causes=causes)
    elif isinstance(came, list | tuple):
        value = f"a {type(came).__name__}"
    return Observation("The answer", value, says, index)


def _recognised(about: About, truth: list[str], answers: list[str]) -> Observation:
    """Whether runs with this cause are named so, and others are not; else what they are taken for."""
    cause = about["cause"]
    named = Counter(answer for true, answer in zip(truth, answers, strict=True) if true == cause)
    alarms = Counter(true for true, answer in zip(truth, answers, strict=True) if answer == cause != true)
    missed = named[cause] < LEAST * named.total()
    false = alarms.total() > MOST_ALARMS
    others = Counter({answer: count for answer, count in named.items() if answer != cause})
    told = {"runs": named.total(), "cause": cause, "right": named[cause], "others": _listed(others)}
    says = say("named-and-others" if others else "named", **told)
    if alarms:
        says += " " + say("alarms", causes=_listed(alarms))
    taken_for = _first(others) if missed else ""
    taken = _first(alarms) if false else ""
    never = " each time" if missed and not named[cause] else ""
    word = f"taken for {taken_for}{never}, taken: {taken}" if missed or false else "recognised"
    if cause == "diverged" and missed:
        became_nan = [not np.isfinite(curves()[run].train_loss).all() for run in about["runs"]]
        seen = sum(answer == cause for answer, nan in zip(answers, became_nan, strict=True) if nan)
        word += f", with NaN {'seen' if 2 * seen > sum(became_nan) else 'not seen'}"
        says += " " + say("became-nan", runs=sum(became_nan), right=seen)
    return Observation("The diagnosis", word, says)


def _told_apart(cause: str, near: list[tuple[str, bool]]) -> Observation:
    """Whether drawn curves to either side of a number in the contract's table are told apart."""
    right = sum((answer == cause) == has for answer, has in near)
    having, lacking = ([answer for answer, has in near if has == side] for side in (True, False))
    told = {"having": len(having), "right": having.count(cause), "lacking": len(lacking)}
    says = say("other-numbers", curves=len(near), cause=cause, wrong=lacking.count(cause), **told)
    return Observation("The diagnosis", "recognised" if right >= LEAST_NEAR else OTHER_NUMBERS, says)


def _in_other_units(truth: list[str], answers: list[str]) -> Observation:
    right = sum(true == answer for true, answer in zip(truth, answers, strict=True))
    says = say("other-units", unit=UNITS[0], other=UNITS[1], right=right, runs=len(truth))
    enough = right >= LEAST * len(truth) - 1
    return Observation("The diagnosis", "recognised" if enough else "another", says)


def _first(counts: Counter[str]) -> str:
    """The most frequent; of several, the first in the order of CAUSES."""
    return max((*CAUSES, "None", *counts), key=lambda cause: counts[cause])


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"“{answer}” ({count})" for answer, count in counts.most_common())


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """Each run, and the cause that is named."""
    if not any(isinstance(event.returned, str) for event in events):
        return []
    names = tuple((float(place), cause) for place, cause in enumerate((say("seen.other"), *CAUSES)))
    found = []
    for number, (call, event) in enumerate(zip(case.calls, events, strict=True), start=1):
        place, came = say("seen.run", number=number), event.returned
        answer = CAUSES.index(came) + 1 if isinstance(came, str) and came in CAUSES else 0
        losses = [decode(call["arguments"][name]) for name in ("train_loss", "val_loss")]
        given = [(name, np.arange(len(each)), each) for name, each in zip(SPLITS, losses, strict=True)]
        alone = ((1.0, place),)
        curves_of = say("seen.curves"), say("seen.epoch"), say("seen.loss")
        found += [
            Seen(place, say("seen.cause"), "", "", [answer], names_x=alone, names_y=names),
            Seen(place, *curves_of, [], asked=[], given=tuple(given)),
        ]
    return found


# What is said of a rule that is no known misconception


def suggest(result: Result) -> tuple[str | None, str] | None:
    """The most frequent confusion."""
    cases = zip(result.cases, result.got, result.differences, strict=True)
    wrong = [observe(case, events)[-1].value for case, events, difference in cases if difference]
    if all(value == OTHER_NUMBERS for value in wrong):
        return None
    confusions: Counter[tuple[str, str]] = Counter()
    right = asked = 0
    for case, events in zip(result.cases, result.got, strict=True):
        about: About = case.about
        if "cause" not in about:
            continue
        cause = about["cause"]
        for run, event in zip(about["runs"], events[: len(about["runs"])], strict=True):
            if curves()[run].cause == cause:
                asked += 1
                right += event.returned == cause
                if isinstance(event.returned, str):
                    confusions[cause, event.returned] += event.returned != cause
    if not confusions or not confusions.most_common(1)[0][1]:
        return None
    (cause, answer), count = confusions.most_common(1)[0]
    if answer not in CAUSES:
        return None, say("no-such", name=answer, causes=", ".join(CAUSES))
    return None, say("confusion", right=right, runs=asked, count=count, cause=cause, answer=answer)
