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
from course_lib.explorers.controls import Choice, Control, Slider, named, started
from course_lib.explorers.explorer import Explorer
from course_lib.palette import OTHERS, SPLITS
from course_lib.scene import FAINT, INK, Axis, Layer, Line, Panel, Scene, Text

NORMS = dict(zip(("first layer", "second layer", "last layer", "first bias"), OTHERS, strict=True))
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
    """Something that can be seen: its number, from which on it is there, and both ways to say it."""

    measure: Callable[[Patient], float]
    above: float
    there: str
    missing: str

    def known(self, patient: Patient) -> bool:
        """Whether it can be told: nothing but that it is broken can, where no number is finite."""
        return math.isfinite(self.measure(patient))

    def seen(self, patient: Patient) -> bool:
        return bool(self.measure(patient) > self.above)

    def told(self, patient: Patient) -> str:
        return (self.there if self.seen(patient) else self.missing).format(self.measure(patient))


def _repeats(patient: Patient) -> float:
    """The correlation of the last batches' losses with those an epoch before, of 15 batches."""
    return float(np.corrcoef(patient.loss[-75:-15], patient.loss[-60:])[0, 1])


SIGNS = {
    "broken": Sign(
        lambda p: float(np.mean(~np.isfinite(p.loss))),
        0,
        "{:.0%} of the losses are no finite number",
        "every loss is a finite number",
    ),
    "high": Sign(
        lambda p: p.loss[0],
        5,
        "the first loss is {:.2g}, far above log 10 = 2.3: the outputs are too wide from the start",
        "the first loss, {:.2g}, is not far from log 10 = 2.3",
    ),
    "leap": Sign(
        lambda p: float(np.max(p.loss[:LAST]) / p.loss[0]),
        10,
        "within 20 updates the loss leaps to {:.0f} times its start",
        "in the first 20 updates the loss comes to {:.2g} times its start at the most",
    ),
    "stuck": Sign(
        lambda p: p.end,
        1.5,
        "the loss in training mode is still {:.2g} at the end",
        "the loss in training mode comes down to {:.2g}",
    ),
    "repeats": Sign(
        _repeats,
        0.6,
        "from epoch to epoch the batch losses repeat themselves (correlation {:.2f})",
        "the batch losses do not repeat from epoch to epoch (correlation {:.2f})",
    ),
    "no better": Sign(
        lambda p: p.test[-1] / p.end,
        0.5,
        "test mode, where dropout should be off, has {:.2g} times the loss of training mode",
        "test mode, without dropout, has only {:.2g} times the loss of training mode",
    ),
    "worse": Sign(
        lambda p: p.test[-1] / p.end,
        1.5,
        "on the same digits, test mode is even worse than training mode",
        "test mode is not worse than training mode",
    ),
    "same": Sign(
        lambda p: -p.between_digits,
        -1e-6,
        "in test mode all digits get the same outputs",
        "in test mode different digits get different outputs",
    ),
    "wider": Sign(
        lambda p: p.deviations[1] / p.deviations[0],
        1.5,
        "in test mode the outputs spread {:.2g} times as wide as in training mode",
        "in test mode the outputs spread no wider than in training mode ({:.2g} times)",
    ),
    "pushed": Sign(
        lambda p: float(np.mean(p.norms[3][-LAST:])),
        1e-9,
        "the first bias has a gradient of {:.2g}, though batch normalisation takes this bias away",
        "the first bias has no gradient, as batch normalisation takes this bias away",
    ),
    "huge": Sign(
        lambda p: p.deviations[0],
        10,
        "the outputs in training mode have grown to a standard deviation of {:.2g}",
        "the outputs in training mode have a standard deviation of {:.2g}, no more",
    ),
}

# What each cause makes visible in this network, and nothing else.
MAKES: dict[str, set[str]] = {
    HEALTHY: set(),
    AT_TEST: {"same", "worse", "no better"},
    NEVER_UPDATED: {"worse", "no better"},
    NO_EPSILON: {"broken"},
    NO_MEAN_PATH: {"pushed"},
    NOT_RESCALED: {"wider"},
    STILL_DROPPING: {"no better"},
    NOT_CORRECTED: {"stuck", "no better"},
    TOO_FAST: {"leap", "stuck", "same", "no better"},
    FAN_OUT: {"high"},
    NOT_SHUFFLED: {"repeats", "stuck", "no better"},
    PENALTY_SIGN: {"huge"},
}
HEALTHS = {"high", "stuck", "no better"}  # what must be missing, above all, in a healthy network


@dataclass(frozen=True)
class Proof:
    """A test of one part: as it stands in the list, its name in the record, and what its number is."""

    test: str
    name: str
    number: str


PROOFS = {
    AT_TEST: Proof(
        "an example alone and among others",
        "alone",
        "In test mode, an example normalised alone and among others differs by",
    ),
    NEVER_UPDATED: Proof(
        "one batch, normalised 100 times",
        "running",
        "After one batch 100 times, the running mean over the batch's mean is",
    ),
    NO_EPSILON: Proof(
        "a feature that is constant", "constant", "A constant feature is normalised to, at the most,"
    ),
    NO_MEAN_PATH: Proof(
        "batch normalisation: finite differences",
        "gradient",
        "Between backward of batch normalisation and finite differences the error is",
    ),
    NOT_RESCALED: Proof(
        "dropout of ones, in training mode", "ones", "In training mode, dropout of ones has the mean"
    ),
    STILL_DROPPING: Proof(
        "one input through dropout twice",
        "twice",
        "In test mode, one input through dropout twice differs by",
    ),
    NOT_CORRECTED: Proof(
        "Adam's first and 1000th step",
        "first-step",
        "With a gradient of 1 all along, Adam's first step over its 1000th is",
    ),
    TOO_FAST: Proof("a step at half the rate", "halved", "The step at half the rate over the whole one is"),
    FAN_OUT: Proof(
        "W of 400 inputs and 100 outputs",
        "scale",
        "For 400 inputs and 100 outputs, W's standard deviation over √(2/400) is",
    ),
    NOT_SHUFFLED: Proof(
        "the classes in each mini-batch", "classes", "The mean number of classes in a mini-batch is"
    ),
    PENALTY_SIGN: Proof(
        "the L2 penalty: finite differences", "slope", "At w = 3, the penalty's slope over its gradient is"
    ),
}


def fails(patient: Patient, proof: Proof) -> bool:
    """Whether a test comes out otherwise than with the right parts."""
    right = patients()[HEALTHY].tests[proof.name]
    return not bool(np.isclose(patient.tests[proof.name], right, rtol=0.2, atol=1e-6))


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
        _histogram_panel("Into batch normalisation", "Value, training mode", found.inside, WHEN),
        _histogram_panel("Outputs at the end", "Output (logit)", found.outputs, MODES),
    )
    alt = f"Patient {patient}: loss in both modes, gradients by layer, histograms inside and of the outputs."
    return Scene(panels, message, f"{alt} {message}", time="updates", now=updates)


def _facts(found: Patient) -> str:
    if not np.isfinite(found.loss[0]):
        return "Already the first loss is not a finite number, and nothing after it is."
    return (
        f"Loss in training mode: first {found.loss[0]:.3g}, at the end {found.end:.3g}; "
        f"in test mode at the end {found.test[-1]:.3g} on training digits, {found.val[-1]:.3g} on validation "
        "digits."
    )


def _named(found: Patient, really: str, cause: str) -> str:
    """What a cause is worth that was named."""
    if cause == UNDECIDED:
        return "What is the cause?"
    known = {name for name, sign in SIGNS.items() if sign.known(found)}
    seen = {name for name in known if SIGNS[name].seen(found)}
    if cause != really:
        for_it = _listed(found, MAKES[cause] & seen)
        speaks = f"For it: {for_it}. " if for_it else ""
        return (
            f"Not this one: “{cause}”. {speaks}Against it: {_listed(found, (MAKES[cause] ^ seen) & known)}."
        )
    if cause == HEALTHY:
        passed = sum(not fails(found, proof) for proof in PROOFS.values())
        return (
            f"Right: {cause}; {_listed(found, HEALTHS)}. {passed} of {len(PROOFS)} tests of its parts pass."
        )
    return f"Right: {cause}. For it: {_listed(found, seen)}."


def _listed(found: Patient, names: set[str]) -> str:
    return "; ".join(sign.told(found) for name, sign in SIGNS.items() if name in names)


def _tested(found: Patient, really: str, cause: str, test: str) -> str:
    """What a test comes to, and what that says of the cause that was named."""
    if cause == UNDECIDED:
        return ""
    if test == UNDECIDED:
        return "Which test of a single part would prove it?" if cause == really != HEALTHY else ""
    [meant] = [each for each in PROOFS if PROOFS[each].test == test]
    proof = PROOFS[meant]
    here, right = (_number(each.tests[proof.name]) for each in (found, patients()[HEALTHY]))
    result = f"{proof.number} {here}; with the right code: {right}."
    if fails(found, proof):
        proves = "that proves it, without any training" if meant == cause else "another cause is proved by it"
        return f"{result} The test fails: {proves}."
    if meant == cause:
        return f"{result} The test passes, which it could not if this were the cause."
    return f"{result} The test passes, and tells nothing of the cause that you named."


def _number(value: float) -> str:
    return f"{value:.2g}" if math.isfinite(value) else "not a finite number"


# Two curves of a histogram: the first is dashed.
WHEN = {"at the start": SPLITS["training"], "at the end": SPLITS["training"]}
MODES = {"training mode": SPLITS["training"], "test mode": INK}
_UPDATE = Axis("Update", (0, UPDATES))
_LOSS = Axis("Loss in nats (log scale)", (0.03, 500), log=True)
_NORM = Axis("‖∂L/∂W‖ (log scale)", (1e-2, 1e3), log=True)


def _loss_panel(found: Patient) -> Panel:
    each, update = np.arange(UPDATES), EVERY * np.arange(len(found.test))
    layers: tuple[Layer, ...] = (
        Line([0, UPDATES], [math.log(CLASSES)] * 2, FAINT, "log 10", width=1.0, dashed=True),
        Text(UPDATES / 2, 30, "no loss is a finite number", INK, "centre"),
    )
    if np.isfinite(found.loss).any():
        layers = (
            layers[0],
            Line(each, found.loss, MODES["training mode"], "training mode", width=1.2, since=each),
            Line(update, found.val, SPLITS["validation"], "validation", width=2.0, dashed=True, since=update),
            Line(update, found.test, MODES["test mode"], "test mode", width=2.5, since=update),
        )
    return Panel("Loss in both modes", _UPDATE, _LOSS, layers)


def _gradient_panel(found: Patient) -> Panel:
    """What is 0 but for rounding has no place on the axis: its curve is missing."""
    update = 2 * np.arange(found.norms.shape[1])
    layers: list[Layer] = [
        Line(update, np.where(norms > 1e-9, norms, np.nan), colour, name, width=1.4, since=update)
        for norms, (name, colour) in zip(found.norms, NORMS.items(), strict=True)
        if (norms > 1e-9).any()
    ]
    if not layers:
        layers = [Text(UPDATES / 2, 3, "no gradient is a finite number", INK, "centre")]
    return Panel("Size of the gradient", _UPDATE, _NORM, tuple(layers))


def _histogram_panel(
    title: str, label: str, histograms: tuple[np.ndarray, np.ndarray], colours: dict[str, str]
) -> Panel:
    """Two outlines, the first dashed. What is not finite is left out."""
    (low, high), shares = histograms
    edges = np.linspace(low, high, shares.shape[1] + 1)
    top = max(0.01, float(shares.max()))
    layers: list[Layer] = []
    for i, (share, (name, colour)) in enumerate(zip(shares, colours.items(), strict=True)):
        key = f"{name}: no finite number"
        if share.any():
            key = f"{'—' if i else '- -'} {name}"
            outline = [0, *np.repeat(share, 2), 0]
            layers.append(Line(np.repeat(edges, 2), outline, colour, width=2.0, dashed=i == 0))
        layers.append(Text(low + 0.03 * (high - low), (1.18 - 0.09 * i) * top, key, colour))
    return Panel(title, Axis(label, (float(low), float(high))), Axis("Share", (0, 1.25 * top)), tuple(layers))


LETTERS = tuple("ABCDEFGHIJKL")[: len(CAUSES)]


def _order(seed: int) -> tuple[str, ...]:
    return tuple(np.random.default_rng(seed).permutation(list(CAUSES)).tolist())


def _questions() -> dict[str, Control]:
    """Asked anew of each patient; the second shows once the first is answered, rightly or not."""
    tests = sorted(proof.test for proof in PROOFS.values())
    return {
        "cause": Choice(label="The cause?", options=named((UNDECIDED, *CAUSES)), start=UNDECIDED),
        "test": Choice(
            label="The test that proves it?",
            options=named((UNDECIDED, *tests)),
            start=UNDECIDED,
            when={"cause": CAUSES},
        ),
    }


def clinic(patient: str = "A", seed: int = 4) -> Explorer:
    """Networks that failed, known only by what one can see; one is healthy. seed: which letter is which."""
    asked = {letter: _questions() for letter in LETTERS}
    choose = Choice(label="Patient", options=named(LETTERS), start="A", sets=asked)
    play = Slider(label="Updates", low=0, high=UPDATES, start=UPDATES, plays=True)
    controls = started({"patient": choose, **asked["A"], "updates": play}, patient=patient)
    return Explorer(partial(clinic_scene, _order(seed)), controls)
