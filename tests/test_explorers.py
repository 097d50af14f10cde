"""What the explorers show, as numbers: against the optimisers, closed forms, and each other."""

import asyncio
import importlib
import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from colours import confused
from sent import unpacked
from traitlets.utils.importstring import import_item

from course_lib import explorers, lab, optimizers, palette, plots, surfaces, themed
from course_lib.explorers import EXPLORERS, microscope, race, rate_map
from course_lib.explorers.controls import Choice, Options, Pick, Slider, Switch, worded
from course_lib.explorers.explorer import Explorer, Session
from course_lib.explorers.packing import packed
from course_lib.jupyter.live import Live
from course_lib.scene import Axis, Line, Panel, Scene, in_print
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
    left, right = scene.until_now()
    drawn = by_colour(left)[palette.COLOURS[name]]
    np.testing.assert_array_equal(np.column_stack([drawn.x, drawn.y])[: len(path)], path)
    np.testing.assert_array_equal(lines(right)[name].y[: len(losses)], losses)


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
    colour = palette.COLOURS["SGD"]
    np.testing.assert_array_equal(by_colour(noisy)[colour].x, by_colour(again)[colour].x)
    assert not np.array_equal(by_colour(noisy)[colour].x, by_colour(quiet)[colour].x)


def test_the_network_is_undecided_on_its_decision_line():
    scene = explorers.race_scene(race.NETWORK, 50, {"Adam": DEFAULTS["Adam"]})
    line = by_colour(scene.panels[0])[palette.COLOURS["Adam"]]
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
    drawn = lines(microscope_scene(**state, correct_m=True, correct_v=True).until_now()[3])["taken"]
    steps = np.array(steps)[np.asarray(drawn.x) - 1]
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


def test_all_cells_of_the_map_set_off_from_the_start_that_is_dragged():
    """With μ = 0 each coordinate of the ravine shrinks by 1 − η λ; a minimum has nothing to lose."""
    x, y, eta = 0.3, -1.1, rate_map.RATES[10]
    scene = explorers.map_scene("ravine", "Momentum: η × μ", 100, rate=10, beta=0, x=x, y=y)
    left = (x**2 * (1 - eta) ** 200 + 25 * y**2 * (1 - 25 * eta) ** 200) / (x**2 + 25 * y**2)
    assert f"η = {eta:.3g}, μ = 0 leaves {100 * left:.2g} % of the loss." in scene.message
    there = explorers.map_scene("ravine", "Momentum: η × μ", 100, rate=10, beta=0, x=0.0, y=0.0)
    assert "The start is a minimum" in there.message


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


def opens_by_itself(name):
    """Whether a module makes an explorer that needs nothing to show."""
    module = importlib.import_module(f"course_lib.explorers.{name}")
    ours = [made for made in vars(module).values() if getattr(made, "__module__", "") == module.__name__]
    signatures = [inspect.signature(made) for made in ours if inspect.isfunction(made)]
    return any(
        all(given.default is not given.empty or given.kind == given.VAR_KEYWORD for given in needs)
        for needs, made in ((each.parameters.values(), each.return_annotation) for each in signatures)
        if made is Explorer
    )


MODULES = sorted(
    filter(opens_by_itself, (path.stem for path in Path(explorers.__file__).parent.glob("*.py")))
)


def test_all_explorers_are_known_by_name():
    """None that some module makes is left out of what the tests below walk."""
    assert sorted(make.__module__.rpartition(".")[2] for make in EXPLORERS.values()) == MODULES
    assert EXPLORERS.keys() < set(explorers.__all__)


MOST_SENT = 300_000  # bytes of a scene with its backdrop


def is_sound(session):
    """A picture, told in words and small enough to send."""
    state = session.state()
    scene = unpacked(state["scene"])
    assert scene["panels"]
    assert scene["message"]
    assert scene["message"] in scene["alt"]
    assert len(scene["alt"]) > len(scene["message"])
    assert "cannot be drawn" not in scene["message"]
    assert not [pair for panel in session.scene().until_now() for pair in confused(panel)]
    assert len(state["scene"]) < 120_000
    assert len(state["scene"]) + sum(map(len, state["backdrop"])) < MOST_SENT
    assert len(json.dumps(state["controls"], allow_nan=False)) < 20_000


def draw_still(scene):
    """Without a warning, as pytest turns them into errors."""
    themed.html(plots.draw(scene), scene.alt)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPLORERS)
def test_an_explorer_starts_with_a_picture_in_words_and_small_enough_to_send(name):
    session = Session(EXPLORERS[name]())
    is_sound(session)
    draw_still(session.scene())


CONTROLS = [(name, control) for name, make in EXPLORERS.items() for control in make().controls]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_every_control_has_a_picture_at_both_ends(name, control):
    """A choice has one at each of its options; the last one's still is drawn too."""
    session = Session(EXPLORERS[name]())
    for value in values(session.controls[control]):
        session.take({control: session.controls[control].sent(value)})
        is_sound(session)
    if isinstance(session.controls[control], Choice):
        draw_still(session.scene())


def values(control):
    """All that can be chosen; of a slider over numbers, both ends."""
    if isinstance(control, Switch):
        return [False, True]
    if isinstance(control, Options):
        return list(control.options.values())
    return [control.low, control.high]


def test_labels_begin_with_a_capital_or_a_symbol():
    """Those of controls and of axes, in every explorer; ε and x₁ are symbols."""
    said = [(name, control.label) for name, make in EXPLORERS.items() for control in make().controls.values()]
    for name, make in EXPLORERS.items():
        said += [(name, axis.label) for panel in make().scene().panels for axis in (panel.x, panel.y)]
    assert [(name, label) for name, label in said if re.match(r"[a-z]{2}", label)] == []


@pytest.mark.parametrize(("name", "control"), CONTROLS)
def test_every_control_changes_the_picture(name, control):
    """In the explorer's first state, or once another choice lets it: μ does nothing to plain descent."""
    made = EXPLORERS[name]()
    choices = {
        other: each
        for other, each in made.controls.items()
        if other != control and isinstance(each, Choice | Switch)
    }
    settings = [{}, *[{other: value} for other, each in choices.items() for value in values(each)]]
    assert any(changes(made, control, setting) for setting in settings)


def changes(made, control, setting):
    """Whether a control's values give different pictures after another one was set."""
    session = Session(made)
    session.take({name: session.controls[name].sent(value) for name, value in setting.items()})
    seen = set()
    for value in values(session.controls[control]):
        session.take({control: session.controls[control].sent(value)})
        scene = session.scene()
        seen.add((shown(scene), scene.message))
    return len(seen) > 1


@pytest.mark.parametrize("name", EXPLORERS)
def test_every_handle_sets_controls_that_there_are_and_stands_where_they_say(name):
    """Of all values of the controls that a handle sets, its place is what the page would set again."""
    made = EXPLORERS[name]()
    for panel in made.scene().panels:
        for handle in panel.handles:
            assert handle.label
            assert not handle.turns or isinstance(made.controls[handle.turns], Switch)
            for control, place, own in (
                (handle.sets_x, handle.x, handle.places_x),
                (handle.sets_y, handle.y, handle.places_y),
            ):
                if not control:
                    continue
                of = made.controls[control]
                if isinstance(of, Options):
                    known = own or getattr(of, "places", ())
                    places = np.array(list(known) or list(of.options.values()), dtype=float)
                    assert len(places) == len(of.options)
                    assert place == pytest.approx(places[of.sent(of.start)])
                else:
                    assert place == pytest.approx(of.start)


def shown(scene):
    """All that is sent but the words, and the number of the step."""
    front, backdrop = packed(replace(scene, panels=scene.until_now(), message="", alt=""))
    return front, *backdrop


PLAYED = [(name, {}) for name, make in EXPLORERS.items() if make().scene().time]


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        *PLAYED,
        ("hyper_search", {"method": "Bayesian"}),
        ("optimizer_race", {"tuned": True}),
        ("recipe_steps", {"step": "5 · regularise: dropout"}),
        ("regularisation_bench", {"l2": 0.01, "patience": 25}),
    ],
)
def test_what_is_played_is_what_would_be_computed_for_that_step(name, setting):
    """A page plays a scene without asking again: each step must look as if it had been asked for."""
    made = EXPLORERS[name](**setting)
    whole = made.scene()
    control = made.controls[whole.time]
    assert control.plays
    for step in (control.low, (control.low + control.high) // 2, control.high):
        assert shown(replace(whole, now=step)) == shown(made.scene(**{whole.time: step}))


TRAINED = [name for name, make in EXPLORERS.items() if "updates" in make().controls]


@pytest.mark.parametrize("name", TRAINED)
def test_no_curve_over_the_updates_goes_beyond_the_present_one(name):
    """Lines of two points mark a level, such as the loss of guessing."""
    made = EXPLORERS[name](**({"step": "5 · regularise: dropout"} if name == "recipe_steps" else {}))
    control = made.controls["updates"]
    middle = (control.low + control.high) // 2
    panels = [panel for panel in made.scene(updates=middle).until_now() if panel.x.label == "Update"]
    ends = [
        np.max(line.x)
        for panel in panels
        for line in panel.layers
        if isinstance(line, Line) and np.size(line.x) > 2
    ]
    assert all(0 < end <= middle for end in ends)
    assert ends or not panels


def steps_of(made):
    """The control that counts steps and shows at the start, if there is one, and its name."""
    return [
        (name, control)
        for name, control in made.controls.items()
        if getattr(control, "plays", False)
        and all(made.controls[other].start in allowed for other, allowed in control.when.items())
    ]


ASKED = [(name, {}) for name, make in EXPLORERS.items() if not make().scene().time and steps_of(make())]


@pytest.mark.parametrize(("name", "setting"), [*ASKED, ("optimizer_race", {"problem": race.NETWORK})])
def test_only_what_is_too_much_to_send_at_once_is_asked_for_step_by_step(name, setting):
    """The layer that is another one at each step, as often as there are steps."""
    made = EXPLORERS[name](**setting)
    [(steps, control)] = steps_of(made)
    assert not made.scene().time
    middle = made.scene(**{steps: (control.low + control.high) // 2}).panels[0]
    size = len(packed(Scene((Panel("", middle.x, middle.y, middle.layers),), "", ""))[0])
    assert size * (control.high - control.low + 1) > MOST_SENT


def test_importing_the_explorers_needs_numpy_and_contourpy_alone():
    code = """
import os, sys
old = set(sys.modules)
import course_lib.explorers
standard = os.path.dirname(os.__file__)
for name in set(sys.modules) - old:
    file = getattr(sys.modules[name], "__file__", None) or standard
    if not file.startswith(standard) or "site-packages" in file:
        print(name)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    foreign = {name.partition(".")[0] for name in ran.stdout.split()}
    assert foreign == {"numpy", "contourpy", "course_lib"}
    assert "course_lib.exercises" not in ran.stdout.split(), "what patients were made with needs no exercise"


# --- controls -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("control", "sent", "fault"),
    [
        (Slider(label="Steps", low=1, high=9, start=5), "5", "a number from 1 to 9, not '5'"),
        (Slider(label="Steps", low=1, high=9, start=5), float("nan"), "a number"),
        (Slider(label="Steps", low=1, high=9, start=5), True, "a number"),
        (Choice(label="Method", options={"a": 1}, start=1), 1, "1 options; 1 is none of them"),
        (Pick(label="λ", options={"a": 1}, start=1), -1, "none of them"),
        (Switch(label="log", start=False), 1, "on or off"),
    ],
)
def test_what_a_page_cannot_have_sent_is_refused_in_a_sentence(control, sent, fault):
    with pytest.raises(ValueError, match=fault):
        control.received(sent)


def test_options_with_the_same_words_are_refused():
    """A translation may have one word for two."""
    with pytest.raises(ValueError, match="two have the same words: flat, flat"):
        worded({"plateau": "flat", "plain": "flat"})


def test_a_number_beyond_the_ends_is_the_end_and_a_whole_number_stays_whole():
    steps = Slider(label="Steps", low=1, high=9, start=5)
    assert [steps.received(sent) for sent in (0, 3.0, 99)] == [1, 3, 9]
    assert all(type(steps.received(sent)) is int for sent in (0, 3.0, 99))


def test_a_whole_number_on_a_logarithmic_track_stays_whole():
    steps = Slider(label="Steps", low=3, high=1000, start=100, scale="log", whole=True)
    received = [steps.received(sent) for sent in (1, 3.4, 99.6, 2000)]
    assert received == [3, 3, 100, 1000] and all(type(each) is int for each in received)


def test_a_start_that_a_control_cannot_have_is_refused():
    with pytest.raises(ValueError, match="Learning rate η has no value 5: it is too"):
        explorers.descent(rate=5)
    with pytest.raises(ValueError, match="no control 'speed'; there are surface"):
        explorers.descent(speed=5)
    with pytest.raises(ValueError, match="no control 'speed'; there are surface"):
        Session(explorers.descent()).take({"speed": 5})


@pytest.mark.parametrize("starts", [{}, {"surface": "Beale", "x": 0.5}])
def test_the_values_of_the_start_bring_back_its_controls(starts):
    """Not those of the choice that is set again: a start of one's own stays where it was."""
    session = Session(explorers.descent(**starts))
    first = session.state()
    assert first["starts"] == first["values"]
    other = session.controls["surface"].sent("saddle")
    session.take({**first["values"], "surface": other})
    assert session.described() != first["controls"]
    session.take(first["starts"])
    assert (session.sent(), session.described()) == (first["values"], first["controls"])


@pytest.mark.parametrize(
    ("make", "question"), [(explorers.which_curve, "number"), (explorers.bug_hunt, "case")]
)
def test_the_next_question_has_no_answer_yet(make, question):
    """Not even where a page, while a hand moves on, still sends the answer to the last one."""
    session = Session(make())
    begun = session.sent()
    answered = begun | {"guess": 1}
    session.take(answered)
    assert session.sent() == answered
    for ahead in (1, 2):
        session.take(answered | {question: begun[question] + ahead})
        assert session.sent() == begun | {question: begun[question] + ahead}


def test_infinity_travels_as_the_number_of_its_option():
    state = Session(explorers.regularisation_bench()).state()
    [patience] = [control for control in state["controls"] if control["name"] == "patience"]
    assert patience["options"][state["values"]["patience"]] == "never"
    json.dumps([state["controls"], state["values"]], allow_nan=False)


@pytest.mark.parametrize(
    "written, printed",
    [
        ("mean -3.14 (-0.5), γ - 1", "mean −3.14 (−0.5), γ - 1"),
        (
            "3.5e-07 %, λ = 1e−05, a factor of 1e+03.",
            "3.5·10⁻⁷\N{NO-BREAK SPACE}%, λ = 10⁻⁵, a factor of 10³.",
        ),
        ("16% of 2 %, and % alone", "16\N{NO-BREAK SPACE}% of 2\N{NO-BREAK SPACE}%, and % alone"),
        ("a mini-batch of 2-3, B-1", "a mini-batch of 2-3, B-1"),
    ],
)
def test_a_message_is_sent_with_minus_signs_and_powers_as_in_a_book(written, printed):
    assert in_print(written) == printed
    assert unpacked(packed(Scene((), written, "alt"))[0])["message"] == printed


# --- in a notebook ------------------------------------------------------------------------------------------


def test_a_backdrop_and_the_controls_travel_only_when_they_are_others():
    live = Live(explorers.descent())
    sent = []
    live.observe(lambda change: sent.append(change["name"]), ["backdrop", "scene", "controls", "values"])
    live.values = live.values | {"steps": 50}
    assert sorted(sent) == ["scene", "values"]
    sent.clear()
    live.values = live.values | {"surface": 3}
    assert sorted(set(sent)) == ["backdrop", "controls", "scene", "values"]
    assert live.values == live.session.sent()


def counting():
    """An explorer, and the values that it has been asked for."""
    drawn = []

    def draw(steps, mark):
        drawn.append(steps)
        return Scene((), f"{steps} {mark}", "")

    controls = {
        "steps": Slider(label="Steps", low=0, high=9, start=0),
        "mark": Choice(label="Mark", options={"one": 1.0, "two": 2.0}, start=1.0),
    }
    return Explorer(draw, controls), drawn


def test_a_picture_that_was_foreseen_is_there_at_once_and_another_is_computed():
    explorer, drawn = counting()
    session, plain = Session(explorer), Session(explorer)
    for session_ in (session, plain):
        session_.pictured()
    session.foresee({"steps": 3, "mark": 1})
    for each in (session, plain):
        each.take({"steps": 3, "mark": 1})
    assert (session.pictured(), drawn) == (plain.pictured(), [0, 0, 3, 3])
    session.foresee({"steps": 4})
    session.take({"steps": 2})
    assert unpacked(session.pictured()[0])["message"] == "2 2.0"
    session.take({"steps": 4})  # what was foreseen before the last move is forgotten: its number was another
    last = unpacked(session.pictured()[0])
    assert (last["message"], last["number"]) == ("4 2.0", 4)


def test_in_the_pause_after_a_move_the_next_picture_is_made_ready():
    explorer, drawn = counting()

    async def moves():
        live = Live(explorer)
        for steps in range(1, 4):
            live.set_state({"values": {"steps": steps, "mark": 0}, "ahead": {"steps": steps + 1, "mark": 0}})
            assert unpacked(live.scene)["message"] == f"{steps} 1.0"
            await asyncio.sleep(0.1)
        live.set_state({"values": {"steps": 9, "mark": 0}, "ahead": {"steps": 9, "mark": 0}})
        live.set_state({"values": {"steps": 8, "mark": 0}, "ahead": {"steps": 7, "mark": 0}})
        live.set_state({"values": {"steps": 6, "mark": 0}, "ahead": {"steps": 5, "mark": 0}})
        await asyncio.sleep(0.1)

    asyncio.run(moves())
    assert drawn == [0, 1, 2, 3, 4, 9, 8, 6, 5]


def test_an_error_is_one_sentence_in_the_picture():
    live = Live(explorers.optimizer_race(methods=("SGD",)))
    live.values = live.values | {"SGD": False}
    assert unpacked(live.scene)["message"] == "This state cannot be drawn. Tick at least one method."
    live.values = live.values | {"SGD": True}
    assert "cannot" not in unpacked(live.scene)["message"]

    def broken(steps):
        return Scene((), f"{1 / steps}", "")

    explorer = Explorer(broken, {"steps": Slider(label="Steps", low=0, high=3, start=0)})
    assert explorer.scene().message == "This state cannot be drawn. ZeroDivisionError: division by zero"


def test_an_unknown_method_is_named():
    with pytest.raises(ValueError, match=r"no method 'Adm'; there are SGD, Momentum"):
        explorers.optimizer_race(methods=("Adm",))


def test_an_explorer_shows_itself_live_and_as_a_figure_that_the_page_replaces(monkeypatch):
    shown = []
    monkeypatch.setattr("course_lib.jupyter.live.display", lambda output, **_: shown.append(output))
    axis = Axis("x", (0, 1))
    explorer = Explorer(
        lambda place: Scene(
            (Panel("Title", axis, axis, (Line([0, 1], [0, place]),)),), "A message.", "Alt text"
        ),
        {"place": Pick(label="Place", options={"low": 0.0, "high": 1.0}, start=0.0)},
    )
    explorer._ipython_display_()
    live, figure = shown
    assert set(live) == {"application/vnd.jupyter.widget-view+json"}
    assert 'data-still-of="explorer-' in figure.data
    assert 'alt="Alt text"' in figure.data
    assert "<figcaption>A message.</figcaption>" in figure.data


def test_the_browser_gets_its_part():
    live = Live(explorers.neuron())
    assert "export default" in str(live._esm)
    assert ".course-explorer" in str(live._css)


def test_the_course_starts_a_server_that_sends_kernel_messages_at_once(tmp_path):
    name = "--ServerApp.kernel_websocket_connection_class="
    (chosen,) = [option.removeprefix(name) for option in lab.arguments(tmp_path, None) if name in option]
    assert import_item(chosen) is lab.PromptConnection
