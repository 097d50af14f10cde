"""Runs with a planted bug that students have not seen: what is asked, and what is observed.

There is a case for each cause: four runs that have it, and four of others. It passes when three of the four
are named so, at most one of the others is, and the test that is chosen with the name proves it: whoever gives
one answer to everything recognises nothing.

Each seed has runs of its own, trained when they are first asked for (some 1.3 s): no list of answers fits,
and to try names until one passes tells nothing of the next run. A rule that names 99 of 100 runs right misses
a case with a chance of 0.1 %.
"""

from collections import Counter
from functools import cache
from typing import TypedDict

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import encode_array
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.planted import CAUSES, Patient, patient

say = texts.beside(__file__)

OWN, OTHERS = 4, 4  # runs of a case: with its cause, and with others
LEAST, MOST_ALARMS = 3, 1
NO_NAME = "no name"  # what a run is given whose answer cannot be read
HEALTHY = "healthy"
# What comes out with this cause as with no other. Nothing does so for health: there, what tells it from luck.
PROVES = {
    HEALTHY: ("another seed",),
    "labels apart": ("print a batch",),
    "not shuffled": ("count classes", "print a batch"),  # one class on 32 pictures is seen at a glance
    "gradients add up": ("gradient twice",),
    "first layer lost": ("finite differences",),
    "ReLU at the end": ("smallest output",),
    "rate decays too fast": ("step over gradient",),
    "leak": ("overlap",),
}


class About(TypedDict):
    """The cause that a case is about, and that of each of its runs."""

    cause: str
    truth: list[str]


def looks() -> dict[str, str]:
    """Test → what is looked at."""
    return say.all("tests")


@cache
def patients(seed: int) -> dict[str, list[Patient]]:
    """Cause → runs of this seed."""
    drawn = np.random.default_rng([seed, 7]).integers(2**31, size=OWN)
    return {cause: [patient(cause, int(each)) for each in drawn] for cause in CAUSES}


def cases(seed: int) -> list[Case]:
    rng, ward = np.random.default_rng(seed), patients(seed)

    def case(cause: str) -> Case:
        others = rng.choice([other for other in CAUSES if other != cause], OTHERS, replace=False)
        asked = [(cause, run) for run in ward[cause]]
        asked += [(str(other), ward[str(other)][int(rng.integers(OWN))]) for other in others]
        order = rng.permutation(len(asked))
        return Case.of(
            f"patients: {cause}",
            [_call(asked[place][1]) for place in order],
            about=About(cause=cause, truth=[asked[place][0] for place in order]),
        )

    # In an order of their own, so that the number of a case tells nothing of its cause.
    return [case(str(cause)) for cause in rng.permutation(list(CAUSES))]


def _call(run: Patient) -> Call:
    arguments = {name: encode_array(values) for name, values in run._asdict().items()}
    return {"call": "clinic", "arguments": arguments}


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    forms = [_form(event, index) for index, event in enumerate(events)]
    unreadable = [form for form in forms if form.value != "a cause and a test"]
    if len(unreadable) == len(forms):
        return [unreadable[0]]
    answers = [
        tuple(event.returned) if form.value == "a cause and a test" else (NO_NAME, NO_NAME)
        for event, form in zip(events, forms, strict=True)
    ]
    causes = [cause for cause, _ in answers]
    seen = [Observation("The answer", "a cause and a test"), _recognised(case, causes)]
    return [*seen, _proved(case, answers)]


def _form(event: Event, index: int) -> Observation:
    came = event.returned
    tests = looks()
    is_pair = (
        isinstance(came, tuple | list) and len(came) == 2 and all(isinstance(each, str) for each in came)
    )
    if is_pair and came[0] in CAUSES and came[1] in tests:
        return Observation("The answer", "a cause and a test", event=index)
    if is_pair:
        swapped = came[1] in CAUSES and came[0] in tests
        says = say("other-order" if swapped else "no-such", cause=came[0], test=came[1])
        return Observation("The answer", "a test and a cause" if swapped else "other names", says, index)
    if isinstance(came, str):
        value = "a cause alone" if came in CAUSES else "a text"
        return Observation("The answer", value, say("one-name", got=came), index)
    return Observation("The answer", described(came), say("no-pair", got=described(came)), index)


def _recognised(case: Case, answers: list[str]) -> Observation:
    """Whether runs with this cause are named so, and others are not; else what they are taken for."""
    about: About = case.about
    cause, truth = about["cause"], about["truth"]
    named = Counter(answer for true, answer in zip(truth, answers, strict=True) if true == cause)
    alarms = Counter(true for true, answer in zip(truth, answers, strict=True) if answer == cause != true)
    others = Counter({answer: count for answer, count in named.items() if answer != cause})
    told = {"runs": OWN, "cause": cause, "right": named[cause], "others": _listed(others)}
    says = say("named-and-others" if others else "named", **told)
    if alarms:
        says += " " + say("alarms", count=alarms.total(), others=OTHERS, causes=_listed(alarms))
    taken_for = _first(others) if named[cause] < LEAST else ""
    taken = _first(alarms) if alarms.total() > MOST_ALARMS else ""
    never = " each time" if taken_for and not named[cause] else ""
    word = f"taken for {taken_for}{never}, taken: {taken}" if taken_for or taken else "recognised"
    return Observation("The cause", word, says)


def _proved(case: Case, answers: list[tuple[str, ...]]) -> Observation:
    """Whether the test that comes with this cause's name proves it, wherever it is named."""
    about: About = case.about
    cause = about["cause"]
    chosen = Counter(test for named, test in answers if named == cause)
    others = Counter({test: count for test, count in chosen.items() if test not in PROVES[cause]})
    if not others:
        return Observation("The test", "proves it")
    test = max(others, key=lambda each: (others[each], each))
    key = "proves-no-health" if cause == HEALTHY else "proves-nothing"
    return Observation("The test", test, say(key, test=test, looks_at=looks()[test], cause=cause))


def _first(counts: Counter[str]) -> str:
    """The most frequent; of several, the first in the order of CAUSES."""
    return max((*CAUSES, *counts), key=lambda cause: counts[cause])


def _listed(counts: Counter[str]) -> str:
    return ", ".join(
        say("unnamed" if answer == NO_NAME else "named-as", answer=answer, count=count)
        for answer, count in counts.most_common()
    )
