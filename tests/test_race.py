"""The optimiser race: rates that are searched for with equal effort, and where it sets off."""

from itertools import pairwise

import numpy as np
import pytest

from course_lib import explorers, optimizers, palette, surfaces
from course_lib.explorers import race
from course_lib.explorers.effort import COUNTS, Effort, searched
from course_lib.explorers.explorer import Session
from course_lib.scene import Line, Points
from course_lib.training import descend

KNOBS = {
    name: {argument: knob[1] for argument, knob in method.knobs.items()}
    for name, method in race.METHODS.items()
}
FIELDS = {name: made for name, made in race.SURFACES.items() if name != "noisy ravine"}
START = (-0.7, 0.4)


def alone(problem, name, rate):
    """One descent of the library's optimiser: losses step by step, those that are finite."""
    field = FIELDS["ravine" if problem == "noisy ravine" else problem]()
    if problem == "noisy ravine":
        field = surfaces.noisy(field, 1.0, np.random.default_rng(0))
    made = getattr(optimizers, name)(lr=rate, **KNOBS[name])
    with np.errstate(all="ignore"):
        return descend(field.loss_and_gradient, START, made, race.LONGEST)


def tuned(problem, name, **settings):
    """The scene of one method's tuned race from START, and what its panels draw: panel → label → line."""
    x, y = START
    made = explorers.optimizer_race(problem, (name,), tuned=True, **settings)
    scene = made.scene(**({} if problem == race.NETWORK else {"x": x, "y": y}))
    return scene, [
        [each for each in panel.layers if each.colour == palette.COLOURS[name]] for panel in scene.panels
    ]


@pytest.mark.parametrize("problem", [*FIELDS, "noisy ravine"])
@pytest.mark.parametrize("name", race.METHODS)
def test_the_best_of_so_many_runs_of_the_library_races(problem, name):
    """To a thousandth: where a run does not settle, rounding grows from step to step."""
    count, budget = 9, 40
    rates = [10 ** (-3 + k / 2) for k in range(count)]
    with np.errstate(all="ignore"):
        runs = [alone(problem, name, rate) for rate in rates]
    final = np.array([losses[budget] if len(losses) > budget else np.inf for _, losses in runs])
    best = int(np.argmin(final))
    scene, drawn = tuned(problem, name, count=count, budget=budget)
    assert f"{name} {rates[best]:.3g}" in scene.message

    (curve,) = [each for each in drawn[2] if isinstance(each, Line)]
    (ring,) = [each for each in drawn[2] if isinstance(each, Points) and each.shape == "ring"]
    np.testing.assert_allclose(curve.x, rates)
    assert (ring.x[0], ring.y[0]) == (curve.x[best], curve.y[best])
    np.testing.assert_array_equal(np.isnan(curve.y), ~np.isfinite(final))
    field = FIELDS.get(problem, surfaces.ravine)()
    bottom = field.value(field.minima).min() if len(field.minima) else 0
    above, first = final - bottom, abs(field.value(np.array(START)) - bottom)
    lowest = 1e-9 * first if len(field.minima) else -5 * max(first, 1)
    seen = (above > lowest) & (above < 30 * first)
    assert seen.any()
    np.testing.assert_allclose(np.asarray(curve.y)[seen], above[seen], rtol=1e-3)

    path, _ = runs[best]
    (way,) = [each for each in drawn[0] if isinstance(each, Line)]
    there = np.column_stack([way.x, way.y])
    np.testing.assert_allclose(there[:budget], path[:budget], rtol=1e-3, atol=1e-6)


def test_every_method_tries_the_same_rates_with_as_many_steps():
    scene = explorers.optimizer_race("Beale", tuple(race.METHODS), tuned=True, count=17, budget=40).scene()
    curves = [each for each in scene.panels[2].layers if isinstance(each, Line)]
    assert [each.label for each in curves] == list(race.METHODS)
    assert len({tuple(each.x) for each in curves}) == 1 and len(curves[0].x) == 17
    assert scene.panels[2].title.endswith("after 40 steps")


def test_on_the_bowl_the_search_follows_its_closed_form():
    """Each step of gradient descent multiplies the loss by (1 − η)²: of the rates tried, 1 ends at once."""
    _, (_, _, drawn) = tuned("bowl", "SGD", count=17, budget=20)
    first = surfaces.bowl().value(np.array(START))
    curve = next(each for each in drawn if isinstance(each, Line))
    expected = first * (1 - np.asarray(curve.x)) ** 40
    inside = (expected > 1e-8 * first) & (expected < 10 * first)
    assert inside.sum() > 8
    np.testing.assert_allclose(np.asarray(curve.y)[inside], expected[inside], rtol=1e-6)
    ring = next(each for each in drawn if isinstance(each, Points) and each.shape == "ring")
    assert ring.x[0] == pytest.approx(1.0)


def test_the_message_counts_the_rates_that_do():
    scene, _ = tuned("bowl", "SGD", count=33, budget=30)
    rates = np.geomspace(1e-3, 10, 33)
    good = np.sum((1 - rates) ** 60 <= 0.01)
    assert (
        f"Best η of 33 by the loss after 30 steps, and how many of them leave under 1 %: SGD 1 ({good})."
        in (scene.message)
    )


def test_a_network_is_tuned_by_runs_of_its_own():
    _, (_, losses, drawn) = tuned(race.NETWORK, "Momentum", count=5, budget=50)
    network, data, start = race._network()
    ends, whole = [], []
    for rate in np.geomspace(1e-3, 10, 5):
        with np.errstate(all="ignore"):
            _, found = descend(
                lambda theta: network.loss_and_gradient(theta, data.x_train, data.y_train),
                start,
                optimizers.Momentum(rate, 0.9),
                race.LONGEST,
            )
        whole.append(found)
        ends.append(found[50])
    curve = next(each for each in drawn if isinstance(each, Line))
    np.testing.assert_allclose(curve.y, ends, rtol=1e-9)
    np.testing.assert_array_equal(losses[0].y, whole[int(np.argmin(ends))])


def test_finer_searches_try_the_coarser_ones_rates_too():
    for coarse, fine in pairwise(COUNTS):
        np.testing.assert_allclose(Effort(coarse, 1).rates, Effort(fine, 1).rates[::2])


def test_a_trial_that_ended_before_its_budget_has_failed():
    losses = [np.array([1.0, 0.5, 0.4]), np.array([1.0, np.inf]), np.array([1.0, np.nan, np.nan])]
    search = searched(Effort(5, 2), losses)
    np.testing.assert_array_equal(search.final, [0.4, np.inf, np.inf, np.inf, np.inf])
    assert search.best == 0
    assert searched(Effort(5, 2), losses[1:]).best is None


def test_a_new_budget_or_step_costs_no_run():
    session = Session(explorers.optimizer_race("Himmelblau", tuned=True))
    session.scene()
    known = race.trials.cache_info().misses, race.run.cache_info().misses
    session.take({"budget": 30})
    session.scene()
    session.take({"steps": 12})
    session.scene()
    assert (race.trials.cache_info().misses, race.run.cache_info().misses) == known


class Momentum(optimizers.Momentum):
    """A reader's own, which takes one rate at a time."""

    def __init__(self, lr, mu=0.9):
        super().__init__(float(lr), mu)


Momentum.__module__ = "notebook"


def test_a_readers_own_is_searched_with_the_same_effort():
    scene = explorers.optimizer_race("Beale", ("Momentum", Momentum), tuned=True).scene()
    theirs, right = (
        next(each for each in scene.panels[2].layers if isinstance(each, Line) and each.label == name)
        for name in ("your Momentum", "Momentum")
    )
    np.testing.assert_array_equal(theirs.x, right.x)
    np.testing.assert_allclose(theirs.y, right.y, rtol=1e-6)


class Stuck(Momentum):
    def step(self, theta, gradient):
        raise RuntimeError("no way")


def test_a_readers_own_that_fails_at_every_rate_is_told_of():
    message = explorers.optimizer_race("bowl", ("SGD", Stuck), tuned=True).scene().message
    assert message.startswith("Your Stuck stops") and "no way" in message
    assert "your Stuck none, as all failed." in message


@pytest.mark.parametrize("problem", race.SURFACES)
def test_all_set_off_where_the_start_is_dragged(problem):
    session = Session(explorers.optimizer_race(problem, ("SGD", "Adam")))
    (handle,) = session.scene().panels[0].handles
    np.testing.assert_array_equal((handle.x, handle.y), race.SURFACES[problem]().start)
    assert (handle.sets_x, handle.sets_y) == ("x", "y")
    session.take({"x": 0.35, "y": -0.55})
    panel = session.scene().panels[0]
    assert (panel.handles[0].x, panel.handles[0].y) == (0.35, -0.55)
    for way in (each for each in panel.layers if isinstance(each, Line)):
        assert (way.x[0], way.y[0]) == (0.35, -0.55)
    ring = next(each for each in panel.layers if isinstance(each, Points) and each.shape == "ring")
    assert (ring.x[0], ring.y[0]) == (0.35, -0.55)


def test_another_surface_has_its_own_start_and_a_network_none():
    session = Session(explorers.optimizer_race("ravine"))
    session.take({"x": 0.35})
    session.take({"problem": session.controls["problem"].sent("Rosenbrock")})
    assert (session.values["x"], session.values["y"]) == tuple(surfaces.rosenbrock().start)
    session.take({"problem": session.controls["problem"].sent(race.NETWORK)})
    assert not session.scene().panels[0].handles
    assert all(race.NETWORK not in session.controls[name].when["problem"] for name in "xy")


def test_weight_decay_is_set_by_its_order_of_magnitude():
    """Evenly from 0 to 1, the usual 0.01 would be the first notch."""
    decay = explorers.optimizer_race().controls["AdamW.weight_decay"]
    values = list(decay.options.values())
    ratios = [there / here for here, there in pairwise(values[1:])]
    assert values[0] == 0 and max(ratios) < 4 and min(ratios) > 2
    assert values.index(decay.usual) not in (0, 1, len(values) - 1)
