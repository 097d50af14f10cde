"""Training: the walk down a surface, and fit with all that it takes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import surfaces
from course_lib.layers import BatchNorm, Dense, Dropout, ReLU
from course_lib.losses import mean_squared_error
from course_lib.network import Network
from course_lib.optimizers import SGD, Adam, Momentum
from course_lib.schedules import cosine
from course_lib.training import EarlyStopping, descend, fit, minibatches

rng = np.random.default_rng


def blobs(n=90, seed=0):
    """Three well separated clouds of points, as (x, labels)."""
    labels = np.arange(n) % 3
    centres = np.array([[4.0, 0.0], [-4.0, 0.0], [0.0, 4.0]])
    return centres[labels] + rng(seed).normal(size=(n, 2)), labels


def classifier():
    return Network([Dense(2, 8), ReLU(), Dense(8, 3)])


def fit_blobs(network=None, optimizer=None, **changes):
    network = network or classifier()
    arguments = {"epochs": 3, "batch_size": 16, "rng": rng(2), "progress": False} | changes
    theta = network.initialize(rng(1))
    return fit(network, theta, optimizer or Adam(0.05), blobs(), **arguments)


class InPlace:
    """An optimiser that breaks the contract and changes θ itself."""

    def step(self, theta, gradient):
        theta -= 0.5 * gradient
        return theta


# descend


def test_descend_keeps_every_point_and_its_loss():
    surface = surfaces.ravine()
    path, losses = descend(surface.loss_and_gradient, surface.start, SGD(0.075), 40)
    assert path.shape == (41, 2)
    t = np.arange(41)
    assert_allclose(path[:, 0], -1 * (1 - 0.075) ** t)
    assert_allclose(path[:, 1], (1 - 25 * 0.075) ** t)
    assert_array_equal(losses, surface.value(path))


def test_descend_takes_any_shape_and_whole_numbers():
    surface = surfaces.bowl()
    starts = np.array([[1, 2], [3, 4], [-5, 6]])
    path, losses = descend(surface.loss_and_gradient, starts, SGD(0.5), 2)
    assert_allclose(path, starts * np.array([1, 0.5, 0.25])[:, None, None])
    assert losses.shape == (3, 3)
    path, _ = descend(lambda t: (np.sum(t**2), 2 * t), np.ones((2, 3, 4), np.float32), SGD(0.1), 5)
    assert path.shape == (6, 2, 3, 4)
    assert path.dtype == np.float32


def test_descend_ends_quietly_before_the_first_loss_that_is_not_finite():
    surface = surfaces.rosenbrock()
    path, losses = descend(surface.loss_and_gradient, surface.start, SGD(0.1), 100)
    assert len(path) == len(losses) < 101
    assert np.isfinite(path).all()
    assert np.isfinite(losses).all()


def test_descend_does_not_change_its_start_even_if_the_optimiser_works_in_place():
    start = np.array([1.0, 2.0])
    path, _ = descend(surfaces.bowl().loss_and_gradient, start, InPlace(), 2)
    assert_array_equal(start, [1, 2])
    assert_allclose(path, [[1, 2], [0.5, 1], [0.25, 0.5]])


def test_no_steps_are_the_start():
    path, losses = descend(surfaces.bowl().loss_and_gradient, [1.0, 0.0], SGD(0.1), 0)
    assert_array_equal(path, [[1, 0]])
    assert_array_equal(losses, [0.5])


# minibatches and early stopping


@pytest.mark.parametrize(
    ("n", "size", "sizes"), [(10, 4, [4, 4, 2]), (8, 4, [4, 4]), (3, 5, [3]), (2, 1, [1, 1])]
)
def test_minibatches_cover_everything_once(n, size, sizes):
    batches = list(minibatches(n, size, rng(0)))
    assert [len(batch) for batch in batches] == sizes
    assert sorted(np.concatenate(batches)) == list(range(n))


def test_each_epoch_is_shuffled_anew_and_reproducibly():
    one, two = rng(0), rng(0)
    first = np.concatenate(list(minibatches(50, 7, one)))
    assert_array_equal(first, np.concatenate(list(minibatches(50, 7, two))))
    assert not np.array_equal(first, np.concatenate(list(minibatches(50, 7, one))))
    assert not np.array_equal(first, np.arange(50))


@pytest.mark.parametrize(
    ("patience", "min_delta", "stops_at", "best"), [(1, 0, 2, 1), (2, 0, 5, 3), (3, 0, 6, 3), (2, 0.15, 3, 1)]
)
def test_early_stopping_counts_updates_without_a_better_best(patience, min_delta, stops_at, best):
    stopping = EarlyStopping(patience, min_delta)
    for epoch, loss in enumerate([1.0, 0.5, 0.6, 0.4, 0.4, 0.45, 0.41]):
        theta = np.array([float(epoch)])
        stop = stopping.update(loss, theta)
        theta[:] = -1  # the best θ is a copy
        if stop:
            break
    assert epoch == stops_at
    assert_array_equal(stopping.best_theta, [best])


# fit


def test_fit_learns_and_reports():
    theta, history = fit_blobs(epochs=20, validation=blobs(seed=5))
    assert history.train_accuracy[-1] > 0.95
    assert history.val_accuracy[-1] > 0.95
    assert history.ended == "finished 20 epochs"
    assert len(history.train_loss) == len(history.val_loss) == 20
    assert len(history.batch_loss) == 20 * 6  # 90 examples in batches of 16, the last of 10
    network = classifier()
    assert history.train_loss[-1] == network.loss(theta, *blobs())
    assert history.val_loss[-1] == network.loss(theta, *blobs(seed=5))
    x, labels = blobs(seed=5)
    assert history.val_accuracy[-1] == np.mean(network.predict(theta, x).argmax(axis=1) == labels)


def test_fit_makes_the_updates_that_the_loop_in_full_makes():
    theta, history = fit_blobs(optimizer=Momentum(0.02))
    network, optimizer, shuffle = classifier(), Momentum(0.02), rng(2)
    expected, losses = network.initialize(rng(1)), []
    x, labels = blobs()
    for _ in range(3):
        order = shuffle.permutation(90)
        for begin in range(0, 90, 16):
            batch = order[begin : begin + 16]
            loss, gradient = network.loss_and_gradient(expected, x[batch], labels[batch])
            expected = optimizer.step(expected, gradient)
            losses.append(loss)
    assert_array_equal(theta, expected)
    assert_array_equal(history.batch_loss, losses)


def test_fit_is_reproducible_and_leaves_its_arguments_alone():
    def network():
        return Network([Dense(2, 8), Dropout(0.3, rng(7)), BatchNorm(8), ReLU(), Dense(8, 3)])

    one, other = network(), network()
    theta = one.initialize(rng(1))
    before, (x, labels) = theta.copy(), blobs()
    options = {"epochs": 4, "batch_size": 10, "progress": False}
    first, history = fit(one, theta, Adam(0.05), (x, labels), rng=rng(3), **options)
    second, again = fit(other, theta, Adam(0.05), (x, labels), rng=rng(3), **options)
    assert_array_equal(first, second)
    assert history == again
    assert_array_equal(theta, before)
    assert_array_equal(x, blobs()[0])
    assert_array_equal(labels, blobs()[1])


def test_a_schedule_sets_the_rate_before_each_update():
    class Recorder(SGD):
        rates = ()

        def step(self, theta, gradient):
            self.rates += (self.lr,)
            return super().step(theta, gradient)

    recorder, schedule = Recorder(99.0), cosine(0.1, 18)
    fit_blobs(optimizer=recorder, schedule=schedule)
    assert_allclose(recorder.rates, [schedule(t) for t in range(18)])


class StepOnly:
    """An optimiser as a student may write it, with a name of its own for the rate."""

    def step(self, theta, gradient):
        return theta - 0.05 * gradient


def test_an_optimiser_needs_no_more_than_step():
    _, history = fit_blobs(optimizer=StepOnly())
    assert history.train_loss[-1] < history.train_loss[0]


def test_fit_does_not_change_its_start_even_if_the_optimiser_works_in_place():
    network = classifier()
    theta = network.initialize(rng(1))
    before = theta.copy()
    trained, _ = fit(network, theta, InPlace(), blobs(), epochs=1, batch_size=16, rng=rng(2), progress=False)
    assert_array_equal(theta, before)
    assert not np.array_equal(trained, before)


def test_early_stopping_goes_back_to_the_best_theta_and_its_statistics():
    network = Network([Dense(2, 16), BatchNorm(16), ReLU(), Dense(16, 3)])
    x, _ = blobs(30)
    noise = rng(8).integers(0, 3, 30)  # labels without a rule: whatever is learned is overfitting
    validation = blobs(60, seed=9)
    theta, history = fit(
        network, network.initialize(rng(1)), Adam(0.05), (x, noise),
        epochs=200, batch_size=10, rng=rng(2), validation=validation, patience=3, progress=False,
    )  # fmt: skip
    best = int(np.argmin(history.val_loss))
    assert history.best_epoch == best
    assert len(history.val_loss) == best + 1 + 3 < 200
    assert network.loss(theta, *validation) == history.val_loss[best]
    assert history.ended == (
        f"stopped early after {best + 4} of 200 epochs; "
        f"θ is the one after epoch {best}, the best on the validation set"
    )


def test_divergence_ends_the_run_in_words_and_without_warnings():
    network = Network([Dense(2, 8), ReLU(), Dense(8, 1)], mean_squared_error)
    x, labels = blobs()
    _, history = fit(
        network, network.initialize(rng(1)), SGD(10.0), (x, labels[:, None].astype(float)),
        epochs=50, batch_size=16, rng=rng(2), progress=False,
    )  # fmt: skip
    assert history.diverged_at == len(history.batch_loss) - 1
    assert not np.isfinite(history.batch_loss[-1])
    assert np.isfinite(history.batch_loss[:-1]).all()
    assert history.ended.startswith(f"diverged at update {history.diverged_at}")
    assert "smaller learning rate" in history.ended


def test_l2_pulls_at_weights_and_leaves_biases_alone():
    """One update by SGD: with λ, each weight loses η λ W beside the gradient's part; nothing else differs."""

    def network():
        return Network([Dense(2, 8), BatchNorm(8), ReLU(), Dense(8, 3)])

    theta = rng(4).normal(size=network().size)
    options = {"epochs": 1, "batch_size": 90, "progress": False}
    plain, history = fit(network(), theta, SGD(0.1), blobs(), rng=rng(2), **options)
    decayed, penalised = fit(network(), theta, SGD(0.1), blobs(), rng=rng(2), l2=0.5, **options)
    squares = 0.0
    views = [network().views(flat) for flat in (theta, plain, decayed)]
    for start, without, with_l2 in zip(*views, strict=True):
        for name, value in start.items():
            lost = 0.1 * 0.5 * value if name == "W" else 0.0 * value
            squares += np.sum(value**2) if name == "W" else 0.0
            assert_allclose(without[name] - with_l2[name], lost, atol=1e-15)
    assert_allclose(penalised.batch_loss[0] - history.batch_loss[0], 0.5 / 2 * squares)


def test_accuracy_is_measured_for_labels_only():
    network = Network([Dense(2, 4), ReLU(), Dense(4, 1)], mean_squared_error)
    x, labels = blobs()
    target = labels[:, None].astype(float)
    _, history = fit(
        network, network.initialize(rng(1)), Adam(), (x, target),
        epochs=2, batch_size=16, rng=rng(2), validation=(x, target), progress=False,
    )  # fmt: skip
    assert history.train_accuracy == history.val_accuracy == []
    assert len(history.val_loss) == 2


def test_the_progress_bar_never_touches_stderr(capsys):
    class Slow(SGD):
        def step(self, theta, gradient):
            import time

            time.sleep(0.02)
            return super().step(theta, gradient)

    fit_blobs(optimizer=Slow(0.1), epochs=10, progress=True)
    shown = capsys.readouterr()
    assert "epochs" in shown.out
    assert shown.err == ""
    fit_blobs(epochs=2, progress=True)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"batch_size": 0}, "batch_size counts examples, at least 1; got 0"),
        ({"patience": 3}, "patience watches the validation loss"),
        (
            {"optimizer": StepOnly(), "schedule": cosine(1, 9)},
            "StepOnly has none; store the learning rate as self.lr",
        ),
        ({"validation": (np.zeros((3, 2)), np.zeros(4, int))}, "validation has 3 examples x but 4 targets y"),
    ],
)
def test_arguments_that_do_not_fit_are_told_in_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        fit_blobs(**changes)


def test_another_networks_theta_is_told_in_a_sentence():
    with pytest.raises(ValueError, match=r"theta has shape \(5,\), this network needs \(51,\)"):
        fit(classifier(), np.zeros(5), SGD(0.1), blobs(), epochs=1, batch_size=8, rng=rng(0))


def test_an_optimiser_that_returns_nothing_is_told_in_a_sentence():
    class Nothing:
        def step(self, theta, gradient):
            pass

    with pytest.raises(ValueError, match="let step return the new θ"):
        fit_blobs(optimizer=Nothing())
