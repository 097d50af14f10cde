"""The pay-offs of units 04 and 05 draw a band: the course's own code stays inside, wrong code leaves it."""

from pathlib import Path

import numpy as np

from course_lib import initializers, layers, notebooks

SOLUTIONS = Path(__file__).resolve().parents[1] / "solutions"


class NoMeanPath(layers.BatchNorm):
    """Sends the gradient back as if mean and variance were no functions of x."""

    def backward(self, grad):
        _, *of_the_parameters = super().backward(grad)
        return self.gamma * grad, *of_the_parameters


def of_xavier(fan_in, fan_out, rng):
    return initializers.he_normal(fan_in, fan_out, rng) / np.sqrt(2)


def run(unit, ids, names):
    cells = {cell.id: cell.source for cell in notebooks.read(SOLUTIONS / unit / f"{unit}.ipynb").cells}
    for id in ids:
        exec(cells[id], names)
    return names


def outside(names, losses):
    """On which share of the updates these losses lie outside of the band."""
    highest, lowest, *_ = names["curves"].values()
    return np.mean((losses > highest) | (losses < lowest))


def test_a_wrong_batch_norm_leaves_the_band_and_the_courses_does_not():
    ids = ("a04-imports", "a04-payoff", "a04-payoff-run")
    names = run("04_batch_normalization", ids, {"BatchNorm": NoMeanPath})
    assert outside(names, names["curves"]["with your BatchNorm"]) > 0.5
    assert outside(names, names["train"](layers.BatchNorm)[0]) == 0


def test_weights_of_xaviers_size_leave_hes_band_and_hes_do_not():
    starts = {"he_normal": initializers.he_normal, "Xavier": of_xavier}
    ids = ("a05-imports", "a05-train", "a05-race")
    names = run("05_weight_initialization", ids, {"starts": starts, "COLOURS": {}})
    assert outside(names, names["curves"]["he_normal"]) == 0
    assert outside(names, names["curves"]["Xavier"]) > 0.5
