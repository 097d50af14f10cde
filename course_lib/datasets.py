"""Data sets: small, real or easy to draw, and all offline but one.

Each function returns a ``Data``: examples in the rows, float64, split at random into training, validation and
test sets, the same way for the same seed.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import numpy as np

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, eq=False)
class Data:
    """A data set in three parts.

    x_… are the inputs, of shape (N, D). y_… are the targets: class labels 0..C−1 of shape (N,), or numbers of
    shape (N, 1).
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(seed=0) -> Data:
    """Handwritten digits, 8 × 8 pixels scaled to 0..1: 1,797 examples of 64 features in 10 classes.

    Source: see ``digit_originals``.
    """
    x, y = digit_originals()
    return _split(x / 16, y, seed)


def digit_originals() -> tuple[np.ndarray, np.ndarray]:
    """The digits as they were published: pixels 0..16 of shape (1797, 64), float64, and labels 0..9.

    Source: Alpaydin & Kaynak (1998), test set of "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository, https://doi.org/10.24432/C50P49, CC BY 4.0; the file is scikit-learn's.
    """
    table = np.loadtxt(DATA / "digits.csv.gz", delimiter=",")
    return table[:, :-1], table[:, -1].astype(np.int64)


def moons(n=1000, noise=0.2, seed=0) -> Data:
    """Two interleaving half circles of radius 1, n points (x, y) in 2 classes, blurred by N(0, noise²).

    The same numbers as scikit-learn's ``make_moons`` draws, whose generator is NumPy's older one.
    """
    rng = np.random.RandomState(seed)
    upper, lower = (np.linspace(0, np.pi, size) for size in (n // 2, n - n // 2))
    x = np.concatenate([np.cos(upper), 1 - np.cos(lower)])
    y = np.concatenate([np.sin(upper), 1 - np.sin(lower) - 0.5])
    order = np.arange(n)
    rng.shuffle(order)
    points = np.stack([x, y], axis=1)[order] + rng.normal(scale=noise, size=(n, 2))
    return _split(points, (order >= n // 2).astype(np.int64), seed)


def spirals(n=1000, classes=3, noise=0.1, turns=0.6, seed=0) -> Data:
    """Spiral arms around the origin, one class each: n points (x, y), as many in each class.

    Along an arm the radius grows from 0 to 1 and the angle by ``turns`` whole turns; the angle is blurred by
    N(0, noise²) turns.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    r = np.sqrt(rng.random(n))  # the root spreads the points evenly over the area
    angle = 2 * np.pi * (y / classes + turns * r + noise * rng.standard_normal(n))
    return _split(np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1), y, seed)


def diabetes(seed=0) -> Data:
    """Regression: how far diabetes progressed within a year, from 10 measurements of 442 patients.

    Inputs and targets are standardised with the mean and standard deviation of the training set, so always
    predicting the mean has a mean squared error near 1.

    Source: Efron, Hastie, Johnstone & Tibshirani (2004), "Least Angle Regression", Section 1; the numbers are
    those that scikit-learn ships.
    """
    table = np.loadtxt(DATA / "diabetes.csv", delimiter=",")
    data = _split(table[:, :-1], table[:, -1:], seed)
    x_mean, x_std = data.x_train.mean(axis=0), data.x_train.std(axis=0)
    y_mean, y_std = data.y_train.mean(axis=0), data.y_train.std(axis=0)
    return Data(
        (data.x_train - x_mean) / x_std,
        (data.y_train - y_mean) / y_std,
        (data.x_val - x_mean) / x_std,
        (data.y_val - y_mean) / y_std,
        (data.x_test - x_mean) / x_std,
        (data.y_test - y_mean) / y_std,
    )


def fashion_mnist(seed=0, cache=None) -> Data:
    """Pictures of clothes, 28 × 28 pixels scaled to 0..1, in 10 classes: 50,000 for training, 10,000 each to
    validate and to test. Validation is split off the training set; the test set is the official one.

    The first call downloads it from OpenML (30 MB) and keeps it in the folder ``cache`` (by default
    scikit-learn's, ~/scikit_learn_data); later calls need no network. scikit-learn fetches it.

    Raises: ConnectionError when it is not in the cache and OpenML cannot be reached.
    Source: Xiao, Rasul & Vollgraf (2017).
    """
    from sklearn import datasets as sklearn_datasets

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of every retry; what matters is the error below
            x, y = sklearn_datasets.fetch_openml(
                "Fashion-MNIST",
                version=1,
                return_X_y=True,
                as_frame=False,
                parser="liac-arff",  # the one that needs no pandas
                data_home=cache,
                n_retries=1,
            )
    except (URLError, TimeoutError, ConnectionError) as error:
        raise ConnectionError(
            f"Fashion-MNIST is not in the cache and OpenML cannot be reached ({error}); "
            "connect to the network once, or use datasets.digits(), which needs none"
        ) from None
    x, y = x / 255, y.astype(np.int64)
    order = np.random.default_rng(seed).permutation(60_000)
    train, val = order[:50_000], order[50_000:]
    return Data(x[train], y[train], x[val], y[val], x[60_000:], y[60_000:])


@dataclass(frozen=True, eq=False)
class LossCurve:
    """A training run and what is wrong with it.

    cause is one of ``course_lib.tuning.CAUSES``; settings says in words what was trained, and how.
    train_loss and val_loss, both of shape (epochs + 1,), begin before the first update and go on with one
    value per epoch. A run that left the finite numbers has NaN from there on.
    """

    cause: str
    seed: int
    settings: str
    train_loss: np.ndarray
    val_loss: np.ndarray


def loss_curves(part="practice") -> list[LossCurve]:
    """Real training runs to diagnose, ten for each cause; part is "practice" or "held back".

    Source: ``course_lib/data/make_loss_curves.py``.
    Raises: ValueError for another part.
    """
    files = {"practice": "loss_curves.json", "held back": "loss_curves_held_back.json"}
    if part not in files:
        raise ValueError(f"loss_curves: part is 'practice' or 'held back', got {part!r}")
    text = (DATA / files[part]).read_text(encoding="utf-8")
    return [
        LossCurve(
            run["cause"],
            run["seed"],
            run["settings"],
            np.array(run["train_loss"], dtype=float),  # null, where a run had left the numbers, becomes NaN
            np.array(run["val_loss"], dtype=float),
        )
        for run in json.loads(text)
    ]


@dataclass(frozen=True, eq=False)
class ResponseSurface:
    """How well a small network reads digits, over learning rate η and strength λ of L2.

    rates (columns,) and penalties (rows,) are geometric sequences. val_loss and val_accuracy, of shape
    (seeds, rows, columns), hold one training run per entry; NaN where a run left the finite numbers.
    """

    rates: np.ndarray
    penalties: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray

    worst = 2.4  # nats; guessing has log 10 = 2.3, and how much worse a run is tells nothing

    @property
    def mean_loss(self) -> np.ndarray:
        """Mean validation loss over the seeds, at most ``worst``: shape (rows, columns)."""
        return np.fmin(self.val_loss, self.worst).mean(axis=0)

    def value(self, rate, penalty):
        """Mean validation loss at any η and λ, arrays or numbers: linear between cells in log η and log λ.

        Beyond the surface its edge goes on.
        """
        loss = self.mean_loss
        column, right = self._place(self.rates, rate)
        row, up = self._place(self.penalties, penalty)
        below = (1 - right) * loss[row, column] + right * loss[row, column + 1]
        above = (1 - right) * loss[row + 1, column] + right * loss[row + 1, column + 1]
        return (1 - up) * below + up * above

    @staticmethod
    def _place(centres, value):
        """The cell before value, and how far it is to the next, 0 to 1, on a logarithmic scale."""
        step = np.log(centres[-1] / centres[0]) / (len(centres) - 1)
        position = np.clip(np.log(value / centres[0]) / step, 0, len(centres) - 1)
        cell = np.minimum(position.astype(int), len(centres) - 2)
        return cell, position - cell


def response_surface() -> ResponseSurface:
    """Validation loss of 64 → 32 → 10, trained on 300 digits with SGD for 20 epochs, over η and λ; 3 seeds.

    Source: ``course_lib/data/make_response_surface.py``.
    """
    text = (DATA / "response_surface.json").read_text(encoding="utf-8")
    return ResponseSurface(
        **{name: np.array(values, dtype=float) for name, values in json.loads(text).items()}
    )


def _split(x, y, seed) -> Data:
    """Shuffle and cut into 60 % training, 20 % validation and 20 % test examples."""
    order = np.random.default_rng(seed).permutation(len(x))
    train, val, test = np.split(order, [len(x) * 6 // 10, len(x) * 8 // 10])
    return Data(x[train], y[train], x[val], y[val], x[test], y[test])
