"""The explorers of unit 05 against closed forms of variance propagation, and the library's own networks."""

import re

import numpy as np
import pytest

from course_lib.explorers import (
    race_of_starts,
    signal_depth,
    signal_scene,
    signal_through_depth,
    starts,
    starts_scene,
)
from course_lib.explorers.fleet import Fleet
from course_lib.explorers.signal_depth import (
    ACTIVATIONS,
    ENDS,
    SCHEMES,
    Around,
    differences,
    histogram,
    sizes,
    through,
)
from course_lib.layers import BatchNorm, Dense, ReLU, Sigmoid, Tanh
from course_lib.network import Network
from course_lib.scene import Heat, Line
from course_lib.training import descend

LAYERS = {"ReLU": ReLU, "tanh": Tanh, "sigmoid": Sigmoid}

# signal through depth


def passage(activation, scheme, gain, depth, width, **around):
    return through(activation, gain * signal_depth.weights(scheme, width)[:depth], Around(**around))


@pytest.mark.parametrize("activation", ["ReLU", "tanh", "sigmoid"])
def test_passage_is_what_a_network_does(activation):
    passed = passage(activation, "He normal", 1.3, 3, 8)
    layers = [part for _ in range(3) for part in (Dense(8, 8), LAYERS[activation]())]
    network = Network(layers, loss=lambda output, grad: (0.0, grad))
    network.layers[0].input_gradient = True
    theta = np.concatenate(
        [np.r_[W.ravel(), np.zeros(8)] for W in 1.3 * signal_depth.weights("He normal", 8)[:3]]
    )
    np.testing.assert_allclose(network.predict(theta, passed.signal[0]), passed.signal[3], atol=1e-12)
    network.forward(theta, passed.signal[0], training=True)
    grad = passed.gradient[3]
    for layer in reversed(network.layers):
        grad = layer.backward(grad)[0] if layer.parameters else layer.backward(grad)
    np.testing.assert_allclose(passed.gradient[0], grad, atol=1e-12)


@pytest.mark.parametrize(
    ("activation", "scheme", "gain", "factor"),
    [
        ("identity", "Xavier normal", 1.0, 1.0),
        ("identity", "Xavier uniform", 0.5, 0.5),
        ("identity", "normal, σ = 1", 1.0, np.sqrt(128)),
        ("ReLU", "He normal", 1.0, 1.0),
        ("ReLU", "He uniform", 1.0, 1.0),
        ("ReLU", "Xavier normal", np.sqrt(2), 1.0),
        ("ReLU", "Xavier uniform", 1.0, np.sqrt(1 / 2)),
        ("leaky ReLU", "He normal", 1.0, np.sqrt(1 + 0.1**2)),
        ("ReLU", "normal, σ = 0.01", 1.0, 0.01 * np.sqrt(64)),
    ],
)
def test_a_layer_multiplies_both_sizes_by_the_closed_form(activation, scheme, gain, factor):
    """One layer of width 128 is within 5 % of √(n σ² E[φ′²]); over 8 draws its spread is about 1 %."""
    passed = passage(activation, scheme, gain, 8, 128)
    up, back = sizes(passed.signal), sizes(passed.gradient)
    assert (up[-1] / up[0]) ** (1 / 8) == pytest.approx(factor, rel=0.05)
    assert (back[0] / back[-1]) ** (1 / 8) == pytest.approx(factor, rel=0.05)


BENDS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "ReLU": lambda z: np.maximum(z, 0)}


def by_hand(x, activation, W, normalised, residual, dropped):
    """Behind the last layer, by the formulas alone."""
    chance = np.random.default_rng(2)
    for each in W:
        z = x @ each
        if normalised:
            z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
        z = BENDS[activation](z)
        if dropped:
            z = z * (chance.random(z.shape) >= dropped) / (1 - dropped)
        x = x + z if residual else z
    return x


@pytest.mark.parametrize("activation", BENDS)
@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("dropped", [0.0, 0.3])
def test_signal_and_gradient_are_the_formulas_and_their_derivative(activation, normalised, residual, dropped):
    around = {"normalised": normalised, "residual": residual, "dropped": dropped}
    passed = passage(activation, "He normal", 1.2, 4, 8, **around)
    W = 1.2 * signal_depth.weights("He normal", 8)[:4]
    x, g = passed.signal[0], passed.gradient[4]
    np.testing.assert_allclose(by_hand(x, activation, W, **around), passed.signal[4], rtol=1e-10, atol=1e-12)
    if activation == "ReLU":
        return  # a difference may lie across its bend
    for direction in np.random.default_rng(3).normal(size=(3, *x.shape)):
        up, down = (by_hand(x + h * direction, activation, W, **around) for h in (1e-5, -1e-5))
        slope = np.sum(g * (up - down)) / 2e-5
        np.testing.assert_allclose(np.sum(passed.gradient[0] * direction), slope, rtol=1e-5, atol=1e-5)


def per_layer(passed, first, last):
    up, back = sizes(passed.signal), sizes(passed.gradient)
    return (up[last] / up[first]) ** (1 / (last - first)), (back[first] / back[last]) ** (1 / (last - first))


@pytest.mark.parametrize("p", [0.2, 0.5, 0.8])
def test_dropout_makes_both_mean_squares_larger_by_one_over_what_it_keeps(p):
    """To be within 5 % per layer of width 128, as above; the correction takes all of it back."""
    plain = per_layer(passage("identity", "orthogonal", 1.0, 8, 128, dropped=p), 0, 8)
    np.testing.assert_allclose(plain, np.sqrt(1 / (1 - p)), rtol=0.05)
    scene = signal_through_depth(
        "identity", "orthogonal", width=128, depth=8, dropping=True, rate=p, corrected=True
    ).scene()
    sent = {line.label: np.asarray(line.y) for line in scene.panels[2].layers}
    for there, back in (("signal", 1), ("gradient", -1)):
        assert (sent[there][-1] / sent[there][0]) ** (back / 8) == pytest.approx(1, rel=0.05)


def test_residual_connections_double_the_mean_squares_of_layers_that_keep_them():
    factors = per_layer(passage("identity", "Xavier normal", 1.0, 8, 128, residual=True), 0, 8)
    np.testing.assert_allclose(factors, np.sqrt(2), rtol=0.03)


@pytest.mark.parametrize("scheme", ["He normal", "normal, σ = 1", "normal, σ = 0.01"])
@pytest.mark.parametrize("p", [0.0, 0.5])
def test_the_gradient_explodes_behind_batch_normalisation_as_theory_says(scheme, p):
    """Of ReLU's mean square ½/(1 − p) the batch takes off its mean's, 1/(2π), at every scale of the weights.

    Between layers 0 and 20 of 30, where the gradient has settled.
    """
    passed = passage("ReLU", scheme, 1.0, 30, 128, normalised=True, dropped=p)
    forward, backward = per_layer(passed, 1, 20)
    assert forward == pytest.approx(1, rel=0.01)
    assert sizes(passed.signal)[5] == pytest.approx(np.sqrt(0.5 / (1 - p)), rel=0.05)
    assert backward == pytest.approx(np.sqrt(1 / (1 - (1 - p) / np.pi)), rel=0.03)
    if not p:
        assert np.sqrt(1 / (1 - 1 / np.pi)) == pytest.approx(np.sqrt(np.pi / (np.pi - 1)))


def test_past_batch_normalisation_the_gradient_grows_like_a_root_only():
    """Each branch adds 1 to a mean square of 1, 2, 3, …, and to the gradient's as much in proportion."""
    passed = passage("identity", "Xavier normal", 1.0, 30, 128, normalised=True, residual=True)
    up, back = sizes(passed.signal), sizes(passed.gradient)
    np.testing.assert_allclose(up, np.sqrt(1 + np.arange(31)), rtol=0.05)
    np.testing.assert_allclose(back[:20], np.sqrt(31 / (1 + np.arange(20))), rtol=0.07)


@pytest.mark.parametrize(("low", "high"), [(-0.2, 0.2), (0.3, -0.1), (0.0, 0.2)])
def test_weights_lie_between_both_ends(low, high):
    """The first layer multiplies the mean square by n E[w²] = n (a² + ab + b²)/3."""
    made = signal_through_depth("identity", ENDS, low=low, high=high, width=128, depth=1)
    signal = next(line for line in made.scene().panels[2].layers if line.label == "signal")
    expected = np.sqrt(128 * (low**2 + low * high + high**2) / 3)
    assert signal.y[1] / signal.y[0] == pytest.approx(expected, rel=0.1)  # it has 32 examples
    spread = f"mean {(low + high) / 2:.3g} and standard deviation {abs(high - low) / np.sqrt(12):.3g}"
    assert spread in made.scene().message


def test_ends_that_meet_leave_nothing_but_the_sum():
    scene = signal_through_depth("identity", ENDS, low=0.05, high=0.05, width=16, depth=6).scene()
    signal = next(line for line in scene.panels[2].layers if line.label == "signal").y
    x = np.random.default_rng(1).normal(size=(32, 16))
    rest = np.sqrt(np.mean(x.sum(axis=1) ** 2)) * 0.05 ** np.arange(1, 7) * 16.0 ** np.arange(6)
    np.testing.assert_allclose(signal, [np.sqrt(np.mean(x**2)), *rest], rtol=1e-10)


def test_plain_layers_are_drawn_beside_those_that_are_not():
    scene = signal_through_depth(scheme="He normal", normalised=True).scene()
    drawn = {line.label: line for line in scene.panels[2].layers}
    plain = passage("ReLU", "He normal", 1.0, 20, 64)
    np.testing.assert_array_equal(drawn["plain signal"].y, sizes(plain.signal))
    np.testing.assert_array_equal(drawn["plain gradient"].y, sizes(plain.gradient))
    there, home = (sizes(values) for values in (plain.signal, plain.gradient))
    assert scene.message.endswith(
        f"Plain layers: signal × {there[-1] / there[0]:.2g}, gradient × {home[0] / home[-1]:.2g}."
    )
    assert "Plain" not in signal_through_depth().scene().message


def test_what_the_lecture_says_of_batch_normalisation_and_gradients():
    """He's weights alone keep the gradient; normalised it explodes; residual connections hold it."""
    plain, normalised, both = (
        sizes(passage("ReLU", "He normal", 1.0, 30, 64, **around).gradient)
        for around in ({}, {"normalised": True}, {"normalised": True, "residual": True})
    )
    assert 0.2 < plain[0] / plain[-1] < 5
    assert 200 < normalised[0] / normalised[-1] < 400
    assert 3 < both[0] / both[-1] < 10
    saved = sizes(passage("ReLU", "normal, σ = 0.01", 1.0, 30, 64, normalised=True).gradient)
    assert 200 < saved[0] / saved[-1] < 400
    lost = sizes(passage("ReLU", "normal, σ = 0.01", 1.0, 30, 64).gradient)
    assert lost[0] / lost[-1] < 1e-30


def test_orthogonal_layers_keep_every_length():
    passed = passage("identity", "orthogonal", 1.0, 30, 16)
    for values in (passed.signal, passed.gradient):
        lengths = np.linalg.norm(values, axis=2)
        np.testing.assert_allclose(lengths, np.broadcast_to(lengths[0], lengths.shape), rtol=1e-10)


def test_differences_leave_out_what_examples_share():
    rng = np.random.default_rng(0)
    own = rng.normal(size=(4, 100, 5))
    own -= own.mean(axis=1, keepdims=True)
    shared = rng.normal(size=(4, 1, 5))
    np.testing.assert_allclose(differences(own + shared), sizes(own))
    np.testing.assert_allclose(sizes(own + shared) ** 2, sizes(own) ** 2 + np.mean(shared**2, axis=(1, 2)))


def test_histogram_counts_by_definition():
    values = np.array([[[-5.0, 0.0], [0.0, 0.99]], [[0.3, 0.3], [0.3, 0.3]]])
    share = histogram(values, 1.0)
    assert share.shape == (signal_depth.BINS, 2)
    np.testing.assert_allclose(share.sum(axis=0), 1)
    middle = signal_depth.BINS // 2
    assert (share[0, 0], share[middle, 0], share[-1, 0]) == (0.25, 0.5, 0.25)
    edges = np.linspace(-1, 1, signal_depth.BINS + 1)
    assert share[np.searchsorted(edges, 0.3) - 1, 1] == 1


def test_first_state_loses_signal_and_gradient_alike():
    scene = signal_through_depth().scene()
    assert scene.message.count("it vanishes") == 2
    signal = next(
        layer for layer in scene.panels[2].layers if isinstance(layer, Line) and layer.label == "signal"
    )
    assert signal.y[-1] == pytest.approx(2**-10, rel=1)


def test_what_the_lecture_says_of_the_explorer():
    kept = "stays within a factor of 5"
    for width in (32, 64, 128):
        for depth in (5, 10, 20, 30):
            assert signal_scene("ReLU", "Xavier normal", 1.41, depth, width).message.count(kept) == 2
            assert signal_scene("ReLU", "He normal", 1.0, depth, width).message.count(kept) == 2
    assert signal_scene("ReLU", "Xavier normal", 1.41, 20, 8).message.count("vanishes") == 2
    saturated = signal_scene("tanh", "normal, σ = 1", 1.0, 20, 64)
    assert kept in saturated.message and "explodes" in saturated.message
    for scheme in SCHEMES:
        lost = "differences vanish" in signal_scene("sigmoid", scheme, 1.0, 20, 64).message
        assert lost == (scheme != "normal, σ = 1")


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("gain", "depth", "width"), [(0.5, 30, 8), (2.5, 30, 128), (1.0, 1, 8)])
def test_every_kind_of_signal_can_be_drawn(activation, scheme, gain, depth, width):
    scene = signal_scene(activation, scheme, gain, depth, width)
    assert len(scene.panels) == 3 and scene.message in scene.alt
    for panel in scene.panels:
        for axis in (panel.x, panel.y):
            assert np.isfinite(axis.ends).all() and axis.ends[0] < axis.ends[1]
        for layer in panel.layers:
            if isinstance(layer, Heat):
                assert np.nanmin(layer.levels) >= 0 and layer.log
                share = layer.span[0] * (layer.span[1] / layer.span[0]) ** layer.levels
                np.testing.assert_allclose(np.nansum(share, axis=0), 1)


# fleets


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("activation", LAYERS)
def test_a_fleet_is_so_many_networks_of_the_library(activation, normalised):
    shapes = [(5, 7), (7, 7), (7, 3)]
    layers = []
    for shape in shapes:
        layers += [Dense(*shape), *([BatchNorm(shape[1])] if normalised else []), LAYERS[activation]()]
    network = Network(layers[:-2] if normalised else layers[:-1])
    rng = np.random.default_rng(0)
    theta = np.stack([network.initialize(rng) for _ in range(4)])
    theta += 0.1 * rng.normal(size=theta.shape)  # biases, γ and β count, too
    x, labels = rng.normal(size=(10, 5)), rng.integers(0, 3, 10)
    fleet = Fleet(shapes, LAYERS[activation], normalised)
    losses, gradients = fleet.losses_and_gradients(theta, x, np.eye(3)[labels])
    for row, loss, gradient in zip(theta, losses, gradients, strict=True):
        its_loss, its_gradient = network.loss_and_gradient(row, x, labels)
        assert loss == pytest.approx(its_loss, rel=1e-12)
        np.testing.assert_allclose(gradient, its_gradient, atol=1e-12)


def test_parts_of_a_fleet_are_views_of_its_theta():
    theta = np.arange(2.0 * (6 + 3 * 3 + 3 + 1)).reshape(2, -1)
    (W, b, gamma, beta), (last, bias) = Fleet([(2, 3), (3, 1)], ReLU, True).parts(theta)
    assert (W.shape, b.shape, gamma.shape) == ((2, 2, 3), (2, 1, 3), (2, 1, 3))
    assert (last.shape, bias.shape) == ((2, 3, 1), (2, 1, 1))
    assert b[0, 0, 0] == 6 and gamma[0, 0, 0] == 9 and beta[0, 0, 0] == 12 and bias[0, 0, 0] == 18
    beta[...] = -1
    assert np.all(theta[:, 12:15] == -1)


# the race of starts

NAMES = list(starts.STARTS)


def races(*setting):
    """The same race with each draw of the weights."""
    return [starts.race(*setting, draw) for draw in range(1, starts.DRAWS + 1)]


def ends(*setting):
    """How each start ended, draw by draw: {name: losses at the end}, NaN for blown up."""
    last = np.array([race.losses[-1] for race in races(*setting)])
    return dict(zip(NAMES, last.T, strict=True))


@pytest.mark.parametrize(("activation", "method", "rate"), [("ReLU", "SGD", 0.1), ("tanh", "Adam", 0.01)])
def test_each_start_trains_as_a_network_of_the_library_does(activation, method, rate):
    """In single precision, so within 1 %; at this depth no start runs away."""
    x, target = starts.examples()
    result = starts.race(activation, 2, method, rate, 1)
    for column, scheme in enumerate(starts.STARTS):
        shapes = starts.shapes(2)
        layers = [part for shape in shapes for part in (Dense(*shape), LAYERS[activation]())][:-1]
        network = Network(layers)
        _, losses = descend(
            lambda theta, network=network: network.loss_and_gradient(theta, x, target.argmax(axis=1)),
            starts.start(scheme, 2, 1),
            starts.METHODS[method](rate),
            10,
        )
        np.testing.assert_allclose(result.losses[:11, column], losses, rtol=0.01)


def test_starts_differ_in_their_weights_only():
    for scheme in starts.STARTS:
        theta = starts.start(scheme, 2, 1)
        (_, b1), (_, b2), (_, b3) = Fleet(starts.shapes(2), ReLU).parts(theta[None])
        assert not b1.any() and not b2.any() and not b3.any()
    assert not starts.start("zeros", 2, 1).any()
    np.testing.assert_allclose(
        100 * starts.start("normal, σ = 0.01", 2, 1), starts.start("normal, σ = 1", 2, 1), rtol=1e-12
    )
    assert not np.array_equal(starts.start("He normal", 2, 1), starts.start("He normal", 2, 2))


def test_the_examples_are_of_both_moons_alike():
    x, target = starts.examples()
    np.testing.assert_array_equal(target.sum(axis=0), [starts.EXAMPLES / 2] * 2)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=1e-6)


def test_what_the_lecture_says_of_the_race():
    """… in every one of the draws, where it does not say otherwise."""
    coin = 0.95 * np.log(2)
    relu = ends("ReLU", 8, "SGD", 0.1)
    assert np.all(relu["He normal"] < relu["Xavier normal"]) and np.sum(relu["Xavier normal"] < coin) == 5
    for name in ("zeros", "normal, σ = 0.01"):
        np.testing.assert_allclose(relu[name], np.log(2), rtol=1e-3)
    for race in races("ReLU", 8, "SGD", 0.1):
        assert 100 < race.losses[0, NAMES.index("normal, σ = 1")] < 10_000
        assert 1e-15 < race.gradients[:, NAMES.index("normal, σ = 0.01")].max() < 1e-13
    lost = relu["normal, σ = 1"]
    assert np.all(np.isnan(lost) | (lost > coin)) and np.isnan(lost).sum() >= 4
    adam = ends("ReLU", 8, "Adam", 0.01)
    assert np.sum(adam["normal, σ = 1"] < coin) >= 4 and np.all(adam["normal, σ = 0.01"] > coin)
    for activation in ("ReLU", "tanh"):
        shallow = ends(activation, 1, "SGD", 0.3)
        assert all(np.all(losses < coin) == (name != "zeros") for name, losses in shallow.items())
    assert np.all(ends("tanh", 8, "SGD", 0.1)["normal, σ = 1"] < coin)
    for rate in starts.RATES:
        deep = ends("sigmoid", 8, "SGD", rate)
        assert np.all(deep["Xavier normal"] > coin) and np.all(deep["He normal"] > coin)
    for depth in (1, 2):
        assert np.all(ends("sigmoid", depth, "SGD", 1.0)["Xavier normal"] < coin)


def test_the_first_state_shows_all_three_fates():
    message = race_of_starts().scene().message
    assert message.startswith("Learning: Xavier normal (loss") and "He normal (loss" in message
    assert "No better than a coin: normal, σ = 0.01; zeros." in message
    [had] = re.findall(r"Blown up: normal, σ = 1 \(update \d+, from a loss of (\d+)\)", message)
    first = starts.race("ReLU", 8, "SGD", 0.1, 6).losses[0, NAMES.index("normal, σ = 1")]
    assert int(had) == pytest.approx(first, rel=0.05) and first > 100


@pytest.mark.parametrize("activation", starts.say.all("activations"))
@pytest.mark.parametrize("depth", [1, starts.DEEPEST])
@pytest.mark.parametrize("method", starts.METHODS)
@pytest.mark.parametrize("rate", [starts.RATES[0], starts.RATES[-1]])
def test_every_kind_of_race_can_be_drawn(activation, depth, method, rate):
    scene = starts_scene(activation, depth, method, rate, 1)
    assert len(scene.panels) == 2 and scene.message in scene.alt
    for panel in scene.panels:
        assert np.isfinite(panel.y.ends).all() and panel.y.ends[0] < panel.y.ends[1]
    for name in starts.STARTS:
        assert name in scene.message


def test_widgets_start_from_their_arguments():
    assert signal_through_depth("tanh", "He normal", gain=1.2).scene().message == (
        signal_scene("tanh", "He normal", 1.2, 20, 64).message
    )
    assert race_of_starts("tanh", 2, method="Adam", rate=0.01, draw=2).scene().message == (
        starts_scene("tanh", 2, "Adam", 0.01, 2).message
    )
