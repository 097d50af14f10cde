"""Which initialiser for which activation: what is asked, and what is observed."""

from course_lib.exercises import _refusing
from course_lib.judging.cases import Case
from course_lib.judging.compare import described
from course_lib.judging.encoding import decode, encode
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

HE, XAVIER = ("he_normal", "he_uniform"), ("xavier_normal", "xavier_uniform")
ELSEWHERE = ("kaiming", "glorot")  # what other libraries call them, of whichever kind

remark = _refusing.remark


def cases(seed: int) -> list[Case]:
    """There is nothing random in them."""

    def case(name: str, observe: str, beside: str, *activations: str) -> Case:
        judged = len(activations) if observe != "either" else 1
        calls: list[Call] = [
            {
                "call": "choose_initializer",
                "arguments": {"activation": encode(activation)},
                "judged": number < judged,
            }
            for number, activation in enumerate(activations)
        ]
        shown = tuple(f'the call choose_initializer("{activation}")' for activation in activations)
        return Case.of(name, calls, observe, beside=beside, shown=shown)

    def refusing(name: str, *activations: str) -> Case:
        return case(name, "refuses", "he xavier", *activations)

    # Who answers the same to everything chooses nothing, and is right in none of them.
    return [
        *(case(name, "he", "xavier", name) for name in ("relu", "leaky_relu")),
        case("tanh", "either", "he xavier", "tanh", "relu", "identity"),
        *(case(name, "xavier", "he", name) for name in ("sigmoid", "identity")),
        # Who refuses everything is told from who refuses what is to be refused.
        refusing("an unknown activation", "relu", "softplus", "gelu"),
        refusing("a name that holds a known one", "relu", "relu6", "hard_tanh"),
        refusing("an empty name", "tanh", ""),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The scheme of each answer: its normal and its uniform kind are equally right.

    For tanh, so are both schemes: there the lecture has measured He's ahead of Xavier's.
    """
    if case.observe == "either":
        return [_choice(case, events[0], 0, (HE + XAVIER,)), _told_apart(events)]
    return [
        _choice(case, event, index, (HE, XAVIER)) for index, event in enumerate(events) if not event.error
    ]


def _choice(case: Case, event: Event, index: int, schemes: tuple[tuple[str, ...], ...]) -> Observation:
    name, came = decode(case.calls[index]["arguments"]["activation"]), event.returned
    scheme = next((kinds for kinds in schemes if isinstance(came, str) and came in kinds), None)
    if isinstance(came, str):
        says = f"For “{name}” you choose “{came}”"
        known = f"; there are {', '.join(HE)}, {', '.join(XAVIER)}."
        says += "; look at the contract's table once more." if scheme else known
    else:
        says = f"For “{name}” the function returns {described(came)}; asked is an initialiser's name."
    value = " or ".join(scheme) if scheme else _name(came) if isinstance(came, str) else described(came)
    if case.observe == "refuses" and (index == 0 or not scheme):
        value = described(came)
    return Observation("The choice", value, says, index)


def _told_apart(events: list[Event]) -> Observation:
    """Whether relu and identity, whose answers are judged in their own cases, have two."""
    _, relu, identity = (str(event.returned).split("_")[0] for event in events)
    says = (
        "For “tanh” any of the four is right. But code that chooses nothing can do this too: it counts once "
        "“relu” and “identity” have answers of two schemes."
    )
    return Observation("Relu and identity", "told apart" if relu != identity else "one answer", says)


def _name(came: str) -> str:
    return next((other for other in ELSEWHERE if came.startswith(other)), came)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """Which name is answered that should be refused, where all else is right."""
    for case, events, difference in zip(result.cases, result.got, result.differences, strict=True):
        if case.observe != "refuses":
            if difference:
                return None
            continue
        for call, event in list(zip(case.calls, events, strict=True))[1:]:
            if isinstance(event.returned, str):
                name = decode(call["arguments"]["activation"])
                return None, (
                    f"The contract's five names are answered correctly. But “{name}” gets "
                    f"“{event.returned}”, and the contract asks for a ValueError for every other name, "
                    "a good guess or not."
                )
    return None
