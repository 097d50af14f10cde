"""Small training runs of which the cause is known, as many as one likes: to learn from, and to be asked.

Each is trained when it is asked for, all runs of one cause side by side, so that 80 take 0.3 seconds.
"""

from dataclasses import dataclass

import numpy as np

from course_lib.tuning import CAUSES

EPOCHS = 30
INPUTS, UNITS, CLASSES = 5, 8, 3
VALIDATION = 96  # examples
FINITE = float(np.finfo(np.float32).max)  # as most frameworks calculate
SMALLEST, LARGEST = 0.03, 30.0  # the units of the losses

Number = float | np.ndarray  # the same in all runs, or one for each


@dataclass(frozen=True)
class _Settings:
    """How the runs of one cause are trained.

    wrong is the share of the labels that are random, l2 the λ of L2, scale a factor of the first weights,
    units how many of the hidden units are there; squared: whether squared errors are the loss.
    """

    lr: Number
    momentum: float = 0.8
    batch_size: int = 24
    examples: int = 96
    wrong: Number = 0.0
    l2: Number = 0.0
    scale: Number = 1.0
    units: Number = UNITS
    squared: bool = False


def labelled_runs(each=10, seed=0) -> tuple[np.ndarray, list[str]]:
    """Draw training runs, as many of each cause in ``tuning.CAUSES``, in random order.

    A run is a network with one hidden layer of tanh units, which learns a task of its own: three classes that
    another network has drawn. Its settings bring about its cause; no run is left out.

    Returns: losses of shape (8 · each, 2, 31), and the cause of each run. ``losses[r, 0]`` are the training
    losses of run r, ``losses[r, 1]`` its validation losses; the first is before training, then comes one
    after each of 30 epochs. From where a run has left float32's numbers on, both are NaN. Each run's losses
    have a unit of their own.
    Raises: ValueError when each < 1.
    """
    if each < 1:
        raise ValueError(f"labelled_runs: each counts the runs of a cause, at least 1; got {each}")
    rng = np.random.default_rng(seed)
    losses = np.concatenate([_train(_settings(cause, each, rng), each, rng) for cause in CAUSES])
    with np.errstate(invalid="ignore"):
        lost = ~(losses < FINITE).all(axis=1, keepdims=True)
    losses[np.broadcast_to(np.maximum.accumulate(lost, axis=2), losses.shape)] = np.nan
    units = np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST), (len(losses), 1, 1)))
    order = rng.permutation(len(losses))
    return (units * losses)[order], [CAUSES[run // each] for run in order]


def _settings(cause: str, n: int, rng: np.random.Generator) -> _Settings:
    """Settings of n runs with this cause. Each range is cut into n pieces of which each run has one."""

    def between(low: float, high: float) -> np.ndarray:
        return low + (high - low) * (rng.permutation(n) + rng.random(n)) / n

    def log_between(low: float, high: float) -> np.ndarray:
        return np.exp(between(np.log(low), np.log(high)))

    if cause == "rate too low":
        return _Settings(log_between(0.001, 0.02))
    if cause == "rate too high":
        return _Settings(log_between(5, 30))
    if cause == "diverged":
        return _Settings(log_between(0.7, 2), squared=True)
    if cause == "overfitting":
        return _Settings(log_between(0.12, 0.6), examples=24, batch_size=12, wrong=between(0.15, 0.45))
    if cause == "underfitting":  # too small a network, or one held down
        is_small = np.arange(n) % 2 == 0
        units = np.where(is_small, np.where(rng.random(n) < 0.7, 1, 2), UNITS)
        return _Settings(
            log_between(0.12, 0.5), l2=np.where(is_small, 0, log_between(0.04, 0.15)), units=units
        )
    if cause == "plateau":
        return _Settings(log_between(0.1, 0.4), scale=log_between(1e-5, 0.03))
    if cause == "noisy":
        return _Settings(
            log_between(0.2, 0.7), momentum=0.0, examples=64, batch_size=2, wrong=between(0, 0.2)
        )
    return _Settings(log_between(0.12, 0.7))


@np.errstate(over="ignore", invalid="ignore")
def _train(settings: _Settings, n: int, rng: np.random.Generator) -> np.ndarray:
    """Losses of n runs, of shape (n, 2, 31). The first axis of each array counts the runs."""
    of_each = {name: np.broadcast_to(value, n)[:, None, None] for name, value in vars(settings).items()}
    lr, l2 = of_each["lr"], of_each["l2"]
    is_there = np.arange(UNITS) < of_each["units"]
    teachers = rng.normal(size=(n, INPUTS, CLASSES))

    def draw(examples: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(n, examples, INPUTS))
        labels = (x @ teachers).argmax(axis=2)
        is_wrong = rng.random((n, examples)) < of_each["wrong"][:, 0]
        labels[is_wrong] = rng.integers(0, CLASSES, is_wrong.sum())
        return x, np.eye(CLASSES)[labels]

    def forward(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden = np.tanh(x @ theta[0]) * is_there
        return hidden, hidden @ theta[1]

    def loss(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        _, z = forward(x)
        if settings.squared:
            return ((z - y) ** 2).sum(axis=2).mean(axis=1)
        z = z - z.max(axis=2, keepdims=True)
        return (np.log(np.exp(z).sum(axis=2)) - (z * y).sum(axis=2)).mean(axis=1)

    def gradients(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hidden, z = forward(x)
        if settings.squared:
            error = 2 * (z - y)
        else:
            error = np.exp(z - z.max(axis=2, keepdims=True))
            error = error / error.sum(axis=2, keepdims=True) - y
        error = error / x.shape[1]
        back = (error @ theta[1].swapaxes(1, 2)) * (1 - hidden**2) * is_there
        return x.swapaxes(1, 2) @ back, hidden.swapaxes(1, 2) @ error

    training, validation = draw(settings.examples), draw(VALIDATION)
    shapes = (INPUTS, UNITS), (UNITS, CLASSES)
    theta = [of_each["scale"] * rng.normal(size=(n, *shape)) / np.sqrt(shape[0]) for shape in shapes]
    velocity = [np.zeros_like(weights) for weights in theta]
    losses = np.empty((n, 2, EPOCHS + 1))
    for epoch in range(EPOCHS + 1):
        losses[:, 0, epoch], losses[:, 1, epoch] = loss(*training), loss(*validation)
        for batch in rng.permutation(settings.examples).reshape(-1, settings.batch_size):
            found = gradients(*(part[:, batch] for part in training))
            velocity = [
                settings.momentum * v - lr * (g + l2 * w)
                for v, g, w in zip(velocity, found, theta, strict=True)
            ]
            theta = [w + v for w, v in zip(theta, velocity, strict=True)]
    return losses
