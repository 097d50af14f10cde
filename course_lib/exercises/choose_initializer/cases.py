"""Which initialiser for which activation: what is asked, and what is observed."""

import re

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode, encode
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Error, Event

say = texts.beside(__file__)

HE, XAVIER = ("he_normal", "he_uniform"), ("xavier_normal", "xavier_uniform")
ELSEWHERE = ("kaiming", "glorot")  # what other libraries call them, of whichever kind
KNOWN = ("relu", "leaky_relu", "tanh", "sigmoid", "identity")


def cases(seed: int) -> list[Case]:
    """There is nothing random in them."""

    def case(name: str, observe: str, beside: str, *activations: str, special: bool = False) -> Case:
        judged = len(activations) if observe != "either" else 1
        calls: list[Call] = [
            {
                "call": "choose_initializer",
                "arguments": {"activation": encode(activation)},
                "judged": number < judged,
            }
            for number, activation in enumerate(activations)
        ]
        shown = tuple(say("call", activation=activation) for activation in activations)
        return Case.of(name, calls, observe, beside=beside, special=special, shown=shown)

    def refusing(name: str, *activations: str) -> Case:
        return case(name, "refuses", "he xavier", *activations)

    # Who answers the same to everything chooses nothing, and is right in none of them.
    return [
        *(case(name, "he", "xavier", name) for name in ("relu", "leaky_relu")),
        case("tanh", "either", "he xavier", "tanh", "relu", "identity"),
        *(case(name, "xavier", "he", name) for name in ("sigmoid", "identity")),
        # Who refuses everything is told from who refuses what is to be refused.
        refusing("an unknown activation", "relu", "softplus", "gelu"),
        refusing("a name that holds a known one", "relu", "relu6", "prelu", "hard_tanh"),
        refusing("an empty name", "tanh", ""),
        # Who has another mistake may say it well all the same.
        case("what the error says", "says", "he xavier", "tanh", "softsign", special=True),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The scheme of each answer: its normal and its uniform kind are equally right.

    For tanh, so are both schemes: there the lecture has measured He's ahead of Xavier's.
    """
    if case.observe == "either":
        return [_choice(case, events[0], 0, (HE + XAVIER,)), _told_apart(events)]
    chosen = [
        _choice(case, event, index, (HE, XAVIER)) for index, event in enumerate(events) if not event.error
    ]
    return [*chosen, *_said(events[-1].error)] if case.observe == "says" else chosen


def _said(error: Error | None) -> list[Observation]:
    """Whether the error that is asked for says which names there are."""
    if not error or "ValueError" not in error.kinds:
        return []
    names = [name for name in KNOWN if re.search(rf"\b{name}\b", error.message, re.IGNORECASE)]
    says = say("error-says" if error.message.strip() else "error-says-nothing", message=error.message)
    return [Observation("The error", "names some" if names else "names none", says, 1)]


def _choice(case: Case, event: Event, index: int, schemes: tuple[tuple[str, ...], ...]) -> Observation:
    name, came = decode(case.calls[index]["arguments"]["activation"]), event.returned
    scheme = next((kinds for kinds in schemes if isinstance(came, str) and came in kinds), None)
    if isinstance(came, str):
        known = ", ".join(HE + XAVIER)
        says = say("other-scheme" if scheme else "no-such", name=name, came=came, known=known)
    else:
        says = say("no-name", name=name, got=described(came))
    value = " or ".join(scheme) if scheme else _name(came) if isinstance(came, str) else described(came)
    if case.observe in ("refuses", "says") and (index == 0 or not scheme):
        value = described(came)
    return Observation("The choice", value, says, index)


def _told_apart(events: list[Event]) -> Observation:
    """Whether relu and identity, whose answers are judged in their own cases, have two."""
    _, relu, identity = (str(event.returned).split("_")[0] for event in events)
    says = say("tanh")
    return Observation("Relu and identity", "told apart" if relu != identity else "one answer", says)


def _name(came: str) -> str:
    return next((other for other in ELSEWHERE if came.startswith(other)), came)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """Which name is answered that should be refused, where all else is right."""
    for case, events, difference in zip(result.cases, result.got, result.differences, strict=True):
        if case.observe not in ("refuses", "says"):
            if difference:
                return None
            continue
        for call, event in list(zip(case.calls, events, strict=True))[1:]:
            if isinstance(event.returned, str):
                name = decode(call["arguments"]["activation"])
                return None, say("answers", name=name, came=event.returned)
    return None
