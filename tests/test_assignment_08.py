"""Assignment 08: the right programs against what is known of them otherwise, and the pay-off, which adds."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from course_lib import notebooks
from course_lib.exercises.folders import about, find
from course_lib.exercises.orthogonalised.cases import CONVERGING, MUON
from course_lib.judging.cases import given
from course_lib.schedules import cosine, warm_up

UNIT = "08_modern_training"
SOLUTION = Path(__file__).resolve().parents[1] / "solutions" / UNIT / f"{UNIT}.ipynb"
CELLS = {cell.id.removeprefix("a08-"): cell.source for cell in notebooks.read(SOLUTION).cells}
PARTS = ("rmsnorm", "clip_by_global_norm", "warmup_cosine", "ema", "lion", "orthogonalised", "muon")


def right(name):
    return about(name).program.answer()


def run(*ids):
    """The names that the notebook has after its parts and these cells."""
    names = {"__name__": "notebook"}
    for id in ("imports", *PARTS, *ids):
        exec(CELLS[id], names)
    return names


def test_the_schedule_is_the_courses_warm_up_before_its_cosine():
    schedule = warm_up(cosine(0.3, 80, 0.02), 20)
    ours = [right("warmup_cosine")(t, 0.3, 20, 100, 0.02) for t in range(130)]
    assert_allclose(ours, [schedule(t) for t in range(130)], rtol=1e-12)


def test_the_average_is_the_weighted_sum_of_its_contract():
    rng, average, d = np.random.default_rng(0), right("ema")(0.8), 0.8
    thetas = rng.normal(size=(12, 3))
    came = [average.update(theta) for theta in thetas][-1]
    weights = [d**11, *((1 - d) * d ** (11 - t) for t in range(1, 12))]
    assert sum(weights) == pytest.approx(1)
    assert_allclose(came, weights @ thetas)


@pytest.mark.parametrize("shape", [(3, 5), (6, 2), (4, 4)])
def test_each_step_is_the_polynomial_on_singular_values_and_one_converges_to_the_polar_factor(shape):
    G = np.random.default_rng(1).normal(size=shape)
    U, s, Vt = np.linalg.svd(G, full_matrices=False)
    s = s / np.sqrt((s**2).sum())
    for steps in range(4):
        assert_allclose(right("orthogonalised")(G, steps, MUON), U * s @ Vt, atol=1e-12)
        s = MUON[0] * s + MUON[1] * s**3 + MUON[2] * s**5
    assert_allclose(right("orthogonalised")(G, 40, CONVERGING), U @ Vt, atol=1e-12)
    assert np.abs(right("orthogonalised")(G, 40, MUON) - U @ Vt).max() > 0.01


def test_the_case_that_is_to_converge_asks_for_the_polar_factor_on_any_seed():
    for seed in range(20):
        [case] = [each for each in find("orthogonalised").cases(seed) if "converge" in each.name]
        for call in case.calls:
            G, steps = given(call["arguments"]["G"]), call["arguments"]["steps"]
            U, _, Vt = np.linalg.svd(G, full_matrices=False)
            assert_allclose(right("orthogonalised")(G, steps, CONVERGING), U @ Vt, atol=1e-9)


def test_what_is_done_by_hand_is_what_the_try_cells_print(capsys):
    """As far as the tables of the text have it."""
    run("rmsnorm-try", "lion-try", "schedule-try")
    printed = re.sub(r"\s+", " ", capsys.readouterr().out).replace("-", "−")
    for table, values in {
        "rmsnorm-text": ["0.484375", "−0.046875", "−0.078125"],
        "lion-text": ["0.85", "0.7075", "0.772125"],
        "schedule-text": ["0.1", "0.4", "0.3414", "0.2", "0.0586"],
    }.items():
        assert all(value in CELLS[table] and value in printed for value in values), table


@pytest.mark.slow
def test_the_parts_of_the_solution_teach_the_transformer_to_add(capsys):
    names = run("payoff", "payoff-figure")
    shares = re.findall(r"([\d.]+)% ", capsys.readouterr().out)
    assert len(shares) == 2 and min(map(float, shares)) > 99
    assert names["losses"][0] > 2 > 0.01 > names["losses"][-1]
