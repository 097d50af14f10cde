"""A right answer to the capstone: the recipe, tuned on the validation set, with the course's own parts."""

from collections.abc import Callable

import numpy as np

from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.network import Network
from course_lib.optimizers import Adam
from course_lib.schedules import cosine

Predict = Callable[[np.ndarray], np.ndarray]


def train(
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_val: np.ndarray,
    y_val: np.ndarray,
    rng: np.random.Generator,
    budget: int,
    width: int = 128,
    rate: float = 0.3,
    lr: float = 0.01,
    batch_size: int = 32,
) -> Predict:
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
