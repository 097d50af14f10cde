"""Compare what was expected with what came, in the order type → shape → dtype → value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import texts
from course_lib.judging.encoding import UNREADABLE, Foreign

say = texts.beside(__file__)

# How far two right answers may lie apart, relative to the expected entry. Other orders of the same operations
# in float64 bring about 1e-13 (1 − β₂ᵗ at t = 1), float32 state inside a student's code about 1e-6; the
# smallest mistake that a case is made to expose brings 1e-3. An answer in float32 has its own rounding.
RELATIVE = {"float64": 1e-5, "float32": 1e-3}
BY_DTYPE = {np.dtype(name): relative for name, relative in RELATIVE.items()}  # NumPy takes its time for names


@dataclass(frozen=True)
class Difference:
    kind: str
    text: str
    index: tuple[int, ...] | None = None
    expected: float | None = None
    got: float | None = None


def described(value: object) -> str:
    """A value in a few words: "a list of 4", "an array of shape (2, 3)"."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return say("array", shape=value.shape) if value.shape else say("single-number")
    if isinstance(value, (list, tuple, dict)):
        return say("several", type=type(value).__name__, count=len(value))
    if isinstance(value, bool | int | float):
        return say("number", number=value)
    if isinstance(value, str):
        return say("text")
    if isinstance(value, Foreign) and value.shape is not None:
        return say("array-and-dtype", shape=value.shape, dtype=value.dtype)
    if value == UNREADABLE:
        return say("unreadable")
    name = value.type if isinstance(value, Foreign) else type(value).__name__
    return say("an" if name[:1].lower() in "aeiou" else "a", type=name)


def form(expected: object, got: object) -> Difference | None:
    """The first difference in type, shape or dtype."""
    if isinstance(expected, np.ndarray):
        return _array_form(expected, got)
    if isinstance(expected, (tuple, list)):
        if isinstance(got, np.ndarray) and got.ndim > 1:
            got = list(got)  # an array is unpacked into its rows
        if not isinstance(got, (tuple, list)) or len(got) != len(expected):
            return Difference("type", _other(got, expected))
        differences = (form(e, g) for e, g in zip(expected, got, strict=True))
        return next((difference for difference in differences if difference), None)
    if isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            return Difference("type", say("keys", got=", ".join(got), asked=", ".join(expected)))
        return form(list(expected.values()), list(got.values()))
    if isinstance(expected, float) and isinstance(got, int | float | np.ndarray) and np.ndim(got) == 0:
        return None
    if type(got) is not type(expected):
        return Difference("type", _other(got, expected))
    return None


def _array_form(expected: np.ndarray, got: object) -> Difference | None:
    if isinstance(got, int | float) and not isinstance(got, bool):
        got = np.array(got)
    if isinstance(got, Foreign) and got.type == "ndarray" and got.shape is not None:
        if got.shape == expected.shape:
            return Difference("dtype", say("dtype", got=got.dtype, asked=expected.dtype))
        return Difference("shape", say("shape", got=described(got), asked=expected.shape))
    if not isinstance(got, np.ndarray):
        return Difference("type", _other(got, expected))
    if got.shape != expected.shape:
        return Difference("shape", say("shape", got=described(got), asked=expected.shape))
    if not _serves(got.dtype, expected.dtype):
        return Difference("dtype", say("dtype", got=got.dtype, asked=expected.dtype))
    return None


def _other(got: object, expected: object) -> str:
    return say("other", got=described(got), asked=described(expected))


def _serves(got: np.dtype, asked: np.dtype) -> bool:
    """Whether a dtype is at least as wide as the one asked for: float64 for float32 is more than asked,
    not wrong."""
    return got.kind == asked.kind and got.itemsize >= asked.itemsize


def value(expected: object, got: object, allowed: object) -> Difference | None:
    """The first entry in which values of one form differ by more than `allowed` and their rounding."""
    found = (_difference(*leaf) for leaf in _leaves(expected, got, allowed))
    return next((difference for difference in found if difference), None)


def agree(expected: object, got: object, allowed: object) -> bool:
    """Whether `value` finds no difference; without words for one it is soon said."""
    return all(_agree(*leaf) for leaf in _leaves(expected, got, allowed))


def _leaves(expected: object, got: Any, allowed: object) -> Iterator[tuple[object, object, object]]:
    """What stands in tuples, lists and dicts of one form, beside what is allowed of it."""
    if isinstance(expected, dict):
        expected, got = list(expected.values()), list(got.values())
    if isinstance(expected, (tuple, list)):
        each = allowed if isinstance(allowed, (tuple, list)) else [allowed] * len(expected)
        for e, g, a in zip(expected, got, each, strict=True):
            yield from _leaves(e, g, a)
    else:
        yield expected, got, allowed


def _agree(expected: object, got: object, allowed: object) -> bool:
    if not isinstance(expected, float | np.ndarray):
        return bool(expected == got)
    return bool(near(expected, got, allowed).all())


def _difference(expected: object, got: object, allowed: object) -> Difference | None:
    if _agree(expected, got, allowed):
        return None
    if not isinstance(expected, float | np.ndarray):
        return Difference("value", say("where", got=got, asked=expected))
    close = near(expected, got, allowed)
    index = tuple(int(i) for i in np.unravel_index(int(np.argmin(close)), close.shape))
    e, g = float(np.asarray(expected)[index]), float(np.asarray(got)[index])
    text = say("value", expected=number(e), got=number(g), ratio=ratio(e, g))
    return Difference("value", text, index, e, g)


def near(expected: object, got: object, allowed: object) -> np.ndarray:
    """Entry by entry: whether two arrays of one shape agree. NaN agrees with NaN."""
    expected, got = np.asarray(expected), np.asarray(got)
    if got.dtype == bool:
        got = got.astype(int)  # NumPy subtracts no truth values
    relative = max(BY_DTYPE.get(side.dtype, 0.0) for side in (expected, got))
    with np.errstate(all="ignore"):
        within = np.abs(got - expected) <= relative * np.abs(expected) + allowed
        same: np.ndarray = (
            (within & np.isfinite(got) & np.isfinite(expected))
            | (got == expected)
            | (np.isnan(got) & np.isnan(expected))
        )
    return np.asarray(same)


def number(x: float) -> str:
    """A number as a reader wants it: short, and exact enough to see a difference of a thousandth."""
    return "NaN" if x != x else "∞" if x == np.inf else "−∞" if x == -np.inf else f"{x:.5g}".replace("-", "−")


def ratio(expected: float, got: float) -> str:
    """The ratio of what came to what was expected, in words."""
    if not np.isfinite(expected) or not np.isfinite(got) or expected == 0 or got == 0:
        return ""
    quotient = got / expected
    if abs(quotient + 1) < 1e-6:
        return say("ratio.other-sign")
    size, sign = abs(quotient), "-other-sign" if quotient < 0 else ""
    if abs(size - 1) < 5e-3:
        key = "per-cent-large" if size > 1 else "per-cent-small"
        return say(f"ratio.{key}{sign}", per_cent=100 * abs(size - 1))
    if size > 1:
        return say(f"ratio.large{sign}", times=_times(size))
    return say(f"ratio.small{sign}", times=_times(1 / size))


def _times(factor: float) -> str:
    rounded = float(f"{factor:.3g}")
    return f"{rounded:,.0f}" if 1e3 <= rounded < 1e7 else f"{rounded:g}"
