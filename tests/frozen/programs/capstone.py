"""Wrong answers to the capstone."""

import numpy as np

from .entered import Entered
from .optimizer_parts import Adam

wrong = Entered()


def updates(count):
    """So many calls of an optimiser's step."""
    theta, optimizer = np.zeros(1), Adam()
    for _ in range(count):
        theta = optimizer.step(theta, np.ones(1))


def nearest(x_known, y_known):
    """A predictor that answers with the label of the most similar example."""
    squares = (x_known**2).sum(axis=1)
    return lambda x: y_known[(squares - 2 * x @ x_known.T).argmin(axis=1)]


def scattered(x):
    """Labels that have nothing to do with what is to be seen, the same for the same picture."""
    return np.floor(1000 * x.sum(axis=1)).astype(int) % 10


@wrong("no-training")
def untrained(x_train, y_train, x_val, y_val, rng, budget):
    return scattered


@wrong("learned-nothing")
def apart(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return scattered


@wrong("constant")
def constant(x_train, y_train, x_val, y_val, rng, budget):
    return lambda x: np.full(len(x), np.bincount(y_train).argmax() or 3)


@wrong("constant")
def one_answer(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: np.full(len(x), 7)


@wrong("diverged")
def diverged(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: np.full((len(x), 10), np.nan).argmax(axis=1)


@wrong("scores")
def scores(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: x[:, :10]


@wrong("scores")
def one_hot(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: np.eye(10)[predict(x)]


@wrong("one-per-class")
def down_the_columns(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: x[:, :10].argmax(axis=0)


@wrong("column")
def column(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x)[:, np.newaxis]


@wrong("another-form")
def accuracy(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: 0.85


@wrong("another-form")
def first_only(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: int(predict(x)[0])


@wrong("another-form")
def nothing(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: None


@wrong("another-form")
def as_many_as_in_validation(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: y_val[:77]


@wrong("no-integers")
def floats(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x).astype(float)


@wrong("other-labels")
def counted_from_one(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x) + 1


@wrong("returns-no-function")
def returns_nothing(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)


@wrong("returns-no-function")
def returns_theta(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return np.zeros(10)


@wrong("returns-no-function")
def returns_labels(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return y_val


@wrong("returns-no-function")
def returns_a_pair(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return nearest(x_train, y_train), 0.9


@wrong("over-budget")
def epochs_for_updates(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget * 2)
    return nearest(x_train, y_train)


@wrong("over-budget")
def one_too_many(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget + 1)
    return nearest(x_train, y_train)


@wrong("over-budget")
def trains_when_asked(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget - 5)
    predict = nearest(x_train, y_train)

    def asked(x):
        updates(1)
        return predict(x)

    return asked


@wrong("uncounted")
def no_step(x_train, y_train, x_val, y_val, rng, budget):
    return nearest(x_train, y_train)


@wrong("uncounted")
def one_step(x_train, y_train, x_val, y_val, rng, budget):
    updates(1)
    return nearest(x_train, y_train)


@wrong("random-answers")
def dropout_left_on(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x * (rng.random(x.shape) > 0.6))


@wrong("depends-on-company")
def batch_statistics(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train - x_train.mean(axis=0), y_train)
    return lambda x: predict(x - x.mean(axis=0))


@wrong("trains-on-validation")
def all_the_data(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return nearest(np.concatenate([x_train, x_val]), np.concatenate([y_train, y_val]))


@wrong("global-random")
def global_generator(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    np.random.permutation(len(x_train))
    return nearest(x_train, y_train)


@wrong("global-random")
def seeds_it_all(x_train, y_train, x_val, y_val, rng, budget):
    np.random.seed(0)
    updates(budget)
    return nearest(x_train, y_train)
