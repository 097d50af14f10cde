"""Right answers to the capstone in other styles; `recipe` is also what the steps are measured by."""

import numpy as np

from course_lib import datasets
from course_lib.schedules import cosine, warm_up
from course_lib.training import minibatches


def recipe(network, Adam, x_train, y_train, x_val, y_val, rng, budget):
    """Each batch moved anew, and a rate that falls along a cosine."""
    theta, optimizer, schedule = network.initialize(rng), Adam(lr=0.01), cosine(0.01, budget)
    places = np.arange(x_train.shape[1])
    for update in range(budget):
        optimizer.lr = schedule(update)
        batch = rng.integers(0, len(x_train), 64)
        moved = np.clip(places - rng.integers(-5, 6, (64, 1)), 0, places[-1])
        x = np.take_along_axis(x_train[batch], moved, axis=1)
        _, gradient = network.loss_and_gradient(theta, x, y_train[batch])
        theta = optimizer.step(theta, gradient)
    return theta


def copies(network, Adam, x_train, y_train, x_val, y_val, rng, budget):
    """Copies moved by up to five positions, made once, and epochs of them."""
    x, y = datasets.shifted_copies(x_train, y_train, 5)
    theta, optimizer, update = network.initialize(rng), Adam(), 0
    while update < budget:
        for batch in minibatches(len(x), 64, rng):
            if update < budget:
                optimizer.lr = 0.012 * (1 - update / budget)
                theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
                update += 1
    return theta


def warmed_up(network, Adam, x, y, x_val, y_val, rng, budget):
    """A warm-up before the cosine, and no signal twice in a batch."""
    schedule, optimizer = warm_up(cosine(0.01, budget - 50), 50), Adam(0.01)
    theta = network.initialize(rng)
    for t in range(budget):
        chosen, to = rng.choice(len(x), 64, replace=False), rng.integers(-4, 5, 64)
        rows = np.stack(
            [np.pad(x[i], 4, mode="edge")[4 - k : 44 - k] for i, k in zip(chosen, to, strict=True)]
        )
        optimizer.lr = schedule(t)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, rows, y[chosen])[1])
    return theta


def watched(network, Adam, x_train, y_train, x_val, y_val, rng, budget):
    """Looks at the validation set on the way, and does nothing about it."""
    theta, optimizer = network.initialize(rng), Adam(lr=0.01)
    history = []
    for update in range(budget):
        optimizer.lr = 0.01 * (1 + np.cos(np.pi * update / budget)) / 2
        batch, by = rng.integers(0, 600, 64), int(rng.integers(-4, 5))
        x = x_train[batch][:, np.clip(np.arange(40) - by, 0, 39)]
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x, y_train[batch])[1])
        if update % 100 == 0:
            history.append(np.mean(network.predict(theta, x_val).argmax(axis=1) == y_val))
    return theta


def in_place(network, Adam, x_train, y_train, *others):
    """Overwrites what it was given."""
    order = others[2].permutation(len(x_train))
    x_train[:], y_train[:] = x_train[order], y_train[order]
    return recipe(network, Adam, x_train, y_train, *others)


def single_precision(*given):
    return recipe(*given).astype(np.float32)


def scaled(network, Adam, x_train, *others):
    """Signals with a little noise."""
    rng = others[3]
    return recipe(network, Adam, x_train + 0.002 * rng.standard_normal(x_train.shape), *others)


class _Trainer:
    """An object that can be called like a function."""

    def __call__(self, *given):
        return recipe(*given)


an_object = _Trainer()
