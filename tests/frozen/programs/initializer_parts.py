"""The four initialisers, taken apart; right as they stand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


def normal(std, shape, rng):
    return rng.normal(0, std, shape)


def uniform(limit, shape, rng):
    return rng.uniform(-limit, limit, shape)


@dataclass(frozen=True)
class Recipe:
    """spread = √(constant / fan), the standard deviation or the limit, and what to draw with it."""

    name: str
    title: str
    draw: Callable
    constant: float
    fan: Callable[[int, int], int]

    @property
    def family(self) -> str:
        return self.draw.__name__

    def variance(self, fan_in: int, fan_out: int) -> float:
        return 2 / self.fan(fan_in, fan_out)

    def spread(self, fan_in, fan_out):
        return np.sqrt(self.constant / self.fan(fan_in, fan_out))

    def weights(self, fan_in, fan_out, rng):
        return self.draw(self.spread(fan_in, fan_out), (fan_in, fan_out), rng)


def both(fan_in, fan_out):
    return fan_in + fan_out


def inputs(fan_in, fan_out):
    return fan_in


XAVIER_NORMAL = Recipe("xavier_normal", "Xavier", normal, 2, both)

XAVIER_UNIFORM = Recipe("xavier_uniform", "Xavier", uniform, 6, both)

HE_NORMAL = Recipe("he_normal", "He", normal, 2, inputs)

HE_UNIFORM = Recipe("he_uniform", "He", uniform, 6, inputs)


XAVIER = (XAVIER_NORMAL, XAVIER_UNIFORM)

HE = (HE_NORMAL, HE_UNIFORM)

NORMAL = (XAVIER_NORMAL, HE_NORMAL)

UNIFORM = (XAVIER_UNIFORM, HE_UNIFORM)

ALL = (*XAVIER, *HE)
