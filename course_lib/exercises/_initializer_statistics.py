"""What is observed of the weights that an initialiser draws, where chance is in it.

How they are drawn is free, so no two right answers have the same numbers. What is left to chance is tested so
that a right answer fails with a probability below 1e-9 in all: there are not more than thirty tests, and each
lets a right answer fail with a probability of at most 2 exp(−26) = 1e-11.

Most cases look at a few thousand weights, which tells most mistakes from each other. The last ones look at
DRAWN in all, so that a variance that is off by a twentieth shows.
"""

import math

import numpy as np

from course_lib import texts
from course_lib.exercises._initializer_driver import GRID, Counted
from course_lib.judging.compare import number
from course_lib.judging.observing import Observation

say = texts.beside(__file__)

FAR = 26.0
# fan_in, fan_out; at least 3,200 weights in each. A mistake in the fans shows in at least one of them. For
# none of them is a number that does not depend on the fans right, such as 1 or ½.
FANS = {"few inputs, many outputs": (3, 1100), "many inputs, few outputs": (1600, 2), "as many": (57, 57)}
# fan_in, fan_out → how often. In the last, a fan that is counted with one more shows.
MANY = {(3, 1100): 12, (1600, 2): 12, (57, 57): 12, (1, 2): 2_000}
DRAWN = sum(fan_in * fan_out * times for (fan_in, fan_out), times in MANY.items())
ENOUGH = 10_000  # of so many weights, the size is known within a few per cent

# The variance of w², in units of the variance of w, squared.
SPREAD = {"normal": 2.0, "uniform": 0.8}
MEANS_ALIKE = 0.02
SHARES_ALIKE = 0.02
ENDS_ALIKE = 0.12


def repeats(found: list[Counted]) -> bool:
    """Whether so few weights were drawn, and used again and again, that there is no distribution to judge."""
    return any(counted["different"] < 0.1 * counted["count"] for counted in found)


# Variance


def variance(family: str, fans: tuple[int, int], asked: float, weights: np.ndarray) -> Observation:
    """The mean of w², which is the variance where the mean is 0."""
    structure, told = _lines(weights)
    words = _said(fans, structure, told)
    if structure == "one-number" and family == "normal" and abs(weights.flat[0] ** 2 / asked - 1) < 1e-9:
        structure = "the standard deviation"
    if structure:
        return Observation("The variance", (structure, 0.0), words)
    return _ratio_for(family, fans, asked, weights.size, float(np.mean(np.square(weights, dtype=np.float64))))


def _ratio_for(family: str, fans: tuple[int, int], asked: float, n: int, came: float) -> Observation:
    told = {"fan_in": fans[0], "fan_out": fans[1], "came": number(came), "asked": number(asked)}
    return _ratio(family, n, came / asked, "variance", told)


def _ratio(family: str, n: int, ratio: float, key: str, told: dict[str, object]) -> Observation:
    """Whether the variance of n weights can be by chance this many times what is asked."""
    apart = math.log(ratio) if ratio > 0 else -math.inf
    low, high = possible(family, n)
    by_chance = low <= ratio <= high
    says = say(key, count=n, chance=max(high - 1, 1 - low), **told)
    return Observation(
        "The variance", (by_chance, 0.0 if by_chance else apart), says, allowed=_alike_within(family, n)
    )


def closely(
    family: str, fans: list[tuple[int, int]], asked: list[float], found: list[Counted]
) -> list[Observation]:
    """The variance for each of the fans, and then for all with many weights: there, it is known best."""
    if repeats(found):
        return [Observation("The variance", ("repeated", 0.0), say("repeated"))]
    seen, ratios, counts = [], [], []
    for each, right, counted in zip(fans, asked, found, strict=True):
        came, n = counted["mean_square"], counted["count"]
        if abs(came / right - 1) < 1e-13:
            # By chance: below 1e-10, as the ratio has a standard deviation above 0.002.
            says = say("exact-variance", fan_in=each[0], fan_out=each[1])
            return [Observation("The variance", ("exact", 0.0), says)]
        seen.append(_ratio_for(family, each, right, n, came))
        if n >= ENOUGH:
            ratios.append(came / right)
            counts.append(n)
    ratio = float(np.average(ratios, weights=counts))
    seen.append(_ratio(family, sum(counts), ratio, "variance-together", {"times": number(ratio)}))
    return seen


def possible(family: str, n: int) -> tuple[float, float]:
    """Between which ratios to the right one the variance of n weights lies, each but for e⁻²⁶."""
    if family == "uniform":
        # Bernstein: w²/a² is between 0 and 1, with the mean 1/3 and the variance 4/45.
        linear = 2 * FAR * 2 / 9
        off = 3 * (linear + math.sqrt(linear**2 + 4 * n * 2 * FAR * 4 / 45)) / (2 * n)
        return 1 - off, 1 + off
    # The tails of χ² (Laurent & Massart 2000, Lemma 1).
    off = 2 * math.sqrt(FAR / n)
    return 1 - off, 1 + off + 2 * FAR / n


def _alike_within(family: str, n: int) -> float:
    """In its logarithm, two implementations with one variance differ by more at most once in 1e6."""
    return 4.9 * math.sqrt(2 * SPREAD[family] / n)


# Mean


def mean(found: list[Counted]) -> list[Observation]:
    """The mean of all weights, for each of the fans in units of their size √(mean of w²)."""
    if repeats(found):
        return [Observation("The mean", ("repeated", 0.0), say("repeated"))]
    counts = [counted["count"] for counted in found]
    means = [counted["mean"] / math.sqrt(counted["mean_square"]) for counted in found]
    mean = float(np.average(means, weights=counts))
    if any(abs(each) < 1e-13 for each in means):
        # By chance: below 1e-10, as the means have standard deviations above 0.005.
        return [Observation("The mean", ("exact", 0.0), say("exact-mean"))]
    # Bernstein for a uniform distribution, whose largest weight is √3 times its size: n t² = 52 (1 + t/√3);
    # for a normal one less. A size that came out too small by chance adds less than a tenth.
    by_chance = abs(mean) <= math.sqrt(2 * FAR * 1.02 / sum(counts)) * 1.1
    says = say("mean", mean=number(mean))
    return [Observation("The mean", (by_chance, 0.0 if by_chance else mean), says, allowed=MEANS_ALIKE)]


# Distribution


def _share_below(family: str) -> np.ndarray:
    """The share of weights below each point of GRID, in units of their size."""
    if family == "uniform":
        return np.clip((GRID / math.sqrt(3) + 1) / 2, 0, 1)
    return np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in GRID])


# Dvoretzky, Kiefer, Wolfowitz and Massart: √(26/2n) = 0.0104. Sizes that are off by chance add 0.01: at most
# 2.7 %, of which a normal share moves by 0.24 times as much, or 1.7 %, of which a uniform one moves by half.
SHARES_OFF = math.sqrt(FAR / (2 * DRAWN)) + 0.01
# The largest of 121,000 normal weights is below 3.3 times 1.03 with a probability of 1e-36. Beyond 3 times,
# there are 0.27 %; 0.6 % would be 17 standard deviations more.
NORMAL_BEYOND, NORMAL_TAIL = 3.3, 0.006
# The largest uniform one is √3 = 1.73, a tenth more or less where the size of a few is off by chance.
UNIFORM_WITHIN = (1.55, 1.93)


def distribution(family: str, found: list[Counted]) -> list[Observation]:
    if repeats(found):
        return [Observation("The distribution", ("repeated", None), say("repeated"))]
    counts = [counted["count"] for counted in found]
    shares = np.average([counted["shares"] for counted in found], axis=0, weights=counts)
    largest = max(counted["largest"] for counted in found)
    near = [f for f in SPREAD if np.abs(shares - _share_below(f)).max() <= SHARES_OFF]
    tail = shares[0] + 1 - shares[-1]
    if largest > NORMAL_BEYOND:
        word = "normal" if "normal" in near and tail < NORMAL_TAIL else "long tails"
    elif largest > UNIFORM_WITHIN[1]:
        word = "cut off"
    else:
        word = "uniform" if "uniform" in near and largest > UNIFORM_WITHIN[0] else "another"
    inner = shares[np.searchsorted(GRID, 0.5)] - shares[np.searchsorted(GRID, -0.5)]
    says = say(f"distribution.{family}", largest=number(largest), inner=inner, tail=tail)
    value = word, None if word == family else shares
    end = max(c["largest"] for c in found if c["count"] >= ENOUGH) if word == "cut off" else 0.0
    return [
        Observation("The distribution", value, says, allowed=SHARES_ALIKE),
        Observation(say("largest"), end, says, allowed=ENDS_ALIKE),
    ]


# Each on its own


def alike(fans: tuple[int, int], weights: np.ndarray) -> Observation:
    """Whether weights repeat, or stand in an order. Of free draws, no two are equal."""
    return Observation("The weights", *_structure(fans, weights))


def _structure(fans: tuple[int, int], weights: np.ndarray) -> tuple[str, str]:
    """A word for what weights have to do with each other, and a sentence if they have."""
    structure, told = _related(weights)
    return structure or "all-different", _said(fans, structure, told)


def _said(fans: tuple[int, int], structure: str, told: dict[str, object]) -> str:
    return structure and say(f"structure.{structure}", fan_in=fans[0], fan_out=fans[1], **told)


def _related(weights: np.ndarray) -> tuple[str, dict[str, object]]:
    """A word for what weights have to do with each other, or "", and what else there is to tell of it."""
    found = _lines(weights)
    if found[0]:
        return found
    different = 1 + int((np.diff(np.sort(weights, axis=None)) > 0).sum())
    if different == 2:
        return "two-numbers", {}
    if different < 0.9 * weights.size:
        return "repeated", {"different": different, "count": weights.size}
    for line, rows in (("row", weights), ("column", weights.T)) if weights.ndim == 2 else ():
        first, second = rows[:, : rows.shape[1] // 2 * 2 : 2], rows[:, 1::2]  # pairs that share no weight
        rising = (first < second).mean() if first.size else 0.5
        if abs(rising - 0.5) * math.sqrt(2 * first.size) > math.sqrt(FAR):  # Hoeffding
            return f"in-order-in-a-{line}", {"rising": rising}
    sizes = 1 + int((np.diff(np.sort(np.abs(weights), axis=None)) > 0).sum())
    if sizes < 0.9 * weights.size:
        return "mirrored", {"sizes": sizes, "count": weights.size}
    return _dependent(weights) or ("", {})


def _lines(weights: np.ndarray) -> tuple[str, dict[str, object]]:
    """Likewise, where weights are all one number, or each row or column is."""
    if (weights == weights.flat[0]).all():
        value = float(weights.flat[0])
        return "one-number" if value else "zeros", {"value": number(value + 0.0)}
    if weights.ndim == 2 and len(weights) > 1 and (weights == weights[0]).all():
        return "rows", {}
    if weights.ndim == 2 and weights.shape[1] > 1 and (weights == weights[:, :1]).all():
        return "columns", {}
    return "", {}


def _dependent(weights: np.ndarray) -> tuple[str, dict[str, object]] | None:
    """Whether the two weights of a pair lie on one side too often, or too seldom.

    The sides are those of the weights' own middle, and of their middle distance from it, so that a wrong mean
    or variance is no matter here. No weight is in two pairs.
    """
    middle = np.median(weights)
    distance = np.abs(weights - middle)
    sides = {
        "side": weights > middle,
        "distance": distance > np.median(distance),
    }
    for alike, side in sides.items():
        for which, (first, second) in _pairs(side).items():
            together = (first == second).mean() if first.size else 0.5
            if not _by_chance(first, second):
                told = {"pair": say(f"pair.{which}"), "alike": say(f"alike.{alike}"), "together": together}
                return "dependent", told
    return None


def _pairs(side: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    flat = side.ravel()[: side.size // 2 * 2]
    half = len(flat) // 2
    pairs = {
        "ends": (flat[:half], flat[half:][::-1]),
        "halves": (flat[:half], flat[half:]),
        "beside": (flat[::2], flat[1::2]),
    }
    if side.ndim == 2:
        above = np.triu_indices(min(side.shape), 1)
        pairs["below"] = side[: len(side) // 2 * 2 : 2].ravel(), side[1::2].ravel()
        pairs["diagonal"] = side[above], side.T[above]
    return pairs


def _by_chance(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether so many pairs can agree by chance, where labels were dealt out to the weights.

    Of m pairs, a have the rarer label in the first place and b in the second: both is hypergeometric, of a
    draws with the share b/m, and Hoeffding's bound holds for it (1963, Section 6).
    """
    if 2 * first.sum() > first.size:
        first, second = ~first, ~second
    draws = first.sum()
    return draws == 0 or abs((first & second).sum() / draws - second.mean()) <= math.sqrt(FAR / (2 * draws))
