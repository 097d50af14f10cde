"""The clinic: a network that learns badly. What is its cause, and which test would prove it?

The patients come from `course_lib.data.make_clinic`: the same network each time, with one mistake of the
exercises in a layer, the optimiser, or another part that students write.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.data.patients import (
    AT_TEST,
    CAUSES,
    CLASSES,
    EVERY,
    FAN_OUT,
    FILE,
    HEALTHY,
    NEVER_UPDATED,
    NO_EPSILON,
    NO_MEAN_PATH,
    NOT_CORRECTED,
    NOT_RESCALED,
    NOT_SHUFFLED,
    PENALTY_SIGN,
    STILL_DROPPING,
    TOO_FAST,
    UPDATES,
)
from course_lib.explorers.controls import Choice, Control, Slider, named, started, worded
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Layer, Line, Panel, Scene, Text

say = texts.beside(__file__)

UNDECIDED = "(choose)"
LAST = 20  # updates whose mean is called the end


@dataclass(frozen=True)
class Patient:
    """What a record holds, see `make_clinic.run`; what is not finite is NaN.

    loss            of each batch, in training mode
    test, val       loss in test mode, each digit by itself: on training digits, on validation digits
    norms           of the gradients of the three weights, and of the bias under the batch normalisation
    inside, outputs two histograms each: the ends, and the shares
    deviations      standard deviation of the outputs in training mode, in test mode
    between_digits  that of an output over the digits, in test mode
    tests           what each test comes to
    """

    loss: np.ndarray
    test: np.ndarray
    val: np.ndarray
    norms: np.ndarray
    inside: tuple[np.ndarray, np.ndarray]
    outputs: tuple[np.ndarray, np.ndarray]
    deviations: np.ndarray
    between_digits: float
    tests: dict[str, float]

    @property
    def end(self) -> float:
        return float(np.mean(self.loss[-LAST:]))


@cache
def patients() -> dict[str, Patient]:
    """By what is wrong with them."""
    return {record.pop("cause"): _patient(record) for record in json.loads(FILE.read_text("utf-8"))}


def _patient(record: dict[str, Any]) -> Patient:
    def histograms(name: str) -> tuple[np.ndarray, np.ndarray]:
        return _numbers(record[name]["ends"]), _numbers(record[name]["shares"])

    return Patient(
        loss=_numbers(record["loss"]),
        test=_numbers(record["test"]),
        val=_numbers(record["val"]),
        norms=_numbers(record["norms"]),
        inside=histograms("inside"),
        outputs=histograms("outputs"),
        deviations=_numbers(record["deviations"]),
        between_digits=_numbers(record["between_digits"]).item(),
        tests={name: _numbers(value).item() for name, value in record["tests"].items()},
    )


def _numbers(value: Any) -> np.ndarray:
    return np.array(value, dtype=float)


@dataclass(frozen=True)
class Sign:
    """Something that can be seen: its number, and from which on it is there."""

    measure: Callable[[Patient], float]
    above: float

    def known(self, patient: Patient) -> bool:
        """Whether it can be told: nothing but that it is broken can, where no number is finite."""
        return math.isfinite(self.measure(patient))

    def seen(self, patient: Patient) -> bool:
        return bool(self.measure(patient) > self.above)


def _repeats(patient: Patient) -> float:
    """The correlation of the last batches' losses with those an epoch before, of 15 batches."""
    return float(np.corrcoef(patient.loss[-75:-15], patient.loss[-60:])[0, 1])


SIGNS = {
    "broken": Sign(lambda p: float(np.mean(~np.isfinite(p.loss))), 0),
    "high": Sign(lambda p: p.loss[0], 5),
    "leap": Sign(lambda p: float(np.max(p.loss[:LAST]) / p.loss[0]), 10),
    "stuck": Sign(lambda p: p.end, 1.5),
    "repeats": Sign(_repeats, 0.6),
    "no-better": Sign(lambda p: p.test[-1] / p.end, 0.5),
    "worse": Sign(lambda p: p.test[-1] / p.end, 1.5),
    "same": Sign(lambda p: -p.between_digits, -1e-6),
    "wider": Sign(lambda p: p.deviations[1] / p.deviations[0], 1.5),
    "pushed": Sign(lambda p: float(np.mean(p.norms[3][-LAST:])), 1e-9),
    "huge": Sign(lambda p: p.deviations[0], 10),
}

# What each cause makes visible in this network, and nothing else.
MAKES: dict[str, set[str]] = {
    HEALTHY: set(),
    AT_TEST: {"same", "worse", "no-better"},
    NEVER_UPDATED: {"worse", "no-better"},
    NO_EPSILON: {"broken"},
    NO_MEAN_PATH: {"pushed"},
    NOT_RESCALED: {"wider"},
    STILL_DROPPING: {"no-better"},
    NOT_CORRECTED: {"stuck", "no-better"},
    TOO_FAST: {"leap", "stuck", "same", "no-better"},
    FAN_OUT: {"high"},
    NOT_SHUFFLED: {"repeats", "stuck", "no-better"},
    PENALTY_SIGN: {"huge"},
}
HEALTHS = {"high", "stuck", "no-better"}  # what must be missing, above all, in a healthy network


# The test of a part that proves each cause, by its name in the record.
PROOFS = {
    AT_TEST: "alone",
    NEVER_UPDATED: "running",
    NO_EPSILON: "constant",
    NO_MEAN_PATH: "gradient",
    NOT_RESCALED: "ones",
    STILL_DROPPING: "twice",
    NOT_CORRECTED: "first-step",
    TOO_FAST: "halved",
    FAN_OUT: "scale",
    NOT_SHUFFLED: "classes",
    PENALTY_SIGN: "slope",
}


def fails(patient: Patient, test: str) -> bool:
    """Whether a test comes out otherwise than with the right parts."""
    right = patients()[HEALTHY].tests[test]
    return not bool(np.isclose(patient.tests[test], right, rtol=0.2, atol=1e-6))


def clinic_scene(
    order: tuple[str, ...], patient: str, cause: str, test: str, updates: int = UPDATES
) -> Scene:
    """A patient up to an update, and what speaks for and against a cause.

    order: what is wrong with A, B, C, …
    """
    really = order[LETTERS.index(patient)]
    found = patients()[really]
    message = " ".join(
        filter(None, (_facts(found), _named(found, really, cause), _tested(found, really, cause, test)))
    )
    panels = (
        _loss_panel(found),
        _gradient_panel(found),
        _histogram_panel("inside", found.inside, (TRAINING, TRAINING)),
        _histogram_panel("outputs", found.outputs, (TRAINING, INK)),
    )
    alt = say("alt", patient=patient, message=message)
    return Scene(panels, message, alt, time="updates", now=updates)


def _facts(found: Patient) -> str:
    if not np.isfinite(found.loss[0]):
        return say("facts.broken")
    return say("facts.losses", first=found.loss[0], end=found.end, test=found.test[-1], val=found.val[-1])


def _named(found: Patient, really: str, cause: str) -> str:
    """What a cause is worth that was named."""
    if cause == UNDECIDED:
        return say("named.nothing")
    known = {name for name, sign in SIGNS.items() if sign.known(found)}
    seen = {name for name in known if SIGNS[name].seen(found)}
    called = say.all("causes")[cause]
    if cause != really:
        for_it = _listed(found, MAKES[cause] & seen)
        against = _listed(found, (MAKES[cause] ^ seen) & known)
        if for_it:
            return say("named.wrong", cause=called, for_it=for_it, against=against)
        return say("named.wrong-altogether", cause=called, against=against)
    if cause == HEALTHY:
        passed = sum(not fails(found, test) for test in PROOFS.values())
        signs = _listed(found, HEALTHS)
        return say("named.healthy", cause=called, signs=signs, passed=passed, count=len(PROOFS))
    return say("named.right", cause=called, signs=_listed(found, seen))


def _listed(found: Patient, names: set[str]) -> str:
    return "; ".join(
        say(f"there.{name}" if sign.seen(found) else f"missing.{name}", number=sign.measure(found))
        for name, sign in SIGNS.items()
        if name in names
    )


def _tested(found: Patient, really: str, cause: str, test: str) -> str:
    """What a test comes to, and what that says of the cause that was named."""
    if cause == UNDECIDED:
        return ""
    if test == UNDECIDED:
        return say("tested.which") if cause == really != HEALTHY else ""
    here, right = (_number(each.tests[test]) for each in (found, patients()[HEALTHY]))
    meant = PROOFS.get(cause) == test
    if fails(found, test):
        said = say("tested.proves" if meant else "tested.proves-another")
    else:
        said = say("tested.refutes" if meant else "tested.tells-nothing")
    return f"{say(f'results.{test}', here=here, right=right)} {said}"


def _number(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else say("none.number")


TRAINING = SPLITS["training"]


def _update() -> Axis:
    return Axis(say("axes.update"), (0, UPDATES))


def _loss_panel(found: Patient) -> Panel:
    each, update = np.arange(UPDATES), EVERY * np.arange(len(found.test))
    layers: tuple[Layer, ...] = (
        Line([0, UPDATES], [math.log(CLASSES)] * 2, FAINT, say("lines.guessing"), width=1.0, dashed=True),
        Text(UPDATES / 2, 30, say("none.loss"), INK, "centre"),
    )
    if np.isfinite(found.loss).any():
        layers = (
            layers[0],
            Line(each, found.loss, TRAINING, say("lines.training"), width=1.2, since=each),
            Line(
                update,
                found.val,
                SPLITS["validation"],
                say("lines.validation"),
                width=2.0,
                dashed=True,
                since=update,
            ),
            Line(update, found.test, INK, say("lines.test"), width=2.5, since=update),
        )
    return Panel(say("panels.loss"), _update(), Axis(say("axes.loss"), (0.03, 500), log=True), layers)


def _gradient_panel(found: Patient) -> Panel:
    """What is 0 but for rounding has no place on the axis: its curve is missing."""
    update = 2 * np.arange(found.norms.shape[1])
    layers: list[Layer] = [
        Line(update, np.where(norms > 1e-9, norms, np.nan), colour, name, width=1.4, since=update)
        for norms, name, colour in zip(found.norms, say.all("norms").values(), OTHERS, strict=True)
        if (norms > 1e-9).any()
    ]
    if not layers:
        layers = [Text(UPDATES / 2, 3, say("none.gradient"), INK, "centre")]
    y = Axis(say("axes.norm"), (1e-2, 1e3), log=True)
    return Panel(say("panels.gradient"), _update(), y, tuple(layers))


def _histogram_panel(name: str, histograms: tuple[np.ndarray, np.ndarray], colours: tuple[str, str]) -> Panel:
    """Two outlines, the first dashed. What is not finite is left out. name: under which its texts are."""
    (low, high), shares = histograms
    edges = np.linspace(low, high, shares.shape[1] + 1)
    top = max(0.01, float(shares.max()))
    layers: list[Layer] = []
    for i, (share, key, colour) in enumerate(zip(shares, say.all(name).values(), colours, strict=True)):
        told = say("histogram.empty", name=key)
        if share.any():
            told = say("histogram.second" if i else "histogram.first", name=key)
            outline = [0, *np.repeat(share, 2), 0]
            layers.append(Line(np.repeat(edges, 2), outline, colour, width=2.0, dashed=i == 0))
        layers.append(Text(low + 0.03 * (high - low), (1.18 - 0.09 * i) * top, told, colour))
    x = Axis(say(f"axes.{name}"), (float(low), float(high)))
    return Panel(say(f"panels.{name}"), x, Axis(say("axes.share"), (0, 1.25 * top)), tuple(layers))


LETTERS = tuple("ABCDEFGHIJKL")[: len(CAUSES)]


def _order(seed: int) -> tuple[str, ...]:
    return tuple(np.random.default_rng(seed).permutation(list(CAUSES)).tolist())


def _questions() -> dict[str, Control]:
    """Asked anew of each patient; the second shows once the first is answered, rightly or not."""
    undecided = {say("undecided"): UNDECIDED}
    return {
        "cause": Choice(
            label=say("controls.cause"),
            options=undecided | worded(say.all("causes")),
            start=UNDECIDED,
        ),
        "test": Choice(
            label=say("controls.test"),
            options=undecided | worded(say.all("tests")),
            start=UNDECIDED,
            when={"cause": CAUSES},
        ),
    }


def clinic(patient: str = "A", seed: int = 4) -> Explorer:
    """Networks that failed, known only by what one can see; one is healthy. seed: which letter is which."""
    asked = {letter: _questions() for letter in LETTERS}
    choose = Choice(label=say("controls.patient"), options=named(LETTERS), start="A", sets=asked)
    play = Slider(label=say("controls.updates"), low=0, high=UPDATES, start=UPDATES, plays=True)
    controls = started({"patient": choose, **asked["A"], "updates": play}, patient=patient)
    return Explorer(partial(clinic_scene, _order(seed)), controls)
