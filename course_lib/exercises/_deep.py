"""An initialiser for fifty layers: what is asked, and what is observed.

How the weights are drawn is free: every start that carries is right. What is sent through, and what arrives,
is told by the driver; of several draws the median counts, so that chance decides little: of 100 seeds none
fails a normal start whose weights are 1.1 to 1.2 times 1/√fan_in, for tanh.
"""

import math
from typing import TypeGuard

import numpy as np

from course_lib import texts
from course_lib.exercises import _deep_driver as driver
from course_lib.exercises._deep_driver import Passed
from course_lib.exercises._initializer import are_weights, chance, fans_of, form
from course_lib.exercises.folders import About
from course_lib.judging.cases import Case
from course_lib.judging.compare import number
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen

say = texts.beside(__file__)

FACTORS = {"tanh": 5.0, "sigmoid": 10.0}  # within which signal and gradient have to arrive
DRAWS = 3
SECONDS = 10.0  # for the draws of one case: by many factorisations, on a busy machine, they take 2
# So far apart two programs with one mistake may lie by chance: the logarithm of the weights' size; their mean
# in units of it, the share of directions that they use, and the sums of columns and rows.
SCALES_ALIKE = 0.015
SHAPES_ALIKE = 0.1

CASES = {
    "5 layers": [64] * 6,
    "30 layers": [64] * 31,
    "50 layers": [64] * 51,
    "50 narrow layers": [40] * 51,
    "50 layers of changing width": [32, 64] * 25 + [32],
}
DRAWN = ("30 layers", "50 narrow layers", "50 layers of changing width")  # where chance has to be that of rng


def cases(about: About, seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)

    def call(fan_in: int, fan_out: int, generator: int = 0, shared: bool = False) -> Call:
        chance_from = {"rng": generator or int(rng.integers(1, 2**31)), "shared": shared}
        return {"call": about.name, "arguments": {"fan_in": fan_in, "fan_out": fan_out, "rng": chance_from}}

    def passage(name: str, widths: list[int]) -> Case:
        settings: driver.Settings = {"bend": about.name.removeprefix("deep_"), "widths": widths}
        calls = [call(widths[0], widths[1]) for _ in range(DRAWS)]
        observed, beside = ("far", "") if len(widths) > 30 else ("near", "far")
        return Case.of(name, calls, observed, driver.__name__, SECONDS, settings, beside=beside)

    first, second = (int(n) for n in rng.integers(1, 2**31, 2))
    small = int(rng.integers(3, 6)), int(rng.integers(6, 9))
    shapes = [call(*small), call(*small[::-1]), call(1, 4), call(4, 1)]
    again = [call(*small, first), call(*small, first), call(*small, second)]
    again += [call(*small, second + 1, shared=True)] * 2
    return [
        Case.of("shape and type", shapes, "form", beside="far"),
        *(passage(*each) for each in CASES.items()),
        Case.of("all chance comes from rng", again, "chance", beside="far"),
    ]


def observe(case: Case, events: list[Event]) -> list[Observation]:
    fans = [fans_of(call) for call in case.calls]
    returned = [event.returned for event in events]
    if case.observe == "form":
        return [form(*each) for each in zip(fans, returned, range(len(events)), strict=True)]
    if case.asked.driver:
        return _arrival(case, fans, events)
    for index, weights in enumerate(returned):
        if not are_weights(weights, *fans[index]):
            return [form(fans[index], weights, index)]
    return [Observation("W", "an array of numbers"), *chance(returned, events)]


def _arrival(case: Case, fans: list[tuple[int, int]], events: list[Event]) -> list[Observation]:
    """Whether signal and gradient arrive; where not, what the weights are like that do not carry them."""
    found = [_passed(event) for event in events]
    for index, each in enumerate(found):
        if each is None:
            returned = events[index].returned
            other = returned.get("other") if isinstance(returned, dict) else None
            return [form(fans[index], other, index)]
    passed = [each for each in found if each]
    signal, gradient = factors(passed)
    most = FACTORS[case.asked.settings["bend"]]
    one = Observation("W", "an array of numbers")
    if arrives(signal, most) and arrives(gradient, most):
        return [one, Observation("The way", "carries"), *(_drawn(passed) if case.name in DRAWN else ())]
    layers = len(case.asked.settings["widths"]) - 1
    says = say("arrival", layers=layers, signal=number(signal), gradient=number(gradient), most=most)
    looks = [
        [each["size"], each["mean"], each["directions"], each["columns"], each["rows"]] for each in passed
    ]
    size, mean, *others = np.median(looks, axis=0).tolist()
    scale = math.log(size) if size else -math.inf
    shape = np.array([mean / size if size else 0.0, *others])
    return [
        one,
        Observation("The way", "loses", says),
        Observation("The scale", scale, says, allowed=SCALES_ALIKE),
        Observation("The shape", shape, says, allowed=SHAPES_ALIKE),
    ]


def _drawn(passed: list[Passed]) -> list[Observation]:
    """Whether what carries is drawn from rng: again with the same seed, and otherwise with another."""
    different = len({each["gradient"].tobytes() for each in passed}) == len(passed)
    return [
        Observation("The same seed", all(each.get("again") is True for each in passed), say("same-seed")),
        Observation("Another seed", different, say("other-seed")),
    ]


def factors(passed: list[Passed]) -> tuple[float, float]:
    """By what signal and gradient are multiplied on their whole way, in the median of the draws."""
    up = [each["apart"][-1] / each["apart"][0] for each in passed]
    back = [each["gradient"][0] / each["gradient"][-1] for each in passed]
    return float(np.median(up)), float(np.median(back))


def arrives(factor: float, most: float) -> bool:
    return 1 / most <= factor <= most


def _passed(event: Event) -> Passed | None:
    found = event.returned.get("sizes") if isinstance(event.returned, dict) else None
    return found if _is_passed(found) else None


def _is_passed(found: object) -> TypeGuard[Passed]:
    if not isinstance(found, dict) or not found.keys() >= Passed.__required_keys__:
        return False
    sizes = [found[name] for name in ("signal", "apart", "gradient")]
    numbers = [found[name] for name in ("size", "mean", "directions", "columns", "rows")]
    if not all(isinstance(value, float) and math.isfinite(value) for value in numbers):
        return False
    curves = all(isinstance(each, np.ndarray) and each.ndim == 1 and each.dtype.kind == "f" for each in sizes)
    return curves and all(map(len, sizes)) and found["apart"][0] > 0 and found["gradient"][-1] > 0


def suggest(result: Result) -> tuple[None, str] | None:
    """Which of the two is lost, and how."""
    for case, events in zip(result.cases, result.got, strict=True):
        passed = [each for event in events if case.asked.driver and (each := _passed(event))]
        if len(passed) < DRAWS:
            continue
        signal, gradient = factors(passed)
        most = FACTORS[case.asked.settings["bend"]]
        if not (arrives(signal, most) and arrives(gradient, most)):
            told = {"layers": len(case.asked.settings["widths"]) - 1, "signal": signal, "gradient": gradient}
            return None, say(f"suggest.{_fate(signal, most)}-{_fate(gradient, most)}", **told)
    return None


def _fate(factor: float, most: float) -> str:
    return "arrives" if arrives(factor, most) else "explodes" if factor > 1 else "vanishes"


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """The sizes, layer by layer, of the first draw."""
    passed = [each for event in events[:1] if case.asked.driver and (each := _passed(event))]
    return [
        Seen(
            "",
            say(f"seen.{name}"),
            say("seen.layer"),
            say("seen.size"),
            each[name],
            at=np.arange(len(each[name])),
            log=True,
        )
        for each in passed
        for name in ("apart", "gradient")
    ]
