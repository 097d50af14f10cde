"""The adder: the transformer of `course_lib.transformer` on sums, trained by today's recipe or by another.

The recipe of today: AdamW with β₂ = 0.95 and a decay of 0.1, which leaves the gains of the norms alone; a
warm-up over a twentieth of the updates, then half a cosine to 0; the gradient clipped at the norm 1; RMSNorm
before each sublayer. What an argument does not say is as in it.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.losses import softmax_cross_entropy
from course_lib.modern import Grouped, Lion, Muon, clip_by_global_norm
from course_lib.optimizers import AdamW, Momentum
from course_lib.schedules import constant, cosine, warm_up
from course_lib.training import without_overflow_warnings
from course_lib.transformer import Transformer

UPDATES, BATCH_SIZE = 700, 64
DECAY, MEMORY = 0.1, 0.98  # AdamW's λ; of the moving average
DIAL = {"AdamW": 1.0, "Muon": 3.0, "Lion": 0.3, "SGD": 30.0}  # a method's rate, for 1 on the dial


@dataclass
class Update:
    """What there is to see of one update: number from 1, loss and gradient's norm before it, θ on both sides.

    An update whose gradient is not finite is skipped: then θ stays.
    """

    number: int
    lr: float
    loss: float
    norm: float
    before: np.ndarray
    theta: np.ndarray


def falling_at_the_end(lr: float, steps: int) -> Callable[[int], float]:
    """The same rate for four fifths of the steps, then straight to 0."""
    return lambda t: lr * min(1.0, (steps - t) / (steps / 5))


def scheduled(schedule: str, lr: float, updates: int) -> Callable[[int], float]:
    """The rate at each update. Both schedules that are warmed up take a twentieth of the updates for it."""
    warming = updates // 20
    return {
        "constant": constant(lr),
        "cosine": cosine(lr, updates),
        "warm-up and cosine": warm_up(cosine(lr, updates - warming), warming),
        "stable": warm_up(falling_at_the_end(lr, updates - warming), warming),
    }[schedule]


def optimized(
    method: str, transformer: Transformer, lr: float, beta2: float, decay: float, gains: bool = False
) -> Any:
    """The optimiser. Its decay leaves arrays of one dimension alone, the gains of the norms, unless `gains`.

    SGD has momentum 0.9 and no decay.
    """
    spared = transformer.arrays(np.full(transformer.size, decay))
    for array in spared.values():
        array[...] *= gains or array.ndim > 1
    decays = np.concatenate([array.ravel() for array in spared.values()]).astype(np.float32)
    own = DIAL[method] * lr
    if method == "Muon":  # the matrices: none is spared
        others = np.concatenate(
            [array.ravel() for name, array in spared.items() if name not in transformer.matrices]
        ).astype(np.float32)
        rest = AdamW(lr, 0.9, beta2, weight_decay=others)
        return Grouped(transformer, Muon(own, weight_decay=decay / DIAL[method]), rest)
    if method == "Lion":  # with the same decay per update
        return Lion(own, weight_decay=decays / DIAL[method])
    if method == "SGD":
        return Momentum(own, 0.9)
    return AdamW(own, 0.9, beta2, weight_decay=decays)


def training(
    transformer: Transformer,
    theta: np.ndarray,
    data: datasets.Data,
    rng: np.random.Generator,
    lr: float,
    *,
    method: str = "AdamW",
    beta2: float = 0.95,
    decay: float = DECAY,
    gains: bool = False,
    schedule: str = "warm-up and cosine",
    clip: float = 1.0,
    updates: int = UPDATES,
    batch_size: int = BATCH_SIZE,
    through: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> Iterator[Update]:
    """Train, update by update; a run whose loss is no longer finite ends.

    gains: whether these decay, too.
    through: what the gradient goes through on its way, such as 16 bits.
    """
    loss_and_gradient = without_overflow_warnings(transformer.loss_and_gradient)
    optimizer = optimized(method, transformer, lr, beta2, decay, gains)
    rate = scheduled(schedule, optimizer.lr, updates)
    for t in range(updates):
        optimizer.lr = rate(t)
        batch = rng.integers(0, len(data.x_train), batch_size)
        loss, gradient = loss_and_gradient(theta, data.x_train[batch], data.y_train[batch])
        if not math.isfinite(loss):
            return
        gradient = through(gradient)
        norm, before = float(np.linalg.norm(gradient)), theta
        if math.isfinite(norm):
            theta = optimizer.step(theta, clip_by_global_norm(gradient, clip))
        yield Update(t + 1, rate(t), float(loss), norm, before, theta)


def started(
    seed: int, norm: str = "pre", gain: float = 1.0, width: int = 32, depth: int = 2
) -> tuple[Transformer, np.ndarray, datasets.Data, np.random.Generator]:
    """What a run begins with; gain: what the hidden matrices are multiplied by."""
    rng = np.random.default_rng(seed)
    transformer = Transformer(12, 8, 3, width=width, depth=depth, norm=norm)
    theta = transformer.initialize(rng, np.float32)
    arrays = transformer.arrays(theta)
    for name in transformer.matrices:
        arrays[name][...] *= gain
    return transformer, theta, datasets.sums(seed), rng


@without_overflow_warnings
def measured(transformer: Transformer, theta: np.ndarray, data: datasets.Data) -> tuple[float, float]:
    """Loss and accuracy on every second validation sum: right is a sum all of whose digits are."""
    x, y = data.x_val[::2], data.y_val[::2]
    logits = transformer.predict(theta, x)
    loss, _ = softmax_cross_entropy(logits.reshape(-1, logits.shape[2]), y.ravel())
    return float(loss), float((logits.argmax(axis=-1) == y).all(axis=1).mean())
