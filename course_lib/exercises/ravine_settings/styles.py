"""Settings for momentum in a ravine in other styles: all are right."""

import math

import numpy as np


def from_the_condition_number(small, large):
    root = math.sqrt(large / small)
    mu = ((root - 1) / (root + 1)) ** 2
    return (1 + math.sqrt(mu)) ** 2 / large, mu


def from_the_small_curvature(small, large):
    q = (np.sqrt(large) - np.sqrt(small)) / (np.sqrt(large) + np.sqrt(small))
    return [(1 - q) ** 2 / small, q**2]


def as_array(small, large):
    s, b = np.sqrt([small, large])
    return np.array([4 / (s + b) ** 2, ((b - s) / (b + s)) ** 2])


def a_little_more_friction(small, large):
    """Less μ than the best, and enough of it."""
    s, b = np.sqrt(small), np.sqrt(large)
    return 3.9 / (s + b) ** 2, ((b - s) / (b + s)) ** 2 * 0.995


def a_little_more_momentum(small, large):
    root = np.sqrt(large / small)
    mu = 1 - 3.6 / (root + 1) if root > 3 else ((root - 1) / (root + 1)) ** 2
    return 3.7 / (np.sqrt(small) + np.sqrt(large)) ** 2, mu


def by_the_quadratic(small, large):
    """The smallest μ at which all roots are complex, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        mu = (low + high) / 2
        if (1 + mu**0.5) ** 2 / large < (1 - mu**0.5) ** 2 / small:
            low = mu
        else:
            high = mu
    return (1 + high**0.5) ** 2 / large, high


def by_search(small, large):
    """The best pair of a grid, judged by the larger root at both ends."""

    def slowest(lr, mu):
        worst = 0.0
        for curvature in (small, large):
            b = 1 + mu - lr * curvature
            d = complex(b * b - 4 * mu) ** 0.5
            worst = max(worst, abs(b + d) / 2, abs(b - d) / 2)
        return worst

    root = math.sqrt(large / small)
    tried = [
        (lr / large, 1 - friction / root)
        for lr in np.linspace(1, 4, 31)
        for friction in np.linspace(1.0, 4.0, 31)
        if friction <= root
    ]
    return min([*tried, (1 / large, 0.0)], key=lambda pair: slowest(*pair))


def single_numbers_of_numpy(small, large):
    s, b = np.float32(small) ** 0.5, np.float32(large) ** 0.5
    return np.float64(4 / (s + b) ** 2), np.array(((b - s) / (b + s)) ** 2)
