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

    def case(name: str, *activations: str, observe: str = "answers") -> Case:
        calls: list[Call] = [
            {"call": "choose_initializer", "arguments": {"activation": encode(activation)}}
            for activation in activations
        ]
        shown = tuple(f'the call choose_initializer("{activation}")' for activation in activations)
        beside = "" if observe == "answers" else "answers"
        return Case.of(name, calls, observe, beside=beside, shown=shown)

    return [
        *(case(name, name) for name in ("relu", "leaky_relu")),
        case("tanh", "tanh", observe="either"),
        *(case(name, name) for name in ("sigmoid", "identity")),
        # Who refuses everything is told from who refuses what is to be refused.
        case("an unknown activation", "relu", "softplus", "gelu", observe="refuses"),
        case("a name that holds a known one", "relu", "relu6", "hard_tanh", observe="refuses"),
        case("an empty name", "tanh", "", observe="refuses"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    """The scheme of each answer: its normal and its uniform kind are equally right.

    For tanh, so are both schemes: there the lecture has measured He's ahead of Xavier's.
    """
    seen = []
    for index, (call, event) in enumerate(zip(case.calls, events, strict=True)):
        if event.error:
            continue
        name = decode(call["arguments"]["activation"])
        came = event.returned
        schemes = (HE + XAVIER,) if case.observe == "either" else (HE, XAVIER)
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
        seen.append(Observation("The choice", value, says, index))
    return seen


def _name(came: str) -> str:
    return next((other for other in ELSEWHERE if came.startswith(other)), came)


def suggest(result: Result) -> tuple[str | None, str] | None:
    """Which name is answered that should be refused, where all else is right."""
    for case, events, difference in zip(result.cases, result.got, result.differences, strict=True):
        if difference and case.observe == "answers":
            return None
        for call, event in list(zip(case.calls, events, strict=True))[1:]:
            if isinstance(event.returned, str):
                name = decode(call["arguments"]["activation"])
                return None, (
                    f"The contract's five names are answered correctly. But “{name}” gets "
                    f"“{event.returned}”, and the contract asks for a ValueError for every other name, "
                    "a good guess or not."
                )
    return None
