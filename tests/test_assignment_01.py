"""The pay-off of assignment 01 shows that wrong code is wrong, though it reads the digits nearly as well."""

from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks, optimizers, training

UNIT = "01_gradient_descent"
SOLUTION = Path(__file__).resolve().parents[1] / "solutions" / UNIT / f"{UNIT}.ipynb"
RIGHT = {name: getattr(optimizers, name) for name in ("SGD", "Momentum", "Nesterov")}


class Forgetful(optimizers.Nesterov):
    """v begins anew at each step."""

    def step(self, theta, gradient):
        return optimizers.Nesterov(self.lr, self.mu).step(theta, gradient)


class Averaging(optimizers.Momentum):
    """The gradient is mixed in with the share 1 − μ."""

    def step(self, theta, gradient):
        return super().step(theta, (1 - self.mu) * gradient)


def half(n, batch_size, rng):
    """Batches of the first half of the examples."""
    return training.minibatches(n // 2, batch_size, rng)


def shuffled(n, batch_size, rng):
    """The right batches, by other means."""
    order = np.arange(n)
    rng.shuffle(order)
    return iter(np.array_split(order, range(batch_size, n, batch_size)))


@pytest.mark.parametrize(
    ("own", "outside"),
    [
        ({}, set()),
        ({"minibatches": shuffled}, set()),
        ({"Nesterov": Forgetful}, {"Nesterov"}),
        ({"Momentum": Averaging}, {"Momentum"}),
        ({"minibatches": half}, {"SGD", "Momentum", "Nesterov"}),
    ],
)
def test_wrong_code_leaves_the_band_and_right_code_does_not(own, outside, capsys):
    cells = {cell.id: cell.source for cell in notebooks.read(SOLUTION).cells}
    names = RIGHT | {"minibatches": training.minibatches} | own
    for id in ("a01-imports", "a01-digits", "a01-digits-figure"):
        exec(cells[id], names)
    assert capsys.readouterr().out.count("% of the test digits") == 3
    highest, lowest = names["band"].values()
    away = {name: np.mean((losses > highest) | (losses < lowest)) for name, losses in names["curves"].items()}
    assert {name for name, share in away.items() if share > 0.5} == outside
    assert {name for name, share in away.items() if share > 0} == outside


def test_the_swings_are_drawn_beside_the_courses_own(capsys):
    cells = {cell.id: cell.source for cell in notebooks.read(SOLUTION).cells}
    names = RIGHT | {"Nesterov": Forgetful}
    exec(cells["a01-imports"], names)
    exec(cells["a01-nesterov-try"], names)
    lowest = {name: round(float(path.min()), 2) for name, path in names["swings"].items()}
    right = {"the course's Momentum": -0.60, "the course's Nesterov": -0.39, "Momentum": -0.60}
    assert lowest == {**right, "Nesterov": lowest["Nesterov"]} and lowest["Nesterov"] > -0.05
    assert "the course's Nesterov -0.39" in capsys.readouterr().out
