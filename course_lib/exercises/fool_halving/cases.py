"""An open problem: curves by which successive halving is led astray. Whatever does it is right.

All cases ask for the same curves. What is asked comes in levels, one for each case: a flaw of one level fails
its case and those after it, as curves that rise, for one, could do anything.
"""

from typing import NamedTuple

import numpy as np

from course_lib import texts, tuning
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import encode_array
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

EPOCHS = (1, 2, 4, 8)
CANDIDATES = 8
TIMES = 2  # the best there would have been, that is what the last loss has to be at least
LEVELS = {
    "eight curves": 1,
    "each falls, and ever more slowly": 2,
    "halving ends with the worst": 3,
    "by a clear margin": 4,
}


class Flaw(NamedTuple):
    """The id of the mistake, the level that it belongs to, and what was seen."""

    id: str
    level: int
    says: str


def cases(seed: int) -> list[Case]:
    calls: list[Call] = [{"call": "fool_halving", "arguments": {"epochs": encode_array(np.array(EPOCHS))}}]
    return [Case.of(name, calls) for name in LEVELS]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    flaw = look(events[0].returned)
    if flaw and flaw.level <= LEVELS[case.name]:
        return [Observation("What comes back", flaw.id, flaw.says)]
    return [Observation("What comes back", True)]


def look(came: object) -> Flaw | None:
    """The first thing that is wrong with the curves."""
    try:
        curves = np.array(came, dtype=float) if isinstance(came, list | tuple | np.ndarray) else None
    except (TypeError, ValueError):  # texts, or rows of several lengths
        curves = None
    if curves is None:
        return Flaw(described(came), 1, say("form", got=described(came)))
    if curves.shape != (CANDIDATES, len(EPOCHS)):
        turned = curves.shape == (len(EPOCHS), CANDIDATES)
        return Flaw("transposed" if turned else "shape", 1, say("shape", got=curves.shape))
    if not np.isfinite(curves).all():
        return Flaw("not-finite", 1, say("not-finite"))
    if curves.min() <= 0:
        return Flaw("negative", 1, say("negative", got=curves.min()))
    return _of_the_falls(curves) or _of_the_end(curves)


def _of_the_falls(curves: np.ndarray) -> Flaw | None:
    falls = -np.diff(curves) / np.diff(EPOCHS)
    if falls.min() <= 0:
        row, step = np.argwhere(falls <= 0)[0]
        id = "stays" if falls[row, step] == 0 else "rises"
        return Flaw(id, 2, say(id, number=row + 1, one=EPOCHS[step], other=EPOCHS[step + 1]))
    faster = np.argwhere(np.diff(falls) > 1e-12)
    if faster.size:
        row, step = faster[0]
        told = {"before": falls[row, step], "after": falls[row, step + 1]}
        return Flaw("bends", 2, say("bends", number=row + 1, epoch=EPOCHS[step + 1], **told))
    return None


def _of_the_end(curves: np.ndarray) -> Flaw | None:
    """Where successive halving ends, and which loss the candidate has that is left."""
    last = curves[:, -1]
    rounds = tuning.successive_halving(
        lambda candidate, budget: curves[candidate, EPOCHS.index(budget)], range(CANDIDATES), EPOCHS[0]
    )
    *_, (_, [(left, _)]) = rounds
    place = int((last < last[left]).sum()) + 1
    if last[left] < last.max():
        id = "best-wins" if place == 1 else "not-the-last"
        return Flaw(id, 3, say("ends", number=left + 1, place=place, of=CANDIDATES))
    if last[left] < TIMES * last.min():
        told = {"left": number(float(last[left])), "best": number(float(last.min())), "times": TIMES}
        return Flaw("too-close", 4, say("too-close", **told))
    return None


def suggest(result: Result) -> tuple[str | None, str] | None:
    flaw = look(result.got[0][0].returned)
    return (flaw.id, flaw.says) if flaw else None
