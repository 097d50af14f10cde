"""What the explorers show, as numbers: against the optimisers, closed forms, and each other."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from ipywidgets import Dropdown
from traitlets.utils.importstring import import_item

from course_lib import explorers, lab, optimizers, plots, surfaces
from course_lib.explorers import EXPLORERS, microscope, race, rate_map
from course_lib.explorers.canvas import Canvas, Explorer, pick_slider, slider
from course_lib.scene import Axis, Line, Panel, Scene, payload
from course_lib.training import descend

DEFAULTS = {
    name: {"lr": method.lr, **{argument: knob[1] for argument, knob in method.knobs.items()}}
    for name, method in race.METHODS.items()
}


def lines(panel):
    return {layer.label: layer for layer in panel.layers if isinstance(layer, Line)}


def by_colour(panel):
    return {layer.colour: layer for layer in panel.layers if isinstance(layer, Line)}


# --- the race -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", race.METHODS)
def test_a_racer_walks_the_path_of_its_optimizer(name):
    scene = explorers.race_scene("Himmelblau", 25, {name: DEFAULTS[name]})
    surface = surfaces.himmelblau()
    optimizer = getattr(optimizers, name)(**DEFAULTS[name])
    path, losses = descend(surface.loss_and_gradient, surface.start, optimizer, 25)
    drawn = by_colour(scene.panels[0])[plots.COLOURS[name]]
    np.testing.assert_array_equal(np.column_stack([drawn.x, drawn.y])[: len(path)], path)
    np.testing.assert_array_equal(lines(scene.panels[1])[name].y[: len(losses)], losses)


def test_gradient_descent_diverges_above_its_speed_limit_and_the_message_says_so():
    # On the ravine λ_max = 25: the steep coordinate is multiplied by 1 − 25 η at each step.
    assert race.speed_limit("ravine") == pytest.approx(2 / 25)
    assert race.speed_limit("Beale") is None
    message = explorers.race_scene("ravine", 200, {"SGD": {"lr": 0.1}}).message
    # The loss grows by (1 − 2.5)² = 2.25 a step from 13 = ½ + 25/2, of which the ½ fades: a thousandfold at …
    step = next(t for t in range(200) if 0.5 * 0.9 ** (2 * t) + 12.5 * 2.25**t > 13_000)
    assert f"SGD diverged at step {step}: η > 2/λ_max = 0.08." in message
    assert "diverged" not in explorers.race_scene("ravine", 200, {"SGD": {"lr": 0.079}}).message


def test_the_race_says_when_each_arrives_for_good():
    # On the round bowl each step multiplies θ by 1 − η, the loss by (1 − η)²: 0.9^2t ≤ 0.01 from t = 22 on.
    message = explorers.race_scene("bowl", 100, {"SGD": {"lr": 0.1}}).message
    assert "under 1 % of its start: SGD 22." in message
    message = explorers.race_scene("bowl", 10, {"SGD": {"lr": 0.1}}).message
    assert f"Loss left after 10 steps: SGD {100 * 0.9**20:.3g} %." in message


def test_a_visitor_has_not_arrived():
    losses = np.array([1.0, 0.001, 0.5, 0.001, 0.002])
    assert race.Run(np.zeros((5, 2)), losses).arrived(0.0) == 3
    assert race.Run(np.zeros((3, 2)), losses[:3]).arrived(0.0) is None


def test_a_run_that_leaves_the_finite_numbers_has_diverged():
    run = race.run("Rosenbrock", "SGD", (("lr", 1.0),))
    assert len(run.path) <= race.LONGEST
    assert run.losses[-1] == np.inf
    assert run.diverged() is not None
    assert "SGD diverged at step" in explorers.race_scene("Rosenbrock", 200, {"SGD": {"lr": 1.0}}).message


def test_without_a_bottom_the_race_is_ordered_by_loss():
    message = explorers.race_scene("saddle", 100, {n: DEFAULTS[n] for n in ("SGD", "Adam")}).message
    assert re.search(r"no bottom.*Adam −\d+\.\d+, SGD −", message)


def test_the_noisy_ravine_is_the_same_for_all_and_differs_from_the_quiet_one():
    noisy, again, quiet = (
        explorers.race_scene(problem, 30, {"SGD": {"lr": lr}}).panels[0]
        for problem, lr in (("noisy ravine", 0.05), ("noisy ravine", 0.05), ("ravine", 0.05))
    )
    colour = plots.COLOURS["SGD"]
    np.testing.assert_array_equal(by_colour(noisy)[colour].x, by_colour(again)[colour].x)
    assert not np.array_equal(by_colour(noisy)[colour].x, by_colour(quiet)[colour].x)


def test_the_network_is_undecided_on_its_decision_line():
    scene = explorers.race_scene(race.NETWORK, 50, {"Adam": DEFAULTS["Adam"]})
    line = by_colour(scene.panels[0])[plots.COLOURS["Adam"]]
    points = np.column_stack([line.x, line.y])
    points = points[np.isfinite(points).all(axis=1)]
    network, data, _ = race._network()
    theta = race.run(race.NETWORK, "Adam", tuple(DEFAULTS["Adam"].items())).path[50]
    margin = np.subtract(*network.predict(theta, points).T)
    assert len(points) > 10
    assert np.abs(margin).max() < 0.02 * np.abs(np.subtract(*network.predict(theta, data.x_train).T)).max()


def test_one_slider_costs_one_run():
    race.run.cache_clear()
    explorers.race_scene("bowl", 50, DEFAULTS)
    explorers.race_scene("bowl", 51, DEFAULTS | {"Adam": DEFAULTS["Adam"] | {"lr": 0.2}})
    assert race.run.cache_info().misses == len(DEFAULTS) + 1


# --- the microscope -----------------------------------------------------------------------------------------


def microscope_scene(**changes):
    state = {"gradients": "constant", "steps": 1000, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    return explorers.microscope_scene(**(state | {"correct_m": False, "correct_v": False} | changes))


@pytest.mark.parametrize("kind", microscope.SEQUENCES)
def test_the_corrected_step_is_adams(kind):
    g = microscope.gradient_sequence(kind, 60)
    adam = optimizers.Adam(lr=1.0, beta1=0.8, beta2=0.97, eps=1e-3)
    theta = np.zeros(1)
    steps = []
    for gradient in g:
        moved = adam.step(theta, np.array([gradient]))
        steps.append(float(theta[0] - moved[0]))
        theta = moved
    state = {"gradients": kind, "steps": 60, "beta1": 0.8, "beta2": 0.97, "eps": 1e-3}
    drawn = lines(microscope_scene(**state, correct_m=True, correct_v=True).panels[3])["taken"]
    np.testing.assert_allclose(drawn.y, steps, rtol=1e-9, atol=1e-12)


def test_moments_of_a_constant_gradient_follow_their_closed_form():
    inside = microscope.moments("constant", 100, 0.9, 0.999)
    t = np.arange(1, 101)
    np.testing.assert_allclose(inside.m, 1 - 0.9**t, rtol=1e-12)
    np.testing.assert_allclose(inside.v, 1 - 0.999**t, rtol=1e-10)
    np.testing.assert_allclose([inside.m_hat, inside.v_hat], 1.0, rtol=1e-10)


@pytest.mark.parametrize(("steps", "ratio"), [(100, "3.24"), (1000, "1.26")])
def test_the_message_gives_the_factors_of_an_uncorrected_adam(steps, ratio):
    # (1 − 0.9ᵗ) / √(1 − 0.999ᵗ): 3.16 at t = 1, 6.57 at its largest, t = 12
    message = microscope_scene(steps=steps).message
    assert "step 1 is 3.16 times the corrected one" in message
    assert "step 12, 6.57 times" in message
    assert f"at step {steps} it is {ratio} times" in message


def test_each_switch_has_its_own_effect():
    assert "Without m̂, step 1 is 0.1 times" in microscope_scene(correct_v=True).message
    assert "Without v̂, step 1 is 31.6 times" in microscope_scene(correct_m=True).message
    both = microscope_scene(correct_m=True, correct_v=True)
    assert "first step is 1 η" in both.message
    assert set(lines(both.panels[3])) == {"taken"}
    assert set(lines(microscope_scene().panels[3])) == {"taken", "with both hats"}


def test_an_unknown_sequence_names_the_known_ones():
    with pytest.raises(ValueError, match=r"'wild'.*constant, alternating, one spike, noise, sparse"):
        microscope_scene(gradients="wild")


# --- the map ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", rate_map.METHODS)
@pytest.mark.parametrize("cell", [(0, 0), (20, 12), (8, 24), (32, 3)])
def test_each_cell_of_the_map_is_a_run_of_its_own(method, cell):
    rate, beta = cell
    kind = rate_map.METHODS[method]
    optimizer = kind.make(lr=rate_map.RATES[rate], **{kind.argument: rate_map.KEPT[beta]})
    surface = surfaces.beale()
    with np.errstate(all="ignore"):
        path, losses = descend(surface.loss_and_gradient, surface.start, optimizer, 60)
    paths, left = rate_map.sweep("Beale", method)
    np.testing.assert_allclose(paths[: len(path), beta, rate], path, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(left[: len(path), beta, rate], losses / losses[0], rtol=1e-6, atol=1e-12)
    assert len(path) == 61 or not np.isfinite(left[60, beta, rate])


def test_the_map_names_its_best_cell_and_how_wide_the_good_region_is():
    scene = explorers.map_scene("ravine", "Momentum: η × μ", 100, rate=10, beta=0)
    final = rate_map.sweep("ravine", "Momentum: η × μ")[1][100]
    row, column = np.unravel_index(np.nanargmin(final), final.shape)
    assert f"Best cell: η = {rate_map.RATES[column]:.3g}, μ = {rate_map.KEPT[row]:.4g}" in scene.message
    assert f"{100 * np.mean(final <= 0.01):.0f} % of the cells are good" in scene.message
    # Momentum with μ = 0 is gradient descent: on the ravine each coordinate shrinks by 1 − η λ.
    eta = rate_map.RATES[10]
    x, y = race.SURFACES["ravine"]().start
    left = (x**2 * (1 - eta) ** 200 + 25 * y**2 * (1 - 25 * eta) ** 200) / (x**2 + 25 * y**2)
    assert f"η = {eta:.3g}, μ = 0 leaves {100 * left:.2g} % of the loss." in scene.message


def test_cells_that_diverged_stay_empty():
    scene = explorers.map_scene("ravine", "Momentum: η × μ", 100, rate=32, beta=0)
    levels = np.asarray(scene.panels[0].layers[0].levels)
    final = rate_map.sweep("ravine", "Momentum: η × μ")[1][100]
    np.testing.assert_array_equal(np.isnan(levels), ~(final <= 1))
    known = levels[~np.isnan(levels)]
    assert known.min() >= 0
    assert known.max() <= 1
    assert "ends above where it started" in scene.message


# --- what all share -----------------------------------------------------------------------------------------

MODULES = sorted(
    path.stem
    for path in Path(explorers.__file__).parent.glob("*.py")
    if "-> Explorer:" in path.read_text("utf-8")
)


def test_all_explorers_are_known_by_name():
    """None that some module makes is left out of what the tests below walk."""
    assert sorted(make.__module__.rpartition(".")[2] for make in EXPLORERS.values()) == MODULES
    assert EXPLORERS.keys() < set(explorers.__all__)


def is_sound(scene):
    """A picture, told in words and small enough to send."""
    assert scene.panels
    assert scene.message
    assert scene.message in scene.alt
    assert len(scene.alt) > len(scene.message)
    assert "cannot be drawn" not in scene.message
    front, backdrop = payload(scene)
    assert len(json.dumps(front, allow_nan=False)) < 60_000
    assert len(json.dumps(backdrop, allow_nan=False)) < 80_000


def draw_still(scene):
    """Without a warning, as pytest turns them into errors."""
    plots.still(plots.draw(scene), scene.alt)


@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_starts_with_a_picture_in_words_and_small_enough_to_send(name):
    scene = EXPLORERS[name]().scene()
    is_sound(scene)
    draw_still(scene)


CONTROLS = [(name, control) for name, make in EXPLORERS.items() for control in make().controls]


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_every_control_has_a_picture_at_both_ends(name, control):
    """A choice has one at each of its options; the last one's still is drawn too."""
    explorer = EXPLORERS[name]()
    for value in values(explorer.controls[control]):
        explorer.controls[control].value = value
        is_sound(explorer.scene())
    if isinstance(explorer.controls[control], Dropdown):
        draw_still(explorer.scene())


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_every_control_changes_the_picture(name, control):
    """In the explorer's first state, or once another choice lets it: μ does nothing to plain descent."""
    make = EXPLORERS[name]
    choices = {other: made for other, made in make().controls.items() if not hasattr(made, "min")}
    others = {other: values(made) for other, made in choices.items() if other != control}
    settings = [(None, None), *[(other, value) for other, found in others.items() for value in found]]
    assert any(changes(make(), control, *setting) for setting in settings)


def changes(explorer, control, other, value):
    """Whether a control changes the picture after another one was set. Each that it sets, too, is drawn."""
    if other:
        explorer.controls[other].value = value
    before, drawn = state(explorer), explorer.canvas.scene
    explorer.controls[control].value = next(
        value for value in values(explorer.controls[control]) if value != before[control]
    )
    after, now = state(explorer), explorer.canvas.scene
    assert now["number"] == drawn["number"] + sum(after[name] != before[name] for name in before)
    return (now["panels"], now["message"]) != (drawn["panels"], drawn["message"])


def state(explorer):
    return {name: control.value for name, control in explorer.controls.items()}


def values(control):
    """All that can be chosen; of a slider over numbers, both ends."""
    if isinstance(control.value, bool):
        return [False, True]
    if hasattr(control, "options"):
        return [option[1] if isinstance(option, tuple) else option for option in control.options]
    ends = [control.min, control.max]
    return [control.base**end for end in ends] if hasattr(control, "base") else ends


def test_a_backdrop_travels_only_with_another_surface():
    explorer = explorers.optimizer_race()
    sent = []
    explorer.canvas.observe(lambda change: sent.append(change["name"]), ["backdrop", "scene"])
    explorer.controls["steps"].value = 50
    assert sent == ["scene"]
    explorer.controls["problem"].value = "Beale"
    assert sorted(sent[1:]) == ["backdrop", "scene"]


def test_an_error_is_one_sentence_in_the_picture():
    explorer = explorers.optimizer_race(methods=("SGD",))
    explorer.controls["SGD"].value = False
    assert explorer.canvas.scene["message"] == "This state cannot be drawn. Tick at least one method."
    explorer.controls["SGD"].value = True
    assert "cannot" not in explorer.canvas.scene["message"]

    def broken(steps):
        return Scene((), f"{1 / steps}", "")

    explorer = Explorer(broken, {"steps": slider("Steps", 0, 3, 0)})
    assert (
        explorer.canvas.scene["message"] == "This state cannot be drawn. ZeroDivisionError: division by zero"
    )


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match=r"no method 'Adm'; there are SGD, Momentum"):
        explorers.optimizer_race(methods=("Adm",))


def test_an_explorer_shows_itself_live_and_as_a_figure_that_the_canvas_replaces(monkeypatch):
    shown = []
    monkeypatch.setattr("course_lib.explorers.canvas.display", lambda output, **_: shown.append(output))
    axis = Axis("x", (0, 1))
    explorer = Explorer(
        lambda place: Scene(
            (Panel("Title", axis, axis, (Line([0, 1], [0, place]),)),), "A message.", "Alt text"
        ),
        {"place": pick_slider("Place", [("low", 0.0), ("high", 1.0)], 0.0)},
    )
    explorer._ipython_display_()
    live, figure = shown
    assert set(live) == {"application/vnd.jupyter.widget-view+json"}
    assert f'data-still-of="{explorer.canvas.name}"' in figure.data
    assert 'alt="Alt text"' in figure.data
    assert "<figcaption>A message.</figcaption>" in figure.data


def test_the_browser_gets_its_part_of_the_canvas():
    canvas = Canvas()
    assert "export default" in str(canvas._esm)
    assert ".course-canvas" in str(canvas._css)


def test_the_course_starts_a_server_that_sends_kernel_messages_at_once(tmp_path):
    name = "--ServerApp.kernel_websocket_connection_class="
    (chosen,) = [option.removeprefix(name) for option in lab.arguments(tmp_path, None) if name in option]
    assert import_item(chosen) is lab.PromptConnection
