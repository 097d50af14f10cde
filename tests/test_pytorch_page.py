"""docs/pytorch.md: the course's lines give what PyTorch's gave, which tests/goldens/make_page.py kept."""

import json
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from goldens.page import PAGE, RATES, ROW, STEPS, batches, drawn, programs, rows, sizes
from numpy.testing import assert_allclose, assert_array_equal

from course_lib import initializers, layers, losses, modern, optimizers, schedules, training
from course_lib.checks import check
from course_lib.exercises.folders import about, exercise_names
from course_lib.network import Network
from course_lib.transformer import attention

GOLDENS = Path(__file__).parent / "goldens"
KEPT = json.loads((GOLDENS / "pytorch_page.json").read_text())
LINES = KEPT["lines"]
SPACE = {
    name: each
    for module in (optimizers, modern, schedules, initializers, layers, losses)
    for name, each in vars(module).items()
    if name[0] != "_"
} | {"Network": Network}
SHOWN = {name: about(name).pytorch for name in exercise_names() if about(name).pytorch}
PARAMETERS = {"bias": {"Dense": "b"}, "weight": {"Dense": "W", "RMSNorm": "gain"}}


def lines(heading):
    return pytest.mark.parametrize(("ours", "theirs"), rows(heading), ids=[ours for ours, _ in rows(heading)])


def test_each_line_of_pytorch_was_run_and_no_other():
    """Below whatever heading it stands."""
    assert {theirs for _, theirs in ROW.findall(PAGE.read_text("utf-8"))} == LINES.keys()


@lines("Optimisers")
def test_optimisers_walk_alike(ours, theirs):
    theta, optimizer = drawn(1, 4, 3), eval(ours, SPACE)
    for step in range(STEPS):
        theta = optimizer.step(theta, drawn(100 + step, 4, 3))
    # PyTorch orthogonalises in bfloat16, of 8 bits.
    assert_allclose(theta, LINES[theirs], rtol=0, atol=5e-3 if "Muon" in ours else 1e-12)
    assert np.abs(theta - drawn(1, 4, 3)).max() > 1e-3


@lines("Rates")
def test_rates_are_alike(ours, theirs):
    schedule = eval(ours, SPACE)
    assert_allclose([schedule(t) for t in range(RATES)], LINES[theirs], rtol=1e-12, atol=1e-15)


@lines("First weights")
def test_weights_are_drawn_alike(ours, theirs):
    """120,000 draws: their deviation is known to 0.2 %; five times that fails one line in a million."""
    W, asked = eval(ours, SPACE | {"rng": np.random.default_rng(0)}), LINES[theirs]
    assert W.shape == (400, 300)
    assert_allclose(W.std(), asked["deviation"], rtol=0.01)
    assert_allclose(np.abs(W).max(), asked["most"], rtol=1e-3 if "uniform" in ours else 0.25)


@lines("Layers")
def test_layers_are_alike_in_both_modes(ours, theirs):
    layer, asked = eval(ours, SPACE), LINES[theirs]
    for name, value in asked["parameters"].items():
        own = PARAMETERS[name].get(type(layer).__name__, {"weight": "gamma", "bias": "beta"}[name])
        setattr(layer, own, np.array(value).T)
    x = 2 * drawn(3, 5, 4) + 1
    assert_allclose(layer.forward(x, training=True), asked["y"], atol=1e-12)
    back = layer.backward(drawn(4, *np.shape(asked["y"])))
    assert_allclose(back[0] if layer.parameters else back, asked["dx"], atol=1e-12)
    assert_allclose(layer.forward(x, training=False), asked["tested"], atol=1e-12)


@lines("Losses")
def test_losses_are_alike(ours, theirs):
    z, t = drawn(5, 6, 3), drawn(6, 6, 3)
    loss, _ = eval(ours, SPACE | {"z": z, "p": z, "t": t, "y": np.arange(6) % 3})
    assert_allclose(loss, LINES[theirs], rtol=1e-12)


@lines("Around a step")
def test_what_stands_around_a_step_is_alike(ours, theirs):
    came = eval(ours, SPACE | {"g": 5 * drawn(8, 1, 3), "W": drawn(7, 1, 3)})
    if isinstance(came, modern.EMA):
        came = [came.update(drawn(20 + step, 1, 3)) for step in range(3)][-1]
    came = came[0] if isinstance(came, tuple) else came
    assert_allclose(came, LINES[theirs], rtol=1e-6)  # PyTorch adds 1e-6 to the norm that it clips by


@lines("In 16 bits")
def test_rounding_is_alike_bit_by_bit(ours, theirs):
    assert_array_equal(eval(ours, SPACE | {"g": sizes()}), np.array(LINES[theirs], np.float32))


@pytest.mark.parametrize(
    ("heading", "kept", "tolerance"), [("The loop", "loop", 1e-10), ("In 16 bits", "loop_in_16_bits", 1e-3)]
)
def test_both_loops_lose_the_same(heading, kept, tolerance):
    given, start = batches()
    W1, b1, W2, b2 = np.split(start, [48, 56, 80])
    theta = np.concatenate([W1.reshape(8, 6).T.ravel(), b1, W2.reshape(3, 8).T.ravel(), b2])
    space = SPACE | {"np": np, "batches": given, "start": theta, "losses": []}
    exec(programs(heading)[0], space)
    assert_allclose(space["losses"], KEPT[kept], rtol=tolerance)
    assert len(KEPT[kept]) == 30 and KEPT[kept][-1] != pytest.approx(KEPT[kept][0])


def test_where_pytorch_is_installed_each_line_gives_what_is_kept(monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.syspath_prepend(GOLDENS)
    now = import_module("make_page").made()
    assert now["lines"].keys() == LINES.keys()
    for line, kept in LINES.items():
        close(now["lines"][line], kept, rtol=0.02 if "init" in line else 1e-6)
    for loop in ("loop", "loop_in_16_bits"):
        assert_allclose(now[loop], KEPT[loop], rtol=1e-3)


def close(now, kept, rtol):
    if isinstance(kept, dict):
        assert now.keys() == kept.keys()
        for name in kept:
            close(now[name], kept[name], rtol)
    else:
        assert_allclose(now, kept, rtol=rtol, atol=1e-9)


def test_where_pytorch_is_installed_a_walk_of_ones_own_stands_beside_its_walk():
    torch = pytest.importorskip("torch")
    space = SPACE | {"torch": torch, "np": np}
    exec(programs("Yours against it")[0], space)
    assert space["difference"] < 1e-12


# What a check says once all cases pass


@pytest.mark.parametrize("name", SHOWN)
def test_the_line_that_a_check_says_stands_on_the_page(name):
    assert f"`{SHOWN[name]}`" in PAGE.read_text("utf-8")


def test_a_check_ends_with_its_line_once_all_cases_pass_and_not_before(capsys):
    right, wrong = check("adam", optimizers.Adam), check("adam", optimizers.RMSprop)
    said = capsys.readouterr().out
    assert said.count("The same in PyTorch: torch.optim.Adam(params, lr=0.001)") == 1
    assert "torch.optim.Adam(params, lr=0.001)" in right.html() and "PyTorch" not in wrong.html()
    assert "The same" not in check("early_stopping", training.EarlyStopping).text()  # it has none


def test_where_pytorch_is_installed_the_lines_that_no_table_has_are_run():
    torch = pytest.importorskip("torch")
    linear, norm = torch.nn.Linear(3, 4).eval(), torch.nn.BatchNorm1d(4).eval()
    optimizer = torch.optim.SGD(linear.parameters(), lr=0.1)
    first = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=9)
    second = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
    dataset = torch.utils.data.TensorDataset(torch.zeros(40, 3))
    space = {"torch": torch, "dataset": dataset, "optimizer": optimizer, "first": first, "second": second}
    for line in set(SHOWN.values()) - LINES.keys():
        eval(line, space | {"linear": linear, "norm": norm})


def test_where_pytorch_is_installed_groups_and_attention_are_alike():
    torch = pytest.importorskip("torch")
    [groups] = re.findall(r"`(torch\.optim\.AdamW\(\[.*?)`", PAGE.read_text("utf-8"))
    [attend] = re.findall(r"`(torch\.\S+scaled_dot_product_attention\(.*?\))`", PAGE.read_text("utf-8"))
    given = {name: torch.nn.Parameter(torch.tensor(drawn(1, 4))) for name in ("matrices", "gains")}
    theirs = eval(groups, {"torch": torch} | {name: [each] for name, each in given.items()})
    theta, ours = np.tile(drawn(1, 4), 2), optimizers.AdamW(0.01, weight_decay=np.repeat([0.1, 0], 4))
    for step in range(5):
        for each in given.values():
            each.grad = torch.tensor(drawn(step, 4))
        theirs.step()
        theta = ours.step(theta, np.tile(drawn(step, 4), 2))
    assert_allclose(theta, np.concatenate([each.detach().numpy() for each in given.values()]), rtol=1e-12)
    q, k, v = (drawn(seed, 2, 5, 8) for seed in range(3))
    split = {
        name: torch.tensor(each.reshape(2, 5, 4, 2)).swapaxes(1, 2)
        for name, each in zip("qkv", (q, k, v), strict=True)
    }
    y = eval(attend, {"torch": torch} | split).swapaxes(1, 2).reshape(2, 5, 8)
    assert_allclose(attention(q, k, v, 4)[0], y.numpy(), rtol=1e-12)
