"""Does a small batch take a network down slowly, or fast? By the update and by the epoch, each at its best.

Fixed: 1000 digits to train on, 64 → 32 → 10 with ReLU and He's weights, plain SGD at a constant rate. The
loss is that on all 1000, as it is the way down that is asked for: after 50 updates, and after 3 epochs, which
are 3000 updates with one example and 3 with all of them. The seed draws weights and the batches' order.

Source: Bottou, Curtis & Nocedal (2018), "Optimization Methods for Large-Scale Machine Learning", Section 3.3.
"""

from functools import cache
from itertools import chain, count, islice, product
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, best, picked, stored
from course_lib.layers import Dense, ReLU
from course_lib.network import Network
from course_lib.optimizers import SGD
from course_lib.training import minibatches

EXAMPLES, UPDATES, EPOCHS = 1000, 50, 3
SIZES = (1, 10, 100, 1000)
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)

SETTINGS = [{"batch_size": size, "lr": lr} for size, lr in product(SIZES, RATES)]
SEEDS = range(5)
FRESH = range(5, 10)


def run(seed: int, batch_size: int, lr: float) -> dict[str, list[float]]:
    """Train with batches of this size; return the losses after UPDATES and after EPOCHS."""
    digits = datasets.digits()
    x, y = digits.x_train[:EXAMPLES], digits.y_train[:EXAMPLES]
    network, rng = Network([Dense(64, 32), ReLU(), Dense(32, 10)]), np.random.default_rng(seed)
    theta, optimizer, losses = network.initialize(rng), SGD(lr), {}
    ends = UPDATES, EPOCHS * EXAMPLES // batch_size
    epochs = chain.from_iterable(minibatches(EXAMPLES, batch_size, rng) for _ in count())
    with np.errstate(all="ignore"):  # to diverge is a result here
        for update, batch in enumerate(islice(epochs, max(ends)), 1):
            theta = optimizer.step(theta, network.loss_and_gradient(theta, x[batch], y[batch])[1])
            if update in ends:
                losses[update] = network.loss(theta, x, y)
    return {"loss": [losses[end] for end in ends]}


BY_UPDATE, BY_EPOCH = 0, 1  # where the two stand in a run's losses


@cache
def tuned(size: int, at: int) -> dict[str, Any]:
    """A batch size at the rate with which its mean loss is least."""
    lr = best(stored("batches_on_digits"), "loss", "lr", at=at, batch_size=size)
    return {"batch_size": size, "lr": lr}


def compared() -> list[dict[str, Any]]:
    """Each batch size at its best, by the update and by the epoch."""
    settings = [tuned(size, at) for size in SIZES for at in (BY_UPDATE, BY_EPOCH)]
    return [setting for setting in SETTINGS if setting in settings]


def holds(runs: list[Run]) -> list[str]:
    """What is said of batches, and these runs do not bear out."""
    update, epoch = (
        {size: picked(runs, "loss", **tuned(size, at))[:, at].mean() for size in SIZES}
        for at in (BY_UPDATE, BY_EPOCH)
    )
    left, small = update[100] - update[1000], max(epoch[1], epoch[10])
    said = {
        "By the update a larger batch does better.": update[1] > update[10] > update[100] > update[1000],
        "From 100 examples on there is little left to gain.": update[10] - update[100] > 2 * left,
        "By the epoch batches of 1 and of 10 are far ahead.": epoch[1000] > 2 * epoch[100] > 4 * small,
        "By the epoch batches of 10 get as far as single examples.": epoch[10] < 1.5 * epoch[1],
    }
    return [sentence for sentence, true in said.items() if not true]
