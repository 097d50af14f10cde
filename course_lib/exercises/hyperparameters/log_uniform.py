"""The exercise `log_uniform`: its cases, what is observed of the numbers drawn, and the mistakes.

How numbers are drawn is free; what is left to chance is tested so that a right answer fails with a
probability below 1e-9 in all. Each test says its share.
"""

# mypy: no-check-untyped-defs

import math
from typing import Any

import numpy as np

from course_lib import tuning
from course_lib.judging.cases import Case
from course_lib.judging.catalogue import Catalogue
from course_lib.judging.compare import described, number
from course_lib.judging.encoding import encode
from course_lib.judging.exercise import Exercise, Result
from course_lib.judging.observing import Observation
from course_lib.judging.reading import Event

N = 3000
# Dvoretzky, Kiefer, Wolfowitz, Massart: the shares of N draws below any number differ from their
# probabilities by more than this with a probability of at most 2 exp(−2 N FAR²) = 2 exp(−26) = 1e-11.
FAR = math.sqrt(26 / (2 * N))
SHARES_ALIKE = 0.07  # between two implementations of one mistake: five standard deviations
OMITTED = object()  # a size that is not passed at all: its default is what counts
MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


def cases(seed: int) -> list[Case]:
    rng = np.random.default_rng(seed)
    factor = round(float(rng.uniform(1.5, 3)), 2)
    ranges = {
        "from small to large": (0.001 * factor, 40 * factor),
        "far below 1": (1e-7 * factor, 1e-3 * factor),
        "far above 1": (5 * factor, 5e4 * factor),
        "close together": (0.1 * factor, 2 * factor),
    }

    def call(low: float, high: float, size: Any = None, generator: int = 0, shared: bool = False) -> Any:
        form = {"rng": generator or int(rng.integers(1, 2**31)), "shared": shared}
        arguments = {"low": low, "high": high, "rng": form}
        arguments |= {} if size is OMITTED else {"size": encode(size)}
        return {"call": "log_uniform", "arguments": arguments}

    def case(name: str, observe: str, calls: list[Any]) -> Case:
        return Case.of(name, calls, observe)

    low, high = ranges["from small to large"]
    one, other = (int(n) for n in rng.integers(1, 2**31, 2))
    return [
        case(
            "one number, or as many as size says",
            "form",
            [call(low, high, n) for n in (OMITTED, 5, 1, (2, 3))],
        ),
        *(case(f"uniform in the logarithm, {name}", "shares", [call(*e, N)]) for name, e in ranges.items()),
        case(
            "each number is drawn on its own, from rng",
            "chance",
            [call(low, high, 600, n) for n in (one, one, other)]
            + [call(low, high, None, other, shared=True)] * 2,
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
    if case.observe == "chance":
        return [readable, _alike(drawn[0]), *_chance(drawn, events)]
    return [readable, *_range(low, high, drawn[0]), *_shares(low, high, drawn[0])]


def _size(form: Any) -> tuple[int, ...] | None:
    return tuple(form["tuple"]) if isinstance(form, dict) else None if form is None else (form,)


def _holds(value: Any, count: int) -> bool:
    """Whether there are as many finite numbers as asked; their form is judged in its own cases."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.ndarray):
        return False
    numbers = np.asarray(value)
    return numbers.dtype.kind in "fi" and numbers.size == count and bool(np.isfinite(numbers).all())


def _form(size: tuple[int, ...] | None, event: Event, index: int) -> Observation:
    came = event.returned
    name = value = described(came)
    if isinstance(came, float | np.ndarray) and np.asarray(came).dtype.kind == "f":
        shape = np.shape(came)
        value = "as asked" if shape == (size or ()) else f"an array of {len(shape)} dimensions"
        if not np.isfinite(came).all():
            name, value = "something that is not finite", "not finite"
    elif isinstance(came, list | tuple):
        value = type(came).__name__
    elif isinstance(came, int | float | np.ndarray):
        name, value = f"{name} with no fraction", "integers"
    asked = f"an array of shape {size}" if size else "one number"
    given = f"size = {size if size and len(size) > 1 else size[0]}" if size else "no size"
    says = f"With {given}, what comes back is {name}; asked is {asked}."
    return Observation("The form", value, says, index)


def _range(low: float, high: float, values: np.ndarray) -> list[Observation]:
    slack = 1e-9  # exp(log(high)) may be a rounding error above high
    below, above = (values < low * (1 - slack)).mean(), (values > high * (1 + slack)).mean()
    says = f"With low = {number(low)} and high = {number(high)}, the {N} numbers go from "
    says += f"{number(values.min())} to {number(values.max())}."
    outside = Observation("The range", (bool(below), bool(above)), says)
    # No value of N in the outermost 1 % of the logarithm at one end: 2 · 0.99ᴺ for both, below 2e-13.
    near = values.min() < low * (high / low) ** 0.01, values.max() > high * (low / high) ** 0.01
    says += f" Numbers close to one end are missing. {_told(low, high, values)}"
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
        says = "The numbers lie in equal steps of the logarithm, far more evenly than chance would have it."
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
    parts = "; ".join(f"{ends[i]} to {ends[i + 1]}: {shares[i + 1]:.0%}" for i in range(4))
    outside = shares[0] + shares[-1]
    says = f"Shares of the numbers in four intervals that have the same factor from end to end: {parts}"
    says += f"; outside: {outside:.0%}." if outside else "."
    return f"{says} Asked is about a quarter in each."


def _places(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """Where each value lies between low (0) and high (1), on the scale of the logarithm; sorted."""
    positive = np.where(values > 0, values, 1e-300)
    return np.sort(np.clip(np.log(positive / low) / np.log(high / low), -9, 9).round(12))


def _alike(values: np.ndarray) -> Observation:
    different = np.unique(values).size
    # Even in float32, of 600 free draws ten or more are repeated with a probability below 1e-20.
    value = "all different" if different > 590 else "one number" if different == 1 else "repeated"
    says = f"Of 600 numbers, {different} {'is' if different == 1 else 'are'} different."
    return Observation("The numbers", value, says)


def _chance(drawn: list[np.ndarray], events: list[Event]) -> list[Observation]:
    first, again, other, one, two = (values.tobytes() for values in drawn)
    used = any(event.global_random for event in events)
    return [
        Observation(
            "NumPy's global random state",
            "used" if used else "left alone",
            "The code uses NumPy's global random state (np.random.…). All chance should come from rng.",
        ),
        Observation(
            "The same seed",
            first == again,
            "Two generators with the same seed gave different numbers: some chance comes from elsewhere.",
        ),
        Observation(
            "Another seed",
            first != other,
            "Generators with different seeds gave the same numbers: rng has no effect.",
        ),
        Observation("The next call", one != two, "Two calls with one generator gave the same number."),
    ]


# What is said of a mistake that is not known


def suggest(result: Result) -> tuple[str | None, str] | None:
    """What the numbers look like in the first case whose distribution is wrong."""
    for case, events, finding in zip(result.cases, result.got, result.findings, strict=True):
        if finding is None or case.observe == "form":
            continue
        count = math.prod(_size(case.calls[0]["arguments"]["size"]) or (1,))
        if not _holds(events[0].returned, count):
            return None
        values, ends = np.asarray(events[0].returned), case.calls[0]["arguments"]
        look = _look(np.sort(values.ravel()), ends["low"], ends["high"])
        return (None, f"{finding.text} {look}") if look else None
    return None


def _look(values: np.ndarray, low: float, high: float) -> str | None:
    places = _places(low, high, values)
    if np.any(values == 0):
        return "Some of them are 0. Is something rounded, or made a whole number?"
    if np.unique(values).size < 0.97 * values.size:
        return "Several numbers come again and again. Is something rounded, cut off, or chosen from a list?"
    if values[0] < low * 0.999 or values[-1] > high * 1.001:
        return (
            "They leave the range from low to high. Put the smallest and the largest number that your draw "
            "can give into your formula, by hand: low and high should come out."
        )
    first, second, third, last = _quarters(places)[1:5]
    if min(second, third) > 1.2 * max(first, last):
        return "The middle comes too often. Is what you draw from equally likely between its two ends?"
    if last > 1.2 * first:
        return "The larger the number, the more often it comes. On which scale is your draw uniform?"
    if first > 1.2 * last:
        return "The smaller the number, the more often it comes. On which scale is your draw uniform?"
    return None


# Mistakes


@mistake(
    "uniform",
    "The numbers themselves are uniform, not their logarithms. Nearly all fall into the largest decade, and "
    "small values are hardly ever tried.",
    "Draw 1000 numbers between 0.0001 and 1 and count how many are below 0.01. What should it be?",
)
def uniform(low, high, rng, size=None):
    return rng.uniform(low, high, size)


@mistake(
    "returns-logarithm",
    "What comes back are the logarithms of the numbers: the way back from the logarithm is missing.",
    "What does your code return for low = high = 1? And what should it?",
)
def returns_logarithm(low, high, rng, size=None):
    return rng.uniform(np.log(low), np.log(high), size)


@variant("returns-logarithm")
def returns_logarithm_to_ten(low, high, rng, size=None):
    return rng.uniform(np.log10(low), np.log10(high), size)


@mistake(
    "exp-of-log10",
    "The logarithm is to base 10, but the way back is exp, to base e: the numbers are pressed together "
    "around 1.",
    "Which function undoes which logarithm?",
)
def exp_of_log10(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log10(low), np.log10(high), size))


@mistake(
    "ten-to-natural-log",
    "The logarithm is to base e, but the way back is a power of 10: the numbers go far beyond the range.",
    "To which base is the function log of NumPy? Compare it with that of your power.",
)
def ten_to_natural_log(low, high, rng, size=None):
    return 10 ** rng.uniform(np.log(low), np.log(high), size)


@mistake(
    "base-two",
    "The logarithm is to base 2 and the way back to base e, or the other way round: the numbers do not go "
    "from low to high.",
    "Apply the two functions of your code to 8, one after the other. Does 8 come back?",
)
def exp_of_log2(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log2(low), np.log2(high), size))


@variant("base-two")
def two_to_natural_log(low, high, rng, size=None):
    return 2 ** rng.uniform(np.log(low), np.log(high), size)


@mistake(
    "logarithm-of-one-plus",
    "The logarithm is that of 1 + x. For numbers well below 1 that is hardly a logarithm at all: there, the "
    "numbers are nearly uniform.",
    "For x = 0.001 and x = 0.002, compare the logarithms that you use. By how much should they differ?",
)
def logarithm_of_one_plus(low, high, rng, size=None):
    return np.expm1(rng.uniform(np.log1p(low), np.log1p(high), size))


@mistake(
    "no-logarithm-of-the-ends",
    "exp, or the power, is taken of a number between low and high. The ends have to be on the scale of the "
    "logarithm too.",
    "On which scale do you draw, and where are low and high on that scale?",
)
def exp_of_uniform(low, high, rng, size=None):
    with np.errstate(over="ignore"):
        return np.exp(rng.uniform(low, high, size))


@variant("no-logarithm-of-the-ends")
def ten_to_uniform(low, high, rng, size=None):
    with np.errstate(over="ignore"):
        return 10 ** rng.uniform(low, high, size)


@mistake(
    "log-of-uniform",
    "The logarithm is taken of a uniform number. Asked is the other way round: the logarithm is what is "
    "uniform.",
    "Which comes first, the drawing or the logarithm?",
)
def log_of_uniform(low, high, rng, size=None):
    return np.log(rng.uniform(low, high, size))


@mistake(
    "whole-decades",
    "Only a few different numbers come: the exponents are whole numbers. Between 0.01 and 0.1 lies a lot.",
    "Which values can your exponent take?",
)
def whole_decades(low, high, rng, size=None):
    return low * 10.0 ** rng.integers(0, round(np.log10(high / low)) + 1, size)


@variant("whole-decades")
def rounded_exponents(low, high, rng, size=None):
    return 10.0 ** np.round(rng.uniform(np.log10(low), np.log10(high), size))


@mistake(
    "log-normal",
    "The logarithm has a bell-shaped distribution, not a uniform one: the ends are tried less often than the "
    "middle, and some numbers lie outside.",
    "Which method of the generator has all numbers between two ends equally likely?",
)
def log_normal(low, high, rng, size=None):
    middle, width = np.log(low * high) / 2, np.log(high / low)
    return np.exp(rng.normal(middle, width / 4, size))


@mistake(
    "reciprocal",
    "It is the reciprocals that are uniform: nearly all numbers fall close to low.",
    "Count the numbers in each decade. Which function has equal steps where a number is multiplied by 10?",
)
def reciprocal(low, high, rng, size=None):
    return 1 / rng.uniform(1 / high, 1 / low, size)


@mistake(
    "squared",
    "A uniform number is squared to get more small values. That favours small ones, but the decades are not "
    "equally likely.",
    "Count the numbers in each decade of the range: are there as many in each?",
)
def squared(low, high, rng, size=None):
    return low + (high - low) * rng.random(size) ** 2


@mistake(
    "square-root",
    "It is the square roots that are uniform, not the logarithms. Small numbers come more often than from a "
    "plain uniform draw, but the decades are not equally likely.",
    "Compare the first decade with the last. Which function turns factors into distances?",
)
def square_root(low, high, rng, size=None):
    return rng.uniform(np.sqrt(low), np.sqrt(high), size) ** 2


@mistake(
    "begins-at-one",
    "The numbers begin at 1, wherever low is: low is missing where the range begins.",
    "Suppose that your random number is as small as it can be. What does your formula give, and what should "
    "it give?",
)
def low_forgotten(low, high, rng, size=None):
    return (high / low) ** rng.random(size)


@variant("begins-at-one")
def powers_of_high(low, high, rng, size=None):
    return high ** rng.random(size)


@mistake(
    "difference-for-ratio",
    "The way from low to high is taken as a difference, where on the scale of the logarithm it is a ratio: "
    "the numbers do not end at high.",
    "low times which number is high?",
)
def difference_for_ratio(low, high, rng, size=None):
    return low * (high - low) ** rng.random(size)


@mistake(
    "size-ignored",
    "size has no effect: a single number comes back whatever it is.",
    "Where in your code does size occur?",
)
def size_ignored(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high)))


@mistake(
    "same-number",
    "One number is drawn and repeated size times. Each is to be drawn on its own.",
    "How many random numbers does your code draw when size is 100?",
)
def same_number(low, high, rng, size=None):
    value = np.exp(rng.uniform(np.log(low), np.log(high)))
    return value if size is None else np.full(size, value)


@mistake(
    "flattened",
    "A shape such as (2, 3) gives one row of 6 numbers.",
    "What shape does the result have in your code when size is a tuple? The generator's methods take one.",
)
def flattened(low, high, rng, size=None):
    count = None if size is None else int(np.prod(size))
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


@mistake(
    "array-of-one",
    "Without a size, an array with one entry comes back. Asked is a number by itself.",
    "What do NumPy's own random methods return for size=None, and what for size=1?",
)
def array_of_one(low, high, rng, size=None):
    return np.exp(rng.uniform(np.log(low), np.log(high), 1 if size is None else size))


@mistake(
    "grid",
    "The numbers are a fixed sequence with equal ratios. That is a grid; nothing in it is random.",
    "Call your function twice. Does the result change? What is rng for?",
)
def grid(low, high, rng, size=None):
    values = np.geomspace(low, high, int(np.prod(1 if size is None else size)))
    return values[0] if size is None else values.reshape(size)


@mistake(
    "shuffled-grid",
    "The numbers are a fixed grid in random order: in each row of so many come the same ones.",
    "Does the set of numbers change from call to call, or their order only?",
)
def shuffled_grid(low, high, rng, size=None):
    if size is None:
        return np.exp(rng.uniform(np.log(low), np.log(high)))
    return rng.permutation(np.geomspace(low, high, int(np.prod(size)))).reshape(size)


@mistake(
    "global-random",
    "NumPy's global random functions (np.random.…) are used in place of rng, so that a search cannot be "
    "repeated from its seed.",
    "Which object, an argument of your function, should draw?",
)
def global_random(low, high, rng, size=None):
    return np.exp(np.random.uniform(np.log(low), np.log(high), size))


@mistake(
    "own-generator",
    "A generator is made inside the function, always with the same seed: each call gives the same numbers.",
    "Where does your generator come from? One comes in as an argument.",
)
def own_generator(low, high, rng, size=None):
    return np.exp(np.random.default_rng(0).uniform(np.log(low), np.log(high), size))


@mistake(
    "unseeded-generator",
    "Chance comes from something else than rng, such as a new generator without a seed, one that was made "
    "outside the function, or Python's module random: nothing can be repeated.",
    "Run your function twice with generators of one seed. Where does the difference come from?",
)
def unseeded_generator(low, high, rng, size=None):
    return np.exp(np.random.default_rng().uniform(np.log(low), np.log(high), size))


@mistake(
    "returns-list",
    "A list comes back for a size. Arithmetic does not go through its entries as through those of an array.",
    "What does your function return for size=3: which type?",
)
def returns_list(low, high, rng, size=None):
    values = np.exp(rng.uniform(np.log(low), np.log(high), size))
    return values if size is None else values.tolist()


@mistake(
    "returns-none",
    "The function returns None: what it draws is not handed back.",
    "What does a Python function return when it ends without saying?",
)
def returns_none(low, high, rng, size=None):
    rng.uniform(np.log(low), np.log(high), size)


EXERCISES = {
    "log_uniform": Exercise(
        name="log_uniform",
        title="log_uniform",
        contract="Asked is log_uniform(low, high, rng, size=None): numbers whose logarithm is uniform.",
        method="",
        defaults={},
        cases=cases,
        reference=tuning.log_uniform,
        misconceptions=MISTAKES.misconceptions(),
        observe=observe,
        suggest=suggest,
    )
}
