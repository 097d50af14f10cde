"""Log-uniform draws. The cases, and what is observed of the numbers drawn.

How numbers are drawn is free; what is left to chance is tested so that a right answer fails with a
probability below 1e-9 in all. Each test says its share.
"""

import math

import numpy as np

from course_lib import texts
from course_lib.judging.cases import Case
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import decode, encode
from course_lib.judging.exercise import Result
from course_lib.judging.observing import Observation, global_state
from course_lib.judging.probe import Call
from course_lib.judging.reading import Event
from course_lib.judging.seen import Seen, seeds

say = texts.beside(__file__)

N = 3000
# Dvoretzky, Kiefer, Wolfowitz, Massart: the shares of N draws below any number differ from their
# probabilities by more than this with a probability of at most 2 exp(−2 N FAR²) = 2 exp(−26) = 1e-11.
FAR = math.sqrt(26 / (2 * N))
FEW = 20  # numbers drawn once more: that two generators give the same ones is no chance
SHARES_ALIKE = 0.07  # between two implementations of one mistake: five standard deviations
OMITTED = object()  # a size that is not passed at all: its default is what counts


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    factor = round(float(rng.uniform(1.5, 3)), 2)
    ranges = {
        "from small to large": (0.001 * factor, 40 * factor),
        "far below 1": (1e-7 * factor, 1e-3 * factor),
        "far above 1": (5 * factor, 5e4 * factor),
        "close together": (0.1 * factor, 2 * factor),
    }

    def call(low: float, high: float, size: object = None, generator: int = 0, shared: bool = False) -> Call:
        form = {"rng": generator or int(rng.integers(1, 2**31)), "shared": shared}
        arguments = {"low": low, "high": high, "rng": form}
        arguments |= {} if size is OMITTED else {"size": encode(size)}
        return {"call": "log_uniform", "arguments": arguments}

    def case(name: str, observe: str, calls: list[Call], special: bool = False) -> Case:
        # Any generator gives numbers in the right form, and from rng.
        return Case.of(name, calls, observe, special=special, beside="" if observe == "shares" else "shares")

    def shares(name: str, low: float, high: float) -> Case:
        """The second generator is the first again, the third another."""
        one, other = (int(n) for n in rng.integers(1, 2**31, 2))
        again = [call(low, high, FEW, seed) for seed in (one, one, other)] if name != first else []
        return case(f"uniform in the logarithm, {name}", "shares", [call(low, high, N), *again])

    first, *_ = ranges
    low, high = ranges[first]
    one, other = (int(n) for n in rng.integers(1, 2**31, 2))
    return [
        case(
            "one number, or as many as size says",
            "form",
            [call(low, high, n) for n in (OMITTED, 5, 1, (2, 3))],
        ),
        *(shares(name, *ends) for name, ends in ranges.items()),
        case(
            "low and high are the same", "one place", [call(low, low, 5), call(high, high, 5)], special=True
        ),
        case("all chance comes from rng", "seeds", [call(low, high, 600, n) for n in (one, one, other)]),
        case(
            "each number is drawn on its own, and can be drawn again",
            "draws",
            [call(low, high, 600, one)]
            + [call(low, high, None, other, shared) for shared in (True, True, False)],
        ),
    ]


# What is observed


def observe(case: Case, events: list[Event]) -> list[Observation]:
    calls = [call["arguments"] for call in case.calls]
    sizes = [_size(call.get("size")) for call in calls]
    if case.observe == "form":
        return [_form(*each) for each in zip(sizes, events, range(len(events)), strict=True)]
    for index, (size, event) in enumerate(zip(sizes, events, strict=True)):
        if not _holds(event.returned, max(1, math.prod(size or (1,)))):
            return [_form(size, event, index)]
    drawn = [np.asarray(event.returned, dtype=float).ravel() for event in events]
    low, high = calls[0]["low"], calls[0]["high"]
    readable = Observation("What comes back", "readable")
    if case.observe == "one place":
        return [readable, *(_place(call["low"], values) for call, values in zip(calls, drawn, strict=True))]
    if case.observe == "seeds":
        return [readable, *_seeds(drawn, events)]
    if case.observe == "draws":
        return [readable, _alike(drawn[0]), *_draws(drawn, events)]
    by_chance = _seeds(drawn[1:], events) if drawn[1:] else []
    return [readable, *_range(low, high, drawn[0]), *_shares(low, high, drawn[0]), *by_chance]


def _size(form: object) -> tuple[int, ...] | None:
    size = decode(form)
    return (size,) if isinstance(size, int) else size


def _holds(value: object, count: int) -> bool:
    """Whether there are as many finite numbers as asked; their form is judged in its own case."""
    if isinstance(value, list | tuple) and not all(map(_is_number, value)):
        return False
    if not isinstance(value, list | tuple | np.ndarray) and not _is_number(value):
        return False
    numbers = np.asarray(value)
    return numbers.dtype.kind in "fi" and numbers.size == count and bool(np.isfinite(numbers).all())


def _is_number(value: object) -> bool:
    is_scalar = isinstance(value, np.ndarray) and value.ndim == 0
    return is_scalar or (isinstance(value, int | float) and not isinstance(value, bool))


def _form(size: tuple[int, ...] | None, event: Event, index: int) -> Observation:
    came = event.returned
    name = value = described(came)
    if isinstance(came, float | np.ndarray) and np.asarray(came).dtype.kind == "f":
        shape = np.shape(came)
        value = "as asked" if shape == (size or ()) else f"an array of {len(shape)} dimensions"
        if not np.isfinite(came).all():
            name, value = say("not-finite"), "not finite"
    elif isinstance(came, list | tuple):
        value = type(came).__name__
    elif isinstance(came, int | float | np.ndarray):
        name, value = say("no-fraction", what=name), "integers"
    told = {"size": size[0] if size and len(size) == 1 else size, "shape": size, "got": name}
    return Observation("The form", value, say("form" if size else "form-of-one", **told), index)


def _range(low: float, high: float, values: np.ndarray) -> list[Observation]:
    slack = 1e-9  # exp(log(high)) may be a rounding error above high
    below, above = (values < low * (1 - slack)).mean(), (values > high * (1 + slack)).mean()
    told = {"low": number(low), "high": number(high), "count": N}
    told |= {"smallest": number(values.min()), "largest": number(values.max())}
    outside = Observation("The range", (bool(below), bool(above)), say("range", **told))
    # No value of N in the outermost 1 % of the logarithm at one end: 2 · 0.99ᴺ for both, below 2e-13.
    near = values.min() < low * (high / low) ** 0.01, values.max() > high * (low / high) ** 0.01
    says = say("ends", **told, shares=_told(low, high, values))
    return [outside, Observation("The ends", tuple(map(bool, near)), says)]


def _shares(low: float, high: float, values: np.ndarray) -> list[Observation]:
    place = _places(low, high, values)
    ranks = np.arange(1, N + 1) / N
    off = max(np.abs(ranks - place).max(), np.abs(ranks - 1 / N - place).max())
    says, shares = _told(low, high, values), _quarters(place)
    possible = bool(off < FAR)
    # Kolmogorov's limit: √N off < x has a probability of √(2π)/x · exp(−π²/(8 x²)); 1e-17 for x = 0.17.
    exact = bool(off * math.sqrt(N) < 0.17)
    if exact:
        says = say("even")
    value = np.array([0, 0.25, 0.25, 0.25, 0.25, 0]) if possible else shares
    return [
        Observation("The steps", exact, says),
        Observation("The shares", value, says, allowed=SHARES_ALIKE if not possible else 0.0),
    ]


def _quarters(place: np.ndarray) -> np.ndarray:
    """The shares below the range, in each quarter of it, and above it."""
    shares: np.ndarray = np.histogram(place, [-np.inf, 0, 0.25, 0.5, 0.75, 1, np.inf])[0] / len(place)
    return shares


def _told(low: float, high: float, values: np.ndarray) -> str:
    shares = _quarters(_places(low, high, values))
    ends = [number(low * (high / low) ** q) for q in (0, 0.25, 0.5, 0.75, 1)]
    each = zip(ends, ends[1:], shares[1:], strict=False)
    parts = "; ".join(say("interval", low=low, high=high, share=share) for low, high, share in each)
    outside = shares[0] + shares[-1]
    return say("shares-and-outside" if outside else "shares", parts=parts, outside=outside)


def _places(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """Where each value lies between low (0) and high (1), on the scale of the logarithm; sorted."""
    positive = np.where(values > 0, values, 1e-300)
    return np.sort(np.clip(np.log(positive / low) / np.log(high / low), -9, 9).round(12))


def _alike(values: np.ndarray) -> Observation:
    different = np.unique(values).size
    # Even in float32, of 600 free draws ten or more are repeated with a probability below 1e-20.
    value = "all different" if different > 590 else "one number" if different == 1 else "repeated"
    says = say("one-different" if different == 1 else "different", count=different)
    return Observation("The numbers", value, says)


def _place(low: float, values: np.ndarray) -> Observation:
    there = bool(np.allclose(values, low, rtol=1e-9, atol=0))
    says = say("one-place", low=number(low), came=number(values[0]))
    return Observation("The only number", "itself" if there else "another", says)


def _seeds(drawn: list[np.ndarray], events: list[Event]) -> list[Observation]:
    first, again, other = (values.tobytes() for values in drawn)
    return [
        global_state(events),
        Observation("The same seed", first == again, say("same-seed")),
        Observation("Another seed", first != other, say("other-seed")),
    ]


def _draws(drawn: list[np.ndarray], events: list[Event]) -> list[Observation]:
    one, two, again = (values.tobytes() for values in drawn[1:])
    return [
        global_state(events),
        Observation("The next call", one != two, say("next-call")),
        Observation("Once more", one == again, say("once-more")),
    ]


# What is said of a mistake that is not known


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the numbers look like in the first case whose distribution is wrong."""
    for case, events, finding in zip(result.cases, result.got, result.findings, strict=True):
        if finding is None or case.observe not in ("shares", "draws"):
            continue
        count = math.prod(_size(case.calls[0]["arguments"]["size"]) or (1,))
        if not _holds(events[0].returned, count):
            return None
        values, ends = np.asarray(events[0].returned), case.calls[0]["arguments"]
        look = _look(np.sort(values.ravel()), ends["low"], ends["high"])
        return (None, say("look", finding=finding.text, look=look)) if look else None
    return None


def _look(values: np.ndarray, low: float, high: float) -> str | None:
    places = _places(low, high, values)
    if np.any(values == 0):
        return say("zeros")
    if np.unique(values).size < 0.97 * values.size:
        return say("repeated")
    if values[0] < low * 0.999 or values[-1] > high * 1.001:
        return say("outside")
    first, second, third, last = _quarters(places)[1:5]
    if min(second, third) > 1.2 * max(first, last):
        return say("middle")
    if last > 1.2 * first:
        return say("larger")
    if first > 1.2 * last:
        return say("smaller")
    return None


# What is drawn


def seen(case: Case, events: list[Event]) -> list[Seen]:
    """Where the numbers lie on the scale of the logarithm; or whether they come again."""
    calls = [call["arguments"] for call in case.calls]
    sizes = [math.prod(_size(call.get("size")) or (1,)) for call in calls]
    if case.observe == "form" or not all(
        _holds(event.returned, size) for event, size in zip(events, sizes, strict=True)
    ):
        return []
    drawn = [np.asarray(event.returned, dtype=float).ravel() for event in events]
    if case.observe == "one place":
        return [
            Seen(
                say("seen.one-place", low=number(call["low"])),
                say("seen.numbers"),
                say("seen.draw"),
                say("seen.number"),
                values,
                asked=np.full(len(values), call["low"]),
            )
            for call, values in zip(calls, drawn, strict=True)
        ]
    contents = [values.tobytes() for values in drawn]
    if case.observe == "seeds":
        return [seeds(contents[0] == contents[1], contents[0] == contents[2])]
    if case.observe == "draws":
        return [_seen_distinct(drawn[0]), _seen_again(*contents[1:])]
    return [_seen_shares(calls[0]["low"], calls[0]["high"], drawn[0])]


def _seen_shares(low: float, high: float, values: np.ndarray) -> Seen:
    """The share of the numbers in each tenth of the way from low to high, and beyond."""
    tenths = np.clip(np.ceil(10 * _places(low, high, values)), 0, 11)
    return Seen(
        "",
        say("seen.tenths"),
        say("seen.tenth"),
        say("seen.share"),
        np.bincount(tenths.astype(int), minlength=12) / len(values),
        at=np.arange(12),
        asked=[0.0, *[0.1] * 10, 0.0],
        # Six standard deviations of a share of a tenth.
        allowed=6 * math.sqrt(0.1 * 0.9 / len(values)),
        names_x=((0.0, say("seen.below")), (3.0, "3"), (6.0, "6"), (9.0, "9"), (11.0, say("seen.above"))),
        bars=True,
    )


def _seen_distinct(values: np.ndarray) -> Seen:
    """How many are different; a few may come again in float32."""
    title = say("seen.different", count=len(values))
    return Seen(
        "",
        title,
        "",
        say("seen.different-ones"),
        [np.unique(values).size],
        asked=[len(values)],
        allowed=10,
        bars=True,
    )


def _seen_again(one: bytes, two: bytes, again: bytes) -> Seen:
    return Seen(
        "",
        say("seen.one-more"),
        "",
        "",
        [float(one != two), float(one != again)],
        asked=[1.0, 0.0],
        names_x=((1.0, say("seen.next")), (2.0, say("seen.first-again"))),
        names_y=((0.0, say("seen.same")), (1.0, say("seen.another"))),
    )
