"""The graph of batch normalisation, node by node: μ, c = x − μ, v = mean of c², r = 1/√(v + ε), x̂ = c r, and
y = γ x̂ + β.

`local` is one step back: the gradient at a node from those at the nodes behind it. Who asks for it with a
student's own gradients there sees whether this step is right, whatever came before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

# On the way back, each behind those that its gradient is made of.
BEHIND = {
    "beta": (), "gamma": (), "x_hat": (), "r": ("x_hat",), "v": ("r",), "c": ("x_hat", "v"), "mu": ("c",),
    "x": ("c", "mu"),
}  # fmt: skip
SINGLE = ("beta", "gamma", "r", "v", "mu")  # one number for each feature; of the others, one for each example
# Of the largest of the terms that a gradient is the sum of: what rounding leaves where they cancel.
SLACK = 1e-9
# How far a gradient may lie from the right one, as a factor, and still be what the next is judged by.
APART = 1e4

Gradients = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Forward:
    """The way forward: grad, x, c and x̂ are (N, D), γ and r (D,)."""

    grad: np.ndarray
    x: np.ndarray
    gamma: np.ndarray
    eps: float

    @property
    def c(self) -> np.ndarray:
        return np.asarray(self.x - self.x.mean(axis=0))

    @property
    def r(self) -> np.ndarray:
        return np.asarray(1 / np.sqrt(self.x.var(axis=0) + self.eps))


def local(node: str, of: Forward, back: Gradients) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of L at a node, given those behind it; and how far it may be off, for each feature."""
    c, r, n = of.c, of.r, len(of.x)
    terms = {
        "beta": lambda: of.grad,
        "gamma": lambda: of.grad * c * r,
        "x_hat": lambda: of.grad * of.gamma,
        "r": lambda: back["x_hat"] * c,
        "v": lambda: -back["r"][None] * r**3 / 2,
        "c": lambda: np.array([back["x_hat"] * r, back["v"] * 2 * c / n]),
        "mu": lambda: -back["c"],
        "x": lambda: np.array([back["c"], np.broadcast_to(back["mu"] / n, of.x.shape)]),
    }[node]()
    added = node in SINGLE or terms.ndim == 3
    largest = np.abs(terms).reshape(-1, terms.shape[-1]).max(axis=0)
    return terms.sum(axis=0) if added else terms, SLACK * len(of.x) * largest


def right(of: Forward) -> dict[str, np.ndarray]:
    """All gradients."""
    found: dict[str, np.ndarray] = {}
    for node in BEHIND:
        found[node] = local(node, of, found)[0]
    return found


def broken(of: Forward, own: Mapping[str, object]) -> list[str]:
    """The nodes at which somebody's gradient is wrong: neither the right one, nor what follows from the own
    ones behind it."""
    true = right(of)
    return [
        node for node in BEHIND if not any(_near(own.get(node), *one) for one in ways(node, of, own, true))
    ]


def ways(
    node: str, of: Forward, own: Mapping[str, object], true: Gradients
) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    """What a gradient may be: what follows from the own ones behind it, as far as these can be judged by, and
    the right one."""
    behind = {each: (own.get(each), true[each]) for each in BEHIND[node]}
    usable = {each: value for each, (value, asked) in behind.items() if _serves(value, asked)}
    yield local(node, of, {**true, **usable})
    yield true[node], local(node, of, true)[1]


def _near(value: object, asked: np.ndarray, allowed: np.ndarray) -> bool:
    if not _is_like(value, asked):
        return False
    return bool(np.all(np.abs(value - asked) <= 1e-5 * np.abs(asked) + allowed))


def _is_like(value: object, asked: np.ndarray) -> TypeGuard[np.ndarray]:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.shape == asked.shape


def _serves(value: object, true: np.ndarray) -> TypeGuard[np.ndarray]:
    """Whether it is of the right size, as a gradient of 0 has nothing behind it but zeros."""
    if not _is_like(value, true):
        return False
    own, asked = (np.abs(each).reshape(-1, true.shape[-1]).max(axis=0) for each in (value, true))
    return bool(np.all((own <= APART * asked) & (asked <= APART * own)))
