"""The pay-off of assignment 02 shows that code which forgets its memory, or a root, is wrong."""

from pathlib import Path

import numpy as np

from course_lib import notebooks, optimizers

UNIT = "02_adaptive_optimizers"
SOLUTION = Path(__file__).resolve().parents[1] / "solutions" / UNIT / f"{UNIT}.ipynb"


class Forgetful(optimizers.AdaGrad):
    """s begins anew at each step."""

    def step(self, theta, gradient):
        return optimizers.AdaGrad(self.lr).step(theta, gradient)


class Rootless(optimizers.RMSprop):
    """Divides by s, not by its root."""

    def step(self, theta, gradient):
        self.s = self.rho * self.s + (1 - self.rho) * gradient**2
        return theta - self.lr * gradient / (self.s + self.eps)


def test_wrong_code_leaves_the_band_and_right_code_does_not(capsys):
    cells = {cell.id: cell.source for cell in notebooks.read(SOLUTION).cells}
    names = {"AdaGrad": Forgetful, "RMSprop": Rootless, "Adam": optimizers.Adam}
    for id in ("a02-imports", "a02-digits", "a02-digits-figure"):
        exec(cells[id], names)
    assert capsys.readouterr().out.count("% of the test digits") == 3
    highest, lowest = names["band"].values()
    away = {name: np.mean((losses > highest) | (losses < lowest)) for name, losses in names["curves"].items()}
    assert away["Adam"] == 0
    assert away["AdaGrad"] > 0.5 and away["RMSprop"] > 0.5
