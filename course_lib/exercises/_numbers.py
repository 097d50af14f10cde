"""Numbers that come back, in whatever form."""

import numpy as np


def pair(returned: object) -> tuple[float, float] | None:
    """Two numbers in a tuple, a list or an array; None for anything else."""
    if isinstance(returned, np.ndarray) and returned.dtype.kind in "iuf":
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or len(returned) != 2 or not all(map(is_number, returned)):
        return None
    return float(returned[0]), float(returned[1])


def row(returned: object) -> np.ndarray | None:
    """Finite numbers in a row, at least one, of whatever type; None for anything else."""
    try:
        numbers = np.asarray(returned, dtype=float)
    except (TypeError, ValueError):
        return None
    return numbers if numbers.ndim == 1 and numbers.size and np.isfinite(numbers).all() else None


def is_number(value: object) -> bool:
    return isinstance(value, int | float | np.ndarray) and np.ndim(value) == 0
