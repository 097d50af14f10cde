"""Data sets: small, real or easy to draw, and all offline but one.

Each function returns a ``Data``: examples in the rows, float64, split at random into training, validation and
test sets, the same way for the same seed.
"""

import json
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.error import URLError

import numpy as np

from course_lib import texts

say = texts.beside(__file__)

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
    table = _digit_table()
    return table[:, :-1].copy(), table[:, -1].astype(np.intp)


@cache  # reading it takes longer than many a training
def _digit_table() -> np.ndarray:
    return np.loadtxt(DATA / "digits.csv.gz", delimiter=",")


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
    return _split(points, (order >= n // 2).astype(np.intp), seed)


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


_LENGTH = 72  # of a signal while it is made: a template's 12 numbers and the longest padding
_POSITIONS = 40  # of a finished one


PLUS, EQUALS = 10, 11  # the tokens behind the digits


def sums(seed=0, backwards=True) -> Data:
    """All 10,000 sums of two numbers below 100, as tokens: 12+35=47 is 1 2 + 3 5 = 7 4 0.

    x has the first 8 tokens, (N, 8) integers: two digits, PLUS, two digits, EQUALS and the first two digits
    of the answer. y has the answer's three digits, (N, 3): from the ones on, unless it is not ``backwards``.
    Behind each of the last three positions of x stands one digit of y.

    Four fifths are training, a tenth each validation and test. a + b and b + a are in the same part: else
    most of the test would be known.
    """
    a, b = np.divmod(np.arange(10_000), 100)
    answer = np.stack(
        [(a + b) // place % 10 for place in ((1, 10, 100) if backwards else (100, 10, 1))], axis=1
    )
    asked = [a // 10, a % 10, np.full_like(a, PLUS), b // 10, b % 10, np.full_like(a, EQUALS)]
    x = np.column_stack([*asked, answer[:, :2]])
    pairs = np.random.default_rng(seed).random((100, 100))
    drawn = pairs[np.minimum(a, b), np.maximum(a, b)]  # one number for each unordered pair
    parts = (drawn < 0.8, (drawn >= 0.8) & (drawn < 0.9), drawn >= 0.9)
    return Data(*(each[part] for part in parts for each in (x, answer)))


def signals(n_train=4000, n_val=1000, n_test=1000, seed=0) -> Data:
    """MNIST-1D: signals of 40 numbers in 10 classes, each a digit's shape somewhere in a noisy line.

    A class is a template (see ``signal_templates``). A signal is made on a line of 72 places: the template is
    stretched to a sixth or up to a quarter of it, scaled by 0.8 to 1.2, and moved by 0 to 47 places; there is
    smooth noise before and behind it and fine noise everywhere; the whole is tilted, and read off at 40
    places. A network that takes each position for itself, as ours do, has to see a shape in many places
    before it knows it: with two hidden layers of 128 units it gets 0.6 to 0.65 right, a linear model a third.

    Each set has as many signals of one class as of another, or one more. All inputs are standardised with
    one mean and one standard deviation, those of all numbers in the training set. With the same seed,
    validation and test set are the same signals whatever n_train is.

    Raises: ValueError when a set would be empty.
    Source: Greydanus & Kobak (2024), "Scaling Down Deep Learning with MNIST-1D", ICML; the numbers are the
    defaults of its package ``mnist1d`` 0.0.2.post1 (Apache License 2.0).
    """
    if min(n_train, n_val, n_test) < 1:
        raise ValueError(f"signals: each set needs at least 1 signal, got {n_train}, {n_val} and {n_test}")
    sets = [
        drawn_signals(signal_templates(), n, rng)
        for n, rng in zip((n_train, n_val, n_test), np.random.default_rng(seed).spawn(3), strict=True)
    ]
    mean, std = sets[0][0].mean(), sets[0][0].std()
    return Data(*(part for x, y in sets for part in ((x - mean) / std, y)))


def signal_templates() -> np.ndarray:
    """The shapes behind ``signals``, of shape (10, 12), a class in each row; they begin and end at 0."""
    strokes = np.array(  # heights along the stroke of each digit
        [
            (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
            (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
            (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
            (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
            (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
            (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
            (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
            (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
            (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
            (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
        ]
    )
    heights = (strokes - strokes.mean(axis=1, keepdims=True)) / strokes.std(axis=1, keepdims=True)
    return (heights - heights[:, :1]) / 6


def drawn_signals(templates, n, rng) -> tuple[np.ndarray, np.ndarray]:
    """n signals with these templates (C, 12), not yet standardised, of shape (n, 40), and their labels."""
    y = rng.permutation(np.arange(n) % len(templates))
    x = _make_signals(
        templates[y],
        padding=rng.integers(36, 61, n),
        scale=1 + 0.4 * (rng.random(n) - 0.5),
        shift=rng.integers(0, 48, n),
        smooth=0.25 * rng.standard_normal((n, _LENGTH)),
        fine=0.02 * rng.standard_normal((n, _LENGTH)),
        tilt=0.75 * (rng.random(n) - 0.5),
    )
    return x, y


def shifted_copies(x, y, most=4) -> tuple[np.ndarray, np.ndarray]:
    """Each signal moved by −most, …, most positions, to the right where positive, with its label.

    x of shape (N, D) and y of shape (N,) give shapes ((2 most + 1) N, D) and ((2 most + 1) N,), one shift
    after the other. What moves in at an end repeats the signal's last number there.

    Raises: ValueError unless 0 ≤ most < D.
    """
    length = x.shape[1]
    if not 0 <= most < length:
        raise ValueError(f"shifted_copies: most is 0 to {length - 1} for {length} positions; got {most}")
    shifts = range(-most, most + 1)
    places = [np.clip(np.arange(length) - shift, 0, length - 1) for shift in shifts]
    return np.concatenate([x[:, place] for place in places]), np.tile(y, len(shifts))


def _make_signals(templates, padding, scale, shift, smooth, fine, tilt):
    """Signals of shape (N, 40) from templates (N, 12) and what was drawn for each of them.

    padding: zeros behind the template before both are stretched to 72 places; scale: what it is multiplied
    by; shift: places it moves to the right, round the end; smooth and fine, of shape (N, 72): noise, the
    first not yet smoothed; tilt: how far a straight line falls from one end to the other.
    """
    points = templates.shape[1]
    step = (points + padding - 1) / (_LENGTH - 1)
    place = np.arange(_LENGTH) * step[:, np.newaxis]  # where in template and padding
    x = _between(np.pad(templates, ((0, 0), (0, 1))), np.minimum(place, points)) * scale[:, np.newaxis]
    origin = (np.arange(_LENGTH) - shift[:, np.newaxis]) % _LENGTH
    x = np.take_along_axis(x, origin, axis=1)
    inside = np.take_along_axis(place < points, origin, axis=1)
    x = np.where(inside, x, _smoothed(smooth, width=2)) + fine
    x = x - tilt[:, np.newaxis] * np.linspace(-0.5, 0.5, _LENGTH)
    return _between(x, np.linspace(0, _LENGTH - 1, _POSITIONS)[np.newaxis])


def _between(rows, place):
    """The rows' values at places between their columns, on straight lines from one to the next."""
    left = np.minimum(place.astype(int), rows.shape[1] - 2)
    right = place - left
    before, behind = (np.take_along_axis(rows, column, axis=1) for column in (left, left + 1))
    return (1 - right) * before + right * behind


def _smoothed(rows, width):
    """Each row under a Gaussian window that is cut off at four widths; at its ends a row is mirrored."""
    reach = 4 * width
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    window /= window.sum()
    mirrored = np.pad(rows, ((0, 0), (reach, reach)), mode="symmetric")
    return sum(weight * mirrored[:, i : i + rows.shape[1]] for i, weight in enumerate(window))


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
    x, y = x / 255, y.astype(np.intp)
    order = np.random.default_rng(seed).permutation(60_000)
    train, val = order[:50_000], order[50_000:]
    return Data(x[train], y[train], x[val], y[val], x[60_000:], y[60_000:])


def forests() -> dict[int, np.ndarray]:
    """Two random forests of lecture 03: features that a split may choose from → the answers of its 50 trees
    for the validation digits, of shape (50, 359).

    Source: ``course_lib/data/make_forests.py``.
    """
    rows = json.loads((DATA / "forests.json").read_text(encoding="utf-8"))
    return {int(choice): np.array([list(map(int, row)) for row in trees]) for choice, trees in rows.items()}


@dataclass(frozen=True)
class Settings:
    """What was trained, and how; ``str`` says it in words.

    sizes are the numbers of units from the inputs to the outputs, wrong is the share of the training examples
    with random labels, l2 the λ of L2.
    """

    sizes: tuple[int, ...]
    activation: str
    method: str
    rate: float
    batch_size: int
    examples: int
    wrong: float = 0.0
    l2: float = 0.0

    def __str__(self) -> str:
        said = "wrong" if self.wrong else "l2" if self.l2 else "plain"
        return say(f"settings.{said}", **(vars(self) | {"sizes": " → ".join(map(str, self.sizes))}))


@dataclass(frozen=True, eq=False)
class LossCurve:
    """A training run and what is wrong with it.

    cause is one of ``course_lib.tuning.CAUSES``.
    train_loss and val_loss, both of shape (epochs + 1,), begin before the first update and go on with one
    value per epoch. A run that left the finite numbers has NaN from there on.
    """

    cause: str
    seed: int
    settings: Settings
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
            Settings(**run["settings"] | {"sizes": tuple(run["settings"]["sizes"])}),
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

    def value(self, lr, l2):
        """Mean validation loss at any η and λ, arrays or numbers: linear between cells in log η and log λ.

        Beyond the surface its edge goes on.
        """
        loss = self.mean_loss
        column, right = self._place(self.rates, lr)
        row, up = self._place(self.penalties, l2)
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


@dataclass(frozen=True, eq=False)
class SignalRun:
    """A network trained on ``signals`` with one remedy against overfitting, or nothing.

    remedy is a name in ``make_signal_runs.REMEDIES``; n counts training signals, hidden the hidden layers;
    rate is Adam's learning rate at the start. train_… and val_…, all of shape (11,), begin before the first
    update and go on with ten values at equal distances; losses in nats, accuracies as shares. test_accuracy
    is that of the end.
    """

    remedy: str
    n: int
    hidden: int
    rate: float
    seed: int
    train_loss: np.ndarray
    train_accuracy: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    test_accuracy: float


def signal_runs() -> list[SignalRun]:
    """Which remedy pays where: for 600 and 4,000 signals, 2 and 4 hidden layers, at three rates, by seed.

    Source: ``course_lib/data/make_signal_runs.py``.
    """
    runs = json.loads((DATA / "signal_runs.json").read_text(encoding="utf-8"))
    curves = ("train_loss", "train_accuracy", "val_loss", "val_accuracy")
    return [SignalRun(**run | {name: np.array(run[name]) for name in curves}) for run in runs]


def _split(x, y, seed) -> Data:
    """Shuffle and cut into 60 % training, 20 % validation and 20 % test examples."""
    order = np.random.default_rng(seed).permutation(len(x))
    train, val, test = np.split(order, [len(x) * 6 // 10, len(x) * 8 // 10])
    return Data(x[train], y[train], x[val], y[val], x[test], y[test])
