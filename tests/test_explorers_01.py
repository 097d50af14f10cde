"""The explorers of unit 01, as numbers: closed forms on quadratics, the optimisers, sampling theory."""

from inspect import signature

import numpy as np
import pytest

from course_lib import explorers, optimizers, palette, surfaces
from course_lib.explorers import batches, conditioning, downhill
from course_lib.explorers.explorer import Session
from course_lib.explorers.packing import packed
from course_lib.optimizers import Nesterov
from course_lib.scene import Line
from course_lib.training import descend


def line(panel, index=0):
    """The panel's index-th line as arrays x, y."""
    drawn = [layer for layer in panel.layers if isinstance(layer, Line)][index]
    return np.asarray(drawn.x), np.asarray(drawn.y)


def named(panel, label):
    return next(layer for layer in panel.layers if getattr(layer, "label", "") == label)


# descent on a surface


def descent(
    surface="ravine", x=-1.0, y=1.0, method="Gradient descent", rate=0.075, mu=0.9, noise=0.0, steps=40
):
    return downhill.descent_scene(surface, x, y, method, rate, mu, noise, steps)


def test_path_loss_and_step_length_are_those_of_the_closed_form():
    path, loss, length = descent().until_now()
    t = np.arange(41)
    expected = np.stack([-((1 - 0.075) ** t), (1 - 0.075 * 25) ** t], axis=1)
    np.testing.assert_allclose(np.stack(line(path), axis=1), expected, rtol=1e-12)
    np.testing.assert_allclose(
        line(loss)[1], (expected[:, 0] ** 2 + 25 * expected[:, 1] ** 2) / 2, rtol=1e-12
    )
    np.testing.assert_allclose(line(length)[1][1:], np.hypot(*np.diff(expected, axis=0).T), rtol=1e-12)
    assert list(line(length)[0][1:]) == list(range(1, 41))


def test_the_path_is_the_librarys_own():
    surface, optimizer = surfaces.himmelblau(), Nesterov(0.01, 0.8)
    theta = np.array([1.0, -2.0])
    for _ in range(25):
        theta = optimizer.step(theta, surface.gradient(theta))
    scene = descent("Himmelblau", 1.0, -2.0, "Nesterov", 0.01, 0.8, steps=25)
    np.testing.assert_allclose([axis[-1] for axis in line(scene.until_now()[0])], theta, rtol=1e-12)


def test_steps_only_cut_the_walk_and_mark_its_present_end_in_all_panels():
    long, short = descent(noise=1.0, steps=100), descent(noise=1.0, steps=30)
    for panel, shorter in zip(long.until_now(), short.until_now(), strict=True):
        _, y = line(shorter)
        assert len(y) == 31
        np.testing.assert_array_equal(y, line(panel)[1][: len(y)])
        assert next(layer for layer in shorter.layers if isinstance(layer, Line)).mark  # at the last of these


@pytest.mark.parametrize("method", ["Momentum", "Nesterov"])
def test_beside_a_method_with_memory_plain_descent_goes_from_the_same_start_with_the_same_rate(method):
    beside, alone = descent(method=method, rate=0.04), descent(rate=0.04)
    for panel, plain in zip(beside.until_now(), alone.until_now(), strict=True):
        np.testing.assert_array_equal(line(panel, 1), line(plain))
        own, other = [layer for layer in panel.layers if isinstance(layer, Line)]
        assert (other.label, other.colour) == ("plain", palette.COLOURS["SGD"])
        assert own.dashed != other.dashed and own.mark != other.mark
    told = beside.message.partition("Plain descent with the same η: ")[2]
    assert told and alone.message.lower().startswith(told.lower())
    assert "Plain descent diverges at this η." in descent(method=method, rate=0.09, steps=200).message


@pytest.mark.parametrize("method", downhill.ADAPTIVE)
def test_an_adaptive_method_has_its_own_knobs_and_one_rate_on_all_surfaces(method):
    explorer = downhill.descent("bowl", method)
    at = {name: control.start for name, control in explorer.controls.items()}
    made = getattr(optimizers, method)
    arguments = {name: at[name] for name in list(signature(made).parameters)[1:]}  # the first is the rate
    field = surfaces.bowl()
    path, _ = descend(field.loss_and_gradient, (at["x"], at["y"]), made(at["rate"], **arguments), 200)
    drawn = explorer.scene().panels[0].layers[0]
    np.testing.assert_allclose(np.stack([drawn.x, drawn.y], axis=1), path, rtol=1e-12)
    session = Session(explorer)
    session.take({"surface": list(downhill.LANDSCAPES).index("Rosenbrock")})
    assert session.values["rate"] == at["rate"]
    for name in arguments:
        ends = explorer.controls[name].low, explorer.controls[name].high
        assert len({explorer.scene(**{name: end}).panels[0].layers[0].x[-1] for end in ends}) == 2


def test_noise_is_the_same_for_every_setting_and_has_the_stated_size():
    noisy = "bowl", (0.0, 0.0), "Gradient descent", (("lr", 1.0),), 2.0
    still = downhill.walk(*noisy).path
    assert np.array_equal(still, downhill.walk(*noisy).path)
    # At η = 1 the bowl forgets where it was: each point is −σ z. The standard deviation of 400 draws lies
    # within 20 % of σ but for a chance below 1e-7 (and the seed is fixed).
    assert 0.8 * 2 < still[1:].std() < 1.2 * 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"rate": 0.09, "steps": 200}, ["It diverged", "η > 2/λ_max = 0.08"]),
        ({}, ["θ₂ changed its sign at 40 of 40 steps", "less than 1 % of the starting loss"]),
        ({"rate": 0.03, "steps": 5}, ["After 5 steps", "% of the starting loss is left"]),
        ({"surface": "saddle", "y": 0.0, "rate": 0.5}, ["It rests", "a saddle", "add noise"]),
        ({"surface": "bowl", "rate": 1.0}, ["this is a minimum"]),
        ({"surface": "bowl", "x": 0.0, "y": 0.0}, ["You start at a minimum."]),
        ({"surface": "Rosenbrock", "rate": 1.0}, ["It diverged", "try a smaller η"]),
    ],
)
def test_the_message_says_what_happened(state, words):
    scene = descent(**state)
    for phrase in words:
        assert phrase in scene.message
        assert phrase in scene.alt
    packed(scene)  # and it can be sent


def test_the_zig_zag_is_gone_below_one_over_lambda_max():
    assert "changed its sign" not in descent(rate=0.039).message
    assert "changed its sign at 40 of 40" in descent(rate=0.041).message


@pytest.mark.parametrize("surface", downhill.LANDSCAPES)
@pytest.mark.parametrize("method", downhill.METHODS)
def test_every_surface_and_method_goes_down_at_first_sight(surface, method):
    explorer = explorers.descent(surface, method)
    x, y = (explorer.controls[key].start for key in "xy")
    rate = explorer.controls["rate"].start * (1 if method == "Gradient descent" else 0.1)
    losses = line(descent(surface, x, y, method, rate, 0.9, 0.0, 200).panels[1])[1]
    assert losses[-1] < losses[0]


def test_another_surface_brings_its_own_start_window_and_rate():
    session = Session(explorers.descent("ravine"))
    for number, name in enumerate(downhill.LANDSCAPES):
        session.take({"surface": number})
        controls = session.controls["x"], session.controls["y"]
        field = downhill.LANDSCAPES[name][0]()
        assert tuple((control.low, control.high) for control in controls) == field.bounds
        np.testing.assert_allclose([session.values[key] for key in "xy"], field.start, atol=0.03)
        assert session.values["rate"] == downhill.LANDSCAPES[name][1]
        assert session.scene().panels[0].title == f"Path: {name}"
        asked = explorers.descent(name, x=field.bounds[0][0], rate=0.5)
        assert asked.controls["x"].start == field.bounds[0][0]
        assert asked.controls["rate"].start == 0.5


def test_an_unknown_surface_is_named():
    with pytest.raises(ValueError, match="Surface: there is no 'hill'; there are ravine, bowl"):
        explorers.descent("hill")


# the condition number


@pytest.mark.parametrize("kappa", [1.0, 5.0, 25.0, 100.0])
def test_no_rate_is_better_than_the_best_one(kappa):
    rates = np.linspace(1e-4, 2 / kappa, 4001)
    worst = np.abs(1 - np.outer(rates, [1.0, kappa])).max(axis=1)
    best = conditioning.best_rate(kappa)
    assert abs(rates[worst.argmin()] - best) <= 2 * (rates[1] - rates[0])
    np.testing.assert_allclose(abs(1 - best * kappa), (kappa - 1) / (kappa + 1), atol=1e-12)


def test_polyaks_momentum_has_the_smallest_spectral_radius():
    """The slower root of z² − (1 + μ − ηλ) z + μ over both directions, against a grid of (η, μ)."""
    kappa = 25.0

    def radius(rate, mu):
        roots = [np.roots([1, -(1 + mu - rate * curvature), mu]) for curvature in (1.0, kappa)]
        return np.abs(roots).max()

    rate, mu = conditioning.best_momentum(kappa)
    assert radius(rate, mu) == pytest.approx((kappa**0.5 - 1) / (kappa**0.5 + 1), abs=1e-6)
    grid = [radius(r, m) for r in rate * np.linspace(0.5, 1.5, 21) for m in np.linspace(0, 0.9, 19)]
    assert min(grid) > radius(rate, mu) - 1e-9


def test_dial_counts_steps_as_the_closed_form_does():
    """From (1, 1) at the best rate both coordinates shrink by (κ − 1)/(κ + 1) a step."""
    scene = conditioning.dial_scene(25.0, 1.0, True)
    expected = int(np.ceil(np.log(conditioning.ARRIVED) / np.log(24 / 26)))
    assert f"To a thousandth of the distance: {expected} steps (the two are even)" in scene.message
    _, distance = line(scene.panels[2])
    np.testing.assert_allclose(distance, np.sqrt(2) * (24 / 26) ** np.arange(151), rtol=1e-9)


def test_dial_says_what_decides():
    assert "the way along decides" in conditioning.dial_scene(25.0, 0.5, False).message
    assert "the zig-zag across decides" in conditioning.dial_scene(25.0, 1.03, False).message
    assert (
        "does not converge: the limit is 2/λ_max = 0.08" in conditioning.dial_scene(25.0, 1.05, False).message
    )
    assert "1 step (" in conditioning.dial_scene(1.0, 1.0, False).message
    assert "more than 150 steps" in conditioning.dial_scene(100.0, 0.5, False).message


def test_dial_from_another_start_moves_each_coordinate_by_its_own_factor():
    """η = 2/26: each step multiplies θ₁ by 24/26 and θ₂ by −24/26; on an axis, its direction alone counts."""
    x, y = line(conditioning.dial_scene(25.0, 1.0, False, x=-0.5, y=1.25).panels[0])
    np.testing.assert_allclose(x, -0.5 * (24 / 26) ** np.arange(151), atol=1e-12)
    np.testing.assert_allclose(y, 1.25 * (-24 / 26) ** np.arange(151), atol=1e-12)
    flat = conditioning.dial_scene(25.0, 1.2, False, x=1.0, y=0.0).message  # across it would diverge
    steps = int(np.ceil(np.log(conditioning.ARRIVED) / np.log(1 - 1.2 / 13)))
    assert f"distance: {steps} steps (it moves in one direction alone)" in flat
    assert "You start at the minimum" in conditioning.dial_scene(25.0, 1.0, True, x=0.0, y=0.0).message


def test_dial_momentum_needs_about_root_kappa_steps():
    without, with_momentum = (
        conditioning.steps_until(np.linalg.norm(conditioning._path(25.0, *setting), axis=1))
        for setting in ((conditioning.best_rate(25.0), None), conditioning.best_momentum(25.0))
    )
    assert with_momentum < without / 3


# batch sizes


def test_batches_of_any_size_average_to_the_full_gradient():
    theta = np.array([0.3, -0.7])
    full = batches.problem().example_gradients(theta).mean(axis=0)
    for size in batches.SIZES:
        curvature, pull = (np.array(part) for part in batches._steps(size))
        first_epoch = slice(batches.EXAMPLES // size)
        h, b = curvature[first_epoch].mean(axis=0), pull[first_epoch].mean(axis=0)
        gradient = np.array([[h[0], h[1]], [h[1], h[2]]]) @ theta - b
        np.testing.assert_allclose(gradient, full, rtol=1e-10)


def test_full_batch_walk_is_the_closed_form():
    data, rate = batches.problem(), 0.3
    hessian = data.inputs.T @ data.inputs / batches.EXAMPLES
    away = np.array(batches.START) - data.best
    powers = [np.linalg.matrix_power(np.eye(2) - rate * hessian, t) for t in range(11)]
    np.testing.assert_allclose(batches.path(1000, rate) - data.best, powers @ away, rtol=1e-9)
    other = batches.path(1000, rate, (2.0, 0.5))
    np.testing.assert_allclose(other - data.best, powers @ ([2.0, 0.5] - data.best), rtol=1e-9)


def test_loss_is_half_the_mean_squared_error_above_its_minimum():
    data = batches.problem()
    error = [np.mean((data.inputs @ theta - data.targets) ** 2) / 2 for theta in ((2.0, -1.0), data.best)]
    assert data.loss(np.array([2.0, -1.0])) == pytest.approx(error[0] - error[1])
    assert batches.problem().loss(data.best) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("size", [1, 10, 200])
def test_noise_is_what_random_batches_show(size):
    """4000 batches: their root mean square lies within 10 % of the truth but for a chance below 1e-8."""
    rng = np.random.default_rng(1)
    gradients = batches.problem().example_gradients(np.array(batches.START))
    full = gradients.mean(axis=0)
    drawn = [gradients[rng.permutation(1000)[:size]].mean(axis=0) - full for _ in range(4000)]
    measured = np.sqrt(np.mean(np.sum(np.square(drawn), axis=1))) / np.linalg.norm(full)
    assert measured == pytest.approx(batches.noise(size), rel=0.1)
    assert batches.noise(1000) == 0


def test_epochs_only_cut_and_a_small_batch_makes_more_updates():
    scene = batches.batch_scene(10, 0.1, 3)
    assert "One epoch is 100 updates of 10 examples." in scene.message
    chosen = named(scene.until_now()[1], "B = 10")
    np.testing.assert_allclose(np.asarray(chosen.x)[-1], 3.0)
    assert "One epoch is 1 update of 1000 examples." in batches.batch_scene(1000, 0.1, 1).message
    assert "One epoch is 1000 updates of 1 example." in batches.batch_scene(1, 0.1, 1).message
    assert "It diverged" in batches.batch_scene(1, 1.0, 1).message
    for size in batches.SIZES:
        packed(batches.batch_scene(size, 0.1, batches.EPOCHS))
