"""Settings for momentum in a ravine. The walk is made here, with the two numbers that come back.

Any settings are right with which every direction of the ravine is down in time: after 6 √κ steps, and for as
many more, the distance is at most a hundredth of that at the start. The best settings need 4.6 to 5.3 √κ.
"""

import math

import numpy as np

from course_lib import texts
from course_lib.exercises._numbers import in_detail, pair
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event

say = texts.beside(__file__)

LEFT = 0.01
STEPS = 6  # times √κ
DIRECTIONS = 25  # curvatures from the smallest to the largest


def cases(seed: int) -> list[Case]:
    """Only how steep the ravines are is drawn, on which it does not depend who is in time."""
    rng = np.random.default_rng(seed)

    def case(name: str, small: float, condition: float, beside: str = "") -> Case:
        small, large = (float(f"{each:.4g}") for each in (small, small * condition))
        calls: list[Call] = [{"call": "ravine_settings", "arguments": {"small": small, "large": large}}]
        observe = "bowl" if beside else "ravine"
        return Case.of(name, calls, observe, beside=beside, shown=(say("call", small=small, large=large),))

    steep, flat, any_scale, another = (float(10**x) for x in rng.uniform([0.5, -2, -1, -1], [1.5, -1, 1, 1]))
    return [
        case("the ravine with κ = 100", 1.0, 100.0),
        case("the same, and steeper everywhere", steep, 100.0),
        case("the same, and flatter everywhere", flat, 100.0),
        case("κ = 25", any_scale, 25.0),
        case("κ = 1000", another, 1000.0),
        case("a bowl, as steep across as along", steep, 1.0, beside="ravine"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    small, large = case.calls[0]["arguments"].values()
    returned = events[0].returned
    found = pair(returned)
    if found is None:
        says = say("no-pair", small=small, large=large, got=in_detail(returned))
        return [Observation(say("what"), described(returned), says)]
    lr, mu = found
    if not np.isfinite(found).all():
        says = say("not-finite", small=small, large=large, lr=number(lr), mu=number(mu))
        return [Observation(say("what"), "not finite", says)]
    steps = math.ceil(STEPS * math.sqrt(large / small))
    curvature, left = _worst(small, large, lr, mu, steps)
    if left <= LEFT:
        return [Observation(say("what"), "in time")]
    key = "slow" if left <= 1 else "away"
    says = say(key, lr=lr, mu=mu, steps=steps, left=left, curvature=curvature)
    return [Observation(say("what"), f"{key} with {lr:.4g} and {mu:.4g}", says)]


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the cases that fail have in common."""
    seen = [str(observe(*each)[0].value) for each in zip(result.cases, result.got, strict=True)]
    in_time, away = ([each.startswith(word) for each in seen] for word in ("in time", "away"))
    if "not finite" in seen:
        return "not-finite", say("suggests.not-finite")
    pairs = [found for events in result.got if (found := pair(events[0].returned))]
    if len(pairs) < len(seen):
        return "another-form", say("suggests.form")
    if in_time[0] and not all(in_time[1:3]):
        mus = [mu for _, mu in pairs[:3]]
        key = "rate" if np.allclose(mus, mus[0]) else "mu"
        return "another-scale", say(f"suggests.scale-{key}")
    if in_time[0]:
        return "another-condition", say("suggests.condition")
    if not away[0]:
        return "too-slow", say("suggests.slow")
    lr, mu = pairs[0]
    key = "uphill" if lr < 0 else "grows" if abs(mu) >= 1 else "away"
    return "flies-off", say(f"suggests.{key}", lr=lr, mu=mu)


def _worst(small: float, large: float, lr: float, mu: float, steps: int) -> tuple[float, float]:
    """The curvature in whose direction most is left, and how much of the distance at the start that is."""
    curvatures = np.geomspace(small, large, DIRECTIONS)
    theta, velocity = np.ones(DIRECTIONS), np.zeros(DIRECTIONS)
    left = np.zeros(DIRECTIONS)
    for step in range(1, 2 * steps + 1):
        velocity = mu * velocity + curvatures * theta
        theta = theta - lr * velocity
        if step >= steps:
            left = np.fmax(left, np.abs(theta))
    left = np.where(np.isfinite(theta), left, np.inf)
    worst = int(left.argmax())
    return float(curvatures[worst]), float(left[worst])
