"""Company in other styles: all are right."""

import math

import numpy as np


def by_a_line(a, target, most):
    """The others' mean at −sign(t) from a, and their spread from x̂² = K m² / ((K + 1) w + m²)."""
    if (target**2 > most).any():
        raise ValueError("out of reach")
    m = -np.sign(target)
    w = np.where(m == 0, 1.0, (most - target**2) / ((most + 1) * np.maximum(target**2, 1e-9)))
    pattern = np.resize([1.0, -1.0], most - most % 2)
    pattern = np.append(pattern, [0.0] * (most % 2)) * np.sqrt(most / (most - most % 2))
    return a + 500 * (m + np.sqrt(w) * pattern[:, None])


def by_chance(a, target, most):
    """Any numbers, brought to the mean and the variance that are asked."""
    if np.max(np.abs(target)) > np.sqrt(most):
        raise ValueError(target, most)
    z = np.random.default_rng(4).normal(size=(most, len(a)))
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    mean = -target / most
    spread = np.sqrt(np.clip((most + 1 - target**2) / most - mean**2, 0, None))
    return a - 100 * target + 100 * (mean + spread * z)


def by_bisection(a, target, most):
    """How far apart two of them have to be is searched for."""
    if any(abs(t) > math.sqrt(most) for t in target):
        raise ValueError("nobody is that far out")
    columns = []
    for place, t in zip(a, target, strict=True):
        if t == 0:
            columns.append(place + np.array([1.0, -1.0] + [0.0] * (most - 2)))
            continue

        def batch(spread, place=place, t=t):
            others = np.full(most, -100.0 if t > 0 else 100.0)
            others[0] += spread
            others[1] -= spread
            return np.concatenate([[place], place + others])

        low, high = 0.0, 1e6
        for _ in range(200):
            middle = (low + high) / 2
            x = batch(middle)
            if abs(x[0] - x.mean()) > abs(t) * x.std():
                low = middle
            else:
                high = middle
        columns.append(batch(low)[1:])
    return np.column_stack(columns)


def with_the_fewest(a, target, most):
    """No more of them than the farthest target needs, and at least two."""
    farthest = float(np.max(target**2))
    if farthest > most:
        raise ValueError(f"{most} others are too few")
    count = max(2, math.ceil(farthest - 1e-9))
    spread = np.sqrt(np.maximum((count + 1 - target**2) / count - (target / count) ** 2, 0))
    signs = np.zeros(count)
    signs[:2] = 1, -1
    x_hat = -target / count + spread * np.outer(signs, np.ones(len(a))) * np.sqrt(count / 2)
    return (x_hat - target) * 2000 + a


def row_by_row(a, target, most):
    for t in target:
        if t * t > most:
            raise ValueError("company: cannot be done")
    rows = []
    for k in range(most):
        row = []
        for place, t in zip(a.tolist(), target.tolist(), strict=True):
            mean = -t / most
            spread = math.sqrt(max(0.0, (most + 1 - t * t) / most - mean * mean))
            side = math.sqrt(2) * math.cos(2 * math.pi * k / most) if most > 2 else (-1) ** k
            row.append(place + 300 * (mean + spread * side - t))
        rows.append(row)
    return np.array(rows)


def one_far_away(a, target, most):
    """All but one lie together; the one is where it has to be."""
    if np.any(np.abs(target) > most**0.5):
        raise ValueError("too far")
    mean = -target / most
    spread = np.sqrt(np.maximum((most + 1 - target**2) / most - mean**2, 0))
    far = np.full((most, len(a)), -1 / np.sqrt(most - 1))
    far[0] = np.sqrt(most - 1)
    return a + 1e3 * (mean + spread * far - target)


def by_an_orthogonal_basis(a, target, most):
    """x̂ is a vector of length √N, orthogonal to that of ones: turned until its first entry is the target."""
    if np.any(target**2 > most):
        raise ValueError("The first entry of such a vector is smaller.")
    n = most + 1
    first = np.eye(n)[0] - 1 / n
    second = np.zeros(n)
    second[1], second[2] = 1, -1
    along = target / first[0] / np.sqrt(n) * np.linalg.norm(first)
    x_hat = np.sqrt(n) * (
        np.outer(first / np.linalg.norm(first), along)
        + np.outer(second / np.sqrt(2), np.sqrt(np.maximum(1 - along**2, 0)))
    )
    return a + 1000 * (x_hat[1:] - x_hat[0])


def in_whole_steps(a, target, most):
    """Half of them on one side and half on the other, and the odd one in the middle."""
    reach = math.sqrt(most)
    if np.abs(target).max() > reach:
        raise ValueError(f"within ±{reach} only")
    half = most // 2
    pattern = np.array([1.0] * half + [0.0] * (most - 2 * half) + [-1.0] * half)
    pattern /= pattern.std()
    mean = np.divide(target, -most)
    left = np.sqrt(np.abs((most + 1 - target * target) / most - mean * mean))
    others = [mean + left * each for each in pattern]
    return np.array([a + 700 * (each - target) for each in others])
