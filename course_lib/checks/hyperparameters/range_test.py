"""The exercise `learning_rate_range_test`: its cases. All is exact, so values are compared as they are.

What is descended on are quadratics, some with other curvatures at each call, as mini-batches have. As the
loss depends on θ and on the number of the call, a right loss tells that every step before it was right.
"""

from typing import Any

import numpy as np

from course_lib import tuning
from course_lib.checks.encoding import encode, encode_array
from course_lib.checks.exercise import Exercise, Result
from course_lib.checks.hyperparameters.range_test_mistakes import MISTAKES
from course_lib.checks.probe import Case
from course_lib.checks.reading import Event

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
    ) -> dict[str, Any]:
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

    def case(name: str, *calls: dict[str, Any], measured: str = "both", **marks: bool) -> Case:
        return {"name": name, "measured": measured, "calls": list(calls)} | marks

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
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return returned, 0.0
    rates, losses = returned
    if case["measured"] == "end":
        return np.isfinite(losses).astype(float), 0.0
    return {"rates": [rates], "losses": [losses], "both": [rates, losses]}[case["measured"]], 1e-9


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What a wrong length or the first wrong loss suggests."""
    found = next((f for f in result.findings if f), None)
    if found is None or found.kind not in ("shape", "value"):
        return None
    if found.kind == "shape":
        return None, f"{found.text} Rates and losses have one entry for each loss that was finite."
    if found.index == (0,):
        return None, f"{found.text} The first entry: the rate is low, and the loss is that of the θ given."
    return None, (
        f"{found.text} Compare by hand on a parabola: the first loss is that of the θ given, the second that "
        "after one step with the first rate."
    )


EXERCISES = {
    "learning_rate_range_test": Exercise(
        name="learning_rate_range_test",
        title="learning_rate_range_test",
        contract="Asked is learning_rate_range_test(loss_and_gradient, theta, low, high, steps): two arrays, "
        "rates and losses.",
        method="",
        defaults={},
        cases=cases,
        reference=tuning.learning_rate_range_test,
        misconceptions=MISTAKES.misconceptions(),
        measure=measure,
        quantity="a rate or a loss is not right:",
        suggest=suggest,
    )
}
