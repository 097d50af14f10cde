"""Numbers that come back, in whatever form."""

import numpy as np

from course_lib.judging.compare import described


def pair(returned: object) -> tuple[float, float] | None:
    """Two numbers in a tuple, a list or an array, finite or not; None for anything else."""
    if isinstance(returned, np.ndarray) and returned.dtype.kind in "iuf":
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or len(returned) != 2 or not all(map(is_number, returned)):
        return None
    return float(returned[0]), float(returned[1])


def row(returned: object) -> np.ndarray | None:
    """Numbers in a row, at least one, of whatever type, finite or not; None for anything else."""
    if isinstance(returned, tuple | list) and not all(map(is_number, returned)):
        return None  # None would pass for NaN
    try:
        numbers = np.asarray(returned, dtype=float)
    except (TypeError, ValueError):
        return None
    return numbers if numbers.ndim == 1 and numbers.size else None


def in_detail(returned: object) -> str:
    """What came back, and of two or three things each: "a tuple of 2: None, the number 0.5"."""
    if isinstance(returned, tuple | list) and 2 <= len(returned) <= 3:
        return f"{described(returned)}: {', '.join(map(described, returned))}"
    return described(returned)


def is_number(value: object) -> bool:
    return isinstance(value, int | float | np.ndarray) and np.ndim(value) == 0
