"""Data sets: their form, their split, and what happens without a network."""

from urllib.error import URLError

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import datasets as sklearn_datasets

from course_lib import datasets

OFFLINE = {
    "digits": (datasets.digits, 1797, 64, 10),
    "moons": (datasets.moons, 1000, 2, 2),
    "spirals": (datasets.spirals, 1000, 2, 3),
    "diabetes": (datasets.diabetes, 442, 10, None),
}


def parts(data):
    return [(data.x_train, data.y_train), (data.x_val, data.y_val), (data.x_test, data.y_test)]


@pytest.mark.parametrize(("make", "n", "features", "classes"), OFFLINE.values(), ids=OFFLINE)
def test_form(make, n, features, classes):
    data = make(seed=3)
    sizes = [len(x) for x, _ in parts(data)]
    assert sum(sizes) == n
    assert_allclose(np.array(sizes) / n, [0.6, 0.2, 0.2], atol=1 / n)
    for x, y in parts(data):
        assert x.shape == (len(y), features)
        assert x.dtype == np.float64
        if classes is None:
            assert y.shape == (len(x), 1)
            assert y.dtype == np.float64
        else:
            assert y.dtype == np.int64
            assert_array_equal(np.unique(y), np.arange(classes))


@pytest.mark.parametrize(("make", "n", "features", "classes"), OFFLINE.values(), ids=OFFLINE)
def test_the_seed_decides_the_split_and_no_example_stands_in_two_parts(make, n, features, classes):
    one, same, other = make(seed=3), make(seed=3), make(seed=4)
    for name, value in vars(one).items():
        assert_array_equal(value, getattr(same, name))
    assert not np.array_equal(one.x_train, other.x_train)
    rows = np.concatenate([np.hstack([x, y.reshape(len(x), -1)]) for x, y in parts(one)])
    whole = np.concatenate([x for x, _ in parts(one)])
    assert len(np.unique(rows, axis=0)) == len(np.unique(whole, axis=0)) == n


def assert_same_bytes(ours, theirs):
    assert ours.dtype == theirs.dtype
    assert ours.shape == theirs.shape
    assert ours.tobytes() == theirs.tobytes()


def test_the_numbers_are_those_of_scikit_learn():
    """What lectures and stored results were made with."""
    for ours, theirs in zip(
        datasets.digit_originals(), sklearn_datasets.load_digits(return_X_y=True), strict=True
    ):
        assert_same_bytes(ours, theirs.astype(ours.dtype))
    for n, noise, seed in ((1000, 0.2, 0), (7, 0.0, 1), (300, 0.05, 12)):
        x, y = sklearn_datasets.make_moons(n, noise=noise, random_state=seed)
        ours, theirs = datasets.moons(n, noise, seed), datasets._split(x, y.astype(np.int64), seed)
        for (one, label), (other, named) in zip(parts(ours), parts(theirs), strict=True):
            assert_same_bytes(one, other)
            assert_same_bytes(label, named)
    x, y = sklearn_datasets.load_diabetes(return_X_y=True, scaled=False)
    table = np.loadtxt(datasets.DATA / "diabetes.csv", delimiter=",")
    assert_same_bytes(table, np.column_stack([x, y]).round(4))  # some versions have 4.803999999999999


def test_digits_are_scaled_pixels():
    x = datasets.digits().x_train
    assert (x.min(), x.max()) == (0, 1)
    assert_array_equal(x * 16, np.round(x * 16))


def test_diabetes_is_standardised_by_its_training_part():
    data = datasets.diabetes()
    for train, test in ((data.x_train, data.x_test), (data.y_train, data.y_test)):
        assert_allclose(train.mean(axis=0), 0, atol=1e-12)
        assert_allclose(train.std(axis=0), 1)
        assert np.abs(test.mean(axis=0)).max() > 1e-3  # had all data been used, or the test part: nearer to 0


def test_moons_and_spirals_without_noise_lie_on_their_curves():
    moons = datasets.moons(n=200, noise=0.0)
    upper = moons.x_train[moons.y_train == 0]
    assert_allclose(np.hypot(*upper.T), 1)
    spirals = datasets.spirals(n=400, classes=4, noise=0.0, turns=1.0)
    x, y = spirals.x_train, spirals.y_train
    turn = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    off = turn - np.hypot(*x.T) - y / 4
    assert_allclose(off, np.round(off), atol=1e-12)
    assert np.hypot(*x.T).max() <= 1


def test_fashion_mnist_without_a_network_is_told_in_a_sentence(monkeypatch, tmp_path):
    def unreachable(*args, **kwargs):
        raise URLError("no route to host")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", unreachable)
    with pytest.raises(ConnectionError, match=r"OpenML cannot be reached .*no route to host.*digits\(\)"):
        datasets.fashion_mnist(cache=tmp_path)


def test_fashion_mnist_is_scaled_and_split(monkeypatch):
    """With a stand-in for the download: 70,000 examples whose first pixel numbers them."""
    pixels = np.zeros((70_000, 2))
    pixels[:, 0] = np.arange(70_000)
    pixels[:, 1] = 255

    def fetch(name, **kwargs):
        assert name == "Fashion-MNIST"
        return pixels, np.array([str(i % 10) for i in range(70_000)], dtype=object)

    monkeypatch.setattr(sklearn_datasets, "fetch_openml", fetch)
    data = datasets.fashion_mnist(seed=1)
    assert [len(x) for x, _ in parts(data)] == [50_000, 10_000, 10_000]
    numbers = [np.round(x[:, 0] * 255).astype(int) for x, _ in parts(data)]
    assert_array_equal(np.sort(np.concatenate(numbers[:2])), np.arange(60_000))
    assert_array_equal(numbers[2], np.arange(60_000, 70_000))
    for number, (x, y) in zip(numbers, parts(data), strict=True):
        assert_array_equal(y, number % 10)
        assert (x[:, 1] == 1).all()
