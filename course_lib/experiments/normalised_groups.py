"""Does the noise of batch statistics regularise? The same batches, normalised in smaller and larger groups.

Fixed: 400 digits, 80 of them with a wrong label, two hidden layers of 80 with ReLU and He's weights, SGD at
0.3, batches of 64. A group of 64 is the whole batch; 0 is a network without normalisation. Measured are,
after so many updates, the share of the given labels that is fitted, and the accuracy on validation digits.
The seed draws weights and batches; the wrong labels are the same for all.

Source: groups are those of Hoffer, Hubara & Soudry (2017), Algorithm 1; the question is that of Ioffe &
Szegedy (2015), Section 3.4.
"""

import numpy as np

from course_lib import datasets
from course_lib.experiments import Run, picked
from course_lib.layers import BatchNorm, ReLU
from course_lib.network import stacked
from course_lib.optimizers import SGD

LOOKS = (60, 125, 250, 500, 1000, 2500)
FEW, WRONG, BATCH, RATE = 400, 80, 64, 0.3
PLAIN = 0

SETTINGS = [{"group": group} for group in (4, 16, 64, PLAIN)]
SEEDS = range(5)
FRESH = range(5, 8)

DIGITS = datasets.digits()


def labels() -> np.ndarray:
    """Those of the first digits, of which some are wrong."""
    rng = np.random.default_rng(0)
    given = DIGITS.y_train[:FEW].copy()
    wrong = rng.choice(FEW, WRONG, replace=False)
    given[wrong] = (given[wrong] + rng.integers(1, 10, WRONG)) % 10
    return given


def run(seed: int, group: int) -> dict[str, list[float]]:
    """Train with statistics of groups of this size; look at it after each of LOOKS."""
    rng, optimizer, x, given = np.random.default_rng(seed), SGD(RATE), DIGITS.x_train[:FEW], labels()
    network = stacked([64, 80, 80, 10], lambda units: [*([BatchNorm(units)] if group else []), ReLU()])
    theta, size = network.initialize(rng), group or BATCH
    fitted, accuracy = [], []
    for update in range(1, LOOKS[-1] + 1):
        groups = rng.choice(FEW, (BATCH // size, size), replace=False)
        gradients = [network.loss_and_gradient(theta, x[each], given[each])[1] for each in groups]
        theta = optimizer.step(theta, np.mean(gradients, axis=0))
        if update in LOOKS:
            fitted.append(float(np.mean(network.predict(theta, x).argmax(axis=1) == given)))
            read = network.predict(theta, DIGITS.x_val).argmax(axis=1) == DIGITS.y_val
            accuracy.append(float(np.mean(read)))
    return {"fitted": fitted, "val_accuracy": accuracy}


def holds(runs: list[Run]) -> list[str]:
    """What is said of the groups, and these runs do not bear out."""
    at = {update: LOOKS.index(update) for update in (250, 2500)}
    fitted, accuracy = (
        {group: picked(runs, what, group=group).mean(axis=0) for group in (4, 16, 64, PLAIN)}
        for what in ("fitted", "val_accuracy")
    )
    said = {
        "After 250 updates groups of 4 read more right than groups of 64, by 4 points or more.": (
            accuracy[4][at[250]] - accuracy[64][at[250]] > 0.04
        ),
        "They have then fitted fewer of the labels.": fitted[4][at[250]] < 0.9 < fitted[64][at[250]],
        "Groups of 16 have then fitted more than groups of 4.": fitted[16][at[250]] > fitted[4][at[250]],
        "After 2,500 updates they have fitted nearly all.": fitted[4][at[2500]] > 0.96,
        "They are then no more than 3 points from the plain network.": (
            abs(accuracy[4][at[2500]] - accuracy[PLAIN][at[2500]]) < 0.03
        ),
        "With 94 % of the labels fitted each size of groups reads more right than the plain network.": all(
            np.interp(0.94, fitted[group], accuracy[group]) > np.interp(0.94, fitted[PLAIN], accuracy[PLAIN])
            for group in (4, 16, 64)
        ),
        "Groups of 64 never read more than 2 points more right than the plain network.": (
            np.all(accuracy[64] < accuracy[PLAIN] + 0.02)
        ),
    }
    return [sentence for sentence, true in said.items() if not true]
