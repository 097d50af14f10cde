"""The mistakes that students make in the capstone.

They need not learn anything: what tells one from another is how it breaks the contract. Where answers have
to be better than chance, the nearest example is looked up.
"""

# mypy: no-check-untyped-defs

import numpy as np

from course_lib.judging.catalogue import Catalogue
from course_lib.optimizers import Adam

MISTAKES = Catalogue()
mistake, variant = MISTAKES.mistake, MISTAKES.variant


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


@mistake(
    "no-training",
    "The network answers by chance, and no update was made: train builds it, and does not train it.",
    "Is there a loop over the budget, and does θ come back out of it? A network that was trained elsewhere "
    "knows other names for the digits.",
)
def untrained(x_train, y_train, x_val, y_val, rng, budget):
    return scattered


@mistake(
    "learned-nothing",
    "Updates were made, and the answers are still no better than chance.",
    "Do inputs and labels of a batch come from the same rows, and from the arguments of train? Is what step "
    "returns kept, and used by predict, on pictures prepared as for training? Does the loss fall?",
)
def apart(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return scattered


@mistake(
    "constant",
    "Whatever the picture, the answer is the same class: predict does not look at x, or nothing of x gets "
    "through, as when a rate far too large has killed the units of a layer.",
    "Print the network's output for five pictures of different digits. In which layer do they become equal?",
)
def constant(x_train, y_train, x_val, y_val, rng, budget):
    return lambda x: np.full(len(x), np.bincount(y_train).argmax() or 3)


@variant("constant")
def one_answer(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: np.full(len(x), 7)


@mistake(
    "diverged",
    "Every answer is 0 after training. That is what argmax says of a row of NaN: most likely the run "
    "diverged.",
    "Print the loss every 50 updates. Where it becomes NaN, the learning rate is too large, or a logarithm "
    "or a division met 0.",
)
def diverged(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: np.full((len(x), 10), np.nan).argmax(axis=1)


@mistake(
    "scores",
    "predict returns a row of ten numbers for each picture, the scores of the classes, and not the label.",
    "The label is the place of the largest score in its row.",
)
def scores(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: x[:, :10]


@variant("scores")
def one_hot(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: np.eye(10)[predict(x)]


@mistake(
    "one-per-class",
    "predict returns ten numbers, however many pictures it is asked for: the largest was looked for down the "
    "columns, among the pictures, and not along the rows, among the classes.",
    "Which axis of the scores counts the classes?",
)
def down_the_columns(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: x[:, :10].argmax(axis=0)


@mistake(
    "column",
    "predict returns the labels as a column, of shape (N, 1). Compared with labels of shape (N,), a column "
    "makes an N × N table, and an accuracy without meaning.",
    "Look for keepdims or a reshape on the way.",
)
def column(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x)[:, np.newaxis]


@mistake(
    "another-form",
    "What predict returns is no array with one label for each picture.",
    "Call predict with x_val[:3] and print the type and the shape of what comes.",
)
def accuracy(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: 0.85


@variant("another-form")
def first_only(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: int(predict(x)[0])


@variant("another-form")
def nothing(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: None


@variant("another-form")
def as_many_as_in_validation(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return lambda x: y_val[:77]


@mistake(
    "no-integers",
    "predict returns numbers that are no integers.",
    "Labels count classes. Which function turns a row of scores into a whole number?",
)
def floats(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x).astype(float)


@mistake(
    "other-labels",
    "predict returns integers that are no digits.",
    "The classes are counted from 0, as the columns of the scores are.",
)
def counted_from_one(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x) + 1


@mistake(
    "returns-no-function",
    "train is to return predict, a function from pictures to labels. What it returns cannot be called.",
    "Define predict inside train, where it sees the network and θ, and return it without parentheses.",
)
def returns_nothing(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)


@variant("returns-no-function")
def returns_theta(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return np.zeros(10)


@variant("returns-no-function")
def returns_labels(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return y_val


@variant("returns-no-function")
def returns_a_pair(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return nearest(x_train, y_train), 0.9


@mistake(
    "over-budget",
    "More updates were made than the budget allows. All count: of each network of an ensemble, of trial "
    "runs, and of updates that an epoch rounds up to.",
    "How many updates does one epoch make with your batch size, and how many epochs does the budget pay for?",
)
def epochs_for_updates(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget * 2)
    return nearest(x_train, y_train)


@variant("over-budget")
def one_too_many(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget + 1)
    return nearest(x_train, y_train)


@variant("over-budget")
def trains_when_asked(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget - 5)
    predict = nearest(x_train, y_train)

    def asked(x):
        updates(1)
        return predict(x)

    return asked


@mistake(
    "uncounted",
    "It has learned, but next to no call of a method named step was seen, and by these the updates are "
    "counted.",
    "Make each update with the step of an optimiser, your own or the course's.",
)
def no_step(x_train, y_train, x_val, y_val, rng, budget):
    return nearest(x_train, y_train)


@variant("uncounted")
def one_step(x_train, y_train, x_val, y_val, rng, budget):
    updates(1)
    return nearest(x_train, y_train)


@mistake(
    "random-answers",
    "The same pictures get other answers when they are asked again: something is still drawn at random, as "
    "dropout in training mode does.",
    "Which argument of forward says whether this is training? Who passes it on when predict asks?",
)
def dropout_left_on(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train, y_train)
    return lambda x: predict(x * (rng.random(x.shape) > 0.6))


@mistake(
    "depends-on-company",
    "A picture's answer depends on which other pictures are asked with it: a mean or a variance is taken "
    "over what predict is given, as batch normalisation in training mode does.",
    "At test time every statistic is one from training: those of batch normalisation, and those by which the "
    "pixels are scaled.",
)
def batch_statistics(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    predict = nearest(x_train - x_train.mean(axis=0), y_train)
    return lambda x: predict(x - x.mean(axis=0))


@mistake(
    "trains-on-validation",
    "The network knows the validation set far better than digits that it has never seen: it was trained on "
    "it, wrong labels included. Then that set can tell nothing about new digits any more.",
    "The validation set is for choosing: a setting, or when to stop. Gradients come from the training set "
    "only.",
)
def all_the_data(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    return nearest(np.concatenate([x_train, x_val]), np.concatenate([y_train, y_val]))


@mistake(
    "global-random",
    "Random numbers come from NumPy's global generator, so that a run cannot be repeated from its seed.",
    "Draw everything from the argument rng: θ, batches, masks.",
)
def global_generator(x_train, y_train, x_val, y_val, rng, budget):
    updates(budget)
    np.random.permutation(len(x_train))
    return nearest(x_train, y_train)


@variant("global-random")
def seeds_it_all(x_train, y_train, x_val, y_val, rng, budget):
    np.random.seed(0)
    updates(budget)
    return nearest(x_train, y_train)
