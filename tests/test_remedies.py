"""The explorer of remedies, as numbers: against the stored runs, taken apart here another way."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from course_lib import notebooks
from course_lib.data import make_signal_runs
from course_lib.experiments import runs
from course_lib.experiments.dropout_on_signals import reads
from course_lib.explorers import remedies
from course_lib.explorers.remedies import NOTHING, UPDATES, gains, remedies_scene
from course_lib.scene import Line, Points

LECTURE = Path(__file__).resolve().parents[1] / "notebooks" / "03_dropout.ipynb"
STORED = json.loads(make_signal_runs.FILE.read_text(encoding="utf-8"))


def ended(remedy, n, hidden, rate, seed):
    [run] = [
        run
        for run in STORED
        if (run["remedy"], run["n"], run["hidden"], run["rate"], run["seed"])
        == (remedy, n, hidden, rate, seed)
    ]
    return run["val_accuracy"][-1]


def test_its_updates_are_those_of_the_runs():
    assert UPDATES == make_signal_runs.UPDATES


@pytest.mark.parametrize("remedy", [name for name in make_signal_runs.REMEDIES if name != NOTHING])
@pytest.mark.parametrize(("n", "hidden", "rate"), [(600, 2, 0.003), (4000, 4, 0.003), (4000, 2, 0.01)])
def test_a_gain_is_that_over_the_same_seed_without(remedy, n, hidden, rate):
    seeds = make_signal_runs.SEEDS
    wanted = [ended(remedy, n, hidden, rate, s) - ended(NOTHING, n, hidden, rate, s) for s in seeds]
    assert gains(n, hidden, rate, remedy) == pytest.approx(wanted)
    scene = remedies_scene(remedy, n, hidden, rate)
    message = scene.message
    assert f"{np.mean(wanted):+.2f} in validation accuracy" in message
    assert ("It paid" in message) == (min(wanted) > 0.02)
    assert ("did harm" in message) == (max(wanted) < -0.02)
    drawn = [
        layer for layer in scene.panels[1].layers if isinstance(layer, Points) and len(layer.x) == len(seeds)
    ]
    assert any(np.allclose(layer.x, wanted) for layer in drawn)


CASES = tuple(product(make_signal_runs.SIZES, make_signal_runs.DEPTHS))


def points(remedy, rate=0.003):
    return [round(100 * gains(n, hidden, rate, remedy).mean()) for n, hidden in CASES]


def best_points(remedy):
    """What it gains with the best of the rates both with and without it."""

    def best(name, n, hidden):
        return max(
            np.mean([ended(name, n, hidden, rate, seed) for seed in make_signal_runs.SEEDS])
            for rate in make_signal_runs.RATES
        )

    return [round(100 * (best(remedy, *case) - best(NOTHING, *case))) for case in CASES]


def test_what_the_lecture_says_of_the_remedies():
    cells = {cell.id: cell.source for cell in notebooks.read(LECTURE).cells}

    def told(pattern, cell):
        return [int(number) for number in re.search(pattern, cells[cell]).groups()]

    drop, copies, decay = map(points, ("dropout 0.5", "shifted copies", "weight decay 0.3"))
    most, faster = best_points("shifted copies"), points("weight decay 0.3", 0.01)
    dropping = runs("dropout_on_signals")
    tuned = [
        (reads(dropping, *case, 0.5) - reads(dropping, *case, 0.0)).mean() for case in ((600, 2), (4000, 4))
    ]
    asked = told(
        r"at rate 0\.5 adds (\d+) points .* best learning rate \((\d+) at 0\.003, .*, and (\d+) at 0\.01,",
        "remedies-question",
    )
    assert asked == [round(100 * tuned[0]), drop[0], points("dropout 0.5", 0.01)[0]]
    assert told(r"costs (\d+) points there, and (\d+) at 0\.003", "remedies-text") == [
        round(-100 * tuned[1]),
        -drop[3],
    ]
    assert told(
        r"add (\d+) to (\d+) points in all four cases at 0\.003, and (\d+) to (\d+) at the best",
        "remedies-text",
    ) == [min(copies), max(copies), min(most), max(most)]
    for found in (decay, faster):
        assert told(r"decay adds (\d+) to (\d+), at 0\.003 as at 0\.01", "remedies-text") == [
            min(found),
            max(found),
        ]
    assert "no difference" in remedies_scene("weight decay 0.3", *CASES[int(np.argmin(decay))], 0.003).message


def test_each_seed_is_a_pair_of_curves():
    for remedy, pairs in ((NOTHING, 3), ("dropout 0.3", 6)):
        lines = [
            layer
            for layer in remedies_scene(remedy, 600, 2, 0.003).panels[0].layers
            if isinstance(layer, Line)
        ]
        assert sum(line.dashed for line in lines) == pairs == len(lines) / 2
        assert [line.label for line in lines if line.label] == [NOTHING] + [remedy] * (remedy != NOTHING)


def test_what_is_said_of_the_papers_remedies():
    """Copies pay everywhere, strong dropout in deep networks nowhere; that is what was measured."""
    for n in (600, 4000):
        assert "It paid" in remedies_scene("shifted copies", n, 2, 0.003).message
        assert "did harm" in remedies_scene("dropout 0.5", n, 4, 0.003).message
    with pytest.raises(ValueError, match="there is no 601"):
        remedies(n=601)


def test_the_handle_stands_at_the_mean_gain_of_the_remedy_that_it_picks():
    for number, name in enumerate(make_signal_runs.REMEDIES):
        [handle] = remedies_scene(name, 600, 2, 0.003).panels[1].handles
        assert handle.x == pytest.approx(gains(600, 2, 0.003, name).mean())
        assert handle.y == handle.places_y[number]
    assert gains(600, 2, 0.003, NOTHING).tolist() == [0, 0, 0]
    assert len(set(handle.places_y)) == len(make_signal_runs.REMEDIES)
