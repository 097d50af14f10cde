"""Training: the loop that every descent shares, and what a real run adds to it."""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from course_lib.losses import l2_penalty

# A run that diverges is a result, told by its losses: NumPy need not warn beside them.
without_overflow_warnings = np.errstate(over="ignore", invalid="ignore")


@without_overflow_warnings
def descend(loss_and_gradient, theta, optimizer, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Walk down from θ and keep the whole path.

    Args:
        loss_and_gradient: a function θ → (loss, gradient), such as ``surface.loss_and_gradient``.
        theta: where to start, of any shape. A surface takes many starts at once, shape (..., 2).
        optimizer: any object with ``step(theta, gradient) -> theta``.
        steps: how many updates to make.

    Returns: the path, shape (steps + 1, *θ.shape), and the losses along it, shape (steps + 1, *loss.shape).
    Both end before the first loss that is not finite: ``len(path) <= steps`` means that the descent diverged.
    Of many starts, that all of them did: look for NaN and infinity in the others.
    """
    theta = 1.0 * np.asarray(theta)  # whole numbers become floats, and the caller's array stays as it was
    loss, gradient = loss_and_gradient(theta)
    path, losses = [theta.copy()], [loss]
    for _ in range(steps):
        theta = optimizer.step(theta, gradient)
        loss, gradient = loss_and_gradient(theta)
        if not np.any(np.isfinite(loss)):
            break
        path.append(theta.copy())
        losses.append(loss)
    return np.array(path), np.array(losses)


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield one epoch: a fresh permutation of 0..n−1 cut into index arrays; the last may be smaller."""
    order = rng.permutation(n)
    for begin in range(0, n, batch_size):
        yield order[begin : begin + batch_size]


class EarlyStopping:
    """Stop when the validation loss has not improved for a while, and remember the best θ.

    ``update(val_loss, theta)`` returns True once ``patience`` updates in a row did not improve the best
    loss by more than ``min_delta``; ``best_theta`` is a copy of θ at the best loss.

    Source: Prechelt (1998), the class of criteria UP; Goodfellow, Bengio & Courville (2016), Algorithm 7.1.
    """

    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best_loss = math.inf
        self.best_theta = None
        self.waited = 0

    def update(self, val_loss, theta):
        """Take the latest validation loss and θ; return whether to stop."""
        if val_loss < self.best_loss - self.min_delta:
            self.best_loss = val_loss
            self.best_theta = theta.copy()
            self.waited = 0
            return False
        self.waited += 1
        return self.waited >= self.patience


@dataclass
class History:
    """What happened in a run of ``fit``.

    train_loss, val_loss, train_accuracy, val_accuracy
        after each epoch, in test mode, without the L2 penalty; accuracies are shares between 0 and 1.
        A list stays empty when there is nothing to measure: no validation set, no class labels.
    batch_loss
        at each update: the loss that was descended, in training mode and with the penalty.
    ended
        how the run ended, in words.
    diverged_at
        the update whose loss was not finite, counted from 0, or None.
    best_epoch
        the epoch that θ was restored to, counted from 0, or None without early stopping.
    """

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    train_accuracy: list[float] = field(default_factory=list)
    val_accuracy: list[float] = field(default_factory=list)
    batch_loss: list[float] = field(default_factory=list)
    ended: str = ""
    diverged_at: int | None = None
    best_epoch: int | None = None


@without_overflow_warnings
def fit(
    network,
    theta: np.ndarray,
    optimizer,
    train: tuple[np.ndarray, np.ndarray],
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    schedule: Callable[[int], float] | None = None,
    patience: int | None = None,
    l2: float = 0.0,
    progress: bool = True,
) -> tuple[np.ndarray, History]:
    """Train a network with mini-batches.

    Args:
        network: a ``course_lib.network.Network``.
        theta: where to start, shape (network.size,); stays as it was.
        optimizer: any object with ``step(theta, gradient) -> theta``.
        train, validation: pairs (x, y), the examples in the rows of x.
        epochs: passes through the training set.
        batch_size: examples per update; the last batch of an epoch may be smaller.
        rng: shuffles the examples, anew in each epoch.
        schedule: a function t → learning rate; sets ``optimizer.lr`` before update t = 0, 1, 2, …
        patience: stop after so many epochs without a better validation loss, and go back to the best θ and to
            batch normalisation's running statistics at that time.
        l2: λ of the penalty λ/2 Σ‖W‖² on the weights; biases and batch normalisation's γ and β go free.
        progress: show a bar in runs that last longer than a second.

    Returns: θ, the best one when ``patience`` is given, else the last; and the ``History``.
    A loss that is not finite ends the run; ``history.ended`` says so.
    Raises: ValueError, in one sentence, when the arguments do not fit together.
    """
    _require_that_arguments_fit(network, theta, optimizer, train, validation, batch_size, schedule, patience)
    theta = theta.copy()  # an optimiser that works in place must not change the caller's
    history = History()
    stopping = None if patience is None else EarlyStopping(patience)
    with _bar(epochs, progress) as bar:
        for epoch in bar:
            theta = _one_epoch(network, theta, optimizer, train, batch_size, rng, schedule, l2, history)
            if history.diverged_at is not None:
                break
            _measure(network, theta, train, history.train_loss, history.train_accuracy)
            if validation is not None:
                _measure(network, theta, validation, history.val_loss, history.val_accuracy)
            if stopping is not None:
                enough = stopping.update(history.val_loss[-1], theta)
                if stopping.waited == 0:
                    history.best_epoch, statistics = epoch, _running_statistics(network)
                if enough:
                    break
    if stopping is not None and stopping.best_theta is not None:
        theta = stopping.best_theta
        for layer, name, value in statistics:
            setattr(layer, name, value)
    history.ended = _how_it_ended(history, epochs)
    return theta, history


def _bar(epochs, progress):
    from tqdm import tqdm  # a page in the browser trains without a bar, and has none

    class Bar(tqdm):
        monitor_interval = 0  # else a thread looks at it now and then, and a browser has none

    # On stdout: nbgrader gives no points to a cell that writes on stderr.
    return Bar(range(epochs), "epochs", file=sys.stdout, delay=1, leave=False, ncols=79, disable=not progress)


def _one_epoch(network, theta, optimizer, train, batch_size, rng, schedule, l2, history):
    """Return θ after an update for each mini-batch, or at once when a loss is not finite."""
    x, y = train
    for batch in minibatches(len(x), batch_size, rng):
        update = len(history.batch_loss)
        if schedule is not None:
            optimizer.lr = float(schedule(update))
        loss, gradient = _penalised(network, theta, x[batch], y[batch], l2)
        history.batch_loss.append(float(loss))
        if not np.isfinite(loss):
            history.diverged_at = update
            break
        theta = optimizer.step(theta, gradient)
    return theta


def _penalised(network, theta, x, y, l2):
    """Loss and gradient on a batch, with the L2 penalty on the weights."""
    loss, gradient = network.loss_and_gradient(theta, x, y)
    if not l2:
        return loss, gradient
    penalty, extra = l2_penalty(_weights(network, theta), l2)
    for part, more in zip(_weights(network, gradient), extra, strict=True):
        part += more  # a view: this changes the gradient
    return loss + penalty, gradient


def _weights(network, flat):
    """Views of the weights in θ or in a gradient: what has two dimensions, so no bias, γ or β."""
    return [value for views in network.views(flat) for value in views.values() if value.ndim > 1]


def _running_statistics(network):
    """What batch normalisation tracks beside θ, copied, as triples (layer, name, value)."""
    return [
        (layer, name, getattr(layer, name).copy())
        for layer in network.layers
        for name in ("running_mean", "running_var")
        if hasattr(layer, name)
    ]


def _measure(network, theta, data, losses, accuracies):
    """Append the loss on data, and the accuracy where the targets are class labels."""
    x, y = data
    output = network.predict(theta, x)
    losses.append(float(network.loss_function(output, y)[0]))
    if y.ndim == 1 and np.issubdtype(y.dtype, np.integer):
        accuracies.append(float(np.mean(output.argmax(axis=1) == y)))


def _how_it_ended(history, epochs):
    done = len(history.train_loss)
    if history.diverged_at is not None:
        words = (
            f"diverged at update {history.diverged_at}: the loss is not finite; try a smaller learning rate"
        )
    elif done < epochs:
        words = f"stopped early after {done} of {epochs} epochs"
    else:
        words = f"finished {epochs} epochs"
    if history.best_epoch is not None:
        words += f"; θ is the one after epoch {history.best_epoch}, the best on the validation set"
    return words


def _require_that_arguments_fit(network, theta, optimizer, train, validation, batch_size, schedule, patience):
    if np.shape(theta) != (network.size,):
        raise ValueError(
            f"fit: theta has shape {np.shape(theta)}, this network needs ({network.size},); "
            "start from network.initialize(rng)"
        )
    for name, data in (("train", train), ("validation", validation)):
        if data is not None and len(data[0]) != len(data[1]):
            raise ValueError(f"fit: {name} has {len(data[0])} examples x but {len(data[1])} targets y")
    if batch_size < 1:
        raise ValueError(f"fit: batch_size counts examples, at least 1; got {batch_size}")
    if patience is not None and validation is None:
        raise ValueError("fit: patience watches the validation loss; give validation=(x, y) too")
    if schedule is not None and not hasattr(optimizer, "lr"):
        raise ValueError(
            f"fit: a schedule sets the optimiser's attribute lr, but {type(optimizer).__name__} has none; "
            "store the learning rate as self.lr and read it in step"
        )
