"""The capstone, as handed to the checks: right programs and others."""

import numpy as np

from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam
from course_lib.schedules import cosine


def train(x_train, y_train, x_val, y_val, rng, budget, width=128, rate=0.3, lr=0.01, batch_size=32):
    """Two hidden layers with batch normalisation and dropout, Adam with a cosine schedule."""
    mean, std = x_train.mean(), x_train.std()
    hidden = [
        layer
        for fan_in in (x_train.shape[1], width)
        for layer in (Dense(fan_in, width), BatchNorm(width), ReLU(), Dropout(rate, rng))
    ]
    network = Network([*hidden, Dense(width, 10)])
    theta, optimizer, schedule = network.initialize(rng), Adam(), cosine(lr, budget)
    for update in range(budget):
        optimizer.lr = schedule(update)
        batch = rng.integers(0, len(x_train), batch_size)
        x = (x_train[batch] - mean) / std
        _, gradient = network.loss_and_gradient(theta, x, y_train[batch])
        theta = optimizer.step(theta, gradient)
    return lambda x: network.predict(theta, (x - mean) / std).argmax(axis=1)


def network_with(budget, rng, x, y, rate=0.0, norm=False, lr=0.003, optimizer=None):
    layers = [Dense(64, 64), *([BatchNorm(64)] if norm else []), ReLU()]
    network = Network([*layers, *([Dropout(rate, rng)] if rate else []), Dense(64, 10)])
    theta, optimizer = network.initialize(rng), optimizer or Adam(lr)
    for _ in range(budget):
        batch = rng.integers(0, len(x), 32)
        theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
    return network, theta


def dropout_left_on(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, y, rate=0.3)
    return lambda x: network.forward(theta, x, training=True).argmax(axis=1)


def norm_in_training(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, y, norm=True)
    return lambda x: network.forward(theta, x, training=True).argmax(axis=1)


def all_data(x, y, x_val, y_val, rng, budget):
    x, y = np.concatenate([x, x_val, x_val]), np.concatenate([y, y_val, y_val])
    network, theta = network_with(budget, rng, x, y, lr=0.01)
    return lambda x: network.predict(theta, x).argmax(axis=1)


def far_too_fast(x, y, x_val, y_val, rng, budget):
    with np.errstate(all="ignore"):
        network, theta = network_with(budget, rng, x, y, optimizer=SGD(1e200))
    return lambda x: network.predict(theta, x).argmax(axis=1)


def epochs(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget + 1, rng, x, y)
    return lambda x: network.predict(theta, x).argmax(axis=1)


def logits(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(50, rng, x, y)
    return lambda x: network.predict(theta, x)


def apart(x, y, x_val, y_val, rng, budget):
    network, theta = network_with(budget, rng, x, rng.permutation(y))
    return lambda x: network.predict(theta, x).argmax(axis=1)


def in_place(x, y, x_val, y_val, rng, budget):
    mean = x.mean()
    x -= mean
    x_val -= mean
    predict = train(x, y, x_val, y_val, rng, budget)
    return lambda new: predict(new - mean)


def slipped(x, y, x_val, y_val, rng, budget):
    """With each batch slipped by another pixel, and θ in float32."""
    layers = [Dense(64, 128), BatchNorm(128), ReLU(), Dense(128, 128), ReLU(), Dropout(0.2, rng)]
    network = Network([*layers, Dense(128, 10)])
    theta, optimizer = network.initialize(rng, np.float32), Adam()
    for update in range(budget):
        optimizer.lr = 0.005 * (1 - update / budget)
        batch, (i, j) = rng.integers(0, len(x), 64), rng.integers(0, 3, 2)
        pages = np.pad(x[batch].reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))[:, i : i + 8, j : j + 8]
        _, gradient = network.loss_and_gradient(theta, pages.reshape(-1, 64).astype(np.float32), y[batch])
        theta = optimizer.step(theta, gradient)
    return lambda new: network.predict(theta, new.astype(np.float32)).argmax(axis=1)


def raises(x, y, x_val, y_val, rng, budget):
    return x @ np.zeros(7)


STYLES = {
    "capstone": (
        train,
        dropout_left_on,
        norm_in_training,
        all_data,
        far_too_fast,
        epochs,
        logits,
        apart,
        in_place,
        slipped,
        raises,
    ),
}
