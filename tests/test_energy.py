"""The ball's energies against the damped oscillator's closed form, and against their own balance."""

import re
import sys

import numpy as np
import pytest

from course_lib import surfaces
from course_lib.explorers import energy as make
from course_lib.explorers import energy_scene
from course_lib.optimizers import Momentum
from course_lib.training import descend

module = sys.modules["course_lib.explorers.energy"]  # the function of this name hides the module


def labelled(panel):
    return {layer.label: np.asarray(layer.y) for layer in panel.layers if getattr(layer, "label", "")}


def off(name, rate, mu):
    """How far potential, kinetic and taken by friction are from the start's energy at most, as a share."""
    whole = module.energies(name, module.ground(name).start, rate, mu).whole
    return np.abs(whole / whole[0] - 1).max()


@pytest.mark.parametrize("name", module.GROUNDS)
def test_gradients_of_the_grounds_are_their_slopes(name):
    field = module.ground(name)
    rng = np.random.default_rng(0)
    theta = rng.uniform(-1.5, 1.5, (20, len(field.bounds)))
    for axis, step in enumerate(1e-6 * np.eye(len(field.bounds))):
        slope = (field.value(theta + step) - field.value(theta - step)) / 2e-6
        np.testing.assert_allclose(field.gradient(theta)[:, axis], slope, atol=1e-6)


def test_two_valleys_have_a_shallow_and_a_deep_minimum_and_the_deep_one_is_at_zero():
    x = np.linspace(-1.8, 1.8, 3601)
    height = module.ground("two valleys").value(x[:, None])
    lows = np.flatnonzero((height[1:-1] < height[:-2]) & (height[1:-1] < height[2:])) + 1
    assert len(lows) == 2 and x[lows[0]] < 0 < x[lows[1]]
    assert height[lows[0]] > 0.4 and 0 <= height[lows[1]] < 1e-6


@pytest.mark.parametrize("friction", [0.0, 0.1, 0.5])
def test_short_steps_have_the_energies_of_the_damped_oscillator(friction):
    """ẍ + c ẋ + x = 0 from rest at x₀ has a closed form; the ball of time step √η follows it to order √η."""
    rate = 5e-4
    step = np.sqrt(rate)
    ball = module.energies("parabola", (-1.2,), rate, 1 - friction * step)
    time = step * np.arange(len(ball.path))
    turn = np.sqrt(1 - friction**2 / 4)
    swing = np.exp(-friction * time / 2)
    x = -1.2 * swing * (np.cos(turn * time) + friction / 2 / turn * np.sin(turn * time))
    speed = 1.2 * swing * np.sin(turn * time) / turn
    np.testing.assert_allclose(ball.potential, x**2 / 2, atol=0.03 * 0.72)
    np.testing.assert_allclose(ball.kinetic, speed**2 / 2, atol=0.03 * 0.72)
    lost = 0.72 - (x**2 + speed**2) / 2
    np.testing.assert_allclose(ball.friction, lost, atol=0.03 * 0.72)


@pytest.mark.parametrize("mu", [0.9, 0.97, 1.0])
@pytest.mark.parametrize("name", module.GROUNDS)
def test_the_balance_holds_but_for_an_error_of_the_order_of_the_rate(name, mu):
    errors = [off(name, rate, mu) for rate in (5e-4, 1e-3, 2e-3)]
    assert errors[2] < 0.02
    assert 1.6 < errors[1] / errors[0] < 2.5 and 1.6 < errors[2] / errors[1] < 2.5


def test_without_friction_nothing_is_taken_and_the_ball_comes_back():
    ball = module.energies("parabola", (-1.2,), 0.01, 1.0)
    assert not ball.friction.any()
    assert ball.path.max() == pytest.approx(1.2, abs=0.01)
    after = ball.path[30:, 0]
    assert after.min() == pytest.approx(-1.2, abs=0.01)  # a period is 2π/√η = 63 steps


def test_the_kinetic_energy_is_half_the_square_of_the_librarys_velocity():
    """−√η v is the velocity between two points: at a point it is the mean of the two beside it."""
    ravine, ball = surfaces.ravine(), Momentum(0.004, 0.9)
    theta, seen = np.array([-1.2, 0.4]), [np.zeros(2)]
    for _ in range(41):
        theta = ball.step(theta, ravine.gradient(theta))
        seen.append(ball.v)
    mean = (np.array(seen)[1:] + np.array(seen)[:-1]) / 2
    drawn = labelled(energy_scene("ravine", -1.2, 0.4, 0.004, 0.9, 40).panels[1])["kinetic"]
    np.testing.assert_allclose(drawn[:41], 0.004 * np.sum(mean**2, axis=1)[:41] / 2, rtol=1e-9)


def test_potential_is_the_loss_along_the_path_of_momentum():
    ravine = surfaces.ravine()
    _, losses = descend(ravine.loss_and_gradient, (-1.2, 0.4), Momentum(0.01, 0.9), 200)
    lines = labelled(energy_scene("ravine", -1.2, 0.4, 0.01, 0.9, 200).panels[1])
    np.testing.assert_allclose(lines["potential"], losses, rtol=1e-12)
    np.testing.assert_allclose(lines["both"], lines["potential"] + lines["kinetic"])


def test_the_ball_passes_the_first_minimum_with_what_the_message_says():
    ball = module.energies("two valleys", (-1.6,), 0.01, 0.97)
    message = energy_scene("two valleys", -1.6, 0.4, 0.01, 0.97, 200).message
    told = r"At step (\d+) .* (\d+)% of the starting energy is kinetic, so it passes"
    ((step, share),) = re.findall(told, message)
    low = int(step)
    assert ball.potential[low - 1] > ball.potential[low] < ball.potential[low + 1]
    assert np.all(np.diff(ball.potential[: low + 1]) < 0)
    assert int(share) == round(100 * ball.kinetic[low] / ball.whole[0])
    assert f"taken by friction {ball.friction[200] / ball.whole[0]:.0%}" in message
    assert ball.path[-1, 0] > 0.9  # over the hill; without momentum it stays in the shallow valley
    stays = module.energies("two valleys", (-1.6,), 0.01, 0.0)
    assert stays.path[-1, 0] < -0.8


def test_the_total_energy_stands_above_the_ball_by_its_kinetic_energy():
    total, ring, disc = energy_scene("parabola", -1.2, 0.0, 0.01, 0.97, 50).panels[0].layers
    ball = module.energies("parabola", (-1.2,), 0.01, 0.97)
    np.testing.assert_allclose(np.asarray(ring.y) - np.asarray(disc.y), ball.kinetic, atol=1e-12)
    np.testing.assert_array_equal(total.y, ring.y)


def test_long_steps_are_said_to_upset_the_balance():
    assert "the balance is off by up to" in energy_scene("ravine", -1.2, 0.4, 0.1, 0.97, 200).message
    assert "balance" not in energy_scene("parabola", -1.2, 0.0, 0.001, 0.97, 200).message


def test_a_ball_at_the_minimum_stays():
    assert "it stays" in energy_scene("parabola", 0.0, 0.0, 0.01, 0.97, 100).message


def test_starts_are_taken():
    made = make(surface="ravine", y=0.2)
    assert (made.scene().panels[0].handles[0].x, made.scene().panels[0].handles[0].y) == (-1.2, 0.2)
