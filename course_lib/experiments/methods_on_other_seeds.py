"""Does what is said of methods at their best hold on seeds by which no rate was chosen? SGD, Nesterov, Adam.

Fixed: all of `methods_on_signals`, and of each method the rate that is its best there, after 2 epochs as
after 40. The seeds are others.

Source: as for `methods_on_signals`, Choi et al. (2019).
"""

from course_lib.experiments.methods_on_signals import run

__all__ = ["run"]

SETTINGS = [
    {"method": "SGD", "lr": 0.3},
    {"method": "Nesterov", "lr": 0.1},
    {"method": "Adam", "lr": 0.01},
]
SEEDS = range(3, 6)
FRESH = range(6, 9)
