"""The optimisers' lines are told apart without their colours, and a student's own from all of them."""

import inspect
import itertools
import re

import numpy as np
import pytest

from course_lib import explorers, optimizers, plots, surfaces, themed
from course_lib.scene import Line
from course_lib.strokes import OWN, stroke

OPTIMIZERS = [name for name, _ in inspect.getmembers(optimizers, inspect.isclass)]
STROKES = {name: stroke(name) for name in OPTIMIZERS}
ALL = STROKES | {f"own {number}": each for number, each in enumerate(OWN)}
PATHS = {name: np.linspace((-1, 0.5), (0, number / 10), 9) for number, name in enumerate(OPTIMIZERS)}


def inked(dashed, length=600):
    """Which pixels along a line are drawn."""
    if not dashed:
        return np.ones(length, dtype=bool)
    period = np.concatenate([np.full(size, i % 2 == 0) for i, size in enumerate(dashed)])
    return np.resize(period, length)


def test_every_optimiser_has_a_stroke_and_one_alone_is_solid():
    assert len(OPTIMIZERS) == 7
    assert [name for name, each in STROKES.items() if not each.dashed] == ["SGD"]
    assert all(len(each.dashed) % 2 == 0 for each in ALL.values())  # an odd one turns gaps into dashes


@pytest.mark.parametrize(("one", "other"), itertools.combinations(ALL, 2))
def test_no_two_strokes_are_alike_however_they_are_shifted(one, other):
    assert ALL[one].mark != ALL[other].mark
    first, second = inked(ALL[one].dashed), inked(ALL[other].dashed)
    shifts = range(sum(ALL[other].dashed) or 1)
    assert min(np.mean(first != np.roll(np.resize(second, 600), shift)) for shift in shifts) > 0.1


def test_in_the_race_all_that_race_are_told_apart_and_named_in_every_panel():
    made = [type(f"Own{number}", (optimizers.SGD,), {"__module__": "__main__"}) for number in range(len(OWN))]
    explorer = explorers.optimizer_race(methods=[*OPTIMIZERS, *made], tuned=True)
    for problem in ("ravine", "moons network"):
        for panel in explorer.scene(problem=problem).until_now():
            lines = [layer for layer in panel.layers if isinstance(layer, Line)]
            assert len({line.dashed for line in lines}) == len({line.mark for line in lines}) == len(lines)
            assert {line.label for line in lines} == {*OPTIMIZERS, *(f"your Own{k}" for k in range(len(OWN)))}
    for line in lines:
        sample = explorer.controls[line.label].stroke
        assert (sample.colour, sample.dashed, sample.mark) == (line.colour, line.dashed, line.mark)


def dashes_on_paper(figure):
    """Of each coloured line of the first drawing: its colour, and its dashes as SVG has them."""
    drawn = re.split("</svg>", themed.html(figure, "lines"))[0]
    return {
        (colour, (re.search(r"stroke-dasharray: ([^;]+)", style) or [None, ""])[1])
        for style, colour in re.findall(r'style="([^"]*stroke: (#\w{6})[^"]*)"', drawn)
        if colour in {each.colour for each in STROKES.values()} and "fill: none" in style
    }


@pytest.mark.parametrize("names", [OPTIMIZERS, [f"{name}, tuned" for name in OPTIMIZERS]])
def test_in_a_lectures_figure_each_has_the_stroke_of_its_method(names):
    chosen = {name: name.split(",")[0] for name in names}
    rising = {name: np.linspace(0, k, 5) for k, name in enumerate(names, start=1)}
    paths = dict(zip(names, PATHS.values(), strict=True))
    for figure in (
        plots.curves(rising, x_label="step", y_label="loss", colours=chosen),
        plots.paths_on_surface(surfaces.ravine(), paths, colours=chosen),
    ):
        found = dashes_on_paper(figure)
        assert len(found) == len({dashes for _, dashes in found}) == len(OPTIMIZERS)
        assert (STROKES["SGD"].colour, "") in found
        for name in OPTIMIZERS:  # a pixel on a page is 0.75 points
            wanted = [0.75 * each for each in STROKES[name].dashed]
            [dashes] = [dashes for colour, dashes in found if colour == STROKES[name].colour]
            assert [float(each) for each in dashes.split(",") if each] == pytest.approx(wanted)


def test_on_paper_each_path_ends_in_its_mark_which_stands_before_its_name():
    [axes] = plots.paths_on_surface(surfaces.ravine(), PATHS).axes
    marked = {}
    for scattered in axes.collections:
        shape = tuple(np.round(scattered.get_paths()[0].vertices, 3).ravel())
        colour = "#" + "".join(f"{round(255 * part):02x}" for part in scattered.get_edgecolor()[0][:3])
        marked.setdefault(colour, []).append(shape)
    shapes = [marked[each.colour] for each in STROKES.values()]
    assert all(len(each) == 2 and each[0] == each[1] for each in shapes)  # at its end, and at its name
    assert len({each[0] for each in shapes}) == len(OPTIMIZERS)
