"""The range test of the learning rate. Its cases. All is exact, so values are compared as they are.

What is descended on are quadratics, some with other curvatures at each call, as mini-batches have. As the
loss depends on θ and on the number of the call, a right loss tells that every step before it was right.
"""

from typing import Any

import numpy as np

from course_lib.judging.cases import Case
from course_lib.judging.encoding import encode, encode_array
from course_lib.judging.exercise import Finding, Result
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

quantity = "a rate or a loss is not right:"
NAN, INF = float("nan"), float("inf")


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(
        low: float,
        high: float,
        steps: int,
        shape: tuple[int, ...] = (3,),
        batches: int = 1,
        broken: dict[int, float] | None = None,
    ) -> Call:
        curvatures = rng.uniform(0.6, 1.4, (batches, *shape))
        settings = {"batches": encode_array(curvatures), "broken": encode(broken or {})}
        arguments = {
            "loss_and_gradient": {"function": "quadratic", "settings": settings},
            "theta": encode_array(rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape)),
            "low": low,
            "high": high,
            "steps": steps,
        }
        return {"call": "learning_rate_range_test", "arguments": arguments}

    def case(name: str, *calls: Call, measured: str = "both", **marks: Any) -> Case:
        return Case.of(name, list(calls), about={"measured": measured}, **marks)

    low = round(float(rng.uniform(0.001, 0.003)), 4)
    return [
        case("the rates", call(low, 700 * low, 12), call(1e-5, 0.4, 7), measured="rates"),
        case("the losses on a quadratic", call(low, 200 * low, 11), call(0.02, 8, 9), measured="losses"),
        case("another mini-batch at each call", call(0.01, 0.9, 9, batches=40)),
        case("θ of any shape", call(0.01, 0.5, 6, shape=(2, 3)), call(0.02, 0.3, 5, shape=(1,))),
        case("ends before a loss that is NaN", call(0.01, 0.8, 9, broken={6: NAN}), measured="end"),
        case("ends before a loss that is infinite", call(0.01, 0.8, 9, broken={5: INF}), measured="end"),
        case("goes on while the loss is finite", call(0.01, 9000, 12), measured="end"),
        case(
            "leaves θ as it was", call(0.01, 0.5, 6), call(0.01, 0.6, 5, shape=(2, 2)), keeps_arguments=True
        ),
    ]


def measure(case: Case, events: list[Event], index: int) -> tuple[Any, Any]:
    """Rates, losses or both, or where it ends: which losses are finite. A loss next to 0 may be off by the
    rounding of those before it.
    """
    returned = events[index].returned
    if not isinstance(returned, tuple | list | np.ndarray) or len(returned) != 2:
        return returned, 0.0
    rates, losses = returned
    if case.about["measured"] == "end":
        return np.isfinite(losses).astype(float), 0.0
    return {"rates": [rates], "losses": [losses], "both": [rates, losses]}[case.about["measured"]], 1e-9


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What a wrong length, rate or loss suggests."""
    number, found = next(((i, f) for i, f in enumerate(result.findings) if f), (0, None))
    if found is None or found.kind not in ("shape", "value"):
        return None
    right, came = (side[number][found.event].returned for side in (result.expected, result.got))
    if not all(isinstance(each, np.ndarray) and each.dtype.kind in "iuf" for each in came):
        return None
    rates, losses = np.ravel(came[0]), np.ravel(came[1])
    if found.kind == "shape":
        return None, f"{found.text} {_of_another_length(right, rates, losses)}"
    return None, f"{found.text} {_of_another_value(right, rates, losses, found)}"


def _of_another_length(right: Any, rates: np.ndarray, losses: np.ndarray) -> str:
    says = "Rates and losses have one entry for each loss that was finite."
    if len(losses) < len(right[1]) and np.allclose(losses, right[1][: len(losses)]):
        return f"{says} It ends too soon: the next loss is {right[1][len(losses)]:.3g}, which is finite."
    if len(rates) > len(right[0]):
        return f"{says} Count your rates for steps = 3. And what do you hand back when the third loss is NaN?"
    return says


def _of_another_value(right: Any, rates: np.ndarray, losses: np.ndarray, found: Finding) -> str:
    if not np.allclose(rates, right[0]):
        if not np.isclose(rates[0], right[0][0]):
            return "The rates are not right: the first should be low."
        if np.allclose(rates[1:] / rates[:-1], rates[1] / rates[0]):
            return "The rates grow by one and the same factor, but by another one: which one ends at high?"
        return "The rates are not right: each should be the one before times one and the same factor."
    first = "The rates are right, the losses are not."
    if found.index == (0,):
        return f"{first} The first should be that of the θ given, as it comes, before any step."
    if np.allclose(losses[1:], right[1][:-1]) and np.isclose(losses[0], losses[1]):
        return f"{first} Each comes one round late."
    return (
        f"{first} Follow θ by hand through the first rounds on a parabola: which rate is the step made with, "
        "and at which θ is the gradient taken?"
    )
