"""Explorers: pictures with controls, each for one question of a lecture.

Each has a plain function from its state to a Scene, which needs no browser, and one that returns the widget.
"""

from inspect import isfunction
from typing import get_type_hints

from course_lib.explorers.batch_norm_lens import batch_norm_lens, lens_scene
from course_lib.explorers.batch_size_gap import batch_size_gap, gap_scene
from course_lib.explorers.batches import batch_scene, batch_sizes
from course_lib.explorers.bug_hunt import bug_hunt, hunt_scene
from course_lib.explorers.clinic import clinic, clinic_scene
from course_lib.explorers.conditioning import condition_dial, dial_scene
from course_lib.explorers.depth_and_rate import depth_and_rate, depth_scene
from course_lib.explorers.digit_wall import digit_wall, wall_scene
from course_lib.explorers.downhill import descent, descent_scene
from course_lib.explorers.dropped_network import dropped_network, dropped_scene
from course_lib.explorers.edge_of_stability import edge_of_stability, edge_scene
from course_lib.explorers.energy import energy, energy_scene
from course_lib.explorers.explorer import Explorer
from course_lib.explorers.gradient_home import gradient_home, home_scene
from course_lib.explorers.loss_slice import loss_slice, slice_scene
from course_lib.explorers.microscope import bias_correction_microscope, microscope_scene
from course_lib.explorers.momentum_plane import momentum_plane, plane_scene
from course_lib.explorers.neuron import neuron, neuron_scene
from course_lib.explorers.race import optimizer_race, race_scene
from course_lib.explorers.range_test import range_scene, rate_range_test
from course_lib.explorers.rate_map import map_scene, rate_beta_map
from course_lib.explorers.recipe_steps import recipe_steps, steps_scene
from course_lib.explorers.regularisation_bench import bench_scene, regularisation_bench
from course_lib.explorers.remedies import remedies, remedies_scene
from course_lib.explorers.response_search import hyper_search, hyper_search_scene
from course_lib.explorers.search import search_race, search_scene
from course_lib.explorers.signal_depth import signal_scene, signal_through_depth
from course_lib.explorers.starts import race_of_starts, starts_scene
from course_lib.explorers.which_curve import curve_scene, which_curve

__all__ = [
    "EXPLORERS",
    "Explorer",
    "batch_norm_lens",
    "batch_scene",
    "batch_size_gap",
    "batch_sizes",
    "bench_scene",
    "bias_correction_microscope",
    "bug_hunt",
    "clinic",
    "clinic_scene",
    "condition_dial",
    "curve_scene",
    "depth_and_rate",
    "depth_scene",
    "descent",
    "descent_scene",
    "dial_scene",
    "digit_wall",
    "dropped_network",
    "dropped_scene",
    "edge_of_stability",
    "edge_scene",
    "energy",
    "energy_scene",
    "gap_scene",
    "gradient_home",
    "home_scene",
    "hunt_scene",
    "hyper_search",
    "hyper_search_scene",
    "lens_scene",
    "loss_slice",
    "map_scene",
    "microscope_scene",
    "momentum_plane",
    "neuron",
    "neuron_scene",
    "optimizer_race",
    "plane_scene",
    "race_of_starts",
    "race_scene",
    "range_scene",
    "rate_beta_map",
    "rate_range_test",
    "recipe_steps",
    "regularisation_bench",
    "remedies",
    "remedies_scene",
    "search_race",
    "search_scene",
    "signal_scene",
    "signal_through_depth",
    "slice_scene",
    "starts_scene",
    "steps_scene",
    "wall_scene",
    "which_curve",
]

# All that return a widget, by their names.
EXPLORERS = {
    name: found
    for name, found in list(globals().items())
    if isfunction(found) and get_type_hints(found).get("return") is Explorer
}
